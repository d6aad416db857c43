//! `CONNECT`: from credentials to an identity in an account; and what happens to it when claims
//! change.

use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker, ready},
};

use accounts::{
    identity::{self, AuthError, Recheck},
    nkeys::PublicKey,
    permissions::Permissions,
    policy::{AccountPolicy, ceiling},
    proxy,
};
use protocol::{ClosedReason, ConnectOptions, ServerError};

use super::{
    attempt::{Attempt, Deciding, Entry, LoginError},
    mapping::Mapper,
    session::{Login, Session},
    trace,
};
use crate::{
    account::{Account, Full, Room},
    callouts::Voucher,
    denials,
    server::Server,
    system::Note,
};

/// Characters of the nonce: as many as nats-server's 11 random bytes give in base64.
const NONCE_CHARS: usize = 15;

/// Text for a client to sign, different for each connection.
pub(super) fn nonce() -> Box<str> {
    let mut text = Vec::with_capacity(32);
    crate::token::append(&mut text);
    text.truncate(NONCE_CHARS);
    String::from_utf8_lossy(&text).into()
}

impl Session {
    /// Where everybody may come in, a connection is in from the start. `false` where not.
    pub(super) fn enter_open_account(&mut self) -> bool {
        let listener = &self.client.listener;
        let open = || self.server.tenants.open_account(listener.connection_type());
        let Some(account) = listener.only_account.is_none().then(open).flatten() else {
            return false;
        };
        self.client.details.lock().account = account.name.to_string();
        if self.login.is_none() {
            // Without limits there is always room.
            let _ = account.admit(&self.client, Room::default);
            self.mapper = account.policy().and_then(|policy| Mapper::of(&policy));
            self.login = Some(self.open_login(account));
        }
        true
    }

    /// Tells that somebody is there, once.
    fn announce(&mut self) {
        if let Some(login) = &mut self.login
            && !std::mem::replace(&mut login.is_announced, true)
        {
            self.server.note(Note::Joined {
                client: Arc::clone(&self.client),
                account: Arc::clone(&login.account),
            });
        }
    }

    fn open_login(&self, account: Arc<Account>) -> Login {
        Login {
            account,
            identity: None,
            permissions: Arc::new(Permissions::unrestricted()),
            payload_max: self.live.limits.max_payload,
            subscriptions_max: no_limit_if_zero(self.live.limits.max_subscriptions),
            expires_at: None,
            account_subscriptions_max: None,
            muted: false,
            voucher: None,
            is_announced: false,
        }
    }

    /// Takes over the server's settings as they are now.
    pub(super) fn take_settings(&mut self) {
        self.live = self.server.live();
        let proxy = self.client.details.lock().proxy;
        if proxy.is_some_and(|key| !self.live.trusted_proxies.contains(&key)) {
            self.say(|out| ServerError::AuthorizationViolation.write(out));
            return self.close(ClosedReason::ProxyNotTrusted);
        }
        let Some(login) = &mut self.login else { return };
        match login.account.policy().filter(|_| login.identity.is_some()) {
            Some(policy) => login.bound_by(&policy, &self.server),
            None => login.payload_max = self.live.limits.max_payload,
        }
    }

    pub(super) fn connect(&mut self, json: &[u8]) {
        let mut options = match ConnectOptions::parse(json) {
            Ok(options) => options,
            Err(error) => {
                tracing::debug!(conn.id = self.client.cid, %error, "bad CONNECT");
                return self.close(ClosedReason::ProtocolViolation);
            }
        };
        if let Some(cookies) = &self.cookies {
            cookies.fill(&mut options);
        }
        let is_guest = |login: &Login| !login.is_announced && login.identity.is_none();
        if !self.login.as_ref().is_some_and(is_guest) {
            self.leave(ClosedReason::ClientClosed);
        }
        self.note_options(&options);
        let proxy = match self.proxy(&options) {
            Ok(proxy) => proxy,
            Err(error) => return self.turn_away(&options, &error),
        };
        self.client.details.lock().proxy = proxy;
        if self.enter_open_account() {
            self.announce();
            return self.welcome(&options);
        }
        self.leave(ClosedReason::ClientClosed);
        self.decide(options);
    }

