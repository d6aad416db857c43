//! One client connection: a task that owns the socket and the session, and a [`client::Client`]
//! that others see.
//!
//! [`opening`] agrees on what carries the bytes; [`task`] moves them and keeps time; [`session`]
//! and its neighbours say what an operation means: [`login`] for `CONNECT` and for claims that
//! change, [`publish`] and [`subscribe`] for the rest, [`followed`] for messages whose way is to
//! be told, [`own`] for what everybody may ask; [`mapping`] chooses the subjects of accounts that
//! map them. A `CONNECT` is decided by an [`attempt`], which may have to wait, as for a
//! [`callout`]; for users of the configuration it goes by [`configured`]. What is refused is
//! remembered by [`denied`], and [`trace`] writes what is said into the log.

mod attempt;
pub(crate) mod buffers;
mod callout;
pub(crate) mod client;
mod configured;
mod denied;
mod followed;
mod login;
mod mapping;
pub(crate) mod opening;
pub(crate) mod outbound;
mod own;
mod publish;
mod session;
mod subscribe;
pub(crate) mod task;
mod throttle;
pub(crate) mod trace;
