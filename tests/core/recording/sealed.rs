//! Sealed parts: what is read is what was written, and what is damaged is said to be.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};
use parquet::file::statistics::Statistics;
use proptest::prelude::*;
use twinscape::model::alarm::AlarmCondition;
use twinscape::model::signal::Priority;
use twinscape::model::{Cause, Point, Quality, Timestamp, Value};
use twinscape::recording::sealed::{
    PartMeta, PartPoints, RawMessage, RecordedAlarm, RecordedEvent, RecordedKind, RecordedPoint,
    SealError, read_events, read_meta, read_samples, read_unmapped, write_events, write_samples,
    write_unmapped,
};

use super::points::{START, arrivals, names, same};

pub fn meta() -> PartMeta {
    PartMeta {
        span: Timestamp::from_nanos(START)..Timestamp::from_nanos(START + 600_000_000_000),
        segments_through: 7,
        plant: 0xdead_beef,
    }
}

/// A file with these bytes.
fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn written(points: &PartPoints) -> Vec<u8> {
    let mut bytes = Vec::new();
    let stats = write_samples(&mut bytes, &meta(), points).unwrap();
    assert_eq!(stats.rows, points.len() as u64);
    assert_eq!(stats.bytes, bytes.len() as u64);
    bytes
}

/// What a reader has to find: each signal's points, whatever the order of signals.
fn by_signal(points: &PartPoints) -> Vec<(Arc<str>, Vec<RecordedPoint>)> {
    let mut all: Vec<_> = points
        .runs()
        .map(|(name, _, run)| (Arc::clone(name), run.iter().collect()))
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn assert_same(found: &PartPoints, wanted: &PartPoints) {
    let (found, wanted) = (by_signal(found), by_signal(wanted));
    assert_eq!(found.len(), wanted.len());
    for ((name, run), (wanted_name, wanted_run)) in found.iter().zip(&wanted) {
        assert_eq!(name, wanted_name);
        assert_eq!(run.len(), wanted_run.len());
        for (a, b) in run.iter().zip(wanted_run) {
            assert!(same(&a.point, &b.point), "{a:?}, not {b:?}");
            assert_eq!(a.source_time, b.source_time);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_is_read_back_exactly(arrived in arrivals(5, 800)) {
        let points = PartPoints::from_arrivals(names(5), &arrived);
        prop_assert!(points.is_sorted());
        let file = file_of(&written(&points));
        let (found_meta, found) = read_samples(file.try_clone().unwrap()).unwrap();
        prop_assert_eq!(&found_meta, &meta());
        prop_assert!(found.is_sorted());
        assert_same(&found, &points);
        prop_assert_eq!(read_meta(file).unwrap(), meta());
    }

    #[test]
    fn points_lie_as_a_plain_sort_lays_them(arrived in arrivals(5, 400)) {
        let mut wanted: Vec<_> = arrived.clone();
        wanted.sort_by_key(|each| (each.name, each.point.time));
        let found: Vec<_> = PartPoints::from_arrivals(names(5), &arrived).iter().collect();
        prop_assert_eq!(found.len(), wanted.len());
        for (a, b) in found.iter().zip(&wanted) {
            prop_assert!(a.name == b.name && same(&a.point, &b.point), "{:?}, not {:?}", a, b);
            prop_assert_eq!(a.source_time, b.source_time);
        }
    }

    #[test]
    fn late_points_land_after_those_of_their_instant(first in arrivals(4, 200), later in arrivals(6, 50)) {
        let together: Vec<_> = first.iter().chain(&later).copied().collect();
        let merged = PartPoints::from_arrivals(names(4), &first)
            .merged(&PartPoints::from_arrivals(names(6), &later));
        prop_assert!(merged.is_sorted());
        assert_same(&merged, &PartPoints::from_arrivals(names(6), &together));
    }

    #[test]
    fn a_damaged_part_is_an_error_or_all_there(
        arrived in arrivals(3, 200), at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in
        any::<bool>())
    {
        let points = PartPoints::from_arrivals(names(3), &arrived);
        let mut bytes = written(&points);
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        let _ = read_meta(file_of(&bytes));
        if let Ok((_, found)) = read_samples(file_of(&bytes)) {
            // A flip in the footer may go unseen; no row is lost or made up.
            prop_assert!(!cut);
            prop_assert_eq!(found.len(), points.len());
        }
    }
}

#[test]
fn a_part_of_a_newer_format_asks_for_an_update() {
    let points = PartPoints::from_arrivals(names(1), &[]);
    let bytes = written(&points);
    let key = b"twinscape.format";
    let at = bytes
        .windows(key.len())
        .position(|some| some == key)
        .unwrap();
    let mut newer = bytes;
    let digit = newer[at..].iter().position(|byte| *byte == b'1').unwrap();
    newer[at + digit] = b'9';
    let error = read_samples(file_of(&newer)).unwrap_err();
    assert!(matches!(error, SealError::Newer { found: 9 }), "{error}");
    assert!(error.to_string().contains("update it"));
}

#[test]
fn times_at_the_ends_of_time_come_back() {
    let arrived: Vec<_> = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX]
        .into_iter()
        .map(|nanos| RecordedPoint {
            name: 0,
            point: Point {
                time: Timestamp::from_nanos(nanos),
                receive_time: Timestamp::from_millis(5),
                value: Value::Float(1.0),
                quality: Quality::Good,
            },
            source_time: Some(Timestamp::from_nanos(nanos)),
        })
        .collect();
    let points = PartPoints::from_arrivals(names(1), &arrived);
    let (_, found) = read_samples(file_of(&written(&points))).unwrap();
    assert_same(&found, &points);
}

/// One signal, a point every millisecond.
fn long(rows: i64, source_time: impl Fn(i64) -> Option<Timestamp>) -> PartPoints {
    let arrived: Vec<_> = (0..rows)
        .map(|at| RecordedPoint {
            name: 0,
            point: Point {
                time: Timestamp::from_nanos(START + at * 1_000_000),
                receive_time: Timestamp::from_nanos(START + at * 1_000_000),
                value: Value::Float(at as f64),
                quality: Quality::Uncertain(Cause::ClockSkew),
            },
            source_time: source_time(at),
        })
        .collect();
    PartPoints::from_arrivals(names(1), &arrived)
}

#[test]
fn source_times_far_inside_a_long_part_come_back() {
    let source_time = |at| (at % 97 == 3).then(|| Timestamp::from_nanos(at * 1_001));
    let points = long(40_000, source_time);
    let (_, found) = read_samples(file_of(&written(&points))).unwrap();
    assert_same(&found, &points);
}

/// Readers leave out what the statistics say is not there.
#[test]
fn columns_that_say_the_same_throughout_say_so_in_their_statistics() {
    let rows = 80_000;
    let file = file_of(&written(&long(rows, |_| None)));
    let options = ReadOptionsBuilder::new().with_page_index().build();
    let file = SerializedFileReader::new_with_options(file, options).unwrap();
    let columns = file.metadata().row_group(0).columns();
    let pages = file.metadata().page_index_for_row_group(0);
    let mut constant = Vec::new();
    let mut absent = Vec::new();
    for (column, at) in columns.iter().zip(0..) {
        let pages = pages.column_index(at).unwrap();
        let name = column.column_descr().name();
        let statistics = column.statistics().unwrap();
        match (statistics, pages) {
            (Statistics::Int32(all), ColumnIndexMetaData::INT32(pages))
                if all.min_opt().is_some() =>
            {
                assert_eq!(all.null_count_opt(), Some(0), "{name}");
                assert_eq!(all.min_opt(), all.max_opt(), "{name}");
                assert!(pages.num_pages() > 1, "{name}");
                let ends = pages.min_values_iter().chain(pages.max_values_iter());
                assert!(ends.into_iter().all(|end| end == all.min_opt()), "{name}");
                constant.push((name, *all.min_opt().unwrap()));
            }
            (all, pages) if all.null_count_opt() == Some(rows.unsigned_abs()) => {
                assert!(all.min_bytes_opt().is_none(), "{name}");
                assert!(pages.num_pages() > 1, "{name}");
                let count = pages.num_pages() as usize;
                assert!((0..count).all(|at| pages.is_null_page(at)), "{name}");
                let nulls = (0..count).filter_map(|at| pages.null_count(at));
                assert_eq!(nulls.sum::<i64>(), rows, "{name}");
                absent.push(name);
            }
            _ => {}
        }
    }
    let quality = Quality::Uncertain(Cause::ClockSkew).to_byte();
    let wanted = [("nanos", 0), ("type", 1), ("quality", i32::from(quality))];
    assert_eq!(constant, wanted);
    let wanted = ["integer", "text", "source_time", "source_nanos"];
    assert_eq!(absent, wanted);
}

#[test]
fn events_and_unmapped_messages_come_back() {
    let time = |nanos| Timestamp::from_nanos(START + nanos);
    let alarm = RecordedAlarm {
        number: 12,
        equipment: "line1/cnc-03".into(),
        signal: "line1/cnc-03/spindle_temperature".into(),
        condition: AlarmCondition::HighHigh,
        priority: Priority::Critical,
        raised: time(3),
        cleared: Some(time(1_000_000_007)),
        value: Value::Integer(i64::MAX),
        limit: Some(80.5),
        count: 3,
        is_first_out: true,
    };
    let connection: Arc<str> = "floor".into();
    let kinds = [
        RecordedKind::AlarmRaised(RecordedAlarm {
            cleared: None,
            ..alarm.clone()
        }),
        RecordedKind::AlarmCleared(alarm),
        RecordedKind::Source {
            connection: Arc::clone(&connection),
            message: "connected".into(),
        },
        RecordedKind::Gap {
            connection: Arc::clone(&connection),
            from: time(-5),
            samples: 12,
        },
        RecordedKind::ClockJump { nanos: -77 },
        RecordedKind::Note {
            message: "hello".into(),
        },
    ];
    let events: Vec<_> = kinds
        .into_iter()
        .zip(0..)
        .map(|(kind, at)| RecordedEvent {
            time: time(at * 7),
            kind,
        })
        .collect();
    let mut bytes = Vec::new();
    write_events(&mut bytes, &meta(), &events).unwrap();
    assert_eq!(read_events(file_of(&bytes)).unwrap(), (meta(), events));

    let messages: Vec<_> = (0..10_u8)
        .map(|at| RawMessage {
            receive_time: Timestamp::from_millis(i64::from(at)),
            connection: Arc::clone(&connection),
            topic: format!("other/{at}").into(),
            payload: vec![at, 255, 0],
        })
        .collect();
    let mut bytes = Vec::new();
    write_unmapped(&mut bytes, &meta(), &messages).unwrap();
    assert_eq!(read_unmapped(file_of(&bytes)).unwrap(), (meta(), messages));
}

#[test]
fn a_part_of_another_kind_is_not_taken() {
    let mut bytes = Vec::new();
    write_events(&mut bytes, &meta(), &[]).unwrap();
    let error = read_samples(file_of(&bytes)).unwrap_err();
    assert!(matches!(error, SealError::NotAPart(_)), "{error}");
}
