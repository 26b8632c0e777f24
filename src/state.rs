//! [`report`]: the whole plant at one instant as JSON, for `--state` and the `dump` command.
//!
//! Field names are a promise to scripts: add, never rename. Integers are written with all their
//! digits; a reader that keeps numbers as doubles loses those beyond 2⁵³.

mod futures;
mod parts;
mod timeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

pub use futures::{CaseReport, FuturesReport, ParametersReport, RecordReport};
pub use parts::{PartReport, PartsReport};
pub use timeline::{MarkerReport, SpanReport, TimelineReport};

use crate::command::CameraPose;
use crate::model::alarm::{Alarm, AlarmCondition};
use crate::model::health::HealthRule;
use crate::model::signal::Priority;
use crate::model::workpiece::Parts;
use crate::model::{
    Cause, EquipmentId, Freshness, Health, OperatingState, Plant, Quality, SignalId, Snapshot,
    Timestamp, Value,
};
use crate::recording::RecorderStatus;
use crate::source::SourceStatus;
use crate::source::status::Link;
use crate::tracking;
use crate::twin::{Mode, Twin};

/// What `--state` writes.
#[derive(Debug, Serialize)]
pub struct StateReport<'a> {
    /// The instant, RFC 3339.
    pub time: Timestamp,
    /// `live`, `replay` or `what_if`.
    pub mode: Mode,
    /// The cursor, and how it moves; `time` is where it is.
    pub timeline: TimelineReport<'a>,
    /// Id of the plant: its scene folder's name.
    pub plant: &'a str,
    /// Every source, in scene order.
    pub sources: Vec<SourceReport>,
    /// What is recorded; left out when nothing is, and nothing shall be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorder: Option<RecorderStatus>,
    /// The futures that were asked for; left out when none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub futures: Option<FuturesReport>,
    /// What was observed of the parameters of the scene; left out when nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<ParametersReport>,
    /// Every equipment, in scene order.
    pub equipment: Vec<EquipmentReport<'a>>,
    /// Alarms, newest first; active ones and those of the recent past.
    pub alarms: Vec<AlarmReport<'a>>,
    /// What a view draws of it; left out when nothing draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<&'a ViewReport>,
}

/// What is on the screen, read back from what is drawn: so that somebody else can compare it with
/// what was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ViewReport {
    /// Where the camera is.
    pub camera: Option<CameraPose>,
    /// Part of the window that shows the plant: left, top, width and height, pixels.
    pub viewport: [f32; 4],
    /// How much later than the values motion is drawn, s.
    pub motion_delay_s: f64,
    /// The instant that parts are drawn for.
    pub parts_time: Option<Timestamp>,
    /// Every equipment, in scene order.
    pub equipment: Vec<ShownEquipment>,
}

/// One equipment as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShownEquipment {
    /// Its path.
    pub id: Arc<str>,
    /// Where it stands on the floor, m.
    pub position: [f32; 3],
    /// Turned about the vertical, degrees.
    pub heading_deg: f32,
    /// Colours of its meshes, `#rrggbb` or `own` for those of the model; empty until it has come.
    pub colours: Vec<String>,
    /// Its label, when it has a place on the screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<ShownLabel>,
    /// Its parts, the one that leaves first in front.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ShownPart>,
    /// Nodes of its model that signals move or light, by name; of a tiled model, of its first tile.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes: BTreeMap<Arc<str>, ShownNode>,
}

/// A part as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShownPart {
    /// File name of the model whose mesh is drawn; `null`: a box.
    pub model: Option<String>,
    /// The middle of its foot, in plant coordinates, m.
    pub position: [f32; 3],
    /// Where its top points, in plant coordinates, a unit vector.
    pub up: [f32; 3],
    /// Whether it is drawn as stale.
    pub stale: bool,
}

