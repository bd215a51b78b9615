//! The release after this one as the test of upgrades has it: another layout of tasks and of credit, with the migrations to it. Tasks move at once, in
//! the block after the enactment; credit moves step by step, over several blocks. Feature `upgrade-test`, of no node that runs a chain.

use alloc::vec::Vec;
use core::marker::PhantomData;

use bcai_pouw_primitives::TaskId;
use codec::DecodeAll;
use frame_support::{
    migrations::{MigrationId, SteppedMigration, SteppedMigrationError, VersionedMigration},
    storage::{unhashed, StoragePrefixedMap},
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight, WeightMeter},
    Blake2_128Concat, BoundedVec, Twox64Concat,
};
use sp_core::ConstU32;

use crate::{types::CreditRecord, Config, Pallet, Tasks, WorkCredits};

/// The version after this one.
pub const VERSION: u16 = 4;

/// The other way round.
pub type TaskHasher = Blake2_128Concat;

/// The other way round.
pub type CreditHasher = Twox64Concat;

/// Storage as it was.
mod old {
    use super::*;
    use crate::TaskOf;

    #[frame_support::storage_alias]
    pub type Tasks<T: Config> = StorageMap<Pallet<T>, Twox64Concat, TaskId, TaskOf<T>>;
}

/// What a test has the migrations do, by what it writes under this key: `panic`, `fail`, `panic in a step`, or `lose` a task.
const SWITCH: &[u8] = b":upgrade-test";

fn told(what: &[u8]) -> bool {
    unhashed::get_raw(SWITCH).as_deref() == Some(what)
}

/// Tasks to their new keys.
pub type MigrateTasks<T> =
    VersionedMigration<3, 4, MoveTasks<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// [`MigrateTasks`] without its check of versions.
pub struct MoveTasks<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for MoveTasks<T> {
    #[allow(clippy::panic)] // on demand
    fn on_runtime_upgrade() -> Weight {
        assert!(!told(b"panic"), "this migration was told to panic");
        // All at once: old and new keys lie side by side.
        let tasks: Vec<_> = old::Tasks::<T>::iter().collect();
        let count = tasks.len() as u64;
        for (id, task) in tasks {
            old::Tasks::<T>::remove(id);
            if !told(b"lose") {
                Tasks::<T>::insert(id, task);
            }
        }
        T::DbWeight::get().reads_writes(count, count.saturating_mul(2))
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
        use codec::Encode;
        Ok((old::Tasks::<T>::iter().count() as u64).encode())
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
        let before = u64::decode_all(&mut &before[..]).map_err(|_| "not a count")?;
        frame_support::ensure!(
            Tasks::<T>::iter().count() as u64 == before,
            "not every task was moved"
        );
        Ok(())
    }
}

/// What one step is said to take: one fills what migrations may use of a block.
const STEP: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_MILLIS.saturating_mul(200), 0);

/// Hash, and account after it.
const OLD_KEY: usize = 16 + 32;

/// Credit to its new keys, one account a step.
pub struct MigrateCredit<T>(PhantomData<T>);

impl<T: Config> SteppedMigration for MigrateCredit<T> {
    /// The key that was looked at last.
    type Cursor = BoundedVec<u8, ConstU32<96>>;
    type Identifier = MigrationId<18>;

    fn id() -> Self::Identifier {
        MigrationId {
            pallet_id: *b"pallet-pouw-credit",
            version_from: 3,
            version_to: 4,
        }
    }

    #[allow(clippy::panic)] // on demand
    fn step(
        cursor: Option<Self::Cursor>,
        meter: &mut WeightMeter,
    ) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
        if meter.try_consume(STEP).is_err() {
            return Err(SteppedMigrationError::InsufficientWeight { required: STEP });
        }
        assert!(!told(b"panic in a step"), "this step was told to panic");
        if told(b"fail") {
            return Err(SteppedMigrationError::Failed);
        }
        let prefix = WorkCredits::<T>::final_prefix();
        let mut last = cursor.map_or_else(|| prefix.to_vec(), BoundedVec::into_inner);
        // New keys are shorter, and passed over.
        let key = loop {
            match sp_io::storage::next_key(&last).filter(|key| key.starts_with(&prefix)) {
                None => return Ok(None),
                Some(key) if key.len() == prefix.len().saturating_add(OLD_KEY) => break key,
                Some(key) => last = key,
            }
        };
        let account = key.get(key.len().saturating_sub(32)..).unwrap_or_default();
        let account = T::AccountId::decode_all(&mut &*account)
            .map_err(|_| SteppedMigrationError::InvalidCursor)?;
        let record: CreditRecord = unhashed::take(&key).unwrap_or_default();
        WorkCredits::<T>::insert(account, record);
        BoundedVec::try_from(key)
            .map(Some)
            .map_err(|_| SteppedMigrationError::InvalidCursor)
    }
}
