//! Questions on `$SYS`: what the operator asks about accounts, what tenants ask about themselves.

use accounts::{ExportClaim, ImportClaim, ResponseClaim, ShareKind, SubjectRules};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant, User, now};
use tests::{Broker, Which, Wire};

use super::broker_with;
use crate::both::on_both;

on_both![
    users_are_told_who_they_are_and_what_they_may,
    tenants_see_their_own_connections_and_counters,
    claims_cannot_widen_what_a_tenant_may_ask,
    what_the_system_account_exports_by_claim_is_everybodys,
    the_operator_asks_about_accounts,
];

/// A connection with an inbox.
async fn asker(broker: &Broker, user: &User) -> Result<Wire> {
    let mut wire = Wire::login(broker.addr(), user).await?;
    wire.subscribe("_INBOX.ask", "inbox").await?;
    Ok(wire)
}

/// The answer, or `None` when nobody answers.
async fn ask(wire: &mut Wire, subject: &str, body: &str) -> Result<Option<Value>> {
    wire.request(subject, "_INBOX.ask", body).await?;
    let answer = wire.message().await?;
    if answer
        .headers
        .is_some_and(|headers| headers.starts_with("NATS/1.0 503"))
    {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&answer.payload)?))
}

/// The answer's data.
async fn data(wire: &mut Wire, subject: &str, body: &str) -> Result<Value> {
    let answer = ask(wire, subject, body).await?;
    let mut answer = answer.with_context(|| format!("nobody answers {subject}"))?;
    anyhow::ensure!(
        answer["server"]["id"].is_string(),
        "who answers {subject}: {answer}"
    );
    Ok(answer["data"].take())
}

fn list(subjects: &[&str]) -> Option<Vec<String>> {
    Some(subjects.iter().map(|&subject| subject.to_owned()).collect())
}

async fn users_are_told_who_they_are_and_what_they_may(which: Which) -> Result<()> {
    const INFO: &str = "$SYS.REQ.USER.INFO";
    let mut tenant = Tenant::new("acme");
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut free = asker(&broker, &tenant.user("free")).await?;
    let info = data(&mut free, INFO, "").await?;
    assert_eq!(info["user_name"], "free");
    assert_eq!(info["account_name"], "acme");
    assert_eq!(info.get("permissions"), None);
    assert_eq!(info.get("expires"), None);

    let bound = tenant.user_with("bound", |claims| {
        claims.exp = now() + 100;
        claims.nats.rights.publish.allow = list(&["$SYS.REQ.>"]);
        claims.nats.rights.subscribe = SubjectRules {
            allow: list(&["_INBOX.>"]),
            deny: list(&["_INBOX.secret", "work crew"]),
        };
        claims.nats.rights.responses = Some(ResponseClaim {
            max: 3,
            ttl: 5_000_000_000,
        });
    });
    let mut wire = asker(&broker, &bound).await?;
    let mut info = data(&mut wire, INFO, "").await?;
    let expires = info["expires"].take().as_i64().unwrap_or_default();
    assert!((90..=100).contains(&(expires / 1_000_000_000)), "{expires}");
    let deny = info.pointer_mut("/permissions/subscribe/deny");
    let deny = deny.and_then(Value::as_array_mut).context("a deny list")?;
    deny.sort_by_key(ToString::to_string);
    let expected = json!({
        "user": bound.public(), "account": tenant.public(), "user_name": "bound",
        "account_name": "acme", "expires": null,
        "permissions": {
            "publish": { "allow": ["$SYS.REQ.>"] },
            "subscribe": { "allow": ["_INBOX.>"], "deny": ["_INBOX.secret", "work crew"] },
            "responses": { "max": 3, "ttl": 5_000_000_000_i64 },
        },
    });
    assert_eq!(info, expected);

    // Without permissions of its own a user is told the account's.
    tenant = Tenant::new("defaults");
    tenant.body.default_permissions.subscribe.deny = list(&["foo"]);
    let broker = broker_with(which, &Operator::default(), &[&tenant])?;
    let mut wire = asker(&broker, &tenant.user("plain")).await?;
    let info = data(&mut wire, INFO, "").await?;
    let expected = json!({ "publish": {}, "subscribe": { "deny": ["foo"] } });
    assert_eq!(info["permissions"], expected);
    Ok(())
}

