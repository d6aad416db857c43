//! Every `-ERR` a client can be sent: its text, whether the connection closes with it, and the
//! reason recorded then. The texts are facts of the wire; stock clients match on them.

use std::fmt;

pub use crate::closed::ClosedReason;

/// An error for the client. `Display` is the text between the quotes of `-ERR '…'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerError {
    /// Something that is no protocol.
    UnknownProtocolOperation,
    /// Any failed authentication, and any operation before `CONNECT` where one is required.
    AuthorizationViolation,
    /// No successful `CONNECT` in time.
    AuthenticationTimeout,
    /// The user's credential ran out.
    UserAuthenticationExpired,
    /// The user was revoked while connected.
    UserAuthenticationRevoked,
    /// The account's JWT ran out or was removed.
    AccountAuthenticationExpired,
    /// A plain-text client on a TLS listener.
    TlsRequired,
    /// The server's connection limit.
    MaximumConnectionsExceeded,
    /// The account's connection limit.
    MaximumAccountConnectionsExceeded,
    /// A limit on the connections of one user. It has the same text: nats.go reconnects only after
    /// texts that it knows, and gives up for good after others.
    MaximumUserConnectionsExceeded,
    /// A `SUB` above the limit.
    MaximumSubscriptionsExceeded,
    /// A payload above the limit.
    MaximumPayloadViolation,
    /// A control line above the limit.
    MaximumControlLineExceeded,
    /// Too many pings without an answer.
    StaleConnection,
    /// `CONNECT.protocol` is neither 0 nor 1.
    InvalidClientProtocol,
    /// `CONNECT` with `no_responders` but without `headers`.
    NoRespondersRequiresHeaders,
    /// The account would not take the connection, for another reason than its limits.
    FailedAccountRegistration,
    /// Too many TLS handshakes at once.
    ConnectionThrottled,
    /// A listener for something else.
    WrongPort(WrongPort),
    /// Pedantic mode: the subject of a publish is not literal. The message is still processed.
    InvalidPublishSubject,
    /// A subscription with an empty token, or with `>` not at the end.
    InvalidSubject,
    /// Publishing to this subject is not permitted.
    PublishViolation {
        /// The subject refused.
        subject: Vec<u8>,
    },
    /// Publishing with this reply subject is not permitted: its prefix is reserved.
    PublishReplyViolation {
        /// The reply subject refused.
        reply: Vec<u8>,
    },
    /// Subscribing is not permitted.
    SubscribeViolation {
        /// The subject refused.
        subject: Vec<u8>,
        /// The queue group asked for.
        queue: Option<Vec<u8>>,
        /// Present when a live subscription was removed by a change of permissions.
        sid: Option<Vec<u8>>,
    },
    /// A subscription with more tokens than `max_subscription_tokens`.
    SubscribeTooManyTokens {
        /// The subject refused.
        subject: Vec<u8>,
    },
}

/// The listener a lost peer reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPort {
    /// The port for routes.
    Route,
    /// The port for leaf nodes.
    Leaf,
    /// The port for gateways.
    Gateway,
    /// Any other port.
    Other,
}

impl ServerError {
    /// A refused publish.
    #[must_use]
    pub fn publish(subject: &[u8]) -> Self {
        Self::PublishViolation {
            subject: subject.to_vec(),
        }
    }

    /// A refused reply subject.
    #[must_use]
    pub fn publish_reply(reply: &[u8]) -> Self {
        Self::PublishReplyViolation {
            reply: reply.to_vec(),
        }
    }

    /// A refused subscription.
    #[must_use]
    pub fn subscribe(subject: &[u8], queue: Option<&[u8]>) -> Self {
        Self::SubscribeViolation {
            subject: subject.to_vec(),
            queue: queue.map(<[u8]>::to_vec),
            sid: None,
        }
    }

    /// A live subscription that a change of permissions removed.
    #[must_use]
    pub fn subscription_removed(subject: &[u8], queue: Option<&[u8]>, sid: &[u8]) -> Self {
        Self::SubscribeViolation {
            subject: subject.to_vec(),
            queue: queue.map(<[u8]>::to_vec),
            sid: Some(sid.to_vec()),
        }
    }

