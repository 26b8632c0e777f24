//! A running twin without a view: sources, ingest, history and, for the demo, the emulator behind
//! its own broker.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};

use super::markers::{self, KeptMarkers, MarkersFile};
use super::pack::pack_with_views;
use super::recorded::Recorded;
use super::status_thread::StatusThread;
use super::views::{Views, ViewsFile};
use crate::clock::Clock;
use crate::command::Command;
use crate::model::connection::Connection;
use crate::model::{Plant, Snapshot, Timestamp};
use crate::recording::reader::{BUDGET_BYTES as PAST_BYTES, Recording as Past, Tail};
use crate::recording::{self, AtStart, RecordOptions};
use crate::script::{RecordError, Recorder};
use crate::source::Sources;
use crate::timeline::{Edge, Markers};
use crate::twin::{LiveBoard, Twin, Viewpoints};
use crate::{emulator, history, ingest, source, state};

/// What to connect to.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// `URL` for every source, or `SOURCE=URL`; empty: as the scene says.
    pub brokers: Vec<String>,
    /// Publish the emulated plant although brokers are given.
    pub emulate: bool,
    /// Seed of the emulated plant.
    pub seed: u64,
    /// Speed of the emulated plant.
    pub speed: f64,
    /// Memory for the history.
    pub history_bytes: usize,
    /// Where to write down every command that is given.
    pub record: Option<PathBuf>,
    /// What is recorded of the plant, and where; `None`: nothing.
    pub recording: Option<(RecordOptions, AtStart)>,
}

/// How much of what no signal is bound to is recorded of each connection, bytes a second.
const UNMAPPED_BYTES_PER_SECOND: usize = 16 << 10;

/// Everything that runs beside the view. Dropping it ends all of it, in order.
pub struct Session {
    /// The one clock.
    pub clock: Arc<Clock>,
    /// The plant.
    pub plant: Arc<Plant>,
    /// Where the ingest and the sources show what they know.
    pub board: LiveBoard,
    /// Wakes the view.
    #[cfg_attr(
        not(feature = "viewer"),
        expect(dead_code, reason = "only a view is woken")
    )]
    pub wake: WakeSlot,
    history: history::HistoryReader,
    /// What lies at the end of the history.
    edge: Edge,
    /// Until it fails.
    recorder: Mutex<Option<Recorder<File>>>,
    views: Mutex<ViewsFile>,
    markers: Mutex<MarkersFile>,
    emulator: Option<Arc<emulator::Handle>>,
    sources: Option<Arc<Sources>>,
    status: Option<StatusThread>,
    ingest: Option<ingest::Handle>,
    /// Where it is recorded, or was.
    folder: Option<PathBuf>,
    /// Ends after the ingest: takes all that it handed over.
    recording: Arc<Mutex<Option<recording::Handle>>>,
    broker: Option<emulator::broker::Handle>,
    /// A recording alone: what was unpacked for it goes when this does.
    _recorded: Option<Recorded>,
}

/// Whom to wake when something arrived: set once the view is there.
#[derive(Clone, Default)]
pub struct WakeSlot(Arc<std::sync::OnceLock<ingest::Wake>>);

impl WakeSlot {
    /// From now on `wake` is called.
    #[cfg(feature = "viewer")]
    pub fn set(&self, wake: ingest::Wake) {
        // A second view is never started in one session.
        let _ = self.0.set(wake);
    }

    /// Wakes the view, if there is one.
    #[cfg(feature = "viewer")]
    pub fn wake(&self) {
        if let Some(wake) = self.0.get() {
            wake();
        }
    }
}

