//! Targets per parameter set: set at genesis, moved once a period by what the period had.

use bcai_pouw_primitives::{difficulty::retarget, transcript::work_of_ticket, ParamSet, U256};
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::CheckedDiv, Saturating};

use crate::{Config, Event, Pallet, PeriodActivity, Targets};

/// The target whose tickets have at least this many leading zero bits.
// Not `>>` by itself: lints can't know that a shift of this type never panics.
pub(crate) fn target_with_zeros(bits: u32) -> U256 {
    core::ops::Shr::shr(U256::MAX, bits)
}

impl<T: Config> Pallet<T> {
    /// What a ticket of a claim made now must not exceed; `None` where the set is not enabled.
    pub fn target_of(set: ParamSet) -> Option<U256> {
        Targets::<T>::get(set)
    }

    /// The smallest target that a retarget can reach.
    pub fn hardest_target() -> U256 {
        target_with_zeros(T::HardestTargetBits::get())
    }

    /// The largest target that a retarget can reach.
    pub fn easiest_target() -> U256 {
        target_with_zeros(T::EasiestTargetBits::get())
    }

    pub(crate) fn is_period_start(block: BlockNumberFor<T>) -> bool {
        let period = T::RetargetPeriod::get();
        block
            .checked_div(&period)
            .is_some_and(|periods| periods.saturating_mul(period) == block)
    }

    /// Moves each enabled set's target by the tickets of the claims that ended in the period that just did. Where none ended, the
    /// target stays.
    pub(crate) fn retarget_all() {
        let expected = T::TicketsPerPeriod::get();
        for set in ParamSet::ALL {
            let Some(old) = Targets::<T>::get(set) else {
                continue;
            };
            let activity = PeriodActivity::<T>::get(set);
            if activity.claims == 0 {
                continue;
            }
            PeriodActivity::<T>::remove(set);
            let new = retarget(
                old,
                activity.tickets,
                expected,
                Self::hardest_target(),
                Self::easiest_target(),
            );
            if new != old {
                Targets::<T>::insert(set, new);
                Self::deposit_event(Event::TargetAdjusted {
                    set,
                    old,
                    new,
                    tickets: activity.tickets,
                });
            }
        }
    }

    /// Counts a claim that ends, with the tickets that its work would have given at the target of now: its own may be much
    /// easier, and tickets that were easy to find say nothing against a target under which nobody has claimed yet.
    pub(crate) fn note_end_of_claim(set: ParamSet, work: u128) {
        let Some(target) = Targets::<T>::get(set) else {
            return;
        };
        let of_one = work_of_ticket(set, target).max(1);
        let tickets = work
            .saturating_add(of_one / 2)
            .checked_div(of_one)
            .map_or(0, |tickets| u32::try_from(tickets).unwrap_or(u32::MAX));
        PeriodActivity::<T>::mutate(set, |activity| {
            activity.claims.saturating_inc();
            activity.tickets.saturating_accrue(tickets);
        });
    }
}
