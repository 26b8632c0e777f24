//! What a simulation tells those who watch it.

use serde::{Deserialize, Serialize};

use super::network::{ElementId, PartType};
use super::time::SimTime;
use crate::model::OperatingState;
use crate::model::scene::StopReason;

/// One workpiece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Unique in one simulation: 0, 1, 2, … in order of creation.
    pub id: u64,
    /// When it came into being.
    pub created: SimTime,
    /// Its type; an assembly may change it.
    pub part_type: PartType,
    /// The order it belongs to; 0 when the source has no order list.
    pub order: u32,
    /// The batch in which it arrived: 0, 1, 2, … per source.
    pub batch: u32,
    /// The source that counts it among its parts in process (see [`super::Source::in_process`]).
    pub source: ElementId,
}

/// Why an element was stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopCause {
    /// A fault (a jam, a crash): the element is [`OperatingState::Held`].
    Fault,
    /// Switched off by hand or by a command: [`OperatingState::Stopped`].
    Operator,
    /// Emergency stop: [`OperatingState::Stopped`].
    Emergency,
    /// A supply is missing (coolant, air): [`OperatingState::Stopped`].
    Utility,
    /// Nobody is there, for example a break that runs late: [`OperatingState::Idle`].
    Unmanned,
    /// It is maintained: [`OperatingState::Maintenance`].
    Maintenance,
}

impl From<StopReason> for StopCause {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Fault => Self::Fault,
            StopReason::Operator => Self::Operator,
            StopReason::Maintenance => Self::Maintenance,
        }
    }
}

/// Something that happened. Times are passed beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happening {
    /// A part came into being in a source.
    Created {
        /// The source.
        element: ElementId,
        /// The new part.
        part: Part,
    },
    /// A part arrived while its source could not place it, and was turned away.
    Lost {
        /// The source.
        element: ElementId,
        /// The part, which is no more.
        part: Part,
    },
    /// A part went from one element into the next.
    Moved {
        /// The part.
        part: Part,
        /// Where it was.
        from: ElementId,
        /// Where it is.
        to: ElementId,
    },
    /// A server of a station began to change over.
    SetupBegan {
        /// The station.
        element: ElementId,
        /// Which of its servers.
        server: u32,
        /// The type it will be ready for.
        part_type: PartType,
        /// How long it takes, stops not counted.
        duration: SimTime,
    },
    /// A server of a station began to process.
    Started {
        /// The station.
        element: ElementId,
        /// Which of its servers.
        server: u32,
        /// The part, or the first of the batch.
        part: Part,
        /// How long it takes, stops not counted.
        duration: SimTime,
    },
    /// A part was finished by a station, good or not.
    Finished {
        /// The station.
        element: ElementId,
        /// The part.
        part: Part,
    },
    /// A finished part was found bad.
    Scrapped {
        /// The station.
        element: ElementId,
        /// The part.
        part: Part,
        /// It is no more; otherwise it leaves by the reject outlet.
        is_gone: bool,
    },
    /// A part was built into another and is no more.
    Consumed {
        /// The station.
        element: ElementId,
        /// The component.
        part: Part,
        /// The part it became a piece of.
        into: u64,
    },
    /// A part left the network.
    Completed {
        /// The sink.
        element: ElementId,
        /// The part, which is no more.
        part: Part,
    },
    /// A vehicle set out.
    Departed {
        /// The fleet.
        element: ElementId,
        /// Which of its vehicles.
        vehicle: u32,
        /// The stop it leaves, as in [`super::Fleet`].
        from_stop: u32,
        /// The stop it goes to.
        to_stop: u32,
        /// How long it takes, stops not counted.
        duration: SimTime,
    },
    /// The operating state changed; changes that last no time are not told.
    StateChanged {
        /// The element.
        element: ElementId,
        /// State until now.
        from: OperatingState,
        /// State from now on.
        to: OperatingState,
    },
    /// The number of parts in an element changed.
    ContentChanged {
        /// The element.
        element: ElementId,
        /// Parts in it now.
        content: u32,
    },
    /// How many servers or vehicles of an element with several have something to do, told to those
    /// who ask for it ([`Observer::OCCUPANCY`]) whenever it may have changed.
    Occupied {
        /// The station or fleet.
        element: ElementId,
        /// Servers with a part, or vehicles that are not parked.
        busy: u32,
        /// Of how many.
        units: u32,
    },
    /// A failure mode struck.
    Failed {
        /// The element.
        element: ElementId,
        /// Which of its failure modes.
        mode: u32,
        /// How long the repair takes.
        duration: SimTime,
    },
    /// A failure mode was repaired.
    Repaired {
        /// The element.
        element: ElementId,
        /// Which of its failure modes.
        mode: u32,
    },
    /// The element was stopped from outside.
    StopBegan {
        /// The element.
        element: ElementId,
        /// Why.
        cause: StopCause,
    },
    /// A stop from outside is over.
    StopEnded {
        /// The element.
        element: ElementId,
        /// Why it had been stopped.
        cause: StopCause,
    },
}

/// Watches a simulation. Calls are dispatched statically: what an observer ignores costs nothing.
pub trait Observer {
    /// Whether [`Happening::Occupied`] is told.
    const OCCUPANCY: bool = false;

    /// Called for everything that happens, in order.
    fn observe(&mut self, at: SimTime, happening: Happening);
}

/// Watches nothing.
impl Observer for () {
    #[inline(always)]
    fn observe(&mut self, _at: SimTime, _happening: Happening) {}
}

impl<O: Observer> Observer for &mut O {
    const OCCUPANCY: bool = O::OCCUPANCY;

    #[inline(always)]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        (**self).observe(at, happening);
    }
}

/// Two observers at once.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const OCCUPANCY: bool = A::OCCUPANCY || B::OCCUPANCY;

    #[inline(always)]
    fn observe(&mut self, at: SimTime, happening: Happening) {
        self.0.observe(at, happening);
        self.1.observe(at, happening);
    }
}
