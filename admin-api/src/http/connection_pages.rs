//! Pages of an account's connections. Servers number their own connections and know nothing of each
//! other's, so a page goes through one server after the other, each in the order of its numbers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::connections::unanswered;
use crate::app::App;
use crate::problem::Problem;
use crate::reconciler::{Connection, Filter, Found, State};

/// Where a page ends, and the next one begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Place {
    /// The key that was asked about, where one was.
    user: Option<String>,
    server: String,
    /// The last connection that was shown.
    cid: u64,
    /// How many of that server's came before the next one, unless some are gone since.
    seen: i64,
}

/// What is asked for.
pub(super) struct Asked {
    /// The keys of the user that is asked about, in their order; everybody, when there is none.
    pub(super) users: Vec<Option<String>>,
    pub(super) state: State,
    pub(super) limit: usize,
    /// Connections of each server to leave out, on the first page.
    pub(super) offset: i64,
    pub(super) after: Option<Place>,
}

/// A page.
#[derive(Default)]
pub(super) struct Page {
    pub(super) connections: Vec<Connection>,
    places: Vec<Place>,
    pub(super) unanswered: BTreeSet<String>,
}

impl Page {
    /// Where the next page begins, once this one is cut to `limit` rows.
    pub(super) fn cut(&mut self, limit: usize) -> Option<Place> {
        if self.connections.len() <= limit {
            return None;
        }
        self.connections.truncate(limit);
        self.places.get(limit.checked_sub(1)?).cloned()
    }

    fn add(&mut self, user: Option<&String>, found: Vec<(i64, Connection)>) {
        for (at, connection) in found {
            self.places.push(Place {
                user: user.cloned(),
                server: connection.server.clone(),
                cid: connection.cid,
                seen: at + 1,
            });
            self.connections.push(connection);
        }
    }
}

/// Connections of one server with their places in its list, in the order of their numbers.
fn of_server(found: &mut Found, server: &str, offset: i64) -> Vec<(i64, Connection)> {
    let all = std::mem::take(&mut found.connections);
    let (mut own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.server == server);
    found.connections = others;
    own.sort_by_key(|connection| connection.cid);
    (offset..).zip(own).collect()
}

struct Reader<'a> {
    app: &'a App,
    account_key: &'a str,
    asked: &'a Asked,
    page: Page,
}

/// The rows of a page, and one more when there is one.
pub(super) async fn read(app: &App, account_key: &str, asked: &Asked) -> Result<Page, Problem> {
    let mut reader = Reader {
        app,
        account_key,
        asked,
        page: Page::default(),
    };
    let begun = asked.after.as_ref().map(|place| &place.user);
    let users = asked.users.iter();
    for user in users.skip_while(|user| begun.is_some_and(|begun| *user < begun)) {
        let place = asked.after.as_ref().filter(|place| place.user == *user);
        if let Some(place) = place {
            reader.rest_of(user, place).await?;
        }
        reader.servers_after(user, place).await?;
    }
    Ok(reader.page)
}

impl Reader<'_> {
    /// How many rows are still needed, the one that only says that there are more included.
    fn missing(&self) -> usize {
        (self.asked.limit + 1).saturating_sub(self.page.connections.len())
    }

    async fn ask(
        &mut self,
        user: &Option<String>,
        offset: i64,
        limit: usize,
    ) -> Result<Found, Problem> {
        let filter = Filter {
            user: user.clone(),
            state: self.asked.state,
            offset,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let found = self.app.reconciler.connections(self.account_key, &filter);
        let found = found.await.ok_or_else(unanswered)?;
        self.page
            .unanswered
            .extend(found.unanswered.iter().cloned());
        Ok(found)
    }

    /// What the server where the page before ended has after that.
    async fn rest_of(&mut self, user: &Option<String>, place: &Place) -> Result<(), Problem> {
        // From the last one that was shown: whether it is where it was tells whether some that
        // came before it are gone. Then there are others further to the front.
        let mut offset = (place.seen - 1).max(0);
        let (mut rows, mut wanted) = self.window(user, &place.server, offset).await?;
        while offset > 0 && rows.first().is_none_or(|(_, first)| first.cid > place.cid) {
            offset = (offset - i64::try_from(wanted).unwrap_or(i64::MAX)).max(0);
            (rows, wanted) = self.window(user, &place.server, offset).await?;
        }
        loop {
            let is_last = rows.len() < wanted;
            offset += i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let new = rows.into_iter().filter(|(_, row)| row.cid > place.cid);
            let new = new.take(self.missing()).collect();
            self.page.add(user.as_ref(), new);
            if is_last || self.missing() == 0 {
                return Ok(());
            }
            (rows, wanted) = self.window(user, &place.server, offset).await?;
        }
    }

    /// Some of a server's connections with their places, and how many were asked for.
    async fn window(
        &mut self,
        user: &Option<String>,
        server: &str,
        offset: i64,
    ) -> Result<(Vec<(i64, Connection)>, usize), Problem> {
        let wanted = self.missing() + 1;
        let mut found = self.ask(user, offset, wanted).await?;
        Ok((of_server(&mut found, server, offset), wanted))
    }

    /// What the servers have that come after the one where the page before ended.
    async fn servers_after(
        &mut self,
        user: &Option<String>,
        place: Option<&Place>,
    ) -> Result<(), Problem> {
        if self.missing() == 0 {
            return Ok(());
        }
        let offset = match &self.asked.after {
            None => self.asked.offset,
            Some(_) => 0,
        };
        let mut found = self.ask(user, offset, self.missing()).await?;
        let servers = found.connections.iter().map(|row| row.server.clone());
        let servers: BTreeSet<String> = servers.collect();
        let is_next = |server: &&String| place.is_none_or(|place| **server > place.server);
        for server in servers.iter().filter(is_next) {
            let rows = of_server(&mut found, server, offset);
            let rows = rows.into_iter().take(self.missing()).collect();
            self.page.add(user.as_ref(), rows);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(server: &str, cid: u64) -> Connection {
        Connection {
            server: server.to_owned(),
            cid,
            ..Connection::default()
        }
    }

    #[test]
    fn a_page_is_cut_where_the_next_one_begins() {
        let mut page = Page::default();
        page.add(None, vec![(0, connection("A", 3)), (1, connection("A", 5))]);
        page.add(None, vec![(0, connection("B", 1))]);
        let next = page.cut(2).expect("there is more");
        assert_eq!((next.server.as_str(), next.cid, next.seen), ("A", 5, 2));
        assert_eq!(page.connections.len(), 2);
        assert!(page.cut(2).is_none());
    }

    #[test]
    fn servers_are_told_apart_and_sorted() {
        let mut found = Found::default();
        let all = [connection("B", 1), connection("A", 9), connection("A", 2)];
        found.connections.extend(all);
        let own = of_server(&mut found, "A", 10);
        let own: Vec<(i64, u64)> = own.into_iter().map(|(at, row)| (at, row.cid)).collect();
        assert_eq!(own, [(10, 2), (11, 9)]);
        assert_eq!(found.connections.len(), 1);
    }
}