async fn tenants_see_their_own_connections_and_counters(which: Which) -> Result<()> {
    let (acme, globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let broker = broker_with(which, &Operator::default(), &[&acme, &globex])?;
    let user = acme.user("asks");
    let mut wire = asker(&broker, &user).await?;
    let _other = Wire::login(broker.addr(), &globex.user("other")).await?;
    let _same = Wire::login(broker.addr(), &acme.user("same")).await?;
    for subject in ["$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ"] {
        // What the body names does not count.
        let foreign = json!({ "auth": true, "acc": globex.public() }).to_string();
        for body in ["", "{\"auth\":true}", &foreign] {
            let seen = data(&mut wire, subject, body).await?;
            assert_eq!(seen["num_connections"], 2, "{subject} {body}: {seen}");
            assert_eq!(seen["total"], 2);
        }
        let seen = data(&mut wire, subject, "{\"auth\":true}").await?;
        let first = &seen["connections"][0];
        assert_eq!(first["account"], json!(acme.public()));
        assert_eq!(first["authorized_user"], json!(user.public()));
        assert_eq!(first["name_tag"], "acme");
        assert_eq!(first["issuer_key"], json!(acme.public()));
    }
    for body in ["", &json!({ "accounts": [globex.public()] }).to_string()] {
        let seen = data(&mut wire, "$SYS.REQ.ACCOUNT.PING.STATZ", body).await?;
        let accounts = seen["account_statz"].as_array().context("accounts")?;
        assert_eq!(accounts.len(), 1, "{seen}");
        assert_eq!(accounts[0]["acc"], json!(acme.public()));
        assert_eq!(accounts[0]["conns"], 2);
    }
    Ok(())
}

fn import(operator: &Operator, subject: &str, local: &str) -> ImportClaim {
    let mut claim = ImportClaim::new(ShareKind::Service, operator.system.public(), subject);
    claim.local_subject = local.to_owned();
    claim
}

/// The same as nats-server's `TestJWTSysImportFromNothing`, `TestJWTSysImportOverwriteToken`.
async fn claims_cannot_widen_what_a_tenant_may_ask(which: Which) -> Result<()> {
    for closed in [false, true] {
        let mut operator = Operator::default();
        let mut tenant = Tenant::new("acme");
        let (own, system) = (tenant.public(), operator.system.public());
        if closed {
            let mut export = ExportClaim::new(ShareKind::Service, "$SYS.REQ.>");
            export.token_req = true;
            operator.system.body.exports = vec![export];
        }
        tenant.body.imports = vec![
            import(
                &operator,
                &format!("$SYS.REQ.ACCOUNT.{system}.CONNZ"),
                "fail1",
            ),
            import(&operator, "$SYS.REQ.ACCOUNT.*.CONNZ", "fail2.*"),
            import(&operator, &format!("$SYS.REQ.ACCOUNT.{own}.CONNZ"), "own"),
        ];
        let broker = broker_with(which, &operator, &[&tenant])?;
        let mut wire = asker(&broker, &tenant.user("asks")).await?;
        assert_eq!(ask(&mut wire, "fail1", "").await?, None);
        assert_eq!(ask(&mut wire, &format!("fail2.{own}"), "").await?, None);
        assert_eq!(ask(&mut wire, &format!("fail2.{system}"), "").await?, None);
        assert_eq!(ask(&mut wire, "own", "").await?.is_none(), closed);
        let seen = data(&mut wire, "$SYS.REQ.ACCOUNT.PING.CONNZ", "").await?;
        assert_eq!(seen["num_connections"], 1);
    }
    Ok(())
}

/// The same as nats-server's `TestJWTSysImportOverwritePublic` and
/// `TestJWTSysImportForDifferentAccount`.
async fn what_the_system_account_exports_by_claim_is_everybodys(which: Which) -> Result<()> {
    let mut operator = Operator::default();
    let mut tenant = Tenant::new("acme");
    let (own, system) = (tenant.public(), operator.system.public());
    let export = ExportClaim::new(ShareKind::Service, "$SYS.REQ.ACCOUNT.*.>");
    operator.system.body.exports = vec![export];
    tenant.body.imports = vec![
        import(
            &operator,
            &format!("$SYS.REQ.ACCOUNT.{system}.CONNZ"),
            "pass1",
        ),
        import(&operator, &format!("$SYS.REQ.ACCOUNT.{own}.CONNZ"), "pass2"),
        import(&operator, "$SYS.REQ.ACCOUNT.*.CONNZ", "pass3.*"),
        import(&operator, "$SYS.REQ.ACCOUNT.*.INFO", "pass4.*"),
    ];
    let broker = broker_with(which, &operator, &[&tenant])?;
    let mut wire = asker(&broker, &tenant.user("asks")).await?;
    let subjects = [
        "pass1".to_owned(),
        "pass2".to_owned(),
        format!("pass3.{system}"),
        format!("pass3.{own}"),
        format!("pass4.{system}"),
    ];
    for subject in subjects {
        let answer = ask(&mut wire, &subject, "").await?;
        let answer = answer.with_context(|| format!("nobody answers {subject}"))?;
        assert_eq!(answer.get("error"), None, "{subject}");
    }
    Ok(())
}

async fn the_operator_asks_about_accounts(which: Which) -> Result<()> {
    let operator = Operator::default();
    let (acme, idle) = (Tenant::new("acme"), Tenant::new("idle"));
    let broker = broker_with(which, &operator, &[&acme, &idle])?;
    let key = acme.public();
    let user = acme.user("listens");
    let mut wire = Wire::login(broker.addr(), &user).await?;
    wire.send("SUB a.* 1\r\nSUB a.b crew 2\r\nSUB c crew 3\r\n")
        .await?;
    wire.sync().await?;
    let mut system = asker(&broker, &operator.system.user("asks")).await?;

    let conns = format!("$SYS.REQ.ACCOUNT.{key}.CONNS");
    let event = ask(&mut system, &conns, "").await?.context("CONNS")?;
    assert_eq!(event["acc"], json!(key));
    assert_eq!(event["conns"], 1);
    // The original counts its own subscriptions in the account, too.
    assert!(
        event["num_subscriptions"]
            .as_u64()
            .is_some_and(|count| count >= 3)
    );
    let statz = data(&mut system, &format!("$SYS.REQ.ACCOUNT.{key}.STATZ"), "").await?;
    assert_eq!(statz["account_statz"][0]["acc"], json!(key));
    let wanted = json!({ "accounts": [key] }).to_string();
    let statz = data(&mut system, "$SYS.REQ.ACCOUNT.PING.STATZ", &wanted).await?;
    assert_eq!(statz["account_statz"].as_array().map(Vec::len), Some(1));
    assert_eq!(statz["account_statz"][0]["conns"], 1);

    let subsz = data(&mut system, &format!("$SYS.REQ.ACCOUNT.{key}.SUBSZ"), "").await?;
    let mut subjects: Vec<_> = subsz["subscriptions_list"]
        .as_array()
        .context("a list")?
        .iter()
        .filter(|sub| {
            !sub["subject"]
                .as_str()
                .is_some_and(|it| it.starts_with("$SYS"))
        })
        .map(|sub| format!("{} {}", sub["subject"], sub["qgroup"]))
        .collect();
    subjects.sort();
    assert_eq!(
        subjects,
        ["\"a.*\" null", "\"a.b\" \"crew\"", "\"c\" \"crew\""]
    );
    let info = data(&mut system, &format!("$SYS.REQ.ACCOUNT.{key}.INFO"), "").await?;
    assert_eq!(info["account_name"], json!(key));
    assert_eq!(info["name_tag"], "acme");
    assert_eq!(info["client_connections"], 1);

    let crew = data_encoding::BASE64.encode(b"crew");
    for (subject, queue, count) in [
        ("a.b", None, 2),
        ("a.x", None, 1),
        ("a.b", Some(&crew), 1),
        (">", None, 3),
        ("a.>", None, 2),
        ("*", Some(&crew), 1),
        ("nothing", None, 0),
    ] {
        let body = json!({ "acc": key, "subject": subject, "queue": queue }).to_string();
        let answer = ask(&mut system, "$SYS.REQ.ACCOUNT.NSUBS", &body).await?;
        assert_eq!(answer, Some(json!(count)), "{subject} {queue:?}");
    }
    Ok(())
}
