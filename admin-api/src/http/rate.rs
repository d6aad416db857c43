//! Rate limits: so many requests a second for each credential, far fewer for each address that
//! shows none. Every answer says what is left (`RateLimit`), in the form of the IETF draft.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::HashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use parking_lot::Mutex;

use super::door::ClientIp;
use crate::app::App;
use crate::auth::Anyone;
use crate::problem::Problem;
use crate::store;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Requests a second of one credential, when nothing else is configured.
pub const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1000).expect("it is not zero");
/// Requests without a valid credential from one address: so many at once, then ten a second.
const STRANGERS_AT_ONCE: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");
const STRANGERS_EVERY: Duration = Duration::from_millis(100);

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// What everybody has left.
#[derive(Debug)]
pub(crate) struct Rates {
    per_second: NonZeroU32,
    credentials: Limiter<String>,
    addresses: Limiter<IpAddr>,
    /// Addresses that have failed too often, and until when nobody listens to them.
    unheard: Mutex<HashMap<IpAddr, Instant>>,
}

impl Rates {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        let strangers = Quota::with_period(STRANGERS_EVERY)
            .unwrap_or(Quota::per_minute(STRANGERS_AT_ONCE))
            .allow_burst(STRANGERS_AT_ONCE);
        Self {
            per_second,
            credentials: RateLimiter::hashmap(Quota::per_second(per_second))
                .with_middleware::<StateInformationMiddleware>(),
            addresses: RateLimiter::hashmap(strangers)
                .with_middleware::<StateInformationMiddleware>(),
            unheard: Mutex::default(),
        }
    }

    /// Forgets who has everything left: the tables follow those who call now.
    pub(crate) fn sweep(&self) {
        self.credentials.retain_recent();
        self.credentials.shrink_to_fit();
        self.addresses.retain_recent();
        self.addresses.shrink_to_fit();
        let now = Instant::now();
        self.unheard.lock().retain(|_, until| *until > now);
    }

    /// How long nobody listens to an address.
    fn unheard_for(&self, address: IpAddr) -> Option<Duration> {
        let until = self.unheard.lock().get(&address).copied();
        let left = until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Notes that something which an address wanted was refused.
    fn failed(&self, address: IpAddr) {
        if let Err(wait) = self.of_address(address).taken {
            self.unheard.lock().insert(address, Instant::now() + wait);
        }
    }

    /// Takes one request of a credential.
    fn of_credential(&self, id: &str) -> Share {
        let taken = self.credentials.check_key(&id.to_owned());
        Share {
            policy: format!("\"credential\";q={};w=1", self.per_second),
            name: "credential",
            taken: taken.map(left).map_err(wait),
        }
    }

    /// Takes one request of an address that shows no valid credential.
    fn of_address(&self, address: IpAddr) -> Share {
        let taken = self.addresses.check_key(&address);
        Share {
            policy: format!("\"address\";q={STRANGERS_AT_ONCE};w=60"),
            name: "address",
            taken: taken.map(left).map_err(wait),
        }
    }
}

/// What is left to somebody, or how long to wait.
#[derive(Debug)]
struct Share {
    policy: String,
    name: &'static str,
    taken: Result<u32, Duration>,
}

fn left(state: StateSnapshot) -> u32 {
    state.remaining_burst_capacity()
}

fn wait(until: NotUntil<<DefaultClock as Clock>::Instant>) -> Duration {
    until.wait_time_from(DefaultClock::default().now())
}

impl Share {
    fn describe(&self, headers: &mut HeaderMap) {
        let (left, seconds) = match self.taken {
            Ok(left) => (left, 1),
            Err(wait) => (0, whole_seconds(wait)),
        };
        let limit = format!("\"{}\";r={left};t={seconds}", self.name);
        for (name, text) in [(POLICY, &self.policy), (LIMIT, &limit)] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        }
    }
}

/// At least one: who comes back at once would be refused again.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// The layer: counts the request for its credential, or for its address when there is none.
pub(super) async fn limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // Who it is binds the handler that asks, not one that is for everybody.
    let asked = store::tenant::for_installation(Anyone::from_request_parts(&mut parts, &app));
    let share = match Box::pin(asked).await {
        Ok(Anyone(caller)) => {
            let share = app.rates.of_credential(caller.credential_id());
            parts.extensions.insert(caller);
            Some(share)
        }
        // What fails here for our own reasons is not the address's fault.
        Err(problem) if problem.is_ours() => None,
        Err(_) => {
            let address = parts.extensions.get::<ClientIp>();
            address.map(|ClientIp(address)| app.rates.of_address(*address))
        }
    };
    let mut response = match share.as_ref().map(|share| share.taken) {
        Some(Err(wait)) => Problem::too_many_requests(whole_seconds(wait)).into_response(),
        // Whether the endpoint is for everybody is its own business.
        _ => next.run(Request::from_parts(parts, body)).await,
    };
    if let Some(share) = share {
        share.describe(response.headers_mut());
    }
    response
}

/// The layer for devices, of which thousands may come from one address: only what fails counts.
pub(super) async fn limit_failures(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let address = request.extensions().get::<ClientIp>().copied();
    if let Some(wait) = address.and_then(|ClientIp(address)| app.rates.unheard_for(address)) {
        return Problem::too_many_requests(whole_seconds(wait)).into_response();
    }
    let response = next.run(request).await;
    if let Some(ClientIp(address)) = address
        && response.status().is_client_error()
    {
        app.rates.failed(address);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use axum::http::HeaderMap;

    use super::Rates;

    #[test]
    fn a_credential_has_a_share_of_its_own() {
        let rates = Rates::new(NonZeroU32::new(3).unwrap());
        let take = |id: &str| rates.of_credential(id).taken;
        assert_eq!([take("a"), take("a"), take("a")], [Ok(2), Ok(1), Ok(0)]);
        assert!(take("a").unwrap_err().as_millis() <= 1000);
        assert_eq!(take("b"), Ok(2), "another one is not held back");
        rates.sweep();
        assert!(take("a").is_err(), "a sweep forgives nothing");
        let mut headers = HeaderMap::new();
        rates.of_credential("b").describe(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"credential\";q=3;w=1");
        assert_eq!(headers["ratelimit"], "\"credential\";r=1;t=1");
    }

    #[test]
    fn guessing_credentials_becomes_slow() {
        let rates = Rates::new(NonZeroU32::new(3).unwrap());
        let ip = "192.0.2.1".parse().unwrap();
        let refused = (0..1000).filter(|_| rates.of_address(ip).taken.is_err());
        let refused = refused.count();
        assert!((300..=400).contains(&refused), "{refused}");
        let other = "192.0.2.2".parse().unwrap();
        assert!(rates.of_address(other).taken.is_ok());
        assert_eq!(
            rates.unheard_for(ip),
            None,
            "what was taken here is not a failure"
        );
        rates.failed(ip);
        assert!(rates.unheard_for(ip).is_some());
        assert_eq!(rates.unheard_for(other), None);
    }
}
