//! Where telemetry comes from: MQTT brokers, plain topics and Sparkplug B.
//!
//! The only place in the program that knows what a topic looks like.

pub mod sparkplug;
pub mod status;

pub use status::SourceStatus;
