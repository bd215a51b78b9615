//! Time that doesn't count: while the chain stands still nobody can call, so that nothing that others owe falls due meanwhile.

use frame_support::{
    migrations::MultiStepMigrator,
    traits::{Get, SafeMode as Switch},
};

use crate::{Migrations, SafeMode};

pub use pallet::*;

#[frame_support::pallet]
// The code that FRAME's macros generate expects what they have checked.
#[allow(missing_docs, clippy::expect_used)]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_runtime::{traits::BlockNumberProvider, Saturating};

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// Whether the chain stands still now.
        type StandsStill: Get<bool>;
    }

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// Blocks of the standstills that are over.
    #[pallet::storage]
    pub type Stood<T> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

    /// The first block of the standstill that isn't over.
    #[pallet::storage]
    pub type Since<T> = StorageValue<_, BlockNumberFor<T>>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            match (T::StandsStill::get(), Since::<T>::get()) {
                (true, None) => Since::<T>::put(now),
                (false, Some(since)) => {
                    Stood::<T>::mutate(|stood| {
                        *stood = stood.saturating_add(now.saturating_sub(since))
                    });
                    Since::<T>::kill();
                }
                _ => {}
            }
            // The safe mode, the cursor of migrations and both of its own.
            T::DbWeight::get().reads_writes(4, 2)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            let since = Since::<T>::get().unwrap_or(now);
            ensure!(since <= now, "a standstill that is to come");
            ensure!(Stood::<T>::get() <= since, "more standstill than blocks");
            Ok(())
        }
    }

    /// The blocks so far, but for those in which the chain stood still.
    impl<T: Config> BlockNumberProvider for Pallet<T> {
        type BlockNumber = BlockNumberFor<T>;

        fn current_block_number() -> BlockNumberFor<T> {
            let now = frame_system::Pallet::<T>::block_number();
            Since::<T>::get()
                .map_or(now, |since| since.min(now))
                .saturating_sub(Stood::<T>::get())
        }
    }
}

/// In the safe mode, and while a migration of several blocks runs.
pub struct StandsStill;

impl Get<bool> for StandsStill {
    fn get() -> bool {
        <SafeMode as Switch>::is_entered() || Migrations::ongoing()
    }
}
