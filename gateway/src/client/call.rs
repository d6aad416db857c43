//! Carries out one command: arguments to a request, the answer to the terminal.

use std::io::Read;
use std::path::PathBuf;

use accounts::KeyPair;
use anyhow::{Context, bail};
use clap::ArgMatches;
use serde_json::{Map, Value};

use super::answer::{self, Form, PrivateFile};
use super::api::{Api, Request};
use super::catalogue::{Catalogue, Operation, Place, SECRETS};
use super::drawing;
use super::fields::{self, Field, Kind};
use super::flags;
use crate::console;
use crate::tokens;

/// Rows per page when a list is fetched.
const PAGE: u64 = 500;
/// Secrets that may be given as `@FILE`, so that no list of processes shows them.
const FROM_FILES: [&str; 1] = ["identity-seed"];
/// A body from a file has this many bytes at most.
const FILE_BYTES_MAX: u64 = 16 << 20;

pub(super) async fn run(
    catalogue: &Catalogue,
    noun: &str,
    matches: &ArgMatches,
) -> anyhow::Result<()> {
    let (verb, matches) = matches.subcommand().unwrap_or((noun, matches));
    let verb = verb.replace('-', "_");
    let operation = catalogue
        .find(noun, &verb)
        .with_context(|| format!("there is no command `{noun} {verb}`"))?;
    let api = Api::chosen(matches)?;
    let is_tried = operation.can_preview && matches.get_flag(flags::DRY_RUN);
    let out = match operation.makes_secret && !is_tried {
        true => matches.get_one::<PathBuf>(flags::OUT),
        false => None,
    };
    let key = match operation.takes_nkey() {
        true => matches.get_one::<PathBuf>(flags::NKEY),
        false => None,
    };
    let key = key.map(|file| tokens::user_key(file)).transpose()?;
    let out = out.map(|path| PrivateFile::create(path)).transpose()?;
    let mut request = Request::new(&operation.method, path(operation, matches, &api)?);
    request.query = query(operation, matches);
    if let Some(body) = &operation.body {
        request.body = Some(Value::Object(read_body(body, matches)?));
    }
    if let (Some(key), Some(Value::Object(body))) = (&key, &mut request.body) {
        body.insert("public_key".to_owned(), key.public().to_string().into());
    }
    if operation.takes_version {
        let seen = text(matches, flags::IF_MATCH);
        request.if_match = match seen.is_some() || operation.needs_version {
            true => Some(version(operation, &api, &request, seen).await?),
            false => None,
        };
    } else if operation.method == "POST" {
        request = request.once(text(matches, flags::IDEMPOTENCY_KEY))?;
    }
    if operation.is_stream {
        return api.follow(&request).await;
    }
    let wanted = text(matches, flags::OUTPUT).unwrap_or_default();
    let form = Form::of(wanted);
    let mut answer = match operation.is_list {
        true => pages(&api, request, limit(matches)).await?,
        false => api.send(&request).await?.body,
    };
    if let Some(key) = &key {
        complete(&mut answer, key);
    }
    if let Some(drawn) = drawing::text(wanted, &answer)? {
        console::say(drawn.trim_end());
        return Ok(());
    }
    if form == Form::Table
        && !operation.makes_secret
        && let Some(fields) = answer.as_object_mut()
    {
        // For people it is nothing to read; `-o jwt` prints it.
        fields.shift_remove("jwt");
    }
    // What was asked is whether something holds: scripts look at how the command ends.
    let holds = answer["intact"] != false;
    answer::show(answer, form, out, &SECRETS)?;
    match holds {
        true => Ok(()),
        false => bail!("it is not intact"),
    }
}

/// Makes credentials of a token for a key that is ours.
fn complete(answer: &mut Value, key: &KeyPair) {
    if let Some(answer) = answer.as_object_mut()
        && let Some(Value::String(jwt)) = answer.shift_remove("jwt")
    {
        let creds = accounts::creds::format(&jwt, &key.seed());
        answer.insert("creds".to_owned(), creds.as_str().into());
    }
}

fn text<'a>(matches: &'a ArgMatches, id: &str) -> Option<&'a str> {
    matches.get_one::<String>(id).map(String::as_str)
}

fn limit(matches: &ArgMatches) -> u64 {
    match matches.get_one::<u64>(flags::LIMIT) {
        None | Some(0) => u64::MAX,
        Some(rows) => *rows,
    }
}

/// The operation's path with its names filled in.
fn path(operation: &Operation, matches: &ArgMatches, api: &Api) -> anyhow::Result<String> {
    let mut path = operation.path.clone();
    let parameters = operation.parameters.iter();
    for parameter in parameters.filter(|it| it.place == Place::Path) {
        let name = &parameter.name;
        let given = text(matches, name).or(match name.as_str() {
            "account" => api.account(),
            _ => None,
        });
        let Some(value) = given else {
            bail!("say which {name}: --{name}, or `tidegate context use --{name}` once for all");
        };
        path = path.replace(&format!("{{{name}}}"), &escape(value));
    }
    Ok(path)
}

fn query(operation: &Operation, matches: &ArgMatches) -> Vec<(String, String)> {
    let parameters = operation.parameters.iter();
    let given = parameters.filter(|it| it.place == Place::Query);
    let values = |name: &str| matches.get_many::<String>(name).into_iter().flatten();
    let mut query: Vec<(String, String)> = given
        .flat_map(|it| values(&it.name).map(|value| (it.name.clone(), value.clone())))
        .collect();
    if operation.can_preview && matches.get_flag(flags::DRY_RUN) {
        query.push(("dry_run".to_owned(), "true".to_owned()));
    }
    query
}

