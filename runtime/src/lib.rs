//! # The BCAI runtime
//!
//! What the chain is: pallets composed into the WASM that every node executes. The rules are theirs; its own logic is the nonce that an
//! account starts with (`system::FirstNonce`), who ends holds for free (`fees::FeeReserve`), what a proxy may do ([`ProxyType`]), and what a
//! genesis must hold ([`genesis::check`]).
//!
//! | file | topic |
//! |---|---|
//! | [`constants`] | time, from the one slot constant, and money |
//! | `system` | blocks and accounts: limits, weights, nonces, time, calls of several or later |
//! | `consensus` | who authors and who finalises: BABE, GRANDPA, sessions |
//! | `fees` | balances, what a transaction costs, and who doesn't pay |
//! | `proxy` | accounts that act for others |
//! | [`governance`] | referenda, the committee, what votes tune, the treasury, upgrades that fail |
//! | `pouw` | funded tasks and useful work |
//! | [`genesis`] | the presets `development` and `local_testnet`, and what a genesis must hold |
//! | `apis` | what nodes and dApps call |
//! | `benchmarks` | the pallets whose calls are measured |
//!
//! A subsystem is one file (or folder) here, which holds its pallet's configuration, its part of the presets and its answer to proxies,
//! and a line each in `lib`, `genesis`, `proxy` and `benchmarks`, a block in `apis`.
//!
//! ## Invariants
//!
//! - Pallet indices are explicit and never reused.
//! - Every period is a multiple of [`constants::time::SLOT_DURATION`]; changing it on a running chain halts block production.
//! - There is no sudo: root is reached by a referendum, and upgrades of a running chain are voted in.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]
#![recursion_limit = "256"]
#![allow(missing_docs)] // most that is public here is made by macros, of items that have docs

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
mod consensus;
pub mod constants;
mod fees;
pub mod genesis;
pub mod governance;
pub mod pouw;
mod proxy;
mod system;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub use apis::RuntimeApi;
pub use consensus::EPOCH_CONFIGURATION;
pub use constants::{money::*, time::*};
pub use frame_system::Call as SystemCall;
pub use proxy::ProxyType;

/// An account as this chain writes it.
pub(crate) fn address(account: &AccountId) -> alloc::string::String {
    use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};
    account.to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
}

/// Identifies an account: the public key of its owner, or a hash.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How an account is named in a call.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount, in the smallest unit.
pub type Balance = u128;
/// Number of a block.
pub type BlockNumber = u32;
/// Hash of a block.
pub type Hash = sp_core::H256;
/// Number of an account's next transaction. Accounts don't start at zero: see `system::FirstNonce`.
pub type Nonce = u32;
/// A signature by any of the supported schemes.
pub type Signature = MultiSignature;

/// Head of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block with its transactions.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A transaction as it comes from outside.
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// What every transaction carries beside its call.
pub type TxExtension = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_skip_feeless_payment::SkipCheckIfFeeless<
        Runtime,
        pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    >,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);

/// Executes blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

impl_opaque_keys! {
    /// The keys with which an authority takes part in consensus.
    pub struct SessionKeys {
        /// Authors blocks.
        pub babe: Babe,
        /// Finalises them.
        pub grandpa: Grandpa,
    }
}

/// The macro reads literals alone, and the made-up release after this one has another number.
macro_rules! version {
    ($spec_version:tt) => {
        /// The version of this runtime. `spec_version` rises with every change of logic, `transaction_version` when calls or extensions
        /// change their encoding.
        #[sp_version::runtime_version]
        pub const VERSION: RuntimeVersion = RuntimeVersion {
            spec_name: Cow::Borrowed("bcai"),
            impl_name: Cow::Borrowed("bcai-node"),
            authoring_version: 1,
            spec_version: $spec_version,
            impl_version: 1,
            apis: apis::RUNTIME_API_VERSIONS,
            transaction_version: 5,
            system_version: 1,
        };
    };
}
#[cfg(not(feature = "upgrade-test"))]
version!(5);
#[cfg(feature = "upgrade-test")]
version!(6);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    /// All pallets of the chain.
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    // BABE before the session pallet, which asks it whether the session ends.
    #[runtime::pallet_index(1)]
    pub type Babe = pallet_babe;
    #[runtime::pallet_index(2)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(3)]
    pub type Authorship = pallet_authorship;
    #[runtime::pallet_index(4)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(5)]
    pub type Grandpa = pallet_grandpa;

    #[runtime::pallet_index(10)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(11)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(12)]
    pub type SkipFeelessPayment = pallet_skip_feeless_payment;

    #[runtime::pallet_index(20)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(21)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(22)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(23)]
    pub type Preimage = pallet_preimage;
    #[runtime::pallet_index(24)]
    pub type Scheduler = pallet_scheduler;
    #[runtime::pallet_index(25)]
    pub type Parameters = pallet_parameters;
    #[runtime::pallet_index(26)]
    pub type Migrations = pallet_migrations;
    #[runtime::pallet_index(27)]
    pub type SafeMode = pallet_safe_mode;
    // After what says whether the chain stands still.
    #[runtime::pallet_index(28)]
    pub type Standstill = governance::standstill;

    #[runtime::pallet_index(30)]
    pub type Treasury = pallet_treasury;
    #[runtime::pallet_index(31)]
    pub type ConvictionVoting = pallet_conviction_voting;
    #[runtime::pallet_index(32)]
    pub type Referenda = pallet_referenda;
    #[runtime::pallet_index(33)]
    pub type Origins = governance::origins;
    #[runtime::pallet_index(34)]
    pub type Whitelist = pallet_whitelist;
    #[runtime::pallet_index(35)]
    pub type TechnicalCommittee = pallet_collective<Instance1>;

    #[runtime::pallet_index(40)]
    pub type Pouw = pallet_pouw;
}
