//! What happens without a call: anchors in `on_initialize`, expiry in bounded steps in `on_idle`.

use bcai_pouw_primitives::TaskId;
use frame_support::{
    defensive,
    storage::PrefixIterator,
    traits::Get,
    weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::One, Saturating};

use crate::{
    types::{Claim, Status},
    Agenda, AgendaCursor, ClaimOf, Config, Event, Pallet, PendingAnchors, TaskOf, Tasks, Tickets,
    WeightInfo,
};

impl<T: Config> Pallet<T> {
    /// Writes the parent block's hash into the claims that the parent block made; returns how many there were.
    pub(crate) fn record_anchors() -> u32 {
        let pending = PendingAnchors::<T>::take();
        if pending.is_empty() {
            return 0;
        }
        let anchor = frame_system::Pallet::<T>::parent_hash().into();
        for id in &pending {
            Tasks::<T>::mutate(id, |task| {
                match task.as_mut().map(|task| &mut task.status) {
                    Some(Status::Claimed(Claim { anchor: slot, .. })) => *slot = Some(anchor),
                    _ => {
                        defensive!("a claim can't end in its own block", id);
                    }
                }
            });
        }
        pending.len() as u32
    }

    /// The weight without which no agenda step starts: that of the dearest one.
    pub(crate) fn dearest_agenda_step() -> Weight {
        T::WeightInfo::agenda_advance()
            .max(T::WeightInfo::expire_task())
            .max(T::WeightInfo::expire_claim())
            .max(T::WeightInfo::expire_claim_and_task())
            .max(T::WeightInfo::forget_result())
    }

    /// Takes at most `MaxIdleSteps` steps, each only while its weight fits into what remains; returns the weight used.
    pub(crate) fn take_idle_steps(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
        let mut meter = WeightMeter::with_limit(remaining);
        if meter.try_consume(T::WeightInfo::on_idle_base()).is_err() || T::StandsStill::get() {
            return meter.consumed();
        }
        let mut steps = T::MaxIdleSteps::get();
        Self::run_agenda(Self::now(), &mut meter, &mut steps);
        Self::sweep_credit(now, &mut meter, &mut steps);
        meter.consumed()
    }

    fn run_agenda(now: BlockNumberFor<T>, meter: &mut WeightMeter, steps: &mut u32) {
        let dearest = Self::dearest_agenda_step();
        let start = AgendaCursor::<T>::get();
        let mut cursor = start;
        'blocks: while cursor <= now {
            let mut entries = Agenda::<T>::drain_prefix(cursor);
            loop {
                if *steps == 0 || !meter.can_consume(dearest) {
                    break 'blocks;
                }
                steps.saturating_dec();
                let Some(used) = Self::take_agenda_step(&mut entries, now) else {
                    meter.consume(T::WeightInfo::agenda_advance());
                    break;
                };
                meter.consume(used);
            }
            cursor = cursor.saturating_add(One::one());
        }
        if cursor != start {
            AgendaCursor::<T>::put(cursor);
        }
    }

    /// Acts on the next task of a block's agenda; `None` where there is no more.
    pub(crate) fn take_agenda_step(
        entries: &mut PrefixIterator<(TaskId, ())>,
        now: BlockNumberFor<T>,
    ) -> Option<Weight> {
        entries.next().map(|(id, ())| Self::settle(id, now))
    }

    /// Acts on a task that is due and whose agenda entry is removed already; returns the weight of that.
    fn settle(id: TaskId, now: BlockNumberFor<T>) -> Weight {
        let Some(task) = Tasks::<T>::get(id) else {
            defensive!("an agenda entry without a task", id);
            return T::WeightInfo::agenda_advance();
        };
        match &task.status {
            Status::Open { .. } => {
                Self::expire_task(id, &task);
                T::WeightInfo::expire_task()
            }
            Status::Claimed(claim) => {
                Self::expire_claim(id, &task, claim);
                if now > task.deadline {
                    Self::expire_task(id, &task);
                    T::WeightInfo::expire_claim_and_task()
                } else {
                    Self::reopen(id, task);
                    T::WeightInfo::expire_claim()
                }
            }
            Status::Finalized(_) => {
                Tasks::<T>::remove(id);
                Self::deposit_event(Event::ResultForgotten { task: id });
                T::WeightInfo::forget_result()
            }
            Status::Delivered(_) => {
                defensive!("a delivered task is not on the agenda", id);
                T::WeightInfo::agenda_advance()
            }
        }
    }

    fn expire_task(id: TaskId, task: &TaskOf<T>) {
        Self::close(id, task);
        Self::deposit_event(Event::TaskExpired {
            task: id,
            requester: task.requester.clone(),
            bounty: task.bounty,
        });
    }

    fn expire_claim(id: TaskId, task: &TaskOf<T>, claim: &ClaimOf<T>) {
        let forfeited = Self::forfeit_bond(id, &claim.worker, claim.bond);
        Tickets::<T>::remove(id);
        Self::uncount_claim(&claim.worker);
        Self::note_end_of_claim(task.set, claim.credit);
        Self::deposit_event(Event::ClaimExpired {
            task: id,
            worker: claim.worker.clone(),
            forfeited,
        });
    }
}
