//! The client, the pool and the chain's types as every part of the node names them, and what a subsystem is given when
//! the node starts it.
//!
//! Concrete types, not parameters: there is one runtime, and generic code would be compiled again in the binary.

mod context;
mod settled;
mod types;

pub use context::Context;
pub use settled::{settled, settled_best, stands_still};
pub use types::{Block, FullBackend, FullClient, FullPool, FullSelectChain, HostFunctions};
