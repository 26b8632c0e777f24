//! What a recording does when parts come, go, or are damaged; states, phases and events of it.

use std::fs;
use std::sync::Arc;

use twinscape::history::{HistoryReader, Lookup, Phase, in_memory, of_recording};
use twinscape::model::alarm::EventKind;
use twinscape::model::{
    EquipmentId, OperatingState, Plant, Point, Quality, SignalId, Text, Timestamp, Value,
};
use twinscape::recording::reader::Moment;
use twinscape::recording::sealed::{RecordedEvent, RecordedKind, RecordedPoint};
use twinscape::recording::{Recording, RecordingError, SignalNames, Tail};

use super::folder::{Index, begin, events, part, plant};

/// 2026-03-01T10:00:00Z, ms.
pub const HOUR: i64 = 1_772_359_200_000;

pub fn point(signal: SignalId, ms: i64, value: Value) -> RecordedPoint {
    RecordedPoint {
        name: signal.0,
        point: Point {
            time: Timestamp::from_millis(ms),
            receive_time: Timestamp::from_millis(ms + 3),
            value,
            quality: Quality::Good,
        },
        source_time: None,
    }
}

pub fn ramp(signals: u32, from: i64, to: i64) -> Vec<RecordedPoint> {
    let times = (from..to).step_by(1000);
    times
        .flat_map(|ms| {
            let value = Value::Float((ms - HOUR) as f64 / 1000.0);
            (0..signals).map(move |id| point(SignalId(id), ms, value))
        })
        .collect()
}

pub struct Folder {
    root: tempfile::TempDir,
    plant: Arc<Plant>,
    names: SignalNames,
}

impl Folder {
    pub fn new(signals: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        begin(root.path());
        let plant = plant(signals);
        Self {
            root,
            names: SignalNames::of(&plant),
            plant,
        }
    }

    pub fn part(
        &self,
        from: i64,
        to: i64,
        points: &[RecordedPoint],
        index: Index,
    ) -> std::path::PathBuf {
        part(self.root.path(), &self.names, from, to, points, index).path
    }

    pub fn open(&self, budget: usize) -> Recording {
        Recording::open(
            self.root.path(),
            Arc::clone(&self.plant),
            budget,
            Tail::Read,
        )
        .unwrap()
    }
}

#[test]
fn a_folder_without_a_recording_says_so() {
    let root = tempfile::tempdir().unwrap();
    let error = Recording::open(root.path(), plant(1), 1 << 20, Tail::Read).unwrap_err();
    assert!(matches!(error, RecordingError::NoRecording(_)), "{error}");
    fs::write(root.path().join("recording.toml"), "format = 99\nplant = \"x\"\ntime_zone = \"UTC\"\nmade = \"2026-03-01T10:00:00Z\"\nversion = \"9\"\n").unwrap();
    let error = Recording::open(root.path(), plant(1), 1 << 20, Tail::Read).unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
}

#[test]
fn parts_that_come_later_are_found_and_those_that_go_are_forgotten() {
    let folder = Folder::new(2);
    folder.part(
        HOUR,
        HOUR + 60_000,
        &ramp(2, HOUR, HOUR + 60_000),
        Index::Whole,
    );
    let recording = folder.open(1 << 20);
    let id = SignalId(1);
    let late = Timestamp::from_millis(HOUR + 90_000);
    assert_eq!(
        recording.latest(id, late).unwrap().value,
        Value::Float(59.0)
    );
    let second = ramp(2, HOUR + 60_000, HOUR + 120_000);
    let path = folder.part(HOUR + 60_000, HOUR + 120_000, &second, Index::Missing);
    assert!(recording.refresh().unwrap());
    assert_eq!(
        recording.latest(id, late).unwrap().value,
        Value::Float(90.0)
    );
    assert_eq!(recording.stats().rebuilt.len(), 1);
    fs::remove_file(path).unwrap();
    assert!(recording.refresh().unwrap());
    assert_eq!(
        recording.latest(id, late).unwrap().value,
        Value::Float(59.0)
    );
    assert_eq!(
        recording.span().unwrap().end,
        Timestamp::from_millis(HOUR + 60_000)
    );
}

/// A span of many blocks is read from the file, where the pages before are skipped: of columns that say
/// the same throughout, too.
#[test]
fn rows_far_inside_a_long_part_are_those_that_were_written() {
    let folder = Folder::new(3);
    let end = HOUR + 600_000;
    let arrived: Vec<_> = (HOUR..end)
        .step_by(10)
        .flat_map(|ms| {
            let value = Value::Float((ms - HOUR) as f64);
            (0..3).map(move |id| point(SignalId(id), ms, value))
        })
        .collect();
    folder.part(HOUR, end, &arrived, Index::Missing);
    let recording = folder.open(1 << 20);
    for id in (0..3).map(SignalId) {
        let (from, to) = (HOUR + 61_000, end - 2_000);
        let mut found = Vec::new();
        let span = Timestamp::from_millis(from)..Timestamp::from_millis(to);
        recording.range(id, span, &mut found);
        let wanted = (from..to).step_by(10).map(|ms| {
            let value = Value::Float((ms - HOUR) as f64);
            point(id, ms, value).point
        });
        assert_eq!(found, wanted.collect::<Vec<_>>());
    }
}

