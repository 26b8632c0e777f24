//! [`Planned`]: what was planned in a future and is not over goes on in the futures that begin in it.

use std::sync::Arc;

use super::{Fork, Futures, WhatIf};
use crate::model::scene::PlannedStop;
use crate::model::{Plant, Timestamp};
use crate::simulation::{Distribution, Down, Place};

/// Two reports of one stop begin within this time, s.
const TOGETHER_SECS: f64 = 1.0;

/// A planned stop that is still to come, or under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// The stop, as far as it is not over; times count from where the inner futures begin.
    pub stop: PlannedStop,
    /// How long it has been under way there, s; `None`: it is still to come.
    pub since_secs: Option<f64>,
}

impl Futures {
    /// What these futures have planned and is not over at an instant of them.
    #[must_use]
    pub fn planned_from(&self, at: Timestamp) -> Vec<Planned> {
        let passed = at.secs_since(self.at);
        let left = |stop: &PlannedStop| {
            let since = passed - stop.at_secs;
            let is_begun = since >= 0.0;
            let lasts_secs = stop
                .lasts_secs
                .map(|secs| if is_begun { secs - since } else { secs });
            let is_over = lasts_secs.is_some_and(|secs| secs <= 0.0);
            (!is_over).then_some(Planned {
                stop: PlannedStop {
                    at_secs: (-since).max(0.0),
                    lasts_secs,
                    ..*stop
                },
                since_secs: is_begun.then_some(since),
            })
        };
        self.stops.iter().filter_map(left).collect()
    }
}

impl Fork {
    /// The same fork where it is known what was planned: what is under way of it is not guessed.
    #[must_use]
    pub fn knowing(mut self, planned: &[Planned]) -> Self {
        for one in planned {
            let Some(since) = one.since_secs else {
                continue;
            };
            let place = self.network.places.get(one.stop.equipment.index());
            let Some(Place::Element(element)) = place else {
                continue;
            };
            let name = self.network.network.name(*element).to_owned();
            let start = Arc::make_mut(&mut self.start);
            let element = start.elements.entry(name).or_default();
            element.down.retain(|down| {
                let (Down::Failed { elapsed_secs, .. } | Down::Stopped { elapsed_secs, .. }) = down;
                (elapsed_secs - since).abs() > TOGETHER_SECS
            });
            let whole = one.stop.lasts_secs.map(|left| since + left);
            element.down.push(Down::Stopped {
                cause: one.stop.cause.into(),
                elapsed_secs: since,
                lasts: whole.and_then(|secs| Distribution::constant(secs).ok()),
            });
        }
        self
    }
}

impl Planned {
    /// What is to be different, and beside it what is planned.
    #[must_use]
    pub fn with(planned: &[Self], what_if: Option<WhatIf>, plant: &Arc<Plant>) -> Option<WhatIf> {
        // What is under way is in the fork; what never ends is planned once more, for good.
        let ahead = |one: &&Self| one.since_secs.is_none() || one.stop.lasts_secs.is_none();
        let mut stops = planned.iter().filter(ahead).map(|one| one.stop).peekable();
        if stops.peek().is_none() {
            return what_if;
        }
        let mut what_if = what_if.unwrap_or_else(|| WhatIf {
            name: "As it is".into(),
            plant: Arc::clone(plant),
            stops: Vec::new(),
        });
        what_if.stops.extend(stops);
        Some(what_if)
    }
}
