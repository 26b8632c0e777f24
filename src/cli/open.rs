//! `twinscape open PATH`: a recording or a package on its own, shown without anything live.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::recorded::Recorded;
use super::run;
use super::session::Session;
use super::view::ViewArgs;

/// Show a recording at any of its instants.
#[derive(Debug, clap::Args)]
pub struct Open {
    /// Folder of the recording, or a package (.twin)
    path: PathBuf,
    /// How it is shown
    #[command(flatten)]
    pub view: ViewArgs,
}

impl Open {
    /// Shows it, from the instant and with the equipment that the arguments ask for.
    ///
    /// # Errors
    /// When it cannot be opened, or the script or a file asked for cannot be used.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let script = self.view.script()?;
        let recorded = Recorded::open(&self.path)?;
        let session = Session::of_recording(recorded, self.view.record.as_deref())?;
        run::show(&self.view, &Arc::new(session), &script)
    }
}
