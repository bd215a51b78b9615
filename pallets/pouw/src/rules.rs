//! What each call does, in the order of the calls. A task that stays moves from one status to the next in [`Pallet::move_to`], which
//! keeps the agenda in step.

use bcai_pouw_primitives::{
    transcript::work_of_ticket, verify_fraud, verify_ticket, Commitment, FraudProof, Hash32,
    JobInputs, ParamSet, Seeds, Shape, TaskId, TicketCertificate,
};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::H256;
use sp_runtime::{
    traits::{BlockNumberProvider, One, Zero},
    DispatchError, DispatchResult, Saturating,
};

use crate::{
    types::{Claim, Delivery, Payout, Status, Task},
    Agenda, AgendaCursor, BalanceOf, Beneficiaries, ClaimCount, ClaimOf, Config, DeliveryOf, Error,
    Event, NextTaskId, Pallet, PendingAnchors, StatusOf, Targets, TaskCount, TaskOf, Tasks,
    Tickets,
};

/// What a requester asks for, as the call carries it.
pub(crate) struct Order<T: Config> {
    pub set: ParamSet,
    pub m: u32,
    pub n: u32,
    pub slabs: u8,
    pub root_a: H256,
    pub root_b: H256,
    pub bounty: BalanceOf<T>,
    pub deadline: BlockNumberFor<T>,
    pub max_fee: BalanceOf<T>,
}

impl<T: Config> Pallet<T> {
    /// The time that tasks are counted in: see [`Config::BlockNumberProvider`].
    pub(crate) fn now() -> BlockNumberFor<T> {
        T::BlockNumberProvider::current_block_number()
    }

    /// The block of a time that is to come, where the chain goes on from now on.
    pub(crate) fn block_of(time: BlockNumberFor<T>) -> BlockNumberFor<T> {
        time.saturating_add(Self::stood())
    }

    /// The time of a block that is to come, where the chain goes on from now on.
    pub(crate) fn time_of(block: BlockNumberFor<T>) -> BlockNumberFor<T> {
        block.saturating_sub(Self::stood())
    }

    /// Blocks in which the chain stood still.
    fn stood() -> BlockNumberFor<T> {
        frame_system::Pallet::<T>::block_number().saturating_sub(Self::now())
    }

    pub(crate) fn do_post_task(requester: T::AccountId, order: Order<T>) -> DispatchResult {
        let now = Self::now();
        let deadline = Self::time_of(order.deadline);
        ensure!(
            Targets::<T>::contains_key(order.set),
            Error::<T>::ParamSetNotEnabled
        );
        let shape =
            Shape::new(order.set, order.m, order.n, order.slabs).map_err(Error::<T>::from)?;
        ensure!(
            order.bounty >= T::MinBounty::get(),
            Error::<T>::BountyTooSmall
        );
        ensure!(
            deadline >= now.saturating_add(T::MinTaskDuration::get()),
            Error::<T>::DeadlineTooSoon
        );
        ensure!(
            deadline <= now.saturating_add(T::MaxTaskDuration::get()),
            Error::<T>::DeadlineTooLate
        );
        let fee = Self::posting_fee_of(&shape);
        ensure!(fee <= order.max_fee, Error::<T>::PostingFeeAboveMax);
        TaskCount::<T>::try_mutate(&requester, |count| {
            ensure!(
                *count < T::MaxTasksPerRequester::get(),
                Error::<T>::TooManyTasks
            );
            count.saturating_inc();
            Ok::<_, DispatchError>(())
        })?;
        Self::fund(&requester, fee, order.bounty)?;
        let id = NextTaskId::<T>::try_mutate(|next| {
            let id = *next;
            *next = id.checked_add(1).ok_or(Error::<T>::TaskIdsExhausted)?;
            Ok::<_, DispatchError>(id)
        })?;
        let due = deadline.saturating_add(One::one());
        let task = Task {
            requester: requester.clone(),
            set: order.set,
            m: order.m,
            n: order.n,
            slabs: order.slabs,
            root_a: order.root_a.0,
            root_b: order.root_b.0,
            bounty: order.bounty,
            deadline,
            status: Status::Open { due },
        };
        Agenda::<T>::insert(due, id, ());
        Tasks::<T>::insert(id, task);
        Self::deposit_event(Event::TaskPosted {
            task: id,
            requester,
            set: order.set,
            m: order.m,
            n: order.n,
            slabs: order.slabs,
            root_a: order.root_a,
            root_b: order.root_b,
            bounty: order.bounty,
            deadline: order.deadline,
            fee,
        });
        Ok(())
    }

