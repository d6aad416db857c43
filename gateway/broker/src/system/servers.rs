//! Questions about this server and its accounts, and the kick.

use accounts::{
    identity::Identity,
    nkeys::{KeyKind, PublicKey},
};
use protocol::ClosedReason;
use serde_json::{Value, json};

use super::{Answering, Request, reply};
use crate::{
    account::Account,
    clock,
    connection::client::Control,
    monitoring::{self, ConnzOptions},
    server::Server,
};

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

    pub(super) fn account_connz(&mut self, request: &Request) {
        let answer = match options(&request.body) {
            Ok(mut options) => {
                options.account = Some(request.token(3).to_owned());
                options.auth = true;
                reply::data(&self.server, monitoring::connz(&self.server, &options))
            }
            Err(error) => return self.bad_request(request, &error),
        };
        self.respond_json(request, &answer);
    }

    pub(super) fn account_info(&mut self, request: &Request) {
        let tenants = self.server.tenants.as_deref();
        let key = PublicKey::parse_as(request.token(3), KeyKind::Account).ok();
        let shown = tenants.zip(key).and_then(|(tenants, key)| {
            let account = tenants.find_live(&key);
            let live = account.map(|account| monitoring::account(&self.server, &account));
            let departed = || Some(monitoring::departed(&key, &tenants.departed(&key)?));
            live.or_else(departed)
        });
        let answer = match shown {
            Some(shown) => reply::data(&self.server, shown),
            None => reply::error(
                &self.server,
                404,
                "the account has not been in use since this server started",
            ),
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

    fn bad_request(&mut self, request: &Request, description: &str) {
        let answer = reply::error(&self.server, 400, description);
        self.respond_json(request, &answer);
    }
}

/// Who a user is, as the user itself is told.
pub(crate) fn user_info(server: &Server, account: &Account, identity: Option<&Identity>) -> Value {
    let policy = account.policy();
    let mut shown = json!({
        "user": identity.map_or_else(String::new, |identity| identity.user.to_string()),
        "account": account.name,
    });
    if let (Some(identity), Some(policy)) = (identity, policy) {
        shown["user_name"] = json!(identity.name);
        shown["account_name"] = json!(policy.name);
        if let Some(expires_at) = identity.expires_at {
            let left = expires_at.saturating_sub(clock::unix_seconds()).max(0);
            shown["expires"] = json!(left.saturating_mul(1_000_000_000));
        }
    }
    reply::data(server, shown)
}

fn options(body: &[u8]) -> Result<ConnzOptions, String> {
    if body.trim_ascii().is_empty() {
        return Ok(ConnzOptions::default());
    }
    serde_json::from_slice(body).map_err(|error| format!("the options are not usable: {error}"))
}
