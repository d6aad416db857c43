//! How clients reach the broker: TLS in all its orders, certificates, and what stands at the door
//! of a listener that wants it.

mod certificates;
mod door;
mod stock;
