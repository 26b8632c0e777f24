//! Stations that work on several parts at once: batches, products, servers side by side.

use super::flow::{entries, left_since};
use super::inferred::What;
use super::origin::Known;
use super::past::Phase;
use super::station::Work;
use super::{Infer, is_down, start_part};
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{Doing, ElementId, ServerStart, StartPart, Station};

impl Infer<'_> {
    /// One server that takes several parts: a batch or a product.
    pub(super) fn gathering(
        &mut self,
        element: ElementId,
        station: &Station,
        work: &Work,
    ) -> (Vec<ServerStart>, Vec<(String, StartPart)>) {
        let is_assembly = !station.assembly.is_empty();
        let content = self.content(element);
        let doing = match work.state {
            OperatingState::Execute => {
                let (secs, _) = self.elapsed(element, work, OperatingState::Execute);
                self.note_operation(element, secs);
                Some(Doing::Processing(secs))
            }
            OperatingState::Setup => {
                let (secs, _) = self.elapsed(element, work, OperatingState::Setup);
                Some(Doing::Setup(secs))
            }
            OperatingState::Blocked => Some(Doing::Done),
            _ => None,
        };
        if let Some(doing) = doing {
            let first = self.part_inside(element, work);
            let count = match (is_assembly, doing) {
                (true, _) => 1,
                (false, Doing::Done) => content.map_or(1, |content| {
                    (content as usize).clamp(1, station.batch as usize)
                }),
                (false, _) => station.batch as usize,
            };
            let mut parts = vec![first.clone(); count];
            for part in parts.iter_mut().skip(1) {
                part.id = None;
            }
            let server = ServerStart {
                parts,
                doing,
                fitted: String::new(),
            };
            return (vec![server], Vec::new());
        }
        // Everything that came since the last one was handed over waits for the rest.
        let since = self.last_done(element).unwrap_or(Timestamp::MIN);
        (Vec::new(), self.gathered(element, station, since, content))
    }

    pub(super) fn content(&self, element: ElementId) -> Option<u32> {
        let signal = self.site.part(element).signals.content?;
        let number = self.past.number(signal, self.past.end)?;
        Some(number.clamp(0.0, 1e7) as u32)
    }

    /// Parts gathered since an instant, by who gave them; at most what leaves an operation waiting.
    fn gathered(
        &mut self,
        element: ElementId,
        station: &Station,
        since: Timestamp,
        content: Option<u32>,
    ) -> Vec<(String, StartPart)> {
        let end = self.past.end;
        let mut found: Vec<(ElementId, u32)> = if station.assembly.is_empty() {
            let givers = self.site.part(element).givers.clone();
            let most = station.batch - 1;
            let count = match content {
                Some(content) => content.min(most),
                None => {
                    let left = givers
                        .iter()
                        .filter_map(|giver| left_since(self.site, &self.past, *giver, since, end));
                    left.sum::<u32>().min(most)
                }
            };
            givers
                .first()
                .map(|giver| (*giver, count))
                .into_iter()
                .collect()
        } else {
            let needs = station.assembly.iter();
            needs
                .map(|need| {
                    let left = left_since(self.site, &self.past, need.from, since, end);
                    (need.from, left.unwrap_or_default().min(need.count))
                })
                .collect()
        };
        let wanted: u32 = match station.assembly.iter().map(|need| need.count).sum() {
            0 => station.batch,
            wanted => wanted,
        };
        let most = content.unwrap_or(u32::MAX).min(wanted - 1);
        while found.iter().map(|(_, count)| count).sum::<u32>() > most {
            let Some((_, count)) = found.iter_mut().max_by_key(|(_, count)| *count) else {
                break;
            };
            *count -= 1;
        }
        let total: u32 = found.iter().map(|(_, count)| count).sum();
        if total > 0 {
            let taken = format!("{total} of {wanted} parts gathered");
            let from = "what was handed to it since the last one left";
            self.note(element, What::Parts, taken, from);
        }
        let mut parts = Vec::with_capacity(total as usize);
        for (giver, count) in found {
            let name = self.site.part(giver).name.clone();
            for _ in 0..count {
                let known = self.origins.came(element, end);
                let known = self.of_giver(giver, known);
                parts.push((name.clone(), start_part(known, None)));
            }
        }
        parts
    }

    /// What a giver last gave, in place of what is not known.
    fn of_giver(&self, giver: ElementId, known: Known) -> Known {
        let left = self.origins.left(giver, self.past.end);
        Known {
            part_type: left.part_type.or(known.part_type),
            order: left.order.or(known.order),
            visit: known.visit,
            age: self.origins.age_of_last(giver, self.past.end),
        }
    }

    /// Several servers: those that came last are inside.
    pub(super) fn parallel(
        &mut self,
        element: ElementId,
        station: &Station,
        work: &Work,
    ) -> (Vec<ServerStart>, Vec<(String, StartPart)>) {
        let is_simple = station.batch == 1 && station.assembly.is_empty();
        let reported = self.content(element);
        let inside = reported.unwrap_or(match work.state {
            OperatingState::Execute | OperatingState::Setup | OperatingState::Blocked => {
                station.servers
            }
            _ => 0,
        });
        if reported.is_none() {
            let taken = format!("{inside} parts inside");
            self.note(element, What::Parts, taken, "its operating state");
        }
        let end = self.past.end;
        let (busy, gathered) = if is_simple {
            (inside.min(station.servers), Vec::new())
        } else {
            // What came since an operation began is gathered, the rest is in work.
            let since = self.last_start(element, station);
            let mut gathered = self.gathered(element, station, since, reported);
            let busy = inside
                .saturating_sub(gathered.len() as u32)
                .min(station.servers);
            if busy == station.servers {
                gathered.clear();
            }
            (busy, gathered)
        };
        let came = if is_simple {
            entries(self.site, &self.past, element, busy as usize, end)
        } else {
            self.starts(element, station, busy as usize)
        };
        if busy > 0 {
            let taken = format!("{busy} operations under way");
            let from = "when the newest parts came in, first in first out";
            self.note(element, What::Operation, taken, from);
        }
        let unseen = (busy as usize).saturating_sub(came.len());
        let earliest = work.phases.last().map_or(end, |phase| phase.start);
        let times: Vec<Timestamp> = std::iter::repeat_n(earliest, unseen).chain(came).collect();
        let limit = longest(station);
        let is_blocked = work.state == OperatingState::Blocked;
        let inside_type = self.fitted(element);
        let mut servers = Vec::with_capacity(times.len());
        let mut last: Option<(Timestamp, Known)> = None;
        for (place, came) in times.into_iter().enumerate() {
            let secs = active_secs(&work.phases, came, end);
            let known = match last {
                Some((at, known)) if at == came => known,
                _ => self.origins.came(element, came),
            };
            last = Some((came, known));
            let mut part = start_part(known, None);
            if place < unseen {
                part.age_secs = None;
            }
            if known.part_type.is_none() && !inside_type.is_empty() {
                part.part_type.clone_from(&inside_type);
            }
            servers.push(ServerStart {
                parts: if station.assembly.is_empty() {
                    vec![part; station.batch as usize]
                } else {
                    vec![part]
                },
                doing: if is_blocked || limit.is_some_and(|limit| secs >= limit) {
                    Doing::Done
                } else {
                    Doing::Processing(secs)
                },
                fitted: String::new(),
            });
        }
        (servers, gathered)
    }

    /// When the newest operations of a station that gathers began, oldest first: its content falls by
    /// what is built in.
    fn starts(&self, element: ElementId, station: &Station, count: usize) -> Vec<Timestamp> {
        let Some(content) = self.site.part(element).signals.content else {
            return Vec::new();
        };
        let built_in: u32 = station.assembly.iter().map(|need| need.count).sum();
        let least = f64::from(built_in.saturating_sub(2).max(1));
        let falls = self.past.changes(content, self.past.end);
        let mut found: Vec<Timestamp> = falls
            .filter(|change| change.from - change.to >= least)
            .map(|change| change.time)
            .take(count)
            .collect();
        found.reverse();
        found
    }

    fn last_start(&self, element: ElementId, station: &Station) -> Timestamp {
        let starts = self.starts(element, station, 1);
        starts.last().copied().unwrap_or(Timestamp::MIN)
    }
}

/// Time from `since` to `end` in which an equipment was not down.
fn active_secs(phases: &[Phase], since: Timestamp, end: Timestamp) -> f64 {
    let whole = end.secs_since(since);
    let down: f64 = phases
        .iter()
        .take_while(|phase| phase.end > since)
        .filter(|phase| is_down(phase.state))
        .map(|phase| phase.end.secs_since(phase.start.max(since)))
        .sum();
    (whole - down).max(0.0)
}

/// The longest that an operation can take, if it has an end.
fn longest(station: &Station) -> Option<f64> {
    use crate::simulation::DistributionSpec as D;
    match station.processing.spec() {
        D::Constant { value } => Some(*value),
        D::Uniform { max, .. } | D::Triangular { max, .. } => Some(*max),
        _ => None,
    }
}
