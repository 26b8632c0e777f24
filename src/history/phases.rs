//! [`Phase`]: how long an equipment was in which operating state.

use std::ops::Range;

use super::HistoryReader;
use crate::model::{EquipmentId, OperatingState, Plant, Timestamp};

/// A span in one operating state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// From when; the span that was asked for may begin later in it than it does.
    pub start: Timestamp,
    /// Until when: where the next one begins, or the end of what was asked for.
    pub end: Timestamp,
    /// In which state; [`OperatingState::Unknown`] where nothing was announced yet.
    pub state: OperatingState,
}

impl HistoryReader {
    /// Appends the phases of an equipment over `span` to `out`: they follow on one another without a
    /// gap, no two in a row are of one state, and they cover the span exactly.
    pub fn phases(
        &self,
        plant: &Plant,
        equipment: EquipmentId,
        span: Range<Timestamp>,
        out: &mut Vec<Phase>,
    ) {
        if span.start >= span.end {
            return;
        }
        let signal = plant.state_signal(equipment);
        let state = |point: &crate::model::Point| OperatingState::from_value(point.value);
        let first = self.latest_at(signal, span.start);
        let mut points = Vec::new();
        self.range(signal, span.clone(), &mut points);
        let begin = out.len();
        let mut add = |phase: Phase| match out.get_mut(begin..).and_then(<[_]>::last_mut) {
            Some(last) if last.state == phase.state => last.end = phase.end,
            _ => out.push(phase),
        };
        let mut open = Phase {
            start: span.start,
            end: span.end,
            state: first.as_ref().map_or(OperatingState::Unknown, state),
        };
        for point in &points {
            // Of several points of one instant the last counts.
            if point.time > open.start {
                add(Phase {
                    end: point.time,
                    ..open
                });
                open.start = point.time;
            }
            open.state = state(point);
        }
        add(open);
    }
}
