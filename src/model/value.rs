//! [`Value`]: what a sample carries, and [`Text`], its interned strings.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use serde::{Serialize, Serializer};

/// One measured or derived value. Small and `Copy`, so that a batch of samples is plain memory.
///
/// Integers keep their own variants: a 64-bit counter or serial number beyond 2⁵³ stays exact from
/// the wire to the file and the screen.
///
/// Laid out as two words, so that it travels in registers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u64)]
pub enum Value {
    /// No value: Sparkplug's null, JSON's `null`. Its sample's quality is Bad.
    Null,
    /// A real number, in the signal's own unit. May be NaN or infinite: then the quality is Bad.
    Float(f64),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer too large for [`Value::Integer`].
    Unsigned(u64),
    /// A truth value.
    Boolean(bool),
    /// A text.
    Text(Text),
}

/// Numbers of kinds of values. They are in files.
pub(crate) mod kind {
    pub const NULL: u8 = 0;
    pub const FLOAT: u8 = 1;
    pub const INTEGER: u8 = 2;
    pub const UNSIGNED: u8 = 3;
    pub const BOOLEAN: u8 = 4;
    pub const TEXT: u8 = 5;
}

impl Value {
    /// Its kind, as [`kind`] numbers them, and 64 bits that say the rest: how columns keep values. A
    /// text is its [`Text::index`].
    #[inline(always)]
    pub(crate) const fn word(self) -> (u8, u64) {
        match self {
            Self::Null => (kind::NULL, 0),
            Self::Float(real) => (kind::FLOAT, real.to_bits()),
            Self::Integer(whole) => (kind::INTEGER, whole as u64),
            Self::Unsigned(whole) => (kind::UNSIGNED, whole),
            Self::Boolean(truth) => (kind::BOOLEAN, truth as u64),
            Self::Text(text) => (kind::TEXT, text.index() as u64),
        }
    }

    /// Of what [`Value::word`] gave; null where nothing is known of the kind.
    #[inline(always)]
    pub(crate) fn of_word(kind: u8, bits: u64) -> Self {
        match kind {
            kind::FLOAT => Self::Float(f64::from_bits(bits)),
            kind::INTEGER => Self::Integer(bits as i64),
            kind::UNSIGNED => Self::Unsigned(bits),
            kind::BOOLEAN => Self::Boolean(bits != 0),
            kind::TEXT => Self::Text(Text::from_index(bits as u32)),
            _ => Self::Null,
        }
    }

    /// The value as a number, for limits, plots and motion; booleans are 0 and 1.
    ///
    /// `None` for texts, null and numbers that are not finite.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Self::Float(value) => value.is_finite().then_some(value),
            Self::Integer(value) => Some(value as f64),
            Self::Unsigned(value) => Some(value as f64),
            Self::Boolean(value) => Some(f64::from(u8::from(value))),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// The value as a truth value: booleans, and numbers that are 0 or not.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(value),
            Self::Integer(value) => Some(value != 0),
            Self::Unsigned(value) => Some(value != 0),
            Self::Float(value) => value.is_finite().then_some(value != 0.0),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// The value as a text, if it is one.
    pub fn as_text(self) -> Option<&'static str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Whether both stand for the same value bit by bit (NaN equals NaN; 1 and 1.0 differ).
    pub fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            _ => self == other,
        }
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::Unsigned(value), Self::Integer)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Float(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Text(text) => text.as_str().fmt(f),
        }
    }
}

/// As a JSON scalar; what JSON cannot say (NaN, infinities) becomes null.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_none(),
            Self::Float(value) if value.is_finite() => serializer.serialize_f64(value),
            Self::Float(_) => serializer.serialize_none(),
            Self::Integer(value) => serializer.serialize_i64(value),
            Self::Unsigned(value) => serializer.serialize_u64(value),
            Self::Boolean(value) => serializer.serialize_bool(value),
            Self::Text(text) => serializer.serialize_str(text.as_str()),
        }
    }
}

/// An interned, immutable text: states, order and part ids, messages.
///
/// Equal texts are one number, so samples stay `Copy` and comparing is free. The table lives as
/// long as the program and is bounded ([`Text::TABLE_BYTES`], [`Text::MAX_BYTES`] for one text);
/// a plant that sends endless fresh texts gets [`Text::OVERFLOW`] instead of all the memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(u32);

struct TextTable {
    by_text: HashMap<&'static str, u32>,
    by_id: Vec<&'static str>,
    bytes: usize,
    refused: u64,
}

static TABLE: LazyLock<RwLock<TextTable>> = LazyLock::new(|| {
    let mut table = TextTable {
        by_text: HashMap::new(),
        by_id: Vec::new(),
        bytes: 0,
        refused: 0,
    };
    for (id, text) in ["", "(text table full)"].into_iter().enumerate() {
        table.by_text.insert(text, id as u32);
        table.by_id.push(text);
    }
    RwLock::new(table)
});

impl Text {
    /// The empty text.
    pub const EMPTY: Self = Self(0);
    /// Stands for every text that came after the table was full.
    pub const OVERFLOW: Self = Self(1);
    /// Bytes of text the table holds at most.
    pub const TABLE_BYTES: usize = 64 << 20;
    /// Bytes of one text; a longer one is cut at a character boundary.
    pub const MAX_BYTES: usize = 4096;

    /// Interns `text`.
    pub fn new(text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(Self::MAX_BYTES)];
        let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = table.by_text.get(text) {
            return Self(id);
        }
        drop(table);
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = table.by_text.get(text) {
            return Self(id);
        }
        let id = table.by_id.len();
        if table.bytes + text.len() > Self::TABLE_BYTES || id >= 4 << 20 {
            table.refused += 1;
            return Self::OVERFLOW;
        }
        let kept: &'static str = Box::leak(text.into());
        table.bytes += kept.len();
        table.by_id.push(kept);
        table.by_text.insert(kept, id as u32);
        Self(id as u32)
    }

    /// The text itself.
    pub fn as_str(self) -> &'static str {
        let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
        table.by_id.get(self.0 as usize).copied().unwrap_or("")
    }

    /// How many texts were refused because the table was full.
    pub fn refused() -> u64 {
        TABLE.read().unwrap_or_else(PoisonError::into_inner).refused
    }

    /// The dense number of this text, for columns in memory. Not stable between runs.
    pub const fn index(self) -> u32 {
        self.0
    }

    /// The text with this dense number, as [`Text::index`] gave it in this run.
    pub const fn from_index(index: u32) -> Self {
        Self(index)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
