#![doc = include_str!("../README.md")]

mod calls;
mod computation;
mod computing;
mod decide;
mod earned;
mod history;
mod look;
mod miner;
mod options;
mod rate;
mod room;
mod rooms;
mod running;
mod status;
mod trouble;
mod twin;

#[cfg(test)]
mod tests;

pub use miner::Miner;
pub use options::MinerOptions;
pub use status::{MinerHandle, MinerState, MinerStatus};

const LOG_TARGET: &str = "bcai::miner";
