//! Resources that several elements share: operators, tools, repair crews.
//!
//! A station that requires resources takes all of them before a set-up or operation begins and gives
//! them back when the operation ends, pauses included. A failure with a crew waits for one of it. Who
//! waits longest for a resource is served first; a request that waits for several stands in the queue
//! of one that it lacks. When the shift of a resource ends, what is under way is finished; nothing new
//! begins.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::calendar::Priority;
use super::kernel::{Kernel, NONE, Task};
use super::network::ShiftId;
use super::observer::Observer;
use super::time::SimTime;

/// A number of equal operators, tools or crews.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Name for people, unique among the resources.
    pub name: String,
    /// How many there are.
    pub count: u32,
    /// When they are there; `None` is always.
    #[serde(default)]
    pub shift: Option<ShiftId>,
}

/// A resource, by its position among [`super::Network::resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(pub u32);

/// Who wants resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// A server that holds a part.
    Server { element: u32, server: u32 },
    /// A failure that is to be repaired.
    Repair { failure: u32 },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ResourceState {
    /// How many are there and have nothing to do. Below 0: so many work on after their shift.
    free: i64,
    pub(super) busy: u32,
    /// Resource-seconds of work up to `since`.
    worked: f64,
    since: SimTime,
    waiting: VecDeque<Request>,
}

impl ResourceState {
    pub(super) fn new(count: u32) -> Self {
        Self {
            free: i64::from(count),
            busy: 0,
            worked: 0.0,
            since: SimTime::ZERO,
            waiting: VecDeque::new(),
        }
    }

    /// Resource-seconds of work since the start.
    pub(super) fn worked(&self, now: SimTime) -> f64 {
        self.worked + f64::from(self.busy) * (now - self.since).as_secs_f64()
    }

    fn set_busy(&mut self, now: SimTime, busy: u32) {
        self.worked = self.worked(now);
        self.since = now;
        self.busy = busy;
    }
}

/// Resources and numbers: those of a station, and the crew of a repair (or none).
type Needs<'a> = (&'a [(u32, u32)], [(u32, u32); 1]);

impl<O: Observer> Kernel<'_, O> {
    /// Takes all that a request needs, or lets it wait, behind those who wait already.
    pub(super) fn seize(&mut self, request: Request) -> bool {
        if let Some(resource) = self.contended(request) {
            self.s.resources[resource as usize]
                .waiting
                .push_back(request);
            self.s.tasks.push(Task::Assign(resource));
            return false;
        }
        match self.lacking(request) {
            Some(resource) => {
                self.s.resources[resource as usize]
                    .waiting
                    .push_back(request);
                false
            }
            None => {
                self.take(request);
                true
            }
        }
    }

    /// Lets a request wait for a resource without asking for it.
    pub(super) fn wait_for(&mut self, resource: u32, request: Request) {
        self.s.resources[resource as usize]
            .waiting
            .push_back(request);
    }

    /// The resources of a request, each with a number.
    fn need(&self, request: Request) -> Needs<'_> {
        match request {
            Request::Server { element, .. } => {
                let station = self.m.elements[element as usize].index;
                (&self.m.stations[station as usize].requires, [(NONE, 0)])
            }
            Request::Repair { failure } => (&[], [(self.m.failures[failure as usize].crew, 1)]),
        }
    }

    /// A resource of the request for which others wait.
    fn contended(&self, request: Request) -> Option<u32> {
        let (many, one) = self.need(request);
        many.iter()
            .chain(one.iter().filter(|(resource, _)| *resource != NONE))
            .map(|(resource, _)| *resource)
            .find(|resource| !self.s.resources[*resource as usize].waiting.is_empty())
    }

    fn lacking(&self, request: Request) -> Option<u32> {
        let (many, one) = self.need(request);
        many.iter()
            .chain(one.iter().filter(|(resource, _)| *resource != NONE))
            .find(|(resource, count)| self.s.resources[*resource as usize].free < i64::from(*count))
            .map(|(resource, _)| *resource)
    }

    fn change(&mut self, request: Request, direction: i64) {
        let now = self.s.now;
        for place in 0.. {
            // Asked for one by one: a list would be allocated for every operation.
            let (many, [crew]) = self.need(request);
            let crew = (crew.0 != NONE).then_some(&crew);
            let Some(&(resource, count)) = many.iter().chain(crew).nth(place) else {
                return;
            };
            let state = &mut self.s.resources[resource as usize];
            state.free -= direction * i64::from(count);
            let busy = i64::from(state.busy) + direction * i64::from(count);
            state.set_busy(now, busy.max(0) as u32);
            if direction < 0 {
                self.s.tasks.push(Task::Assign(resource));
            }
        }
    }

    pub(super) fn take(&mut self, request: Request) {
        self.change(request, 1);
    }

    /// Gives back what a request had taken.
    pub(super) fn give_back(&mut self, request: Request) {
        self.change(request, -1);
    }

    /// So many resources come (or, below 0, go home).
    pub(super) fn change_attendance(&mut self, resource: u32, by: i64) {
        self.s.resources[resource as usize].free += by;
        if by > 0 {
            self.s.tasks.push(Task::Assign(resource));
        }
    }

    /// Serves those who wait for `resource`, as far as it goes.
    pub(super) fn assign(&mut self, resource: u32) {
        let mut place = 0;
        loop {
            let waiting = &mut self.s.resources[resource as usize].waiting;
            let Some(request) = waiting.get(place).copied() else {
                return;
            };
            if let Request::Server { element, .. } = request
                && !self.is_up(element)
            {
                place += 1;
                continue;
            }
            match self.lacking(request) {
                Some(other) if other == resource => return,
                Some(other) => {
                    self.s.resources[resource as usize].waiting.remove(place);
                    self.s.resources[other as usize].waiting.push_back(request);
                }
                None => {
                    self.s.resources[resource as usize].waiting.remove(place);
                    self.take(request);
                    match request {
                        Request::Server { element, server } => self.equipped(element, server),
                        Request::Repair { failure } => self.begin_repair(failure),
                    }
                }
            }
        }
    }

    /// Has those looked at again who wait for the resources of a station that is up again.
    pub(super) fn ask_again(&mut self, station: u32) {
        for place in 0..self.m.stations[station as usize].requires.len() {
            let (resource, _) = self.m.stations[station as usize].requires[place];
            self.s.tasks.push(Task::Assign(resource));
        }
    }

    /// Plans the end of a repair whose crew has come.
    pub(super) fn begin_repair(&mut self, failure: u32) {
        let duration = self.s.failures[failure as usize].repair;
        let slot = self.m.failures[failure as usize].slot;
        let end = self.s.now + duration;
        self.s.calendar.schedule(slot, end, Priority::Failure);
    }
}
