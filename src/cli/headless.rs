//! Without a window: a status line, scripts and `--state`; and the host of the viewer.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::session::{self, Session};
use super::view::ViewArgs;
use crate::model::{Freshness, Health, Snapshot};
use crate::recording::RecorderStatus;
use crate::script::Script;
use crate::twin::{Effect, Mode, Twin, ViewCursor};

/// Time between two looks without a view.
const TICK: Duration = Duration::from_millis(50);
/// Time between two status lines on a terminal, and in a log.
const LINE_TERMINAL: Duration = Duration::from_secs(1);
const LINE_LOG: Duration = Duration::from_secs(10);

/// Follows the plant without a picture until the time is over or the script ends it.
///
/// # Errors
/// When a file asked for cannot be written.
pub fn watch(args: &ViewArgs, session: &Session, script: &Script) -> anyhow::Result<()> {
    let mut twin = session.twin();
    match session.saved_views() {
        Ok(views) => twin.set_viewpoints(views),
        Err(problem) => tracing::warn!("{problem}"),
    }
    match session.saved_markers() {
        Ok(markers) => twin.set_markers(markers),
        Err(problem) => tracing::warn!("{problem}"),
    }
    let mut snapshot = Snapshot::new(&session.plant);
    let mut cursor = ViewCursor::default();
    let mut steps = script.steps().iter().peekable();
    let mut line = StatusLine::default();
    loop {
        let elapsed = session.clock.elapsed();
        let shown = twin.tick(session.clock.now());
        twin.advance(&mut snapshot, &mut cursor, shown);
        while let Some(step) = steps.next_if(|step| step.at <= elapsed) {
            if let Err(problem) = session.record(&step.command) {
                tracing::error!("{problem}");
            }
            match twin.apply(&step.command) {
                Ok(Effect::Dump(file)) => session.dump(&file, &twin, &snapshot, None)?,
                Ok(Effect::Pack(span, file)) => match session.pack(span, &file) {
                    Ok(said) => tracing::warn!("{said}"),
                    Err(problem) => tracing::error!("{problem}"),
                },
                Ok(Effect::Write(file, text)) => {
                    if let Err(error) = session::write(&file, text.as_bytes()) {
                        tracing::error!("{error:#}");
                    }
                }
                Ok(Effect::TriggerIncident(id)) => {
                    if let Err(why) = session.trigger(&id) {
                        tracing::error!("{why}");
                    }
                }
                Ok(Effect::KeepViewpoints) => {
                    if let Err(problem) = session.keep_views(&twin.view().viewpoints) {
                        tracing::error!("{problem}");
                    }
                }
                Ok(Effect::KeepMarkers) => {
                    if let Err(problem) = session.keep_markers(&twin.view().markers) {
                        tracing::error!("{problem}");
                    }
                }
                Ok(Effect::Quit) => return finish(args, session, &twin, &snapshot, line),
                Ok(Effect::None) => {}
                // Without a camera there is no view to save, and no picture to take.
                Ok(Effect::SaveViewpoint(_) | Effect::Screenshot(_)) => {
                    tracing::error!("this needs a picture: {:?}", step.command);
                }
                Err(error) => tracing::error!("{error}"),
            }
        }
        line.show(elapsed, &twin, &snapshot);
        if args.run_for.is_some_and(|end| elapsed >= end) {
            return finish(args, session, &twin, &snapshot, line);
        }
        std::thread::sleep(TICK);
    }
}

fn finish(
    args: &ViewArgs,
    session: &Session,
    twin: &Twin,
    snapshot: &Snapshot,
    line: StatusLine,
) -> anyhow::Result<()> {
    line.end();
    match &args.state {
        Some(file) => session.dump(file, twin, snapshot, None),
        None => Ok(()),
    }
}

/// One line that says how the plant is: overwritten on a terminal, repeated in a log.
#[derive(Default)]
pub struct StatusLine {
    shown: Option<Duration>,
}

impl StatusLine {
    /// Shows it when it is due.
    pub fn show(&mut self, elapsed: Duration, twin: &Twin, snapshot: &Snapshot) {
        let mut out = std::io::stderr().lock();
        let is_terminal = out.is_terminal();
        let every = if is_terminal { LINE_TERMINAL } else { LINE_LOG };
        if self.shown.is_some_and(|shown| elapsed < shown + every) {
            return;
        }
        self.shown = Some(elapsed);
        let (begin, end) = if is_terminal {
            ("\r\x1b[K", "")
        } else {
            ("", "\n")
        };
        // Nobody is left to read when this fails.
        let _ = write!(out, "{begin}{}{end}", status(twin, snapshot));
        let _ = out.flush();
    }

    /// Leaves the line standing.
    pub fn end(self) {
        let mut out = std::io::stderr().lock();
        if self.shown.is_some() && out.is_terminal() {
            let _ = writeln!(out);
        }
    }
}

fn status(twin: &Twin, snapshot: &Snapshot) -> String {
    let sources = twin.sources();
    let connected = sources
        .iter()
        .filter(|source| source.connected_since.is_some())
        .count();
    // The sum of no floats is −0, which would be shown.
    let rate = sources
        .iter()
        .fold(0.0, |sum, source| sum + source.messages_per_second);
    let fresh = snapshot
        .freshness
        .iter()
        .filter(|fresh| **fresh == Freshness::Fresh)
        .count();
    let count = |health| {
        snapshot
            .health
            .iter()
            .filter(|status| status.health == health)
            .count()
    };
    let active = twin
        .alarms()
        .iter()
        .filter(|alarm| alarm.cleared.is_none())
        .count();
    let mode = match twin.mode() {
        Mode::Live => "LIVE",
        Mode::Replay => "REPLAY",
        Mode::WhatIf => "WHAT-IF",
    };
    format!(
        "{mode} {}  {connected}/{} sources  {rate:.0} msg/s  {fresh}/{} signals fresh  {} failed  {} out of spec  {active} alarms",
        snapshot.time.to_string().get(..19).unwrap_or_default(),
        sources.len(),
        snapshot.freshness.len(),
        count(Health::Failure),
        count(Health::OutOfSpecification),
    ) + &recorder_words(twin)
}

/// Only what is wrong: that it records is as it should be.
fn recorder_words(twin: &Twin) -> String {
    let recorder = twin.recorder();
    let is_wrong = |status: &RecorderStatus| {
        status.problem.is_some() || status.trouble.is_some() || status.lost > 0
    };
    recorder
        .filter(is_wrong)
        .map(|status| format!("  {}", status.words()))
        .unwrap_or_default()
}
