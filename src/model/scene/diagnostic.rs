//! [`Diagnostic`]: one mistake in a scene, with its place and how to mend it; [`Report`] gathers
//! them while the files are read.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The scene cannot be used.
    Error,
    /// The scene can be used; someone probably meant something else.
    Warning,
}

/// One mistake. Prints like a compiler's: `scenes/x/scene.toml:12:8: unknown kind "cnc-lath"`, and
/// on a second line how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file it is in.
    pub file: PathBuf,
    /// Line, from 1; 0 when the mistake is of the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when the mistake is of the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it, when that can be said.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        f.write_str(": ")?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// A place in one of the files of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub file: FileId,
    /// Byte offset; `None`: the file as a whole.
    pub offset: Option<usize>,
}

/// A file that was entered into the [`Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(usize);

impl FileId {
    /// The place `offset` bytes into this file.
    pub const fn at(self, offset: usize) -> Span {
        Span {
            file: self,
            offset: Some(offset),
        }
    }

    /// The file as a whole.
    pub const fn whole(self) -> Span {
        Span {
            file: self,
            offset: None,
        }
    }
}

struct File {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

/// Gathers the mistakes of a scene and turns offsets into lines and columns.
///
/// Readers share it by reference, so it keeps its lists in a cell; it is used by one thread.
#[derive(Default)]
pub(super) struct Report {
    files: RefCell<Vec<File>>,
    errors: RefCell<Found>,
    warnings: RefCell<Found>,
}

#[derive(Default)]
struct Found {
    list: Vec<(Span, String, Option<String>)>,
    omitted: usize,
}

impl Report {
    /// Mistakes of one severity kept in full; further ones are only counted.
    pub const LIMIT: usize = 200;

    /// Enters a file. `text` is kept to find lines in it; empty when it could not be read.
    pub fn add_file(&self, path: &Path, text: &str) -> FileId {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut files = self.files.borrow_mut();
        files.push(File {
            path: path.to_path_buf(),
            text: text.to_owned(),
            line_starts,
        });
        FileId(files.len() - 1)
    }

    /// Notes an error.
    pub fn error(&self, at: Span, message: impl Into<String>, help: impl Into<Option<String>>) {
        Self::note(&self.errors, at, message.into(), help.into());
    }

    /// Notes a warning.
    pub fn warning(&self, at: Span, message: impl Into<String>, help: impl Into<Option<String>>) {
        Self::note(&self.warnings, at, message.into(), help.into());
    }

    fn note(found: &RefCell<Found>, at: Span, message: String, help: Option<String>) {
        let mut found = found.borrow_mut();
        if found.list.len() < Self::LIMIT {
            found.list.push((at, message, help));
        } else {
            found.omitted += 1;
        }
    }

    /// Whether further errors will only be counted: then nobody needs a suggestion.
    pub fn is_full(&self) -> bool {
        self.errors.borrow().list.len() >= Self::LIMIT
    }

    /// Whether there was an error.
    pub fn has_errors(&self) -> bool {
        !self.errors.borrow().list.is_empty()
    }

    /// Errors, how many more there were, and warnings; each in order of place.
    pub fn finish(&self) -> (Vec<Diagnostic>, usize, Vec<Diagnostic>) {
        let resolve = |found: &RefCell<Found>, severity| {
            let mut found = found.borrow_mut();
            found
                .list
                .sort_by_key(|(span, _, _)| (span.file.0, span.offset));
            let files = self.files.borrow();
            found
                .list
                .drain(..)
                .filter_map(|(span, message, help)| {
                    let file = files.get(span.file.0)?;
                    let (line, column) = span.offset.map_or((0, 0), |offset| file.place(offset));
                    Some(Diagnostic {
                        severity,
                        file: file.path.clone(),
                        line,
                        column,
                        message,
                        help,
                    })
                })
                .collect::<Vec<_>>()
        };
        let errors = resolve(&self.errors, Severity::Error);
        let warnings = resolve(&self.warnings, Severity::Warning);
        let omitted = self.errors.borrow().omitted;
        (errors, omitted, warnings)
    }
}

impl File {
    /// Line and column, both from 1, of a byte offset.
    fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index).copied())
            .unwrap_or(0);
        let end = self.text.floor_char_boundary(offset.max(start));
        let column = self
            .text
            .get(start..end)
            .map_or(0, |before| before.chars().count());
        (line, column + 1)
    }
}

/// `text` in quotes, its control characters escaped and cut at 60 characters: fit for a message
/// that ends on somebody's terminal.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars().take(60) {
        if character.is_control() {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    if text.chars().nth(60).is_some() {
        quoted.push('…');
    }
    quoted.push('"');
    quoted
}

/// How to mend an unknown word: the nearest of the known ones, or all of them when they are few.
pub(super) fn suggest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    what: &str,
) -> Option<String> {
    const LISTED: usize = 16;
    if word.len() > 200 {
        return None;
    }
    let folded = word.to_lowercase().replace('_', "-");
    let limit = (word.chars().count() / 3).max(1);
    let mut nearest: Option<(usize, &str)> = None;
    let mut listed = Vec::new();
    let mut count = 0_usize;
    for candidate in known {
        count += 1;
        if listed.len() < LISTED {
            listed.push(candidate);
        }
        let length = candidate.chars().count();
        if length.abs_diff(word.chars().count()) > limit {
            continue;
        }
        let distance =
            strsim::damerau_levenshtein(&folded, &candidate.to_lowercase().replace('_', "-"));
        if distance <= limit && nearest.is_none_or(|(best, _)| distance < best) {
            nearest = Some((distance, candidate));
        }
    }
    match nearest {
        Some((_, candidate)) => Some(format!("did you mean {}?", quote(candidate))),
        None if count == 0 => Some(format!("there are no {what}")),
        None if count <= LISTED => {
            listed.sort_unstable();
            Some(format!("{what}: {}", listed.join(", ")))
        }
        None => None,
    }
}
