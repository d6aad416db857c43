//! Fills a database: things are made over the API, then their rows are cloned by the database.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use tests::Api;
use tests::wait::eventually;

use crate::say;

/// Rows of one INSERT.
const CHUNK: u32 = 100_000;
/// Accounts are real: an engine that was told nonsense would be asked again and again.
const ACCOUNTS: u32 = 1_000;

/// What the parameters of paths stand for.
pub(crate) type Places = BTreeMap<&'static str, String>;

pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

/// Rows to clone: a table, the condition that names the template, and what differs in each clone.
/// `{long}` and `{short}` are the number of the clone with zeros before it, `{seq}` one that comes
/// long after the real ones, `i` the number itself.
type Clones<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

const USERS: Clones<'_> = (
    "users",
    "name = 'template'",
    &[
        ("id", "'usr_' || {long}"),
        ("name", "'device-' || {short}"),
        ("public_key", "'U' || {long}"),
        ("bearer", "(i % 100000 = 7)"),
        ("expires_at", "4000000000 - i"),
    ],
);
const AUDIT: Clones<'_> = (
    "audit",
    "action = 'user.create'",
    &[
        ("id", "'evt_' || {long}"),
        ("at", "1700000000 + i"),
        ("actor", "'key_' || (i % 1000)"),
        ("target", "'usr_' || {long}"),
        ("position", "1000000 + i"),
    ],
);
const EVENTS: Clones<'_> = (
    "events",
    "kind = 'user.create'",
    &[
        ("id", "'evt_' || {long}"),
        ("seq", "{seq}"),
        ("kind", "'kind.' || (i % 20)"),
    ],
);
const ISSUANCES: Clones<'_> = (
    "issuances",
    "user_id = (SELECT id FROM users WHERE name = 'template')",
    &[("id", "'iss_' || {long}")],
);
const DELIVERIES: Clones<'_> = (
    "webhook_deliveries",
    "kind = 'webhook.test'",
    &[
        ("id", "'dlv_' || {long}"),
        ("event_id", "'evt_' || {long}"),
        ("kind", "'kind.' || (i % 20)"),
        ("state", "'delivered'"),
        ("next_at", "NULL"),
    ],
);
const KEYS: Clones<'_> = (
    "api_keys",
    "name = 'template'",
    &[
        ("id", "'key_' || {long}"),
        ("key_hash", "'hash-' || {long}"),
        ("name", "'key-' || {short}"),
    ],
);
const SERVICES: Clones<'_> = (
    "service_accounts",
    "name = 'template'",
    &[
        ("id", "'sva_' || {long}"),
        ("name", "'service-' || {short}"),
    ],
);
const LINKS: Clones<'_> = (
    "sign_in_links",
    "email = 'template@example.org'",
    &[
        ("id", "'inv_' || {long}"),
        ("token_hash", "'hash-' || {long}"),
        ("email", "{short} || '@example.org'"),
    ],
);
const MEMBERS: Clones<'_> = (
    "members",
    "email = 'person@example.org'",
    &[
        ("id", "'mem_' || {long}"),
        ("email", "{short} || '@example.com'"),
        ("name", "'person ' || {short}"),
    ],
);
const MEMBERSHIPS: Clones<'_> = (
    "memberships",
    "member_id = (SELECT id FROM members WHERE email = 'person@example.org')",
    &[
        ("id", "'mbs_' || {long}"),
        ("member_id", "'mem_' || {long}"),
        ("email", "{short} || '@example.com'"),
        ("name", "'person ' || {short}"),
    ],
);
const DEVICES: Clones<'_> = (
    "devices",
    "state = 'active'",
    &[
        ("id", "'dev_' || {long}"),
        ("name", "'pump-' || {short}"),
        ("expires_at", "4000000000 - i"),
    ],
);
const CERTIFICATES: Clones<'_> = (
    "device_certificates",
    "kind = 'enrolled'",
    &[("id", "'crt_' || {long}"), ("serial", "{long}")],
);
const WEBHOOKS: Clones<'_> = (
    "webhooks",
    "name = 'template'",
    &[
        ("id", "'whk_' || {long}"),
        ("name", "'hook-' || {short}"),
        ("state", "'paused'"),
    ],
);

