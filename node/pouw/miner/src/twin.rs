//! Is another process mining for the same account?

use crate::decide::{is_claimed, Key};
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::{chain::Task, outbox::Outbox};
use sp_core::crypto::AccountId32;
use std::collections::BTreeSet;

/// Blocks for which a claim that this node sent before its last start can still get into a block.
const MORTALITY: u32 = 64;

/// The claims of this account that this process did not send.
#[derive(Default)]
pub(crate) struct Twin {
    started_at: Option<u32>,
    known: BTreeSet<(TaskId, u32)>,
    count: u64,
}

impl Twin {
    /// Takes in the tasks as of block `now`; gives the foreign claims that were not seen before.
    pub(crate) fn observe(
        &mut self,
        now: u32,
        me: &AccountId32,
        tasks: &[Task],
        outbox: &Outbox<Key>,
    ) -> Vec<TaskId> {
        let of_earlier_starts = self.started_at.get_or_insert(now).saturating_add(MORTALITY);
        let foreign = tasks.iter().filter(|task| is_claimed(task, me));
        let foreign: BTreeSet<(TaskId, u32)> = foreign
            .filter_map(|task| match task.state {
                TaskState::Claimed { claimed_at, .. } => Some((task.id, claimed_at)),
                _ => None,
            })
            .filter(|(id, claimed_at)| {
                let own = Key::Claim(*id);
                let unsent = outbox.is_unknown(&own) && *claimed_at > of_earlier_starts;
                unsent || outbox.came_to_nothing(&own)
            })
            .collect();
        let new: Vec<TaskId> = foreign.difference(&self.known).map(|(id, _)| *id).collect();
        self.known = foreign;
        self.count += new.len() as u64;
        new
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}