    /// Where clients without credentials are taken for a user, they need no `CONNECT`: people
    /// try a server by telnet.
    pub(super) fn enter_silently(&mut self, input: &[u8]) {
        let is_silent = !matches!(input.first(), None | Some(b'C' | b'c'));
        if is_silent
            && self.login.is_none()
            && self.deciding.is_none()
            && self.closing.is_none()
            && let Some(configured) = self.server.configured()
            && configured
                .logins()
                .has_anonymous(self.client.listener.connection_type())
        {
            // Nobody has asked to hear `+OK` for it.
            let verbose = std::mem::replace(&mut self.options.verbose, false);
            self.decide(ConnectOptions::default());
            self.options.verbose = verbose;
        }
    }

    fn decide(&mut self, options: ConnectOptions) {
        let attempt = Attempt {
            server: Arc::clone(&self.server),
            client: Arc::clone(&self.client),
            only_account: self.client.listener.only_account,
            nonce: self.nonce.clone(),
            sentinel: self.live.default_sentinel.clone(),
            proxied: self.client.details.lock().proxy.is_some(),
            options,
        };
        self.deciding = Some(Deciding::new(attempt));
        // Most are decided without waiting. The task polls again when this one is not.
        let _ = self.poll_login(&mut Context::from_waker(Waker::noop()));
    }

