//! Calibration: what the plant's own telemetry says of the parameters that its scene assumes.
//!
//! Over a span of the history, per machine: how long operations, set-ups and repairs took, how long it
//! ran between failures, which share of the parts was bad, and which way parts took. Each is fitted by
//! maximum likelihood to the kernel's distributions, tried in the order of Schwarz's criterion and tested
//! ([`Fit`]); beside it stands what the scene assumes, with how often it was observed. Few observations
//! are said to be [few](Item::is_few), and their intervals are wide.
//!
//! What is accepted becomes a scenario ([`Calibration::scenario`]), a file in the words of scenes that
//! every simulation takes, so that it is part of the address of what is simulated with it.

mod family;
mod fit;
mod observe;
mod parallel;
mod special;
mod ways;
mod write;

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::history::HistoryReader;
use crate::model::distribution::DistributionSpec;
use crate::model::process::{self, FailureBasis, Process};
use crate::model::signal::SignalRole;
use crate::model::{EquipmentId, Plant, SignalId, Text, Timestamp};
use crate::simulation::Distribution;
use crate::simulation::experiment::Probability;

pub use family::{Family, Sample};
pub use fit::{Candidate, FEW, Fit, Goodness, Parameter, fit};
pub use write::words;

use observe::{Observed, Signals};
use ways::routes;

/// Families that durations of work and repairs are fitted to.
pub const WORK: [Family; 7] = [
    Family::Lognormal,
    Family::Normal,
    Family::Gamma,
    Family::Weibull,
    Family::Triangular,
    Family::Uniform,
    Family::Exponential,
];
/// Families that times to failure are fitted to.
const LIFE: [Family; 4] = [
    Family::Exponential,
    Family::Weibull,
    Family::Gamma,
    Family::Lognormal,
];

/// What is calibrated of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Time of one operation.
    Cycle,
    /// Time of one operation on parts of one type.
    CycleOf(Arc<str>),
    /// Time of a set-up.
    Setup,
    /// Time of a set-up from one type of parts to another.
    SetupOf(Arc<str>, Arc<str>),
    /// Time to failure, on its clock.
    TimeToFailure,
    /// Time to repair.
    TimeToRepair,
}

impl Quantity {
    /// For people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Cycle => "cycle".to_owned(),
            Self::CycleOf(part_type) => format!("cycle of {part_type}"),
            Self::Setup => "set-up".to_owned(),
            Self::SetupOf(from, to) => format!("set-up from {from} to {to}"),
            Self::TimeToFailure => "time to failure".to_owned(),
            Self::TimeToRepair => "repair".to_owned(),
        }
    }
}

/// A duration of a machine: what was observed, what that follows, and what the scene assumes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Which.
    pub quantity: Quantity,
    /// Observed from begin to end.
    pub observed: usize,
    /// Still going on when nobody looked any more.
    pub censored: usize,
    /// What it follows; none: it was not observed.
    pub fit: Option<Fit>,
    /// What the scene assumes.
    pub assumed: Option<DistributionSpec>,
    /// Mean of that, in seconds.
    pub assumed_mean_secs: Option<f64>,
}

impl Item {
    /// Too few to tell one family from another.
    #[must_use]
    pub fn is_few(&self) -> bool {
        self.observed < FEW
    }

    /// Whether the scene's mean lies outside the interval of the observed one.
    #[must_use]
    pub fn differs(&self) -> bool {
        let mean = self.fit.as_ref().map(|fit| &fit.mean);
        mean.zip(self.assumed_mean_secs)
            .is_some_and(|(mean, assumed)| {
                let slack = 1e-3 * assumed;
                !(mean.low - slack..=mean.high + slack).contains(&assumed)
            })
    }
}

/// A share of parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// `scrap`, or the equipment that they go to.
    pub what: Arc<str>,
    /// What was counted, with Wilson's interval.
    pub found: Probability,
    /// What the scene assumes.
    pub assumed: Option<f64>,
}

/// What was found of one equipment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// Its path.
    pub path: Arc<str>,
    /// Its durations.
    pub items: Vec<Item>,
    /// Share of bad parts; none of what does not report them.
    pub scrap: Option<Share>,
    /// Shares of the ways that its parts take, where they are drawn.
    pub routes: Vec<Share>,
    /// What could not be observed, and why.
    pub notes: Vec<&'static str>,
}

