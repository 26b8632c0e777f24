//! The recording on disk: everything that the ingest makes of what was received.
//!
//! ```text
//! ingest ─▶ tape ─▶ bounded channel ─▶ recorder ─▶ log ─▶ sealing ─▶ Parquet by hour
//! ```
//!
//! # Folder
//!
//! ```text
//! DIR/recording.toml            format, plant id, time zone, when made, by which version
//! DIR/lock                      held by the one recorder
//! DIR/plants/<crc32 hex>/       each revision of the plant, with the kinds and models it uses
//! DIR/log/<n>.log               append-only segments, fsynced at least every second
//! DIR/{samples,events,unmapped}/date=2026-11-26/hour=10/<from>-<to>.parquet
//! DIR/index/date=…/hour=…/<from>-<to>.blocks
//! ```
//!
//! # Invariants
//!
//! 1. Parts of one sort are disjoint in time and ascending; none crosses an hour. A part holds every
//!    recorded point with effective time in `[from, to)` out of the segments up to its
//!    `segments_through`; `from` and `to` are whole milliseconds.
//! 2. A segment is deleted only when each of its points lies in a part whose `segments_through` is
//!    that segment or a later one. So a point of a segment is *unsealed* exactly when no part that
//!    covers its time has the segment already: sealing can be done again after a crash at any
//!    moment, and readers need no other state.
//! 3. Where one part lies within the span of another, the wider one counts and the narrower is
//!    about to be deleted: that is how small parts are merged without a moment in which a point is
//!    missing.
//! 4. Signals are known by their stable names ([`names`]); dense ids are in memory only.

pub mod direct;
pub mod folder;
pub mod index;
pub mod log;
pub mod names;
pub mod parts;
pub mod reader;
pub mod recorder;
pub mod retention;
pub mod revision;
pub mod run;
pub mod sealed;
pub mod sealing;
pub mod status;
pub mod storage;
pub mod tape;

pub use direct::{Direct, DirectError};
pub use log::{Unsealed, read_unsealed};
pub use names::SignalNames;
pub use reader::{Recording, RecordingError, RecordingStats, Tail};
pub use retention::Retention;
pub use run::{AtStart, Handle, RecordError, RecordOptions, start};
pub use sealed::RawMessage;
pub use status::RecorderStatus;
