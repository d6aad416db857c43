//! The servers of an engine: who has to answer before something is true of the engine.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::wire::{self, Until, WireError};

/// A server that has not answered so many times in a row is gone.
const MISSED_MAX: u8 = 2;
/// A server that we have just come to may not have found the others yet.
const SETTLE: Duration = Duration::from_secs(5);
/// After an answer, others come within this time.
const QUIET: Duration = Duration::from_millis(250);

/// A server of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ServerInfo {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug)]
struct Known {
    info: ServerInfo,
    missed: u8,
}

/// The servers that have answered lately, by id. A server that starts again has a new id.
#[derive(Debug, Default)]
pub(super) struct Servers(Mutex<View>);

#[derive(Debug)]
struct View {
    known: BTreeMap<String, Known>,
    /// Since when they are the same.
    since: Instant,
}

impl Default for View {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            since: Instant::now(),
        }
    }
}

impl Servers {
    /// How many have to answer: one at least.
    pub(super) fn count(&self) -> usize {
        self.0.lock().known.len().max(1)
    }

    /// Whether they have been the same for a while, so that it is unlikely that there are more.
    pub(super) fn are_settled(&self) -> bool {
        self.0.lock().since.elapsed() >= SETTLE
    }

    pub(super) fn list(&self) -> Vec<ServerInfo> {
        let view = self.0.lock();
        let known = &view.known;
        known.values().map(|known| known.info.clone()).collect()
    }

    /// The names of those that are not among these ids.
    pub(super) fn others_than(&self, ids: &[String]) -> Vec<String> {
        let view = self.0.lock();
        let silent = view.known.iter().filter(|(id, _)| !ids.contains(id));
        silent.map(|(_, known)| known.info.name.clone()).collect()
    }

    pub(super) fn forget(&self) {
        *self.0.lock() = View::default();
    }

    /// Asks who is there. Whether somebody has come.
    pub(super) async fn look(&self, client: &Client) -> Result<bool, WireError> {
        const SUBJECT: &str = "$SYS.REQ.SERVER.PING";
        let answers = wire::gather(client, SUBJECT, "".into(), Until::Quiet(QUIET)).await?;
        let mut heard = BTreeMap::new();
        for answer in answers {
            let answer: wire::Answer<serde::de::IgnoredAny> = wire::read(SUBJECT, &answer)?;
            heard.insert(answer.server.id.clone(), answer.server);
        }
        let mut view = self.0.lock();
        let (has_come, has_gone) = note(&mut view.known, heard);
        if has_come || has_gone {
            view.since = Instant::now();
        }
        Ok(has_come)
    }
}

/// Notes who has answered; whether somebody of them is new, and whether somebody is gone.
fn note(
    known: &mut BTreeMap<String, Known>,
    heard: BTreeMap<String, wire::Server>,
) -> (bool, bool) {
    for (id, server) in known.iter_mut() {
        server.missed = match heard.contains_key(id) {
            true => 0,
            false => server.missed.saturating_add(1),
        };
    }
    let before = known.len();
    known.retain(|_, server| server.missed < MISSED_MAX);
    let gone = before - known.len();
    let stayed = known.len();
    for (id, server) in heard {
        let info = ServerInfo {
            id: id.clone(),
            name: server.name,
            version: server.ver,
        };
        known.entry(id).or_insert(Known { info, missed: 0 });
    }
    if gone > 0 {
        tracing::info!(servers = gone, "servers of an engine have gone");
    }
    (known.len() > stayed, gone > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(ids: &[&str]) -> BTreeMap<String, wire::Server> {
        let server = |id: &&str| {
            let server = wire::Server {
                id: (*id).to_owned(),
                ..wire::Server::default()
            };
            ((*id).to_owned(), server)
        };
        ids.iter().map(server).collect()
    }

    #[test]
    fn who_misses_once_is_still_waited_for_and_who_comes_is_noticed() {
        let mut known = BTreeMap::new();
        assert_eq!(note(&mut known, heard(&["a", "b"])), (true, false));
        assert_eq!(note(&mut known, heard(&["a"])), (false, false));
        assert_eq!(known.len(), 2);
        assert_eq!(note(&mut known, heard(&["a"])), (false, true));
        assert_eq!(known.len(), 1);
        assert_eq!(note(&mut known, heard(&["a", "c"])), (true, false));
        assert_eq!(known.len(), 2);
    }
}
