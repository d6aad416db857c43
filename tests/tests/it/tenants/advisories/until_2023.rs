//! Advisories of 2019 to 2023.

use std::fs;
use std::path::Path;

use accounts::{
    ActivationBody, Claims, ExportClaim, GenericBody, ImportClaim, KeyKind, KeyPair, PublicKey,
    ShareKind, SigningKey, SubjectRules, jwt,
};
use anyhow::Result;
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, keys, now};
use tests::wait::eventually;
use tests::{Broker, Which, Wire};

use super::{Bystander, REFUSED, craft, crafted_user, refused, user_payload};
use crate::both::on_both;
use crate::tenants::{Pusher, broker_with, login_is_refused};

on_both![
    cve_2019_13126_sizes_beyond_any_number_crash_nothing,
    cve_2020_26149_unknown_connect_fields_are_passed_over,
    cve_2020_26521_crafted_claims_crash_nothing,
    cve_2020_26521_crafted_account_claims_crash_nothing,
    cve_2020_26892_expiry_is_obeyed,
    cve_2020_26892_a_revocation_counts_in_seconds,
    cve_2020_28466_cycles_of_services_crash_nothing,
    cve_2021_3127_an_activation_opens_its_own_import_only,
    cve_2021_3127_an_activation_is_the_exporters,
    cve_2021_3127_an_activation_can_be_revoked,
    cve_2021_3127_an_activation_lives_as_long_as_its_issuer,
    cve_2022_24450_no_connect_field_moves_a_user,
    cve_2022_28357_account_ids_never_name_files,
    cve_2022_29946_a_denied_subject_reaches_no_wildcard_and_no_queue,
    cve_2022_42709_cycles_through_renaming_and_both_kinds_crash_nothing,
    cve_2023_47090_a_system_account_alone_opens_nothing,
];

async fn cve_2019_13126_sizes_beyond_any_number_crash_nothing(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    for size in [
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999",
        "-1",
    ] {
        for end in ["", "\r\n", "\r\nx\r\n"] {
            for line in [
                format!("PUB a {size}{end}"),
                format!("HPUB a {size} {size}{end}"),
            ] {
                let mut wire = Wire::login(broker.addr(), &tenant.user("u")).await?;
                wire.send_to_the_end(&line).await?;
                wire.finish().await?;
                let errors = wire.errors_until_closed().await?;
                let known = ["Maximum Payload Violation", "Parser Error"];
                assert!(
                    errors.iter().all(|it| known.contains(&it.as_str())),
                    "{line:?} {errors:?}"
                );
            }
        }
    }
    bystander.is_unharmed(&broker).await
}

async fn cve_2020_26149_unknown_connect_fields_are_passed_over(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let more = json!({"tls": {"key": "a private key"}, "tlsOptions": [1], "later": null});
    let mut wire = Wire::login_with(broker.addr(), &tenant.user("u"), &more).await?;
    assert_eq!(wire.sync().await?, []);
    Ok(())
}

async fn cve_2020_26521_crafted_claims_crash_nothing(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let user = |change: Value| {
        let mut nats = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
        for (name, value) in change.as_object().into_iter().flatten() {
            nats[name] = value.clone();
        }
        nats
    };
    for nats in [
        Value::Null,
        json!({}),
        json!([]),
        json!("user"),
        json!({"type": "user"}),
        user(json!({"version": 0})),
        user(json!({"version": 3})),
        user(json!({"version": "2"})),
        user(json!({"type": "account"})),
        user(json!({"type": null})),
        user(json!({"pub": 5})),
        user(json!({"pub": {"allow": 5}})),
        user(json!({"pub": {"allow": {"a": 1}}})),
        user(json!({"sub": {"deny": [5]}})),
        user(json!({"resp": []})),
        user(json!({"src": 5})),
        user(json!({"times": {"start": "00:00:00"}})),
        user(json!({"times": [5]})),
        user(json!({"subs": "many"})),
        user(json!({"tags": {"a": "b"}})),
        user(json!({"issuer_account": 5})),
        user(json!({"issuer_account": "nobody"})),
        user(json!({"allowed_connection_types": "STANDARD"})),
    ] {
        let crafted = crafted_user(&tenant.keys, |key| user_payload(&tenant, key, nats.clone()));
        refused(&broker, &crafted, &nats.to_string()).await?;
    }
    for (field, value) in [
        ("iss", Value::Null),
        ("iss", json!("")),
        ("iss", json!(5)),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!([])),
        ("sub", json!(tenant.public())),
        ("exp", json!("never")),
        ("iat", json!({})),
        ("nats", json!({"type": "user", "version": 1})),
        // Version 1 in the payload, version 2 around it: the signature covers something else.
        ("type", json!("user")),
        ("type", json!("account")),
    ] {
        let crafted = crafted_user(&tenant.keys, |key| {
            let mut payload = user_payload(&tenant, key, user(json!({})));
            payload[field] = value.clone();
            payload
        });
        refused(&broker, &crafted, &format!("{field} {value}")).await?;
    }
    bystander.is_unharmed(&broker).await
}