impl Database {
    async fn run(&self, sql: String) -> Result<()> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(file) => {
                let url = format!("sqlite:{}", file.display());
                let mut database = SqliteConnection::connect(&url).await?;
                sqlx::query(sql).execute(&mut database).await?;
            }
            Self::Postgres(url) => {
                let mut database = PgConnection::connect(url).await?;
                sqlx::query(sql).execute(&mut database).await?;
            }
        }
        Ok(())
    }

    async fn columns(&self, table: &str) -> Result<Vec<String>> {
        Ok(match self {
            Self::Sqlite(file) => {
                let url = format!("sqlite:{}", file.display());
                let mut database = SqliteConnection::connect(&url).await?;
                let sql = "SELECT name FROM pragma_table_info($1) ORDER BY cid";
                let asked = sqlx::query_scalar(sql).bind(table);
                asked.fetch_all(&mut database).await?
            }
            Self::Postgres(url) => {
                let mut database = PgConnection::connect(url).await?;
                let sql = "SELECT column_name::text FROM information_schema.columns \
                           WHERE table_schema = current_schema() AND table_name = $1 \
                           ORDER BY ordinal_position";
                let asked = sqlx::query_scalar(sql).bind(table);
                asked.fetch_all(&mut database).await?
            }
        })
    }

    /// The numbers of one chunk as a table `n (i)`.
    fn numbers(&self, from: u32, to: u32) -> String {
        match self {
            Self::Sqlite(_) => format!(
                "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n \
                 WHERE i + 1 < {to})"
            ),
            Self::Postgres(_) => {
                format!("WITH n(i) AS (SELECT generate_series({from}, {to} - 1))")
            }
        }
    }

    /// An expression of [`Clones`] in this database's words.
    fn written(&self, expression: &str) -> String {
        let padded = |width: usize, number: &str| match self {
            Self::Sqlite(_) => format!("printf('%0{width}d', {number})"),
            Self::Postgres(_) => format!("lpad(({number})::text, {width}, '0')"),
        };
        expression
            .replace("{seq}", &padded(20, "i + 1000000000"))
            .replace("{long}", &padded(26, "i"))
            .replace("{short}", &padded(8, "i"))
    }

    async fn clone_rows(&self, (table, template, changed): Clones<'_>, count: u32) -> Result<()> {
        say(&format!("{table}: {count} rows"))?;
        let columns = self.columns(table).await?;
        let values = columns.iter().map(|column| {
            let change = changed.iter().find(|(name, _)| name == column);
            change.map_or_else(|| format!("t.{column}"), |(_, to)| self.written(to))
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let columns = columns.join(", ");
        for from in (0..count).step_by(CHUNK as usize) {
            let numbers = self.numbers(from, (from + CHUNK).min(count));
            let sql = format!(
                "{numbers} INSERT INTO {table} ({columns}) SELECT {values} FROM n, \
                 (SELECT * FROM {table} WHERE {template} LIMIT 1) t"
            );
            self.run(sql).await.with_context(|| table.to_owned())?;
        }
        Ok(())
    }
}

async fn id_of(api: &Api, path: &str, body: Value) -> Result<String> {
    let made = api.post(path, &body).await?;
    let id = made["id"].as_str().map(str::to_owned);
    id.with_context(|| format!("{path} made {made}"))
}

/// Lets a device enrol.
async fn device(api: &Api) -> Result<String> {
    let token = json!({ "role": "sensor" });
    let token = api.post("/accounts/fleet/enrolment-tokens", &token).await?;
    let key = KeyPair::generate()?;
    let request = CertificateParams::new(Vec::new())?.serialize_request(&key)?;
    let body = json!({ "token": token["token"], "csr": request.pem()? });
    let given = api.post("/enroll", &body).await?;
    let id = given["device"].as_str().map(str::to_owned);
    id.with_context(|| format!("a device enrolled as {given}"))
}

/// Makes one of everything that is listed, and many of what tenants have many of.
pub(crate) async fn fill(api: &Api, database: &Database, users: u32) -> Result<Places> {
    let mut places = Places::new();
    say(&format!("{ACCOUNTS} accounts over the API"))?;
    for n in 0..ACCOUNTS {
        api.post("/accounts", &json!({ "name": format!("tenant {n}") }))
            .await?;
    }
    places.insert(
        "account",
        id_of(api, "/accounts", json!({ "name": "fleet" })).await?,
    );
    let user = json!({ "name": "template" });
    places.insert("user", id_of(api, "/accounts/fleet/users", user).await?);
    let export = json!({ "subject": "a.>", "kind": "stream", "name": "a" });
    let export = id_of(api, "/accounts/fleet/exports", export).await?;
    let importer = json!({ "account": "tenant-1" });
    let path = format!("/accounts/fleet/exports/{export}/activations");
    api.post(&path, &importer).await?;
    places.insert("export", export);
    let hook = json!({ "name": "template", "url": "https://hooks.invalid/",
                       "account": "fleet", "types": ["webhook.test"] });
    let hook = id_of(api, "/webhooks", hook).await?;
    api.post(&format!("/webhooks/{hook}/test"), &json!({}))
        .await?;
    places.insert("webhook", hook);
    let role = json!({ "name": "template", "role": "account_observer", "account": "fleet" });
    api.post("/service-accounts", &role).await?;
    api.post("/api-keys", &role).await?;
    for email in ["template@example.org", "person@example.org"] {
        let body = json!({ "email": email, "role": "account_observer", "account": "fleet" });
        let link = api.post("/invitations", &body).await?;
        if email.starts_with("person") {
            let accepted = json!({ "token": link["token"], "name": "Person",
                                   "password": "correct horse battery" });
            api.post("/invitations/accept", &accepted).await?;
        }
    }
    for (path, body) in [
        ("/orgs", json!({ "name": "another" })),
        ("/plans", json!({ "name": "small" })),
        (
            "/access-roles",
            json!({ "name": "reader", "rights": ["users:read"] }),
        ),
        ("/accounts/fleet/roles", json!({ "name": "sensor" })),
    ] {
        api.post(path, &body).await?;
    }
    places.insert("device", device(api).await?);
    eventually("the events are published", async || {
        let events = api.get("/events?filter[type]=user.create").await?;
        Ok(events["data"]
            .as_array()
            .filter(|all| !all.is_empty())
            .map(drop))
    })
    .await?;
    multiply(database, users).await?;
    Ok(places)
}

/// Clones what there is one of.
async fn multiply(database: &Database, users: u32) -> Result<()> {
    for clones in [USERS, AUDIT, EVENTS, ISSUANCES, DELIVERIES] {
        database.clone_rows(clones, users).await?;
    }
    for clones in [
        KEYS,
        SERVICES,
        LINKS,
        MEMBERS,
        MEMBERSHIPS,
        WEBHOOKS,
        DEVICES,
        CERTIFICATES,
    ] {
        database.clone_rows(clones, users / 10).await?;
    }
    // PostgreSQL does it by itself after a while; on SQLite nobody does.
    if let Database::Postgres(_) = database {
        database.run("ANALYZE".to_owned()).await?;
    }
    Ok(())
}
