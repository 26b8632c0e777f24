//! [`Reader`]: from the payload of a plain topic to samples.

use super::intake::Intake;
use super::json::{Fields, Found};
use super::scalar;
use super::status::RejectCause;
use crate::model::connection::{Binding, Payload, TimeFormat, TopicMap};
use crate::model::signal::ValueType;
use crate::model::{Cause, Plant, Quality, Sample, SignalId, Timestamp};

/// One message of a plain topic.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its topic.
    pub topic: &'a [u8],
    /// Its payload.
    pub payload: &'a [u8],
    /// Whether the broker had kept it: then only its own time tells how old it is.
    pub retained: bool,
    /// When it was received.
    pub receive_time: Timestamp,
}

/// Reads the messages of one topic.
#[derive(Debug)]
pub struct Reader {
    bare: Vec<(SignalId, ValueType)>,
    fields: Fields,
    values: Vec<Field>,
}

/// One signal in a JSON message, by numbers of [`Fields`].
#[derive(Debug)]
struct Field {
    signal: SignalId,
    value_type: ValueType,
    value: usize,
    time: Option<(usize, TimeFormat)>,
    quality: Option<usize>,
}

impl Reader {
    /// For all bindings to one topic.
    pub fn new(plant: &Plant, bindings: &[(&Binding, &TopicMap)]) -> Self {
        let mut reader = Self {
            bare: Vec::new(),
            fields: Fields::new(),
            values: Vec::new(),
        };
        for (binding, map) in bindings {
            let Some(signal) = plant.signal(binding.signal) else {
                continue;
            };
            let value_type = signal.spec.value_type;
            match &map.payload {
                Payload::Bare => reader.bare.push((binding.signal, value_type)),
                Payload::Json {
                    time,
                    time_format,
                    quality,
                    ..
                } => {
                    // Time and quality may lie beside each value: `/{signal}/t`.
                    let own =
                        |pointer: &str| pointer.replace("{signal}", &escape(&signal.spec.name));
                    let fields = &mut reader.fields;
                    reader.values.push(Field {
                        signal: binding.signal,
                        value_type,
                        value: fields.add(&binding.field),
                        time: time
                            .as_ref()
                            .map(|time| (fields.add(&own(time)), *time_format)),
                        quality: quality.as_ref().map(|quality| fields.add(&own(quality))),
                    });
                }
            }
        }
        reader.fields.finish();
        reader
    }

    /// Reads a message into samples. What cannot be used is counted, with its cause.
    #[inline]
    pub fn read(&self, message: &Message<'_>, found: &mut Found, intake: &mut Intake) {
        for &(signal, value_type) in &self.bare {
            self.read_bare(message, signal, value_type, intake);
        }
        if !self.values.is_empty() {
            self.read_json(message, found, intake);
        }
    }

    #[inline]
    fn read_bare(
        &self,
        message: &Message<'_>,
        signal: SignalId,
        value_type: ValueType,
        intake: &mut Intake,
    ) {
        let Some((value, quality)) = scalar::bare(message.payload, value_type) else {
            reject(
                RejectCause::Malformed,
                message,
                format_args!("not text"),
                intake,
            );
            return;
        };
        if quality == Quality::Bad(Cause::WrongType) {
            let what = format_args!("no {}", value_type.name());
            reject(RejectCause::WrongType, message, what, intake);
        }
        intake.push(Sample {
            signal,
            source_time: None,
            receive_time: message.receive_time,
            value,
            quality: aged(quality, message.retained),
        });
    }

    fn read_json(&self, message: &Message<'_>, found: &mut Found, intake: &mut Intake) {
        if let Err(error) = self.fields.read(message.payload, found) {
            let what = format_args!("not JSON ({error})");
            reject(RejectCause::Malformed, message, what, intake);
            return;
        }
        let topic = String::from_utf8_lossy(message.topic);
        let mut has_value = false;
        let mut last_time = None;
        let mut faults = Faults::default();
        for field in &self.values {
            let Some(scalar) = found.scalar(field.value) else {
                continue;
            };
            has_value = true;
            let (value, mut quality) = scalar::typed(scalar, field.value_type);
            if quality == Quality::Bad(Cause::WrongType) {
                faults.wrong_type += 1;
            }
            if let Some(reported) = field.quality.and_then(|field| found.scalar(field)) {
                let reported = scalar::quality(reported).unwrap_or_else(|| {
                    faults.quality = true;
                    Quality::Uncertain(Cause::Reported)
                });
                quality = quality.worst(reported);
            }
            let source_time = field.time.and_then(|(field, format)| {
                match last_time {
                    Some((known, time)) if known == field => return time,
                    _ => {}
                }
                let time = found
                    .text(field)
                    .and_then(|text| scalar::time(text, format));
                faults.time |= time.is_none() && found.has(field);
                last_time = Some((field, time));
                time
            });
            if source_time.is_none() {
                // A time that cannot be read is as good as none: nobody knows how old this is.
                quality = aged(quality, message.retained || faults.time);
            }
            let sample = Sample {
                signal: field.signal,
                source_time,
                receive_time: message.receive_time,
                value,
                quality,
            };
            intake.sample(&topic, sample);
        }
        if !has_value {
            let what = format_args!("no value at the place the scene names");
            reject(RejectCause::Malformed, message, what, intake);
        }
        faults.report(message, intake);
    }
}

/// What was wrong with parts of one message.
#[derive(Debug, Default)]
struct Faults {
    wrong_type: usize,
    time: bool,
    quality: bool,
}

impl Faults {
    fn report(&self, message: &Message<'_>, intake: &mut Intake) {
        if self.wrong_type > 0 {
            let what = format_args!("values of the wrong type: {}", self.wrong_type);
            reject(RejectCause::WrongType, message, what, intake);
        }
        if self.time {
            let what = format_args!("time not readable");
            reject(RejectCause::Malformed, message, what, intake);
        }
        if self.quality {
            let what = format_args!("quality not readable");
            reject(RejectCause::Malformed, message, what, intake);
        }
    }
}

/// A value without a time that may be old is Uncertain at best.
fn aged(quality: Quality, may_be_old: bool) -> Quality {
    if may_be_old {
        quality.worst(Quality::Uncertain(Cause::UnknownAge))
    } else {
        quality
    }
}

#[cold]
fn reject(
    cause: RejectCause,
    message: &Message<'_>,
    what: std::fmt::Arguments<'_>,
    intake: &mut Intake,
) {
    let topic = String::from_utf8_lossy(message.topic);
    intake.reject(cause, &topic, what, message.payload, message.receive_time);
}

/// A name as a token of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
