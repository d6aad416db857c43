//! Sentences and codes for each kind of rule; that the verdict is the one that holds.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::claims::account::{ExportClaim, ImportClaim, ShareKind, SigningKey};
use crate::claims::user::{PermissionSet, ResponseClaim, SubjectRules, UserPermissionLimits};
use crate::identity::{ConnectFacts, ConnectionType, Proof, authenticate};
use crate::permissions::Permissions;
use crate::subject::tests::{literals, pattern};
use crate::testing::{NOW, account, account_claims, policy, trust, user, user_claims};
use crate::zone::Zone;

fn list(entries: &[&str]) -> Option<Vec<String>> {
    Some(entries.iter().map(|&entry| entry.to_owned()).collect())
}

/// Logs user 1 of account 1 in, signed by account key `signer`.
fn login(account_policy: &AccountPolicy, signer: u8, rights: UserPermissionLimits) -> Identity {
    let claims = user_claims(1, account(1).public(), &account(signer), rights);
    let nonce = b"nonce";
    let signature = data_encoding::BASE64URL_NOPAD.encode(&user(1).sign(nonce));
    let facts = ConnectFacts {
        now: NOW,
        proof: Proof::Nonce {
            nonce,
            signature: Some(&signature),
        },
        client_ip: None,
        connection_type: ConnectionType::Standard,
        proxied: false,
        certificates: &[],
        local_zone: &Zone::utc(),
    };
    authenticate(&trust(false), account_policy, &claims, &facts).unwrap()
}

fn with(change: impl FnOnce(&mut UserPermissionLimits)) -> UserPermissionLimits {
    let mut rights = UserPermissionLimits::unlimited();
    change(&mut rights);
    rights
}

fn ask(
    account: &AccountPolicy,
    who: &Identity,
    action: Action,
    subject: &str,
    queue: Option<&str>,
) -> Explanation {
    let question = Question {
        action,
        subject: subject.as_bytes(),
        queue: queue.map(str::as_bytes),
        now: NOW,
    };
    explain(account, Some(who), &question, |_| None)
}

#[test]
fn rules_of_a_users_token_are_named_by_their_place() {
    let account = policy(1, |_| {});
    let rights = with(|rights| {
        rights.publish.allow = list(&["orders.>", "a"]);
        rights.publish.deny = list(&["x", "y", "orders.secret"]);
        rights.subscribe.allow = list(&["news.>", "work crew"]);
        rights.subscribe.deny = list(&["news.hidden"]);
    });
    let who = login(&account, 1, rights);
    let key = who.user;
    let publish = |subject: &str| ask(&account, &who, Action::Publish, subject, None);
    let answer = publish("orders.secret");
    assert!(!answer.allowed);
    assert_eq!(answer.code, Code::DeniedByRule);
    assert_eq!(
        answer.text,
        format!("denied by user {key} pub.deny[2] \"orders.secret\"")
    );
    assert_eq!(
        publish("a").text,
        format!("allowed by user {key} pub.allow[1] \"a\"")
    );
    let answer = publish("other");
    assert_eq!(answer.code, Code::NotListed);
    assert_eq!(
        answer.text,
        format!("refused: no entry of user {key} pub.allow covers \"other\"")
    );
    let subscribe = |subject: &str, queue| ask(&account, &who, Action::Subscribe, subject, queue);
    let answer = subscribe("news.>", None);
    assert!(answer.allowed);
    let filter = answer.filters.iter().map(Rule::to_string);
    assert_eq!(
        filter.collect::<Vec<_>>(),
        [format!("user {key} sub.deny[0] \"news.hidden\"")]
    );
    assert_eq!(
        subscribe("work", Some("crew")).text,
        format!("allowed by user {key} sub.allow[1] \"work crew\"")
    );
    assert_eq!(subscribe("work", Some("other")).code, Code::NotListed);
}

