//! A genesis in plain form: read as people write it, and written as the runtime reads it.

use super::{account, json, number};
use bcai_runtime::RuntimeGenesisConfig;
use sc_chain_spec::{json_merge, ChainType};
use serde_json::{Map, Value};

/// Where the plain genesis is in a spec.
const PLACE: &str = "genesis.runtimeGenesis";

/// Its amounts.
const AMOUNTS: [&str; 2] = ["balances.balances.*.1", "origins.parameters.*"];

/// Its addresses.
const ADDRESSES: [&str; 10] = [
    "balances.balances.*.0",
    "session.keys.*.0",
    "session.keys.*.1",
    "session.keys.*.2.babe",
    "session.keys.*.2.grandpa",
    "session.nonAuthorityKeys.*.0",
    "session.nonAuthorityKeys.*.1",
    "session.nonAuthorityKeys.*.2.babe",
    "session.nonAuthorityKeys.*.2.grandpa",
    "technicalCommittee.members.*",
];

/// Its parameter sets of useful work, each with its target.
const TARGETS: &str = "pouw.targets.*";

/// The one for development.
const SET_0: u64 = 0;

/// Checks `runtimeGenesis` of a spec, and writes its numbers and addresses as every runtime reads them.
/// `is_own_runtime`: the spec carries this binary's runtime, which is asked now; another one has its say when the state of
/// block 0 is made. A live chain has no development keys and no parameter set for development.
/// Errors: the first value that is wrong, with its place and what would be right.
pub fn check(
    genesis: &mut Map<String, Value>,
    is_own_runtime: bool,
    chain_type: &ChainType,
) -> Result<(), String> {
    let is_live = *chain_type == ChainType::Live;
    let is_patch = genesis.contains_key("patch");
    if is_patch == genesis.contains_key("config") {
        return Err(format!("{PLACE}: needs one of `patch` and `config`"));
    }
    let form = if is_patch { "patch" } else { "config" };
    let (config, place) = (&mut genesis[form], format!("{PLACE}.{form}"));
    for pattern in AMOUNTS {
        json::for_each(config, &place, pattern, &mut |place, value| {
            let amount = number::amount(value).map_err(|reason| format!("{place}: {reason}"))?;
            *value = amount.into();
            Ok(())
        })?;
    }
    number::write_in_digits(config, &place)?;
    for pattern in ADDRESSES {
        json::for_each(config, &place, pattern, &mut |place, value| {
            // What is no text is named by the runtime.
            if let Value::String(typed) = value {
                let account = account::read(typed);
                let account = account.map_err(|reason| format!("{place}: `{typed}` {reason}"))?;
                if is_live && account::is_development(&account) {
                    return Err(format!("{place}: `{typed}` is a development key, whose secret everybody has, and the chain is live"));
                }
                *typed = account::for_runtime(&account);
            }
            Ok(())
        })?;
    }
    if is_live {
        json::for_each(config, &place, TARGETS, &mut |place, target| {
            match target.get(0).is_some_and(|set| *set == SET_0) {
                true => Err(format!(
                    "{place}: parameter set 0 is for development: its tasks are too small for the proofs of a live chain, whose set is 1"
                )),
                false => Ok(()),
            }
        })?;
    }
    if is_own_runtime {
        ask_runtime(config, &place, is_patch)?;
    }
    Ok(())
}

