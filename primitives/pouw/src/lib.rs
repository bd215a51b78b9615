//! # BCAI-PoUW v2
//!
//! Proof of useful work from matrix multiplication: what the runtime, the miner, the challenger and tools must compute
//! alike to the bit. Pure arithmetic: no FRAME, no storage, no clock.
//!
//! Source of the idea: Komargodski and Weinstein, "Proofs of Useful Work from Arbitrary Matrix Multiplication",
//! arXiv 2504.09971.
//!
//! ## Terminology
//!
//! | term | meaning |
//! |---|---|
//! | K | inner dimension, `slabs * k`: 1 to 8 slabs of `k` columns |
//! | A | activations, `m x K` of `i8`, row-major, every value in `[-64, 64]` |
//! | Bt | weights, `n x K` of `i8`, row-major (B transposed), same range |
//! | C | `A x Bt^T`, `m x n` of `i32` |
//! | strip | `h` rows of A, or `w` rows of Bt |
//! | piece `(i, l)` | the columns of slab `l` of strip `i`: the leaf of their Merkle trees |
//! | tile `(i, j)` | the `h x w` block of C made by strip `i` of A and strip `j` of Bt: the leaf of C's tree |
//!
//! ## Who owns what
//!
//! - [`params`]: the parameter sets and the legal shapes of a task.
//! - [`merkle`]: commitments to A, Bt and C.
//! - [`seeds`], [`noise`]: what makes a claim's product unique to it.
//! - [`transcript`]: the work and the ticket it draws.
//! - [`certificate`]: what a worker or a challenger shows the chain, and its verification.
//! - [`difficulty`]: the retarget.
//! - [`task`]: a task and the chain's limits as nodes and dApps read them; their JSON with the feature `serde`.
//!
//! ## Properties
//!
//! - A ticket is accepted only for values in range, under the task's own roots and the claim's own seeds.
//! - Everything that decodes is bounded before it is allocated: see [`certificate`].
//! - `A + E` and `Bt + E` fit `i8`: legal values are within 64 of zero and the noise within 63.
//! - No accumulator overflows: `k * 127 * 127 < 2^31` under noise, which starts anew in every slab, and `8 * k * 64 * 64 < 2^31` in C.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

pub mod certificate;
pub mod difficulty;
#[cfg(feature = "serde")]
mod json;
pub mod merkle;
pub mod noise;
pub mod params;
pub mod seeds;
pub mod task;
pub mod transcript;

pub use certificate::{
    verify_fraud, verify_ticket, Commitment, FraudProof, TicketCertificate, VerifyError,
};
pub use params::{ParamSet, Shape, ShapeError, MAX_VALUE};
pub use primitive_types::U256;
pub use seeds::{job_key, JobInputs, Seeds};
pub use task::{Limits, TaskInfo, TaskState};

/// A BLAKE3 output: Merkle roots, seeds and keys; also block hashes and account ids as the seeds take them in.
pub type Hash32 = [u8; 32];

/// Number of a task, counted from zero by the chain.
pub type TaskId = u64;