impl Session {
    /// Starts everything. A broker that is not there is waited for, not an error.
    ///
    /// # Errors
    /// When a thread, a port or a secret cannot be had.
    pub fn start(plant: Arc<Plant>, options: SessionOptions) -> anyhow::Result<Self> {
        let clock = Arc::new(Clock::start());
        let mut plant = Plant::clone(&plant);
        replace_brokers(&mut plant, &options.brokers)?;
        let needs_demo = plant.connections.iter().any(is_embedded);
        let broker = if needs_demo {
            Some(emulator::broker::start().context("the demo's own broker did not start")?)
        } else {
            None
        };
        if let Some(broker) = &broker {
            for connection in &mut plant.connections {
                if is_embedded(connection) {
                    connection.url = broker.url().as_str().into();
                }
            }
        }
        let plant = Arc::new(plant);

        let recorder = recorder(options.record.as_deref())?;
        let views = ViewsFile::of_user(&plant.id);
        let markers = match &options.recording {
            Some((options, _)) => MarkersFile::at(options.folder.join(markers::NAME)),
            None => MarkersFile::of_user(&plant.id),
        };

        let (mut writer, mut history) = history::in_memory_within(&plant, options.history_bytes);
        let (sender, batches) = source::batch::channel();
        let board = LiveBoard::default();
        let overrides = source::Overrides {
            unmapped_bytes_per_second: match &options.recording {
                Some(_) => UNMAPPED_BYTES_PER_SECOND,
                None => 0,
            },
            ..source::Overrides::default()
        };
        let mut recording = None;
        let folder = options
            .recording
            .as_ref()
            .map(|(options, _)| options.folder.clone());
        if let (Some((options, at_start)), Some(folder)) = (options.recording, &folder) {
            let shown = (board.clone(), Arc::clone(&clock));
            let (tape, handle) =
                recording::start(Arc::clone(&plant), options, shown.1, shown.0, at_start)?;
            writer.record_to(tape);
            recording = Some(handle);
            match Past::open(folder, Arc::clone(&plant), PAST_BYTES, Tail::Leave) {
                Ok(past) => history = history.with_recording(past, clock.now()),
                // The recorder says why, and goes on trying; what is received now is in memory.
                Err(error) => tracing::warn!("nothing from before is shown: {error}"),
            }
        }
        let wake = WakeSlot::default();
        let slot = wake.clone();
        let ingest = ingest::start(
            Arc::clone(&plant),
            writer,
            batches,
            board.clone(),
            Arc::clone(&clock),
            Arc::new(move || {
                if let Some(wake) = slot.0.get() {
                    wake();
                }
            }),
        )?;
        let sources = Arc::new(source::start(
            Arc::clone(&plant),
            sender,
            Arc::clone(&clock),
            &overrides,
        )?);
        let past = history.recording().cloned();
        let status = StatusThread::start(Arc::clone(&sources), board.clone(), past)?;
        let emulator = if needs_demo || options.emulate {
            let handle = emulator::start(
                Arc::clone(&plant),
                emulator::Options {
                    seed: options.seed,
                    speed: options.speed,
                    ..emulator::Options::default()
                },
            )
            .context("the emulated plant did not start")?;
            Some(Arc::new(handle))
        } else {
            None
        };
        Ok(Self {
            clock,
            plant,
            board,
            wake,
            history,
            edge: Edge::Live,
            recorder: Mutex::new(recorder),
            views: Mutex::new(views),
            markers: Mutex::new(markers),
            emulator,
            sources: Some(sources),
            status: Some(status),
            ingest: Some(ingest),
            folder,
            recording: Arc::new(Mutex::new(recording)),
            broker,
            _recorded: None,
        })
    }

