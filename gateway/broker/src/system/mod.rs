//! What the broker answers on `$SYS` in the system account.
//!
//! Each service is an entry in the system account's table. A request is copied into a bounded queue
//! and answered by one task, away from the publisher: [`claims`] for account JWTs, [`accountz`] and
//! [`servers`] for everything else. Other accounts may ask about themselves: [`own`]. What happens
//! to connections is told by [`events`].

mod accountz;
mod claims;
mod encoding;
mod events;
mod explain;
mod lookup;
mod own;
mod reply;
mod servers;

use std::sync::Arc;

use accounts::jwt::ACCOUNT_TOKEN_BYTES_MAX;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

pub(crate) use accountz::user_info;
pub(crate) use encoding::Encoding;
pub(crate) use events::{Note, Notes, TurnedAway};
pub(crate) use lookup::Peers;
pub(crate) use own::{Questions, offer};
pub(crate) use reply::server as describe_server;

use self::own::Asker;
use crate::{
    account::Account,
    monitoring::page,
    resolver::Store,
    routing::{
        deliver::{Courier, Message, Origin},
        sub::{Sub, Target},
    },
    server::Server,
};

/// Requests that may wait, of those about claims and of all others; one more is dropped, and its
/// sender's request times out. Apart, so that nobody's curiosity holds up a revocation.
const QUEUE_MAX: usize = 1024;
/// Bytes of a request that is not about claims.
const QUESTION_BYTES_MAX: usize = 16 * 1024;
/// Bytes of all requests about claims that wait or are worked on: sixteen of the largest account
/// JWTs, as many as the control plane has under way. One more is dropped, too.
const CLAIMS_BYTES_MAX: usize = 16 * PAYLOAD_MAX;
/// Bytes of one message of a system account's user, where the server would allow less: an account
/// JWT, and room for headers.
pub(crate) const PAYLOAD_MAX: usize = ACCOUNT_TOKEN_BYTES_MAX + 64 * 1024;
/// Account updates that share one sync of the disk.
const BATCH_MAX: usize = 64;

/// The subjects that are served, and by what.
const SERVICES: &[(&str, Kind)] = &[
    ("$SYS.REQ.CLAIMS.UPDATE", Kind::ClaimsUpdate),
    ("$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE", Kind::ClaimsUpdate),
    ("$SYS.ACCOUNT.*.CLAIMS.UPDATE", Kind::ClaimsUpdate),
    ("$SYS.REQ.CLAIMS.LIST", Kind::ClaimsList),
    ("$SYS.REQ.CLAIMS.PACK", Kind::ClaimsPack),
    ("$SYS.REQ.CLAIMS.DELETE", Kind::ClaimsDelete),
    ("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP", Kind::ClaimsLookup),
    ("$SYS.REQ.ACCOUNT.*.CONNZ", Kind::AccountConnz),
    ("$SYS.REQ.ACCOUNT.*.CONNS", Kind::AccountConns),
    ("$SYS.REQ.ACCOUNT.*.INFO", Kind::AccountInfo),
    ("$SYS.REQ.ACCOUNT.*.STATZ", Kind::AccountStatz),
    ("$SYS.REQ.ACCOUNT.*.SUBSZ", Kind::AccountSubsz),
    ("$SYS.REQ.ACCOUNT.*.DENIALS", Kind::AccountDenials),
    ("$SYS.REQ.ACCOUNT.*.EXPLAIN", Kind::AccountExplain),
    ("$SYS.REQ.ACCOUNT.NSUBS", Kind::AccountNsubs),
    ("$SYS.DEBUG.SUBSCRIBERS", Kind::DebugSubscribers),
    ("$SYS.REQ.ACCOUNT.*.LEAFZ", Kind::AccountLeafz),
    ("$SYS.REQ.ACCOUNT.*.JSZ", Kind::AccountJsz),
    ("$SYS.REQ.SERVER.PING", Kind::Server),
];

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ClaimsUpdate,
    ClaimsList,
    ClaimsPack,
    ClaimsDelete,
    ClaimsLookup,
    AccountConnz,
    AccountConns,
    AccountInfo,
    AccountStatz,
    AccountSubsz,
    AccountDenials,
    AccountExplain,
    AccountNsubs,
    DebugSubscribers,
    AccountLeafz,
    AccountJsz,
    Server,
    /// An answer to a question of our own.
    PeerAnswer,
}

impl Kind {
    fn is_about_claims(self) -> bool {
        matches!(
            self,
            Self::ClaimsUpdate
                | Self::ClaimsList
                | Self::ClaimsPack
                | Self::ClaimsDelete
                | Self::ClaimsLookup
                | Self::PeerAnswer
        )
    }
}

