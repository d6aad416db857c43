//! Messages that are followed: the same stories on both servers.

use std::future::Future;

use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::{Broker, Frame, Which, Wire};

/// A message with headers.
fn message(subject: &str, reply: &str, headers: &[(&str, &str)], body: &str) -> String {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let block = format!("NATS/1.0\r\n{lines}\r\n");
    let (head, total) = (block.len(), block.len() + body.len());
    format!("HPUB {subject} {reply} {head} {total}\r\n{block}{body}\r\n")
}

/// A trace without what differs between servers and runs; what happened at once is sorted.
fn story(mut trace: Value) -> Result<Value> {
    let server = trace["server"].take();
    for field in ["name", "id", "ver", "host"] {
        anyhow::ensure!(server[field].is_string(), "no {field} in {server}");
    }
    trace.as_object_mut().context("an object")?.remove("server");
    let events = trace["events"].as_array_mut().context("events")?;
    for event in events.iter_mut() {
        let event = event.as_object_mut().context("an object")?;
        for field in ["ts", "cid"] {
            if let Some(value) = event.get(field) {
                anyhow::ensure!(!value.is_null(), "{field} is null");
                event.insert(field.to_owned(), json!(0));
            }
        }
    }
    events[1..].sort_by_key(ToString::to_string);
    Ok(trace)
}

/// The trace that comes to a connection which subscribed to it, and nothing besides.
async fn told(watch: &mut Wire) -> Result<Value> {
    let trace = watch.message().await?;
    story(serde_json::from_slice(&trace.payload)?)
}

/// Plays a scene on both servers: it must tell the same.
async fn same<F: Future<Output = Result<Value>>>(scene: impl Fn(Which) -> F) -> Result<()> {
    let original = scene(Which::NatsServer).await.context("the original")?;
    let ours = scene(Which::Tidegate).await.context("ours")?;
    let text = |value| serde_json::to_string_pretty(value);
    assert_eq!(text(&ours)?, text(&original)?);
    Ok(())
}

async fn named(broker: &Broker, tenant: &Tenant, name: &str) -> Result<Wire> {
    let more = json!({ "name": name });
    Wire::login_with(broker.addr(), &tenant.user(name), &more).await
}

/// Who listens in the account, and the trace of one message.
async fn in_one_account(which: Which, only: bool) -> Result<Value> {
    let broker = Broker::start(which, "")?;
    let addr = broker.addr();
    let open = async |name: &str, echo: bool| {
        let more = json!({ "name": name, "echo": echo });
        Wire::anonymous_with(addr, &more).await
    };
    let mut watch = open("watch", true).await?;
    watch.subscribe("trace", "t").await?;
    let mut hears = open("hears", true).await?;
    hears.subscribe("a.*", "1").await?;
    let mut queued = open("queued", true).await?;
    queued.send("SUB a.> crew 1\r\n").await?;
    queued.sync().await?;
    let mut says = open("says", false).await?;
    says.subscribe("a.b", "1").await?;
    let flag = if only { "true" } else { "false" };
    let headers = [
        ("Nats-Trace-Dest", "trace"),
        ("Nats-Trace-Only", flag),
        ("Own", "x"),
    ];
    says.send(message("a.b", "", &headers, "body")).await?;
    let told = told(&mut watch).await?;
    let count = usize::from(!only);
    assert_eq!(hears.sync().await?.len(), count);
    assert_eq!(queued.sync().await?.len(), count);
    assert_eq!(says.sync().await?, []);
    Ok(told)
}

#[tokio::test]
async fn deliveries_in_one_account_are_told() -> Result<()> {
    same(|which| in_one_account(which, false)).await
}

#[tokio::test]
async fn what_is_only_traced_reaches_nobody() -> Result<()> {
    same(|which| in_one_account(which, true)).await
}

