//! The client's side: what a server sends becomes [`ServerOp`]s. For tests and load generators.

use std::ops::ControlFlow;

use crate::frame::{Assembler, Side, Step};
use crate::line::{Line, Verb};
use crate::parser::{Envelope, ParseError, Parsed, body, envelope};

/// A server's `INFO` with many addresses is far longer than a client's lines may be.
const CONTROL_LINE_BYTES_MAX: usize = 1 << 20;

/// One operation from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerOp<'a> {
    /// `INFO {json}`
    Info(&'a [u8]),
    /// `MSG` or `HMSG`.
    Msg {
        /// The subject.
        subject: &'a [u8],
        /// The subscription it is for.
        sid: &'a [u8],
        /// The reply subject.
        reply: Option<&'a [u8]>,
        /// Bytes of `payload` that are the header block; 0 for `MSG`.
        header_len: usize,
        /// Header block and body.
        payload: &'a [u8],
    },
    /// `PING`
    Ping,
    /// `PONG`
    Pong,
    /// `+OK`
    Ok,
    /// `-ERR`: the text without its quotes.
    Err(&'a [u8]),
}

/// An incremental parser for what a server sends.
#[derive(Debug, Default)]
pub struct ClientParser {
    assembler: Assembler,
}

impl ClientParser {
    /// A parser at the start of a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            assembler: Assembler::new(),
        }
    }

    /// Takes the bytes of one read and hands every complete operation to `sink`.
    ///
    /// # Errors
    /// The server sent something that is not the protocol.
    pub fn parse<S>(
        &mut self,
        input: &[u8],
        sink: impl FnMut(ServerOp<'_>) -> ControlFlow<S>,
    ) -> Result<Parsed<S>, ParseError> {
        self.assembler.feed(
            input,
            &mut FromServer {
                sink,
                stop: std::marker::PhantomData,
            },
        )
    }

    /// Bytes kept of an unfinished operation.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.assembler.buffered()
    }
}

struct FromServer<F, S> {
    sink: F,
    stop: std::marker::PhantomData<S>,
}

impl<S, F: FnMut(ServerOp<'_>) -> ControlFlow<S>> Side for FromServer<F, S> {
    type Stop = S;

    fn step(&mut self, input: &[u8]) -> Result<Step<S>, ParseError> {
        let Some(line) = Line::read(input, CONTROL_LINE_BYTES_MAX)? else {
            return Ok(Step::Partial(0));
        };
        let op = match line.verb {
            Verb::Msg | Verb::Hmsg => return self.message(input, &line),
            Verb::Info => ServerOp::Info(line.text()),
            Verb::Ping => ServerOp::Ping,
            Verb::Pong => ServerOp::Pong,
            Verb::Ok => ServerOp::Ok,
            Verb::Err => ServerOp::Err(unquote(line.text())),
            Verb::Connect | Verb::Pub | Verb::Hpub | Verb::Sub | Verb::Unsub => {
                return Err(ParseError::UnknownOperation);
            }
        };
        Ok(Step::after((self.sink)(op), line.len))
    }

    fn control_line_max(&self) -> usize {
        CONTROL_LINE_BYTES_MAX
    }
}

impl<S, F: FnMut(ServerOp<'_>) -> ControlFlow<S>> FromServer<F, S> {
    fn message(&mut self, input: &[u8], line: &Line<'_>) -> Result<Step<S>, ParseError> {
        // As a publish, with the subscription after the subject.
        let mut args = line.args();
        let subject = args.required()?;
        let Envelope {
            subject: sid,
            reply,
            sizes,
        } = envelope(args, line.verb == Verb::Hmsg)?;
        let len = line.len + sizes.total + 2;
        let Some(payload) = body(input, line, sizes)? else {
            return Ok(Step::Partial(len));
        };
        let header_len = sizes.header;
        let op = ServerOp::Msg {
            subject,
            sid,
            reply,
            header_len,
            payload,
        };
        Ok(Step::after((self.sink)(op), len))
    }
}

fn unquote(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"'")
        .and_then(|text| text.strip_suffix(b"'"))
        .unwrap_or(text)
}
