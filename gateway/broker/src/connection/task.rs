//! Moves the bytes of one connection and keeps its time.
//!
//! One task per connection. A poll does what it can without waiting: wishes of others, timers,
//! writes, then reads; it returns when the socket has nothing more, or after a bounded number of
//! rounds so that others get their turn.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant, UNIX_EPOCH},
};

use protocol::{ClosedReason, Parser, ServerError};
use tokio::{io::ReadBuf, time::Sleep};

use super::{buffers, client::Client, outbound::InFlight, session::Session};
use crate::{config::WriteTimeout, transport::stream::Stream};

/// Reads that a connection may do before other connections of its worker get a turn: 512 KiB.
const ROUNDS_MAX: usize = 8;
/// The first ping comes soon, to know the round-trip time; nats-server waits as long
/// (`server/client.go`).
const FIRST_PING: Duration = Duration::from_secs(2);
/// How long a producer is held back when a receiver of its messages is nearly full.
const STALL: Duration = Duration::from_millis(3);
/// A year ahead is as good as never, and stays clear of the timer's range.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long a closing connection may take for its last words to be read.
const LINGER: Duration = Duration::from_millis(500);

/// The running connection.
pub(crate) struct Connection {
    stream: Stream,
    client: Arc<Client>,
    session: Session,
    parser: Parser,
    in_flight: InFlight,
    /// Input that was read and is for the next turn.
    backlog: Vec<u8>,
    timers: Timers,
    /// Whether something was read since the last ping.
    active: bool,
    said_farewell: bool,
}

/// Everything that happens by itself. One sleep serves all; it is set to the earliest.
struct Timers {
    sleep: Pin<Box<Sleep>>,
    ping: Instant,
    /// `CONNECT` must have come by then.
    login: Option<Instant>,
    /// A write in progress must have moved by then.
    write: Option<Instant>,
    /// Nothing is read before then.
    stall: Option<Instant>,
    /// Nor before then: a quota is used up.
    hold: Option<Instant>,
    /// Seconds since 1970 at which the credentials end, and when that is looked at.
    expiry: Option<(i64, Instant)>,
    /// A closing connection is gone by then.
    gone: Option<Instant>,
}

impl Timers {
    fn new(login: Instant) -> Self {
        let now = crate::clock::instant();
        // Spread, so that clients that came together are not pinged together.
        let spread = FIRST_PING.mul_f32(f32::from(crate::token::random::<1>()[0]) / 1280.0);
        let ping = now + FIRST_PING - spread;
        let sleep = Box::pin(tokio::time::sleep_until(ping.min(login).into()));
        Self {
            sleep,
            ping,
            login: Some(login),
            write: None,
            stall: None,
            hold: None,
            expiry: None,
            gone: None,
        }
    }

    /// Sets the sleep to the earliest time and polls it. `true` when that time has come.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let expiry = self.expiry.map(|(_, at)| at);
        let others = [
            self.login, self.write, self.stall, self.hold, expiry, self.gone,
        ];
        let earliest = others.into_iter().flatten().fold(self.ping, Instant::min);
        if self.sleep.deadline().into_std() != earliest {
            self.sleep.as_mut().reset(earliest.into());
        }
        self.sleep.as_mut().poll(cx).is_ready()
    }
}

impl Connection {
    /// The time for authentication begins now.
    pub(super) fn new(stream: Stream, session: Session) -> Self {
        let websocket = session.client.listener.websocket.as_ref();
        let time = websocket.and_then(|it| it.auth_timeout);
        let time = time.unwrap_or(session.live.limits.auth_timeout);
        let login = crate::clock::instant() + time;
        let mut timers = Timers::new(login);
        if session.login.is_some() {
            timers.login = None;
        }
        Self {
            stream,
            client: Arc::clone(&session.client),
            session,
            parser: Parser::new(),
            in_flight: InFlight::default(),
            backlog: Vec::new(),
            timers,
            active: false,
            said_farewell: false,
        }
    }

