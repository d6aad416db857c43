//! The HTTP request at the start of a WebSocket connection, and its answer.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    time::Duration,
};

use protocol::websocket::{Upgrade, UpgradeError};
use tokio::{io::ReadBuf, time::timeout};

use super::{
    listener::{Cookies, WebSocketOptions},
    stream::Carrier,
    websocket::{Agreement, WebSocket},
};

/// Bytes of a request. Browsers send less than 2 KiB; cookies with JWTs are larger.
const REQUEST_MAX: usize = 32 * 1024;
/// Bytes read at a time.
const READ_BYTES: usize = 2048;
/// Time for a refusal to be read.
const LINGER: Duration = Duration::from_millis(500);

/// Why a connection did not become a WebSocket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpgradeFailure {
    #[error("{0}")]
    Refused(#[from] UpgradeError),
    #[error("websocket handshake error: {0}")]
    Broken(#[from] io::Error),
    #[error("websocket handshake error: i/o timeout")]
    Late,
}

/// Answers the request to go on with WebSocket; tells what the client's cookies say.
pub(crate) async fn upgrade(
    mut carrier: Carrier,
    options: &WebSocketOptions,
    (is_tls, inflated_max): (bool, usize),
) -> Result<(WebSocket, Cookies), UpgradeFailure> {
    let agreed = timeout(
        options.handshake_timeout,
        agree(&mut carrier, options, is_tls),
    );
    let outcome = agreed.await.unwrap_or(Err(UpgradeFailure::Late));
    match outcome {
        Ok(upgrade) => {
            let agreement = Agreement {
                deflate: options.compression && upgrade.offers_deflate,
                masked: !upgrade.no_masking,
                is_browser: upgrade.is_browser,
                is_safari: upgrade.is_safari,
                inflated_max,
            };
            let cookies = options.cookies.read(&upgrade);
            Ok((WebSocket::new(carrier, agreement), cookies))
        }
        Err(failure) => {
            if let UpgradeFailure::Refused(error) = &failure {
                // Who does not read it in time learns it from the close.
                let _ = timeout(LINGER, turn_away(&mut carrier, error)).await;
            }
            Err(failure)
        }
    }
}

async fn agree(
    carrier: &mut Carrier,
    options: &WebSocketOptions,
    is_tls: bool,
) -> Result<Upgrade, UpgradeFailure> {
    let upgrade = read_request(carrier).await?;
    upgrade.check_origin(options.same_origin, &options.allowed_origins, is_tls)?;
    let deflate = options.compression && upgrade.offers_deflate;
    let mut answer = Vec::new();
    upgrade.write_answer(deflate, &options.headers, &mut answer);
    write(carrier, &answer).await?;
    Ok(upgrade)
}

async fn read_request(carrier: &mut Carrier) -> Result<Upgrade, UpgradeFailure> {
    let mut request = Vec::new();
    loop {
        let mut space = [0; READ_BYTES];
        let count = read(carrier, &mut space).await?;
        if count == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let read = &space[..count];
        request.extend_from_slice(read);
        // It is whole only after a line's end, so that not every byte is a reason to look.
        if read.contains(&b'\n')
            && let Some((upgrade, len)) = Upgrade::parse(&request)?
        {
            return match len == request.len() {
                true => Ok(upgrade),
                false => Err(UpgradeError::TOO_EARLY.into()),
            };
        }
        if request.len() > REQUEST_MAX {
            return Err(UpgradeError::TOO_LONG.into());
        }
    }
}

/// Says why, and waits until it is read: unread input would make the system discard it.
async fn turn_away(carrier: &mut Carrier, error: &UpgradeError) -> io::Result<()> {
    let mut answer = Vec::new();
    error.write(&mut answer);
    write(carrier, &answer).await?;
    poll_fn(|cx| carrier.poll_shutdown(cx)).await?;
    let mut space = [0; READ_BYTES];
    while read(carrier, &mut space).await? > 0 {}
    Ok(())
}

async fn read(carrier: &mut Carrier, space: &mut [u8]) -> io::Result<usize> {
    let mut buffer = ReadBuf::new(space);
    poll_fn(|cx| carrier.poll_read(cx, &mut buffer)).await?;
    Ok(buffer.filled().len())
}

async fn write(carrier: &mut Carrier, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = poll_fn(|cx| carrier.poll_write(cx, &[IoSlice::new(bytes)])).await?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[count..];
    }
    poll_fn(|cx| carrier.poll_flush(cx)).await
}
