//! Where the parts of a conveyor are, from when each came on and how the belt ran since.
//!
//! A conveyor reports how many parts it carries and how fast it runs. Parts leave in the order in
//! which they came, so those that are on it now are the last ones that came on: each rise of the
//! count is one. With `run(τ)` the way of the belt since then, the middle of the k-th part from the
//! front (0, 1, …) is
//!
//! ```text
//! x = min(begin + run(came on), end − k · pitch, end − (k + 1) · pitch + run(last left))
//! ```
//!
//! as in the simulation of conveyors: it rides on the belt, stands in the queue before the end, and
//! moves up at the speed of the belt when the first one has left. No part is nearer than a pitch to
//! the one behind it, which could not have come on otherwise, so parts that came on together are one
//! pitch apart (the least distance, or less so that as many as the simulation lets on have their
//! place between the ends). Those whose coming nobody saw are spread evenly when they are first
//! heard of.

use std::time::Duration;

use crate::model::{OperatingState, Point, SignalId, Timestamp};

use super::known::{self, Reader, just_after, just_before};
use super::watch::{Reading, Speed, Track};

/// At most so many parts of one equipment are looked for in its past.
pub(super) const MAX_PARTS: u32 = 256;
/// At most so many points of a count are looked at for them.
const MAX_POINTS: usize = 2_048;
/// How far back the speed of a belt is read at first, and how many times further then.
const BACK: Duration = Duration::from_secs(60);
const FURTHER: u32 = 4;

/// When a part came on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    /// When it came, or when it was first heard of.
    pub since: Timestamp,
    /// Whether its coming was seen.
    is_seen: bool,
    /// Its place among those that came on together: 0 is the last.
    group_place: u32,
    /// How many came on together.
    group: u32,
}

/// When the `count` parts that are there at `t` came, the one in front first (of more than
/// [`MAX_PARTS`] the newest). Gives when the last one left, if that was after the first of them came.
pub(super) fn entries(
    reader: &Reader<'_>,
    counted: SignalId,
    count: u32,
    t: Timestamp,
    out: &mut Vec<Entry>,
) -> Option<Timestamp> {
    out.clear();
    let mut left = None;
    let mut missing = count.min(MAX_PARTS);
    let mut point = reader.last(counted, t)?;
    let mut now = known::count(&point);
    for _ in 0..MAX_POINTS {
        if missing == 0 {
            break;
        }
        let Some(previous) = reader.before(counted, point.time) else {
            break;
        };
        // What tells no count tells nothing about coming and leaving.
        let before = known::count(&previous);
        if let (Some(now), Some(before)) = (now, before) {
            if now < before {
                left = left.or(Some(point.time));
            }
            let group = now.saturating_sub(before);
            let taken = group.min(missing);
            out.extend((0..taken).map(|group_place| Entry {
                since: point.time,
                is_seen: true,
                group_place,
                group,
            }));
            missing -= taken;
        }
        now = before.or(now);
        point = previous;
    }
    out.extend((0..missing).map(|group_place| Entry {
        since: point.time,
        is_seen: false,
        group_place,
        group: missing,
    }));
    out.reverse();
    left
}

/// How fast a belt runs from one point of its speed to the next.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    from: Timestamp,
    /// Nothing is known after.
    to: Timestamp,
    /// m/s at both ends.
    speed: [f64; 2],
}

impl Stretch {
    fn of(
        reader: &Reader<'_>,
        speed: Speed,
        point: &Point,
        next: Option<&Point>,
        t: Timestamp,
    ) -> Self {
        let signal = speed.signal();
        let now = mps(speed, point);
        let until = reader.until(signal, point, t);
        let mut stretch = Self {
            from: point.time,
            to: until,
            speed: [now, now],
        };
        let Some(next) = next else {
            return stretch;
        };
        let is_even = matches!(speed, Speed::Reported { even: Some(longest), .. }
            if next.time.saturating_since(point.time) <= longest);
        if is_even && point.quality.is_usable() && next.quality.is_usable() {
            stretch.speed[1] = mps(speed, next);
            stretch.to = next.time;
        } else {
            stretch.to = stretch.to.min(next.time);
        }
        stretch
    }

    /// Metres from `a` to `b`, as far as it knows.
    fn run(&self, a: Timestamp, b: Timestamp) -> f64 {
        let (a, b) = (a.max(self.from), b.min(self.to));
        if a >= b {
            return 0.0;
        }
        let [first, last] = self.speed;
        let speed = |at: Timestamp| {
            if first == last {
                return first;
            }
            let share = at.secs_since(self.from) / self.to.secs_since(self.from);
            first + (last - first) * share
        };
        (speed(a) + speed(b)) / 2.0 * b.secs_since(a)
    }

    fn runs_after(&self, t: Timestamp) -> bool {
        self.to > t && self.speed != [0.0, 0.0]
    }
}

fn mps(speed: Speed, point: &Point) -> f64 {
    match speed {
        Speed::Reported { unit, .. } => match point.value.as_f64() {
            Some(value) if point.quality.is_usable() => unit.to_si(value),
            _ => 0.0,
        },
        Speed::Nominal { mps, .. } => {
            if OperatingState::from_value(point.value) == OperatingState::Execute {
                mps
            } else {
                0.0
            }
        }
    }
}

