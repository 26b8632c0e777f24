//! Twinscape: a 3D digital twin of a plant on one desktop: what is, what was, and what could be,
//! under one cursor.
//!
//! # The map
//!
//! Data flows one way:
//!
//! ```text
//! broker ─▶ source ─▶ bounded channel ─▶ ingest ─▶ history ─▶ snapshot ─▶ entities, panels
//!                                        (thread)     ▲          ▲
//!            emulator (a process or thread that       │        twin ◀── commands ◀── panels, keys,
//!            the twin knows only through MQTT)        │                              picking, scripts
//!                                             latest_at, range
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`model`] | the words: plants, equipment, signals, samples, health; scene files in and out |
//! | [`source`] | MQTT, plain topics, Sparkplug B: bytes to samples |
//! | [`ingest`] | the thread that puts samples on the time axis, derives state, health and alarms |
//! | [`history`] | everything received; `latest_at` and `range` |
//! | [`recording`] | the same on disk: a log sealed into Parquet |
//! | [`twin`] | the cursor, the user's choices, `apply(Command)`, `advance(snapshot)` |
//! | [`timeline`] | the one cursor over past and present: playing, markers, lanes along time |
//! | [`kpi`] | indicators of a span: throughput, work in process, OEE, energy |
//! | [`tracking`] | which part is where, folded from the flow signals |
//! | [`import`] | CSV, JSON lines and Parquet from outside, as readings in order of time |
//! | [`package`] | the incident package: a part of a recording as one file |
//! | [`state`] | the plant at one instant as JSON |
//! | [`command`] | everything a user can ask for |
//! | [`simulation`] | the event kernel under every future and under the emulator |
//! | [`futures`] | forks of the past: the state at an instant, many futures from there, bands, branches |
//! | `emulator` | the demo plant, publishing over real MQTT |
//! | [`clock`] | the one file that reads a clock |
//! | `viewer` | the 3D window (feature `viewer`) |
//! | [`cli`] | one file per subcommand |
//!
//! # Invariants
//!
//! 1. **Data flows one way**, as drawn. Bevy components are a projection, never the truth.
//! 2. **Two queries carry the whole product**: [`HistoryReader::latest_at`] and
//!    [`HistoryReader::range`], on a branch. Live, replay and futures differ only in which branch
//!    is read.
//! 3. **Two mutators**: the ingest appends facts; [`Twin::apply`] changes what users control.
//! 4. **The core knows no Bevy, no egui and no wall clock.** It builds with
//!    `--no-default-features`; time is passed in; only [`clock`] reads it, and a lint forbids it
//!    elsewhere.
//! 5. **Topic strings live only in [`source`]; colours and sizes only in `viewer/theme.rs`.**
//! 6. **Every queue is bounded; every loss is counted, shown and recorded.** Nothing is coalesced
//!    before the history.
//! 7. **The twin never writes to the plant.** It may ask a Sparkplug node for its birth and publish
//!    its own host STATE, both off unless asked for.
//! 8. **Nothing shown is silently old.**
//! 9. **A replication is a pure function of its address**: same address, same bits.
//!
//! [`HistoryReader::latest_at`]: history::HistoryReader::latest_at
//! [`HistoryReader::range`]: history::HistoryReader::range
//! [`Twin::apply`]: twin::Twin::apply

pub mod cli;
pub mod clock;
pub mod command;
pub mod emulator;
pub mod futures;
pub mod history;
pub mod import;
pub mod ingest;
pub mod kpi;
pub mod model;
pub mod package;
pub mod recording;
pub mod script;
pub mod simulation;
pub mod source;
pub mod state;
pub mod timeline;
mod timers;
pub mod tracking;
pub mod twin;
#[cfg(feature = "viewer")]
pub mod viewer;
