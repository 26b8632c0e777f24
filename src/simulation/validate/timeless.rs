//! What would go on without end at one instant.

use std::collections::{HashMap, HashSet};

use super::{Check, NetworkError};
use crate::simulation::distribution::Distribution;
use crate::simulation::network::{ElementId, Process};
use crate::simulation::source::{Arrivals, Mix};

impl Check<'_> {
    /// Sources and loops that would never let time pass.
    pub(super) fn check_timeless(&mut self, outs: &[Vec<ElementId>]) {
        for (index, element) in self.network.elements.iter().enumerate() {
            let Process::Source(source) = &element.process else {
                continue;
            };
            let is_instant = match &source.arrivals {
                Arrivals::Saturated => true,
                Arrivals::Interval(interval) => Distribution::is_zero(interval),
            };
            let is_endless = source.limit.is_none()
                && source.in_process.is_none()
                && !matches!(source.mix, Mix::Orders(_));
            if is_instant && is_endless && self.is_bottomless(&outs[index], outs) {
                let element = element.name.clone();
                self.mistakes.push(NetworkError::EndlessSource { element });
            }
        }
        // Depth first through buffers; a buffer met again on the present path closes a loop.
        let mut colour: HashMap<u32, bool> = HashMap::new();
        for start in 0..self.network.elements.len() as u32 {
            let mut stack = vec![(start, 0_usize)];
            if !self.is_buffer(start) || colour.contains_key(&start) {
                continue;
            }
            colour.insert(start, true);
            while let Some((node, next)) = stack.pop() {
                let Some(to) = outs[node as usize].get(next) else {
                    colour.insert(node, false);
                    continue;
                };
                stack.push((node, next + 1));
                if !self.is_buffer(to.0) {
                    continue;
                }
                match colour.get(&to.0) {
                    Some(true) => {
                        let element = self.network.name(*to).to_owned();
                        self.mistakes.push(NetworkError::TimelessLoop { element });
                        return;
                    }
                    Some(false) => {}
                    None => {
                        colour.insert(to.0, true);
                        stack.push((to.0, 0));
                    }
                }
            }
        }
    }

    fn is_buffer(&self, id: u32) -> bool {
        matches!(
            self.network.elements[id as usize].process,
            Process::Buffer(_)
        )
    }

    /// Parts given to one of `first` can pile up or vanish without end at one instant.
    fn is_bottomless(&self, first: &[ElementId], outs: &[Vec<ElementId>]) -> bool {
        let mut seen = HashSet::new();
        let mut open: Vec<ElementId> = first.to_vec();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match &self.network.elements[id.index()].process {
                Process::Sink => return true,
                Process::Buffer(buffer) => {
                    if buffer.capacity.is_none() {
                        return true;
                    }
                    open.extend(&outs[id.index()]);
                }
                _ => {}
            }
        }
        false
    }
}
