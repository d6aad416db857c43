//! Enrolment with a certificate of an authority that is not ours: the account has proven that it
//! is theirs, and says what its certificates are good for.

use accounts::devices::user_key;
use accounts::x509::chain::{self, Anchor};

use super::{Asked, Desk, Newcomer, Outcome, refusals, tally};
use crate::app::App;
use crate::clock;
use crate::pki::CertificateRequest;
use crate::problem::Problem;
use crate::store::device_authorities::ForeignRow;
use crate::store::{self, Scope, StoreError};

/// Enrols a device of `account` with a certificate of an authority that the account has brought.
pub(crate) async fn with_foreign(
    app: &App,
    account: &str,
    chain: &[Vec<u8>],
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    let outcome = try_with_foreign(app, account, chain, asked).await;
    app.metrics.enrolments.count(tally::Way::Foreign, &outcome);
    outcome
}

async fn try_with_foreign(
    app: &App,
    account: &str,
    chain: &[Vec<u8>],
    asked: Asked<'_>,
) -> Result<Outcome, Problem> {
    app.installation()?;
    let request = CertificateRequest::read(asked.request).map_err(refusals::request)?;
    let mut tx = app.db.look_up().await?;
    let found = store::accounts::find(&mut tx, &Scope::default(), account).await?;
    let found = found.ok_or_else(unknown)?;
    let proven = store::device_authorities::proven(&mut tx, &found.id).await?;
    let (authority, origin) = vouching(&proven, chain)?;
    let place = store::places::of_role(&mut tx, &authority.role_id).await?;
    let newcomer = Newcomer {
        source: &authority.id,
        origin: Some(&origin),
        pattern: &authority.pattern,
        approval: authority.approval,
        tags: "[]",
        token: None,
    };
    let (tx, desk) = Desk::open(app, tx, place, asked).await?;
    desk.enrol(tx, newcomer, &request).await
}

fn unknown() -> Problem {
    Problem::not_let_in(
        "unknown_certificate",
        "The certificate is of no authority that this account takes: enrol with a token, or have \
         the authority registered.",
    )
}

/// The authority that vouches for the chain, and the key that it vouches for.
fn vouching<'a>(
    proven: &'a [ForeignRow],
    shown: &[Vec<u8>],
) -> Result<(&'a ForeignRow, String), Problem> {
    let read = |row: &ForeignRow| {
        Anchor::read(&row.certificate)
            .map_err(|_| StoreError::corrupt("enrolment_authorities.certificate", &row.id))
    };
    let anchors: Vec<Anchor> = proven.iter().map(read).collect::<Result<_, _>>()?;
    let anchors: Vec<&Anchor> = anchors.iter().collect();
    let shown: Vec<&[u8]> = shown.iter().map(Vec::as_slice).collect();
    let verified = chain::verify(&shown, &anchors, clock::now()).map_err(|error| match error {
        chain::ChainError::UnknownIssuer | chain::ChainError::Empty => unknown(),
        error => Problem::not_let_in("certificate_refused", error.to_string()),
    })?;
    let key = user_key(verified.leaf.public_key().raw).to_string();
    Ok((&proven[verified.anchor], key))
}
