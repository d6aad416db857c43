//! Why a device gets no certificate: each refusal with a word for programs and a text that says
//! what to do.

use crate::pki::{PkiError, RequestError};
use crate::problem::Problem;
use crate::store::StoreError;
use crate::store::devices::{DISABLED, DeviceRow, REJECTED, REVOKED};

/// No token of ours, a revoked one, or one for another account: one answer for all.
pub(super) fn unknown_token() -> Problem {
    Problem::not_let_in(
        "unknown_token",
        "The enrolment token is not valid: see that all of it was sent, or ask for another.",
    )
}

pub(super) fn request(error: RequestError) -> Problem {
    let code = match error {
        RequestError::TooLarge => return Problem::too_large(),
        RequestError::Unreadable => "request_unreadable",
        RequestError::Key => "key_refused",
        RequestError::Proof => "proof_refused",
        RequestError::Authority => "authority_refused",
    };
    let text = error.to_string();
    Problem::unprocessable(code, text.clone()).with_field("/csr", code, text)
}

/// The token lets nobody new in.
pub(super) fn token_ended(has_expired: bool) -> Problem {
    match has_expired {
        true => Problem::refused("token_expired", "The token has expired: ask for another."),
        false => Problem::refused(
            "token_used",
            "The token is used up: another key came with it. Ask for a token of your own.",
        ),
    }
}

pub(super) fn closed() -> Problem {
    Problem::refused(
        "closed",
        "The account is suspended, or the role is disabled: its devices are out for now.",
    )
}

pub(super) fn key_taken() -> Problem {
    Problem::conflict(
        "key_taken",
        "The key belongs to another device: make a new one.",
    )
}

pub(super) fn key_revoked() -> Problem {
    Problem::refused(
        "key_revoked",
        "A certificate for this key was revoked: make a new key.",
    )
}

pub(super) fn name_taken(error: StoreError) -> Problem {
    Problem::if_taken(
        "name_taken",
        "There is a device with this name: revoke it first, or take another name.",
    )(error)
}

/// A device that is out gets nothing; one that waits is no refusal.
pub(super) fn state(device: &DeviceRow) -> Result<(), Problem> {
    match device.state.as_str() {
        REJECTED => Err(Problem::refused(
            "device_rejected",
            "The device was turned away.",
        )),
        REVOKED => Err(Problem::refused(
            "device_revoked",
            "The device was revoked.",
        )),
        DISABLED => Err(Problem::refused(
            "device_disabled",
            "The device is disabled for now.",
        )),
        _ => Ok(()),
    }
}

/// Whether a device may have its key made here.
pub(super) fn server_key(is_allowed: bool, needs_approval: bool) -> Result<(), Problem> {
    let text = match (is_allowed, needs_approval) {
        (false, _) => {
            "Keys are not made here for devices of this role: make one on the device and use \
             simpleenroll, or have `server_keys` set in the role's device policy."
        }
        (true, true) => {
            "A device that waits for approval has to make its key itself: use simpleenroll."
        }
        (true, false) => return Ok(()),
    };
    Err(Problem::refused("server_key_refused", text))
}

pub(super) fn signing(error: PkiError) -> Problem {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a certificate could not be signed"
    );
    Problem::internal()
}
