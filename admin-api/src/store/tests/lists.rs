//! No page of a list looks at more rows than it shows: every list, order, filter and search, for
//! the platform, a tenant with very many rows and one with hardly any. Whoever takes an index away
//! learns here which list needs it.
//!
//! SQLite counts the steps of its machine, PostgreSQL the rows that each node of a plan has seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::seed::{self, FEW, MANY};
use super::{NOW, Prepared, list};
use crate::store::list::{Conditions, Field, Kind, List, Listed, Order, Query, Value, statement};
use crate::store::{self, Db, Scope, Tx, tenant};

on_both_databases!(no_page_looks_at_more_rows_than_it_shows);
on_both_databases!(who_is_named_is_found_at_once);

/// A look-up by id, key or name, in steps of SQLite's machine.
const LOOK_UP_STEPS_MAX: usize = 2_000;

const PAGE: i64 = 50;
/// What a statement may take: steps of SQLite's machine, rows of PostgreSQL's plan.
struct Bounds {
    steps: usize,
    rows: usize,
}

/// A page of the list that takes most needs half of it; reading all rows, several times as much.
const PAGING: Bounds = Bounds {
    steps: 30_000,
    rows: 1_500,
};
/// Each of 10,000 rows once, with what belongs to it.
const COUNTING: Bounds = Bounds {
    steps: 450_000,
    rows: 120_000,
};
/// What is counted by its rows: nobody has very many of them, or nearly all rows are meant.
const BY_ROWS: [&str; 6] = [
    "FROM sessions",
    "FROM memberships m JOIN",
    "FROM import_requests",
    "FROM exports",
    "FROM accounts a",
    "bearer = FALSE",
];
/// How often the steps are counted.
const STEPS: i32 = 100;

async fn no_page_looks_at_more_rows_than_it_shows(test: Prepared) {
    seed::fill(&test.db).await;
    let mut looks = Looks {
        db: &test.db,
        done: 0,
        slow: Vec::new(),
    };
    for scope in [
        Scope::default(),
        Scope::of(Some(MANY.org), None),
        Scope::of(Some(MANY.org), Some(MANY.account)),
        Scope::of(Some(FEW.org), None),
        Scope::of(Some(FEW.org), Some(FEW.account)),
    ] {
        looks.at_tenants(&scope).await;
        if let Some(account) = scope.account_id.clone() {
            looks.inside(&scope, &account).await;
        }
    }
    looks.inside(&Scope::default(), MANY.account).await;
    looks.inside(&Scope::default(), FEW.account).await;
    assert!(looks.done > 1000, "only {} pages", looks.done);
    assert!(looks.slow.is_empty(), "{:#?}", looks.slow);
}

/// However many others there are. (PostgreSQL tells the rows of plans only, not of what was done.)
async fn who_is_named_is_found_at_once(test: Prepared) {
    seed::fill(&test.db).await;
    let mut tx = test.db.read().await.unwrap();
    let steps = match &mut tx {
        Tx::Sqlite(lite) => count_steps(lite).await,
        Tx::Postgres(_) => Arc::default(),
    };
    for user in ["usr_100500", "Un100500", "n100500", "nobody"] {
        let found = store::users::find(&mut tx, MANY.account, user)
            .await
            .unwrap();
        assert_eq!(found.is_some(), user != "nobody", "{user}");
        let steps = steps.swap(0, Ordering::Relaxed);
        assert!(steps < LOOK_UP_STEPS_MAX, "{user}: {steps} steps");
    }
    for device in ["dev_100500", "n100500", "nobody"] {
        let found = store::devices::find(&mut tx, MANY.account, device)
            .await
            .unwrap();
        assert_eq!(found.is_some(), device != "nobody", "{device}");
        let steps = steps.swap(0, Ordering::Relaxed);
        assert!(steps < LOOK_UP_STEPS_MAX, "{device}: {steps} steps");
    }
}

/// Counts the steps of what SQLite is asked from now on.
async fn count_steps(lite: &mut SqliteConnection) -> Arc<AtomicUsize> {
    let steps = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&steps);
    let mut handle = lite.lock_handle().await.unwrap();
    handle.set_progress_handler(STEPS, move || {
        count.fetch_add(STEPS as usize, Ordering::Relaxed);
        true
    });
    steps
}

struct Looks<'a> {
    db: &'a Db,
    done: usize,
    slow: Vec<String>,
}

