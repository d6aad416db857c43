//! Quotas that only Tidegate knows: what an account, a role or a user may use in all.
//!
//! They stand in an object `tidegate` that other servers carry along unread: in the account claims,
//! which the operator signs, and in the template of a scoped signing key and in user claims, where
//! they can only take away. A field that is absent, or -1, is no quota; 0 is none at all. A field
//! that cannot be read is an error, so that no quota vanishes by a slip of the pen.

use std::num::NonZeroU64;

use serde_json::{Map, Value};

/// The object's name in claims.
pub(crate) const OBJECT: &str = "tidegate";
/// Fields of the object that are no quotas.
const OTHER_FIELDS: [&str; 2] = ["generation", "require_certificate"];
/// The longest time of saved-up messages: a minute.
const BURST_SECONDS_MAX: u64 = 60;

/// What may be used; `None` is no quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Connections of one user key at a time, on one server.
    pub user_connections: Option<u64>,
    /// Subscriptions of all the account's connections together. Accounts only: a user has `subs`.
    pub subscriptions: Option<u64>,
    /// What may be published.
    pub rates: Rates,
}

/// What may be published: by all of an account's clients together, or by all connections of one
/// user together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Messages.
    pub messages_per_second: Option<u64>,
    /// Bytes of payloads, headers included.
    pub bytes_per_second: Option<u64>,
    /// How many seconds' worth may be published at once after a pause; `None` is 1.
    pub burst_seconds: Option<NonZeroU64>,
}

/// A quota that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    #[error("`tidegate` must be an object")]
    NotAnObject,
    #[error("tidegate.{0} must be a whole number, or -1 for no limit")]
    NotACount(&'static str),
    #[error("tidegate.burst_seconds must be a whole number from 1 to {BURST_SECONDS_MAX}")]
    Burst,
    #[error("tidegate.subscriptions is for accounts only, use subs")]
    AccountsOnly,
}

type Object = Map<String, Value>;

impl Quotas {
    /// Reads the fields of an account's object.
    pub fn of_account(object: &Object) -> Result<Self, QuotaError> {
        Ok(Self {
            user_connections: count(object, "user_connections")?,
            subscriptions: count(object, "subscriptions")?,
            rates: Rates {
                messages_per_second: count(object, "messages_per_second")?,
                bytes_per_second: count(object, "bytes_per_second")?,
                burst_seconds: burst(object)?,
            },
        })
    }

    /// Reads the object among the further fields of a user or of a role's template.
    pub fn of_user(fields: &Object) -> Result<Self, QuotaError> {
        match fields.get(OBJECT) {
            None => Ok(Self::default()),
            Some(Value::Object(object)) if object.contains_key("subscriptions") => {
                Err(QuotaError::AccountsOnly)
            }
            Some(Value::Object(object)) => Self::of_account(object),
            Some(_) => Err(QuotaError::NotAnObject),
        }
    }

    /// Fields of an account's object that are not known here.
    pub fn unknown_fields(object: &Object) -> impl Iterator<Item = &str> {
        let known = |name: &str| {
            OTHER_FIELDS.contains(&name) || Self::default().fields().iter().any(|it| it.0 == name)
        };
        let names = object.keys().map(String::as_str);
        names.filter(move |name| !known(name))
    }

    /// Puts the quotas into an account's object, in place of those that are there.
    pub fn write(&self, object: &mut Object) {
        for (name, value) in self.fields() {
            match value {
                Some(value) => object.insert(name.to_owned(), value.into()),
                None => object.remove(name),
            };
        }
    }

    /// The narrower one of each field.
    #[must_use]
    pub fn narrowed_by(&self, other: &Self) -> Self {
        let (rates, others) = (&self.rates, &other.rates);
        Self {
            user_connections: narrower(self.user_connections, other.user_connections),
            subscriptions: narrower(self.subscriptions, other.subscriptions),
            rates: Rates {
                messages_per_second: narrower(
                    rates.messages_per_second,
                    others.messages_per_second,
                ),
                bytes_per_second: narrower(rates.bytes_per_second, others.bytes_per_second),
                burst_seconds: narrower(rates.burst_seconds, others.burst_seconds),
            },
        }
    }

    /// All fields by their names.
    pub fn fields(&self) -> [(&'static str, Option<u64>); 5] {
        let rates = &self.rates;
        [
            ("user_connections", self.user_connections),
            ("subscriptions", self.subscriptions),
            ("messages_per_second", rates.messages_per_second),
            ("bytes_per_second", rates.bytes_per_second),
            ("burst_seconds", rates.burst_seconds.map(NonZeroU64::get)),
        ]
    }
}

impl Rates {
    /// Whether anything may be published at all.
    pub fn allow_nothing(&self) -> bool {
        self.messages_per_second == Some(0) || self.bytes_per_second == Some(0)
    }

