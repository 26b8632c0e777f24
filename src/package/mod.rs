//! The incident package: a part of a recording, with the plant it ran under, as one file (`.twin`)
//! that opens on another machine with nothing else.
//!
//! A package is a zip of a recording's folder (see [`recording`](crate::recording)) without what can
//! be rebuilt: `recording.toml`, `plants/…` (scene, kinds, models), the Parquet of the span, events,
//! raw messages, `markers.toml` (bookmarks and notes), `views.toml` (saved views). Any zip program
//! opens it, and pandas or DuckDB read the tables in it.
//!
//! # Opened as hostile input
//!
//! A package comes by mail from people one may not know. [`unpack`] takes files of the known shapes
//! only, at their own places, up to limits that are counted while they are written and not believed
//! from the header; it refuses links, encrypted and overlapping entries and names that meet on a file
//! system that ignores case. Everything goes to a folder of its own that appears under its name only
//! when all of it is there. What the files say is then checked as that of any other recording.

mod names;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use names::Kind;

/// What a package may take when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files in it.
    pub files: usize,
    /// Bytes of all files together, unpacked.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 50_000,
            bytes: 16 << 30,
        }
    }
}

/// Why a package cannot be written or opened.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The package cannot be read.
    #[error("the package cannot be read: {source}: {}", path.display())]
    Read {
        /// The package.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot be written: {source}: {}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not a zip, or a broken one.
    #[error("not a whole package, ask for it again ({why}): {}", path.display())]
    Broken {
        /// The package.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Something in it that no package has: a damaged file, or an attack.
    #[error("refused, packages have no such entry ({why}): {entry:?} in {}", path.display())]
    Entry {
        /// The package.
        path: PathBuf,
        /// The entry's name.
        entry: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// More than the limits allow.
    #[error("refused, it holds more than {what} when unpacked: {}", path.display())]
    TooLarge {
        /// The package.
        path: PathBuf,
        /// The limit.
        what: String,
    },
}

/// Packs a recording's folder into one file, which appears under its name only when it is whole.
/// Returns its size, bytes.
///
/// # Errors
/// When a file cannot be read or the package cannot be written.
pub fn pack(folder: &Path, package: &Path) -> Result<u64, PackageError> {
    let part = package.with_extension("twin.part");
    let packed = write(folder, &part);
    match packed {
        Ok(bytes) => {
            fs::rename(&part, package).map_err(|source| PackageError::Write {
                path: package.to_owned(),
                source,
            })?;
            Ok(bytes)
        }
        Err(error) => {
            // What is left of it is of no use; that it could not be removed changes nothing.
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

fn write(folder: &Path, part: &Path) -> Result<u64, PackageError> {
    let fail = |source| PackageError::Write {
        path: part.to_owned(),
        source,
    };
    let zipped = |error: ZipError| fail(io::Error::other(error));
    let mut files = Vec::new();
    list(folder, "", &mut files)?;
    files.sort();
    let out = BufWriter::new(File::create(part).map_err(fail)?);
    let mut zip = ZipWriter::new(out);
    for name in files {
        let Some(kind) = Kind::of(&name) else {
            continue;
        };
        // Tables are compressed already.
        let method = match kind {
            Kind::Table => CompressionMethod::Stored,
            Kind::Text | Kind::Model => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(true);
        zip.start_file(name.as_str(), options).map_err(zipped)?;
        let path = folder.join(&name);
        let read = |source| PackageError::Read {
            path: path.clone(),
            source,
        };
        let mut file = File::open(&path).map_err(read)?;
        io::copy(&mut file, &mut zip).map_err(fail)?;
    }
    let out = zip.finish().map_err(zipped)?;
    let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
    file.sync_all().map_err(fail)?;
    Ok(file.metadata().map_err(fail)?.len())
}

/// Names of all files below a folder, with `/` between their parts; links are left out.
fn list(folder: &Path, prefix: &str, out: &mut Vec<String>) -> Result<(), PackageError> {
    let read = |source| PackageError::Read {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let kind = entry.file_type().map_err(read)?;
        if kind.is_dir() {
            list(&entry.path(), &format!("{prefix}{name}/"), out)?;
        } else if kind.is_file() {
            out.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// Unpacks a package into `folder`, which must not exist yet; its parent must.
///
/// # Errors
/// When it cannot be read or written, is broken, or holds what no package holds. Then `folder` is
/// not there either.
pub fn unpack(package: &Path, folder: &Path, limits: Limits) -> Result<(), PackageError> {
    let mut part = folder.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| PackageError::Write { path, source }
    };
    if part.exists() {
        fs::remove_dir_all(&part).map_err(fail(&part))?;
    }
    fs::create_dir(&part).map_err(fail(&part))?;
    let done = extract(package, &part, limits).and_then(|()| {
        if folder.exists() {
            let there = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(fail(folder)(there));
        }
        fs::rename(&part, folder).map_err(fail(folder))
    });
    if done.is_err() {
        // A folder that could not be removed is removed the next time.
        let _ = fs::remove_dir_all(&part);
    }
    done
}

fn extract(package: &Path, folder: &Path, limits: Limits) -> Result<(), PackageError> {
    let broken = |error: ZipError| PackageError::Broken {
        path: package.to_owned(),
        why: error.to_string(),
    };
    let refuse = |entry: &str, why| PackageError::Entry {
        path: package.to_owned(),
        entry: entry.chars().take(120).collect(),
        why,
    };
    let too_large = |what: String| PackageError::TooLarge {
        path: package.to_owned(),
        what,
    };
    let file = File::open(package).map_err(|source| PackageError::Read {
        path: package.to_owned(),
        source,
    })?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if zip.len() > limits.files {
        return Err(too_large(format!("{} files", limits.files)));
    }
    if zip.has_overlapping_files().map_err(broken)? {
        return Err(refuse("", "entries lie over one another"));
    }
    let mut names = HashSet::new();
    let mut left = limits.bytes;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).map_err(broken)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if entry.is_symlink() {
            return Err(refuse(&name, "a link"));
        }
        if entry.encrypted() {
            return Err(refuse(&name, "encrypted"));
        }
        let kind = Kind::of(&name).ok_or_else(|| refuse(&name, "an unknown file"))?;
        if !names.insert(name.to_lowercase()) {
            return Err(refuse(&name, "twice"));
        }
        let path = folder.join(&name);
        let write = |source| PackageError::Write {
            path: path.clone(),
            source,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(write)?;
        }
        let most = kind.most_bytes().min(left);
        let mut out = BufWriter::new(File::create_new(&path).map_err(write)?);
        let copied = copy(&mut entry, &mut out, most).map_err(|error| match error {
            Copy::Read(error) => PackageError::Broken {
                path: package.to_owned(),
                why: format!("{name}: {error}"),
            },
            Copy::Write(source) => write(source),
            Copy::TooLong => too_large(if most == left {
                format!("{} MiB", limits.bytes >> 20)
            } else {
                format!("{} MiB in {name}", most >> 20)
            }),
        })?;
        left -= copied;
        out.flush().map_err(write)?;
    }
    if !names.contains("recording.toml") {
        return Err(PackageError::Broken {
            path: package.to_owned(),
            why: "a zip, but not one of this program: it has no recording.toml".to_owned(),
        });
    }
    Ok(())
}

enum Copy {
    Read(io::Error),
    Write(io::Error),
    TooLong,
}

/// Copies up to `most` bytes; what the zip says of its sizes is not believed.
fn copy(from: &mut impl Read, to: &mut impl Write, most: u64) -> Result<u64, Copy> {
    let mut buffer = vec![0; 64 << 10];
    let mut copied = 0;
    loop {
        let read = from.read(&mut buffer).map_err(Copy::Read)?;
        if read == 0 {
            return Ok(copied);
        }
        copied += read as u64;
        if copied > most {
            return Err(Copy::TooLong);
        }
        to.write_all(buffer.get(..read).unwrap_or_default())
            .map_err(Copy::Write)?;
    }
}
