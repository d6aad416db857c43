//! What is traced: requests of the API, what they do, and what follows from them.
//!
//! Spans are those of `tracing`, with a target of their own ([`SPAN_TARGET`]): the log does not
//! take them, an exporter of OpenTelemetry does, and where there is none, none is made. They hold
//! ids, routes, hosts and kinds; nothing that is secret, and nothing of bodies or queries. What
//! runs by itself, without a request, is traced where somebody else is asked (engines, webhooks),
//! not each time that it looks whether there is something to do.

mod causes;
mod spans;

use axum::http::Extensions;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

pub(crate) use spans::{
    answered, delivery, failed, operation, outgoing, push, received, request, transaction, waiting,
};

/// What an exporter takes: spans of this target.
pub const SPAN_TARGET: &str = "otel";

/// The span of the request in work, for those that learn what it is about.
#[derive(Debug, Clone)]
pub(crate) struct Current(Span);

impl Current {
    /// Lets extractors find the span, if there is one.
    pub(crate) fn put(span: &Span, extensions: &mut Extensions) {
        if !span.is_disabled() {
            extensions.insert(Self(span.clone()));
        }
    }

    /// Says what the request is about: the id of an account or an organisation.
    pub(crate) fn note(extensions: &Extensions, field: &'static str, id: &str) {
        if let Some(Self(span)) = extensions.get() {
            span.record(field, id);
        }
    }
}

/// The trace and the place in it that a span has, if somebody takes it.
pub(crate) fn context(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context().span().span_context().clone();
    context.is_valid().then_some(context)
}

/// How W3C's `traceparent` says it.
pub(crate) fn traceparent(context: &SpanContext) -> String {
    let (trace, span) = (context.trace_id(), context.span_id());
    format!("00-{trace}-{span}-{:02x}", context.trace_flags())
}

/// Goes on where another process, or an earlier moment, has left off.
fn begin_below(span: &Span, parent: SpanContext) {
    // It cannot have begun yet: whoever makes a span says this first.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// Remembers a request, so that what follows from it joins its trace.
pub(crate) fn remember_request(request_id: &str, context: &SpanContext) {
    causes::remember(request_id.to_owned(), context.clone());
}

/// Remembers who has changed an account's claims, for when they are pushed.
pub(crate) fn remember_change(account_id: &str, generation: i64) {
    if let Some(context) = context(&Span::current()) {
        causes::remember(change(account_id, generation), context);
    }
}

fn change(account_id: &str, generation: i64) -> String {
    format!("{account_id}/{generation}")
}

/// Makes a span part of the trace of the request that it follows from. Where that is not known
/// here any more, only its trace: that is linked to.
pub(crate) fn follow(span: &Span, request_id: Option<&str>, trace_id: Option<&str>) {
    if span.is_disabled() {
        return;
    }
    let trace = trace_id.and_then(|text| TraceId::from_hex(text).ok());
    // Callers may choose their ids, and choose one twice.
    let is_it = |known: &SpanContext| trace.is_none_or(|trace| trace == known.trace_id());
    match (request_id.and_then(causes::recall).filter(is_it), trace) {
        (Some(request), _) => begin_below(span, request),
        (None, Some(trace)) => {
            let request = KeyValue::new("tidegate.request.id", request_id.unwrap_or("").to_owned());
            span.add_link_with_attributes(somewhere_in(trace), vec![request]);
        }
        (None, None) => {}
    }
}

/// A link needs a span and not only a trace: one that is not there stands for all of them.
fn somewhere_in(trace: TraceId) -> SpanContext {
    let mut span = [0; 8];
    span.copy_from_slice(&trace.to_bytes()[8..]);
    span[7] |= 1;
    let (span, flags) = (SpanId::from_bytes(span), TraceFlags::default());
    SpanContext::new(trace, span, flags, true, TraceState::NONE)
}
