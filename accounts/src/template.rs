//! Templates of scoped signing keys: `{{name()}}` and the like inside permission subjects.
//!
//! A substituted value must be one literal token, so that a user cannot widen a role by its
//! name. What cannot be filled in drops out of an allow list and fails a deny list. An allow list
//! that ends empty stays a list, and so allows nothing.

use crate::claims::user::{PermissionSet, SubjectRules};
use crate::nkeys::{KeyKind, KeyPair, PublicKey};
use crate::subject;

/// Subjects that one list may expand to.
pub(crate) const EXPANSIONS_MAX: usize = 4096;
/// Bytes of all subjects that one list may expand to.
const EXPANDED_BYTES_MAX: usize = 1 << 20;

/// Why a template gives no permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplateError {
    UnknownOperation(String),
    /// A deny entry that cannot be filled in.
    Deny(String),
    TooMany,
}

/// Where values come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) user_name: &'a str,
    pub(crate) user: PublicKey,
    pub(crate) user_tags: &'a [String],
    pub(crate) account_name: &'a str,
    pub(crate) account: PublicKey,
    pub(crate) account_tags: &'a [String],
}

/// The permissions of a template for one user.
pub(crate) fn expand(
    template: &PermissionSet,
    values: &Values<'_>,
) -> Result<PermissionSet, TemplateError> {
    let rules = |rules: &SubjectRules| -> Result<SubjectRules, TemplateError> {
        let list = |entries: &Option<Vec<String>>, deny: bool| {
            entries
                .as_deref()
                .map(|entries| expand_list(entries, values, deny))
                .transpose()
        };
        Ok(SubjectRules {
            allow: list(&rules.allow, false)?,
            deny: list(&rules.deny, true)?,
        })
    };
    Ok(PermissionSet {
        publish: rules(&template.publish)?,
        subscribe: rules(&template.subscribe)?,
        responses: template.responses,
    })
}

/// Whether a template can be filled in for anybody at all, or what it asks for that there is not.
///
/// # Errors
/// An operation that is none. Tags that a user may lack are no error here.
pub fn check_template(template: &PermissionSet) -> Result<(), String> {
    let [user, account] =
        [KeyKind::User, KeyKind::Account].map(|kind| KeyPair::from_entropy(kind, [0; 32]).public());
    let values = Values {
        user_name: "name",
        user,
        user_tags: &[],
        account_name: "account",
        account,
        account_tags: &[],
    };
    match expand(template, &values) {
        Ok(_) | Err(TemplateError::Deny(_)) => Ok(()),
        Err(TemplateError::UnknownOperation(operation)) => Err(format!(
            "`{operation}` is no operation: use name(), subject(), account-name(), \
             account-subject(), tag(…) or account-tag(…)"
        )),
        Err(TemplateError::TooMany) => Err("it expands to too many subjects".to_owned()),
    }
}

/// Whether what the template expands to depends on the account's name or tags.
pub(crate) fn asks_for_account(template: &PermissionSet) -> bool {
    let rules = [&template.publish, &template.subscribe];
    let lists = rules
        .into_iter()
        .flat_map(|rules| [&rules.allow, &rules.deny]);
    lists.flatten().flatten().any(|entry| {
        let entry = entry.to_lowercase();
        entry.contains("account-name(") || entry.contains("account-tag(")
    })
}

fn expand_list(
    entries: &[String],
    values: &Values<'_>,
    deny: bool,
) -> Result<Vec<String>, TemplateError> {
    let mut room = Room {
        subjects: EXPANSIONS_MAX,
        bytes: EXPANDED_BYTES_MAX,
    };
    let mut expanded = Vec::new();
    for entry in entries {
        let results = expand_entry(entry, values, &room)?;
        let complete = results.complete && !results.subjects.is_empty();
        if deny && !complete {
            return Err(TemplateError::Deny(entry.clone()));
        }
        room.take(&results.subjects);
        expanded.extend(results.subjects);
    }
    Ok(expanded)
}

