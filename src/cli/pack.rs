//! `twinscape pack RECORDING --out FILE.twin`: an incident as one file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::recorded::{Recorded, VIEWS};
use super::views::ViewsFile;
use crate::model::Timestamp;
use crate::package;

/// Arguments of `pack`.
#[derive(Debug, clap::Args)]
pub struct Pack {
    /// Folder of a recording, or a package to cut a shorter one out of
    recording: PathBuf,
    /// The package, such as bearing.twin
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// From this time on, such as 2026-03-01T10:15:00Z; the beginning when left out
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,
    /// Up to this time; the end when left out
    #[arg(long, value_name = "RFC3339")]
    to: Option<Timestamp>,
}

impl Pack {
    /// Packs the span.
    ///
    /// # Errors
    ///
    /// When the recording cannot be used, or the package cannot be written.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let opened = Recorded::open(&self.recording)?;
        let span = opened.span(self.from, self.to)?;
        // Without them the package is whole, too.
        let views = opened.views().read().ok().flatten();
        let add = |folder: &Path| match &views {
            Some(views) => ViewsFile::at(folder.join(VIEWS))
                .write(views)
                .map_err(std::io::Error::other),
            None => Ok(()),
        };
        let (bytes, stats) =
            package::pack_span(&opened.root, &opened.plant, span.clone(), &self.out, add)?;
        let _ = writeln!(
            std::io::stderr(),
            "{} points and {} events from {} to {}, {:.1} MiB: {}",
            stats.points,
            stats.events,
            span.start,
            span.end,
            bytes as f64 / f64::from(1 << 20),
            self.out.display()
        );
        Ok(ExitCode::SUCCESS)
    }
}
