//! [`Ingest`]: puts samples on the time axis and derives what follows from them. No thread and no
//! clock of its own: tests drive it with batches and instants.
//!
//! Every derived fact has the instant at which it became true, not the one at which it was found
//! out: a delay that ended between two samples ends at its own instant, and a value grows stale at
//! its own expiry, however late [`Ingest::tick`] is called. Points of one derived signal never run
//! backwards; what a late sample revises of the operating state is inserted.

use std::sync::Arc;
use std::time::Duration;

use crate::history::{Appender, HistoryWriter};
use crate::model::alarm::{Alarm, AlarmCondition, Event, EventKind};
use crate::model::connection::SkewWindow;
use crate::model::health::HealthRule;
use crate::model::signal::{Priority, SignalRole};
use crate::model::{
    Health, OperatingState, Plant, Point, Quality, Sample, SessionId, SignalId, Timestamp, Value,
};
use crate::source::batch::Batch;
use crate::timers::Timers;

use super::alarms::{AlarmBook, Raise};
use super::convert::{self, Skew};
use super::limits::Transition;
use super::track::{Tracks, Watch};

/// What the ingest has counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestStats {
    /// Samples stored.
    pub samples: u64,
    /// Of these, older than what their signal had already.
    pub late: u64,
    /// Of these, with a source time outside the skew window.
    pub skewed: u64,
    /// Of these, of another type than their signal's, null, or not finite.
    pub mistyped: u64,
    /// Samples for a signal that the plant does not have; not stored.
    pub strangers: u64,
    /// Samples that sources report as lost before they got here.
    pub lost: u64,
}

/// Why a signal stops speaking for its equipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    Aged,
    SessionEnded,
    Bad,
}

/// Time for which movement counts as operation when the signal itself names none.
const MOVEMENT_HOLD: Duration = Duration::from_secs(10);
/// Longest time for which one step of a counter counts as operation.
const MOVEMENT_HOLD_MAX: Duration = Duration::from_secs(3600);

/// Appends samples to the history with what follows from them: operating state, health, session
/// liveness, alarms, events.
#[derive(Debug)]
pub struct Ingest {
    writer: HistoryWriter,
    deriver: Deriver,
}

impl Ingest {
    /// For a plant whose history `writer` appends to.
    pub fn new(plant: Arc<Plant>, writer: HistoryWriter) -> Self {
        Self {
            writer,
            deriver: Deriver::new(plant),
        }
    }

    /// Takes a batch: all of it reaches the history, under one lock.
    pub fn ingest(&mut self, batch: &Batch) {
        let mut out = self.writer.begin();
        let deriver = &mut self.deriver;
        let skew = deriver
            .skews
            .get(batch.connection as usize)
            .copied()
            .unwrap_or(Skew::from(SkewWindow::default()));
        if batch.lost > 0 {
            deriver.stats.lost += batch.lost;
            let from = batch.lost_since.unwrap_or(batch.receive_time);
            out.event(Event {
                time: from,
                kind: EventKind::Gap {
                    connection: batch.connection,
                    from,
                    samples: batch.lost,
                },
            });
        }
        for (time, message) in &batch.notes {
            out.event(Event {
                time: *time,
                kind: EventKind::Source {
                    connection: batch.connection,
                    message: Arc::clone(message),
                },
            });
        }
        let mut samples = batch.samples.as_slice();
        for &(session, is_alive, time) in &batch.liveness {
            // A birth counts for the values it carries: they have its receive time.
            let before = samples.partition_point(|sample| sample.receive_time < time);
            let (first, rest) = samples.split_at(before);
            for sample in first {
                deriver.sample(&mut out, sample, skew);
            }
            samples = rest;
            let at = time.min(batch.receive_time);
            deriver.now = at;
            deriver.liveness(&mut out, session, is_alive, at);
        }
        for sample in samples {
            deriver.sample(&mut out, sample, skew);
        }
        deriver.tick(&mut out, batch.receive_time);
    }

    /// Lets time pass to `now`: ends delays and finds what has gone stale. To be called when no
    /// batch is waiting, for what waits may still speak for the time up to now. Returns when it
    /// should be called next, if nothing arrives.
    pub fn tick(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.deriver.timers.next().is_some_and(|next| next <= now) || self.deriver.is_dirty() {
            let mut out = self.writer.begin();
            self.deriver.tick(&mut out, now);
        }
        self.deriver.timers.next()
    }

