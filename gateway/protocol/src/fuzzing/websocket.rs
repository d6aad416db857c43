//! WebSocket: frames, what is compressed in them, and the upgrade request.

use super::cut;
use crate::websocket::{Decoder, Event, FrameError, Inflater, Upgrade};

/// What one message may inflate to.
const MESSAGE_MAX: usize = 1 << 16;

/// What a stream of frames said: payloads together, control frames and ends of messages in place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Of all messages, as they came.
    pub payload: Vec<u8>,
    /// Everything else, by how much of the payload was there before it.
    pub events: Vec<(usize, String)>,
}

/// Takes the reads of a client's stream apart, one after the other; what was heard, and what ended
/// it, if anything did.
///
/// # Panics
/// When the decoder stands still, or says that it needs more and leaves some.
pub fn hear(
    reads: &[&[u8]],
    wants_masks: bool,
    takes_compressed: bool,
) -> (Heard, Option<FrameError>) {
    let mut decoder = Decoder::new(wants_masks, takes_compressed);
    let mut heard = Heard::default();
    for read in reads {
        let mut input = read.to_vec();
        let mut at = 0;
        while at < input.len() {
            let step = match decoder.step(&mut input[at..]) {
                Ok(step) => step,
                Err(error) => return (heard, Some(error)),
            };
            let here = heard.payload.len();
            match step.event {
                Event::NeedMore => assert_eq!(step.taken, input.len() - at, "some is left"),
                Event::Data {
                    range,
                    compressed,
                    last,
                } => {
                    let range = at + range.start..at + range.end;
                    heard.payload.extend_from_slice(&input[range]);
                    if last {
                        let here = heard.payload.len();
                        let event = format!("end, compressed: {compressed}");
                        heard.events.push((here, event));
                    }
                }
                event => heard.events.push((here, format!("{event:?}"))),
            }
            assert!(step.taken > 0, "no progress");
            at += step.taken;
        }
    }
    (heard, None)
}

/// Inflates a message into little room, as far as it goes.
fn inflate(message: &[u8], room: usize) {
    let mut inflater = Inflater::new(MESSAGE_MAX);
    let mut output = vec![0; room];
    let (mut at, mut total) = (0, 0);
    while let Ok(step) = inflater.inflate(&message[at..], true, &mut output) {
        at += step.taken;
        total += step.written;
        assert!(total <= MESSAGE_MAX, "a message grew to {total} bytes");
        if step.done {
            break;
        }
        assert!(step.taken > 0 || step.written > 0, "no progress");
    }
}

/// Fuzz target: the first byte picks what was agreed, the second the cuts, the rest is the stream.
/// Whole and in pieces it must say the same. Read as a compressed message it stays bounded, and as
/// a request it is answered.
pub fn websocket(data: &[u8]) {
    let [flags, seed, stream @ ..] = data else {
        return;
    };
    let (wants_masks, takes_compressed) = (flags & 1 == 0, flags & 2 == 0);
    let whole = hear(&[stream], wants_masks, takes_compressed);
    let pieces = hear(&cut(stream, *seed), wants_masks, takes_compressed);
    // Of a frame that turns out wrong the pieces before may have been heard already.
    assert_eq!(
        whole.1, pieces.1,
        "the cuts of seed {seed} change the outcome"
    );
    if whole.1.is_none() {
        assert_eq!(
            whole.0, pieces.0,
            "the cuts of seed {seed} change what is heard"
        );
    }
    inflate(stream, usize::from(*seed) + 1);
    if let Err(error) = Upgrade::parse(stream) {
        let mut answer = Vec::new();
        error.write(&mut answer);
        assert!(answer.starts_with(b"HTTP/1.1 4"), "a refusal has a status");
    }
}
