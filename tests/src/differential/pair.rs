//! Our broker and a real nats-server of the same world, side by side.

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::case::World;
use crate::wait::eventually;
use crate::{Broker, Frame, Which, Wire, mint};

/// System connections of each server. Updates of several graphs then share a sync of the disk.
const PUSHERS: usize = 8;
/// Lines that are shown of a server that failed: a goroutine's trace has its cause at the top.
const LAST_WORDS: usize = 400;
/// How nats-server's last words begin when a fault of its own ends it.
const PANIC: &str = "panic: runtime error";
const INBOX: &str = "_INBOX.push";

/// Both servers.
#[derive(Debug)]
pub struct Pair {
    pub world: World,
    pub ours: Server,
    pub theirs: Server,
}

impl Pair {
    /// Starts both.
    pub async fn start(strict: bool) -> Result<Self> {
        let world = World::new(strict);
        Ok(Self {
            ours: Server::start(Which::Tidegate, &world).await?,
            theirs: Server::start(Which::NatsServer, &world).await?,
            world,
        })
    }
}

/// One of them, with its system connections.
#[derive(Debug)]
pub struct Server {
    pub broker: Broker,
    pushers: Vec<Mutex<Wire>>,
}

impl Server {
    async fn start(which: Which, world: &World) -> Result<Self> {
        let now = mint::now();
        let broker = Broker::start(which, &world.config(now))?;
        let user = world.system_user(now);
        let mut pushers = Vec::new();
        for _ in 0..PUSHERS {
            let mut wire = Wire::login(broker.addr(), &user).await?;
            wire.subscribe(INBOX, "push").await?;
            wire.send("UNSUB push\r\n").await?;
            pushers.push(Mutex::new(wire));
        }
        Ok(Self { broker, pushers })
    }

    /// Who it is and what it printed last: of a server that ended, why.
    pub fn last_words(&self) -> String {
        let said = self.broker.output();
        let lines: Vec<&str> = said.lines().collect();
        let last = &lines[lines.len().saturating_sub(LAST_WORDS)..];
        format!(
            "{:?} printed last:\n{}",
            self.broker.which(),
            last.join("\n")
        )
    }

    /// Whether it is the original and a fault of its own has ended it.
    pub async fn has_crashed(&self) -> bool {
        let is_gone = TcpStream::connect(self.broker.addr()).await.is_err();
        is_gone
            && self.broker.which() == Which::NatsServer
            && eventually("why it ended", async || {
                Ok(self.broker.output().contains(PANIC).then_some(()))
            })
            .await
            .is_ok()
    }

    /// Sends a request about claims; whether it was taken. `lane` spreads them over connections.
    pub async fn push(&self, lane: u64, subject: &str, body: &str) -> Result<bool> {
        let lanes = u64::try_from(self.pushers.len()).unwrap_or(1);
        let lane = usize::try_from(lane % lanes).unwrap_or(0);
        let inbox = format!("{INBOX}.{lane}");
        let mut wire = self.pushers[lane].lock().await;
        wire.send(format!("SUB {inbox} push\r\n")).await?;
        wire.request(subject, &inbox, body).await?;
        let answer = loop {
            match wire.frame().await? {
                Frame::Message(message) => break message,
                Frame::Pong => {}
                other => anyhow::bail!("a claims request was answered {other:?}"),
            }
        };
        wire.send("UNSUB push\r\n").await?;
        let answer: Value = serde_json::from_slice(&answer.payload)
            .with_context(|| format!("read the answer to {subject}"))?;
        Ok(answer["data"]["code"] == 200)
    }
}
