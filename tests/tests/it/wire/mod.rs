//! The client protocol on the wire, in open mode: what goes in, what comes out, what closes.

mod delivery;
mod errors;
mod life;
