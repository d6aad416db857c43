//! Accounts that come and go: what keeps them, what they leave behind, and the races between.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use accounts::{
    AccountBody, AccountLimits, Claims, ExportClaim, ImportClaim, KeyKind, KeyPair, OperatorBody,
    PublicKey, ShareKind, jwt,
    policy::{AccountPolicy, ceiling},
    quotas::Rates,
};

use parking_lot::RwLock;

use super::{Tenants, excess, idle::Departed};
use crate::{
    account::{Account, Hold, Room},
    clock,
    connection::client::{Client, Control},
    resolver::{Store, Verdict},
};

/// What no test waits for.
const LONG: Duration = Duration::from_secs(3600);

fn account_key(n: u8) -> PublicKey {
    KeyPair::from_entropy(KeyKind::Account, [n; 32]).public()
}

fn operator() -> KeyPair {
    KeyPair::from_entropy(KeyKind::Operator, [1; 32])
}

fn trust() -> super::Trust {
    let operator = operator().public();
    let claims = Claims::new(operator, "op", 1, OperatorBody::default());
    super::Trust::from_operators(&[claims]).unwrap()
}

/// Account 1 as it is issued at a time, with as many connections.
fn issued(at: i64, conn: i64) -> Claims<AccountBody> {
    let mut limits = AccountLimits::unlimited();
    limits.conn = conn;
    let body = AccountBody {
        limits,
        ..AccountBody::default()
    };
    let mut claims = Claims::new(account_key(1), "account 1", at, body);
    claims.iss = operator().public();
    claims
}

fn token(issued_at: i64) -> String {
    jwt::encode(&issued(issued_at, -1), &operator()).unwrap()
}

/// Accounts 1 to 3 export `e.>`; `imports` says who imports it from whom.
fn tenants(imports: &[(u8, u8)]) -> Tenants {
    let operator = operator();
    let tokens = (1..=3).map(|n| {
        let mut body = AccountBody {
            limits: AccountLimits::unlimited(),
            ..AccountBody::default()
        };
        body.exports = vec![ExportClaim::new(ShareKind::Stream, "e.>")];
        for (_, exporter) in imports.iter().filter(|(importer, _)| *importer == n) {
            let exporter = account_key(*exporter);
            let import = ImportClaim::new(ShareKind::Stream, exporter, "e.>");
            body.imports.push(import);
        }
        let claims = Claims::new(account_key(n), format!("account {n}"), 1, body);
        (account_key(n), jwt::encode(&claims, &operator).unwrap())
    });
    Tenants::new(trust(), Store::memory(tokens.collect()), None)
}

fn client(cid: u64) -> Arc<Client> {
    Arc::new(Client::new(
        cid,
        SocketAddr::from(([127, 0, 0, 1], 1)),
        1 << 20,
        Arc::default(),
    ))
}

/// Logs in and stays.
fn enter(tenants: &Tenants, n: u8, cid: u64) -> Arc<Account> {
    let hold = tenants.get_blocking(&account_key(n)).unwrap();
    assert_eq!(hold.admit(&client(cid), Room::default), Ok(()));
    hold.release()
}

fn live(tenants: &Tenants) -> Vec<u8> {
    (1..=3)
        .filter(|n| tenants.find_live(&account_key(*n)).is_some())
        .collect()
}

/// Lets everything go that may go at once.
fn dismiss(tenants: &Tenants) -> usize {
    tenants.dismiss_idle(clock::instant(), Duration::ZERO)
}

#[test]
fn an_idle_account_leaves_after_its_grace_and_comes_back_with_its_counters() {
    let tenants = tenants(&[]);
    let account = enter(&tenants, 1, 7);
    account.received.add(3, 300);
    assert_eq!(dismiss(&tenants), 0, "it has a client");
    account.dismiss(7);
    assert_eq!(tenants.dismiss_idle(clock::instant(), LONG), 0, "too early");
    assert_eq!(dismiss(&tenants), 1);
    assert_eq!(live(&tenants), Vec::<u8>::new());
    let left = tenants.departed(&account_key(1)).unwrap();
    assert_eq!((left.received, left.connections), ((3, 300), 1));

    let again = enter(&tenants, 1, 8);
    assert!(!Arc::ptr_eq(&account, &again));
    assert_eq!(again.received.get(), (3, 300));
    assert_eq!(again.total_connections.load(Ordering::Relaxed), 2);
    assert_eq!(tenants.departed(&account_key(1)), None);
}

#[test]
fn somebody_on_the_way_in_keeps_an_account() {
    let tenants = tenants(&[]);
    let hold = tenants.get_blocking(&account_key(1)).unwrap();
    assert_eq!(dismiss(&tenants), 0);
    drop(hold);
    assert_eq!(dismiss(&tenants), 1);
}

#[test]
fn an_account_that_has_left_lets_nobody_in() {
    let tenants = tenants(&[]);
    let account = enter(&tenants, 1, 1);
    account.dismiss(1);
    dismiss(&tenants);
    assert!(Hold::on(account).is_none());
}

