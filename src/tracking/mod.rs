//! [`Tracker`]: which part is where, folded from what the flow signals say.
//!
//! What is reported is taken as it is: parts present, counts, types and ids. What is not reported
//! is inferred and flagged: where the parts of a conveyor are, by the speed of its belt since each
//! came on; which slots of a buffer are taken; and the type of a part where only its coming was
//! seen, by where it came from.
//!
//! The parts at an instant are a function of the history alone, so a jump finds what a series of
//! steps finds. What no longer speaks for the instant moves nothing: its parts stay where they were
//! when it last did, and are flagged as stale.
//!
//! Cost follows what happens: an equipment is looked at when a point of its flow signals arrives or
//! comes true, or stops speaking; in between, only the parts on running belts move.

mod belt;
mod known;
mod origin;
mod runs;
mod watch;

use std::collections::HashMap;

use crate::history::HistoryView;
use crate::history::freshness::FreshnessRule;
use crate::model::workpiece::{EquipmentParts, Part, PartPlace, Parts};
use crate::model::{Plant, SignalId, Timestamp};
use crate::timers::Timers;

use belt::Belt;
use known::Reader;
use origin::Origins;
use watch::{Watched, Way};

/// What has arrived since the last advance.
#[derive(Clone, Copy, Debug)]
pub enum Arrived<'a> {
    /// Points of these signals, duplicates allowed.
    These(&'a [SignalId]),
    /// Nobody knows: everything is looked at.
    Anything,
}

/// Keeps [`Parts`] at an instant that moves on. Belongs to one view.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    watched: Vec<Watched>,
    /// Who looks when a point of a signal arrives.
    by_signal: HashMap<SignalId, Vec<u32>>,
    rules: Vec<FreshnessRule>,
    origins: Origins,
    timers: Timers,
    /// Advance in which each was looked at last.
    looked_at: Vec<u32>,
    round: u32,
    /// Conveyors, by number in `watched`, and those whose parts may move.
    belts: Vec<Option<Belt>>,
    moving: Vec<u32>,
    scratch: EquipmentParts,
}

impl Tracker {
    /// For this plant; nothing looked at yet.
    pub fn new(plant: &Plant) -> Self {
        let watched = watch::all(plant);
        let rules: Vec<_> = (0..plant.signals.len() as u32)
            .filter_map(|id| FreshnessRule::of(plant, SignalId(id)))
            .collect();
        let origins = Origins::new(plant, &watched);
        let mut by_signal: HashMap<SignalId, Vec<u32>> = HashMap::new();
        for (number, one) in (0..).zip(&watched) {
            let mut add = |signal: SignalId| {
                let list = by_signal.entry(signal).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            };
            for signal in one.signals() {
                add(signal);
                let session = rules.get(signal.index()).and_then(FreshnessRule::session);
                if let Some(session) = session {
                    add(plant.session_signal(session));
                }
            }
            if one.infers_types() {
                origins.signals_behind(one.equipment, &mut add);
            }
        }
        Self {
            timers: Timers::new(watched.len()),
            looked_at: vec![0; watched.len()],
            belts: vec![None; watched.len()],
            watched,
            by_signal,
            rules,
            origins,
            ..Self::default()
        }
    }

    /// Nothing of the parts changes before this instant unless something arrives, but for those on
    /// running belts; `None`: nothing is known to be due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Brings `parts` to `t` and lists in it whose parts changed.
    ///
    /// Cost: see the module. A step backwards and the first call look at everything.
    pub fn advance(
        &mut self,
        plant: &Plant,
        view: &HistoryView<'_>,
        parts: &mut Parts,
        arrived: Arrived<'_>,
        t: Timestamp,
    ) {
        let is_jump = self.round == 0 || t < parts.time;
        parts.changed.clear();
        parts.time = t;
        self.round = self.round.wrapping_add(1).max(1);
        let mut look = Look {
            plant,
            tracker: self,
            view,
            parts,
            t,
        };
        match arrived {
            Arrived::These(signals) if !is_jump => look.at_these(signals),
            _ => look.at_everything(),
        }
    }
}

/// The parts of a plant at any instant, as a history has it.
pub fn parts_at(plant: &Plant, view: &HistoryView<'_>, t: Timestamp) -> Parts {
    let mut parts = Parts::new(plant);
    Tracker::new(plant).advance(plant, view, &mut parts, Arrived::Anything, t);
    parts
}

/// One advance.
struct Look<'a> {
    plant: &'a Plant,
    tracker: &'a mut Tracker,
    view: &'a HistoryView<'a>,
    parts: &'a mut Parts,
    t: Timestamp,
}

