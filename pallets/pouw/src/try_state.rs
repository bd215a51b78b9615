//! What must hold of the storage between any two calls. Numbered, so that a failure names its rule.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use bcai_pouw_primitives::{transcript::work_of_ticket, ParamSet, TaskId};
use frame_support::{
    ensure,
    traits::{fungible::InspectHold, Get, GetStorageVersion},
};
use sp_runtime::{
    traits::{One, Zero},
    Saturating, TryRuntimeError,
};

use crate::{
    types::Status, Agenda, AgendaCursor, BalanceOf, Beneficiaries, ClaimCount, ClaimOf, Config,
    HoldReason, NextTaskId, Pallet, PendingAnchors, PeriodActivity, Targets, TaskCount, TaskOf,
    Tasks, Tickets, TotalCredit, WorkCredits,
};

impl<T: Config> Pallet<T> {
    /// Checks every invariant. Errors: the first that is broken.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let tasks: BTreeMap<TaskId, TaskOf<T>> = Tasks::<T>::iter().collect();
        Self::try_holds(&tasks)?;
        Self::try_tickets(&tasks)?;
        Self::try_agenda(&tasks)?;
        Self::try_counts(&tasks)?;
        Self::try_credit()?;
        Self::try_targets()?;
        Self::try_anchors(&tasks)?;
        Self::try_tasks(&tasks)?;
        Self::try_config()
    }

    fn working_claim(task: &TaskOf<T>) -> Option<&ClaimOf<T>> {
        match &task.status {
            Status::Claimed(claim) => Some(claim),
            Status::Delivered(delivery) => Some(&delivery.claim),
            Status::Open { .. } | Status::Finalized(_) => None,
        }
    }

    fn is_finalized(task: &TaskOf<T>) -> bool {
        matches!(task.status, Status::Finalized(_))
    }

    /// 1. What an account has on hold is the sum of what its tasks say, for each reason.
    fn try_holds(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        let mut bounties = BTreeMap::<Vec<u8>, BalanceOf<T>>::new();
        let mut bonds = BTreeMap::<Vec<u8>, BalanceOf<T>>::new();
        let mut deposits: BTreeMap<Vec<u8>, BalanceOf<T>> = Beneficiaries::<T>::iter()
            .map(|(worker, (_, deposit))| (codec::Encode::encode(&worker), deposit))
            .collect();
        let key = |who: &T::AccountId| codec::Encode::encode(who);
        for task in tasks.values() {
            if !Self::is_finalized(task) {
                let sum = bounties.entry(key(&task.requester)).or_default();
                sum.saturating_accrue(task.bounty);
            }
            if let Some(claim) = Self::working_claim(task) {
                let sum = bonds.entry(key(&claim.worker)).or_default();
                sum.saturating_accrue(claim.bond);
            }
        }
        for who in frame_system::Account::<T>::iter_keys() {
            let held = |reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), &who);
            let bounty = bounties.remove(&key(&who)).unwrap_or_else(Zero::zero);
            let bond = bonds.remove(&key(&who)).unwrap_or_else(Zero::zero);
            let deposit = deposits.remove(&key(&who)).unwrap_or_else(Zero::zero);
            ensure!(
                held(HoldReason::Bounty) == bounty,
                "1: bounties on hold differ from those of the tasks"
            );
            ensure!(
                held(HoldReason::Bond) == bond,
                "1: bonds on hold differ from those of the claims"
            );
            ensure!(
                held(HoldReason::Beneficiary) == deposit,
                "1: deposits on hold differ from those of the beneficiaries"
            );
        }
        ensure!(
            bounties.is_empty() && bonds.is_empty() && deposits.is_empty(),
            "1: an account that doesn't exist should have funds on hold"
        );
        Ok(())
    }

    /// 2. A list of tickets belongs to a claimed or delivered task, is bounded, ascending without repetition and within the matrices.
    /// 3. Pending credit is the work of the tickets at the claim's target: none without a ticket.
    fn try_tickets(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        for (id, tickets) in Tickets::<T>::iter() {
            let task = tasks.get(&id).ok_or("2: tickets without a task")?;
            ensure!(
                Self::working_claim(task).is_some(),
                "2: tickets of a task that nobody works on"
            );
            ensure!(!tickets.is_empty(), "2: an empty list of tickets");
            ensure!(
                tickets.len() <= T::MaxTicketsPerTask::get() as usize,
                "2: too many tickets"
            );
            ensure!(
                tickets
                    .windows(2)
                    .all(|pair| matches!(pair, [a, b] if a < b)),
                "2: tickets out of order or repeated"
            );
            let shape = Self::commitment_of(task)?.shape;
            ensure!(
                tickets
                    .iter()
                    .all(|(i, j, l)| shape.tile_index(*i, *j).is_some() && *l < shape.slabs()),
                "2: a ticket outside of the matrices"
            );
        }
        for (id, task) in tasks {
            if let Some(claim) = Self::working_claim(task) {
                let count = Tickets::<T>::decode_len(id).unwrap_or(0) as u128;
                ensure!(
                    claim.credit == work_of_ticket(task.set, claim.target).saturating_mul(count),
                    "3: pending credit differs from the tickets' work"
                );
            }
        }
        Ok(())
    }

    /// 4. Every task but the delivered ones has exactly one agenda entry, at its due block and not before the cursor; there are no
    ///    others, and the cursor is not ahead of the next block.
    fn try_agenda(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        let cursor = AgendaCursor::<T>::get();
        let next = Self::now().saturating_add(One::one());
        ensure!(cursor <= next, "4: a cursor ahead of the next block");
        let mut seen = BTreeSet::new();
        for (block, id, ()) in Agenda::<T>::iter() {
            let task = tasks.get(&id).ok_or("4: an agenda entry without a task")?;
            ensure!(
                Self::due_of(&task.status) == Some(block),
                "4: an agenda entry at a block where its task isn't due"
            );
            ensure!(block >= cursor, "4: an agenda entry before the cursor");
            seen.insert(id);
        }
        let expected = tasks
            .iter()
            .filter(|(_, task)| Self::due_of(&task.status).is_some())
            .map(|(id, _)| *id)
            .collect::<BTreeSet<_>>();
        ensure!(seen == expected, "4: a task without its agenda entry");
        Ok(())
    }

    /// 5. Counters per account match the tasks, and are absent at zero.
    fn try_counts(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        let mut posted = BTreeMap::<Vec<u8>, u32>::new();
        let mut claimed = BTreeMap::<Vec<u8>, u32>::new();
        let key = |who: &T::AccountId| codec::Encode::encode(who);
        for task in tasks.values() {
            if !Self::is_finalized(task) {
                posted
                    .entry(key(&task.requester))
                    .or_default()
                    .saturating_inc();
            }
            if let Status::Claimed(claim) = &task.status {
                claimed
                    .entry(key(&claim.worker))
                    .or_default()
                    .saturating_inc();
            }
        }
        let stored = |(who, count): (T::AccountId, u32)| (key(&who), count);
        ensure!(
            TaskCount::<T>::iter()
                .map(stored)
                .collect::<BTreeMap<_, _>>()
                == posted,
            "5: a requester's count differs from its tasks"
        );
        ensure!(
            ClaimCount::<T>::iter()
                .map(stored)
                .collect::<BTreeMap<_, _>>()
                == claimed,
            "5: a worker's count differs from its claims"
        );
        Ok(())
    }

    /// 6. The accounts' credit sums up to at most the total; no record is of a later halving.
    fn try_credit() -> Result<(), TryRuntimeError> {
        let halvings = Self::halvings();
        let total = TotalCredit::<T>::get();
        ensure!(
            total.halvings <= halvings,
            "6: total credit of a later halving"
        );
        let mut sum = 0u128;
        for (_, record) in WorkCredits::<T>::iter() {
            ensure!(record.halvings <= halvings, "6: credit of a later halving");
            ensure!(
                record.amount > 0,
                "6: a credit record that was never granted"
            );
            sum = sum
                .checked_add(record.after(halvings))
                .ok_or("6: credit overflows")?;
        }
        ensure!(
            sum <= total.after(halvings),
            "6: accounts have more credit than the total"
        );
        Ok(())
    }

    /// 7. Targets are within their bounds; only enabled sets have activity.
    fn try_targets() -> Result<(), TryRuntimeError> {
        for (_, target) in Targets::<T>::iter() {
            ensure!(
                target >= Self::hardest_target() && target <= Self::easiest_target(),
                "7: a target out of bounds"
            );
        }
        for set in PeriodActivity::<T>::iter_keys().collect::<Vec<ParamSet>>() {
            ensure!(
                Targets::<T>::contains_key(set),
                "7: activity of a set that isn't enabled"
            );
        }
        Ok(())
    }

    /// 8. The pending anchors are exactly the claims without one, each of this block.
    fn try_anchors(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        let pending = PendingAnchors::<T>::get();
        let unique = pending.iter().copied().collect::<BTreeSet<_>>();
        ensure!(
            unique.len() == pending.len(),
            "8: a pending anchor repeated"
        );
        let mut without = BTreeSet::new();
        for (id, task) in tasks {
            if let Some(claim) = Self::working_claim(task).filter(|c| c.anchor.is_none()) {
                ensure!(
                    claim.claimed_at == frame_system::Pallet::<T>::block_number(),
                    "8: an older claim without its anchor"
                );
                without.insert(*id);
            }
        }
        ensure!(
            unique == without,
            "8: pending anchors differ from the claims without one"
        );
        Ok(())
    }

    /// 9. Tasks have numbers below the next one, legal shapes and blocks in their order.
    /// 10. The storage is of this code's version.
    fn try_tasks(tasks: &BTreeMap<TaskId, TaskOf<T>>) -> Result<(), TryRuntimeError> {
        let now = Self::now();
        for (id, task) in tasks {
            ensure!(
                *id < NextTaskId::<T>::get(),
                "9: a task number not given yet"
            );
            Self::commitment_of(task)?;
            if let Some(claim) = Self::working_claim(task) {
                ensure!(
                    Self::time_of(claim.claimed_at) <= claim.expires_at
                        && claim.expires_at <= task.deadline,
                    "9: a claim outside of its task's time"
                );
            }
            match &task.status {
                Status::Open { due } => ensure!(
                    *due > task.deadline,
                    "9: an open task due before its deadline"
                ),
                Status::Delivered(delivery) => ensure!(
                    delivery.challenge_until <= now.saturating_add(T::MaxTaskDuration::get()),
                    "9: a result that can be challenged for too long"
                ),
                Status::Finalized(payout) => ensure!(
                    payout.finalized_at <= now,
                    "9: a task finalised in a later block"
                ),
                Status::Claimed(_) => {}
            }
        }
        ensure!(
            Self::on_chain_storage_version() == Self::in_code_storage_version(),
            "10: storage of another version"
        );
        Ok(())
    }

    /// 11. What votes tune leaves a configuration that doesn't contradict itself.
    fn try_config() -> Result<(), TryRuntimeError> {
        Self::check_config().map_err(TryRuntimeError::from)
    }
}
