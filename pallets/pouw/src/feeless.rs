//! Which calls are free: those with which an account that has all but nothing left ends a hold of its own, or a bounty's.
//!
//! Without them an account would be locked out of its own money: whoever moves all of its balance while a bounty is on hold could not
//! cancel the task, and a worker who puts all of it into a bond would lose the bond for want of a fee. Three things keep that from being
//! a way to spam: a free call succeeds for certain, each ends what a paid call began, so that it can't be repeated, and whoever can pay
//! does. A free call has the lowest priority in the pool, so paying is also what gets a result through a full block.

use bcai_pouw_primitives::TaskId;
use frame_support::traits::Get;
use frame_system::{ensure_signed, pallet_prelude::OriginFor};

use crate::{Beneficiaries, Config, Pallet};

impl<T: Config> Pallet<T> {
    pub(crate) fn delivers_for_free(origin: &OriginFor<T>, id: TaskId) -> bool {
        Self::is_free(origin, |worker| Self::deliverable(worker, id).is_ok())
    }

    pub(crate) fn finalizes_for_free(origin: &OriginFor<T>, id: TaskId) -> bool {
        Self::is_free(origin, |_| Self::finalizable(id).is_ok())
    }

    pub(crate) fn cancels_for_free(origin: &OriginFor<T>, id: TaskId) -> bool {
        Self::is_free(origin, |requester| Self::cancellable(requester, id).is_ok())
    }

    /// Only with `None`, which gives the deposit back.
    pub(crate) fn unsets_beneficiary_for_free(
        origin: &OriginFor<T>,
        beneficiary: &Option<T::AccountId>,
    ) -> bool {
        beneficiary.is_none()
            && Self::is_free(origin, |worker| Beneficiaries::<T>::contains_key(worker))
    }

    /// The sender's balance first: of all senders of these calls, few have so little.
    fn is_free(origin: &OriginFor<T>, succeeds: impl Fn(&T::AccountId) -> bool) -> bool {
        ensure_signed(origin.clone())
            .is_ok_and(|who| Self::spendable(&who) < T::FeeReserve::get() && succeeds(&who))
            // Where nobody can call, it would fail, and again for free.
            && !T::StandsStill::get()
    }
}