/// An entry's way to the task that answers.
#[derive(Debug)]
pub(crate) struct Service {
    kind: Kind,
    queue: mpsc::Sender<Request>,
    /// Room for the bytes of requests about claims.
    room: Arc<Semaphore>,
}

/// A request as the task sees it.
#[derive(Debug)]
pub(crate) struct Request {
    kind: Kind,
    subject: String,
    reply: Option<Box<[u8]>>,
    body: Vec<u8>,
    /// How data are to be written in the answer.
    encoding: Option<Encoding>,
    /// The account that asks about itself; `None` in the system account.
    asker: Option<Asker>,
    /// Its share of the room for requests about claims.
    _room: Option<OwnedSemaphorePermit>,
}

impl Service {
    /// Queues a request. `false` when the queue is full.
    pub(crate) fn request(&self, message: &Message<'_>) -> bool {
        let mut room = None;
        if self.kind.is_about_claims() {
            let bytes = u32::try_from(message.payload.len()).unwrap_or(u32::MAX);
            room = Arc::clone(&self.room).try_acquire_many_owned(bytes).ok();
            if room.is_none() {
                return false;
            }
        }
        let request = Request::new(self.kind, message, None);
        let request = request.map(|request| Request {
            _room: room,
            ..request
        });
        request.is_some_and(|request| self.queue.try_send(request).is_ok())
    }
}

impl Request {
    /// `None` when it is too large.
    fn new(kind: Kind, message: &Message<'_>, asker: Option<Asker>) -> Option<Self> {
        let (block, body) = message.payload.split_at(message.header_len);
        if !kind.is_about_claims() && body.len() > QUESTION_BYTES_MAX {
            return None;
        }
        Some(Self {
            kind,
            subject: String::from_utf8_lossy(message.subject).into_owned(),
            reply: message.reply.map(Into::into),
            body: body.to_vec(),
            encoding: Some(block)
                .filter(|it| !it.is_empty())
                .and_then(Encoding::asked),
            asker,
            _room: None,
        })
    }

    /// The account that the request is about: the one that asks, or the one that is named.
    fn account(&self) -> &str {
        match &self.asker {
            Some(asker) => &asker.name,
            None => self.token(3),
        }
    }

    /// The token of the subject at `index`, counted from 0.
    fn token(&self, index: usize) -> &str {
        self.subject.split('.').nth(index).unwrap_or_default()
    }
}

/// Puts the services into the system account and starts the tasks that answer.
pub(crate) fn start(server: &Arc<Server>, account: &Arc<Account>) {
    let (claims, about_claims) = mpsc::channel(QUEUE_MAX);
    let (questions, other) = mpsc::channel(QUEUE_MAX);
    let room = Arc::new(Semaphore::new(CLAIMS_BYTES_MAX));
    let own = server_subjects(server);
    let own = own.iter().map(|subject| (subject.as_str(), Kind::Server));
    let store = server.tenants.store();
    let is_cache = matches!(store, Store::Cache(_));
    let is_configured = matches!(store, Store::Configured);
    for (subject, kind) in SERVICES.iter().copied().chain(own) {
        // A cache has only some of the accounts: it asks others, and they must not ask it.
        if is_cache && matches!(kind, Kind::ClaimsLookup | Kind::ClaimsPack) {
            continue;
        }
        // Without tokens there is nothing to ask about them.
        if is_configured && kind.is_about_claims() {
            continue;
        }
        let queue = if kind.is_about_claims() {
            claims.clone()
        } else {
            questions.clone()
        };
        let room = Arc::clone(&room);
        let service = Service { kind, queue, room };
        account.subscribe(Sub::new(subject.as_bytes(), None, Target::System(service)));
    }
    let own_questions = own::start(server);
    for requests in [about_claims, other, own_questions] {
        let task = Answering::new(Arc::clone(server), Arc::clone(account));
        server.tasks.spawn(task.run(requests));
    }
    events::start(server, Arc::clone(account));
}

/// The subjects on which this server is asked about itself, alone or with all others.
fn server_subjects(server: &Server) -> Vec<String> {
    let own = |verb: &&str| format!("$SYS.REQ.SERVER.{}.{verb}", server.id);
    let all = |verb: &&str| format!("$SYS.REQ.SERVER.PING.{verb}");
    let own = servers::VERBS.iter().chain(&servers::OWN_VERBS).map(own);
    own.chain(servers::VERBS.iter().map(all)).collect()
}

