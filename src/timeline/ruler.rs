//! Ticks of a time ruler, from milliseconds to months, at times that people name in the plant's time
//! zone.

use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// A mark on the ruler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub at: Timestamp,
    /// What stands there; empty: a small mark.
    pub label: String,
    /// Whether a day, a month or a year begins: the label says which.
    pub is_date: bool,
}

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Steps within a day, and the small marks between: nanoseconds.
const STEPS: [(i64, i64); 21] = [
    (MILLI, MILLI / 5),
    (2 * MILLI, MILLI),
    (5 * MILLI, MILLI),
    (10 * MILLI, 2 * MILLI),
    (20 * MILLI, 5 * MILLI),
    (50 * MILLI, 10 * MILLI),
    (100 * MILLI, 20 * MILLI),
    (200 * MILLI, 50 * MILLI),
    (500 * MILLI, 100 * MILLI),
    (SECOND, 200 * MILLI),
    (2 * SECOND, 500 * MILLI),
    (5 * SECOND, SECOND),
    (15 * SECOND, 5 * SECOND),
    (30 * SECOND, 5 * SECOND),
    (MINUTE, 15 * SECOND),
    (5 * MINUTE, MINUTE),
    (15 * MINUTE, 5 * MINUTE),
    (30 * MINUTE, 5 * MINUTE),
    (HOUR, 15 * MINUTE),
    (3 * HOUR, HOUR),
    (6 * HOUR, HOUR),
];

/// Steps of whole dates.
#[derive(Clone, Copy)]
enum Dates {
    Days(i64),
    Weeks,
    Months(i64),
}

impl Dates {
    const ALL: [(Self, i64); 7] = [
        (Self::Days(1), 1),
        (Self::Days(2), 2),
        (Self::Weeks, 7),
        (Self::Months(1), 30),
        (Self::Months(3), 91),
        (Self::Months(6), 182),
        (Self::Months(12), 365),
    ];

    fn is_one(self, date: Date) -> bool {
        match self {
            Self::Days(1) => true,
            // The last day of an odd month is too near to the first of the next.
            Self::Days(step) => {
                i64::from(date.day() - 1) % step == 0 && date.day() < date.days_in_month()
            }
            Self::Weeks => date.weekday() == jiff::civil::Weekday::Monday,
            Self::Months(step) => date.day() == 1 && i64::from(date.month() - 1) % step == 0,
        }
    }

    fn label(self, date: Date) -> String {
        let form = match self {
            Self::Days(_) | Self::Weeks => "%a %-d %b",
            Self::Months(12) => "%Y",
            Self::Months(_) => "%b %Y",
        };
        date.strftime(form).to_string()
    }
}

/// Days that are looked at, at most: the longest that can be visible, and more.
const DAYS_MOST: usize = 1_000;

/// The ticks of `span`, drawn `pixels` wide, in order; labels are about `label` pixels wide and do
/// not run into each other.
pub fn ticks(span: &Range<Timestamp>, pixels: f64, label: f64, zone: &TimeZone) -> Vec<Tick> {
    let length = span.end.nanos_since(span.start).max(1);
    let least = length as f64 * label / pixels.max(1.0);
    match STEPS.iter().find(|(step, _)| *step as f64 >= least) {
        Some(&(step, small)) => {
            // Small marks that would run together are left out.
            let is_wide = small as f64 / length as f64 * pixels >= 5.0;
            times(span, step, if is_wide { small } else { step }, zone)
        }
        None => dates(span, least, zone),
    }
}

fn offset(at: i64, zone: &TimeZone) -> i64 {
    let at: jiff::Timestamp = Timestamp::from_nanos(at).into();
    i64::from(zone.to_offset(at).seconds()) * SECOND
}

