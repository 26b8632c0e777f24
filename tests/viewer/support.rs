//! A synthetic plant, and an app that shows it without a renderer.

use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;
use twinscape::history::{self, HistoryWriter};
use twinscape::model::equipment::Level;
use twinscape::model::health::{HealthRule, HealthStatus};
use twinscape::model::kind::{EquipmentKind, Motion};
use twinscape::model::layout::Pose;
use twinscape::model::process::Process;
use twinscape::model::signal::{Reporting, SignalRole, SignalSpec, ValueType};
use twinscape::model::workpiece::{Hold, Slot};
use twinscape::model::{
    Equipment, EquipmentId, Group, GroupId, Health, Plant, Point, Quality, Signal, SignalId,
    Timestamp, Unit, Value,
};
use twinscape::twin::{LiveBoard, Twin};
use twinscape::viewer::commands::{Host, HostLink, NoHost};
use twinscape::viewer::{TwinView, ViewerPlugin};

/// The instant at which tests begin.
pub const START: Timestamp = Timestamp::from_secs(1_790_000_000);

/// A signal of floats that goes stale after five seconds.
pub fn signal(name: &str, unit: &str) -> SignalSpec {
    SignalSpec {
        name: name.into(),
        value_type: ValueType::Float,
        unit: Unit::parse(unit).unwrap(),
        range: Some([0.0, 100.0]),
        reporting: Reporting::Cyclic {
            stale_after: Duration::from_secs(5),
        },
        is_key: true,
        ..SignalSpec::default()
    }
}

/// A kind with these signals and motions.
pub fn kind(signals: Vec<SignalSpec>, motions: Vec<Motion>) -> Arc<EquipmentKind> {
    Arc::new(EquipmentKind {
        id: "thing".into(),
        name: "Thing".into(),
        size: [2.0, 1.0, 1.5],
        label_anchor: [0.0, 1.8, 0.0],
        signals: signals.into_iter().map(Arc::new).collect(),
        motions,
        ..EquipmentKind::default()
    })
}

/// A rack of ten slots, one above the other, that says how full it is.
pub fn rack() -> Arc<EquipmentKind> {
    let fill = SignalSpec {
        role: SignalRole::Content,
        ..signal("fill", "pcs")
    };
    let mut kind = kind(vec![fill], Vec::new());
    Arc::make_mut(&mut kind).slots = (0..10)
        .map(|level| {
            let at = [0.0, 0.3 * f64::from(level), 0.0];
            let [x, y, z] = at;
            Slot {
                at,
                node: None,
                frame: [
                    [1.0, 0.0, 0.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0],
                    [x, y, z, 1.0],
                ],
                hold: Hold::Base,
            }
        })
        .collect();
    kind
}

/// `count` pieces of equipment of a kind on a square grid of 4 m, all in one line.
pub fn plant(kind: &Arc<EquipmentKind>, count: u32) -> Arc<Plant> {
    let side = f64::from(count).sqrt().ceil() as u32;
    let mut plant = Plant::default();
    plant.id = "test".into();
    plant.name = "Test plant".into();
    plant.kinds = vec![Arc::clone(kind)];
    let group = |id: &str, path: &str, level, parent, children| Group {
        id: id.into(),
        path: path.into(),
        name: id.into(),
        level,
        parent,
        equipment: Vec::new(),
        children,
    };
    plant.groups = vec![
        group("site", "", Level::Site, None, vec![GroupId(1)]),
        group("line", "line", Level::Line, Some(GroupId(0)), Vec::new()),
    ];
    for at in 0..count {
        let id = twinscape::model::EquipmentId(at);
        let first = plant.signals.len() as u32;
        plant.signals.extend(kind.signals.iter().map(|spec| Signal {
            equipment: id,
            spec: Arc::clone(spec),
            session: None,
        }));
        let name = format!("thing-{at}");
        plant.groups[1].equipment.push(id);
        plant.equipment.push(Equipment {
            id: name.as_str().into(),
            path: format!("line/{name}").into(),
            name: name.into(),
            kind: Arc::clone(kind),
            group: GroupId(1),
            pose: Pose {
                position: [f64::from(at % side) * 4.0, 0.0, f64::from(at / side) * 4.0],
                heading: f64::from(at % 7) * 0.4,
            },
            size: kind.size,
            node: None,
            process: Process::None,
            signals: first..plant.signals.len() as u32,
        });
    }
    Arc::new(plant.index())
}

/// An app that shows a plant, and what feeds its history.
pub struct Rig {
    pub app: App,
    pub writer: HistoryWriter,
    pub plant: Arc<Plant>,
    /// Where the ingest would show its alarms.
    pub board: LiveBoard,
    /// What the screen is drawn at, seconds after the start.
    pub now: f64,
}

impl Rig {
    pub fn new(plant: Arc<Plant>) -> Self {
        Self::with_host(plant, Box::new(NoHost))
    }

    pub fn with_host(plant: Arc<Plant>, host: Box<dyn Host>) -> Self {
        let (writer, reader) = history::in_memory(&plant);
        let board = LiveBoard::default();
        let twin = Twin::new(Arc::clone(&plant), reader, board.clone());
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, AssetPlugin::default()))
            .init_asset::<Image>()
            .init_asset::<Mesh>()
            .init_asset::<StandardMaterial>()
            .insert_resource(TwinView::new(twin, START))
            .insert_resource(HostLink(host))
            .add_plugins(ViewerPlugin);
        let mut rig = Self {
            app,
            writer,
            plant,
            board,
            now: 1.0,
        };
        rig.at(0.0);
        rig
    }

    /// Shows the plant `secs` after the start.
    pub fn at(&mut self, secs: f64) {
        self.app.world_mut().resource_mut::<TwinView>().now = after(secs);
        self.app.update();
    }

    /// A value of a signal, taken and received `secs` after the start.
    pub fn send(&mut self, signal: SignalId, secs: f64, value: Value) {
        self.writer.append(&[(signal, point(secs, value))]);
    }

    /// The derived health of an equipment, as the ingest would give it.
    pub fn set_health(&mut self, id: EquipmentId, secs: f64, health: Health) {
        let status = HealthStatus {
            health,
            rule: HealthRule::Fault,
            signal: None,
        };
        self.send(self.plant.health_signal(id), secs, status.to_value());
    }

    pub fn view(&self) -> &TwinView {
        self.app.world().resource::<TwinView>()
    }
}

/// `secs` after the start.
pub fn after(secs: f64) -> Timestamp {
    Timestamp::from_nanos(START.as_nanos() + (secs * 1e9) as i64)
}

pub fn point(secs: f64, value: Value) -> Point {
    Point {
        time: after(secs),
        receive_time: after(secs),
        value,
        quality: Quality::Good,
    }
}
