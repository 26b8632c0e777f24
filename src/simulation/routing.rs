//! Which of its outlets a part takes.

use serde::{Deserialize, Serialize};

use super::kernel::{Kernel, NONE};
use super::model::Model;
use super::network::{ElementId, Network, PartType};
use super::observer::Observer;

/// How parts choose among several outlets. A choice once made for a part is kept until it leaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// There is one outlet.
    #[default]
    Single,
    /// The outlets in turn; a part waits for its own even when another is free.
    RoundRobin,
    /// By weights, drawn once per part. Weights need not sum to 1.
    Probability(Vec<(ElementId, f64)>),
    /// By type of part; types not named take `otherwise`.
    ByType {
        /// The next element of each type.
        table: Vec<(PartType, ElementId)>,
        /// The next element of all other types.
        otherwise: ElementId,
    },
    /// To the outlet that can take the part now and holds the fewest; the first of equals.
    ShortestQueue,
    /// To the first outlet, in the order of the links, that can take the part now.
    FirstAvailable,
}

/// [`Routing`] with links in place of elements.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Router {
    Single,
    RoundRobin,
    /// Cumulative weights, one per outlet.
    Probability(Vec<f64>),
    /// Link of each type.
    ByType(Vec<u32>),
    ShortestQueue,
    FirstAvailable,
    /// By the route of the type of the part; parts that are on none, by the rule.
    ByRoute(Box<Router>),
}

impl Router {
    /// The rule for parts that have no route.
    pub(super) fn rule(&self) -> &Self {
        match self {
            Self::ByRoute(otherwise) => otherwise,
            other => other,
        }
    }
}

/// In place of a link: whichever outlet is free.
pub(super) const ANY: u32 = u32::MAX - 1;

impl Model {
    pub(super) fn out_link(&self, from: u32, to: ElementId) -> u32 {
        let fixed = &self.elements[from as usize];
        (fixed.outs_from..fixed.outs_to)
            .find(|link| self.links[*link as usize].to == to.0)
            .unwrap_or(fixed.outs_from)
    }

    /// Compiles the routing of an element whose links are known.
    pub(super) fn router(&self, network: &Network, id: u32, routing: &Routing) -> Router {
        let fixed = &self.elements[id as usize];
        match routing {
            _ if fixed.choices() <= 1 => Router::Single,
            Routing::Single => Router::Single,
            Routing::RoundRobin => Router::RoundRobin,
            Routing::ShortestQueue => Router::ShortestQueue,
            Routing::FirstAvailable => Router::FirstAvailable,
            Routing::Probability(weights) => {
                let mut sum = 0.0;
                let links = fixed.outs_from..fixed.outs_from + fixed.choices();
                let cumulative = links.map(|link| {
                    let to = self.links[link as usize].to;
                    sum += weights
                        .iter()
                        .filter(|(e, _)| e.0 == to)
                        .map(|(_, w)| w)
                        .sum::<f64>();
                    sum
                });
                Router::Probability(cumulative.collect())
            }
            Routing::ByType { table, otherwise } => {
                let types = network.part_types.len().max(1);
                let mut links = vec![self.out_link(id, *otherwise); types];
                for (part_type, to) in table {
                    links[part_type.0 as usize] = self.out_link(id, *to);
                }
                Router::ByType(links)
            }
        }
    }
}

impl<O: Observer> Kernel<'_, O> {
    /// The link that `part` wants to take out of `element`, or [`ANY`].
    #[inline(always)]
    pub(super) fn route(&mut self, element: u32, part: u32) -> u32 {
        let fixed = &self.m.elements[element as usize];
        match &fixed.router {
            Router::Single => fixed.outs_from,
            Router::ShortestQueue | Router::FirstAvailable => ANY,
            _ => self.route_chosen(element, part),
        }
    }

    fn route_chosen(&mut self, element: u32, part: u32) -> u32 {
        let fixed = &self.m.elements[element as usize];
        if matches!(fixed.router, Router::ByRoute(_))
            && let Some(link) = self.link_on_route(element, part)
        {
            return link;
        }
        let kept = self.s.parts.route(part);
        if kept != NONE {
            return kept;
        }
        let state = &mut self.s.elements[element as usize];
        let choice = match fixed.router.rule() {
            Router::ShortestQueue | Router::FirstAvailable => return ANY,
            Router::RoundRobin => {
                let link = fixed.outs_from + state.next_outlet;
                state.next_outlet = (state.next_outlet + 1) % fixed.choices();
                link
            }
            Router::Probability(cumulative) => {
                let total = cumulative.last().copied().unwrap_or_default();
                let aim = rand::RngExt::random::<f64>(&mut state.route_rng) * total;
                let index = cumulative.partition_point(|sum| *sum <= aim) as u32;
                fixed.outs_from + index.min(fixed.choices() - 1)
            }
            Router::ByType(links) => {
                let part_type = self.s.parts.get(part).part_type.0;
                links
                    .get(part_type as usize)
                    .copied()
                    .unwrap_or(fixed.outs_from)
            }
            Router::Single | Router::ByRoute(_) => fixed.outs_from,
        };
        self.s.parts.set_route(part, choice);
        choice
    }

    /// The link that can be taken now for a wish from [`Kernel::route`].
    #[inline(always)]
    pub(super) fn open_link(&self, element: u32, wish: u32) -> Option<u32> {
        if wish != ANY {
            return self.accepts(wish).then_some(wish);
        }
        let fixed = &self.m.elements[element as usize];
        let mut open =
            (fixed.outs_from..fixed.outs_from + fixed.choices()).filter(|link| self.accepts(*link));
        if matches!(fixed.router.rule(), Router::FirstAvailable) {
            return open.next();
        }
        open.min_by_key(|link| {
            let to = self.m.links[*link as usize].to;
            (self.s.elements[to as usize].content, *link)
        })
    }
}
