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
mod futures;
mod health;
mod history;
mod import;
mod ingest;
mod inout;
mod kpi;
mod live;
mod models;
mod package;
mod plants;
mod rates;
mod recorded;
mod recording;
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
mod timeline;
mod views;
mod words;
mod workpieces;
