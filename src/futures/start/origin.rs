//! Which type a part has and which order it belongs to, where nobody reports it: what is told of the
//! part that left upstream when it came. First in, first out along belts and through buffers.

use std::cell::Cell;
use std::time::Duration;

use super::ages::MAX_HAND_OVERS;
use super::flow::{content_before, entries, left_since};
use super::past::{Past, just_before};
use super::site::{Signals, Site};
use crate::model::{Text, Timestamp};
use crate::simulation::{ElementId, Mix, Process};

/// Steps that are walked up the flow at most.
pub(super) const MAX_STEPS: u32 = 12;
/// Two reports of one hand-over come within this time.
pub(super) const HAND_OVER: Duration = Duration::from_secs(1);

/// What is known of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub part_type: Option<Text>,
    pub order: Option<u32>,
    /// Which visit of its route it is at, where its type comes to the element several times.
    pub visit: Option<u32>,
    /// How long it has been in the plant.
    pub age: Option<Duration>,
}

impl Known {
    fn or(self, other: Self) -> Self {
        Self {
            part_type: self.part_type.or(other.part_type),
            order: self.order.or(other.order),
            visit: self.visit.or(other.visit),
            age: self.age.or(other.age),
        }
    }
}

/// The number at the end of an id: of `PO-100017`, 100017.
pub(super) fn number_of(id: Text) -> Option<u64> {
    let id = id.as_str();
    let digits = id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    id.get(digits..)?.parse().ok()
}

/// An order's number as it is reported.
pub(super) fn order_of(id: Text) -> Option<u32> {
    u32::try_from(number_of(id)?).ok()
}

/// Follows parts upstream.
pub(super) struct Origins<'a> {
    pub site: &'a Site<'a>,
    pub past: Past<'a>,
    /// The one type that there is.
    only: Option<Text>,
    /// Whether anybody says which orders parts belong to.
    has_orders: bool,
    /// Hand-overs that may still be followed.
    pub hand_overs: Cell<u32>,
}

impl<'a> Origins<'a> {
    pub fn new(site: &'a Site<'a>, past: Past<'a>) -> Self {
        let types = &site.network.network.part_types;
        let elements = (0..site.network.network.elements.len() as u32).map(ElementId);
        Self {
            only: match types.as_slice() {
                [only] => Some(Text::new(only)),
                _ => None,
            },
            has_orders: elements
                .into_iter()
                .any(|element| site.part(element).signals.order.is_some()),
            site,
            past,
            hand_overs: Cell::new(MAX_HAND_OVERS),
        }
    }

    /// What is known of the part that came into `element` at `t`.
    pub fn came(&self, element: ElementId, t: Timestamp) -> Known {
        let mut known = Known {
            part_type: self.only,
            // Without orders there is nothing to be looked for.
            order: (!self.has_orders).then_some(0),
            ..Known::default()
        };
        if !self.is_enough(known) {
            known = known.or(self.trace(element, t, MAX_STEPS));
        }
        known.visit = self.visit(element, t, known.part_type);
        known.age = self.age(element, t);
        known
    }

    /// Nothing more can be found out.
    fn is_enough(&self, known: Known) -> bool {
        known.part_type.is_some() && (known.order.is_some() || !self.has_orders)
    }

    fn trace(&self, element: ElementId, t: Timestamp, steps: u32) -> Known {
        let Some(steps) = steps.checked_sub(1) else {
            return Known::default();
        };
        let mut found: Option<Known> = None;
        for giver in self.gave(element, t) {
            let left = self.left_by(giver, t, steps);
            found = Some(match found {
                None => left,
                Some(other) => Known {
                    part_type: left.part_type.filter(|t| other.part_type == Some(*t)),
                    order: left.order.filter(|order| other.order == Some(*order)),
                    ..Known::default()
                },
            });
        }
        found.unwrap_or_default()
    }

    /// Who may have handed over the part that came into `element` at `t`: of several, those that gave
    /// something away just then.
    pub fn gave(&self, element: ElementId, t: Timestamp) -> Vec<ElementId> {
        let givers = self.site.part(element).givers.as_slice();
        if givers.len() < 2 {
            return givers.to_vec();
        }
        let gave = |giver: &ElementId| {
            let since = t - HAND_OVER;
            let left = left_since(self.site, &self.past, *giver, since, t + HAND_OVER);
            left.is_none_or(|left| left > 0)
        };
        givers.iter().copied().filter(gave).collect()
    }

