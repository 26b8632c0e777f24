//! The columns of the three kinds of part.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

const OPTIONAL: Repetition = Repetition::OPTIONAL;
const REQUIRED: Repetition = Repetition::REQUIRED;

/// What a column holds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Bytes,
    Millis,
    Real,
    Whole64,
    Whole32,
    Byte,
    Truth,
}

const SAMPLES: [(&str, Kind, Repetition); 11] = [
    ("signal", Kind::Text, REQUIRED),
    ("time", Kind::Millis, REQUIRED),
    ("nanos", Kind::Whole32, REQUIRED),
    ("value", Kind::Real, OPTIONAL),
    ("integer", Kind::Whole64, OPTIONAL),
    ("text", Kind::Text, OPTIONAL),
    ("type", Kind::Byte, REQUIRED),
    ("quality", Kind::Byte, REQUIRED),
    ("receive_time", Kind::Millis, REQUIRED),
    ("source_time", Kind::Millis, OPTIONAL),
    ("source_nanos", Kind::Whole32, OPTIONAL),
];

const EVENTS: [(&str, Kind, Repetition); 22] = [
    ("time", Kind::Millis, REQUIRED),
    ("nanos", Kind::Whole32, REQUIRED),
    ("kind", Kind::Text, REQUIRED),
    ("connection", Kind::Text, OPTIONAL),
    ("message", Kind::Text, OPTIONAL),
    ("equipment", Kind::Text, OPTIONAL),
    ("signal", Kind::Text, OPTIONAL),
    ("condition", Kind::Text, OPTIONAL),
    ("priority", Kind::Text, OPTIONAL),
    ("number", Kind::Whole64, OPTIONAL),
    ("raised", Kind::Millis, OPTIONAL),
    ("raised_nanos", Kind::Whole32, OPTIONAL),
    ("cleared", Kind::Millis, OPTIONAL),
    ("cleared_nanos", Kind::Whole32, OPTIONAL),
    ("value", Kind::Real, OPTIONAL),
    ("integer", Kind::Whole64, OPTIONAL),
    ("text", Kind::Text, OPTIONAL),
    ("type", Kind::Byte, OPTIONAL),
    ("limit", Kind::Real, OPTIONAL),
    ("count", Kind::Whole64, OPTIONAL),
    ("first_out", Kind::Truth, OPTIONAL),
    ("span_nanos", Kind::Whole64, OPTIONAL),
];

const UNMAPPED: [(&str, Kind, Repetition); 4] = [
    ("receive_time", Kind::Millis, REQUIRED),
    ("connection", Kind::Text, REQUIRED),
    ("topic", Kind::Text, REQUIRED),
    ("payload", Kind::Bytes, REQUIRED),
];

/// Names of the columns of `samples`, in order.
pub(super) fn sample_columns() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|(name, ..)| *name)
}

pub(super) fn samples() -> Result<TypePtr> {
    schema("samples", &SAMPLES)
}

pub(super) fn events() -> Result<TypePtr> {
    schema("events", &EVENTS)
}

pub(super) fn unmapped() -> Result<TypePtr> {
    schema("unmapped", &UNMAPPED)
}

fn schema(name: &str, columns: &[(&str, Kind, Repetition)]) -> Result<TypePtr> {
    let fields = columns.iter().map(|&(name, kind, repetition)| {
        let (physical, logical) = match kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Bytes => (Physical::BYTE_ARRAY, None),
            Kind::Millis => (
                Physical::INT64,
                Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            ),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Whole64 => (Physical::INT64, None),
            Kind::Whole32 => (Physical::INT32, None),
            Kind::Byte => (Physical::INT32, Some(LogicalType::integer(8, false))),
            Kind::Truth => (Physical::BOOLEAN, None),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(
        Type::group_type_builder(name).with_fields(fields).build()?,
    ))
}
