//! [`Series`]: what one replication did over time, on a regular grid.

use std::sync::Arc;

use crate::simulation::{ElementId, Happening, Network, Observer, Process, SimTime, Simulation};

/// Points of a grid at most.
const MAX_POINTS: i64 = 10_000;

/// Regular instants from the start to the horizon, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    horizon: SimTime,
    step: SimTime,
    points: usize,
}

impl Grid {
    /// Every `step` up to `horizon`; the step is longer where there would be more than 10,000 points.
    #[must_use]
    pub fn new(horizon: SimTime, step: SimTime) -> Self {
        let least = horizon.as_nanos() / MAX_POINTS + 1;
        let step = SimTime::from_nanos(step.as_nanos().max(least).max(1));
        let points = (horizon.as_nanos() / step.as_nanos()).max(0) as usize + 1;
        Self {
            horizon,
            step,
            points,
        }
    }

    /// Time between two instants.
    #[must_use]
    pub fn step(&self) -> SimTime {
        self.step
    }

    /// How many instants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points
    }

    /// Never: the start is always one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// An instant.
    #[must_use]
    pub fn time(&self, point: usize) -> SimTime {
        let nanos = self.step.as_nanos().saturating_mul(point as i64);
        SimTime::from_nanos(nanos)
    }

    /// The last instant at or before `time`.
    #[must_use]
    pub fn point(&self, time: SimTime) -> usize {
        let point = time.as_nanos().max(0) / self.step.as_nanos();
        (point as usize).min(self.points.saturating_sub(1))
    }
}

/// The elements whose contents are followed: buffers, conveyors and fleets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Followed {
    /// Per element: its place among those that are followed.
    places: Vec<Option<u16>>,
    pub names: Vec<String>,
}

impl Followed {
    pub fn new(network: &Network) -> Self {
        let mut names = Vec::new();
        let places = network
            .elements
            .iter()
            .map(|element| {
                let holds = matches!(
                    element.process,
                    Process::Buffer(_) | Process::Conveyor(_) | Process::Fleet(_)
                );
                let place = u16::try_from(names.len()).ok().filter(|_| holds)?;
                names.push(element.name.clone());
                Some(place)
            })
            .collect();
        Self { places, names }
    }
}

/// What one replication did, at the instants of its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its index.
    pub index: u64,
    /// Parts that have left through sinks since the start.
    pub completed: Vec<u32>,
    /// Sum of the lead times of these parts, s.
    pub lead_secs: Vec<f64>,
    /// Parts in the plant.
    pub parts: Vec<u32>,
    /// Parts in each followed element: element by element, instant by instant.
    pub(super) contents: Vec<u32>,
}

impl Series {
    /// The contents of one followed element.
    pub(super) fn content(&self, place: usize) -> &[u32] {
        let points = self.completed.len();
        self.contents
            .get(place * points..(place + 1) * points)
            .unwrap_or_default()
    }
}

/// Writes the series of a replication while it runs.
#[derive(Debug)]
pub(super) struct Recorder {
    grid: Grid,
    followed: Arc<Followed>,
    next: SimTime,
    point: usize,
    completed: u32,
    lead_secs: f64,
    parts: u32,
    levels: Vec<u32>,
    series: Series,
}

impl Recorder {
    pub fn new(simulation: &Simulation, grid: Grid, followed: &Arc<Followed>) -> Self {
        let points = grid.len();
        let mut levels = vec![0; followed.names.len()];
        for (element, place) in followed.places.iter().enumerate() {
            let level = place.and_then(|place| levels.get_mut(usize::from(place)));
            if let Some(level) = level {
                *level = simulation.content(ElementId(element as u32));
            }
        }
        Self {
            next: SimTime::ZERO,
            point: 0,
            completed: 0,
            lead_secs: 0.0,
            parts: simulation.parts_present() as u32,
            series: Series {
                index: 0,
                completed: Vec::with_capacity(points),
                lead_secs: Vec::with_capacity(points),
                parts: Vec::with_capacity(points),
                contents: vec![0; points * levels.len()],
            },
            levels,
            grid,
            followed: Arc::clone(followed),
        }
    }

    /// The whole series, up to the horizon.
    pub fn finish(mut self, index: u64) -> Series {
        while self.point < self.grid.len() {
            self.write();
        }
        self.series.index = index;
        self.series
    }

    #[cold]
    fn write(&mut self) {
        if self.point >= self.grid.len() {
            self.next = SimTime::MAX;
            return;
        }
        self.series.completed.push(self.completed);
        self.series.lead_secs.push(self.lead_secs);
        self.series.parts.push(self.parts);
        let points = self.grid.len();
        for (place, level) in self.levels.iter().enumerate() {
            if let Some(slot) = self.series.contents.get_mut(place * points + self.point) {
                *slot = *level;
            }
        }
        self.point += 1;
        self.next = self.grid.time(self.point);
    }
}

impl Observer for Recorder {
    #[inline]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        // What happens at an instant of the grid still belongs to it.
        while at > self.next {
            self.write();
        }
        match happening {
            Happening::Created { .. } => self.parts += 1,
            Happening::Completed { part, .. } => {
                self.completed += 1;
                self.lead_secs += (at - part.created).as_secs_f64();
                self.parts = self.parts.saturating_sub(1);
            }
            Happening::Lost { .. }
            | Happening::Consumed { .. }
            | Happening::Scrapped { is_gone: true, .. } => {
                self.parts = self.parts.saturating_sub(1);
            }
            Happening::ContentChanged { element, content } => {
                let place = self.followed.places.get(element.index()).copied().flatten();
                if let Some(level) = place.and_then(|at| self.levels.get_mut(usize::from(at))) {
                    *level = content;
                }
            }
            _ => {}
        }
    }
}
