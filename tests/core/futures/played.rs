//! Futures as they are asked for: bands, picks, differences, and one of them as a history.

use std::sync::Arc;
use std::time::Duration;

use super::rig::{self, gearbox, hear};
use twinscape::emulator::{Disturbances, Emulation};
use twinscape::futures::{Detail, Fork, Futures, Pick, Settings, Track, WhatIf};
use twinscape::history::Lookup;
use twinscape::kpi::{self, Scope};
use twinscape::model::scene::{PlannedStop, StopReason};
use twinscape::model::signal::SignalRole;
use twinscape::model::{Freshness, OperatingState, Snapshot, Timestamp};
use twinscape::simulation::experiment::Control;
use twinscape::twin::{LiveBoard, Twin, ViewCursor};

const HOUR: u64 = 3_600;

fn settings(hours: u64, replications: u64) -> Settings {
    Settings {
        horizon: Duration::from_secs(hours * HOUR),
        replications,
        ..Settings::default()
    }
}

#[test]
fn the_same_future_has_the_same_bits_on_any_number_of_threads() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(6 * HOUR), Disturbances::None);
    let at = heard.from + Duration::from_secs(4 * HOUR);
    let fork = Fork::new(&plant, &heard.reader, at).unwrap();
    let run = |threads: usize| {
        let settings = Settings {
            threads,
            ..settings(2, 24)
        };
        let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings).unwrap();
        let forecast = futures.run(&Control::default()).unwrap();
        let band = forecast.band(&Track::Parts);
        (futures.address().unwrap(), band, forecast.summary())
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one.0, two.0);
    assert_eq!(one.1, two.1);
    assert_eq!(one.2, two.2);
    // Another instant, another address.
    let later = Fork::new(&plant, &heard.reader, at + Duration::from_secs(1)).unwrap();
    let futures = Futures::new(&plant, &later, None, &heard.reader, &settings(2, 24)).unwrap();
    assert_ne!(futures.address().unwrap(), one.0);
}

#[test]
fn a_band_begins_where_the_plant_is_and_grows_from_there() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(6 * HOUR), Disturbances::None);
    let at = heard.from + Duration::from_secs(4 * HOUR);
    let fork = Fork::new(&plant, &heard.reader, at).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(2, 40)).unwrap();
    let mut job = futures.spawn().unwrap();
    let forecast = job.finish().unwrap();
    assert_eq!(forecast.count(), 40);
    for track in forecast.tracks() {
        let band = forecast.band(&track);
        let end = at + Duration::from_secs(2 * HOUR);
        assert_eq!(band.times.last(), Some(&end));
        if track == Track::LeadTime {
            // Of nothing that has left there is no lead time.
            assert!(band.times[0] > at && band.times.len() > 80);
        } else {
            assert_eq!((band.times[0], band.times.len()), (at, 97));
            let first = band.limits[0];
            assert_eq!(first.p05, first.p95, "{track:?}: the present is known");
        }
        let all = band.limits.iter();
        for limits in all {
            let sorted = [
                limits.p05, limits.p10, limits.p25, limits.p50, limits.p75, limits.p90,
            ];
            assert!(sorted.is_sorted() && limits.p90 <= limits.p95);
        }
    }
    // Until the window lies behind the fork, what left before it counts.
    let throughput = forecast.band(&Track::Throughput);
    let left = rig::counted(&heard, "out", at)
        - rig::counted(&heard, "out", at - Duration::from_secs(HOUR));
    assert!(
        (throughput.means[0] - left).abs() <= 1.0,
        "{} {left}",
        throughput.means[0]
    );
    // A band that nobody follows is empty.
    assert!(
        forecast
            .band(&Track::Content("nowhere".into()))
            .times
            .is_empty()
    );
}

#[test]
fn the_futures_that_are_picked_come_to_what_was_asked_for() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(6 * HOUR), Disturbances::None);
    let fork = Fork::new(&plant, &heard.reader, heard.to).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(4, 50)).unwrap();
    let forecast = futures.run(&Control::default()).unwrap();
    let last = forecast.grid().len() - 1;
    let values = forecast.values(&Track::Completed, last);
    let of = |pick: Pick| {
        let index = forecast.pick(&Track::Completed, pick).unwrap();
        forecast.replication(index, &Track::Completed)[last].1
    };
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(f64::MAX, f64::min);
    assert_eq!((of(Pick::Best), of(Pick::Worst)), (most, least));
    let limits = forecast.band(&Track::Completed).limits[last];
    assert!((of(Pick::Share(0.5)) - limits.p50).abs() <= 1.0);
    assert!((of(Pick::Share(0.1)) - limits.p10).abs() <= 3.0);
    assert!(of(Pick::Share(0.1)) < of(Pick::Share(0.9)));
}

