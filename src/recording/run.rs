//! The recorder's threads: *recorder* writes and syncs, *sealing* makes parts and removes what is
//! beyond the budget. The ingest waits for neither.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, select};

use super::recorder::{OpenError, Recorder, SegmentLimits};
use super::retention::{self, Retention};
use super::sealing::{Extent, SealLimits, Sealer};
use super::status::RecorderStatus;
use super::storage::{Disk, Storage};
use super::tape::{BUFFER_BYTES, Reels, Taken, Tape, tape};
use crate::clock::Clock;
use crate::model::{Plant, Timestamp};
use crate::twin::LiveBoard;

/// How often the recorder looks for reels.
const LOOK: Duration = Duration::from_millis(100);
/// How often its status is shown.
const SHOW: Duration = Duration::from_millis(250);
/// How often a folder that cannot be opened is tried again, and sealing that failed.
const AGAIN: Duration = Duration::from_secs(5);
/// How often the budget is looked at.
const RETENTION: Duration = Duration::from_secs(60);

/// What is recorded where.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The folder.
    pub folder: PathBuf,
    /// How much is kept.
    pub retention: Retention,
    /// When a segment ends.
    pub segment: SegmentLimits,
    /// How much is sealed at once.
    pub seal: SealLimits,
    /// Memory for what waits while the disk is slow or refuses, bytes.
    pub buffer_bytes: usize,
    /// The disk.
    pub storage: Arc<dyn Storage>,
}

impl RecordOptions {
    /// Into this folder, with everything else as it is unless told otherwise.
    pub fn into_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            retention: Retention::default(),
            segment: SegmentLimits::default(),
            seal: SealLimits::default(),
            buffer_bytes: BUFFER_BYTES,
            storage: Arc::new(Disk),
        }
    }
}

/// What to do when the folder cannot be opened at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// Say so and do not start.
    Insist,
    /// Show the problem and try again until it works.
    Patience,
}

/// The recorder could not be started.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The folder cannot be recorded to.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system gave no thread.
    #[error("no thread for the recorder: close other programs and start again: {0}")]
    Thread(#[source] std::io::Error),
}

/// The running recorder. It ends when every [`Tape`] is gone and all is on the disk, sealed; dropping
/// this waits for that.
pub struct Handle {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("thread", &self.thread)
            .finish_non_exhaustive()
    }
}

impl Handle {
    /// Whether it has ended, because every tape is gone.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Takes what was handed over by now, seals it and ends, also while a tape is still there.
    pub fn finish(mut self) {
        drop(self.stop.take());
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the recorder has panicked");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.join();
    }
}

/// Starts the recorder. What is written to the tape is recorded; `board` shows the status.
///
/// # Errors
/// When the system gives no thread, or the folder cannot be recorded to and the caller insists.
pub fn start(
    plant: Arc<Plant>,
    options: RecordOptions,
    clock: Arc<Clock>,
    board: LiveBoard,
    at_start: AtStart,
) -> Result<(Tape, Handle), RecordError> {
    let (tape, reels) = tape(options.buffer_bytes, plant.signals.len());
    let opening = Opening {
        plant,
        options,
        clock,
        board,
    };
    let recorder = match opening.open() {
        Ok(recorder) => Some(recorder),
        Err(error) if at_start == AtStart::Insist => return Err(error.into()),
        Err(error) => {
            opening.show_problem(&error);
            None
        }
    };
    let (stop, stopped) = bounded(0);
    let thread = Builder::new()
        .name("recorder".into())
        .spawn(move || {
            if let Some(recorder) = recorder.or_else(|| opening.wait(&stopped)) {
                opening.record(recorder, &reels, &stopped);
            }
        })
        .map_err(RecordError::Thread)?;
    let handle = Handle {
        stop: Some(stop),
        thread: Some(thread),
    };
    Ok((tape, handle))
}

struct Opening {
    plant: Arc<Plant>,
    options: RecordOptions,
    clock: Arc<Clock>,
    board: LiveBoard,
}

