//! [`Lane`]: the states of one or many equipment in buckets, kept up with what arrives.
//!
//! The points of all members are swept in order of time, with a count of members in each state.
//! Buckets that are over for a while are closed; the last ones are swept again when something
//! arrives, for a message is often a little late.

use std::collections::VecDeque;
use std::time::Duration;

use super::cells::{CODES, Cell, Code, Kind};
use super::{Budget, Grid, LaneCells, LaneId};
use crate::history::HistoryReader;
use crate::kpi::Scope;
use crate::model::{EquipmentId, Plant, SignalId, Timestamp};

/// Points that are as old as this have arrived.
const HOLD: Duration = Duration::from_secs(5);
/// What had late points is worked out anew after so many updates: not at once for each of them.
const LATE_AFTER: u32 = 40;
/// What asking for one member takes, and what its points take, in units of the budget.
const MEMBER: usize = 2;
const POINTS: usize = 8;
/// Nothing is known of a member.
const NONE: Code = Code::MAX;

/// What became of an update.
#[derive(Debug)]
pub(super) enum Update<T> {
    /// What there is, is right.
    Same,
    /// There is something new.
    New(T),
    /// The budget was spent before.
    More,
}

/// Members in each state, and how long in the open bucket.
#[derive(Clone, Debug)]
struct Sweep {
    at: Timestamp,
    states: Vec<Code>,
    counts: [u32; CODES],
    /// Member-nanoseconds in the open bucket.
    spent: [u128; CODES],
    /// States that occurred in it.
    seen: u16,
}

impl Sweep {
    fn new(at: Timestamp, members: usize) -> Self {
        Self {
            at,
            states: vec![NONE; members],
            counts: [0; CODES],
            spent: [0; CODES],
            seen: 0,
        }
    }

    /// What a member is in when the open bucket begins.
    fn begin(&mut self, member: usize, code: Code) {
        let seen = self.seen;
        self.set(member, code);
        self.seen = seen;
    }

    fn set(&mut self, member: usize, code: Code) {
        let Some(state) = self.states.get_mut(member) else {
            return;
        };
        let before = std::mem::replace(state, code);
        if let Some(count) = self.counts.get_mut(before as usize) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.counts.get_mut(code as usize) {
            *count += 1;
        }
        self.seen |= 1_u16.checked_shl(u32::from(code)).unwrap_or(0);
    }

    fn pass(&mut self, to: Timestamp) {
        let nanos = to.nanos_since(self.at).max(0) as u128;
        if nanos > 0 {
            for ((spent, count), code) in self.spent.iter_mut().zip(self.counts).zip(0..) {
                if count > 0 {
                    *spent += nanos * u128::from(count);
                    self.seen |= 1 << code;
                }
            }
        }
        self.at = self.at.max(to);
    }

    fn cell(&self, kind: Kind) -> Cell {
        let longest = (0..CODES)
            .filter(|code| self.spent[*code] > 0)
            .max_by_key(|code| self.spent[*code]);
        let worst = (0..CODES as Code)
            .filter(|code| self.seen & 1 << code != 0)
            .max_by_key(|code| kind.rank(*code));
        Cell {
            main: longest.map(|code| code as Code).or(worst),
            worst,
        }
    }

    /// Goes on to `to` with the points that lie before it, and appends a cell for each bucket that
    /// ends.
    fn go(
        &mut self,
        points: &[Found],
        to: Timestamp,
        width: i64,
        kind: Kind,
        out: &mut impl Extend<Cell>,
    ) {
        let mut points = points.iter().peekable();
        while self.at < to {
            let bucket = self.at.as_nanos().div_euclid(width);
            let end = Timestamp::from_nanos((bucket + 1).saturating_mul(width)).min(to);
            while let Some(point) = points.next_if(|point| point.at < end) {
                self.pass(point.at);
                self.set(point.member as usize, point.code);
            }
            self.pass(end);
            if end.as_nanos().rem_euclid(width) == 0 {
                out.extend([self.cell(kind)]);
                self.spent = [0; CODES];
                self.seen = 0;
            }
        }
    }
}

