//! Builds the runtime's WASM.

#[cfg(feature = "std")]
fn main() {
    // The target folder may lie outside of the checkout; the WASM is to be built from this workspace's lock file all the same.
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the runtime is a folder of the workspace");
    std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
    std::env::set_var("WASM_BUILD_RUSTFLAGS", flags(workspace));
    // `TOKEN_SYMBOL` and `TOKEN_DECIMALS` of src/constants.rs once more: a build script can't import its own crate.
    #[cfg(feature = "metadata-hash")]
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        .enable_metadata_hash("BCAI", 12)
        .build();
    #[cfg(not(feature = "metadata-hash"))]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

/// What the caller gave for the compiler of the WASM, and that paths of this machine, which panics tell, stay out of it.
#[cfg(feature = "std")]
fn flags(workspace: &std::path::Path) -> String {
    let home = std::env::var("HOME").unwrap_or_default();
    let folder = |variable: &str, usual: &str| {
        std::env::var(variable).unwrap_or_else(|_| format!("{home}/{usual}"))
    };
    let paths = [
        (folder("RUSTUP_HOME", ".rustup"), "/rustup"),
        (folder("CARGO_HOME", ".cargo"), "/cargo"),
        (workspace.display().to_string(), "/bcai"),
    ];
    let mut flags = std::env::var("WASM_BUILD_RUSTFLAGS").unwrap_or_default();
    for (path, name) in paths {
        // Flags are told apart by spaces.
        if path.contains(char::is_whitespace) {
            println!("cargo:warning={path} will be in the runtime, since it has a space");
        } else {
            flags.push_str(&format!(" --remap-path-prefix={path}={name}"));
        }
    }
    flags
}

#[cfg(not(feature = "std"))]
fn main() {}
