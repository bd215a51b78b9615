//! Prints how many bytes a runtime's WASM has in the form in which upgrades carry it: compressed as the SDK's builder does.
//! Fails above the budget.

use sp_maybe_compressed_blob::{compress_strongly, decompress, CODE_BLOB_BOMB_LIMIT};
use std::process::ExitCode;

/// What a development build's runtime may have: it had 702,313 bytes when this was set, and a seventh is left for growth.
/// An upgrade is one transaction of this length, and every node keeps it: raise this with a reason.
const BUDGET: usize = 800_000;

fn size(file: &str) -> Result<usize, String> {
    let blob = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let wasm =
        decompress(&blob, CODE_BLOB_BOMB_LIMIT).map_err(|error| format!("{file}: {error}"))?;
    if !wasm.starts_with(b"\0asm") {
        return Err(format!("{file} is no WASM"));
    }
    Ok(compress_strongly(&wasm, CODE_BLOB_BOMB_LIMIT)
        .map_or(wasm.len(), |compressed| compressed.len()))
}

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("Usage: wasm_size <runtime.wasm>");
        return ExitCode::from(2);
    };
    match size(&file) {
        Ok(bytes) => {
            println!("{bytes}");
            if bytes <= BUDGET {
                return ExitCode::SUCCESS;
            }
            eprintln!("wasm_size: the runtime has {bytes} bytes compressed, {} above its budget of {BUDGET} (runtime/examples/wasm_size.rs)", bytes - BUDGET);
        }
        Err(error) => eprintln!("wasm_size: {error}"),
    }
    ExitCode::FAILURE
}
