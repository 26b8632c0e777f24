//! [`Lanes`]: what a view draws along time, in buckets of about a pixel.
//!
//! Buckets lie on a grid of absolute time whose width is a power of two nanoseconds, so that a
//! visible part that moves keeps what it has: only new buckets are worked out, and only for those
//! whose signals got points. Whoever zooms gets other buckets; the old ones are shown until the new
//! ones are there.
//!
//! [`Lanes::update`] works within a budget and is called again until it says that nothing is left;
//! the viewer does so on a thread of its own. No abnormal phase is lost, however short: a bucket
//! keeps the worst state in it beside the one that lasted longest.

mod cells;
mod density;
mod events;
mod gaps;
mod plot;
mod sweep;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use cells::{Cell, Code};
pub use density::Density;
pub use events::{EventCell, Severity};
pub use gaps::Gap;
pub use plot::Plot;

use crate::history::{ArrivalCursor, Arrivals, HistoryReader};
use crate::model::equipment::GroupId;
use crate::model::{EquipmentId, Plant, SignalId, Timestamp};
use sweep::Lane;

/// Whose lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LaneId {
    /// The operating state of a group: of all equipment in it.
    Group(GroupId),
    /// The operating state of an equipment.
    Equipment(EquipmentId),
    /// The health of the whole plant.
    Health,
}

/// What is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The visible part of time.
    pub span: Range<Timestamp>,
    /// Its width.
    pub pixels: u32,
    /// Lanes of states and health.
    pub lanes: Vec<LaneId>,
    /// Signals as plots.
    pub plots: Vec<SignalId>,
    /// Nothing is known after this instant: the present.
    pub now: Timestamp,
}

/// Buckets along absolute time: number `n` goes from `n * width` to `(n + 1) * width` nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Width of a bucket, nanoseconds: a power of two.
    pub width: i64,
    /// The first bucket.
    pub first: i64,
    /// Number of buckets.
    pub count: usize,
}

impl Grid {
    /// The buckets that cover a span: at most as many as pixels, and more than half as many.
    pub fn over(span: &Range<Timestamp>, pixels: u32) -> Self {
        let length = span.end.nanos_since(span.start).max(1);
        let least = length / i64::from(pixels.max(1)) + 1;
        let width = (least as u64).next_power_of_two().min(1 << 62) as i64;
        let first = span.start.as_nanos().div_euclid(width);
        let last = (span.end.as_nanos() - 1).div_euclid(width);
        Self {
            width,
            first,
            count: usize::try_from(last - first + 1).unwrap_or(1),
        }
    }

    /// Where bucket `number` begins, counted on the whole axis.
    pub fn start(self, number: i64) -> Timestamp {
        Timestamp::from_nanos(number.saturating_mul(self.width))
    }

    /// From the first to the last.
    pub fn span(self) -> Range<Timestamp> {
        self.start(self.first)..self.start(self.first + self.count as i64)
    }

    /// The bucket that an instant lies in, counted on the whole axis.
    pub fn bucket(self, at: Timestamp) -> i64 {
        at.as_nanos().div_euclid(self.width)
    }
}

/// Cells of a lane: from bucket `first` of a width on.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneCells {
    /// Width of a bucket, nanoseconds.
    pub width: i64,
    /// The bucket of the first cell.
    pub first: i64,
    /// One for each bucket.
    pub cells: Vec<Cell>,
    /// Nothing is said beyond.
    pub until: Timestamp,
}

/// What is there to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Lanes of states and health.
    pub lanes: BTreeMap<LaneId, Arc<LaneCells>>,
    /// Events by severity.
    pub events: Arc<Vec<EventCell>>,
    /// Spans of which something is not known.
    pub gaps: Arc<Vec<Gap>>,
    /// How much was received.
    pub density: Arc<Density>,
    /// Plots.
    pub plots: BTreeMap<SignalId, Arc<Plot>>,
    /// Counts the changes.
    pub revision: u64,
}