/// What the telemetry of a plant says of its parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Id of the plant.
    pub scene: Arc<str>,
    /// The span that was looked at.
    pub from: Timestamp,
    /// See [`Calibration::from`].
    pub to: Timestamp,
    /// Confidence of all intervals.
    pub confidence: f64,
    /// Every machine of which something was observed.
    pub machines: Vec<Machine>,
}

/// Looks at all machines of a plant over a span of its history.
#[must_use]
pub fn calibrate(
    plant: &Plant,
    history: &HistoryReader,
    span: Range<Timestamp>,
    confidence: f64,
    mut each: impl FnMut(usize, usize),
) -> Calibration {
    let count = plant.equipment.len();
    let machines = (0..count as u32)
        .filter_map(|id| {
            each(id as usize + 1, count);
            machine(plant, history, EquipmentId(id), &span, confidence)
        })
        .collect();
    Calibration {
        scene: Arc::clone(&plant.id),
        from: span.start,
        to: span.end,
        confidence,
        machines,
    }
}

fn role(plant: &Plant, id: EquipmentId, role: SignalRole) -> Option<SignalId> {
    plant.equipment(id)?.signal_ids().find(|signal| {
        plant
            .signal(*signal)
            .is_some_and(|signal| signal.spec.role == role)
    })
}

fn machine(
    plant: &Plant,
    history: &HistoryReader,
    id: EquipmentId,
    span: &Range<Timestamp>,
    confidence: f64,
) -> Option<Machine> {
    let equipment = plant.equipment(id)?;
    let none = process::Station::default();
    let (station, failure) = match &equipment.process {
        Process::Station(station) | Process::Handler(station) => (station, &station.failure),
        Process::Conveyor { failure, .. } => (&none, failure),
        _ => return None,
    };
    let works = matches!(equipment.process, Process::Station(_) | Process::Handler(_));
    let mut machine = Machine {
        path: Arc::clone(&equipment.path),
        items: Vec::new(),
        scrap: None,
        routes: routes(plant, history, id, span, confidence),
        notes: Vec::new(),
    };
    let signals = Signals {
        state: role(plant, id, SignalRole::State).map(|_| plant.state_signal(id)),
        produced: role(plant, id, SignalRole::Produced),
        scrapped: role(plant, id, SignalRole::Scrapped),
        part_type: role(plant, id, SignalRole::PartType),
        content: role(plant, id, SignalRole::Content),
    };
    if signals.state.is_none() {
        machine.notes.push("it reports no operating state");
    }
    // A conveyor's clock runs while its belt does, which no state tells from standing in a queue.
    let basis = match works {
        true => failure
            .as_ref()
            .map_or(FailureBasis::OperationTime, |f| f.basis),
        false => FailureBasis::CalendarTime,
    };
    let observed = observe::observe(history, signals, basis, span);
    let seed = plant.equipment.iter().take(id.index()).count() as u64;
    if works && station.servers > 1 {
        let looked = parallel::Looked {
            plant,
            id,
            history,
            signals,
            span,
            confidence,
        };
        parallel::cycles(&mut machine, station, &looked, seed);
    } else if works && signals.produced.is_none() {
        machine
            .notes
            .push("it counts nothing: operations that follow on one another cannot be told apart");
    } else if works {
        cycles(&mut machine, station, &observed, confidence, seed);
    }
    setups(&mut machine, station, &observed, confidence, seed);
    add_failures(&mut machine, failure.as_ref(), &observed, confidence, seed);
    if works && signals.scrapped.is_some() && observed.finished > 0 {
        machine.scrap = Some(Share {
            what: "scrap".into(),
            found: Probability::new(
                observed.scrapped.min(observed.finished),
                observed.finished,
                confidence,
            ),
            assumed: Some(station.scrap),
        });
    }
    let is_known =
        !machine.items.is_empty() || machine.scrap.is_some() || !machine.routes.is_empty();
    (is_known || !machine.notes.is_empty()).then_some(machine)
}

