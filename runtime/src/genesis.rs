//! The presets from which chains are launched.
//!
//! Both hold well-known development keys: whoever reads the SDK can spend from these accounts. A live chain patches them away.

use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
    constants::{
        money::BCAI,
        time::{MINUTES, PRIMARY_PROBABILITY},
    },
    AccountId, BabeConfig, BalancesConfig, BlockNumber, PouwConfig, RuntimeGenesisConfig,
    SessionConfig, SessionKeys,
};

/// How BABE authors: primary slots by lot, the others in turn by VRF, so that none stays empty.
pub const BABE_CONFIGURATION: BabeEpochConfiguration = BabeEpochConfiguration {
    c: PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// What each development account owns.
const ENDOWMENT: u128 = 1_000_000 * BCAI;

/// First targets: (parameter set, leading zero bits).
const TARGETS: [(u8, u32); 2] = [(0, 4), (1, 10)];

/// Half a minute: nobody wants to wait for money of a test chain.
const CHALLENGE_WINDOW: BlockNumber = MINUTES / 2;

/// An authority of a preset: its account and session keys. Development keys.
fn authority(
    account: Sr25519Keyring,
    finality: Ed25519Keyring,
) -> (AccountId, AccountId, SessionKeys) {
    let keys = SessionKeys {
        babe: account.public().into(),
        grandpa: finality.public().into(),
    };
    (account.to_account_id(), account.to_account_id(), keys)
}

fn with_authorities(keys: Vec<(AccountId, AccountId, SessionKeys)>) -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: Sr25519Keyring::well_known()
                .map(|key| (key.to_account_id(), ENDOWMENT))
                .collect::<Vec<_>>(),
        },
        babe: BabeConfig {
            epoch_config: BABE_CONFIGURATION,
        },
        session: SessionConfig { keys },
        pouw: PouwConfig {
            targets: TARGETS.to_vec(),
            challenge_window: Some(CHALLENGE_WINDOW),
        },
    })
}

/// The preset with this name, as a patch of the default genesis.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let authorities = match id.as_ref() {
        DEV_RUNTIME_PRESET => vec![authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice)],
        LOCAL_TESTNET_RUNTIME_PRESET => vec![
            authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            authority(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        ],
        _ => return None,
    };
    serde_json::to_vec(&with_authorities(authorities)).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        DEV_RUNTIME_PRESET.into(),
        LOCAL_TESTNET_RUNTIME_PRESET.into(),
    ]
}