/// A value that very many rows of the field have, or one row has.
fn common(list: &List, field: &str) -> &'static str {
    match (list.from, field) {
        (_, "name" | "slug") => "n100500",
        (_, "email") => "n100500@example.org",
        (_, "public_key") => "Un100500",
        (_, "org") => MANY.org,
        (_, "account") => MANY.account,
        (_, "actor") => "key_many",
        (_, "trace_id") => "trace_many",
        (_, "target" | "event") => "evt_100500",
        (_, "action" | "type") => "user.create",
        (from, "kind") if from.contains("operations") => "create_users",
        (from, "state") if from.contains("operations") => "succeeded",
        (_, "kind") => "stream",
        (_, "visibility") => "private",
        (_, "exporter") => "n100500",
        (_, "provider") => "idp_many",
        (from, "state") if from.contains("webhook") => "delivered",
        (from, "state") if from.contains("devices") => "active",
        (_, "role") => "rol_100500",
        (_, "source") => "ent_many",
        (from, "state") if from.contains("accounts") => "active",
        (_, "plan") => "pln_100500",
        (_, "state") => "approved",
        (_, "export") => "exp_few",
        (_, "importer") => "A100500",
        (_, "subject") => "s.100500",
        (_, "local_subject") => "l.100500",
        (from, field) => panic!("say what {field} is {from}"),
    }
}

