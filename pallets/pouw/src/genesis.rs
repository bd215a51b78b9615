//! What must hold of the configuration and of the genesis, before the first block.

use alloc::{format, string::String, vec::Vec};

use bcai_pouw_primitives::ParamSet;
use frame_support::traits::{fungible::Inspect, Get};
use sp_runtime::{
    traits::{One, Zero},
    Permill,
};

use crate::{difficulty::target_with_zeros, Config, GenesisConfig, Pallet, Targets};

/// With more leading zero bits, the work behind one claim's tickets comes near to all the credit that there can be.
pub(crate) const MAX_TARGET_BITS: u32 = 96;

impl<T: Config> GenesisConfig<T> {
    /// Errors: what no chain could run with, in one line that says where.
    pub fn check(&self) -> Result<(), String> {
        let (hardest, easiest) = (T::HardestTargetBits::get(), T::EasiestTargetBits::get());
        let mut given = Vec::new();
        for (at, (index, bits)) in self.targets.iter().enumerate() {
            if ParamSet::from_index(*index).is_none() {
                return Err(format!("pouw.targets[{at}]: no parameter set {index}"));
            }
            if !(easiest..=hardest).contains(bits) {
                return Err(format!(
                    "pouw.targets[{at}]: set {index} has a target of {bits} zero bits, which must be in {easiest}..={hardest}"
                ));
            }
            if given.contains(index) {
                return Err(format!(
                    "pouw.targets[{at}]: parameter set {index} is given twice"
                ));
            }
            given.push(*index);
        }
        Ok(())
    }

    /// Writes the storage of block 0. Panics where [`Self::check`] fails.
    pub(crate) fn write(&self) {
        let wrong = self.check().err();
        assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
        for (index, bits) in &self.targets {
            if let Some(set) = ParamSet::from_index(*index) {
                Targets::<T>::insert(set, target_with_zeros(*bits));
            }
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Errors: how the configuration contradicts itself. Most of it can change on a running chain, so this is asked of the constants by the
    /// runtime's own tests and of the values of now by `try_state`.
    pub fn check_config() -> Result<(), &'static str> {
        let window = T::ChallengeWindow::get();
        let bits = T::EasiestTargetBits::get()..=T::HardestTargetBits::get();
        for (holds, else_error) in [
            (
                T::MinBounty::get() >= T::Currency::minimum_balance(),
                "MinBounty must be payable to an empty account",
            ),
            (!T::MinBond::get().is_zero(), "MinBond must not be zero"),
            (
                T::ChallengerShare::get() < Permill::one(),
                "refuting oneself must cost: ChallengerShare must be below 100 %",
            ),
            (
                T::MinTaskDuration::get() <= T::MaxTaskDuration::get(),
                "MinTaskDuration must not exceed MaxTaskDuration",
            ),
            (
                T::ClaimDuration::get() > One::one(),
                "ClaimDuration must leave blocks after the anchor's",
            ),
            // Some block to challenge in, and not so many that nobody is ever paid.
            (
                !window.is_zero() && window <= T::MaxTaskDuration::get(),
                "ChallengeWindow must be in 1..=MaxTaskDuration",
            ),
            (
                !T::ResultRetention::get().is_zero(),
                "ResultRetention must not be zero",
            ),
            (
                !T::RetargetPeriod::get().is_zero(),
                "RetargetPeriod must not be zero",
            ),
            (
                !T::CreditHalfLife::get().is_zero(),
                "CreditHalfLife must not be zero",
            ),
            (
                T::TicketsPerPeriod::get() > 0,
                "TicketsPerPeriod must not be zero",
            ),
            (
                T::MaxTasksPerRequester::get() > 0,
                "MaxTasksPerRequester must not be zero",
            ),
            (
                T::MaxClaimsPerWorker::get() > 0,
                "MaxClaimsPerWorker must not be zero",
            ),
            (
                T::MaxClaimsPerBlock::get() > 0,
                "MaxClaimsPerBlock must not be zero",
            ),
            (
                T::MaxTicketsPerTask::get() > 0,
                "MaxTicketsPerTask must not be zero",
            ),
            (T::MaxIdleSteps::get() > 0, "MaxIdleSteps must not be zero"),
            (
                !bits.is_empty() && *bits.end() <= MAX_TARGET_BITS,
                "EasiestTargetBits <= HardestTargetBits <= 96 must hold",
            ),
        ] {
            if !holds {
                return Err(else_error);
            }
        }
        Ok(())
    }
}
