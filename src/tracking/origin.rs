//! Which type a part has of which only its coming was seen: that of what left where it came from.
//!
//! Walks up the material flow from a part's coming: through conveyors and buffers, first in first
//! out, and through whatever only says that a part is present, to the last type that somebody
//! reported, unless the scene leaves only one type. All of it is inference and flagged as such.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::model::process::Process;
use crate::model::workpiece::Part;
use crate::model::{EquipmentId, Plant, SignalId, Text, Timestamp};

use super::belt::{self, Entry};
use super::known::{self, Reader, just_before};
use super::watch::{Reading, Watched};

/// Steps that are walked up the flow at most.
const MAX_STEPS: u32 = 8;
/// As far as the scene alone is followed.
const MAX_WAY: u32 = 256;
/// Points of a signal that are looked at for the last one that tells something.
const MAX_POINTS: usize = 16;
/// Two reports of one hand-over, by who gives and by who takes, come within this time.
const HAND_OVER: Duration = Duration::from_secs(1);

/// From where parts come to an equipment.
#[derive(Clone, Debug)]
enum Feeder {
    Equipment(EquipmentId),
    /// Any of these vehicles, which fetch them there.
    Fleet {
        vehicles: Vec<EquipmentId>,
        from: EquipmentId,
    },
}

/// What is known of an equipment as a place where parts come from.
#[derive(Clone, Debug, Default)]
struct Place {
    watched: Option<Watched>,
    feeders: Vec<Feeder>,
    /// Type of everything that leaves it, if the scene says so.
    makes: Option<Text>,
    /// Type of everything that comes to it, if the scene leaves no other: the history is not asked.
    only: Option<Text>,
}

/// The material flow, upstream.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    places: HashMap<EquipmentId, Place>,
}

impl Origins {
    pub fn new(plant: &Plant, watched: &[Watched]) -> Self {
        let mut places: HashMap<EquipmentId, Place> = HashMap::new();
        let mut fleets: HashMap<&Arc<str>, Vec<EquipmentId>> = HashMap::new();
        for (id, equipment) in (0..).map(EquipmentId).zip(&plant.equipment) {
            if let Process::Vehicle { fleet, .. } = &equipment.process {
                fleets.entry(fleet).or_default().push(id);
            }
            let makes = match &equipment.process {
                Process::Station(station) | Process::Handler(station) => station.makes.as_ref(),
                Process::Source { mix, .. } if mix.len() == 1 => mix.keys().next(),
                _ => None,
            };
            if let Some(makes) = makes {
                places.entry(id).or_default().makes = Some(Text::new(makes));
            }
        }
        for one in watched {
            places.entry(one.equipment).or_default().watched = Some(one.clone());
        }
        for flow in &plant.flows {
            let feeder = match &flow.fleet {
                None => Feeder::Equipment(flow.from),
                Some(fleet) => Feeder::Fleet {
                    vehicles: fleets.get(fleet).cloned().unwrap_or_default(),
                    from: flow.from,
                },
            };
            places.entry(flow.to).or_default().feeders.push(feeder);
            // A vehicle carries what leaves where it fetches.
            for vehicle in flow
                .fleet
                .iter()
                .flat_map(|fleet| fleets.get(fleet))
                .flatten()
            {
                places
                    .entry(*vehicle)
                    .or_default()
                    .feeders
                    .push(Feeder::Equipment(flow.from));
            }
        }
        let mut origins = Self { places };
        let mut known = HashMap::new();
        for one in watched {
            let only = origins.only_type(one.equipment, MAX_WAY, &mut known);
            if let Some(place) = origins.places.get_mut(&one.equipment) {
                place.only = only;
            }
        }
        origins
    }

    /// The type of everything that comes to an equipment, if by the scene it can be only one.
    fn only_type(
        &self,
        to: EquipmentId,
        steps: u32,
        known: &mut HashMap<EquipmentId, Option<Text>>,
    ) -> Option<Text> {
        if let Some(known) = known.get(&to) {
            return *known;
        }
        let steps = steps.checked_sub(1)?;
        // A way in a circle tells nothing.
        known.insert(to, None);
        let mut found = None;
        for feeder in &self.places.get(&to)?.feeders {
            let (Feeder::Equipment(from) | Feeder::Fleet { from, .. }) = feeder;
            let makes = self.places.get(from).and_then(|place| place.makes);
            let left = makes.or_else(|| self.only_type(*from, steps, known))?;
            if found.is_some_and(|found| found != left) {
                return None;
            }
            found = Some(left);
        }
        known.insert(to, found);
        found
    }

    fn only(&self, equipment: EquipmentId) -> Option<Text> {
        self.places.get(&equipment)?.only
    }

    /// The signals by which the types of parts in an equipment may be inferred.
    pub fn signals_behind(&self, equipment: EquipmentId, add: &mut impl FnMut(SignalId)) {
        if self.only(equipment).is_some() {
            return;
        }
        let mut seen = BTreeSet::from([equipment]);
        let mut front = vec![(equipment, 0)];
        while let Some((id, steps)) = front.pop() {
            let Some(place) = self.places.get(&id).filter(|_| steps < MAX_STEPS) else {
                continue;
            };
            for feeder in &place.feeders {
                let (vehicles, from) = match feeder {
                    Feeder::Equipment(from) => (&[][..], from),
                    Feeder::Fleet { vehicles, from } => (vehicles.as_slice(), from),
                };
                for id in vehicles.iter().chain([from]) {
                    let Some(place) = self.places.get(id).filter(|_| seen.insert(*id)) else {
                        continue;
                    };
                    if place.makes.or(place.only).is_some() {
                        continue;
                    }
                    let Some(watched) = &place.watched else {
                        front.push((*id, steps + 1));
                        continue;
                    };
                    match watched.part_type {
                        Some(signal) => add(signal),
                        None => {
                            watched
                                .content
                                .into_iter()
                                .chain(watched.present)
                                .for_each(&mut *add);
                            front.push((*id, steps + 1));
                        }
                    }
                }
            }
        }
    }