async fn cve_2020_26521_crafted_account_claims_crash_nothing(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, target) = (Tenant::new("acme"), Tenant::new("target"));
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let mut crafted = vec![
        json!({"imports": {}}),
        json!({"exports": [{"subject": "a"}]}),
        json!({"exports": [{"subject": "a", "type": "both"}]}),
        json!({"imports": [{"subject": "a", "type": "stream"}]}),
        json!({"imports": [{"subject": "a", "type": "stream", "account": 5}]}),
        json!({"signing_keys": 5}),
        json!({"signing_keys": [{"kind": "user_scope"}]}),
        json!({"signing_keys": [{"kind": "other", "key": target.public()}]}),
        json!({"revocations": []}),
        json!({"mappings": {"a": 5}}),
        json!({"limits": []}),
        json!({"default_permissions": []}),
    ];
    if which == Which::Tidegate {
        // nats-server 2.15.1 ends when an export is null and `limits.exports` is not -1.
        crafted.push(json!({"imports": [null], "limits": {"conn": -1}}));
        crafted.push(json!({"exports": [null], "limits": {"conn": -1}}));
    }
    for mut nats in crafted {
        nats["type"] = json!("account");
        nats["version"] = json!(2);
        let payload = json!({
            "iss": operator.keys.public(), "sub": target.public(), "iat": now(),
            "name": "crafted", "nats": nats,
        });
        pusher.push_jwt(&craft(&payload, &operator.keys)).await?;
    }
    let answer = Wire::try_login(broker.addr(), &target.user("u")).await;
    assert!(!matches!(answer, Ok(Ok(()))), "nothing usable was stored");
    bystander.is_unharmed(&broker).await
}

async fn cve_2020_26892_expiry_is_obeyed(which: Which) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    for ago in [1, 60, 1_000_000] {
        let expired = tenant.user_with("old", |claims| claims.exp = now() - ago);
        refused(&broker, &expired, "expired").await?;
    }
    let short = tenant.user_with("short", |claims| claims.exp = now() + 3);
    let mut wire = Wire::login(broker.addr(), &short).await?;
    assert_eq!(
        wire.errors_until_closed().await?,
        ["User Authentication Expired"]
    );
    login_is_refused(&broker, &short).await?;
    Ok(())
}

async fn cve_2020_26892_a_revocation_counts_in_seconds(which: Which) -> Result<()> {
    let operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let at = now() - 100;
    let issued = |tenant: &Tenant, at: i64| tenant.user_with("u", |claims| claims.iat = at);
    let (before, same, after) = (
        issued(&tenant, at - 1),
        issued(&tenant, at),
        issued(&tenant, at + 1),
    );
    for user in [&before, &same, &after] {
        tenant.revoke(&user.public(), at);
    }
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    refused(&broker, &before, "issued before").await?;
    refused(&broker, &same, "issued in that second").await?;
    let mut later = Wire::login(broker.addr(), &after).await?;

    // And everybody, while they are connected.
    let newest = issued(&tenant, now() + 5);
    let mut stays = Wire::login(broker.addr(), &newest).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    tenant.body.revocations.insert("*".to_owned(), at + 1);
    tenant.issued_at = Some(now() + 1);
    pusher.push(&operator, &tenant).await?;
    assert_eq!(
        later.errors_until_closed().await?,
        ["User Authentication Revoked"]
    );
    refused(&broker, &after, "everybody is revoked").await?;
    assert_eq!(stays.sync().await?, []);
    Ok(())
}

