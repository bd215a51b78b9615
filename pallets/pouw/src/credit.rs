//! Work credit: halved every `CreditHalfLife`, exactly and only when somebody looks.

use bcai_traits::WorkCredit;
use frame_support::{traits::Get, weights::WeightMeter};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
    traits::{CheckedDiv, SaturatedConversion},
    Saturating,
};

use crate::{
    types::{CreditRecord, Sweep},
    Config, CreditSweep, Pallet, TotalCredit, WeightInfo, WorkCredits,
};

impl<T: Config> Pallet<T> {
    /// How often work credit has been halved since genesis: blocks over `CreditHalfLife`.
    pub fn halvings() -> u32 {
        Self::halvings_at(frame_system::Pallet::<T>::block_number())
    }

    pub(crate) fn halvings_at(block: BlockNumberFor<T>) -> u32 {
        block
            .checked_div(&T::CreditHalfLife::get())
            .unwrap_or_default()
            .saturated_into()
    }

    /// The account's credit now, in multiply-accumulates.
    pub fn work_credit(who: &T::AccountId) -> u128 {
        WorkCredits::<T>::get(who).after(Self::halvings())
    }

    /// At least the sum of all accounts' credit now: rounding makes the accounts lose first.
    pub fn total_work_credit() -> u128 {
        TotalCredit::<T>::get().after(Self::halvings())
    }

    /// Adds credit to an account and to the total; returns what was added, less than `work` only where the total would overflow.
    pub(crate) fn grant_credit(who: &T::AccountId, work: u128) -> u128 {
        let halvings = Self::halvings();
        let total = TotalCredit::<T>::get().after(halvings);
        let granted = work.min(u128::MAX.saturating_sub(total));
        if granted == 0 {
            return 0;
        }
        TotalCredit::<T>::put(CreditRecord {
            halvings,
            amount: total.saturating_add(granted),
        });
        WorkCredits::<T>::mutate(who, |record| {
            let amount = record.after(halvings).saturating_add(granted);
            *record = CreditRecord { halvings, amount };
        });
        granted
    }

    /// Removes records that have halved to nothing: every record is looked at once a half-life, one a step.
    pub(crate) fn sweep_credit(now: BlockNumberFor<T>, meter: &mut WeightMeter, steps: &mut u32) {
        let halvings = Self::halvings_at(now);
        let stored = CreditSweep::<T>::get();
        let mut sweep = stored.clone();
        if sweep.halvings != halvings {
            // A pass that a halving interrupts goes on from where it was, so that every record has its turn.
            sweep = Sweep {
                halvings,
                done: false,
                ..sweep
            };
        }
        if sweep.done {
            return;
        }
        let mut records = match &sweep.last {
            Some(last) => WorkCredits::<T>::iter_from_key(last),
            None => WorkCredits::<T>::iter(),
        };
        while *steps > 0 && meter.try_consume(T::WeightInfo::sweep_credit()).is_ok() {
            steps.saturating_dec();
            let Some((account, record)) = records.next() else {
                sweep.last = None;
                sweep.done = true;
                break;
            };
            if record.after(halvings) == 0 {
                WorkCredits::<T>::remove(&account);
            }
            sweep.last = Some(account);
        }
        if sweep != stored {
            CreditSweep::<T>::put(sweep);
        }
    }
}

impl<T: Config> WorkCredit<T::AccountId> for Pallet<T> {
    fn credit_of(who: &T::AccountId) -> u128 {
        Self::work_credit(who)
    }

    fn total() -> u128 {
        Self::total_work_credit()
    }
}
