//! Sparkplug B 3.0: bytes of NBIRTH, DBIRTH, NDATA, DDATA, NDEATH and DDEATH to samples.
//!
//! ```text
//! topic ─▶ decoder: from whom    ─▶ session: lives of nodes and devices, sequence ─▶ Intake
//! bytes ─▶ wire: fields in place ─▶ scope: metric → signals, value: typed, judged ─▶ Intake
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`decoder`] | [`Decoder`]: one connection's messages to those who act on them |
//! | [`session`] | the lives of edge nodes and devices: births, deaths, the sequence |
//! | `deliver` | metrics to samples, findings to counts |
//! | [`scope`] | the metrics of one node or device: names and aliases to signals |
//! | [`value`] | data types and properties to values and qualities |
//! | [`wire`] | protocol buffers, read in place |
//! | [`topic`] | topics, in and out |
//! | [`edge_node`] | what an edge node publishes, for the emulator |
//! | [`host`] | what a host application may publish |
//! | [`proto`] | the messages as structs, for encoding |

pub mod decoder;
mod deliver;
pub mod edge_node;
pub mod host;
pub mod proto;
pub mod scope;
pub mod session;
pub mod topic;
pub mod value;
pub mod wire;

pub use decoder::{Decoder, Message};
pub use host::Request;
