//! Routes of part types: the elements that a part visits one after the other.
//!
//! A route may come to an element several times (a re-entrant flow, such as a wafer's), with another
//! processing time at each visit. A part keeps which visit of its route it is at. What leaves the
//! route (a reject that is reworked) follows the routing of the elements there; when it comes back, it
//! is at the last visit of that element up to where it was, else at the next one after it.

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::kernel::{Kernel, NONE};
use super::model::{Kind, Model};
use super::network::{ElementId, Network, PartType};
use super::observer::Observer;
use super::routing::Router;

/// The way of all parts of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRoute {
    /// The type.
    pub part_type: PartType,
    /// Element by element; each must be linked to the next.
    pub visits: Vec<Visit>,
}

/// One visit of a part to an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Where.
    pub at: ElementId,
    /// How long the operation takes at this visit; `None`: as the station says.
    #[serde(default)]
    pub processing: Option<Distribution>,
}

impl Visit {
    /// With the processing time that the station has.
    #[must_use]
    pub const fn at(at: ElementId) -> Self {
        Self {
            at,
            processing: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct VisitFixed {
    element: u32,
    /// The link to the next visit; none at the end.
    link: u32,
    /// Distribution of the operation; none: the station's own.
    processing: u32,
}

impl Model {
    /// Compiles the routes of part types, when all elements and links are known.
    pub(super) fn add_part_routes(&mut self, network: &Network) {
        if network.part_routes.is_empty() {
            return;
        }
        self.part_routes = vec![Vec::new(); network.part_types.len().max(1)];
        for route in &network.part_routes {
            let next = route.visits.iter().skip(1).map(Some).chain([None]);
            let mut visits = Vec::with_capacity(route.visits.len());
            for (visit, next) in route.visits.iter().zip(next) {
                let ElementId(element) = visit.at;
                let processing = visit.processing.as_ref();
                visits.push(VisitFixed {
                    element,
                    link: next.map_or(NONE, |next| self.out_link(element, next.at)),
                    processing: processing.map_or(NONE, |time| self.distribution(time)),
                });
                let fixed = &mut self.elements[element as usize];
                if fixed.choices() > 1 && !matches!(fixed.router, Router::ByRoute(_)) {
                    let otherwise = std::mem::replace(&mut fixed.router, Router::Single);
                    fixed.router = Router::ByRoute(Box::new(otherwise));
                }
                if processing.is_some() && fixed.kind == Kind::Station {
                    let station = &mut self.stations[fixed.index as usize];
                    station.is_uniform = false;
                }
            }
            self.part_routes[route.part_type.0 as usize] = visits;
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// The route of a part; empty when its type has none.
    fn visits(&self, part: u32) -> &[VisitFixed] {
        let part_type = self.s.parts.get(part).part_type.0;
        let visits = self.m.part_routes.get(part_type as usize);
        visits.map_or(&[], Vec::as_slice)
    }

    /// A part begins its route in `element`: it has come into being there, or become another type.
    pub(super) fn begin_route(&mut self, element: u32, part: u32) {
        if self.m.part_routes.is_empty() {
            return;
        }
        let first = self.visits(part).iter().position(|v| v.element == element);
        self.s
            .parts
            .set_visit(part, first.unwrap_or_default() as u32);
    }

    /// A part is on its route in `element` when the simulation begins: at that visit if it is one of
    /// this element, else at the first one there.
    pub(super) fn resume_route(&mut self, element: u32, part: u32, visit: Option<u32>) {
        self.begin_route(element, part);
        if let Some(at) = visit
            && let Some(visit) = self.visits(part).get(at as usize)
            && visit.element == element
        {
            self.s.parts.set_visit(part, at);
        }
    }

    /// A part has come into `element` by `link`.
    #[cold]
    pub(super) fn visit(&mut self, link: u32, element: u32, part: u32) {
        let at = self.s.parts.visit(part) as usize;
        let visits = self.visits(part);
        let is_here = |visit: &VisitFixed| visit.element == element;
        if visits.get(at).is_some_and(|visit| visit.link == link) {
            self.s.parts.set_visit(part, at as u32 + 1);
            return;
        }
        let back = visits.iter().take(at + 1).rposition(is_here);
        let ahead = || visits.iter().position(is_here);
        if let Some(visit) = back.or_else(ahead) {
            self.s.parts.set_visit(part, visit as u32);
        }
    }

    /// The link by which a part leaves `element` along its route; none when it is not on it.
    pub(super) fn link_on_route(&self, element: u32, part: u32) -> Option<u32> {
        let visit = self.visits(part).get(self.s.parts.visit(part) as usize)?;
        (visit.element == element && visit.link != NONE).then_some(visit.link)
    }

    /// Distribution of the operation on a part in a station that treats parts differently.
    pub(super) fn processing_of(&self, element: u32, station: u32, part: u32) -> u32 {
        let visit = self.visits(part).get(self.s.parts.visit(part) as usize);
        if let Some(visit) = visit
            && visit.element == element
            && visit.processing != NONE
        {
            return visit.processing;
        }
        let fixed = &self.m.stations[station as usize];
        let part_type = self.s.parts.get(part).part_type.0 as usize;
        let by_type = fixed.by_type.get(part_type).copied();
        by_type.unwrap_or(fixed.processing)
    }
}
