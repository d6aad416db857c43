//! Traces for OpenTelemetry: the spans of the control plane, sent to a collector over OTLP.
//!
//! Spans wait in a bounded queue; a thread of its own sends them in batches. A collector that is
//! away costs what does not fit the queue any more, and nobody waits for it. Without a collector
//! there is nothing of all this, and no span is made.

mod plan;
mod sender;

use std::time::Duration;

use anyhow::Context;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio_util::sync::CancellationToken;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{Layer, Registry};

use crate::options::OtelOptions;
use plan::Plan;
use sender::Sender;

/// What a stop waits for the last spans to leave.
const FLUSH_WAIT: Duration = Duration::from_secs(3);
/// Where collectors speak gRPC, which we do not.
const GRPC_PORT: u16 = 4317;

/// What takes spans, beside the log.
pub(crate) type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// The exporter that runs.
#[derive(Debug)]
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
    closing: CancellationToken,
    collector: String,
    port: Option<u16>,
}

impl Telemetry {
    /// Starts it, if the file or the environment names a collector.
    ///
    /// # Errors
    /// When what they say cannot be used.
    pub(crate) fn start(
        block: Option<&OtelOptions>,
        server_name: &str,
    ) -> anyhow::Result<Option<Self>> {
        let environment = |name: &str| std::env::var(name).ok();
        let Some(plan) = Plan::new(block, server_name, &environment)? else {
            return Ok(None);
        };
        let closing = CancellationToken::new();
        let sender = Sender::new(&plan, closing.clone())?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(plan.endpoint.to_string())
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(sender)
            .with_retry_policy(RetryPolicy::disabled())
            .build()
            .context("start the export of traces")?;
        let resource = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_attributes(plan.resource)
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(plan.sampler)
            .with_resource(resource)
            .build();
        Ok(Some(Self {
            provider,
            closing,
            collector: sender::place(&plan.endpoint),
            port: plan.endpoint.port_u16(),
        }))
    }

    /// What hands it the spans.
    pub(crate) fn layer(&self) -> Spans {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("tidegate"))
            // Ours are named; where in the code they come from is nobody's business.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            // The broker's own lines stay as cheap as they are.
            .with_filter(filter_fn(is_taken).with_max_level_hint(LevelFilter::INFO))
            .boxed()
    }

    /// Says where traces go, once there is a log.
    pub(crate) fn announce(&self) {
        tracing::info!("traces go to {}", self.collector);
        if self.port == Some(GRPC_PORT) {
            tracing::warn!(
                "traces are sent over HTTP, and collectors commonly have gRPC at port {GRPC_PORT} \
                 and HTTP at 4318"
            );
        }
    }

    /// Sends what waits, within a bound.
    pub(crate) fn stop(self) {
        self.closing.cancel();
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH_WAIT) {
            tracing::debug!(%error, "the last traces were not sent");
        }
    }
}

/// Spans that are meant for it, and what was wrong meanwhile.
fn is_taken(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    match metadata.is_event() {
        true => target.starts_with("admin_api") && *metadata.level() <= Level::WARN,
        false => target == admin_api::SPAN_TARGET,
    }
}