#[test]
fn default_permissions_are_the_accounts_rules() {
    let account_policy = policy(1, |body| {
        body.default_permissions.publish.allow = list(&["open.>"]);
    });
    let who = login(&account_policy, 1, UserPermissionLimits::unlimited());
    let key = account(1).public();
    let answer = ask(&account_policy, &who, Action::Publish, "open.a", None);
    assert_eq!(
        answer.text,
        format!("allowed by account {key} default_permissions.pub.allow[0] \"open.>\"")
    );
    let answer = ask(&account_policy, &who, Action::Subscribe, "a", None);
    assert_eq!(answer.code, Code::NoAllowList);
    let question = Question {
        action: Action::Publish,
        subject: b"closed",
        queue: None,
        now: NOW,
    };
    let nobody = explain(&account_policy, None, &question, |_| None);
    assert_eq!(nobody.rule.unwrap().path, "default_permissions.pub.allow");
    let open = policy(1, |_| {});
    let who = login(&open, 1, UserPermissionLimits::unlimited());
    assert_eq!(
        ask(&open, &who, Action::Publish, "a", None).text,
        "allowed: neither the user nor the account's default_permissions restrict it \
         and there is no allow list"
    );
}

#[test]
fn rules_of_a_role_are_named_as_written_and_as_filled_in() {
    let scope: SigningKey = serde_json::from_value(json!({
        "kind": "user_scope", "key": account(50).public(), "role": "sensor",
        "template": {
            "sub": { "allow": ["{{tag(none)}}", "box.{{name()}}", "plain"] },
            "pub": { "deny": ["x", "{{name()}}.secret"] },
            "subs": -1, "data": -1, "payload": -1,
        },
    }))
    .unwrap();
    let account_policy = policy(1, |body| body.signing_keys.push(scope));
    let who = login(&account_policy, 50, UserPermissionLimits::default());
    let key = account(50).public();
    let text = |action, subject: &str| ask(&account_policy, &who, action, subject, None).text;
    assert_eq!(
        text(Action::Subscribe, "box.user-1"),
        format!(
            "allowed by scoped key {key} role \"sensor\" template.sub.allow[1] \
             \"box.{{{{name()}}}}\" → \"box.user-1\""
        )
    );
    assert_eq!(
        text(Action::Subscribe, "plain"),
        format!("allowed by scoped key {key} role \"sensor\" template.sub.allow[2] \"plain\"")
    );
    let answer = ask(
        &account_policy,
        &who,
        Action::Publish,
        "user-1.secret",
        None,
    );
    let rule = serde_json::to_value(answer.rule.unwrap()).unwrap();
    assert_eq!(
        rule,
        json!({
            "claim": "signing_key", "key": key, "role": "sensor",
            "path": "template.pub.deny[1]", "entry": "{{name()}}.secret",
            "filled_in": "user-1.secret",
        })
    );
}

#[test]
fn replies_and_reserved_subjects_have_their_own_reasons() {
    let account = policy(1, |_| {});
    let rights = with(|rights| rights.responses = Some(ResponseClaim { max: 2, ttl: 0 }));
    let who = login(&account, 1, rights);
    let answer = ask(&account, &who, Action::Publish, "_INBOX.x", None);
    assert_eq!(answer.code, Code::OnlyAsResponse);
    let terms = "at most 2 message(s) within 120 s of a delivered request";
    assert!(answer.text.ends_with(terms), "{}", answer.text);
    let who = login(&account, 1, UserPermissionLimits::unlimited());
    let code = |action, subject, queue| ask(&account, &who, action, subject, queue).code;
    assert_eq!(code(Action::Publish, "$NRG.a", None), Code::ReservedSubject);
    assert_eq!(code(Action::Subscribe, "a..b", None), Code::InvalidSubject);
    assert_eq!(
        code(Action::Subscribe, "a", Some("_sys_")),
        Code::ReservedQueue
    );
    let deepest = ["a"; 2048].join(".");
    assert!(ask(&account, &who, Action::Subscribe, &deepest, None).allowed);
    let deeper = format!("{deepest}.a");
    assert_eq!(code(Action::Subscribe, &deeper, None), Code::InvalidSubject);
    assert!(ask(&account, &who, Action::Publish, &deeper, None).allowed);
    assert_eq!(reserved_reply(b"_R_.x").code, Code::ReservedReply);
    let account = policy(1, |body| {
        body.authorization.auth_users = vec![user(1).public().to_string()];
    });
    let who = login(&account, 1, UserPermissionLimits::unlimited());
    let answer = ask(&account, &who, Action::Publish, "$SYS.REQ.USER.AUTH", None);
    assert_eq!(
        (answer.allowed, answer.code),
        (false, Code::ReservedSubject)
    );
}