/// `length` tenants of which each exports a service and imports it from the next one.
fn ring(length: usize, exported: &str, local: &str) -> Vec<Tenant> {
    let mut tenants: Vec<Tenant> = (0..length).map(|n| Tenant::new(&format!("t{n}"))).collect();
    let keys: Vec<PublicKey> = tenants.iter().map(Tenant::public).collect();
    for (at, tenant) in tenants.iter_mut().enumerate() {
        let service = ShareKind::Service;
        tenant
            .body
            .exports
            .push(ExportClaim::new(service, exported));
        let mut import = ImportClaim::new(service, keys[(at + 1) % length], exported);
        import.name = "ring".to_owned();
        import.local_subject = local.to_owned();
        tenant.body.imports.push(import);
    }
    tenants
}

/// Pushes such claims and sends requests into them: nobody hangs, and nothing multiplies.
async fn survives(which: Which, tenants: &[Tenant], subjects: &[&str]) -> Result<()> {
    let operator = Operator::default();
    let tenant = Tenant::new("bystander");
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], false))?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    for tenant in tenants {
        // Whether the update is taken or refused is not the question.
        pusher.push_jwt(&operator.account_jwt(tenant)).await?;
    }
    for tenant in tenants {
        let Ok(mut wire) = Wire::login(broker.addr(), &tenant.user("u")).await else {
            continue;
        };
        wire.subscribe("inbox", "1").await?;
        for &subject in subjects {
            wire.request(subject, "inbox", "round and round").await?;
            wire.publish(subject, "and round").await?;
        }
        let got = wire.sync().await?;
        assert!(got.len() <= 2 * subjects.len(), "{} answers", got.len());
    }
    bystander.is_unharmed(&broker).await
}

async fn cve_2020_28466_cycles_of_services_crash_nothing(which: Which) -> Result<()> {
    for length in [1, 2, 3, 7] {
        survives(which, &ring(length, "loop", ""), &["loop"]).await?;
    }
    survives(which, &ring(2, "loop.>", ""), &["loop.a", "loop.b.c"]).await
}

async fn cve_2022_42709_cycles_through_renaming_and_both_kinds_crash_nothing(
    which: Which,
) -> Result<()> {
    survives(which, &ring(2, "a.*", "b.$1"), &["a.x", "b.x"]).await?;
    // Each way round adds a token, and never comes back to where it was.
    survives(which, &ring(2, "a.>", "a.x.>"), &["a.x.x.x.x.b", "a.b"]).await?;
    survives(which, &ring(3, "a.*.*", "a.$2.$1"), &["a.x.y"]).await?;
    let mut mixed = ring(3, "loop", "");
    let keys: Vec<PublicKey> = mixed.iter().map(Tenant::public).collect();
    for (at, tenant) in mixed.iter_mut().enumerate() {
        tenant
            .body
            .exports
            .push(ExportClaim::new(ShareKind::Stream, "loop"));
        let mut import = ImportClaim::new(ShareKind::Stream, keys[(at + 2) % 3], "loop");
        import.name = "stream".to_owned();
        tenant.body.imports.push(import);
    }
    survives(which, &mixed, &["loop"]).await
}

/// An exporter with a private stream `s.>`, an importer of it, and what they say more.
struct Private {
    operator: Operator,
    exporter: Tenant,
    importer: Tenant,
}

impl Private {
    fn new() -> Self {
        let mut exporter = Tenant::new("exporter");
        let mut importer = Tenant::new("importer");
        exporter
            .body
            .exports
            .push(ExportClaim::new(ShareKind::Stream, "s.>"));
        exporter.body.exports[0].token_req = true;
        let mut import = ImportClaim::new(ShareKind::Stream, exporter.public(), "s.>");
        import.name = "s".to_owned();
        importer.body.imports.push(import);
        let operator = Operator::default();
        Self {
            operator,
            exporter,
            importer,
        }
    }

