//! From a metric of a message to samples, counted findings and the list of what nothing is bound to.

use std::fmt;

use super::decoder::Message;
use super::host::Request;
use super::scope::{Lesson, Life, Reading, Scope, time_of};
use super::value::ValueError;
use super::wire::{Head, Metric, Metrics};
use crate::model::signal::ValueType;
use crate::model::{Quality, Sample, Timestamp, Value};
use crate::source::Intake;
use crate::source::status::RejectCause;

/// What everything that handles one message needs.
pub(super) struct Context<'a, 'b> {
    pub topic: &'a str,
    pub message: &'a Message<'a>,
    pub head: Head<'a>,
    pub intake: &'b mut Intake,
    pub requests: &'b mut Vec<Request>,
}

impl Context<'_, '_> {
    #[cold]
    pub fn reject(&mut self, cause: RejectCause, what: fmt::Arguments<'_>) {
        let Message {
            payload,
            receive_time,
            ..
        } = *self.message;
        self.intake
            .reject(cause, self.topic, what, payload, receive_time);
    }
}

/// What kind of message a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Birth,
    Data,
}

/// Hands the value of a metric of a data message on, to each signal that it feeds.
#[inline(always)]
pub(super) fn emit_data(
    scope: &Scope,
    first: u32,
    metric: &Metric<'_>,
    doubt: Quality,
    context: &mut Context<'_, '_>,
) {
    match scope.measured(first, metric) {
        Some((signal, value)) if doubt == Quality::Good => {
            let sample = Sample {
                signal,
                source_time: metric.timestamp.or(context.head.timestamp).map(time_of),
                receive_time: context.message.receive_time,
                value: Value::Float(value),
                quality: Quality::Good,
            };
            context.intake.sample(context.topic, sample);
        }
        _ => emit(scope, first, metric, doubt, Kind::Data, context),
    }
}

/// Hands the value of a metric on, to each signal that it feeds.
#[inline(never)]
pub(super) fn emit(
    scope: &Scope,
    first: u32,
    metric: &Metric<'_>,
    doubt: Quality,
    kind: Kind,
    context: &mut Context<'_, '_>,
) {
    for slot in scope.chain(first) {
        let reading = match Reading::of(metric, slot.datatype, &context.head) {
            Ok(reading) => reading,
            Err(error) => {
                reject_value(error, metric, context);
                Reading::unusable(metric, &context.head)
            }
        };
        if metric.is_historical && metric.timestamp.is_none() {
            let what = format_args!("a historical value without a time");
            context.reject(RejectCause::Malformed, what);
            return;
        }
        if let Some(wanted) = slot.wanted
            && !wanted.is_of(&reading.value)
            && is_other(wanted, reading.value)
        {
            reject_type(wanted, reading.value, metric, context);
        }
        let sample = Sample {
            signal: slot.signal,
            source_time: reading.time,
            receive_time: context.message.receive_time,
            value: reading.value,
            quality: reading.quality.worst(slot.doubt).worst(doubt),
        };
        if kind == Kind::Birth || metric.is_historical {
            // A birth confirms values that may be old; history is late by intent.
            context.intake.push(sample);
        } else {
            context.intake.sample(context.topic, sample);
        }
    }
}

/// Whether a value is none of the wanted type and does not convert to it; null is of any.
#[cold]
fn is_other(wanted: ValueType, value: Value) -> bool {
    value != Value::Null && wanted.exactly(value).is_none()
}

#[cold]
fn reject_value(error: ValueError, metric: &Metric<'_>, context: &mut Context<'_, '_>) {
    let cause = match error {
        ValueError::Unsupported(_) | ValueError::UnknownType(_) => RejectCause::Unsupported,
        ValueError::NoType | ValueError::WrongField(_) | ValueError::OutOfRange(_) => {
            RejectCause::WrongType
        }
        ValueError::NotUtf8 | ValueError::Missing => RejectCause::Malformed,
    };
    context.reject(cause, format_args!("{}: {error}", Label(metric)));
}

/// A value that the scene's signal cannot have: it is kept as it came, and Bad.
#[cold]
fn reject_type(
    wanted: ValueType,
    value: Value,
    metric: &Metric<'_>,
    context: &mut Context<'_, '_>,
) {
    let wanted = wanted.name();
    let what = format_args!("{} is no {wanted}: {value}", Label(metric));
    context.reject(RejectCause::WrongType, what);
}

#[cold]
pub(super) fn reject_unknown(metric: &Metric<'_>, life: Life, context: &mut Context<'_, '_>) {
    match metric.alias {
        None => {
            let what = format_args!("a metric without name and alias");
            context.reject(RejectCause::Malformed, what);
        }
        // What is missing is the birth; that is counted by message.
        Some(_) if life != Life::Born => {}
        Some(alias) => {
            let what = format_args!("alias {alias} is not in the birth");
            context.reject(RejectCause::UnknownAlias, what);
        }
    }
}

#[cold]
pub(super) fn tell(lesson: Lesson, metric: &Metric<'_>, context: &mut Context<'_, '_>) {
    match lesson {
        Lesson::TypeChanged(..) => {
            let note = format!("{} {} {lesson}", context.topic, Label(metric));
            context.intake.note(context.message.receive_time, note);
        }
        Lesson::Nameless | Lesson::AliasTaken(_) => {
            context.reject(RejectCause::Malformed, format_args!("{lesson}"));
        }
        Lesson::OtherUnit(..) => {
            let what = format_args!("{} {lesson}", Label(metric));
            context.reject(RejectCause::WrongType, what);
        }
    }
}

/// Lists a metric that nothing is bound to, with its value.
#[cold]
pub(super) fn list_metric(metric: &Metric<'_>, context: &mut Context<'_, '_>) {
    let received = context.message.receive_time;
    list(metric, context.topic, received, context.intake);
}

/// Lists the metrics of a message of a node or device that nothing is bound to.
#[cold]
pub(super) fn list_unmapped(topic: &str, message: &Message<'_>, intake: &mut Intake) {
    let mut has_name = false;
    if Head::read(message.payload).is_ok() {
        for metric in Metrics::of(message.payload).flatten() {
            has_name |= list(&metric, topic, message.receive_time, intake);
        }
    }
    if !has_name {
        intake.unmapped(topic, "", message.payload, message.receive_time);
    }
}

/// True when it has a name. The sender's own controls are not telemetry and not listed.
fn list(metric: &Metric<'_>, topic: &str, received: Timestamp, intake: &mut Intake) -> bool {
    let Some(name) = metric.name.filter(|name| !name.is_empty()) else {
        return false;
    };
    let is_control = name == b"bdSeq"
        || name.starts_with(b"Node Control/")
        || name.starts_with(b"Device Control/");
    if !is_control {
        let text = match Reading::of(metric, Default::default(), &Head::default()) {
            Ok(reading) => reading.value.to_string(),
            Err(error) => error.to_string(),
        };
        let name = String::from_utf8_lossy(name);
        intake.unmapped(topic, &name, text.as_bytes(), received);
    }
    true
}

/// A metric in a message to the user.
struct Label<'a>(&'a Metric<'a>);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.name, self.0.alias) {
            (Some(name), _) => f.write_str(&String::from_utf8_lossy(name)),
            (None, Some(alias)) => write!(f, "alias {alias}"),
            (None, None) => f.write_str("a metric without name"),
        }
    }
}
