//! [`Scope`]: the metrics of one edge node or device: which signals they feed, under which aliases.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::proto::DataType;
use super::value::{self, Properties, ValueError};
use super::wire::{Head, Metric, RawValue};
use crate::model::signal::{SignalRole, ValueType};
use crate::model::{Cause, Plant, Quality, SessionId, SignalId, Timestamp, Unit, Value};

/// What is known of a session from the messages received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// Nothing was heard.
    #[default]
    Unheard,
    /// Our own connection was lost since; it may be alive, and may have been reborn unnoticed.
    Lost,
    /// It sends, but its birth was missed.
    Unconfirmed,
    /// Born, and not dead since.
    Born,
    /// Dead, and not born since.
    Dead,
}

impl Life {
    /// Whether it is alive as far as is known.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Born)
    }
}

/// A metric that feeds a signal. Small: all slots of a plant are touched again and again.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The signal.
    pub signal: SignalId,
    /// Type of its values in the scene; `None` for a state, whose table takes any.
    pub wanted: Option<ValueType>,
    /// As the last birth says.
    pub datatype: DataType,
    /// Worse than Good when the birth contradicts the scene.
    pub doubt: Quality,
    /// The next slot fed by the same metric.
    next: u32,
}

/// What a metric turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Feeds the chain of slots that starts here.
    Slot(u32),
    /// A metric of the birth that nothing is bound to, or a name that nothing is bound to.
    Unbound,
    /// An alias that no birth has named, or neither name nor alias.
    Unknown,
}

const NONE: u32 = u32::MAX;
const UNBOUND: u32 = u32::MAX - 1;

/// Metrics of one edge node or one device. What a data message needs of it is one line of a
/// processor's memory: a plant has more nodes than stay near.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct Scope {
    /// Whether it is alive.
    pub life: Life,
    /// Of a node: the sequence number that comes next, if that is known.
    pub next_seq: Option<u8>,
    /// When its last message was received.
    pub last_heard: Timestamp,
    slots: Vec<Slot>,
    /// Alias → first slot, [`UNBOUND`] or [`NONE`]: small aliases, which is what nearly all senders
    /// use. The others are in [`Names`].
    aliases: Box<[u32]>,
    names: Box<Names>,
}

const _: () = assert!(size_of::<Scope>() == 64);

/// What births are read with.
#[derive(Debug, Default)]
struct Names {
    session: Option<SessionId>,
    /// Unit in the scene, by slot.
    units: Vec<Unit>,
    by_name: HashMap<Box<[u8]>, u32>,
    by_alias: HashMap<u64, u32>,
}

/// Aliases below are an index.
const SMALL_ALIASES: usize = 1 << 14;

impl Scope {
    /// Its session in the plant.
    pub fn session(&self) -> Option<SessionId> {
        self.names.session
    }

    /// Names its session in the plant.
    pub fn set_session(&mut self, session: SessionId) {
        self.names.session = Some(session);
    }

    /// Binds the metric with this name to a signal.
    pub fn bind(&mut self, plant: &Plant, metric: &str, signal: SignalId) {
        let at = self.slots.len() as u32;
        let first = self.names.by_name.insert(metric.as_bytes().into(), at);
        self.names.units.push(
            plant
                .signal(signal)
                .map_or(Unit::NONE, |signal| signal.spec.unit),
        );
        self.slots.push(Slot {
            signal,
            wanted: plant
                .signal(signal)
                .filter(|signal| signal.spec.role != SignalRole::State)
                .map(|signal| signal.spec.value_type),
            datatype: DataType::Unknown,
            doubt: Quality::Good,
            next: first.unwrap_or(NONE),
        });
    }

    /// Forgets the aliases: they hold until the next birth only.
    pub fn forget(&mut self) {
        self.aliases.fill(NONE);
        self.names.by_alias.clear();
    }

    /// The slots that a metric feeds: by its name, else by its alias.
    #[inline]
    pub fn find(&self, metric: &Metric<'_>) -> Found {
        let slot = match (metric.name, metric.alias) {
            (Some(name), alias) if !name.is_empty() || alias.is_none() => {
                self.names.by_name.get(name).copied().unwrap_or(UNBOUND)
            }
            (_, Some(alias)) => self.slot_of_alias(alias),
            (_, None) => NONE,
        };
        match slot {
            NONE => Found::Unknown,
            UNBOUND => Found::Unbound,
            slot => Found::Slot(slot),
        }
    }

    #[inline]
    fn slot_of_alias(&self, alias: u64) -> u32 {
        let small = usize::try_from(alias).ok();
        match small.and_then(|at| self.aliases.get(at)) {
            Some(slot) => *slot,
            None => self.names.by_alias.get(&alias).copied().unwrap_or(NONE),
        }
    }

    /// False when the alias is taken already.
    fn insert_alias(&mut self, alias: u64, slot: u32) -> bool {
        let small = usize::try_from(alias).ok().filter(|at| *at < SMALL_ALIASES);
        let Some(at) = small else {
            return match self.names.by_alias.entry(alias) {
                Entry::Occupied(_) => false,
                Entry::Vacant(free) => {
                    free.insert(slot);
                    true
                }
            };
        };
        if at >= self.aliases.len() {
            let mut longer = vec![NONE; (at + 1).next_power_of_two()];
            for (new, old) in longer.iter_mut().zip(&self.aliases) {
                *new = *old;
            }
            self.aliases = longer.into();
        }
        match self.aliases.get_mut(at) {
            Some(free) if *free == NONE => {
                *free = slot;
                true
            }
            _ => false,
        }
    }

