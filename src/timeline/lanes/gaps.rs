//! [`Gap`]: a span in which something that should have been received was not.

use std::ops::Range;
use std::time::Duration;

use super::Grid;
use crate::history::HistoryReader;
use crate::history::freshness::life;
use crate::model::alarm::EventKind;
use crate::model::connection::SessionKind;
use crate::model::{Plant, SessionId, SignalId, Timestamp};

/// A span in which a connection was dead, or lost samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// From when to when, within what is visible.
    pub span: Range<Timestamp>,
    /// Index into the plant's connections.
    pub connection: u32,
    /// Samples that were lost in it; `None`: the connection was dead, nobody knows what was missed.
    pub lost: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct GapLane {
    made: Option<(Grid, u64)>,
    has_news: bool,
    open_until: Option<Timestamp>,
}

impl GapLane {
    pub fn arrived(&mut self) {
        self.has_news = true;
    }

    pub fn update(
        &mut self,
        plant: &Plant,
        history: &HistoryReader,
        grid: Grid,
        now: Timestamp,
    ) -> Option<Vec<Gap>> {
        let seen = history.events_seen();
        let end = now.min(grid.span().end);
        // One that goes on grows.
        let grows = self
            .open_until
            .is_some_and(|until| end.nanos_since(until).abs() > grid.width);
        if self.made == Some((grid, seen)) && !self.has_news && !grows {
            return None;
        }
        self.made = Some((grid, seen));
        self.has_news = false;
        self.open_until = None;
        let mut gaps = Vec::new();
        for (session, id) in plant.sessions.iter().zip(0..) {
            if session.kind == SessionKind::Connection {
                let signal = plant.session_signal(SessionId(id));
                let span = grid.span().start..end;
                self.dead(history, signal, session.connection, span, &mut gaps);
            }
        }
        for event in history.events(grid.span()) {
            if let EventKind::Gap {
                connection,
                from,
                samples,
            } = event.kind
            {
                gaps.push(Gap {
                    span: from..event.time.max(from + Duration::from_nanos(1)),
                    connection,
                    lost: Some(samples),
                });
            }
        }
        Some(gaps)
    }

    fn dead(
        &mut self,
        history: &HistoryReader,
        signal: SignalId,
        connection: u32,
        span: Range<Timestamp>,
        gaps: &mut Vec<Gap>,
    ) {
        let before = history.latest_at(signal, span.start - Duration::from_nanos(1));
        let mut points = Vec::new();
        history.range(signal, span.clone(), &mut points);
        let mut dead_since = before
            .filter(|point| life(Some(*point)).is_none())
            .map(|_| span.start);
        for point in points {
            match (life(Some(point)), dead_since) {
                (Some(_), Some(since)) => {
                    gaps.push(Gap {
                        span: since..point.time,
                        connection,
                        lost: None,
                    });
                    dead_since = None;
                }
                (None, None) => dead_since = Some(point.time),
                _ => {}
            }
        }
        if let Some(since) = dead_since.filter(|since| *since < span.end) {
            self.open_until = Some(span.end);
            gaps.push(Gap {
                span: since..span.end,
                connection,
                lost: None,
            });
        }
    }
}
