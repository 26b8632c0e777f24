//! [`Gathering`]: points of several segments, apart by where they go, each in its place.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::points::{ReadPoint, Skimmed};
use super::read::{Names, Segment};
use crate::model::Timestamp;
use crate::recording::sealed::{PartPoints, RecordedPoint, Sorter};

/// Collects points of several segments under common names.
///
/// Segments are gone through twice: first it is counted how many points of which signal go where; then
/// each is read whole and put where it belongs. So no point is ever moved, and the points in order of
/// arrival, which would fill as much memory again, are never there.
#[derive(Debug)]
pub struct Gathering<'s, T> {
    /// In order of first use.
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
    groups: Vec<Group<T>>,
    taken: Vec<Taken<'s>>,
    unnamed: u64,
}

/// Where points of some times go.
#[derive(Clone, Debug)]
pub struct Destination<T> {
    /// The place; `None`: nowhere.
    pub target: Option<T>,
    /// The times, ns.
    pub times: Range<i64>,
}

/// What goes to one place.
#[derive(Debug)]
struct Group<T> {
    target: T,
    /// Points of each signal.
    counts: Vec<u32>,
    times: [Timestamp; 2],
}

#[derive(Debug)]
struct Taken<'s> {
    segment: &'s Segment,
    numbers: Numbers,
    stretches: Vec<Stretch>,
    /// How many stretches each frame has.
    frames: Vec<usize>,
}

/// Points that follow each other in a frame and go to one group, or nowhere.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    group: Option<usize>,
    points: usize,
}

/// The points that go to one place.
#[derive(Debug)]
pub struct Gathered<T> {
    /// Where they go.
    pub target: T,
    /// The first and the last of their times.
    pub times: [Timestamp; 2],
    /// The points.
    pub points: PartPoints,
}

/// Our numbers of signals by those of a segment.
#[derive(Debug)]
struct Numbers {
    spare: Names,
    /// One more than our number; 0: not looked up yet.
    low: Vec<u32>,
    high: HashMap<u32, u32>,
}

/// No plant has more signals; a number beyond is looked up more slowly.
const LOW: usize = 1 << 24;

impl Numbers {
    #[inline(always)]
    fn known(&self, number: u32) -> Option<u32> {
        match self.low.get(number as usize) {
            Some(known) => known.checked_sub(1),
            None => self.high.get(&number).copied(),
        }
    }

    fn learn(&mut self, number: u32, ours: u32) {
        let at = number as usize;
        if at >= LOW {
            self.high.insert(number, ours);
            return;
        }
        if self.low.len() <= at {
            self.low.resize(at + 1, 0);
        }
        if let Some(known) = self.low.get_mut(at) {
            *known = ours + 1;
        }
    }
}

impl<T> Default for Gathering<'_, T> {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            by_name: HashMap::new(),
            groups: Vec::new(),
            taken: Vec::new(),
            unnamed: 0,
        }
    }
}

impl<'s, T: PartialEq> Gathering<'s, T> {
    /// Points that no name could be found for: they go nowhere.
    pub const fn unnamed(&self) -> u64 {
        self.unnamed
    }

    /// Takes the points of a segment; `destination` says where those of a time go. `spare`: names for
    /// numbers that the segment itself does not name.
    ///
    /// # Errors
    /// As `destination` says.
    pub fn take<E>(
        &mut self,
        segment: &'s Segment,
        spare: Names,
        mut destination: impl FnMut(Timestamp) -> Result<Destination<T>, E>,
    ) -> Result<(), E> {
        let mut taken = Taken {
            segment,
            numbers: Numbers {
                spare,
                low: Vec::new(),
                high: HashMap::new(),
            },
            stretches: Vec::new(),
            frames: Vec::new(),
        };
        // Where the last point went, and of which times the same is true.
        let (mut group, mut times) = (None, 0..0);
        let known = segment.frame_times.get();
        let mut frame_times = Vec::new();
        for (at, frame) in segment.decoders().enumerate() {
            let ends = known.and_then(|all| all.get(at)).copied().flatten();
            if group.is_none()
                && let Some(ends) = ends
                && ends.iter().all(|time| times.contains(&time.as_nanos()))
            {
                taken.frames.push(0);
                continue;
            }
            let before = taken.stretches.len();
            let mut ends: Option<[Timestamp; 2]> = None;
            for point in frame.skim() {
                if !times.contains(&point.time.as_nanos()) {
                    let to = destination(point.time)?;
                    group = to.target.map(|target| self.group(target, point.time));
                    times = to.times;
                }
                let named = group.filter(|at| self.count(&mut taken, *at, point));
                let of_frame = taken.stretches.get_mut(before..);
                match of_frame.and_then(<[_]>::last_mut) {
                    Some(last) if last.group == named => last.points += 1,
                    _ => taken.stretches.push(Stretch {
                        group: named,
                        points: 1,
                    }),
                }
                let [first, last] = ends.unwrap_or([point.time; 2]);
                ends = Some([first.min(point.time), last.max(point.time)]);
            }
            taken.frames.push(taken.stretches.len() - before);
            frame_times.push(ends);
        }
        if known.is_none() {
            // Nobody else has set it meanwhile.
            let _ = segment.frame_times.set(frame_times);
        }
        self.taken.push(taken);
        Ok(())
    }

