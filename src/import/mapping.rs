//! [`Mapping`]: which column is which signal, as a TOML file says it.
//!
//! ```toml
//! format = 1
//! delimiter = ";"                  # guessed when left out: , ; tab |
//! decimal = ","                    # in numbers; "." when left out
//! skip_lines = 2                   # before the header
//! missing = ["", "NA", "-"]        # cells that hold nothing
//! ignore = ["remark"]              # columns that nobody shall be told about
//!
//! [time]
//! column = "datetime"              # else: time, timestamp, datetime, date, t, ts
//! format = "%d.%m.%Y %H:%M:%S"     # else: ISO 8601, RFC 3339, or seconds (ms, µs, ns) since 1970
//! zone = "Europe/Berlin"           # else the scene's
//!
//! [columns]                        # wide files: a column a signal
//! "Current" = "rig/pump/current"
//! "Temperature" = { signal = "rig/motor/temperature", unit = "°F" }      # converted to the signal's
//! "Level" = { signal = "rig/tank/level", factor = 0.01, offset = -1.0 }  # value × factor + offset
//!
//! [long]                           # long files: a row a reading
//! signal = "tag"
//! value = "value"
//! quality = "quality"              # optional: good, uncertain, bad; OPC's numbers
//!
//! [names]                          # what a long file calls signals, where it is not their path
//! "PLC1.DB4.TEMP" = { signal = "rig/motor/temperature", unit = "°C" }
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::ImportError;

/// How the columns of files become signals. [`Mapping::default`] goes by their names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Version of the mapping's own format: 1.
    pub format: u32,
    /// What stands between cells; guessed when left out.
    pub delimiter: Option<char>,
    /// Decimal point of numbers.
    #[serde(default = "point")]
    pub decimal: char,
    /// Lines before the header.
    #[serde(default)]
    pub skip_lines: u32,
    /// Cells that hold nothing.
    pub missing: Option<Vec<String>>,
    /// Columns and names to leave out without a word.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Where and how the time is written.
    #[serde(default)]
    pub time: TimeColumn,
    /// Wide files: signal by column.
    #[serde(default)]
    pub columns: BTreeMap<String, Target>,
    /// Long files: which column is what.
    pub long: Option<LongColumns>,
    /// Long files: signal by the name in the file.
    #[serde(default)]
    pub names: BTreeMap<String, Target>,
}

fn point() -> char {
    '.'
}

/// Where and how the time is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    /// Column; by its name when left out.
    pub column: Option<String>,
    /// `auto`, `epoch-s`, `epoch-ms`, `epoch-us`, `epoch-ns` or a `strptime` pattern.
    pub format: Option<String>,
    /// IANA time zone of times without an offset; the scene's when left out.
    pub zone: Option<String>,
}

/// Columns of a long file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongColumns {
    /// Column with the signal's name.
    pub signal: String,
    /// Column with the value.
    pub value: String,
    /// Column with the quality.
    pub quality: Option<String>,
}

/// The signal that a column stands for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// Its path; the unit is the signal's.
    Path(String),
    /// Its path, and how numbers are converted.
    Converted(Conversion),
}

/// How the numbers of a column become the signal's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Path of the signal.
    pub signal: String,
    /// Unit of the column, of the same quantity as the signal's.
    pub unit: Option<String>,
    /// Numbers are multiplied by this,
    #[serde(default = "one")]
    pub factor: f64,
    /// and this is added, before the unit is converted.
    #[serde(default)]
    pub offset: f64,
}

fn one() -> f64 {
    1.0
}

impl Mapping {
    /// Reads a mapping's file.
    ///
    /// # Errors
    /// When it cannot be read or is not a mapping: with line and column.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let text = std::fs::read_to_string(path).map_err(|source| ImportError::Read {
            path: path.to_owned(),
            source,
        })?;
        let wrong = |message: String| ImportError::Mapping {
            path: path.to_owned(),
            message,
        };
        let mapping: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if mapping.format != 1 {
            return Err(wrong(format!(
                "format = {} is not known: this version reads format = 1",
                mapping.format
            )));
        }
        Ok(mapping)
    }

    /// The mapping that goes by names.
    pub fn by_name() -> Self {
        Self {
            format: 1,
            decimal: '.',
            ..Self::default()
        }
    }

    /// Whether a cell holds nothing.
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        match &self.missing {
            Some(missing) => missing.iter().any(|word| word == cell),
            None => matches!(cell, "" | "NA" | "N/A" | "null" | "NULL" | "None"),
        }
    }

    pub(super) fn is_ignored(&self, name: &str) -> bool {
        self.ignore.iter().any(|ignored| ignored == name)
    }
}
