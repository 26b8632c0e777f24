//! The futures that were asked for, in a report.

use std::sync::Arc;

use serde::Serialize;

use crate::futures::Track;
use crate::futures::backtest::Verdict;
use crate::model::Timestamp;
use crate::simulation::experiment::{Estimate, Probability};
use crate::twin::{Calibrating, CaseState, Known, Outlook};

/// The futures that were asked for.
#[derive(Debug, Serialize)]
pub struct FuturesReport {
    /// Where they begin.
    pub at: Timestamp,
    /// Where they end.
    pub to: Timestamp,
    /// The plant as it is, then the what-ifs.
    pub cases: Vec<CaseReport>,
    /// Number of the future that the cursor may read; `null`: none.
    pub watched: Option<u64>,
    /// Number of the future that these begin in; `null`: they begin in what was recorded.
    pub within: Option<u64>,
    /// How much of the state at the start is inferred and not measured.
    pub inferred: Option<usize>,
    /// How often bands like these have been right before; `null`: not known.
    pub record: Option<RecordReport>,
}

/// How often bands have been right.
#[derive(Debug, Serialize)]
pub struct RecordReport {
    /// How far ahead was asked, in seconds.
    pub horizon_secs: f64,
    /// Share that a band is to hold.
    pub band: f64,
    /// How often it did.
    pub coverage: Probability,
    /// What that says.
    pub verdict: Verdict,
}

/// What was observed of the parameters that the scene assumes.
#[derive(Debug, Serialize)]
pub struct ParametersReport {
    /// From when on was looked; `null`: it is still being looked.
    pub from: Option<Timestamp>,
    /// Up to when.
    pub to: Option<Timestamp>,
    /// Machines of which something was observed.
    pub machines: usize,
    /// Those that are simulated with it, by their paths.
    pub used: Vec<Arc<str>>,
}

pub(super) fn parameters(calibration: &Calibrating) -> ParametersReport {
    let told = calibration.told();
    ParametersReport {
        from: told.map(|told| told.from),
        to: told.map(|told| told.to),
        machines: told.map_or(0, |told| told.machines.len()),
        used: calibration.accepted().cloned().collect(),
    }
}

/// The futures of one case.
#[derive(Debug, Serialize)]
pub struct CaseReport {
    /// Its name.
    pub name: Arc<str>,
    /// Futures that are simulated.
    pub done: u64,
    /// Futures that were asked for.
    pub asked: u64,
    /// How long after it was asked for the first band was there, in seconds.
    pub first_after_secs: Option<f64>,
    /// How long after it was asked for the throughput was known to within a hundredth, in seconds.
    pub settled_after_secs: Option<f64>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Arc<str>>,
    /// Parts made up to the end: the limits that 5, 50 and 95 % of the futures do not exceed.
    pub completed: Option<[f64; 3]>,
    /// Parts an hour up to the end.
    pub throughput: Option<Estimate>,
    /// Mean lead time of the parts that leave up to the end, s; none where it is not known of all parts
    /// since when they have been in the plant.
    pub lead_time: Option<Estimate>,
    /// Parts made up to the end, more than as it is; of futures with the same random numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<Estimate>,
}

pub(super) fn futures(outlook: &Outlook) -> FuturesReport {
    let span = outlook.span();
    let base = outlook.cases().first().and_then(|case| case.forecast());
    let cases = outlook.cases().iter().zip(0_usize..).map(|(case, number)| {
        let running = match &case.state {
            CaseState::Running(running) => Some(running),
            CaseState::Begun | CaseState::Failed(_) => None,
        };
        let after = |of: Option<std::time::Duration>| of.map(|of| of.as_secs_f64());
        let forecast = case.forecast();
        let band = forecast.map(|forecast| forecast.band(&Track::Completed));
        let last = band.as_ref().and_then(|band| band.limits.last());
        let summary = forecast.map(|forecast| forecast.summary());
        let kpi = |name: &str| {
            let mut kpis = summary.iter().flat_map(|summary| &summary.kpis);
            kpis.find(|kpi| kpi.name == name).map(|kpi| kpi.estimate)
        };
        let against = forecast.zip(base).filter(|_| number > 0);
        let against = against.map(|(own, base)| own.differences(base, &Track::Completed, 0.95));
        CaseReport {
            name: Arc::clone(&case.name),
            done: running.map_or(0, |running| running.done),
            asked: running.map_or(0, |running| running.asked),
            first_after_secs: running.and_then(|running| after(running.first_after)),
            settled_after_secs: running.and_then(|running| after(running.settled_after)),
            failed: match &case.state {
                CaseState::Failed(why) => Some(Arc::clone(why)),
                _ => None,
            },
            completed: last.map(|limits| [limits.p05, limits.p50, limits.p95]),
            throughput: kpi("throughput"),
            lead_time: kpi("lead time"),
            more: against.and_then(|all| all.last().map(|last| last.estimate)),
        }
    });
    FuturesReport {
        at: span.start,
        to: span.end,
        cases: cases.collect(),
        watched: outlook.watched().map(|watched| watched.branch.index),
        within: outlook
            .parent()
            .and_then(Outlook::watched)
            .map(|watched| watched.branch.index),
        inferred: outlook.fork().map(|fork| fork.inferred.len()),
        record: outlook.record().and_then(|record| match record.known() {
            Known::Told(report) => Some(RecordReport {
                horizon_secs: report.horizon_secs,
                band: report.band,
                coverage: report.all.coverage,
                verdict: report.verdict(),
            }),
            Known::UnderWay(..) | Known::Nothing(_) => None,
        }),
    }
}