    pub(crate) fn do_claim_task(worker: T::AccountId, id: TaskId) -> DispatchResult {
        let now = Self::now();
        let task = Self::existing(id)?;
        Self::open_until(&task)?;
        ensure!(now <= task.deadline, Error::<T>::DeadlinePassed);
        let target = Targets::<T>::get(task.set).ok_or(Error::<T>::ParamSetNotEnabled)?;
        ClaimCount::<T>::try_mutate(&worker, |count| {
            ensure!(
                *count < T::MaxClaimsPerWorker::get(),
                Error::<T>::TooManyClaims
            );
            count.saturating_inc();
            Ok::<_, DispatchError>(())
        })?;
        PendingAnchors::<T>::try_append(id).map_err(|_| Error::<T>::TooManyClaimsInBlock)?;
        let bond = Self::bond_for(task.bounty);
        Self::hold_bond(&worker, bond)?;
        let expires_at = now
            .saturating_add(T::ClaimDuration::get())
            .min(task.deadline);
        Self::move_to(
            id,
            task,
            Status::Claimed(Claim {
                worker: worker.clone(),
                bond,
                claimed_at: frame_system::Pallet::<T>::block_number(),
                expires_at,
                anchor: None,
                target,
                credit: 0,
            }),
        );
        Self::deposit_event(Event::TaskClaimed {
            task: id,
            worker,
            bond,
            expires_at: Self::block_of(expires_at),
            target,
        });
        Ok(())
    }

    pub(crate) fn do_submit_ticket(
        worker: T::AccountId,
        certificate: TicketCertificate,
    ) -> DispatchResult {
        let id = certificate.task;
        let mut task = Self::existing(id)?;
        let mut claim = Self::workable_claim(&task, &worker)?;
        let anchor = claim.anchor.ok_or(Error::<T>::AnchorNotKnown)?;
        let (i, j, l) = (certificate.i, certificate.j, certificate.l);
        let mut tickets = Tickets::<T>::get(id);
        let at = match tickets.binary_search(&(i, j, l)) {
            Ok(_) => return Err(Error::<T>::TicketAlreadySubmitted.into()),
            Err(at) => at,
        };
        tickets
            .try_insert(at, (i, j, l))
            .map_err(|_| Error::<T>::TooManyTickets)?;
        let commitment = Self::commitment_of(&task)?;
        let seeds = Self::seeds_of(id, &task, &worker, anchor);
        let ticket = verify_ticket(&certificate, &commitment, &seeds, claim.target)
            .map_err(Error::<T>::from)?;
        let work = work_of_ticket(task.set, claim.target);
        claim.credit = claim.credit.saturating_add(work);
        Tickets::<T>::insert(id, tickets);
        // Not `move_to`: the claim's place in the agenda stays.
        task.status = Status::Claimed(claim);
        Tasks::<T>::insert(id, task);
        Self::deposit_event(Event::TicketAccepted {
            task: id,
            worker,
            i,
            j,
            l,
            ticket,
            work,
        });
        Ok(())
    }

    pub(crate) fn do_submit_result(
        worker: T::AccountId,
        id: TaskId,
        root_c: H256,
    ) -> DispatchResult {
        let now = Self::now();
        let (task, claim) = Self::deliverable(&worker, id)?;
        let challenge_until = now.saturating_add(T::ChallengeWindow::get());
        Self::uncount_claim(&worker);
        Self::note_end_of_claim(task.set, claim.credit);
        Self::move_to(
            id,
            task,
            Status::Delivered(Delivery {
                claim,
                root_c: root_c.0,
                challenge_until,
            }),
        );
        Self::deposit_event(Event::ResultDelivered {
            task: id,
            worker,
            root_c,
            challenge_until: Self::block_of(challenge_until),
        });
        Ok(())
    }

    pub(crate) fn do_challenge_result(
        challenger: T::AccountId,
        proof: FraudProof,
    ) -> DispatchResult {
        let now = Self::now();
        let id = proof.task;
        let task = Self::existing(id)?;
        let delivery = Self::delivery_of(&task)?;
        ensure!(
            now <= delivery.challenge_until,
            Error::<T>::ChallengeWindowClosed
        );
        let commitment = Self::commitment_of(&task)?;
        verify_fraud(&proof, &commitment, &delivery.root_c).map_err(Error::<T>::from)?;
        let worker = delivery.claim.worker;
        let slashed = Self::slash_bond(id, &worker, &challenger, delivery.claim.bond);
        Tickets::<T>::remove(id);
        Self::reopen(id, task);
        Self::deposit_event(Event::ResultRefuted {
            task: id,
            worker,
            challenger,
            reward: slashed.reward,
            forfeited: slashed.forfeited,
        });
        Ok(())
    }

