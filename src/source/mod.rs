//! Where telemetry comes from: MQTT brokers, plain topics and Sparkplug B.
//!
//! The only place in the program that knows what a topic looks like.

pub mod batch;
pub mod intake;
pub mod sparkplug;
pub mod status;
pub mod tally;

pub use batch::{Batch, Pool};
pub use intake::Intake;
pub use status::SourceStatus;
