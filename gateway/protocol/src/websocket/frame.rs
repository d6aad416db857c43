//! Frames: headers, masks, and the order in which they may come.

use std::fmt;
use std::ops::Range;

use super::close::CloseCode;

/// Bytes of a control frame's payload.
pub const CONTROL_MAX: usize = 125;
/// Two bytes, a length of eight, a mask.
const HEADER_MAX: usize = 14;

const FINAL: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const RESERVED: u8 = 0x30;
const MASKED: u8 = 0x80;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// More of the message before it.
    Continuation = 0,
    /// A message; NATS makes no difference between this and the next one.
    Text = 1,
    /// A message.
    Binary = 2,
    /// The end.
    Close = 8,
    /// To be answered.
    Ping = 9,
    /// An answer.
    Pong = 10,
}

impl Opcode {
    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn is_control(self) -> bool {
        self as u8 >= Self::Close as u8
    }
}

/// What makes a stream of frames unacceptable. The texts are nats-server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    ReservedBits,
    NotNegotiated,
    Unmasked,
    ControlTooLong,
    ControlFragmented,
    ControlCompressed,
    Interrupted,
    NothingToContinue,
    UnknownOpcode(u8),
    Length,
    ShortClose,
    CloseCode(u16),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "RSV2 and RSV3 must be clear",
            Self::NotNegotiated => {
                "compressed frame received without negotiated permessage-deflate"
            }
            Self::Unmasked => "mask bit missing",
            Self::ControlTooLong => "control frame length bigger than maximum allowed of 125 bytes",
            Self::ControlFragmented => "control frame does not have final bit set",
            Self::ControlCompressed => "control frame must not be compressed",
            Self::Interrupted => {
                "new message started before final frame for previous message was received"
            }
            Self::NothingToContinue => "invalid continuation frame",
            Self::UnknownOpcode(code) => return write!(f, "unknown opcode {code}"),
            Self::Length => "invalid 64-bit payload length",
            Self::ShortClose => "close frame payload cannot be 1 byte",
            Self::CloseCode(code) => return write!(f, "invalid close status code {code}"),
        })
    }
}

impl std::error::Error for FrameError {}

/// What a step found in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Nothing; all of the input is taken.
    NeedMore,
    /// A piece of a message's payload, unmasked where it lay.
    Data {
        /// Where it lies in the input.
        range: Range<usize>,
        /// Whether the message is compressed.
        compressed: bool,
        /// Whether the message ends with it.
        last: bool,
    },
    /// To be answered with a pong of the same payload.
    Ping(Vec<u8>),
    /// Nothing to do.
    Pong,
    /// The peer has said its last word; the payload of the answer, if there is to be one.
    Close(Option<Vec<u8>>),
}

/// How much of the input a step took, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Bytes of the input that are dealt with, those of a found piece included.
    pub taken: usize,
    /// What was there.
    pub event: Event,
}

/// Takes frames apart, whatever the reads look like. Payloads stay where they are; what is kept
/// here is at most a header and a control frame.
#[derive(Debug)]
pub struct Decoder {
    wants_masks: bool,
    takes_compressed: bool,
    header: [u8; HEADER_MAX],
    header_len: u8,
    /// The frame under way.
    opcode: Opcode,
    is_final: bool,
    /// Bytes of its payload that are to come; meaningless before the header is whole.
    left: u64,
    in_payload: bool,
    mask: [u8; 4],
    /// Which of the mask's bytes is next.
    mask_at: u8,
    in_message: bool,
    is_compressed: bool,
    control: Vec<u8>,
}

impl Decoder {
    /// For the frames of a client. `wants_masks` unless agreed otherwise; `takes_compressed` when
    /// that was agreed.
    #[must_use]
    pub fn new(wants_masks: bool, takes_compressed: bool) -> Self {
        Self {
            wants_masks,
            takes_compressed,
            header: [0; HEADER_MAX],
            header_len: 0,
            opcode: Opcode::Continuation,
            is_final: false,
            left: 0,
            in_payload: false,
            mask: [0; 4],
            mask_at: 0,
            in_message: false,
            is_compressed: false,
            control: Vec::new(),
        }
    }

