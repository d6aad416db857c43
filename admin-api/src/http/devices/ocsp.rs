//! `/ocsp/<authority>`: whether single certificates are revoked, for those who do not ask our
//! brokers. Needs no key, as the lists do not.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use data_encoding::{BASE64, HEXLOWER};

use crate::app::App;
use crate::clock;
use crate::enrol::authorities;
use crate::pki::ocsp::{self, QUESTION_BYTES_MAX, Question, Standing};
use crate::problem::Problem;
use crate::store;

/// How long an answer may be kept.
const ANSWER_SECONDS: i64 = 3600;

type Answered = ([(HeaderName, &'static str); 1], Vec<u8>);

/// The question stands in the body.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    Path(authority): Path<String>,
    question: Bytes,
) -> Result<Answered, Problem> {
    answer(&app, &authority, &question).await
}

/// The question stands in the path, in base64 (RFC 6960, appendix A).
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path((authority, question)): Path<(String, String)>,
) -> Result<Answered, Problem> {
    let question = BASE64.decode(question.as_bytes()).unwrap_or_default();
    answer(&app, &authority, &question).await
}

async fn answer(app: &App, authority: &str, question: &[u8]) -> Result<Answered, Problem> {
    app.installation()?;
    let headers = [(header::CONTENT_TYPE, "application/ocsp-response")];
    let question = Some(question).filter(|it| it.len() <= QUESTION_BYTES_MAX);
    let Some(question) = question.and_then(Question::read) else {
        return Ok((headers, ocsp::malformed()));
    };
    let now = clock::now();
    let mut tx = app.db.read().await?;
    let row = store::device_authorities::by_id(&mut tx, authority).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let mut standings = Vec::new();
    for serial in question.serials() {
        let serial = HEXLOWER.encode(&serial);
        let revoked = store::devices::revocation_of(&mut tx, &row.id, &serial).await?;
        standings.push(match revoked {
            None => Standing::Unknown,
            Some(None) => Standing::Good,
            Some(Some(at)) => Standing::Revoked(at),
        });
    }
    drop(tx);
    let life = (now, now + ANSWER_SECONDS);
    let answer = authorities::open(app, &row)?.answer(&question, &standings, life);
    let answer = answer.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "an answer about revocation could not be signed"
        );
        Problem::internal()
    })?;
    Ok((headers, answer))
}