#[test]
fn a_scenario_is_compared_future_by_future() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(6 * HOUR), Disturbances::None);
    let fork = Fork::new(&plant, &heard.reader, heard.to).unwrap();
    let base = Futures::new(&plant, &fork, None, &heard.reader, &settings(4, 60)).unwrap();
    let base = base.run(&Control::default()).unwrap();
    let what_if = |at_secs: f64, lasts_secs: f64| WhatIf {
        name: "press stops".into(),
        plant: Arc::clone(&plant),
        stops: vec![PlannedStop {
            equipment: plant.find("press").unwrap(),
            at_secs,
            lasts_secs: Some(lasts_secs),
            cause: StopReason::Operator,
        }],
    };
    let stopped = what_if(600.0, 7_200.0);
    let futures = Futures::new(
        &plant,
        &fork,
        Some(&stopped),
        &heard.reader,
        &settings(4, 60),
    )
    .unwrap();
    let forecast = futures.run(&Control::default()).unwrap();
    let off = forecast.differences(&base, &Track::Completed, 0.95);
    let (first, last) = (off[0], off[off.len() - 1]);
    assert_eq!((first.estimate.mean, first.estimate.sd), (0.0, 0.0));
    assert!(last.estimate.mean < -30.0, "{last:?}");
    // Under the same random numbers less is left to chance than between strangers.
    let values = |f: &twinscape::futures::Forecast| f.values(&Track::Completed, off.len() - 1);
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
    };
    let apart = variance(&values(&forecast)) + variance(&values(&base));
    assert!(last.estimate.sd.powi(2) < 0.8 * apart, "{last:?} {apart}");
    // A stop after the horizon changes nothing, to the last bit.
    let late = what_if(5.0 * HOUR as f64, 60.0);
    let futures =
        Futures::new(&plant, &fork, Some(&late), &heard.reader, &settings(4, 60)).unwrap();
    let same = futures.run(&Control::default()).unwrap();
    assert!(
        same.differences(&base, &Track::Parts, 0.95)
            .iter()
            .all(|d| d.estimate.sd == 0.0 && d.estimate.mean == 0.0)
    );
}

fn snapshot(twin: &Twin, at: Timestamp) -> Snapshot {
    let mut snapshot = Snapshot::new(twin.plant());
    twin.advance(&mut snapshot, &mut ViewCursor::default(), at);
    snapshot
}

#[test]
fn a_future_is_read_like_the_past() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(6 * HOUR), Disturbances::None);
    let at = heard.from + Duration::from_secs(5 * HOUR);
    let fork = Fork::new(&plant, &heard.reader, at).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(3, 20)).unwrap();
    let forecast = futures.run(&Control::default()).unwrap();
    let index = forecast.pick(&Track::Completed, Pick::Share(0.5)).unwrap();
    let branch = futures
        .branch(index, &heard.reader, Detail::Flow, &Control::default())
        .unwrap();
    assert!(branch.reader.is_future());
    let counter = |equipment: &str, time: Timestamp| {
        let id = plant.find(equipment).unwrap();
        let signal = plant.signal_named(id, "produced").unwrap();
        branch
            .reader
            .latest_at(signal, time)
            .unwrap()
            .value
            .as_f64()
            .unwrap()
    };
    // The counter goes on where it stood, and comes to what the replication came to.
    assert_eq!(counter("out", at), rig::counted(&heard, "out", at));
    let completed = forecast.replication(index, &Track::Completed);
    for point in [10, 50, 96] {
        let time = forecast.time(point);
        assert_eq!(
            counter("out", time) - counter("out", at),
            completed[point].1
        );
    }
    // The past before the fork is the one that was heard.
    let before = at - Duration::from_secs(600);
    assert_eq!(
        counter("mill", before),
        rig::counted(&heard, "mill", before)
    );
    let twin = Twin::new(
        Arc::clone(&plant),
        branch.reader.clone(),
        LiveBoard::default(),
    );
    let then = snapshot(&twin, branch.to - Duration::from_secs(5));
    let fresh = then
        .freshness
        .iter()
        .filter(|f| **f == Freshness::Fresh)
        .count();
    assert_eq!(fresh, plant.signals.len(), "{:?}", then.freshness);
    let lathe = plant.find("lathe").unwrap();
    assert_ne!(then.states[lathe.index()], OperatingState::Unknown);
    // The content that is reported is the content that was followed.
    let rack = plant
        .signal_named(plant.find("rack").unwrap(), "content")
        .unwrap();
    let levels = forecast.replication(index, &Track::Content("rack".into()));
    let told = branch.reader.latest_at(rack, forecast.time(96)).unwrap();
    assert_eq!(told.value.as_f64(), Some(levels[96].1));
}

