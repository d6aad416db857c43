//! The server's side: what a client sends becomes [`Op`]s.

use std::ops::ControlFlow;

use crate::closed::ClosedReason;
use crate::error::ServerError;
use crate::frame::{Assembler, Side, Step};
use crate::line::{Args, Line, Sizes, Verb, parse_size, parse_sizes};
use crate::op::Op;

/// What a connection may send. The broker's view of it can change with every `CONNECT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes after the verb of a control line, `CONNECT` included.
    pub control_line_max: usize,
    /// Most bytes of header block and body together. `usize::MAX` means no limit, which on the
    /// wire is 999,999,999.
    pub payload_max: usize,
    /// Whether `HPUB` was negotiated.
    pub headers: bool,
}

/// Why a connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not a verb that clients send, or a payload not followed by CRLF.
    #[error("unknown protocol operation")]
    UnknownOperation,
    /// More argument bytes than [`Limits::control_line_max`].
    #[error("control line longer than max_control_line")]
    ControlLineTooLong,
    /// The announced size is above [`Limits::payload_max`]. Nothing of the payload was kept.
    #[error("payload of {size} bytes is above the limit of {max}")]
    PayloadTooLarge {
        /// The size announced.
        size: usize,
        /// The limit in force.
        max: usize,
    },
    /// Wrong number of arguments, or a size that is not 1 to 9 digits.
    #[error("bad arguments in a control line")]
    BadArguments,
    /// The client sent `-ERR`.
    #[error("client reported an error")]
    ClientSentError,
    /// `HPUB` without headers negotiated.
    #[error("message headers not supported")]
    HeadersNotSupported,
    /// Something other than `CONNECT` while [`Handler::connect_required`].
    #[error("first operation is not CONNECT")]
    ConnectRequired,
}

impl ParseError {
    /// What to tell the client before closing; `None` closes without a word.
    #[must_use]
    pub fn wire_error(&self) -> Option<ServerError> {
        match self {
            Self::UnknownOperation => Some(ServerError::UnknownProtocolOperation),
            Self::ControlLineTooLong => Some(ServerError::MaximumControlLineExceeded),
            Self::PayloadTooLarge { .. } => Some(ServerError::MaximumPayloadViolation),
            Self::ConnectRequired => Some(ServerError::AuthorizationViolation),
            Self::BadArguments | Self::ClientSentError | Self::HeadersNotSupported => None,
        }
    }

    /// The reason to record for the closed connection.
    #[must_use]
    pub fn closed_reason(&self) -> ClosedReason {
        match self {
            Self::ControlLineTooLong => ClosedReason::MaxControlLineExceeded,
            Self::PayloadTooLarge { .. } => ClosedReason::MaxPayloadExceeded,
            Self::ConnectRequired => ClosedReason::AuthenticationViolation,
            Self::ClientSentError => ClosedReason::ParseError,
            Self::UnknownOperation | Self::BadArguments | Self::HeadersNotSupported => {
                ClosedReason::ProtocolViolation
            }
        }
    }
}

/// Receives the operations of one connection.
pub trait Handler {
    /// Why the handler stopped the parser.
    type Stop;

    /// One operation. `Break` stops parsing right after it.
    fn op(&mut self, op: Op<'_>) -> ControlFlow<Self::Stop>;

    /// The limits in force, asked at every [`Parser::parse`] and after every [`Op::Connect`].
    fn limits(&self) -> Limits;

    /// True while the only operation allowed is `CONNECT`: anything else is then refused at its
    /// first byte with [`ParseError::ConnectRequired`], so that a stranger cannot make the server
    /// hold a payload. Asked whenever [`Handler::limits`] is.
    fn connect_required(&self) -> bool {
        false
    }

    /// A message is too large, which ends the connection: its subject, its headers if all of them
    /// are there, and its size.
    fn too_large(&mut self, _subject: &[u8], _headers: &[u8], _size: usize) {}
}

/// What a call to [`Parser::parse`] ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<S> {
    /// All input is used up; feed the next read.
    NeedMore,
    /// The handler stopped. What follows of the input was not looked at: to go on, feed it again.
    Stopped {
        /// What the handler said.
        stop: S,
        /// Bytes of the input that are used up, those of the last operation included.
        taken: usize,
    },
}

/// An incremental parser for one connection. It keeps only the bytes of an operation that is not
/// complete yet, and no heap memory at all when there is none.
#[derive(Debug, Default)]
pub struct Parser {
    assembler: Assembler,
}

impl Parser {
    /// A parser at the start of a connection; allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            assembler: Assembler::new(),
        }
    }

    /// Takes the bytes of one read and hands every complete operation to `handler`, in order.
    ///
    /// How the stream is cut into reads makes no difference to operations and errors.
    ///
    /// # Errors
    /// The connection has to be closed; operations before the error were handed out.
    pub fn parse<H: Handler>(
        &mut self,
        input: &[u8],
        handler: &mut H,
    ) -> Result<Parsed<H::Stop>, ParseError> {
        let (limits, connect_required) = (handler.limits(), handler.connect_required());
        let mut side = FromClient {
            handler,
            limits,
            connect_required,
        };
        self.assembler.feed(input, &mut side)
    }

    /// Bytes kept of an unfinished operation: never more than its control line (verb, arguments
    /// within `control_line_max`, separators) and its body within `payload_max`, with CRLF.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.assembler.buffered()
    }

    /// Heap bytes held for it: 0 when nothing is unfinished, else at most twice what is kept, or
    /// a few KiB.
    #[must_use]
    pub fn reserved(&self) -> usize {
        self.assembler.reserved()
    }
}

struct FromClient<'h, H> {
    handler: &'h mut H,
    limits: Limits,
    connect_required: bool,
}

