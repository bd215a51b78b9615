//! What this process has computed, in what time, and what the chain credits for it.

use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_tasks::chain::Task;
use sp_core::crypto::AccountId32;
use std::{collections::BTreeMap, time::Duration};

/// A claim that was computed and isn't settled.
struct Claim {
    anchor: Hash32,
    /// Multiply-accumulates that one of its tickets stands for.
    work_of_ticket: u128,
    /// Of the tickets that the chain has.
    credit: u128,
}

/// Work and time since the process started.
#[derive(Default)]
pub(crate) struct Earned {
    macs: u128,
    time: Duration,
    /// Credit of settled tasks.
    settled: u128,
    claims: BTreeMap<TaskId, Claim>,
}

impl Earned {
    /// Notes that a claim of so many multiply-accumulates was computed in this time.
    pub(crate) fn computed(
        &mut self,
        (task, anchor): (TaskId, Hash32),
        work_of_ticket: u128,
        macs: u128,
        took: Duration,
    ) {
        self.macs = self.macs.saturating_add(macs);
        self.time = self.time.saturating_add(took);
        let claim = Claim {
            anchor,
            work_of_ticket,
            credit: 0,
        };
        self.claims.insert(task, claim);
    }

    /// Takes in the tasks of a block. `reorganised`: the block of the last call is not an ancestor of it.
    pub(crate) fn observe(&mut self, reorganised: bool, me: &AccountId32, tasks: &[Task]) {
        for (id, mut claim) in std::mem::take(&mut self.claims) {
            let tickets = match tasks.iter().find(|task| task.id == id).map(|it| &it.state) {
                Some(TaskState::Claimed {
                    worker,
                    anchor,
                    tickets,
                    ..
                }) if worker == me && *anchor == Some(claim.anchor) => tickets.len() as u128,
                Some(TaskState::Delivered {
                    worker, tickets, ..
                }) if worker == me => u128::from(*tickets),
                Some(TaskState::Finalized { worker, credit, .. }) if worker == me => {
                    self.settled = self.settled.saturating_add(*credit);
                    continue;
                }
                // Paid and swept.
                None if !reorganised => {
                    self.settled = self.settled.saturating_add(claim.credit);
                    continue;
                }
                // Lost, or of another fork.
                _ => continue,
            };
            claim.credit = tickets.saturating_mul(claim.work_of_ticket);
            self.claims.insert(id, claim);
        }
    }

    /// Time that computing took.
    pub(crate) fn time(&self) -> Duration {
        self.time
    }

    /// The work that the chain has credited, or will when the task is paid.
    pub(crate) fn credited(&self) -> u128 {
        let open = self.claims.values().map(|claim| claim.credit);
        open.fold(self.settled, u128::saturating_add)
    }

    /// Multiply-accumulates of the tasks computed, in each second that computing took; 0 before the first.
    pub(crate) fn macs_per_second(&self) -> u64 {
        self.per_second(self.macs)
    }

    /// The same of the credited work.
    pub(crate) fn credited_per_second(&self) -> u64 {
        self.per_second(self.credited())
    }

    fn per_second(&self, work: u128) -> u64 {
        match self.time.is_zero() {
            true => 0,
            false => (work as f64 / self.time.as_secs_f64()) as u64,
        }
    }
}