    /// Acts on every timer that is due.
    fn run_timers(&mut self, cx: &mut Context<'_>) {
        while self.timers.poll(cx) {
            let now = crate::clock::instant();
            let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
            if due(self.timers.login) {
                self.timers.login = None;
                self.session.refuse(&ServerError::AuthenticationTimeout);
            }
            if due(self.timers.write)
                && self.session.live.limits.write_timeout == WriteTimeout::Retry
            {
                // The next try to write begins the time anew.
                self.timers.write = None;
            }
            if due(self.timers.write) {
                self.timers.write = None;
                self.in_flight = InFlight::default();
                self.session.close(ClosedReason::SlowConsumerWriteDeadline);
                self.timers.gone = Some(now);
            }
            if due(self.timers.stall) {
                self.timers.stall = None;
            }
            if due(self.timers.hold) {
                self.timers.hold = None;
                if let Some(throttle) = &mut self.session.throttle {
                    throttle.release(now);
                    self.timers.hold = throttle.held_until();
                }
            }
            if due(self.timers.expiry.map(|(_, at)| at)) {
                self.timers.expiry = None;
                self.session.expire();
            }
            if self.timers.ping <= now {
                self.ping_if_quiet(now);
            }
            if due(self.timers.gone) {
                return;
            }
        }
    }

    /// Pings a client that has been silent, or whose round-trip time is not known yet. Who has not
    /// logged in is not pinged: its answer would be taken for a refusal to do so. Nor is who is
    /// held back by a quota: its answer waits with the rest.
    fn ping_if_quiet(&mut self, now: Instant) {
        let throttle = self.session.throttle.as_ref();
        let held_back = throttle.is_some_and(|throttle| throttle.delays_answers(now));
        if self.session.login.is_none() || held_back {
            self.timers.ping = now + FIRST_PING;
            return;
        }
        let websocket = self.client.listener.websocket.as_ref();
        let interval = websocket.and_then(|it| it.ping_interval);
        let usual = self.session.live.limits.ping_interval;
        self.timers.ping = now + interval.unwrap_or(usual);
        let quiet = !std::mem::take(&mut self.active);
        let pings = &self.session.pings;
        if quiet || pings.unanswered > 0 || !pings.measured {
            self.session.ping();
        }
    }

    /// Follows the session into and out of an account.
    fn adjust_timers(&mut self) {
        let throttle = self.session.throttle.as_ref();
        self.timers.hold = throttle.and_then(|throttle| throttle.held_until());
        if self.session.deciding.is_some() {
            // It came; the attempt keeps its own time.
            self.timers.login = None;
        }
        let Some(login) = &self.session.login else {
            return;
        };
        self.timers.login = None;
        if login.expires_at != self.timers.expiry.map(|(seconds, _)| seconds) {
            self.timers.expiry = login
                .expires_at
                .map(|seconds| (seconds, instant_of(seconds)));
        }
    }