impl<H: Handler> Side for FromClient<'_, H> {
    type Stop = H::Stop;

    #[inline]
    fn step(&mut self, input: &[u8]) -> Result<Step<H::Stop>, ParseError> {
        if self.connect_required && !matches!(input.first(), Some(b'C' | b'c')) {
            return Err(ParseError::ConnectRequired);
        }
        let Some(line) = Line::read(input, self.limits.control_line_max)? else {
            return Ok(Step::Partial(0));
        };
        let op = match line.verb {
            Verb::Pub | Verb::Hpub => return self.publish(input, &line),
            Verb::Connect => return Ok(self.connect(&line)),
            Verb::Hmsg => return self.ignored_message(input, &line),
            Verb::Ping => Op::Ping,
            Verb::Pong => Op::Pong,
            Verb::Sub => subscribe(&line)?,
            Verb::Unsub => unsubscribe(&line)?,
            Verb::Info => Op::Info(line.text()),
            Verb::Ok => Op::Ok,
            Verb::Err => return Err(ParseError::ClientSentError),
            Verb::Msg => return Err(ParseError::UnknownOperation),
        };
        Ok(Step::after(self.handler.op(op), line.len))
    }

    fn control_line_max(&self) -> usize {
        self.limits.control_line_max
    }
}

impl<H: Handler> FromClient<'_, H> {
    #[inline]
    fn publish(&mut self, input: &[u8], line: &Line<'_>) -> Result<Step<H::Stop>, ParseError> {
        let has_headers = line.verb == Verb::Hpub;
        if has_headers && !self.limits.headers {
            return Err(ParseError::HeadersNotSupported);
        }
        let Envelope {
            subject,
            reply,
            sizes,
        } = envelope(line.args(), has_headers)?;
        let (size, max) = (sizes.total, self.limits.payload_max);
        if size > max {
            let headers = line.len..line.len.saturating_add(sizes.header);
            let headers = input.get(headers).unwrap_or_default();
            self.handler.too_large(subject, headers, size);
            return Err(ParseError::PayloadTooLarge { size, max });
        }
        let len = line.len + size + 2;
        let Some(payload) = body(input, line, sizes)? else {
            return Ok(Step::Partial(len));
        };
        let header_len = sizes.header;
        let op = Op::Pub {
            subject,
            reply,
            header_len,
            payload,
            has_headers,
        };
        Ok(Step::after(self.handler.op(op), len))
    }

    /// What may be sent can change with every `CONNECT`.
    fn connect(&mut self, line: &Line<'_>) -> Step<H::Stop> {
        let flow = self.handler.op(Op::Connect(line.text()));
        self.limits = self.handler.limits();
        self.connect_required = self.handler.connect_required();
        Step::after(flow, line.len)
    }

    /// nats-server 2.15.1 skips the arguments of a client's `HMSG` and expects an empty payload.
    fn ignored_message(
        &mut self,
        input: &[u8],
        line: &Line<'_>,
    ) -> Result<Step<H::Stop>, ParseError> {
        let len = line.len + 2;
        Ok(
            match body(
                input,
                line,
                Sizes {
                    header: 0,
                    total: 0,
                },
            )? {
                Some(_) => Step::after(self.handler.op(Op::Msg), len),
                None => Step::Partial(len),
            },
        )
    }
}

/// The body after a message's line; `None` when it is not all there. It must be followed by
/// exactly CRLF, and a wrong byte is refused as soon as it is seen.
#[inline]
pub(crate) fn body<'a>(
    input: &'a [u8],
    line: &Line<'_>,
    sizes: Sizes,
) -> Result<Option<&'a [u8]>, ParseError> {
    let rest = &input[line.len..];
    let Some((payload, end)) = rest.split_at_checked(sizes.total) else {
        return Ok(None);
    };
    match end {
        [b'\r', b'\n', ..] => Ok(Some(payload)),
        [] | [b'\r'] => Ok(None),
        _ => Err(ParseError::UnknownOperation),
    }
}

/// Where a message goes, and how long it is.
pub(crate) struct Envelope<'a> {
    pub(crate) subject: &'a [u8],
    pub(crate) reply: Option<&'a [u8]>,
    pub(crate) sizes: Sizes,
}

/// Reads `<subject> [reply] [#header] <#total>`: of three or four arguments, the ones in the
/// middle mean what is left after the sizes.
#[inline]
pub(crate) fn envelope<'a>(
    mut args: Args<'a>,
    has_headers: bool,
) -> Result<Envelope<'a>, ParseError> {
    let subject = args.required()?;
    let mut reply = None;
    let mut header = has_headers.then(|| args.required()).transpose()?;
    let mut total = args.required()?;
    if let Some(last) = args.next() {
        reply = Some(header.unwrap_or(total));
        header = header.map(|_| total);
        total = last;
        args.end()?;
    }
    let sizes = parse_sizes(header, total)?;
    Ok(Envelope {
        subject,
        reply,
        sizes,
    })
}

fn subscribe<'a>(line: &Line<'a>) -> Result<Op<'a>, ParseError> {
    let mut args = line.args();
    let (subject, second) = (args.required()?, args.required()?);
    let third = args.next();
    args.end()?;
    Ok(match third {
        Some(sid) => Op::Sub {
            subject,
            queue: Some(second),
            sid,
        },
        None => Op::Sub {
            subject,
            queue: None,
            sid: second,
        },
    })
}

fn unsubscribe<'a>(line: &Line<'a>) -> Result<Op<'a>, ParseError> {
    let mut args = line.args();
    let sid = args.required()?;
    let max = args.next().and_then(parse_size).filter(|max| *max > 0);
    args.end()?;
    Ok(Op::Unsub {
        sid,
        max: max.map(|max| max as u64),
    })
}
