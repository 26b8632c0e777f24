//! The messages of `sparkplug_b.proto` (package `org.eclipse.tahu.protobuf`), for *encoding*: what
//! the emulator and the host's own rebirth request publish.
//!
//! Decoding does not go through these types: [`wire`](super::wire) reads the bytes in place.
//! Data sets and templates are left out; this program never publishes them.
//!
//! Source: Sparkplug 3.0.0 §6.4, field numbers of the Google protocol buffer schema §6.4.1.

/// One Sparkplug message: the payload of NBIRTH, DBIRTH, NDATA, DDATA, NDEATH, DDEATH, NCMD, DCMD.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Payload {
    /// When the message was sent, ms since the epoch (UTC).
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// What it reports.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// 0 to 255, then 0 again; absent in NDEATH and commands.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
    /// Schema of `body`; not used by Sparkplug itself.
    #[prost(string, optional, tag = "4")]
    pub uuid: Option<String>,
    /// Anything else; not used by Sparkplug itself.
    #[prost(bytes = "vec", optional, tag = "5")]
    pub body: Option<Vec<u8>>,
}

/// One value of one named quantity.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Metric {
    /// Name; in data messages left out when the birth gave an alias.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Short form of the name, unique over a node and its devices.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When the value was true, ms since the epoch (UTC).
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// Code of its [`DataType`]; required in births only.
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// An old value sent late: belongs to the past, says nothing of now.
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    /// The sender does not want it stored.
    #[prost(bool, optional, tag = "6")]
    pub is_transient: Option<bool>,
    /// There is no value now.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// Unit, quality and whatever else the sender says about it.
    #[prost(message, optional, tag = "9")]
    pub properties: Option<PropertySet>,
    /// The value.
    #[prost(oneof = "metric::Value", tags = "10, 11, 12, 13, 14, 15, 16")]
    pub value: Option<metric::Value>,
}

/// The value field of a [`Metric`].
pub mod metric {
    use super::DataType;
    use crate::model;

    /// A value in the field that its data type prescribes (Sparkplug 3.0.0 §6.4.16).
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Value {
        /// Int8, Int16, Int32 in two's complement; UInt8, UInt16, UInt32.
        #[prost(uint32, tag = "10")]
        Int(u32),
        /// Int64 in two's complement; UInt64; DateTime in ms since the epoch.
        #[prost(uint64, tag = "11")]
        Long(u64),
        /// Float.
        #[prost(float, tag = "12")]
        Float(f32),
        /// Double.
        #[prost(double, tag = "13")]
        Double(f64),
        /// Boolean.
        #[prost(bool, tag = "14")]
        Boolean(bool),
        /// String, Text, UUID.
        #[prost(string, tag = "15")]
        String(String),
        /// Bytes, File, arrays.
        #[prost(bytes = "vec", tag = "16")]
        Bytes(Vec<u8>),
    }

    impl Value {
        /// `value` as `datatype` wants it on the wire.
        ///
        /// `None` when it does not fit that type exactly (a text for a number, 300 for a UInt8) or
        /// is null: a null metric has `is_null` and no value.
        pub fn new(datatype: DataType, value: model::Value) -> Option<Self> {
            let signed = match value {
                model::Value::Integer(value) => Some(value),
                model::Value::Boolean(value) => Some(i64::from(value)),
                _ => None,
            };
            let unsigned = match value {
                model::Value::Unsigned(value) => Some(value),
                _ => signed.and_then(|value| u64::try_from(value).ok()),
            };
            // `as u32` of a sign-extended i32 is its two's complement, as §6.4.16 wants it.
            let int = |value: i32| Self::Int(value as u32);
            Some(match datatype {
                DataType::Int8 => int(i8::try_from(signed?).ok()?.into()),
                DataType::Int16 => int(i16::try_from(signed?).ok()?.into()),
                DataType::Int32 => int(i32::try_from(signed?).ok()?),
                DataType::Int64 => Self::Long(signed? as u64),
                DataType::UInt8 => Self::Int(u8::try_from(unsigned?).ok()?.into()),
                DataType::UInt16 => Self::Int(u16::try_from(unsigned?).ok()?.into()),
                DataType::UInt32 => Self::Int(u32::try_from(unsigned?).ok()?),
                DataType::UInt64 | DataType::DateTime => Self::Long(unsigned?),
                DataType::Float => Self::Float(number(value)? as f32),
                DataType::Double => Self::Double(number(value)?),
                DataType::Boolean => match value {
                    model::Value::Boolean(value) => Self::Boolean(value),
                    _ => return None,
                },
                DataType::String | DataType::Text | DataType::Uuid => {
                    Self::String(value.as_text()?.to_owned())
                }
                _ => return None,
            })
        }
    }

