//! Templates with the names of a signal in them: `{site}/{area}/{line}/{equipment}/{signal}`.

use super::diagnostic::{quote, suggest};
use super::table::Field;

/// What a template says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Site,
    Area,
    Line,
    Path,
    Equipment,
    Signal,
}

const NAMES: [(&str, Name); 6] = [
    ("site", Name::Site),
    ("area", Name::Area),
    ("line", Name::Line),
    ("path", Name::Path),
    ("equipment", Name::Equipment),
    ("signal", Name::Signal),
];

/// Where a template stands: what it may hold depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A topic filter.
    Topic,
    /// One level of a topic.
    Level,
    /// A Sparkplug metric name.
    Metric,
    /// A JSON pointer.
    Pointer,
}

/// The names of one signal; empty texts cannot be filled in.
#[derive(Clone, Copy, Default)]
pub(super) struct Names<'n> {
    pub site: &'n str,
    pub area: &'n str,
    pub line: &'n str,
    pub path: &'n str,
    pub equipment: &'n str,
    pub signal: &'n str,
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Name(Name),
}

/// A text that is no template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// An opening brace without its closing one, or the other way round.
    Brace,
    Unknown(String),
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            let (word, behind) = from
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .ok_or(TemplateError::Brace)?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let name = NAMES.iter().find(|(known, _)| *known == word);
            match name {
                Some((_, name)) => parts.push(Part::Name(*name)),
                None => return Err(TemplateError::Unknown(word.to_owned())),
            }
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The template in a field; `None` after a mistake was noted.
    pub fn read(field: &Field<'_>, place: Place) -> Option<Self> {
        let text = field.text()?;
        let template = match Self::parse(text) {
            Ok(template) => template,
            Err(TemplateError::Brace) => {
                field.error(
                    format!("{} has a brace without its other half", quote(text)),
                    None,
                );
                return None;
            }
            Err(TemplateError::Unknown(word)) => {
                field.error(
                    format!("unknown placeholder {} in {}", quote(&word), quote(text)),
                    suggest(&word, NAMES.iter().map(|(name, _)| *name), "placeholders"),
                );
                return None;
            }
        };
        let problem = match place {
            Place::Topic => topic_problem(text),
            Place::Level if text.is_empty() => Some("it is empty"),
            Place::Level if text.contains(['/', '+', '#']) => {
                Some("one level of a topic holds no '/', '+' or '#'")
            }
            Place::Metric if text.is_empty() => Some("it is empty"),
            _ if text.contains('\0') => Some("it holds a NUL"),
            _ => None,
        };
        if let Some(problem) = problem {
            field.error(format!("{} cannot be used: {problem}", quote(text)), None);
            return None;
        }
        Some(template)
    }

    /// Appends the text for a signal; the name that it lacks otherwise.
    pub fn fill(&self, names: &Names<'_>, text: &mut String) -> Result<(), &'static str> {
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Name(name) => {
                    let (value, missing) = match name {
                        Name::Site => (names.site, "site"),
                        Name::Area => (names.area, "area"),
                        Name::Line => (names.line, "line"),
                        Name::Path => (names.path, "path"),
                        Name::Equipment => (names.equipment, "equipment"),
                        Name::Signal => (names.signal, "signal"),
                    };
                    if value.is_empty() {
                        return Err(missing);
                    }
                    text.push_str(value);
                }
            }
        }
        Ok(())
    }
}

/// What MQTT forbids of a topic filter (MQTT 3.1.1 §4.7).
fn topic_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > 65_535 {
        return Some("it is longer than 65535 bytes");
    }
    if text.contains('\0') {
        return Some("it holds a NUL");
    }
    let count = text.split('/').count();
    for (index, level) in text.split('/').enumerate() {
        if level.contains('+') && level != "+" {
            return Some("'+' must be a whole level");
        }
        if level.contains('#') && (level != "#" || index + 1 != count) {
            return Some("'#' must be the whole last level");
        }
    }
    None
}

/// Whether `pattern`, in which `*` stands for any text, matches `text`.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut rest = rest;
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    true
}
