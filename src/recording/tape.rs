//! [`Tape`]: what the ingest hands to the recorder, without ever waiting for it.
//!
//! Each point is copied to plain memory as it goes into the history; at the end of a batch that
//! memory changes hands and an empty one comes back. When the disk cannot keep up, reels wait within
//! a budget; beyond it, points are counted and lost, and the gap is recorded. What is derived (states,
//! health, sessions) and events are few and outlast a gap.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::log::points::TapedPoint;
use super::sealed::RawMessage;
use crate::model::alarm::Event;
use crate::model::{Point, SignalId, Timestamp};

/// Memory that waiting reels may take unless told otherwise, bytes.
pub const BUFFER_BYTES: usize = 64 << 20;

/// Reels that may wait, however small.
const REELS: usize = 4096;
/// Empty reels that are kept.
const SPARE: usize = 64;
/// Points for which an empty reel has room; what has grown beyond four times this is not kept.
const REEL_POINTS: usize = 2048;
/// When this much waits, the recorder is woken: otherwise it looks by itself.
const WAKE_BYTES: usize = 1 << 20;
/// Derived points and events that outlast a gap; beyond, the oldest go.
const KEPT: usize = 10_000;

/// What the ingest made of a batch.
#[derive(Debug, Default)]
pub struct Reel {
    /// Points in order of arrival, signals by dense id.
    pub points: Vec<TapedPoint>,
    /// Source times that were not believed, by index of their point, ascending.
    pub source_times: Vec<(u32, Timestamp)>,
    /// Events.
    pub events: Vec<Event>,
    /// Messages that no signal is bound to.
    pub raw: Vec<RawMessage>,
    /// What was lost before it.
    pub lost: Option<Lost>,
    bytes: usize,
}

/// Points that nobody had room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How many.
    pub points: u64,
    /// When the first of them was received.
    pub since: Timestamp,
}

impl Reel {
    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.points.is_empty() && self.events.is_empty() && self.raw.is_empty()
    }

    fn measure(&self) -> usize {
        let raw: usize = self
            .raw
            .iter()
            .map(|message| size_of::<RawMessage>() + message.topic.len() + message.payload.len())
            .sum();
        size_of::<Self>()
            + self.points.len() * size_of::<TapedPoint>()
            + self.events.len() * size_of::<Event>()
            + raw
    }

    fn clear(&mut self) {
        self.points.clear();
        self.source_times.clear();
        self.events.clear();
        self.raw.clear();
        self.lost = None;
    }
}

/// The end that the ingest writes to.
#[derive(Debug)]
pub struct Tape {
    reel: Reel,
    sender: Sender<Reel>,
    spare: Receiver<Reel>,
    wake: Sender<()>,
    /// Bytes that may still wait.
    room: Arc<AtomicUsize>,
    budget: usize,
    /// Derived signals start here.
    reported: u32,
    lost: Option<Lost>,
}

/// The end that the recorder reads from.
#[derive(Debug)]
pub struct Reels {
    receiver: Receiver<Reel>,
    spare: Sender<Reel>,
    woken: Receiver<()>,
    room: Arc<AtomicUsize>,
}

/// What [`Reels::take`] finds.
#[derive(Debug)]
pub enum Taken {
    /// The next reel.
    Reel(Reel),
    /// Nothing waits.
    Nothing,
    /// The ingest is gone, and everything that it handed over was taken.
    Over,
}

/// A tape whose waiting reels take at most `budget` bytes, for a plant with so many reported signals.
pub fn tape(budget: usize, reported: usize) -> (Tape, Reels) {
    let (sender, receiver) = bounded(REELS);
    let (give, take) = bounded(SPARE);
    let (wake, woken) = bounded(1);
    let room = Arc::new(AtomicUsize::new(budget));
    let tape = Tape {
        reel: Reel::default(),
        sender,
        spare: take,
        wake,
        room: Arc::clone(&room),
        budget,
        reported: reported as u32,
        lost: None,
    };
    let reels = Reels {
        receiver,
        spare: give,
        woken,
        room,
    };
    (tape, reels)
}

