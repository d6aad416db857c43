//! Why a WebSocket closes: the codes, and which of them stands for which of our reasons.

use crate::closed::ClosedReason;

use super::frame::CONTROL_MAX;

/// The code in a close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// All is well.
    pub const NORMAL: Self = Self(1000);
    /// The server goes, or the connection broke.
    pub const GOING_AWAY: Self = Self(1001);
    /// Something that is no protocol, of WebSocket or of NATS.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// Text that is no UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// Not allowed, or more than allowed.
    pub const POLICY: Self = Self(1008);
    /// A message that is too large.
    pub const TOO_BIG: Self = Self(1009);
    /// Anything else.
    pub const INTERNAL: Self = Self(1011);

    /// Whether a peer may send it.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        !matches!(self.0, 0..=999 | 1004..=1006 | 1015..=2999 | 5000..)
    }

    /// What nats-server sends for this reason.
    #[must_use]
    pub const fn of(reason: ClosedReason) -> Self {
        use ClosedReason as R;
        match reason {
            R::ClientClosed => Self::NORMAL,
            R::AuthenticationTimeout
            | R::AuthenticationViolation
            | R::SlowConsumerPendingBytes
            | R::SlowConsumerWriteDeadline
            | R::MaxAccountConnectionsExceeded
            | R::MaxUserConnectionsExceeded
            | R::MaxConnectionsExceeded
            | R::MaxControlLineExceeded
            | R::MaxSubscriptionsExceeded
            | R::MissingAccount
            | R::AuthenticationExpired
            | R::Revocation => Self::POLICY,
            R::ParseError | R::ProtocolViolation | R::BadClientProtocolVersion => {
                Self::PROTOCOL_ERROR
            }
            R::MaxPayloadExceeded => Self::TOO_BIG,
            R::WriteError | R::ReadError | R::StaleConnection | R::ServerShutdown => {
                Self::GOING_AWAY
            }
            _ => Self::INTERNAL,
        }
    }
}

/// The payload of a close frame. A text that is too long is cut.
#[must_use]
pub fn close_payload(code: CloseCode, text: &str) -> Vec<u8> {
    const CUT: &str = "...";
    let mut payload = code.0.to_be_bytes().to_vec();
    let room = CONTROL_MAX - payload.len();
    if text.len() <= room {
        payload.extend_from_slice(text.as_bytes());
        return payload;
    }
    let mut end = room - CUT.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    payload.extend_from_slice(&text.as_bytes()[..end]);
    payload.extend_from_slice(CUT.as_bytes());
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_peers_may_send() {
        for code in [1000, 1001, 1002, 1003, 1007, 1014, 3000, 4999] {
            assert!(CloseCode(code).is_valid(), "{code}");
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
            assert!(!CloseCode(code).is_valid(), "{code}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        for text in [
            "x".repeat(200),
            "é".repeat(100),
            format!("x{}", "é".repeat(99)),
        ] {
            let payload = close_payload(CloseCode::NORMAL, &text);
            assert!(payload.len() <= CONTROL_MAX);
            let text = std::str::from_utf8(&payload[2..]).unwrap();
            assert!(text.ends_with("..."), "{text}");
        }
        assert_eq!(close_payload(CloseCode::TOO_BIG, "no"), b"\x03\xf1no");
    }
}
