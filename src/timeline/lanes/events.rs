//! [`EventCell`]: how many events of which severity in a bucket.

use super::{Budget, Grid};
use crate::history::HistoryReader;
use crate::model::alarm::{Event, EventKind};
use crate::model::signal::Priority;

/// How much an event weighs, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Severity {
    /// A note, a connection, a clock that was set, an alarm that returned or stands.
    Info,
    /// An alarm of low priority.
    Low,
    /// An alarm of medium priority, or samples that were lost.
    Medium,
    /// An alarm of high priority.
    High,
    /// An alarm of critical priority.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// Of an event.
    pub fn of(event: &Event) -> Self {
        match &event.kind {
            EventKind::AlarmRaised(alarm) => match alarm.priority {
                Priority::Low => Self::Low,
                Priority::Medium => Self::Medium,
                Priority::High => Self::High,
                Priority::Critical => Self::Critical,
            },
            EventKind::Gap { .. } => Self::Medium,
            EventKind::AlarmCleared(_)
            | EventKind::AlarmStanding(_)
            | EventKind::Source { .. }
            | EventKind::ClockJump { .. }
            | EventKind::Note { .. } => Self::Info,
        }
    }
}

/// The events of one bucket; buckets without any are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCell {
    /// Width of the bucket, nanoseconds.
    pub width: i64,
    /// Its number on the whole axis.
    pub bucket: i64,
    /// How many of each severity, the least first.
    pub counts: [u32; Severity::ALL.len()],
}

impl EventCell {
    /// The most severe in it.
    pub fn worst(&self) -> Severity {
        Severity::ALL
            .into_iter()
            .rev()
            .find(|severity| self.counts[*severity as usize] > 0)
            .unwrap_or(Severity::Info)
    }
}

#[derive(Debug, Default)]
pub(super) struct EventLane {
    made: Option<(Grid, u64)>,
}

impl EventLane {
    pub fn update(
        &mut self,
        history: &HistoryReader,
        grid: Grid,
        budget: &mut Budget,
    ) -> Option<Vec<EventCell>> {
        let seen = history.events_seen();
        if self.made == Some((grid, seen)) {
            return None;
        }
        self.made = Some((grid, seen));
        let events = history.events(grid.span());
        budget.spend(1 + events.len() / 16);
        let mut cells: Vec<EventCell> = Vec::new();
        for event in events.iter().filter(|event| event.is_news()) {
            let bucket = grid.bucket(event.time);
            let is_new = cells.last().is_none_or(|last| last.bucket != bucket);
            if is_new {
                cells.push(EventCell {
                    width: grid.width,
                    bucket,
                    counts: [0; Severity::ALL.len()],
                });
            }
            if let Some(last) = cells.last_mut() {
                last.counts[Severity::of(event) as usize] += 1;
            }
        }
        Some(cells)
    }
}
