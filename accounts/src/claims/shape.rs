//! Readers for fields that must be JSON objects: serde by itself would also take an array of the
//! fields in order, and so read `"pub": []` as no restriction.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::nkeys::PublicKey;

/// A value that is read from an object only.
struct Object<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::<String, Value>::deserialize(deserializer)?;
        serde_json::from_value(Value::Object(map))
            .map(Self)
            .map_err(D::Error::custom)
    }
}

fn unwrap_list<T>(list: Vec<Object<T>>) -> Vec<T> {
    list.into_iter().map(|object| object.0).collect()
}

pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Object::deserialize(deserializer).map(|object| object.0)
}

pub(super) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    object(deserializer).map(Some)
}

pub(super) fn optional_list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Vec::deserialize(deserializer).map(|list| Some(unwrap_list(list)))
}

pub(super) fn map<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let map = BTreeMap::<String, Object<T>>::deserialize(deserializer)?;
    Ok(map
        .into_iter()
        .map(|(name, object)| (name, object.0))
        .collect())
}

pub(super) fn map_of_lists<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let map = BTreeMap::<String, Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(map
        .into_iter()
        .map(|(name, list)| (name, unwrap_list(list)))
        .collect())
}

/// Reads a key that may be absent; some libraries write an empty text then.
pub(super) fn optional_key<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PublicKey>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    PublicKey::parse(&text).map(Some).map_err(D::Error::custom)
}
