//! Parts in buffers and on conveyors.

use super::flow::{departures, entries};
use super::inferred::What;
use super::origin::Known;
use super::past::Phase;
use super::{Infer, is_down, start_part};
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{Belt, Buffer, Conveyor, Discipline, ElementId, Holding, StartPart};

/// Parts of one element that are named; more in it are as the nearest of these.
const NAMED: usize = 512;

impl Infer<'_> {
    pub(super) fn buffer(&mut self, element: ElementId, buffer: &Buffer) -> Holding {
        let Some(count) = self.count(element) else {
            return Holding::Nothing;
        };
        let count = buffer
            .capacity
            .map_or(count, |capacity| count.min(capacity));
        if count == 0 {
            return Holding::Nothing;
        }
        let came = entries(
            self.site,
            &self.past,
            element,
            count as usize,
            self.past.end,
        );
        let mut parts = self.named(element, count as usize, &came);
        let front = self.site.part(element).signals.part_type;
        let front = front.and_then(|signal| self.past.text(signal, self.past.end));
        if buffer.discipline == Discipline::Fifo
            && let (Some(first), Some(front)) = (parts.first_mut(), front)
        {
            front.as_str().clone_into(&mut first.part_type);
        }
        Holding::Queue(parts)
    }

    /// How many parts an element reports, or `None` with a note that it does not.
    fn count(&mut self, element: ElementId) -> Option<u32> {
        let signals = &self.site.part(element).signals;
        let signal = signals.content.or(signals.present);
        let number = signal.and_then(|signal| self.past.number(signal, self.past.end));
        if number.is_none() {
            let taken = "nothing in it".to_owned();
            self.note(
                element,
                What::Parts,
                taken,
                "it does not say how much is in it",
            );
        }
        Some(number?.clamp(0.0, 1e6) as u32)
    }

    /// So many parts in the order in which they came; types and orders as they came.
    fn named(&mut self, element: ElementId, count: usize, came: &[Timestamp]) -> Vec<StartPart> {
        let unseen = count.saturating_sub(came.len());
        let mut parts = Vec::with_capacity(count);
        let mut last: Option<(Timestamp, Known)> = None;
        let skipped = came.len().saturating_sub(NAMED);
        for at in came.iter().skip(skipped) {
            let known = match last {
                Some((same, known)) if same == *at => known,
                _ => self.origins.came(element, *at),
            };
            last = Some((*at, known));
            parts.push(start_part(known, None));
        }
        // Those that came before anybody looked are as the first of the others.
        let first = match parts.first() {
            Some(first) => first.clone(),
            None => {
                let known = self.origins.came(element, self.past.end);
                start_part(known, None)
            }
        };
        let unseen_part = StartPart {
            age_secs: None,
            ..first.clone()
        };
        let mut all = vec![unseen_part; unseen];
        all.resize(unseen + skipped, first);
        all.append(&mut parts);
        if all.iter().any(|part| part.visit.is_some()) {
            let taken = format!("steps of the routes of {count} parts");
            let from = "who handed each over when it came";
            self.note(element, What::Visits, taken, from);
        }
        if self.site.network.network.part_types.len() > 1 || all.iter().any(|part| part.order > 0) {
            let taken = format!("types and orders of {count} parts");
            self.note(
                element,
                What::Types,
                taken,
                "what left upstream when each came",
            );
        }
        all
    }

    pub(super) fn belt(&mut self, element: ElementId, conveyor: &Conveyor) -> Holding {
        let end = self.past.end;
        let last_left = departures(self.site, &self.past, element, end)
            .and_then(|mut passed| passed.next())
            .map(|passed| passed.time);
        let phases = self.phases_since(element, last_left.unwrap_or(Timestamp::MIN));
        let count = self.count(element).unwrap_or_default() as usize;
        let came = entries(self.site, &self.past, element, count, end);
        let earliest = came.first().copied().unwrap_or(Timestamp::MIN);
        let phases = if phases.last().is_some_and(|phase| phase.start <= earliest) {
            phases
        } else {
            self.phases_since(element, earliest)
        };
        let is_rigid = conveyor.belt == Belt::Rigid;
        let ran = |since: Timestamp| run_secs(&phases, since, end, is_rigid);
        // Those whose coming nobody saw have come to where they can come.
        let through = conveyor.length_m / conveyor.speed_mps;
        let unseen = count.saturating_sub(came.len());
        let rides = std::iter::repeat_n(through, unseen).chain(came.iter().map(|at| ran(*at)));
        let rides: Vec<f64> = rides.collect();
        let last_left_secs = last_left.map(ran);
        if count == 0 && last_left_secs.is_none() {
            return Holding::Nothing;
        }
        if count > 0 {
            let taken = format!("positions of {count} parts");
            let from = "when each came on, and how long the belt has run since";
            self.note(element, What::Positions, taken, from);
        }
        let parts = self.named(element, count, &came);
        Holding::Belt {
            parts: parts.into_iter().zip(rides).collect(),
            last_left_secs,
        }
    }

    fn phases_since(&self, element: ElementId, since: Timestamp) -> Vec<Phase> {
        let signals = &self.site.part(element).signals;
        let state = signals.state.filter(|_| signals.reports_state);
        let phases = state.into_iter().flat_map(|state| self.past.phases(state));
        let mut found = Vec::new();
        for phase in phases.take(1_024) {
            let is_last = phase.start <= since;
            found.push(phase);
            if is_last {
                break;
            }
        }
        found
    }
}

/// Time from `since` to `end` in which the belt ran. A rigid belt stands while its first part cannot
/// leave.
fn run_secs(phases: &[Phase], since: Timestamp, end: Timestamp, is_rigid: bool) -> f64 {
    let stands =
        |state: OperatingState| is_down(state) || (is_rigid && state == OperatingState::Blocked);
    let stood: f64 = phases
        .iter()
        .take_while(|phase| phase.end > since)
        .filter(|phase| stands(phase.state))
        .map(|phase| phase.end.secs_since(phase.start.max(since)))
        .sum();
    (end.secs_since(since) - stood).max(0.0)
}