/// Can this binary's runtime start a chain from it? Errors: what it can't read, or refuses.
fn ask_runtime(config: &Value, place: &str, is_patch: bool) -> Result<(), String> {
    let failed = |error: serde_json::Error| format!("{place}: {error}");
    let mut whole = Value::Null;
    if is_patch {
        whole = serde_json::to_value(RuntimeGenesisConfig::default()).map_err(failed)?;
    }
    json_merge(&mut whole, config.clone());
    // Through text, as the SDK gives it to the runtime: its lines tell where something is.
    let text = serde_json::to_string_pretty(&whole).map_err(failed)?;
    let genesis = serde_json::from_str(&text)
        .map_err(|error| json::with_place(&error.to_string(), whole, place))?;
    bcai_runtime::genesis::check(&genesis).map_err(|reason| format!("{place}.{reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_runtime::{AccountId, EXISTENTIAL_DEPOSIT, SS58_PREFIX};
    use serde_json::json;
    use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};
    use sp_keyring::Sr25519Keyring::Alice;

    /// The runtime's preset of several validators, as a spec carries it.
    fn local() -> Map<String, Value> {
        let id = sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET.into();
        let preset = bcai_runtime::genesis::preset(&id).unwrap();
        let mut genesis = Map::new();
        genesis.insert("patch".into(), serde_json::from_slice(&preset).unwrap());
        genesis
    }

    /// The preset with this value in place of what the pointer names.
    fn with(pointer: &str, value: Value) -> Map<String, Value> {
        let mut genesis = local();
        *genesis["patch"].pointer_mut(pointer).unwrap() = value;
        genesis
    }

    #[track_caller]
    fn refusal(mut genesis: Map<String, Value>) -> String {
        let reason = check(&mut genesis, true, &ChainType::Local).unwrap_err();
        assert_eq!(reason.lines().count(), 1);
        reason
    }

    #[track_caller]
    fn assert_refused(pointer: &str, value: Value, parts: &[&str]) {
        let reason = refusal(with(pointer, value));
        assert!(parts.iter().all(|part| reason.contains(part)), "{reason}");
    }

    fn bcai(key: sp_keyring::Sr25519Keyring) -> String {
        let account = key.to_account_id();
        account.to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
    }

    #[test]
    fn the_preset_is_taken_as_it_is() {
        let mut genesis = local();
        check(&mut genesis, true, &ChainType::Local).unwrap();
        assert_eq!(genesis, local());
    }

    // Fails as well when the genesis gets an address in a field that isn't among ADDRESSES.
    #[test]
    fn the_preset_with_this_chains_addresses_is_the_preset() {
        fn rewrite(value: &mut Value) {
            if let Value::String(text) = value {
                if let Ok(account) = AccountId::from_ss58check(text) {
                    let here = Ss58AddressFormat::custom(SS58_PREFIX);
                    *text = account.to_ss58check_with_version(here);
                    assert!(text.starts_with("bh"), "{text}");
                }
            }
            for (_, _, inner) in json::children(value, "") {
                rewrite(inner);
            }
        }
        let mut genesis = local();
        rewrite(&mut genesis["patch"]);
        assert_ne!(genesis, local());
        check(&mut genesis, true, &ChainType::Local).unwrap();
        assert_eq!(genesis, local());
    }

    #[test]
    fn a_wrong_address_is_named_as_typed_with_its_field() {
        let typed = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX";
        for (pointer, place) in [
            (
                "/balances/balances/3/0",
                "genesis.runtimeGenesis.patch.balances.balances[3][0]: `5GrwvaEF5z",
            ),
            ("/session/keys/1/0", "patch.session.keys[1][0]: `5GrwvaEF5z"),
            ("/session/keys/1/1", "patch.session.keys[1][1]: `5GrwvaEF5z"),
            (
                "/session/keys/0/2/babe",
                "patch.session.keys[0][2].babe: `5GrwvaEF5z",
            ),
            (
                "/session/keys/0/2/grandpa",
                "patch.session.keys[0][2].grandpa: `5GrwvaEF5z",
            ),
        ] {
            assert_refused(pointer, typed.into(), &[place, "checksum"]);
        }
    }

    #[test]
    fn amounts_keep_their_digits_however_they_are_written() {
        for (typed, amount) in [
            (r#"1e+21"#, 1_000_000_000_000_000_000_000),
            (r#""1000000000000000000001""#, 1_000_000_000_000_000_000_001),
            (r#"1000000000000000000001"#, 1_000_000_000_000_000_000_001),
            (r#"1000000000.0"#, EXISTENTIAL_DEPOSIT),
        ] {
            let mut genesis = with(
                "/balances/balances/0/1",
                serde_json::from_str(typed).unwrap(),
            );
            check(&mut genesis, true, &ChainType::Local).unwrap();
            let written = genesis["patch"].pointer("/balances/balances/0/1").unwrap();
            assert_eq!(written.to_string(), amount.to_string(), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_named_with_its_field() {
        for typed in [
            "1.5",
            "-1",
            "340282366920938463463374607431768211456",
            r#""1,000""#,
            "null",
        ] {
            let value = serde_json::from_str(typed).unwrap();
            assert_refused(
                "/balances/balances/3/1",
                value,
                &["patch.balances.balances[3][1]: ", typed],
            );
        }
        let value = serde_json::from_str("1.5").unwrap();
        assert_refused(
            "/origins/parameters/pouw.ChallengeWindow",
            value,
            &["patch.origins.parameters.pouw.ChallengeWindow: 1.5"],
        );
    }

    #[test]
    fn what_the_runtime_refuses_is_named_when_the_spec_is_read() {
        let alice = bcai(Alice);
        let rest: u128 = 11 * 1_000_000 * bcai_runtime::BCAI;
        // The preset's accounts are in the order of the keyring.
        for (pointer, value, reason) in [
            (
                "/balances/balances/2/0",
                json!(alice),
                "balances.balances[2]: ",
            ),
            ("/session/keys/1/1", json!(alice), "session.keys[1]: "),
            ("/session/keys/1/2/babe", json!(alice), "session.keys[1]: "),
            (
                "/balances/balances/0/1",
                json!(EXISTENTIAL_DEPOSIT - 1),
                "balances.balances[0]: ",
            ),
            (
                "/balances/balances/0/1",
                json!(u128::MAX - rest + 1),
                "balances.balances[11]: ",
            ),
            ("/session/keys", json!([]), "session.keys"),
            ("/session", json!({}), "session.keys"),
            (
                "/origins/parameters/pouw.ChallengeWindow",
                json!(0),
                "origins.parameters.pouw.ChallengeWindow: pouw.ChallengeWindow is 0",
            ),
            (
                "/origins/parameters/pouw.ChallengeWindow",
                json!("1,000"),
                "origins.parameters.pouw.ChallengeWindow: ",
            ),
            (
                "/pouw/targets/1",
                json!([1]),
                "pouw.targets[1]: invalid length 1",
            ),
            (
                "/pouw",
                json!({"target": []}),
                "pouw.target: unknown field `target`",
            ),
            (
                "/session/keys/0/2",
                json!({"grandpa": alice}),
                "session.keys[0][2]: missing field `babe`",
            ),
        ] {
            let place = format!("genesis.runtimeGenesis.patch.{reason}");
            let refusal = refusal(with(pointer, value));
            assert!(refusal.starts_with(&place), "{refusal}");
        }
        let mut most = with("/balances/balances/0/1", json!(u128::MAX - rest));
        assert_eq!(check(&mut most, true, &ChainType::Local), Ok(()));
        // Another runtime's deposit isn't known.
        let mut below = with("/balances/balances/0/1", json!(EXISTENTIAL_DEPOSIT - 1));
        assert_eq!(check(&mut below, false, &ChainType::Local), Ok(()));
    }

    #[test]
    fn a_live_chain_has_nothing_of_development() {
        // The preset's accounts are development keys.
        let refusal = check(&mut local(), true, &ChainType::Live).unwrap_err();
        assert!(
            refusal.contains("patch.balances.balances[0][0]: "),
            "{refusal}"
        );
        assert!(refusal.contains("development key"), "{refusal}");
        let mut sets = Map::new();
        sets.insert(
            "patch".into(),
            json!({"pouw": {"targets": [[1, 10], [0, 4]]}}),
        );
        let refusal = check(&mut sets, false, &ChainType::Live).unwrap_err();
        assert!(
            refusal.contains("patch.pouw.targets[1]: parameter set 0"),
            "{refusal}"
        );
        assert_eq!(check(&mut sets, false, &ChainType::Local), Ok(()));
    }

    #[test]
    fn a_genesis_has_one_form() {
        let mut genesis = local();
        genesis.insert("config".into(), json!({}));
        assert!(refusal(genesis).contains("one of `patch` and `config`"));
        assert!(refusal(Map::new()).contains("one of `patch` and `config`"));
        let mut full = Map::new();
        full.insert("config".into(), local()["patch"].clone());
        assert_eq!(check(&mut full, false, &ChainType::Local), Ok(()));
        assert!(refusal(full).contains("genesis.runtimeGenesis.config"));
    }
}
