//! [`Storage`]: the few things that a recorder does to a disk, so that tests can put a disk beneath
//! it that fails, fills up or loses power at any moment.
//!
//! Reading goes to the real files: what a program has written it can read back whatever a power
//! failure would leave of it.

mod fault;

pub use fault::{Fault, FaultyDisk, Power};

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file that is written from its start to its end.
pub trait StorageFile: Write + Send {
    /// Makes everything written so far survive a power failure.
    ///
    /// # Errors
    /// When the disk does not confirm it: nothing is known of what was written since the last time.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to this many bytes and goes on there.
    ///
    /// # Errors
    /// When the file system refuses.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
}

/// What a recorder does to a disk.
pub trait Storage: fmt::Debug + Send + Sync {
    /// A new, empty file; one of the same name is replaced.
    ///
    /// # Errors
    /// As the file system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>>;

    /// Gives a file another name in one step; one that has it already is replaced.
    ///
    /// # Errors
    /// As the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// As the file system says; a folder that is not empty stays.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// As the file system says.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder survive a power failure: created, renamed and removed ones.
    ///
    /// # Errors
    /// When the disk does not confirm it.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// Writes a file under its name in one step that survives a power failure: written beside it, synced,
/// renamed, and the folder synced.
///
/// # Errors
/// As the disk or `write` say; the name then holds what it held before.
pub fn write_whole<T, E: From<io::Error>>(
    storage: &dyn Storage,
    path: &Path,
    write: impl FnOnce(&mut dyn StorageFile) -> Result<T, E>,
) -> Result<T, E> {
    let part = path.with_added_extension("tmp");
    let written = (|| {
        let mut file = storage.create(&part)?;
        let written = write(&mut *file)?;
        file.sync()?;
        drop(file);
        storage.rename(&part, path)?;
        if let Some(folder) = path.parent() {
            storage.sync_folder(folder)?;
        }
        Ok(written)
    })();
    if written.is_err() {
        // It may not have come so far; what it left is removed at the next start, too.
        let _ = storage.remove(&part);
    }
    written
}

/// The real disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

struct DiskFile(File);

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageFile for DiskFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        use std::io::Seek;
        self.0.set_len(bytes)?;
        self.0.seek(io::SeekFrom::Start(bytes)).map(|_| ())
    }
}

impl Storage for Disk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        Ok(Box::new(DiskFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        // The names of new folders must survive, too.
        let Some(parent) = path.parent().filter(|_| !path.is_dir()) else {
            return Ok(());
        };
        if !parent.as_os_str().is_empty() {
            self.make_folder(parent)?;
        }
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            Err(error) => Err(error),
            Ok(()) if parent.as_os_str().is_empty() => self.sync_folder(Path::new(".")),
            Ok(()) => self.sync_folder(parent),
        }
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            // Some file systems cannot sync a folder and need not.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        // A folder cannot be opened here; the file system journals names by itself.
        Ok(())
    }
}
