//! Telling what changed: states and health of equipment into the history.

use super::Deriver;
use crate::history::Appender;
use crate::model::{Point, Quality};

impl Deriver {
    /// Appends the derived facts that changed at this instant.
    #[cold]
    pub(super) fn announce(&mut self, out: &mut Appender<'_>) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for number in dirty.drain(..) {
            let Some(track) = self.tracks.equipment.get(number as usize) else {
                continue;
            };
            let (id, old_state, old_health) = (track.id, track.state, track.health);
            let state = self.tracks.operating_state(track);
            let health = self.tracks.health(track);
            let (state_signal, health_signal) =
                (self.plant.state_signal(id), self.plant.health_signal(id));
            let point = |time, value| Point {
                time,
                receive_time: self.now,
                value,
                quality: Quality::Good,
            };
            let Some(track) = self.tracks.equipment.get_mut(number as usize) else {
                continue;
            };
            track.is_dirty = false;
            if state != old_state.0 {
                let time = self.instant.max(old_state.1);
                track.state = (state, time);
                self.announcements += 1;
                out.push(state_signal, point(time, state.to_value()));
            }
            if health != old_health.0 {
                let time = self.instant.max(old_health.1);
                track.health = (health, time);
                self.announcements += 1;
                out.push(health_signal, point(time, health.to_value()));
            }
        }
        self.dirty = dirty;
    }
}
