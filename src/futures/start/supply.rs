//! Where sources are: what waits, which order is next, and how long the next arrival has been coming.

use super::Infer;
use super::inferred::What;
use super::origin::order_of;
use crate::model::OperatingState;
use crate::model::process::WhenBlocked;
use crate::simulation::{Arrivals, ElementId, Holding, Mix, Order, Source, SourceStart, StartPart};

impl Infer<'_> {
    pub(super) fn source(&mut self, element: ElementId, source: &Source) -> Holding {
        let mut start = SourceStart::default();
        if let Mix::Orders(orders) = &source.mix {
            self.place_in_orders(element, orders, &mut start);
        }
        if matches!(source.arrivals, Arrivals::Interval(_)) {
            self.arrivals(element, source, &mut start);
        }
        if source.in_process.is_some() {
            start.in_process = self.in_process(element);
        }
        Holding::Source(start)
    }

    /// Which order the next part belongs to, and how many of it exist.
    fn place_in_orders(&mut self, element: ElementId, orders: &[Order], start: &mut SourceStart) {
        let signals = self.site.part(element).signals.clone();
        let end = self.past.end;
        let made = signals
            .produced
            .and_then(|counter| self.past.number(counter, end));
        let reported = signals.order.and_then(|signal| {
            let text = self.past.last_text(signal, end)?;
            let order =
                order_of(text).filter(|number| orders.iter().any(|o| o.order == *number))?;
            Some((order, self.past.text_since(signal, end)))
        });
        let (order, of_order, from) = match (reported, made) {
            (Some((order, Some(since))), Some(made)) => {
                let counter = signals.produced;
                let before = counter.and_then(|counter| self.past.number(counter, since));
                let of_order = (made - before.unwrap_or(made)).max(0.0) as u32;
                (order, of_order, "its counter since it reports this order")
            }
            (Some((order, None)), made) => {
                // Nobody saw it begin: as the counter would have it from the first order on.
                let before = orders.iter().take_while(|o| o.order != order);
                let before: u64 = before.map(|o| u64::from(o.quantity)).sum();
                let quantity = orders
                    .iter()
                    .find(|o| o.order == order)
                    .map_or(1, |o| o.quantity);
                let counted = made.map(|made| made as i64 - before as i64);
                let fits = counted.filter(|count| (0..i64::from(quantity)).contains(count));
                match fits {
                    Some(count) => (order, count as u32, "its counter, from the first order on"),
                    None => (
                        order,
                        quantity / 2,
                        "half of it, for nobody saw the order begin",
                    ),
                }
            }
            (Some((order, Some(_))), None) => (
                order,
                0,
                "that order has just begun, for nothing is counted",
            ),
            (None, Some(made)) => {
                let mut left = made.max(0.0) as u64;
                let place = orders.iter().find(|order| {
                    let is_here = left < u64::from(order.quantity);
                    if !is_here {
                        left -= u64::from(order.quantity);
                    }
                    is_here
                });
                match place {
                    Some(order) => (
                        order.order,
                        left as u32,
                        "its counter, from the first order on",
                    ),
                    None => {
                        // All are made: an order that is not in the list ends it.
                        start.order = Some(0);
                        return;
                    }
                }
            }
            (None, None) => {
                return self.note(
                    element,
                    What::Supply,
                    "at the first order".into(),
                    "it reports neither order nor counter",
                );
            }
        };
        start.order = Some(order);
        start.of_order = of_order;
        let taken = format!("{of_order} parts of order {order} made");
        self.note(element, What::Supply, taken, from);
    }

    /// Whether parts wait, and how long the next one has been coming.
    fn arrivals(&mut self, element: ElementId, source: &Source, start: &mut SourceStart) {
        let signals = self.site.part(element).signals.clone();
        let end = self.past.end;
        let last = signals
            .produced
            .and_then(|counter| self.past.changed(counter, end));
        let waiting = match signals.content {
            Some(content) => self.past.number(content, end).map(|n| n.max(0.0) as usize),
            None => None,
        };
        let phase = signals
            .state
            .filter(|_| signals.reports_state)
            .and_then(|state| self.past.phases(state).next());
        let is_blocked = phase.is_some_and(|phase| phase.state == OperatingState::Blocked);
        let count = match waiting {
            Some(count) => count,
            None if is_blocked => source.batch as usize,
            None => 0,
        };
        let waits = self.origins.waits_since(element, source, end);
        start.waiting = vec![
            StartPart {
                age_secs: waits.map(|since| end.secs_since(since).max(0.0)),
                order: start.order.unwrap_or_default(),
                ..StartPart::default()
            };
            count
        ];
        let since = last.or_else(|| {
            let counter = signals.produced.or(signals.content)?;
            self.past.first(counter)
        });
        start.elapsed_secs = since.map_or(0.0, |since| end.secs_since(since).max(0.0));
        let holds = source.when_blocked == WhenBlocked::Hold;
        if count > 0 && holds {
            start.elapsed_secs = 0.0;
            return;
        }
        let taken = format!("the next arrival under way for {:.1} s", start.elapsed_secs);
        self.note(
            element,
            What::Supply,
            taken,
            "the last change of its counter",
        );
    }

    /// Parts of a source that limits them: those in the whole plant.
    fn in_process(&mut self, element: ElementId) -> u32 {
        let elements = (0..self.site.network.network.elements.len() as u32).map(ElementId);
        let mut sum = 0.0;
        for other in elements.filter(|other| *other != element) {
            let part = self.site.part(other);
            let own = std::iter::once(&part.signals);
            for signals in own.chain(part.vehicles.iter().map(|(_, signals)| signals)) {
                let end = self.past.end;
                sum += match (signals.content.or(signals.present), signals.part_id) {
                    (Some(count), _) => self.past.number(count, end).unwrap_or_default(),
                    (None, Some(id)) => f64::from(u8::from(self.past.text(id, end).is_some())),
                    (None, None) => 0.0,
                };
            }
        }
        let count = sum.clamp(0.0, 1e7) as u32;
        let taken = format!("{count} of its parts in process");
        self.note(element, What::Supply, taken, "the contents of the plant");
        count
    }
}