/// The entry of a list that the `index`-th subject of its expansion came from, and its place.
pub(crate) fn source(
    entries: &[String],
    values: &Values<'_>,
    index: usize,
) -> Option<(usize, String)> {
    let room = Room {
        subjects: EXPANSIONS_MAX,
        bytes: EXPANDED_BYTES_MAX,
    };
    let mut made = 0;
    for (at, entry) in entries.iter().enumerate() {
        made += expand_entry(entry, values, &room).ok()?.subjects.len();
        if index < made {
            return Some((at, entry.clone()));
        }
    }
    None
}

/// What a list may still grow by. Tenants write templates and names, so both count and size of
/// what they multiply to are bounded before it is made.
struct Room {
    subjects: usize,
    bytes: usize,
}

impl Room {
    fn check(&self, subjects: usize, bytes: usize) -> Result<(), TemplateError> {
        if subjects > self.subjects || bytes > self.bytes {
            return Err(TemplateError::TooMany);
        }
        Ok(())
    }

    fn take(&mut self, subjects: &[String]) {
        self.subjects = self.subjects.saturating_sub(subjects.len());
        self.bytes = self.bytes.saturating_sub(total_bytes(subjects));
    }
}

fn total_bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

struct Expansion {
    subjects: Vec<String>,
    /// Nothing was dropped.
    complete: bool,
}

/// All combinations of an entry's values; those that are not one valid subject are dropped.
fn expand_entry(entry: &str, values: &Values<'_>, room: &Room) -> Result<Expansion, TemplateError> {
    let mut partial = vec![String::new()];
    let mut complete = true;
    let mut rest = entry;
    while let Some((before, after)) = rest.split_once("{{") {
        let (operation, after) = after
            .split_once("}}")
            .ok_or_else(|| TemplateError::UnknownOperation(entry.to_owned()))?;
        let mut options = lookup(operation, values)?;
        let found = options.len();
        options.retain(|value| subject::is_literal_token(value));
        complete &= found == options.len() && found > 0;
        partial = combine(&partial, before, &options, room)?;
        rest = after;
    }
    partial = combine(&partial, rest, &[String::new()], room)?;
    let filled = partial.len();
    partial.retain(|entry| is_entry(entry));
    complete &= filled == partial.len();
    Ok(Expansion {
        subjects: partial,
        complete,
    })
}

/// Each start, then `between`, then each option.
fn combine(
    starts: &[String],
    between: &str,
    options: &[String],
    room: &Room,
) -> Result<Vec<String>, TemplateError> {
    let count = starts.len().saturating_mul(options.len());
    let bytes = total_bytes(starts)
        .saturating_mul(options.len())
        .saturating_add(total_bytes(options).saturating_mul(starts.len()))
        .saturating_add(between.len().saturating_mul(count));
    room.check(count, bytes)?;
    let one = |start: &String, option: &String| format!("{start}{between}{option}");
    Ok(starts
        .iter()
        .flat_map(|start| options.iter().map(move |option| one(start, option)))
        .collect())
}

/// A subject, or a subject and a queue.
fn is_entry(entry: &str) -> bool {
    let mut words = entry.split_ascii_whitespace();
    let valid = |word: &str| subject::is_valid(word.as_bytes()) && !word.contains("}}");
    words.next().is_some_and(valid) && words.next().is_none_or(valid) && words.next().is_none()
}

fn lookup(operation: &str, values: &Values<'_>) -> Result<Vec<String>, TemplateError> {
    let operation = operation.trim().to_lowercase();
    let one = |text: &str| Ok(vec![text.to_owned()]);
    let argument = |name: &str| {
        let rest = operation.strip_prefix(name)?.strip_prefix('(')?;
        rest.strip_suffix(')').map(str::trim)
    };
    match operation.as_str() {
        "name()" => one(values.user_name),
        "subject()" => one(&values.user.to_string()),
        "account-name()" => one(values.account_name),
        "account-subject()" => one(&values.account.to_string()),
        _ => {
            if let Some(key) = argument("tag") {
                Ok(tag_values(values.user_tags, key))
            } else if let Some(key) = argument("account-tag") {
                Ok(tag_values(values.account_tags, key))
            } else {
                Err(TemplateError::UnknownOperation(operation))
            }
        }
    }
}

fn tag_values(tags: &[String], key: &str) -> Vec<String> {
    let value = |tag: &String| Some(tag.strip_prefix(key)?.strip_prefix(':')?.to_owned());
    tags.iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests;