#[test]
fn a_part_that_is_written_again_is_read_again() {
    let folder = Folder::new(1);
    let points = ramp(1, HOUR, HOUR + 60_000);
    folder.part(HOUR, HOUR + 60_000, &points, Index::Whole);
    let recording = folder.open(1 << 20);
    let t = Timestamp::from_millis(HOUR + 30_500);
    assert_eq!(
        recording.latest(SignalId(0), t).unwrap().value,
        Value::Float(30.0)
    );
    let mut more = points;
    more.push(point(SignalId(0), HOUR + 30_400, Value::Float(-1.0)));
    folder.part(HOUR, HOUR + 60_000, &more, Index::Whole);
    assert!(recording.refresh().unwrap());
    assert_eq!(
        recording.latest(SignalId(0), t).unwrap().value,
        Value::Float(-1.0)
    );
}

#[test]
fn a_broken_part_is_named_and_the_rest_is_served() {
    let folder = Folder::new(1);
    for minute in 0..3 {
        let from = HOUR + minute * 60_000;
        let path = folder.part(
            from,
            from + 60_000,
            &ramp(1, from, from + 60_000),
            Index::Missing,
        );
        if minute == 1 {
            let mut bytes = fs::read(&path).unwrap();
            bytes[100] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
    }
    let recording = folder.open(1 << 20);
    let at = |ms| recording.latest(SignalId(0), Timestamp::from_millis(HOUR + ms));
    assert_eq!(at(150_000).unwrap().value, Value::Float(150.0));
    assert_eq!(at(90_000).unwrap().value, Value::Float(59.0));
    let history = of_recording(recording.clone());
    let mut points = Vec::new();
    history.range(SignalId(0), Timestamp::MIN..Timestamp::MAX, &mut points);
    assert_eq!(points.len(), 120);
    let stats = recording.stats();
    assert_eq!(stats.broken.len(), 1, "{:?}", stats.broken);
    assert!(stats.broken[0].1.contains("changed"), "{:?}", stats.broken);
    assert_eq!(stats.parts, 2);
}

#[test]
fn memory_stays_within_its_budget_however_one_scrubs() {
    let folder = Folder::new(40);
    for minute in 0..12 {
        let from = HOUR + minute * 300_000;
        folder.part(
            from,
            from + 300_000,
            &ramp(40, from, from + 300_000),
            Index::Whole,
        );
    }
    for budget in [0, 30_000, 200_000] {
        let recording = folder.open(budget);
        let history = of_recording(recording.clone());
        let mut moment = Moment::default();
        for step in 0..400_i64 {
            let ms = HOUR + step * 7_919_000 % 3_600_000;
            recording.latest_at(Timestamp::from_millis(ms), &mut moment);
            let wanted = Value::Float(((ms - HOUR) / 1000) as f64);
            assert!(
                moment.points[..40]
                    .iter()
                    .all(|point| point.unwrap().value == wanted)
            );
            assert!(recording.stats().bytes <= budget);
        }
        for id in 0..40 {
            let mut buckets = Vec::new();
            let span = Timestamp::from_millis(HOUR)..Timestamp::from_millis(HOUR + 3_600_000);
            history.range_decimated(SignalId(id), span, 60, &mut buckets);
            assert!(buckets.iter().all(|bucket| bucket.count == 60));
            assert!(recording.stats().bytes <= budget);
        }
        assert!(recording.stats().broken.is_empty());
    }
}

#[test]
fn a_silent_signal_is_found_in_an_old_part() {
    let folder = Folder::new(3);
    let mut first = ramp(1, HOUR, HOUR + 60_000);
    first.push(point(SignalId(2), HOUR + 5_000, Value::Float(42.0)));
    folder.part(HOUR, HOUR + 60_000, &first, Index::Whole);
    for minute in 1..9 {
        let from = HOUR + minute * 60_000;
        folder.part(
            from,
            from + 60_000,
            &ramp(1, from, from + 60_000),
            Index::Whole,
        );
    }
    let from = HOUR + 9 * 60_000;
    folder.part(
        from,
        from + 60_000,
        &[point(SignalId(2), from + 1_000, Value::Float(43.0))],
        Index::Whole,
    );
    let recording = folder.open(1 << 20);
    let t = Timestamp::from_millis(HOUR + 5 * 60_000 + 1);
    let (last, next) = recording.bracket(SignalId(2), t);
    assert_eq!(last.unwrap().value, Value::Float(42.0));
    assert_eq!(next.unwrap().value, Value::Float(43.0));
    assert_eq!(recording.bracket(SignalId(1), t), (None, None));
    let end = Timestamp::from_millis(HOUR + 10 * 60_000);
    assert_eq!(
        recording.latest(SignalId(0), end).unwrap().value,
        Value::Float(539.0)
    );
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text))
}

