//! A service that decides about logins, named in the config file.

use accounts::claims::authorization::{AuthorizationRequestBody, AuthorizationResponseBody};
use accounts::{
    Claims, CurveKeyPair, KeyKind, KeyPair, PublicKey, UserBody, UserPermissionLimits, callout, jwt,
};
use anyhow::{Context, Result};
use serde_json::json;
use tests::mint::now;
use tests::{Broker, Frame, Message, Which, Wire};

use super::{login, password, refusal};
use crate::both::on_both;

on_both![
    a_service_places_strangers_by_name,
    users_in_the_file_are_asked_about_too,
    only_users_of_allowed_accounts_are_asked_about,
    a_user_that_another_key_signed_is_refused,
    requests_are_sealed_for_the_services_key,
];

const REFUSED: &str = "Authorization Violation";

fn issuer() -> KeyPair {
    KeyPair::from_entropy(KeyKind::Account, [7; 32])
}

fn broker(which: Which, more: &str) -> Result<Broker> {
    let issuer = issuer().public();
    let config = format!(
        "accounts {{
            AUTH {{ users: [ {{user: auth, password: auth}} ] }}
            APP {{ users: [ {{user: app, password: app}} ] }}
        }}
        authorization {{
            timeout: 1
            users: [ {{user: g, password: g}} ]
            auth_callout {{ issuer: {issuer}, auth_users: [auth], account: AUTH {more} }}
        }}"
    );
    Broker::start(which, &config)
}

/// A connection that answers what it is asked.
struct Service {
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    /// Lets everybody but `refused` in, into the account APP, signed by `signer`.
    async fn start(broker: &Broker, signer: KeyPair, curve: Option<CurveKeyPair>) -> Result<Self> {
        let mut wire = login(broker, "auth").await?;
        wire.subscribe(callout::SUBJECT, "1").await?;
        let task = tokio::spawn(async move {
            loop {
                // Between questions may be any time.
                let Ok(message) = wire.message().await else {
                    continue;
                };
                let reply = message.reply.clone().context("a request has a reply")?;
                let asked = read(&message, curve.as_ref())?;
                let text = answer(&asked, &signer)?;
                wire.publish(&reply, &text).await?;
            }
        });
        Ok(Self { task })
    }
}

fn read(
    message: &Message,
    curve: Option<&CurveKeyPair>,
) -> Result<Claims<AuthorizationRequestBody>> {
    let text = match curve {
        None => message.payload.clone(),
        Some(curve) => {
            let headers = message.headers.as_deref().unwrap_or_default();
            let start = format!("{}: ", callout::XKEY_HEADER);
            let key = headers.lines().find_map(|line| line.strip_prefix(&start));
            let key = PublicKey::parse(key.context("no key in the headers")?.trim())?;
            curve.open(&message.payload, &key)?
        }
    };
    Ok(jwt::decode(std::str::from_utf8(&text)?)?)
}

fn answer(asked: &Claims<AuthorizationRequestBody>, signer: &KeyPair) -> Result<String> {
    assert_eq!(asked.sub, issuer().public().to_string());
    let key = asked.nats.user_nkey;
    let mut body = AuthorizationResponseBody::default();
    if asked.nats.connect.user == "refused" {
        body.error = "no".to_owned();
    } else {
        let mut rights = UserPermissionLimits::unlimited();
        rights.publish.allow = Some(vec!["open".to_owned(), "$SYS.>".to_owned()]);
        let user = UserBody {
            rights,
            ..UserBody::default()
        };
        let name = format!("{}-by-service", asked.nats.connect.user);
        let mut claims = Claims::new(key, name, now(), user);
        claims.aud = Some("APP".to_owned());
        body.jwt = jwt::encode(&claims, signer)?;
    }
    let mut claims = Claims::new(key, "", now(), body);
    claims.aud = Some(asked.nats.server.id.to_string());
    Ok(jwt::encode(&claims, &issuer())?)
}

/// The user and account that the server takes a connection for.
async fn whoami(wire: &mut Wire) -> Result<(String, String)> {
    wire.subscribe("whoami", "w").await?;
    wire.request("$SYS.REQ.USER.INFO", "whoami", "").await?;
    let answer: serde_json::Value = serde_json::from_slice(&wire.message().await?.payload)?;
    let text = |field: &str| {
        answer["data"][field]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    Ok((text("user"), text("account")))
}

async fn a_service_places_strangers_by_name(which: Which) -> Result<()> {
    let broker = broker(which, "")?;
    assert_eq!(
        refusal(&broker, &password("x", "x")).await?.as_deref(),
        Some(REFUSED)
    );
    let _service = Service::start(&broker, issuer(), None).await?;
    let mut wire = login(&broker, "stranger").await?;
    let who = ("stranger-by-service".to_owned(), "APP".to_owned());
    assert_eq!(whoami(&mut wire).await?, who);
    wire.publish("closed", "").await?;
    assert_eq!(
        wire.error().await?,
        "Permissions Violation for Publish to \"closed\""
    );
    for options in [json!({}), json!({ "auth_token": "t" })] {
        let mut wire = Wire::anonymous_with(broker.addr(), &options).await?;
        assert_eq!(whoami(&mut wire).await?.1, "APP");
    }
    assert_eq!(
        refusal(&broker, &password("refused", "x"))
            .await?
            .as_deref(),
        Some(REFUSED)
    );
    assert_eq!(
        refusal(&broker, &password("auth", "x")).await?.as_deref(),
        Some(REFUSED)
    );
    let mut service = login(&broker, "auth").await?;
    service.publish(callout::SUBJECT, "").await?;
    assert!(
        matches!(service.frame().await?, Frame::Error(_)),
        "only servers ask"
    );
    Ok(())
}

async fn users_in_the_file_are_asked_about_too(which: Which) -> Result<()> {
    let broker = broker(which, "")?;
    for user in ["app", "g"] {
        let refused = refusal(&broker, &password(user, user)).await?;
        assert_eq!(
            refused.as_deref(),
            Some(REFUSED),
            "nobody answers for {user}"
        );
    }
    let _service = Service::start(&broker, issuer(), None).await?;
    let mut wire = login(&broker, "g").await?;
    assert_eq!(whoami(&mut wire).await?.1, "APP");
    Ok(())
}

async fn only_users_of_allowed_accounts_are_asked_about(which: Which) -> Result<()> {
    let broker = broker(which, ", allowed_accounts: [AUTH]")?;
    let mut wire = login(&broker, "app").await?;
    assert_eq!(
        whoami(&mut wire).await?,
        ("app".to_owned(), "APP".to_owned())
    );
    let refused = refusal(&broker, &password("g", "g")).await?;
    assert_eq!(
        refused.as_deref(),
        Some(REFUSED),
        "the global account always is"
    );
    Ok(())
}

async fn a_user_that_another_key_signed_is_refused(which: Which) -> Result<()> {
    let broker = broker(which, "")?;
    let other = KeyPair::from_entropy(KeyKind::Account, [8; 32]);
    let _service = Service::start(&broker, other, None).await?;
    let refused = refusal(&broker, &password("stranger", "")).await?;
    assert_eq!(refused.as_deref(), Some(REFUSED));
    Ok(())
}

async fn requests_are_sealed_for_the_services_key(which: Which) -> Result<()> {
    let curve = CurveKeyPair::from_entropy([9; 32]);
    let broker = broker(which, &format!(", xkey: {}", curve.public()))?;
    let _service = Service::start(&broker, issuer(), Some(curve)).await?;
    let mut wire = login(&broker, "stranger").await?;
    assert_eq!(whoami(&mut wire).await?.1, "APP");
    Ok(())
}