fn cycles(
    machine: &mut Machine,
    station: &process::Station,
    observed: &Observed,
    confidence: f64,
    seed: u64,
) {
    if station.cycle_by_type.is_empty() {
        let assumed = Some(&station.cycle);
        return add(
            machine,
            Quantity::Cycle,
            &observed.cycles,
            assumed,
            &WORK,
            confidence,
            seed,
        );
    }
    let mut others = Sample::default();
    for (part_type, sample) in &observed.by_type {
        let name = part_type.as_str();
        match station.cycle_by_type.get_key_value(name) {
            Some((name, assumed)) => {
                let quantity = Quantity::CycleOf(Arc::clone(name));
                add(
                    machine,
                    quantity,
                    sample,
                    Some(assumed),
                    &WORK,
                    confidence,
                    seed,
                );
            }
            None => others.complete.extend(&sample.complete),
        }
    }
    add(
        machine,
        Quantity::Cycle,
        &others,
        Some(&station.cycle),
        &WORK,
        confidence,
        seed,
    );
}

/// Set-ups: where the scene tells pairs of types apart, pair by pair.
fn setups(
    machine: &mut Machine,
    station: &process::Station,
    observed: &Observed,
    confidence: f64,
    seed: u64,
) {
    let mut others = observed.setups.clone();
    if !station.setup_matrix.is_empty() {
        if observed.setups_by.is_empty() && !observed.setups.complete.is_empty() {
            let note =
                "set-ups that differ by pairs of types are left as they are: it reports no types";
            return machine.notes.push(note);
        }
        others = Sample::default();
        let pairs = &station.setup_matrix;
        let is_told =
            |from: &str, to: &str| pairs.iter().any(|(f, t, _)| **f == *from && **t == *to);
        for ((from, to), sample) in &observed.setups_by {
            if !is_told(from.as_str(), to.as_str()) {
                others.complete.extend(&sample.complete);
            }
        }
        for (place, (from, to, assumed)) in pairs.iter().enumerate() {
            let pair = (Text::new(from), Text::new(to));
            let sample = observed.setups_by.get(&pair).cloned().unwrap_or_default();
            add(
                machine,
                Quantity::SetupOf(Arc::clone(from), Arc::clone(to)),
                &sample,
                Some(assumed),
                &WORK,
                confidence,
                seed ^ ((place as u64 + 1) << 32),
            );
        }
    }
    add(
        machine,
        Quantity::Setup,
        &others,
        station.setup.as_ref(),
        &WORK,
        confidence,
        seed,
    );
}

fn add_failures(
    machine: &mut Machine,
    failure: Option<&process::Failure>,
    observed: &Observed,
    confidence: f64,
    seed: u64,
) {
    // Without memory it does not matter since when it ran.
    let whole = |sample: &Sample| {
        let mut sample = sample.clone();
        sample.censored.extend(observed.first_life);
        sample
    };
    let failures = observed.repairs.complete.len() + observed.repairs.censored.len();
    let families: &[Family] = if observed.lives.complete.len() < FEW {
        &LIFE[..1]
    } else {
        &LIFE
    };
    let mut lives = match families.len() {
        1 => whole(&observed.lives),
        _ => observed.lives.clone(),
    };
    if families.len() == 1 && lives.complete.len() < failures {
        // The first failure is one, too: its life began before anybody looked.
        if let Some(first) = observed.first_life {
            lives.censored.retain(|secs| *secs != first);
            lives.complete.push(first);
        }
    }
    let assumed = failure.map(|failure| &failure.time_to_failure);
    add(
        machine,
        Quantity::TimeToFailure,
        &lives,
        assumed,
        families,
        confidence,
        seed ^ 1,
    );
    let assumed = failure.map(|failure| &failure.time_to_repair);
    add(
        machine,
        Quantity::TimeToRepair,
        &observed.repairs,
        assumed,
        &WORK,
        confidence,
        seed ^ 2,
    );
}

/// Adds what was observed, or that it was not though the scene assumes it.
fn add(
    machine: &mut Machine,
    quantity: Quantity,
    sample: &Sample,
    assumed: Option<&DistributionSpec>,
    families: &[Family],
    confidence: f64,
    seed: u64,
) {
    if sample.complete.is_empty() && assumed.is_none() {
        return;
    }
    let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ sample.complete.len() as u64;
    machine.items.push(Item {
        quantity,
        observed: sample.complete.len(),
        censored: sample.censored.len(),
        fit: fit(sample, families, confidence, seed),
        assumed_mean_secs: assumed
            .and_then(|spec| Distribution::try_from(spec.clone()).ok())
            .map(|distribution| distribution.mean_secs()),
        assumed: assumed.cloned(),
    });
}
