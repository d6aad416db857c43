//! The feed: events and entries of the trail over NATS, in an account of the installation's own
//! that each tenant can import its own part of.
//!
//! The account exports `$CP.events.*.>` and `$CP.audit.*.>` to everybody; the token in the middle
//! must be the importer's own key, so nobody takes what another account is told, and nobody but the
//! platform what concerns no account. An account that wants it ([`EventFeed`]) has the imports in
//! its claims. The process that leads an engine publishes there (`reconciler/feed.rs`).

use accounts::{KeyPair, PermissionSet, PublicKey, Quotas, SubjectRules, UserPermissionLimits};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::claims;
use crate::http::{AuditEntry, Event};
use crate::installation::Installation;
use crate::mint::{self, MintError, UserFacts};
use crate::settings::EventFeed;
use crate::sharing::{ExportDetails, ImportDetails};
use crate::store::accounts::AccountRow;
use crate::store::exports::ExportRow;
use crate::store::feed::FeedRow;
use crate::store::imports::ImportRow;
use crate::store::{self, StoreError, Tx};
use crate::trail::PLATFORM;
use crate::vault::Vault;

/// The account's slug. It is the installation's own, like the system account.
pub(crate) const SLUG: &str = "control-plane";
const EVENTS: &str = "$CP.events";
const AUDIT: &str = "$CP.audit";
/// Where a publisher hears that the server has all that it sent.
const RECEIPTS: &str = "$CP.sent";
/// The token of a subject, from 1, that says whom it concerns.
const ACCOUNT_TOKEN: u32 = 3;
const PUBLISHER: &str = "tidegate event feed";
/// How long a publisher's token holds.
const TOKEN_SECONDS: i64 = 900;
/// What a message leaves out when it would be larger than the server takes.
const LARGE: [&str; 4] = ["object", "before", "after", "changes"];
/// Bytes that subject, headers and what stays of a message need at most.
const ROOM: usize = 4096;

/// Makes the account, unless there is one; from then on every engine is told everything. The
/// caller holds the lock on sharing.
pub(crate) async fn provide(
    tx: &mut Tx,
    vault: &Vault,
    installation: &Installation,
    now: i64,
) -> Result<AccountRow, MintError> {
    store::tenant::lift(tx).await?;
    store::feed::begin(tx).await?;
    let named = (SLUG, "Control plane");
    Box::pin(claims::provide_own(tx, vault, installation, named, now)).await
}

/// The account, if somebody wants to be told.
pub(crate) async fn account(app: &App) -> Result<Option<AccountRow>, StoreError> {
    let mut tx = app.db.read().await?;
    store::accounts::installation_own(&mut tx, SLUG).await
}

/// What the claims of this account offer, if it is the one.
pub(crate) fn exports(account: &AccountRow) -> Vec<ExportRow> {
    if !account.is_own(SLUG) {
        return Vec::new();
    }
    let details = ExportDetails {
        account_token_position: Some(ACCOUNT_TOKEN),
        ..ExportDetails::default()
    };
    let export = |(name, subject): (&str, &str)| ExportRow {
        id: String::new(),
        account_id: account.id.clone(),
        name: name.to_owned(),
        kind: "stream".to_owned(),
        subject: format!("{subject}.*.>"),
        visibility: "public".to_owned(),
        response_type: None,
        created_at: account.created_at,
        details: text(&details),
        advertised: false,
        version: 1,
    };
    [("events", EVENTS), ("audit", AUDIT)].map(export).into()
}

/// What an account's claims take, as it wants it.
pub(crate) async fn imports(
    tx: &mut Tx,
    account: &AccountRow,
    wanted: EventFeed,
) -> Result<Vec<ImportRow>, StoreError> {
    if wanted.is_off() {
        return Ok(Vec::new());
    }
    let source = store::accounts::installation_own(tx, SLUG).await?;
    // Not made yet: what a backup of elsewhere wanted.
    let Some(source) = source else {
        return Ok(Vec::new());
    };
    let import = |(name, subject): (&str, &str)| ImportRow {
        id: String::new(),
        account_id: account.id.clone(),
        exporter_id: source.id.clone(),
        exporter_slug: source.slug.clone(),
        exporter_key: source.public_key.clone(),
        name: name.to_owned(),
        kind: "stream".to_owned(),
        subject: format!("{subject}.{}.>", account.public_key),
        local_subject: format!("{subject}.>"),
        token: None,
        created_at: source.created_at,
        details: text(&ImportDetails::default()),
        version: 1,
    };
    let parts = [
        (wanted.events, "events", EVENTS),
        (wanted.audit, "audit", AUDIT),
    ];
    let parts = parts.into_iter().filter(|(is_wanted, ..)| *is_wanted);
    Ok(parts
        .map(|(_, name, subject)| import((name, subject)))
        .collect())
}

