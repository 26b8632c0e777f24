//! Lanes: what is drawn along time, kept up step by step, is what one look at everything gives.

use proptest::prelude::*;
use twinscape::model::health::HealthRule;
use twinscape::model::{EquipmentId, GroupId, Health, OperatingState, Value};
use twinscape::timeline::lanes::{Ask, Grid, LaneCells, LaneId, Lanes, Progress};

use super::{Desk, FIRST, SECOND};
use crate::plants::{CONNECTION, at};

fn ask(from: f64, to: f64, now: f64) -> Ask {
    Ask {
        span: at(from)..at(to),
        pixels: 100,
        lanes: vec![
            LaneId::Group(GroupId(0)),
            LaneId::Group(GroupId(1)),
            LaneId::Equipment(FIRST),
            LaneId::Health,
        ],
        plots: vec![twinscape::model::SignalId(0)],
        now: at(now),
    }
}

fn update(lanes: &mut Lanes, desk: &Desk, ask: &Ask) {
    for _ in 0..10_000 {
        if lanes.update(&desk.plant, &desk.reader, ask, 7) == Progress::Done {
            return;
        }
    }
    panic!("it never ends");
}

fn fresh(desk: &Desk, ask: &Ask) -> Lanes {
    let mut lanes = Lanes::default();
    lanes.update(&desk.plant, &desk.reader, ask, usize::MAX);
    lanes
}

fn states(cells: &LaneCells) -> Vec<(OperatingState, OperatingState)> {
    cells
        .cells
        .iter()
        .filter_map(|cell| cell.states())
        .collect()
}

#[test]
fn buckets_lie_on_one_grid_and_are_about_a_pixel_wide() {
    for (from, to) in [(0.0, 0.01), (3.3, 10.0), (0.0, 3_600.0), (-5e6, 5e6)] {
        let grid = Grid::over(&(at(from)..at(to)), 1_000);
        assert!((500..=1_002).contains(&grid.count), "{grid:?}");
        assert!(grid.span().start <= at(from) && grid.span().end >= at(to));
        assert_eq!(grid.width.count_ones(), 1);
    }
}

#[test]
fn no_abnormal_phase_is_lost_however_short() {
    let mut desk = Desk::recorded(1);
    desk.state(FIRST, 0.0, OperatingState::Execute);
    desk.state(FIRST, 43_200.0, OperatingState::Held);
    desk.state(FIRST, 43_200.001, OperatingState::Execute);
    let ask = ask(0.0, 86_400.0, 86_400.0);
    let lanes = fresh(&desk, &ask);
    for id in [LaneId::Equipment(FIRST), LaneId::Group(GroupId(1))] {
        let cells = &lanes.shown().lanes[&id];
        let abnormal: Vec<_> = states(cells)
            .into_iter()
            .filter(|(_, worst)| *worst == OperatingState::Held)
            .collect();
        assert_eq!(
            abnormal,
            [(OperatingState::Execute, OperatingState::Held)],
            "a millisecond of a day"
        );
    }
}

#[test]
fn a_line_shows_what_most_of_it_did_and_the_worst_of_it() {
    let mut desk = Desk::recorded(1);
    for id in [FIRST, SECOND] {
        desk.state(id, 0.0, OperatingState::Execute);
    }
    desk.state(SECOND, 40.0, OperatingState::Blocked);
    desk.state(EquipmentId(2), 0.0, OperatingState::Execute);
    desk.health(SECOND, 60.0, Health::Failure, HealthRule::Fault);
    let ask = ask(0.0, 100.0, 100.0);
    let lanes = fresh(&desk, &ask);
    let shown = lanes.shown();
    let plant = &shown.lanes[&LaneId::Group(GroupId(0))];
    let middle = plant.cells.len() * 7 / 10;
    assert_eq!(
        plant.cells[middle].states(),
        Some((OperatingState::Execute, OperatingState::Blocked))
    );
    let health = &shown.lanes[&LaneId::Health];
    let worst: Vec<_> = health
        .cells
        .iter()
        .filter_map(|cell| cell.healths())
        .collect();
    assert_eq!(worst.last().unwrap().1, Health::Failure);
    assert_eq!(health.cells[middle * 3 / 7].main, None, "nothing was known");
}

#[test]
fn nothing_is_said_of_the_future() {
    let mut desk = Desk::recorded(1);
    desk.state(FIRST, 0.0, OperatingState::Execute);
    let lanes = fresh(&desk, &ask(0.0, 100.0, 50.0));
    let shown = lanes.shown();
    let cells = &shown.lanes[&LaneId::Equipment(FIRST)];
    assert!(cells.cells.len() <= cells.cells.capacity() && cells.until == at(50.0));
    let width = cells.width as f64 * 1e-9;
    assert!(cells.cells.len() as f64 * width <= 50.0 + 2.0 * width);
    let plot = &shown.plots[&twinscape::model::SignalId(0)];
    assert!(plot.buckets.len() as f64 * width <= 50.0 + 2.0 * width);
}

#[test]
fn gaps_of_a_connection_and_lost_samples_are_spans() {
    let mut desk = Desk::recorded(10);
    let session = desk.plant.session_signal(CONNECTION);
    for (secs, is_alive) in [(0.0, true), (20.0, false), (35.0, true), (80.0, false)] {
        desk.put(session, secs, Value::Boolean(is_alive));
    }
    let lanes = fresh(&desk, &ask(0.0, 100.0, 90.0));
    let spans: Vec<_> = lanes
        .shown()
        .gaps
        .iter()
        .map(|gap| gap.span.clone())
        .collect();
    assert_eq!(spans, [at(20.0)..at(35.0), at(80.0)..at(90.0)]);
}

#[test]
fn density_tells_when_something_was_received() {
    let desk = Desk::recorded(50);
    let lanes = fresh(&desk, &ask(0.0, 100.0, 100.0));
    let density = &lanes.shown().density;
    let sum: u32 = density.counts.iter().sum();
    assert_eq!(sum, 51);
    let second_half = &density.counts[density.counts.len() * 6 / 10..];
    assert!(second_half.iter().all(|count| *count == 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_kept_up_is_what_one_look_at_everything_gives(
        steps in prop::collection::vec(
            (0_u32..3, 0_usize..9, 0.0..20.0_f64, 0_u8..12), 1..60),
    ) {
        let mut desk = Desk::recorded(5);
        let mut lanes = Lanes::default();
        let (mut now, mut from, mut length) = (5.0, 0.0, 64.0);
        for (machine, state, wait, hand) in steps {
            desk.state(EquipmentId(machine), now, OperatingState::ALL[state]);
            desk.health(EquipmentId(machine), now, Health::ALL[state % 6], HealthRule::Fault);
            now += wait;
            match hand {
                0 => from += length / 3.0,
                1 => from -= length / 5.0,
                2 => length *= 2.0,
                3 => length /= 2.0,
                4 => from = now - length,
                _ => {}
            }
            let ask = ask(from, from + length, now);
            update(&mut lanes, &desk, &ask);
            let whole = fresh(&desk, &ask);
            for (id, cells) in &whole.shown().lanes {
                let kept = &lanes.shown().lanes[id];
                prop_assert_eq!(kept.width, cells.width);
                prop_assert_eq!(kept.first, cells.first);
                // The bucket that is open may be half a bucket behind.
                let settled = cells.cells.len().saturating_sub(2);
                prop_assert_eq!(&kept.cells[..settled.min(kept.cells.len())], &cells.cells[..settled], "{:?}", id);
            }
        }
    }
}
