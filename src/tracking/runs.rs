//! [`Runs`]: how far a belt has run since an instant. What was read of its speed is kept from one look
//! to the next, so that a look a little later reads only what is new.

use crate::model::{OperatingState, Point, SignalId, Timestamp};

use super::known::{Reader, just_after, just_before};
use super::watch::Speed;

/// Points that are no longer asked for are forgotten when they are so many, and the larger part.
const FORGOTTEN: usize = 64;

/// How fast a belt runs from one point of its speed to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch {
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
    pub fn run(&self, a: Timestamp, b: Timestamp) -> f64 {
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

    /// Whether the belt may run on after `t`.
    pub fn runs_after(&self, t: Timestamp) -> bool {
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

/// What was read of a speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Read {
    signal: SignalId,
    /// From the last point at or before it …
    from: Timestamp,
    /// … through this instant.
    to: Timestamp,
    /// Of the history as it was then.
    edition: u64,
    /// When its session was born or died last.
    life: Option<Timestamp>,
}

/// How fast a belt ran up to an instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// How it runs at the instant.
    pub now: Stretch,
    read: Option<Read>,
    points: Vec<Point>,
    /// From each point to the next.
    between: Vec<Stretch>,
    /// What the speed was, oldest first, each with the way that the belt ran after it.
    past: Vec<(Stretch, f64)>,
}

impl Runs {
    /// How the belt runs at `t`, and how it ran since `from` at least.
    pub fn read(
        &mut self,
        reader: &Reader<'_>,
        speed: Speed,
        from: Timestamp,
        known_to: Timestamp,
        t: Timestamp,
    ) {
        let signal = speed.signal();
        let (last, next) = reader.view.bracket(signal, t);
        self.now = last.map_or(Stretch::default(), |last| {
            Stretch::of(reader, speed, &last, next.as_ref(), t)
        });
        let wanted = Read {
            signal,
            from,
            to: t,
            edition: reader.view.edition(),
            life: reader.life_changed(signal, t),
        };
        self.read = Some(match self.read.filter(|read| read.leads_to(&wanted)) {
            Some(read) if self.read_on(reader, t) => Read { to: t, ..read },
            _ => {
                self.points.clear();
                self.points.extend(reader.last(signal, from));
                let span = just_after(from)..just_after(t);
                reader.view.range(signal, span, &mut self.points);
                self.between.clear();
                wanted
            }
        });
        for at in self.between.len()..self.points.len().saturating_sub(1) {
            if let (Some(point), Some(next)) = (self.points.get(at), self.points.get(at + 1)) {
                let then = just_before(next.time);
                let stretch = Stretch::of(reader, speed, point, Some(next), then);
                self.between.push(stretch);
            }
        }
        self.sum(from, known_to);
    }

    /// Reads what came after the points that were read; `false`: there are too few to go on from.
    fn read_on(&mut self, reader: &Reader<'_>, t: Timestamp) -> bool {
        let (Some(read), Some(last)) = (self.read, self.points.last().map(|point| point.time))
        else {
            return false;
        };
        // Another one of the same instant may have come since.
        let whole = self.points.partition_point(|point| point.time < last);
        if whole == 0 {
            return false;
        }
        self.points.truncate(whole);
        self.between.truncate(whole - 1);
        reader
            .view
            .range(read.signal, last..just_after(t), &mut self.points);
        true
    }

    /// Adds up the ways, from the newest back to what is asked for.
    fn sum(&mut self, from: Timestamp, known_to: Timestamp) {
        self.past.clear();
        let mut way = 0.0;
        let stretches = std::iter::once(&self.now).chain(self.between.iter().rev());
        for (point, stretch) in self.points.iter().rev().zip(stretches) {
            self.past.push((*stretch, way));
            way += stretch.run(point.time, known_to);
            if point.time <= from {
                break;
            }
        }
        self.past.reverse();
    }

    /// Way of the belt from `since`, which was read, to `known_to`.
    pub fn since(&self, since: Timestamp, known_to: Timestamp) -> f64 {
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

    /// Nothing before `from` will be asked for at a later instant.
    pub fn forget_before(&mut self, from: Timestamp) {
        let later = self.points.partition_point(|point| point.time <= from);
        let old = later.saturating_sub(1);
        if old < FORGOTTEN || old < self.points.len() / 2 {
            return;
        }
        self.points.drain(..old);
        self.between.drain(..old.min(self.between.len()));
        if let Some(read) = &mut self.read {
            read.from = read.from.max(from);
        }
    }
}

impl Read {
    /// Whether what was read is a part of what is wanted, up to some instant of it.
    fn leads_to(&self, wanted: &Self) -> bool {
        self.signal == wanted.signal
            && self.from <= wanted.from
            && (wanted.from..=wanted.to).contains(&self.to)
            && self.edition == wanted.edition
            && self.life == wanted.life
    }
}
