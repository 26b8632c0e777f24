//! What every signal was before a part, and what it is first from a part on: for signals that say
//! nothing in the part itself.

use std::sync::Arc;

use super::Inner;
use super::list::Parts;
use super::shelf::{Item, Key};
use crate::model::{Point, SignalId};

/// One point per signal of the plant.
pub(super) type Table = Vec<Option<Point>>;

/// A set of signals.
struct Missing {
    is_missing: Vec<bool>,
    count: usize,
}

impl Missing {
    fn take(&mut self, signal: u32) -> bool {
        match self.is_missing.get_mut(signal as usize) {
            Some(missing) if *missing => {
                *missing = false;
                self.count -= 1;
                true
            }
            _ => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Last,
    First,
}

impl Inner {
    /// The last point of each signal in the parts before this one.
    pub(super) fn before(&self, parts: &Parts, part: usize) -> Arc<Table> {
        let key = |part| Key::Before {
            round: parts.round,
            part,
        };
        if let Some(Item::Table(table)) = self.shelf().get(key(part)) {
            return table;
        }
        let order = (0..part).rev();
        self.table(parts, Side::Last, key(part), order.map(|at| (at, key(at))))
    }

    /// The first point of each signal in this part and those after it.
    pub(super) fn from(&self, parts: &Parts, part: usize) -> Arc<Table> {
        let key = |part| Key::From {
            round: parts.round,
            part,
        };
        if let Some(Item::Table(table)) = self.shelf().get(key(part)) {
            return table;
        }
        let order = part..parts.list.len();
        self.table(
            parts,
            Side::First,
            key(part),
            order.map(|at| (at, key(at + 1))),
        )
    }

    /// Looks through parts in this order; behind each stands the table of all that come after it
    /// in the order.
    fn table(
        &self,
        parts: &Parts,
        side: Side,
        key: Key,
        order: impl Iterator<Item = (usize, Key)>,
    ) -> Arc<Table> {
        let count = self.names.len();
        let mut table: Table = vec![None; count];
        let mut missing = Missing {
            is_missing: vec![true; count],
            count,
        };
        for (at, rest) in order {
            if missing.count == 0 {
                break;
            }
            let Some(part) = parts.list.get(at) else {
                continue;
            };
            let has_some = part.mapping.get().is_none_or(|mapping| {
                let mut dense = mapping.dense.iter();
                dense.any(|id| missing.is_missing.get(*id as usize).is_some_and(|is| *is))
            });
            if has_some && let Some(open) = self.open(part) {
                for (local, id) in open.mapping.dense.iter().enumerate() {
                    if !missing.take(*id) {
                        continue;
                    }
                    let entry = match side {
                        Side::Last => open.head.last(local),
                        Side::First => open.head.first(local),
                    };
                    if let (Some(entry), Some(place)) = (entry, table.get_mut(*id as usize)) {
                        let point = entry.point(&open.head.texts);
                        *place = Some(self.live(SignalId(*id), point));
                    }
                }
            }
            let rest = self.shelf().get(rest);
            if let Some(Item::Table(rest)) = rest {
                for (place, known) in table.iter_mut().zip(rest.iter()) {
                    if place.is_none() {
                        *place = *known;
                    }
                }
                break;
            }
        }
        let table = Arc::new(table);
        let bytes = size_of::<Table>() + table.len() * size_of::<Option<Point>>();
        self.shelf()
            .put(key, Item::Table(Arc::clone(&table)), bytes);
        table
    }
}
