//! `time_zone` and the `[[shift]]` tables.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use crate::model::calendar::{Calendar, Shift};

use super::diagnostic::{quote, suggest};
use super::table::{Field, Table};

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Reads the calendar of a scene.
pub(super) fn read(scene: &Table<'_>) -> Calendar {
    Calendar {
        time_zone: scene
            .get("time_zone")
            .and_then(|field| time_zone(&field))
            .unwrap_or(TimeZone::UTC),
        shifts: scene
            .tables("shift", "[[shift]]")
            .iter()
            .filter_map(shift)
            .collect(),
    }
}

fn time_zone(field: &Field<'_>) -> Option<TimeZone> {
    let name = field.text()?;
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let nearest = suggest(name, known.iter().map(String::as_str), "time zones");
    field.error(
        format!("unknown time zone {}", quote(name)),
        nearest.or_else(|| Some("write an IANA name such as \"Europe/Berlin\"".to_owned())),
    );
    None
}

fn shift(table: &Table<'_>) -> Option<Shift> {
    let name = table.require("name").and_then(|field| field.arc());
    let days: Vec<Weekday> = match table.get("days") {
        Some(field) => {
            let days: Vec<_> = field
                .array()
                .unwrap_or_default()
                .iter()
                .filter_map(|field| field.word(DAYS))
                .collect();
            if field.is_array() && field.array().is_some_and(|days| days.is_empty()) {
                field.error("the shift has no days", None);
            }
            days
        }
        None => DAYS.map(|(_, day)| day).to_vec(),
    };
    let start = table.require("start").and_then(|field| time(&field));
    let end = table.require("end").and_then(|field| time(&field));
    let break_fields = table
        .get("breaks")
        .and_then(|field| field.array())
        .unwrap_or_default();
    let (start, end) = (start?, end?);
    let breaks = break_fields
        .iter()
        .filter_map(|field| shift_break(field, start, end))
        .collect();
    Some(Shift {
        name: name?,
        days,
        start,
        end,
        breaks,
    })
}

/// A break, which must lie inside its shift.
fn shift_break(field: &Field<'_>, start: Time, end: Time) -> Option<[Time; 2]> {
    let times = field.array()?;
    let [from, to] = times.as_slice() else {
        field.error(
            "a break is [from, to]",
            "such as [\"09:00\", \"09:15\"]".to_owned(),
        );
        return None;
    };
    let (from, to) = (time(from), time(to));
    let (from, to) = (from?, to?);
    // Minutes after the start of the shift; a shift may pass midnight.
    let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let after = |time: Time| (minutes(time) - minutes(start)).rem_euclid(1440);
    let length = match after(end) {
        0 => 1440,
        length => length,
    };
    let end_of_break = match after(to) {
        0 => 1440,
        minutes => minutes,
    };
    if after(from) >= end_of_break || end_of_break > length {
        field.error("the break does not lie inside the shift", None);
        return None;
    }
    Some([from, to])
}

/// A local time as `HH:MM`.
fn time(field: &Field<'_>) -> Option<Time> {
    let text = field.text()?;
    let time = text.split_once(':').and_then(|(hour, minute)| {
        let is_two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !is_two(hour) || !is_two(minute) {
            return None;
        }
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    });
    if time.is_none() {
        field.error(
            format!("{} is not a time of day", quote(text)),
            "write hours and minutes: \"06:00\"".to_owned(),
        );
    }
    time
}
