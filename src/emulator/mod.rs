//! The demo plant: the simulation kernel with sensors on it, publishing over real MQTT.
//!
//! An [`Emulation`] is the plant itself: the kernel of [`simulation`](crate::simulation) moves parts
//! through a network made of the scene, sensor models of the kinds look at it, incidents and
//! disturbances interfere with it. It has no process logic of its own, no clock and no network: same
//! plant, seed and start give the same readings, bit for bit.
//!
//! [`start`] runs one in a thread of its own and publishes what it reads to a broker, each line with
//! its own session, as the scene's own bindings say: plain JSON topics, and Sparkplug B edge nodes.
//! The twin knows it only through MQTT. [`broker::start`] is the broker of the default run.

pub mod broker;
mod device;
mod emulation;
mod follow;
mod happen;
mod kernel_value;
mod link;
mod live;
mod plan;
mod publisher;
mod random;
mod reading;
mod resumed;
mod sensor;
pub mod unpaced;

use thiserror::Error;

pub use emulation::{Disturbances, Emulation, WARM_UP};
pub use live::{Counts, Handle, Options, start};
pub use reading::Reading;

use crate::simulation::FromPlantError;

/// Why a plant cannot be emulated.
#[derive(Debug, Error)]
pub enum EmulatorError {
    /// The scene does not describe a plant that parts can flow through. Mend the scene.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Plant(Vec<FromPlantError>),
    /// The kernel refuses the network. Mend the scene's flow.
    #[error("{0}")]
    Network(String),
    /// A broker that cannot be reached as described. Name another, or start the embedded one.
    #[error("the emulator cannot publish: {0}")]
    Connection(String),
    /// A speed that is none.
    #[error("the speed must be a number above 0, not {0}")]
    Speed(f64),
    /// An incident that the scene does not know.
    #[error("the scene has no incident `{0}`")]
    Incident(String),
    /// The system gives no thread or no runtime.
    #[error("the emulator cannot start: {0}")]
    Thread(#[from] std::io::Error),
}
