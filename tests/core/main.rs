//! The core's tests: one binary, one module per behaviour.

mod models;
mod simulation;
mod source;
mod sparkplug_wire;
mod words;