#[tokio::test]
async fn mappings_and_denials_are_told() -> Result<()> {
    same(async |which| {
        let mut tenant = Tenant::new("acme");
        let to = json!([{ "subject": "to.$1" }]);
        tenant
            .body
            .mappings
            .insert("from.*".to_owned(), serde_json::from_value(to)?);
        let config = Operator::default().memory_config(&[&tenant]);
        let broker = Broker::start(which, &config)?;
        let mut watch = named(&broker, &tenant, "watch").await?;
        watch.subscribe("trace", "t").await?;
        let denied = tenant.user_with("denied", |claims| {
            claims.nats.rights.subscribe.deny = Some(vec!["to.x".to_owned()]);
        });
        let more = json!({ "name": "denied" });
        let mut denied = Wire::login_with(broker.addr(), &denied, &more).await?;
        denied.subscribe("to.*", "1").await?;
        let mut spent = named(&broker, &tenant, "spent").await?;
        spent.send("SUB to.x 1\r\n").await?;
        spent.sync().await?;
        let mut says = named(&broker, &tenant, "says").await?;
        let headers = [("Nats-Trace-Dest", "trace")];
        says.send(message("from.x", "", &headers, "body")).await?;
        let mut told = told(&mut watch).await?;
        name_accounts(&mut told, &[&tenant]);
        Ok(told)
    })
    .await
}

#[tokio::test]
async fn what_may_not_be_published_is_told_with_the_reason() -> Result<()> {
    same(async |which| {
        let tenant = Tenant::new("acme");
        let config = Operator::default().memory_config(&[&tenant]);
        let broker = Broker::start(which, &config)?;
        let mut watch = named(&broker, &tenant, "watch").await?;
        watch.subscribe("trace", "t").await?;
        let bound = tenant.user_with("bound", |claims| {
            claims.nats.rights.publish.deny = Some(vec!["closed".to_owned(), "far".to_owned()]);
        });
        let mut says = Wire::login(broker.addr(), &bound).await?;
        let headers = [("Nats-Trace-Dest", "trace")];
        says.send(message("closed", "", &headers, "body")).await?;
        let said = says.error().await?;
        let mut first = told(&mut watch).await?;
        name_accounts(&mut first, &[&tenant]);
        // Who may not publish where the trace goes publishes nothing.
        let headers = [("Nats-Trace-Dest", "far")];
        says.send(message("open", "", &headers, "body")).await?;
        let refused = says.error().await?;
        Ok(json!([said, first, refused]))
    })
    .await
}

#[tokio::test]
async fn what_is_too_large_is_told_with_the_reason() -> Result<()> {
    same(async |which| {
        let tenant = Tenant::new("acme");
        let config = Operator::default().memory_config(&[&tenant]);
        let broker = Broker::start(which, &format!("max_payload: 1000\n{config}"))?;
        let mut watch = named(&broker, &tenant, "watch").await?;
        watch.subscribe("trace", "t").await?;
        watch.sync().await?;
        let mut says = named(&broker, &tenant, "says").await?;
        let headers = [("Nats-Trace-Dest", "trace")];
        let large = message("open", "", &headers, &"x".repeat(1000));
        says.send_to_the_end(large).await?;
        let said = says.errors_until_closed().await?;
        let mut told = told(&mut watch).await?;
        name_accounts(&mut told, &[&tenant]);
        Ok(json!([said, told]))
    })
    .await
}

#[tokio::test]
async fn a_destination_that_is_no_subject_is_passed_over() -> Result<()> {
    same(async |which| {
        let broker = Broker::start(which, "")?;
        let mut wire = Wire::anonymous(broker.addr()).await?;
        wire.subscribe(">", "1").await?;
        let mut heard = Vec::new();
        for (dest, only) in [
            ("a.*", "false"),
            ("a.*", "true"),
            ("trace disabled", "true"),
        ] {
            let headers = [("Nats-Trace-Dest", dest), ("Nats-Trace-Only", only)];
            wire.send(message("x", "", &headers, "body")).await?;
            heard.push(wire.sync().await?.len());
        }
        Ok(json!(heard))
    })
    .await
}

/// One tenant offers a stream, the other listens to it.
async fn over_a_stream(which: Which, allowed: bool, only: bool) -> Result<Value> {
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let export = ExportClaim::new(ShareKind::Stream, "news.>");
    acme.body.exports.push(export);
    let mut import = ImportClaim::new(ShareKind::Stream, acme.public(), "news.>");
    import.name = "news".to_owned();
    import.local_subject = "acme.>".to_owned();
    import.allow_trace = allowed;
    globex.body.imports.push(import);
    let config = Operator::default().memory_config(&[&acme, &globex]);
    let broker = Broker::start(which, &config)?;
    let mut hears = named(&broker, &globex, "hears").await?;
    hears.subscribe("acme.*", "1").await?;
    let mut says = named(&broker, &acme, "says").await?;
    says.subscribe("trace", "t").await?;
    let flag = if only { "1" } else { "0" };
    let headers = [("Nats-Trace-Dest", "trace"), ("Nats-Trace-Only", flag)];
    says.send(message("news.x", "", &headers, "body")).await?;
    let mut told = told(&mut says).await?;
    assert_eq!(hears.sync().await?.len(), usize::from(!only));
    name_accounts(&mut told, &[&acme, &globex]);
    Ok(told)
}

