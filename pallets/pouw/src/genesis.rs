//! What must hold of the configuration and of the genesis, before the first block.

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
const MAX_TARGET_BITS: u32 = 96;

impl<T: Config> GenesisConfig<T> {
    /// Writes the storage of block 0. Panics on a genesis that no chain could run with.
    pub(crate) fn write(&self) {
        for (index, bits) in &self.targets {
            Self::enable_set(*index, *bits);
        }
        if let Some(blocks) = self.challenge_window {
            assert!(
                Pallet::<T>::is_challenge_window(blocks),
                "pouw genesis: challengeWindow is {blocks:?}, which must be in 1..={:?}",
                T::MaxTaskDuration::get(),
            );
            ChallengeWindow::<T>::put(blocks);
        }
    }

    fn enable_set(index: u8, bits: u32) {
        let set = ParamSet::from_index(index);
        assert!(set.is_some(), "pouw genesis: no parameter set {index}");
        let (hardest, easiest) = (T::HardestTargetBits::get(), T::EasiestTargetBits::get());
        assert!(
            (easiest..=hardest).contains(&bits),
            "pouw genesis: set {index} has a target of {bits} zero bits, which must be in {easiest}..={hardest}",
        );
        if let Some(set) = set {
            assert!(
                !Targets::<T>::contains_key(set),
                "pouw genesis: parameter set {index} is given twice",
            );
            Targets::<T>::insert(set, target_with_zeros(bits));
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
            ("EraLength", T::EraLength::get()),
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
