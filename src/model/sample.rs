//! [`Sample`]: one observation on its way from a source to the history.

use super::{Quality, SignalId, Timestamp, Value};

/// One observation of one signal: plain memory, so that batches are cheap to queue and to spill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Which signal.
    pub signal: SignalId,
    /// When the source says it was true, if it says so.
    pub source_time: Option<Timestamp>,
    /// When it reached this machine (monotonic clock anchored to UTC).
    pub receive_time: Timestamp,
    /// The value, in the signal's unit.
    pub value: Value,
    /// How far the source vouches for it; the ingest may lower it, never raise it.
    pub quality: Quality,
}

/// What the ingest makes of a sample: the same, on the one time axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Effective time: source time while it lies inside the source's skew window, else receive time.
    pub time: Timestamp,
    /// When it reached this machine.
    pub receive_time: Timestamp,
    /// The value, in the signal's unit.
    pub value: Value,
    /// How far it can be trusted.
    pub quality: Quality,
}
