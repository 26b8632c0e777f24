//! The timeline in the report.

use std::ops::Range;

use serde::Serialize;

use crate::command::{Direction, Looping};
use crate::model::Timestamp;
use crate::timeline::PlayState;
use crate::timeline::statistics::RangeStatistics;
use crate::twin::Twin;

/// The cursor, and how it moves.
#[derive(Debug, Serialize)]
pub struct TimelineReport<'a> {
    /// `live`, `playing` or `paused`.
    pub state: PlayState,
    /// The instant that is shown; `null` before the first look.
    pub cursor: Option<Timestamp>,
    /// The present; `null` before the first look.
    pub now: Option<Timestamp>,
    /// Times real time.
    pub speed: f64,
    /// `forward` or `backward`.
    pub direction: Direction,
    /// `on` or `off`.
    #[serde(rename = "loop")]
    pub looping: Looping,
    /// What is known of, from when to when; `null`: nothing yet.
    pub recorded: Option<SpanReport>,
    /// What the timeline shows.
    pub visible: SpanReport,
    /// The selected range; `null`: none.
    pub selection: Option<SpanReport>,
    /// The selected range in numbers; `null`: none is selected.
    pub statistics: Option<RangeStatistics>,
    /// Bookmarks, in order of their names.
    pub markers: Vec<MarkerReport<'a>>,
    /// Paths of the signals that are drawn along the timeline.
    pub pins: Vec<String>,
    /// Alarms that were raised in the present since the cursor left it.
    pub live_alarms: usize,
}

/// From when to when.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpanReport {
    /// The first instant.
    pub from: Timestamp,
    /// The end.
    pub to: Timestamp,
}

impl From<Range<Timestamp>> for SpanReport {
    fn from(span: Range<Timestamp>) -> Self {
        Self {
            from: span.start,
            to: span.end,
        }
    }
}

/// A bookmark.
#[derive(Debug, Serialize)]
pub struct MarkerReport<'a> {
    /// Its name.
    pub name: &'a str,
    /// The instant, or where a range begins.
    pub from: Timestamp,
    /// Where a range ends; `null`: an instant.
    pub to: Option<Timestamp>,
    /// What is said of it.
    pub note: &'a str,
}

/// What the timeline of a twin is at.
pub(super) fn report(twin: &Twin) -> TimelineReport<'_> {
    let timeline = twin.timeline();
    let view = twin.view();
    let known = |at: Timestamp| (at != Timestamp::MIN).then_some(at);
    TimelineReport {
        state: timeline.state(),
        cursor: known(timeline.cursor()),
        now: known(timeline.now()),
        speed: timeline.speed(),
        direction: timeline.direction(),
        looping: timeline.looping(),
        recorded: timeline.recorded().map(SpanReport::from),
        visible: timeline.visible().into(),
        selection: timeline.range().map(SpanReport::from),
        statistics: twin.range_statistics(),
        markers: view
            .markers
            .iter()
            .map(|(name, marker)| MarkerReport {
                name,
                from: marker.from,
                to: marker.to,
                note: &marker.note,
            })
            .collect(),
        pins: view
            .pins
            .iter()
            .map(|pin| twin.plant().signal_path(*pin))
            .collect(),
        live_alarms: twin.live_news().map_or(0, |news| news.raised),
    }
}
