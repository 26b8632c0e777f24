//! [`EmulatedFeed`]: the emulated plant, stepped with the frames, into the real ingest.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use crate::emulator::{Emulation, Reading};
use crate::history;
use crate::ingest::Ingest;
use crate::model::signal::{Reporting, SessionId};
use crate::model::{Plant, Sample, Snapshot, Timestamp};
use crate::source::batch::Batch;
use crate::source::status::{Link, SourceStatus};
use crate::state::{self, ViewReport};
use crate::twin::{LiveBoard, Twin};
use crate::viewer::commands::Host;
use crate::viewer::render::Feed;

/// A cyclic value that does not change is sent again at this share of the time after which it would
/// be stale, as the gateways of the live emulation do.
const REPEAT_SHARE: f64 = 0.4;

/// The emulated plant and the ingest that takes what it sends.
pub struct EmulatedFeed {
    plant: Arc<Plant>,
    emulation: Arc<Mutex<Emulation>>,
    ingest: Ingest,
    board: LiveBoard,
    readings: Vec<Reading>,
    /// Of each signal: when something was sent last, and what.
    sent: Vec<Option<(Timestamp, Reading)>>,
    is_first: bool,
    count: u64,
    started: Timestamp,
}

/// What the program around the view can do here.
pub struct EmulatedHost {
    plant: Arc<Plant>,
    emulation: Arc<Mutex<Emulation>>,
}

impl EmulatedFeed {
    /// The feed, the host and the twin of a plant that begins at `start`.
    ///
    /// # Errors
    /// When the scene cannot be emulated.
    pub fn new(
        plant: Arc<Plant>,
        seed: u64,
        start: Timestamp,
    ) -> anyhow::Result<(Self, EmulatedHost, Twin)> {
        let emulation = Emulation::new(Arc::clone(&plant), seed, start)
            .context("the plant cannot be emulated")?;
        let emulation = Arc::new(Mutex::new(emulation));
        let (writer, reader) = history::in_memory(&plant);
        let board = LiveBoard::default();
        let twin = Twin::new(Arc::clone(&plant), reader, board.clone());
        let host = EmulatedHost {
            plant: Arc::clone(&plant),
            emulation: Arc::clone(&emulation),
        };
        let feed = Self {
            ingest: Ingest::new(Arc::clone(&plant), writer),
            emulation,
            board,
            readings: Vec::new(),
            sent: vec![None; plant.signals.len()],
            is_first: true,
            count: 0,
            started: start,
            plant,
        };
        Ok((feed, host, twin))
    }

    /// The values that gateways repeat because they would grow stale.
    fn repeat(&mut self, now: Timestamp, out: &mut Vec<Reading>) {
        for (signal, sent) in self.plant.signals.iter().zip(&self.sent) {
            if let (Reporting::Cyclic { stale_after }, Some((at, reading))) =
                (signal.spec.reporting, sent)
                && now.secs_since(*at) > stale_after.as_secs_f64() * REPEAT_SHARE
            {
                out.push(Reading {
                    time: now,
                    ..*reading
                });
            }
        }
    }

    fn show_status(&self, now: Timestamp, sent: usize) {
        let secs = now.secs_since(self.started).max(1.0);
        let status = |connection: &crate::model::connection::Connection| SourceStatus {
            name: Arc::clone(&connection.id),
            url: "emulated in this program, without a broker".into(),
            link: Link::Connected,
            connected_since: Some(self.started),
            last_message: (sent > 0).then_some(now),
            messages_per_second: self.count as f64 / secs,
            messages: self.count,
            samples: self.count,
            ..SourceStatus::default()
        };
        let sources: Vec<_> = self.plant.connections.iter().map(status).collect();
        self.board.set_sources(&sources);
    }
}

fn lock(emulation: &Mutex<Emulation>) -> MutexGuard<'_, Emulation> {
    emulation.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed for EmulatedFeed {
    fn advance(&mut self, until: Timestamp) {
        let mut readings = std::mem::take(&mut self.readings);
        readings.clear();
        let mut batch = Batch::new(0, until);
        {
            let mut emulation = lock(&self.emulation);
            if self.is_first {
                self.is_first = false;
                let sessions = 0..self.plant.sessions.len() as u32;
                batch
                    .liveness
                    .extend(sessions.map(|id| (SessionId(id), true, until)));
                emulation.survey(&mut readings);
            }
            emulation.advance(until, &mut readings);
            // Nothing is heard of a group whose network is cut.
            readings.retain(|reading| {
                let signal = self.plant.signal(reading.signal);
                let group = signal
                    .and_then(|signal| self.plant.equipment(signal.equipment))
                    .map(|equipment| equipment.group);
                group.is_none_or(|group| !emulation.is_cut(group))
            });
        }
        for reading in &readings {
            if let Some(sent) = self.sent.get_mut(reading.signal.index()) {
                *sent = Some((reading.time, *reading));
            }
        }
        let fresh = readings.len();
        self.repeat(until, &mut readings);
        for reading in readings.iter().skip(fresh) {
            if let Some(sent) = self.sent.get_mut(reading.signal.index()) {
                *sent = Some((until, *reading));
            }
        }
        batch.samples.extend(readings.iter().map(|reading| Sample {
            signal: reading.signal,
            source_time: Some(reading.time),
            receive_time: until,
            value: reading.value,
            quality: reading.quality,
        }));
        self.count += batch.samples.len() as u64;
        self.show_status(until, batch.samples.len());
        self.ingest.ingest(&batch);
        self.ingest.tick(until);
        if let Some(alarms) = self.ingest.take_alarms() {
            self.board.set_alarms(alarms);
        }
        self.readings = readings;
    }
}

impl Host for EmulatedHost {
    fn trigger_incident(&mut self, id: &str) -> Result<(), String> {
        if lock(&self.emulation).trigger(id) {
            Ok(())
        } else {
            Err(format!("The scene has no such incident: {id}"))
        }
    }

    fn incidents(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let incidents = self.plant.story.incidents.iter();
        incidents
            .map(|incident| (Arc::clone(&incident.id), Arc::clone(&incident.name)))
            .collect()
    }

    fn dump(
        &mut self,
        file: &Path,
        twin: &Twin,
        snapshot: &Snapshot,
        view: &ViewReport,
    ) -> Result<(), String> {
        let because = |error: String| {
            format!(
                "The state could not be written: {error}: {}",
                file.display()
            )
        };
        let json = serde_json::to_vec_pretty(&state::report(twin, snapshot, Some(view)))
            .map_err(|error| because(error.to_string()))?;
        std::fs::write(file, json).map_err(|error| because(error.to_string()))
    }
}
