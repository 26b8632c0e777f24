//! The core's tests: one binary, one module per behaviour.

mod simulation;
mod words;