/// A point of a member.
#[derive(Clone, Copy, Debug)]
struct Found {
    at: Timestamp,
    member: u32,
    code: Code,
}

/// The states of one or many equipment in buckets.
#[derive(Debug)]
pub(super) struct Lane {
    kind: Kind,
    /// In order.
    members: Vec<EquipmentId>,
    built: Option<Built>,
    /// What replaces it when it is ready.
    building: Option<Built>,
    has_late: bool,
    updates_since_late: u32,
}

/// Buckets of one width.
#[derive(Debug)]
struct Built {
    width: i64,
    /// The bucket of the first closed cell.
    first: i64,
    closed: VecDeque<Cell>,
    sweep: Sweep,
    /// Members that are to be asked.
    dirty: Vec<u32>,
    is_dirty: Vec<bool>,
    /// Points that have not been swept.
    waiting: Vec<Found>,
    /// Points were asked for up to here.
    reach: Timestamp,
    shown: Option<(Grid, Timestamp)>,
}

/// Half a view beyond what is visible: who plays on asks rarely.
fn reach(grid: Grid) -> Timestamp {
    grid.start(grid.first + (grid.count + grid.count / 2 + 1) as i64)
}

impl Built {
    fn new(grid: Grid, members: usize) -> Self {
        Self {
            width: grid.width,
            first: grid.first,
            closed: VecDeque::new(),
            sweep: Sweep::new(grid.start(grid.first), members),
            dirty: (0..members as u32).collect(),
            is_dirty: vec![true; members],
            waiting: Vec::new(),
            reach: reach(grid),
            shown: None,
        }
    }

    /// Whether a move to this grid keeps anything.
    fn suits(&self, grid: Grid) -> bool {
        let end = self.sweep.at.as_nanos().div_euclid(self.width);
        self.width == grid.width && grid.first >= self.first && grid.first <= end
    }

    fn mark(&mut self, member: usize) {
        if let Some(is_dirty) = self.is_dirty.get_mut(member)
            && !std::mem::replace(is_dirty, true)
        {
            self.dirty.push(member as u32);
        }
    }

    /// Asks the members that have something new; `false` when the budget is spent before.
    fn fetch(&mut self, lane: &Members<'_>, history: &HistoryReader, budget: &mut Budget) -> bool {
        if self.dirty.is_empty() {
            return true;
        }
        let mut asked = vec![false; lane.members.len()];
        let mut points = Vec::new();
        let mut found = Vec::new();
        while let Some(member) = self.dirty.pop() {
            let at = member as usize;
            let Some(&id) = lane.members.get(at) else {
                continue;
            };
            let signal = lane.signal(id);
            asked[at] = true;
            self.is_dirty[at] = false;
            // Asked again each time: one that came late may have changed it.
            let before = self.sweep.at - Duration::from_nanos(1);
            let begins = history.latest_at(signal, before);
            let begins = begins.map_or(NONE, |point| lane.kind.code(&point));
            self.sweep.begin(at, begins);
            points.clear();
            history.range(signal, self.sweep.at..self.reach, &mut points);
            found.extend(points.iter().map(|point| Found {
                at: point.time,
                member,
                code: lane.kind.code(point),
            }));
            budget.spend(MEMBER + points.len() / POINTS);
            if budget.is_spent() {
                break;
            }
        }
        self.waiting
            .retain(|point| asked.get(point.member as usize) != Some(&true));
        self.waiting.extend(found);
        // Stable: points of one instant keep the order of their arrival.
        self.waiting.sort_by_key(|point| point.at);
        self.dirty.is_empty()
    }

