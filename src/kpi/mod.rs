//! [`Kpis`]: key performance indicators of a part of the plant over a span of time.
//!
//! All of them are functions of the history: the same question about the same span has the same
//! answer while it is live, in a replay and in a simulated future. Each says what it was made of, so
//! that a number on the screen can be followed to the signals behind it, and how much of the span
//! is known: what nobody measured is neither production nor loss.
//!
//! | module | what |
//! | --- | --- |
//! | [`scope`] | which equipment counts, and where parts leave it |
//! | [`flow`] | parts per hour, work in process |
//! | [`rate`] | parts per hour along every flow |
//! | [`oee`] | overall equipment effectiveness with its factors (ISO 22400-2) |
//! | [`energy`] | electric energy and power |

pub mod energy;
pub mod flow;
pub mod oee;
pub mod rate;
pub mod scope;

use std::ops::Range;

use serde::Serialize;

use crate::history::HistoryReader;
use crate::model::{Plant, Snapshot, Timestamp};

pub use energy::Energy;
pub use flow::{Throughput, WorkInProcess};
pub use oee::{Oee, Unit};
pub use rate::{FlowRate, FlowRates, RibbonScale, Untold};
pub use scope::Scope;

/// The indicators of one scope over one span. An indicator that cannot be told is `None`, never 0 or
/// 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Kpis {
    /// From.
    pub from: Timestamp,
    /// To, the instant that was asked about.
    pub to: Timestamp,
    /// Parts that left.
    pub throughput: Option<Throughput>,
    /// Parts inside at the end of the span.
    pub work_in_process: Option<WorkInProcess>,
    /// Overall equipment effectiveness of the stations.
    pub oee: Option<Oee>,
    /// Electric energy.
    pub energy: Option<Energy>,
}

/// The indicators of `scope` over `span`; the contents are those of `snapshot`, which should be of
/// the span's end.
pub fn kpis(
    plant: &Plant,
    history: &HistoryReader,
    snapshot: &Snapshot,
    scope: Scope,
    span: Range<Timestamp>,
) -> Kpis {
    let members = scope.members(plant);
    let mut points = Vec::new();
    Kpis {
        from: span.start,
        to: span.end,
        throughput: flow::throughput(plant, history, &members, &span, &mut points),
        work_in_process: flow::work_in_process(plant, snapshot, &members),
        oee: oee::oee(plant, history, &members, &span, &mut points),
        energy: energy::energy(plant, history, &members, &span, &mut points),
    }
}

/// The span before `to` that indicators should cover: `longest`, or what there is of history when
/// that is less. `None` when there is nothing yet.
pub fn span(
    began: Timestamp,
    to: Timestamp,
    longest: std::time::Duration,
) -> Option<Range<Timestamp>> {
    let from = (to - longest).max(began);
    (from < to).then_some(from..to)
}
