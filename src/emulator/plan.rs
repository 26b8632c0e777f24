//! [`Plan`]: what is going to happen to the emulated plant from outside.

use std::sync::Arc;

use crate::model::GroupId;
use crate::simulation::{ElementId, StopCause};

/// Something that happens to the plant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plan {
    /// An incident of the story begins: its index.
    Incident(usize),
    /// The bearing of a device fails and is repaired within so many seconds.
    BearingFails { device: usize, repair_secs: f64 },
    /// A bearing has been replaced.
    BearingRenewed { device: usize },
    /// The fault of a device outside the flow is over.
    FaultOver { device: usize },
    /// A utility fails by itself.
    UtilityFails { device: usize },
    /// An element is stopped for so many seconds.
    Stop {
        element: ElementId,
        cause: StopCause,
        secs: f64,
    },
    /// A named effect on a device and what it serves begins.
    EffectBegins { device: usize, name: Arc<str> },
    /// … and ends.
    EffectEnds { device: usize, name: Arc<str> },
    /// A sensor that was stuck moves again.
    Unstuck { signal: usize },
    /// A sensor that drifted is adjusted.
    Adjusted { signal: usize },
    /// The network of a group is back.
    NetworkBack { group: GroupId },
    /// Cycle times drift on.
    Drift,
    /// A break ends, here and there too late.
    BreakEnds,
}
