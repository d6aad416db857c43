//! The load generator: one thread, one epoll, publishers held to a window by what arrived.
//!
//! All messages of a flow have one length on the wire, so receiving is counting bytes; the first
//! message of each subscriber is compared byte for byte, and at the end the count must be exact.
//! A server's own PING (6 bytes) may be among them; it answers to nobody within a measurement.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use crate::server::Server;
use crate::wire::{Progress, read_some, write_some};

const WARM_UP: Duration = Duration::from_millis(250);
const DRAIN_WITHIN: Duration = Duration::from_secs(30);
const READ_BUFFER: usize = 256 * 1024;
/// Bytes that may be on their way to the subscribers: far below a server's max_pending.
const WINDOW_BYTES: u64 = 16 << 20;
const WINDOW_MESSAGES_MAX: u64 = 16_384;
const PING_LEN: u64 = 6;
/// PINGs that one subscriber may get during one run.
const PINGS_MAX: u64 = 2;
const PUBLISHER: u64 = u64::MAX;

/// What flows.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) publisher: TcpStream,
    pub(crate) subscribers: Vec<TcpStream>,
    /// PUB operations, written round and round.
    pub(crate) operations: Vec<u8>,
    /// Length of one PUB operation on the wire.
    pub(crate) operation_len: usize,
    /// Length of one delivered message on the wire.
    pub(crate) message_len: usize,
    /// The first delivered message, where all subscribers get the same.
    pub(crate) first_message: Option<Vec<u8>>,
    /// Deliveries per published message.
    pub(crate) fan_out: u64,
}

/// What one measurement window saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) delivered: u64,
    pub(crate) elapsed: Duration,
    pub(crate) cpu_ns: u64,
    pub(crate) rss: u64,
}

struct Pump<'a> {
    flow: &'a mut Flow,
    received: Vec<u64>,
    received_total: u64,
    sent_bytes: u64,
    position: usize,
    writable: bool,
    window: u64,
    buffer: Vec<u8>,
}

impl Flow {
    /// Warms up, measures for `duration`, then drains and checks that nothing was lost.
    pub(crate) fn run(mut self, server: &mut Server, duration: Duration) -> Result<Measured> {
        let epoll = self.register()?;
        let per_message = self.fan_out * self.message_len as u64;
        let mut pump = Pump {
            received: vec![0; self.subscribers.len()],
            received_total: 0,
            sent_bytes: 0,
            position: 0,
            writable: true,
            window: (WINDOW_BYTES / per_message).clamp(2, WINDOW_MESSAGES_MAX),
            buffer: vec![0; READ_BUFFER],
            flow: &mut self,
        };
        let measured = pump.measure(&epoll, server, duration);
        if measured.is_err() {
            server.check_alive()?;
        }
        let measured = measured?;
        pump.drain(&epoll)?;
        Ok(measured)
    }

    fn register(&self) -> Result<rustix::fd::OwnedFd> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).context("create an epoll")?;
        for (index, subscriber) in self.subscribers.iter().enumerate() {
            subscriber.set_nonblocking(true)?;
            let data = EventData::new_u64(index as u64);
            epoll::add(&epoll, subscriber, data, EventFlags::IN)?;
        }
        self.publisher.set_nonblocking(true)?;
        let edge = EventFlags::OUT | EventFlags::ET;
        epoll::add(&epoll, &self.publisher, EventData::new_u64(PUBLISHER), edge)?;
        Ok(epoll)
    }
}

