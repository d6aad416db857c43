//! The operations a client sends, as slices of what it sent.

/// One operation from a client. All slices live only as long as the call that hands them out.
///
/// Subjects, queue names and subscription ids are free of space, tab, CR and LF and not empty;
/// nothing else is checked here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op<'a> {
    /// `CONNECT {json}`: the JSON text, not yet parsed.
    Connect(&'a [u8]),
    /// `INFO {json}`: means something between servers only.
    Info(&'a [u8]),
    /// `PING`
    Ping,
    /// `PONG`
    Pong,
    /// `+OK`
    Ok,
    /// `PUB` or `HPUB`.
    Pub {
        /// The subject as sent.
        subject: &'a [u8],
        /// The reply subject, if one was sent.
        reply: Option<&'a [u8]>,
        /// Bytes of `payload` that are the header block; 0 for `PUB`.
        header_len: usize,
        /// Header block and body, without the closing CRLF.
        payload: &'a [u8],
        /// True for `HPUB`, also when its header block is empty.
        has_headers: bool,
    },
    /// `SUB <subject> [queue] <sid>`
    Sub {
        /// The subject or wildcard pattern.
        subject: &'a [u8],
        /// The queue group.
        queue: Option<&'a [u8]>,
        /// The client's name for the subscription.
        sid: &'a [u8],
    },
    /// `UNSUB <sid> [max]`
    Unsub {
        /// The subscription to end.
        sid: &'a [u8],
        /// End it after this many deliveries, counted from its start. `None` means now; 0 and
        /// anything that is not a number of 1 to 9 digits read as `None`, as in nats-server.
        max: Option<u64>,
    },
    /// An empty `HMSG`, which only servers send: to be ignored, as nats-server does. It refuses
    /// `MSG`, and so does the parser.
    Msg,
}
