//! How a command tells its result: as tables for people, as JSON, or both.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

/// `--json` is left out: tables. `--json`: JSON. `--json=FILE`: tables, and JSON in the file.
///
/// # Errors
/// When one of them cannot be written.
pub fn tell(
    json: Option<&Path>,
    document: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    tables: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match json {
        None => tables(out)?,
        Some(file) if file == Path::new("-") => {
            document(out)?;
            writeln!(out)?;
        }
        Some(file) => {
            let mut text = Vec::new();
            document(&mut text)?;
            std::fs::write(file, text)
                .with_context(|| format!("cannot write {}", file.display()))?;
            tables(out)?;
        }
    }
    Ok(())
}