    /// Whether there is nothing to measure.
    pub fn are_unlimited(&self) -> bool {
        self.messages_per_second.is_none() && self.bytes_per_second.is_none()
    }
}

fn count(object: &Object, name: &'static str) -> Result<Option<u64>, QuotaError> {
    match object.get(name) {
        None => Ok(None),
        Some(value) if value.as_i64() == Some(-1) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(QuotaError::NotACount(name)),
    }
}

fn burst(object: &Object) -> Result<Option<NonZeroU64>, QuotaError> {
    let Some(value) = object.get("burst_seconds") else {
        return Ok(None);
    };
    let seconds = value
        .as_u64()
        .filter(|seconds| *seconds <= BURST_SECONDS_MAX);
    let seconds = seconds.and_then(NonZeroU64::new);
    seconds.map(Some).ok_or(QuotaError::Burst)
}

fn narrower<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn absent_and_minus_one_are_no_quota_and_zero_is_none() {
        let all = object(json!({
            "user_connections": -1, "subscriptions": 0, "messages_per_second": 10,
            "burst_seconds": 60, "generation": 4,
        }));
        let quotas = Quotas::of_account(&all).unwrap();
        assert_eq!(
            quotas.fields().map(|(_, value)| value),
            [None, Some(0), Some(10), None, Some(60)]
        );
        assert_eq!(Quotas::of_account(&Object::new()), Ok(Quotas::default()));
        let large = object(json!({ "subscriptions": u64::MAX }));
        assert_eq!(
            Quotas::of_account(&large).unwrap().subscriptions,
            Some(u64::MAX)
        );
    }

    #[test]
    fn what_cannot_be_read_names_its_field() {
        for (name, _) in Quotas::default().fields() {
            for bad in [
                json!("5"),
                json!(-2),
                json!(1.5),
                json!([5]),
                json!({}),
                json!(true),
            ] {
                let error = Quotas::of_account(&object(json!({ name: bad }))).unwrap_err();
                assert!(error.to_string().contains(name), "{name} = {bad}: {error}");
            }
        }
        for bad in [-1, 0, 61] {
            let burst = object(json!({ "burst_seconds": bad }));
            assert_eq!(Quotas::of_account(&burst), Err(QuotaError::Burst), "{bad}");
        }
    }

    #[test]
    fn users_have_an_object_of_their_own() {
        let read = |value: Value| Quotas::of_user(&object(value));
        assert_eq!(read(json!({ "other": 1 })), Ok(Quotas::default()));
        let quotas = read(json!({ "tidegate": { "user_connections": 2 } })).unwrap();
        assert_eq!(quotas.user_connections, Some(2));
        for bad in [json!([]), json!("x"), json!(3)] {
            assert_eq!(
                read(json!({ "tidegate": bad })),
                Err(QuotaError::NotAnObject)
            );
        }
        let subscriptions = json!({ "tidegate": { "subscriptions": 2 } });
        assert_eq!(read(subscriptions), Err(QuotaError::AccountsOnly));
    }

    #[test]
    fn the_narrower_one_counts() {
        let one = object(json!({ "user_connections": 2, "messages_per_second": 5 }));
        let other = object(json!({ "user_connections": 3, "bytes_per_second": 7 }));
        let (one, other) = [&one, &other]
            .map(|object| Quotas::of_account(object).unwrap())
            .into();
        let both: Quotas = Quotas::narrowed_by(&one, &other);
        assert_eq!(both, other.narrowed_by(&one));
        assert_eq!(
            both.fields().map(|(_, value)| value),
            [Some(2), None, Some(5), Some(7), None]
        );
    }

    #[test]
    fn written_quotas_replace_those_that_are_there() {
        let mut target = object(json!({ "subscriptions": 5, "generation": 3, "later": true }));
        let quotas = Quotas {
            user_connections: Some(1),
            ..Quotas::default()
        };
        quotas.write(&mut target);
        let expected = json!({ "user_connections": 1, "generation": 3, "later": true });
        assert_eq!(Value::Object(target.clone()), expected);
        assert_eq!(Quotas::of_account(&target), Ok(quotas));
        let unknown: Vec<_> = Quotas::unknown_fields(&target).collect();
        assert_eq!(unknown, ["later"]);
    }
}
