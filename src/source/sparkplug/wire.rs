//! Reads Sparkplug payloads in place: no copy, no allocation, no recursion.
//!
//! [`Head::read`] walks the outer fields once (a hop per metric) and so checks the framing of the
//! whole message before anything of it is used; [`Metrics`] then reads one metric after another as
//! slices of the payload. Every length is checked against what is left, so hostile bytes cost at
//! most one pass over them.
//!
//! Source: Protocol Buffers encoding (protobuf.dev/programming-guides/encoding), field numbers of
//! Sparkplug 3.0.0 §6.4.1. Unknown fields are skipped, the last of a repeated scalar field wins;
//! groups, which no Sparkplug message has, are an error.

/// Bytes that are not a Sparkplug payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A field says it is longer than what is left.
    #[error("ends in the middle of a field")]
    Truncated,
    /// A number of more than ten bytes, or of more than 64 bits.
    #[error("holds a number of more than 64 bits")]
    Varint,
    /// Field number 0, or one beyond 2²⁹ − 1.
    #[error("holds a field with an impossible number")]
    Key,
    /// A known field in another encoding than its own, or an encoding that is not used.
    #[error("field {0} is not encoded as Sparkplug wants it")]
    WireType(u32),
    /// More metrics than [`MAX_METRICS`].
    #[error("holds more than {MAX_METRICS} metrics")]
    TooMany,
}

/// Metrics taken from one message; a birth of a large node has thousands.
pub const MAX_METRICS: usize = 262_144;

/// Key of [`Head`]'s metrics: field 2, bytes.
const METRIC: u8 = 2 << 3 | BYTES;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const BYTES: u8 = 2;
const FIXED32: u8 = 5;

/// One field: its number and what it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of one message, in order.
#[derive(Clone, Copy, Debug)]
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    #[inline(always)]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    /// Two to eight bytes at once, as times and aliases are: the low seven bits of each byte are
    /// moved together by halves.
    #[inline]
    fn long_varint(&mut self) -> Result<u64, WireError> {
        let Some(word) = self.rest.first_chunk().copied().map(u64::from_le_bytes) else {
            return self.any_varint();
        };
        let ends = !word & 0x8080_8080_8080_8080;
        if ends == 0 {
            return self.any_varint();
        }
        let bits = word & (ends ^ (ends - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
        let bits = bits & 0x007f_007f_007f_007f | (bits & 0x7f00_7f00_7f00_7f00) >> 1;
        let bits = bits & 0x0000_3fff_0000_3fff | (bits & 0x3fff_0000_3fff_0000) >> 2;
        let bits = bits & 0x0000_0000_0fff_ffff | (bits & 0x0fff_ffff_0000_0000) >> 4;
        let length = ends.trailing_zeros() as usize / 8 + 1;
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(bits)
    }

    /// Any length, also near the end.
    #[cold]
    fn any_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        for (at, byte) in self.rest.iter().take(10).enumerate() {
            // The tenth byte holds the top bit only.
            if at == 9 && *byte > 1 {
                return Err(WireError::Varint);
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(WireError::Truncated)
    }

    #[inline(always)]
    fn take(&mut self, length: u64) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(length).map_err(|_| WireError::Truncated)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// The first byte: the whole key of a field with a number below 16.
    #[inline(always)]
    fn key(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Moves behind a key of one byte.
    #[inline(always)]
    fn enter(&mut self) -> &mut Self {
        self.rest = self.rest.get(1..).unwrap_or_default();
        self
    }

    #[inline(always)]
    fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.varint()?;
        self.take(length)
    }

    /// The next field; `None` at the end.
    #[inline]
    fn next(&mut self) -> Result<Option<(u32, Field<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(number @ 1..=0x1fff_ffff) => number,
            _ => return Err(WireError::Key),
        };
        let field = match (key & 7) as u8 {
            VARINT => Field::Varint(self.varint()?),
            FIXED64 => Field::Fixed64(self.array()?),
            BYTES => Field::Bytes(self.bytes()?),
            FIXED32 => Field::Fixed32(self.array()?),
            _ => return Err(WireError::WireType(number)),
        };
        Ok(Some((number, field)))
    }
}

/// What a message says beside its metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// When it was sent, ms since the epoch.
    pub timestamp: Option<u64>,
    /// Its place in the sequence; lawful are 0 to 255.
    pub seq: Option<u64>,
    /// Schema of the body, if it says one.
    pub uuid: &'a [u8],
    /// How many metrics it has.
    pub metrics: usize,
}

impl<'a> Head<'a> {
    /// The `uuid` of a payload whose real content is compressed in its body (Tahu's clients).
    pub const COMPRESSED: &'static [u8] = b"SPBV1.0_COMPRESSED";