impl Opening {
    fn open(&self) -> Result<Recorder, OpenError> {
        Recorder::open(
            &self.options.folder,
            Arc::clone(&self.plant),
            Arc::clone(&self.options.storage),
            self.options.segment,
            self.clock.now(),
        )
    }

    fn show_problem(&self, error: &OpenError) {
        let problem: Arc<str> = error.to_string().into();
        let shown = self.board.recorder().and_then(|status| status.problem);
        if shown.as_deref() != Some(&*problem) {
            tracing::error!("not recording: {problem}");
        }
        self.board.set_recorder(RecorderStatus {
            folder: self.options.folder.clone(),
            problem: Some(problem),
            ..RecorderStatus::default()
        });
    }

    /// Tries until the folder opens; `None`: the program ends. What is handed over meanwhile waits, as
    /// far as there is room.
    fn wait(&self, stopped: &Receiver<()>) -> Option<Recorder> {
        loop {
            if stopped.recv_timeout(AGAIN) != Err(RecvTimeoutError::Timeout) {
                return self.open().ok();
            }
            match self.open() {
                Ok(recorder) => return Some(recorder),
                Err(error) => self.show_problem(&error),
            }
        }
    }

    fn record(&self, mut recorder: Recorder, reels: &Reels, stopped: &Receiver<()>) {
        let mut sealing = Sealing::start(self, recorder.first_segment());
        let mut shown = Timestamp::MIN;
        let mut is_over = false;
        while !is_over {
            let wait = recorder
                .next_deadline()
                .map_or(LOOK, |due| due.saturating_since(self.clock.now()).min(LOOK));
            // When the tape is gone, or nobody waits for it.
            let mut is_last = false;
            select! {
                recv(reels.woken()) -> woken => is_last = woken.is_err(),
                recv(stopped) -> _ => is_last = true,
                default(wait) => {}
            }
            let now = self.clock.now();
            while recorder.is_ready() {
                match reels.take() {
                    Taken::Reel(reel) => {
                        recorder.take(&reel, now);
                        reels.give_back(reel);
                    }
                    Taken::Nothing => break,
                    Taken::Over => {
                        is_over = true;
                        break;
                    }
                }
            }
            recorder.tick(now);
            // If the disk still refuses, there is nothing to wait for.
            is_over |= is_last;
            sealing.offer(recorder.take_closed());
            if now >= shown + SHOW {
                shown = now;
                self.show(&recorder, &sealing);
            }
        }
        let closed = recorder.finish(self.clock.now());
        sealing.finish(closed);
        self.show(&recorder, &sealing);
    }

    fn show(&self, recorder: &Recorder, sealing: &Sealing) {
        let mut status = recorder.status().clone();
        sealing.complete(&mut status);
        self.board.set_recorder(status);
    }
}

