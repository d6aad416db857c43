//! `tidegate apply`, `tidegate diff` and `tidegate export manifest`: the desired state in a file.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::answer::{self, Form, PrivateFile};
use super::api::{Api, Request};
use super::call::{escape, text_of};
use crate::console;

/// The manifest, and what it is for.
#[derive(Debug, clap::Args)]
pub(crate) struct ManifestArgs {
    /// The manifest, YAML or JSON; `-` is stdin.
    #[arg(long, short, value_name = "FILE")]
    file: String,
    /// Apply it to this account, whatever it is called in the file.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Delete what this manifest made and does not say any more.
    #[arg(long)]
    prune: bool,
    /// Let what the manifest says belong to it, whoever made it.
    #[arg(long)]
    adopt: bool,
    /// How the changes are printed.
    #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
    output: String,
}

/// `tidegate apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Check it and show what it would do, but change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The plan of a look before: do exactly that, or nothing.
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// Write the JWTs of new users to this new file, readable by its owner only.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// `tidegate diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
}

/// `tidegate export manifest`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// Of this account; of everything that the key reaches when absent.
    #[arg(long, short, value_name = "ACCOUNT", conflicts_with = "org")]
    account: Option<String>,
    /// Of this organisation.
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Users too: their names, keys and rights.
    #[arg(long)]
    users: bool,
    /// How it is written.
    #[arg(long, short, default_value = "yaml", value_parser = ["yaml", "json"])]
    output: String,
}

impl ManifestArgs {
    fn request(&self, dry_run: bool) -> anyhow::Result<Request> {
        let path = match &self.account {
            None => "/api/v1/apply".to_owned(),
            Some(account) => format!("/api/v1/accounts/{}/apply", escape(account)),
        };
        let mut request = Request::new("POST", path);
        let flags = [
            ("prune", self.prune),
            ("adopt", self.adopt),
            ("dry_run", dry_run),
        ];
        for (name, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            request.query.push(((*name).to_owned(), "true".to_owned()));
        }
        request.text = Some(text_of(&self.file)?);
        match dry_run {
            true => Ok(request),
            false => request.once(None),
        }
    }

    fn form(&self) -> Form {
        Form::of(&self.output)
    }
}

/// Carries out `tidegate apply`.
pub(super) async fn apply(args: &ApplyArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let api = Api::chosen(matches)?;
    let mut request = args.manifest.request(args.dry_run)?;
    let plan = args.plan.as_ref();
    request.if_match = plan.map(|plan| format!("\"{}\"", plan.trim_matches('"')));
    // Before anything is asked for, so that no secret gets lost.
    let out = args.out.as_deref().map(PrivateFile::create).transpose()?;
    let mut changes = api.send(&request).await?.body;
    if let Some(out) = out {
        let fields = changes.as_object_mut();
        let issued = fields.and_then(|fields| fields.shift_remove("credentials"));
        let issued = issued.unwrap_or_else(|| json!([]));
        out.fill(serde_json::to_string_pretty(&issued)?.as_bytes())?;
    }
    show(changes, args.manifest.form())
}

/// Carries out `tidegate diff`, and says whether anything differs.
pub(super) async fn diff(args: &DiffArgs, matches: &ArgMatches) -> anyhow::Result<bool> {
    let api = Api::chosen(matches)?;
    let changes = api.send(&args.manifest.request(true)?).await?.body;
    let all = changes["changes"].as_array().into_iter().flatten();
    let differs = all.clone().any(|one| one["action"] != "unchanged");
    show(changes, args.manifest.form())?;
    Ok(differs)
}