    /// An activation that fits, changed, and signed.
    fn token(&self, signer: &KeyPair, change: impl FnOnce(&mut Claims<ActivationBody>)) -> String {
        let body = ActivationBody {
            subject: "s.>".to_owned(),
            kind: ShareKind::Stream,
            issuer_account: None,
            tags: Vec::new(),
            extra: serde_json::Map::new(),
        };
        let mut claims = Claims::new(self.importer.public(), "activation", now(), body);
        change(&mut claims);
        jwt::encode(&claims, signer).expect("encode an activation")
    }

    /// Whether the importer gets what the exporter publishes.
    async fn is_open(&self, which: Which) -> Result<bool> {
        // Such claims may be refused as a whole, too.
        let Ok(broker) = broker_with(which, &self.operator, &[&self.exporter, &self.importer])
        else {
            return Ok(false);
        };
        let Ok(mut reader) = Wire::login(broker.addr(), &self.importer.user("r")).await else {
            return Ok(false);
        };
        reader.subscribe("s.>", "1").await?;
        let mut writer = Wire::login(broker.addr(), &self.exporter.user("w")).await?;
        writer.publish("s.a", "x").await?;
        writer.sync().await?;
        Ok(!reader.messages().await?.is_empty())
    }
}

async fn cve_2021_3127_an_activation_opens_its_own_import_only(which: Which) -> Result<()> {
    type Change = fn(&mut Claims<ActivationBody>);
    let cases: [(&str, Change, bool); 9] = [
        ("as it should be", |_| {}, true),
        ("with time left", |claims| claims.exp = now() + 3600, true),
        (
            "for another importer",
            |claims| claims.sub = Tenant::new("x").public().to_string(),
            false,
        ),
        (
            "for a part of the subject",
            |claims| claims.nats.subject = "s.a".to_owned(),
            false,
        ),
        (
            "for another subject",
            |claims| claims.nats.subject = "t.>".to_owned(),
            false,
        ),
        (
            "for another kind",
            |claims| claims.nats.kind = ShareKind::Service,
            false,
        ),
        ("expired", |claims| claims.exp = now() - 1, false),
        ("not yet valid", |claims| claims.nbf = now() + 3600, false),
        (
            "in another exporter's name",
            |claims| claims.nats.issuer_account = Some(Tenant::new("x").public()),
            false,
        ),
    ];
    for (case, change, expected) in cases {
        let mut private = Private::new();
        let token = private.token(&private.exporter.keys, change);
        private.importer.body.imports[0].token = token;
        if which == Which::NatsServer && case == "in another exporter's name" {
            // The original takes the word of the issuer, which is the exporter itself.
            continue;
        }
        assert_eq!(private.is_open(which).await?, expected, "{case}");
    }
    Ok(())
}

async fn cve_2021_3127_an_activation_is_the_exporters(which: Which) -> Result<()> {
    for case in ["by the importer", "by anybody", "by the operator"] {
        for named in [false, true] {
            let mut private = Private::new();
            let exporter = private.exporter.public();
            let signer = match case {
                "by the importer" => KeyPair::from_seed(&private.importer.keys.seed())?,
                "by the operator" => KeyPair::from_seed(&private.operator.keys.seed())?,
                _ => keys(KeyKind::Account),
            };
            let token = private.token(&signer, |claims| {
                claims.nats.issuer_account = named.then_some(exporter);
            });
            private.importer.body.imports[0].token = token;
            assert!(
                !private.is_open(which).await?,
                "{case}, exporter named: {named}"
            );
        }
    }
    Ok(())
}

