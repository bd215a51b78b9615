//! The useful-work miner of a node: the kernel that computes and mines a matrix product, the worker that
//! takes tasks from claim to settlement, and the challenger that checks the results of others.
//!
//! | module | owns |
//! |---|---|
//! | [`chain`] | what is needed of a chain: reading tasks, sending calls |
//! | [`kernel`] | matrix products with transcripts on the CPU |
//! | [`worker`] | the miner: which task, when, and what is sent |
//! | [`challenger`] | samples of delivered results, and fraud proofs |

pub mod chain;
pub mod challenger;
pub mod kernel;
pub mod worker;

mod background;
mod outbox;
mod random;
mod scan;
mod shown;

#[cfg(test)]
mod test_chain;
