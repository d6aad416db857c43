//! Checks of single fields, each with the pointer of the field it refuses.

use crate::names;
use crate::problem::Problem;

/// A display name.
pub(crate) fn display_name(name: &str, pointer: &str) -> Result<String, Problem> {
    if names::is_display_name(name) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        pointer,
        "must have 1 to 128 characters, none of them a control character or a space at an end",
    ))
}

/// An email address in the form in which it is compared. What lies behind it nobody asks.
pub(crate) fn email(text: &str, pointer: &str) -> Result<String, Problem> {
    let is_email = text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        })
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_email {
        return Ok(text.to_lowercase());
    }
    Err(Problem::invalid(pointer, "must be an email address"))
}

/// The slug that was given, or the one that the name suggests.
pub(crate) fn slug(given: Option<&str>, name: &str) -> Result<String, Problem> {
    match given {
        Some(slug) if names::is_slug(slug) => Ok(slug.to_owned()),
        Some(_) => Err(Problem::invalid("/slug", "must match [a-z][a-z0-9-]{1,62}")),
        None => names::slug_from(name).ok_or_else(|| {
            Problem::invalid("/slug", "cannot be read out of the name: give a slug")
        }),
    }
}

/// A name that something is to be looked up by: no database takes a NUL.
pub(crate) fn reference(text: &str, pointer: &str) -> Result<String, Problem> {
    if text.contains('\0') {
        return Err(Problem::invalid(
            pointer,
            "must not hold control characters",
        ));
    }
    Ok(text.to_owned())
}

/// A subject or wildcard pattern without control characters.
pub(crate) fn subject(text: &str, pointer: &str) -> Result<(), Problem> {
    if names::is_subject(text) {
        return Ok(());
    }
    Err(Problem::invalid(
        pointer,
        "must be a subject: non-empty tokens between dots, no spaces, `>` only as the last token",
    ))
}

/// A subject that accounts may share. What servers and clients use for their own exchanges is not
/// for sharing; a server would take it nevertheless.
pub(crate) fn shared_subject(text: &str, pointer: &str) -> Result<(), Problem> {
    subject(text, pointer)?;
    let first = text.split('.').next().unwrap_or_default();
    if ["$SYS", "$JS", "_R_", "_INBOX", "_GR_", "$GR", "$NRG"].contains(&first) {
        return Err(Problem::invalid(
            pointer,
            "must not start with `$SYS`, `$JS`, `_R_`, `_INBOX` and the like: servers and \
             clients keep these for themselves",
        ));
    }
    Ok(())
}
