//! What can go wrong for a miner, and when that is over.

use crate::decide::{is_claimed, Key};
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::chain::Task;
use sp_core::crypto::AccountId32;

/// What an error is about; each has one error at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Cause {
    /// The chain can't be read.
    Chain,
    /// Too little for a claim.
    Funds,
    /// A call was refused, or failed in its block.
    Call(Key),
    /// No room for the result of a task.
    Room(TaskId),
    /// A claim that is held can't be computed.
    Computation(TaskId),
    /// The bond of a task is lost.
    Lost(TaskId),
}

impl Cause {
    /// Can there still be trouble of this cause, with the tasks as they are?
    pub(crate) fn lasts(&self, tasks: &[Task], me: &AccountId32) -> bool {
        let task = |id: TaskId| tasks.iter().find(|task| task.id == id);
        let is_open = |id| task(id).is_some_and(|task| task.state == TaskState::Open);
        let is_held = |id| task(id).is_some_and(|task| is_claimed(task, me));
        match self {
            Cause::Call(Key::Claim(id)) => is_open(*id),
            Cause::Call(Key::Ticket(id, ..) | Key::Result(id, _)) => is_held(*id),
            Cause::Call(Key::Finalize(id)) => task(*id).is_some_and(
                |task| matches!(&task.state, TaskState::Delivered { worker, .. } if worker == me),
            ),
            Cause::Room(id) => is_open(*id) || is_held(*id),
            Cause::Computation(id) => is_held(*id),
            Cause::Chain | Cause::Funds | Cause::Lost(_) => true,
        }
    }
}
