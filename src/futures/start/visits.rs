//! Which visit of its route a part is at, where its type comes to one element several times: told by
//! who handed it over when it came, and, where they hand over at several visits, by who had handed it
//! to them.

use super::origin::{MAX_STEPS, Origins};
use crate::model::{Text, Timestamp};
use crate::simulation::{ElementId, StartPart, Visit};

impl Origins<'_> {
    /// The visit of a part of that type (`None`: of the first one) that came into `element` at `t`;
    /// `None`: its type comes there once, or never.
    pub fn visit(&self, element: ElementId, t: Timestamp, part_type: Option<Text>) -> Option<u32> {
        let visits = self.route(part_type)?;
        let here: Vec<usize> = (0..visits.len())
            .filter(|at| is_at(visits, *at, element))
            .collect();
        if here.len() < 2 {
            return None;
        }
        let narrowed = self.narrow(visits, element, here, t, MAX_STEPS);
        u32::try_from(*narrowed.first()?).ok()
    }

    /// Whether parts of some type come to `element` several times.
    pub fn comes_again(&self, element: ElementId) -> bool {
        let mut routes = self.site.network.network.part_routes.iter();
        routes.any(|route| {
            let visits = route.visits.iter();
            visits.filter(|visit| visit.at == element).count() > 1
        })
    }

    /// Where the route of a part leads that `element` holds.
    pub fn next_on_route(&self, element: ElementId, part: &StartPart) -> Option<ElementId> {
        let visits = self.route(Some(Text::new(&part.part_type)))?;
        let first = || (0..visits.len()).find(|at| is_at(visits, *at, element));
        let at = part.visit.map(|at| at as usize).or_else(first)?;
        Some(visits.get(at + 1)?.at)
    }

    fn route(&self, part_type: Option<Text>) -> Option<&[Visit]> {
        let network = &self.site.network.network;
        let known = part_type.and_then(|text| {
            let mut names = network.part_types.iter();
            names.position(|name| name == text.as_str())
        });
        let part_type = known.unwrap_or_default();
        let mut routes = network.part_routes.iter();
        let route = routes.find(|route| route.part_type.0 as usize == part_type)?;
        Some(&route.visits)
    }

    /// Which of these visits to `element` fit what was seen when a part came in at `t`: never none.
    fn narrow(
        &self,
        visits: &[Visit],
        element: ElementId,
        here: Vec<usize>,
        t: Timestamp,
        steps: u32,
    ) -> Vec<usize> {
        let Some(steps) = steps.checked_sub(1).filter(|_| here.len() > 1) else {
            return here;
        };
        let gave = self.gave(element, t);
        // The visits before those that fit.
        let before: Vec<usize> = here
            .iter()
            .filter_map(|at| at.checked_sub(1))
            .filter(|at| gave.iter().any(|giver| is_at(visits, *at, *giver)))
            .collect();
        // What comes from beside its route may be at any of them.
        let Some(first) = before.first().and_then(|at| visits.get(*at)) else {
            return here;
        };
        let giver = first.at;
        let before = if before.iter().all(|at| is_at(visits, *at, giver))
            && let Some(came) = self.came_in(giver, t)
        {
            self.narrow(visits, giver, before, came, steps)
        } else {
            before
        };
        before.into_iter().map(|at| at + 1).collect()
    }
}

fn is_at(visits: &[Visit], at: usize, element: ElementId) -> bool {
    visits.get(at).is_some_and(|visit| visit.at == element)
}
