//! A WebSocket client for tests: whole frames in, whole frames out, and whatever else is wanted.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wait::within;
use crate::wire::Carrier;

/// The mask of every frame; any one will do.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebFrame {
    /// The first byte: final, compressed, opcode.
    pub first: u8,
    pub payload: Vec<u8>,
}

impl WebFrame {
    /// The payload, inflated where it is compressed and whole.
    pub fn inflated(self) -> Vec<u8> {
        if self.first & 0x40 == 0 {
            return self.payload;
        }
        inflate(&self.payload)
    }
}

/// What a client makes of a compressed message.
pub fn inflate(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 20);
    let mut inflater = flate2::Decompress::new(false);
    let whole = [payload, &[0, 0, 0xff, 0xff]].concat();
    inflater
        .decompress_vec(&whole, &mut out, flate2::FlushDecompress::Sync)
        .expect("a message that can be inflated");
    out
}

/// What a client sends of a message.
pub fn deflate(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 1024);
    let mut deflater = flate2::Compress::new(flate2::Compression::best(), false);
    deflater
        .compress_vec(text, &mut out, flate2::FlushCompress::Sync)
        .expect("there is room");
    out.truncate(out.len() - 4);
    out
}

/// A connection after its upgrade.
#[derive(Debug)]
pub struct WebWire {
    stream: Box<dyn Carrier>,
    /// The answer to the upgrade.
    pub answer: String,
}

/// A frame of a client; `first` is its first byte.
pub fn web_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    let masked = payload.iter().zip(MASK.iter().cycle());
    frame.extend(masked.map(|(byte, key)| byte ^ key));
    frame
}

/// The upgrade request of a stock client, with further lines.
pub fn upgrade_request(more: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
}

impl WebWire {
    /// Connects in plain text and upgrades, with further header lines.
    pub async fn open(addr: SocketAddr, more: &str) -> Result<Self> {
        let stream = within("a connection", TcpStream::connect(addr)).await??;
        stream.set_nodelay(true)?;
        Self::over(stream, &upgrade_request(more)).await
    }

    /// Sends a request over a connection; whatever the answer is, it is read.
    pub async fn over(stream: impl Carrier + 'static, request: &str) -> Result<Self> {
        let mut stream: Box<dyn Carrier> = Box::new(stream);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0; 1];
            let read = within("an answer", stream.read(&mut byte)).await??;
            ensure!(
                read > 0,
                "closed after {:?}",
                String::from_utf8_lossy(&answer)
            );
            answer.push(byte[0]);
        }
        let answer = String::from_utf8(answer)?;
        Ok(Self { stream, answer })
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        within("the server to read", self.stream.write_all(bytes.as_ref())).await??;
        Ok(())
    }

    /// Sends text in one frame.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.send(web_frame(0x82, text.as_bytes())).await
    }

    /// The next frame; `None` at the end.
    pub async fn frame(&mut self) -> Result<Option<WebFrame>> {
        let mut head = [0; 2];
        if within("a frame", self.stream.read_exact(&mut head))
            .await?
            .is_err()
        {
            return Ok(None);
        }
        ensure!(head[1] & 0x80 == 0, "the server's frames have no mask");
        let len = match head[1] {
            126 => usize::from(self.stream.read_u16().await?),
            127 => usize::try_from(self.stream.read_u64().await?)?,
            len => usize::from(len),
        };
        let mut payload = vec![0; len];
        within("a payload", self.stream.read_exact(&mut payload)).await??;
        let first = head[0];
        Ok(Some(WebFrame { first, payload }))
    }

    /// The protocol's bytes until `needle` has come, pings and the like left out.
    pub async fn until(&mut self, needle: &str) -> Result<String> {
        let mut text = String::new();
        while !text.contains(needle) {
            let frame = self
                .frame()
                .await?
                .with_context(|| format!("closed after {text}"))?;
            match frame.first & 0x0f {
                0..=2 => text += &String::from_utf8(frame.inflated())?,
                9 | 10 => {}
                _ => bail!("{frame:?} after {text}"),
            }
        }
        Ok(text)
    }

    /// The code and the text of the close frame, passing over what comes before it. `None` for an
    /// end without one: the original may close before it is read.
    pub async fn closed(&mut self) -> Result<Option<(u16, String)>> {
        while let Ok(Some(frame)) = self.frame().await {
            if frame.first == 0x88 {
                let (code, text) = frame.payload.split_at(2);
                let code = u16::from_be_bytes([code[0], code[1]]);
                return Ok(Some((code, String::from_utf8(text.to_vec())?)));
            }
        }
        Ok(None)
    }
}
