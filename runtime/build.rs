//! Builds the runtime's WASM.

#[cfg(feature = "std")]
fn main() {
    // The target folder may lie outside of the checkout; the WASM is to be built from this workspace's lock file all the same.
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
    // `TOKEN_SYMBOL` and `TOKEN_DECIMALS` of src/constants.rs once more: a build script can't import its own crate.
    #[cfg(feature = "metadata-hash")]
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        .enable_metadata_hash("BCAI", 12)
        .build();
    #[cfg(not(feature = "metadata-hash"))]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

#[cfg(not(feature = "std"))]
fn main() {}
