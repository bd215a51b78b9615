//! A genesis in plain form: what no chain could start from, named before the runtime sees it.
//!
//! The runtime has the last word: it names what it can't read. But where a value can't be, it panics without saying
//! which, and some mistakes it takes.

use super::{account, json, number};
use bcai_runtime::{AccountId, Balance};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where the plain genesis is in a spec.
const PLACE: &str = "genesis.runtimeGenesis";

/// Amounts.
const AMOUNTS: [&str; 1] = ["balances.balances.*.1"];

/// Addresses. Those in one row are of one kind, and none may be there twice.
const ADDRESSES: [&[&str]; 5] = [
    &["balances.balances.*.0"],
    &["session.keys.*.0", "session.nonAuthorityKeys.*.0"],
    &["session.keys.*.1", "session.nonAuthorityKeys.*.1"],
    &["session.keys.*.2.babe", "session.nonAuthorityKeys.*.2.babe"],
    &[
        "session.keys.*.2.grandpa",
        "session.nonAuthorityKeys.*.2.grandpa",
    ],
];

/// Checks `runtimeGenesis` of a spec, and writes its numbers and addresses as the runtime reads them.
/// `least_balance`: the existential deposit, where it is known.
/// Errors: the first value that is wrong, with its place and what would be right.
pub fn check(
    genesis: &mut Map<String, Value>,
    least_balance: Option<Balance>,
) -> Result<(), String> {
    // What differs from the runtime's defaults, or everything.
    let (form, config) = match (
        genesis.contains_key("patch"),
        genesis.contains_key("config"),
    ) {
        (true, false) => ("patch", &mut genesis["patch"]),
        (false, true) => ("config", &mut genesis["config"]),
        _ => return Err(format!("{PLACE}: needs one of `patch` and `config`")),
    };
    let place = format!("{PLACE}.{form}");
    number::write_in_digits(config, &place)?;
    for pattern in AMOUNTS {
        json::for_each(config, &place, pattern, &mut |place, value| {
            let amount = number::amount(value).map_err(|reason| format!("{place}: {reason}"))?;
            *value = amount.into();
            Ok(())
        })?;
    }
    check_balances(config, &place, least_balance)?;
    check_authorities(config, &place)?;
    for kind in ADDRESSES {
        write_addresses(config, &place, kind)?;
    }
    Ok(())
}

/// Each balance is enough for an account, and all together can be issued. Before addresses are written anew, so that they
/// are named as typed.
fn check_balances(config: &Value, place: &str, least: Option<Balance>) -> Result<(), String> {
    let balances = config
        .pointer("/balances/balances")
        .and_then(Value::as_array);
    let mut issued: Balance = 0;
    for (index, entry) in balances.into_iter().flatten().enumerate() {
        let (Some(account), Some(Ok(amount))) = (
            entry.get(0).and_then(Value::as_str),
            entry.get(1).map(number::amount),
        ) else {
            continue;
        };
        let place = format!("{place}.balances.balances[{index}][1]");
        if let Some(least) = least.filter(|least| amount < *least) {
            return Err(format!(
                "{place}: {amount} for `{account}` is below the existential deposit of {least}: give it more, or leave it out"
            ));
        }
        issued = issued.checked_add(amount).ok_or_else(|| {
            format!("{place}: with {amount} for `{account}` the balances come to more than 2^128 - 1, the most there can be")
        })?;
    }
    Ok(())
}

/// Somebody makes blocks, and it is said once who.
fn check_authorities(config: &Value, place: &str) -> Result<(), String> {
    let is_empty = |pointer: &str| match config.pointer(pointer) {
        Some(Value::Array(elements)) => elements.is_empty(),
        // What is no list is named by the runtime.
        other => other.is_none(),
    };
    if is_empty("/session/keys") {
        return Err(format!(
            "{place}.session.keys: no validator, and nobody would make blocks: give \
             [account, account, {{\"babe\": address, \"grandpa\": address}}] for each"
        ));
    }
    for pallet in ["babe", "grandpa"] {
        if !is_empty(&format!("/{pallet}/authorities")) {
            return Err(format!(
                "{place}.{pallet}.authorities: leave it empty: who is an authority is said in session.keys"
            ));
        }
    }
    Ok(())
}

