//! [`Recorded`]: a recording or a package opened by itself, with the plant it ran under.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use super::markers::{self, MarkersFile};
use super::views::ViewsFile;
use crate::import::with_files_as_source;
use crate::model::{Plant, Timestamp, scene};
use crate::package::{self, Limits};
use crate::recording::folder::Description;
use crate::recording::reader::{BUDGET_BYTES, Recording, Tail};

/// Which part of a recording is meant.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct SpanArgs {
    /// From this time on, such as 2026-03-01T10:15:00Z; the beginning when left out
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,
    /// Up to this time; the end when left out
    #[arg(long, value_name = "RFC3339")]
    to: Option<Timestamp>,
}

/// Saved views in a package.
pub const VIEWS: &str = "views.toml";

/// A recording with its plant.
#[derive(Debug)]
pub struct Recorded {
    /// Its folder.
    pub root: PathBuf,
    /// The plant of its newest revision.
    pub plant: Arc<Plant>,
    /// CRC-32 of that revision.
    pub revision: u32,
    /// The recording.
    pub recording: Recording,
    /// The folder that a package was unpacked to; it goes when this does.
    unpacked: Option<Unpacked>,
}

/// A folder of one's own, removed at the end.
#[derive(Debug)]
struct Unpacked {
    folder: PathBuf,
    package: PathBuf,
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!("left behind ({error}): {}", self.folder.display());
        }
    }
}

impl Recorded {
    /// The saved views: those that came with a package, else those of the user for this plant. Those
    /// that are saved in a package last in a file beside it.
    pub fn views(&self) -> ViewsFile {
        let own = self.root.join(VIEWS);
        match &self.unpacked {
            Some(unpacked) => ViewsFile::with_copy(own, beside(&unpacked.package, VIEWS)),
            None if own.is_file() => ViewsFile::at(own),
            None => ViewsFile::of_user(&self.plant.id),
        }
    }

    /// The bookmarks that are kept with it; those of a package last in a file beside it.
    pub fn markers(&self) -> MarkersFile {
        let own = self.root.join(markers::NAME);
        match &self.unpacked {
            Some(unpacked) => MarkersFile::with_copy(own, beside(&unpacked.package, markers::NAME)),
            None => MarkersFile::at(own),
        }
    }

    /// Opens the folder of a recording, or a package.
    ///
    /// # Errors
    /// When it is neither, is damaged, or its plant cannot be read.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let unpacked = match path.is_dir() {
            true => None,
            false => Some(unpack(path)?),
        };
        let root = unpacked
            .as_ref()
            .map_or_else(|| path.to_owned(), |unpacked| unpacked.folder.clone());
        let (revision, folder) = newest_revision(&root)?;
        let mut loaded = scene::load(&folder).with_context(|| {
            format!(
                "the plant of this recording cannot be read: {}",
                path.display()
            )
        })?;
        // A scene is called after its folder, which here is that of the revision.
        if let Some(description) = Description::read(&root)? {
            loaded.plant.id = description.plant.into();
        }
        let plant = Arc::new(with_files_as_source(loaded.plant));
        let recording = Recording::open(&root, Arc::clone(&plant), BUDGET_BYTES, Tail::Read)?;
        for (part, why) in recording.stats().broken {
            tracing::warn!("left out, {why}: {}", part.display());
        }
        Ok(Self {
            root,
            plant,
            revision,
            recording,
            unpacked,
        })
    }

    /// Opens the folder of a recording, or a package, as one of `plant`: its signals by their paths,
    /// whatever plant it ran under.
    ///
    /// # Errors
    /// When it is neither, or is damaged.
    pub fn open_as(path: &Path, plant: Plant) -> anyhow::Result<Self> {
        let unpacked = match path.is_dir() {
            true => None,
            false => Some(unpack(path)?),
        };
        let root = unpacked
            .as_ref()
            .map_or_else(|| path.to_owned(), |unpacked| unpacked.folder.clone());
        let plant = Arc::new(with_files_as_source(plant));
        let recording = Recording::open(&root, Arc::clone(&plant), BUDGET_BYTES, Tail::Read)?;
        for (part, why) in recording.stats().broken {
            tracing::warn!("left out, {why}: {}", part.display());
        }
        Ok(Self {
            root,
            plant,
            revision: 0,
            recording,
            unpacked,
        })
    }

    /// The span asked for, cut to what is recorded.
    ///
    /// # Errors
    /// When nothing is recorded in it.
    pub fn span(&self, asked: SpanArgs) -> anyhow::Result<Range<Timestamp>> {
        let Some(all) = self.recording.span() else {
            bail!("nothing is recorded here: {}", self.root.display());
        };
        let span = asked.from.map_or(all.start, |from| from.max(all.start))
            ..asked.to.map_or(all.end, |to| to.min(all.end));
        if span.start >= span.end {
            bail!(
                "nothing is recorded there; there is something from {} to {}",
                all.start,
                all.end
            );
        }
        Ok(span)
    }
}

/// Where what a user adds to a package is kept: `bearing.twin.markers.toml`.
fn beside(package: &Path, name: &str) -> PathBuf {
    let mut file = package.file_name().unwrap_or_default().to_owned();
    file.push(".");
    file.push(name);
    package.with_file_name(file)
}

/// Unpacks a package to a folder of its own in the system's folder for such things, with the bookmarks
/// and views that were added to it.
fn unpack(package: &Path) -> anyhow::Result<Unpacked> {
    if !package.is_file() {
        bail!("no recording and no package: {}", package.display());
    }
    let parent = std::env::temp_dir();
    let process = std::process::id();
    for number in 0..1000 {
        let folder = parent.join(format!("twinscape-{process}-{number}"));
        if folder.exists() {
            continue;
        }
        package::unpack(package, &folder, Limits::default())?;
        for name in [VIEWS, markers::NAME] {
            let kept = beside(package, name);
            if kept.is_file()
                && let Err(error) = std::fs::copy(&kept, folder.join(name))
            {
                tracing::warn!("left out ({error}): {}", kept.display());
            }
        }
        return Ok(Unpacked {
            folder,
            package: package.to_owned(),
        });
    }
    bail!("no room for another package in {}", parent.display())
}

/// The revision under which was recorded last: the one that was written last.
fn newest_revision(root: &Path) -> anyhow::Result<(u32, PathBuf)> {
    let plants = root.join("plants");
    let mut newest = None;
    for entry in std::fs::read_dir(&plants)
        .with_context(|| format!("no recording: {}", root.display()))?
        .flatten()
    {
        let folder = entry.path();
        let crc = entry
            .file_name()
            .to_str()
            .and_then(|name| u32::from_str_radix(name, 16).ok());
        let scene = folder.join("scene.toml");
        if let (Some(crc), Ok(scene)) = (crc, scene.metadata()) {
            let written = scene.modified().ok();
            if newest.as_ref().is_none_or(|(at, _, _)| *at < written) {
                newest = Some((written, crc, folder));
            }
        }
    }
    match newest {
        Some((_, crc, folder)) => Ok((crc, folder)),
        None => bail!(
            "the recording does not have its plant; it was made from no scene file: {}",
            root.display()
        ),
    }
}
