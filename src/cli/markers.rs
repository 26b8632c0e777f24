//! Bookmarks on the timeline, kept with the recording that they are about; where nothing is recorded
//! to a folder, for the user and the plant.
//!
//! See [`timeline::markers`](crate::timeline::markers) for what the file looks like.

use serde::{Deserialize, Serialize};

use super::user_file::{Contents, UserFile};
use crate::timeline::Markers;

/// The file of one recording's bookmarks.
pub type MarkersFile = UserFile<KeptMarkers>;

/// Name of the file beside a recording.
pub const NAME: &str = "markers.toml";

/// What the file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptMarkers {
    format: u32,
    /// The bookmarks by name.
    #[serde(default)]
    pub markers: Markers,
}

impl KeptMarkers {
    /// With these bookmarks.
    pub fn new(markers: Markers) -> Self {
        Self {
            format: Self::FORMAT,
            markers,
        }
    }
}

impl Contents for KeptMarkers {
    const WHAT: &'static str = "The bookmarks";
    const FORMAT: u32 = 1;
    const ENDING: &'static str = ".markers.toml";

    fn format(&self) -> u32 {
        self.format
    }
}
