//! The log: what is written is read, and what is broken costs only itself.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use twinscape::model::{Quality, Text, Timestamp, Value};
use twinscape::recording::log::payload::Start;
use twinscape::recording::log::points::{Decoder, TapedPoint, encode};
use twinscape::recording::log::read::Segment;
use twinscape::recording::log::read_unsealed;
use twinscape::recording::log::segment::{Entry, Rest, SegmentWriter, path_of};
use twinscape::recording::storage::Disk;

use super::points::{START, qualities, values};

fn taped() -> impl Strategy<Value = (TapedPoint, Option<Timestamp>)> {
    let time = prop_oneof![
        8 => (0_i64..3_000_000_000).prop_map(|nanos| START + nanos),
        1 => any::<i64>(),
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
    ];
    let signal = prop_oneof![6 => 0_u32..5, 2 => 0_u32..100_000, 1 => any::<u32>()];
    let refused = prop_oneof![9 => Just(None), 1 => any::<i64>().prop_map(Some)];
    (signal, time.clone(), time, values(), qualities(), refused).prop_map(
        |(signal, time, received, value, quality, refused)| {
            let point = TapedPoint {
                time: Timestamp::from_nanos(time),
                receive_time: Timestamp::from_nanos(received),
                value,
                signal,
                quality,
            };
            (point, refused.map(Timestamp::from_nanos))
        },
    )
}

proptest! {
    #[test]
    fn points_come_back_with_every_bit_but_receive_times_in_milliseconds(
        points in proptest::collection::vec(taped(), 0..200))
    {
        let taped: Vec<_> = points.iter().map(|(point, _)| *point).collect();
        let refused: Vec<_> = points
            .iter()
            .zip(0..)
            .filter_map(|((_, refused), at)| Some((at, (*refused)?)))
            .collect();
        let mut payload = b"before".to_vec();
        encode(&mut payload, &taped, &refused);
        let read: Vec<_> = Decoder::of(&payload[6..]).unwrap().collect();
        prop_assert_eq!(read.len(), points.len());
        for (read, (point, refused)) in read.iter().zip(&points) {
            prop_assert_eq!(read.taped.signal, point.signal);
            prop_assert_eq!(read.taped.time, point.time);
            prop_assert_eq!(read.taped.receive_time.as_millis(), point.receive_time.as_millis());
            prop_assert!(read.taped.value.same(point.value));
            prop_assert_eq!(read.taped.quality, point.quality);
            prop_assert_eq!(read.source_time, *refused);
        }
    }

    #[test]
    fn a_payload_that_is_skimmed_ends_where_it_ends_when_it_is_read(
        points in proptest::collection::vec(taped(), 0..60), cut in any::<prop::sample::Index>(),
        flipped in any::<prop::sample::Index>(), bit in 0_u8..9)
    {
        let taped: Vec<_> = points.iter().map(|(point, _)| *point).collect();
        let mut payload = Vec::new();
        encode(&mut payload, &taped, &[]);
        let at = flipped.index(payload.len());
        // One in nine is whole, or only cut.
        payload[at] ^= (1_u16 << bit) as u8;
        payload.truncate(payload.len() - cut.index(payload.len()) / 4);
        if let Some(decoder) = Decoder::of(&payload) {
            let skimmed: Vec<_> = decoder.clone().skim().collect();
            let read: Vec<_> = decoder
                .map(|each| (each.taped.signal, each.taped.time, each.taped.receive_time))
                .collect();
            let skimmed: Vec<_> = skimmed
                .iter()
                .map(|each| (each.signal, each.time, each.receive_time))
                .collect();
            prop_assert_eq!(skimmed, read);
        }
    }

    #[test]
    fn of_a_payload_that_is_cut_short_the_whole_points_before_are_left(
        points in proptest::collection::vec(taped(), 1..60), cut in any::<prop::sample::Index>())
    {
        let taped: Vec<_> = points.iter().map(|(point, _)| *point).collect();
        let mut payload = Vec::new();
        encode(&mut payload, &taped, &[]);
        let all: Vec<_> = Decoder::of(&payload).unwrap().collect();
        payload.truncate(20 + cut.index(payload.len() - 20));
        let left: Vec<_> = Decoder::of(&payload).unwrap().collect();
        prop_assert!(left.len() < all.len());
        for (left, all) in left.iter().zip(&all) {
            prop_assert!(left.taped.value.same(all.taped.value));
            prop_assert_eq!(left.taped.signal, all.taped.signal);
            prop_assert_eq!(left.taped.time, all.taped.time);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(decoder) = Decoder::of(&bytes) {
            let _ = decoder.take(10_000).count();
        }
    }

    #[test]
    fn a_broken_byte_costs_one_frame(at in 0_usize..20_000, bit in 0_u8..8) {
        let folder = tempfile::tempdir().unwrap();
        let whole = segment(folder.path(), 200);
        let path = path_of(folder.path(), 1);
        let mut bytes = whole;
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        let segment = Segment::read(folder.path(), 1).unwrap();
        prop_assert_eq!(segment.repair.broken + segment.repair.torn, 1);
        // Ten points a frame; the frames of the start and of names hold none.
        let lost = 2_000 - segment.read_points().count();
        prop_assert!(lost == 0 || lost == 10, "{} lost", lost);
    }
}

#[test]
fn a_text_that_is_none_ends_a_payload_whether_it_is_skimmed_or_read() {
    let said = |text: &str| TapedPoint {
        value: Value::Text(Text::new(text)),
        ..point(1)
    };
    let mut texts = vec![said("execute"), said("hëld")];
    texts.extend((0..20).map(|_| said("stopped")));
    let mut payload = Vec::new();
    encode(&mut payload, &texts, &[]);
    let at = payload.windows(2).position(|two| two == "ë".as_bytes());
    payload[at.unwrap()] = 0xff;
    let decoder = Decoder::of(&payload).unwrap();
    assert_eq!(decoder.clone().skim().count(), 1);
    assert_eq!(decoder.count(), 1);
}

#[test]
fn the_last_of_a_segment_is_the_latest_though_the_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let received = |ms: i64| TapedPoint {
        receive_time: Timestamp::from_nanos(START + ms * 1_000_000),
        ..point(0)
    };
    let frames = [[10_000, 10_900], [5_000, 5_300]];
    segment_of(
        folder.path(),
        frames.map(|frame| frame.map(received).to_vec()),
    );
    let segment = Segment::read(folder.path(), 1).unwrap();
    assert_eq!(segment.last, received(10_900).receive_time);
}

