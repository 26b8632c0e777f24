//! The `twinscape` program.
fn main() {}
