//! What is watched of each equipment: its flow signals, and how it holds parts.

use crate::model::kind::Drive;
use crate::model::process::Process;
use crate::model::signal::{Reporting, SignalRole, ValueType};
use crate::model::{Equipment, EquipmentId, Plant, Point, SignalId, Text, Timestamp, Unit};

use super::known::{self, Reader};

/// An equipment that says something about parts.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub equipment: EquipmentId,
    pub way: Way,
    pub content: Option<SignalId>,
    pub present: Option<SignalId>,
    pub part_type: Option<SignalId>,
    id: Option<SignalId>,
    order: Option<SignalId>,
    batch: Option<SignalId>,
}

/// How it holds parts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// In so many slots.
    Slots(u32),
    /// On a belt.
    Belt(Track),
}

/// A conveyor as its parts see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Track {
    /// From end to end, m.
    pub length: f64,
    /// From the middle of one part to that of the next at least, m.
    pub spacing: f64,
    pub speed: Speed,
}

/// What tells how fast a belt runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Speed {
    /// A signal. Between two samples no further apart than this, its speed changes evenly; `None`:
    /// it is reported when it changes.
    Reported {
        signal: SignalId,
        unit: Unit,
        even: Option<std::time::Duration>,
    },
    /// The operating state: this speed, m/s, while it executes.
    Nominal { state: SignalId, mps: f64 },
}

impl Speed {
    pub fn signal(self) -> SignalId {
        match self {
            Self::Reported { signal, .. } => signal,
            Self::Nominal { state, .. } => state,
        }
    }
}

/// Everything that says something about parts, in order of equipment.
pub(super) fn all(plant: &Plant) -> Vec<Watched> {
    (0..)
        .map(EquipmentId)
        .zip(&plant.equipment)
        .filter_map(|(id, equipment)| watched(plant, id, equipment))
        .collect()
}

fn watched(plant: &Plant, id: EquipmentId, equipment: &Equipment) -> Option<Watched> {
    let role = |role: SignalRole| {
        equipment.signal_ids().find(|signal| {
            plant
                .signal(*signal)
                .is_some_and(|signal| signal.spec.role == role)
        })
    };
    let watched = Watched {
        equipment: id,
        way: match equipment.process {
            Process::Conveyor { speed, spacing, .. } => Way::Belt(Track {
                length: equipment.size[0],
                spacing,
                speed: speed_of(plant, id, equipment, speed),
            }),
            _ => Way::Slots(u32::try_from(equipment.kind.slots.len()).unwrap_or(u32::MAX)),
        },
        content: role(SignalRole::Content),
        present: role(SignalRole::PartPresent),
        part_type: role(SignalRole::PartType),
        id: role(SignalRole::PartId),
        order: role(SignalRole::OrderId),
        batch: role(SignalRole::BatchId),
    };
    watched.main().is_some().then_some(watched)
}

fn speed_of(plant: &Plant, id: EquipmentId, equipment: &Equipment, nominal: f64) -> Speed {
    let runs = equipment
        .kind
        .motions
        .iter()
        .find(|motion| matches!(motion.drive, Drive::Run { .. }))
        .and_then(|motion| plant.signal_named(id, &motion.signal));
    match runs.and_then(|signal| Some((signal, &plant.signal(signal)?.spec))) {
        Some((signal, spec)) => Speed::Reported {
            signal,
            unit: spec.unit,
            even: match spec.reporting {
                Reporting::Cyclic { stale_after } if spec.value_type == ValueType::Float => {
                    Some(stale_after)
                }
                _ => None,
            },
        },
        None => Speed::Nominal {
            state: plant.state_signal(id),
            mps: nominal,
        },
    }
}

impl Watched {
    /// The signal that says whether, or how many, parts are there.
    pub fn main(&self) -> Option<SignalId> {
        self.content.or(self.present).or(self.id).or(self.part_type)
    }

    pub fn signals(&self) -> impl Iterator<Item = SignalId> + use<> {
        let speed = match self.way {
            Way::Belt(track) => Some(track.speed.signal()),
            Way::Slots(_) => None,
        };
        [
            self.content,
            self.present,
            self.part_type,
            self.id,
            self.order,
            self.batch,
            speed,
        ]
        .into_iter()
        .flatten()
    }

    /// Whether the type of some part in it may have to be inferred.
    pub fn infers_types(&self) -> bool {
        self.part_type.is_none() || self.content.is_some()
    }

    /// What its signals say at `t`.
    pub fn read(&self, reader: &Reader<'_>, t: Timestamp) -> Reading {
        let mut reading = Reading {
            count: None,
            counted: self.content.or(self.present),
            until: Timestamp::MIN,
            are_places_inferred: self.content.is_some()
                && !matches!(self.way, Way::Slots(slots) if slots <= 1),
            front_type: None,
            id: None,
            order: None,
            batch: None,
        };
        let Some(main) = self.main() else {
            return reading;
        };
        let Some(point) = reader.last(main, t) else {
            return reading;
        };
        reading.until = reader.until(main, &point, t);
        reading.count = if self.content == Some(main) {
            known::count(&point)
        } else if self.present == Some(main) {
            point
                .value
                .as_bool()
                .filter(|_| point.quality.is_usable())
                .map(u32::from)
        } else {
            Some(u32::from(known::text(&point).is_some()))
        };
        if reading.count.is_some_and(|count| count > 0) {
            let text = |signal: Option<SignalId>| {
                let point: Point = reader.last(signal?, t)?;
                known::text(&point)
            };
            reading.front_type = text(self.part_type);
            reading.id = text(self.id);
            reading.order = text(self.order);
            reading.batch = text(self.batch);
        }
        reading
    }
}

/// What an equipment says about its parts at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// How many there are; `None`: nobody knows.
    pub count: Option<u32>,
    /// The signal that counts them, if one does.
    pub counted: Option<SignalId>,
    /// Until when that speaks.
    pub until: Timestamp,
    /// Whether it says only how many there are, not where.
    pub are_places_inferred: bool,
    /// Type of the part in front.
    pub front_type: Option<Text>,
    pub id: Option<Text>,
    pub order: Option<Text>,
    pub batch: Option<Text>,
}

impl Reading {
    pub fn is_stale(&self, t: Timestamp) -> bool {
        self.count.is_some() && self.until <= t
    }
}