    /// When [`Ingest::tick`] has something to do next.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deriver.timers.next()
    }

    /// The system's clock was set.
    pub fn clock_jump(&mut self, at: Timestamp, nanos: i64) {
        self.writer.event(Event {
            time: at,
            kind: EventKind::ClockJump { nanos },
        });
    }

    /// The alarm list if it changed since the last call, newest first.
    pub fn take_alarms(&mut self) -> Option<Arc<[Alarm]>> {
        self.deriver.alarms.take_list()
    }

    /// Whether [`Ingest::take_alarms`] has a new list.
    pub fn has_alarms(&self) -> bool {
        self.deriver.alarms.is_changed()
    }

    /// What was counted since the start.
    pub fn stats(&self) -> IngestStats {
        self.deriver.stats
    }

    /// How often a derived fact was appended since the start: a view has reason to look.
    pub fn announcements(&self) -> u64 {
        self.deriver.announcements
    }
}

#[derive(Debug)]
struct Deriver {
    plant: Arc<Plant>,
    skews: Vec<Skew>,
    tracks: Tracks,
    timers: Timers,
    alarms: AlarmBook,
    /// Equipment whose derived facts may have changed at `instant`.
    dirty: Vec<u32>,
    /// Effective time of what is being worked on.
    instant: Timestamp,
    /// Receive time of what is being worked on: that of derived points.
    now: Timestamp,
    transitions: Vec<Transition>,
    stats: IngestStats,
    announcements: u64,
}

impl Deriver {
    fn new(plant: Arc<Plant>) -> Self {
        Self {
            skews: plant
                .connections
                .iter()
                .map(|connection| Skew::from(connection.skew))
                .collect(),
            tracks: Tracks::new(&plant),
            timers: Timers::new(plant.signals.len()),
            alarms: AlarmBook::new(plant.groups.len()),
            dirty: Vec::new(),
            instant: Timestamp::MIN,
            now: Timestamp::MIN,
            transitions: Vec::new(),
            stats: IngestStats::default(),
            announcements: 0,
            plant,
        }
    }

    fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Moves on to another instant: what changed at the last one is announced first, so that
    /// signals of one message count as one change.
    #[inline]
    fn enter(&mut self, out: &mut Appender<'_>, at: Timestamp) {
        if at != self.instant {
            if self.is_dirty() {
                self.announce(out);
            }
            self.instant = at;
        }
    }

    fn mark(&mut self, equipment: u32) {
        if let Some(track) = self.tracks.equipment.get_mut(equipment as usize)
            && !track.is_dirty
        {
            track.is_dirty = true;
            self.dirty.push(equipment);
        }
    }

    #[inline]
    fn sample(&mut self, out: &mut Appender<'_>, sample: &Sample, skew: Skew) {
        let id = sample.signal;
        // As punctual as if time had passed sample by sample, however large the batch is.
        if self
            .timers
            .next()
            .is_some_and(|due| due <= sample.receive_time)
        {
            self.expire(out, sample.receive_time);
        }
        let Some(track) = self.tracks.signals.get(id.index()) else {
            self.stats.strangers += 1;
            return;
        };
        let (time, quality) = skew.effective(sample);
        self.stats.skewed += u64::from(quality != sample.quality);
        let (value, quality) = if track.role == Watch::State {
            self.typed_state(id, sample.value, quality)
        } else {
            convert::typed(track.value_type, sample.value, quality)
        };
        self.stats.mistyped += u64::from(!quality.is_usable() && sample.quality.is_usable());
        self.stats.samples += 1;
        let point = Point {
            time,
            receive_time: sample.receive_time,
            value,
            quality,
        };
        let Some(track) = self.tracks.signals.get(id.index()) else {
            return;
        };
        if time < track.time {
            self.stats.late += 1;
            self.now = sample.receive_time;
            self.late(out, id, point);
            return;
        }
        out.push(id, point);
        self.now = sample.receive_time;
        self.enter(out, time);
        // What is dated ahead must not overtake what is due before it.
        if time > sample.receive_time && self.timers.due(id.0) <= time {
            self.settle(out, id.0, time);
        }
        self.newest(out, id.0, &point);
    }

    #[cold]
    fn typed_unknown_state(
        &self,
        id: SignalId,
        value: Value,
        quality: Quality,
    ) -> (Value, Quality) {
        match self.plant.signal(id) {
            Some(signal) => convert::state(&signal.spec, value, quality),
            None => (value, quality),
        }
    }

