//! The servers of an engine: who has to answer before something is true of the engine.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::{self, Until, WireError};

/// A server that has not answered so many times in a row is gone.
const MISSED_MAX: u8 = 2;
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
pub(super) struct Servers(Mutex<BTreeMap<String, Known>>);

impl Servers {
    /// How many have to answer: one at least.
    pub(super) fn count(&self) -> usize {
        self.0.lock().len().max(1)
    }

    pub(super) fn list(&self) -> Vec<ServerInfo> {
        let known = self.0.lock();
        known.values().map(|known| known.info.clone()).collect()
    }

    /// The names of those that are not among these ids.
    pub(super) fn others_than(&self, ids: &[String]) -> Vec<String> {
        let known = self.0.lock();
        let silent = known.iter().filter(|(id, _)| !ids.contains(id));
        silent.map(|(_, known)| known.info.name.clone()).collect()
    }

    pub(super) fn forget(&self) {
        self.0.lock().clear();
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
        Ok(note(&mut self.0.lock(), heard))
    }
}

/// Notes who has answered; whether somebody of them is new.
fn note(known: &mut BTreeMap<String, Known>, heard: BTreeMap<String, wire::Server>) -> bool {
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
    known.len() > stayed
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
        assert!(note(&mut known, heard(&["a", "b"])));
        assert!(!note(&mut known, heard(&["a"])));
        assert_eq!(known.len(), 2);
        assert!(!note(&mut known, heard(&["a"])));
        assert_eq!(known.len(), 1);
        assert!(note(&mut known, heard(&["a", "c"])));
        assert_eq!(known.len(), 2);
    }
}
