//! From a name in a file to a signal of the plant, and from a cell to its value.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::mapping::{Mapping, Target};
use super::time::TimeReader;
use super::{ImportError, Reading};
use crate::model::signal::ValueType;
use crate::model::{Cause, Plant, Quality, SignalId, Timestamp, Unit, Value};
use crate::source::scalar::{self, Scalar};

/// A column or name that stands for a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    pub signal: SignalId,
    value_type: ValueType,
    /// Number of the file to number of the signal: × factor + offset.
    line: Option<(f64, f64)>,
}

/// Names that time columns have, in order of preference.
const TIME_NAMES: [&str; 8] = [
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "date",
    "ts",
    "t",
    "_time",
];

/// The signals of a plant by what a file may call them.
#[derive(Debug)]
pub(super) struct Names<'a> {
    plant: &'a Plant,
    by_path: HashMap<String, SignalId>,
    /// By the last part of the path; `None` where several are called so.
    by_name: HashMap<String, Option<SignalId>>,
}

impl<'a> Names<'a> {
    pub fn new(plant: &'a Plant) -> Self {
        let mut by_path = HashMap::new();
        let mut by_name = HashMap::new();
        for id in (0..plant.signals.len() as u32).map(SignalId) {
            let path = plant.signal_path(id);
            if let Some(signal) = plant.signal(id) {
                by_name
                    .entry(folded(&signal.spec.name))
                    .and_modify(|known| *known = None)
                    .or_insert(Some(id));
            }
            by_path.insert(path, id);
        }
        Self {
            plant,
            by_path,
            by_name,
        }
    }

    /// The signal of a path: whole, or its unique end as in a scene.
    fn find(&self, path: &str) -> Option<SignalId> {
        if let Some(id) = self.by_path.get(path) {
            return Some(*id);
        }
        let (equipment, name) = path.rsplit_once('/')?;
        let equipment = self.plant.find(equipment)?;
        self.plant.signal_named(equipment, name)
    }

    /// What a target of the mapping stands for.
    ///
    /// # Errors
    /// A sentence: no such signal, or a unit of another quantity.
    pub fn target(&self, target: &Target) -> Result<Bound, String> {
        let (path, conversion) = match target {
            Target::Path(path) => (path, None),
            Target::Converted(conversion) => (&conversion.signal, Some(conversion)),
        };
        let signal = self
            .find(path)
            .ok_or_else(|| format!("the plant has no signal `{path}`"))?;
        let mut bound = self.bound(signal);
        let Some(conversion) = conversion else {
            return Ok(bound);
        };
        let (mut factor, mut offset) = (conversion.factor, conversion.offset);
        if let Some(symbol) = &conversion.unit {
            let own = self
                .plant
                .signal(signal)
                .map_or(Unit::NONE, |signal| signal.spec.unit);
            let unit =
                Unit::parse(symbol).ok_or_else(|| format!("`{symbol}` is not a known unit"))?;
            if unit.quantity != own.quantity {
                return Err(format!(
                    "`{symbol}` measures {}, but `{path}` is {} in {}",
                    unit.quantity.as_str(),
                    own.quantity.as_str(),
                    own.symbol
                ));
            }
            // Both are lines, so what is between them is one: two points give it.
            let at = |value| own.from_si(unit.to_si(value));
            let (at_zero, at_one) = (at(0.0), at(1.0));
            let scale = at_one - at_zero;
            (factor, offset) = (factor * scale, offset * scale + at_zero);
        }
        if (factor, offset) != (1.0, 0.0) {
            bound.line = Some((factor, offset));
        }
        Ok(bound)
    }

    /// What a name in a file stands for without a mapping: a signal's path, or its name where only
    /// one is called so.
    pub fn by_name(&self, name: &str) -> Option<Bound> {
        let signal = match self.find(name) {
            Some(id) => id,
            None => (*self.by_name.get(&folded(name))?)?,
        };
        Some(self.bound(signal))
    }

