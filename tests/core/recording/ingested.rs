//! From the ingest to the disk, with threads: what goes into the history is recorded, and nobody
//! waits for the disk.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use twinscape::clock::Clock;
use twinscape::history::in_memory;
use twinscape::ingest::Ingest;
use twinscape::model::{
    Health, HealthStatus, Plant, Point, Quality, Sample, SessionId, SignalId, Text, Timestamp,
    Value,
};
use twinscape::recording::parts::{Sort, list};
use twinscape::recording::sealed::{RecordedKind, RecordedPoint, read_events, read_samples};
use twinscape::recording::storage::{Fault, FaultyDisk};
use twinscape::recording::tape::{Taken, tape};
use twinscape::recording::{AtStart, RecordOptions, SignalNames, start};
use twinscape::source::batch::Batch;
use twinscape::twin::LiveBoard;

use super::rig::{plant, read};

fn sample(clock: &Clock, signal: u32, value: f64) -> Sample {
    let now = clock.now();
    Sample {
        signal: SignalId(signal),
        source_time: Some(now - Duration::from_millis(20)),
        receive_time: now,
        value: Value::Float(value),
        quality: Quality::Good,
    }
}

/// Every point of the parts, by name.
fn sealed(root: &std::path::Path) -> Vec<(Arc<str>, RecordedPoint)> {
    let mut all = Vec::new();
    for part in list(root, Sort::Samples).unwrap().0 {
        let (_, points) = read_samples(File::open(part.path).unwrap()).unwrap();
        for (name, _, run) in points.runs() {
            all.extend(run.iter().map(|each| (Arc::clone(name), each)));
        }
    }
    all
}

#[test]
fn what_goes_into_the_history_is_on_the_disk_derived_facts_and_refused_times_too() {
    let folder = tempfile::tempdir().unwrap();
    let plant = plant();
    let clock = Arc::new(Clock::start());
    let board = LiveBoard::default();
    let options = RecordOptions::into_folder(folder.path().to_owned());
    let (tape, handle) = start(
        Arc::clone(&plant),
        options,
        Arc::clone(&clock),
        board.clone(),
        AtStart::Insist,
    )
    .unwrap();
    let (mut writer, reader) = in_memory(&plant);
    writer.record_to(tape);
    let mut ingest = Ingest::new(Arc::clone(&plant), writer);
    let mut batch = Batch::new(0, clock.now());
    batch.liveness.push((SessionId(0), true, clock.now()));
    for at in 0..100 {
        batch.samples.push(sample(&clock, at % 3, f64::from(at)));
    }
    let refused = Timestamp::from_secs(1);
    let mut odd = sample(&clock, 0, 1e6);
    odd.source_time = Some(refused);
    batch.samples.push(odd);
    batch.receive_time = clock.now();
    ingest.ingest(&batch);
    drop(ingest);
    drop(handle);

    let names = SignalNames::of(&plant);
    let on_disk = sealed(folder.path());
    let mut wanted: Vec<(Arc<str>, Point)> = Vec::new();
    for (id, name) in names.iter() {
        let mut points = Vec::new();
        reader.range(id, Timestamp::MIN..Timestamp::MAX, &mut points);
        wanted.extend(points.into_iter().map(|point| (Arc::clone(name), point)));
    }
    for (name, point) in &wanted {
        let id = names.find(name).unwrap();
        let found = on_disk.iter().any(|(other, each)| {
            other == name
                && each.point.time == point.time
                && each.point.quality == point.quality
                && each.point.receive_time.as_millis() == point.receive_time.as_millis()
                && names.live(id, each.point.value).same(point.value)
        });
        assert!(found, "{name}: {point:?}");
    }
    // And that the session is not followed any more.
    assert_eq!(on_disk.len(), wanted.len() + 1);
    let (_, end) = on_disk
        .iter()
        .filter(|(name, _)| &**name == "#session/floor")
        .max_by_key(|(_, each)| each.point.time)
        .unwrap();
    assert_eq!(end.point.value, Value::Boolean(false));
    let refused_times: Vec<_> = on_disk
        .iter()
        .filter_map(|(_, each)| Some((each.source_time?, each.point.value)))
        .collect();
    assert_eq!(refused_times, [(refused, Value::Float(1e6))]);
    let health = on_disk
        .iter()
        .find(|(name, _)| &**name == "machine/#health")
        .unwrap();
    assert_eq!(health.1.point.value.as_text(), Some("good"));
    let status = board.recorder().unwrap();
    assert_eq!(status.samples, on_disk.len() as u64);
    assert_eq!((status.gaps, status.problem), (0, None));
}