    /// Writes types, ids, orders and batches into the parts of an equipment.
    pub fn name(
        &self,
        reader: &Reader<'_>,
        watched: &Watched,
        reading: &Reading,
        t: Timestamp,
        parts: &mut [Part],
    ) {
        if let Some(front) = parts.first_mut() {
            front.part_type = reading.front_type;
            front.id = reading.id;
            front.order = reading.order;
            front.batch = reading.batch;
        }
        let needs_none = parts.iter().all(|part| part.part_type.is_some());
        if needs_none || !watched.infers_types() {
            return;
        }
        if let Some(only) = self.only(watched.equipment) {
            for part in parts.iter_mut().filter(|part| part.part_type.is_none()) {
                part.part_type = Some(only);
                part.is_type_inferred = true;
            }
            return;
        }
        let count = reading.count.unwrap_or(0);
        let mut entries = Vec::new();
        if let Some(counted) = reading.counted {
            belt::entries(reader, counted, count, t, &mut entries);
        }
        // Of very many only the newest were looked for: those in front are older.
        let older = count as usize - entries.len().min(count as usize);
        let fallback = reading.front_type;
        let mut last: Option<(Entry, Option<Text>)> = None;
        for (at, part) in parts.iter_mut().enumerate() {
            if part.part_type.is_some() {
                continue;
            }
            let entry = at.checked_sub(older).and_then(|at| entries.get(at));
            let came = entry.and_then(|entry| {
                let same = last.filter(|(known, _)| known.since == entry.since);
                let found = match same {
                    Some((_, found)) => found,
                    None => self.came(reader, watched.equipment, entry.since, MAX_STEPS),
                };
                last = Some((*entry, found));
                found
            });
            part.part_type = came.or(fallback);
            part.is_type_inferred = part.part_type.is_some();
        }
    }

    /// Type of the part that came to an equipment at `t`: where several feed it, what all of them
    /// agree on.
    fn came(&self, reader: &Reader<'_>, to: EquipmentId, t: Timestamp, steps: u32) -> Option<Text> {
        let steps = steps.checked_sub(1)?;
        if let Some(only) = self.only(to) {
            return Some(only);
        }
        let mut found = None;
        for feeder in &self.places.get(&to)?.feeders {
            let from = match feeder {
                Feeder::Equipment(from) => *from,
                Feeder::Fleet { vehicles, from } => {
                    self.deliverer(reader, vehicles, t).unwrap_or(*from)
                }
            };
            let left = self.left(reader, from, t, steps)?;
            if found.is_some_and(|found| found != left) {
                return None;
            }
            found = Some(left);
        }
        found
    }

    /// The vehicle whose load changed last up to a hand-over at `t`.
    fn deliverer(
        &self,
        reader: &Reader<'_>,
        vehicles: &[EquipmentId],
        t: Timestamp,
    ) -> Option<EquipmentId> {
        vehicles
            .iter()
            .filter_map(|id| {
                let watched = self.places.get(id)?.watched.as_ref()?;
                let load = watched.content.or(watched.present).or(watched.part_type)?;
                Some((reader.last(load, t + HAND_OVER)?.time, *id))
            })
            .max()
            .map(|(_, id)| id)
    }

    /// Type of the part that left an equipment at `t`.
    fn left(
        &self,
        reader: &Reader<'_>,
        from: EquipmentId,
        t: Timestamp,
        steps: u32,
    ) -> Option<Text> {
        let place = self.places.get(&from)?;
        if let Some(known) = place.makes.or(place.only) {
            return Some(known);
        }
        let Some(watched) = &place.watched else {
            return self.came(reader, from, t, steps);
        };
        let t = just_before(t);
        if let Some(signal) = watched.part_type {
            let mut at = t;
            for _ in 0..MAX_POINTS {
                let Some(point) = reader.last(signal, at) else {
                    break;
                };
                if let Some(found) = known::text(&point) {
                    return Some(found);
                }
                at = just_before(point.time);
            }
            // Both were heard of first at about the same time.
            let next = reader.view.bracket(signal, t).1?;
            return known::text(&next).filter(|_| next.time <= t + HAND_OVER);
        }
        let counted = watched.content.or(watched.present)?;
        let mut at = t;
        let point = match reader.last(counted, at) {
            Some(point) => point,
            None => {
                // Both were heard of first at about the same time.
                let next = reader.view.bracket(counted, t).1;
                let next = next.filter(|next| next.time <= t + HAND_OVER)?;
                at = next.time;
                next
            }
        };
        let previous = reader
            .before(counted, point.time)
            .and_then(|point| known::count(&point));
        let has_left = previous.is_some_and(|before| known::count(&point) < Some(before))
            && t.saturating_since(point.time) <= HAND_OVER;
        if has_left {
            // It said that the part had left before the other said that it came.
            at = just_before(point.time);
        }
        let count = reader
            .last(counted, at)
            .and_then(|point| known::count(&point))?;
        let mut entries = Vec::new();
        belt::entries(reader, counted, count, at, &mut entries);
        self.came(reader, from, entries.first()?.since, steps)
    }
}