    /// Sweeps up to `now`, and says what the cells of a grid are.
    fn cells(&mut self, grid: Grid, now: Timestamp, kind: Kind) -> LaneCells {
        let width = self.width;
        // Closed buckets end where a bucket does.
        let hold = (now - HOLD)
            .as_nanos()
            .div_euclid(width)
            .saturating_mul(width);
        let closed = Timestamp::from_nanos(hold).min(grid.span().end);
        let end = now.min(grid.span().end);
        if self.sweep.at < closed {
            let until = self.waiting.partition_point(|point| point.at < closed);
            let points: Vec<_> = self.waiting.drain(..until).collect();
            self.sweep
                .go(&points, closed, width, kind, &mut self.closed);
        }
        while self.first < grid.first && !self.closed.is_empty() {
            self.closed.pop_front();
            self.first += 1;
        }
        let mut cells: Vec<Cell> = self.closed.iter().copied().take(grid.count).collect();
        if self.sweep.at < end && cells.len() < grid.count {
            let mut open = self.sweep.clone();
            open.go(&self.waiting, end, width, kind, &mut cells);
            if open.at.as_nanos().rem_euclid(width) != 0 {
                cells.push(open.cell(kind));
            }
        }
        self.shown = Some((grid, end));
        LaneCells {
            width,
            first: self.first,
            cells,
            until: end,
        }
    }
}

/// Who is in a lane.
struct Members<'a> {
    plant: &'a Plant,
    kind: Kind,
    members: &'a [EquipmentId],
}

impl Members<'_> {
    fn signal(&self, id: EquipmentId) -> SignalId {
        match self.kind {
            Kind::State => self.plant.state_signal(id),
            Kind::Health => self.plant.health_signal(id),
        }
    }
}

impl Lane {
    pub fn new(plant: &Plant, id: LaneId) -> Self {
        let (kind, scope) = match id {
            LaneId::Group(group) => (Kind::State, Scope::Group(group)),
            LaneId::Equipment(equipment) => (Kind::State, Scope::Equipment(equipment)),
            LaneId::Health => (Kind::Health, Scope::Plant),
        };
        Self {
            kind,
            members: scope.members(plant).ids,
            built: None,
            building: None,
            has_late: false,
            updates_since_late: 0,
        }
    }

    /// A derived signal of an equipment got a point.
    pub fn arrived(&mut self, equipment: EquipmentId, kind: Kind, is_late: bool) {
        let Ok(member) = self.members.binary_search(&equipment) else {
            return;
        };
        if kind != self.kind {
            return;
        }
        self.has_late |= is_late;
        for built in [&mut self.built, &mut self.building].into_iter().flatten() {
            built.mark(member);
        }
    }

    /// Nobody knows what got points.
    pub fn everything_arrived(&mut self) {
        self.has_late = true;
        for built in [&mut self.built, &mut self.building].into_iter().flatten() {
            (0..built.is_dirty.len()).for_each(|member| built.mark(member));
        }
    }

    pub fn update(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        grid: Grid,
        now: Timestamp,
        budget: &mut Budget,
    ) -> Update<LaneCells> {
        let members = Members {
            plant,
            kind: self.kind,
            members: &self.members,
        };
        let mut is_anew = self.built.as_ref().is_none_or(|built| !built.suits(grid));
        if self.has_late {
            self.updates_since_late += 1;
            is_anew |= self.updates_since_late > LATE_AFTER;
        }
        let is_building = self
            .building
            .as_ref()
            .is_some_and(|building| building.suits(grid));
        if is_anew && !is_building {
            self.building = Some(Built::new(grid, self.members.len()));
            (self.has_late, self.updates_since_late) = (false, 0);
        } else if !is_anew && !is_building {
            self.building = None;
        }
        if let Some(building) = &mut self.building {
            if budget.is_spent() || !building.fetch(&members, history, budget) {
                return Update::More;
            }
            self.built = self.building.take();
        }
        let Some(built) = &mut self.built else {
            return Update::Same;
        };
        if grid.span().end > built.reach {
            built.reach = reach(grid);
            (0..built.is_dirty.len()).for_each(|member| built.mark(member));
        }
        let end = now.min(grid.span().end);
        let is_same = built.dirty.is_empty()
            && built.shown.is_some_and(|(shown, until)| {
                shown == grid && end.nanos_since(until).abs() < grid.width / 2
            });
        if is_same {
            return Update::Same;
        }
        if budget.is_spent() || !built.fetch(&members, history, budget) {
            return Update::More;
        }
        Update::New(built.cells(grid, now, self.kind))
    }
}