    pub(crate) fn do_finalize_task(id: TaskId) -> DispatchResult {
        let now = Self::now();
        let (task, Delivery { claim, root_c, .. }) = Self::finalizable(id)?;
        let (worker, bounty) = (claim.worker, task.bounty);
        Self::pay_bounty(&task.requester, &worker, bounty)?;
        Self::release_bond(&worker, claim.bond)?;
        let beneficiary =
            Beneficiaries::<T>::get(&worker).map_or_else(|| worker.clone(), |(who, _)| who);
        let credit = Self::grant_credit(&beneficiary, claim.credit);
        Tickets::<T>::remove(id);
        Self::uncount_task(&task.requester);
        Self::move_to(
            id,
            task,
            Status::Finalized(Payout {
                worker: worker.clone(),
                root_c,
                finalized_at: now,
                credit,
            }),
        );
        Self::deposit_event(Event::TaskFinalized {
            task: id,
            worker,
            beneficiary,
            bounty,
            credit,
        });
        Ok(())
    }

    pub(crate) fn do_set_beneficiary(
        worker: T::AccountId,
        beneficiary: Option<T::AccountId>,
    ) -> DispatchResult {
        // The worker itself is what no entry means.
        let beneficiary = beneficiary.filter(|who| *who != worker);
        Beneficiaries::<T>::try_mutate(&worker, |entry| {
            let deposit = entry.take().map(|(_, deposit)| deposit);
            *entry = match (deposit, &beneficiary) {
                (Some(deposit), Some(who)) => Some((who.clone(), deposit)),
                (None, Some(who)) => Some((who.clone(), Self::hold_deposit(&worker)?)),
                (Some(deposit), None) => {
                    Self::release_deposit(&worker, deposit)?;
                    None
                }
                (None, None) => None,
            };
            Ok::<_, DispatchError>(())
        })?;
        Self::deposit_event(Event::BeneficiarySet {
            worker,
            beneficiary,
        });
        Ok(())
    }

    pub(crate) fn do_cancel_task(requester: T::AccountId, id: TaskId) -> DispatchResult {
        let (task, due) = Self::cancellable(&requester, id)?;
        Agenda::<T>::remove(due, id);
        Self::close(id, &task);
        Self::deposit_event(Event::TaskCancelled {
            task: id,
            requester,
            bounty: task.bounty,
        });
        Ok(())
    }

    /// Writes the task with its new status and moves its agenda entry to where that status is due.
    pub(crate) fn move_to(id: TaskId, mut task: TaskOf<T>, status: StatusOf<T>) {
        if let Some(due) = Self::due_of(&task.status) {
            Agenda::<T>::remove(due, id);
        }
        task.status = status;
        if let Some(due) = Self::due_of(&task.status) {
            Agenda::<T>::insert(due, id, ());
        }
        Tasks::<T>::insert(id, task);
    }

    /// Block at which `on_idle` acts on a task by itself; `None` where it waits for a call.
    pub(crate) fn due_of(status: &StatusOf<T>) -> Option<BlockNumberFor<T>> {
        match status {
            Status::Open { due } => Some(*due),
            Status::Claimed(claim) => Some(claim.expires_at.saturating_add(One::one())),
            Status::Delivered(_) => None,
            Status::Finalized(payout) => Some(
                payout
                    .finalized_at
                    .saturating_add(T::ResultRetention::get()),
            ),
        }
    }

    /// Lets others claim the task again; past its deadline, `on_idle` expires it at its next turn.
    pub(crate) fn reopen(id: TaskId, task: TaskOf<T>) {
        let due = task
            .deadline
            .saturating_add(One::one())
            .max(AgendaCursor::<T>::get());
        Self::move_to(id, task, Status::Open { due });
    }

    /// Gives the bounty of an open task back and forgets the task. Its agenda entry is for the caller to remove.
    pub(crate) fn close(id: TaskId, task: &TaskOf<T>) {
        Self::refund_bounty(id, &task.requester, task.bounty);
        Self::uncount_task(&task.requester);
        Tasks::<T>::remove(id);
    }

    pub(crate) fn uncount_task(requester: &T::AccountId) {
        TaskCount::<T>::mutate_exists(requester, Self::decrease);
    }

