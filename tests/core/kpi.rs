//! Key performance indicators against sums done by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Weekday, date, time};
use jiff::tz::TimeZone;
use twinscape::kpi::{self, Kpis, Scope};
use twinscape::model::calendar::{Calendar, Shift};
use twinscape::model::distribution::DistributionSpec;
use twinscape::model::flow::{Flow, Route};
use twinscape::model::process::{Process, Station};
use twinscape::model::signal::{SignalRole, SignalSpec, ValueType};
use twinscape::model::{
    EquipmentId, GroupId, OperatingState, Plant, SignalId, Text, Timestamp, Unit, Value,
};

use crate::plants::{CONNECTION, PlantBuilder, at, by_exception, real};
use crate::recorded::Recorded;

const PRODUCED: SignalId = SignalId(0);
const SCRAPPED: SignalId = SignalId(1);
const POWER: SignalId = SignalId(2);
const TYPE: SignalId = SignalId(3);
const LATHE: EquipmentId = EquipmentId(0);

fn role(name: &str, role: SignalRole, value_type: ValueType) -> SignalSpec {
    by_exception(SignalSpec {
        role,
        value_type,
        ..real(name)
    })
}

/// A lathe of 10 s a part (20 s for the type "long") that feeds a sink, with its counters and power.
fn plant() -> Plant {
    let mut builder = PlantBuilder::new();
    let line = builder.line("line1", Some(GroupId(0)));
    let power = SignalSpec {
        role: SignalRole::Power,
        unit: Unit::parse("kW").unwrap(),
        ..real("power")
    };
    let counters = vec![
        role("produced", SignalRole::Produced, ValueType::Integer),
        role("scrapped", SignalRole::Scrapped, ValueType::Integer),
        power,
        role("type", SignalRole::PartType, ValueType::Text),
    ];
    builder.equipment("lathe", line, CONNECTION, counters);
    let shipped = vec![
        role("produced", SignalRole::Produced, ValueType::Integer),
        role("content", SignalRole::Content, ValueType::Integer),
    ];
    builder.equipment("dispatch", GroupId(0), CONNECTION, shipped);
    let mut plant = Arc::unwrap_or_clone(builder.build());
    plant.groups[0].children.push(line);
    let constant = |value| DistributionSpec::Constant { value };
    plant.equipment[0].process = Process::Station(Station {
        cycle: constant(10.0),
        cycle_by_type: [("long".into(), constant(20.0))].into(),
        ..Station::default()
    });
    plant.equipment[1].process = Process::Sink;
    plant.flows.push(Flow {
        from: LATHE,
        to: EquipmentId(1),
        fleet: None,
        route: Route::Any,
    });
    plant
}

struct Rig(Recorded);

impl Rig {
    fn new(plant: Plant) -> Self {
        Self(Recorded::new(plant))
    }

    fn put(&mut self, signal: SignalId, secs: f64, value: Value) {
        self.0.put(signal, secs, value);
    }

    fn state(&mut self, secs: f64, state: OperatingState) {
        self.put(self.0.plant.state_signal(LATHE), secs, state.to_value());
    }

