use crate::chain::Task;
use bcai_pouw_primitives::{ParamSet, Shape};

/// What the miner takes on, and with what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MinerOptions {
    /// Threads that compute, at least 1. They run at the lowest priority.
    pub threads: usize,
    /// Claims held at a time, at least 1. One is computed after the other.
    pub max_claims: u32,
    /// Tasks below this bounty are left to others.
    pub min_bounty: u128,
    /// Tasks with more multiply-accumulates than this are left to others; `None` takes all.
    pub max_macs: Option<u128>,
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
            max_macs: None,
            sets: ParamSet::ALL.to_vec(),
            min_blocks_left: 12,
        }
    }
}

impl MinerOptions {
    /// Would the miner claim this task at block `now`, given how much it computes per block (`None`: not known yet)?
    pub(crate) fn accepts(&self, task: &Task, now: u32, macs_per_block: Option<u128>) -> bool {
        let Ok(shape) = Shape::new(task.set, task.m, task.n) else {
            return false;
        };
        let macs = shape.macs();
        // Twice the measured time: the machine may be busier than it was.
        let computing = macs_per_block.map_or(0, |rate| 2 * macs.div_ceil(rate.max(1)));
        let needed = computing.saturating_add(u128::from(self.min_blocks_left));
        self.sets.contains(&task.set)
            && task.bounty >= self.min_bounty
            && self.max_macs.is_none_or(|max| macs <= max)
            && u128::from(task.deadline.saturating_sub(now)) >= needed
    }
}
