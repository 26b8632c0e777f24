//! One plant of many signals whose values come from the emulator's physics: the demo plant, as often
//! as needed, each with a seed of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use twinscape::emulator::{Emulation, Reading};
use twinscape::model::equipment::Level;
use twinscape::model::signal::Reporting;
use twinscape::model::{
    EquipmentId, Group, GroupId, Plant, Point, Signal, SignalId, Timestamp, Value, scene,
};
use twinscape::recording::sealed::RecordedPoint;

/// 2026-03-01T06:00:00Z.
pub const START: Timestamp = Timestamp::from_secs(1_772_344_800);

/// Whether a signal that reports by exception says the same again every second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Yes: every signal once a second.
    All,
    /// No, as the plant sends it: cyclic ones once a second, the others when they change.
    Cyclic,
}

/// The plant and what its sensors say second by second.
pub struct Physics {
    repeats: Repeats,
    /// Of each signal by exception: what it said last.
    said: Vec<Option<Value>>,
    pub plant: Arc<Plant>,
    emulations: Vec<Emulation>,
    /// Signals of one copy.
    each: usize,
    /// Of each equipment of the whole: its place in the second, ms.
    phases: Vec<i64>,
    equipment: Vec<u32>,
    second: i64,
    noise: u64,
    readings: Vec<Reading>,
}

impl Physics {
    /// A plant of so many signals.
    pub fn new(signals: usize) -> Self {
        Self::repeating(signals, Repeats::All)
    }

    /// A plant of so many signals that repeat like this.
    pub fn repeating(signals: usize, repeats: Repeats) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/gearbox");
        let demo = Arc::new(scene::load(&folder).unwrap().plant);
        let each = demo.signals.len();
        let copies = signals.div_ceil(each);
        let mut plant = Plant::default();
        plant.id = "copies".into();
        plant.groups = vec![Group {
            id: "".into(),
            path: "".into(),
            name: "".into(),
            level: Level::Site,
            parent: None,
            equipment: Vec::new(),
            children: Vec::new(),
        }];
        'all: for copy in 0..copies {
            for equipment in &demo.equipment {
                let first = plant.signals.len() as u32;
                let number = EquipmentId(plant.equipment.len() as u32);
                for id in equipment.signal_ids() {
                    let signal = demo.signal(id).unwrap();
                    plant.signals.push(Signal {
                        equipment: number,
                        spec: Arc::clone(&signal.spec),
                        session: None,
                    });
                }
                let mut copied = equipment.clone();
                copied.path = format!("plant{copy}/{}", equipment.path).into();
                copied.group = GroupId(0);
                copied.signals = first..plant.signals.len() as u32;
                plant.equipment.push(copied);
                if plant.signals.len() >= signals {
                    break 'all;
                }
            }
        }
        let emulations = (0..copies as u64)
            .map(|seed| Emulation::new(Arc::clone(&demo), seed + 1, START).unwrap())
            .collect();
        let mut physics = Self {
            repeats,
            said: vec![None; plant.signals.len()],
            equipment: plant
                .signals
                .iter()
                .map(|signal| signal.equipment.0)
                .collect(),
            phases: Vec::new(),
            plant: Arc::new(plant.index()),
            emulations,
            each,
            second: 0,
            noise: 1,
            readings: Vec::new(),
        };
        for _ in 0..physics.plant.equipment.len() {
            let phase = physics.random(1000);
            physics.phases.push(phase);
        }
        physics
    }

    fn random(&mut self, below: i64) -> i64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.noise >> 33) as i64 % below
    }

    /// Whether a signal by exception has said this last; it has now.
    fn is_said(&mut self, id: usize, value: Value) -> bool {
        let spec = &self.plant.signals[id].spec;
        spec.reporting == Reporting::ByException
            && self.said[id]
                .replace(value)
                .is_some_and(|last| last.same(value))
    }

    /// Every signal once a second for so many seconds. What one machine says comes in one message:
    /// at its place in the second give or take 3 ms, received 2 to 12 ms later.
    pub fn run(&mut self, seconds: i64) -> Vec<RecordedPoint> {
        let signals = self.plant.signals.len();
        let mut points = Vec::with_capacity(signals * seconds as usize);
        for _ in 0..seconds {
            let now = START + Duration::from_secs(self.second as u64);
            let mut message = (u32::MAX, Timestamp::MIN, Timestamp::MIN);
            for copy in 0..self.emulations.len() {
                let mut readings = std::mem::take(&mut self.readings);
                readings.clear();
                self.emulations[copy].advance(now, &mut readings);
                readings.clear();
                self.emulations[copy].survey(&mut readings);
                for reading in &readings {
                    let id = copy * self.each + reading.signal.index();
                    let Some(equipment) = self.equipment.get(id).copied() else {
                        break;
                    };
                    if self.repeats == Repeats::Cyclic && self.is_said(id, reading.value) {
                        continue;
                    }
                    if message.0 != equipment {
                        let phase = self.phases[equipment as usize] + self.random(7);
                        let late = 2 + self.random(11);
                        let at = |ms: i64| Timestamp::from_millis(now.as_millis() + ms);
                        message = (equipment, at(phase), at(phase + late));
                    }
                    points.push(RecordedPoint {
                        name: SignalId(id as u32).0,
                        point: Point {
                            time: message.1,
                            receive_time: message.2,
                            value: reading.value,
                            quality: reading.quality,
                        },
                        source_time: None,
                    });
                }
                self.readings = readings;
            }
            self.second += 1;
        }
        points
    }
}

/// The Python environment with duckdb, pandas and pyarrow.
pub fn python() -> Option<std::path::PathBuf> {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let folder = std::env::var_os("TWINSCAPE_PEERS").map_or_else(
        || Path::new(&home).join(".cache/twinscape/peers"),
        std::path::PathBuf::from,
    );
    let python = folder.join("venv/bin/python");
    let can = std::process::Command::new(&python)
        .args(["-c", "import duckdb, pandas, pyarrow"])
        .output();
    can.is_ok_and(|output| output.status.success())
        .then_some(python)
}