impl Looks<'_> {
    async fn at_tenants(&mut self, scope: &Scope) {
        use store::{
            accounts, audit, events, keys, lifecycle, members, operations, orgs, providers, roles,
            service_accounts, sessions, webhooks,
        };
        let s = scope;
        self.list::<accounts::AccountRow>(s, &accounts::within(s))
            .await;
        let deleted = lifecycle::deleted_within(s);
        self.list::<accounts::AccountRow>(s, &deleted).await;
        self.list::<audit::AuditRow>(s, &audit::within(s)).await;
        self.list::<events::EventRow>(s, &events::within(s)).await;
        self.list::<keys::ApiKeyRow>(s, &keys::within(s)).await;
        self.list::<members::MemberRow>(s, &members::within(s))
            .await;
        self.list::<operations::OperationRow>(s, &operations::within(s))
            .await;
        self.list::<orgs::OrgRow>(s, &orgs::within(s)).await;
        self.list::<providers::ProviderRow>(s, &providers::within(s))
            .await;
        self.list::<roles::AccessRoleRow>(s, &roles::within(s))
            .await;
        let services = service_accounts::within(s);
        self.list::<service_accounts::ServiceAccountRow>(s, &services)
            .await;
        let open = sessions::open_invitations(s, NOW);
        self.list::<sessions::LinkRow>(s, &open).await;
        self.list::<webhooks::WebhookRow>(s, &webhooks::within(s))
            .await;
        let all = Conditions::default();
        self.list::<store::plans::PlanRow>(s, &all).await;
        let open = sessions::open("mem_n100500", NOW, 0);
        self.list::<sessions::SessionRow>(s, &open).await;
        self.list::<keys::ApiKeyRow>(s, &keys::personal("mem_n100500"))
            .await;
    }

    async fn inside(&mut self, s: &Scope, account: &str) {
        use store::activations::ActivationRow;
        use store::deliveries::DeliveryRow;
        use store::issuances::IssuanceRow;
        use store::requests::{self, LinkRow, RequestRow, Side};
        use store::{account_roles, activations, deliveries, exports, imports, issuances, users};
        self.list::<users::UserRow>(s, &users::of(account)).await;
        self.list::<account_roles::RoleRow>(s, &account_roles::of(account))
            .await;
        self.list::<exports::ExportRow>(s, &exports::of(account))
            .await;
        self.list::<imports::ImportRow>(s, &imports::of(account))
            .await;
        for side in [Side::Importer, Side::Exporter] {
            let requests = requests::of(side, account);
            self.list::<RequestRow>(s, &requests).await;
        }
        self.devices(s, account).await;
        let (export, user, webhook) = match account == MANY.account {
            true => ("exp_100500", "usr_100500", "whk_100500"),
            false => ("exp_few", "usr_900000", "whk_900000"),
        };
        self.list::<LinkRow>(s, &requests::links_of(export)).await;
        let activations = activations::of(export);
        self.list::<ActivationRow>(s, &activations).await;
        self.list::<IssuanceRow>(s, &issuances::of(user)).await;
        let deliveries = deliveries::of(webhook);
        self.list::<DeliveryRow>(s, &deliveries).await;
        let mut tx = self.db.read().await.unwrap();
        let importer = store::accounts::by_id(&mut tx, account).await.unwrap();
        drop(tx);
        let shared = exports::shared_with(&importer.unwrap());
        self.list::<exports::ExportRow>(s, &shared).await;
    }

    async fn devices(&mut self, s: &Scope, account: &str) {
        use store::device_authorities::{self, AuthorityRow, ForeignRow};
        use store::devices::{self, CertificateRow, DeviceRow};
        use store::enrolments::{self, EnrolmentTokenRow};
        self.list::<DeviceRow>(s, &devices::of(account)).await;
        let device = match account == MANY.account {
            true => "dev_100500",
            false => "dev_900000",
        };
        let certificates = devices::certificates_of(device);
        self.list::<CertificateRow>(s, &certificates).await;
        let authorities = device_authorities::of(account);
        self.list::<AuthorityRow>(s, &authorities).await;
        self.list::<ForeignRow>(s, &authorities).await;
        self.list::<EnrolmentTokenRow>(s, &enrolments::of(account))
            .await;
    }

    /// Every kind of page of a list, as the scope has it.
    async fn list<R: Listed>(&mut self, scope: &Scope, conditions: &Conditions) {
        let list = R::LIST;
        let orders: Vec<Option<Field>> = [None]
            .into_iter()
            .chain(list.sorts.iter().copied().map(Some))
            .collect();
        for by in &orders {
            for descending in [false, true] {
                let query = query(*by, descending, Vec::new(), None);
                self.page::<R>(scope, conditions, &query).await;
                self.total::<R>(scope, conditions, &query).await;
                if let Some(deep) = self.deep::<R>(scope, conditions, &query).await {
                    self.page::<R>(scope, conditions, &deep).await;
                }
            }
            let by_creation = |field: &&Field| R::BY_CREATION.contains(&field.name);
            let filters = list.filters.iter();
            for field in filters.filter(|field| by.is_none() || !by_creation(field)) {
                for values in values(&list, field) {
                    let filters = vec![(*field, values)];
                    let query = query(*by, list.newest_first, filters, None);
                    self.page::<R>(scope, conditions, &query).await;
                    if by.is_none() {
                        self.total::<R>(scope, conditions, &query).await;
                    }
                }
            }
        }
        if let Some(ending) = R::ENDING {
            for time in [0, 1_000_000, 1_899_700, i64::MAX] {
                let mut query = query(Some(ending.field), false, Vec::new(), None);
                query.ends_before = Some((ending.field, time));
                self.page::<R>(scope, conditions, &query).await;
            }
        }
        let Some(field) = list.search else { return };
        for begin in ["n100", "n100500", "zzz"] {
            let search = Some((field, begin.to_owned()));
            let query = query(Some(field), false, Vec::new(), search);
            self.page::<R>(scope, conditions, &query).await;
        }
    }

    /// What counting looks at: the rows that are counted, and, where these are many, nothing but an
    /// index of SQLite's.
    async fn total<R: Listed>(&mut self, scope: &Scope, conditions: &Conditions, query: &Query) {
        let (sql, values) = statement::of_total(&R::LIST, conditions.clone(), query);
        let looked = tenant::in_request(async {
            tenant::bind(scope);
            let mut tx = self.db.read().await.unwrap();
            // Few rows are looked at wherever they are.
            look(&mut tx, &sql, values.clone(), &PAGING).await?;
            match look(&mut tx, &sql, values.clone(), &COUNTING).await {
                None => beside_the_index(&mut tx, &sql, values.clone()).await,
                trouble => trouble,
            }
        });
        self.done += 1;
        if let Some(trouble) = looked.await {
            self.slow
                .push(format!("{scope:?}\n{sql}\n{values:?}\n{trouble}"));
        }
    }

    /// The page after one of 500.
    async fn deep<R: Listed>(
        &self,
        scope: &Scope,
        conditions: &Conditions,
        query: &Query,
    ) -> Option<Query> {
        let mut query = query.clone();
        query.limit = 500;
        let found = tenant::in_request(async {
            tenant::bind(scope);
            let mut tx = self.db.read().await.unwrap();
            list::page::<R>(&mut tx, conditions.clone(), &query)
                .await
                .unwrap()
        });
        let last = found.await.into_iter().nth(500)?;
        let value = query.order.by.map(|field| last.sort_value(field.name));
        query.order.after = Some((value, last.id().to_owned()));
        query.limit = PAGE;
        Some(query)
    }

    async fn page<R: Listed>(&mut self, scope: &Scope, conditions: &Conditions, query: &Query) {
        let (sql, values) = statement::of_page(&R::LIST, conditions.clone(), query);
        let looked = tenant::in_request(async {
            tenant::bind(scope);
            let mut tx = self.db.read().await.unwrap();
            look(&mut tx, &sql, values.clone(), &PAGING).await
        });
        self.done += 1;
        if let Some(trouble) = looked.await {
            self.slow
                .push(format!("{scope:?}\n{sql}\n{values:?}\n{trouble}"));
        }
    }
}

