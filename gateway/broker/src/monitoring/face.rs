//! Monitoring as the binary asks for it.

use serde_json::Value;

use super::{
    About, AccstatzOptions, ConnzOptions, HealthzOptions, SubszOptions, absent,
    accounts::{self, AccountzOptions},
    metrics, page, statz, varz,
};
use crate::handle::Broker;

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

    /// The server as a whole.
    pub async fn varz(&self) -> Value {
        self.page(varz).await
    }

    /// Connections.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub async fn connz(&self, options: ConnzOptions) -> Result<Value, String> {
        let page = page(&self.server, move |server| super::connz(server, &options));
        page.await.unwrap_or_else(|| Err(STOPPED.to_owned()))
    }

    /// Subscriptions.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub async fn subsz(&self, options: SubszOptions) -> Result<Value, String> {
        let page = page(&self.server, move |server| super::subsz(server, &options));
        page.await.unwrap_or_else(|| Err(STOPPED.to_owned()))
    }

    /// The accounts in use, or all about one of them.
    ///
    /// # Errors
    /// There is no such account in use.
    pub async fn accountz(&self, account: Option<String>) -> Result<Value, String> {
        let options = AccountzOptions::of(account);
        let page = page(&self.server, move |server| {
            accounts::accountz(server, &options)
        });
        page.await.unwrap_or_else(|| Err(STOPPED.to_owned()))
    }

    /// Counters of accounts.
    pub async fn accstatz(&self, options: AccstatzOptions) -> Value {
        self.page(move |server| statz::accounts_stat(server, &options))
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
    pub async fn metrics(&self) -> String {
        let page = page(&self.server, |server| metrics::metrics(server));
        page.await.unwrap_or_default()
    }

    async fn page(
        &self,
        make: impl FnOnce(&crate::server::Server) -> Value + Send + 'static,
    ) -> Value {
        page(&self.server, make).await.unwrap_or_default()
    }
}
