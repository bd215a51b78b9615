//! What nodes and dApps read, through the runtime API.

use alloc::vec::Vec;

use bcai_pouw_primitives::{
    Commitment, JobInputs, Limits, Seeds, TaskId, TaskInfo, TaskState, TicketCertificate,
    VerifyError, U256,
};
use frame_support::traits::{
    fungible::Inspect,
    tokens::{Fortitude, Preservation},
    Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

use crate::{types::Status, BalanceOf, Config, NextTaskId, Pallet, TaskOf, Tasks, Tickets};

/// Most ids that one reading of a list of tasks looks at.
pub(crate) const MAX_LISTED: u32 = 256;

/// A task as this chain's runtime API shows it.
pub type TaskInfoOf<T> =
    TaskInfo<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

impl<T: Config> Pallet<T> {
    /// The task with this number, while the chain knows it.
    pub fn task_info(id: TaskId) -> Option<TaskInfoOf<T>> {
        Tasks::<T>::get(id).map(|task| Self::describe(id, task))
    }

    /// The tasks that exist among the ids `from .. from + limit`, ascending; `limit` counts at most [`Limits::max_listed`].
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

    /// What this chain allows, with the expected time from one block to the next, in milliseconds, which only the runtime knows.
    pub fn limits(block_time_ms: u64) -> Limits<BalanceOf<T>, BlockNumberFor<T>> {
        Limits {
            block_time_ms,
            existential_deposit: T::Currency::minimum_balance(),
            min_bounty: T::MinBounty::get(),
            min_task_duration: T::MinTaskDuration::get(),
            max_task_duration: T::MaxTaskDuration::get(),
            claim_duration: T::ClaimDuration::get(),
            challenge_window: T::ChallengeWindow::get(),
            max_tasks_per_requester: T::MaxTasksPerRequester::get(),
            max_claims_per_worker: T::MaxClaimsPerWorker::get(),
            max_tickets_per_task: T::MaxTicketsPerTask::get(),
            max_listed: MAX_LISTED,
        }
    }

    /// The most that fees can take from the account now: neither what is on hold, nor frozen, nor the existential deposit.
    pub fn spendable(who: &T::AccountId) -> BalanceOf<T> {
        T::Currency::reducible_balance(who, Preservation::Preserve, Fortitude::Polite)
    }

    /// The most that a call can put on hold of the account, for a bounty, a bond or a deposit: what is frozen can be, as well.
    pub fn holdable(who: &T::AccountId) -> BalanceOf<T> {
        T::Currency::reducible_balance(who, Preservation::Protect, Fortitude::Force)
    }

    /// Tries a certificate without submitting it: returns its ticket. Errors: as [`bcai_pouw_primitives::verify_ticket`].
    pub fn verify_ticket(
        commitment: &Commitment,
        job: &JobInputs,
        certificate: &TicketCertificate,
        target: U256,
    ) -> Result<U256, VerifyError> {
        let seeds = Seeds::derive(job, &commitment.root_a, &commitment.root_b);
        bcai_pouw_primitives::verify_ticket(certificate, commitment, &seeds, target)
    }

    fn describe(id: TaskId, task: TaskOf<T>) -> TaskInfoOf<T> {
        let state = match task.status {
            Status::Open { .. } => TaskState::Open,
            Status::Claimed(claim) => TaskState::Claimed {
                worker: claim.worker,
                claimed_at: claim.claimed_at,
                expires_at: Self::block_of(claim.expires_at),
                anchor: claim.anchor,
                target: claim.target,
                tickets: Tickets::<T>::get(id).into_inner(),
            },
            Status::Delivered(delivery) => TaskState::Delivered {
                worker: delivery.claim.worker,
                root_c: delivery.root_c,
                challenge_until: Self::block_of(delivery.challenge_until),
                tickets: Tickets::<T>::decode_len(id)
                    .unwrap_or_default()
                    .saturated_into(),
            },
            Status::Finalized(payout) => TaskState::Finalized {
                worker: payout.worker,
                root_c: payout.root_c,
                finalized_at: Self::block_of(payout.finalized_at),
                credit: payout.credit,
            },
        };
        TaskInfo {
            id,
            requester: task.requester,
            set: task.set,
            m: task.m,
            n: task.n,
            slabs: task.slabs,
            root_a: task.root_a,
            root_b: task.root_b,
            bounty: task.bounty,
            deadline: Self::block_of(task.deadline),
            state,
        }
    }
}
