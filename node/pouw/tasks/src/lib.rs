//! The chain's tasks as miner and challenger see them.
//!
//! | module | owns |
//! |---|---|
//! | [`chain`] | what is needed of a chain: reading tasks, sending calls |
//! | [`outbox`] | which calls were sent, so that none is sent twice |
//! | [`scan`] | reading the tasks that can still change |
//! | [`sample`] | unpredictable choices of tiles |
//! | [`stored`] | which matrices of a task are here |

pub mod chain;
pub mod outbox;
pub mod sample;
pub mod scan;
pub mod stored;
