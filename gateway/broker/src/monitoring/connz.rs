//! Connections: which, in which order, and how much of each.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::SystemTime,
};

use ::accounts::subject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Window,
    connection::{Figures, Seen, Showing},
    subsz::{self, OwnSub},
};
use crate::{
    account::Account,
    clock,
    connection::client::{Client, Details, UserName},
    routing::sub::{ClientSub, Sub},
    server::Server,
};

/// Which connections to show, and what of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ConnzOptions {
    /// What they are sorted by; absent is by number.
    pub sort: Option<String>,
    /// Whether account and user are shown.
    pub auth: bool,
    /// Whether the subjects of subscriptions are shown.
    pub subscriptions: bool,
    /// Or all that is known of them.
    pub subscriptions_detail: bool,
    /// Connections to leave out from the start.
    pub offset: i64,
    /// Connections to show; 0 means 1,024.
    pub limit: i64,
    /// Only this connection; 0 means all.
    pub cid: u64,
    /// Only connections of this MQTT client.
    pub mqtt_client: Option<String>,
    /// Open or closed ones.
    pub state: ConnState,
    /// Only connections of this user.
    pub user: Option<String>,
    /// Only connections of this account.
    #[serde(rename = "acc")]
    pub account: Option<String>,
    /// Only those with a subscription that meets this subject; of one account.
    pub filter_subject: Option<String>,
}

/// Which connections are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub enum ConnState {
    /// Those that are open.
    #[default]
    Open,
    /// Those that closed last.
    Closed,
    /// Both.
    All,
}

impl TryFrom<i64> for ConnState {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match number {
            0 => Ok(Self::Open),
            1 => Ok(Self::Closed),
            2 => Ok(Self::All),
            _ => Err("the state is 0 (open), 1 (closed) or 2 (all)"),
        }
    }
}

/// What connections are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SortKey {
    Cid,
    Subscriptions,
    Pending,
    MessagesTo,
    MessagesFrom,
    BytesTo,
    BytesFrom,
    LastActivity,
    Idle,
    Uptime,
    Stop,
    Reason,
    Rtt,
}

impl SortKey {
    fn read(name: &str, state: ConnState) -> Result<Self, String> {
        let key = match name {
            "" | "cid" | "start" => Self::Cid,
            "subs" => Self::Subscriptions,
            "pending" => Self::Pending,
            "msgs_to" => Self::MessagesTo,
            "msgs_from" => Self::MessagesFrom,
            "bytes_to" => Self::BytesTo,
            "bytes_from" => Self::BytesFrom,
            "last" => Self::LastActivity,
            "idle" => Self::Idle,
            "uptime" => Self::Uptime,
            "stop" => Self::Stop,
            "reason" => Self::Reason,
            "rtt" => Self::Rtt,
            _ => return Err(format!("invalid sorting option: {name}")),
        };
        if matches!(key, Self::Stop | Self::Reason) && state != ConnState::Closed {
            return Err(format!("sort by {name} only valid on closed connections"));
        }
        Ok(key)
    }

    /// Numbers, reasons and ages ascend; everything else has the largest first.
    fn order(self, one: &Row, other: &Row, now: SystemTime) -> Ordering {
        let (a, b) = (&one.figures, &other.figures);
        match self {
            Self::Cid => a.cid.cmp(&b.cid),
            Self::Subscriptions => b.subscriptions.cmp(&a.subscriptions),
            Self::Pending => b.pending.cmp(&a.pending),
            Self::MessagesTo => b.sent.0.cmp(&a.sent.0),
            Self::MessagesFrom => b.received.0.cmp(&a.received.0),
            Self::BytesTo => b.sent.1.cmp(&a.sent.1),
            Self::BytesFrom => b.received.1.cmp(&a.received.1),
            Self::LastActivity => b.last_activity.cmp(&a.last_activity),
            Self::Idle => a.last_activity.cmp(&b.last_activity),
            Self::Uptime => a.age(now).cmp(&b.age(now)),
            Self::Stop => b.stopped.cmp(&a.stopped),
            Self::Reason => one.seen.reason().cmp(other.seen.reason()),
            Self::Rtt => b.rtt.cmp(&a.rtt),
        }
    }
}

#[derive(Debug)]
struct Row {
    seen: Seen,
    figures: Figures,
}

