//! Finding out who waits for whom when nothing moves any more.

use super::kernel::NONE;
use super::network::ElementId;
use super::run::Simulation;

/// Elements that wait for each other: each for the next, the last for the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// The circle of waiting elements. One element alone is a chain of waiting that ends there: what
    /// it needs will never come.
    pub cycle: Vec<ElementId>,
}

impl Simulation {
    /// Who waits for whom, when nothing will ever happen again and parts are still in the network.
    ///
    /// While events are pending, or when all parts have left, there is no deadlock.
    #[must_use]
    pub fn deadlock(&self) -> Option<Deadlock> {
        let is_failure_only = self.next_event().is_none();
        if !is_failure_only || self.parts_present() == 0 {
            return None;
        }
        let count = self.model.elements.len();
        let mut waits_for = vec![NONE; count];
        for (link, fixed) in self.model.links.iter().enumerate() {
            if self.state.waiting[link] != 0 && waits_for[fixed.from as usize] == NONE {
                waits_for[fixed.from as usize] = fixed.to;
            }
        }
        // Follow the waiting from each element; a walk that meets itself has found the circle.
        let mut seen_in = vec![0_u32; count];
        let mut end_of_chain = None;
        for start in 0..count as u32 {
            if waits_for[start as usize] == NONE || seen_in[start as usize] != 0 {
                continue;
            }
            let mut at = start;
            while at != NONE && seen_in[at as usize] == 0 {
                seen_in[at as usize] = start + 1;
                if waits_for[at as usize] == NONE {
                    end_of_chain.get_or_insert(at);
                }
                at = waits_for[at as usize];
            }
            if at != NONE && seen_in[at as usize] == start + 1 {
                let mut cycle = vec![ElementId(at)];
                let mut next = waits_for[at as usize];
                while next != at {
                    cycle.push(ElementId(next));
                    next = waits_for[next as usize];
                }
                return Some(Deadlock { cycle });
            }
        }
        let stuck = end_of_chain
            .map(ElementId)
            .or_else(|| self.elements().find(|element| self.content(*element) > 0))?;
        Some(Deadlock { cycle: vec![stuck] })
    }
}
