//! [`Axis`]: where an instant is on the screen.

use std::ops::Range;

use bevy_egui::egui;

use crate::model::Timestamp;

/// A part of time over a part of the screen's width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Left and right, points.
    pub left: f32,
    /// See [`Axis::left`].
    pub right: f32,
    from: i64,
    length: i64,
}

impl Axis {
    /// `span` over the width of `rect`. It moves by whole pixels, so that what is drawn on it does
    /// not shimmer while it follows the present.
    pub fn new(rect: egui::Rect, span: &Range<Timestamp>, pixels_per_point: f32) -> Self {
        let length = span.end.nanos_since(span.start).max(1);
        let pixels = f64::from(rect.width() * pixels_per_point).max(1.0);
        let pixel = (length as f64 / pixels).max(1.0) as i64;
        Self {
            left: rect.left(),
            right: rect.right(),
            from: span
                .start
                .as_nanos()
                .div_euclid(pixel)
                .saturating_mul(pixel),
            length,
        }
    }

    /// What it shows.
    pub fn span(self) -> Range<Timestamp> {
        Timestamp::from_nanos(self.from)
            ..Timestamp::from_nanos(self.from.saturating_add(self.length))
    }

    /// Where an instant is, points; it may lie outside.
    pub fn x(self, at: Timestamp) -> f32 {
        let share = at.as_nanos().saturating_sub(self.from) as f64 / self.length as f64;
        let width = f64::from(self.right - self.left);
        (f64::from(self.left) + share * width).clamp(-1e6, 1e6) as f32
    }

    /// Which instant is there.
    pub fn at(self, x: f32) -> Timestamp {
        let share = f64::from(x - self.left) / f64::from((self.right - self.left).max(1.0));
        let by = (share * self.length as f64) as i64;
        Timestamp::from_nanos(self.from.saturating_add(by))
    }

    /// Left and right of a span, within what is shown; `None`: outside, or nothing.
    pub fn part(self, span: &Range<Timestamp>) -> Option<egui::Rangef> {
        let (from, to) = (self.x(span.start), self.x(span.end));
        let part = egui::Rangef::new(from.max(self.left), to.min(self.right));
        (part.min < part.max).then_some(part)
    }

    /// Nanoseconds that a point is wide.
    pub fn point(self) -> i64 {
        let width = f64::from((self.right - self.left).max(1.0));
        (self.length as f64 / width) as i64
    }

    /// The part of time that is shown after a turn of the wheel over `x`.
    pub fn zoomed(self, factor: f64, x: f32) -> [Timestamp; 2] {
        let at = self.at(x);
        let share = f64::from(x - self.left) / f64::from((self.right - self.left).max(1.0));
        let length = (self.length as f64 * factor).clamp(1.0, 8e18);
        let from = at.as_nanos().saturating_sub((share * length) as i64);
        [
            Timestamp::from_nanos(from),
            Timestamp::from_nanos(from.saturating_add(length as i64)),
        ]
    }
}
