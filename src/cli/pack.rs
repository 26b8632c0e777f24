//! `twinscape pack RECORDING --out FILE.twin`: an incident as one file.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::recorded::{Recorded, SpanArgs, VIEWS};
use super::views::{Views, ViewsFile};
use crate::model::{Plant, Timestamp};
use crate::package::{self, PackageError};
use crate::twin::Viewpoints;

/// Arguments of `pack`.
#[derive(Debug, clap::Args)]
pub struct Pack {
    /// Folder of a recording, or a package to cut a shorter one out of
    recording: PathBuf,
    /// The package, such as bearing.twin
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    span: SpanArgs,
}

impl Pack {
    /// Packs the span.
    ///
    /// # Errors
    ///
    /// When the recording cannot be used, or the package cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let opened = Recorded::open(&self.recording)?;
        let span = opened.span(self.span)?;
        // Without them the package is whole, too.
        let kept = opened.views().read().ok().flatten();
        let views = kept.map(|kept| kept.views).unwrap_or_default();
        let said = pack_with_views(&opened.root, &opened.plant, span, views, &self.out)?;
        let _ = writeln!(std::io::stderr(), "{said}");
        Ok(ExitCode::SUCCESS)
    }
}

/// Packs a span of the recording in `root` with saved views, and says what is in the package.
pub(super) fn pack_with_views(
    root: &Path,
    plant: &Arc<Plant>,
    span: Range<Timestamp>,
    views: Viewpoints,
    file: &Path,
) -> Result<String, PackageError> {
    let add = |folder: &Path| {
        ViewsFile::at(folder.join(VIEWS))
            .write(&Views::new(views))
            .map_err(std::io::Error::other)
    };
    let (bytes, stats) = package::pack_span(root, plant, span.clone(), file, add)?;
    Ok(format!(
        "Packed: {} points and {} events from {} to {}, {:.1} MiB: {}",
        stats.points,
        stats.events,
        span.start,
        span.end,
        bytes as f64 / f64::from(1 << 20),
        std::path::absolute(file)
            .unwrap_or_else(|_| file.to_owned())
            .display()
    ))
}
