//! Where the files of a scene are, and reading them without trusting them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Largest scene or kind file, bytes.
pub(super) const MAX_TEXT_BYTES: u64 = 64 << 20;

/// The folder that holds `kinds` and `models`.
///
/// The environment's `TWINSCAPE_ASSETS` if it is set; else `assets` beside the executable or beside
/// one of the folders it is in; else the `assets` of the source tree this was built from.
pub fn assets_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("TWINSCAPE_ASSETS").filter(|name| !name.is_empty()) {
        return PathBuf::from(folder);
    }
    if let Ok(executable) = std::env::current_exe() {
        let beside = executable
            .ancestors()
            .skip(1)
            .map(|folder| folder.join("assets"))
            .find(|folder| folder.join("kinds").is_dir());
        if let Some(folder) = beside {
            return folder;
        }
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

/// Why a file could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("is {size} bytes, more than the {limit} that are read")]
    TooLarge { size: u64, limit: u64 },
    #[error("is not UTF-8 text (byte {0})")]
    NotUtf8(usize),
    #[error("is not a file")]
    NotAFile,
    #[error("leaves the folder of the scene")]
    Leaves,
    #[error("does not exist")]
    Missing,
}

/// The bytes of a regular file of at most `limit` bytes. Its size is looked at before anything is
/// read, and no more is read even when it grows meanwhile.
pub(super) fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    if metadata.len() > limit {
        return Err(FileError::TooLarge {
            size: metadata.len(),
            limit,
        });
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge {
            size: bytes.len() as u64,
            limit,
        });
    }
    Ok(bytes)
}

/// The text of a scene or kind file, without a byte order mark.
pub(super) fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read_bytes(path, MAX_TEXT_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| FileError::NotUtf8(error.utf8_error().valid_up_to()))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The existing file `name` in one of `folders`, the first that has it. A name that is absolute,
/// climbs with `..`, or ends outside of its folder through a link is refused.
pub(super) fn find_inside(folders: &[PathBuf], name: &str) -> Result<PathBuf, FileError> {
    let relative = Path::new(name);
    let stays = !name.is_empty()
        && !name.contains(['\\', '\0'])
        && relative
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !stays {
        return Err(FileError::Leaves);
    }
    for folder in folders {
        let path = folder.join(relative);
        if !path.exists() {
            continue;
        }
        let (root, real) = (folder.canonicalize()?, path.canonicalize()?);
        if !real.starts_with(&root) {
            return Err(FileError::Leaves);
        }
        if !real.is_file() {
            return Err(FileError::NotAFile);
        }
        return Ok(path);
    }
    Err(FileError::Missing)
}

/// Names of the files in `folders` that end in `suffix`, without it, for suggestions: sorted, at
/// most ten thousand.
pub(super) fn names_with_suffix(folders: &[PathBuf], suffix: &str) -> Vec<String> {
    let mut names: Vec<String> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.take(10_000))
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(suffix).map(str::to_owned))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
