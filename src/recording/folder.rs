//! [`Folder`]: the folder of a recording: whose it is, and that only one program writes to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::storage::{Storage, write_whole};
use crate::model::{Plant, Timestamp};

/// Version of the folder's layout and of the log. Older ones stay readable.
pub const FORMAT: u32 = 1;

const DESCRIPTION: &str = "recording.toml";
const LOCK: &str = "lock";
/// Folders in which files are written beside their place first.
const WRITTEN: [&str; 6] = ["log", "samples", "events", "unmapped", "index", "plants"];

/// Why a folder cannot be recorded to.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another program records there.
    #[error("another program records into this folder: end it, or choose another folder: {0}")]
    Locked(PathBuf),
    /// It belongs to another plant.
    #[error(
        "this folder holds a recording of another plant, `{found}` and not `{wanted}`: choose another folder: {path}"
    )]
    OtherPlant {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
        /// The folder.
        path: PathBuf,
    },
    /// A newer program made it.
    #[error(
        "this recording has format {found}, and this program knows up to {FORMAT}: use a newer twinscape, or choose another folder: {path}"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The folder.
        path: PathBuf,
    },
    /// There are other things in it.
    #[error("this folder holds other things and no recording: choose an empty or a new one: {0}")]
    Foreign(PathBuf),
    /// Its description says nothing.
    #[error(
        "the recording's description is damaged ({why}): mend it or choose another folder: {path}"
    )]
    Damaged {
        /// What is wrong with it.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// The disk said no.
    #[error("{what} ({}): {path}", explain(error))]
    Disk {
        /// What failed.
        what: &'static str,
        /// What the system says.
        error: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

/// What an error of the disk means to a user, and what to do.
pub fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full: make room".into()
        }
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::PermissionDenied => {
            "no permission: give this user the right to write there".into()
        }
        _ => error.to_string(),
    }
}

/// `recording.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Version of the layout.
    pub format: u32,
    /// Id of the plant.
    pub plant: String,
    /// IANA time zone of the plant.
    pub time_zone: String,
    /// When the recording was begun.
    pub made: Timestamp,
    /// Version of the program that began it.
    pub version: String,
}

impl Description {
    /// Reads that of a recording; `None`: there is none.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or is newer than this program.
    pub fn read(root: &Path) -> Result<Option<Self>, FolderError> {
        let path = root.join(DESCRIPTION);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(FolderError::Disk {
                    what: "the recording's description cannot be read",
                    error,
                    path,
                });
            }
        };
        // A newer one may say more; its format must be understood first.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let damaged = |error: toml::de::Error| FolderError::Damaged {
            why: error.message().to_owned(),
            path: path.clone(),
        };
        let Format { format } = toml::from_str(&text).map_err(damaged)?;
        if format > FORMAT {
            return Err(FolderError::Newer {
                found: format,
                path: root.to_owned(),
            });
        }
        toml::from_str(&text).map(Some).map_err(damaged)
    }
}

/// A folder that this program alone records to, as long as this lives.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    storage: Arc<dyn Storage>,
    _lock: File,
}

impl Folder {
    /// Opens a recording of this plant, or begins one in a new or empty folder.
    ///
    /// # Errors
    /// When it is not this plant's, another program records there, or the disk says no. Nothing that
    /// was there is changed then.
    pub fn open(
        root: &Path,
        plant: &Plant,
        storage: Arc<dyn Storage>,
        now: Timestamp,
    ) -> Result<Self, FolderError> {
        let disk = |what, path: &Path| {
            let path = path.to_owned();
            move |error| FolderError::Disk { what, error, path }
        };
        storage
            .make_folder(root)
            .map_err(disk("the folder of the recording cannot be made", root))?;
        let found = Description::read(root)?;
        if let Some(found) = &found
            && found.plant != *plant.id
        {
            return Err(FolderError::OtherPlant {
                found: found.plant.clone(),
                wanted: plant.id.to_string(),
                path: root.to_owned(),
            });
        }
        if found.is_none() && holds_other_things(root) {
            return Err(FolderError::Foreign(root.to_owned()));
        }
        let lock_path = root.join(LOCK);
        let mut lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(disk("the recording cannot be locked", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::Locked(root.to_owned())),
            Err(TryLockError::Error(error)) => {
                return Err(disk("the recording cannot be locked", &lock_path)(error));
            }
        }
        // Who holds it, for people who look.
        let _ = lock
            .set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        for name in WRITTEN {
            let path = root.join(name);
            storage
                .make_folder(&path)
                .map_err(disk("a folder of the recording cannot be made", &path))?;
        }
        if found.is_none() {
            let description = Description {
                format: FORMAT,
                plant: plant.id.to_string(),
                time_zone: plant
                    .calendar
                    .time_zone
                    .iana_name()
                    .unwrap_or("UTC")
                    .to_owned(),
                made: now,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let path = root.join(DESCRIPTION);
            let text = toml::to_string(&description).map_err(|error| FolderError::Damaged {
                why: error.to_string(),
                path: path.clone(),
            })?;
            write_whole(&*storage, &path, |file| file.write_all(text.as_bytes()))
                .map_err(disk("the recording's description cannot be written", &path))?;
        }
        Ok(Self {
            root: root.to_owned(),
            storage,
            _lock: lock,
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The disk that it is on.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Where the segments of the log are.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }
}

/// Whether there is something in a folder that no recorder made.
fn holds_other_things(root: &Path) -> bool {
    let Ok(entries) = fs::read_dir(root) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return true;
        };
        // What a recorder that was ended while it began may have left; and what file systems make.
        !(WRITTEN.contains(&name)
            || name.starts_with(DESCRIPTION)
            || matches!(name, LOCK | "lost+found" | ".DS_Store"))
    })
}
