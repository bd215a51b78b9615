//! What must hold of the configuration and of the genesis, before the first block.

use alloc::{format, string::String, vec::Vec};

use bcai_pouw_primitives::ParamSet;
use frame_support::traits::{fungible::Inspect, Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
    traits::{One, Zero},
    Permill,
};

use crate::{
    difficulty::target_with_zeros, ChallengeWindow, Config, GenesisConfig, Pallet, Targets,
};

/// With more leading zero bits, the work behind one claim's tickets comes near to all the credit that there can be.
pub(crate) const MAX_TARGET_BITS: u32 = 96;

impl<T: Config> GenesisConfig<T> {
    /// Errors: what no chain could run with, in one line that says where.
    pub fn check(&self) -> Result<(), String> {
        let (hardest, easiest) = (T::HardestTargetBits::get(), T::EasiestTargetBits::get());
        let mut given = Vec::new();
        for (index, bits) in &self.targets {
            if ParamSet::from_index(*index).is_none() {
                return Err(format!("pouw.targets: no parameter set {index}"));
            }
            if !(easiest..=hardest).contains(bits) {
                return Err(format!(
                    "pouw.targets: set {index} has a target of {bits} zero bits, which must be in {easiest}..={hardest}"
                ));
            }
            if given.contains(index) {
                return Err(format!(
                    "pouw.targets: parameter set {index} is given twice"
                ));
            }
            given.push(*index);
        }
        match self.challenge_window {
            Some(blocks) if !Pallet::<T>::is_challenge_window(blocks) => Err(format!(
                "pouw.challengeWindow is {blocks:?}, which must be in 1..={:?}",
                T::MaxTaskDuration::get()
            )),
            _ => Ok(()),
        }
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
        if let Some(blocks) = self.challenge_window {
            ChallengeWindow::<T>::put(blocks);
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Some block to challenge in, and not so many that nobody is ever paid.
    pub(crate) fn is_challenge_window(blocks: BlockNumberFor<T>) -> bool {
        !blocks.is_zero() && blocks <= T::MaxTaskDuration::get()
    }

    /// Panics where the runtime's constants contradict each other; run by the runtime's own tests.
    pub(crate) fn check_config() {
        assert!(
            T::MinBounty::get() >= T::Currency::minimum_balance(),
            "MinBounty must be payable to an empty account",
        );
        assert!(!T::MinBond::get().is_zero(), "MinBond must not be zero");
        assert!(
            T::ChallengerShare::get() < Permill::one(),
            "refuting oneself must cost: ChallengerShare must be below 100 %",
        );
        assert!(
            T::MinTaskDuration::get() <= T::MaxTaskDuration::get(),
            "MinTaskDuration must not exceed MaxTaskDuration",
        );
        assert!(
            T::ClaimDuration::get() > One::one(),
            "ClaimDuration must leave blocks after the anchor's",
        );
        assert!(
            Self::is_challenge_window(T::DefaultChallengeWindow::get()),
            "DefaultChallengeWindow must be in 1..=MaxTaskDuration",
        );
        for (name, blocks) in [
            ("ResultRetention", T::ResultRetention::get()),
            ("RetargetPeriod", T::RetargetPeriod::get()),
            ("CreditHalfLife", T::CreditHalfLife::get()),
        ] {
            assert!(!blocks.is_zero(), "{name} must not be zero");
        }
        for (name, count) in [
            ("TicketsPerPeriod", T::TicketsPerPeriod::get()),
            ("MaxTasksPerRequester", T::MaxTasksPerRequester::get()),
            ("MaxClaimsPerWorker", T::MaxClaimsPerWorker::get()),
            ("MaxClaimsPerBlock", T::MaxClaimsPerBlock::get()),
            ("MaxTicketsPerTask", T::MaxTicketsPerTask::get()),
            ("MaxIdleSteps", T::MaxIdleSteps::get()),
        ] {
            assert!(count > 0, "{name} must not be zero");
        }
        assert!(
            T::EasiestTargetBits::get() <= T::HardestTargetBits::get()
                && T::HardestTargetBits::get() <= MAX_TARGET_BITS,
            "EasiestTargetBits <= HardestTargetBits <= {MAX_TARGET_BITS} must hold",
        );
    }
}