    fn over(&self, scope: Scope, secs: f64) -> Kpis {
        let Recorded { plant, reader, .. } = &self.0;
        let span = at(0.0)..at(secs);
        kpi::kpis(plant, reader, &self.0.snapshot(secs), scope, span)
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn oee_is_made_of_its_factors_as_iso_22400_says() {
    let mut rig = Rig::new(plant());
    rig.state(-5.0, OperatingState::Execute);
    rig.put(PRODUCED, -5.0, Value::Integer(100));
    rig.put(SCRAPPED, -5.0, Value::Integer(7));
    rig.state(60.0, OperatingState::Held);
    rig.state(80.0, OperatingState::Execute);
    for (part, secs) in [12.0, 24.0, 36.0, 92.0].into_iter().enumerate() {
        rig.put(PRODUCED, secs, Value::Integer(101 + part as i64));
    }
    rig.put(SCRAPPED, 92.0, Value::Integer(8));
    let oee = rig.over(Scope::Equipment(LATHE), 100.0).oee.unwrap();
    assert!(near(oee.availability, 80.0 / 100.0), "{oee:?}");
    assert!(
        near(oee.effectiveness.unwrap(), 10.0 * 4.0 / 80.0),
        "{oee:?}"
    );
    assert!(near(oee.quality.unwrap(), 3.0 / 4.0), "{oee:?}");
    assert!(near(oee.oee, 10.0 * 3.0 / 100.0), "{oee:?}");
    assert!(near(
        oee.made_of.by_state_s[OperatingState::Held as usize],
        20.0
    ));
}

#[test]
fn the_planned_run_time_is_that_of_the_type_each_part_had() {
    let mut rig = Rig::new(plant());
    rig.state(-5.0, OperatingState::Execute);
    rig.put(PRODUCED, -5.0, Value::Integer(0));
    rig.put(TYPE, -5.0, Value::Text(Text::new("long")));
    rig.put(PRODUCED, 30.0, Value::Integer(1));
    // The next part comes in at the instant at which the long one is done.
    rig.put(TYPE, 30.0, Value::Text(Text::new("short")));
    rig.put(PRODUCED, 40.0, Value::Integer(2));
    let oee = rig.over(Scope::Plant, 60.0).oee.unwrap();
    assert!(near(oee.made_of.planned_run_s, 20.0 + 10.0), "{oee:?}");
    assert!(near(oee.effectiveness.unwrap(), 30.0 / 60.0), "{oee:?}");
}

#[test]
fn without_planned_time_there_is_no_oee_and_unknown_time_is_no_loss() {
    let mut closed = plant();
    closed.calendar = Calendar {
        time_zone: TimeZone::UTC,
        // The test's instants lie on a Sunday.
        shifts: vec![shift("Early", Weekday::Monday, 6, 14)],
    };
    let mut rig = Rig::new(closed);
    rig.state(-5.0, OperatingState::Execute);
    rig.put(PRODUCED, -5.0, Value::Integer(0));
    rig.put(PRODUCED, 30.0, Value::Integer(3));
    assert_eq!(rig.over(Scope::Plant, 100.0).oee, None);

    let mut rig = Rig::new(plant());
    rig.state(-5.0, OperatingState::Execute);
    rig.put(PRODUCED, -5.0, Value::Integer(0));
    rig.put(PRODUCED, 30.0, Value::Integer(3));
    rig.state(50.0, OperatingState::Unknown);
    let oee = rig.over(Scope::Plant, 100.0).oee.unwrap();
    assert!(near(oee.availability, 1.0), "{oee:?}");
    assert!(near(oee.made_of.unknown_s, 50.0), "{oee:?}");
}

#[test]
fn parts_leave_a_plant_through_its_sinks_and_a_line_through_its_last_machine() {
    let mut rig = Rig::new(plant());
    let shipped = SignalId(4);
    rig.put(PRODUCED, -1.0, Value::Integer(10));
    rig.put(PRODUCED, 1800.0, Value::Integer(40));
    rig.put(SCRAPPED, -1.0, Value::Integer(0));
    rig.put(SCRAPPED, 1800.0, Value::Integer(5));
    rig.put(shipped, -1.0, Value::Integer(2));
    rig.put(shipped, 900.0, Value::Integer(6));
    // The controller was restarted: its counter began anew.
    rig.put(shipped, 1000.0, Value::Integer(0));
    rig.put(shipped, 1700.0, Value::Integer(3));
    let of = |scope| rig.over(scope, 3600.0).throughput.unwrap();
    assert!(near(of(Scope::Plant).per_hour, 7.0));
    assert_eq!(of(Scope::Plant).counters, [shipped]);
    let line = of(Scope::Group(GroupId(1)));
    assert!(near(line.per_hour, 25.0), "good parts only: {line:?}");
    assert_eq!(line.counters, [PRODUCED]);
}

#[test]
fn work_in_process_says_how_much_of_the_plant_is_silent() {
    let mut rig = Rig::new(plant());
    assert_eq!(rig.over(Scope::Plant, 10.0).work_in_process, None);
    let liveness = rig.0.plant.session_signal(CONNECTION);
    rig.put(liveness, 0.0, Value::Boolean(true));
    rig.put(SignalId(5), 1.0, Value::Integer(12));
    let inside = rig.over(Scope::Plant, 10.0).work_in_process.unwrap();
    assert_eq!((inside.parts, inside.known, inside.silent), (12, 1, 0));
    // Its connection is lost: what it said does not speak for now.
    rig.put(liveness, 20.0, Value::Boolean(false));
    assert_eq!(rig.over(Scope::Plant, 30.0).work_in_process, None);
}

#[test]
fn energy_holds_a_power_as_long_as_it_is_fresh_and_no_longer() {
    let mut rig = Rig::new(plant());
    for secs in 0..=40 {
        rig.put(POWER, f64::from(secs), Value::Float(3.6));
    }
    // Silent from second 40 on: fresh until 50.
    let energy = rig.over(Scope::Plant, 100.0).energy.unwrap();
    assert!(near(energy.kwh, 3.6 * 50.0 / 3600.0), "{energy:?}");
    assert!(near(energy.mean_kw, 3.6), "{energy:?}");
    assert!(near(energy.coverage, 0.5), "{energy:?}");
}

#[test]
fn a_span_covers_what_history_there_is() {
    let hour = Duration::from_secs(3600);
    assert_eq!(kpi::span(at(0.0), at(60.0), hour), Some(at(0.0)..at(60.0)));
    let long = kpi::span(at(0.0), at(7200.0), hour);
    assert_eq!(long, Some(at(3600.0)..at(7200.0)));
    assert_eq!(kpi::span(at(5.0), at(5.0), hour), None);
}

fn shift(name: &str, day: Weekday, from: i8, to: i8) -> Shift {
    Shift {
        name: name.into(),
        days: vec![day],
        start: time(from, 0, 0, 0),
        end: time(to, 0, 0, 0),
        breaks: vec![[time(1, 0, 0, 0), time(1, 30, 0, 0)]],
    }
}

#[test]
fn a_night_shift_is_an_hour_shorter_when_summer_time_begins() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let calendar = Calendar {
        time_zone: zone.clone(),
        shifts: vec![shift("Night", Weekday::Saturday, 22, 6)],
    };
    let instant = |day: i8, hour: i8| {
        let zoned = date(2026, 3, day).at(hour, 0, 0, 0).to_zoned(zone.clone());
        let nanos = zoned.unwrap().timestamp().as_nanosecond();
        Timestamp::from_nanos(i64::try_from(nanos).unwrap())
    };
    // In the night to 29 March 2026 clocks go from 2:00 to 3:00. The break is at 1:00.
    let spans = calendar.working(instant(28, 12)..instant(29, 12));
    let hours = |at: usize| spans[at].end.secs_since(spans[at].start) / 3600.0;
    assert_eq!(spans.len(), 2);
    assert!(near(hours(0), 3.0) && near(hours(1), 3.5), "{spans:?}");
    assert_eq!(spans[1].end, instant(29, 6));
    // A span that begins inside the shift has only what is left of it.
    let rest = calendar.working(instant(29, 5)..instant(29, 12));
    assert_eq!(rest, [instant(29, 5)..instant(29, 6)]);
    // It ends on the day after it began; before and behind it no shift works.
    assert_eq!(calendar.shift_end(instant(28, 22)), Some(instant(29, 6)));
    assert_eq!(calendar.shift_end(instant(29, 5)), Some(instant(29, 6)));
    assert_eq!(calendar.shift_end(instant(28, 21)), None);
    assert_eq!(calendar.shift_end(instant(29, 6)), None);
}
