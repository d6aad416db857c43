//! The audit trail as chains of hashes: one per account, and the platform's own over their heads.
//!
//! An entry's hash covers the entry and the hash before it, so that nothing can be changed, left
//! out or put in between without breaking what follows. From time to time the platform's chain
//! notes the heads of the others; whoever rebuilds a chain must rebuild that one too, and cannot
//! when its head was taken away in time (`GET /audit/heads`).

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::clock;
use crate::ids::{IdKind, new_id};
use crate::store::audit::{AuditRow, HeadRow};
use crate::store::{self, Db, StoreError, Tx};

/// The chain of what concerns no account, and of the others' heads.
pub(crate) const PLATFORM: &str = "platform";
const CHECKPOINT: &str = "audit.checkpoint";
/// Heads in one checkpoint, and rows that are read at a time.
const HEADS_MAX: i64 = 500;
const ROWS_MAX: i64 = 1000;
/// More breaks than this are not listed one by one.
const BREAKS_MAX: usize = 100;
const PLATFORM_SAYS: &str = "the platform's chain";

/// The newest entry of a chain. Kept elsewhere, it proves later that nothing before it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Head {
    /// An account's id, or `platform`.
    pub(crate) chain: String,
    /// Its number in the chain; the first entry has 1.
    pub(crate) position: i64,
    /// SHA-256 in hex.
    pub(crate) hash: String,
}

impl From<HeadRow> for Head {
    fn from(row: HeadRow) -> Self {
        Self {
            chain: row.chain,
            position: row.position,
            hash: row.hash,
        }
    }
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Break {
    /// An account's id, or `platform`.
    pub(crate) chain: String,
    /// The number of the first entry that is wrong, or of the one that is missing.
    pub(crate) position: i64,
    /// What is wrong.
    pub(crate) reason: String,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// Whether every chain holds.
    pub(crate) intact: bool,
    pub(crate) chains: u64,
    pub(crate) entries: u64,
    /// Entries that were written before there were chains: nothing vouches for them.
    pub(crate) unchained: u64,
    /// Where chains do not hold, the first hundred.
    pub(crate) breaks: Vec<Break>,
}

/// The hash of an entry: over all that it says, its place, and the hash before it. What entries did
/// not have from the beginning counts where it is there, so that the older ones still hold.
fn link(before: &str, row: &AuditRow) -> String {
    let mut text = json!([
        before,
        row.chain,
        row.position,
        row.id,
        row.at,
        row.org_id,
        row.account_id,
        row.actor,
        row.credential_id,
        row.action,
        row.target,
        row.before,
        row.after,
        row.request_id,
        row.client_ip,
        row.dry_run,
    ]);
    if let (Some(trace), Some(parts)) = (&row.trace_id, text.as_array_mut()) {
        parts.push(json!({ "trace_id": trace }));
    }
    HEXLOWER.encode(&Sha256::digest(text.to_string()))
}

/// Appends an entry to the chain of its account. The chain is locked until the commit.
pub(crate) async fn append(tx: &mut Tx, row: AuditRow) -> Result<(), StoreError> {
    link_in(tx, row, false).await
}

/// Appends an entry that is an event too.
pub(crate) async fn publish(tx: &mut Tx, row: AuditRow) -> Result<(), StoreError> {
    link_in(tx, row, true).await
}

async fn link_in(tx: &mut Tx, mut row: AuditRow, is_event: bool) -> Result<(), StoreError> {
    let chain = row.account_id.as_deref().unwrap_or(PLATFORM);
    chain.clone_into(&mut row.chain);
    let head = store::audit::lock_head(tx, &row.chain).await?;
    row.position = head.position + 1;
    row.hash = link(&head.hash, &row);
    store::audit::append(tx, &row, is_event).await
}

/// Notes the heads that have moved in the platform's chain. `false` when none had.
pub(crate) async fn checkpoint(tx: &mut Tx) -> Result<bool, StoreError> {
    // The platform's head is the lock: of two processes one finds nothing left to note.
    store::audit::lock_head(tx, PLATFORM).await?;
    let moved = store::audit::unnoted_heads(tx, PLATFORM, HEADS_MAX).await?;
    if moved.is_empty() {
        return Ok(false);
    }
    for head in &moved {
        store::audit::note_head(tx, &head.chain, head.position).await?;
    }
    let heads: Vec<Head> = moved.into_iter().map(Head::from).collect();
    append(
        tx,
        system_entry(CHECKPOINT, PLATFORM, &json!({ "heads": heads })),
    )
    .await?;
    Ok(true)
}

/// An entry about what this process does by itself.
pub(crate) fn system_entry(action: &str, target: &str, after: &serde_json::Value) -> AuditRow {
    AuditRow {
        id: new_id(IdKind::AuditEntry),
        at: clock::now(),
        org_id: None,
        account_id: None,
        actor: "system".to_owned(),
        credential_id: None,
        action: action.to_owned(),
        target: target.to_owned(),
        before: None,
        after: (!after.is_null()).then(|| after.to_string()),
        request_id: None,
        client_ip: None,
        trace_id: None,
        dry_run: false,
        chain: String::new(),
        position: 0,
        hash: String::new(),
    }
}

/// The heads of all chains, in the order of their names.
pub(crate) async fn heads(db: &Db) -> Result<Vec<Head>, StoreError> {
    let mut tx = db.read().await?;
    let mut all: Vec<Head> = Vec::new();
    loop {
        let after = all
            .last()
            .map(|head| head.chain.clone())
            .unwrap_or_default();
        let page = store::audit::heads(&mut tx, &after, ROWS_MAX).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.into_iter().map(Head::from));
    }
}