/// Puts names in the place of keys, which are new for each run.
fn name_accounts(told: &mut Value, tenants: &[&Tenant]) {
    let mut text = told.to_string();
    for (at, tenant) in tenants.iter().enumerate() {
        text = text.replace(&tenant.public().to_string(), &format!("account {at}"));
    }
    *told = serde_json::from_str(&text).unwrap_or_default();
}

#[tokio::test]
async fn streams_are_followed_where_the_importer_allows_it() -> Result<()> {
    for (allowed, only) in [(true, false), (true, true), (false, false), (false, true)] {
        same(|which| over_a_stream(which, allowed, only)).await?;
    }
    Ok(())
}

/// One tenant offers a service, the other asks it.
async fn over_a_service(which: Which, allowed: bool, only: bool) -> Result<Value> {
    let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
    let mut export = ExportClaim::new(ShareKind::Service, "svc.*");
    export.allow_trace = allowed;
    acme.body.exports.push(export);
    let mut import = ImportClaim::new(ShareKind::Service, acme.public(), "svc.*");
    import.name = "svc".to_owned();
    import.local_subject = "ask.*".to_owned();
    globex.body.imports.push(import);
    let config = Operator::default().memory_config(&[&acme, &globex]);
    let broker = Broker::start(which, &config)?;
    let mut serves = named(&broker, &acme, "serves").await?;
    serves.subscribe("svc.x", "1").await?;
    let mut says = named(&broker, &globex, "says").await?;
    says.subscribe("trace", "t").await?;
    says.subscribe("inbox", "i").await?;
    let flag = if only { "on" } else { "off" };
    let headers = [("Nats-Trace-Dest", "trace"), ("Nats-Trace-Only", flag)];
    says.send(message("ask.x", "inbox", &headers, "body"))
        .await?;
    let mut frames = says.sync().await?;
    // Where nothing was delivered, the requester may hear so before or after the trace.
    let mut told = Value::Null;
    frames.retain(|frame| match frame {
        Frame::Message(message) if message.sid == "t" => {
            told = serde_json::from_slice(&message.payload).unwrap_or_default();
            false
        }
        _ => true,
    });
    if told.is_null() {
        told = serde_json::from_slice(&says.message().await?.payload)?;
    }
    let mut told = story(told)?;
    let asked = serves.sync().await?;
    assert_eq!(asked.len(), usize::from(!only));
    if let Some(Frame::Message(asked)) = asked.first() {
        // The service learns no subject of the other account.
        let headers = asked.headers.as_deref().unwrap_or_default();
        assert!(!headers.contains("Nats-Trace-Dest: trace\r\n"), "{headers}");
    }
    name_accounts(&mut told, &[&acme, &globex]);
    Ok(json!([told, frames.len()]))
}

#[tokio::test]
async fn services_are_followed_where_the_exporter_allows_it() -> Result<()> {
    for (allowed, only) in [(true, false), (true, true), (false, false), (false, true)] {
        same(|which| over_a_service(which, allowed, only)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_trace_context_of_others_asks_where_the_account_says_so() -> Result<()> {
    same(async |which| {
        let mut told_of = Vec::new();
        for with_claim in [true, false] {
            let mut tenant = Tenant::new("acme");
            if with_claim {
                tenant.body.trace = serde_json::from_value(json!({ "dest": "trace" }))?;
            }
            let config = Operator::default().memory_config(&[&tenant]);
            let broker = Broker::start(which, &config)?;
            let mut wire = named(&broker, &tenant, "says").await?;
            wire.subscribe("trace", "t").await?;
            for flags in ["01", "00"] {
                let context = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad-{flags}");
                let headers = [("TraceParent", context.as_str())];
                wire.send(message("x", "", &headers, "body")).await?;
                let mut told = Value::Null;
                for frame in wire.sync().await? {
                    if let Frame::Message(message) = frame {
                        told = story(serde_json::from_slice(&message.payload)?)?;
                    }
                }
                if with_claim && flags == "01" && told.is_null() {
                    told = self::told(&mut wire).await?;
                }
                name_accounts(&mut told, &[&tenant]);
                told_of.push(told);
            }
        }
        Ok(json!(told_of))
    })
    .await
}
