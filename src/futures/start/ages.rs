//! How old parts are: followed upstream, hand-over by hand-over, to the source that they left. First in,
//! first out through everything that holds several.

use std::ops::Range;
use std::time::Duration;

use super::flow::{TOGETHER, content_before, departures, entries, left_through};
use super::origin::{HAND_OVER, Origins};
use super::past::{Past, just_before};
use super::site::Site;
use crate::history::HistoryReader;
use crate::model::process::WhenBlocked;
use crate::model::{OperatingState, Plant, Timestamp};
use crate::simulation::{Arrivals, ElementId, PlantNetwork, Process, Source, Station};

/// Hand-overs that all parts of one look together are followed back over at most: a tenth of a second.
pub(super) const MAX_HAND_OVERS: u32 = 100_000;

/// Lead times of the parts that left a plant through its sinks within a span, as they were recorded: when
/// each left, and how many seconds it had been in the plant. Those that nobody saw come are left out.
pub(in crate::futures) fn lead_times(
    plant: &Plant,
    network: &PlantNetwork,
    history: &HistoryReader,
    span: Range<Timestamp>,
) -> Vec<(Timestamp, f64)> {
    let view = history.view();
    let site = Site::new(plant, network);
    let past = Past::before(&view, span.end);
    let origins = Origins::new(&site, past);
    let elements = (0..network.network.elements.len() as u32).map(ElementId);
    let is_sink = |element: &ElementId| matches!(site.process(*element), Some(Process::Sink));
    let mut found = Vec::new();
    for sink in elements.filter(is_sink) {
        let left = left_through(&site, &past, sink);
        for passed in left.take_while(|passed| passed.time >= span.start) {
            if let Some(born) = origins.born(sink, passed.time) {
                let lead = (passed.time, passed.time.secs_since(born));
                found.extend(std::iter::repeat_n(lead, passed.count as usize));
            }
        }
    }
    found.sort_by_key(|(time, _)| *time);
    found
}