/// Carries out `tidegate export manifest`.
pub(super) async fn export(args: &ExportArgs, matches: &ArgMatches) -> anyhow::Result<()> {
    let place = match (&args.account, &args.org) {
        (Some(account), _) => format!("/accounts/{}", escape(account)),
        (None, Some(org)) => format!("/orgs/{}", escape(org)),
        (None, None) => String::new(),
    };
    let mut request = Request::new("GET", format!("/api/v1{place}/manifest"));
    if args.users {
        let users = ("users".to_owned(), "true".to_owned());
        request.query.push(users);
    }
    let manifest = Api::chosen(matches)?.send(&request).await?.body;
    answer::show(manifest, Form::of(&args.output), None, &[])
}

fn show(changes: Value, form: Form) -> anyhow::Result<()> {
    let Form::Table = form else {
        return answer::show(changes, form, None, &[]);
    };
    console::say(told(&changes));
    Ok(())
}

/// The changes for people, a line for each thing and each field of it.
fn told(changes: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for change in changes["changes"].as_array().into_iter().flatten() {
        let sign = match change["action"].as_str().unwrap_or_default() {
            "create" => '+',
            "change" => '~',
            "delete" => '-',
            "request" => '?',
            _ => continue,
        };
        let mut name = text(&change["name"]);
        if let Some(account) = change["account"].as_str() {
            name = format!("{account}: {name}");
        }
        lines.push(format!("{sign} {} {name}", text(&change["kind"])));
        for field in change["fields"].as_array().into_iter().flatten() {
            let path = text(&field["field"]);
            let path = path.trim_start_matches('/').replace('/', ".");
            let side = |name: &str| field.get(name).map(Value::to_string);
            let said = match (side("from"), side("to")) {
                (Some(from), Some(to)) => format!("{from} → {to}"),
                (Some(from), None) => format!("{from} → as by default"),
                (None, to) => to.unwrap_or_default(),
            };
            lines.push(format!("    {path}: {said}"));
        }
    }
    for issued in changes["credentials"].as_array().into_iter().flatten() {
        let (account, name) = (text(&issued["account"]), text(&issued["name"]));
        lines.push(format!(
            "JWT of {account}: {name}\n{}",
            text(&issued["jwt"])
        ));
    }
    let count = |name: &str| changes["summary"][name].as_u64().unwrap_or_default();
    let of = |name: &str| format!("{} {name}", count(name));
    let counts = ["created", "changed", "deleted", "requested", "unchanged"].map(of);
    let is_done = changes["applied"] == true;
    let word = if is_done { "Done" } else { "It would be" };
    lines.push(format!("{word}: {}.", counts.join(", ")));
    if !is_done {
        let closed = changes["impact"]["connections_closed"].as_u64();
        let closed = closed.map_or_else(|| "?".to_owned(), |closed| closed.to_string());
        let broken = changes["impact"]["imports_broken"]["count"].as_u64();
        let broken = broken.unwrap_or_default();
        lines.push(format!(
            "Connections closed: {closed}, imports broken: {broken}."
        ));
        lines.push(format!("Plan: {}", text(&changes["plan"])));
    } else if changes["live"] == false {
        lines.push("Not every server has followed yet.".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_in_lines() {
        let changes = json!({
            "applied": false, "plan": "abc",
            "summary": { "created": 1, "changed": 1, "deleted": 0, "unchanged": 3 },
            "impact": { "connections_closed": 2, "imports_broken": { "count": 0 } },
            "changes": [
                { "action": "create", "kind": "org", "name": "acme" },
                { "action": "change", "kind": "role", "account": "a", "name": "r", "fields": [
                    { "field": "/permissions/publish/allow", "from": ["x"], "to": ["x", "y"] },
                    { "field": "/bearer", "from": true } ] },
                { "action": "unchanged", "kind": "account", "name": "a" },
            ],
        });
        assert_eq!(
            told(&changes),
            "+ org acme\n\
             ~ role a: r\n    permissions.publish.allow: [\"x\"] → [\"x\",\"y\"]\n    \
             bearer: true → as by default\n\
             It would be: 1 created, 1 changed, 0 deleted, 0 requested, 3 unchanged.\n\
             Connections closed: 2, imports broken: 0.\nPlan: abc"
        );
    }
}