impl Pump<'_> {
    fn measure(
        &mut self,
        epoll: &rustix::fd::OwnedFd,
        server: &Server,
        duration: Duration,
    ) -> Result<Measured> {
        self.pump_until(epoll, Instant::now() + WARM_UP)?;
        let (from, began, cpu) = (self.delivered(), Instant::now(), server.cpu_ns()?);
        self.pump_until(epoll, began + duration)?;
        let (to, elapsed) = (self.delivered(), began.elapsed());
        let delivered = to - from;
        ensure!(delivered > 0, "nothing was delivered in {duration:?}");
        Ok(Measured {
            delivered,
            elapsed,
            cpu_ns: server.cpu_ns()? - cpu,
            rss: server.rss()?,
        })
    }

    fn delivered(&self) -> u64 {
        self.received_total / self.flow.message_len as u64
    }

    fn published(&self) -> u64 {
        self.sent_bytes / self.flow.operation_len as u64
    }

    fn pump_until(&mut self, epoll: &rustix::fd::OwnedFd, until: Instant) -> Result<()> {
        let mut events = Vec::with_capacity(1024);
        while Instant::now() < until {
            self.publish()?;
            self.turn(epoll, &mut events, Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Writes as much as the window and the socket take, whole operations only.
    fn publish(&mut self) -> Result<()> {
        while self.writable {
            let arrived = self.delivered() / self.flow.fan_out;
            let limit = (arrived + self.window) * self.flow.operation_len as u64;
            let allowed = limit.saturating_sub(self.sent_bytes);
            if allowed == 0 {
                return Ok(());
            }
            self.write_up_to(usize::try_from(allowed).unwrap_or(usize::MAX))?;
        }
        Ok(())
    }

    fn write_up_to(&mut self, allowed: usize) -> Result<()> {
        let operations = &self.flow.operations;
        let end = operations.len().min(self.position.saturating_add(allowed));
        match write_some(&mut self.flow.publisher, &operations[self.position..end])? {
            Progress::NotReady => self.writable = false,
            Progress::Bytes(n) => {
                self.sent_bytes += n as u64;
                self.position = (self.position + n) % operations.len();
            }
        }
        Ok(())
    }

    fn turn(
        &mut self,
        epoll: &rustix::fd::OwnedFd,
        events: &mut Vec<Event>,
        wait: Duration,
    ) -> Result<()> {
        events.clear();
        let wait = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        epoll::wait(epoll, spare_capacity(events), Some(&wait)).context("wait for events")?;
        for event in events.iter() {
            match event.data.u64() {
                PUBLISHER => self.writable = true,
                index => self.receive(usize::try_from(index)?)?,
            }
        }
        Ok(())
    }

    fn receive(&mut self, index: usize) -> Result<()> {
        let stream = &mut self.flow.subscribers[index];
        let Progress::Bytes(n) = read_some(stream, &mut self.buffer)? else {
            return Ok(());
        };
        if self.received[index] == 0 {
            check_first(&self.buffer[..n], self.flow.first_message.as_deref())?;
        }
        self.received[index] += n as u64;
        self.received_total += n as u64;
        Ok(())
    }

    /// Completes the operation in hand, then waits for everything that was published.
    fn drain(&mut self, epoll: &rustix::fd::OwnedFd) -> Result<()> {
        let until = Instant::now() + DRAIN_WITHIN;
        let mut events = Vec::with_capacity(1024);
        loop {
            let rest = self.sent_bytes % self.flow.operation_len as u64;
            if rest != 0 && self.writable {
                self.write_up_to(self.flow.operation_len - usize::try_from(rest)?)?;
                continue;
            }
            let expected = self.published() * self.flow.fan_out * self.flow.message_len as u64;
            // PINGs come in between: what is above may be a PING, what is missing a message.
            let extra = self.received_total.checked_sub(expected);
            let pings_max = PINGS_MAX * PING_LEN * self.received.len() as u64;
            match extra {
                Some(extra) if extra > pings_max => bail!("{extra} bytes too many"),
                Some(extra) if rest == 0 && extra.is_multiple_of(PING_LEN) => return Ok(()),
                _ => {}
            }
            if Instant::now() >= until {
                let missing = expected.saturating_sub(self.received_total);
                bail!("{missing} of {expected} bytes never arrived");
            }
            self.turn(epoll, &mut events, Duration::from_millis(20))?;
        }
    }
}

fn check_first(got: &[u8], wanted: Option<&[u8]>) -> Result<()> {
    let got = got.strip_prefix(b"PING\r\n").unwrap_or(got);
    let Some(wanted) = wanted else { return Ok(()) };
    let common = got.len().min(wanted.len());
    ensure!(
        got[..common] == wanted[..common],
        "the first message is {:?}",
        String::from_utf8_lossy(&got[..common.min(80)])
    );
    Ok(())
}
