//! What nodes and dApps read, through the runtime API.

use alloc::vec::Vec;

use bcai_pouw_primitives::{TaskId, TaskInfo, TaskState};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

use crate::{types::Status, BalanceOf, Config, NextTaskId, Pallet, TaskOf, Tasks, Tickets};

/// Ids that one reading of a list looks at, at most.
pub const MAX_LISTED: u32 = 256;

/// A task as this chain's runtime API shows it.
pub type TaskInfoOf<T> =
    TaskInfo<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
    /// The task with this number, while the chain knows it.
    pub fn task_info(id: TaskId) -> Option<TaskInfoOf<T>> {
        Tasks::<T>::get(id).map(|task| Self::describe(id, task))
    }

    /// The tasks that exist among the ids `from .. from + limit`, ascending; `limit` counts at most [`MAX_LISTED`].
    pub fn tasks_from(from: TaskId, limit: u32) -> Vec<TaskInfoOf<T>> {
        let end = from
            .saturating_add(u64::from(limit.min(MAX_LISTED)))
            .min(NextTaskId::<T>::get());
        (from..end).filter_map(Self::task_info).collect()
    }

    /// The number that the next task gets.
    pub fn next_task_id() -> TaskId {
        NextTaskId::<T>::get()
    }

    fn describe(id: TaskId, task: TaskOf<T>) -> TaskInfoOf<T> {
        let state = match task.status {
            Status::Open { .. } => TaskState::Open,
            Status::Claimed(claim) => TaskState::Claimed {
                worker: claim.worker,
                claimed_at: claim.claimed_at,
                expires_at: claim.expires_at,
                anchor: claim.anchor,
                target: claim.target,
                tickets: Tickets::<T>::get(id).into_inner(),
            },
            Status::Delivered(delivery) => TaskState::Delivered {
                worker: delivery.claim.worker,
                root_c: delivery.root_c,
                challenge_until: delivery.challenge_until,
                tickets: Tickets::<T>::decode_len(id)
                    .unwrap_or_default()
                    .saturated_into(),
            },
            Status::Finalized(outcome) => TaskState::Finalized {
                worker: outcome.worker,
                root_c: outcome.root_c,
                finalized_at: outcome.finalized_at,
                credit: outcome.credit,
            },
        };
        TaskInfo {
            id,
            requester: task.requester,
            set: task.set,
            m: task.m,
            n: task.n,
            root_a: task.root_a,
            root_b: task.root_b,
            bounty: task.bounty,
            deadline: task.deadline,
            state,
        }
    }
}
