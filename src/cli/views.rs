//! Saved views of a plant, kept for its user.
//!
//! ```toml
//! format = 1
//!
//! [views."Gate 4"]
//! target = [12.0, 0.0, 4.5]
//! yaw = 0.4
//! pitch = 0.7
//! distance = 30.0
//! ```

use serde::{Deserialize, Serialize};

use super::user_file::{Contents, UserFile};
use crate::twin::Viewpoints;

/// The file of one plant's views.
pub type ViewsFile = UserFile<Views>;

/// What the file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    format: u32,
    /// The views by name.
    #[serde(default)]
    pub views: Viewpoints,
}

impl Views {
    /// With these views.
    pub fn new(views: Viewpoints) -> Self {
        Self {
            format: Self::FORMAT,
            views,
        }
    }
}

impl Contents for Views {
    const WHAT: &'static str = "The saved views";
    const FORMAT: u32 = 1;
    const ENDING: &'static str = ".toml";

    fn format(&self) -> u32 {
        self.format
    }
}
