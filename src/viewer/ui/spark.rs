//! Sparklines: the last minutes of one number in the width of a word.

use std::time::Duration;

use bevy_egui::egui;

use super::PanelData;
use crate::history::Bucket;
use crate::model::signal::{Reporting, Signal, ValueType};
use crate::model::{Point, SignalId};
use crate::viewer::theme;

/// Span of a sparkline.
const SPAN: Duration = Duration::from_secs(300);

/// How the line gets from one value to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// Straight: what was measured changes steadily.
    Lines,
    /// At once: a count, a switch, or what is reported when it changes.
    Steps,
}

impl Joins {
    /// How the values of a signal are joined.
    pub fn of(signal: &Signal) -> Self {
        match (signal.spec.value_type, signal.spec.reporting) {
            (ValueType::Float, Reporting::Cyclic { .. }) => Self::Lines,
            _ => Self::Steps,
        }
    }
}

/// The line through buckets of equal length, in pieces: x is the share of the span, y the value.
///
/// No extreme is lost. `before` is the value that stood when the span began; a value stands for
/// `most` buckets at the most, and what lies beyond is a gap.
pub fn trace(
    buckets: &[Bucket],
    before: Option<f64>,
    joins: Joins,
    most: usize,
) -> Vec<Vec<[f64; 2]>> {
    let at = |bucket: usize| bucket as f64 / buckets.len().max(1) as f64;
    let mut pieces = Vec::new();
    let mut piece: Vec<[f64; 2]> = before.map(|value| [0.0, value]).into_iter().collect();
    let mut last = before.map(|value| (0_usize, value));
    for (bucket, now) in buckets
        .iter()
        .zip(0..)
        .filter(|(bucket, _)| bucket.count > 0)
    {
        if let Some((since, value)) = last {
            let end = now.min(since.saturating_add(most));
            if joins == Joins::Steps {
                piece.push([at(end), value]);
            }
            if end < now {
                pieces.push(std::mem::take(&mut piece));
            }
        }
        if bucket.min < bucket.max {
            piece.extend([[at(now), bucket.min], [at(now), bucket.max]]);
        }
        piece.push([at(now), bucket.last]);
        last = Some((now, bucket.last));
    }
    if let (Joins::Steps, Some((since, value))) = (joins, last) {
        piece.push([at(buckets.len().min(since.saturating_add(most))), value]);
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// Draws the last minutes of a number into `rect`. `buckets` is memory that is used again.
pub fn spark_ui(
    ui: &egui::Ui,
    rect: egui::Rect,
    data: &PanelData,
    buckets: &mut Vec<Bucket>,
    id: SignalId,
    signal: &Signal,
) {
    let history = data.view.twin.history();
    let now = data.view.snapshot.time;
    let from = now - SPAN;
    let count = (rect.width() as usize).max(1);
    buckets.clear();
    history.range_decimated(id, from..now + Duration::from_nanos(1), count, buckets);
    let most = match signal.spec.reporting {
        Reporting::ByException => usize::MAX,
        Reporting::Cyclic { stale_after } => {
            let share = stale_after.as_secs_f64() / SPAN.as_secs_f64();
            (share * count as f64).ceil() as usize
        }
    };
    let usable = |point: &Point| point.quality.is_usable().then(|| point.value.as_f64());
    let before = (most == usize::MAX)
        .then(|| history.latest_at(id, from))
        .flatten()
        .and_then(|point| usable(&point).flatten());
    let pieces = trace(buckets, before, Joins::of(signal), most);
    let (low, high) = pieces.iter().flatten().fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(low, high), [_, value]| (low.min(*value), high.max(*value)),
    );
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let (low, high) = match signal.spec.range {
        Some([least, most]) if high - low < 0.02 * (most - least) => {
            (low - 0.1 * (most - least), high + 0.1 * (most - least))
        }
        _ if high - low < 1e-12 => (low - 1.0, high + 1.0),
        _ => (low, high),
    };
    let place = |[x, value]: [f64; 2]| {
        let y = (value - low) / (high - low);
        egui::pos2(
            rect.left() + rect.width() * x as f32,
            rect.bottom() - 1.0 - (rect.height() - 2.0) * y as f32,
        )
    };
    let ink = theme::of(ui.ctx()).text_weak.egui();
    for piece in pieces {
        let line = piece.into_iter().map(place).collect();
        ui.painter().line(line, egui::Stroke::new(1.25, ink));
    }
}