    /// Writes what waits. Ready when all is written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let all_taken =
                self.in_flight.is_empty() && !self.in_flight.refill(&self.client.outbound);
            let stream = &mut self.stream;
            let written = if all_taken {
                match stream.poll_flush(cx) {
                    Poll::Ready(outcome) => {
                        self.timers.write = None;
                        return Poll::Ready(outcome);
                    }
                    Poll::Pending => Poll::Pending,
                }
            } else {
                let slices = |slices: &[IoSlice<'_>]| stream.poll_write(cx, slices);
                self.in_flight.with_slices(slices)
            };
            match written {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.in_flight.advance(count, &self.client.outbound);
                    self.timers.write = None;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    let deadline = self.session.live.limits.write_deadline;
                    self.timers
                        .write
                        .get_or_insert_with(|| crate::clock::instant() + deadline);
                    return Poll::Pending;
                }
            }
        }
    }

    /// Reads once and lets the session act on it. Ready with the number of bytes.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        buffers::with_read_buffer(|space| {
            let mut buffer = ReadBuf::new(space);
            ready!(self.stream.poll_read(cx, &mut buffer))?;
            let input = buffer.filled();
            if self.session.closing.is_none() {
                let taken = self.session.take(&mut self.parser, input);
                self.backlog.extend_from_slice(&input[taken..]);
            }
            Poll::Ready(Ok(input.len()))
        })
    }

    /// Goes on with what the last turn left over.
    fn take_backlog(&mut self) {
        let input = std::mem::take(&mut self.backlog);
        let taken = self.session.take(&mut self.parser, &input);
        self.backlog.extend_from_slice(&input[taken..]);
    }

    /// Whether nothing is to be read for now.
    fn is_held(&self) -> bool {
        self.timers.stall.is_some() || self.timers.hold.is_some()
    }

    /// Whether the client has so much to read that its next words have to wait: what it sends
    /// would be answered into a queue that is half full already.
    fn is_flooded(&self) -> bool {
        self.timers.write.is_some()
            && self.client.outbound.lock().pending() > self.client.max_pending / 2
    }

    /// Lets the client read its last words: everything is written, the sending side is closed, and
    /// what the client still sends is read and dropped, since unread input would make the system
    /// discard our words.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = crate::clock::instant();
        let gone = *self.timers.gone.get_or_insert(now + LINGER);
        if gone <= now || (!self.said_farewell && ready!(self.poll_write(cx)).is_err()) {
            return Poll::Ready(());
        }
        if !self.said_farewell {
            let reason = self.session.closing.unwrap_or(ClosedReason::ServerShutdown);
            if ready!(self.stream.poll_shutdown(cx, reason)).is_err() {
                return Poll::Ready(());
            }
            self.said_farewell = true;
        }
        for _ in 0..ROUNDS_MAX {
            match ready!(self.poll_read(cx)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(_) => {}
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// One pass over everything that can be done now.
    fn poll_rounds(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS_MAX {
            let undecided = self.session.poll_login(cx).is_pending();
            self.session.apply_controls();
            self.adjust_timers();
            self.run_timers(cx);
            if self.session.closing.is_some() {
                self.session.part();
                let done = self.poll_farewell(cx);
                if done.is_pending() && self.timers.poll(cx) {
                    cx.waker().wake_by_ref();
                }
                return done;
            }
            if let Poll::Ready(Err(error)) = self.poll_write(cx) {
                return self.broken(&error, ClosedReason::WriteError);
            }
            if self.timers.write.is_some() && self.timers.poll(cx) {
                continue;
            }
            if undecided || self.is_held() || self.is_flooded() {
                return Poll::Pending;
            }
            if !self.backlog.is_empty() {
                self.take_backlog();
                break;
            }
            match ready!(self.poll_read(cx)) {
                Ok(0) => {
                    self.session.close(ClosedReason::ClientClosed);
                    return Poll::Ready(());
                }
                Ok(_) => self.active = true,
                Err(error) if self.stream.has_said_farewell() => {
                    // It was told what is wrong, and has to have time to hear it.
                    self.note_end(&error, ClosedReason::ReadError);
                    continue;
                }
                Err(error) => return self.broken(&error, ClosedReason::ReadError),
            }
            if self.session.courier.take_congested() && self.session.live.limits.stall_producers {
                self.session.note_stall();
                self.timers.stall = Some(crate::clock::instant() + STALL);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn broken(&mut self, error: &io::Error, reason: ClosedReason) -> Poll<()> {
        self.note_end(error, reason);
        Poll::Ready(())
    }

    fn note_end(&mut self, error: &io::Error, reason: ClosedReason) {
        tracing::debug!(conn.id = self.client.cid, %error, %reason, "connection broke");
        self.session.close(reason);
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        // Registered before anything is looked at: what comes after the look wakes the task.
        this.client.outbound.register(cx.waker());
        this.poll_rounds(cx)
    }
}

/// When the clock will show `seconds` since 1970, to the millisecond; now, if that is past.
fn instant_of(seconds: i64) -> Instant {
    let since_1970 = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let at = UNIX_EPOCH.checked_add(since_1970);
    let left = at.map_or(NEVER, |at| {
        at.duration_since(crate::clock::wall()).unwrap_or_default()
    });
    crate::clock::instant() + left.min(NEVER)
}