    /// The number, also when it is not finite: Sparkplug carries NaN and infinities.
    fn number(value: model::Value) -> Option<f64> {
        match value {
            model::Value::Float(value) => Some(value),
            model::Value::Integer(value) => Some(value as f64),
            model::Value::Unsigned(value) => Some(value as f64),
            _ => None,
        }
    }
}

/// Properties of a metric: as many values as keys.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PropertySet {
    /// `Quality`, `engUnit`, …
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// One for each key.
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<PropertyValue>,
}

impl PropertySet {
    /// Key of the property that carries the quality code: 0 bad, 192 good, 500 stale (§6.4.6).
    pub const QUALITY: &str = "Quality";
    /// Key of the property that carries the unit's symbol, as most senders spell it.
    pub const UNIT: &str = "engUnit";

    /// Adds a quality code: 0 bad, 192 good, 500 stale.
    pub fn quality(mut self, code: u32) -> Self {
        self.keys.push(Self::QUALITY.into());
        self.values.push(PropertyValue {
            r#type: Some(DataType::Int32 as u32),
            is_null: None,
            value: Some(property_value::Value::Int(code)),
        });
        self
    }

    /// Adds the unit's symbol.
    pub fn unit(mut self, symbol: &str) -> Self {
        self.keys.push(Self::UNIT.into());
        self.values.push(PropertyValue {
            r#type: Some(DataType::String as u32),
            is_null: None,
            value: Some(property_value::Value::String(symbol.into())),
        });
        self
    }
}

/// One property of a metric.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PropertyValue {
    /// Code of its [`DataType`].
    #[prost(uint32, optional, tag = "1")]
    pub r#type: Option<u32>,
    /// There is no value.
    #[prost(bool, optional, tag = "2")]
    pub is_null: Option<bool>,
    /// The value.
    #[prost(oneof = "property_value::Value", tags = "3, 4, 5, 6, 7, 8")]
    pub value: Option<property_value::Value>,
}

/// The value field of a [`PropertyValue`].
pub mod property_value {
    /// A value in the field that its data type prescribes.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Value {
        /// Integers of up to 32 bits.
        #[prost(uint32, tag = "3")]
        Int(u32),
        /// Integers of 64 bits, DateTime.
        #[prost(uint64, tag = "4")]
        Long(u64),
        /// Float.
        #[prost(float, tag = "5")]
        Float(f32),
        /// Double.
        #[prost(double, tag = "6")]
        Double(f64),
        /// Boolean.
        #[prost(bool, tag = "7")]
        Boolean(bool),
        /// String, Text, UUID.
        #[prost(string, tag = "8")]
        String(String),
    }
}

/// Type of a metric's value (Sparkplug 3.0.0 §6.4.16). The numbers are the codes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
#[expect(
    missing_docs,
    reason = "the names are the specification's and say it all"
)]
pub enum DataType {
    #[default]
    Unknown = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    UInt8 = 5,
    UInt16 = 6,
    UInt32 = 7,
    UInt64 = 8,
    Float = 9,
    Double = 10,
    Boolean = 11,
    String = 12,
    DateTime = 13,
    Text = 14,
    Uuid = 15,
    DataSet = 16,
    Bytes = 17,
    File = 18,
    Template = 19,
    PropertySet = 20,
    PropertySetList = 21,
    Int8Array = 22,
    Int16Array = 23,
    Int32Array = 24,
    Int64Array = 25,
    UInt8Array = 26,
    UInt16Array = 27,
    UInt32Array = 28,
    UInt64Array = 29,
    FloatArray = 30,
    DoubleArray = 31,
    BooleanArray = 32,
    StringArray = 33,
    DateTimeArray = 34,
}

impl DataType {
    /// Every type, in order of its code.
    pub const ALL: [Self; 35] = [
        Self::Unknown,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float,
        Self::Double,
        Self::Boolean,
        Self::String,
        Self::DateTime,
        Self::Text,
        Self::Uuid,
        Self::DataSet,
        Self::Bytes,
        Self::File,
        Self::Template,
        Self::PropertySet,
        Self::PropertySetList,
        Self::Int8Array,
        Self::Int16Array,
        Self::Int32Array,
        Self::Int64Array,
        Self::UInt8Array,
        Self::UInt16Array,
        Self::UInt32Array,
        Self::UInt64Array,
        Self::FloatArray,
        Self::DoubleArray,
        Self::BooleanArray,
        Self::StringArray,
        Self::DateTimeArray,
    ];

    /// The type with this code, if the specification knows it.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }
}