    /// Reads everything but the metrics, and checks the framing of the whole message.
    ///
    /// # Errors
    /// When `payload` is not a protocol buffer with Sparkplug's fields.
    pub fn read(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut fields = Fields { rest: payload };
        let mut head = Self::default();
        loop {
            while fields.key() == Some(METRIC) {
                fields.enter().bytes()?;
                head.metrics += 1;
            }
            let Some((number, field)) = fields.next()? else {
                break;
            };
            match (number, field) {
                (1, Field::Varint(value)) => head.timestamp = Some(value),
                // Its key in more bytes than it needs.
                (2, Field::Bytes(_)) => head.metrics += 1,
                (3, Field::Varint(value)) => head.seq = Some(value),
                (4, Field::Bytes(text)) => head.uuid = text,
                (5, Field::Bytes(_)) => {}
                (number @ 1..=5, _) => return Err(WireError::WireType(number)),
                _ => {}
            }
        }
        if head.metrics > MAX_METRICS {
            return Err(WireError::TooMany);
        }
        Ok(head)
    }
}

/// The metrics of a message, in order; each may be malformed by itself.
#[derive(Clone, Copy, Debug)]
pub struct Metrics<'a> {
    fields: Fields<'a>,
}

impl<'a> Metrics<'a> {
    /// The metrics of `payload`, which [`Head::read`] has accepted; ends early where it would not.
    pub fn of(payload: &'a [u8]) -> Self {
        let fields = Fields { rest: payload };
        Self { fields }
    }
}

impl<'a> Metrics<'a> {
    /// Reads the next metric into `metric`, whatever was in it; `None` at the end. For the busiest
    /// loop: a metric is large, and this way it is never moved.
    #[inline(always)]
    pub fn next_into(&mut self, metric: &mut Metric<'a>) -> Option<Result<(), WireError>> {
        let bytes = self.next_bytes()?;
        *metric = Metric::default();
        Some(metric.read_fields(bytes))
    }

    #[inline(always)]
    fn next_bytes(&mut self) -> Option<&'a [u8]> {
        loop {
            if self.fields.key() == Some(METRIC) {
                return self.fields.enter().bytes().ok();
            }
            match self.fields.next() {
                Ok(Some((2, Field::Bytes(metric)))) => return Some(metric),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Result<Metric<'a>, WireError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_bytes().map(Metric::read)
    }
}

/// One metric, borrowed from its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metric<'a> {
    /// Name, if it is there; not yet known to be UTF-8.
    pub name: Option<&'a [u8]>,
    /// Alias, if it is there.
    pub alias: Option<u64>,
    /// When the value was true, ms since the epoch.
    pub timestamp: Option<u64>,
    /// Code of its data type, if it is there.
    pub datatype: Option<u32>,
    /// An old value sent late.
    pub is_historical: bool,
    /// The sender does not want it stored by a historian.
    pub is_transient: bool,
    /// There is no value.
    pub is_null: bool,
    /// Its property set, if it is there; see [`properties`](super::value::Properties).
    pub properties: Option<&'a [u8]>,
    /// Its value as it is on the wire; `None` when no value field is there.
    pub value: Option<RawValue<'a>>,
}

/// A value as it is on the wire, before its data type says what it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RawValue<'a> {
    /// `int_value`; wider than 32 bits when the sender extended the sign.
    Int(u64),
    /// `long_value`.
    Long(u64),
    /// `float_value`.
    Float(f32),
    /// `double_value`.
    Double(f64),
    /// `boolean_value`.
    Boolean(bool),
    /// `string_value`; not yet known to be UTF-8.
    String(&'a [u8]),
    /// `bytes_value`, `dataset_value`, `template_value`, `extension_value`: no single value.
    Compound,
}

