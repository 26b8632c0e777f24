//! [`Markers`]: bookmarks and ranges with notes, and how they are written to a file.
//!
//! ```toml
//! format = 1
//!
//! [markers."Bearing gets warm"]
//! from = "2026-03-01T10:15:00Z"
//! to = "2026-03-01T10:21:30Z"         # left out for an instant
//! note = "First sign: 4 K above its neighbours"
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// Bookmarks by name.
pub type Markers = BTreeMap<Arc<str>, Marker>;

/// An instant or a range that somebody has given a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// The instant, or where the range begins.
    pub from: Timestamp,
    /// Where the range ends; `None`: an instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What is to be said of it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub note: Arc<str>,
}

impl Marker {
    /// Where it ends: an instant where it begins.
    pub fn end(&self) -> Timestamp {
        self.to.unwrap_or(self.from)
    }
}

/// A name that no marker has yet: `Bookmark 3`.
pub fn free_name(markers: &Markers) -> Arc<str> {
    (1..)
        .map(|number| format!("Bookmark {number}"))
        .find(|name| !markers.contains_key(name.as_str()))
        .unwrap_or_default()
        .into()
}
