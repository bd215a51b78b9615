//! Migrations that take several blocks, and the safe mode in which a failed one leaves the chain: governed, but nothing else.

use frame_support::{
    migrations::{FailedMigrationHandler, FailedMigrationHandling, MultiStepMigrator},
    parameter_types,
    traits::{Contains, EitherOf, SafeMode as Switch},
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use sp_runtime::traits::Replace;

use super::TwoThirdsOfCommittee;
use crate::{
    constants::time::HOURS, system::Weights, AccountId, Balance, Balances, BlockNumber, Migrations,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, SafeMode,
};

sp_api::decl_runtime_apis! {
    /// Whether the runtime of now and the storage of now belong together.
    pub trait UpgradeApi {
        /// Is there something left to migrate? So it is in the block that brings a new runtime, whose storage the old one wrote, and while
        /// a migration of several blocks runs. What is read then may make no sense.
        fn is_migrating() -> bool;
        /// Does the chain stand still, in the safe mode or while a migration of several blocks runs? Nobody but governance can call then,
        /// and the times of tasks don't go on.
        fn stands_still() -> bool;
    }
}

/// What [`UpgradeApi`] answers.
pub(crate) fn is_migrating() -> bool {
    let last = frame_system::LastRuntimeUpgrade::<Runtime>::get();
    last.is_some_and(|last| last.was_upgraded(&crate::VERSION)) || Migrations::ongoing()
}

/// What this release migrates in one block.
#[cfg(not(feature = "upgrade-test"))]
pub type Single = ();
#[cfg(feature = "upgrade-test")]
pub type Single = (
    pallet_pouw::upgrade_test::MigrateTasks<Runtime>,
    PlainSecondaryAuthors,
);

/// The made-up release changes a parameter of consensus as well: the next change of epochs announces it, the one after it brings it.
#[cfg(feature = "upgrade-test")]
pub struct PlainSecondaryAuthors;

#[cfg(feature = "upgrade-test")]
impl frame_support::traits::OnRuntimeUpgrade for PlainSecondaryAuthors {
    fn on_runtime_upgrade() -> Weight {
        use sp_consensus_babe::{digests::NextConfigDescriptor, AllowedSlots};
        pallet_babe::PendingEpochConfigChange::<Runtime>::put(NextConfigDescriptor::V1 {
            c: (1, 2),
            allowed_slots: AllowedSlots::PrimaryAndSecondaryPlainSlots,
        });
        <Runtime as frame_system::Config>::DbWeight::get().writes(1)
    }
}

/// What it migrates in several.
#[cfg(not(any(feature = "upgrade-test", feature = "runtime-benchmarks")))]
pub type Stepped = ();
#[cfg(all(feature = "upgrade-test", not(feature = "runtime-benchmarks")))]
pub type Stepped = (pallet_pouw::upgrade_test::MigrateCredit<Runtime>,);

parameter_types! {
    /// What migrations may use of a block: as much as hooks and inherents surely leave.
    pub MigrationWeight: Weight = Weights::get().max_block.saturating_div(2);
    /// How long one call of the committee or of root keeps the safe mode on.
    pub const SafeModeDuration: BlockNumber = 6 * HOURS;
    pub const NoDeposit: Option<Balance> = None;
    pub const NoRelease: Option<BlockNumber> = None;
}

impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    #[cfg(not(feature = "runtime-benchmarks"))]
    type Migrations = Stepped;
    #[cfg(feature = "runtime-benchmarks")]
    type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
    type CursorMaxLen = frame_support::traits::ConstU32<65_536>;
    type IdentifierMaxLen = frame_support::traits::ConstU32<256>;
    type MigrationStatusHandler = ();
    type FailedMigrationHandler = OnlyGovernance;
    type MaxServiceWeight = MigrationWeight;
    type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}

/// After a migration that failed: transactions are taken again, so that token holders can vote, but in the safe mode, so that nobody
/// else touches what is half migrated.
pub struct OnlyGovernance;

impl FailedMigrationHandler for OnlyGovernance {
    fn failed(_: Option<u32>) -> FailedMigrationHandling {
        let on = match <SafeMode as Switch>::is_entered() {
            true => <SafeMode as Switch>::extend(BlockNumber::MAX),
            false => <SafeMode as Switch>::enter(BlockNumber::MAX),
        };
        match on {
            Ok(()) => FailedMigrationHandling::ForceUnstuck,
            Err(_) => FailedMigrationHandling::KeepStuck,
        }
    }
}

/// Root, or two thirds of the committee.
type Guardian = EitherOf<EnsureRoot<AccountId>, TwoThirdsOfCommittee>;

/// The same, where it is asked for how long.
type GuardianFor = EitherOf<
    EnsureRootWithSuccess<AccountId, SafeModeDuration>,
    frame_support::traits::MapSuccess<TwoThirdsOfCommittee, Replace<SafeModeDuration>>,
>;

impl pallet_safe_mode::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WhitelistedCalls = Governance;
    type EnterDuration = SafeModeDuration;
    type ExtendDuration = SafeModeDuration;
    type EnterDepositAmount = NoDeposit;
    type ExtendDepositAmount = NoDeposit;
    type ForceEnterOrigin = GuardianFor;
    // The committee can't stretch it: for longer it has to decide again, or token holders do.
    type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
    type ForceExitOrigin = Guardian;
    type ForceDepositOrigin = EnsureRoot<AccountId>;
    type Notify = ();
    type ReleaseDelay = NoRelease;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

/// What the safe mode lets pass: blocks go on, and token holders can decide how.
pub struct Governance;

impl Contains<RuntimeCall> for Governance {
    fn contains(call: &RuntimeCall) -> bool {
        use RuntimeCall::*;
        match call {
            System(_) | Timestamp(_) | Babe(_) | Grandpa(_) | Session(_) => true,
            Preimage(_) | Scheduler(_) | Parameters(_) | Whitelist(_) | TechnicalCommittee(_) => {
                true
            }
            Referenda(_) | ConvictionVoting(_) | Migrations(_) | SafeMode(_) => true,
            // What they carry is filtered by itself.
            Utility(_) | Multisig(_) | Proxy(_) => true,
            _ => false,
        }
    }
}
