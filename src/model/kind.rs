//! [`EquipmentKind`]: a type of equipment, described by data in `assets/kinds/`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::process::Process;
use super::signal::SignalSpec;
use super::workpiece::Slot;

/// A type of equipment.
#[derive(Clone, Debug, Default)]
pub struct EquipmentKind {
    /// Id, the file's name without `.toml`: `cnc-lathe`.
    pub id: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// One sentence for a tooltip.
    pub description: Arc<str>,
    /// The model, an existing file; `None` draws a box of the kind's size.
    pub model: Option<PathBuf>,
    /// The coarse model for far away, if there is one beside it (`<model>.lod1.glb`).
    pub model_far: Option<PathBuf>,
    /// Length (x, along the flow) × width (z) × height (y), m.
    pub size: [f64; 3],
    /// Repeat the model along x to fill the equipment's length (conveyors, fences).
    pub tile_length: Option<f64>,
    /// Where the label floats, in the equipment's frame, m.
    pub label_anchor: [f64; 3],
    /// Its signals.
    pub signals: Vec<Arc<SignalSpec>>,
    /// What moves with which signal.
    pub motions: Vec<Motion>,
    /// Where parts rest in it, in the order in which they are filled.
    pub slots: Vec<Slot>,
    /// Role in the flow, with default parameters.
    pub process: Process,
}

/// A binding "node *spindle* turns with signal *spindle_speed*".
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Name of a node in the kind's model; `None` moves the whole equipment (vehicles).
    pub node: Option<Arc<str>>,
    /// Name of the signal that drives it.
    pub signal: Arc<str>,
    /// How.
    pub drive: Drive,
}

/// What a signal does to a node. Axes are unit vectors in the node's own frame at rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Drive {
    /// The value is an angle (converted from the signal's unit): the node stands at it.
    Rotate {
        /// Axis.
        axis: [f64; 3],
    },
    /// The value is a rotational speed: the node turns at it, at most `display_max` revolutions a
    /// second on screen, so that a fast spindle does not flicker.
    Spin {
        /// Axis.
        axis: [f64; 3],
        /// Revolutions per second on screen at most.
        display_max: f64,
    },
    /// The value times `scale` is a displacement in metres along `axis` (booleans are 0 and 1).
    Translate {
        /// Axis.
        axis: [f64; 3],
        /// Metres per unit of the signal (a length unit converts by itself: then 1).
        scale: f64,
    },
    /// The value is a linear speed: the material's texture or the node's rollers run at it.
    Run {
        /// Axis along which the surface runs.
        axis: [f64; 3],
    },
    /// The node glows while the value is true or non-zero, or equals `when`.
    Light {
        /// Texts at which it is lit, for text signals; empty: true or non-zero.
        when: Vec<Arc<str>>,
    },
    /// x of the equipment's position on the floor, in plant coordinates.
    PositionX,
    /// z of the equipment's position on the floor, in plant coordinates.
    PositionZ,
    /// Heading of the equipment.
    Heading,
}

/// How the emulator makes the values of a signal: a sensor on the simulated process.
#[derive(Clone, Debug, PartialEq)]
pub struct SensorModel {
    /// Time between two values.
    pub period: Duration,
    /// The physical quantity behind the sensor.
    pub physics: Physics,
    /// Standard deviation of the sensor's noise, in the signal's unit.
    pub noise: f64,
    /// Smallest step the sensor resolves, in the signal's unit; 0: none.
    pub quantum: f64,
}

/// Physics simple but plausible; all levels in the signal's unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Physics {
    /// A level per operating state (others: the level of `idle`), reached with a first-order lag:
    /// temperature lags load (τ of minutes), current and power follow it (τ of a second).
    Lag {
        /// Level in each state that differs from idle; must hold `idle`.
        levels: BTreeMap<Arc<str>, f64>,
        /// Time constant τ, s.
        tau: f64,
        /// Added to the Execute level at full wear, growing with wear².
        wear_gain: f64,
        /// Added while a named effect of an incident is on (`coolant-leak` = 25.0).
        effects: BTreeMap<Arc<str>, f64>,
    },
    /// A curve over one operation: (share of the operation 0..1, level), linearly interpolated;
    /// `rest` while not executing. Joint angles, doors, torque over a cut.
    Cycle {
        /// Points in rising order of share.
        points: Vec<[f64; 2]>,
        /// Level while no operation runs.
        rest: f64,
    },
    /// Day's wave around a mean: `mean + amplitude · sin(2π (t − peak)/24 h + π/2)`.
    Daily {
        /// Mean level.
        mean: f64,
        /// Half the distance between the day's extremes.
        amplitude: f64,
        /// Hour of the maximum, local time.
        peak_hour: f64,
    },
    /// A level that falls or rises with consumption: `full` down to `refill_at`, then refilled.
    Level {
        /// Level after refilling.
        full: f64,
        /// Level at which it is refilled.
        refill_at: f64,
        /// Change per hour of Execute.
        per_hour: f64,
        /// Extra change per hour while a named effect is on.
        effects: BTreeMap<Arc<str>, f64>,
    },
    /// The share of wear, 0 to 1 (or % by unit) of this equipment's bearing.
    Wear,
    /// Energy: the integral of the named power signal.
    Integral {
        /// Name of a signal of the same equipment.
        of: Arc<str>,
    },
    /// True while the equipment is in one of these states.
    InState {
        /// States.
        states: Vec<Arc<str>>,
    },
    /// A text or code by state; empty text otherwise (alarm text, program name).
    Constant {
        /// The value, as written in the kind.
        value: f64,
    },
}