    /// What is known of the part that left `element` at `t`.
    pub fn left(&self, element: ElementId, t: Timestamp) -> Known {
        self.left_by(element, t, MAX_STEPS)
    }

    fn left_by(&self, element: ElementId, t: Timestamp, steps: u32) -> Known {
        let part = self.site.part(element);
        let before = just_before(t);
        let mut known = Known::default();
        match self.site.process(element) {
            Some(Process::Station(station)) => {
                let made = station.produces;
                known.part_type = made.and_then(|made| self.type_name(made.0));
            }
            Some(Process::Source(source)) => {
                let id = part.signals.order;
                known.order = id
                    .and_then(|id| self.past.last_text(id, before))
                    .and_then(order_of);
                known.part_type = match &source.mix {
                    Mix::Single(part_type) => self.type_name(part_type.0),
                    Mix::Weighted(_) => part
                        .signals
                        .part_type
                        .and_then(|id| self.past.last_text(id, before)),
                    Mix::Orders(orders) => orders
                        .iter()
                        .find(|order| Some(order.order) == known.order)
                        .and_then(|order| self.type_name(order.part_type.0)),
                };
                return known;
            }
            Some(Process::Fleet(_)) => return self.left_fleet(element, t, steps),
            _ => {}
        }
        let reported = Known {
            part_type: part
                .signals
                .part_type
                .and_then(|id| self.past.last_text(id, before)),
            order: part
                .signals
                .order
                .and_then(|id| self.past.last_text(id, before))
                .and_then(order_of),
            ..Known::default()
        };
        let known = known.or(reported);
        if self.is_enough(known) {
            return known;
        }
        match self.came_in(element, t) {
            Some(came) => known.or(self.trace(element, came, steps)),
            None => known,
        }
    }

    /// When the part that left an element at `t` had come in.
    pub fn came_in(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let before = just_before(t);
        let inside = content_before(self.site, &self.past, element, t);
        let inside = inside.unwrap_or(1.0).clamp(1.0, 1e4) as usize;
        let entries = entries(self.site, &self.past, element, inside, before);
        entries.first().copied()
    }

    /// Whichever vehicle set something down last.
    fn left_fleet(&self, element: ElementId, t: Timestamp, steps: u32) -> Known {
        let Some((signals, fell)) = self.unloaded(element, t) else {
            return Known::default();
        };
        let known = Known {
            part_type: signals
                .part_type
                .and_then(|id| self.past.last_text(id, just_before(fell))),
            ..Known::default()
        };
        match self.taken_up(signals, fell) {
            Some(loaded) => known.or(self.trace(element, loaded, steps)),
            None => known,
        }
    }

    /// The vehicle that set something down last up to `t`, and when.
    fn unloaded(&self, element: ElementId, t: Timestamp) -> Option<(&Signals, Timestamp)> {
        let vehicles = self.site.part(element).vehicles.iter();
        let unloaded = vehicles.filter_map(|(_, signals)| {
            let load = signals.content.or(signals.present)?;
            let mut changes = self.past.changes(load, t + HAND_OVER);
            let fell = changes.find(|change| change.to < change.from)?;
            Some((signals, fell.time))
        });
        unloaded.max_by_key(|(_, time)| *time)
    }

    /// When a vehicle had taken up what it set down at `fell`.
    fn taken_up(&self, signals: &Signals, fell: Timestamp) -> Option<Timestamp> {
        let load = signals.content.or(signals.present)?;
        let mut changes = self.past.changes(load, just_before(fell));
        let loaded = changes.find(|change| change.to > change.from)?;
        Some(loaded.time)
    }

    /// When the part was loaded that left a fleet at `t`.
    pub fn loaded(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let (signals, fell) = self.unloaded(element, t)?;
        self.taken_up(signals, fell)
    }

    pub fn type_name(&self, part_type: u32) -> Option<Text> {
        let types = &self.site.network.network.part_types;
        types.get(part_type as usize).map(|name| Text::new(name))
    }
}