#[test]
fn when_the_disk_cannot_keep_up_what_is_lost_is_counted_and_the_gap_recorded() {
    let plant = plant();
    let reported = plant.signals.len();
    let (mut tape, reels) = tape(100 * 1024, reported);
    let clock = Clock::start();
    let point = |value| Point {
        time: clock.now(),
        receive_time: clock.now(),
        value,
        quality: Quality::Good,
    };
    let first = clock.now();
    for _ in 0..100 {
        for at in 0..100_u32 {
            tape.point(SignalId(at % 3), point(Value::Float(1.0)));
        }
        // What is derived outlasts a gap.
        tape.point(SignalId(reported as u32), point(Value::Integer(1)));
        tape.hand_over();
    }
    let mut taken = 0;
    while let Taken::Reel(reel) = reels.take() {
        assert_eq!(reel.lost, None);
        taken += reel.points.len() as u64;
        reels.give_back(reel);
    }
    assert!(taken < 3_000, "{taken}");
    tape.point(SignalId(0), point(Value::Float(2.0)));
    tape.hand_over();
    let Taken::Reel(reel) = reels.take() else {
        panic!("there is room again");
    };
    let lost = reel.lost.unwrap();
    let derived = reel
        .points
        .iter()
        .filter(|point| point.signal as usize >= reported);
    assert_eq!(lost.points + taken + derived.count() as u64, 10_100);
    assert!(lost.since >= first && lost.since < clock.now());
}

#[test]
fn a_full_disk_is_shown_and_recording_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let plant = plant();
    let clock = Arc::new(Clock::start());
    let board = LiveBoard::default();
    let disk = FaultyDisk::new();
    let options = RecordOptions {
        storage: Arc::new(disk.clone()),
        buffer_bytes: 64 << 10,
        ..RecordOptions::into_folder(folder.path().to_owned())
    };
    let (mut tape, handle) = start(
        Arc::clone(&plant),
        options,
        Arc::clone(&clock),
        board.clone(),
        AtStart::Insist,
    )
    .unwrap();
    let mut sent = 0_u64;
    let mut send = |count: u64| {
        for _ in 0..count {
            let now = clock.now();
            let point = Point {
                time: now + Duration::from_nanos(sent),
                receive_time: now,
                value: Value::Float(sent as f64),
                quality: Quality::Good,
            };
            tape.point(SignalId(0), point);
            sent += 1;
        }
        tape.hand_over();
    };
    let wait = |what: &str, is_so: &dyn Fn(&twinscape::recording::RecorderStatus) -> bool| {
        for _ in 0..1_000 {
            if board.recorder().is_some_and(|status| is_so(&status)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{what}: {:?}", board.recorder());
    };
    send(10);
    wait("written", &|status| status.samples == 10);
    disk.set_fault(Some(Fault::Full));
    send(10);
    wait("shown", &|status| {
        let problem = status.problem.as_deref().unwrap_or_default();
        problem.contains("disk is full") && status.words().starts_with("NOT RECORDING")
    });
    for _ in 0..100 {
        send(100);
    }
    disk.set_fault(None);
    wait("resumed", &|status| status.problem.is_none());
    std::thread::sleep(Duration::from_millis(300));
    send(10);
    wait("counted", &|status| status.gaps == 1);
    drop(tape);
    drop(handle);
    let status = board.recorder().unwrap();
    assert_eq!(status.problem, None);
    let found = read(folder.path());
    let total: u32 = found.points.values().sum();
    assert_eq!(
        u64::from(total) + status.lost,
        sent,
        "all is there or counted"
    );
    let gaps: Vec<_> = list(folder.path(), Sort::Events)
        .unwrap()
        .0
        .into_iter()
        .flat_map(|part| read_events(File::open(part.path).unwrap()).unwrap().1)
        .filter_map(|event| match event.kind {
            RecordedKind::Gap { samples, .. } => Some(samples),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [status.lost]);
}

#[test]
fn every_signal_has_a_name_of_its_own_and_derived_values_survive_the_words() {
    let loaded = twinscape::model::scene::load(std::path::Path::new("scenes/gearbox"))
        .unwrap()
        .plant;
    let plant: &Plant = &loaded;
    let names = SignalNames::of(plant);
    assert_eq!(names.len(), plant.signal_count());
    for (id, name) in names.iter() {
        assert_eq!(names.find(name), Some(id), "{name}");
    }
    for equipment in (0..plant.equipment.len() as u32).map(twinscape::model::EquipmentId) {
        let id = plant.health_signal(equipment);
        let own = plant.equipment(equipment).unwrap().signal_ids().next();
        for health in Health::ALL {
            for signal in [None, own, Some(SignalId(0))] {
                let status = HealthStatus {
                    health,
                    rule: twinscape::model::health::HealthRule::HighHigh,
                    signal,
                };
                let stored = names.stored(id, status.to_value());
                assert!(stored.as_text().unwrap().starts_with(health.as_str()));
                assert!(names.live(id, stored).same(status.to_value()));
            }
        }
        let id = plant.state_signal(equipment);
        for state in twinscape::model::OperatingState::ALL {
            let stored = names.stored(id, state.to_value());
            assert_eq!(stored, Value::Text(Text::new(state.as_str())));
            assert!(names.live(id, stored).same(state.to_value()));
        }
    }
}
