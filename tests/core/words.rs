//! The small words everything is written in: times, values, qualities.

use twinscape::model::{Cause, Quality, Text, Timestamp, Unit, Value};

#[test]
fn a_time_reads_back_as_it_was_written() {
    for nanos in [0, 1, -1, i64::MIN, i64::MAX, 1_772_360_100_250_000_000] {
        let time = Timestamp::from_nanos(nanos);
        assert_eq!(time.to_string().parse(), Ok(time));
    }
    assert_eq!(
        "2026-03-01T11:15:00.25+01:00".parse::<Timestamp>(),
        Ok(Timestamp::from_nanos(1_772_360_100_250_000_000))
    );
    assert!("yesterday".parse::<Timestamp>().is_err());
    assert!("9999-01-01T00:00:00Z".parse::<Timestamp>().is_err());
}

#[test]
fn a_large_integer_stays_exact() {
    let serial = (1_u64 << 53) + 1;
    assert_eq!(Value::from(serial).to_string(), serial.to_string());
    assert_eq!(Value::from(u64::MAX), Value::Unsigned(u64::MAX));
    assert_eq!(
        serde_json::to_string(&Value::from(u64::MAX)).unwrap(),
        u64::MAX.to_string()
    );
}

#[test]
fn equal_texts_are_one_and_a_long_one_is_cut_at_a_character() {
    assert_eq!(Text::new("EXECUTE"), Text::new("EXECUTE"));
    let long = "µ".repeat(Text::MAX_BYTES);
    let kept = Text::new(&long).as_str();
    assert!(kept.len() <= Text::MAX_BYTES && long.starts_with(kept) && !kept.is_empty());
}

#[test]
fn every_quality_survives_its_byte() {
    for quality in [
        Quality::Good,
        Quality::Uncertain(Cause::ClockSkew),
        Quality::Bad(Cause::Stuck),
        Quality::Bad(Cause::Reported),
    ] {
        assert_eq!(Quality::from_byte(quality.to_byte()), quality);
    }
    assert!(!Quality::from_byte(0xff).is_usable());
}

#[test]
fn units_convert_to_si_and_back() {
    let celsius = Unit::parse("degC").unwrap();
    assert_eq!(celsius.symbol, "°C");
    assert!((celsius.to_si(20.0) - 293.15).abs() < 1e-12);
    let fahrenheit = Unit::parse("°F").unwrap();
    assert!((fahrenheit.to_si(212.0) - 373.15).abs() < 1e-9);
    for unit in Unit::all() {
        assert!(
            (unit.from_si(unit.to_si(12.5)) - 12.5).abs() < 1e-9,
            "{unit}"
        );
    }
}