    fn typed_state(&mut self, id: SignalId, value: Value, quality: Quality) -> (Value, Quality) {
        let table = self
            .tracks
            .signals
            .get(id.index())
            .and_then(|track| self.tracks.states.get_mut(track.aux as usize));
        match table.and_then(|table| table.state_of(value)) {
            Some(_) => (value, quality),
            None => self.typed_unknown_state(id, value, quality),
        }
    }

    /// Takes the newest point of a signal.
    #[inline]
    fn newest(&mut self, out: &mut Appender<'_>, signal: u32, point: &Point) {
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        let life = self.tracks.life(&track.rule);
        // A point dated ahead is judged at its own time, one dated back at its receipt.
        let at = point.receive_time.max(point.time);
        let speaks = point.quality.is_usable()
            && track.rule.judge(point, life, at) == crate::model::Freshness::Fresh;
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let was_speaking = track.is_speaking;
        let before = std::mem::replace(&mut track.last, point.value);
        track.time = point.time;
        if !speaks {
            let why = if point.quality.is_usable() {
                Silence::SessionEnded
            } else {
                Silence::Bad
            };
            self.silence(out, signal, point.time, why);
            return;
        }
        if !was_speaking {
            track.is_speaking = true;
            let expiry = track.rule.expiry(point.time);
            let (equipment, is_alarmed) = (track.equipment, track.is_alarmed);
            track.is_alarmed = false;
            self.timers.arm(signal, expiry);
            if let Some(equipment) = self.tracks.equipment.get_mut(equipment as usize) {
                equipment.speaking += 1;
            }
            self.mark(equipment);
            if is_alarmed {
                self.clear(out, signal, AlarmCondition::Stale, point.time);
                self.clear(out, signal, AlarmCondition::SensorBad, point.time);
            }
            self.evaluate(out, signal, point);
        } else if track.role == Watch::Nothing && !track.is_mover {
            return;
        } else if track.role == Watch::Limits {
            let [low, high] = track.calm;
            let is_calm = point
                .value
                .as_f64()
                .is_some_and(|value| value >= low && value <= high);
            if !is_calm {
                self.evaluate(out, signal, point);
            }
        } else if !before.same(point.value) {
            self.evaluate(out, signal, point);
        }
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        if track.is_mover && was_speaking && !before.same(point.value) {
            self.moved(signal, point.time);
        }
    }

    /// What a speaking value says of its equipment.
    fn evaluate(&mut self, out: &mut Appender<'_>, signal: u32, point: &Point) {
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let equipment = track.equipment;
        match track.role {
            Watch::Nothing => {}
            Watch::Limits => {
                let Some(watch) = self.tracks.watches.get_mut(track.aux as usize) else {
                    return;
                };
                if let Some(value) = point.value.as_f64() {
                    watch.value(value, point.time, &mut self.transitions);
                    self.limits_moved(out, signal);
                }
            }
            Watch::State => {
                let state = self
                    .tracks
                    .states
                    .get_mut(track.aux as usize)
                    .and_then(|table| table.state_of(point.value))
                    .unwrap_or_default();
                if let Some(track) = self.tracks.signals.get_mut(signal as usize) {
                    track.says = match state {
                        OperatingState::Held => Some((Health::Failure, HealthRule::Fault)),
                        OperatingState::Maintenance => {
                            Some((Health::FunctionCheck, HealthRule::Check))
                        }
                        _ => None,
                    };
                }
                if let Some(track) = self.tracks.equipment.get_mut(equipment as usize)
                    && track.state_signal == Some(signal)
                {
                    track.operating = state;
                }
                self.mark(equipment);
            }
            Watch::Fault | Watch::Check => {
                let is_fault = track.role == Watch::Fault;
                let is_on = point.value.as_bool() == Some(true);
                track.says = is_on.then_some(if is_fault {
                    (Health::Failure, HealthRule::Fault)
                } else {
                    (Health::FunctionCheck, HealthRule::Check)
                });
                self.mark(equipment);
                if is_fault && is_on {
                    let priority = Priority::High;
                    self.raise(
                        out,
                        signal,
                        AlarmCondition::Fault,
                        priority,
                        point.time,
                        None,
                    );
                } else if is_fault {
                    self.clear(out, signal, AlarmCondition::Fault, point.time);
                }
            }
        }
    }

