//! Questions about this server, and what can be done to it: reload, kick, lame duck.

use std::sync::Arc;

use protocol::ClosedReason;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{Answering, Request, reply};
use crate::{
    Broker,
    connection::client::{Client, Control},
    monitoring::{self, page},
    server::Server,
};

/// What every server answers on `$SYS.REQ.SERVER.PING.<verb>`, and this one on
/// `$SYS.REQ.SERVER.<id>.<verb>`.
pub(super) const VERBS: [&str; 15] = [
    "IDZ",
    "STATSZ",
    "VARZ",
    "SUBSZ",
    "CONNZ",
    "ROUTEZ",
    "GATEWAYZ",
    "LEAFZ",
    "ACCOUNTZ",
    "JSZ",
    "HEALTHZ",
    "PROFILEZ",
    "EXPVARZ",
    "IPQUEUESZ",
    "RAFTZ",
];
/// What only the server answers that is named.
pub(super) const OWN_VERBS: [&str; 3] = ["RELOAD", "KICK", "LDM"];

/// Which servers are asked; the others are silent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    server_name: Option<String>,
    cluster: Option<String>,
    host: Option<String>,
    /// Names are whole; otherwise a part is enough.
    exact_match: bool,
    /// All of these.
    tags: Option<Vec<String>>,
    domain: Option<String>,
}

impl Filter {
    fn takes(&self, server: &Server) -> bool {
        let is_asked = |wanted: &Option<String>, own: &str| match wanted.as_deref() {
            None | Some("") => true,
            Some(wanted) if self.exact_match => wanted == own,
            Some(wanted) => own.contains(wanted),
        };
        let live = server.live();
        let tags = self.tags.iter().flatten();
        is_asked(&self.server_name, &server.config.server_name)
            && is_asked(&self.host, &live.advertise_host)
            && is_asked(&self.cluster, "")
            && self.domain.as_deref().is_none_or(str::is_empty)
            && tags.into_iter().all(|tag| has_tag(&live.tags, tag))
    }
}

/// Tags are compared in lower case.
fn has_tag(own: &[String], wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    own.iter().any(|tag| tag.to_lowercase() == wanted)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OneClient {
    cid: u64,
}

/// The options of a question; none are the defaults.
pub(super) fn options<T: Default + DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    if body.is_empty() {
        return Ok(T::default());
    }
    let unusable = |error| format!("the options are not usable: {error}");
    let fields: Option<Map<String, Value>> = serde_json::from_slice(body).map_err(unusable)?;
    serde_json::from_value(Value::Object(fields.unwrap_or_default())).map_err(unusable)
}

impl Answering {
    /// Whether an answer is due: this server is meant. Says so when the options cannot be read.
    pub(super) fn is_meant(&mut self, request: &Request) -> bool {
        match options::<Filter>(&request.body) {
            Ok(filter) => request.reply.is_some() && filter.takes(&self.server),
            Err(error) => {
                self.refuse(request, 400, &error);
                false
            }
        }
    }

    /// `$SYS.REQ.SERVER.PING[.verb]` and `$SYS.REQ.SERVER.<own id>.<verb>`
    pub(super) async fn server_verb(&mut self, request: &Request) {
        let verb = request.token(4);
        match verb {
            "IDZ" => return self.tell_id(request),
            "" | "STATSZ" => return self.tell_statsz(request).await,
            _ => {}
        }
        if !self.is_meant(request) {
            return;
        }
        let done = match verb {
            "KICK" => self.kick(request),
            "LDM" => self.tell_lame_duck(request),
            "RELOAD" => self.reload().await,
            "VARZ" | "CONNZ" | "SUBSZ" | "ACCOUNTZ" => {
                return self.tell_long_page(verb, request).await;
            }
            _ => self.page(verb, request),
        };
        match done {
            Ok(page) => self.respond_data(request, page),
            Err(Refused(code, error)) => self.refuse(request, code, &error),
        }
    }

