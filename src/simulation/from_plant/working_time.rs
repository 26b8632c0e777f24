//! When people are there: the calendar of a plant as windows of simulated time.

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
    let zone = &calendar.time_zone;
    let zoned = jiff::Timestamp::from_nanosecond(i128::from(start.as_nanos()))
        .ok()?
        .to_zoned(zone.clone());
    let instant = |date: jiff::civil::Date, time: jiff::civil::Time| {
        let zoned = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
        i64::try_from(zoned.timestamp().as_nanosecond() - i128::from(start.as_nanos())).ok()
    };
    let mut windows: Vec<(i64, i64)> = Vec::new();
    let mut breaks: Vec<(i64, i64)> = Vec::new();
    let mut date = zoned.date().yesterday().ok()?;
    for _ in 0..9 {
        let tomorrow = date.tomorrow().ok()?;
        for shift in calendar
            .shifts
            .iter()
            .filter(|s| s.days.contains(&date.weekday()))
        {
            let day_of = |time: jiff::civil::Time| if time < shift.start { tomorrow } else { date };
            let end_date = if shift.end <= shift.start {
                tomorrow
            } else {
                date
            };
            let span = |from: Option<i64>, to: Option<i64>| from.zip(to).filter(|(a, b)| a < b);
            windows.extend(span(
                instant(date, shift.start),
                instant(end_date, shift.end),
            ));
            for [from, to] in &shift.breaks {
                breaks.extend(span(
                    instant(day_of(*from), *from),
                    instant(day_of(*to), *to),
                ));
            }
        }
        date = tomorrow;
    }
    windows.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in windows {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    breaks.sort_unstable();
    for (from, to) in breaks {
        joined = joined
            .into_iter()
            .flat_map(|(a, b)| [(a, b.min(from)), (a.max(to), b)])
            .filter(|(a, b)| a < b)
            .collect();
        joined.sort_unstable();
        joined.dedup();
    }
    let week = WEEK_SECS * 1_000_000_000;
    let windows: Vec<_> = joined
        .into_iter()
        .map(|(from, to)| (from.clamp(0, week), to.clamp(0, week)))
        .filter(|(from, to)| from < to)
        .map(|(from, to)| (SimTime::from_nanos(from), SimTime::from_nanos(to)))
        .collect();
    Some(windows)
}
