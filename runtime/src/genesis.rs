//! The presets from which chains are launched, and what a genesis must hold.
//!
//! The presets hold well-known development keys: whoever reads the SDK can spend from these accounts. A live chain patches them away.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use frame_support::{build_struct_json_patch, traits::BuildGenesisConfig};
use serde_json::Value;
use sp_core::crypto::{set_default_ss58_version, Ss58AddressFormat};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
    consensus,
    constants::{
        money::{BCAI, SS58_PREFIX},
        time::MINUTES,
    },
    fees, governance, pouw, AccountId, BabeConfig, BalancesConfig, OriginsConfig,
    RuntimeGenesisConfig, SessionConfig, SessionKeys,
};

/// What each development account owns.
const ENDOWMENT: u128 = 1_000_000 * BCAI;

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
            epoch_config: consensus::EPOCH_CONFIGURATION,
        },
        session: SessionConfig { keys },
        origins: OriginsConfig {
            fast_periods: true,
            // Short enough for tests.
            parameters: BTreeMap::from([("pouw.ChallengeWindow".into(), (MINUTES / 2).into())]),
        },
        technical_committee: governance::committee(),
        pouw: pouw::genesis(),
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

/// Writes the storage of block 0 from the whole genesis as JSON.
///
/// Errors, in one line: JSON of another form, and what [`check`] refuses.
pub fn build(json: &[u8]) -> Result<(), String> {
    // Addresses of this chain, which no registry lists, are taken beside those of the known prefixes.
    set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
    let genesis: RuntimeGenesisConfig =
        serde_json::from_slice(json).map_err(|error| error.to_string())?;
    check(&genesis)?;
    genesis.build();
    Ok(())
}

/// What the pallets would answer with a panic, or take without a word. Errors: the first, with its place, its account and the reason.
pub fn check(genesis: &RuntimeGenesisConfig) -> Result<(), String> {
    fees::check(&genesis.balances)?;
    consensus::check(genesis)?;
    governance::check(genesis)?;
    genesis.pouw.check()
}
