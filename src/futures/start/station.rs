//! What stations are doing, and for how long.

use super::flow::{entries, left_since};
use super::inferred::What;
use super::origin::Known;
use super::past::Phase;
use super::{Infer, is_down};
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{Doing, ElementId, Holding, ServerStart, StartPart, Station};

/// Phases of an equipment that are walked back over at most.
const MAX_PHASES: usize = 256;

/// What a station was doing before it went down, if it is down.
struct Work {
    state: OperatingState,
    /// The phases up to the end, newest first.
    phases: Vec<Phase>,
}

impl Infer<'_> {
    pub(super) fn station(&mut self, element: ElementId, station: &Station) -> Holding {
        let part = self.site.part(element);
        if part.signals.is_mute() {
            self.note(
                element,
                What::Parts,
                "nothing in it".into(),
                "it reports nothing",
            );
            return Holding::Nothing;
        }
        let work = self.work(element);
        let fitted = self.fitted(element);
        let single = station.servers == 1 && station.batch == 1 && station.assembly.is_empty();
        let (servers, gathered) = if single {
            (
                self.single(element, station, &work).into_iter().collect(),
                Vec::new(),
            )
        } else if station.servers == 1 {
            self.gathering(element, station, &work)
        } else {
            self.parallel(element, station, &work)
        };
        if servers.is_empty() && gathered.is_empty() && fitted.is_empty() {
            return Holding::Nothing;
        }
        Holding::Station {
            servers,
            fitted,
            gathered,
        }
    }

    fn work(&self, element: ElementId) -> Work {
        let signals = &self.site.part(element).signals;
        let state = signals.state.filter(|_| signals.reports_state);
        let phases: Vec<Phase> = state
            .into_iter()
            .flat_map(|state| self.past.phases(state))
            .take(MAX_PHASES)
            .collect();
        let working = phases.iter().find(|phase| !is_down(phase.state));
        Work {
            state: working.map_or(OperatingState::Unknown, |phase| phase.state),
            phases,
        }
    }

    /// The type that a station with nothing in it is set up for: that of the last part in it.
    fn fitted(&self, element: ElementId) -> String {
        let signals = &self.site.part(element).signals;
        let said = signals
            .part_type
            .and_then(|signal| self.past.last_text(signal, self.past.end));
        said.map_or_else(String::new, |text| text.as_str().to_owned())
    }

    /// Whether something says that a part is inside; `None`: nothing says.
    fn has_part(&self, element: ElementId) -> Option<bool> {
        let signals = &self.site.part(element).signals;
        let end = self.past.end;
        if let Some(signal) = signals.content.or(signals.present) {
            return Some(self.past.number(signal, end)? > 0.5);
        }
        let text = signals.part_id.or(signals.part_type)?;
        self.past.back(text, end).next()?;
        Some(self.past.text(text, end).is_some())
    }

    /// When the last part was handed over or found bad.
    fn last_done(&self, element: ElementId) -> Option<Timestamp> {
        let signals = &self.site.part(element).signals;
        [signals.produced, signals.scrapped]
            .into_iter()
            .flatten()
            .filter_map(|counter| self.past.changed(counter, self.past.end))
            .max()
    }

    /// How long the present operation (or set-up) has been going on, pauses left out, and when it
    /// began. It began when the station began to work, or handed the part before over while it did.
    fn elapsed(&self, element: ElementId, work: &Work, doing: OperatingState) -> (f64, Timestamp) {
        let done = self.last_done(element);
        let mut secs = 0.0;
        let mut began = self.past.end;
        for phase in &work.phases {
            if is_down(phase.state) {
                continue;
            }
            if phase.state != doing {
                break;
            }
            let since = match done {
                Some(done) if doing == OperatingState::Execute => phase.start.max(done),
                _ => phase.start,
            };
            if since < phase.end {
                secs += phase.end.secs_since(since);
                began = since;
            }
            if since > phase.start {
                break;
            }
        }
        (secs, began)
    }

    /// A station with one server that takes one part.
    fn single(
        &mut self,
        element: ElementId,
        station: &Station,
        work: &Work,
    ) -> Option<ServerStart> {
        let has_part = self.has_part(element);
        let doing = match work.state {
            OperatingState::Execute => {
                let (secs, _) = self.elapsed(element, work, OperatingState::Execute);
                self.note_operation(element, secs);
                Doing::Processing(secs)
            }
            OperatingState::Setup => {
                let (secs, _) = self.elapsed(element, work, OperatingState::Setup);
                let taken = format!("set up for {secs:.1} s so far");
                self.note(
                    element,
                    What::Setup,
                    taken,
                    "since when it is in this state",
                );
                Doing::Setup(secs)
            }
            OperatingState::Blocked
                if station.blocking == crate::simulation::Blocking::AfterService =>
            {
                Doing::Done
            }
            OperatingState::Blocked => Doing::Waiting,
            // It holds a part and does not begin: it lacks what it requires.
            _ if has_part == Some(true) && !station.requires.is_empty() => Doing::Waiting,
            _ if has_part == Some(true) && work.phases.is_empty() => {
                let taken = "an operation that has just begun".to_owned();
                self.note(
                    element,
                    What::Operation,
                    taken,
                    "a part is inside, and no state is reported",
                );
                Doing::Processing(0.0)
            }
            _ => return None,
        };
        if has_part.is_none() {
            let taken = "a part inside".to_owned();
            self.note(element, What::Parts, taken, "its operating state");
        }
        let part = self.part_inside(element, work);
        let before = match doing {
            Doing::Setup(_) | Doing::Waiting => self.fitted_before(element),
            _ => String::new(),
        };
        Some(ServerStart {
            parts: vec![part],
            doing,
            fitted: before,
        })
    }

    fn note_operation(&mut self, element: ElementId, secs: f64) {
        let taken = format!("an operation under way for {secs:.1} s");
        let from = "time working since the part before was handed over";
        self.note(element, What::Operation, taken, from);
    }

    /// The part in a station, as it says itself, else as it came.
    fn part_inside(&mut self, element: ElementId, work: &Work) -> StartPart {
        let signals = self.site.part(element).signals.clone();
        let end = self.past.end;
        let text = |signal| self.past.text(signal, end);
        let id = signals
            .part_id
            .and_then(text)
            .and_then(super::origin::number_of);
        let mut known = Known {
            part_type: signals.part_type.and_then(text),
            order: signals
                .order
                .and_then(|signal| self.past.last_text(signal, end))
                .and_then(super::origin::order_of),
        };
        if known.part_type.is_none() || known.order.is_none() {
            let since = signals
                .part_id
                .and_then(|signal| self.past.text_since(signal, end));
            let (_, began) = self.elapsed(element, work, work.state);
            let came = self.origins.came(element, since.unwrap_or(began));
            self.note_origin(element, known, came);
            known.part_type = known.part_type.or(came.part_type);
            known.order = known.order.or(came.order);
        }
        self.start_part(element, known, id)
    }

    /// The type of the last part before the present one.
    fn fitted_before(&self, element: ElementId) -> String {
        let signals = &self.site.part(element).signals;
        let Some(signal) = signals.part_type else {
            return String::new();
        };
        let now = self.past.text(signal, self.past.end);
        let points = self.past.back(signal, self.past.end).take(64);
        let mut before = points.filter_map(|point| self.past.text(signal, point.time));
        before
            .find(|text| Some(*text) != now)
            .map_or_else(String::new, |text| text.as_str().to_owned())
    }

    /// One server that takes several parts: a batch or a product.
    fn gathering(
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

    fn content(&self, element: ElementId) -> Option<u32> {
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
                parts.push((name.clone(), self.start_part(element, known, None)));
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
        }
    }

    /// Several servers: those that came last are inside.
    fn parallel(
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
        for came in times {
            let secs = active_secs(&work.phases, came, end);
            let known = match last {
                Some((at, known)) if at == came => known,
                _ => self.origins.came(element, came),
            };
            last = Some((came, known));
            let mut part = self.start_part(element, known, None);
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
