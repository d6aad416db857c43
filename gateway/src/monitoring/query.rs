//! The parameters of a request, read as nats-server reads them: the first of a name counts, an
//! empty one is none.

use std::num::IntErrorKind;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use broker::ConnState;

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        use axum::extract::Query;
        use axum::response::IntoResponse;
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        query
            .map(|Query(pairs)| Self(pairs))
            .map_err(IntoResponse::into_response)
    }
}

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        let first = self.0.iter().find(|(it, _)| it == name)?;
        Some(first.1.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    pub(super) fn boolean(&self, name: &str) -> Result<bool, String> {
        match self.get(name).unwrap_or_default() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            text => Err(format!(
                "Error decoding boolean for '{name}': strconv.ParseBool: parsing {text:?}: \
                 invalid syntax"
            )),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64, String> {
        self.number(name, "int", "Atoi")
    }

    pub(super) fn unsigned(&self, name: &str) -> Result<u64, String> {
        self.number(name, "uint64", "ParseUint")
    }

    /// Go's words, which name its own reader.
    fn number<T>(&self, name: &str, kind: &str, reader: &str) -> Result<T, String>
    where
        T: std::str::FromStr<Err = std::num::ParseIntError> + Default,
    {
        let Some(text) = self.get(name) else {
            return Ok(T::default());
        };
        text.parse().map_err(|error: std::num::ParseIntError| {
            let why = match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            format!("Error decoding {kind} for '{name}': strconv.{reader}: parsing {text:?}: {why}")
        })
    }

    /// Which connections.
    pub(super) fn state(&self) -> Result<ConnState, String> {
        let text = self.get("state").unwrap_or_default();
        match text.to_ascii_lowercase().as_str() {
            "" | "open" => Ok(ConnState::Open),
            "closed" => Ok(ConnState::Closed),
            "any" | "all" => Ok(ConnState::All),
            _ => Err(format!("Error decoding state for {text}")),
        }
    }

    /// Whether subscriptions are shown, and whether in detail.
    pub(super) fn subscriptions(&self) -> Result<(bool, bool), String> {
        let in_detail = self
            .get("subs")
            .is_some_and(|text| text.eq_ignore_ascii_case("detail"));
        match in_detail {
            true => Ok((false, true)),
            false => Ok((self.boolean("subs")?, false)),
        }
    }

    /// Complains about the first of these that is not true or false.
    pub(super) fn check_booleans(&self, names: &[&str]) -> Result<(), String> {
        names
            .iter()
            .try_for_each(|name| self.boolean(name).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Parameters(pairs.iter().map(own).collect())
    }

    #[test]
    fn the_first_of_a_name_counts_and_an_empty_one_is_none() {
        let given = parameters(&[
            ("limit", "5"),
            ("limit", "6"),
            ("offset", ""),
            ("auth", "T"),
        ]);
        assert_eq!(given.integer("limit"), Ok(5));
        assert_eq!(given.integer("offset"), Ok(0));
        assert_eq!(given.boolean("auth"), Ok(true));
        assert_eq!(given.text("user"), None);
    }

    #[test]
    fn complaints_are_those_of_the_original() {
        let given = parameters(&[
            ("limit", "x"),
            ("cid", "99999999999999999999"),
            ("auth", "2"),
        ]);
        assert_eq!(
            given.integer("limit").unwrap_err(),
            "Error decoding int for 'limit': strconv.Atoi: parsing \"x\": invalid syntax"
        );
        assert_eq!(
            given.unsigned("cid").unwrap_err(),
            "Error decoding uint64 for 'cid': strconv.ParseUint: parsing \
             \"99999999999999999999\": value out of range"
        );
        assert_eq!(
            given.boolean("auth").unwrap_err(),
            "Error decoding boolean for 'auth': strconv.ParseBool: parsing \"2\": invalid syntax"
        );
        let state = parameters(&[("state", "gone")]).state();
        assert_eq!(state.unwrap_err(), "Error decoding state for gone");
    }
}
