//! Which files a package may hold: a list of shapes, and nothing else.

use std::path::{Component, Path};

/// What a file of a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A small text: what the recording is, bookmarks, saved views, a scene's file.
    Text,
    /// A model.
    Model,
    /// Telemetry, events, raw messages.
    Table,
}

impl Kind {
    /// The most a file of this kind may hold, bytes.
    pub const fn most_bytes(self) -> u64 {
        match self {
            Self::Text => 16 << 20,
            Self::Model => 256 << 20,
            Self::Table => 2 << 30,
        }
    }

    /// The kind of the file of this name (with `/` between its parts); `None` when packages have no
    /// such file.
    pub fn of(name: &str) -> Option<Self> {
        if name.len() > 400 || name.contains('\\') || name.contains(':') || name.contains('\0') {
            return None;
        }
        let is_plain = |component| matches!(component, Component::Normal(_));
        if !Path::new(name).components().all(is_plain) {
            return None;
        }
        let parts: Vec<&str> = name.split('/').collect();
        match parts.as_slice() {
            ["recording.toml" | "markers.toml" | "views.toml"] => Some(Self::Text),
            ["plants", revision, rest @ ..]
                if is_hex(revision) && (1..=4).contains(&rest.len()) =>
            {
                if !rest.iter().all(|part| is_file_name(part)) {
                    return None;
                }
                match Path::new(name).extension()?.to_str()? {
                    "toml" => Some(Self::Text),
                    "glb" => Some(Self::Model),
                    _ => None,
                }
            }
            ["samples" | "events" | "unmapped", date, hour, file] => {
                let day = date.strip_prefix("date=")?;
                let hour = hour.strip_prefix("hour=")?;
                let span = file.strip_suffix(".parquet")?;
                let is_table = is_digits_and(day, '-', 10)
                    && is_digits_and(hour, '-', 2)
                    && is_digits_and(span, '-', 48);
                is_table.then_some(Self::Table)
            }
            _ => None,
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_digits_and(text: &str, other: char, most: usize) -> bool {
    !text.is_empty() && text.len() <= most && text.chars().all(|c| c.is_ascii_digit() || c == other)
}

/// A name that every system takes for a file in this folder.
fn is_file_name(part: &str) -> bool {
    !part.starts_with('.')
        && !part.ends_with(['.', ' '])
        && part.len() <= 128
        && part
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