    /// Pages that take a while where there is much.
    async fn tell_long_page(&mut self, verb: &str, request: &Request) {
        let made = match verb {
            "CONNZ" => asked(request).map(|options| -> Page {
                Box::new(move |server| monitoring::connz(server, &options))
            }),
            "SUBSZ" => asked(request).map(|options| -> Page {
                Box::new(move |server| monitoring::subsz(server, &options))
            }),
            "ACCOUNTZ" => asked(request).map(|options| -> Page {
                Box::new(move |server| monitoring::accountz(server, &options))
            }),
            _ => Ok(Box::new(|server: &Server| Ok(monitoring::varz(server))) as Page),
        };
        match made {
            Ok(make) => self.respond_page(request, make).await,
            Err(Refused(code, error)) => self.refuse(request, code, &error),
        }
    }

    /// The page that a verb asks for.
    fn page(&self, verb: &str, request: &Request) -> Result<Value, Refused> {
        let server = &self.server;
        let of_absent = match verb {
            "ROUTEZ" => monitoring::routez(server),
            "GATEWAYZ" => monitoring::gatewayz(server),
            "LEAFZ" => monitoring::leafz(server),
            "JSZ" => monitoring::jsz(server),
            "IPQUEUESZ" => monitoring::ipqueuesz(),
            "RAFTZ" => Value::Null,
            "EXPVARZ" => monitoring::expvarz(server),
            "PROFILEZ" => {
                let error = "this server takes no profiles of itself; use a profiler of the system";
                json!({ "profile": null, "error": error })
            }
            "HEALTHZ" => {
                let (code, mut health) = monitoring::healthz(server, &asked(request)?);
                // nats-server's place for it is after the status.
                let status = health["status"].take();
                let mut shown = json!({ "status": status, "status_code": code });
                for field in ["error", "errors"] {
                    if let Some(value) = health.get_mut(field) {
                        shown[field] = value.take();
                    }
                }
                shown
            }
            _ => return Err(Refused(500, "unknown verb".to_owned())),
        };
        Ok(of_absent)
    }

    /// Who this is, without the usual envelope, and whatever the question says.
    fn tell_id(&mut self, request: &Request) {
        let (config, live) = (&self.server.config, self.server.live());
        let id = json!({
            "name": config.server_name,
            "host": live.advertise_host,
            "id": self.server.id.to_string(),
        });
        self.respond_json(request, &id);
    }

    /// The figures; to everybody, when no place for the answer is named.
    async fn tell_statsz(&mut self, request: &Request) {
        let filter = match options::<Filter>(&request.body) {
            Ok(filter) => filter,
            Err(error) => return self.refuse(request, 400, &error),
        };
        if !filter.takes(&self.server) {
            return;
        }
        let Some(statsz) = page(&self.server, monitoring::statsz).await else {
            return;
        };
        let answer = json!({ "server": reply::server(&self.server), "statsz": statsz });
        match &request.reply {
            Some(_) => self.respond_json(request, &answer),
            None => {
                let subject = format!("$SYS.SERVER.{}.STATSZ", self.server.id);
                self.publish(subject.as_bytes(), answer.to_string().as_bytes());
            }
        }
    }

    async fn reload(&self) -> Result<Value, Refused> {
        let server = Arc::clone(&self.server);
        let reloaded = Broker { server }.reload().await;
        reloaded
            .map(|()| Value::Null)
            .map_err(|error| Refused(500, error))
    }

    fn kick(&self, request: &Request) -> Result<Value, Refused> {
        let client = self.client(request, "no such client or leafnode id")?;
        client.close(None, ClosedReason::Kicked);
        Ok(Value::Null)
    }

    fn tell_lame_duck(&self, request: &Request) -> Result<Value, Refused> {
        let client = self.client(request, "no such client id")?;
        if client.details.lock().protocol < 1 {
            let error = "client does not support Lame Duck Mode or is not ready to receive the \
                         notification";
            return Err(Refused(500, error.to_owned()));
        }
        client.control(Control::LameDuck);
        Ok(Value::Null)
    }

    fn client(&self, request: &Request, otherwise: &str) -> Result<Arc<Client>, Refused> {
        let OneClient { cid } = asked(request)?;
        let client = self.server.client(cid);
        client.ok_or_else(|| Refused(500, otherwise.to_owned()))
    }
}

/// How a page is made.
type Page = Box<dyn FnOnce(&Server) -> Result<Value, String> + Send>;

/// A status code, as HTTP has them, and why.
#[derive(Debug)]
struct Refused(u16, String);

fn asked<T: Default + DeserializeOwned>(request: &Request) -> Result<T, Refused> {
    options(&request.body).map_err(|error| Refused(400, error))
}
