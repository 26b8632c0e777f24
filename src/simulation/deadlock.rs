//! Finding out who waits for whom when nothing moves any more.

use serde::{Deserialize, Serialize};

use super::kernel::NONE;
use super::model::Role;
use super::network::ElementId;
use super::run::Simulation;
use super::time::SimTime;

/// Elements that wait for each other: each for the next, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlock {
    /// The circle of waiting elements. One element alone is a chain of waiting that ends there: what
    /// it needs will never come.
    pub cycle: Vec<ElementId>,
    /// Since when the last of them waits.
    pub since: SimTime,
}

impl Simulation {
    /// Who waits for whom, when some parts can never move again.
    ///
    /// Either elements wait for each other in a circle, whatever else goes on, or nothing will ever
    /// happen again and parts are still in the network.
    #[must_use]
    pub fn deadlock(&self) -> Option<Deadlock> {
        if self.parts_present() == 0 {
            return None;
        }
        let cycle = self.circle().or_else(|| {
            let is_over = self.next_event().is_none();
            is_over.then(|| self.end_of_waiting()).flatten()
        })?;
        let since = cycle.iter().map(|element| self.since(*element)).max()?;
        Some(Deadlock { cycle, since })
    }

    /// Elements that wait for each other in a circle, each only for others that are stuck.
    fn circle(&self) -> Option<Vec<ElementId>> {
        let elements = &self.state.elements;
        let mut is_stuck: Vec<bool> = elements.iter().map(|element| element.down == 0).collect();
        for (slot, owner) in self.model.slots.iter().enumerate() {
            let works = !matches!(owner.role, Role::Failure | Role::Control);
            if works
                && self.state.calendar.time_of(slot as u32).is_some()
                && let Some(flag) = is_stuck.get_mut(owner.element as usize)
            {
                *flag = false;
            }
        }
        let waited_for = |element: usize| {
            let fixed = &self.model.elements[element];
            (fixed.outs_from..fixed.outs_to)
                .filter(|link| self.state.waiting[*link as usize] != 0)
                .map(|link| self.model.links[link as usize].to as usize)
        };
        for (element, flag) in is_stuck.iter_mut().enumerate() {
            *flag &= waited_for(element).next().is_some();
        }
        // Who waits for somebody that may move again may move again.
        let mut free: Vec<usize> = (0..is_stuck.len()).filter(|e| !is_stuck[*e]).collect();
        while let Some(element) = free.pop() {
            let fixed = &self.model.elements[element];
            for place in fixed.ins_from..fixed.ins_to {
                let link = self.model.in_links[place as usize];
                let from = self.model.links[link as usize].from as usize;
                if is_stuck[from] && self.state.waiting[link as usize] != 0 {
                    is_stuck[from] = false;
                    free.push(from);
                }
            }
        }
        let start = is_stuck.iter().position(|flag| *flag)?;
        // Everyone stuck waits for someone stuck: the walk comes back to where it has been.
        let mut walk = vec![start];
        loop {
            let next = waited_for(*walk.last()?).next()?;
            if let Some(place) = walk.iter().position(|seen| *seen == next) {
                let cycle = walk.get(place..)?.iter();
                return Some(cycle.map(|e| ElementId(*e as u32)).collect());
            }
            walk.push(next);
        }
    }

    /// The end of a chain of waiting, when nothing will ever happen again.
    fn end_of_waiting(&self) -> Option<Vec<ElementId>> {
        let count = self.model.elements.len();
        let mut waits_for = vec![NONE; count];
        for (link, fixed) in self.model.links.iter().enumerate() {
            if self.state.waiting[link] != 0 && waits_for[fixed.from as usize] == NONE {
                waits_for[fixed.from as usize] = fixed.to;
            }
        }
        let mut at = *waits_for.iter().find(|to| **to != NONE).unwrap_or(&NONE);
        for _ in 0..count {
            match waits_for.get(at as usize) {
                Some(next) if *next != NONE => at = *next,
                _ => break,
            }
        }
        let stuck = (at != NONE).then_some(ElementId(at));
        let stuck = stuck.or_else(|| self.elements().find(|element| self.content(*element) > 0))?;
        Some(vec![stuck])
    }
}
