//! Parts per hour along every flow: told by counters, by balance, or not at all.

use std::sync::Arc;
use std::time::Duration;

use twinscape::history::in_memory;
use twinscape::kpi::{FlowRate, FlowRates, RibbonScale, Untold, rate};
use twinscape::model::flow::{Flow, Route};
use twinscape::model::process::{Belt, Manned, Process, Station};
use twinscape::model::signal::{Reporting, SignalRole, SignalSpec};
use twinscape::model::{EquipmentId, GroupId, Plant, SignalId, Snapshot, Value};

use crate::plants::{CONNECTION, PlantBuilder, at, real};
use crate::recorded::Recorded;

fn role(name: &str, role: SignalRole) -> SignalSpec {
    SignalSpec {
        role,
        reporting: Reporting::Cyclic {
            stale_after: Duration::from_secs(600),
        },
        ..real(name)
    }
}

const LATHE_MADE: SignalId = SignalId(0);
const LATHE_SCRAPPED: SignalId = SignalId(1);
const BELT_CONTENT: SignalId = SignalId(2);
const WASHER_MADE: SignalId = SignalId(3);

/// lathe → belt → rack → washer, with rejects from the lathe into a bin; store → pit, which nobody
/// counts.
fn plant() -> Arc<Plant> {
    let mut builder = PlantBuilder::new();
    let site = GroupId(0);
    let mut add = |id: &str, signals| builder.equipment(id, site, CONNECTION, signals);
    let made = role("produced", SignalRole::Produced);
    let scrapped = role("scrapped", SignalRole::Scrapped);
    let lathe = add("lathe", vec![made.clone(), scrapped]);
    let belt = add("belt", vec![role("content", SignalRole::Content)]);
    let rack = add("rack", Vec::new());
    let washer = add("washer", vec![made]);
    let bin = add("bin", Vec::new());
    let store = add("store", Vec::new());
    let pit = add("pit", Vec::new());
    let mut plant = Arc::unwrap_or_clone(builder.build());
    let station = || Process::Station(Station::default());
    plant.equipment[lathe.index()].process = station();
    plant.equipment[belt.index()].process = Process::Conveyor {
        speed: 1.0,
        spacing: 0.5,
        belt: Belt::Accumulating,
        failure: None,
        manned: Manned::Always,
    };
    plant.equipment[rack.index()].process = Process::Buffer {
        capacity: None,
        discipline: Default::default(),
    };
    plant.equipment[washer.index()].process = station();
    for (from, to, route) in [
        (lathe, belt, Route::Any),
        (belt, rack, Route::Any),
        (rack, washer, Route::Any),
        (lathe, bin, Route::Rejected),
        (store, pit, Route::Any),
    ] {
        plant.flows.push(Flow {
            from,
            to,
            fleet: None,
            route,
        });
    }
    Arc::new(plant)
}

struct Rig(Recorded);

impl Rig {
    fn new() -> Self {
        Self(Recorded::new(plant()))
    }

    fn put(&mut self, signal: SignalId, secs: f64, value: i64) {
        self.0.put(signal, secs, Value::Integer(value));
    }

    fn over(&self, from: f64, to: f64) -> FlowRates {
        let Recorded { plant, reader, .. } = &self.0;
        rate::rates(plant, reader, &self.0.snapshot(to), at(from)..at(to))
    }
}

#[test]
fn a_flow_carries_what_the_counter_at_its_end_says_and_its_neighbours_what_is_left() {
    let mut rig = Rig::new();
    rig.put(LATHE_MADE, -5.0, 1000);
    rig.put(LATHE_SCRAPPED, -5.0, 50);
    rig.put(BELT_CONTENT, -5.0, 2);
    rig.put(WASHER_MADE, -5.0, 0);
    // In six minutes 12 are made, 3 of them rejected; of the 9 others 5 stay on the belt.
    rig.put(LATHE_MADE, 350.0, 1012);
    rig.put(LATHE_SCRAPPED, 350.0, 53);
    rig.put(BELT_CONTENT, 350.0, 7);
    rig.put(WASHER_MADE, 350.0, 4);
    let rates = rig.over(0.0, 360.0);
    assert_eq!(
        rates.of,
        [
            FlowRate::Counted(90.0),
            FlowRate::Balanced(40.0),
            FlowRate::Counted(40.0),
            FlowRate::Counted(30.0),
            FlowRate::Unknown(Untold::Uncounted),
        ]
    );
    assert_eq!(rates.scale(), RibbonScale { most: 100.0 });
}

#[test]
fn a_counter_that_went_silent_is_no_zero_and_says_so() {
    let mut rig = Rig::new();
    for signal in [LATHE_MADE, LATHE_SCRAPPED, BELT_CONTENT, WASHER_MADE] {
        rig.put(signal, -5.0, 0);
    }
    rig.put(LATHE_MADE, 10.0, 20);
    rig.put(LATHE_SCRAPPED, 10.0, 0);
    // The others went on; the lathe and the belt were last heard of long ago.
    rig.put(WASHER_MADE, 3_500.0, 18);
    let rates = rig.over(0.0, 3_600.0);
    let silent = FlowRate::Unknown(Untold::Silent);
    assert_eq!(rates.of[0], silent);
    assert_eq!(
        rates.of[1],
        FlowRate::Balanced(18.0),
        "the rack keeps nothing"
    );
    assert_eq!(rates.of[2], FlowRate::Counted(18.0));
    assert_eq!(rates.of[3], silent);
    assert_eq!(rates.untold(Untold::Silent), 2);
    assert_eq!(rates.untold(Untold::Uncounted), 1);
}

#[test]
fn one_part_in_the_first_seconds_is_not_told_as_hundreds_an_hour() {
    let mut rig = Rig::new();
    rig.put(WASHER_MADE, 100.0, 7);
    rig.put(WASHER_MADE, 110.0, 8);
    let rates = rig.over(0.0, 120.0);
    assert_eq!(rates.of[2], FlowRate::Unknown(Untold::TooNew));
    // Later it counts from when it was first heard of, not from before.
    rig.put(WASHER_MADE, 459.0, 13);
    assert_eq!(rig.over(0.0, 460.0).of[2], FlowRate::Counted(60.0));
}

#[test]
fn ribbons_are_as_wide_as_their_rate_and_never_wider_than_the_widest() {
    let scale = RibbonScale::to(73.0);
    assert_eq!(scale.most, 100.0);
    assert!((scale.width(50.0) - scale.width(100.0) / 2.0).abs() < 1e-12);
    assert_eq!(scale.width(0.0), RibbonScale::NARROWEST);
    assert_eq!(scale.width(1e9), RibbonScale::WIDEST);
    assert_eq!(scale.examples(), [100.0, 50.0, 10.0]);
    for (rate, most) in [
        (0.0, 10.0),
        (10.0, 10.0),
        (10.1, 20.0),
        (201.0, 500.0),
        (1_000.0, 1_000.0),
        (f64::NAN, 10.0),
    ] {
        assert!((RibbonScale::to(rate).most - most).abs() < 1e-6, "{rate}");
    }
}

#[test]
fn a_flow_to_nobody_is_no_reason_to_fail() {
    let mut plant = Arc::unwrap_or_clone(plant());
    plant.flows[4].to = EquipmentId(999);
    let plant = Arc::new(plant);
    let (_, reader) = in_memory(&plant);
    let rates = rate::rates(&plant, &reader, &Snapshot::new(&plant), at(0.0)..at(100.0));
    assert_eq!(rates.of.len(), 5);
    assert!(rates.of.iter().all(|rate| rate.per_hour().is_none()));
}
