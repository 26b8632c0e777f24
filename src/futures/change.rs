//! [`Change`]: one thing that is different in some futures, as a user asks for it beside a machine.
//!
//! Scenario files can say more; this is what fits into a menu.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::WhatIf;
use crate::model::process::{Manned, Process, Station};
use crate::model::scene::{self, PlannedStop, StopReason};
use crate::model::{EquipmentId, Plant};

/// Something that is different. Equipment is named by path, times are seconds after the fork.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// It fails after so many seconds and is not repaired.
    Dies(Arc<str>, f64),
    /// It is taken out of service after so many seconds, for so many: a repair, a maintenance.
    Serviced(Arc<str>, f64, f64),
    /// Its operations take this many times as long: 0.9 is a tenth less.
    Cycle(Arc<str>, f64),
    /// One more of it stands beside it and works on the same parts.
    OneMore(Arc<str>),
    /// It is manned round the clock, and not only in its shifts.
    RoundTheClock(Arc<str>),
    /// A buffer has so many places.
    Places(Arc<str>, u32),
    /// What a scenario file says; beside the scene, or a whole path.
    Scenario(Arc<str>),
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No such equipment.
    #[error("no equipment is called so: {0}")]
    Unknown(Arc<str>),
    /// It has nothing that could be changed so.
    #[error("this equipment is no {wanted}, so there is nothing to change: {path}")]
    NotOne {
        /// What it would have to be.
        wanted: &'static str,
        /// The equipment.
        path: Arc<str>,
    },
    /// A scenario that cannot be used.
    #[error("the scenario cannot be used: {0}")]
    Scenario(Arc<str>),
    /// A number that makes no sense.
    #[error("this needs a number above 0, and times from 0 on: {0}")]
    BadNumber(Arc<str>),
}

impl Change {
    /// The equipment, or the file, that it is about.
    #[must_use]
    pub const fn path(&self) -> &Arc<str> {
        match self {
            Self::Scenario(path)
            | Self::Dies(path, _)
            | Self::Serviced(path, ..)
            | Self::Cycle(path, _)
            | Self::OneMore(path)
            | Self::RoundTheClock(path)
            | Self::Places(path, _) => path,
        }
    }

    /// In words, with the name of the equipment: *CNC-03 fails in 15 min*.
    #[must_use]
    pub fn words(&self, name: &str) -> String {
        let after = |secs: f64| match secs {
            0.0 => "now".to_owned(),
            _ => format!("in {}", duration_words(secs)),
        };
        match self {
            Self::Dies(_, secs) => format!("{name} fails {}", after(*secs)),
            Self::Serviced(_, secs, lasts) => {
                format!(
                    "{name} out of service {} for {}",
                    after(*secs),
                    duration_words(*lasts)
                )
            }
            Self::Cycle(_, factor) if *factor <= 1.0 => {
                format!("{name} {:.0} % faster", (1.0 / factor - 1.0) * 100.0)
            }
            Self::Cycle(_, factor) => {
                format!("{name} {:.0} % slower", (1.0 - 1.0 / factor) * 100.0)
            }
            Self::OneMore(_) => format!("One more {name}"),
            Self::RoundTheClock(_) => format!("{name} round the clock"),
            Self::Places(_, places) => format!("{name} with {places} places"),
            Self::Scenario(file) => {
                let stem = Path::new(&**file).file_stem();
                let words = stem.map_or_else(|| (**file).into(), |stem| stem.to_string_lossy());
                words.replace(['-', '_'], " ")
            }
        }
    }

    /// The plant with the change.
    ///
    /// # Errors
    /// When the plant has no such equipment, or it cannot be changed so.
    pub fn of(&self, plant: &Plant) -> Result<WhatIf, ChangeError> {
        let path = self.path();
        if let Self::Scenario(file) = self {
            let beside = plant.file.parent().unwrap_or(Path::new("."));
            let scenario = scene::load_scenario(&beside.join(&**file), plant);
            return scenario
                .map(WhatIf::from)
                .map_err(|error| ChangeError::Scenario(error.to_string().into()));
        }
        let id = plant.find(path);
        let id = id.ok_or_else(|| ChangeError::Unknown(Arc::clone(path)))?;
        let name = plant.equipment(id).map_or("", |one| &*one.name);
        let mut changed = plant.clone();
        let mut stops = Vec::new();
        let bad = || ChangeError::BadNumber(Arc::clone(path));
        let stop = |at: f64, lasts: Option<f64>, cause| {
            let is_good = at >= 0.0 && at.is_finite() && lasts.is_none_or(|secs| secs > 0.0);
            is_good.then_some(PlannedStop {
                equipment: id,
                at_secs: at,
                lasts_secs: lasts,
                cause,
            })
        };
        match self {
            Self::Dies(_, at) => stops.push(stop(*at, None, StopReason::Fault).ok_or_else(bad)?),
            Self::Serviced(_, at, lasts) => {
                let planned = stop(*at, Some(*lasts), StopReason::Maintenance);
                stops.push(planned.ok_or_else(bad)?);
            }
            Self::Cycle(_, factor) => {
                if !(*factor > 0.0 && factor.is_finite()) {
                    return Err(bad());
                }
                let station = station(&mut changed, id, path)?;
                station.cycle = station.cycle.scaled(*factor);
                for time in station.cycle_by_type.values_mut() {
                    *time = time.scaled(*factor);
                }
            }
            Self::OneMore(_) => {
                let station = station(&mut changed, id, path)?;
                station.servers = station.servers.max(1).saturating_add(1);
            }
            Self::RoundTheClock(_) => station(&mut changed, id, path)?.manned = Manned::Always,
            Self::Places(_, places) => {
                let equipment = changed.equipment.get_mut(id.index());
                match equipment.map(|equipment| &mut equipment.process) {
                    Some(Process::Buffer { capacity, .. }) if *places > 0 => {
                        *capacity = Some(*places);
                    }
                    Some(Process::Buffer { .. }) => return Err(bad()),
                    _ => return Err(not_one("buffer", path)),
                }
            }
            Self::Scenario(_) => {}
        }
        Ok(WhatIf {
            name: self.words(name).into(),
            plant: Arc::new(changed.index()),
            stops,
        })
    }
}

fn not_one(wanted: &'static str, path: &Arc<str>) -> ChangeError {
    ChangeError::NotOne {
        wanted,
        path: Arc::clone(path),
    }
}

fn station<'p>(
    plant: &'p mut Plant,
    id: EquipmentId,
    path: &Arc<str>,
) -> Result<&'p mut Station, ChangeError> {
    let equipment = plant.equipment.get_mut(id.index());
    match equipment.map(|equipment| &mut equipment.process) {
        Some(Process::Station(station) | Process::Handler(station)) => Ok(station),
        _ => Err(not_one("station", path)),
    }
}

/// *45 s*, *15 min*, *2 h*, *3 h 50 min*.
fn duration_words(secs: f64) -> String {
    let minutes = (secs / 60.0).round();
    let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
    if secs < 60.0 {
        format!("{secs:.0} s")
    } else if hours < 1.0 {
        format!("{minutes:.0} min")
    } else if rest < 1.0 {
        format!("{hours:.0} h")
    } else {
        format!("{hours:.0} h {rest:.0} min")
    }
}
