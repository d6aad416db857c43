//! Asking an account's auth callout about a login, as a part of its [`Attempt`].

use std::sync::Arc;

use accounts::{
    callout::{self, Callout, CalloutError, Question},
    claims::{
        authorization::{ClientInformation, ConnectInformation, ServerId},
        user::UserBody,
    },
    configured::{CalloutSetup, account_key},
    identity::{self, Proof},
    jwt::{self, Claims},
    nkeys::{KeyKind, KeyPair, PublicKey},
    policy::AccountPolicy,
};
use protocol::headers;

use super::attempt::{Attempt, Entry, LoginError};
use crate::{
    account::Hold,
    callouts::Waiting,
    clock,
    routing::deliver::{Courier, Message, Origin},
    tenants::Tenants,
    token,
};

/// Where answers go. nats-server's are of this form, so responders may have leave for them.
const REPLY_PREFIX: &str = "$SYS._INBOX.";
/// Characters of the server's id in a reply subject.
const REPLY_ID_CHARS: usize = 8;

/// What a callout is asked about.
struct About<'a> {
    token: &'a str,
    /// The same, read; `None` for a client without a token that counts.
    user: Option<&'a Claims<UserBody>>,
    /// Who is to sign the user in the answer: what the question is addressed to.
    issuer: PublicKey,
}

/// What a callout has answered.
struct Answer {
    /// Of the account that was asked, as it was when the answer came.
    policy: Arc<AccountPolicy>,
    user: Claims<UserBody>,
    /// The account that the user is of.
    target: PublicKey,
}

impl Attempt {
    /// Asks the callout of the account that `user` (whose token is `token`, and good) is of. Whom
    /// the answer names comes in. The caller sets the time.
    pub(super) async fn ask(
        &self,
        tenants: &Arc<Tenants>,
        account: Hold,
        (token, user): (&str, &Claims<UserBody>),
    ) -> Result<Entry, LoginError> {
        let about = About {
            token,
            user: Some(user),
            issuer: account.policy().ok_or(LoginError::UnknownAccount)?.key,
        };
        let answer = self.answer(&account, &about).await?;
        // The claims may have changed while the service was thinking.
        let shown = self.shown();
        let facts = self.facts(self.proof(), &shown);
        let presented = identity::present(&tenants.trust(), &answer.policy, user, &facts)?;
        let mut entry = self.place(tenants, account, answer).await?;
        entry.identity = entry.identity.on_the_word_of(presented);
        Ok(entry)
    }

    /// Asks the configuration's callout about a client that has no token.
    pub(super) async fn ask_about_stranger(
        &self,
        tenants: &Arc<Tenants>,
        callout: &CalloutSetup,
    ) -> Result<Entry, LoginError> {
        let account = tenants.get(&account_key(&callout.account)).await;
        let account = account.ok_or(LoginError::UnknownAccount)?;
        let about = About {
            token: self.options.jwt.as_deref().unwrap_or_default(),
            user: None,
            issuer: callout.issuer,
        };
        let answer = self.answer(&account, &about).await?;
        let mut entry = self.place(tenants, account, answer).await?;
        let named = Some(entry.identity.name.as_str()).filter(|name| !name.is_empty());
        entry.identity.called = Some(named.unwrap_or_else(|| self.given_name()).into());
        Ok(entry)
    }

    /// Puts the question, and waits for the answer.
    async fn answer(&self, account: &Hold, about: &About<'_>) -> Result<Answer, LoginError> {
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let callout = policy.callout.as_ref().ok_or(CalloutError::NoCallout)?;
        let xkey = callout.xkey;
        let question = Question {
            account: policy.key,
            server: self.server.id,
            // Nobody signs with it, so its secret is forgotten at once.
            user: KeyPair::from_entropy(KeyKind::User, token::random()).public(),
        };
        let reply = self.reply_subject();
        let asked = Waiting::open(account, &self.server.asked, &reply);
        let (_waiting, answer) = asked.ok_or(LoginError::CalloutBusy)?;
        let request = self.request(&question, xkey, about)?;
        self.publish(account, callout, &reply, request.as_bytes())?;
        let answer = answer.await.map_err(|_| LoginError::NobodyAnswers)?;

        let keys = xkey.as_ref().map(|theirs| (&self.server.curve, theirs));
        let answer = callout::open(&answer, keys)?;
        let policy = account.policy().ok_or(LoginError::UnknownAccount)?;
        let (user, target) = question.read(&policy, &answer, clock::unix_seconds())?;
        Ok(Answer {
            policy,
            user,
            target,
        })
    }

