//! Why connections close, in nats-server's words: monitoring and disconnect events show them.
//! Limits of our own have words of our own.

use std::fmt;

/// The reason recorded for a closed connection. `Display` gives nats-server's text
/// (`server/client.go: ClosedState.String`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
pub enum ClosedReason {
    ClientClosed, AuthenticationTimeout, AuthenticationViolation, TlsHandshakeError,
    SlowConsumerPendingBytes, SlowConsumerWriteDeadline, WriteError, ReadError, ParseError,
    StaleConnection, ProtocolViolation, BadClientProtocolVersion, WrongPort,
    MaxConnectionsExceeded, MaxAccountConnectionsExceeded, MaxPayloadExceeded,
    MaxControlLineExceeded, MaxSubscriptionsExceeded, DuplicateRoute, RouteRemoved,
    ServerShutdown, AuthenticationExpired, WrongGateway, MissingAccount, Revocation,
    InternalClient, MsgHeaderViolation, NoRespondersRequiresHeaders, ClusterNameConflict,
    DuplicateRemoteLeafnodeConnection, DuplicateClientId, DuplicateServerName,
    MinimumVersionRequired, ClusterNamesIdentical, Kicked, ProxyNotTrusted, ProxyRequired,
    MaxUserConnectionsExceeded,
}

impl ClosedReason {
    /// Whether the client read too slowly.
    #[must_use]
    pub const fn is_slow_consumer(self) -> bool {
        matches!(
            self,
            Self::SlowConsumerPendingBytes | Self::SlowConsumerWriteDeadline
        )
    }

    /// The text, as monitoring shows it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientClosed => "Client Closed",
            Self::AuthenticationTimeout => "Authentication Timeout",
            Self::AuthenticationViolation => "Authentication Failure",
            Self::TlsHandshakeError => "TLS Handshake Failure",
            Self::SlowConsumerPendingBytes => "Slow Consumer (Pending Bytes)",
            Self::SlowConsumerWriteDeadline => "Slow Consumer (Write Deadline)",
            Self::WriteError => "Write Error",
            Self::ReadError => "Read Error",
            Self::ParseError => "Parse Error",
            Self::StaleConnection => "Stale Connection",
            Self::ProtocolViolation => "Protocol Violation",
            Self::BadClientProtocolVersion => "Bad Client Protocol Version",
            Self::WrongPort => "Incorrect Port",
            Self::MaxConnectionsExceeded => "Maximum Connections Exceeded",
            Self::MaxAccountConnectionsExceeded => "Maximum Account Connections Exceeded",
            Self::MaxPayloadExceeded => "Maximum Message Payload Exceeded",
            Self::MaxControlLineExceeded => "Maximum Control Line Exceeded",
            Self::MaxSubscriptionsExceeded => "Maximum Subscriptions Exceeded",
            Self::DuplicateRoute => "Duplicate Route",
            Self::RouteRemoved => "Route Removed",
            Self::ServerShutdown => "Server Shutdown",
            Self::AuthenticationExpired => "Authentication Expired",
            Self::WrongGateway => "Wrong Gateway",
            Self::MissingAccount => "Missing Account",
            Self::Revocation => "Credentials Revoked",
            Self::InternalClient => "Internal Client",
            Self::MsgHeaderViolation => "Message Header Violation",
            Self::NoRespondersRequiresHeaders => "No Responders Requires Headers",
            Self::ClusterNameConflict => "Cluster Name Conflict",
            Self::DuplicateRemoteLeafnodeConnection => "Duplicate Remote LeafNode Connection",
            Self::DuplicateClientId => "Duplicate Client ID",
            Self::DuplicateServerName => "Duplicate Server Name",
            Self::MinimumVersionRequired => "Minimum Version Required",
            Self::ClusterNamesIdentical => "Cluster Names Identical",
            Self::Kicked => "Kicked",
            Self::ProxyNotTrusted => "Proxy Not Trusted",
            Self::ProxyRequired => "Proxy Required",
            Self::MaxUserConnectionsExceeded => "Maximum User Connections Exceeded",
        }
    }
}

impl fmt::Display for ClosedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
