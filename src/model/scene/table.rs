//! [`Table`] and [`Field`]: reading spanned TOML by hand, so that every mistake is found, not only
//! the first.
//!
//! A table remembers which keys were asked for; when it is dropped, the others are unknown keys.
//! Reading never fails early: a field that is wrong is reported and reads as absent.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Report, Span, quote, suggest};
use super::duration::parse_duration;

/// A table of a file, with what it is called in messages.
pub(super) struct Table<'a> {
    table: &'a DeTable<'a>,
    /// Where it starts.
    pub at: Span,
    /// What it is, for messages: `[[equipment]]`.
    pub what: &'static str,
    pub report: &'a Report,
    asked: RefCell<Vec<&'static str>>,
    is_open: bool,
}

/// A value of a table or an array.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    value: &'a DeValue<'a>,
    /// Where the value is.
    pub at: Span,
    /// The key it belongs to.
    pub key: &'a str,
    pub report: &'a Report,
}

impl<'a> Table<'a> {
    pub fn new(report: &'a Report, table: &'a DeTable<'a>, at: Span, what: &'static str) -> Self {
        Self {
            table,
            at,
            what,
            report,
            asked: RefCell::new(Vec::new()),
            is_open: false,
        }
    }

    /// The value of a key, if it is there.
    pub fn get(&self, key: &'static str) -> Option<Field<'a>> {
        self.asked.borrow_mut().push(key);
        let value = self.table.get(key)?;
        Some(self.field(key, value))
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &'static str) -> Option<Field<'a>> {
        let field = self.get(key);
        if field.is_none() {
            self.report.error(
                self.at,
                format!("{} has no {}", self.what, quote(key)),
                None,
            );
        }
        field
    }

    /// A table under a key.
    pub fn table(&self, key: &'static str, what: &'static str) -> Option<Table<'a>> {
        self.get(key)?.table(what)
    }

    /// The tables of an array under a key: `[[key]]`.
    pub fn tables(&self, key: &'static str, what: &'static str) -> Vec<Table<'a>> {
        self.get(key)
            .and_then(|field| field.array())
            .unwrap_or_default()
            .into_iter()
            .filter_map(|field| field.table(what))
            .collect()
    }

    /// Every entry in the order of the file, for tables whose keys are names; nothing is unknown.
    pub fn entries(&mut self) -> Vec<(Field<'a>, Span)> {
        self.is_open = true;
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (key.span().start, self.field(key.get_ref(), value)))
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        entries
            .into_iter()
            .map(|(at, field)| (field, self.at.file.at(at)))
            .collect()
    }

    /// As [`Table::entries`], but without the keys that were asked for by name.
    pub fn other_entries(&mut self) -> Vec<(Field<'a>, Span)> {
        let mut entries = self.entries();
        let asked = self.asked.borrow();
        entries.retain(|(field, _)| !asked.contains(&field.key));
        entries
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Whether a key is there, without asking for it.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Stops looking for unknown keys: the table is wrong as a whole and that was said.
    pub fn abandon(mut self) {
        self.is_open = true;
    }

    fn field(&self, key: &'a str, value: &'a Spanned<DeValue<'a>>) -> Field<'a> {
        Field {
            value: value.get_ref(),
            at: self.at.file.at(value.span().start),
            key,
            report: self.report,
        }
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        if self.is_open {
            return;
        }
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            let word: &str = key.get_ref();
            if !asked.contains(&word) {
                let help = if self.report.is_full() {
                    None
                } else {
                    suggest(word, asked.iter().copied(), "known keys")
                };
                self.report.error(
                    self.at.file.at(key.span().start),
                    format!("unknown key {} in {}", quote(word), self.what),
                    help,
                );
            }
        }
    }
}

impl<'a> Field<'a> {
    /// Notes an error at this value.
    pub fn error(&self, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.report.error(self.at, message, help);
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let help = match (self.value, wanted) {
            (DeValue::Integer(_) | DeValue::Float(_), "a text") => {
                Some("put it in quotes".to_owned())
            }
            _ => None,
        };
        self.error(
            format!("{} must be {wanted}, this is {found}", quote(self.key)),
            help,
        );
        None
    }

    pub fn is_text(&self) -> bool {
        self.value.is_str()
    }

    pub fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub fn is_array(&self) -> bool {
        self.value.is_array()
    }

