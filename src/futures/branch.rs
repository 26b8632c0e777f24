//! [`Branch`]: one future as a history of its own, to be read like the past.

use std::sync::Arc;
use std::time::Duration;

use super::Futures;
use crate::emulator::{Emulation, Reading};
use crate::history::{HistoryReader, in_memory_within};
use crate::ingest::Ingest;
use crate::model::kind::Physics;
use crate::model::process::Process;
use crate::model::signal::SignalRole;
use crate::model::{Plant, Point, Sample, SessionId, SignalId, Timestamp};
use crate::simulation::experiment::{Control, ExperimentError};
use crate::source::batch::{BATCH_SAMPLES, Batch};

/// So much of the past before the fork goes through a branch's own ingest, so that what is derived
/// there (states, health, alarms) goes on from where it was.
pub const LOOK_BACK: Duration = Duration::from_secs(3_600);
/// Memory of a branch, bytes.
const BUDGET_BYTES: usize = 256 << 20;
/// Simulated time between two looks at whether to go on.
const STEP: Duration = Duration::from_secs(60);

/// Which signals a branch has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Those of the flow: states, faults, counters, contents, ids of parts and orders, progress,
    /// positions of vehicles.
    #[default]
    Flow,
    /// Those of the flow, and those by which models move, where their kind declares a sensor model:
    /// belts, spindles, axes. Several hundred values a second on the demo plant.
    Motion,
}

/// One future: a plant, and what happens to it.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Name of the scenario; `None`: the plant as it is.
    pub name: Option<Arc<str>>,
    /// Which of the futures.
    pub index: u64,
    /// The plant as it is in it.
    pub plant: Arc<Plant>,
    /// The past up to the fork, and then the future: only the signals that are simulated. Others are
    /// [not simulated](HistoryReader::is_simulated) there.
    pub reader: HistoryReader,
    /// Where the past ends and the future begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
}

/// Why a future cannot be watched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BranchError {
    /// It cannot be simulated.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// It was not asked for any more.
    #[error("it was cancelled")]
    Cancelled,
}

impl Futures {
    /// Simulates replication `index` again, bit by bit the same, and writes what it does into a history
    /// of its own, through the same ingest as what is received: states, health and alarms are derived
    /// from it as from the past. `history` is the one that was forked.
    ///
    /// # Errors
    /// When it cannot be simulated, or was cancelled.
    pub fn branch(
        &self,
        index: u64,
        history: &HistoryReader,
        detail: Detail,
        control: &Control,
    ) -> Result<Branch, BranchError> {
        let plant = &self.plant;
        let simulated: Arc<[bool]> = (0..plant.signals.len() as u32)
            .map(|id| is_simulated(plant, SignalId(id), detail))
            .collect();
        let is_wanted = |id: SignalId| simulated.get(id.index()).copied().unwrap_or_default();
        let simulation = self.experiment.simulation(index)?;
        let past = Past::of(history, &simulated, self.at);
        let mut emulation = Emulation::on(
            Arc::clone(plant),
            (*self.network).clone(),
            simulation,
            self.experiment.seed ^ index,
            self.at,
            is_wanted,
        );
        emulation.remember(|id| past.last(id));
        let (writer, reader) = in_memory_within(plant, BUDGET_BYTES);
        let mut sink = Sink {
            ingest: Ingest::new(Arc::clone(plant), writer),
            batch: Batch::new(0, self.at),
        };
        sink.birth(plant, past.begin.min(self.at));
        past.write(&mut sink);
        let to = self.span().end;
        let mut readings = Vec::new();
        emulation.survey_news(&mut readings);
        sink.take(&mut readings);
        let mut now = self.at;
        while now < to {
            if control.is_cancelled() {
                return Err(BranchError::Cancelled);
            }
            now = (now + STEP).min(to);
            emulation.advance(now, &mut readings);
            sink.take(&mut readings);
        }
        sink.finish(to);
        Ok(Branch {
            name: self.name.clone(),
            index,
            plant: Arc::clone(plant),
            reader: reader.simulating(simulated).after(history.clone(), self.at),
            from: self.at,
            to,
        })
    }
}

