use bcai_pouw_primitives::{ParamSet, Shape};
use bcai_pouw_tasks::chain::Task;
use std::time::Duration;

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
    /// What the chain itself allows.
    pub chain: ChainLimits,
}

/// What the runtime says of claims and blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChainLimits {
    /// Claims that one worker may hold at a time.
    pub max_claims: u32,
    /// Blocks that a claim lasts, unless the task's deadline comes first.
    pub claim_duration: u32,
    /// The shortest time between two blocks, not zero.
    pub block_time: Duration,
}

/// No limits, and blocks that come as fast as those of any chain of this kind: that makes a miner careful, not bold.
impl Default for ChainLimits {
    fn default() -> Self {
        Self {
            max_claims: u32::MAX,
            claim_duration: u32::MAX,
            block_time: Duration::from_secs(1),
        }
    }
}

impl Default for MinerOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            max_claims: 1,
            min_bounty: 0,
            sets: ParamSet::ALL.to_vec(),
            min_blocks_left: 12,
            chain: ChainLimits::default(),
        }
    }
}

impl MinerOptions {
    /// Claims held at a time, by this miner's will and the chain's.
    pub(crate) fn claims_at_a_time(&self) -> usize {
        self.max_claims.min(self.chain.max_claims) as usize
    }

    /// Would the miner claim this task at block `now`, given how much it computes per block (`None`: not known yet)
    /// and how much it has to compute for other claims? Those that expire later than this one would are then in
    /// time as well.
    pub(crate) fn accepts(
        &self,
        task: &Task,
        now: u32,
        macs_per_block: Option<u128>,
        other_macs: u128,
    ) -> bool {
        let Ok(shape) = Shape::new(task.set, task.m, task.n) else {
            return false;
        };
        // Twice the measured time: the machine may be busier than it was.
        let all_macs = shape.macs().saturating_add(other_macs);
        let computing =
            macs_per_block.map_or(0, |rate| all_macs.div_ceil(rate.max(1)).saturating_mul(2));
        let needed = computing.saturating_add(u128::from(self.min_blocks_left));
        let expires_at = task
            .deadline
            .min(now.saturating_add(self.chain.claim_duration));
        self.sets.contains(&task.set)
            && task.bounty >= self.min_bounty
            && u128::from(expires_at.saturating_sub(now)) >= needed
    }
}