    /// Announces the transitions that a limit watch has just listed, and follows its state.
    fn limits_moved(&mut self, out: &mut Appender<'_>, signal: u32) {
        let mut transitions = std::mem::take(&mut self.transitions);
        transitions.sort_by_key(|transition| transition.at);
        let limits = self.plant.signal(SignalId(signal)).map(|signal| {
            let limits = signal.spec.limits.as_ref();
            let priority = limits.map_or(Priority::Medium, |limits| limits.priority);
            (priority, signal.spec.role == SignalRole::Wear)
        });
        let (priority, is_wear) = limits.unwrap_or_default();
        for transition in transitions.drain(..) {
            self.enter(out, transition.at);
            let Transition {
                at,
                condition,
                limit,
                ..
            } = transition;
            if transition.is_active {
                self.raise(out, signal, condition, priority, at, Some(limit));
            } else {
                self.clear(out, signal, condition, at);
            }
        }
        self.transitions = transitions;
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let Some(watch) = self.tracks.watches.get(track.aux as usize) else {
            return;
        };
        track.calm = watch.calm();
        let says = watch.worst().and_then(|condition| match condition {
            AlarmCondition::HighHigh => Some((Health::Failure, HealthRule::HighHigh)),
            AlarmCondition::LowLow => Some((Health::Failure, HealthRule::LowLow)),
            AlarmCondition::High if is_wear => {
                Some((Health::MaintenanceRequired, HealthRule::Wear))
            }
            AlarmCondition::High => Some((Health::OutOfSpecification, HealthRule::High)),
            AlarmCondition::Low => Some((Health::OutOfSpecification, HealthRule::Low)),
            _ => None,
        });
        self.timers.arm(signal, watch.due());
        if track.says != says {
            track.says = says;
            let equipment = track.equipment;
            self.mark(equipment);
        }
    }

    /// A counter or a progress of an equipment without a state signal moved: it operates, until
    /// nothing has moved for twice as long as the last step took.
    fn moved(&mut self, signal: u32, at: Timestamp) {
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        let number = track.equipment;
        let Some(equipment) = self.tracks.equipment.get_mut(number as usize) else {
            return;
        };
        let step = if equipment.moved == Timestamp::MIN {
            MOVEMENT_HOLD
        } else {
            at.saturating_since(equipment.moved)
        };
        let hold = step
            .saturating_mul(2)
            .clamp(MOVEMENT_HOLD, MOVEMENT_HOLD_MAX);
        equipment.moved = at;
        let was_moving = equipment.moving_until > Timestamp::MIN;
        equipment.moving_until = at + hold;
        self.timers.arm(signal, equipment.moving_until);
        if !was_moving {
            self.mark(number);
        }
    }

    /// A signal stops speaking for its equipment.
    ///
    /// What it said while it spoke: a value that went silent while abnormal leaves the health
    /// Unknown, never Good; a bad one says nothing (its alarm speaks).
    fn silence(&mut self, out: &mut Appender<'_>, signal: u32, at: Timestamp, why: Silence) {
        let Some(track) = self.tracks.signals.get_mut(signal as usize) else {
            return;
        };
        let was_speaking = std::mem::replace(&mut track.is_speaking, false);
        let number = track.equipment;
        let (session, is_alarmed) = (track.session, track.is_alarmed);
        if was_speaking {
            if why == Silence::Bad {
                track.says = None;
            } else if let Some(says) = &mut track.says {
                *says = (Health::Unknown, HealthRule::Silent);
            }
            if track.role == Watch::Limits
                && let Some(watch) = self.tracks.watches.get_mut(track.aux as usize)
            {
                watch.silence();
                track.calm = watch.calm();
            }
            if let Some(equipment) = self.tracks.equipment.get_mut(number as usize) {
                equipment.speaking = equipment.speaking.saturating_sub(1);
            }
            self.mark(number);
        }
        match why {
            Silence::Bad => {
                if is_alarmed {
                    self.clear(out, signal, AlarmCondition::Stale, at);
                }
                self.alarmed(signal);
                let condition = AlarmCondition::SensorBad;
                self.raise(out, signal, condition, Priority::Low, at, None);
            }
            // One lost session is one event, not an alarm for each of its signals.
            Silence::Aged
                if was_speaking
                    && self
                        .tracks
                        .sessions
                        .get(session as usize)
                        .is_none_or(|session| session.life.is_some()) =>
            {
                self.alarmed(signal);
                self.raise(out, signal, AlarmCondition::Stale, Priority::Low, at, None);
            }
            Silence::Aged | Silence::SessionEnded => {}
        }
    }

