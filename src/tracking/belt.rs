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

use crate::model::{SignalId, Timestamp};

use super::known::{self, Reader};
use super::runs::Runs;
use super::watch::{Reading, Track};

/// At most so many parts of one equipment are looked for in its past.
pub(super) const MAX_PARTS: u32 = 256;
/// At most so many stretches of one count are looked at for them.
const MAX_STRETCHES: usize = 2_048;
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
    let mut point = reader.same_since(counted, t)?;
    let mut now = known::count(&point);
    for _ in 0..MAX_STRETCHES {
        if missing == 0 {
            break;
        }
        let Some(previous) = reader.same_since(counted, known::just_before(point.time)) else {
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

/// The parts of a conveyor as it was looked at last.
#[derive(Clone, Debug, Default)]
pub(super) struct Belt {
    /// Whether it is in the list of those whose parts may move.
    pub is_listed: bool,
    looked_at: Timestamp,
    /// Nothing of it is known to move after.
    until: Timestamp,
    /// How it ran.
    runs: Runs,
    /// Middle of each part if it rode freely, the one in front first, m.
    free: Vec<f64>,
    /// Way of the belt since the last part left, m.
    followed: f64,
    begin: f64,
    end: f64,
    pitch: f64,
    entries: Vec<Entry>,
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
        let from = loop {
            let from = earliest.max(t - back);
            self.runs.read(reader, track.speed, from, known_to, t);
            if from <= earliest || self.runs.since(from, known_to) >= track.length {
                break from;
            }
            back = back.saturating_mul(FURTHER);
        };
        self.runs.forget_before(from);
        self.followed = left.map_or(f64::INFINITY, |left| self.runs.since(left, known_to));
        self.free.clear();
        for entry in &self.entries {
            let begin = if entry.is_seen {
                inset
            } else {
                (f64::from(entry.group_place) + 0.5) / f64::from(entry.group) * track.length
            };
            self.free
                .push(begin + self.runs.since(entry.since, known_to));
        }
        // Where one came on, the one before it had made room.
        let mut behind = f64::NEG_INFINITY;
        for free in self.free.iter_mut().rev() {
            *free = free.max(behind + self.pitch);
            behind = *free;
        }
    }

    /// Middles of the parts at `t`, not before it was looked at, the one in front first, m.
    pub fn middles(&self, t: Timestamp) -> impl Iterator<Item = f64> + '_ {
        let run = self.runs.now.run(self.looked_at, t.min(self.until));
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
            && self.runs.now.runs_after(t)
            && (0..)
                .zip(self.middles(t))
                .any(|(place, middle): (u32, f64)| {
                    middle < self.end - f64::from(place) * self.pitch
                })
    }
}