/// Whether a branch has a signal: of equipment that has a part in the plant's work.
fn is_simulated(plant: &Plant, id: SignalId, detail: Detail) -> bool {
    let Some(signal) = plant.signal(id) else {
        return false;
    };
    let Some(equipment) = plant.equipment(signal.equipment) else {
        return false;
    };
    if equipment.process == Process::None {
        return false;
    }
    let spec = &signal.spec;
    let model = spec.sensor.as_ref();
    let is_flow = match spec.role {
        SignalRole::Measurement | SignalRole::Check | SignalRole::Wear | SignalRole::Power => false,
        // A fault that is reported in some states follows from the state.
        SignalRole::Fault => {
            model.is_some_and(|model| matches!(model.physics, Physics::InState { .. }))
        }
        _ => model.is_none(),
    };
    let moves = |name: &str| equipment.kind.motions.iter().any(|m| *m.signal == *name);
    is_flow || (detail == Detail::Motion && model.is_some() && moves(&spec.name))
}

/// What was recorded before the fork of the signals that are simulated.
struct Past {
    begin: Timestamp,
    points: Vec<(SignalId, Point)>,
    last: Vec<Option<Point>>,
}

impl Past {
    fn of(history: &HistoryReader, simulated: &[bool], at: Timestamp) -> Self {
        let begin = at - LOOK_BACK;
        let mut points = Vec::new();
        let mut of_signal = Vec::new();
        let mut last = vec![None; simulated.len()];
        let ids = (0..simulated.len() as u32).map(SignalId);
        for (id, is_simulated) in ids.zip(simulated) {
            if !is_simulated {
                continue;
            }
            of_signal.clear();
            of_signal.extend(history.latest_at(id, begin - Duration::from_nanos(1)));
            history.range(id, begin..at, &mut of_signal);
            if let (Some(slot), Some(point)) = (last.get_mut(id.index()), of_signal.last()) {
                *slot = Some(*point);
            }
            points.extend(of_signal.iter().map(|point| (id, *point)));
        }
        points.sort_by_key(|(_, point)| point.time);
        let first = points.first().map_or(at, |(_, point)| point.time);
        Self {
            begin: first,
            points,
            last,
        }
    }

    fn last(&self, id: SignalId) -> Option<crate::model::Value> {
        let point = self.last.get(id.index()).copied().flatten()?;
        point.quality.is_usable().then_some(point.value)
    }

    fn write(&self, sink: &mut Sink) {
        for (signal, point) in &self.points {
            sink.push(Sample {
                signal: *signal,
                source_time: Some(point.time),
                receive_time: point.time,
                value: point.value,
                quality: point.quality,
            });
        }
    }
}

/// Readings on their way into the history of a branch.
struct Sink {
    ingest: Ingest,
    batch: Batch,
}

impl Sink {
    /// Everything that reports is alive.
    fn birth(&mut self, plant: &Plant, at: Timestamp) {
        let mut batch = Batch::new(0, at);
        let sessions = (0..plant.sessions.len() as u32).map(SessionId);
        batch.liveness.extend(sessions.map(|id| (id, true, at)));
        self.ingest.ingest(&batch);
    }

    fn push(&mut self, sample: Sample) {
        self.batch.receive_time = sample.receive_time;
        self.batch.samples.push(sample);
        if self.batch.samples.len() >= BATCH_SAMPLES {
            self.flush();
        }
    }

    fn take(&mut self, readings: &mut Vec<Reading>) {
        for reading in readings.drain(..) {
            self.push(Sample {
                signal: reading.signal,
                source_time: Some(reading.time),
                receive_time: reading.time,
                value: reading.value,
                quality: reading.quality,
            });
        }
    }

    fn flush(&mut self) {
        self.ingest.ingest(&self.batch);
        self.batch.samples.clear();
    }

    fn finish(mut self, at: Timestamp) {
        self.flush();
        self.ingest.tick(at);
    }
}
