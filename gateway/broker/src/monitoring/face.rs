//! Monitoring as the binary asks for it.

use serde_json::Value;

use super::{
    About, AccstatzOptions, ConnzOptions, HealthzOptions, SubszOptions, absent,
    accounts::{self, AccountzOptions},
    metrics, page, statz, varz,
};
use crate::{handle::Broker, server::Server};

/// An answer that never came: the broker stops.
const STOPPED: &str = "the server stops";

impl Broker {
    /// Changes what the binary has said of itself.
    pub fn describe(&self, change: impl FnOnce(&mut About)) {
        change(&mut self.server.watch.about.write());
    }

    /// Counts a request over HTTP to one of our pages.
    pub fn count_request(&self, path: &'static str) {
        let mut requests = self.server.watch.requests.lock();
        *requests.entry(path).or_default() += 1;
    }

    /// The server as a whole, as JSON. So are all further pages.
    ///
    /// # Errors
    /// The server stops. So for all further pages.
    pub async fn varz(&self) -> Result<String, String> {
        self.text(|server| Ok(varz(server))).await
    }

    /// Connections.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub async fn connz(&self, options: ConnzOptions) -> Result<String, String> {
        self.text(move |server| super::connz(server, &options))
            .await
    }

    /// Subscriptions.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub async fn subsz(&self, options: SubszOptions) -> Result<String, String> {
        self.text(move |server| super::subsz(server, &options))
            .await
    }

    /// The accounts in use, or all about one of them.
    ///
    /// # Errors
    /// There is no such account in use.
    pub async fn accountz(&self, account: Option<String>) -> Result<String, String> {
        let options = AccountzOptions::of(account);
        self.text(move |server| accounts::accountz(server, &options))
            .await
    }

    /// Counters of accounts.
    ///
    /// # Errors
    /// The server stops.
    pub async fn accstatz(&self, options: AccstatzOptions) -> Result<String, String> {
        self.text(move |server| Ok(statz::accounts_stat(server, &options)))
            .await
    }

    /// Whether the server is well: a status code, as HTTP has them, and why.
    #[must_use]
    pub fn healthz(&self, options: &HealthzOptions) -> (u16, Value) {
        super::healthz(&self.server, options)
    }

    /// Routes to other servers: none.
    #[must_use]
    pub fn routez(&self) -> Value {
        absent::routez(&self.server)
    }

    /// Gateways to other clusters: none.
    #[must_use]
    pub fn gatewayz(&self) -> Value {
        absent::gatewayz(&self.server)
    }

    /// Leaf nodes: none.
    #[must_use]
    pub fn leafz(&self) -> Value {
        absent::leafz(&self.server)
    }

    /// Streams: none.
    #[must_use]
    pub fn jsz(&self) -> Value {
        absent::jsz(&self.server)
    }

    /// Queues between tasks: none that are shown.
    #[must_use]
    pub fn ipqueuesz(&self) -> Value {
        absent::ipqueuesz()
    }

    /// What Go programs show of themselves.
    #[must_use]
    pub fn expvarz(&self) -> Value {
        varz::expvarz(&self.server)
    }

    /// The figures as text for Prometheus.
    ///
    /// # Errors
    /// The server stops.
    pub async fn metrics(&self) -> Result<String, String> {
        self.in_turn(|server| Ok(metrics::metrics(server))).await
    }

    async fn text(
        &self,
        make: impl FnOnce(&Server) -> Result<Value, String> + Send + 'static,
    ) -> Result<String, String> {
        // A Value has only text for keys, so writing it cannot fail; the plain form would do.
        let pretty =
            |page: Value| serde_json::to_string_pretty(&page).unwrap_or_else(|_| page.to_string());
        self.in_turn(move |server| make(server).map(pretty)).await
    }

    /// Makes a page when it is its turn: whoever may look may not fill the memory with pages.
    async fn in_turn(
        &self,
        make: impl FnOnce(&Server) -> Result<String, String> + Send + 'static,
    ) -> Result<String, String> {
        let stopped = || STOPPED.to_owned();
        let _turn = self.server.watch.turns.0.acquire().await;
        page(&self.server, make).await.ok_or_else(stopped)?
    }
}
