//! Reads a few fields out of a JSON message by RFC 6901 pointers, without building it in memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar::Scalar;

/// The fields that are wanted, as a tree of pointer tokens.
#[derive(Debug, Default)]
pub struct Fields {
    nodes: Vec<Node>,
    count: usize,
}

#[derive(Debug, Default)]
struct Node {
    field: Option<usize>,
    children: Vec<(Box<str>, usize)>,
}

/// What was found of each field: numbers keep their text, so that a time keeps every digit.
#[derive(Debug, Default)]
pub struct Found {
    fields: Vec<Field>,
    text: String,
}

#[derive(Clone, Copy, Debug, Default)]
enum Field {
    #[default]
    Missing,
    Null,
    Boolean(bool),
    /// Where its text is.
    Number(usize, usize),
    Text(usize, usize),
    Compound,
}

impl Fields {
    /// No fields yet.
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            count: 0,
        }
    }

    /// Adds the field at `pointer` and gives its number; the same pointer gives the same number.
    pub fn add(&mut self, pointer: &str) -> usize {
        let mut at = 0;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let fresh = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                break;
            };
            let known = node.children.iter().find(|(key, _)| **key == *token);
            at = if let Some(&(_, child)) = known {
                child
            } else {
                node.children.push((token.into(), fresh));
                self.nodes.push(Node::default());
                fresh
            };
        }
        let fresh = self.count;
        match self.nodes.get_mut(at) {
            Some(node) => match node.field {
                Some(field) => field,
                None => {
                    node.field = Some(fresh);
                    self.count += 1;
                    fresh
                }
            },
            None => 0,
        }
    }

    /// Sorts the tree for reading. To be called once, after the last [`Fields::add`].
    pub fn finish(&mut self) {
        for node in &mut self.nodes {
            node.children.sort();
        }
    }

    /// Reads a message; the error says where it is not JSON.
    pub fn read(&self, message: &[u8], found: &mut Found) -> Result<(), serde_json::Error> {
        found.fields.clear();
        found.fields.resize(self.count, Field::Missing);
        found.text.clear();
        let mut json = serde_json::Deserializer::from_slice(message);
        At {
            fields: self,
            node: 0,
            found,
        }
        .deserialize(&mut json)?;
        json.end()
    }
}

impl Node {
    fn child(&self, key: &str) -> Option<usize> {
        let children = &self.children;
        let at = children
            .binary_search_by(|(other, _)| (**other).cmp(key))
            .ok()?;
        children.get(at).map(|&(_, child)| child)
    }
}

impl Found {
    /// The field with this number; `None` when the message has none.
    pub fn scalar(&self, field: usize) -> Option<Scalar<'_>> {
        Some(match *self.fields.get(field)? {
            Field::Missing => return None,
            Field::Null => Scalar::Null,
            Field::Boolean(value) => Scalar::Boolean(value),
            Field::Number(start, end) => {
                super::scalar::number(self.text.get(start..end)?).unwrap_or(Scalar::Compound)
            }
            Field::Text(start, end) => Scalar::Text(self.text.get(start..end)?),
            Field::Compound => Scalar::Compound,
        })
    }

    /// The text of a number or text field; `None` when it is missing, null or neither.
    pub fn text(&self, field: usize) -> Option<&str> {
        match *self.fields.get(field)? {
            Field::Number(start, end) | Field::Text(start, end) => self.text.get(start..end),
            _ => None,
        }
    }

    /// Whether the message has this field and it is not null.
    pub fn has(&self, field: usize) -> bool {
        !matches!(
            self.fields.get(field),
            None | Some(Field::Missing | Field::Null)
        )
    }

    fn set(&mut self, field: usize, value: Field) {
        if let Some(slot) = self.fields.get_mut(field) {
            *slot = value;
        }
    }

    fn keep(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }
}

/// Reads the value at one node of the tree.
struct At<'a> {
    fields: &'a Fields,
    node: usize,
    found: &'a mut Found,
}

impl At<'_> {
    fn node(&self) -> Option<&Node> {
        self.fields.nodes.get(self.node)
    }

    fn set(&mut self, value: Field) {
        if let Some(field) = self.node().and_then(|node| node.field) {
            self.found.set(field, value);
        }
    }

    fn number(mut self, number: impl fmt::Display) {
        use fmt::Write as _;
        let start = self.found.text.len();
        let _ = write!(self.found.text, "{number}");
        let end = self.found.text.len();
        self.set(Field::Number(start, end));
    }
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        let is_leaf = self
            .node()
            .is_some_and(|node| node.children.is_empty() && node.field.is_some());
        if !is_leaf {
            return deserializer.deserialize_any(self);
        }
        // The raw text: numbers keep every digit, and nothing is converted twice.
        let raw: &serde_json::value::RawValue = serde::Deserialize::deserialize(deserializer)?;
        let raw = raw.get().trim_ascii();
        let value = match raw.as_bytes().first() {
            Some(b'n') => Field::Null,
            Some(b't') => Field::Boolean(true),
            Some(b'f') => Field::Boolean(false),
            Some(b'[' | b'{') => Field::Compound,
            Some(b'"') => {
                let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
                let (start, end) = if inner.contains('\\') {
                    let text: String = serde_json::from_str(raw).map_err(D::Error::custom)?;
                    self.found.keep(&text)
                } else {
                    self.found.keep(inner)
                };
                Field::Text(start, end)
            }
            _ => {
                let (start, end) = self.found.keep(raw);
                Field::Number(start, end)
            }
        };
        self.set(value);
        Ok(())
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.set(Field::Compound);
        let fields = self.fields;
        while let Some(child) = map.next_key_seed(Key(fields.nodes.get(self.node)))? {
            match child {
                Some(node) => map.next_value_seed(At {
                    fields,
                    node,
                    found: &mut *self.found,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.set(Field::Compound);
        let fields = self.fields;
        let mut at = 0_usize;
        loop {
            let mut digits = [0; 20];
            let child = fields
                .nodes
                .get(self.node)
                .and_then(|node| node.child(decimal(at, &mut digits)));
            let next = match child {
                Some(node) => seq.next_element_seed(At {
                    fields,
                    node,
                    found: &mut *self.found,
                })?,
                None => seq.next_element::<IgnoredAny>()?.map(|_| ()),
            };
            if next.is_none() {
                return Ok(());
            }
            at += 1;
        }
    }

    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.set(Field::Null);
        Ok(())
    }

    fn visit_bool<E>(mut self, value: bool) -> Result<(), E> {
        self.set(Field::Boolean(value));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.number(number);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.number(number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.number(number);
        Ok(())
    }

    fn visit_str<E>(mut self, text: &str) -> Result<(), E> {
        let (start, end) = self.found.keep(text);
        self.set(Field::Text(start, end));
        Ok(())
    }
}

/// `number` in decimal, without an allocation.
fn decimal(mut number: usize, digits: &mut [u8; 20]) -> &str {
    let mut start = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start = at;
        if number == 0 {
            break;
        }
    }
    std::str::from_utf8(digits.get(start..).unwrap_or_default()).unwrap_or_default()
}

/// Reads a key and looks it up at once: no key is copied.
struct Key<'a>(Option<&'a Node>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.and_then(|node| node.child(key)))
    }
}
