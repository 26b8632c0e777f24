//! Operations of stations that work on several parts side by side. Which of them leaves, nobody tells; but
//! a part that comes into an empty station is the one that works until another comes or it leaves, and what
//! was in work over a span, divided by what was finished, is the mean (Little 1961).

use std::ops::Range;

use super::family::{Family, Sample};
use super::fit::{Fit, Parameter, fit};
use super::observe::{Phase, Signals, hand_overs, pauses, phases};
use super::{Item, Machine, Quantity, WORK, role};
use crate::history::HistoryReader;
use crate::model::distribution::DistributionSpec;
use crate::model::process::{Process, Station};
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, OperatingState, Plant, SignalId, Timestamp};
use crate::simulation::Distribution;
use crate::simulation::experiment::student_t;

/// Operations that have to be seen alone from begin to end for their distribution to be fitted.
const ALONE: usize = 100;
/// Parts of the span whose means tell how sure the mean of all is.
const BATCHES: usize = 20;

/// What is looked at.
pub(super) struct Looked<'a> {
    pub plant: &'a Plant,
    pub id: EquipmentId,
    pub history: &'a HistoryReader,
    pub signals: Signals,
    pub span: &'a Range<Timestamp>,
    pub confidence: f64,
}

/// What was seen of a station with several servers.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Operations that were alone: those that another part joined lasted for longer.
    alone: Sample,
    /// Time in work and parts finished, by parts of the span.
    batches: Vec<(f64, f64)>,
}

/// Adds what the operations of a station with several servers take, or why that is not known.
pub(super) fn cycles(machine: &mut Machine, station: &Station, looked: &Looked<'_>, seed: u64) {
    if let Some(why) = unknown(station, looked.signals) {
        return machine.notes.push(why);
    }
    let seen = look(looked);
    let is_alone = seen.alone.complete.len() >= ALONE;
    if !is_alone && !always_has_room(looked) {
        let why = "operations of several servers are left as they are: they are seldom alone, and what \
                   waits to leave cannot be told from what is in work";
        return machine.notes.push(why);
    }
    let finished: f64 = seen.batches.iter().map(|(_, finished)| finished).sum();
    let assumed = Distribution::try_from(station.cycle.clone()).ok();
    let fit = if is_alone {
        machine
            .notes
            .push("of several servers, operations were observed while they were alone");
        fit(&seen.alone, &WORK, looked.confidence, seed)
    } else {
        machine.notes.push(
            "of several servers, the mean operation was observed; how it varies is as the scene assumes",
        );
        let mean = mean(&seen.batches, looked.confidence);
        mean.zip(assumed.as_ref())
            .and_then(|(mean, assumed)| stretched(&station.cycle, assumed, mean))
    };
    machine.items.push(Item {
        quantity: Quantity::Cycle,
        observed: if is_alone {
            seen.alone.complete.len()
        } else {
            finished as usize
        },
        censored: if is_alone {
            seen.alone.censored.len()
        } else {
            0
        },
        fit,
        assumed_mean_secs: assumed.map(|assumed| assumed.mean_secs()),
        assumed: Some(station.cycle.clone()),
    });
}

/// Why nothing can be said of the operations of a station.
fn unknown(station: &Station, signals: Signals) -> Option<&'static str> {
    let gathers = station.batch > 1 || !station.needs.is_empty();
    let waits =
        !station.requires.is_empty() || station.setup.is_some() || !station.setup_matrix.is_empty();
    if signals.content.is_none() || signals.state.is_none() || signals.produced.is_none() {
        Some(
            "operations of several servers are left as they are: it needs a state, a counter and how many \
             parts are in it",
        )
    } else if gathers || waits {
        Some(
            "operations of several servers are left as they are: parts that are gathered, set up for or \
             wait for resources cannot be told from those in work",
        )
    } else if !station.cycle_by_type.is_empty() {
        Some("operations of several servers on several types cannot be told apart")
    } else {
        None
    }
}

/// Whether what a station has finished could leave at once throughout: nothing in it waits.
fn always_has_room(looked: &Looked<'_>) -> bool {
    let plant = looked.plant;
    let has_room = |to: EquipmentId| match plant.equipment(to).map(|to| &to.process) {
        Some(Process::Sink | Process::Buffer { capacity: None, .. }) => true,
        Some(Process::Buffer {
            capacity: Some(capacity),
            ..
        }) => role(plant, to, SignalRole::Content).is_some_and(|content| {
            let levels = levels(looked, content);
            !levels.is_empty()
                && levels
                    .iter()
                    .all(|(_, level)| *level < f64::from(*capacity))
        }),
        _ => false,
    };
    let mut ways = plant.flows.iter().filter(|flow| flow.from == looked.id);
    ways.all(|flow| has_room(flow.to))
}