fn times(span: &Range<Timestamp>, step: i64, small: i64, zone: &TimeZone) -> Vec<Tick> {
    let from = span.start.as_nanos();
    let mut ticks: Vec<Tick> = Vec::new();
    // The last label, and where it stands.
    let mut labelled: Option<(usize, Timestamp)> = None;
    let mut local = (from + offset(from, zone)).div_euclid(small) * small;
    while ticks.len() < 10_000 {
        // At a change to or from summer time, the offset is that of the tick itself.
        let guess = local - offset(from, zone);
        let at = Timestamp::from_nanos(local - offset(guess, zone));
        if at >= span.end {
            break;
        }
        // In the hour that a clock is put forward by, there is nothing.
        let is_later = ticks.last().is_none_or(|last: &Tick| last.at < at);
        if at >= span.start && is_later {
            let civil = jiff::Timestamp::from(at).to_zoned(zone.clone());
            let is_midnight = civil.time() == Time::midnight();
            let is_major = local.rem_euclid(step) == 0;
            let label = match (is_major, is_midnight, step) {
                (false, _, _) => String::new(),
                (true, true, _) => civil.strftime("%a %-d %b").to_string(),
                (true, false, step) if step < SECOND => civil.strftime("%H:%M:%S%.3f").to_string(),
                (true, false, step) if step < MINUTE => civil.strftime("%H:%M:%S").to_string(),
                (true, false, _) => civil.strftime("%H:%M").to_string(),
            };
            ticks.push(Tick {
                at,
                label,
                is_date: is_major && is_midnight,
            });
            // Where a clock is put forward, two labels come too near: of them, a date stays.
            if is_major {
                let near = labelled.filter(|(_, last)| 4 * at.nanos_since(*last) < 3 * step);
                let here = (ticks.len() - 1, at);
                let dropped = match near {
                    Some((last, _)) if is_midnight => Some(last),
                    Some(_) => Some(here.0),
                    None => None,
                };
                if let Some(tick) = dropped.and_then(|dropped| ticks.get_mut(dropped)) {
                    tick.label.clear();
                }
                if dropped != Some(here.0) {
                    labelled = Some(here);
                }
            }
        }
        local += small;
    }
    ticks
}

fn dates(span: &Range<Timestamp>, least: f64, zone: &TimeZone) -> Vec<Tick> {
    let days = least / (24 * HOUR) as f64;
    let [.., (coarsest, _)] = Dates::ALL;
    let found = Dates::ALL
        .into_iter()
        .find(|(_, each)| *each as f64 >= days);
    let step = found.map_or(coarsest, |(step, _)| step);
    let first = jiff::Timestamp::from(span.start).to_zoned(zone.clone());
    let mut date = first.date();
    let mut ticks = Vec::new();
    for _ in 0..DAYS_MOST {
        let begin = date.to_zoned(zone.clone()).ok().and_then(|begin| {
            i64::try_from(begin.timestamp().as_nanosecond())
                .ok()
                .map(Timestamp::from_nanos)
        });
        let Some(at) = begin.filter(|at| *at < span.end) else {
            break;
        };
        if at >= span.start && step.is_one(date) {
            ticks.push(Tick {
                at,
                label: step.label(date),
                is_date: true,
            });
        }
        let Ok(next) = date.tomorrow() else {
            break;
        };
        date = next;
    }
    ticks
}

/// An instant as people in the plant read it: date, time of day to the millisecond, and the short
/// name of the time zone there.
pub fn instant(at: Timestamp, zone: &TimeZone) -> [String; 3] {
    let civil = jiff::Timestamp::from(at).to_zoned(zone.clone());
    [
        civil.strftime("%a %-d %b %Y").to_string(),
        civil.strftime("%H:%M:%S%.3f").to_string(),
        civil.strftime("%Z").to_string(),
    ]
}

/// A length of time as people say it: `250 ms`, `3 min 12 s`, `2 d 4 h`.
pub fn length(nanos: i64) -> String {
    let nanos = nanos.saturating_abs();
    let secs = nanos / SECOND;
    let parts = |big: i64, name: &str, small: i64, rest: &str| {
        let (whole, left) = (secs / big, secs % big / small);
        if left == 0 {
            format!("{whole} {name}")
        } else {
            format!("{whole} {name} {left} {rest}")
        }
    };
    match secs {
        0 => format!("{} ms", nanos / MILLI),
        1..10 if nanos % SECOND != 0 => format!("{:.1} s", nanos as f64 / SECOND as f64),
        1..60 => format!("{secs} s"),
        60..3_600 => parts(60, "min", 1, "s"),
        3_600..86_400 => parts(3_600, "h", 60, "min"),
        _ => parts(86_400, "d", 3_600, "h"),
    }
}
