//! Saved views of a plant: a small TOML file in the user's configuration folder.
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

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::twin::Viewpoints;

/// Where the saved views of one plant are kept, or that they are not.
#[derive(Clone, Debug)]
pub struct ViewsFile {
    /// `None`: there is no folder for them, or what lies there must not be overwritten.
    path: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: u32,
    #[serde(default)]
    views: Viewpoints,
}

/// The only format there is so far.
const FORMAT: u32 = 1;

/// What is wrong with the file. Every variant is for people to read: the program goes on.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// It is there and cannot be read. It stays as it is, and nothing is saved over it.
    #[error("The saved views cannot be read and stay as they are: {0}: {1}")]
    Read(std::io::Error, PathBuf),
    /// It was not understood, and put aside.
    #[error("The saved views were not understood and are put aside as {aside}: {why}")]
    Broken {
        /// What is wrong.
        why: String,
        /// Its new name.
        aside: PathBuf,
    },
    /// It was not understood and could not be put aside: nothing is saved over it.
    #[error("The saved views are not understood and stay as they are: {why}: {path}")]
    Stuck {
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// They could not be written: as they are, they last until the program ends.
    #[error("The saved views could not be written and end with the program: {0}: {1}")]
    Write(String, PathBuf),
    /// Nobody knows where to.
    #[error("The saved views end with the program: there is no folder for them (set HOME)")]
    NoFolder,
}

/// The user's configuration folder of this program.
fn folder() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    // A relative XDG_CONFIG_HOME is to be ignored, says the XDG Base Directory Specification.
    absolute("XDG_CONFIG_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".config")))
        .map(|config| config.join("twinscape"))
}

impl ViewsFile {
    /// Of a plant, in the user's configuration folder.
    pub fn of_user(plant: &str) -> Self {
        Self {
            path: folder().map(|folder| folder.join(file_name(plant))),
        }
    }

    /// Of a plant, in this folder.
    pub fn within(folder: &Path, plant: &str) -> Self {
        Self {
            path: Some(folder.join(file_name(plant))),
        }
    }

    /// The views that were saved; none where there is no file yet.
    ///
    /// # Errors
    /// When there is a file that says nothing: it is put aside or left alone, never overwritten.
    pub fn read(&mut self) -> Result<Viewpoints, ViewsError> {
        let Some(path) = self.path.clone() else {
            return Ok(Viewpoints::new());
        };
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Viewpoints::new());
            }
            Err(error) => {
                self.path = None;
                return Err(ViewsError::Read(error, path));
            }
        };
        let why = match toml::from_str::<Contents>(&text) {
            Ok(contents) if contents.format == FORMAT => return Ok(contents.views),
            Ok(contents) => format!("format {} is none that is known here", contents.format),
            Err(error) => error.message().to_owned(),
        };
        match put_aside(&path) {
            Some(aside) => Err(ViewsError::Broken { why, aside }),
            None => {
                self.path = None;
                Err(ViewsError::Stuck { why, path })
            }
        }
    }

    /// Writes the views, all or nothing.
    ///
    /// # Errors
    /// When they cannot be written; what was there before is still there.
    pub fn write(&self, views: &Viewpoints) -> Result<(), ViewsError> {
        let path = self.path.as_ref().ok_or(ViewsError::NoFolder)?;
        let failed = |why: String| ViewsError::Write(why, path.clone());
        let contents = Contents {
            format: FORMAT,
            views: views.clone(),
        };
        let text = toml::to_string(&contents).map_err(|error| failed(error.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        // Of this process alone: two programs that save at once must not mix their files.
        let part = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::write(&part, text)
            .and_then(|()| std::fs::rename(&part, path))
            .map_err(|error| failed(error.to_string()))
    }
}

/// A plant's id is a folder's name, which may hold what a file's name had better not.
fn file_name(plant: &str) -> String {
    let plain = |letter: char| {
        if letter.is_alphanumeric() || matches!(letter, '-' | '_') {
            letter
        } else {
            '_'
        }
    };
    let name: String = plant.chars().map(plain).collect();
    format!("{name}.toml")
}

/// Renames a file to the first free of `x.toml.bad`, `x.toml.bad2`, …: what was put aside before
/// stays, too.
fn put_aside(path: &Path) -> Option<PathBuf> {
    let aside = (1..100)
        .map(|number| match number {
            1 => path.with_extension("toml.bad"),
            _ => path.with_extension(format!("toml.bad{number}")),
        })
        .find(|aside| !aside.exists())?;
    std::fs::rename(path, &aside).ok()?;
    Some(aside)
}
