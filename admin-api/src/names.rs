//! The rules for names that people choose: slugs, display names, user names.

use accounts::PublicKey;

use crate::ids::{IdKind, is_id};

/// Longest display name and user name, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 128;

/// Longest subject in bytes. A server's control line is 4 KiB by default.
const SUBJECT_BYTES_MAX: usize = 1024;
/// Longest tag in characters.
const TAG_CHARS_MAX: usize = 128;

const SLUG_BYTES: std::ops::RangeInclusive<usize> = 2..=63;

/// Whether `text` matches `[a-z][a-z0-9-]{1,62}`. Such a text never looks like an id or an nkey.
pub(crate) fn is_slug(text: &str) -> bool {
    SLUG_BYTES.contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The slug that a display name suggests, or nothing when no slug can be read out of it.
pub(crate) fn slug_from(name: &str) -> Option<String> {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-').to_owned();
    is_slug(&slug).then_some(slug)
}

/// Whether `text` is a display name: not blank at either end, no control characters, bounded.
pub(crate) fn is_display_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= NAME_CHARS_MAX
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

/// Whether `text` may name a user: one literal subject token, so that it can enter a permission
/// template without becoming a wildcard or a second token. It never looks like an id or an nkey.
pub(crate) fn is_user_name(text: &str) -> bool {
    text.chars().count() <= NAME_CHARS_MAX
        && accounts::subject::is_literal_token(text)
        && !is_id(IdKind::User, text)
        && PublicKey::parse(text).is_err()
}

/// Whether `text` is a subject that may stand in claims.
pub(crate) fn is_subject(text: &str) -> bool {
    text.len() <= SUBJECT_BYTES_MAX
        && !text.chars().any(char::is_control)
        && accounts::subject::is_valid(text.as_bytes())
}

/// Whether `text` may be a tag: `value`, or `key:value`, whose value may enter a permission
/// template and so is one literal subject token. Templates compare keys in lower case.
pub(crate) fn is_tag(text: &str) -> bool {
    let (key, value) = text.split_once(':').unwrap_or(("key", text));
    text.chars().count() <= TAG_CHARS_MAX
        && !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
        && accounts::subject::is_literal_token(value)
}

#[cfg(test)]
mod tests {
    use super::{is_display_name, is_slug, is_tag, is_user_name, slug_from};

    #[test]
    fn slugs_are_short_lower_case_words() {
        for good in ["acme", "a1", "acme-dev", &"a".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "1a",
            "-a",
            "Acme",
            "acme_dev",
            "acme.dev",
            "é",
            &"a".repeat(64),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_gives_its_slug_or_none() {
        assert_eq!(
            slug_from("Acme, Inc. (dev)").as_deref(),
            Some("acme-inc-dev")
        );
        assert_eq!(slug_from("acme").as_deref(), Some("acme"));
        assert_eq!(slug_from("42"), None);
        assert_eq!(slug_from("Café Noir").as_deref(), Some("caf-noir"));
        assert_eq!(slug_from("***"), None);
    }

    #[test]
    fn names_that_could_become_wildcards_are_refused() {
        for bad in ["", "*", ">", "a.b", "a b", "a\tb", "a\nb"] {
            assert!(!is_user_name(bad), "{bad:?}");
        }
        assert!(is_user_name("orders-1"));
        assert!(is_display_name("Acme Inc."));
        assert!(!is_display_name(" acme"));
        assert!(!is_display_name("a\u{7}"));
    }

    #[test]
    fn a_tags_value_is_one_literal_token() {
        for good in ["vip", "team:blue", "a:b:c", "site-id:7"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in [
            "", "a:*", "a:>", ":b", "a:", "a:b.c", "Key:v", "a b", "a:b c",
        ] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
