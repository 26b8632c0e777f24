//! What a value does to what it drives: how far, how fast, lit or not.

use std::sync::Arc;
use std::time::Duration;

use bevy::prelude::*;

use crate::model::kind::Drive;
use crate::model::signal::{Reporting, SignalSpec, ValueType};
use crate::model::{Point, Quantity, Timestamp, Unit, Value};

/// A change that is reported only when it happens is drawn as a move of this duration that ends
/// with the sample.
const STEP: Duration = Duration::from_millis(500);

/// What a value does to its node, relative to rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Offset {
    /// Displacement, m, in the node's frame at rest.
    Translation(Vec3),
    /// Rotation in the node's frame at rest.
    Rotation(Quat),
    /// One coordinate of the equipment on the floor, m: axis 0 is x, 2 is z.
    Coordinate(usize, f32),
    /// Heading of the equipment, radians.
    Heading(f32),
    /// How far a surface has run, m.
    Run(f32),
    /// Lit or not.
    Light(bool),
}

/// A value as a number in SI units where its unit has a dimension.
pub(super) fn si(unit: Unit, value: f64) -> f64 {
    match unit.quantity {
        Quantity::Dimensionless => value,
        _ => unit.to_si(value),
    }
}

pub(super) fn axis(axis: [f64; 3]) -> Vec3 {
    Vec3::from_array(axis.map(|part| part as f32)).normalize_or(Vec3::X)
}

/// Revolutions a second that a spinning node shows for a value.
pub fn revolutions(unit: Unit, value: f64, display_max: f64) -> f64 {
    let per_second = match unit.quantity {
        Quantity::RotationalSpeed => unit.to_si(value) / std::f64::consts::TAU,
        Quantity::Dimensionless if unit.symbol == "%" => value / 100.0 * display_max,
        Quantity::Dimensionless if unit.symbol.is_empty() && value.abs() <= 1.0 => {
            value * display_max
        }
        _ => unit.to_si(value),
    };
    per_second.clamp(-display_max, display_max)
}

/// Where a value puts its node; `None` for drives that run on ([`Drive::Spin`], [`Drive::Run`])
/// and values that are no number.
pub fn offset(drive: &Drive, unit: Unit, value: f64) -> Option<Offset> {
    Some(match drive {
        Drive::Rotate { axis: about } => Offset::Rotation(Quat::from_axis_angle(
            axis(*about),
            match unit.quantity {
                Quantity::Angle => unit.to_si(value) as f32,
                _ => (value as f32).to_radians(),
            },
        )),
        Drive::Translate { axis: along, scale } => {
            Offset::Translation(axis(*along) * (si(unit, value) * scale) as f32)
        }
        Drive::PositionX => Offset::Coordinate(0, si(unit, value) as f32),
        Drive::PositionZ => Offset::Coordinate(2, si(unit, value) as f32),
        Drive::Heading => Offset::Heading(match unit.quantity {
            Quantity::Angle => unit.to_si(value) as f32,
            _ => (value as f32).to_radians(),
        }),
        Drive::Spin { .. } | Drive::Run { .. } | Drive::Light { .. } => return None,
    })
}

/// Whether a lamp is lit by a value.
pub fn is_lit(when: &[Arc<str>], value: Value) -> bool {
    if when.is_empty() {
        return value.as_bool().unwrap_or(false);
    }
    let word = value.to_string();
    when.iter().any(|lit| lit.eq_ignore_ascii_case(&word))
}

/// The value at `t` between two samples, as a number in the signal's unit.
///
/// Real numbers go straight from one sample to the next if these are no further apart than the
/// first one's freshness lasts; what is reported by exception, is not a real number, or has a gap
/// before it stays at the old value and goes to the new one in the half second before it.
/// Angles of a heading go the shorter way around.
pub fn between(
    spec: &SignalSpec,
    drive: &Drive,
    from: Point,
    to: Option<Point>,
    t: Timestamp,
) -> Option<f64> {
    let old = usable(from)?;
    let Some((next, to)) = to.and_then(|to| Some((usable(to)?, to))) else {
        return Some(old);
    };
    let gap = to.time.saturating_since(from.time);
    let is_continuous = spec.value_type == ValueType::Float
        && matches!(spec.reporting, Reporting::Cyclic { stale_after } if gap <= stale_after);
    let ramp = if is_continuous { gap } else { gap.min(STEP) };
    if ramp.is_zero() {
        return Some(next);
    }
    let left = to.time.secs_since(t) / ramp.as_secs_f64();
    let share = (1.0 - left).clamp(0.0, 1.0);
    let mut step = next - old;
    if *drive == Drive::Heading {
        let full = match spec.unit.quantity {
            Quantity::Angle => std::f64::consts::TAU / spec.unit.to_si(1.0),
            _ => 360.0,
        };
        step = (step + full / 2.0).rem_euclid(full) - full / 2.0;
    }
    Some(old + step * share)
}

fn usable(point: Point) -> Option<f64> {
    point
        .quality
        .is_usable()
        .then(|| point.value.as_f64())
        .flatten()
}
