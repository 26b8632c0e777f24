//! The core's tests: one binary, one module per behaviour.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../peers/driver.rs"]
mod driver;
mod emulator;
#[path = "../every_command.rs"]
mod every_command;
mod freshness;
mod health;
mod history;
mod ingest;
mod live;
mod models;
mod plants;
mod scene;
mod script;
mod simulation;
mod source;
mod sparkplug;
mod views;
mod words;
