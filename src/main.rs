//! The program: everything is in the library.

use std::process::ExitCode;

/// Ledgers come in as millions of short texts, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dutybell::cli::main()
}