impl Look<'_> {
    fn at_everything(&mut self) {
        self.tracker.timers.clear();
        self.tracker.moving.clear();
        for belt in self.tracker.belts.iter_mut().flatten() {
            belt.is_listed = false;
        }
        for number in 0..self.tracker.watched.len() as u32 {
            self.at(number);
        }
    }

    fn at_these(&mut self, signals: &[SignalId]) {
        // First: a look arms the timer anew, and an instant that has passed would stand in its way.
        while let Some((_, number)) = self.tracker.timers.pop(self.t) {
            self.at(number);
        }
        let by_signal = std::mem::take(&mut self.tracker.by_signal);
        for signal in signals {
            for &number in by_signal.get(signal).into_iter().flatten() {
                self.at(number);
            }
        }
        self.tracker.by_signal = by_signal;
        let mut moving = std::mem::take(&mut self.tracker.moving);
        moving.retain(|&number| self.run(number));
        self.tracker.moving = moving;
    }

    /// Looks at one equipment: what its signals say at `t`, and until when that holds.
    fn at(&mut self, number: u32) {
        let at = number as usize;
        match self.tracker.looked_at.get_mut(at) {
            Some(round) if *round != self.tracker.round => *round = self.tracker.round,
            _ => return,
        }
        let Some(watched) = self.tracker.watched.get(at) else {
            return;
        };
        let reader = Reader::new(self.plant, self.view, &self.tracker.rules);
        let due = watched
            .signals()
            .map(|signal| reader.due(signal, self.t))
            .min();
        if let Some(due) = due.filter(|due| *due > self.t && *due < Timestamp::MAX) {
            self.tracker.timers.arm(number, due);
        }
        let mut found = std::mem::take(&mut self.tracker.scratch);
        found.parts.clear();
        let watched = watched.clone();
        let reading = watched.read(&reader, self.t);
        found.count = reading.count;
        found.is_stale = reading.is_stale(self.t);
        let belt = match watched.way {
            Way::Belt(track) => {
                let mut belt = self
                    .tracker
                    .belts
                    .get_mut(at)
                    .and_then(Option::take)
                    .unwrap_or_default();
                belt.look(&reader, &track, &reading, self.t);
                for middle in belt.middles(self.t) {
                    found.parts.push(reading.part(PartPlace::Along(middle)));
                }
                Some(belt)
            }
            Way::Slots(slots) => {
                let drawn = reading.count.unwrap_or(0).min(slots.max(1));
                for slot in 0..drawn {
                    found.parts.push(reading.part(PartPlace::Slot(slot)));
                }
                None
            }
        };
        self.tracker
            .origins
            .name(&reader, &watched, &reading, self.t, &mut found.parts);
        if let Some(mut belt) = belt {
            if !belt.is_listed && belt.may_move(self.t) {
                belt.is_listed = true;
                self.tracker.moving.push(number);
            }
            if let Some(kept) = self.tracker.belts.get_mut(at) {
                *kept = Some(belt);
            }
        }
        if let Some(shown) = self.parts.of.get_mut(watched.equipment.index())
            && *shown != found
        {
            std::mem::swap(shown, &mut found);
            self.parts.changed.push(watched.equipment);
        }
        self.tracker.scratch = found;
    }

    /// Moves the parts of a running belt on; false when it need not be moved again.
    fn run(&mut self, number: u32) -> bool {
        let at = number as usize;
        let (Some(watched), Some(Some(belt))) =
            (self.tracker.watched.get(at), self.tracker.belts.get_mut(at))
        else {
            return false;
        };
        belt.is_listed = belt.may_move(self.t);
        if self.tracker.looked_at.get(at) == Some(&self.tracker.round) {
            return belt.is_listed;
        }
        let Some(shown) = self.parts.of.get_mut(watched.equipment.index()) else {
            return false;
        };
        let mut has_moved = false;
        for (part, middle) in shown.parts.iter_mut().zip(belt.middles(self.t)) {
            let place = PartPlace::Along(middle);
            if part.place != place {
                part.place = place;
                has_moved = true;
            }
        }
        if has_moved {
            self.parts.changed.push(watched.equipment);
        }
        belt.is_listed
    }
}

impl watch::Reading {
    /// A part of which only the place is known so far, with what is said of the front one.
    fn part(&self, place: PartPlace) -> Part {
        Part {
            place,
            is_place_inferred: self.are_places_inferred,
            part_type: None,
            is_type_inferred: false,
            id: None,
            order: None,
            batch: None,
        }
    }
}