impl<'a> Metric<'a> {
    /// Reads the fields of one metric.
    ///
    /// # Errors
    /// When `bytes` is not a metric.
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut metric = Self::default();
        metric.read_fields(bytes)?;
        Ok(metric)
    }

    #[inline(always)]
    fn read_fields(&mut self, bytes: &'a [u8]) -> Result<(), WireError> {
        let mut fields = Fields { rest: bytes };
        let metric = self;
        while let Some(key) = fields.key() {
            match key {
                0x0a => metric.name = Some(fields.enter().bytes()?),
                0x10 => metric.alias = Some(fields.enter().varint()?),
                0x18 => metric.timestamp = Some(fields.enter().varint()?),
                0x20 => metric.datatype = Some(code(fields.enter().varint()?)),
                0x4a => metric.properties = Some(fields.enter().bytes()?),
                0x50 => metric.value = Some(RawValue::Int(fields.enter().varint()?)),
                0x58 => metric.value = Some(RawValue::Long(fields.enter().varint()?)),
                0x65 => {
                    let bytes = fields.enter().array()?;
                    metric.value = Some(RawValue::Float(f32::from_le_bytes(bytes)));
                }
                0x69 => {
                    let bytes = fields.enter().array()?;
                    metric.value = Some(RawValue::Double(f64::from_le_bytes(bytes)));
                }
                0x70 => metric.value = Some(RawValue::Boolean(fields.enter().varint()? != 0)),
                0x7a => metric.value = Some(RawValue::String(fields.enter().bytes()?)),
                _ => metric.read_other(&mut fields)?,
            }
        }
        Ok(())
    }

    /// Reads a field that is not in every message, or whose key takes more bytes than it needs.
    #[cold]
    fn read_other(&mut self, fields: &mut Fields<'a>) -> Result<(), WireError> {
        let Some((number, field)) = fields.next()? else {
            return Ok(());
        };
        match (number, field) {
            (1, Field::Bytes(name)) => self.name = Some(name),
            (2, Field::Varint(alias)) => self.alias = Some(alias),
            (3, Field::Varint(time)) => self.timestamp = Some(time),
            (4, Field::Varint(value)) => self.datatype = Some(code(value)),
            (5, Field::Varint(flag)) => self.is_historical = flag != 0,
            (6, Field::Varint(flag)) => self.is_transient = flag != 0,
            (7, Field::Varint(flag)) => self.is_null = flag != 0,
            (8, Field::Bytes(_)) => {}
            (9, Field::Bytes(properties)) => self.properties = Some(properties),
            (10, Field::Varint(value)) => self.value = Some(RawValue::Int(value)),
            (11, Field::Varint(value)) => self.value = Some(RawValue::Long(value)),
            (12, Field::Fixed32(bytes)) => {
                self.value = Some(RawValue::Float(f32::from_le_bytes(bytes)));
            }
            (13, Field::Fixed64(bytes)) => {
                self.value = Some(RawValue::Double(f64::from_le_bytes(bytes)));
            }
            (14, Field::Varint(value)) => self.value = Some(RawValue::Boolean(value != 0)),
            (15, Field::Bytes(text)) => self.value = Some(RawValue::String(text)),
            (16..=19, Field::Bytes(_)) => self.value = Some(RawValue::Compound),
            (number @ 1..=19, _) => return Err(WireError::WireType(number)),
            _ => {}
        }
        Ok(())
    }
}

/// A data type's code, which has 32 bits.
fn code(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// One property of a metric: key and value, borrowed from its payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Property<'a> {
    /// Key; not yet known to be UTF-8.
    pub key: &'a [u8],
    /// Code of its data type, if it is there.
    pub datatype: Option<u32>,
    /// Its value, if it has one: a nested property set counts as [`RawValue::Compound`].
    pub value: Option<RawValue<'a>>,
}

/// Calls `visit` for each property of a property set, pairing the n-th key with the n-th value.
///
/// # Errors
/// When `bytes` is not a property set, or has not as many keys as values.
pub fn visit_properties<'a>(
    bytes: &'a [u8],
    mut visit: impl FnMut(Property<'a>),
) -> Result<(), WireError> {
    // Keys may stand before, behind or between values: one cursor for each kind.
    let mut keys = Fields { rest: bytes };
    let mut values = Fields { rest: bytes };
    loop {
        let key = next_bytes(&mut keys, 1)?;
        let value = next_bytes(&mut values, 2)?;
        match (key, value) {
            (Some(key), Some(value)) => visit(read_property(key, value)?),
            (None, None) => return Ok(()),
            _ => return Err(WireError::WireType(9)),
        }
    }
}

fn next_bytes<'a>(fields: &mut Fields<'a>, wanted: u32) -> Result<Option<&'a [u8]>, WireError> {
    while let Some((number, field)) = fields.next()? {
        match field {
            Field::Bytes(bytes) if number == wanted => return Ok(Some(bytes)),
            _ if number == wanted => return Err(WireError::WireType(number)),
            _ => {}
        }
    }
    Ok(None)
}

fn read_property<'a>(key: &'a [u8], bytes: &'a [u8]) -> Result<Property<'a>, WireError> {
    let mut fields = Fields { rest: bytes };
    let mut property = Property {
        key,
        datatype: None,
        value: None,
    };
    while let Some((number, field)) = fields.next()? {
        let value = match (number, field) {
            (1, Field::Varint(code)) => {
                property.datatype = Some(self::code(code));
                continue;
            }
            (2, Field::Varint(_)) => continue,
            (3, Field::Varint(value)) => RawValue::Int(value),
            (4, Field::Varint(value)) => RawValue::Long(value),
            (5, Field::Fixed32(bytes)) => RawValue::Float(f32::from_le_bytes(bytes)),
            (6, Field::Fixed64(bytes)) => RawValue::Double(f64::from_le_bytes(bytes)),
            (7, Field::Varint(value)) => RawValue::Boolean(value != 0),
            (8, Field::Bytes(text)) => RawValue::String(text),
            (9..=11, Field::Bytes(_)) => RawValue::Compound,
            (number @ 1..=11, _) => return Err(WireError::WireType(number)),
            _ => continue,
        };
        property.value = Some(value);
    }
    Ok(property)
}
