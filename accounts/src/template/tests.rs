//! What templates expand to, and that nothing widens them.

use super::*;
use crate::nkeys::KeyKind;

fn expanded(
    allow: &[&str],
    deny: &[&str],
    name: &str,
    tags: &[&str],
) -> Result<SubjectRules, TemplateError> {
    let list = |entries: &[&str]| Some(entries.iter().map(|e| (*e).to_owned()).collect());
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let values = Values {
        user_name: name,
        user: PublicKey::from_bytes(KeyKind::User, [1; 32]),
        user_tags: &tags,
        account_name: "acme",
        account: PublicKey::from_bytes(KeyKind::Account, [2; 32]),
        account_tags: &["plan:gold".to_owned()],
    };
    let rules = SubjectRules {
        allow: list(allow),
        deny: list(deny),
    };
    let template = PermissionSet {
        subscribe: rules,
        ..PermissionSet::default()
    };
    expand(&template, &values).map(|set| set.subscribe)
}

fn allowed(entry: &str, name: &str, tags: &[&str]) -> Vec<String> {
    expanded(&[entry], &[], name, tags).unwrap().allow.unwrap()
}

#[test]
fn values_are_filled_in() {
    assert_eq!(allowed("box.{{name()}}.>", "bob", &[]), ["box.bob.>"]);
    assert_eq!(allowed("box.{{ NAME() }}", "bob", &[]), ["box.bob"]);
    assert_eq!(
        allowed("{{account-name()}}.{{account-tag(plan)}}", "bob", &[]),
        ["acme.gold"]
    );
    let user = PublicKey::from_bytes(KeyKind::User, [1; 32]);
    assert_eq!(
        allowed("{{subject()}}.x", "bob", &[]),
        [format!("{user}.x")]
    );
    assert!(allowed("{{account-subject()}}", "bob", &[])[0].starts_with('A'));
    assert_eq!(
        allowed("jobs.{{tag(region)}} workers", "bob", &["region:eu"]),
        ["jobs.eu workers"]
    );
}

#[test]
fn several_values_multiply() {
    let tags = ["a:1", "a:2", "b:x", "b:y", "ab:no"];
    let all = allowed("{{tag(a)}}.{{tag(b)}}", "bob", &tags);
    assert_eq!(all, ["1.x", "1.y", "2.x", "2.y"]);
}

/// A user called `*` must not receive everybody's box.
#[test]
fn values_never_become_wildcards() {
    for name in ["*", ">", "", "a.b", "a b", "x\n"] {
        assert!(allowed("box.{{name()}}", name, &[]).is_empty(), "{name:?}");
        let denied = expanded(&[], &["box.{{name()}}"], name, &[]);
        assert_eq!(
            denied,
            Err(TemplateError::Deny("box.{{name()}}".to_owned()))
        );
    }
    assert_eq!(
        allowed("t.{{tag(a)}}", "bob", &["a:*", "a:ok", "a:>"]),
        ["t.ok"]
    );
}

#[test]
fn missing_values_drop_from_allow_and_fail_deny() {
    let rules = expanded(&["x.{{tag(none)}}", "y"], &["z"], "bob", &[]).unwrap();
    assert_eq!(rules.allow.unwrap(), ["y"]);
    let only = expanded(&["x.{{tag(none)}}"], &[], "bob", &[]).unwrap();
    assert_eq!(only.allow, Some(Vec::new()), "an empty list allows nothing");
    assert!(expanded(&["y"], &["z.{{tag(none)}}"], "bob", &[]).is_err());
    assert!(expanded(&["y"], &["z.{{tag(a)}}"], "bob", &["a:1", "a:*"]).is_err());
}

#[test]
fn malformed_templates_fail() {
    for bad in [
        "{{",
        "x.{{name()",
        "{{name}}",
        "{{other()}}",
        "{{tag(a}}",
        "{{}}",
        "{{name(x)}}",
    ] {
        let error = expanded(&[bad], &[], "bob", &["a:1"]);
        assert!(
            matches!(error, Err(TemplateError::UnknownOperation(_))),
            "{bad}"
        );
    }
    assert!(allowed("x.}}", "bob", &[]).is_empty());
    assert!(allowed("{{name()}}..x", "bob", &[]).is_empty());
}

#[test]
fn expansion_is_bounded() {
    let tags: Vec<String> = (0..65).map(|n| format!("a:{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let square = "{{tag(a)}}.{{tag(a)}}";
    assert_eq!(
        expanded(&[square], &[], "bob", &tags),
        Err(TemplateError::TooMany)
    );
    assert_eq!(allowed(square, "bob", &tags[..64]).len(), EXPANSIONS_MAX);
    let more = expanded(&[square, "x"], &[], "bob", &tags[..64]);
    assert_eq!(
        more,
        Err(TemplateError::TooMany),
        "the bound is for the whole list"
    );
    let long = "n".repeat(EXPANDED_BYTES_MAX / 2);
    let error = expanded(&["{{name()}}{{name()}}{{name()}}"], &[], &long, &[]);
    assert_eq!(error, Err(TemplateError::TooMany));
}
