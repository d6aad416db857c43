//! `tidegate validate`: looks through one account or all of them for what is wrong.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use accounts::jwt::decode;
use accounts::{AccountBody, AccountPolicy, PublicKey};
use anyhow::bail;
use clap::ArgMatches;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::{self, Form};
use super::api::{Api, Request};
use super::call::{escape, pages};
use super::expirations::{AccountArgs, ending};
use crate::console;

/// `tidegate validate`.
#[derive(Debug, clap::Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    accounts: AccountArgs,
    /// How it is printed.
    #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
    output: String,
}

/// What was found of the account that is looked at, and of those before it.
struct Findings {
    account: Value,
    rows: Vec<Value>,
    errors: usize,
    /// What the claims that could be read lead to, and whose they are.
    policies: Vec<(Value, Arc<AccountPolicy>)>,
}

impl Findings {
    /// Something that keeps something else from working.
    fn error(&mut self, text: impl Into<String>) {
        self.errors += 1;
        self.add("error", text.into());
    }

    /// Something that somebody should know of.
    fn note(&mut self, text: impl Into<String>) {
        self.add("note", text.into());
    }

    fn add(&mut self, level: &str, text: String) {
        let account = self.account["slug"].clone();
        self.rows
            .push(json!({ "account": account, "level": level, "text": text }));
    }
}

/// Carries out `tidegate validate`.
pub(super) async fn run(args: &ValidateArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let api = Api::chosen(matches)?;
    let accounts = args.accounts.read(&api).await?;
    let looked_at = accounts.len();
    let mut found = Findings {
        account: Value::Null,
        rows: Vec::new(),
        errors: 0,
        policies: Vec::new(),
    };
    for account in accounts {
        found.account = account;
        of_account(&mut found);
        of_claims(&api, &mut found).await?;
        of_users(&api, &mut found).await?;
        of_imports(&api, &mut found).await?;
    }
    of_cycles(&mut found);
    let errors = found.errors;
    match Form::of(&args.output) {
        Form::Table => {
            for row in &found.rows {
                let text = |name: &str| row[name].as_str().unwrap_or_default();
                let line = format!("{}: {}: {}", text("account"), text("level"), text("text"));
                // What others have named must not play with the terminal.
                match line.contains(char::is_control) {
                    true => console::say(line.escape_debug()),
                    false => console::say(line),
                }
            }
        }
        form => answer::show(Value::Array(found.rows), form, None, &[])?,
    }
    match errors {
        0 => {
            console::complain(format_args!("{looked_at} accounts are in order"));
            Ok(())
        }
        errors => bail!("{errors} errors in {looked_at} accounts"),
    }
}

fn of_account(found: &mut Findings) {
    let account = found.account.clone();
    if account["live"] == false {
        match account["engine_error"].as_str() {
            Some(why) => found.error(format!("a server does not take its claims: {why}")),
            None => found.note("not every server has its newest claims yet"),
        }
    }
    if let Some(why) = account["plan_error"].as_str() {
        found.error(format!("it has not the limits of its plan: {why}"));
    }
    match (
        &account["claims"]["critically_full"],
        &account["claims"]["nearly_full"],
    ) {
        (Value::Bool(true), _) => found.error("more than 80 % of its claims is used up"),
        (_, Value::Bool(true)) => found.note("more than half of its claims is used up"),
        _ => {}
    }
    if account["state"] == "suspended" {
        found.note("it is suspended");
    }
}

fn below(account: &Value, path: &str) -> String {
    let id = account["id"].as_str().unwrap_or_default();
    format!("/api/v1/accounts/{}/{path}", escape(id))
}

/// The claims, as a server judges them.
async fn of_claims(api: &Api, found: &mut Findings) -> anyhow::Result<()> {
    let request = Request::new("GET", below(&found.account, "claims"));
    let claims = api.send(&request).await?.body;
    // Who may not see the token is told that servers have it, or not.
    let Some(jwt) = claims["jwt"].as_str() else {
        return Ok(());
    };
    let now = OffsetDateTime::now_utc().unix_timestamp();
    match decode::<AccountBody>(jwt) {
        Err(error) => found.error(format!("its claims cannot be read: {error}")),
        Ok(claims) => {
            if let Ok(policy) = AccountPolicy::compile(&claims) {
                let account = found.account.clone();
                found.policies.push((account, Arc::new(policy)));
            }
            for issue in claims.validate(Some(now)) {
                match issue.is_blocking() {
                    true => found.error(issue.text),
                    false => found.note(issue.text),
                }
            }
        }
    }
    Ok(())
}

async fn of_users(api: &Api, found: &mut Findings) -> anyhow::Result<()> {
    let mut request = ending(&found.account, OffsetDateTime::now_utc())?;
    for (name, value) in [("limit", "1"), ("total", "true")] {
        request.query.push((name.to_owned(), value.to_owned()));
    }
    let ended = api.send(&request).await?.body;
    match ended["total"].as_i64() {
        Some(1) => found.note("the credential of one user has expired"),
        Some(users) if users > 1 => {
            found.note(format!("the credentials of {users} users have expired"));
        }
        _ => {}
    }
    Ok(())
}

async fn of_imports(api: &Api, found: &mut Findings) -> anyhow::Result<()> {
    let request = Request::new("GET", below(&found.account, "imports"));
    let imports = pages(api, request, u64::MAX).await?;
    for import in imports.as_array().into_iter().flatten() {
        if import["status"] == "unavailable" {
            let text = |name: &str| import[name].as_str().unwrap_or_default();
            found.error(format!(
                "import {} of `{}`: {} does not offer it any more",
                text("id"),
                text("subject"),
                text("exporter")
            ));
        }
    }
    Ok(())
}

/// Imports that lead back to where they began. The API lets nobody make such; they can have come in
/// from elsewhere. Each account is named once; only accounts that were looked at are followed.
fn of_cycles(found: &mut Findings) {
    let policies = std::mem::take(&mut found.policies);
    let known = policies.iter().map(|it| (it.1.key, it));
    let known: HashMap<PublicKey, _> = known.collect();
    let mut named = HashSet::new();
    for (account, policy) in &policies {
        let policy_of = |key: &PublicKey| known.get(key).map(|(_, policy)| Arc::clone(policy));
        let Some(path) = accounts::find_cycle(&policy.key, policy_of) else {
            continue;
        };
        if path.iter().any(|key| named.contains(key)) {
            continue;
        }
        let slug = |key: &PublicKey| {
            let slug = known
                .get(key)
                .and_then(|(account, _)| account["slug"].as_str());
            slug.map_or_else(|| key.to_string(), str::to_owned)
        };
        let way: Vec<String> = path.iter().chain(path.first()).map(slug).collect();
        found.account = account.clone();
        found.error(format!("its imports form a cycle: {}", way.join(" → ")));
        named.extend(path);
    }
}