    /// Something that ends the recording, from any thread, and returns when it is whole on the disk.
    pub fn recording_end(&self) -> impl FnOnce() + Send + 'static {
        let recording = Arc::clone(&self.recording);
        move || {
            let mut recording = recording.lock().unwrap_or_else(PoisonError::into_inner);
            drop(recording.take());
        }
    }

    /// A recording alone: nothing is connected to, and nothing arrives.
    ///
    /// # Errors
    /// When the commands cannot be recorded to the file that `record` names.
    pub fn of_recording(recorded: Recorded, record: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self {
            clock: Arc::new(Clock::start()),
            board: LiveBoard::default(),
            wake: WakeSlot::default(),
            history: history::of_recording(recorded.recording.clone()),
            edge: Edge::End,
            recorder: Mutex::new(recorder(record)?),
            views: Mutex::new(recorded.views()),
            markers: Mutex::new(recorded.markers()),
            plant: Arc::clone(&recorded.plant),
            emulator: None,
            sources: None,
            status: None,
            ingest: None,
            folder: Some(recorded.root.clone()),
            recording: Arc::default(),
            broker: None,
            _recorded: Some(recorded),
        })
    }

    /// A twin of this plant: it follows live, where there is something live.
    pub fn twin(&self) -> Twin {
        let (plant, history) = (Arc::clone(&self.plant), self.history.clone());
        match self.edge {
            Edge::Live => Twin::new(plant, history, self.board.clone()),
            Edge::End => Twin::of_recording(plant, history),
        }
    }

    /// Writes down a command that is given now, where that is asked for.
    ///
    /// # Errors
    /// A sentence for the user; when the file cannot be written, nothing more is tried.
    pub fn record(&self, command: &Command) -> Result<(), String> {
        let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = recorder.as_mut() else {
            return Ok(());
        };
        match open.record(self.clock.elapsed(), command) {
            Ok(()) => Ok(()),
            Err(error @ RecordError::Write(_)) => {
                *recorder = None;
                Err(format!("Recording ends here: {error}"))
            }
            Err(error @ RecordError::Unwritable(_)) => Err(format!("Not recorded: {error}")),
        }
    }

    /// The views that were saved in earlier sessions.
    ///
    /// # Errors
    /// A sentence for the user: there were some, and they cannot be used.
    pub fn saved_views(&self) -> Result<Viewpoints, String> {
        let mut file = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        match file.read() {
            Ok(kept) => Ok(kept.map(|kept| kept.views).unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Keeps the saved views for later sessions.
    ///
    /// # Errors
    /// A sentence for the user: they end with the program.
    pub fn keep_views(&self, views: &Viewpoints) -> Result<(), String> {
        let file = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(&Views::new(views.clone()))
            .map_err(|error| error.to_string())
    }

    /// The bookmarks that were kept with what is recorded here.
    ///
    /// # Errors
    /// A sentence for the user: there were some, and they cannot be used.
    pub fn saved_markers(&self) -> Result<Markers, String> {
        let mut file = self.markers.lock().unwrap_or_else(PoisonError::into_inner);
        match file.read() {
            Ok(kept) => Ok(kept.map(|kept| kept.markers).unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Keeps the bookmarks with what is recorded here.
    ///
    /// # Errors
    /// A sentence for the user: they end with the program.
    pub fn keep_markers(&self, markers: &Markers) -> Result<(), String> {
        let file = self.markers.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(&KeptMarkers::new(markers.clone()))
            .map_err(|error| error.to_string())
    }

    /// Packs what is recorded of a span, with the plant, its bookmarks and saved views, into one file;
    /// says what is in it.
    ///
    /// # Errors
    /// A sentence for the user: nothing is recorded, or it cannot be read or written.
    pub fn pack(&self, span: Range<Timestamp>, file: &Path) -> Result<String, String> {
        let Some(folder) = &self.folder else {
            return Err("Nothing to pack: this session is not recorded".into());
        };
        // Without them the package is whole, too.
        let views = self.saved_views().unwrap_or_default();
        pack_with_views(folder, &self.plant, span, views, file)
            .map_err(|error| format!("Not packed: {error}"))
    }

    /// Incidents that can be started here, id and name; none without an emulator.
    #[cfg(feature = "viewer")]
    pub fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let emulator = self.emulator.iter();
        emulator
            .flat_map(|emulator| emulator.incidents())
            .map(|(id, name)| (Arc::clone(id), Arc::clone(name)))
            .collect()
    }

    /// Starts an incident of the emulated plant.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn trigger(&self, id: &str) -> Result<(), String> {
        match &self.emulator {
            None => Err(format!(
                "No emulator runs here, and the twin never commands a real plant: {id}"
            )),
            Some(emulator) if emulator.trigger(id) => Ok(()),
            Some(emulator) => {
                let known: Vec<&str> = emulator.incidents().map(|(id, _)| &**id).collect();
                Err(format!(
                    "no such incident (there are: {}): {id}",
                    known.join(", ")
                ))
            }
        }
    }

    /// Writes what the twin knows, and what a view draws of it, as JSON, all or nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn dump(
        &self,
        file: &Path,
        twin: &Twin,
        snapshot: &Snapshot,
        view: Option<&state::ViewReport>,
    ) -> anyhow::Result<()> {
        if let Some(sources) = &self.sources {
            self.board.set_sources(&sources.status());
        }
        let json = serde_json::to_vec_pretty(&state::report(twin, snapshot, view))?;
        write(file, &json)
    }
}

/// Writes a file that is there whole or not at all.
///
/// # Errors
/// As the disk says.
pub fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, file))
        .with_context(|| format!("this could not be written: {}", file.display()))
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.emulator.take());
        drop(self.status.take());
        drop(self.sources.take());
        drop(self.ingest.take());
        self.recording_end()();
        drop(self.broker.take());
    }
}

/// Writes down the commands that are given, where that is asked for.
fn recorder(file: Option<&Path>) -> anyhow::Result<Option<Recorder<File>>> {
    let Some(file) = file else {
        return Ok(None);
    };
    let created = File::create(file)
        .with_context(|| format!("the commands cannot be recorded to {}", file.display()))?;
    Ok(Some(Recorder::new(created)))
}

/// Whether a connection asks for the demo's own broker.
fn is_embedded(connection: &Connection) -> bool {
    matches!(&*connection.url, "" | "embedded")
}

/// Puts `--mqtt` in the place of the scene's urls.
fn replace_brokers(plant: &mut Plant, brokers: &[String]) -> anyhow::Result<()> {
    for broker in brokers {
        let (id, url) = match broker.split_once('=') {
            Some((id, url)) if !id.contains(':') => (Some(id), url),
            _ => (None, broker.as_str()),
        };
        let mut found = false;
        for connection in &mut plant.connections {
            if id.is_none_or(|id| id == &*connection.id) {
                connection.url = url.into();
                found = true;
            }
        }
        if !found {
            let known: Vec<&str> = plant.connections.iter().map(|known| &*known.id).collect();
            bail!(
                "--mqtt names a source that the scene does not have (it has: {}): {broker}",
                known.join(", ")
            );
        }
    }
    Ok(())
}
