//! [`Twin::advance`]: brings a snapshot to an instant, at the cost of what changed.
//!
//! A slot of the snapshot can change for three reasons only: a point arrived for its signal, its
//! session was born or died, or time passed an instant at which something was due (a value grows
//! stale, a point dated ahead becomes true). The first two come from the history's list of
//! arrivals, the third from [`Timers`]. Everything else is left alone, so 100,000 machines cost as
//! much as those of them that moved. A jump fills every slot anew; both ways run the same code per
//! slot, which is why they agree.

use std::time::Duration;

use crate::history::freshness::{FreshnessRule, GatedSignals, Life, life};
use crate::history::{ArrivalCursor, Arrivals, HistoryReader, HistoryView};
use crate::model::{
    EquipmentId, Freshness, HealthStatus, OperatingState, Plant, Quality, SessionId, SignalId,
    Snapshot, Timestamp, Value,
};
use crate::timers::Timers;
use crate::tracking::{Arrived, Tracker};

use super::Twin;

/// A view's place in the history: kept beside its snapshot, and belongs to it alone.
#[derive(Clone, Debug, Default)]
pub struct ViewCursor {
    arrivals: ArrivalCursor,
    /// Signals to look at in this advance.
    pending: Vec<SignalId>,
    /// Slot = signal id, derived ones included.
    timers: Timers,
    /// Advance in which each signal was looked at last.
    looked_at: Vec<u32>,
    /// Advance in which each equipment was listed as changed last.
    listed: Vec<u32>,
    round: u32,
    rules: Vec<FreshnessRule>,
    lives: Vec<Life>,
    gated: GatedSignals,
    tracker: Tracker,
    parts_behind: Duration,
    /// The branch that it was looked at last.
    branch: u64,
}

impl ViewCursor {
    /// For a view that shows the parts this much behind its values, as it draws motion.
    pub fn with_parts_behind(behind: Duration) -> Self {
        Self {
            parts_behind: behind,
            ..Self::default()
        }
    }

    /// The next instant at which parts may change without a new sample, if one is known: a point
    /// that has arrived lies ahead of the instant that the parts are shown for.
    pub fn parts_due(&self) -> Option<Timestamp> {
        self.tracker.next_due()
    }

    fn for_plant(plant: &Plant) -> Self {
        let rules: Vec<_> = (0..plant.signals.len() as u32)
            .filter_map(|id| FreshnessRule::of(plant, SignalId(id)))
            .collect();
        Self {
            timers: Timers::new(plant.signal_count()),
            looked_at: vec![0; plant.signal_count()],
            listed: vec![0; plant.equipment.len()],
            lives: vec![None; plant.sessions.len()],
            gated: GatedSignals::new(&rules, plant.sessions.len()),
            rules,
            tracker: Tracker::new(plant),
            ..Self::default()
        }
    }

    /// Begins a round: nothing was looked at in it yet.
    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.looked_at.fill(0);
            self.listed.fill(0);
            self.round = 1;
        }
    }
}

/// What a signal id stands for.
enum Slot {
    Reported(usize),
    State(EquipmentId),
    Health(EquipmentId),
    Session(usize),
}

fn slot(plant: &Plant, id: SignalId) -> Slot {
    let Some(derived) = id.0.checked_sub(plant.signals.len() as u32) else {
        return Slot::Reported(id.index());
    };
    match derived.checked_sub(2 * plant.equipment.len() as u32) {
        Some(session) => Slot::Session(session as usize),
        None if derived % 2 == 0 => Slot::State(EquipmentId(derived / 2)),
        None => Slot::Health(EquipmentId(derived / 2)),
    }
}

