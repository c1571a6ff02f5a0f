//! Parse the command line, dispatch, exit code.

use std::process::ExitCode;

use parcelgate::cli;

/// Frees memory of bursts back to the system, which a daemon that runs for months needs.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::main()
}
