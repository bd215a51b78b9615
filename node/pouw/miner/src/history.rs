//! What became of this worker's tasks from one block to the next.

use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::chain::Task;
use sp_core::crypto::AccountId32;
use std::collections::BTreeMap;

/// What this worker has at stake in a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stake {
    Claimed { expires_at: u32 },
    Delivered { challenge_until: u32 },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Claimed,
    Delivered,
    /// Finalised: the bounty was paid and this much credit given.
    Paid {
        credit: u128,
    },
    /// The claim ran out: the bond is lost.
    Expired,
    /// The result was proven wrong: the bond is lost.
    Challenged,
    /// A reorganisation took the claim or the result back.
    Undone,
}

#[derive(Default)]
pub(crate) struct History {
    stakes: BTreeMap<TaskId, Stake>,
}

impl History {
    /// Takes in the tasks as of block `now` and tells what changed since the last call. `reorganised`: the block
    /// of the last call is not an ancestor of this one.
    pub(crate) fn observe(
        &mut self,
        now: u32,
        reorganised: bool,
        me: &AccountId32,
        tasks: &[Task],
    ) -> Vec<(TaskId, Change)> {
        let mut stakes = BTreeMap::new();
        let mut paid = BTreeMap::new();
        for task in tasks {
            match &task.state {
                TaskState::Claimed {
                    worker, expires_at, ..
                } if worker == me => {
                    let expires_at = *expires_at;
                    stakes.insert(task.id, Stake::Claimed { expires_at });
                }
                TaskState::Delivered {
                    worker,
                    challenge_until,
                    ..
                } if worker == me => {
                    let challenge_until = *challenge_until;
                    stakes.insert(task.id, Stake::Delivered { challenge_until });
                }
                TaskState::Finalized { worker, credit, .. } if worker == me => {
                    paid.insert(task.id, *credit);
                }
                _ => {}
            }
        }
        let before = std::mem::replace(&mut self.stakes, stakes);
        let mut changes: Vec<_> = before
            .iter()
            .filter_map(|(id, was)| {
                let change = match (was, self.stakes.get(id), paid.get(id)) {
                    (_, None, Some(credit)) => Change::Paid { credit: *credit },
                    (Stake::Claimed { .. }, Some(Stake::Delivered { .. }), _) => Change::Delivered,
                    (Stake::Delivered { .. }, Some(Stake::Claimed { .. }), _) => Change::Undone,
                    (_, Some(_), _) => return None,
                    (Stake::Claimed { expires_at }, None, None) if now > *expires_at => {
                        Change::Expired
                    }
                    (Stake::Claimed { .. }, None, None) => Change::Undone,
                    // Challenges end with the window; what is gone after it was paid and swept.
                    (Stake::Delivered { challenge_until }, None, None) => {
                        let swept = now > *challenge_until && tasks.iter().all(|t| t.id != *id);
                        match (swept, reorganised) {
                            (true, _) => return None,
                            (false, true) => Change::Undone,
                            (false, false) => Change::Challenged,
                        }
                    }
                };
                Some((*id, change))
            })
            .collect();
        changes.extend(
            self.stakes
                .iter()
                .filter(|(id, _)| !before.contains_key(id))
                .map(|(id, stake)| match stake {
                    Stake::Claimed { .. } => (*id, Change::Claimed),
                    Stake::Delivered { .. } => (*id, Change::Delivered),
                }),
        );
        changes
    }

    /// Claims and delivered results of this worker as of the last block.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let claimed = |stake: &&Stake| matches!(stake, Stake::Claimed { .. });
        let claims = self.stakes.values().filter(claimed).count();
        (claims as u32, (self.stakes.len() - claims) as u32)
    }
}