/// Everything but letters, digits and `-._~` as `%XX`.
pub(super) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// The body: what the file says, changed by what the flags say.
fn read_body(fields: &[Field], matches: &ArgMatches) -> anyhow::Result<Map<String, Value>> {
    let mut body = match text(matches, flags::FILE) {
        Some(file) => object_of(file)?,
        None => Map::new(),
    };
    for field in fields {
        if let Some(value) = value(field, matches)? {
            fields::put(&mut body, &field.path, value);
        }
    }
    Ok(body)
}

fn value(field: &Field, matches: &ArgMatches) -> anyhow::Result<Option<Value>> {
    let id = flags::field_id(field);
    let id = id.as_str();
    Ok(match field.kind {
        Kind::Text => match text(matches, id).map(|given| (given, given.strip_prefix('@'))) {
            Some((_, Some(file))) if FROM_FILES.contains(&field.flag.as_str()) => {
                let text = std::fs::read_to_string(file);
                let text = text.with_context(|| format!("read {file} for --{}", field.flag))?;
                Some(Value::from(text.trim()))
            }
            given => given.map(|(given, _)| Value::from(given)),
        },
        Kind::Integer => matches
            .get_one::<i64>(id)
            .map(|number| Value::from(*number)),
        Kind::Flag => matches.get_one::<bool>(id).map(|flag| Value::from(*flag)),
        Kind::Texts => matches.get_many::<String>(id).map(|given| {
            // One empty text is the way to say "an empty list".
            let texts: Vec<&String> = given.filter(|it| !it.is_empty()).collect();
            serde_json::json!(texts)
        }),
        Kind::Any => match text(matches, id) {
            None => None,
            Some(given) => Some(parse(given).with_context(|| format!("read --{}", field.flag))?),
        },
    })
}

/// JSON is YAML, so one reader does for both.
pub(super) fn parse(text: &str) -> anyhow::Result<Value> {
    // Only `true` and `false` are booleans: a country may be called `no`.
    let options = serde_saphyr::options! { strict_booleans: true };
    Ok(serde_saphyr::from_str_with_options(text, options)?)
}

/// What a file says; `-` is stdin.
pub(super) fn text_of(file: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin()
            .take(FILE_BYTES_MAX)
            .read_to_string(&mut text),
        file => std::fs::File::open(file)
            .and_then(|it| it.take(FILE_BYTES_MAX).read_to_string(&mut text)),
    };
    read.with_context(|| format!("read {file}"))?;
    Ok(text)
}

/// The object in a JSON or YAML file; `-` is stdin.
pub(super) fn object_of(file: &str) -> anyhow::Result<Map<String, Value>> {
    match parse(&text_of(file)?).with_context(|| format!("{file} is neither JSON nor YAML"))? {
        Value::Object(object) => Ok(object),
        _ => bail!("{file} must hold an object: names and values"),
    }
}

/// The version of what is changed: the one that the caller saw, or as it is now; any, where it
/// cannot be read.
async fn version(
    operation: &Operation,
    api: &Api,
    request: &Request,
    seen: Option<&str>,
) -> anyhow::Result<String> {
    match seen {
        Some("*") => return Ok("*".to_owned()),
        // Tables show it without its quotes.
        Some(seen) => return Ok(format!("\"{}\"", seen.trim_matches('"'))),
        None => {}
    }
    if !operation.is_readable {
        return Ok("*".to_owned());
    }
    let seen = api.send(&Request::new("GET", request.path.clone())).await?;
    Ok(seen.etag.unwrap_or_else(|| "*".to_owned()))
}

/// The rows of a list, page after page, up to `limit`.
pub(super) async fn pages(api: &Api, mut request: Request, limit: u64) -> anyhow::Result<Value> {
    let plain = request.query.clone();
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let left = limit.saturating_sub(rows.len() as u64);
        request.query.clone_from(&plain);
        let page = left.min(PAGE).to_string();
        request.query.push(("limit".to_owned(), page));
        if let Some(cursor) = cursor.take() {
            request.query.push(("cursor".to_owned(), cursor));
        }
        let mut answer = api.send(&request).await?.body;
        for name in answer["unanswered"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default().escape_debug();
            console::complain(format_args!(
                "engine {name} did not answer: what it has is missing"
            ));
        }
        if let Value::Array(page) = answer["data"].take() {
            rows.extend(page);
        }
        cursor = answer["next_cursor"].as_str().map(str::to_owned);
        let is_full = rows.len() as u64 >= limit;
        if cursor.is_none() || is_full {
            if cursor.is_some() {
                console::complain(format_args!("there is more: --limit 0 shows all of it"));
            }
            return Ok(Value::Array(rows));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place_in_the_path() {
        assert_eq!(escape("acme-1.x"), "acme-1.x");
        assert_eq!(escape("a/../b?c d"), "a%2F..%2Fb%3Fc%20d");
        assert_eq!(escape("é"), "%C3%A9");
    }

    #[test]
    fn json_and_yaml_are_read_alike() {
        let yaml = parse("a: 1\nb: [no, y]\n").expect("YAML");
        let json = parse("{\"a\": 1, \"b\": [\"no\", \"y\"]}").expect("JSON");
        assert_eq!(yaml, json);
        assert!(parse("{").is_err());
    }
}