fn point(at: u32) -> TapedPoint {
    TapedPoint {
        time: Timestamp::from_nanos(START + i64::from(at) * 1_000_000),
        receive_time: Timestamp::from_nanos(START + i64::from(at) * 1_000_000),
        value: Value::Float(f64::from(at)),
        signal: at % 7,
        quality: Quality::Good,
    }
}

/// Writes a segment of so many frames of ten points; its bytes.
fn segment(log: &Path, frames: u32) -> Vec<u8> {
    let points = |frame| (0..10).map(|at| point(frame * 10 + at)).collect();
    segment_of(log, (0..frames).map(points))
}

/// Writes a segment of these frames; its bytes.
fn segment_of(log: &Path, frames: impl IntoIterator<Item = Vec<TapedPoint>>) -> Vec<u8> {
    let start = Start {
        segment: 1,
        plant: 5,
        run: Timestamp::from_nanos(START),
    };
    let names: Vec<Arc<str>> = (0..7).map(|at| format!("machine/s{at}").into()).collect();
    let mut writer = SegmentWriter::create(&Disk, log, &start, &Rest::default(), &names).unwrap();
    for points in frames {
        let entry = Entry {
            points: &points,
            ..Entry::default()
        };
        writer.push(&entry, &names);
        writer.flush().unwrap();
    }
    writer.sync().unwrap();
    fs::read(path_of(log, 1)).unwrap()
}

#[test]
fn a_segment_cut_anywhere_keeps_every_whole_frame() {
    let folder = tempfile::tempdir().unwrap();
    let whole = segment(folder.path(), 20);
    let path = path_of(folder.path(), 1);
    let mut last = 0;
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let segment = Segment::read(folder.path(), 1).unwrap();
        let points = segment.read_points().count();
        assert!(points >= last && points.is_multiple_of(10));
        assert_eq!(segment.repair.broken, 0);
        last = points;
    }
    assert_eq!(last, 200);
}

#[test]
fn names_are_found_again_when_their_frame_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::create_dir(&log).unwrap();
    // Enough for the table of names to be written again.
    let mut bytes = segment(&log, 20_000);
    let at = bytes
        .windows(9)
        .position(|window| window == b"machine/s")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(path_of(&log, 1), &bytes).unwrap();
    let unsealed = read_unsealed(folder.path()).unwrap();
    assert_eq!(unsealed.points.len(), 200_000);
    assert_eq!((unsealed.repair.broken, unsealed.repair.unnamed), (1, 0));

    // Nowhere else: counted.
    let mut bytes = segment(&log, 2);
    let at = bytes
        .windows(9)
        .position(|window| window == b"machine/s")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(path_of(&log, 1), &bytes).unwrap();
    let unsealed = read_unsealed(folder.path()).unwrap();
    assert_eq!(unsealed.points.len(), 0);
    assert_eq!(unsealed.repair.unnamed, 20);
}