    /// Takes the next thing from the front of `input`.
    ///
    /// # Errors
    /// When it is not what may come here. Nothing that follows has a meaning then.
    pub fn step(&mut self, input: &mut [u8]) -> Result<Step, FrameError> {
        let mut taken = 0;
        if !self.in_payload {
            taken = self.read_header(input)?;
            if !self.in_payload {
                let event = Event::NeedMore;
                return Ok(Step { taken, event });
            }
        }
        let rest = &mut input[taken..];
        let count = usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()));
        if count == 0 && self.left > 0 {
            let event = Event::NeedMore;
            return Ok(Step { taken, event });
        }
        self.unmask(&mut rest[..count]);
        self.left -= count as u64;
        let range = taken..taken + count;
        let ends = self.left == 0;
        self.in_payload = !ends;
        let event = if self.opcode.is_control() {
            self.control.extend_from_slice(&input[range.clone()]);
            match ends {
                true => self.control_event()?,
                false => Event::NeedMore,
            }
        } else {
            let last = ends && self.is_final;
            self.in_message = !last;
            Event::Data {
                range: range.clone(),
                compressed: self.is_compressed,
                last,
            }
        };
        let taken = range.end;
        Ok(Step { taken, event })
    }

    /// Reads what there is of a header. Returns how much that was.
    fn read_header(&mut self, input: &[u8]) -> Result<usize, FrameError> {
        let mut taken = 0;
        loop {
            let have = usize::from(self.header_len);
            let need = self.header_bytes();
            if have == need {
                self.begin_payload();
                return Ok(taken);
            }
            let count = (need - have).min(input.len() - taken);
            if count == 0 {
                return Ok(taken);
            }
            self.header[have..have + count].copy_from_slice(&input[taken..taken + count]);
            self.header_len += count as u8;
            taken += count;
            if have < 2 && have + count >= 2 {
                self.begin_frame()?;
            }
            if have + count == self.header_bytes() && self.header[1] & !MASKED == 127 {
                // A length that no signed number holds is a trap for those who use one.
                if self.header[2] & 0x80 != 0 {
                    return Err(FrameError::Length);
                }
            }
        }
    }

    /// Bytes of the header that is being read, as far as that is known.
    fn header_bytes(&self) -> usize {
        if self.header_len < 2 {
            return 2;
        }
        let length = match self.header[1] & !MASKED {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.header[1] & MASKED != 0 { 4 } else { 0 };
        2 + length + mask
    }

    /// Looks at the first two bytes: most of what can be wrong shows there.
    fn begin_frame(&mut self) -> Result<(), FrameError> {
        let [first, second, ..] = self.header;
        let (is_final, compressed) = (first & FINAL != 0, first & COMPRESSED != 0);
        if first & RESERVED != 0 {
            return Err(FrameError::ReservedBits);
        }
        if compressed && !self.takes_compressed {
            return Err(FrameError::NotNegotiated);
        }
        if self.wants_masks && second & MASKED == 0 {
            return Err(FrameError::Unmasked);
        }
        let code = first & 0x0f;
        let opcode = Opcode::of(code).ok_or(FrameError::UnknownOpcode(code))?;
        match opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => {
                if usize::from(second & !MASKED) > CONTROL_MAX {
                    return Err(FrameError::ControlTooLong);
                }
                if !is_final {
                    return Err(FrameError::ControlFragmented);
                }
                if compressed {
                    return Err(FrameError::ControlCompressed);
                }
            }
            Opcode::Text | Opcode::Binary => {
                if self.in_message {
                    return Err(FrameError::Interrupted);
                }
                self.is_compressed = compressed;
                self.in_message = true;
            }
            Opcode::Continuation => {
                if !self.in_message || compressed {
                    return Err(FrameError::NothingToContinue);
                }
            }
        }
        self.opcode = opcode;
        self.is_final = is_final;
        Ok(())
    }

    /// The header is whole.
    fn begin_payload(&mut self) {
        let header = &self.header[..usize::from(self.header_len)];
        let (length, mask) = header[2..].split_at(match header[1] & !MASKED {
            126 => 2,
            127 => 8,
            _ => 0,
        });
        let big_endian = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        self.left = match length {
            [] => u64::from(header[1] & !MASKED),
            bytes => bytes.iter().fold(0, big_endian),
        };
        self.mask = mask.try_into().unwrap_or_default();
        self.mask_at = 0;
        self.header_len = 0;
        self.in_payload = true;
    }

    /// A payload without mask has a mask of zeros.
    fn unmask(&mut self, payload: &mut [u8]) {
        if self.mask == [0; 4] {
            return;
        }
        let mut mask = self.mask;
        mask.rotate_left(usize::from(self.mask_at));
        let [a, b, c, d] = mask;
        let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let (words, rest) = payload.as_chunks_mut::<8>();
        for bytes in words {
            *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
        }
        for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= key;
        }
        self.mask_at = ((usize::from(self.mask_at) + payload.len()) % 4) as u8;
    }

    fn control_event(&mut self) -> Result<Event, FrameError> {
        let payload = std::mem::take(&mut self.control);
        Ok(match self.opcode {
            Opcode::Ping => Event::Ping(payload),
            Opcode::Close => Event::Close(close_answer(payload)?),
            _ => Event::Pong,
        })
    }
}

/// What to answer to a close frame: the same, without a code nothing.
fn close_answer(payload: Vec<u8>) -> Result<Option<Vec<u8>>, FrameError> {
    let (code, text) = match payload.as_slice() {
        [] => return Ok(None),
        [_] => return Err(FrameError::ShortClose),
        [high, low, text @ ..] => (u16::from_be_bytes([*high, *low]), text),
    };
    if !CloseCode(code).is_valid() {
        return Err(FrameError::CloseCode(code));
    }
    if std::str::from_utf8(text).is_err() {
        let text = "invalid utf8 body in close frame";
        return Ok(Some(super::close_payload(CloseCode::INVALID_DATA, text)));
    }
    Ok(Some(payload))
}

/// Appends the header of a server's frame: no mask.
pub fn frame_header(
    out: &mut Vec<u8>,
    opcode: Opcode,
    (is_final, compressed): (bool, bool),
    len: usize,
) {
    let mut first = opcode as u8;
    if is_final {
        first |= FINAL;
    }
    if compressed {
        first |= COMPRESSED;
    }
    out.push(first);
    match len {
        0..=125 => out.push(len as u8),
        126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}