/// Connections. The error says what is wrong with the options.
pub(crate) fn connz(server: &Server, options: &ConnzOptions) -> Result<Value, String> {
    let sort = SortKey::read(options.sort.as_deref().unwrap_or_default(), options.state)?;
    let mut window = Window::new(options.offset, options.limit);
    if options.cid != 0 {
        window.limit = 1;
    }
    let now = clock::wall();
    let (mut rows, total) = rows(server, options)?;
    rows.sort_by(|one, other| {
        let order = sort.order(one, other, now);
        order.then_with(|| one.figures.cid.cmp(&other.figures.cid))
    });
    window.cut(&mut rows);
    let subscriptions = subscriptions(server, options, &rows);
    let showing = Showing {
        server,
        options,
        now,
    };
    let connections: Vec<_> = rows
        .iter()
        .map(|row| {
            let own = subscriptions.get(&row.figures.cid);
            let own = own.map(Vec::as_slice).unwrap_or_default();
            showing.connection(&row.seen, &row.figures, own)
        })
        .collect();
    Ok(json!({
        "server_id": server.id.to_string(),
        "now": clock::rfc3339(now),
        "num_connections": connections.len(),
        "total": total,
        "offset": window.offset,
        "limit": window.limit,
        "connections": connections,
    }))
}

/// The connections that are asked for, and how many there are of the account, or in all.
fn rows(server: &Server, options: &ConnzOptions) -> Result<(Vec<Row>, usize), String> {
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let (account, user) = (given(&options.account), given(&options.user));
    let filter = given(&options.filter_subject).filter(|subject| subject != ">");
    if filter.is_some() && account.is_none() {
        return Err("filter by subject only valid with account filtering".to_owned());
    }
    let live = account
        .as_deref()
        .and_then(|name| server.account_named(name));
    let user = user.as_deref().map(UserName::new);
    let is_wanted = |cid: u64, details: &Details| {
        (options.cid == 0 || options.cid == cid)
            && account.as_ref().is_none_or(|it| *it == details.account)
            && user.as_ref().is_none_or(|user| details.is_user(user))
            // Nobody speaks MQTT here.
            && given(&options.mqtt_client).is_none()
    };
    let (mut seen, mut total) = (Vec::new(), 0);
    if options.state != ConnState::Closed {
        let mut open = match (&account, &live) {
            (Some(_), Some(live)) => live.clients(),
            (Some(_), None) => Vec::new(),
            (None, _) => server.clients(),
        };
        // Who has only its last words to read is among the closed ones.
        open.retain(|client| !client.outbound.lock().is_closed());
        total += open.len();
        open.retain(|client| is_wanted(client.cid, &client.details.lock()));
        if let (Some(filter), Some(live)) = (&filter, &live) {
            keep_interested(&mut open, live, filter.as_bytes());
        }
        seen.extend(open.into_iter().map(Seen::Open));
    }
    if options.state != ConnState::Open {
        let mut closed = server.watch.closed.lock().all();
        closed.retain(|it| {
            account
                .as_ref()
                .is_none_or(|name| *name == it.details.account)
        });
        total += closed.len();
        closed.retain(|it| is_wanted(it.figures.cid, &it.details));
        seen.extend(closed.into_iter().map(Seen::Closed));
    }
    let row = |seen: Seen| Row {
        figures: seen.figures(),
        seen,
    };
    Ok((seen.into_iter().map(row).collect(), total))
}

/// Keeps the clients that have a subscription which meets the subject.
fn keep_interested(clients: &mut Vec<Arc<Client>>, account: &Account, filter: &[u8]) {
    let meets = |sub: &Sub, _: &ClientSub| subject::overlaps(&sub.subject, filter);
    let own = subsz::own_subscriptions(account, meets);
    let interested: HashSet<_> = own.iter().map(|own| own.cid).collect();
    clients.retain(|client| interested.contains(&client.cid));
}

/// The subscriptions of the open connections of a page, by connection: a look at the table of each
/// of their accounts.
fn subscriptions(
    server: &Server,
    options: &ConnzOptions,
    rows: &[Row],
) -> HashMap<u64, Vec<OwnSub>> {
    let mut found: HashMap<u64, Vec<OwnSub>> = HashMap::new();
    if !(options.subscriptions || options.subscriptions_detail) {
        return found;
    }
    let mut accounts = HashSet::new();
    for row in rows {
        if let Seen::Open(client) = &row.seen {
            found.insert(client.cid, Vec::new());
            accounts.insert(client.details.lock().account.clone());
        }
    }
    for account in accounts {
        let Some(account) = server.account_named(&account) else {
            continue;
        };
        let own =
            subsz::own_subscriptions(&account, |_, target| found.contains_key(&target.client.cid));
        for own in own {
            found.entry(own.cid).or_default().push(own);
        }
    }
    for own in found.values_mut() {
        own.sort_by(|one, other| one.by_sid(other));
    }
    found
}
