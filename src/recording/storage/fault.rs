//! [`FaultyDisk`]: a disk for tests. It keeps count of what would survive a power failure, loses
//! the rest when asked to, and fails when told to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, Storage, StorageFile};

/// How a disk can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No room: a write takes the first part of what it was given and fails.
    Full,
    /// The file system is read-only.
    ReadOnly,
    /// Something broke.
    Broken,
}

impl Fault {
    fn error(self) -> io::Error {
        match self {
            Self::Full => io::ErrorKind::StorageFull.into(),
            Self::ReadOnly => io::ErrorKind::ReadOnlyFilesystem.into(),
            Self::Broken => io::Error::other("input/output error"),
        }
    }
}

/// What a power failure does to what was written and not synced. Every choice comes from `seed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Power {
    /// Chooses how much of each unsynced write and which unsynced names survive.
    pub seed: u64,
}

/// A real folder whose every write, sync and rename is counted. Once the count reaches
/// [`FaultyDisk::cut_power_at`], nothing more is done to it; [`FaultyDisk::restart`] leaves on it
/// what was synced and an arbitrary part of what was not.
#[derive(Clone, Debug)]
pub struct FaultyDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    operations: u64,
    power_ends: Option<u64>,
    /// Something failed already for want of power.
    is_dark: bool,
    fault: Option<Fault>,
    /// Contents by number: what was synced, and what was written after it.
    contents: Vec<Contents>,
    /// Names as the program sees them.
    seen: BTreeMap<PathBuf, usize>,
    /// Names as they survive.
    kept: BTreeMap<PathBuf, usize>,
    /// Changes of names that may or may not survive, in order.
    pending: Vec<Change>,
}

#[derive(Clone, Debug, Default)]
struct Contents {
    synced: Vec<u8>,
    written: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Change {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Change {
    fn is_in(&self, folder: &Path) -> bool {
        match self {
            Self::Create(path, _) | Self::Remove(path) => path.parent() == Some(folder),
            Self::Rename(from, to) => from.parent() == Some(folder) || to.parent() == Some(folder),
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Create(path, number) => {
                names.insert(path, number);
            }
            Self::Rename(from, to) => {
                if let Some(number) = names.remove(&from) {
                    names.insert(to, number);
                }
            }
            Self::Remove(path) => {
                names.remove(&path);
            }
        }
    }
}

impl Default for FaultyDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl FaultyDisk {
    /// One that works.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much was done to it so far.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// From this operation on (as [`FaultyDisk::operations`] counts) everything fails and nothing is
    /// done; `None`: it goes on.
    pub fn cut_power_at(&self, operation: Option<u64>) {
        self.state().power_ends = operation;
    }

    /// From now on everything that needs the disk fails so; `None`: it works again.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Power comes back: on the real folder is now what was synced, and of the rest what `power`
    /// chose. Open files must not be used any more.
    ///
    /// # Panics
    /// When the real folder cannot be written.
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    pub fn restart(&self, power: Power) {
        let mut state = self.state();
        let mut chance = power.seed;
        let mut choose = |below: usize| {
            // Sebastiano Vigna's splitmix64.
            chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = chance;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
        };
        let survive = choose(state.pending.len() + 1);
        let pending: Vec<Change> = state.pending.drain(..).take(survive).collect();
        let mut kept = std::mem::take(&mut state.kept);
        for change in pending {
            change.apply(&mut kept);
        }
        for path in state.seen.keys() {
            let _ = fs::remove_file(path);
        }
        for (path, &number) in &kept {
            let contents = &mut state.contents[number];
            let unsynced = contents
                .written
                .split_off(contents.synced.len().min(contents.written.len()));
            let mut bytes = contents.synced.clone();
            match choose(4) {
                0 => {}
                1 => bytes.extend(&unsynced),
                2 => bytes.extend(&unsynced[..choose(unsynced.len() + 1)]),
                // Space was found for it, and nothing was written there yet.
                _ => {
                    let written = choose(unsynced.len() + 1);
                    bytes.extend(&unsynced[..written]);
                    bytes.resize(bytes.len() + choose(unsynced.len() - written + 1), 0);
                }
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &bytes).unwrap();
            contents.synced.clone_from(&bytes);
            contents.written = bytes;
        }
        state.seen.clone_from(&kept);
        state.kept = kept;
        state.power_ends = None;
        state.is_dark = false;
        state.fault = None;
    }
}

impl State {
    fn operation(&mut self) -> io::Result<()> {
        if self.power_ends.is_some_and(|end| self.operations >= end) {
            self.is_dark = true;
            return Err(io::Error::other("no power"));
        }
        self.operations += 1;
        match self.fault {
            Some(Fault::Full) | None => Ok(()),
            Some(fault) => Err(fault.error()),
        }
    }

    fn room(&self) -> io::Result<()> {
        match self.fault {
            Some(fault) => Err(fault.error()),
            None => Ok(()),
        }
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    number: usize,
    file: Box<dyn StorageFile>,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        if state.power_ends.is_some_and(|end| state.operations >= end) && !state.is_dark {
            // What is written as the power fails is torn.
            let torn = &bytes[..bytes.len() / 2];
            state.contents[self.number].written.extend(torn);
            self.file.write_all(torn)?;
        }
        state.operation()?;
        let taken = if state.fault.is_some() {
            if bytes.len() < 2 {
                return Err(Fault::Full.error());
            }
            &bytes[..bytes.len() / 2]
        } else {
            bytes
        };
        self.file.write_all(taken)?;
        state.contents[self.number].written.extend(taken);
        if state.fault.is_some() {
            return Err(Fault::Full.error());
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageFile for FaultyFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operation()?;
        let contents = &mut state.contents[self.number];
        contents.synced.clone_from(&contents.written);
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operation()?;
        self.file.truncate(bytes)?;
        let contents = &mut state.contents[self.number];
        contents.written.truncate(bytes as usize);
        contents.synced.truncate(bytes as usize);
        Ok(())
    }
}

impl Storage for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.state();
        state.operation()?;
        state.room()?;
        let file = Disk.create(path)?;
        let number = state.contents.len();
        state.contents.push(Contents::default());
        state.seen.insert(path.to_owned(), number);
        state.pending.push(Change::Create(path.to_owned(), number));
        Ok(Box::new(FaultyFile {
            disk: self.clone(),
            number,
            file,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operation()?;
        fs::rename(from, to)?;
        let change = Change::Rename(from.to_owned(), to.to_owned());
        change.clone().apply(&mut state.seen);
        state.pending.push(change);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operation()?;
        fs::remove_file(path)?;
        let change = Change::Remove(path.to_owned());
        change.clone().apply(&mut state.seen);
        state.pending.push(change);
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.state().operation()?;
        fs::remove_dir(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operation()?;
        if !path.is_dir() {
            state.room()?;
        }
        fs::create_dir_all(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operation()?;
        let (synced, rest) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|change: &Change| change.is_in(path));
        state.pending = rest;
        let synced: Vec<Change> = synced;
        for change in synced {
            change.apply(&mut state.kept);
        }
        Ok(())
    }
}
