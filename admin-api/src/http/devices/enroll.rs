//! `POST /enroll` and `POST /renew`: how devices get their certificates without EST.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::body::Json;
use super::super::door::ClientCertificates;
use super::super::dry_run::InEarnest;
use crate::app::App;
use crate::auth::Visitor;
use crate::clock;
use crate::enrol::{self, Asked, Issued, Outcome};
use crate::pki;
use crate::problem::{Problem, ProblemBody};

/// What a device asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrolment {
    /// The enrolment token.
    #[schema(example = "tg_enr_…")]
    token: String,
    /// A certificate request (PKCS #10) in PEM form, or its DER form in base64. Of it only the key
    /// counts.
    csr: String,
    /// What the device is to be called, if the token lets it choose.
    #[schema(example = "pump-7")]
    name: Option<String>,
}

/// What a device asks for with its certificate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renewal {
    /// A certificate request in PEM form, or its DER form in base64: for a new key, or the same.
    csr: String,
}

/// A device and its certificate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Enrolled {
    /// The device's id.
    device: String,
    name: String,
    /// `issued`, or `pending` until somebody approves it: ask again with the same key.
    state: &'static str,
    /// PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// The authority that signed it, in PEM form.
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    /// The account's nkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    not_after: Option<String>,
    /// When two thirds of its life are over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    renew_at: Option<String>,
    /// Where the device connects to.
    #[serde(skip_serializing_if = "Option::is_none")]
    nats_url: Option<String>,
}

impl Enrolled {
    fn issued(app: &App, issued: Issued) -> Self {
        let certificate = issued.certificate;
        let life = certificate.not_after - certificate.not_before;
        Self {
            device: issued.device.id,
            name: issued.device.name,
            state: "issued",
            authority: Some(pki::pem("CERTIFICATE", &issued.issuer)),
            account: Some(issued.account_key),
            not_after: Some(clock::rfc3339(certificate.not_after)),
            renew_at: Some(clock::rfc3339(certificate.not_before + life / 3 * 2)),
            certificate: Some(pki::pem("CERTIFICATE", &certificate.certificate)),
            nats_url: Some(app.device_nats_url().to_owned()),
        }
    }
}

/// The answer to a device.
pub(crate) struct Served(Enrolled, Option<u64>);

impl Served {
    fn new(app: &App, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Issued(issued) => Self(Enrolled::issued(app, *issued), None),
            Outcome::Pending {
                device,
                retry_after,
            } => {
                let view = Enrolled {
                    device: device.id,
                    name: device.name,
                    state: "pending",
                    certificate: None,
                    authority: None,
                    account: None,
                    not_after: None,
                    renew_at: None,
                    nats_url: None,
                };
                Self(view, Some(retry_after))
            }
        }
    }
}

impl IntoResponse for Served {
    fn into_response(self) -> Response {
        let status = match self.1 {
            None => StatusCode::CREATED,
            Some(_) => StatusCode::ACCEPTED,
        };
        let mut response = (status, Answer(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.1 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Gives a device its first certificate, for a token and a request. The same key may ask again and
/// gets the same certificate.
#[utoipa::path(post, path = "/enroll", operation_id = "enroll_device", tag = "devices",
    request_body = Enrolment, security(()),
    responses((status = 201, body = Enrolled),
        (status = 202, body = Enrolled, headers(("Retry-After" = u64))),
        (status = 401), (status = 409), (status = "4XX", body = ProblemBody)))]
pub(crate) async fn enroll(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    _: InEarnest,
    Json(asked): Json<Enrolment>,
) -> Result<Served, Problem> {
    let request = Asked {
        request: asked.csr.as_bytes(),
        name: asked.name.as_deref(),
        ip: visitor.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
        request_id: &visitor.request_id,
        trace_id: visitor.trace_id.as_deref(),
        is_key_ours: false,
    };
    let outcome = enrol::with_token(&app, &asked.token, None, request).await?;
    Ok(Served::new(&app, outcome))
}

/// Gives a device its next certificate. The TLS connection shows the one that it has: only the
/// onboarding listener asks for it.
#[utoipa::path(post, path = "/renew", operation_id = "renew_device", tag = "devices",
    request_body = Renewal, security(()),
    responses((status = 201, body = Enrolled), (status = 401), (status = 409),
        (status = "4XX", body = ProblemBody)))]
pub(crate) async fn renew(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    shown: ClientCertificates,
    _: InEarnest,
    Json(asked): Json<Renewal>,
) -> Result<Served, Problem> {
    let request = Asked {
        request: asked.csr.as_bytes(),
        name: None,
        ip: visitor.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
        request_id: &visitor.request_id,
        trace_id: visitor.trace_id.as_deref(),
        is_key_ours: false,
    };
    let outcome = enrol::renew(&app, &shown.0, request).await?;
    Ok(Served::new(&app, outcome))
}
