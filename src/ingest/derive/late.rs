//! Samples that come late.

use super::Deriver;
use crate::history::Appender;
use crate::model::{OperatingState, Point, Quality, SignalId, Timestamp};

impl Deriver {
    /// Stores a point that is older than the newest of its signal. Of what is derived only the
    /// operating state is revised; what was announced of health and alarms stays.
    #[cold]
    pub(super) fn late(&mut self, out: &mut Appender<'_>, id: SignalId, point: Point) {
        let next = out.bracket(id, point.time).1;
        out.push(id, point);
        let Some(track) = self.tracks.signals.get(id.index()) else {
            return;
        };
        let number = track.equipment;
        let is_state = self
            .tracks
            .equipment
            .get(number as usize)
            .is_some_and(|equipment| equipment.state_signal == Some(id.0));
        if !is_state {
            return;
        }
        if self.is_dirty() {
            // What is revised must have been told.
            self.announce(out);
        }
        let (Some(track), Some(equipment)) = (
            self.tracks.signals.get(id.index()),
            self.tracks.equipment.get(number as usize),
        ) else {
            return;
        };
        let expiry = track.rule.expiry(point.time);
        let end = next.map_or(expiry, |next| next.time.min(expiry));
        let derived = self.plant.state_signal(equipment.id);
        let state = match self.tracks.states.get_mut(track.aux as usize) {
            Some(table) if point.quality.is_usable() => {
                table.state_of(point.value).unwrap_or_default()
            }
            _ => OperatingState::Unknown,
        };
        let revision = |time, value| Point {
            time,
            receive_time: point.receive_time,
            value,
            quality: Quality::Good,
        };
        let unknown = OperatingState::Unknown.to_value();
        let value_at = |found: Option<Point>| found.map_or(unknown, |found| found.value);
        let (at_start, _) = out.bracket(derived, point.time);
        let (at_end, _) = out.bracket(derived, end);
        let is_told_at_end = at_end.is_some_and(|told| told.time > point.time);
        if !value_at(at_start).same(state.to_value()) {
            self.announcements += 1;
            out.push(derived, revision(point.time, state.to_value()));
            if !is_told_at_end && end < Timestamp::MAX {
                out.push(derived, revision(end, value_at(at_end)));
            }
        }
    }
}