/// Reads every chain again, or one of them, and says where one does not hold. `kept` are heads
/// that were taken away earlier: what they vouch for must still be there.
pub(crate) async fn verify(
    db: &Db,
    only: Option<&str>,
    kept: &[Head],
) -> Result<Verdict, StoreError> {
    let mut check = Check::default();
    for head in kept {
        let known = check.promised.entry(head.chain.clone()).or_default();
        known.push((head.position, head.hash.clone(), "a head that was kept"));
    }
    let mut heads = heads(db).await?;
    let mut tx = db.read().await?;
    // The platform's chain first: it says what the others must have had.
    heads.sort_by_key(|head| head.chain != PLATFORM);
    for chain in store::audit::headless_chains(&mut tx, ROWS_MAX).await? {
        check.break_at(&chain, 1, "the chain has entries, but no head");
    }
    for head in heads {
        if only.is_none_or(|only| only == head.chain || head.chain == PLATFORM) {
            let is_counted = only.is_none_or(|only| only == head.chain);
            check.chain(&mut tx, &head, is_counted).await?;
        }
    }
    check.missing_chains(only);
    let unchained = store::audit::count_unchained(&mut tx).await?;
    check.verdict.unchained = u64::try_from(unchained).unwrap_or_default();
    if store::audit::count_unchained_later(&mut tx).await? > 0 {
        check.break_at(
            PLATFORM,
            0,
            "an entry outside of all chains was put in later",
        );
    }
    let mut verdict = check.verdict;
    verdict.intact = verdict.breaks.is_empty();
    Ok(verdict)
}

#[derive(Debug, Default)]
struct Check {
    verdict: Verdict,
    /// Hashes that a chain must have, by chain: position, hash, and who says so.
    promised: HashMap<String, Vec<(i64, String, &'static str)>>,
}

impl Check {
    fn break_at(&mut self, chain: &str, position: i64, reason: &str) {
        if self.verdict.breaks.len() < BREAKS_MAX {
            self.verdict.breaks.push(Break {
                chain: chain.to_owned(),
                position,
                reason: reason.to_owned(),
            });
        }
    }