#[test]
fn what_was_before_a_fork_is_read_in_a_future_as_it_was() {
    let plant = gearbox();
    let disturbances = Disturbances::AsInLife;
    let mut emulation = Emulation::with(Arc::clone(&plant), 5, rig::START, disturbances).unwrap();
    let lathe = plant.find("line2/lathe-2").unwrap();
    let vibration = plant.signal_named(lathe, "vibration").unwrap();
    emulation.hear_only(|id| {
        let spec = plant.signal(id).map(|signal| &signal.spec);
        let is_of_flow =
            spec.is_some_and(|spec| rig::is_of_flow(spec) || spec.role == SignalRole::Fault);
        is_of_flow || id == vibration
    });
    let heard = rig::hear_all_of(emulation, Duration::from_secs(4 * HOUR));
    // A minute after something happened: it is told once.
    let hours = |hours| heard.from + Duration::from_secs(hours * HOUR);
    let happened = heard.reader.events(hours(2)..hours(4));
    let at = happened[0].time + Duration::from_secs(60);
    let fork = Fork::new(&plant, &heard.reader, at).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(1, 4)).unwrap();
    let branch = futures
        .branch(1, &heard.reader, Detail::Flow, &Control::default())
        .unwrap();
    let instant = Duration::from_nanos(1);
    let signals = (0..plant.signal_count() as u32).map(twinscape::model::SignalId);
    let mut points = 0;
    for id in signals {
        let (mut past, mut future) = (Vec::new(), Vec::new());
        heard.reader.range(id, heard.from..at, &mut past);
        branch.reader.range(id, heard.from..at, &mut future);
        assert_eq!(past, future, "{id:?}");
        points += past.len();
        // One list, in order, from the past into the future; and as many in the buckets of a plot.
        let (mut all, mut buckets) = (Vec::new(), Vec::new());
        branch.reader.range(id, heard.from..branch.to, &mut all);
        assert!(all.is_sorted_by_key(|point| point.time), "{id:?}");
        assert_eq!(all[..past.len()], past);
        if !branch.reader.is_simulated(id) {
            assert_eq!(all.len(), past.len(), "{id:?}");
        }
        branch
            .reader
            .range_decimated(id, heard.from..branch.to, 50, &mut buckets);
        let counted: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        let numbers = all.iter().filter(|point| {
            point.quality.is_usable() && point.value.as_f64().is_some_and(f64::is_finite)
        });
        assert_eq!(counted, numbers.count() as u64, "{id:?}");
        for back in [2 * HOUR, HOUR, 1] {
            let t = at - Duration::from_secs(back);
            assert_eq!(
                branch.reader.latest_at(id, t),
                heard.reader.latest_at(id, t)
            );
        }
        // The point after the last one of the past is one of the future.
        let (last, next) = branch.reader.bracket(id, at - instant);
        assert_eq!(last, heard.reader.latest_at(id, at - instant));
        let first = all.get(past.len());
        assert_eq!(next.as_ref(), first, "{id:?}");
    }
    assert!(points > 10_000, "{points}");
    let mut measured = Vec::new();
    branch
        .reader
        .range(vibration, heard.from..branch.to, &mut measured);
    assert!(measured.len() > 1_000, "{}", measured.len());
    assert_eq!(
        branch.reader.lookup(vibration, at - instant),
        Lookup::Found(*measured.last().unwrap())
    );
    let events = branch.reader.events(heard.from..branch.to);
    let before = heard.reader.events(heard.from..at);
    assert!(!before.is_empty() && events.len() > before.len());
    assert_eq!(events[..before.len()], before);
    assert!(events.is_sorted_by_key(|event| event.time));
    assert_eq!(branch.reader.span().unwrap().start, heard.from);
}