impl Origins<'_> {
    /// How long the part that came into `element` at `t` has been in the plant.
    pub fn age(&self, element: ElementId, t: Timestamp) -> Option<Duration> {
        self.age_since(self.born(element, t)?)
    }

    /// How long the part that left `element` last up to `t` has been in the plant.
    pub fn age_of_last(&self, element: ElementId, t: Timestamp) -> Option<Duration> {
        let left = self.left_last(element, t)?;
        self.age_since(self.born_before(element, left)?)
    }

    fn age_since(&self, born: Timestamp) -> Option<Duration> {
        Duration::try_from_secs_f64(self.past.end.secs_since(born)).ok()
    }

    /// When the part that came into `element` at `t` came into the plant; `None`: nobody saw it come.
    fn born(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let giver = self.giver(element, t)?;
        self.born_before(giver, self.handed_over(giver, t))
    }

    /// When the part that left `element` at `t` came into the plant; `None`: nobody saw it come.
    fn born_before(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let (mut at, mut left) = (element, t);
        loop {
            self.hand_overs.set(self.hand_overs.get().checked_sub(1)?);
            if let Some(Process::Source(source)) = self.site.process(at) {
                return self.arrived(at, source, left);
            }
            let came = self.entered(at, left)?;
            at = self.giver(at, came)?;
            left = self.handed_over(at, came);
        }
    }

    /// Since when the part has been in the plant that waits in a source at `t`.
    pub fn waits_since(
        &self,
        element: ElementId,
        source: &Source,
        t: Timestamp,
    ) -> Option<Timestamp> {
        // Those of a queue came one by one, and nothing tells when.
        if source.when_blocked == WhenBlocked::Queue {
            return None;
        }
        let state = self.site.part(element).signals.state?;
        let mut since = None;
        for point in self.past.back(state, t) {
            match OperatingState::from_value(point.value) {
                OperatingState::Blocked => since = Some(point.time),
                OperatingState::Unknown => {}
                _ => return since,
            }
        }
        None
    }

    /// Who handed over what came into `element` at `t`: to an assembly, what it builds on.
    fn giver(&self, element: ElementId, t: Timestamp) -> Option<ElementId> {
        if let Some(Process::Station(station)) = self.site.process(element)
            && let Some(main) = station.assembly.first()
        {
            return Some(main.from);
        }
        let gave = self.gave(element, t).first().copied();
        gave.or_else(|| {
            // None of several says so: whoever gave something away last.
            let givers = self.site.part(element).givers.iter();
            let left = givers.filter_map(|giver| Some((self.left_last(*giver, t)?, *giver)));
            left.max_by_key(|(time, _)| *time).map(|(_, giver)| giver)
        })
    }

    /// The instant at which `giver` itself says that it handed over what came at `t`.
    fn handed_over(&self, giver: ElementId, t: Timestamp) -> Timestamp {
        let last = self.left_last(giver, t + TOGETHER);
        last.filter(|left| t <= *left + HAND_OVER).unwrap_or(t)
    }

    /// When something left an element last up to `t`, as far as it says so.
    pub fn left_last(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let passed = departures(self.site, &self.past, element, t)?.next()?;
        Some(passed.time)
    }

    /// When the part that left `element` at `t` had come in; `None`: nobody saw it come.
    fn entered(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let before = just_before(t);
        match self.site.process(element)? {
            Process::Fleet(_) => return self.loaded(element, t),
            Process::Station(station) if !station.assembly.is_empty() => {
                let named = self.named_since(element, before);
                let began = t - Duration::from_secs_f64(station.processing.mean_secs());
                return self.built_on(station, named.unwrap_or(began));
            }
            _ => {}
        }
        if let Some(since) = self.named_since(element, before) {
            return Some(since);
        }
        let inside = content_before(self.site, &self.past, element, t);
        let inside = inside.map_or(1, |inside| inside.clamp(0.0, 1e4) as usize);
        if inside == 0 {
            // It went straight through.
            return Some(t);
        }
        let entries = entries(self.site, &self.past, element, inside, before);
        let came = entries.first().copied().filter(|_| entries.len() == inside);
        match self.site.part(element).givers.as_slice() {
            // What comes in place of what leaves does not change what it holds.
            [giver] if inside == 1 && self.site.part(*giver).takers.len() == 1 => {
                came.max(self.left_last(*giver, before))
            }
            _ => came,
        }
    }

    /// When the part came that an assembly built on which began at `began`.
    pub fn built_on(&self, station: &Station, began: Timestamp) -> Option<Timestamp> {
        let main = station.assembly.first()?;
        let mut count = main.count;
        // The first of those that were gathered.
        for passed in departures(self.site, &self.past, main.from, began + TOGETHER)? {
            if passed.count >= count {
                return Some(passed.time);
            }
            count -= passed.count;
        }
        None
    }

    /// Since when an element has told of the part in it at `t`; `None`: it tells of none.
    pub fn named_since(&self, element: ElementId, t: Timestamp) -> Option<Timestamp> {
        let id = self.site.part(element).signals.part_id?;
        self.past.text_since(id, t)
    }

    /// When the part came into the plant that left its source at `t`.
    fn arrived(&self, element: ElementId, source: &Source, t: Timestamp) -> Option<Timestamp> {
        let before = just_before(t);
        if matches!(source.arrivals, Arrivals::Saturated) {
            // The next part stands ready as soon as one has left.
            return self.left_last(element, before);
        }
        let signals = &self.site.part(element).signals;
        let state = signals.state.filter(|_| signals.reports_state);
        let state = state.and_then(|state| {
            let points = self.past.back(state, before);
            let mut states = points.map(|point| OperatingState::from_value(point.value));
            states.find(|state| *state != OperatingState::Unknown)
        });
        match state {
            Some(OperatingState::Blocked) => self.waits_since(element, source, before),
            _ => Some(t),
        }
    }
}
