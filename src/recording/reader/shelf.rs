//! [`Shelf`]: what was read and unpacked, within a budget of bytes. What was used longest ago goes
//! first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::part::OpenPart;
use super::tables::Table;
use crate::history::chunk::Chunk;
use crate::model::alarm::Event;
use crate::recording::index::MinuteTally;

/// What something is known by. Parts have a number of their own each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Head {
        part: u64,
    },
    Block {
        part: u64,
        block: usize,
    },
    Column {
        part: u64,
        signal: usize,
    },
    /// A column as the index has it.
    Run {
        part: u64,
        signal: usize,
    },
    Tallies {
        part: u64,
        signal: usize,
    },
    /// Last points before a part.
    Before {
        round: u64,
        part: usize,
    },
    /// First points from a part on.
    From {
        round: u64,
        part: usize,
    },
    Events {
        part: u64,
    },
}

impl Key {
    /// The part that it was read from.
    pub fn part(self) -> Option<u64> {
        match self {
            Self::Head { part }
            | Self::Block { part, .. }
            | Self::Column { part, .. }
            | Self::Run { part, .. }
            | Self::Tallies { part, .. }
            | Self::Events { part } => Some(part),
            Self::Before { .. } | Self::From { .. } => None,
        }
    }
}

/// Something on the shelf.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Head(Arc<OpenPart>),
    Block(Arc<Vec<u8>>),
    Column(Arc<[Arc<Chunk>]>),
    Tallies(Arc<[MinuteTally]>),
    Table(Arc<Table>),
    Events(Arc<[Event]>),
}

/// Parts in use at once: each holds a file open.
const HEADS: usize = 256;
/// Bytes that keeping track of one item takes.
const OVERHEAD: usize = 200;

#[derive(Debug)]
struct Slot {
    item: Item,
    bytes: usize,
    used: u64,
}

#[derive(Debug)]
pub(super) struct Shelf {
    slots: HashMap<Key, Slot>,
    by_use: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
    budget: usize,
    heads: usize,
    pub hits: u64,
    pub misses: u64,
}

impl Shelf {
    pub fn new(budget: usize) -> Self {
        Self {
            slots: HashMap::new(),
            by_use: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            budget,
            heads: 0,
            hits: 0,
            misses: 0,
        }
    }

    /// Bytes of all that is on it.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes the budget.
    pub fn set_budget(&mut self, budget: usize) {
        self.budget = budget;
        self.make_room(0);
    }

    pub fn get(&mut self, key: Key) -> Option<Item> {
        let Some(slot) = self.slots.get_mut(&key) else {
            self.misses += 1;
            return None;
        };
        self.hits += 1;
        self.clock += 1;
        self.by_use.remove(&slot.used);
        slot.used = self.clock;
        self.by_use.insert(self.clock, key);
        Some(slot.item.clone())
    }

    /// Whether something is on it.
    pub fn has(&self, key: Key) -> bool {
        self.slots.contains_key(&key)
    }

    /// Puts something on the shelf, if it fits at all.
    pub fn put(&mut self, key: Key, item: Item, bytes: usize) {
        self.remove(key);
        let bytes = bytes + OVERHEAD;
        if bytes > self.budget {
            return;
        }
        self.make_room(bytes);
        if matches!(key, Key::Head { .. }) {
            let mut keys = self.by_use.values();
            if self.heads >= HEADS
                && let Some(oldest) = keys.find(|key| matches!(key, Key::Head { .. })).copied()
            {
                self.remove(oldest);
            }
            self.heads += 1;
        }
        self.clock += 1;
        let used = self.clock;
        self.by_use.insert(used, key);
        self.slots.insert(key, Slot { item, bytes, used });
        self.bytes += bytes;
    }

    fn make_room(&mut self, bytes: usize) {
        while self.bytes + bytes > self.budget
            && let Some((_, key)) = self.by_use.first_key_value()
        {
            self.remove(*key);
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(slot) = self.slots.remove(&key) {
            self.by_use.remove(&slot.used);
            self.bytes -= slot.bytes;
            self.heads -= usize::from(matches!(key, Key::Head { .. }));
        }
    }

    /// Removes what `is_gone` says.
    pub fn purge(&mut self, is_gone: impl Fn(Key) -> bool) {
        let gone: Vec<_> = self
            .by_use
            .values()
            .copied()
            .filter(|key| is_gone(*key))
            .collect();
        for key in gone {
            self.remove(key);
        }
    }
}