#[test]
fn the_power_of_an_hour_that_ends_in_a_future_is_not_that_of_the_minutes_before() {
    let plant = gearbox();
    let mut emulation =
        Emulation::with(Arc::clone(&plant), 5, rig::START, Disturbances::None).unwrap();
    emulation.hear_only(|id| {
        let signal = plant.signal(id);
        signal.is_some_and(|it| it.spec.role == SignalRole::Power || rig::is_of_flow(&it.spec))
    });
    let heard = rig::hear_all_of(emulation, Duration::from_secs(HOUR + 600));
    let fork = Fork::new(&plant, &heard.reader, heard.to).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(1, 4)).unwrap();
    let branch = futures
        .branch(2, &heard.reader, Detail::Flow, &Control::default())
        .unwrap();
    let twin = Twin::new(
        Arc::clone(&plant),
        branch.reader.clone(),
        LiveBoard::default(),
    );
    let energy = |to: Timestamp| {
        let span = to - Duration::from_secs(HOUR)..to;
        let then = snapshot(&twin, to);
        kpi::kpis(&plant, &branch.reader, &then, Scope::Plant, span).energy
    };
    assert_eq!(energy(branch.from + Duration::from_secs(600)), None);
    let before = energy(branch.from).unwrap();
    assert!(before.kwh > 50.0 && before.coverage > 0.9, "{before:?}");
}

#[test]
fn what_the_simulation_does_not_make_is_said_to_be_not_simulated() {
    let plant = gearbox();
    let heard = hear(&plant, 5, Duration::from_secs(2 * HOUR), Disturbances::None);
    let fork = Fork::new(&plant, &heard.reader, heard.to).unwrap();
    let futures = Futures::new(&plant, &fork, None, &heard.reader, &settings(1, 4)).unwrap();
    let branch = futures
        .branch(2, &heard.reader, Detail::Flow, &Control::default())
        .unwrap();
    let lathe = plant.find("line2/lathe-2").unwrap();
    let signal = |name: &str| plant.signal_named(lathe, name).unwrap();
    let vibration = signal("vibration");
    assert_eq!(
        branch.reader.lookup(vibration, branch.to),
        Lookup::NotSimulated
    );
    assert!(!branch.reader.is_simulated(vibration));
    assert!(branch.reader.is_simulated(signal("state")));
    let twin = Twin::new(
        Arc::clone(&plant),
        branch.reader.clone(),
        LiveBoard::default(),
    );
    let then = snapshot(&twin, branch.to);
    assert_eq!(then.freshness[vibration.index()], Freshness::NotSimulated);
    assert_eq!(then.freshness[signal("produced").index()], Freshness::Fresh);
    // Parts go on moving where the tracker looks for them.
    let parts = then.parts.of.iter().map(|of| of.parts.len()).sum::<usize>();
    assert!(parts > 50, "{parts} parts");
    // What makes models move can be had, too.
    let moving = futures
        .branch(2, &heard.reader, Detail::Motion, &Control::default())
        .unwrap();
    let spindle = signal("spindle_speed");
    assert!(moving.reader.is_simulated(spindle));
    assert!(matches!(
        moving.reader.lookup(spindle, moving.to),
        Lookup::Found(_)
    ));
    let counter = |reader: &twinscape::history::HistoryReader| {
        reader
            .latest_at(signal("produced"), branch.to)
            .unwrap()
            .value
    };
    assert_eq!(counter(&moving.reader), counter(&branch.reader));
}

#[test]
fn futures_can_be_cancelled_and_keep_what_was_done() {
    let plant = rig::plant(rig::LINE);
    let heard = hear(&plant, 2, Duration::from_secs(3 * HOUR), Disturbances::None);
    let fork = Fork::new(&plant, &heard.reader, heard.to).unwrap();
    let futures =
        Futures::new(&plant, &fork, None, &heard.reader, &settings(24, 1_000_000)).unwrap();
    let mut job = futures.spawn().unwrap();
    while job.forecast().count() < 4 {
        std::thread::yield_now();
    }
    job.control().cancel();
    assert!(job.finish().is_err());
    let forecast = job.forecast();
    assert!((4..1_000_000).contains(&forecast.count()));
    assert_eq!(forecast.band(&Track::Completed).times.len(), 97);
}