impl Twin {
    /// Brings a snapshot to `now` and lists in it what changed since the last call.
    ///
    /// Forward steps cost what changed; a step backwards, the first call and a view that fell too
    /// far behind the arrivals fill every slot. The result is the same either way.
    pub fn advance(&self, snapshot: &mut Snapshot, cursor: &mut ViewCursor, now: Timestamp) {
        let plant = &**self.plant();
        let branch = self.branch();
        let is_new = cursor.branch != branch
            || cursor.timers.slots() != plant.signal_count()
            || snapshot.values.len() != plant.signals.len();
        if is_new {
            *cursor = ViewCursor {
                parts_behind: cursor.parts_behind,
                branch,
                ..ViewCursor::for_plant(plant)
            };
            *snapshot = Snapshot::new(plant);
        }
        let is_jump = is_new || cursor.round == 0 || now < snapshot.time;
        snapshot.time = now;
        snapshot.changed_signals.clear();
        snapshot.changed_equipment.clear();
        cursor.next_round();

        let view = self.history().view();
        let mut pending = std::mem::take(&mut cursor.pending);
        pending.clear();
        let arrivals = view.changes_since(&mut cursor.arrivals, &mut pending);
        let arrived = match arrivals {
            Arrivals::Listed if !is_jump => Arrived::These(&pending),
            _ => Arrived::Anything,
        };
        let parts_at = now - cursor.parts_behind;
        view.settle(parts_at);
        cursor
            .tracker
            .advance(plant, &view, &mut snapshot.parts, arrived, parts_at);
        view.settle(now);
        let mut pass = Pass {
            plant,
            history: self.history(),
            view: &view,
            snapshot,
            cursor,
            now,
        };
        if is_jump || arrivals == Arrivals::Everything {
            pass.everything();
        } else {
            while let Some((_, slot)) = pass.cursor.timers.pop(now) {
                pending.push(SignalId(slot));
            }
            pass.these(&pending);
        }
        cursor.pending = pending;
    }
}

/// One advance under one lock of the history.
struct Pass<'a> {
    plant: &'a Plant,
    history: &'a HistoryReader,
    view: &'a HistoryView<'a>,
    snapshot: &'a mut Snapshot,
    cursor: &'a mut ViewCursor,
    now: Timestamp,
}