fn query(
    by: Option<Field>,
    descending: bool,
    filters: Vec<(Field, Vec<Value>)>,
    begins_with: Option<(Field, String)>,
) -> Query {
    Query {
        limit: PAGE,
        order: Order {
            by,
            descending,
            after: None,
        },
        filters,
        begins_with,
        ends_before: None,
        since: None,
        until: None,
    }
}

/// What to filter a field by: what many rows have, none has, and both.
fn values(list: &List, field: &Field) -> Vec<Vec<Value>> {
    if field.kind == Kind::Flag {
        return vec![vec![Value::Flag(true)], vec![Value::Flag(false)]];
    }
    let (many, none) = (Value::from(common(list, field.name)), Value::from("nobody"));
    if let Kind::Words(words) = field.kind {
        return words
            .iter()
            .map(|(word, _)| vec![Value::from(*word)])
            .collect();
    }
    vec![vec![many.clone()], vec![none.clone()], vec![many, none]]
}

/// The steps of a plan of SQLite that read rows of a table beside an index.
async fn beside_the_index(tx: &mut Tx, sql: &str, values: Vec<Value>) -> Option<String> {
    let Tx::Sqlite(lite) = tx else { return None };
    if BY_ROWS.iter().any(|part| sql.contains(part)) {
        return None;
    }
    let asked = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
    let plan: Vec<(i64, i64, i64, String)> = list::bound!(asked, values)
        .fetch_all(&mut **lite)
        .await
        .unwrap();
    let steps = plan.into_iter().map(|(.., step)| step);
    // What is found by its primary key is one row.
    let is_one = |step: &String| step.contains("sqlite_autoindex");
    let reads = |step: &String| step.contains(" USING INDEX ") && !is_one(step);
    let steps: Vec<String> = steps.filter(reads).collect();
    (!steps.is_empty()).then(|| steps.join("\n"))
}

/// Runs the statement. What it took, if that was too much.
async fn look(tx: &mut Tx, sql: &str, values: Vec<Value>, bounds: &Bounds) -> Option<String> {
    match tx {
        Tx::Sqlite(lite) => {
            let steps = count_steps(lite).await;
            let asked = sqlx::query(AssertSqlSafe(sql));
            list::bound!(asked, values)
                .fetch_all(&mut **lite)
                .await
                .unwrap();
            lite.lock_handle().await.unwrap().remove_progress_handler();
            let steps = steps.load(Ordering::Relaxed);
            (steps > bounds.steps).then(|| format!("{steps} steps"))
        }
        Tx::Postgres(postgres) => {
            let sql = format!("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) {sql}");
            let asked = sqlx::query_scalar(AssertSqlSafe(sql));
            let asked = list::bound!(asked, values).fetch_all(&mut **postgres);
            let plan: Vec<String> = asked.await.unwrap();
            let rows: usize = plan.iter().map(|line| rows(line)).sum();
            (rows > bounds.rows).then(|| format!("{rows} rows\n{}", plan.join("\n")))
        }
    }
}

/// The rows that a line of a plan speaks of: those of a node, or those that it threw away.
fn rows(line: &str) -> usize {
    let number = |text: &str| -> Option<usize> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let after = |word: &str| number(line.split_once(word)?.1);
    let removed = after("Rows Removed by Filter: ").unwrap_or_default();
    let found = after("(actual rows=").unwrap_or_default();
    removed + found * after(" loops=").unwrap_or(1)
}