    /// Whether the connection closes after this error.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.closed_reason().is_some()
    }

    /// The reason to record for the closed connection; `None` when it stays open.
    #[must_use]
    pub fn closed_reason(&self) -> Option<ClosedReason> {
        Some(match self {
            Self::UnknownProtocolOperation => ClosedReason::ProtocolViolation,
            Self::AuthorizationViolation => ClosedReason::AuthenticationViolation,
            Self::AuthenticationTimeout => ClosedReason::AuthenticationTimeout,
            Self::UserAuthenticationExpired | Self::AccountAuthenticationExpired => {
                ClosedReason::AuthenticationExpired
            }
            Self::UserAuthenticationRevoked => ClosedReason::Revocation,
            Self::TlsRequired => ClosedReason::TlsHandshakeError,
            Self::MaximumConnectionsExceeded | Self::ConnectionThrottled => {
                ClosedReason::MaxConnectionsExceeded
            }
            Self::MaximumAccountConnectionsExceeded => ClosedReason::MaxAccountConnectionsExceeded,
            Self::MaximumUserConnectionsExceeded => ClosedReason::MaxUserConnectionsExceeded,
            Self::MaximumPayloadViolation => ClosedReason::MaxPayloadExceeded,
            Self::MaximumControlLineExceeded => ClosedReason::MaxControlLineExceeded,
            Self::StaleConnection => ClosedReason::StaleConnection,
            Self::InvalidClientProtocol => ClosedReason::BadClientProtocolVersion,
            Self::NoRespondersRequiresHeaders => ClosedReason::NoRespondersRequiresHeaders,
            Self::FailedAccountRegistration => ClosedReason::MissingAccount,
            Self::WrongPort(_) => ClosedReason::WrongPort,
            Self::MaximumSubscriptionsExceeded
            | Self::InvalidPublishSubject
            | Self::InvalidSubject
            | Self::PublishViolation { .. }
            | Self::PublishReplyViolation { .. }
            | Self::SubscribeViolation { .. }
            | Self::SubscribeTooManyTokens { .. } => return None,
        })
    }

    /// Appends the whole line: `-ERR '…'` and CRLF.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("-ERR '{self}'\r\n").as_bytes());
    }

    fn fixed_text(&self) -> &'static str {
        match self {
            Self::UnknownProtocolOperation => "Unknown Protocol Operation",
            Self::AuthorizationViolation => "Authorization Violation",
            Self::AuthenticationTimeout => "Authentication Timeout",
            Self::UserAuthenticationExpired => "User Authentication Expired",
            Self::UserAuthenticationRevoked => "User Authentication Revoked",
            Self::AccountAuthenticationExpired => "Account Authentication Expired",
            Self::TlsRequired => "Secure Connection - TLS Required",
            Self::MaximumConnectionsExceeded => "maximum connections exceeded",
            Self::MaximumAccountConnectionsExceeded | Self::MaximumUserConnectionsExceeded => {
                "maximum account active connections exceeded"
            }
            Self::MaximumSubscriptionsExceeded => "maximum subscriptions exceeded",
            Self::MaximumPayloadViolation => "Maximum Payload Violation",
            Self::MaximumControlLineExceeded => "maximum control line exceeded",
            Self::StaleConnection => "Stale Connection",
            Self::InvalidClientProtocol => "invalid client protocol",
            Self::NoRespondersRequiresHeaders => "no responders requires headers support",
            Self::FailedAccountRegistration => "Failed Account Registration",
            Self::ConnectionThrottled => "Connection throttling is active. Please try again later.",
            Self::WrongPort(WrongPort::Route) => "attempted to connect to route port",
            Self::WrongPort(WrongPort::Leaf) => "attempted to connect to leaf node port",
            Self::WrongPort(WrongPort::Gateway) => "attempted to connect to gateway port",
            Self::WrongPort(WrongPort::Other) => "attempted to connect to wrong port",
            Self::InvalidPublishSubject => "Invalid Publish Subject",
            Self::InvalidSubject => "Invalid Subject",
            Self::PublishViolation { .. } => "Permissions Violation for Publish to ",
            Self::PublishReplyViolation { .. } => {
                "Permissions Violation for Publish with Reply of "
            }
            Self::SubscribeViolation { .. } | Self::SubscribeTooManyTokens { .. } => {
                "Permissions Violation for Subscription to "
            }
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fixed_text())?;
        match self {
            Self::PublishViolation { subject } => Quoted(subject).fmt(f),
            Self::PublishReplyViolation { reply } => Quoted(reply).fmt(f),
            Self::SubscribeTooManyTokens { subject } => {
                write!(f, "{}, too many tokens", Quoted(subject))
            }
            Self::SubscribeViolation {
                subject,
                queue,
                sid,
            } => {
                Quoted(subject).fmt(f)?;
                if let Some(queue) = queue {
                    write!(f, " using queue {}", Quoted(queue))?;
                }
                match sid {
                    Some(sid) => write!(f, " (sid {})", Quoted(sid)),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ServerError {}

/// Bytes in Go's `%q` form: what a client sent can neither end the quotes nor the line.
struct Quoted<'a>(&'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                quote_char(character, f)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_str("\"")
    }
}

fn quote_char(character: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match character {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\u{7}' => f.write_str("\\a"),
        '\u{8}' => f.write_str("\\b"),
        '\u{c}' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\u{b}' => f.write_str("\\v"),
        ' '..='~' => write!(f, "{character}"),
        '\0'..='\u{7f}' => write!(f, "\\x{:02x}", u32::from(character)),
        _ if is_printable(character) => write!(f, "{character}"),
        '\0'..='\u{ffff}' => write!(f, "\\u{:04x}", u32::from(character)),
        _ => write!(f, "\\U{:08x}", u32::from(character)),
    }
}

/// The standard library keeps its table of printable characters to itself but escapes by it. The
/// letter in front keeps combining marks from being escaped for standing first.
fn is_printable(character: char) -> bool {
    let mut bytes = [b'a'; 5];
    let len = character.encode_utf8(&mut bytes[1..]).len();
    std::str::from_utf8(&bytes[..=len]).is_ok_and(|text| text.escape_debug().count() == 2)
}
