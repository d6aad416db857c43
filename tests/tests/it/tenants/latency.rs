//! Service latency: what an exporter learns about the answers of its service, and when.

use accounts::ShareKind::Service;
use accounts::claims::account::{Sampling, ServiceLatency};
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use tests::mint::{Operator, Tenant};
use tests::{Broker, Which, Wire};

use super::{Pusher, asked, asked_in_vain, export, import};
use crate::both::on_both;

on_both![
    an_answer_is_measured,
    what_is_told_of_the_requester_depends_on_the_import,
    every_way_to_fail_has_a_status,
    tracing_headers_choose_requests,
    a_percentage_chooses_requests,
    measuring_begins_and_ends_live,
    services_with_several_answers_are_not_measured,
    results_that_would_be_requests_are_not_sent,
    an_exchange_of_several_answers_lives_by_them,
];

/// A service of `acme` that is measured, and `globex` who imports it.
struct Measured {
    operator: Operator,
    acme: Tenant,
    globex: Tenant,
}

/// Who serves, who hears the results, who asks.
struct Wires {
    broker: Broker,
    responder: Wire,
    results: Wire,
    requester: Wire,
}

fn latency(sampling: Sampling) -> ServiceLatency {
    let results = "results".to_owned();
    ServiceLatency { sampling, results }
}

impl Measured {
    fn new(sampling: Sampling) -> Self {
        let (mut acme, mut globex) = (Tenant::new("acme"), Tenant::new("globex"));
        export(&mut acme, Service, "svc").service_latency = Some(latency(sampling));
        import(&mut globex, &acme, Service, ("svc", ""));
        let operator = Operator::default();
        Self {
            operator,
            acme,
            globex,
        }
    }

    fn always() -> Self {
        Self::new(Sampling::Percent(100))
    }

    async fn start(&self, which: Which) -> Result<Wires> {
        let tenants = [&self.acme, &self.globex];
        let config = self.operator.directory_config(&tenants, false);
        let broker = Broker::start(which, &config)?;
        let mut wires = Wires {
            responder: Wire::login(broker.addr(), &self.acme.user("responder")).await?,
            results: Wire::login(broker.addr(), &self.acme.user("results")).await?,
            requester: Wire::login(broker.addr(), &self.globex.user("requester")).await?,
            broker,
        };
        wires.responder.subscribe("svc", "1").await?;
        wires.results.subscribe("results", "1").await?;
        wires.requester.subscribe("inbox", "1").await?;
        Ok(wires)
    }
}

impl Wires {
    /// One request and its answer.
    async fn exchange(&mut self) -> Result<()> {
        let reply = asked(&mut self.requester, "svc", &mut self.responder).await?;
        self.responder.publish(&reply, "!").await?;
        anyhow::ensure!(self.requester.message().await?.payload == b"!");
        Ok(())
    }

    /// The next sample.
    async fn sample(&mut self) -> Result<Map<String, Value>> {
        let message = self.results.message().await?;
        anyhow::ensure!(message.subject == "results" && message.reply.is_none());
        let sample: Value = serde_json::from_slice(&message.payload)?;
        let sample = sample.as_object().context("not an object")?.clone();
        anyhow::ensure!(sample["type"] == "io.nats.server.metric.v1.service_latency");
        anyhow::ensure!(sample["id"].as_str().is_some_and(|id| id.len() == 22));
        anyhow::ensure!(sample["timestamp"].as_str() >= sample["start"].as_str());
        Ok(sample)
    }
}

/// The names of an object's fields, in order, except of that which only the original tells.
fn fields(object: &Value) -> Vec<&str> {
    let names = object.as_object().map(|object| object.keys());
    let names = names.into_iter().flatten().map(String::as_str);
    let mut names: Vec<_> = names.filter(|name| *name != "jwt").collect();
    names.sort_unstable();
    names
}

const IN_FULL: [&str; 14] = [
    "acc",
    "client_type",
    "host",
    "id",
    "issuer_key",
    "kind",
    "lang",
    "name_tag",
    "rtt",
    "server",
    "start",
    "tags",
    "user",
    "ver",
];