    /// Goes on with a login that waits for something. Ready when there is none (any more).
    pub(super) fn poll_login(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deciding) = &mut self.deciding else {
            return Poll::Ready(());
        };
        let (options, decision) = ready!(deciding.poll(cx));
        self.deciding = None;
        if self.closing.is_some() {
            return Poll::Ready(());
        }
        match decision {
            Ok(entry) => {
                if self.enter(entry) {
                    self.welcome(&options);
                }
            }
            Err(error) => self.turn_away(&options, &error),
        }
        Poll::Ready(())
    }

    /// The trusted proxy that the client comes by. Where there are none, its word means nothing.
    fn proxy(&self, options: &ConnectOptions) -> Result<Option<PublicKey>, LoginError> {
        let trusted = &self.live.trusted_proxies;
        let signature = options.proxy_sig.as_deref().unwrap_or_default();
        if trusted.is_empty() || signature.is_empty() {
            return Ok(None);
        }
        let signer = proxy::signer(trusted, self.nonce.as_bytes(), signature);
        signer.map(Some).ok_or(LoginError::ProxyNotTrusted)
    }

    fn turn_away(&mut self, options: &ConnectOptions, error: &LoginError) {
        let (kind, claimed) = self.claimed(options);
        // In nats-server's words: there are programs that count them by address.
        let told = match kind {
            "" => String::new(),
            kind => format!(" - {kind} {claimed:?}"),
        };
        let name = trace::Name(&self.client).to_string();
        tracing::error!(reason = %error, "{name} - authentication error{told}");
        self.client.details.lock().claimed = claimed;
        self.note_refused_login(options, error);
        let told = ServerError::AuthorizationViolation;
        match error.closed_reason() {
            Some(reason) => {
                self.say(|out| told.write(out));
                self.close(reason);
            }
            None => self.refuse(&told),
        }
    }

    /// What a client says it is, for people to see. Of tokens nothing is repeated that nobody has
    /// looked at.
    fn claimed(&self, options: &ConnectOptions) -> (&'static str, Box<str>) {
        if self.server.configured().is_none() {
            return Default::default();
        }
        let some = |field: &Option<String>| {
            let text = field.as_deref().filter(|text| !text.is_empty());
            text.map(|text| denials::text(text.as_bytes()))
        };
        if let Some(nkey) = some(&options.nkey) {
            ("Nkey", nkey)
        } else if let Some(user) = some(&options.user) {
            ("User", user)
        } else if some(&options.auth_token).is_some() {
            ("Token", "[REDACTED]".into())
        } else {
            Default::default()
        }
    }

    /// Answers a `CONNECT` whose credentials are good. What else is wrong with it is told only now,
    /// as nats-server does: a stranger only learns that it is one.
    fn welcome(&mut self, options: &ConnectOptions) {
        match options.refusal() {
            Some(refusal) => self.refuse(&refusal),
            None => self.ok(),
        }
    }

    fn note_options(&mut self, options: &ConnectOptions) {
        self.options.verbose = options.verbose;
        self.options.pedantic = options.pedantic;
        self.options.echo = options.echo;
        self.options.headers = options.headers && self.server.config.headers;
        self.options.no_responders = options.no_responders;
        self.options.async_info = options.protocol >= 1;
        self.client
            .headers
            .store(self.options.headers, Ordering::Relaxed);
        let mut details = self.client.details.lock();
        // Whoever it was before: nobody yet.
        details.account.clear();
        details.identity = None;
        details.claimed = Box::default();
        details.proxy = None;
        details.name.clone_from(&options.name);
        details.lang.clone_from(&options.lang);
        details.version.clone_from(&options.version);
        details.protocol = options.protocol;
        // From our INFO to this answer: a first idea, until a ping measures it.
        let rtt = crate::clock::instant().saturating_duration_since(self.client.started_at);
        details.rtt.get_or_insert(rtt);
    }

    /// Joins the account.
    fn enter(&mut self, entry: Entry) -> bool {
        let Entry {
            account,
            policy,
            identity,
            vouched,
        } = entry;
        let identity = Arc::new(identity);
        {
            let mut details = self.client.details.lock();
            details.account = account.name.to_string();
            details.identity = Some(Arc::clone(&identity));
        }
        let room = || {
            // The claims may have changed since the decision. Of an account that is gone by now,
            // the look for missed changes tells the client.
            let current = account.policy();
            let current = current.as_ref().unwrap_or(&policy);
            let (of_account, of_user) = current.quotas_in_force(identity.quotas);
            let of_user = of_account.narrowed_by(&of_user).user_connections;
            Room {
                max: ceiling(current.limits.conn),
                user: Some((identity.seat(), of_user)),
            }
        };
        if let Err(full) = account.admit(&self.client, room) {
            self.note_full_account(&account, &identity);
            self.refuse(&match full {
                Full::Account => ServerError::MaximumAccountConnectionsExceeded,
                Full::User => ServerError::MaximumUserConnectionsExceeded,
            });
            return false;
        }
        let account = account.release();
        let is_current = |account: &Account, policy| {
            account
                .policy()
                .is_some_and(|current| Arc::ptr_eq(&current, policy))
        };
        let mut missed_a_change = !is_current(&account, &policy);
        let permissions = Arc::clone(&identity.permissions);
        self.client.set_permissions(Some(Arc::clone(&permissions)));
        let mut login = self.open_login(account);
        if let Some((asked, policy)) = vouched {
            let voucher = Voucher::new(asked, &login.account, &self.client);
            missed_a_change |= !is_current(&voucher.account, &policy);
            login.voucher = Some(voucher);
        }
        login.identity = Some(identity);
        login.permissions = permissions;
        login.bound_by(&policy, &self.server);
        self.mapper = Mapper::of(&policy);
        self.login = Some(login);
        self.announce();
        self.obey_quotas(&policy);
        if missed_a_change {
            self.refresh();
        }
        self.closing.is_none()
    }

    /// Looks at the account's claims again and acts on what changed.
    pub(super) fn refresh(&mut self) {
        let server = Arc::clone(&self.server);
        let tenants = &server.tenants;
        let Some(login) = &self.login else { return };
        let Some(policy) = login.account.policy() else {
            return match tenants.configured() {
                Some(_) => self.expel(&AuthError::NotConfigured),
                None => self.refuse(&ServerError::AccountAuthenticationExpired),
            };
        };
        let now = crate::clock::unix_seconds();
        let by = self.client.listener.connection_type();
        let asked = login.asked();
        let verdict = match &login.identity {
            Some(identity) => {
                identity::recheck(identity, &tenants.trust(), &policy, asked.as_deref(), now)
            }
            None if tenants.open_account(by).is_some() => Ok(Recheck::Unchanged),
            None => Err(AuthError::NotConfigured),
        };
        match verdict {
            Err(error) => return self.expel(&error),
            Ok(Recheck::Unchanged) => {}
            Ok(Recheck::Permissions(permissions)) => self.change_permissions(permissions),
        }
        self.routes.clear();
        self.mapper = Mapper::of(&policy);
        self.renew_shadows();
        if let Some(login) = &mut self.login {
            login.bound_by(&policy, &server);
            if self.held.len() > login.subscriptions_max {
                self.refuse(&ServerError::MaximumSubscriptionsExceeded);
                self.close(ClosedReason::MaxSubscriptionsExceeded);
            }
        }
        self.obey_quotas(&policy);
    }

    fn change_permissions(&mut self, permissions: Arc<Permissions>) {
        self.client.set_permissions(Some(Arc::clone(&permissions)));
        if let Some(login) = &mut self.login {
            if let Some(identity) = &login.identity {
                let mut changed = (**identity).clone();
                changed.permissions = Arc::clone(&permissions);
                login.identity = Some(Arc::new(changed));
                self.client.details.lock().identity = login.identity.clone();
            }
            login.permissions = Arc::clone(&permissions);
        }
        self.recheck_subscriptions(&permissions);
    }

    /// Ends a connection whose claims no longer hold.
    fn expel(&mut self, error: &AuthError) {
        tracing::info!(conn.id = self.client.cid, reason = %error, "no longer authorised");
        self.note_expelled(error);
        match error {
            // As in nats-server: it comes back, and into the right account or not at all.
            AuthError::NotConfigured if self.has_moved() => self.close(ClosedReason::ClientClosed),
            AuthError::Revoked => self.refuse(&ServerError::UserAuthenticationRevoked),
            AuthError::Expired => self.refuse(&ServerError::UserAuthenticationExpired),
            AuthError::AccountExpired | AuthError::AccountNotYetValid => {
                self.refuse(&ServerError::AccountAuthenticationExpired);
            }
            // As in nats-server: the user's word is good, its voucher is gone.
            AuthError::IssuerRemoved => self.close(ClosedReason::AuthenticationViolation),
            _ => self.refuse(&ServerError::AuthorizationViolation),
        }
    }

    /// Whether its user is one of another account now, or nobody.
    fn has_moved(&self) -> bool {
        let login = self.login.as_ref();
        let identity = login.and_then(|login| login.identity.as_ref());
        let configured = self.server.configured();
        let both = identity.zip(configured);
        both.is_some_and(|(identity, configured)| configured.logins().has_moved(identity))
    }

    /// Ends a connection whose time is up.
    pub(super) fn expire(&mut self) {
        let now = crate::clock::unix_seconds();
        let Some(login) = &self.login else { return };
        if login.expires_at.is_none_or(|at| at > now) {
            return;
        }
        let account_ended = login
            .account
            .policy()
            .is_none_or(|policy| policy.is_expired(now));
        let error = match account_ended {
            true => AuthError::AccountExpired,
            false => AuthError::Expired,
        };
        self.expel(&error);
    }
}

