//! What becomes of the parts of an hour that is over.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use twinscape::model::{Quality, Timestamp, Value};
use twinscape::recording::log::payload::Start;
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::log::segment::{Entry, Rest, SegmentWriter};
use twinscape::recording::parts::{self, Sort};
use twinscape::recording::sealed::read_samples;
use twinscape::recording::sealing::{Extent, SealLimits, Sealer};
use twinscape::recording::storage::Disk;

/// Monday 2 March 2026, 10:00 UTC.
const BEGIN: Timestamp = Timestamp::from_secs(1_772_445_600);

/// A segment with so many points of one signal, spread over five minutes from `from` on.
fn record(root: &Path, segment: u64, from: Timestamp, points: u64) {
    let log = root.join("log");
    fs::create_dir_all(&log).unwrap();
    let names: [Arc<str>; 1] = ["area/machine/x".into()];
    let start = Start {
        segment,
        plant: 0,
        run: BEGIN,
    };
    let mut writer = SegmentWriter::create(&Disk, &log, &start, &Rest::default(), &names).unwrap();
    let step = Duration::from_secs(290) / points as u32;
    let points: Vec<TapedPoint> = (0..points)
        .map(|at| TapedPoint {
            time: from + step * at as u32,
            receive_time: from + step * at as u32,
            value: Value::Float(at as f64),
            signal: 0,
            quality: Quality::Good,
        })
        .collect();
    let entry = Entry {
        points: &points,
        ..Entry::default()
    };
    writer.push(&entry, &names);
    writer.flush().unwrap();
    writer.sync().unwrap();
}

/// The parts of samples in order of time: points, and the file on the disk.
fn found(root: &Path) -> Vec<(usize, u64)> {
    let (parts, _) = parts::list(root, Sort::Samples).unwrap();
    let of = |part: &parts::PartFile| {
        let (_, points) = read_samples(File::open(&part.path).unwrap()).unwrap();
        let file = fs::metadata(&part.path).unwrap();
        (points.len(), file.ino())
    };
    parts.iter().map(of).collect()
}

#[test]
fn small_parts_of_an_hour_that_is_over_become_one_and_large_ones_are_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let limits = SealLimits { merged_points: 400 };
    let mut sealer = Sealer::open(root, Arc::new(Disk), limits).unwrap();
    let counts = [40, 40, 150, 40, 40];
    for (at, count) in counts.into_iter().enumerate() {
        let from = BEGIN + Duration::from_secs(300 * at as u64);
        record(root, at as u64 + 1, from, count);
        sealer.seal(at as u64 + 1, Extent::Settled).unwrap();
    }
    let before = found(root);
    assert_eq!(before.len(), counts.len(), "{before:?}");
    let large = *before.iter().max().unwrap();
    assert!(large.0 > 100, "{before:?}");
    // Two hours later.
    record(root, 6, BEGIN + Duration::from_secs(2 * 3_600), 40);
    sealer.seal(6, Extent::All).unwrap();
    let after = found(root);
    let points: Vec<usize> = after.iter().map(|(points, _)| *points).collect();
    let all: usize = points.iter().sum();
    assert_eq!(all, 40 + counts.iter().sum::<u64>() as usize);
    assert_eq!(
        after.len(),
        4,
        "two small ones, a large one, two small ones, one: {points:?}"
    );
    assert!(
        after.contains(&large),
        "{large:?} was written again: {after:?}"
    );
}