    /// Lets in whom the callout of `account` names.
    async fn place(
        &self,
        tenants: &Arc<Tenants>,
        account: Hold,
        answer: Answer,
    ) -> Result<Entry, LoginError> {
        let target = self.find_account(tenants, &answer.target).await?;
        let target_policy = target.policy().ok_or(LoginError::UnknownAccount)?;
        let shown = self.shown();
        let facts = self.facts(Proof::Callout(&answer.policy), &shown);
        let user = &answer.user;
        let identity = identity::authenticate(&tenants.trust(), &target_policy, user, &facts)
            .map_err(CalloutError::Account)?;
        Ok(Entry {
            account: target,
            policy: target_policy,
            identity,
            vouched: Some((account, answer.policy)),
        })
    }

    /// What the client calls itself, without a secret.
    fn given_name(&self) -> &str {
        let options = &self.options;
        let named = [&options.nkey, &options.user].into_iter().flatten();
        let named = named.map(String::as_str).find(|name| !name.is_empty());
        let has_token = options
            .auth_token
            .as_ref()
            .is_some_and(|token| !token.is_empty());
        named.unwrap_or(if has_token { "[REDACTED]" } else { "" })
    }

    fn reply_subject(&self) -> Vec<u8> {
        let id = self.server.id.to_string();
        let mut subject = format!("{REPLY_PREFIX}{}.", &id[..REPLY_ID_CHARS]).into_bytes();
        token::append(&mut subject);
        subject
    }

    /// The question as a token of the server.
    fn request(
        &self,
        question: &Question,
        xkey: Option<PublicKey>,
        about: &About<'_>,
    ) -> Result<String, LoginError> {
        let (config, live) = (&self.server.config, self.server.live());
        let server = ServerId {
            name: config.server_name.clone(),
            host: live.advertise_host.clone(),
            id: self.server.id,
            version: config.version.clone(),
            cluster: String::new(),
            tags: live.tags.clone(),
            xkey: xkey.map(|_| self.server.curve.public()),
        };
        let timeout = live.limits.auth_timeout;
        // Rounded up: within the time, the request must not look expired.
        let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
        let now = clock::unix_seconds();
        let ends_at = now.saturating_add_unsigned(seconds);
        let (client, connect) = (
            self.client_information(about.user),
            self.connect_information(about.token),
        );
        let mut claims = question.request(server, client, connect, (now, ends_at));
        claims.nats.tls = self.client.tls.get().map(|peer| peer.shown());
        claims.sub = about.issuer.to_string();
        Ok(jwt::encode(&claims, &self.server.keys)?)
    }

    fn client_information(&self, user: Option<&Claims<UserBody>>) -> ClientInformation {
        let options = &self.options;
        let named = options.nkey.as_ref().or(options.user.as_ref());
        let unnamed = || match user {
            Some(user) => user.sub.clone(),
            None => self.given_name().to_owned(),
        };
        ClientInformation {
            host: self.client.ip.to_string(),
            id: self.client.cid,
            user: named.cloned().unwrap_or_else(unnamed),
            name: options.name.clone(),
            tags: user.map_or_else(Vec::new, |user| user.nats.tags.clone()),
            name_tag: user.map_or_else(String::new, |user| user.name.clone()),
            kind: "Client".to_owned(),
            protocol: self.client.listener.protocol().to_owned(),
            mqtt_id: String::new(),
            nonce: match &options.sig {
                Some(_) => self.nonce.to_string(),
                None => String::new(),
            },
        }
    }

    fn connect_information(&self, token: &str) -> ConnectInformation {
        let options = &self.options;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        ConnectInformation {
            jwt: token.to_owned(),
            nkey: text(&options.nkey),
            sig: text(&options.sig),
            auth_token: text(&options.auth_token),
            user: text(&options.user),
            pass: text(&options.pass),
            name: options.name.clone(),
            lang: options.lang.clone(),
            version: options.version.clone(),
            protocol: options.protocol,
        }
    }

    /// Publishes the request in the account that is asked, sealed if it wants that.
    fn publish(
        &self,
        account: &Hold,
        callout: &Callout,
        reply: &[u8],
        request: &[u8],
    ) -> Result<(), LoginError> {
        let mut payload = Vec::new();
        let mut header_len = 0;
        if let Some(theirs) = callout.xkey {
            let curve = &self.server.curve;
            let ours = curve.public().to_string();
            let header = (callout::XKEY_HEADER.as_bytes(), ours.as_bytes());
            headers::write(&mut payload, [header]);
            header_len = payload.len();
            let sealed = curve.seal(request, &theirs, token::random());
            payload.extend(sealed.map_err(LoginError::CalloutKey)?);
        } else {
            payload.extend_from_slice(request);
        }
        let subject = callout::SUBJECT.as_bytes();
        // Straight to who answers, and never over imports: it may tell a password.
        let matched = account.matches_at_home(subject, |client| {
            let user = client.details.lock().user();
            user.is_some_and(|user| callout.exempts(&user))
        });
        let message = Message::new(subject, Some(reply), header_len, &payload);
        let mut courier = Courier::default();
        let delivered = courier.deliver(&matched, &message, Origin::BROKER);
        courier.end_turn(0);
        delivered.then_some(()).ok_or(LoginError::NobodyAnswers)
    }
}
