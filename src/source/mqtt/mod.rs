//! One broker connection: a named thread that connects, subscribes, decodes and tries again.
//!
//! Each attempt is a client of its own with a clean session, built from the scene's description, so
//! that nothing of a lost connection lives on, rotated secrets are read afresh, and subscriptions
//! are always made anew. The thread never waits for the ingest: see `Outlet`.

mod backoff;
mod connect;
mod link;
mod session;
mod v3;
mod v5;

pub use connect::{Address, ConnectError, Setup};
pub use session::{Session, run};
pub use v3::options as options_of_v3;
