//! Work credit: halved every era, exactly and only when somebody looks.

use bcai_pouw_primitives::WorkCredit;
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
    /// The era of this block: blocks since genesis over `EraLength`.
    pub fn current_era() -> u32 {
        Self::era_of(frame_system::Pallet::<T>::block_number())
    }

    pub(crate) fn era_of(block: BlockNumberFor<T>) -> u32 {
        block
            .checked_div(&T::EraLength::get())
            .unwrap_or_default()
            .saturated_into()
    }

    /// The account's credit in the current era, in multiply-accumulates.
    pub fn work_credit(who: &T::AccountId) -> u128 {
        WorkCredits::<T>::get(who).in_era(Self::current_era())
    }

    /// At least the sum of all accounts' credit in the current era: rounding makes the accounts lose first.
    pub fn total_work_credit() -> u128 {
        TotalCredit::<T>::get().in_era(Self::current_era())
    }

    /// Adds credit to an account and to the total; returns what was added, less than `work` only where the total would overflow.
    pub(crate) fn grant_credit(who: &T::AccountId, work: u128) -> u128 {
        let era = Self::current_era();
        let total = TotalCredit::<T>::get().in_era(era);
        let granted = work.min(u128::MAX.saturating_sub(total));
        if granted == 0 {
            return 0;
        }
        TotalCredit::<T>::put(CreditRecord {
            era,
            amount: total.saturating_add(granted),
        });
        WorkCredits::<T>::mutate(who, |record| {
            let amount = record.in_era(era).saturating_add(granted);
            *record = CreditRecord { era, amount };
        });
        granted
    }

    /// Removes records that have halved to nothing: every record is looked at once an era, one a step.
    pub(crate) fn sweep_credit(now: BlockNumberFor<T>, meter: &mut WeightMeter, steps: &mut u32) {
        let era = Self::era_of(now);
        let stored = CreditSweep::<T>::get();
        let mut sweep = stored.clone();
        if sweep.era != era {
            // A pass that an era's end interrupts goes on from where it was, so that every record has its turn.
            sweep = Sweep {
                era,
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
            if record.in_era(era) == 0 {
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