#[test]
fn refused_logins_name_their_field() {
    let mut claims = account_claims(1, |body| {
        body.revocations.insert("*".to_owned(), NOW - 5);
        body.revocations.insert(user(1).public().to_string(), NOW);
    });
    claims.exp = NOW;
    let account_policy = AccountPolicy::compile(&claims).unwrap();
    let applicant = |issued_at, n| Applicant {
        user: user(n).public(),
        issuer: account(1).public(),
        issued_at,
    };
    let path = |applicant, error| {
        let answer = refused_login(&account_policy, &applicant, &error);
        assert!(!answer.allowed);
        answer.rule.map(|rule| rule.to_string()).unwrap_or_default()
    };
    let key = account(1).public();
    let user_key = user(1).public();
    let entry = format!("account {key} revocations[\"{user_key}\"] \"{NOW}\"");
    assert_eq!(path(applicant(NOW, 1), AuthError::Revoked), entry);
    let entry = format!("account {key} revocations[\"*\"] \"{}\"", NOW - 5);
    assert_eq!(path(applicant(NOW - 5, 2), AuthError::Revoked), entry);
    let plain = applicant(NOW, 1);
    assert_eq!(
        path(plain, AuthError::AccountExpired),
        format!("account {key} exp")
    );
    assert_eq!(
        path(plain, AuthError::ClientAddress),
        format!("user {user_key} src")
    );
    assert_eq!(path(plain, AuthError::BadSignature), "");
}

/// Account 2 imports from account 1, which account 3 does, too.
fn neighbours() -> (AccountPolicy, HashMap<PublicKey, Arc<AccountPolicy>>) {
    let exporter = policy(1, |body| {
        let mut private = ExportClaim::new(ShareKind::Service, "private.>");
        private.token_req = true;
        body.exports = vec![
            ExportClaim::new(ShareKind::Service, "help.*"),
            ExportClaim::new(ShareKind::Stream, "news.>"),
            private,
        ];
    });
    let import = |kind, from: u8, subject: &str, local: &str| {
        let mut claim = ImportClaim::new(kind, account(from).public(), subject);
        claim.local_subject = local.to_owned();
        claim
    };
    let importer = policy(2, |body| {
        body.imports = vec![
            import(ShareKind::Service, 1, "help.me", "ask.me"),
            import(ShareKind::Service, 1, "private.>", "ask.>"),
            import(ShareKind::Stream, 1, "news.>", "their.news.>"),
            import(ShareKind::Stream, 9, "gone", "their.gone"),
        ];
    });
    let known = HashMap::from([(account(1).public(), Arc::new(exporter))]);
    (importer, known)
}

