//! When people are there: the calendar of a plant as windows of simulated time.

use std::time::Duration;

use super::Builder;
use crate::model::Timestamp;
use crate::model::calendar::Calendar;
use crate::simulation::{Shift, SimTime};

const WEEK_SECS: i64 = 7 * 24 * 3600;

impl Builder<'_> {
    /// Adds the working time of a plant that does not work round the clock.
    pub(super) fn add_shift(&mut self, start: Timestamp) {
        let windows = working_windows(&self.plant.calendar, start);
        if let Some(windows) = windows {
            let period = Some(SimTime::from_secs(WEEK_SECS));
            self.shift = Some(self.network.shift(Shift { windows, period }));
        }
    }
}

/// The working time of the week that begins at `start`, without breaks, as windows relative to it.
/// `None` when the plant works round the clock.
///
/// Local times are taken at the dates of that week; a change to or from summer time inside a later
/// week shifts its windows by the hour.
pub fn working_windows(calendar: &Calendar, start: Timestamp) -> Option<Vec<(SimTime, SimTime)>> {
    if calendar.shifts.is_empty() {
        return None;
    }
    let end = start + Duration::from_secs(WEEK_SECS as u64);
    let relative = |time: Timestamp| SimTime::from_nanos(time.nanos_since(start));
    let windows = calendar.working(start..end).into_iter();
    Some(
        windows
            .map(|window| (relative(window.start), relative(window.end)))
            .collect(),
    )
}
