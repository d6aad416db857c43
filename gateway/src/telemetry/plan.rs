//! Where traces go and which: what the file says over what the environment says, in the variables
//! that OpenTelemetry gives everybody.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use axum::http::Uri;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;

use crate::options::OtelOptions;
use crate::options::otel::{Headers, base, parse_share, whole};

const PROTOCOL: &str = "http/protobuf";
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the exporter runs with.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) endpoint: Uri,
    pub(super) headers: Headers,
    pub(super) sampler: Sampler,
    pub(super) resource: Vec<KeyValue>,
    pub(super) ca_file: Option<PathBuf>,
    /// Of one request to the collector.
    pub(super) timeout: Duration,
}

/// The variables of the environment; an empty one counts as absent.
#[derive(Clone, Copy)]
struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn get(self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    /// The variable for traces alone, else the one for everything, with its name.
    fn of_exporter(self, what: &str) -> Option<(String, String)> {
        ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"]
            .into_iter()
            .map(|prefix| format!("{prefix}{what}"))
            .find_map(|name| Some((self.get(&name)?, name)))
    }

    fn is_disabled(self) -> bool {
        let is = |name, value: &str| {
            self.get(name)
                .is_some_and(|it| it.eq_ignore_ascii_case(value))
        };
        is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none")
    }

    /// The collector that it names.
    fn endpoint(self) -> anyhow::Result<Option<Uri>> {
        let Some((text, name)) = self.of_exporter("ENDPOINT") else {
            return Ok(None);
        };
        let is_whole = name.contains("_TRACES_");
        let uri = if is_whole { whole(&text) } else { base(&text) };
        let uri = uri.map_err(|why| anyhow!("{name}: {why}"))?;
        if let Some((protocol, name)) = self.of_exporter("PROTOCOL")
            && protocol != PROTOCOL
        {
            bail!(
                "{name} is {protocol:?}, and traces are sent with {PROTOCOL} only: say that, and \
                 the port where the collector takes it, which mostly is 4318"
            );
        }
        if let Some(exporters) = self.get("OTEL_TRACES_EXPORTER")
            && !exporters.split(',').any(|it| it.trim() == "otlp")
        {
            bail!("OTEL_TRACES_EXPORTER is {exporters:?}: it can be otlp, or none");
        }
        Ok(Some(uri))
    }

    fn headers(self) -> anyhow::Result<Headers> {
        let mut headers = Headers::default();
        let (text, name) = self.of_exporter("HEADERS").unwrap_or_default();
        for pair in pairs(&text) {
            let form = || format!("{name} must be like name=value,name=value");
            let (key, value) = pair.with_context(form)?;
            let added = headers.add(&key, &value);
            added.map_err(|why| anyhow!("{name}: {why}"))?;
        }
        Ok(headers)
    }

    fn timeout(self) -> anyhow::Result<Duration> {
        let Some((text, name)) = self.of_exporter("TIMEOUT") else {
            return Ok(TIMEOUT);
        };
        let millis = text.parse::<u64>().ok().filter(|millis| *millis > 0);
        let millis = millis.with_context(|| format!("{name} must be a number of milliseconds"))?;
        Ok(Duration::from_millis(millis))
    }

    fn sampler(self) -> anyhow::Result<Sampler> {
        let ratio = || {
            let text = self.get("OTEL_TRACES_SAMPLER_ARG");
            let text = text.unwrap_or_else(|| "1".to_owned());
            let share = parse_share(&text).map(Sampler::TraceIdRatioBased);
            share.context("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1")
        };
        let by_parent = |root| Sampler::ParentBased(Box::new(root));
        let name = self.get("OTEL_TRACES_SAMPLER");
        Ok(match name.as_deref() {
            None | Some("parentbased_always_on") => by_parent(Sampler::AlwaysOn),
            Some("parentbased_always_off") => by_parent(Sampler::AlwaysOff),
            Some("parentbased_traceidratio") => by_parent(ratio()?),
            Some("always_on") => Sampler::AlwaysOn,
            Some("always_off") => Sampler::AlwaysOff,
            Some("traceidratio") => ratio()?,
            Some(other) => bail!(
                "OTEL_TRACES_SAMPLER is {other:?}: it can be always_on, always_off or \
                 traceidratio, or the same with parentbased_ before it"
            ),
        })
    }
}

/// `a=b,c=d` with percent signs, as W3C's baggage has it.
fn pairs(text: &str) -> impl Iterator<Item = Option<(String, String)>> {
    let items = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    items.map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((key.trim().to_owned(), value.into_owned()))
    })
}

impl Plan {
    /// `None` when nobody wants traces.
    pub(super) fn new(
        block: Option<&OtelOptions>,
        server_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Option<Self>> {
        let environment = Environment(environment);
        if environment.is_disabled() {
            return Ok(None);
        }
        let nothing = OtelOptions::default();
        let said = block.unwrap_or(&nothing);
        let endpoint = match &said.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => match (environment.endpoint()?, block) {
                (Some(endpoint), _) => endpoint,
                (None, None) => return Ok(None),
                (None, Some(_)) => bail!(
                    "otel names no collector: add endpoint: \"http://127.0.0.1:4318\", or set \
                     OTEL_EXPORTER_OTLP_ENDPOINT"
                ),
            },
        };
        let certificate = || {
            let (path, _) = environment.of_exporter("CERTIFICATE")?;
            Some(PathBuf::from(path))
        };
        Ok(Some(Self {
            endpoint,
            headers: match &said.headers {
                Some(headers) => headers.clone(),
                None => environment.headers()?,
            },
            sampler: match said.sample {
                Some(share) => Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))),
                None => environment.sampler()?,
            },
            resource: resource(said, server_name, environment)?,
            ca_file: said.ca_file.clone().or_else(certificate),
            timeout: environment.timeout()?,
        }))
    }
}

/// What all spans come from.
fn resource(
    said: &OtelOptions,
    server_name: &str,
    environment: Environment<'_>,
) -> anyhow::Result<Vec<KeyValue>> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let text = |text: &str| text.to_owned();
    let mut all = BTreeMap::from([
        (text("service.name"), text("tidegate")),
        (text("service.version"), text(env!("CARGO_PKG_VERSION"))),
        (text("service.instance.id"), text(server_name)),
    ]);
    for pair in pairs(&environment.get(ATTRIBUTES).unwrap_or_default()) {
        let (key, value) = pair.with_context(|| format!("{ATTRIBUTES} must be like a=b,c=d"))?;
        all.insert(key, value);
    }
    let name = environment.get("OTEL_SERVICE_NAME");
    all.extend(name.map(|name| (text("service.name"), name)));
    all.extend(said.attributes.iter().cloned());
    let name = said.service_name.clone();
    all.extend(name.map(|name| (text("service.name"), name)));
    let attribute = |(key, value)| KeyValue::new::<String, String>(key, value);
    Ok(all.into_iter().map(attribute).collect())
}

#[cfg(test)]
mod tests;