    fn alarmed(&mut self, signal: u32) {
        if let Some(track) = self.tracks.signals.get_mut(signal as usize) {
            track.is_alarmed = true;
        }
    }

    /// Lets everything of one signal happen that was due up to `until`, in order.
    fn settle(&mut self, out: &mut Appender<'_>, signal: u32, until: Timestamp) {
        loop {
            let Some(track) = self.tracks.signals.get(signal as usize) else {
                return;
            };
            let (number, aux) = (track.equipment, track.aux);
            let stale = if track.is_speaking {
                track.rule.expiry(track.time)
            } else {
                Timestamp::MAX
            };
            let delay = match track.role {
                Watch::Limits if track.is_speaking => self
                    .tracks
                    .watches
                    .get(aux as usize)
                    .map_or(Timestamp::MAX, |watch| watch.due()),
                _ => Timestamp::MAX,
            };
            let rest = match self.tracks.equipment.get(number as usize) {
                Some(equipment) if track.is_mover && equipment.moving_until > Timestamp::MIN => {
                    equipment.moving_until
                }
                _ => Timestamp::MAX,
            };
            let next = stale.min(delay).min(rest);
            if next > until || next == Timestamp::MAX {
                self.timers.arm(signal, next);
                return;
            }
            self.enter(out, next);
            if next == delay {
                if let Some(watch) = self.tracks.watches.get_mut(aux as usize) {
                    watch.settle(next, &mut self.transitions);
                }
                self.limits_moved(out, signal);
            } else if next == stale {
                self.silence(out, signal, next, Silence::Aged);
            } else {
                if let Some(equipment) = self.tracks.equipment.get_mut(number as usize) {
                    equipment.moving_until = Timestamp::MIN;
                }
                self.mark(number);
            }
        }
    }

    /// Lets everything happen that is due at `now`.
    #[cold]
    fn expire(&mut self, out: &mut Appender<'_>, now: Timestamp) {
        while let Some((at, signal)) = self.timers.pop(now) {
            self.now = self.now.max(at);
            self.enter(out, at);
            self.settle(out, signal, at);
        }
    }

    fn tick(&mut self, out: &mut Appender<'_>, now: Timestamp) {
        self.expire(out, now);
        if self.is_dirty() {
            self.announce(out);
        }
    }

