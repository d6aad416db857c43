//! How clients reach the broker: TLS in all its orders, certificates, WebSocket, and what becomes
//! of those who do it differently.

mod certificates;
mod door;
mod proxy;
mod reload;
mod stock;
pub(crate) mod websocket;
