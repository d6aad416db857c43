//! Operator claims: keys, hints for tools, and the version that they ask of servers.

use super::issue::{Issue, Issues, Url};
use crate::claims::operator::OperatorBody;
use crate::jwt::Claims;
use crate::nkeys::KeyKind;

impl Claims<OperatorBody> {
    /// Everything that is wrong with these claims, seen by themselves. Without `now` (unix
    /// seconds) the clock is not asked.
    pub fn validate(&self, now: Option<i64>) -> Vec<Issue> {
        let mut issues = Issues::default();
        let body = &self.nats;
        issues.check_time(self, now);
        for key in &body.signing_keys {
            issues.block_if(key.kind() != KeyKind::Operator, || {
                format!("signing key {key} is not an operator key")
            });
        }
        if let Some(key) = body.system_account {
            issues.block_if(key.kind() != KeyKind::Account, || {
                format!("the system account {key} is not an account key")
            });
        }
        let server = &body.account_server_url;
        issues.block_if(!server.is_empty() && Url::split(server).is_none(), || {
            format!("account_server_url `{server}` is no URL with a scheme")
        });
        for url in &body.operator_service_urls {
            issues.block_if(!is_service_url(url), || {
                format!(
                    "operator_service_urls: `{url}` must be nats, tls, ws or wss://host:port \
                     without user and path"
                )
            });
        }
        issues.block_if(body.required_version().is_err(), || {
            format!(
                "assert_server_version `{}` is not of the form 1.2.3",
                body.assert_server_version
            )
        });
        issues.0
    }
}

fn is_service_url(text: &str) -> bool {
    let served = |url: Url<'_>| {
        let known = ["nats", "tls", "ws", "wss"];
        known
            .iter()
            .any(|scheme| url.scheme.eq_ignore_ascii_case(scheme))
            && url.path.is_empty()
            && !url.authority.contains('@')
    };
    text.is_empty() || Url::split(text).is_some_and(served)
}
