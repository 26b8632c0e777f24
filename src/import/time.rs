//! [`TimeReader`]: an instant from the way in which a file writes it.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::mapping::TimeColumn;
use crate::model::Timestamp;
use crate::model::connection::TimeFormat;
use crate::source::scalar;

/// Reads times of one column.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    way: Way,
    zone: TimeZone,
    /// The time before: tells which of two equal hours is meant when clocks are set back.
    before: Timestamp,
}

#[derive(Clone, Debug)]
enum Way {
    /// RFC 3339, ISO 8601 without an offset, or a number since the epoch.
    Auto,
    Epoch(TimeFormat),
    /// `strptime`.
    Pattern(String),
}

/// Words for how times are written, beside a `strptime` pattern.
const WORDS: &str =
    "auto, epoch-s, epoch-ms, epoch-us, epoch-ns, or a pattern such as \"%d.%m.%Y %H:%M:%S\"";

impl TimeReader {
    /// From the mapping's words; times without an offset are those of `scene_zone` unless it names
    /// another zone.
    pub fn new(column: &TimeColumn, scene_zone: &TimeZone) -> Result<Self, String> {
        let way = match column.format.as_deref().unwrap_or("auto") {
            "auto" | "iso" => Way::Auto,
            "epoch-s" => Way::Epoch(TimeFormat::EpochSeconds),
            "epoch-ms" => Way::Epoch(TimeFormat::EpochMillis),
            "epoch-us" => Way::Epoch(TimeFormat::EpochMicros),
            "epoch-ns" => Way::Epoch(TimeFormat::EpochNanos),
            pattern if pattern.contains('%') => Way::Pattern(pattern.to_owned()),
            other => return Err(format!("unknown way to write times `{other}`: {WORDS}")),
        };
        let zone = match &column.zone {
            None => scene_zone.clone(),
            Some(name) => TimeZone::get(name).map_err(|_| {
                format!("unknown time zone `{name}`: an IANA name such as Europe/Berlin")
            })?,
        };
        Ok(Self {
            way,
            zone,
            before: Timestamp::MIN,
        })
    }

    /// The instant; `None`: not a time in this way.
    pub fn read(&mut self, text: &str) -> Option<Timestamp> {
        let text = text.trim_ascii();
        let time = match &self.way {
            Way::Epoch(format) => scalar::time(text, *format)?,
            Way::Auto => match scalar::time(text, TimeFormat::Auto) {
                Some(time) => time,
                None => self.local(text.parse::<DateTime>().ok()?)?,
            },
            Way::Pattern(pattern) => {
                let parsed = jiff::fmt::strtime::parse(pattern, text).ok()?;
                match parsed.to_timestamp() {
                    Ok(time) => i64::try_from(time.as_nanosecond())
                        .ok()
                        .map(Timestamp::from_nanos)?,
                    Err(_) => {
                        let civil = parsed
                            .to_datetime()
                            .or_else(|_| parsed.to_date().map(|date| date.at(0, 0, 0, 0)))
                            .ok()?;
                        self.local(civil)?
                    }
                }
            }
        };
        self.before = time;
        Some(time)
    }

    /// The zone's instant for what its clocks showed. Of the two equal hours in autumn it is the
    /// second as soon as the first would run backwards; in the hour that spring leaves out clocks
    /// are taken to have been set late.
    fn local(&self, civil: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        let is_folded = matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. });
        let nanos = |time: jiff::Timestamp| i64::try_from(time.as_nanosecond()).ok();
        let first = Timestamp::from_nanos(nanos(ambiguous.compatible().ok()?)?);
        if is_folded && first < self.before {
            let second = nanos(self.zone.to_ambiguous_timestamp(civil).later().ok()?)?;
            return Some(Timestamp::from_nanos(second));
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(format: Option<&str>, zone: &str) -> TimeReader {
        let column = TimeColumn {
            format: format.map(str::to_owned),
            zone: Some(zone.to_owned()),
            ..TimeColumn::default()
        };
        TimeReader::new(&column, &TimeZone::UTC).expect("a known zone")
    }

    fn read(format: Option<&str>, zone: &str, text: &str) -> Option<String> {
        let mut reader = reader(format, zone);
        reader.read(text).map(|time| time.to_string())
    }

    #[test]
    fn times_are_read_as_files_write_them() {
        for (format, zone, text, time) in [
            (None, "UTC", "2020-03-09 10:14:33", "2020-03-09T10:14:33Z"),
            (
                None,
                "Europe/Berlin",
                "2020-03-09T10:14:33.25",
                "2020-03-09T09:14:33.25Z",
            ),
            (
                None,
                "UTC",
                "2020-03-09T10:14:33+02:00",
                "2020-03-09T08:14:33Z",
            ),
            (None, "UTC", "1583748873", "2020-03-09T10:14:33Z"),
            (None, "UTC", "1583748873250", "2020-03-09T10:14:33.25Z"),
            (
                Some("epoch-s"),
                "UTC",
                "1583748873.5",
                "2020-03-09T10:14:33.5Z",
            ),
            (
                Some("%d.%m.%Y %H:%M:%S"),
                "UTC",
                "09.03.2020 10:14:33",
                "2020-03-09T10:14:33Z",
            ),
            (
                Some("%m/%d/%Y"),
                "UTC",
                "03/09/2020",
                "2020-03-09T00:00:00Z",
            ),
        ] {
            assert_eq!(read(format, zone, text).as_deref(), Some(time), "{text}");
        }
        assert_eq!(read(None, "UTC", "yesterday"), None);
        assert_eq!(read(Some("%d.%m.%Y"), "UTC", "31.02.2020"), None);
    }

    #[test]
    fn the_hour_that_comes_twice_in_autumn_runs_forward() {
        let mut reader = reader(None, "Europe/Berlin");
        let times: Vec<_> = ["02:30:00", "02:59:59", "02:00:00", "02:30:00", "03:00:00"]
            .iter()
            .filter_map(|clock| reader.read(&format!("2025-10-26 {clock}")))
            .map(|time| time.to_string())
            .collect();
        assert_eq!(
            times,
            [
                "2025-10-26T00:30:00Z",
                "2025-10-26T00:59:59Z",
                "2025-10-26T01:00:00Z",
                "2025-10-26T01:30:00Z",
                "2025-10-26T02:00:00Z"
            ]
        );
    }
}
