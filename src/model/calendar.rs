//! [`Calendar`]: when the plant is planned to work. OEE needs planned time; the simulation needs
//! shifts and breaks.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::{Date, Time, Weekday};

use super::Timestamp;

/// Shifts of a plant in its time zone. Without shifts the plant is planned round the clock.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// IANA time zone of the plant.
    pub time_zone: jiff::tz::TimeZone,
    /// Shifts.
    pub shifts: Vec<Shift>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            time_zone: jiff::tz::TimeZone::UTC,
            shifts: Vec::new(),
        }
    }
}

/// One shift, on some days of the week. An end at or before its start lies on the next day.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Name.
    pub name: Arc<str>,
    /// Days on which it starts.
    pub days: Vec<Weekday>,
    /// Start, local time.
    pub start: Time,
    /// End, local time.
    pub end: Time,
    /// Breaks inside it, local time.
    pub breaks: Vec<[Time; 2]>,
}

impl Calendar {
    /// The working time in `span`, breaks left out, in order: all of it for a plant that works round
    /// the clock.
    ///
    /// Local times are those of their own dates, so that a shift keeps its hours through a change to
    /// or from summer time.
    pub fn working(&self, span: Range<Timestamp>) -> Vec<Range<Timestamp>> {
        if span.start >= span.end {
            return Vec::new();
        }
        if self.shifts.is_empty() {
            return vec![span];
        }
        let (Some(first), Some(last)) = (self.date(span.start), self.date(span.end)) else {
            return Vec::new();
        };
        let mut open = Vec::new();
        let mut breaks = Vec::new();
        // A shift of the day before may go on.
        let mut date = first.yesterday().unwrap_or(first);
        while date <= last {
            let Ok(tomorrow) = date.tomorrow() else {
                break;
            };
            let shifts = self.shifts.iter();
            for shift in shifts.filter(|shift| shift.days.contains(&date.weekday())) {
                let day = |time: Time| if time < shift.start { tomorrow } else { date };
                let end = if shift.end <= shift.start {
                    tomorrow
                } else {
                    date
                };
                open.extend(self.between((date, shift.start), (end, shift.end)));
                for [from, to] in &shift.breaks {
                    breaks.extend(self.between((day(*from), *from), (day(*to), *to)));
                }
            }
            date = tomorrow;
        }
        without(joined(open), breaks)
            .into_iter()
            .map(|each| each.start.max(span.start)..each.end.min(span.end))
            .filter(|each| each.start < each.end)
            .collect()
    }

    /// When the shift ends that works at an instant: the first of several. `None`: none does, or the plant
    /// works round the clock.
    pub fn shift_end(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.date(at)?;
        let dates = [today.yesterday().ok(), Some(today)];
        let spans = dates.into_iter().flatten().flat_map(|date| {
            let shifts = self.shifts.iter();
            let shifts = shifts.filter(move |shift| shift.days.contains(&date.weekday()));
            shifts.filter_map(move |shift| {
                let end = match shift.end <= shift.start {
                    true => date.tomorrow().ok()?,
                    false => date,
                };
                self.between((date, shift.start), (end, shift.end))
            })
        });
        let working = spans.filter(|span| span.contains(&at));
        working.map(|span| span.end).min()
    }

    fn date(&self, time: Timestamp) -> Option<Date> {
        let time = jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos())).ok()?;
        Some(time.to_zoned(self.time_zone.clone()).date())
    }

    fn between(&self, from: (Date, Time), to: (Date, Time)) -> Option<Range<Timestamp>> {
        let instant = |(date, time): (Date, Time)| {
            let zoned = date
                .to_datetime(time)
                .to_zoned(self.time_zone.clone())
                .ok()?;
            let nanos = i64::try_from(zoned.timestamp().as_nanosecond()).ok()?;
            Some(Timestamp::from_nanos(nanos))
        };
        let (from, to) = (instant(from)?, instant(to)?);
        (from < to).then_some(from..to)
    }
}

/// Spans in order, those that touch made one.
fn joined(mut spans: Vec<Range<Timestamp>>) -> Vec<Range<Timestamp>> {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Range<Timestamp>> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// What of the spans, in order and apart, lies in none of the others.
fn without(
    mut spans: Vec<Range<Timestamp>>,
    others: Vec<Range<Timestamp>>,
) -> Vec<Range<Timestamp>> {
    for other in joined(others) {
        spans = spans
            .into_iter()
            .flat_map(|span| {
                let before = span.start..span.end.min(other.start);
                let after = span.start.max(other.end)..span.end;
                [before, after]
            })
            .filter(|span| span.start < span.end)
            .collect();
    }
    spans
}