async fn an_answer_is_measured(which: Which) -> Result<()> {
    let measured = Measured::always();
    let mut wires = measured.start(which).await?;
    let user = measured.acme.user_with("responder", |claims| {
        claims.nats.tags = vec!["a:b".to_owned()];
    });
    wires.responder = Wire::login(wires.broker.addr(), &user).await?;
    wires.responder.subscribe("svc", "1").await?;
    wires.exchange().await?;
    let sample = wires.sample().await?;
    assert_eq!(sample["status"], 200);
    let names: Vec<_> = sample.keys().map(String::as_str).collect();
    for name in ["requestor", "responder", "service", "system", "total"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(names.len(), 10, "{names:?}");
    let time = |name: &str| sample[name].as_u64().context("no time");
    let rtt = |name: &str| sample[name]["rtt"].as_u64().context("no round trip");
    assert!(time("total")? > 0);
    let sum = time("service")? + time("system")? + rtt("requestor")?;
    assert!(time("total")? >= sum, "{sample:?}");
    assert_eq!(fields(&sample["responder"]), IN_FULL);
    assert_eq!(sample["responder"]["user"], user.public().to_string());
    assert_eq!(sample["responder"]["name_tag"], "responder");
    assert_eq!(fields(&sample["requestor"]), ["acc", "rtt"]);
    let globex = measured.globex.public().to_string();
    assert_eq!(sample["requestor"]["acc"], globex);
    Ok(())
}

async fn what_is_told_of_the_requester_depends_on_the_import(which: Which) -> Result<()> {
    let mut measured = Measured::always();
    measured.globex.body.imports[0].share = true;
    let mut wires = measured.start(which).await?;
    let user = measured.globex.user_with("requester", |claims| {
        claims.nats.tags = vec!["a:b".to_owned()];
    });
    wires.requester = Wire::login(wires.broker.addr(), &user).await?;
    wires.requester.subscribe("inbox", "1").await?;
    wires.exchange().await?;
    let sample = wires.sample().await?;
    assert_eq!(fields(&sample["requestor"]), IN_FULL);
    assert_eq!(sample["requestor"]["user"], user.public().to_string());
    // Also when it fails.
    wires.requester.publish("svc", "no reply").await?;
    let sample = wires.sample().await?;
    assert_eq!(fields(&sample["requestor"]), IN_FULL);
    Ok(())
}

async fn every_way_to_fail_has_a_status(which: Which) -> Result<()> {
    let mut measured = Measured::always();
    measured.acme.body.exports[0].response_threshold = 300_000_000;
    let mut wires = measured.start(which).await?;
    let mut got = Vec::new();

    wires.requester.publish("svc", "no reply").await?;
    got.push(wires.sample().await?);
    wires.responder.message().await?;

    let reply = asked(&mut wires.requester, "svc", &mut wires.responder).await?;
    got.push(wires.sample().await?);
    wires.responder.publish(&reply, "too late").await?;
    wires.responder.sync().await?;
    assert_eq!(wires.requester.messages().await?, []);

    asked(&mut wires.requester, "svc", &mut wires.responder).await?;
    wires.requester.send("UNSUB 1\r\n").await?;
    got.push(wires.sample().await?);
    wires.requester.subscribe("inbox", "1").await?;

    wires.responder.send("UNSUB 1\r\n").await?;
    wires.responder.sync().await?;
    asked_in_vain(&mut wires.requester, "svc").await?;
    got.push(wires.sample().await?);

    let expected = [
        (400, "Bad Request"),
        (504, "Service Timeout"),
        (408, "Request Timeout"),
        (503, "Service Unavailable"),
    ];
    for (sample, (status, description)) in got.iter().zip(expected) {
        assert_eq!(sample["status"], status, "{sample:?}");
        assert_eq!(sample["description"], description);
        for name in ["service", "system", "total"] {
            assert_eq!(sample[name], 0);
        }
        assert!(!sample.contains_key("responder") && !sample.contains_key("header"));
        assert_eq!(fields(&sample["requestor"]), ["acc", "rtt"]);
    }
    Ok(())
}

/// Sends a request with these header lines and has it answered.
async fn exchange_with(wires: &mut Wires, lines: &str) -> Result<()> {
    let block = format!("NATS/1.0\r\n{lines}\r\n");
    let len = block.len();
    let request = format!("HPUB svc inbox {len} {len}\r\n{block}\r\n");
    wires.requester.send(request).await?;
    let reply = wires.responder.message().await?.reply;
    let reply = reply.context("a request has a reply subject")?;
    wires.responder.publish(&reply, "!").await?;
    wires.requester.message().await?;
    Ok(())
}

async fn tracing_headers_choose_requests(which: Which) -> Result<()> {
    let sampling = Sampling::Named("headers".to_owned());
    let mut wires = Measured::new(sampling).start(which).await?;
    let cases = [
        (
            "Uber-Trace-Id: 47:47:0:1\r\nUberctx-X: foo\r\nOther: x\r\n",
            r#"{"Uber-Trace-Id":["47:47:0:1"],"Uberctx-X":["foo"]}"#,
        ),
        ("x-b3-sampled: 1\r\n", r#"{"X-B3-Sampled":["1"]}"#),
        (
            "X-B3-TraceId: 80f1\r\nX-B3-SpanId: e4\r\n",
            r#"{"X-B3-Spanid":["e4"],"X-B3-Traceid":["80f1"]}"#,
        ),
        ("b3: 80f1-e4-1-05\r\n", r#"{"B3":["80f1-e4-1-05"]}"#),
        (
            "traceparent: 00-4b-00-01\r\nTracestate: a=b,c=d\r\n",
            r#"{"Traceparent":["00-4b-00-01"],"Tracestate":["a=b,c=d"]}"#,
        ),
    ];
    let not_chosen = [
        "Other: x\r\n",
        "Uber-Trace-Id: 47:47:0:2\r\nX-B3-Sampled: 1\r\n",
        "X-B3-Sampled: 0\r\nX-B3-TraceId: 80f1\r\n",
        "b3: 0\r\n",
        "b3: 80f1-e4-0\r\n",
        "traceparent: 00-4b-00-00\r\n",
    ];
    for lines in not_chosen {
        exchange_with(&mut wires, lines).await?;
    }
    wires.exchange().await?;
    for (lines, header) in cases {
        exchange_with(&mut wires, lines).await?;
        let sample = wires.sample().await?;
        assert_eq!(sample["status"], 200);
        let header: Value = serde_json::from_str(header)?;
        assert_eq!(sample["header"], header);
    }
    Ok(())
}

async fn a_percentage_chooses_requests(which: Which) -> Result<()> {
    let mut measured = Measured::new(Sampling::Percent(50));
    let always = Some(latency(Sampling::Percent(100)));
    export(&mut measured.acme, Service, "end").service_latency = always;
    import(&mut measured.globex, &measured.acme, Service, ("end", ""));
    let mut wires = measured.start(which).await?;
    for _ in 0..200 {
        wires.exchange().await?;
    }
    asked_in_vain(&mut wires.requester, "end").await?;
    let mut count = 0;
    while wires.sample().await?["status"] == 200 {
        count += 1;
    }
    assert!((60..=140).contains(&count), "{count} of 200");
    Ok(())
}

async fn measuring_begins_and_ends_live(which: Which) -> Result<()> {
    let mut measured = Measured::always();
    let latency = measured.acme.body.exports[0].service_latency.take();
    let mut wires = measured.start(which).await?;
    let mut pusher = Pusher::new(&wires.broker, &measured.operator).await?;
    wires.exchange().await?;
    measured.acme.body.exports[0].service_latency = latency;
    pusher.push(&measured.operator, &measured.acme).await?;
    wires.exchange().await?;
    assert_eq!(wires.sample().await.context("first")?["status"], 200);

    let mut elsewhere = Wire::login(wires.broker.addr(), &measured.acme.user("e")).await?;
    elsewhere.subscribe("elsewhere", "1").await?;
    if let Some(latency) = &mut measured.acme.body.exports[0].service_latency {
        latency.results = "elsewhere".to_owned();
    }
    pusher.push(&measured.operator, &measured.acme).await?;
    wires.exchange().await?;
    let sample = elsewhere.message().await.context("elsewhere")?;
    assert_eq!(sample.subject, "elsewhere");

    measured.acme.body.exports[0].service_latency = None;
    pusher.push(&measured.operator, &measured.acme).await?;
    wires.exchange().await?;
    measured.acme.body.exports[0].service_latency = Some(self::latency(Sampling::Percent(100)));
    pusher.push(&measured.operator, &measured.acme).await?;
    wires.requester.publish("svc", "no reply").await?;
    assert_eq!(wires.sample().await.context("again")?["status"], 400);
    assert_eq!(elsewhere.messages().await?, []);
    Ok(())
}

async fn services_with_several_answers_are_not_measured(which: Which) -> Result<()> {
    let mut measured = Measured::always();
    let mut other = export(&mut measured.acme, Service, "single").clone();
    other.service_latency = Some(latency(Sampling::Percent(100)));
    measured.acme.body.exports[1] = other;
    measured.acme.body.exports[0].response_type = "Stream".to_owned();
    import(
        &mut measured.globex,
        &measured.acme,
        Service,
        ("single", ""),
    );
    let mut wires = measured.start(which).await?;
    wires.exchange().await?;
    wires.requester.publish("svc", "no reply").await?;
    asked_in_vain(&mut wires.requester, "single").await?;
    assert_eq!(wires.sample().await?["status"], 503);
    Ok(())
}

async fn results_that_would_be_requests_are_not_sent(which: Which) -> Result<()> {
    let mut measured = Measured::always();
    export(&mut measured.acme, Service, "results");
    // The original looks at the exports before the one that is measured.
    measured.acme.body.exports.reverse();
    let mut wires = measured.start(which).await?;
    wires.exchange().await?;
    wires.requester.publish("svc", "no reply").await?;
    wires.requester.sync().await?;
    wires.responder.message().await?;
    assert_eq!(wires.results.messages().await?, []);
    Ok(())
}

/// A measured service that nobody answers tells the time: its failures come after 300 ms (with the
/// original) or at the next full second (with ours).
async fn an_exchange_of_several_answers_lives_by_them(which: Which) -> Result<()> {
    // The original looks only when another threshold has passed, so that silence ends it later.
    let (threshold_ms, silent_ticks) = match which {
        Which::Tidegate => (2500, 4),
        Which::NatsServer => (900, 8),
    };
    let mut measured = Measured::always();
    measured.acme.body.exports[0].response_threshold = 300_000_000;
    let many = export(&mut measured.acme, Service, "many");
    many.response_type = "Stream".to_owned();
    many.response_threshold = threshold_ms * 1_000_000;
    import(&mut measured.globex, &measured.acme, Service, ("many", ""));
    let mut wires = measured.start(which).await?;
    wires.responder.subscribe("many", "2").await?;
    let reply = asked(&mut wires.requester, "many", &mut wires.responder).await?;
    for n in 0..4 {
        asked(&mut wires.requester, "svc", &mut wires.responder).await?;
        assert_eq!(wires.sample().await?["status"], 504);
        wires.responder.publish(&reply, &n.to_string()).await?;
        assert_eq!(
            wires.requester.message().await?.payload,
            n.to_string().as_bytes()
        );
    }
    for _ in 0..silent_ticks {
        asked(&mut wires.requester, "svc", &mut wires.responder).await?;
        assert_eq!(wires.sample().await?["status"], 504);
    }
    wires.responder.publish(&reply, "too late").await?;
    wires.responder.sync().await?;
    assert_eq!(wires.requester.messages().await?, []);
    Ok(())
}

/// The original forgets what is open when the exporter's claims change.
#[tokio::test]
async fn an_open_exchange_outlives_a_change_of_the_service() -> Result<()> {
    let mut measured = Measured::always();
    let latency = measured.acme.body.exports[0].service_latency.take();
    let mut wires = measured.start(Which::Tidegate).await?;
    let mut pusher = Pusher::new(&wires.broker, &measured.operator).await?;
    let unmeasured = asked(&mut wires.requester, "svc", &mut wires.responder).await?;
    measured.acme.body.exports[0].service_latency = latency;
    pusher.push(&measured.operator, &measured.acme).await?;
    wires.responder.publish(&unmeasured, "one").await?;
    assert_eq!(wires.requester.message().await?.payload, b"one");
    assert_eq!(wires.results.messages().await?, []);
    let measured_one = asked(&mut wires.requester, "svc", &mut wires.responder).await?;
    measured.acme.body.exports[0].service_latency = None;
    measured.globex.body.imports[0].share = true;
    for tenant in [&measured.acme, &measured.globex] {
        pusher.push(&measured.operator, tenant).await?;
    }
    wires.responder.publish(&measured_one, "two").await?;
    assert_eq!(wires.requester.message().await?.payload, b"two");
    assert_eq!(wires.sample().await?["status"], 200);
    wires.exchange().await?;
    assert_eq!(wires.results.messages().await?, []);
    Ok(())
}

/// A maker serves what a dealer exports again and measures: the original tells the dealer all about
/// the maker's user.
#[tokio::test]
async fn a_responder_of_another_account_is_not_described() -> Result<()> {
    let mut measured = Measured::always();
    let mut maker = Tenant::new("maker");
    export(&mut maker, Service, "svc");
    import(&mut measured.acme, &maker, Service, ("svc", ""));
    let tenants = [&measured.acme, &measured.globex, &maker];
    let broker = super::broker_with(Which::Tidegate, &measured.operator, &tenants)?;
    let mut responder = Wire::login(broker.addr(), &maker.user("m")).await?;
    responder.subscribe("svc", "1").await?;
    let mut results = Wire::login(broker.addr(), &measured.acme.user("r")).await?;
    results.subscribe("results", "1").await?;
    let mut requester = Wire::login(broker.addr(), &measured.globex.user("q")).await?;
    requester.subscribe("inbox", "1").await?;
    let reply = asked(&mut requester, "svc", &mut responder).await?;
    responder.publish(&reply, "!").await?;
    let sample: Value = serde_json::from_slice(&results.message().await?.payload)?;
    assert_eq!(sample["status"], 200);
    assert_eq!(fields(&sample["responder"]), ["acc", "rtt"]);
    assert_eq!(fields(&sample["requestor"]), ["acc", "rtt"]);
    Ok(())
}

/// Each imports the other's service under the subject of its own results, so that samples are
/// requests, which are measured.
#[tokio::test]
async fn services_that_measure_each_others_samples_come_to_an_end() -> Result<()> {
    let operator = Operator::default();
    let mut tenants = ["a", "b", "c"].map(Tenant::new);
    let [a, b, c] = &mut tenants;
    for tenant in [&mut *a, &mut *b] {
        let always = Some(latency(Sampling::Percent(100)));
        export(tenant, Service, "svc").service_latency = always;
    }
    import(a, b, Service, ("svc", "results"));
    import(b, a, Service, ("svc", "results"));
    import(c, a, Service, ("svc", "ask"));
    let [a, b, c] = &tenants;
    let broker = super::broker_with(Which::Tidegate, &operator, &[a, b, c])?;
    let mut at_a = Wire::login(broker.addr(), &a.user("a")).await?;
    at_a.subscribe("svc", "1").await?;
    let mut at_b = Wire::login(broker.addr(), &b.user("b")).await?;
    at_b.subscribe("svc", "1").await?;
    let mut requester = Wire::login(broker.addr(), &c.user("c")).await?;
    requester.publish("ask", "no reply").await?;
    requester.sync().await?;
    // The request, and the sample about it; the sample about the sample would be the next request.
    assert_eq!(at_a.messages().await?.len(), 1);
    assert_eq!(at_b.messages().await?.len(), 1);
    Ok(())
}