impl Pass<'_> {
    fn everything(&mut self) {
        self.cursor.timers.clear();
        for session in 0..self.plant.sessions.len() {
            let id = self.plant.session_signal(SessionId(session as u32));
            let (last, next) = self.view.bracket(id, self.now);
            self.arm(id, next.map(|point| point.time));
            if let Some(kept) = self.cursor.lives.get_mut(session) {
                *kept = life(last);
            }
        }
        let first_session = self.plant.signal_count() - self.plant.sessions.len();
        for id in 0..first_session as u32 {
            self.look_at(SignalId(id));
        }
    }

    fn these(&mut self, pending: &[SignalId]) {
        // Sessions first: their lives decide over the freshness of the others.
        for &id in pending {
            if let Slot::Session(session) = slot(self.plant, id) {
                self.session(id, session);
            }
        }
        self.fetch(pending);
        for &id in pending {
            self.look_at(id);
        }
    }

    /// Reads what a look at each of these will read. Changes scattered over a large plant lie
    /// outside the processor's cache: one look waits for its own memory and hides the next, while
    /// plain reads in a row wait together.
    fn fetch(&self, pending: &[SignalId]) {
        let time = |times: &[Timestamp], at: usize| times.get(at).map_or(0, |time| time.as_nanos());
        let (cursor, snapshot) = (&*self.cursor, &*self.snapshot);
        let mut read = 0;
        for &id in pending {
            read ^= self.view.touch(id) ^ cursor.timers.due(id.0).as_nanos();
            read ^= cursor
                .looked_at
                .get(id.index())
                .copied()
                .map_or(0, i64::from);
            read ^= match slot(self.plant, id) {
                Slot::Reported(at) => {
                    let is_null = matches!(snapshot.values.get(at), Some(Value::Null));
                    let rule = cursor.rules.get(at).and_then(FreshnessRule::session);
                    let session = rule.map_or(0, |session| i64::from(session.0));
                    time(&snapshot.times, at)
                        ^ time(&snapshot.receive_times, at)
                        ^ i64::from(is_null)
                        ^ session
                }
                Slot::State(equipment) => time(&snapshot.state_since, equipment.index()),
                Slot::Health(equipment) => time(&snapshot.health_since, equipment.index()),
                Slot::Session(_) => 0,
            };
        }
        std::hint::black_box(read);
    }

    fn session(&mut self, id: SignalId, session: usize) {
        let (last, next) = self.view.bracket(id, self.now);
        self.arm(id, next.map(|point| point.time));
        let Some(kept) = self.cursor.lives.get_mut(session) else {
            return;
        };
        let new = life(last);
        if std::mem::replace(kept, new) != new {
            let gated = std::mem::take(&mut self.cursor.gated);
            for &signal in gated.of(SessionId(session as u32)) {
                // A second look in one round: it may have been looked at before its session.
                self.reported(signal, signal.index());
            }
            self.cursor.gated = gated;
        }
    }

    fn look_at(&mut self, id: SignalId) {
        let round = self.cursor.round;
        match self.cursor.looked_at.get_mut(id.index()) {
            Some(last) if *last != round => *last = round,
            _ => return,
        }
        match slot(self.plant, id) {
            Slot::Reported(at) => self.reported(id, at),
            Slot::State(equipment) => self.state(id, equipment),
            Slot::Health(equipment) => self.health(id, equipment),
            Slot::Session(_) => {}
        }
    }

    fn arm(&mut self, id: SignalId, at: Option<Timestamp>) {
        if let Some(at) = at
            && at > self.now
        {
            self.cursor.timers.arm(id.0, at);
        }
    }

    fn reported(&mut self, id: SignalId, at: usize) {
        if let Some(looked_at) = self.cursor.looked_at.get_mut(at) {
            *looked_at = self.cursor.round;
        }
        let (last, next) = self.view.bracket(id, self.now);
        self.arm(id, next.map(|point| point.time));
        let Some(rule) = self.cursor.rules.get(at).copied() else {
            return;
        };
        let (value, quality, time, receive_time, freshness) = match last {
            None => (
                Value::Null,
                Quality::Good,
                Timestamp::MIN,
                Timestamp::MIN,
                if !self.history.is_simulated(id) {
                    Freshness::NotSimulated
                } else if self.view.kept_from(id).is_some() {
                    Freshness::NotKept
                } else {
                    Freshness::NeverReceived
                },
            ),
            Some(point) => {
                let life = rule
                    .session()
                    .and_then(|session| self.cursor.lives.get(session.0 as usize).copied())
                    .flatten();
                let freshness = rule.judge(&point, life, self.now);
                if freshness == Freshness::Fresh {
                    self.arm(id, Some(rule.expiry(point.time)));
                }
                (
                    point.value,
                    point.quality,
                    point.time,
                    point.receive_time,
                    freshness,
                )
            }
        };
        let snapshot = &mut *self.snapshot;
        let (Some(values), Some(qualities), Some(times), Some(receive_times), Some(fresh)) = (
            snapshot.values.get_mut(at),
            snapshot.qualities.get_mut(at),
            snapshot.times.get_mut(at),
            snapshot.receive_times.get_mut(at),
            snapshot.freshness.get_mut(at),
        ) else {
            return;
        };
        let is_same = values.same(value)
            && *qualities == quality
            && *times == time
            && *receive_times == receive_time
            && *fresh == freshness;
        if !is_same {
            (*values, *qualities, *times) = (value, quality, time);
            (*receive_times, *fresh) = (receive_time, freshness);
            snapshot.changed_signals.push(id);
        }
    }

    fn state(&mut self, id: SignalId, equipment: EquipmentId) {
        let (last, next) = self.view.bracket(id, self.now);
        self.arm(id, next.map(|point| point.time));
        let new = last.map_or((OperatingState::Unknown, Timestamp::MIN), |point| {
            (OperatingState::from_value(point.value), point.time)
        });
        let at = equipment.index();
        if let (Some(state), Some(since)) = (
            self.snapshot.states.get_mut(at),
            self.snapshot.state_since.get_mut(at),
        ) && (*state, *since) != new
        {
            (*state, *since) = new;
            self.list(equipment);
        }
    }

    fn health(&mut self, id: SignalId, equipment: EquipmentId) {
        let (last, next) = self.view.bracket(id, self.now);
        self.arm(id, next.map(|point| point.time));
        let new = last.map_or((HealthStatus::default(), Timestamp::MIN), |point| {
            (HealthStatus::from_value(point.value), point.time)
        });
        let at = equipment.index();
        if let (Some(health), Some(since)) = (
            self.snapshot.health.get_mut(at),
            self.snapshot.health_since.get_mut(at),
        ) && (*health, *since) != new
        {
            (*health, *since) = new;
            self.list(equipment);
        }
    }

    fn list(&mut self, equipment: EquipmentId) {
        if let Some(listed) = self.cursor.listed.get_mut(equipment.index())
            && *listed != self.cursor.round
        {
            *listed = self.cursor.round;
            self.snapshot.changed_equipment.push(equipment);
        }
    }
}