    /// The chain of slots from `first` on.
    #[inline]
    pub fn chain(&self, first: u32) -> impl Iterator<Item = &Slot> {
        let mut at = first;
        std::iter::from_fn(move || {
            let slot = self.slots.get(at as usize)?;
            at = slot.next;
            Some(slot)
        })
    }

    /// The signal and value of a metric that is what nearly all are: a finite number in the field of
    /// its data type, without properties, that feeds one signal for which its birth and the scene
    /// agree. `None`: it takes a closer look, see [`Reading::of`].
    #[inline(always)]
    pub fn measured(&self, first: u32, metric: &Metric<'_>) -> Option<(SignalId, f64)> {
        let slot = self.slots.get(first as usize)?;
        let code = metric.datatype.unwrap_or(slot.datatype as u32);
        let value = match metric.value? {
            RawValue::Double(value) if code == DataType::Double as u32 => value,
            RawValue::Float(value) if code == DataType::Float as u32 => f64::from(value),
            _ => return None,
        };
        let is_plain = !metric.is_null
            && !metric.is_historical
            && metric.properties.is_none()
            && slot.next == NONE
            && slot.doubt == Quality::Good
            && slot.wanted == Some(ValueType::Float)
            && value.is_finite();
        is_plain.then_some((slot.signal, value))
    }

    /// Learns alias, data type and unit of a metric from a birth; says what the user should know.
    pub fn learn(&mut self, metric: &Metric<'_>, mut tell: impl FnMut(Lesson)) -> Found {
        let found = match metric.name {
            Some(name) if !name.is_empty() => self.find(&Metric {
                name: Some(name),
                ..Metric::default()
            }),
            _ => {
                tell(Lesson::Nameless);
                return Found::Unknown;
            }
        };
        let first = match found {
            Found::Slot(slot) => slot,
            _ => UNBOUND,
        };
        if let Some(alias) = metric.alias
            && !self.insert_alias(alias, first)
        {
            tell(Lesson::AliasTaken(alias));
        }
        let datatype = metric.datatype.unwrap_or_default();
        let datatype = DataType::from_code(datatype).unwrap_or_default();
        let unit = match metric.properties.map(Properties::read) {
            Some(Ok(properties)) => properties.unit,
            _ => None,
        };
        let mut at = first;
        while let Some(slot) = self.slots.get_mut(at as usize) {
            if slot.datatype != datatype && slot.datatype != DataType::Unknown {
                tell(Lesson::TypeChanged(slot.datatype, datatype));
            }
            slot.datatype = datatype;
            slot.doubt = Quality::Good;
            if let (Some(unit), Some(&wanted)) = (unit, self.names.units.get(at as usize))
                && is_other_scale(unit, wanted)
            {
                slot.doubt = Quality::Bad(Cause::WrongType);
                tell(Lesson::OtherUnit(unit, wanted));
            }
            at = slot.next;
        }
        found
    }
}

/// Whether a number means something else in one unit than in the other, of the same quantity.
/// Different quantities may be different names for one thing (1/min and rpm) and are left alone.
fn is_other_scale(a: Unit, b: Unit) -> bool {
    a.quantity == b.quantity
        && b != Unit::NONE
        && (a.to_si(0.0) != b.to_si(0.0) || a.to_si(1.0) != b.to_si(1.0))
}

/// What a birth says that the user should know.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Lesson {
    /// A metric without a name.
    #[error("a metric of the birth has no name")]
    Nameless,
    /// Two metrics with one alias.
    #[error("alias {0} is given to two metrics; the first one has it")]
    AliasTaken(u64),
    /// Another data type than in the birth before.
    #[error("changed its data type from {0:?} to {1:?}")]
    TypeChanged(DataType, DataType),
    /// Another unit than in the scene: its values would be wrong by a factor.
    #[error("is sent in {0}, the scene says {1}: correct the signal's unit in the scene")]
    OtherUnit(Unit, Unit),
}

/// A value with its quality and time, as a message says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: Value,
    /// How far the source vouches for it.
    pub quality: Quality,
    /// When the source says it was true.
    pub time: Option<Timestamp>,
}

impl Reading {
    /// Reads value, quality and time of a metric whose birth said `datatype`.
    ///
    /// # Errors
    /// When the value cannot be used, see [`ValueError`].
    #[inline(always)]
    pub fn of(
        metric: &Metric<'_>,
        datatype: DataType,
        head: &Head<'_>,
    ) -> Result<Self, ValueError> {
        let datatype = match metric.datatype {
            None | Some(0) => datatype,
            Some(code) => DataType::from_code(code).ok_or(ValueError::UnknownType(code))?,
        };
        let value = match metric.value {
            _ if metric.is_null => Value::Null,
            Some(raw) => value::value_of(datatype, raw)?,
            None => return Err(ValueError::Missing),
        };
        let mut quality = value::quality_of(value);
        if let Some(properties) = metric.properties
            && let Ok(properties) = Properties::read(properties)
            && let Some(reported) = properties.quality
        {
            quality = quality.worst(reported);
        }
        Ok(Self {
            value,
            quality,
            time: metric.timestamp.or(head.timestamp).map(time_of),
        })
    }

    /// What stands for a value that cannot be used: the one before it is no longer true.
    pub fn unusable(metric: &Metric<'_>, head: &Head<'_>) -> Self {
        Self {
            value: Value::Null,
            quality: Quality::Bad(Cause::WrongType),
            time: metric.timestamp.or(head.timestamp).map(time_of),
        }
    }
}

/// Milliseconds since the epoch as an instant; what lies beyond its range is its end.
#[inline]
pub fn time_of(millis: u64) -> Timestamp {
    i64::try_from(millis).map_or(Timestamp::MAX, Timestamp::from_millis)
}
