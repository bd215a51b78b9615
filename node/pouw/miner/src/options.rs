use bcai_pouw_primitives::ParamSet;

/// What the miner takes on, and with what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MinerOptions {
    /// Threads that compute, at least 1. They run at the lowest priority.
    pub threads: usize,
    /// Claims held at a time, at least 1. One is computed after the other.
    pub max_claims: u32,
    /// Tasks below this bounty are left to others.
    pub min_bounty: u128,
    /// Parameter sets to work on.
    pub sets: Vec<ParamSet>,
    /// Blocks that must be left until a task's deadline, on top of the time that computing it is known to take.
    pub min_blocks_left: u32,
}

impl Default for MinerOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            max_claims: 1,
            min_bounty: 0,
            sets: ParamSet::ALL.to_vec(),
            min_blocks_left: 12,
        }
    }
}
