//! Rate limits: so many requests a second for each API key, so few bad logins for each address.
//!
//! Every answer to a key says how much it has left (`RateLimit`), in the form of the IETF draft.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::door::ClientIp;
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Requests a second of one key, when nothing else is configured. A bulk of credentials fits.
pub const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1000).expect("it is not zero");
/// Calls without a valid key from one address: so many at once, then ten a second.
const STRANGERS_AT_ONCE: NonZeroU32 = NonZeroU32::new(600).expect("it is not zero");
const STRANGERS_EVERY: Duration = Duration::from_millis(100);

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// What everybody has left.
#[derive(Debug)]
pub(crate) struct Rates {
    per_second: NonZeroU32,
    keys: Limiter<String>,
    strangers: Limiter<IpAddr>,
}

impl Rates {
    pub(crate) fn new(per_second: NonZeroU32) -> Self {
        let strangers = Quota::with_period(STRANGERS_EVERY)
            .unwrap_or(Quota::per_minute(STRANGERS_AT_ONCE))
            .allow_burst(STRANGERS_AT_ONCE);
        Self {
            per_second,
            keys: RateLimiter::hashmap(Quota::per_second(per_second))
                .with_middleware::<StateInformationMiddleware>(),
            strangers: RateLimiter::hashmap(strangers)
                .with_middleware::<StateInformationMiddleware>(),
        }
    }

    /// Forgets who has everything left: the tables follow those who call now.
    pub(crate) fn sweep(&self) {
        self.keys.retain_recent();
        self.keys.shrink_to_fit();
        self.strangers.retain_recent();
        self.strangers.shrink_to_fit();
    }

    fn take(&self, key: &str) -> Result<u32, Duration> {
        match self.keys.check_key(&key.to_owned()) {
            Ok(left) => Ok(left.remaining_burst_capacity()),
            Err(wait) => Err(wait.wait_time_from(DefaultClock::default().now())),
        }
    }

    fn note_stranger(&self, ip: IpAddr) -> Result<(), Duration> {
        let noted = self.strangers.check_key(&ip);
        noted
            .map(|_| ())
            .map_err(|wait| wait.wait_time_from(DefaultClock::default().now()))
    }

    fn describe(&self, headers: &mut HeaderMap, left: u32, wait: Duration) {
        let seconds = whole_seconds(wait);
        let policy = format!("\"key\";q={};w=1", self.per_second);
        let limit = format!("\"key\";r={left};t={seconds}");
        for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn too_many(wait: Duration) -> Response {
    Problem::too_many_requests(whole_seconds(wait).max(1)).into_response()
}

/// The layer: counts the request for its key, or for its address when the key is not valid.
pub(super) async fn limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match Caller::from_request_parts(&mut parts, &app).await {
        Ok(caller) => caller,
        Err(problem) => {
            let ip = parts.extensions.get::<ClientIp>().copied();
            let noted = match ip {
                Some(ClientIp(ip)) if problem.is_unauthorized() => app.rates.note_stranger(ip),
                _ => Ok(()),
            };
            return match noted {
                // Whether the endpoint is for everybody is its own business.
                Ok(()) => next.run(Request::from_parts(parts, body)).await,
                Err(wait) => too_many(wait),
            };
        }
    };
    let taken = app.rates.take(caller.credential_id());
    parts.extensions.insert(caller);
    let (left, wait, mut response) = match taken {
        Ok(left) => {
            let response = next.run(Request::from_parts(parts, body)).await;
            (left, Duration::from_secs(1), response)
        }
        Err(wait) => (0, wait, too_many(wait)),
    };
    app.rates.describe(response.headers_mut(), left, wait);
    response
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::Rates;

    #[test]
    fn a_key_has_a_share_of_its_own() {
        let rates = Rates::new(NonZeroU32::new(3).unwrap());
        assert_eq!(
            [rates.take("a"), rates.take("a"), rates.take("a")],
            [Ok(2), Ok(1), Ok(0)]
        );
        assert!(rates.take("a").unwrap_err().as_millis() <= 1000);
        assert_eq!(rates.take("b"), Ok(2), "another key is not held back");
        rates.sweep();
        assert!(rates.take("a").is_err(), "a sweep forgives nothing");
    }

    #[test]
    fn guessing_keys_becomes_slow() {
        let rates = Rates::new(NonZeroU32::new(3).unwrap());
        let ip = "192.0.2.1".parse().unwrap();
        let refused = (0..1000)
            .filter(|_| rates.note_stranger(ip).is_err())
            .count();
        assert!((300..=400).contains(&refused), "{refused}");
        assert!(rates.note_stranger("192.0.2.2".parse().unwrap()).is_ok());
    }
}