impl Tape {
    /// Takes a point that goes into the history.
    #[inline(always)]
    pub fn point(&mut self, signal: SignalId, point: Point) {
        self.reel.points.push(TapedPoint::new(signal.0, point));
    }

    /// The source's own time of the next point: it was not believed.
    #[cold]
    pub fn refused_time(&mut self, time: Timestamp) {
        let next = self.reel.points.len() as u32;
        self.reel.source_times.push((next, time));
    }

    /// Takes an event.
    pub fn event(&mut self, event: Event) {
        self.reel.events.push(event);
    }

    /// Takes messages that no signal is bound to.
    pub fn raw(&mut self, messages: &[RawMessage]) {
        self.reel.raw.extend_from_slice(messages);
    }

    /// Hands over what was taken since the last time. Never waits.
    #[inline]
    pub fn hand_over(&mut self) {
        if !self.reel.is_empty() {
            self.send();
        }
    }

    fn send(&mut self) {
        let bytes = self.reel.measure();
        let taken = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                room.checked_sub(bytes)
            });
        let Ok(room) = taken else {
            self.lose();
            return;
        };
        self.reel.bytes = bytes;
        self.reel.lost = self.lost.take();
        let next = self.spare.try_recv().unwrap_or_else(|_| Reel {
            points: Vec::with_capacity(REEL_POINTS),
            ..Reel::default()
        });
        let reel = std::mem::replace(&mut self.reel, next);
        if let Err(refused) = self.sender.try_send(reel) {
            self.room.fetch_add(bytes, Ordering::Relaxed);
            self.reel = refused.into_inner();
            self.lost = self.reel.lost.take();
            self.lose();
        } else if self.budget - room + bytes >= WAKE_BYTES {
            // It is awake already if this fails.
            let _ = self.wake.try_send(());
        }
    }

    /// Counts the points of the reel as lost, and keeps what is derived, and events.
    #[cold]
    fn lose(&mut self) {
        let reported = self.reported;
        let first = self
            .reel
            .points
            .iter()
            .find(|point| point.signal < reported);
        let since = first.map(|point| point.receive_time);
        let before = self.reel.points.len();
        self.reel.points.retain(|point| point.signal >= reported);
        let mut lost = (before - self.reel.points.len()) as u64;
        let beyond = self.reel.points.len().saturating_sub(KEPT);
        lost += beyond as u64;
        let since = since.or_else(|| self.reel.points.first().map(|point| point.receive_time));
        self.reel.points.drain(..beyond);
        let beyond = self.reel.events.len().saturating_sub(KEPT);
        self.reel.events.drain(..beyond);
        self.reel.source_times.clear();
        self.reel.raw.clear();
        if lost > 0 {
            let lost = Lost {
                points: lost,
                since: since.unwrap_or_default(),
            };
            self.lost = Some(match self.lost {
                Some(old) => Lost {
                    points: old.points + lost.points,
                    since: old.since,
                },
                None => lost,
            });
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.hand_over();
    }
}

impl Reels {
    /// The next one that waits.
    pub fn take(&self) -> Taken {
        match self.receiver.try_recv() {
            Ok(reel) => Taken::Reel(reel),
            Err(TryRecvError::Empty) => Taken::Nothing,
            Err(TryRecvError::Disconnected) => Taken::Over,
        }
    }

    /// Something is received from it when much waits.
    pub const fn woken(&self) -> &Receiver<()> {
        &self.woken
    }

    /// Gives a reel back when it is on the disk.
    pub fn give_back(&self, mut reel: Reel) {
        self.room.fetch_add(reel.bytes, Ordering::Relaxed);
        reel.bytes = 0;
        if (1..=4 * REEL_POINTS).contains(&reel.points.capacity()) {
            reel.clear();
            let _ = self.spare.try_send(reel);
        }
    }
}
