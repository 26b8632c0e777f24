//! The `twinscape` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    twinscape::cli::main()
}
