//! The ruler: ticks that people would choose.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use twinscape::model::Timestamp;
use twinscape::timeline::ruler::{instant, length, ticks};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn labels(from: &str, to: &str, zone: &TimeZone) -> Vec<String> {
    ticks(&(at(from)..at(to)), 1_000.0, 100.0, zone)
        .into_iter()
        .filter(|tick| !tick.label.is_empty())
        .map(|tick| tick.label)
        .collect()
}

#[test]
fn from_milliseconds_to_months_ticks_are_round_in_the_plants_own_time() {
    let zone = berlin();
    let first = |to: &str| labels("2026-03-01T10:15:00Z", to, &zone)[..2].to_vec();
    assert_eq!(
        first("2026-03-01T10:15:00.05Z"),
        ["11:15:00.000", "11:15:00.005"]
    );
    assert_eq!(first("2026-03-01T10:15:40Z"), ["11:15:00", "11:15:05"]);
    assert_eq!(first("2026-03-01T10:25:00Z"), ["11:15", "11:16"]);
    assert_eq!(first("2026-03-01T20:15:00Z"), ["12:00", "13:00"]);
    assert_eq!(first("2026-03-08T20:15:00Z"), ["Mon 2 Mar", "Tue 3 Mar"]);
    assert_eq!(first("2026-12-01T20:15:00Z"), ["Apr 2026", "May 2026"]);
}

#[test]
fn midnight_says_the_day() {
    let shown = labels("2026-03-01T20:00:00Z", "2026-03-02T02:00:00Z", &berlin());
    assert!(shown.contains(&"Mon 2 Mar".to_owned()), "{shown:?}");
}

#[test]
fn at_a_change_to_summer_time_ticks_stay_on_the_hour() {
    let shown = labels("2026-03-28T23:30:00Z", "2026-03-29T06:30:00Z", &berlin());
    assert_eq!(shown[..4], ["01:00", "03:00", "04:00", "05:00"]);
}

#[test]
fn an_instant_names_its_time_zone_and_lengths_are_as_people_say_them() {
    let [date, time, zone] = instant(at("2026-03-01T10:15:00.25Z"), &berlin());
    assert_eq!(
        [&*date, &*time, &*zone],
        ["Sun 1 Mar 2026", "11:15:00.250", "CET"]
    );
    for (secs, text) in [
        (0.25, "250 ms"),
        (2.5, "2.5 s"),
        (42.0, "42 s"),
        (192.0, "3 min 12 s"),
        (7_200.0, "2 h"),
        (187_200.0, "2 d 4 h"),
    ] {
        assert_eq!(length((secs * 1e9) as i64), text);
    }
}

#[test]
fn where_the_clock_is_put_forward_the_label_of_the_day_stays_and_its_neighbour_goes() {
    // In the night to 25 March 2046 clocks go from 2:00 to 3:00: three hours of the clock are two.
    let start: Timestamp = "2046-03-24T17:00:00Z".parse().unwrap();
    let end: Timestamp = "2046-03-25T17:00:00Z".parse().unwrap();
    let all = ticks(&(start..end), 800.0, 90.0, &berlin());
    let labels: Vec<_> = all
        .iter()
        .map(|tick| &*tick.label)
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(
        labels,
        [
            "18:00",
            "21:00",
            "Sun 25 Mar",
            "06:00",
            "09:00",
            "12:00",
            "15:00",
            "18:00"
        ]
    );
}

#[test]
fn every_other_day_a_month_of_odd_length_ends_with_a_longer_step() {
    let labels = |from: &str, to: &str| -> Vec<String> {
        let span = from.parse().unwrap()..to.parse().unwrap();
        let all = ticks(&span, 800.0, 90.0, &berlin());
        all.into_iter().map(|tick| tick.label).collect()
    };
    assert_eq!(
        labels("1980-02-24T12:00:00Z", "1980-03-06T12:00:00Z"),
        [
            "Mon 25 Feb",
            "Wed 27 Feb",
            "Sat 1 Mar",
            "Mon 3 Mar",
            "Wed 5 Mar"
        ]
    );
    assert_eq!(
        labels("2026-01-26T12:00:00Z", "2026-02-05T12:00:00Z"),
        [
            "Tue 27 Jan",
            "Thu 29 Jan",
            "Sun 1 Feb",
            "Tue 3 Feb",
            "Thu 5 Feb"
        ]
    );
}

proptest! {
    #[test]
    fn labels_never_run_into_each_other(
        from in 0_i64..4_000_000_000, exponent in 7.0..16.7_f64, pixels in 200.0..4_000.0_f64,
    ) {
        let start = Timestamp::from_secs(from);
        let nanos = 10_f64.powf(exponent) as i64;
        let end = Timestamp::from_nanos(start.as_nanos() + nanos);
        let all = ticks(&(start..end), pixels, 90.0, &berlin());
        prop_assert!(all.iter().all(|tick| tick.at >= start && tick.at < end));
        prop_assert!(all.windows(2).all(|pair| pair[0].at < pair[1].at));
        prop_assert!(all.len() < 2_000);
        let wide: Vec<_> = all.iter().filter(|tick| !tick.label.is_empty()).collect();
        for pair in wide.windows(2) {
            let apart = pair[1].at.nanos_since(pair[0].at) as f64 / nanos as f64 * pixels;
            // The last step of a month, and a change to summer time, are a little shorter.
            prop_assert!(apart > 70.0 || pixels < 400.0, "{pair:?}: {apart}");
        }
    }
}