/// A label as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShownLabel {
    /// Its words, in order.
    pub text: Vec<String>,
    /// Health symbol in it; `null`: none.
    pub health: Option<Health>,
    /// State symbol in it; `null`: none.
    pub state: Option<OperatingState>,
    /// Whether it is drawn as stale.
    pub stale: bool,
    /// Left, top, width and height, pixels.
    pub rect: [f32; 4],
}

/// A node as it is drawn, in its parent's frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShownNode {
    /// m.
    pub translation: [f32; 3],
    /// Quaternion x, y, z, w.
    pub rotation: [f32; 4],
    /// Whether it is lit; `null`: not a lamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lit: Option<bool>,
}

/// One source.
#[derive(Debug, Serialize)]
pub struct SourceReport {
    /// `starting`, `connected`, `waiting` or `failed`; `link` has the details.
    pub status: &'static str,
    /// Name, URL and counters.
    #[serde(flatten)]
    pub source: SourceStatus,
}

/// One equipment.
#[derive(Debug, Serialize)]
pub struct EquipmentReport<'a> {
    /// Its path, `machining/line1/cnc-03`.
    pub id: &'a str,
    /// Name for people.
    pub name: &'a str,
    /// Id of its kind.
    pub kind: &'a str,
    /// Operating state.
    pub state: OperatingState,
    /// Since when; `null` when nothing ever told.
    pub state_since: Option<Timestamp>,
    /// NE 107 health.
    pub health: Health,
    /// Since when, for this reason; `null` when nothing ever told.
    pub health_since: Option<Timestamp>,
    /// The rule that gave the health.
    pub health_rule: HealthRule,
    /// Name of the signal that the rule looked at.
    pub health_signal: Option<&'a str>,
    /// The parts in or on it; left out when it says nothing of parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsReport<'a>>,
    /// Its reported signals, an object by name.
    pub signals: SignalReports<'a>,
}

/// The signals of one equipment: a JSON object by name, in the kind's order.
#[derive(Debug)]
pub struct SignalReports<'a>(Vec<(&'a str, SignalReport)>);

impl Serialize for SignalReports<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, report) in &self.0 {
            map.serialize_entry(name, report)?;
        }
        map.end()
    }
}

/// One signal.
#[derive(Debug, Serialize)]
pub struct SignalReport {
    /// The last value; `null` when never received, or for what JSON cannot say (NaN).
    pub value: Value,
    /// Symbol of its unit; empty: none.
    pub unit: &'static str,
    /// Effective time of the value.
    pub time: Option<Timestamp>,
    /// When it was received.
    pub receive_time: Option<Timestamp>,
    /// `good`, `uncertain` or `bad`, as stored; `null` when never received.
    pub quality: Option<Quality>,
    /// Why the quality is not good.
    pub quality_cause: Option<&'static str>,
    /// `fresh`, `stale`, `never_received` or `not_kept`.
    pub freshness: Freshness,
    /// Whether the value no longer speaks for this instant.
    pub stale: bool,
    /// Seconds since `time`; `null` when never received and when nobody knows the age.
    pub age_s: Option<f64>,
}

/// One alarm.
#[derive(Debug, Serialize)]
pub struct AlarmReport<'a> {
    /// Number in order of announcement.
    pub number: u64,
    /// Path of the equipment.
    pub equipment: &'a str,
    /// Name of the signal.
    pub signal: &'a str,
    /// What went wrong.
    pub condition: AlarmCondition,
    /// Urgency.
    pub priority: Priority,
    /// When it was raised last.
    pub raised: Timestamp,
    /// When it returned to normal; `null` while active.
    pub cleared: Option<Timestamp>,
    /// How often it was raised.
    pub count: u32,
    /// Whether it was the first of its line.
    pub first_out: bool,
}