/// A task that answers.
#[derive(Debug)]
struct Answering {
    server: Arc<Server>,
    account: Arc<Account>,
    courier: Courier,
    /// Who may send a pack.
    packs: Arc<Semaphore>,
}

impl Answering {
    fn new(server: Arc<Server>, account: Arc<Account>) -> Self {
        Self {
            server,
            account,
            courier: Courier::default(),
            packs: claims::packs(),
        }
    }

    async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let stopped = self.server.stopped.clone();
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                () = stopped.cancelled() => return,
                count = requests.recv_many(&mut batch, BATCH_MAX) => if count == 0 { return },
            }
            // Requests keep their order; neighbouring updates go to disk together.
            let mut updates = Vec::new();
            for request in batch.drain(..) {
                if request.kind == Kind::ClaimsUpdate {
                    updates.push(request);
                    continue;
                }
                self.update(std::mem::take(&mut updates)).await;
                self.answer(&request).await;
            }
            self.update(updates).await;
        }
    }

    async fn answer(&mut self, request: &Request) {
        match request.kind {
            // Updates go in groups; answers go to who has asked.
            Kind::ClaimsUpdate | Kind::PeerAnswer => {}
            Kind::ClaimsList => self.list_claims(request).await,
            Kind::ClaimsPack => self.pack_claims(request),
            Kind::ClaimsDelete => self.delete_claims(request).await,
            Kind::ClaimsLookup => self.look_up_claims(request).await,
            Kind::AccountConnz => self.account_connz(request).await,
            Kind::AccountConns => self.account_conns(request),
            Kind::AccountInfo => self.account_info(request).await,
            Kind::AccountStatz => self.account_statz(request),
            Kind::AccountSubsz => self.account_subsz(request).await,
            Kind::AccountDenials => self.account_denials(request),
            Kind::AccountExplain => self.account_explain(request).await,
            Kind::AccountNsubs => self.account_nsubs(request),
            Kind::DebugSubscribers => self.debug_subscribers(request),
            Kind::AccountLeafz => self.account_leafz(request),
            Kind::AccountJsz => self.account_jsz(request),
            Kind::Server => self.server_verb(request).await,
        }
    }

    /// Publishes in the system account.
    fn publish(&mut self, subject: &[u8], payload: &[u8]) {
        self.publish_with(subject, (0, payload));
    }

    fn publish_with(&mut self, subject: &[u8], (header_len, payload): (usize, &[u8])) {
        let matched = self.account.matches(subject);
        let message = Message::new(subject, None, header_len, payload);
        self.courier.deliver(&matched, &message, Origin::BROKER);
        if subject.starts_with(crate::routing::responses::PREFIX) {
            self.courier.answer(&self.account, &message, Origin::BROKER);
        }
        self.courier.end_turn(0);
    }

    fn respond(&mut self, request: &Request, payload: &[u8]) {
        self.respond_with(request, (0, payload));
    }

    fn respond_with(&mut self, request: &Request, (header_len, payload): (usize, &[u8])) {
        match (&request.reply, &request.asker) {
            (Some(reply), None) => self.publish_with(reply, (header_len, payload)),
            (Some(reply), Some(asker)) => {
                let message = Message::new(reply, None, header_len, payload);
                let matched = asker.matches(reply);
                self.courier.deliver(&matched, &message, Origin::BROKER);
                self.courier.end_turn(0);
            }
            (None, _) => {}
        }
    }

    fn respond_json(&mut self, request: &Request, json: &Value) {
        self.respond(request, json.to_string().as_bytes());
    }

    fn respond_data(&mut self, request: &Request, data: Value) {
        let (header_len, payload) = reply::written(&self.server, data, request.encoding);
        self.respond_with(request, (header_len, &payload));
    }

    /// Answers with a page that may be long: it is made, and made text, on a thread that may wait.
    async fn respond_page(
        &mut self,
        request: &Request,
        make: impl FnOnce(&Server) -> Result<Value, String> + Send + 'static,
    ) {
        let encoding = request.encoding;
        let page = page(&self.server, move |server| {
            make(server).map(|data| reply::written(server, data, encoding))
        });
        match page.await {
            Some(Ok((header_len, payload))) => self.respond_with(request, (header_len, &payload)),
            Some(Err(error)) => self.refuse(request, 500, &error),
            None => {}
        }
    }

    fn refuse(&mut self, request: &Request, code: u16, description: &str) {
        let answer = reply::error(&self.server, code, description);
        self.respond_json(request, &answer);
    }
}