    async fn chain(
        &mut self,
        tx: &mut Tx,
        head: &Head,
        is_counted: bool,
    ) -> Result<(), StoreError> {
        let mut promised = self.promised.remove(&head.chain).unwrap_or_default();
        promised.push((head.position, head.hash.clone(), "the head of the chain"));
        let promised: HashMap<i64, Vec<(String, &str)>> =
            promised
                .into_iter()
                .fold(HashMap::new(), |mut all, (at, hash, who)| {
                    all.entry(at).or_default().push((hash, who));
                    all
                });
        let (mut position, mut hash) = (0, String::new());
        loop {
            let rows = store::audit::chain(tx, &head.chain, position, ROWS_MAX).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                position += 1;
                if let Some(reason) = flaw(position, &hash, &row, promised.get(&position)) {
                    self.break_at(&head.chain, position, &reason);
                    return Ok(());
                }
                self.note(&row);
                self.verdict.entries += u64::from(is_counted);
                hash = row.hash;
            }
        }
        self.verdict.chains += u64::from(is_counted);
        // What was promised beyond the end was cut off.
        if let Some(last) = promised.keys().max().filter(|last| **last > position) {
            let reason = format!("the entries up to {last} are missing");
            self.break_at(&head.chain, position + 1, &reason);
        }
        Ok(())
    }

    /// Takes over what a checkpoint says of the other chains.
    fn note(&mut self, row: &AuditRow) {
        #[derive(Deserialize)]
        struct Checkpoint {
            heads: Vec<Head>,
        }
        if row.chain != PLATFORM || row.action != CHECKPOINT {
            return;
        }
        let text = row.after.as_deref().unwrap_or_default();
        if let Ok(checkpoint) = serde_json::from_str::<Checkpoint>(text) {
            for head in checkpoint.heads {
                let known = self.promised.entry(head.chain).or_default();
                // The newest covers all before it.
                known.retain(|(_, _, who)| *who != PLATFORM_SAYS);
                known.push((head.position, head.hash, PLATFORM_SAYS));
            }
        }
    }

    fn missing_chains(&mut self, only: Option<&str>) {
        let missing: Vec<String> = self.promised.keys().cloned().collect();
        for chain in missing {
            if only.is_none_or(|only| only == chain) {
                self.break_at(&chain, 1, "the whole chain is missing");
            }
        }
    }
}

fn flaw(
    position: i64,
    before: &str,
    row: &AuditRow,
    promised: Option<&Vec<(String, &str)>>,
) -> Option<String> {
    if row.position != position {
        return Some("the entry is missing".to_owned());
    }
    if row.hash != link(before, row) {
        return Some(format!(
            "entry {} was changed, or the one before it",
            row.id
        ));
    }
    let differs = promised?.iter().find(|(hash, _)| *hash != row.hash)?;
    Some(format!(
        "entry {} is not the one that {} names",
        row.id, differs.1
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{link, system_entry};
    use crate::store::audit::AuditRow;

    #[test]
    fn entries_of_before_there_were_traces_hold() {
        let mut row = AuditRow {
            id: "evt_1".to_owned(),
            at: 1_700_000_000,
            org_id: Some("org_1".to_owned()),
            account_id: Some("acct_1".to_owned()),
            actor: "key_1".to_owned(),
            credential_id: Some("key_1".to_owned()),
            request_id: Some("req_1".to_owned()),
            client_ip: Some("192.0.2.1".to_owned()),
            chain: "acct_1".to_owned(),
            position: 2,
            ..system_entry("user.create", "usr_1", &json!({ "n": 1 }))
        };
        let before = "be1117d26f30d5dca6ae84c23e92c0df1cc2f1445e78c8c1734ccd93ab96c7a6";
        assert_eq!(link("00ff", &row), before);
        row.trace_id = Some("0af7651916cd43dd8448eb211c80319c".to_owned());
        let traced = "7b142d353d29cf735b0b81a88f841eb16af1ed4aac66632bc73072d0a860baa7";
        assert_eq!(link("00ff", &row), traced);
    }
}