#[test]
fn imports_say_where_a_subject_goes_and_why_not() {
    let (importer, known) = neighbours();
    let ask = |action, subject: &str| {
        let question = Question {
            action,
            subject: subject.as_bytes(),
            queue: None,
            now: NOW,
        };
        explain(&importer, None, &question, |key| {
            known.get(key).map(Arc::clone)
        })
    };
    let brief = |answer: &Explanation| -> Vec<String> {
        let one = |way: &Way| format!("{} > {} {:?}", way.local, way.remote, way.code);
        answer.ways.iter().map(one).collect()
    };
    let answer = ask(Action::Publish, "ask.me");
    assert_eq!(
        brief(&answer),
        [
            "ask.me > help.me ImportActive",
            "ask.me > private.me ActivationMissing"
        ]
    );
    assert_eq!(answer.ways[0].export.as_deref(), Some("help.*"));
    let answer = answer.for_tenant();
    assert_eq!(
        brief(&answer),
        [
            "ask.me > help.me ImportActive",
            "ask.me > private.me ImportInactive"
        ]
    );
    assert!(answer.ways.iter().all(|way| way.export.is_none()));
    let answer = ask(Action::Subscribe, "their.>");
    assert_eq!(
        brief(&answer),
        [
            "their.news.> > news.> ImportActive",
            "their.gone > gone ExporterUnknown"
        ]
    );
    assert_eq!(
        brief(&ask(Action::Subscribe, "*.news.eu")),
        ["their.news.eu > news.eu ImportActive"]
    );
    assert_eq!(ask(Action::Publish, "their.gone").ways, []);
}

/// Claims of an account with these mappings; each destination has a share of 10.
fn with_mappings(list: &[(&str, &[&str])]) -> AccountPolicy {
    policy(1, |body| {
        for (source, destinations) in list {
            let one = |subject: &&str| json!({"subject": subject, "weight": 10});
            let list: Vec<_> = destinations.iter().map(one).collect();
            let list = serde_json::from_value(json!(list)).unwrap();
            body.mappings.insert((*source).to_owned(), list);
        }
    })
}

#[test]
fn a_mapped_subject_needs_the_right_to_all_that_it_may_become() {
    let mut acme = with_mappings(&[
        ("in.*", &["in.x", "out.$1"]),
        ("far.*", &["_R_x.$1.{{random(5)}}"]),
        ("lost", &["lost"]),
    ]);
    let rights = with(|rights| {
        rights.publish.allow = list(&["in.>", "out.yes", "far.>", "lost"]);
    });
    let who = login(&acme, 1, rights);
    let publish = |subject| ask(&acme, &who, Action::Publish, subject, None);
    let yes = publish("in.yes");
    assert!(yes.allowed, "{yes:?}");
    assert_eq!(yes.mapped, ["in.x", "out.yes", "in.yes"]);
    let no = publish("in.no");
    assert_eq!((no.allowed, no.code), (false, Code::NotListed));
    assert!(
        no.text.starts_with("mapped to \"out.no\": refused"),
        "{}",
        no.text
    );
    assert_eq!(no.mapped, ["in.x", "out.no", "in.no"]);
    let random = publish("far.1");
    assert_eq!((random.allowed, &*random.mapped[0]), (false, "_R_x.1.0"));
    assert_eq!(publish("lost").mapped, ["lost"]);
    // What may not be named is refused by itself, and what is not mapped has no such list.
    assert!(publish("out.no").mapped.is_empty() && !publish("out.no").allowed);
    assert!(ask(&acme, &who, Action::Subscribe, "in.no", None).allowed);
    // Imports are those of the subject that it becomes.
    let mut import = policy(1, |body| {
        let mut claim = ImportClaim::new(ShareKind::Service, account(2).public(), "q");
        claim.local_subject = "out.yes".to_owned();
        body.imports.push(claim);
    });
    acme.imports.append(&mut import.imports);
    let yes = ask(&acme, &who, Action::Publish, "in.yes", None);
    assert_eq!((yes.ways.len(), &*yes.ways[0].local), (1, "out.yes"));
}

fn entries() -> impl Strategy<Value = Option<Vec<String>>> {
    let queue = prop::option::weighted(0.2, prop::sample::select(vec!["q", "*", "q.>"]));
    let entry = (pattern(), queue).prop_map(|(pattern, queue)| {
        let subject = String::from_utf8(pattern).unwrap();
        queue.map_or(subject.clone(), |queue| format!("{subject} {queue}"))
    });
    prop::option::of(prop::collection::vec(entry, 0..4))
}