    pub(crate) fn uncount_claim(worker: &T::AccountId) {
        ClaimCount::<T>::mutate_exists(worker, Self::decrease);
    }

    fn decrease(count: &mut Option<u32>) {
        *count = count
            .map(|count| count.saturating_sub(1))
            .filter(|count| !count.is_zero());
    }

    fn existing(id: TaskId) -> Result<TaskOf<T>, DispatchError> {
        Tasks::<T>::get(id).ok_or(Error::<T>::UnknownTask.into())
    }

    /// The task and the claim of `worker` whose result can be taken in this block.
    pub(crate) fn deliverable(
        worker: &T::AccountId,
        id: TaskId,
    ) -> Result<(TaskOf<T>, ClaimOf<T>), DispatchError> {
        let task = Self::existing(id)?;
        let claim = Self::workable_claim(&task, worker)?;
        ensure!(claim.anchor.is_some(), Error::<T>::AnchorNotKnown);
        Ok((task, claim))
    }

    /// The task and its result, which stood its window.
    pub(crate) fn finalizable(id: TaskId) -> Result<(TaskOf<T>, DeliveryOf<T>), DispatchError> {
        let task = Self::existing(id)?;
        let delivery = Self::delivery_of(&task)?;
        ensure!(
            Self::now() > delivery.challenge_until,
            Error::<T>::ChallengeWindowOpen
        );
        Ok((task, delivery))
    }

    /// The open task of `requester`, and the block of its agenda entry.
    pub(crate) fn cancellable(
        requester: &T::AccountId,
        id: TaskId,
    ) -> Result<(TaskOf<T>, BlockNumberFor<T>), DispatchError> {
        let task = Self::existing(id)?;
        ensure!(task.requester == *requester, Error::<T>::NotTheRequester);
        let due = Self::open_until(&task)?;
        Ok((task, due))
    }

    /// The block in which the open task is cleaned up.
    fn open_until(task: &TaskOf<T>) -> Result<BlockNumberFor<T>, DispatchError> {
        match task.status {
            Status::Open { due } => Ok(due),
            Status::Claimed(_) => Err(Error::<T>::TaskAlreadyClaimed.into()),
            Status::Delivered(_) => Err(Error::<T>::TaskAlreadyDelivered.into()),
            Status::Finalized(_) => Err(Error::<T>::TaskAlreadyFinalized.into()),
        }
    }

    /// The claim that `worker` may still submit to.
    fn workable_claim(
        task: &TaskOf<T>,
        worker: &T::AccountId,
    ) -> Result<ClaimOf<T>, DispatchError> {
        let now = Self::now();
        let claim = match &task.status {
            Status::Open { .. } => return Err(Error::<T>::TaskNotClaimed.into()),
            Status::Claimed(claim) => claim,
            Status::Delivered(_) => return Err(Error::<T>::TaskAlreadyDelivered.into()),
            Status::Finalized(_) => return Err(Error::<T>::TaskAlreadyFinalized.into()),
        };
        ensure!(claim.worker == *worker, Error::<T>::NotTheWorker);
        ensure!(now <= claim.expires_at, Error::<T>::ClaimLapsed);
        Ok(claim.clone())
    }

    fn delivery_of(task: &TaskOf<T>) -> Result<DeliveryOf<T>, DispatchError> {
        match &task.status {
            Status::Delivered(delivery) => Ok(delivery.clone()),
            Status::Open { .. } | Status::Claimed(_) => Err(Error::<T>::TaskNotDelivered.into()),
            Status::Finalized(_) => Err(Error::<T>::TaskAlreadyFinalized.into()),
        }
    }

    pub(crate) fn commitment_of(task: &TaskOf<T>) -> Result<Commitment, DispatchError> {
        Ok(Commitment {
            shape: Shape::new(task.set, task.m, task.n, task.slabs).map_err(Error::<T>::from)?,
            root_a: task.root_a,
            root_b: task.root_b,
        })
    }

    pub(crate) fn seeds_of(
        id: TaskId,
        task: &TaskOf<T>,
        worker: &T::AccountId,
        anchor: Hash32,
    ) -> Seeds {
        // The hash of block 0 is never pruned.
        let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        let job = JobInputs {
            genesis_hash: genesis.into(),
            set: task.set,
            task: id,
            anchor,
            worker: worker.clone().into(),
            m: task.m,
            n: task.n,
            slabs: task.slabs,
        };
        Seeds::derive(&job, &task.root_a, &task.root_b)
    }
}