    pub fn is_bool(&self) -> bool {
        self.value.is_bool()
    }

    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("a text"),
        }
    }

    pub fn arc(&self) -> Option<Arc<str>> {
        self.text().map(Arc::from)
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A finite number.
    pub fn number(&self) -> Option<f64> {
        let number = match self.value {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(_) => self.value.as_integer().and_then(|integer| {
                i64::from_str_radix(integer.as_str(), integer.radix())
                    .ok()
                    .map(|number| number as f64)
            }),
            _ => return self.wrong_type("a number"),
        };
        match number {
            Some(number) if number.is_finite() => Some(number),
            _ => {
                self.error(format!("{} must be a finite number", quote(self.key)), None);
                None
            }
        }
    }

    /// A finite number within bounds, both included.
    pub fn number_within(&self, low: f64, high: f64) -> Option<f64> {
        let number = self.number()?;
        if (low..=high).contains(&number) {
            return Some(number);
        }
        let message = if high == f64::MAX {
            format!(
                "{} must be at least {low}, this is {number}",
                quote(self.key)
            )
        } else {
            format!(
                "{} must be from {low} to {high}, this is {number}",
                quote(self.key)
            )
        };
        self.error(message, None);
        None
    }

    /// A finite number above 0.
    pub fn positive(&self) -> Option<f64> {
        let number = self.number()?;
        if number > 0.0 {
            return Some(number);
        }
        self.error(
            format!("{} must be above 0, this is {number}", quote(self.key)),
            None,
        );
        None
    }

    /// A whole number within bounds, both included.
    pub fn whole(&self, low: u32, high: u32) -> Option<u32> {
        let Some(integer) = self.value.as_integer() else {
            return self.wrong_type("a whole number");
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (i64::from(low)..=i64::from(high)).contains(&number) => {
                u32::try_from(number).ok()
            }
            _ => {
                self.error(
                    format!(
                        "{} must be a whole number from {low} to {high}",
                        quote(self.key)
                    ),
                    None,
                );
                None
            }
        }
    }

    /// A duration such as `250ms`, `72s`, `5m`, `8h`, `7d`.
    pub fn duration(&self) -> Option<Duration> {
        if let DeValue::Integer(_) | DeValue::Float(_) = self.value {
            let number = self.number()?;
            self.error(
                format!("{} is a duration and needs its unit", quote(self.key)),
                format!("write \"{number}s\" for seconds; also ms, m, h and d"),
            );
            return None;
        }
        let Some(text) = self.value.as_str() else {
            return self.wrong_type("a duration such as \"72s\"");
        };
        match parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                self.error(
                    format!("{} is not a duration: {error}", quote(text)),
                    "write for instance \"250ms\", \"72s\", \"5m\", \"8h\" or \"7d\"".to_owned(),
                );
                None
            }
        }
    }

    /// A duration above zero.
    pub fn positive_duration(&self) -> Option<Duration> {
        let duration = self.duration()?;
        if duration.is_zero() {
            self.error(format!("{} must be longer than 0", quote(self.key)), None);
            return None;
        }
        Some(duration)
    }

    pub fn array(&self) -> Option<Vec<Field<'a>>> {
        let DeValue::Array(array) = self.value else {
            return self.wrong_type("a list");
        };
        Some(
            array
                .iter()
                .map(|value| Field {
                    value: value.get_ref(),
                    at: self.at.file.at(value.span().start),
                    key: self.key,
                    report: self.report,
                })
                .collect(),
        )
    }

    /// A list of exactly `N` finite numbers.
    pub fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        let fields = self.array()?;
        if fields.len() != N {
            self.error(
                format!(
                    "{} must be a list of {N} numbers, this has {}",
                    quote(self.key),
                    fields.len()
                ),
                None,
            );
            return None;
        }
        let mut numbers = [0.0; N];
        let mut is_whole = true;
        for (slot, field) in numbers.iter_mut().zip(&fields) {
            match field.number() {
                Some(number) => *slot = number,
                None => is_whole = false,
            }
        }
        is_whole.then_some(numbers)
    }

    /// A list of texts.
    pub fn texts(&self) -> Option<Vec<Arc<str>>> {
        let fields = self.array()?;
        Some(fields.iter().filter_map(Field::arc).collect())
    }

    pub fn table(&self, what: &'static str) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Table::new(self.report, table, self.at, what)),
            _ => self.wrong_type("a table"),
        }
    }

    /// One of some words, each standing for a value.
    pub fn word<T>(&self, known: impl IntoIterator<Item = (&'static str, T)>) -> Option<T> {
        let text = self.text()?;
        let mut words = Vec::new();
        for (word, value) in known {
            if word == text {
                return Some(value);
            }
            words.push(word);
        }
        self.error(
            format!("unknown {} {}", self.key.replace('_', " "), quote(text)),
            suggest(text, words, "known"),
        );
        None
    }

    /// An id: letters, digits, `-`, `_` and `.`, so that it can stand in a path and in a topic.
    pub fn id(&self) -> Option<Arc<str>> {
        let text = self.text()?;
        if is_id(text) {
            return Some(Arc::from(text));
        }
        self.error(
            format!("{} is not an id", quote(text)),
            "an id has 1 to 128 letters, digits, '-', '_' or '.'; a name may hold anything"
                .to_owned(),
        );
        None
    }
}

/// Whether a text can be an id.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text != "."
        && text != ".."
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
