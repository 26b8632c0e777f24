//! Small TOML files in the user's configuration folder that outlive the program: read once, written
//! whole, and never lost when they are not understood.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What such a file holds, from its first line to its last.
pub trait Contents: Serialize + DeserializeOwned {
    /// What people call it, at the start of a sentence: *The saved views*.
    const WHAT: &'static str;
    /// The only format there is so far.
    const FORMAT: u32;
    /// What follows the name in the file's name.
    const ENDING: &'static str;

    /// The format that the file says it has.
    fn format(&self) -> u32;
}

/// Where something is kept for the user, or that it is not.
#[derive(Clone, Debug)]
pub struct UserFile<T> {
    /// `None`: there is no folder for it, or what lies there must not be overwritten.
    path: Option<PathBuf>,
    /// Where it is written as well, because `path` does not outlive the program.
    lasting: Option<PathBuf>,
    contents: PhantomData<fn() -> T>,
}

/// What is wrong with the file. Every variant is for people to read: the program goes on.
#[derive(Debug, thiserror::Error)]
pub enum UserFileError {
    /// It is there and cannot be read. It stays as it is, and nothing is saved over it.
    #[error("{what} cannot be read and stay as they are: {why}: {path}")]
    Read {
        /// What the file holds.
        what: &'static str,
        /// What is wrong.
        why: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// It was not understood, and put aside.
    #[error("{what} were not understood and are put aside as {aside}: {why}")]
    Broken {
        /// What the file holds.
        what: &'static str,
        /// What is wrong.
        why: String,
        /// Its new name.
        aside: PathBuf,
    },
    /// It was not understood and could not be put aside: nothing is saved over it.
    #[error("{what} are not understood and stay as they are: {why}: {path}")]
    Stuck {
        /// What the file holds.
        what: &'static str,
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// It could not be written: as it is, it lasts until the program ends.
    #[error("{what} could not be written and end with the program: {why}: {path}")]
    Write {
        /// What the file holds.
        what: &'static str,
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// Nobody knows where to.
    #[error("{what} end with the program: there is no folder for them (set HOME)")]
    NoFolder {
        /// What the file holds.
        what: &'static str,
    },
}

/// A folder that an environment variable names.
fn absolute(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Where this user's recordings of a plant are.
pub fn data_folder(plant: &str) -> Option<PathBuf> {
    absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
        .map(|data| data.join("twinscape/recordings").join(file_name(plant, "")))
}

/// The user's configuration folder of this program.
fn folder() -> Option<PathBuf> {
    // A relative XDG_CONFIG_HOME is to be ignored, says the XDG Base Directory Specification.
    absolute("XDG_CONFIG_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".config")))
        .map(|config| config.join("twinscape"))
}

impl<T: Contents> UserFile<T> {
    /// A file in the user's configuration folder, called `name` and [`Contents::ENDING`].
    pub fn of_user(name: &str) -> Self {
        Self {
            path: folder().map(|folder| folder.join(file_name(name, T::ENDING))),
            lasting: None,
            contents: PhantomData,
        }
    }

    /// This file.
    pub fn at(path: PathBuf) -> Self {
        Self {
            path: Some(path),
            lasting: None,
            contents: PhantomData,
        }
    }

    /// A file in this folder.
    pub fn within(folder: &Path, name: &str) -> Self {
        Self {
            path: Some(folder.join(file_name(name, T::ENDING))),
            lasting: None,
            contents: PhantomData,
        }
    }

    /// This file in a folder that goes with the program; it is written to `lasting` as well.
    pub fn with_copy(path: PathBuf, lasting: PathBuf) -> Self {
        Self {
            lasting: Some(lasting),
            ..Self::at(path)
        }
    }

    /// What was written before; `None` where there is no file yet.
    ///
    /// # Errors
    /// When there is a file that says nothing: it is put aside or left alone, never overwritten.
    pub fn read(&mut self) -> Result<Option<T>, UserFileError> {
        let Some(path) = self.path.clone() else {
            return Ok(None);
        };
        let what = T::WHAT;
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => {
                (self.path, self.lasting) = (None, None);
                return Err(UserFileError::Read { what, why, path });
            }
        };
        let why = match toml::from_str::<T>(&text) {
            Ok(contents) if contents.format() == T::FORMAT => return Ok(Some(contents)),
            Ok(contents) => format!("format {} is none that is known here", contents.format()),
            Err(error) => error.message().to_owned(),
        };
        match put_aside(&self.lasting.take().unwrap_or_else(|| path.clone())) {
            Some(aside) => Err(UserFileError::Broken { what, why, aside }),
            None => {
                self.path = None;
                Err(UserFileError::Stuck { what, why, path })
            }
        }
    }

    /// Writes it, all or nothing.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is still there.
    pub fn write(&self, contents: &T) -> Result<(), UserFileError> {
        let what = T::WHAT;
        let path = self.path.as_ref().ok_or(UserFileError::NoFolder { what })?;
        let failed = |why: String, path: &Path| UserFileError::Write {
            what,
            why,
            path: path.to_owned(),
        };
        let text = toml::to_string(contents).map_err(|error| failed(error.to_string(), path))?;
        for path in self.lasting.iter().chain([path]) {
            write_whole(path, &text).map_err(|error| failed(error.to_string(), path))?;
        }
        Ok(())
    }
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Of this process alone: two programs that save at once must not mix their files.
    let part = path.with_extension(format!("{}.part", std::process::id()));
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path))
}

/// A plant's id is a folder's name, which may hold what a file's name had better not.
fn file_name(name: &str, ending: &str) -> String {
    let plain = |letter: char| {
        if letter.is_alphanumeric() || matches!(letter, '-' | '_') {
            letter
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(plain).collect();
    name + ending
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
