//! [`Calendar`]: when the plant is planned to work. OEE needs planned time; the simulation needs
//! shifts and breaks.

use std::sync::Arc;

use jiff::civil::{Time, Weekday};

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