fn text(details: &impl Serialize) -> String {
    serde_json::to_string(details).expect("texts and numbers always have a JSON form")
}

/// The key and the token of whoever publishes, and where it hears of what has arrived.
pub(crate) fn publisher(
    vault: &Vault,
    account: &AccountRow,
    now: i64,
) -> Result<(KeyPair, String, String), MintError> {
    let key = mint::new_key(accounts::KeyKind::User);
    let receipts = format!("{RECEIPTS}.{}", key.public());
    let permissions = PermissionSet {
        publish: allow(&[&format!("{EVENTS}.>"), &format!("{AUDIT}.>"), &receipts]),
        subscribe: allow(&[&receipts]),
        responses: None,
    };
    let jwt = user(
        vault,
        account,
        (key.public(), PUBLISHER),
        permissions,
        (now, TOKEN_SECONDS),
    )?;
    Ok((key, jwt, receipts))
}

/// The token of somebody of the platform who reads everything, for a while.
pub(crate) fn reader(
    vault: &Vault,
    account: &AccountRow,
    whose: (PublicKey, &str),
    time: (i64, i64),
) -> Result<String, MintError> {
    let permissions = PermissionSet {
        publish: SubjectRules {
            allow: None,
            deny: Some(vec![">".to_owned()]),
        },
        subscribe: allow(&[&format!("{EVENTS}.>"), &format!("{AUDIT}.>")]),
        responses: None,
    };
    user(vault, account, whose, permissions, time)
}

fn allow(subjects: &[&str]) -> SubjectRules {
    SubjectRules {
        allow: Some(subjects.iter().map(|&subject| subject.to_owned()).collect()),
        deny: None,
    }
}

fn user(
    vault: &Vault,
    account: &AccountRow,
    (public_key, name): (PublicKey, &str),
    permissions: PermissionSet,
    (issued_at, seconds): (i64, i64),
) -> Result<String, MintError> {
    let facts = UserFacts {
        public_key,
        name,
        rights: UserPermissionLimits::unlimited().with_permissions(permissions),
        quotas: Quotas::default(),
        require_certificate: false,
        tags: Vec::new(),
        issued_at,
        expires_at: issued_at + seconds,
    };
    mint::user(vault, account, None, facts)
}

/// A message of the feed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) subject: String,
    /// The same whenever it is sent again.
    pub(crate) id: String,
    pub(crate) payload: Vec<u8>,
}

/// What is published of an entry: it, and, where it is one, the event.
pub(crate) fn messages(row: FeedRow, payload_max: usize) -> Vec<Message> {
    let FeedRow {
        seq,
        is_event,
        account_key,
        entry,
    } = row;
    // Of an account that is purged the key is not known any more.
    let whom = account_key.or_else(|| entry.account_id.clone());
    let whom = whom.unwrap_or_else(|| PLATFORM.to_owned());
    let (id, kind) = (entry.id.clone(), entry.action.clone());
    let event = is_event.then(|| Message {
        subject: format!("{EVENTS}.{whom}.{kind}"),
        id: id.clone(),
        payload: fit(json!(Event::of(seq, entry.clone())), payload_max),
    });
    let audit = Message {
        subject: format!("{AUDIT}.{whom}.{kind}"),
        // A stream that keeps both must not take one for the other.
        id: format!("audit-{id}"),
        payload: fit(json!(AuditEntry::from(entry)), payload_max),
    };
    event.into_iter().chain([audit]).collect()
}

/// Leaves out, and says so, what no message has room for; the API has it.
fn fit(mut message: Value, payload_max: usize) -> Vec<u8> {
    let whole = message.to_string();
    let Some(members) = message
        .as_object_mut()
        .filter(|_| whole.len() + ROOM > payload_max)
    else {
        return whole.into_bytes();
    };
    let is_gone = |name: &&str| members.remove(*name).is_some();
    let omitted: Vec<&str> = LARGE.iter().copied().filter(is_gone).collect();
    members.insert("omitted".to_owned(), json!(omitted));
    message.to_string().into_bytes()
}