/// What the twin says at the snapshot's instant, and what a view draws of it.
pub fn report<'a>(
    twin: &'a Twin,
    snapshot: &Snapshot,
    view: Option<&'a ViewReport>,
) -> StateReport<'a> {
    let plant = &**twin.plant();
    let parts = tracking::parts_at(plant, &twin.history().view(), snapshot.time);
    StateReport {
        time: snapshot.time,
        mode: twin.mode(),
        timeline: timeline::report(twin),
        plant: &plant.id,
        sources: twin.sources().into_iter().map(source).collect(),
        recorder: twin.recorder(),
        futures: twin.outlook().map(futures::futures),
        parameters: twin.calibration().map(futures::parameters),
        equipment: (0..plant.equipment.len() as u32)
            .filter_map(|id| equipment(plant, snapshot, &parts, EquipmentId(id)))
            .collect(),
        alarms: twin
            .alarms()
            .iter()
            .filter_map(|each| alarm(plant, each))
            .collect(),
        view,
    }
}

fn source(source: SourceStatus) -> SourceReport {
    let status = match source.link {
        Link::Starting => "starting",
        Link::Connected => "connected",
        Link::Waiting { .. } => "waiting",
        Link::Failed { .. } => "failed",
    };
    SourceReport { status, source }
}

fn known(time: Timestamp) -> Option<Timestamp> {
    (time != Timestamp::MIN).then_some(time)
}

fn equipment<'a>(
    plant: &'a Plant,
    snapshot: &Snapshot,
    parts: &Parts,
    id: EquipmentId,
) -> Option<EquipmentReport<'a>> {
    let equipment = plant.equipment(id)?;
    let at = id.index();
    let health = snapshot.health.get(at).copied().unwrap_or_default();
    let since = |times: &[Timestamp]| times.get(at).copied().and_then(known);
    Some(EquipmentReport {
        id: &equipment.path,
        name: &equipment.name,
        kind: &equipment.kind.id,
        state: snapshot.states.get(at).copied().unwrap_or_default(),
        state_since: since(&snapshot.state_since),
        health: health.health,
        health_since: since(&snapshot.health_since),
        health_rule: health.rule,
        health_signal: health
            .signal
            .and_then(|signal| plant.signal(signal))
            .map(|signal| &*signal.spec.name),
        parts: parts.get(id).and_then(|of| parts::report(plant, id, of)),
        signals: SignalReports(
            equipment
                .signal_ids()
                .filter_map(|id| {
                    let spec = &plant.signal(id)?.spec;
                    Some((&*spec.name, signal(spec.unit.symbol, snapshot, id)?))
                })
                .collect(),
        ),
    })
}

fn signal(unit: &'static str, snapshot: &Snapshot, id: SignalId) -> Option<SignalReport> {
    let at = id.index();
    let freshness = *snapshot.freshness.get(at)?;
    let is_received = matches!(freshness, Freshness::Fresh | Freshness::Stale);
    let quality = is_received
        .then(|| snapshot.qualities.get(at).copied())
        .flatten();
    let cause = quality.and_then(Quality::cause);
    let time = snapshot.times.get(at).copied().filter(|_| is_received);
    Some(SignalReport {
        value: snapshot.values.get(at).copied()?,
        unit,
        time,
        receive_time: snapshot
            .receive_times
            .get(at)
            .copied()
            .filter(|_| is_received),
        quality,
        quality_cause: cause.map(Cause::as_str),
        freshness,
        stale: freshness == Freshness::Stale,
        age_s: time
            .filter(|_| cause != Some(Cause::UnknownAge))
            .map(|time| snapshot.time.secs_since(time).max(0.0)),
    })
}

fn alarm<'a>(plant: &'a Plant, alarm: &Alarm) -> Option<AlarmReport<'a>> {
    Some(AlarmReport {
        number: alarm.number,
        equipment: &plant.equipment(alarm.equipment)?.path,
        signal: &plant.signal(alarm.signal)?.spec.name,
        condition: alarm.condition,
        priority: alarm.priority,
        raised: alarm.raised,
        cleared: alarm.cleared,
        count: alarm.count,
        first_out: alarm.is_first_out,
    })
}
