//! Births and deaths of sessions, with all that depends on them.

use super::Deriver;
use super::says::Silence;
use crate::history::Appender;
use crate::model::{Point, Quality, SessionId, Timestamp, Value};

impl Deriver {
    /// A session was born or died, with all that depends on it.
    pub(in crate::ingest) fn liveness(
        &mut self,
        out: &mut Appender<'_>,
        session: SessionId,
        is_alive: bool,
        at: Timestamp,
    ) {
        self.expire(out, at);
        self.enter(out, at);
        let was_alive = self
            .tracks
            .sessions
            .get(session.0 as usize)
            .is_some_and(|track| track.life.is_some());
        // A birth begins a new life: what was alive below it waits for births of its own.
        if was_alive || is_alive {
            self.end_life(out, session, at);
        }
        if is_alive && let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) {
            track.life = Some(at);
            self.liveness_point(out, session, at, true);
        }
    }

    fn end_life(&mut self, out: &mut Appender<'_>, session: SessionId, at: Timestamp) {
        let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) else {
            return;
        };
        let was_alive = track.life.take().is_some();
        let children = std::mem::take(&mut track.children);
        for &child in &children {
            self.end_life(out, SessionId(child), at);
        }
        if let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) {
            track.children = children;
        }
        if was_alive {
            self.liveness_point(out, session, at, false);
            let gated = std::mem::take(&mut self.tracks.gated);
            for &signal in gated.of(session) {
                let speaks = self
                    .tracks
                    .signals
                    .get(signal.index())
                    .is_some_and(|track| track.is_speaking);
                if speaks {
                    self.silence(out, signal.0, at, Silence::SessionEnded);
                }
            }
            self.tracks.gated = gated;
        }
    }

    fn liveness_point(
        &mut self,
        out: &mut Appender<'_>,
        session: SessionId,
        at: Timestamp,
        is_alive: bool,
    ) {
        let Some(track) = self.tracks.sessions.get_mut(session.0 as usize) else {
            return;
        };
        let time = track.stamp.map_or(at, |stamp| stamp.max(at));
        track.stamp = Some(time);
        self.announcements += 1;
        out.push(
            self.plant.session_signal(session),
            Point {
                time,
                receive_time: at,
                value: Value::Boolean(is_alive),
                quality: Quality::Good,
            },
        );
    }
}
