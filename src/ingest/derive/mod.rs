//! [`Deriver`]: what follows from samples, at the instant at which it became true.
//!
//! A signal *speaks* for its equipment while its newest value is fresh and usable. What speaking
//! signals say (`says`), what their limits say (`limits`), what moves (`movement`) and which sessions
//! live (`lives`) make up the state and health of the equipment, which are announced (`announce`)
//! when an instant is over. Samples that come late revise the state only (`late`).

mod alarms;
mod announce;
mod late;
mod limits;
mod lives;
mod movement;
mod says;

use std::sync::Arc;

use super::alarms::AlarmBook;
use super::convert;
use super::limits::Transition;
use super::pipeline::IngestStats;
use super::track::{Tracks, Watch};
use crate::history::Appender;
use crate::model::alarm::AlarmCondition;
use crate::model::connection::Skew;
use crate::model::{Plant, Point, Quality, Sample, SignalId, Timestamp, Value};
use crate::timers::Timers;
use says::Silence;

#[derive(Debug)]
pub(super) struct Deriver {
    plant: Arc<Plant>,
    pub(super) skews: Vec<Skew>,
    tracks: Tracks,
    pub(super) timers: Timers,
    pub(super) alarms: AlarmBook,
    /// Equipment whose derived facts may have changed at `instant`.
    dirty: Vec<u32>,
    /// Effective time of what is being worked on.
    instant: Timestamp,
    /// Receive time of what is being worked on: that of derived points.
    pub(super) now: Timestamp,
    transitions: Vec<Transition>,
    pub(super) stats: IngestStats,
    pub(super) announcements: u64,
    /// Day (UTC, since 1970) of the last tick.
    day: Option<i64>,
}

impl Deriver {
    pub(super) fn new(plant: Arc<Plant>) -> Self {
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
            day: None,
            plant,
        }
    }

    pub(super) fn is_dirty(&self) -> bool {
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
    pub(super) fn sample(&mut self, out: &mut Appender<'_>, sample: &Sample, skew: Skew) {
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
        let (time, quality) = convert::effective(skew, sample);
        self.stats.skewed += u64::from(quality != sample.quality);
        if let Some(refused) = sample.source_time
            && refused != time
        {
            out.refused_time(refused);
        }
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
        let is_change = track.minds_change()
            && self
                .tracks
                .values
                .get_mut(signal as usize)
                .is_some_and(|old| !std::mem::replace(old, point.value).same(point.value));
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
        } else if track.role == Watch::Limits {
            let [low, high] = track.calm;
            let is_calm = point
                .value
                .as_f64()
                .is_some_and(|value| value >= low && value <= high);
            if !is_calm {
                self.evaluate(out, signal, point);
            }
        } else if is_change {
            self.evaluate(out, signal, point);
        }
        if is_change && was_speaking {
            self.moved(signal, point.time);
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
    pub(super) fn expire(&mut self, out: &mut Appender<'_>, now: Timestamp) {
        while let Some((at, signal)) = self.timers.pop(now) {
            self.now = self.now.max(at);
            self.enter(out, at);
            self.settle(out, signal, at);
        }
    }

    pub(super) fn tick(&mut self, out: &mut Appender<'_>, now: Timestamp) {
        self.expire(out, now);
        if self.is_dirty() {
            self.announce(out);
        }
        self.restate(out, now);
    }
}
