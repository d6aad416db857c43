//! How long a user's credential holds.

use crate::app::App;
use crate::mint;
use crate::problem::Problem;
use crate::store::accounts::AccountRow;

/// Every credential expires unless somebody asks for one that does not; this is the default and
/// the most.
pub(super) const EXPIRES_IN_SECONDS_MAX: u32 = 365 * 24 * 3600;

/// How long a credential holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) seconds: Option<u32>,
    pub(super) never_expires: bool,
}

impl Lifetime {
    /// When it expires; 0 is never.
    pub(super) fn end(self, app: &App, account: &AccountRow, now: i64) -> Result<i64, Problem> {
        if self.never_expires {
            if self.seconds.is_some() {
                return Err(Problem::invalid(
                    "/never_expires",
                    "cannot be together with `expires_in_seconds`",
                ));
            }
            let max = app.installation()?.claims_bytes_max();
            if mint::is_critically_full(account.jwt.len(), max) {
                return Err(Problem::unprocessable(
                    "claims_nearly_full",
                    "The account's claims are more than 80 % full: give credentials a lifetime, \
                     or make room by rotating the key of a role whose users were revoked.",
                ));
            }
            return Ok(0);
        }
        let seconds = self.seconds.unwrap_or(EXPIRES_IN_SECONDS_MAX);
        if !(1..=EXPIRES_IN_SECONDS_MAX).contains(&seconds) {
            return Err(Problem::invalid(
                "/expires_in_seconds",
                "must be 1 to 31536000 (a year)",
            ));
        }
        Ok(now + i64::from(seconds))
    }
}
