//! A recording on its own: the plant it ran under and its history, shown without anything live.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::run;
use super::session::Session;
use super::view::ViewArgs;
use crate::history::HistoryReader;
use crate::model::Plant;

/// Show a recording at any of its instants.
#[derive(Debug, clap::Args)]
pub struct Open {
    /// Folder of the recording
    pub path: PathBuf,
    #[command(flatten)]
    view: ViewArgs,
}

/// What was read from a recording.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The plant that it ran under.
    pub plant: Arc<Plant>,
    /// All that was recorded.
    pub history: HistoryReader,
    /// Where it is: its bookmarks are kept there.
    pub folder: PathBuf,
}

impl Open {
    /// Shows what was read from [`Open::path`], from the instant and with the equipment that the
    /// arguments ask for.
    ///
    /// # Errors
    /// When the script or a file asked for cannot be used.
    pub fn show(&self, recorded: Recorded) -> anyhow::Result<ExitCode> {
        let script = self.view.script()?;
        let session = Session::of_recording(recorded, self.view.record.as_deref())?;
        run::show(&self.view, &Arc::new(session), &script)
    }
}