fn states() -> (Folder, HistoryReader) {
    let folder = Folder::new(1);
    let state = folder.plant.state_signal(EquipmentId(0));
    let at = |secs: i64, word: &str| point(state, HOUR + secs * 1000, text(word));
    folder.part(
        HOUR,
        HOUR + 60_000,
        &[
            at(10, "execute"),
            at(20, "held"),
            at(20, "execute"),
            at(40, "held"),
        ],
        Index::Whole,
    );
    folder.part(
        HOUR + 60_000,
        HOUR + 120_000,
        &[at(70, "held"), at(90, "execute")],
        Index::Whole,
    );
    let history = of_recording(folder.open(1 << 20));
    (folder, history)
}

#[test]
fn phases_of_an_equipment_follow_on_one_another() {
    let (folder, history) = states();
    let secs = |secs: i64| Timestamp::from_millis(HOUR + secs * 1000);
    let mut phases = Vec::new();
    history.phases(
        &folder.plant,
        EquipmentId(0),
        secs(0)..secs(200),
        &mut phases,
    );
    let phase = |start, end, state| Phase {
        start: secs(start),
        end: secs(end),
        state,
    };
    let wanted = [
        phase(0, 10, OperatingState::Unknown),
        phase(10, 40, OperatingState::Execute),
        phase(40, 90, OperatingState::Held),
        phase(90, 200, OperatingState::Execute),
    ];
    assert_eq!(phases, wanted);
    phases.clear();
    history.phases(
        &folder.plant,
        EquipmentId(0),
        secs(50)..secs(60),
        &mut phases,
    );
    assert_eq!(phases, [phase(50, 60, OperatingState::Held)]);
}

#[test]
fn states_on_disk_are_words_and_in_memory_what_they_were() {
    let (folder, history) = states();
    let state = folder.plant.state_signal(EquipmentId(0));
    let t = Timestamp::from_millis(HOUR + 45_000);
    let Lookup::Found(point) = history.lookup(state, t) else {
        panic!("nothing found");
    };
    assert_eq!(point.value, OperatingState::Held.to_value());
    let mut moment = Moment::default();
    history.recording().unwrap().latest_at(t, &mut moment);
    assert_eq!(moment.points[state.index()], Some(point));
}

#[test]
fn events_of_both_sides_of_the_session_come_in_order() {
    let folder = Folder::new(1);
    let note = |ms: i64| RecordedEvent {
        time: Timestamp::from_millis(HOUR + ms),
        kind: RecordedKind::Note {
            message: format!("{ms}").into(),
        },
    };
    events(
        folder.root.path(),
        HOUR,
        HOUR + 10_000,
        &[note(1), note(2), note(9_000)],
    );
    events(
        folder.root.path(),
        HOUR + 10_000,
        HOUR + 30_000,
        &[note(10_000), note(20_000)],
    );
    let (mut writer, reader) = in_memory(&folder.plant);
    // The session began at 15 s; what it announced is on disk, too.
    for ms in [20_000, 25_000] {
        writer.event(note(ms).in_plant(&folder.plant));
    }
    let live_from = Timestamp::from_millis(HOUR + 15_000);
    let history = reader.with_recording(folder.open(1 << 20), live_from);
    let found = |from, to| -> Vec<i64> {
        let span = Timestamp::from_millis(HOUR + from)..Timestamp::from_millis(HOUR + to);
        let events = history.events(span);
        assert!(
            events
                .iter()
                .all(|event| matches!(event.kind, EventKind::Note { .. }))
        );
        let times = events.iter().map(|event| event.time.as_millis() - HOUR);
        times.collect()
    };
    assert_eq!(found(0, 30_000), [1, 2, 9_000, 10_000, 20_000, 25_000]);
    assert_eq!(found(2, 20_000), [2, 9_000, 10_000]);
    assert_eq!(found(20_000, 20_001), [20_000]);
}

#[test]
fn what_memory_dropped_and_nobody_sealed_is_not_kept() {
    let folder = Folder::new(1);
    folder.part(
        HOUR,
        HOUR + 60_000,
        &ramp(1, HOUR, HOUR + 60_000),
        Index::Whole,
    );
    let (mut writer, reader) = twinscape::history::in_memory_within(&folder.plant, 20 << 10);
    let id = SignalId(0);
    for ms in 120_000..200_000 {
        let value = Value::Float(f64::from(ms % 1000) * 0.1 + 0.1234567);
        writer.append(&[(id, point(id, HOUR + i64::from(ms), value).point)]);
    }
    assert!(reader.stats().points_dropped > 0);
    let history =
        reader.with_recording(folder.open(1 << 20), Timestamp::from_millis(HOUR + 120_000));
    let t = Timestamp::from_millis(HOUR + 121_000);
    assert_eq!(history.lookup(id, t), Lookup::NotKept);
    let t = Timestamp::from_millis(HOUR + 30_000);
    assert!(matches!(history.lookup(id, t), Lookup::Found(_)));
    let span = history.span().unwrap();
    assert_eq!(span.start, Timestamp::from_millis(HOUR));
    assert_eq!(span.end, Timestamp::from_millis(HOUR + 199_999));
}