    fn bound(&self, signal: SignalId) -> Bound {
        Bound {
            signal,
            value_type: self
                .plant
                .signal(signal)
                .map_or(ValueType::Float, |signal| signal.spec.value_type),
            line: None,
        }
    }
}

/// `Volume Flow RateRMS`, `volume_flow_raterms` and `volume-flow-raterms` are one name.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

impl Bound {
    /// A reading of a cell; `None` when the text is no value of the signal's type.
    pub fn cell(&self, time: Timestamp, cell: &str, decimal: char) -> Option<Reading> {
        let pointed;
        let cell = if decimal != '.' && self.value_type == ValueType::Float {
            pointed = cell.replace(decimal, ".");
            &pointed
        } else {
            cell
        };
        let (value, quality) = scalar::bare(cell.as_bytes(), self.value_type)?;
        if quality == Quality::Bad(Cause::WrongType) {
            return None;
        }
        Some(self.reading(time, value, quality))
    }

    /// A reading of a value that has a type already; `None` when it is not the signal's.
    pub fn scalar(&self, time: Timestamp, scalar: Scalar<'_>) -> Option<Reading> {
        let (value, quality) = scalar::typed(scalar, self.value_type);
        if quality == Quality::Bad(Cause::WrongType) {
            return None;
        }
        Some(self.reading(time, value, quality))
    }

    fn reading(&self, time: Timestamp, value: Value, quality: Quality) -> Reading {
        let value = match (value, self.line) {
            (Value::Float(number), Some((factor, offset))) => {
                Value::Float(number * factor + offset)
            }
            (value, _) => value,
        };
        Reading {
            time,
            signal: self.signal,
            value,
            quality,
        }
    }

    /// What its values are called in a message.
    pub fn wanted(&self) -> &'static str {
        self.value_type.name()
    }
}

/// What each column of a file is.
#[derive(Debug)]
pub(super) enum Layout {
    /// A column a signal: column index and what it stands for.
    Wide {
        time: usize,
        cells: Vec<(usize, Bound)>,
    },
    /// A row a reading.
    Long {
        time: usize,
        signal: usize,
        value: usize,
        quality: Option<usize>,
    },
}

/// Finds out what the columns of a file are.
///
/// # Errors
/// When there is no time column, the mapping names a column or signal that is not there, or nothing
/// is left to import.
fn layout(
    names: &Names<'_>,
    mapping: &Mapping,
    header: &[String],
    path: &Path,
    mut on_unknown: impl FnMut(&str),
) -> Result<Layout, ImportError> {
    let wrong = columns(path);
    let find = |name: &str| header.iter().position(|column| column == name);
    let there = || header.join(", ");
    let time = match &mapping.time.column {
        Some(column) => find(column).ok_or_else(|| {
            wrong(format!("no time column `{column}`; there are: {}", there()))
        })?,
        None => TIME_NAMES
            .iter()
            .find_map(|name| header.iter().position(|own| own.eq_ignore_ascii_case(name)))
            .ok_or_else(|| {
                wrong(format!(
                    "no column is called like a time ({}); name it under [time] in a mapping; there are: {}",
                    TIME_NAMES.join(", "),
                    there()
                ))
            })?,
    };
    let long = match &mapping.long {
        Some(long) => {
            let need = |name: &str| {
                find(name)
                    .ok_or_else(|| wrong(format!("no column `{name}`; there are: {}", there())))
            };
            let quality = match &long.quality {
                Some(name) => Some(need(name)?),
                None => None,
            };
            Some((need(&long.signal)?, need(&long.value)?, quality))
        }
        // As the program exports it.
        None if mapping.columns.is_empty() => match (find("signal"), find("value")) {
            (Some(signal), Some(value)) => Some((signal, value, find("quality"))),
            _ => None,
        },
        None => None,
    };
    if let Some((signal, value, quality)) = long {
        return Ok(Layout::Long {
            time,
            signal,
            value,
            quality,
        });
    }
    let mut cells = Vec::new();
    for (column, target) in &mapping.columns {
        let at = find(column)
            .ok_or_else(|| wrong(format!("no column `{column}`; there are: {}", there())))?;
        let bound = names
            .target(target)
            .map_err(|message| wrong(format!("column `{column}`: {message}")))?;
        cells.push((at, bound));
    }
    for (at, column) in header.iter().enumerate() {
        if at == time || mapping.columns.contains_key(column) || mapping.is_ignored(column) {
            continue;
        }
        match names.by_name(column) {
            Some(bound) => cells.push((at, bound)),
            None => on_unknown(column),
        }
    }
    if cells.is_empty() {
        return Err(wrong(format!(
            "no column is a signal of this plant; say which is which in a mapping (--map FILE); there are: {}",
            there()
        )));
    }
    cells.sort_by_key(|(at, _)| *at);
    Ok(Layout::Wide { time, cells })
}

