//! The seeds of a claim's noise: bound to the chain, the task, the block of the claim and the worker.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    merkle::{key, keyed},
    Hash32, ParamSet, TaskId,
};

/// All that a job is bound to, but the matrices themselves.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct JobInputs {
    /// Hash of the chain's block 0.
    pub genesis_hash: Hash32,
    /// The task's parameter set.
    pub set: ParamSet,
    /// The task's number.
    pub task: TaskId,
    /// Hash of the block in which the worker claimed the task: nobody knows it before the claim.
    pub anchor: Hash32,
    /// The worker's account id.
    pub worker: Hash32,
    /// Rows of A.
    pub m: u32,
    /// Rows of Bt.
    pub n: u32,
    /// Slabs of the inner dimension.
    pub slabs: u8,
}

/// The key of a job, from which its seeds derive.
pub fn job_key(job: &JobInputs) -> Hash32 {
    let mut input = Vec::with_capacity(117);
    input.extend_from_slice(&job.genesis_hash);
    input.push(job.set.index());
    input.extend_from_slice(&job.task.to_le_bytes());
    input.extend_from_slice(&job.anchor);
    input.extend_from_slice(&job.worker);
    input.extend_from_slice(&job.m.to_le_bytes());
    input.extend_from_slice(&job.n.to_le_bytes());
    input.extend_from_slice(&u32::from(job.slabs).to_le_bytes());
    keyed(&key("job"), &input)
}

/// The seeds of the noise. `a` also keys the tickets.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Seeds {
    /// Seed of the noise on A, and the key of tickets.
    pub a: Hash32,
    /// Seed of the noise on Bt.
    pub b: Hash32,
}

impl Seeds {
    /// The seeds of a job over the matrices committed to by `root_a` and `root_b`.
    pub fn derive(job: &JobInputs, root_a: &Hash32, root_b: &Hash32) -> Self {
        let chain = |name: &str, from: &Hash32, root: &Hash32, rows: u32| {
            let mut input = Vec::with_capacity(68);
            input.extend_from_slice(from);
            input.extend_from_slice(root);
            input.extend_from_slice(&rows.to_le_bytes());
            keyed(&key(name), &input)
        };
        let b = chain("seed-b", &job_key(job), root_b, job.n);
        let a = chain("seed-a", &b, root_a, job.m);
        Self { a, b }
    }
}
