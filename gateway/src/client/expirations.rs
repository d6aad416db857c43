//! `tidegate expirations`: whose credentials end soon, of one account or of all.

use std::time::Duration;

use anyhow::Context;
use clap::ArgMatches;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::answer::{self, Form};
use super::api::{Api, Request};
use super::call::{escape, pages};

/// `tidegate expirations`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExpirationsArgs {
    /// Credentials that end within this time, as `30d` or `12h`, and those that have ended.
    #[arg(long, default_value = "30d", value_parser = span)]
    within: Duration,
    #[command(flatten)]
    accounts: AccountArgs,
    /// How they are printed.
    #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
    output: String,
}

/// Which accounts are looked at.
#[derive(Debug, clap::Args)]
pub(super) struct AccountArgs {
    /// Only this account; that of the context when absent, or all that the key reaches.
    #[arg(long, short, env = "TIDEGATE_ACCOUNT")]
    account: Option<String>,
    /// All accounts that the key reaches, whatever the context says.
    #[arg(long, conflicts_with = "account")]
    all: bool,
}

impl AccountArgs {
    /// The accounts that are meant, each as the API shows it.
    pub(super) async fn read(&self, api: &Api) -> anyhow::Result<Vec<Value>> {
        let one = match self.all {
            true => None,
            false => self.account.as_deref().or(api.account()),
        };
        let Some(account) = one else {
            let request = Request::new("GET", "/api/v1/accounts");
            let rows = pages(api, request, u64::MAX).await?;
            return Ok(rows.as_array().cloned().unwrap_or_default());
        };
        let path = format!("/api/v1/accounts/{}", escape(account));
        Ok(vec![api.send(&Request::new("GET", path)).await?.body])
    }
}

/// `30d`, `12h`, `90m`, `2w`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time span: it must be a number with m, h, d or w");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let total = u64::from(number) * seconds;
    // A credential lasts a year at most.
    match total <= 10 * 366 * 24 * 3600 {
        true => Ok(Duration::from_secs(total)),
        false => Err("ten years at most".to_owned()),
    }
}

/// The users of an account whose credential ends before `time`, the next one first.
pub(super) fn ending(account: &Value, time: OffsetDateTime) -> anyhow::Result<Request> {
    let id = account["id"].as_str().unwrap_or_default();
    let mut request = Request::new("GET", format!("/api/v1/accounts/{}/users", escape(id)));
    let time = time.format(&Rfc3339).context("say when that is")?;
    request
        .query
        .push(("filter[expires_before]".to_owned(), time));
    Ok(request)
}

/// Carries out `tidegate expirations`.
pub(super) async fn run(args: &ExpirationsArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let api = Api::chosen(matches)?;
    let now = OffsetDateTime::now_utc();
    let mut rows = Vec::new();
    for account in args.accounts.read(&api).await? {
        let users = pages(&api, ending(&account, now + args.within)?, u64::MAX).await?;
        for user in users.as_array().into_iter().flatten() {
            let text = user["expires_at"].as_str().unwrap_or_default();
            let end = OffsetDateTime::parse(text, &Rfc3339).ok();
            let state = match () {
                () if end.is_some_and(|end| end <= now) => "expired",
                () if user["revoked_at"].is_string() => "revoked",
                () => "active",
            };
            rows.push(json!({
                "account": account["slug"], "name": user["name"], "id": user["id"],
                "role": user["role"], "state": state, "expires_at": user["expires_at"],
            }));
        }
    }
    rows.sort_by_cached_key(|row| row["expires_at"].as_str().map(str::to_owned));
    answer::show(Value::Array(rows), Form::of(&args.output), None, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_a_unit() {
        assert_eq!(span("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(span("12h"), Ok(Duration::from_secs(12 * 3600)));
        for wrong in ["", "d", "30", "-1d", "1y", "99999999w", "1é"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