fn look(looked: &Looked<'_>) -> Seen {
    let Looked {
        history,
        signals,
        span,
        ..
    } = *looked;
    let phases = phases(history, signals, span);
    let done = hand_overs(history, signals, span);
    let levels = signals
        .content
        .map_or_else(Vec::new, |content| levels(looked, content));
    let mut seen = Seen {
        batches: vec![(0.0, 0.0); BATCHES],
        ..Seen::default()
    };
    let length = span.end.saturating_since(span.start);
    let ends: Vec<Timestamp> = (1..=BATCHES as u32)
        .map(|place| span.start + length * place / BATCHES as u32)
        .collect();
    let batch = |t: Timestamp| ends.partition_point(|end| *end <= t).min(BATCHES - 1);
    // What is finished while nobody listens counts for nothing, as does what was in work then.
    for at in &done {
        let known = phases.partition_point(|phase| phase.start < *at);
        let phase = known.checked_sub(1).and_then(|at| phases.get(at));
        if phase.is_some_and(|phase| phase.state != OperatingState::Unknown)
            && let Some((_, finished)) = seen.batches.get_mut(batch(*at))
        {
            *finished += 1.0;
        }
    }
    let works = |phase: &&Phase| phase.state == OperatingState::Execute;
    for phase in phases.iter().filter(works) {
        each_level(&levels, phase, |from, to, level| {
            let mut cursor = from;
            for place in batch(from)..=batch(to) {
                let end = ends.get(place).copied().unwrap_or(to).min(to);
                if let Some((worked, _)) = seen.batches.get_mut(place) {
                    *worked += level * end.secs_since(cursor);
                }
                cursor = end;
            }
        });
    }
    seen.alone = alone(&phases, &levels);
    seen
}

/// How many parts were in something from when on.
fn levels(looked: &Looked<'_>, content: SignalId) -> Vec<(Timestamp, f64)> {
    let mut points = Vec::new();
    points.extend(looked.history.latest_at(content, looked.span.start));
    looked
        .history
        .range(content, looked.span.clone(), &mut points);
    let usable = points.iter().filter(|point| point.quality.is_usable());
    usable
        .filter_map(|point| Some((point.time, point.value.as_f64()?)))
        .collect()
}

/// Calls `each` with every stretch of a phase over which the level stays as it is.
fn each_level(
    levels: &[(Timestamp, f64)],
    phase: &Phase,
    mut each: impl FnMut(Timestamp, Timestamp, f64),
) {
    let first = levels.partition_point(|(time, _)| *time <= phase.start);
    let mut level = first
        .checked_sub(1)
        .and_then(|at| levels.get(at))
        .map_or(0.0, |(_, level)| *level);
    let mut from = phase.start;
    for (time, next) in levels.iter().skip(first) {
        if *time >= phase.end {
            break;
        }
        each(from, *time, level);
        (from, level) = (*time, *next);
    }
    each(from, phase.end, level);
}

/// Operations on parts that came into an empty station. They end when it is empty again; where another
/// part comes first, or nobody listens any more, they last for longer.
fn alone(phases: &[Phase], levels: &[(Timestamp, f64)]) -> Sample {
    let mut sample = Sample::default();
    // Seconds of the operation that has been alone since its begin.
    let mut open: Option<f64> = None;
    let mut is_empty = false;
    for phase in phases {
        match phase.state {
            OperatingState::Execute => {}
            OperatingState::Unknown => {
                sample.censored.extend(open.take());
                is_empty = false;
                continue;
            }
            state if pauses(state) => {
                // What comes and goes meanwhile cannot be followed.
                let changes = |(time, _): &&(Timestamp, f64)| {
                    (phase.start..phase.end).contains(time) && *time > phase.start
                };
                if levels.iter().filter(changes).count() > 0 {
                    sample.censored.extend(open.take());
                    is_empty = false;
                }
                continue;
            }
            _ => {
                // It ceased to work: what was in work is done.
                sample.complete.extend(open.take());
                is_empty = phase.state == OperatingState::Starved;
                continue;
            }
        }
        each_level(levels, phase, |from, to, level| {
            let secs = to.secs_since(from);
            match level as u32 {
                0 => {
                    sample.complete.extend(open.take());
                    is_empty = true;
                }
                1 => {
                    match &mut open {
                        Some(so_far) => *so_far += secs,
                        None if is_empty => open = Some(secs),
                        None => {}
                    }
                    is_empty = false;
                }
                _ => {
                    sample.censored.extend(open.take());
                    is_empty = false;
                }
            }
        });
    }
    sample.censored.extend(open);
    sample.complete.retain(|secs| *secs > 0.0);
    sample.censored.retain(|secs| *secs > 0.0);
    sample
}

/// Time in work by parts finished, with its interval from how it differs between parts of the span.
fn mean(batches: &[(f64, f64)], confidence: f64) -> Option<Parameter> {
    let n = batches.len() as f64;
    let worked: f64 = batches.iter().map(|(worked, _)| worked).sum();
    let finished: f64 = batches.iter().map(|(_, finished)| finished).sum();
    if finished < 1.0 || worked <= 0.0 {
        return None;
    }
    let value = worked / finished;
    // The variance of a ratio (Cochran 1977, §2.11).
    let off = |(worked, finished): &(f64, f64)| (worked - value * finished).powi(2);
    let squares: f64 = batches.iter().map(off).sum();
    let error = (squares / (n * (n - 1.0))).sqrt() / (finished / n);
    let half = student_t(confidence, n - 1.0) * error;
    Some(Parameter {
        name: "mean",
        value,
        low: (value - half).max(0.0),
        high: value + half,
    })
}

/// The assumed distribution, stretched to a mean.
fn stretched(spec: &DistributionSpec, assumed: &Distribution, mean: Parameter) -> Option<Fit> {
    let factor = mean.value / assumed.mean_secs();
    if !factor.is_finite() || factor <= 0.0 {
        return None;
    }
    Some(Fit {
        family: Family::Assumed,
        distribution: spec.scaled(factor),
        parameters: Vec::new(),
        mean,
        goodness: None,
        candidates: Vec::new(),
    })
}
