//! Resources, and who requires them.

use std::collections::HashSet;

use super::{Check, NetworkError};
use crate::simulation::network::Element;
use crate::simulation::resources::ResourceId;

impl Check<'_> {
    pub(super) fn check_resources(&mut self) {
        let mut names = HashSet::new();
        for resource in &self.network.resources {
            let mut wrong = |problem| {
                let resource = resource.name.clone();
                self.mistakes
                    .push(NetworkError::BadResource { resource, problem });
            };
            if resource.count == 0 {
                wrong("there are none of it: nobody who requires it would ever begin");
            }
            if !names.insert(resource.name.as_str()) {
                wrong("another resource has the same name");
            }
            if let Some(shift) = resource.shift
                && shift.0 as usize >= self.network.shifts.len()
            {
                wrong("its shift calendar does not exist");
            }
        }
    }

    /// `count` of a resource are there for one operation or repair of `element`.
    pub(super) fn check_requirement(&mut self, element: &Element, id: ResourceId, count: u32) {
        self.at_least_one(element, "the number of a resource", count);
        match self.network.resources.get(id.0 as usize) {
            None => self.inconsistent(element, "it requires a resource that does not exist"),
            Some(resource) if resource.count < count => self.inconsistent(
                element,
                "it requires more of a resource than there are: it would never begin",
            ),
            Some(_) => {}
        }
    }
}