fn write_addresses(config: &mut Value, place: &str, kind: &[&str]) -> Result<(), String> {
    let mut seen = BTreeMap::<AccountId, String>::new();
    for pattern in kind {
        json::for_each(config, place, pattern, &mut |place, value| {
            // What is no text is named by the runtime.
            let Value::String(typed) = value else {
                return Ok(());
            };
            let account =
                account::read(typed).map_err(|reason| format!("{place}: `{typed}` {reason}"))?;
            if let Some(first) = seen.get(&account) {
                return Err(format!("{place}: `{typed}` is there already, at {first}"));
            }
            *typed = account::for_runtime(&account);
            seen.insert(account, place.into());
            Ok(())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_runtime::{EXISTENTIAL_DEPOSIT, SS58_PREFIX};
    use serde_json::json;
    use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};
    use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};

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
        let reason = check(&mut genesis, Some(EXISTENTIAL_DEPOSIT)).unwrap_err();
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
        check(&mut genesis, Some(EXISTENTIAL_DEPOSIT)).unwrap();
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
        check(&mut genesis, Some(EXISTENTIAL_DEPOSIT)).unwrap();
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
    fn an_account_is_there_once_in_whatever_form_it_is_written() {
        let alice = bcai(Alice);
        // The preset's accounts are in the order of the keyring.
        assert_refused(
            "/balances/balances/2/0",
            alice.clone().into(),
            &["balances[2][0]", &alice, "already, at", "balances[0][0]"],
        );
        assert_refused(
            "/session/keys/1/0",
            alice.clone().into(),
            &["session.keys[1][0]", &alice, "session.keys[0][0]"],
        );
        assert_refused(
            "/session/keys/1/1",
            alice.clone().into(),
            &["session.keys[1][1]", &alice, "session.keys[0][1]"],
        );
        assert_refused(
            "/session/keys/1/2/babe",
            alice.clone().into(),
            &["session.keys[1][2].babe", &alice],
        );
        let mut genesis = local();
        genesis["patch"]["session"]["nonAuthorityKeys"] =
            json!([[bcai(Charlie), bcai(Charlie), {"babe": bcai(Bob), "grandpa": bcai(Charlie)}]]);
        let reason = refusal(genesis);
        assert!(
            reason.contains("nonAuthorityKeys[0][2].babe")
                && reason.contains("session.keys[1][2].babe"),
            "{reason}"
        );
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
            check(&mut genesis, Some(EXISTENTIAL_DEPOSIT)).unwrap();
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
            "/pouw/challengeWindow",
            value,
            &["patch.pouw.challengeWindow: 1.5"],
        );
    }

    #[test]
    fn a_balance_below_the_existential_deposit_is_named_with_its_account() {
        let pointer = "/balances/balances/0/1";
        let below = EXISTENTIAL_DEPOSIT - 1;
        let account = Alice.to_account_id().to_ss58check();
        assert_refused(
            pointer,
            below.into(),
            &["balances[0][1]: 999999999 ", &account, " 1000000000:"],
        );
        // The deposit of a runtime that this binary doesn't have isn't known.
        assert_eq!(check(&mut with(pointer, below.into()), None), Ok(()));
    }

    #[test]
    fn no_more_is_issued_than_can_be_counted() {
        let rest: u128 = 11 * 1_000_000 * bcai_runtime::BCAI;
        let mut most = with("/balances/balances/0/1", (u128::MAX - rest).into());
        assert_eq!(check(&mut most, Some(EXISTENTIAL_DEPOSIT)), Ok(()));
        assert_refused(
            "/balances/balances/0/1",
            (u128::MAX - rest + 1).into(),
            &["balances[11][1]", "more than 2^128 - 1"],
        );
    }

    #[test]
    fn a_chain_without_validators_is_refused() {
        assert_refused(
            "/session/keys",
            json!([]),
            &["patch.session.keys: no validator"],
        );
        assert_refused("/session", json!({}), &["patch.session.keys: no validator"]);
        let key = Alice.to_account_id().to_ss58check();
        for pallet in ["babe", "grandpa"] {
            let mut genesis = local();
            genesis["patch"][pallet]["authorities"] = json!([[key, 1]]);
            let reason = refusal(genesis);
            assert!(
                reason.contains(&format!("patch.{pallet}.authorities: ")),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_genesis_has_one_form() {
        let mut genesis = local();
        genesis["config"] = json!({});
        assert!(refusal(genesis).contains("one of `patch` and `config`"));
        assert!(refusal(Map::new()).contains("one of `patch` and `config`"));
        let mut full = Map::new();
        full.insert("config".into(), local()["patch"].clone());
        assert_eq!(check(&mut full, None), Ok(()));
    }
}