    /// A session was born or died, with all that depends on it.
    fn liveness(
        &mut self,
        out: &mut Appender<'_>,
        session: SessionId,
        is_alive: bool,
        at: Timestamp,
    ) {
        self.expire(out, at);
        self.enter(out, at);
        let was_alive = self
            .tracks
            .sessions
            .get(session.0 as usize)
            .is_some_and(|track| track.life.is_some());
        // A birth begins a new life: what was alive below it waits for births of its own.
        if was_alive || is_alive {
            self.end_life(out, session, at);
        }
        if is_alive && let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) {
            track.life = Some(at);
            self.liveness_point(out, session, at, true);
        }
    }

    fn end_life(&mut self, out: &mut Appender<'_>, session: SessionId, at: Timestamp) {
        let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) else {
            return;
        };
        let was_alive = track.life.take().is_some();
        let children = std::mem::take(&mut track.children);
        for &child in &children {
            self.end_life(out, SessionId(child), at);
        }
        if let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) {
            track.children = children;
        }
        if was_alive {
            self.liveness_point(out, session, at, false);
            let gated = std::mem::take(&mut self.tracks.gated);
            for &signal in gated.of(session) {
                let speaks = self
                    .tracks
                    .signals
                    .get(signal.index())
                    .is_some_and(|track| track.is_speaking);
                if speaks {
                    self.silence(out, signal.0, at, Silence::SessionEnded);
                }
            }
            self.tracks.gated = gated;
        }
    }

    fn liveness_point(
        &mut self,
        out: &mut Appender<'_>,
        session: SessionId,
        at: Timestamp,
        is_alive: bool,
    ) {
        let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) else {
            return;
        };
        let time = track.stamp.map_or(at, |stamp| stamp.max(at));
        track.stamp = Some(time);
        self.announcements += 1;
        out.push(
            self.plant.session_signal(session),
            Point {
                time,
                receive_time: at,
                value: Value::Boolean(is_alive),
                quality: Quality::Good,
            },
        );
    }

    /// Appends the derived facts that changed at this instant.
    #[cold]
    fn announce(&mut self, out: &mut Appender<'_>) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for number in dirty.drain(..) {
            let Some(track) = self.tracks.equipment.get(number as usize) else {
                continue;
            };
            let (id, old_state, old_health) = (track.id, track.state, track.health);
            let state = self.tracks.operating_state(track);
            let health = self.tracks.health(track);
            let (state_signal, health_signal) =
                (self.plant.state_signal(id), self.plant.health_signal(id));
            let point = |time, value| Point {
                time,
                receive_time: self.now,
                value,
                quality: Quality::Good,
            };
            let Some(track) = self.tracks.equipment.get_mut(number as usize) else {
                continue;
            };
            track.is_dirty = false;
            if state != old_state.0 {
                let time = self.instant.max(old_state.1);
                track.state = (state, time);
                self.announcements += 1;
                out.push(state_signal, point(time, state.to_value()));
            }
            if health != old_health.0 {
                let time = self.instant.max(old_health.1);
                track.health = (health, time);
                self.announcements += 1;
                out.push(health_signal, point(time, health.to_value()));
            }
        }
        self.dirty = dirty;
    }

    /// Stores a point that is older than the newest of its signal. Of what is derived only the
    /// operating state is revised; what was announced of health and alarms stays.
    #[cold]
    fn late(&mut self, out: &mut Appender<'_>, id: SignalId, point: Point) {
        let next = out.bracket(id, point.time).1;
        out.push(id, point);
        let Some(track) = self.tracks.signals.get(id.index()) else {
            return;
        };
        let number = track.equipment;
        let is_state = self
            .tracks
            .equipment
            .get(number as usize)
            .is_some_and(|equipment| equipment.state_signal == Some(id.0));
        if !is_state {
            return;
        }
        if self.is_dirty() {
            // What is revised must have been told.
            self.announce(out);
        }
        let (Some(track), Some(equipment)) = (
            self.tracks.signals.get(id.index()),
            self.tracks.equipment.get(number as usize),
        ) else {
            return;
        };
        let expiry = track.rule.expiry(point.time);
        let end = next.map_or(expiry, |next| next.time.min(expiry));
        let derived = self.plant.state_signal(equipment.id);
        let state = match self.tracks.states.get_mut(track.aux as usize) {
            Some(table) if point.quality.is_usable() => {
                table.state_of(point.value).unwrap_or_default()
            }
            _ => OperatingState::Unknown,
        };
        let revision = |time, value| Point {
            time,
            receive_time: point.receive_time,
            value,
            quality: Quality::Good,
        };
        let unknown = OperatingState::Unknown.to_value();
        let value_at = |found: Option<Point>| found.map_or(unknown, |found| found.value);
        let (at_start, _) = out.bracket(derived, point.time);
        let (at_end, _) = out.bracket(derived, end);
        let is_told_at_end = at_end.is_some_and(|told| told.time > point.time);
        if !value_at(at_start).same(state.to_value()) {
            self.announcements += 1;
            out.push(derived, revision(point.time, state.to_value()));
            if !is_told_at_end && end < Timestamp::MAX {
                out.push(derived, revision(end, value_at(at_end)));
            }
        }
    }

    fn raise(
        &mut self,
        out: &mut Appender<'_>,
        signal: u32,
        condition: AlarmCondition,
        priority: Priority,
        at: Timestamp,
        limit: Option<f64>,
    ) {
        let Some(track) = self.tracks.signals.get(signal as usize) else {
            return;
        };
        let Some(equipment) = self.tracks.equipment.get(track.equipment as usize) else {
            return;
        };
        let raised = self.alarms.raise(Raise {
            equipment: equipment.id,
            group: equipment.group,
            signal: SignalId(signal),
            condition,
            priority,
            at,
            value: track.last,
            limit,
        });
        if let Some(alarm) = raised {
            self.announcements += 1;
            out.event(Event {
                time: at,
                kind: EventKind::AlarmRaised(alarm),
            });
        }
    }

    fn clear(
        &mut self,
        out: &mut Appender<'_>,
        signal: u32,
        condition: AlarmCondition,
        at: Timestamp,
    ) {
        if let Some(alarm) = self.alarms.clear(SignalId(signal), condition, at) {
            self.announcements += 1;
            out.event(Event {
                time: at,
                kind: EventKind::AlarmCleared(alarm),
            });
        }
    }
}