/// What the sealing thread has done.
#[derive(Clone, Debug, Default)]
struct Done {
    parts: u64,
    removed_hours: u64,
    bytes: u64,
    trouble: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Job {
    through: u64,
    extent: Extent,
}

/// The sealing thread, as the recorder sees it.
struct Sealing {
    jobs: Option<Sender<Job>>,
    /// What the thread has not taken yet.
    next: Option<Job>,
    done: Arc<Mutex<Done>>,
    thread: Option<JoinHandle<()>>,
}

impl Sealing {
    /// Starts it; it first seals what earlier programs left.
    fn start(opening: &Opening, first_segment: u64) -> Self {
        let (jobs, to_do) = bounded(1);
        let done = Arc::new(Mutex::new(Done::default()));
        let worker = SealingWorker {
            options: opening.options.clone(),
            clock: Arc::clone(&opening.clock),
            done: Arc::clone(&done),
            sealer: None,
        };
        let left = first_segment.checked_sub(1).map(|through| Job {
            through,
            extent: Extent::All,
        });
        let thread = Builder::new()
            .name("sealing".into())
            .spawn(move || worker.run(&to_do, left));
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                tracing::error!(
                    "no thread for sealing, the log grows until the next start: {error}"
                );
                None
            }
        };
        Self {
            jobs: Some(jobs),
            next: None,
            done,
            thread,
        }
    }

    fn offer(&mut self, closed: Option<u64>) {
        if let Some(through) = closed {
            self.next = Some(Job {
                through,
                extent: Extent::Settled,
            });
        }
        if let (Some(job), Some(jobs)) = (self.next, &self.jobs) {
            match jobs.try_send(job) {
                Err(TrySendError::Full(_)) => {}
                Ok(()) | Err(TrySendError::Disconnected(_)) => self.next = None,
            }
        }
    }

    /// Seals all that is left, and waits for it.
    fn finish(&mut self, closed: Option<u64>) {
        let last = closed.or(self.next.map(|job| job.through));
        if let (Some(through), Some(jobs)) = (last, self.jobs.take()) {
            let extent = Extent::All;
            // Nobody is there to seal when this fails; the next start does.
            let _ = jobs.send(Job { through, extent });
        }
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("sealing has panicked");
        }
    }

    fn complete(&self, status: &mut RecorderStatus) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        status.sealed_parts = done.parts;
        status.removed_hours = done.removed_hours;
        status.bytes = done.bytes;
        status.trouble.clone_from(&done.trouble);
    }
}

impl Drop for Sealing {
    fn drop(&mut self) {
        self.finish(None);
    }
}

struct SealingWorker {
    options: RecordOptions,
    clock: Arc<Clock>,
    done: Arc<Mutex<Done>>,
    sealer: Option<Sealer>,
}

impl SealingWorker {
    fn run(mut self, jobs: &Receiver<Job>, first: Option<Job>) {
        let mut job = first;
        let mut looked = Timestamp::MIN;
        let mut is_over = false;
        loop {
            if let Some(to_do) = job.take() {
                match self.seal(to_do) {
                    Ok(()) => self.trouble(None),
                    Err(error) => {
                        self.trouble(Some(&format!("not sealed, tried again: {error}")));
                        job = Some(to_do);
                    }
                }
            }
            let now = self.clock.now();
            if is_over || now >= looked + RETENTION {
                looked = now;
                self.keep_budget(now);
            }
            if is_over {
                return;
            }
            let wait = if job.is_some() { AGAIN } else { RETENTION };
            match jobs.recv_timeout(wait) {
                Ok(next) => job = Some(next),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => is_over = true,
            }
        }
    }

    fn seal(&mut self, job: Job) -> Result<(), super::sealing::SealingError> {
        let mut sealer = match self.sealer.take() {
            Some(sealer) => sealer,
            None => Sealer::open(
                &self.options.folder,
                Arc::clone(&self.options.storage),
                self.options.seal,
            )?,
        };
        // After an error it is opened again: what is on the disk is what counts.
        let sealed = sealer.seal(job.through, job.extent)?;
        self.sealer = Some(sealer);
        self.lock().parts += sealed.parts;
        Ok(())
    }

    fn keep_budget(&mut self, now: Timestamp) {
        let options = &self.options;
        let kept = retention::keep(&*options.storage, &options.folder, options.retention, now);
        match kept {
            Ok(kept) => {
                if let (Some(from), Some(sealer)) = (kept.from_ms, &mut self.sealer) {
                    sealer.forget_before(from);
                }
                let mut done = self.lock();
                done.bytes = kept.bytes;
                done.removed_hours += kept.removed_hours;
            }
            Err(error) => {
                self.sealer = None;
                self.trouble(Some(&format!(
                    "what is old cannot be removed: {}",
                    super::folder::explain(&error)
                )));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, words: Option<&str>) {
        let mut done = self.lock();
        if let Some(words) = words
            && done.trouble.as_deref() != Some(words)
        {
            tracing::error!("{words}");
        }
        done.trouble = words.map(Arc::from);
    }
}
