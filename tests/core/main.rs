//! The core's tests: one binary, one module per behaviour.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bottling;
#[path = "../peers/broker.rs"]
#[expect(dead_code, reason = "benchmarks ask what the broker takes")]
mod broker;
#[path = "../peers/driver.rs"]
mod driver;
mod emulator;
#[path = "../every_command.rs"]
mod every_command;
mod freshness;
mod health;
mod history;
mod ingest;
mod kpi;
mod live;
mod models;
mod plants;
mod rates;
mod recorded;
#[path = "../peers/running.rs"]
#[expect(dead_code, reason = "benchmarks ask what a process takes")]
mod running;
mod scene;
mod script;
mod settings;
mod simulate;
mod simulation;
mod source;
mod sparkplug;
mod views;
mod words;
mod workpieces;