async fn cve_2021_3127_an_activation_can_be_revoked(which: Which) -> Result<()> {
    for (all, at, expected) in [
        (false, 5, false),
        (true, 5, false),
        (false, -5, true),
        (true, -5, true),
    ] {
        let mut private = Private::new();
        let token = private.token(&private.exporter.keys, |_| {});
        private.importer.body.imports[0].token = token;
        let own = private.importer.public().to_string();
        let who = if all { "*".to_owned() } else { own };
        let revocations = &mut private.exporter.body.exports[0].revocations;
        revocations.insert(who, now() + at);
        assert_eq!(
            private.is_open(which).await?,
            expected,
            "everybody: {all}, at {at}"
        );
    }
    Ok(())
}

async fn cve_2021_3127_an_activation_lives_as_long_as_its_issuer(which: Which) -> Result<()> {
    let mut private = Private::new();
    let signer = keys(KeyKind::Account);
    private.exporter.body.signing_keys = vec![SigningKey::Plain(signer.public())];
    let exporter = private.exporter.public();
    private.importer.body.imports[0].token = private.token(&signer, |claims| {
        claims.nats.issuer_account = Some(exporter)
    });
    let config = private
        .operator
        .directory_config(&[&private.exporter, &private.importer], false);
    let broker = Broker::start(which, &config)?;
    let mut reader = Wire::login(broker.addr(), &private.importer.user("r")).await?;
    reader.subscribe("s.>", "1").await?;
    let mut writer = Wire::login(broker.addr(), &private.exporter.user("w")).await?;
    writer.publish("s.a", "x").await?;
    writer.sync().await?;
    assert_eq!(reader.messages().await?.len(), 1);

    let mut pusher = Pusher::new(&broker, &private.operator).await?;
    private.exporter.body.signing_keys.clear();
    private.exporter.issued_at = Some(now() + 1);
    pusher.push(&private.operator, &private.exporter).await?;
    eventually("the import to close with its issuer", async || {
        writer.publish("s.a", "x").await?;
        writer.sync().await?;
        Ok(reader.messages().await?.is_empty().then_some(()))
    })
    .await
}

async fn cve_2022_24450_no_connect_field_moves_a_user(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (tenant, other) = (Tenant::new("acme"), Tenant::new("other"));
    let broker = broker_with(which, &operator, &[&tenant, &other])?;
    let user = tenant.user("u");
    for account in [
        operator.system.public().to_string(),
        other.public().to_string(),
        "x".into(),
    ] {
        for new in [json!(null), json!(false), json!(true)] {
            let more = json!({"account": account, "new_account": new, "protocol": 1});
            let mut wire = Wire::open(broker.addr()).await?;
            wire.send(user.connect_operation(wire.nonce(), &more))
                .await?;
            assert_eq!(wire.errors_until_closed().await?, [REFUSED], "{more}");
        }
    }
    let own = Wire::account_of(broker.addr(), &user).await?;
    assert_eq!(own, tenant.public().to_string());
    Ok(())
}

/// Every file below `dir`.
fn files(dir: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Sends requests with odd account ids. Some stay unanswered; what is answered says nothing.
async fn ask_about_odd_ids(pusher: &mut Pusher, tenant: &Tenant, token: &str) -> Result<()> {
    let key = tenant.public().to_string();
    let (short, lower) = (&key[..55], key.to_lowercase());
    let user = tenant.user("u").public().to_string();
    let (long, below, above) = (format!("{key}x"), format!("{key}/"), format!("/{key}"));
    let ids = [
        "/etc/passwd",
        "/outside",
        "outside",
        "%2e%2e%2foutside",
        "a/b",
        "a\\b",
        "~",
        "$SYS",
        "-",
        short,
        &lower,
        &long,
        &below,
        &above,
        &user,
    ];
    for id in ids {
        let lookup = format!("$SYS.REQ.ACCOUNT.{id}.CLAIMS.LOOKUP");
        pusher.wire.request(&lookup, "_INBOX.push", "").await?;
        for start in ["$SYS.REQ.ACCOUNT", "$SYS.ACCOUNT"] {
            let update = format!("{start}.{id}.CLAIMS.UPDATE");
            pusher.wire.request(&update, "_INBOX.push", token).await?;
        }
    }
    let lookup = format!("$SYS.REQ.ACCOUNT.{key}.CLAIMS.LOOKUP");
    pusher.wire.request(&lookup, "_INBOX.push", "").await?;
    loop {
        let answer = pusher.wire.message().await?.payload;
        if answer == token.as_bytes() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.contains("a secret"), "{text}");
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        assert!(answer["data"].is_null(), "{answer}");
    }
}

