//! What is done before the node starts.

pub mod key;
pub mod preflight;
