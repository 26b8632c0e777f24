//! What stations are doing, and for how long.

use std::time::Duration;

use super::flow::entries;
use super::inferred::What;
use super::origin::Known;
use super::past::Phase;
use super::{Infer, is_down, start_part};
use crate::model::{OperatingState, Timestamp};
use crate::simulation::{
    Blocking, Doing, ElementId, Holding, Process, ServerStart, StartPart, Station,
};

/// Phases of an equipment that are walked back over at most.
const MAX_PHASES: usize = 256;

/// What a station was doing before it went down, if it is down.
pub(super) struct Work {
    pub state: OperatingState,
    /// The phases up to the end, newest first.
    pub phases: Vec<Phase>,
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
    pub(super) fn fitted(&self, element: ElementId) -> String {
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
    pub(super) fn last_done(&self, element: ElementId) -> Option<Timestamp> {
        let signals = &self.site.part(element).signals;
        [signals.produced, signals.scrapped]
            .into_iter()
            .flatten()
            .filter_map(|counter| self.past.changed(counter, self.past.end))
            .max()
    }

    /// How long the present operation (or set-up) has been going on, pauses left out, and when it
    /// began. It began when the station began to work, or handed the part before over while it did.
    pub(super) fn elapsed(
        &self,
        element: ElementId,
        work: &Work,
        doing: OperatingState,
    ) -> (f64, Timestamp) {
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
            OperatingState::Blocked if station.blocking == Blocking::AfterService => Doing::Done,
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

    pub(super) fn note_operation(&mut self, element: ElementId, secs: f64) {
        let taken = format!("an operation under way for {secs:.1} s");
        let from = "time working since the part before was handed over";
        self.note(element, What::Operation, taken, from);
    }

    /// The part in a station, as it says itself, else as it came.
    pub(super) fn part_inside(&mut self, element: ElementId, work: &Work) -> StartPart {
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
            ..Known::default()
        };
        known.age = self.age_inside(element, work);
        let comes_again = self.origins.comes_again(element);
        if known.part_type.is_none() || known.order.is_none() || comes_again {
            let since = signals
                .part_id
                .and_then(|signal| self.past.text_since(signal, end));
            let (_, began) = self.elapsed(element, work, work.state);
            let since = since.unwrap_or(began);
            let came = self.origins.came(element, since);
            self.note_origin(element, known, came);
            known.part_type = known.part_type.or(came.part_type);
            known.order = known.order.or(came.order);
            known.visit = self.origins.visit(element, since, known.part_type);
            self.note_visit(element, known);
        }
        start_part(known, id)
    }

    /// How long the part in a station has been in the plant.
    fn age_inside(&self, element: ElementId, work: &Work) -> Option<Duration> {
        let end = self.past.end;
        let named = self.origins.named_since(element, end);
        let began = || named.unwrap_or_else(|| self.elapsed(element, work, work.state).1);
        let Some(Process::Station(station)) = self.site.process(element) else {
            return None;
        };
        let came = if !station.assembly.is_empty() {
            self.origins.built_on(station, began())?
        } else if station.batch > 1 {
            let inside = self.content(element).unwrap_or(station.batch) as usize;
            *entries(self.site, &self.past, element, inside, end).first()?
        } else if let Some(since) = named {
            since
        } else {
            // Set-ups and waits come before what it does now.
            let givers = self.site.part(element).givers.iter();
            let given = givers.filter_map(|giver| self.origins.left_last(*giver, end));
            let entries = entries(self.site, &self.past, element, 1, end);
            entries
                .first()
                .copied()
                .or(given.max())
                .unwrap_or_else(began)
        };
        self.origins.age(element, came)
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
}