async fn cve_2022_28357_account_ids_never_name_files(which: Which) -> Result<()> {
    let operator = Operator::default();
    // Signed twice, to the same bytes.
    let tenant = Tenant {
        issued_at: Some(now()),
        ..Tenant::new("acme")
    };
    let broker = Broker::start(which, &operator.directory_config(&[&tenant], true))?;
    fs::write(broker.dir().join("outside.jwt"), "a secret")?;
    let mut bystander = Bystander::new(&broker, &tenant).await?;
    let mut pusher = Pusher::new(&broker, &operator).await?;
    let before = files(broker.dir())?;
    ask_about_odd_ids(&mut pusher, &tenant, &operator.account_jwt(&tenant)).await?;
    for sub in ["../outside", "/outside", "..", "outside", ""] {
        let payload = json!({
            "iss": operator.keys.public(), "sub": sub, "iat": now(), "name": "crafted",
            "nats": {"type": "account", "version": 2, "limits": {"conn": -1}},
        });
        let answer = pusher.push_jwt(&craft(&payload, &operator.keys)).await?;
        assert!(answer["data"].is_null(), "{sub}: {answer}");
        let mut body = GenericBody::default();
        body.data.insert("accounts".to_owned(), json!([sub]));
        let claims = Claims::new(operator.keys.public(), "delete", now(), body);
        let request = jwt::encode(&claims, &operator.keys)?;
        pusher.ask_json("$SYS.REQ.CLAIMS.DELETE", &request).await?;
    }
    assert_eq!(files(broker.dir())?, before, "no file came or went");
    bystander.is_unharmed(&broker).await
}

async fn cve_2022_29946_a_denied_subject_reaches_no_wildcard_and_no_queue(
    which: Which,
) -> Result<()> {
    let tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let user = tenant.user_with("restricted", |claims| {
        claims.nats.rights.subscribe = SubjectRules {
            allow: Some(vec!["foo.>".to_owned()]),
            deny: Some(vec!["foo.secret".to_owned()]),
        };
    });
    let mut writer = Wire::login(broker.addr(), &tenant.user("writer")).await?;
    for (subscription, allowed) in [
        ("SUB foo.> 1", true),
        ("SUB foo.> q 1", true),
        ("SUB foo.* 1", true),
        ("SUB foo.* q 1", true),
        ("SUB foo.secret 1", false),
        ("SUB foo.secret q 1", false),
        ("SUB > 1", false),
        ("SUB > q 1", false),
    ] {
        let mut wire = Wire::login(broker.addr(), &user).await?;
        wire.send(format!("{subscription}\r\n")).await?;
        assert_eq!(wire.sync().await?.is_empty(), allowed, "{subscription}");
        for _ in 0..20 {
            writer.publish("foo.secret", "no").await?;
        }
        writer.publish("foo.open", "yes").await?;
        writer.sync().await?;
        let got = wire.messages().await?;
        let expected = usize::from(allowed);
        assert_eq!(got.len(), expected, "{subscription}");
        assert!(
            got.iter().all(|(subject, _)| subject == "foo.open"),
            "{subscription}"
        );
    }
    Ok(())
}

async fn cve_2023_47090_a_system_account_alone_opens_nothing(which: Which) -> Result<()> {
    let config = "accounts { $SYS { users: [{ user: admin, password: secret }] } }\n\
                  authorization { user: u, password: p }\n";
    // Ours serves no such configuration, and says so: it is never passed over.
    let Ok(broker) = Broker::start(which, config) else {
        return Ok(());
    };
    assert_eq!(which, Which::NatsServer, "a lock was ignored");
    assert!(Wire::anonymous(broker.addr()).await.is_err());
    Ok(())
}
