//! What the file and the environment make together.

use std::collections::HashMap;

use super::*;
use crate::options::otel::Headers;

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/");

fn plan(block: Option<&OtelOptions>, set: &[(&str, &str)]) -> anyhow::Result<Option<Plan>> {
    let set: HashMap<&str, &str> = set.iter().copied().collect();
    let environment = |name: &str| set.get(name).map(|value| (*value).to_owned());
    Plan::new(block, "n1", &environment)
}

#[track_caller]
fn made(block: Option<&OtelOptions>, set: &[(&str, &str)]) -> Plan {
    plan(block, set).expect("a plan").expect("traces")
}

#[track_caller]
fn refused(block: Option<&OtelOptions>, set: &[(&str, &str)]) -> String {
    plan(block, set).expect_err("no plan").to_string()
}

fn attribute(plan: &Plan, key: &str) -> Option<String> {
    let found = plan.resource.iter().find(|it| it.key.as_str() == key)?;
    Some(found.value.to_string())
}

#[test]
fn nothing_is_exported_unasked() {
    assert!(plan(None, &[]).unwrap().is_none());
    assert!(plan(None, &[("OTEL_SERVICE_NAME", "x")]).unwrap().is_none());
    assert!(
        plan(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")])
            .unwrap()
            .is_none()
    );
    for off in [
        ("OTEL_SDK_DISABLED", "TRUE"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let block = OtelOptions {
            endpoint: Some(base("http://h").unwrap()),
            ..OtelOptions::default()
        };
        assert!(
            plan(Some(&block), &[ENDPOINT, off]).unwrap().is_none(),
            "{off:?}"
        );
    }
    assert!(refused(Some(&OtelOptions::default()), &[]).contains("add endpoint:"));
}

#[test]
fn the_environment_says_where() {
    let of = |set: &[(&str, &str)]| made(None, set).endpoint.to_string();
    assert_eq!(of(&[ENDPOINT]), "http://127.0.0.1:4318/v1/traces");
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://h/here?k=1");
    assert_eq!(of(&[ENDPOINT, traces]), "https://h/here?k=1");
    for bad in [
        "h:4318",
        "ftp://h",
        "http://",
        "http://u:geheim@h",
        "http://h/?key=geheim",
    ] {
        let reason = refused(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", bad)]);
        assert!(
            reason.starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: "),
            "{reason}"
        );
        assert!(!reason.contains("geheim"), "{reason}");
    }
    let grpc = [ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    assert!(refused(None, &grpc).contains("http/protobuf"));
    let block = OtelOptions {
        endpoint: Some(base("http://file:1/x").unwrap()),
        ..OtelOptions::default()
    };
    let endpoint = made(Some(&block), &grpc).endpoint;
    assert_eq!(endpoint.to_string(), "http://file:1/x/v1/traces");
}

#[test]
fn headers_are_decoded_and_not_shown() {
    let set = (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "authorization=Basic%20geheim, x-scope=a",
    );
    let plan = made(None, &[ENDPOINT, set]);
    let [(name, value), (other, _)] = &plan.headers.0[..] else {
        panic!("two headers: {:?}", plan.headers);
    };
    assert_eq!(
        (name.as_str(), other.as_str()),
        ("authorization", "x-scope")
    );
    assert_eq!(value, "Basic geheim");
    assert!(!format!("{plan:?}").contains("geheim"));
    for bad in ["geheim", "a b=geheim", "a=geheim%0A"] {
        let reason = refused(None, &[ENDPOINT, ("OTEL_EXPORTER_OTLP_HEADERS", bad)]);
        assert!(!reason.contains("geheim"), "{reason}");
    }
    let mut own = Headers::default();
    own.add("x-own", "1").unwrap();
    let block = OtelOptions {
        headers: Some(own),
        ..OtelOptions::default()
    };
    assert_eq!(made(Some(&block), &[ENDPOINT, set]).headers.0.len(), 1);
}

#[test]
fn samplers_have_the_names_of_everybody() {
    let of = |set: &[(&str, &str)]| {
        let set: Vec<_> = set.iter().copied().chain([ENDPOINT]).collect();
        format!("{:?}", made(None, &set).sampler)
    };
    assert_eq!(of(&[]), "ParentBased(AlwaysOn)");
    let ratio = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    let quarter = ("OTEL_TRACES_SAMPLER_ARG", "0.25");
    assert_eq!(
        of(&[ratio, quarter]),
        "ParentBased(TraceIdRatioBased(0.25))"
    );
    assert_eq!(of(&[("OTEL_TRACES_SAMPLER", "always_off")]), "AlwaysOff");
    let half = OtelOptions {
        sample: Some(0.5),
        ..OtelOptions::default()
    };
    let plan = made(Some(&half), &[ENDPOINT, ratio, quarter]);
    assert_eq!(
        format!("{:?}", plan.sampler),
        "ParentBased(TraceIdRatioBased(0.5))"
    );
    for bad in [
        [ratio, ("OTEL_TRACES_SAMPLER_ARG", "2")],
        [("OTEL_TRACES_SAMPLER", "x"), ratio],
    ] {
        let bad = [ENDPOINT, bad[1], bad[0]];
        assert!(
            refused(None, &bad).starts_with("OTEL_TRACES_SAMPLER"),
            "{bad:?}"
        );
    }
}

#[test]
fn the_file_has_the_last_word_about_the_name() {
    let plan = made(None, &[ENDPOINT]);
    assert_eq!(
        attribute(&plan, "service.name").as_deref(),
        Some("tidegate")
    );
    assert_eq!(
        attribute(&plan, "service.instance.id").as_deref(),
        Some("n1")
    );
    let set = [
        ENDPOINT,
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=a,team=b%20c,zone=1",
        ),
    ];
    assert_eq!(
        attribute(&made(None, &set), "service.name").as_deref(),
        Some("a")
    );
    let named = [set[0], set[1], ("OTEL_SERVICE_NAME", "own")];
    assert_eq!(
        attribute(&made(None, &named), "service.name").as_deref(),
        Some("own")
    );
    let block = OtelOptions {
        service_name: Some("file".to_owned()),
        attributes: vec![("zone".to_owned(), "2".to_owned())],
        ..OtelOptions::default()
    };
    let plan = made(Some(&block), &named);
    assert_eq!(attribute(&plan, "service.name").as_deref(), Some("file"));
    assert_eq!(attribute(&plan, "team").as_deref(), Some("b c"));
    assert_eq!(attribute(&plan, "zone").as_deref(), Some("2"));
}