/// Whether anything is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Everything that was asked for is there.
    Done,
    /// The budget was spent before.
    More,
}

/// What a piece of work takes: about a microsecond each.
#[derive(Debug)]
struct Budget(usize);

impl Budget {
    fn spend(&mut self, units: usize) {
        self.0 = self.0.saturating_sub(units);
    }

    fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

/// Works out what is asked for, and keeps it.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: BTreeMap<LaneId, Lane>,
    events: events::EventLane,
    gaps: gaps::GapLane,
    density: density::DensityLane,
    plots: BTreeMap<SignalId, plot::PlotLane>,
    arrivals: ArrivalCursor,
    pending: Vec<SignalId>,
    /// Late points that the history had when it was looked at last.
    late: u64,
    shown: Shown,
}

impl Lanes {
    /// Brings what is shown closer to what is asked for, at the cost of about `budget`
    /// microseconds.
    pub fn update(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        ask: &Ask,
        budget: usize,
    ) -> Progress {
        let grid = Grid::over(&ask.span, ask.pixels);
        let mut budget = Budget(budget.max(1));
        self.take_arrivals(plant, history);
        self.lanes.retain(|id, _| ask.lanes.contains(id));
        self.plots.retain(|id, _| ask.plots.contains(id));
        let shown = &mut self.shown;
        shown.lanes.retain(|id, _| ask.lanes.contains(id));
        shown.plots.retain(|id, _| ask.plots.contains(id));
        let mut is_changed = false;
        let mut progress = Progress::Done;
        for &id in &ask.lanes {
            let lane = self.lanes.entry(id).or_insert_with(|| Lane::new(plant, id));
            match lane.update(plant, history, grid, ask.now, &mut budget) {
                sweep::Update::Same => {}
                sweep::Update::New(cells) => {
                    shown.lanes.insert(id, Arc::new(cells));
                    is_changed = true;
                }
                sweep::Update::More => progress = Progress::More,
            }
        }
        for &id in &ask.plots {
            let lane = self.plots.entry(id).or_default();
            if let Some(plot) = lane.update(plant, history, id, grid, ask.now, &mut budget) {
                shown.plots.insert(id, Arc::new(plot));
                is_changed = true;
            }
        }
        if let Some(cells) = self.events.update(history, grid, &mut budget) {
            shown.events = Arc::new(cells);
            is_changed = true;
        }
        if let Some(gaps) = self.gaps.update(plant, history, grid, ask.now) {
            shown.gaps = Arc::new(gaps);
            is_changed = true;
        }
        match self
            .density
            .update(plant, history, grid, ask.now, &mut budget)
        {
            sweep::Update::Same => {}
            sweep::Update::New(density) => {
                shown.density = Arc::new(density);
                is_changed = true;
            }
            sweep::Update::More => progress = Progress::More,
        }
        shown.revision += u64::from(is_changed);
        progress
    }

    /// What there is.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Tells the lanes whose signals got points.
    fn take_arrivals(&mut self, plant: &Plant, history: &HistoryReader) {
        self.pending.clear();
        let arrivals = history.changes_since(&mut self.arrivals, &mut self.pending);
        let late = history.stats().late;
        let is_late = std::mem::replace(&mut self.late, late) != late;
        if arrivals == Arrivals::Everything {
            self.lanes.values_mut().for_each(Lane::everything_arrived);
            self.gaps.arrived();
            return;
        }
        let first = plant.signals.len() as u32;
        let sessions = first + 2 * plant.equipment.len() as u32;
        for &id in &self.pending {
            if id.0 >= sessions {
                self.gaps.arrived();
            } else if id.0 >= first {
                let equipment = EquipmentId((id.0 - first) / 2);
                let kind = match (id.0 - first) % 2 {
                    0 => cells::Kind::State,
                    _ => cells::Kind::Health,
                };
                for lane in self.lanes.values_mut() {
                    lane.arrived(equipment, kind, is_late);
                }
            }
        }
    }
}
