//! [`OrderBook`]: when the orders that have a due time are done.

use crate::simulation::network::{Network, Process};
use crate::simulation::observer::{Happening, Observer, Part};
use crate::simulation::source::{Mix, Order};
use crate::simulation::time::SimTime;

/// The orders of a network that have a due time, by number.
pub(super) fn due_orders(network: &Network) -> Vec<Order> {
    let mut orders: Vec<Order> = network
        .elements
        .iter()
        .filter_map(|element| match &element.process {
            Process::Source(source) => Some(&source.mix),
            _ => None,
        })
        .filter_map(|mix| match mix {
            Mix::Orders(orders) => Some(orders),
            _ => None,
        })
        .flatten()
        .filter(|order| order.due.is_some() && order.quantity > 0)
        .copied()
        .collect();
    orders.sort_by_key(|order| order.order);
    // Orders of the same number, from several sources say, are one order.
    orders.dedup_by(|next, kept| {
        let is_same = next.order == kept.order;
        if is_same {
            kept.quantity = kept.quantity.saturating_add(next.quantity);
            kept.due = kept.due.min(next.due);
        }
        is_same
    });
    orders
}

/// Follows orders: one is done when its last part has left, good or not.
#[derive(Clone, Debug)]
pub(super) struct OrderBook {
    /// By number: number, parts still to come, when it was done.
    orders: Vec<(u32, u32, Option<SimTime>)>,
}

impl OrderBook {
    pub(super) fn new(orders: &[Order]) -> Self {
        let entry = |order: &Order| (order.order, order.quantity, None);
        Self {
            orders: orders.iter().map(entry).collect(),
        }
    }

    /// When each was done, in the order of their numbers.
    pub(super) fn done(self) -> Vec<Option<SimTime>> {
        self.orders.into_iter().map(|(_, _, done)| done).collect()
    }

    fn left(&mut self, at: SimTime, part: Part) {
        let found = self
            .orders
            .binary_search_by_key(&part.order, |order| order.0);
        if let Ok(place) = found
            && let Some((_, open, done)) = self.orders.get_mut(place)
        {
            *open = open.saturating_sub(1);
            if *open == 0 && done.is_none() {
                *done = Some(at);
            }
        }
    }
}

impl Observer for OrderBook {
    #[inline(always)]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        match happening {
            Happening::Completed { part, .. }
            | Happening::Consumed { part, .. }
            | Happening::Lost { part, .. }
            | Happening::Scrapped {
                part,
                is_gone: true,
                ..
            } => self.left(at, part),
            _ => {}
        }
    }
}
