//! Accounts that come and go: what keeps them, what they leave behind, and the races between.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use accounts::{
    AccountBody, AccountLimits, Claims, ExportClaim, ImportClaim, KeyKind, KeyPair, OperatorBody,
    PublicKey, ShareKind, jwt,
};

use super::{Tenants, idle::Departed};
use crate::{account::Account, clock, connection::client::Client, resolver::Store};

/// What no test waits for.
const LONG: Duration = Duration::from_secs(3600);

fn account_key(n: u8) -> PublicKey {
    KeyPair::from_entropy(KeyKind::Account, [n; 32]).public()
}

/// Accounts 1 to 3 export `e.>`; `imports` says who imports it from whom.
fn tenants(imports: &[(u8, u8)]) -> Tenants {
    let operator = KeyPair::from_entropy(KeyKind::Operator, [1; 32]);
    let claims = Claims::new(operator.public(), "op", 1, OperatorBody::default());
    let trust = super::Trust::from_operators(&[claims]).unwrap();
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
    Tenants::new(trust, Store::memory(tokens.collect()), None)
}

fn client(cid: u64) -> Arc<Client> {
    Arc::new(Client::new(
        cid,
        SocketAddr::from(([127, 0, 0, 1], 1)),
        1 << 20,
    ))
}

/// Logs in and stays.
fn enter(tenants: &Tenants, n: u8, cid: u64) -> Arc<Account> {
    let hold = tenants.get_blocking(&account_key(n)).unwrap();
    assert_eq!(hold.admit(&client(cid), None, None), Ok(()));
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
    assert!(crate::account::Hold::on(account).is_none());
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
