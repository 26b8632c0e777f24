//! What the sources of a plant make.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, FromPlantError};
use crate::model::process;
use crate::simulation::{Mix, Order, PartType, SimTime};

/// Orders that a source with orders makes before it is exhausted.
const ORDERS: u32 = 10_000;

impl Builder<'_> {
    /// A list of orders as the scene states it.
    pub(super) fn orders(&mut self, path: &Arc<str>, orders: &[process::Order]) -> Mix {
        let mut listed = Vec::with_capacity(orders.len());
        for order in orders {
            let part_type = match &order.part_type {
                Some(name) => self.part_type(name),
                None => Some(PartType(0)),
            };
            let Some(part_type) = part_type else {
                self.errors.push(FromPlantError::UnknownType {
                    part_type: order.part_type.clone().unwrap_or_default(),
                    equipment: Arc::clone(path),
                });
                continue;
            };
            listed.push(Order {
                order: order.order,
                part_type,
                quantity: order.quantity,
                release: SimTime::from_secs_f64(order.release_secs),
                due: order.due_secs.map(SimTime::from_secs_f64),
            });
        }
        Mix::Orders(listed)
    }

    /// What a source makes. Orders follow each other so that the shares hold at any time; their
    /// numbers tell the source: 100001, 100002, … for the first.
    pub(super) fn mix(&self, mix: &BTreeMap<Arc<str>, f64>, order_size: u32, source: u32) -> Mix {
        let weights: Vec<_> = mix
            .iter()
            .filter(|(_, share)| **share > 0.0)
            .filter_map(|(name, share)| Some((self.part_type(name)?, *share)))
            .collect();
        let single = |weights: &[(PartType, f64)]| {
            Mix::Single(
                weights
                    .first()
                    .map_or(PartType(0), |(part_type, _)| *part_type),
            )
        };
        match (order_size, weights.len()) {
            (0, 0 | 1) => single(&weights),
            (0, _) => Mix::Weighted(weights),
            (quantity, _) => {
                let total: f64 = weights.iter().map(|(_, share)| share).sum();
                let mut owed = vec![0.0; weights.len()];
                let orders = (1..=ORDERS).map(|number| {
                    for (owed, (_, share)) in owed.iter_mut().zip(&weights) {
                        *owed += share / total;
                    }
                    let most = owed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let next = owed.iter().position(|owed| *owed >= most).unwrap_or(0);
                    if let Some(owed) = owed.get_mut(next) {
                        *owed -= 1.0;
                    }
                    Order {
                        order: source * 100_000 + number,
                        part_type: weights.get(next).map_or(PartType(0), |(t, _)| *t),
                        quantity,
                        release: SimTime::ZERO,
                        due: None,
                    }
                });
                Mix::Orders(orders.collect())
            }
        }
    }
}