proptest! {
    /// The explanation is the verdict that holds, and its rule is in the list that it names.
    #[test]
    fn explanations_agree_with_the_verdict(
        allow in entries(), deny in entries(), wanted in pattern(),
        queue in prop::option::of(prop::sample::select(vec!["q", "q.a", "other"])),
    ) {
        let subscribe = SubjectRules { allow: allow.clone(), deny: deny.clone() };
        let plain = |list: &Option<Vec<String>>| list.as_ref().map(|list| {
            list.iter().filter(|entry| !entry.contains(' ')).cloned().collect::<Vec<_>>()
        });
        let publish = SubjectRules { allow: plain(&allow), deny: plain(&deny) };
        let (p, s) = (publish.clone(), subscribe.clone());
        let set = PermissionSet { publish: p, subscribe: s, responses: None };
        let compiled = Permissions::compile(&set).unwrap();
        let account = policy(1, |body| body.default_permissions = set.clone());
        let check = |action, subject: &[u8], queue: Option<&[u8]>, rules: &SubjectRules| {
            let question = Question { action, subject, queue, now: NOW };
            let answer = permission(&account, None, &question);
            if let Some(rule) = &answer.rule && let Some(entry) = &rule.entry {
                let list = if rule.path.contains("deny") { &rules.deny } else { &rules.allow };
                let at = rule.path.split(['[', ']']).nth(1).unwrap().parse::<usize>().unwrap();
                let written = list.as_ref().and_then(|list| list.get(at));
                assert_eq!(Some(entry), written, "{}", rule.path);
            }
            answer.allowed
        };
        let queue = queue.map(str::as_bytes);
        prop_assert_eq!(
            check(Action::Subscribe, &wanted, queue, &subscribe),
            compiled.may_subscribe(&wanted, queue)
        );
        for literal in literals().iter().take(60) {
            prop_assert_eq!(
                check(Action::Publish, literal, None, &publish), compiled.may_publish(literal)
            );
        }
    }
}

#[test]
fn a_denied_reply_may_be_owed_all_the_same() {
    let account = policy(1, |_| {});
    let rights = with(|rights| {
        rights.publish.deny = list(&["_INBOX.>"]);
        rights.responses = Some(ResponseClaim { max: 1, ttl: 0 });
    });
    let who = login(&account, 1, rights);
    let answer = ask(&account, &who, Action::Publish, "_INBOX.x", None);
    assert_eq!(answer.code, Code::OnlyAsResponse);
    assert!(answer.text.starts_with("denied by "), "{}", answer.text);
    assert_eq!(answer.rule.unwrap().path, "pub.deny[0]");
    let answer = ask(&account, &who, Action::Subscribe, "_INBOX.x", None);
    assert_eq!(answer.code, Code::NoAllowList);
}

#[test]
fn a_quota_of_nothing_forbids_to_publish() {
    let mut account = policy(1, |_| {});
    let mut who = login(&account, 1, UserPermissionLimits::unlimited());
    let code = |account: &AccountPolicy, who: &Identity, action| {
        let answer = ask(account, who, action, "a", None);
        (answer.allowed, answer.code)
    };
    who.quotas.rates.bytes_per_second = Some(0);
    let muted = (false, Code::LimitReached);
    let free = (true, Code::NoAllowList);
    assert_eq!(code(&account, &who, Action::Publish), muted);
    assert_eq!(code(&account, &who, Action::Subscribe), free);
    who.quotas.rates.bytes_per_second = Some(1);
    assert_eq!(code(&account, &who, Action::Publish), free);
    account.quotas.rates.messages_per_second = Some(0);
    assert_eq!(code(&account, &who, Action::Publish), muted);
    account.without_quotas = true;
    assert_eq!(code(&account, &who, Action::Publish), free);
}