/// The parts of a conveyor as it was looked at last.
#[derive(Clone, Debug, Default)]
pub(super) struct Belt {
    /// Whether it is in the list of those whose parts may move.
    pub is_listed: bool,
    looked_at: Timestamp,
    /// Nothing of it is known to move after.
    until: Timestamp,
    stretch: Stretch,
    /// Middle of each part if it rode freely, the one in front first, m.
    free: Vec<f64>,
    /// Way of the belt since the last part left, m.
    followed: f64,
    begin: f64,
    end: f64,
    pitch: f64,
    entries: Vec<Entry>,
    points: Vec<Point>,
    /// What the speed was, oldest first, each with the way that the belt ran after it.
    past: Vec<(Stretch, f64)>,
}

impl Belt {
    /// Looks at what is known of a conveyor at `t`.
    pub fn look(&mut self, reader: &Reader<'_>, track: &Track, reading: &Reading, t: Timestamp) {
        self.looked_at = t;
        self.until = reading.until;
        let count = reading.count.unwrap_or(0);
        let inset = track.spacing.min(track.length) / 2.0;
        self.begin = inset;
        self.end = track.length - inset;
        let room = self.end - inset;
        // As many as there is room for between the fronts, or more if more are reported.
        let gaps = (track.length / track.spacing).floor();
        let gaps = gaps.max(f64::from(count) - 1.0).max(1.0);
        self.pitch = track.spacing.min(room / gaps);
        let left = match reading.counted {
            Some(counted) => entries(reader, counted, count, t, &mut self.entries),
            None => None,
        };
        let known_to = t.min(reading.until);
        let earliest = self
            .entries
            .iter()
            .map(|entry| entry.since)
            .chain(left)
            .min()
            .unwrap_or(t);
        // What came on before the belt ran its whole length is at its end, however long it has run.
        let mut back = BACK;
        loop {
            let from = earliest.max(t - back);
            self.read_runs(reader, track.speed, from, known_to, t);
            if from <= earliest || self.run_since(from, known_to) >= track.length {
                break;
            }
            back = back.saturating_mul(FURTHER);
        }
        self.followed = left.map_or(f64::INFINITY, |left| self.run_since(left, known_to));
        self.free.clear();
        for entry in &self.entries {
            let begin = if entry.is_seen {
                inset
            } else {
                (f64::from(entry.group_place) + 0.5) / f64::from(entry.group) * track.length
            };
            self.free
                .push(begin + self.run_since(entry.since, known_to));
        }
        // Where one came on, the one before it had made room.
        let mut behind = f64::NEG_INFINITY;
        for free in self.free.iter_mut().rev() {
            *free = free.max(behind + self.pitch);
            behind = *free;
        }
    }

    /// The stretch at `t`, and the way of the belt since each point from before `earliest` on.
    fn read_runs(
        &mut self,
        reader: &Reader<'_>,
        speed: Speed,
        earliest: Timestamp,
        known_to: Timestamp,
        t: Timestamp,
    ) {
        let signal = speed.signal();
        let (last, next) = reader.view.bracket(signal, t);
        self.stretch = last.map_or(Stretch::default(), |last| {
            Stretch::of(reader, speed, &last, next.as_ref(), t)
        });
        self.points.clear();
        self.points.extend(reader.last(signal, earliest));
        reader.view.range(
            signal,
            just_after(earliest)..just_after(t),
            &mut self.points,
        );
        self.past.clear();
        let mut way = 0.0;
        let mut next: Option<&Point> = None;
        for point in self.points.iter().rev() {
            let stretch = match next {
                Some(next) => Stretch::of(reader, speed, point, Some(next), just_before(next.time)),
                None => self.stretch,
            };
            self.past.push((stretch, way));
            way += stretch.run(point.time, known_to);
            next = Some(point);
        }
        self.past.reverse();
    }

    /// Way of the belt from `since`, which [`Belt::read_runs`] has read, to `known_to`.
    fn run_since(&self, since: Timestamp, known_to: Timestamp) -> f64 {
        let at = self
            .past
            .partition_point(|(stretch, _)| stretch.from <= since);
        match at.checked_sub(1).and_then(|at| self.past.get(at)) {
            Some((stretch, after)) => stretch.run(since, known_to) + after,
            // Nothing is known of the speed before the first of them.
            None => self.past.first().map_or(0.0, |(first, after)| {
                first.run(first.from, known_to) + after
            }),
        }
    }

    /// Middles of the parts at `t`, not before it was looked at, the one in front first, m.
    pub fn middles(&self, t: Timestamp) -> impl Iterator<Item = f64> + '_ {
        let run = self.stretch.run(self.looked_at, t.min(self.until));
        let last = self.free.len().saturating_sub(1) as f64;
        (0..)
            .zip(&self.free)
            .map(move |(place, free): (u32, &f64)| {
                let queued = self.end - f64::from(place) * self.pitch;
                let follows = queued - self.pitch + self.followed + run;
                let room_behind = (last - f64::from(place)) * self.pitch;
                (free + run)
                    .min(queued)
                    .min(follows)
                    .max(self.begin + room_behind)
            })
    }

    /// Whether a part may stand elsewhere after `t`, if nothing new is heard.
    pub fn may_move(&self, t: Timestamp) -> bool {
        self.until > t
            && self.stretch.runs_after(t)
            && (0..)
                .zip(self.middles(t))
                .any(|(place, middle): (u32, f64)| {
                    middle < self.end - f64::from(place) * self.pitch
                })
    }
}