impl Login {
    /// The policy of the account whose auth callout let it in, as it is now.
    fn asked(&self) -> Option<Arc<AccountPolicy>> {
        self.voucher
            .as_ref()
            .and_then(|voucher| voucher.account.policy())
    }

    /// Takes over the limits of server, account and user; the narrowest counts.
    fn bound_by(&mut self, policy: &AccountPolicy, server: &Server) {
        let Some(identity) = &self.identity else {
            // Where everybody may come in, only the server sets bounds.
            self.payload_max = server.payload_max(Some(policy.key));
            return;
        };
        let user = &identity.limits;
        let bound = server.payload_max(Some(policy.key));
        self.payload_max = narrowest(bound, [policy.limits.payload, user.payload]);
        self.subscriptions_max = narrowest(
            no_limit_if_zero(server.config.limits.max_subscriptions),
            [policy.limits.subs, user.subs],
        );
        let asked = self.asked().and_then(|asked| asked.expires_at);
        let ends = [identity.expires_at, policy.expires_at, asked];
        self.expires_at = ends.into_iter().flatten().min();
    }
}

/// The smallest of a bound and of claim limits.
fn narrowest(bound: usize, limits: [i64; 2]) -> usize {
    let limits = limits.into_iter().filter_map(ceiling);
    let limits = limits.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    limits.fold(bound, usize::min)
}

fn no_limit_if_zero(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}
