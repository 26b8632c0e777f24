//! The words of the twin as types: plants, equipment, signals, samples, health.
//!
//! Data only: nothing here talks to a network, a disk (but for [`scene`], which reads and checks
//! scene files), a clock or a screen.

pub mod alarm;
pub mod calendar;
pub mod connection;
pub mod distribution;
pub mod equipment;
pub mod flow;
pub mod health;
pub mod kind;
pub mod layout;
pub mod plant;
pub mod process;
pub mod quality;
pub mod sample;
pub mod scene;
pub mod signal;
pub mod snapshot;
pub mod story;
pub mod time;
pub mod unit;
pub mod value;
pub mod workpiece;

pub use equipment::{Equipment, EquipmentId, Group, GroupId, OperatingState};
pub use health::{Health, HealthStatus};
pub use plant::Plant;
pub use quality::{Cause, Quality};
pub use sample::{Point, Sample};
pub use signal::{SessionId, Signal, SignalId};
pub use snapshot::{Freshness, Snapshot};
pub use time::Timestamp;
pub use unit::{Quantity, Unit};
pub use value::{Text, Value};
