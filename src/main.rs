//! The `twinscape` program.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    twinscape::cli::main()
}
