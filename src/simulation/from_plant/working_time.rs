//! When people are there: the calendar of a plant as windows of simulated time.

use std::sync::Arc;
use std::time::Duration;

use super::{Builder, FromPlantError};
use crate::model::Timestamp;
use crate::model::calendar::Calendar;
use crate::model::process::Manned;
use crate::simulation::{Resource, ResourceId, Shift, ShiftId, SimTime};

const WEEK_SECS: i64 = 7 * 24 * 3600;

impl Builder<'_> {
    /// Adds the working time of a plant that does not work round the clock.
    pub(super) fn add_shift(&mut self) {
        let windows = working_windows(&self.plant.calendar, self.start);
        self.shift = windows.map(|windows| self.add_windows(windows));
    }

    fn add_windows(&mut self, windows: Vec<(SimTime, SimTime)>) -> ShiftId {
        let period = Some(SimTime::from_secs(WEEK_SECS));
        self.network.shift(Shift { windows, period })
    }

    /// When something is manned; `None` is always.
    pub(super) fn shift_of(&mut self, path: &Arc<str>, manned: &Manned) -> Option<ShiftId> {
        let names = match manned {
            Manned::AsPlant => return self.shift,
            Manned::Always => return None,
            Manned::Shifts(names) => names,
        };
        if let Some((_, shift)) = self.shifts.iter().find(|(known, _)| known == names) {
            return Some(*shift);
        }
        let calendar = &self.plant.calendar;
        for name in names {
            if !calendar.shifts.iter().any(|shift| shift.name == *name) {
                self.errors.push(FromPlantError::UnknownShift {
                    shift: Arc::clone(name),
                    equipment: Arc::clone(path),
                });
            }
        }
        let mut own = calendar.clone();
        own.shifts.retain(|shift| names.contains(&shift.name));
        let windows = working_windows(&own, self.start).unwrap_or_default();
        let shift = self.add_windows(windows);
        self.shifts.push((names.clone(), shift));
        Some(shift)
    }

    /// Adds the operators, tools and crews of the plant.
    pub(super) fn add_resources(&mut self) {
        for resource in &self.plant.resources {
            let shift = self.shift_of(&resource.id, &resource.manned);
            self.network.resources.push(Resource {
                name: resource.id.to_string(),
                count: resource.count,
                shift,
            });
        }
    }

    /// The resource of that id.
    pub(super) fn resource(&mut self, path: &Arc<str>, id: &Arc<str>) -> Option<ResourceId> {
        let known = &self.network.resources;
        let place = known.iter().position(|resource| *resource.name == **id);
        if place.is_none() {
            self.errors.push(FromPlantError::UnknownResource {
                resource: Arc::clone(id),
                equipment: Arc::clone(path),
            });
        }
        place.map(|place| ResourceId(place as u32))
    }
}

/// The working time of the week that begins at `start`, without breaks, as windows relative to it.
/// `None` when the plant works round the clock.
///
/// Local times are taken at the dates of that week; a change to or from summer time inside a later
/// week shifts its windows by the hour.
pub fn working_windows(calendar: &Calendar, start: Timestamp) -> Option<Vec<(SimTime, SimTime)>> {
    if calendar.shifts.is_empty() {
        return None;
    }
    let end = start + Duration::from_secs(WEEK_SECS as u64);
    let relative = |time: Timestamp| SimTime::from_nanos(time.nanos_since(start));
    let windows = calendar.working(start..end).into_iter();
    Some(
        windows
            .map(|window| (relative(window.start), relative(window.end)))
            .collect(),
    )
}
