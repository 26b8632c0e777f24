//! The core's tests: one binary, one module per behaviour.

mod models;
mod simulation;
mod sparkplug_wire;
mod words;
