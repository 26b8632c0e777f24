//! Operation that is seen from counters, where no signal tells the state.

use std::time::Duration;

use super::Deriver;
use crate::model::Timestamp;

/// Time for which movement counts as operation when the signal itself names none.
const MOVEMENT_HOLD: Duration = Duration::from_secs(10);
/// Longest time for which one step of a counter counts as operation.
const MOVEMENT_HOLD_MAX: Duration = Duration::from_secs(3600);

impl Deriver {
    /// A signal changed. With a counter or a progress of an equipment without a state signal that
    /// means: it operates, until nothing has moved for twice as long as the last step took.
    pub(super) fn moved(&mut self, signal: u32, at: Timestamp) {
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        if !track.is_mover {
            return;
        }
        let number = track.equipment;
        let Some(equipment) = self.tracks.equipment.get_mut(number as usize) else {
            return;
        };
        let step = if equipment.moved == Timestamp::MIN {
            MOVEMENT_HOLD
        } else {
            at.saturating_since(equipment.moved)
        };
        let hold = step
            .saturating_mul(2)
            .clamp(MOVEMENT_HOLD, MOVEMENT_HOLD_MAX);
        equipment.moved = at;
        let was_moving = equipment.moving_until > Timestamp::MIN;
        equipment.moving_until = at + hold;
        self.timers.arm(signal, equipment.moving_until);
        if !was_moving {
            self.mark(number);
        }
    }
}
