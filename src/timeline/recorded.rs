//! [`RecordedSpan`]: from when to when anything is known.

use std::ops::Range;
use std::time::Duration;

use crate::history::HistoryReader;
use crate::model::{Plant, SignalId, Timestamp};

/// Signals that are looked at, spread over the plant: all of a plant tell from when on it is known.
const LOOKED_AT: usize = 512;
/// Time between two looks at the beginning, which moves when old points are dropped.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps the span that a history knows anything of, at little cost.
#[derive(Clone, Debug, Default)]
pub struct RecordedSpan {
    from: Option<Timestamp>,
    looked: Option<Timestamp>,
    points: u64,
    dropped: u64,
}

impl RecordedSpan {
    /// The span at `now`; `None` while nothing is known.
    pub fn at(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        now: Timestamp,
    ) -> Option<Range<Timestamp>> {
        let is_due = self
            .looked
            .is_none_or(|looked| now < looked || now >= looked + AGAIN);
        if self.from.is_none() || is_due {
            let stats = history.stats();
            // Late points at the beginning are rare once there is much.
            let is_moved = stats.points_dropped != self.dropped || stats.points > 2 * self.points;
            if stats.points > 0 && (self.from.is_none() || is_moved) {
                self.from = first(plant, history);
                (self.points, self.dropped) = (stats.points, stats.points_dropped);
            }
            self.looked = Some(now);
        }
        let end = history.end();
        self.from.filter(|from| *from <= end).map(|from| from..end)
    }
}

/// The first instant that anything is kept of.
fn first(plant: &Plant, history: &HistoryReader) -> Option<Timestamp> {
    let view = history.view();
    let all = plant.signal_count();
    let step = all.div_ceil(LOOKED_AT).max(1);
    (0..all as u32)
        .step_by(step)
        .filter_map(|id| {
            let id = SignalId(id);
            view.bracket(id, Timestamp::MIN)
                .1
                .map(|point| point.time)
                .filter(|time| *time > Timestamp::MIN)
        })
        .min()
}