    /// Counts a point of a group; `false` where nobody knows its name.
    #[inline(always)]
    fn count(&mut self, taken: &mut Taken<'s>, group: usize, point: Skimmed) -> bool {
        let number = taken.numbers.known(point.signal);
        let Some(number) = number.or_else(|| self.look_up(taken, point.signal)) else {
            return false;
        };
        let Some(group) = self.groups.get_mut(group) else {
            return false;
        };
        if group.counts.len() <= number as usize {
            group.counts.resize(number as usize + 1, 0);
        }
        if let Some(count) = group.counts.get_mut(number as usize) {
            *count += 1;
        }
        let [first, last] = group.times;
        group.times = [first.min(point.time), last.max(point.time)];
        true
    }

    #[cold]
    fn look_up(&mut self, taken: &mut Taken<'s>, signal: u32) -> Option<u32> {
        let named = taken.segment.names.get(&signal);
        let Some(name) = named.or_else(|| taken.numbers.spare.get(&signal)) else {
            self.unnamed += 1;
            return None;
        };
        let name = Arc::clone(name);
        let number = match self.by_name.get(&name) {
            Some(number) => *number,
            None => {
                let number = self.names.len() as u32;
                self.names.push(Arc::clone(&name));
                self.by_name.insert(name, number);
                number
            }
        };
        taken.numbers.learn(signal, number);
        Some(number)
    }

    #[cold]
    fn group(&mut self, target: T, time: Timestamp) -> usize {
        let known = self.groups.iter().position(|group| group.target == target);
        known.unwrap_or_else(|| {
            self.groups.push(Group {
                target,
                counts: Vec::new(),
                times: [time; 2],
            });
            self.groups.len() - 1
        })
    }

    /// All points that were taken, sorted.
    pub fn sorted(self) -> Vec<Gathered<T>> {
        let counts = self.groups.iter().map(|group| group.counts.as_slice());
        let mut sorters: Vec<_> = counts.map(Sorter::with_room).collect();
        for taken in &self.taken {
            let mut rest = taken.stretches.as_slice();
            for (mut frame, count) in taken.segment.decoders().zip(&taken.frames) {
                let Some((stretches, behind)) = rest.split_at_checked(*count) else {
                    break;
                };
                rest = behind;
                if stretches.iter().all(|stretch| stretch.group.is_none()) {
                    continue;
                }
                for stretch in stretches {
                    let points = frame.by_ref().take(stretch.points);
                    match stretch.group.and_then(|at| sorters.get_mut(at)) {
                        Some(sorter) => put(points, &taken.numbers, sorter),
                        None => points.for_each(drop),
                    }
                }
            }
        }
        let names = self.names;
        let groups = self.groups.into_iter().zip(sorters);
        groups
            .map(|(group, sorter)| Gathered {
                target: group.target,
                times: group.times,
                points: sorter.finish(names.clone()),
            })
            .collect()
    }
}

/// Puts points in their places.
fn put(points: impl Iterator<Item = ReadPoint>, numbers: &Numbers, sorter: &mut Sorter) {
    for each in points {
        if let Some(name) = numbers.known(each.taped.signal) {
            sorter.put(&RecordedPoint {
                name,
                point: each.taped.point(),
                source_time: each.source_time,
            });
        }
    }
}
