//! [`Parts`]: all workpieces of a simulation.

use serde::{Deserialize, Serialize};

use super::NONE;
use crate::simulation::observer::Part;

/// All parts in the network, in places that are used again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    parts: Vec<Part>,
    routes: Vec<u32>,
    free: Vec<u32>,
    pub created: u64,
}

impl Parts {
    #[inline]
    pub fn add(&mut self, mut part: Part) -> u32 {
        part.id = self.created;
        self.created += 1;
        if let Some(place) = self.free.pop() {
            self.parts[place as usize] = part;
            self.routes[place as usize] = NONE;
            place
        } else {
            self.parts.push(part);
            self.routes.push(NONE);
            (self.parts.len() - 1) as u32
        }
    }

    /// Adds a part that is older than the simulation; it gets a number unless it has its own.
    pub fn restore(&mut self, part: Part, id: Option<u64>) -> u32 {
        let created = self.created;
        let place = self.add(part);
        if let Some(id) = id {
            self.parts[place as usize].id = id;
            self.created = created;
        }
        place
    }

    #[inline]
    pub fn remove(&mut self, place: u32) -> Part {
        self.free.push(place);
        self.parts[place as usize]
    }

    #[inline]
    pub fn get(&self, place: u32) -> Part {
        // Without a panic, so that the call vanishes where nobody looks at the part.
        self.parts.get(place as usize).copied().unwrap_or_default()
    }

    #[inline]
    pub fn get_mut(&mut self, place: u32) -> &mut Part {
        &mut self.parts[place as usize]
    }

    pub fn route(&self, place: u32) -> u32 {
        self.routes[place as usize]
    }

    pub fn set_route(&mut self, place: u32, link: u32) {
        self.routes[place as usize] = link;
    }

    pub fn present(&self) -> usize {
        self.parts.len() - self.free.len()
    }
}