/// A table bound to a plant: what its columns are, and how its times are read.
#[derive(Debug)]
pub(super) struct Binding {
    pub layout: Layout,
    /// Empty in wide tables.
    pub long: LongNames,
    pub time: TimeReader,
}

impl Binding {
    /// For a table with these columns; those that are no signal are told to `on_unknown`.
    ///
    /// # Errors
    /// When the columns do not say what is needed.
    pub fn of(
        plant: &Plant,
        mapping: &Mapping,
        header: &[String],
        path: &Path,
        on_unknown: impl FnMut(&str),
    ) -> Result<Self, ImportError> {
        let names = Names::new(plant);
        let layout = layout(&names, mapping, header, path, on_unknown)?;
        let long = match layout {
            Layout::Long { .. } => LongNames::new(&names, mapping).map_err(columns(path))?,
            Layout::Wide { .. } => LongNames::default(),
        };
        let time =
            TimeReader::new(&mapping.time, &plant.calendar.time_zone).map_err(columns(path))?;
        Ok(Self { layout, long, time })
    }
}

/// What is wrong with the columns of a file, as an error.
pub(super) fn columns(path: &Path) -> impl Fn(String) -> ImportError {
    move |message| ImportError::Columns {
        path: path.to_owned(),
        message,
    }
}

/// A file that cannot be read, as an error.
pub(super) fn unreadable(path: &Path) -> impl Fn(io::Error) -> ImportError {
    move |source| ImportError::Read {
        path: path.to_owned(),
        source,
    }
}

/// Signals of a long file by what the file calls them, looked up once.
#[derive(Debug, Default)]
pub(super) struct LongNames {
    known: HashMap<Box<str>, Option<Bound>>,
}

impl LongNames {
    /// Everything a long file may call a signal.
    ///
    /// # Errors
    /// A sentence: the mapping names a signal that is not there.
    pub fn new(names: &Names<'_>, mapping: &Mapping) -> Result<Self, String> {
        let mut known = HashMap::new();
        for id in (0..names.plant.signals.len() as u32).map(SignalId) {
            known.insert(names.plant.signal_path(id).into(), Some(names.bound(id)));
        }
        for name in &mapping.ignore {
            known.insert(name.as_str().into(), None);
        }
        for (name, target) in &mapping.names {
            let bound = names
                .target(target)
                .map_err(|message| format!("name `{name}`: {message}"))?;
            known.insert(name.as_str().into(), Some(bound));
        }
        Ok(Self { known })
    }

    /// What the name stands for: `Err` when unknown, `Ok(None)` when ignored.
    pub fn get(&self, name: &str) -> Result<Option<Bound>, ()> {
        match self.known.get(name) {
            Some(bound) => Ok(*bound),
            // What the program derived from the others and exported beside them.
            None if name.contains('#') => Ok(None),
            None => Err(()),
        }
    }
}
