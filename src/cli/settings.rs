//! How the user left the screen: theme, size, quality, and where the panels are; the same for every
//! plant.
//!
//! ```toml
//! format = 1
//!
//! [settings]
//! theme = "dark"
//! ui-scale = 125
//!
//! [settings.panels]
//! log = "shown"
//! ```

use serde::{Deserialize, Serialize};

use super::user_file::{Contents, UserFile};
use crate::twin::Settings;

/// The file of the settings.
pub type SettingsFile = UserFile<KeptSettings>;

/// Name of the file, before its ending: one for every plant.
pub const NAME: &str = "screen";

/// What the file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSettings {
    format: u32,
    /// The settings.
    #[serde(default)]
    pub settings: Settings,
}

impl KeptSettings {
    /// With these settings.
    pub fn new(settings: Settings) -> Self {
        Self {
            format: Self::FORMAT,
            settings,
        }
    }
}

impl Contents for KeptSettings {
    const WHAT: &'static str = "The settings of the screen";
    const FORMAT: u32 = 1;
    const ENDING: &'static str = ".settings.toml";

    fn format(&self) -> u32 {
        self.format
    }
}