#[test]
fn whom_a_used_account_imports_from_stays_over_any_number_of_steps() {
    let tenants = tenants(&[(1, 2), (2, 3)]);
    let account = enter(&tenants, 1, 1);
    assert_eq!(live(&tenants), [1, 2, 3]);
    assert_eq!(dismiss(&tenants), 0);
    account.dismiss(1);
    assert_eq!(dismiss(&tenants), 3);
    assert!(tenants.dependencies.lock().is_empty());

    // The other way round nobody needs the importer.
    enter(&tenants, 3, 2);
    assert_eq!(live(&tenants), [3]);
}

#[test]
fn accounts_that_import_from_each_other_leave_together() {
    let tenants = tenants(&[(1, 2), (2, 1)]);
    let account = enter(&tenants, 1, 1);
    assert_eq!(dismiss(&tenants), 0);
    account.dismiss(1);
    assert_eq!(dismiss(&tenants), 2);
    assert!(tenants.dependencies.lock().is_empty());
}

#[test]
fn an_exporter_that_comes_later_is_linked_to_who_waits_for_it() {
    let tenants = tenants(&[(1, 2)]);
    let exporter = account_key(2);
    let Store::Memory(tokens) = tenants.store() else {
        panic!("the store is another one");
    };
    let token = tokens.write().remove(&exporter).unwrap();
    let account = enter(&tenants, 1, 1);
    assert!(account.links().stream_imports.is_empty());
    tokens.write().insert(exporter, token);
    enter(&tenants, 2, 2);
    assert_eq!(account.links().stream_imports.len(), 1);
}

#[test]
fn counters_without_room_keep_their_account_live() {
    let tenants = tenants(&[]);
    *tenants.departed.lock() = Departed::with_room_for(1);
    enter(&tenants, 1, 1).dismiss(1);
    enter(&tenants, 2, 2).dismiss(2);
    // Nothing to keep of this one.
    drop(tenants.get_blocking(&account_key(3)));
    assert_eq!(dismiss(&tenants), 2);
    assert_eq!(live(&tenants).len(), 1);
}

/// Clients come and go as fast as they can while everything that is idle for no time at all leaves.
#[test]
fn nobody_is_ever_left_in_a_dead_account() {
    const CLIENTS: u64 = 4;
    const VISITS: u64 = 3000;
    let tenants = tenants(&[(1, 2), (2, 3)]);
    let (over, left) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                left.fetch_add(dismiss(&tenants) as u64, Ordering::Relaxed);
            }
        });
        let visitors: Vec<_> = (0..CLIENTS)
            .map(|visitor| {
                let tenants = &tenants;
                scope.spawn(move || {
                    for visit in 0..VISITS {
                        let n = 1 + u8::try_from((visitor + visit) % 3).unwrap();
                        visit_once(tenants, n, visitor * VISITS + visit);
                    }
                })
            })
            .collect();
        let ended: Vec<_> = visitors.into_iter().map(|it| it.join()).collect();
        over.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok), "a visitor found a fault");
    });
    assert!(left.load(Ordering::Relaxed) > 0, "nothing ever left");
    while dismiss(&tenants) > 0 {}
    assert_eq!(live(&tenants), Vec::<u8>::new());
    assert!(tenants.dependencies.lock().is_empty());
    let total: u64 = (1..=3)
        .filter_map(|n| tenants.departed(&account_key(n)))
        .map(|counters| counters.connections)
        .sum();
    assert_eq!(total, CLIENTS * VISITS);
}

fn visit_once(tenants: &Tenants, n: u8, cid: u64) {
    let account = enter(tenants, n, cid);
    let found = tenants.find_live(&account_key(n)).expect("it is live");
    assert!(Arc::ptr_eq(&account, &found), "two accounts of one key");
    {
        let _nobody_changes = tenants.changing.lock();
        for key in &account.links().needs.exporters {
            let exporter = tenants.find_live(key).expect("the exporter is live");
            let links = account.links();
            let linked = links.stream_imports[0].exporter.upgrade();
            assert!(linked.is_some_and(|linked| Arc::ptr_eq(&linked, &exporter)));
        }
    }
    account.dismiss(cid);
}

/// The ceiling is read when whoever lowers it can no longer miss the client.
#[test]
fn nobody_slips_into_an_account_that_is_being_suspended() {
    const ROUNDS: u64 = 3000;
    let [open, suspended] = [-1, 0].map(|conn| {
        let policy = AccountPolicy::compile(&issued(1, conn)).unwrap();
        Arc::new(policy)
    });
    let (begin, end) = (Barrier::new(2), Barrier::new(2));
    let account = Account::new("one", Some(account_key(1)));
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                begin.wait();
                account.set_policy(Some(Arc::clone(&suspended)));
                excess::close_excess(&account, &suspended, false);
                end.wait();
            }
        });
        for cid in 0..ROUNDS {
            account.set_policy(Some(Arc::clone(&open)));
            let client = client(cid);
            let room = || Room {
                max: account.policy().and_then(|it| ceiling(it.limits.conn)),
                user: None,
            };
            begin.wait();
            let admitted = account.admit(&client, room);
            end.wait();
            let is_close = |wish: &Control| matches!(wish, Control::Close { .. });
            let closed = client.take_controls().iter().any(is_close);
            assert!(admitted.is_err() || closed, "round {cid}");
            account.dismiss(cid);
        }
    });
}

