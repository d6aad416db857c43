//! What the fuzz targets run. It lives here so that an ordinary test can replay their corpus, and
//! so that the property tests judge by the same rules.

mod websocket;

use std::ops::ControlFlow;

use crate::client::{ClientParser, ServerOp};
use crate::connect::ConnectOptions;
use crate::headers::{self, HeaderBlock};
use crate::line;
use crate::op::Op;
use crate::parser::{Handler, Limits, ParseError, Parsed, Parser};

pub use websocket::{Heard, hear, websocket};

/// What came out of feeding a stream to a parser.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The operations, printed.
    pub ops: Vec<String>,
    /// What ended it, if anything did.
    pub error: Option<ParseError>,
}

struct Recorder {
    limits: Limits,
    connect_required: bool,
    ops: Vec<String>,
}

impl Handler for Recorder {
    type Stop = ();

    fn op(&mut self, op: Op<'_>) -> ControlFlow<()> {
        if let Op::Connect(json) = op {
            self.connect_required = false;
            self.limits.headers = ConnectOptions::parse(json).is_ok_and(|options| options.headers);
        }
        self.ops.push(format!("{op:?}"));
        ControlFlow::Continue(())
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn connect_required(&self) -> bool {
        self.connect_required
    }
}

/// Feeds the chunks of a client's stream one after the other, up to an error. A `CONNECT` decides
/// about headers from then on.
///
/// # Panics
/// When the parser keeps more than its limits allow.
pub fn transcript<'a>(
    limits: Limits,
    connect_required: bool,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Transcript {
    let mut parser = Parser::new();
    let mut recorder = Recorder {
        limits,
        connect_required,
        ops: Vec::new(),
    };
    let line_max = line::bytes_max(limits.control_line_max);
    let buffered_max = line_max
        .saturating_add(limits.payload_max)
        .saturating_add(2);
    let mut error = None;
    for chunk in chunks {
        let outcome = parser.parse(chunk, &mut recorder);
        assert!(
            parser.buffered() <= buffered_max,
            "kept {} bytes",
            parser.buffered()
        );
        match outcome {
            Ok(Parsed::NeedMore | Parsed::Stopped { .. }) => {}
            Err(cause) => {
                assert_eq!(parser.buffered(), 0, "kept bytes after an error");
                error = Some(cause);
                break;
            }
        }
    }
    Transcript {
        ops: recorder.ops,
        error,
    }
}

/// The same for a server's stream.
pub fn client_transcript<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Transcript {
    let mut parser = ClientParser::new();
    let mut seen = Transcript::default();
    for chunk in chunks {
        let ops = &mut seen.ops;
        let outcome = parser.parse(chunk, |op: ServerOp<'_>| -> ControlFlow<()> {
            ops.push(format!("{op:?}"));
            ControlFlow::Continue(())
        });
        if let Err(cause) = outcome {
            seen.error = Some(cause);
            break;
        }
    }
    seen
}

/// Cuts `stream` into pieces whose lengths follow from `seed`, mostly short ones.
pub fn cut(stream: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut state = u32::from(seed) | 0x100;
    let mut rest = stream;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        // Numerical Recipes' generator: enough to vary lengths, the same everywhere.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let longest = [1, 2, 3, 7, 16, 64, 512, 4096][(state >> 29) as usize];
        let (piece, tail) = rest.split_at(((state >> 8) as usize % longest + 1).min(rest.len()));
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

/// Fuzz target: the first byte picks limits, the second the cuts, the rest is the stream. Whole
/// and in pieces it must give the same operations and the same error.
pub fn parser(data: &[u8]) {
    let [flags, seed, stream @ ..] = data else {
        return;
    };
    let limits = Limits {
        control_line_max: if flags & 1 == 0 { 4096 } else { 24 },
        payload_max: if flags & 2 == 0 { 1 << 20 } else { 16 },
        headers: flags & 4 == 0,
    };
    let connect_required = flags & 8 != 0;
    let whole = transcript(limits, connect_required, [stream]);
    let pieces = transcript(limits, connect_required, cut(stream, *seed));
    assert_eq!(whole, pieces, "the cuts of seed {seed} change the outcome");
    let whole = client_transcript([stream]);
    assert_eq!(
        whole,
        client_transcript(cut(stream, *seed)),
        "client: cuts of seed {seed}"
    );
}

/// Fuzz target: reading, searching and cleaning header blocks, and `CONNECT`.
pub fn headers(data: &[u8]) {
    let cleaned = headers::without(data, b"body", b"Nats-Request-Info");
    let kept = match &cleaned {
        Some((len, message)) => {
            assert!(message.ends_with(b"body") && *len + 4 == message.len());
            &message[..*len]
        }
        None => data,
    };
    let again = headers::without(kept, b"", b"nats-request-info");
    assert!(again.is_none(), "a removed header is still there");
    if let Ok(block) = HeaderBlock::parse(data) {
        let mut written = Vec::new();
        headers::write(&mut written, block.iter());
        let read = HeaderBlock::parse(&written);
        assert!(
            read.is_ok_and(|read| read.iter().eq(block.iter())),
            "headers change on the way"
        );
        for (name, value) in block.iter() {
            assert!(
                block.find(name).is_some(),
                "{name:?}: {value:?} cannot be found"
            );
        }
        assert!(block.status().is_none_or(|status| status < 1000));
        assert!(block.description().len() <= data.len());
    }
    if let Ok(options) = ConnectOptions::parse(data) {
        let _ = (format!("{options:?}"), options.refusal());
    }
}
