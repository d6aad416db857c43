//! Questions about this server, and the kick.

use protocol::ClosedReason;
use serde_json::{Value, json};

use super::{Answering, Request, accountz::options, reply};
use crate::{connection::client::Control, monitoring};

impl Answering {
    /// `$SYS.REQ.SERVER.PING[.verb]`: every server answers.
    pub(super) fn server_ping(&mut self, request: &Request) {
        self.answer_verb(request, request.token(4));
    }

    /// `$SYS.REQ.SERVER.<own id>.<verb>`
    pub(super) fn this_server(&mut self, request: &Request) {
        match request.token(4) {
            "KICK" => self.act_on_client(request, |client| {
                client.close(None, ClosedReason::Kicked);
            }),
            "LDM" => self.act_on_client(request, |client| client.control(Control::LameDuck)),
            verb => self.answer_verb(request, verb),
        }
    }

    fn answer_verb(&mut self, request: &Request, verb: &str) {
        let server = &*self.server;
        let data = match verb {
            "IDZ" => {
                let config = &server.config;
                let (name, host) = (&config.server_name, &config.advertise_host);
                json!({ "name": name, "host": host, "id": server.id.to_string() })
            }
            "VARZ" => monitoring::varz(server),
            "STATSZ" | "" => monitoring::statsz(server),
            "CONNZ" => match options(&request.body) {
                Ok(options) => monitoring::connz(server, &options),
                Err(error) => return self.bad_request(request, &error),
            },
            "SUBSZ" => monitoring::subsz(server),
            "HEALTHZ" => json!({ "status": "ok", "status_code": 200 }),
            "ACCOUNTZ" => monitoring::accountz(server),
            _ => return self.bad_request(request, "unknown verb"),
        };
        // Statistics have their own name in the envelope, as in nats-server.
        let answer = match verb {
            "STATSZ" | "" => json!({ "server": reply::server(server), "statsz": data }),
            _ => reply::data(server, data),
        };
        self.respond_json(request, &answer);
    }

    fn act_on_client(
        &mut self,
        request: &Request,
        act: impl FnOnce(&crate::connection::client::Client),
    ) {
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        let Some(cid) = body.as_ref().and_then(|body| body["cid"].as_u64()) else {
            return self.bad_request(request, "name the connection: {\"cid\": 1}");
        };
        let Some(client) = self.server.client(cid) else {
            let answer = reply::error(&self.server, 404, "no such connection");
            return self.respond_json(request, &answer);
        };
        act(&client);
        let answer = reply::data(&self.server, json!({ "cid": cid }));
        self.respond_json(request, &answer);
    }

    pub(super) fn bad_request(&mut self, request: &Request, description: &str) {
        let answer = reply::error(&self.server, 400, description);
        self.respond_json(request, &answer);
    }
}