#[test]
fn importers_leave_before_those_they_import_from() {
    let tenants = tenants(&[(1, 2), (2, 3)]);
    drop(tenants.get_blocking(&account_key(1)));
    let dismiss_one = || tenants.dismiss_some(clock::instant(), Duration::ZERO, 1);
    for left in [vec![2, 3], vec![3], vec![]] {
        assert_eq!(dismiss_one(), 1);
        assert_eq!(live(&tenants), left, "its exports are gone before it");
    }
    assert!(tenants.dependencies.lock().is_empty());
}

#[test]
fn whoever_waits_to_leave_keeps_its_exporters_over_any_number_of_steps() {
    let tenants = tenants(&[(1, 2), (2, 1), (3, 1)]);
    drop(tenants.get_blocking(&account_key(3)));
    let dismiss_some = |max| tenants.dismiss_some(clock::instant(), Duration::ZERO, max);
    assert_eq!(
        dismiss_some(2),
        1,
        "one of the circle waits, and so does the other"
    );
    assert_eq!(live(&tenants), [1, 2]);
    assert_eq!(dismiss_some(2), 2);
}

#[test]
fn a_quota_in_use_does_not_begin_anew() {
    let tenants = tenants(&[]);
    let account = enter(&tenants, 1, 1);
    let rates = Rates {
        messages_per_second: Some(1),
        ..Rates::default()
    };
    let user = KeyPair::from_entropy(KeyKind::User, [1; 32]).public();
    for meter in [Arc::clone(&account.meter), account.user_meter(user)] {
        account.dismiss(1);
        meter.charge(&rates, (30, 0), clock::instant());
        assert_eq!(dismiss(&tenants), 0);
        assert!(!account.close_if_idle(clock::instant(), Duration::ZERO));
        assert!(Hold::on(Arc::clone(&account)).is_some(), "it is open again");
        let later = clock::instant() + LONG;
        assert!(account.is_idle(later, Duration::ZERO));
        meter.reset();
    }
    assert_eq!(dismiss(&tenants), 1);
}

#[test]
fn nothing_older_replaces_what_is_in_force_although_it_is_no_longer_stored() {
    let tenants = Tenants::new(trust(), Store::Fetched(RwLock::default()), None);
    let key = account_key(1);
    assert_eq!(tenants.take_fetched(&key, &token(5)), Verdict::Kept);
    let hold = tenants.get_blocking(&key).unwrap();
    let in_force = || tenants.find_live(&key)?.policy().map(|it| it.issued_at);
    assert_eq!(in_force(), Some(5));
    tenants.store.let_go(&key);
    assert!(tenants.takes(&key), "it is in use");
    assert!(!tenants.takes(&account_key(2)));
    assert_eq!(tenants.take_fetched(&key, &token(4)), Verdict::Missed);
    assert!(tenants.check_update(&token(4)).is_err());
    assert_eq!(in_force(), Some(5));
    assert_eq!(tenants.take_fetched(&key, &token(6)), Verdict::Kept);
    assert_eq!(in_force(), Some(6));
    drop(hold);
    assert_eq!(dismiss(&tenants), 1);
    assert_eq!(tenants.take_fetched(&key, &token(5)), Verdict::Missed);
}

/// Answers that arrive at the same moment, in any order.
#[test]
fn the_newest_of_many_updates_is_stored_and_in_force() {
    const ROUNDS: i64 = 200;
    const THREADS: i64 = 4;
    let tenants = Tenants::new(trust(), Store::Fetched(RwLock::default()), None);
    let key = account_key(1);
    assert_eq!(tenants.take_fetched(&key, &token(1)), Verdict::Kept);
    let _hold = tenants.get_blocking(&key).unwrap();
    let barrier = Barrier::new(usize::try_from(THREADS).unwrap());
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (tenants, barrier) = (&tenants, &barrier);
            scope.spawn(move || {
                for round in 1..=ROUNDS {
                    let token = token(round * THREADS + n);
                    barrier.wait();
                    tenants.take_fetched(&key, &token);
                    barrier.wait();
                    let newest = round * THREADS + THREADS - 1;
                    let stored = tenants.store.fetch(&key).unwrap().unwrap();
                    let stored = jwt::decode::<AccountBody>(&stored).unwrap();
                    let in_force = tenants.find_live(&key).unwrap().policy().unwrap();
                    assert_eq!((stored.iat, in_force.issued_at), (newest, newest));
                    barrier.wait();
                }
            });
        }
    });
}
