//! Stands in for the crate `wasm-opt` where the SDK's WASM builder compiles the runtime of a development build.
//!
//! That crate is binaryen, whose C++ was a quarter of the processor time of a whole build of BCAI. The builder asks it for two
//! passes at level 0, which optimise nothing:
//!
//! - `StripDwarf` removes the custom sections that hold debug information. Done here.
//! - `SignextLowering` replaces the instructions of the sign extension proposal. The target `wasm32v1-none` has none of them, so
//!   there is nothing to replace: every module is validated against the first version of WebAssembly, and one that needs more
//!   is an error.
//!
//! Names and signatures are those of `wasm-opt` 0.116, as far as the builder uses them. With the feature `binaryen`, which a
//! release has, this crate is `wasm-opt` and nothing else.

#[cfg(feature = "binaryen")]
pub use binaryen::*;

#[cfg(not(feature = "binaryen"))]
mod passes;
#[cfg(not(feature = "binaryen"))]
pub use passes::*;
