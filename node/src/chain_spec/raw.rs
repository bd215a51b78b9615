//! A genesis in raw form: the state of block 0, key by key.

use codec::Decode;
use serde_json::{Map, Value};
use sp_core::{bytes::from_hex, storage::well_known_keys};
use sp_io::hashing::twox_128;
use std::collections::BTreeMap;

/// Where the raw genesis is in a spec.
const PLACE: &str = "genesis.raw";

/// What is said where no runtime is.
pub const NO_CODE: &str = "the runtime's code is missing";

/// The pallets whose authorities make and finalise blocks; both keep (key, weight), a key of 32 bytes.
const AUTHORITIES: [(&str, &str); 2] = [("Babe", "make blocks"), ("Grandpa", "finalise blocks")];

/// Can a chain start from this state? There must be a runtime in it, and authorities.
/// Errors: the first that is missing or unreadable, with its place.
pub fn check(raw: &Map<String, Value>) -> Result<(), String> {
    let part = |name: &str| {
        let part = raw.get(name).and_then(Value::as_object);
        part.ok_or_else(|| format!("{PLACE}.{name}: needs an object of keys and values in hex"))
    };
    part("childrenDefault")?;
    let mut state = BTreeMap::new();
    for (key, value) in part("top")? {
        let bytes = value.as_str().and_then(|value| from_hex(value).ok());
        let (Ok(key), Some(bytes)) = (from_hex(key), bytes) else {
            return Err(format!("{PLACE}.top[\"{key}\"]: key and value must be hex"));
        };
        state.insert(key, bytes);
    }
    let code = state.get(well_known_keys::CODE);
    code.map_or(Err(NO_CODE.into()), |code| check_code(code))
        .map_err(|reason| format!("{PLACE}.top[\"{}\"]: {reason}", hex(well_known_keys::CODE)))?;
    for (pallet, task) in AUTHORITIES {
        let key = [twox_128(pallet.as_bytes()), twox_128(b"Authorities")].concat();
        let bytes = state.get(&key).map(Vec::as_slice).unwrap_or_default();
        let place = format!("{PLACE}.top[\"{}\"]", hex(&key));
        match Vec::<([u8; 32], u64)>::decode(&mut &bytes[..]) {
            Ok(authorities) if !authorities.is_empty() => {}
            Err(error) if !bytes.is_empty() => {
                return Err(format!(
                    "{place}: the authorities of {pallet} can't be read: {error}"
                ));
            }
            _ => {
                return Err(format!(
                    "{place}: {pallet} has no authorities, and nobody would {task}: make the raw spec again, from a plain one with session.keys"
                ));
            }
        }
    }
    Ok(())
}

/// Is it a runtime: WASM, plain or compressed? Errors: it isn't.
pub fn check_code(code: &[u8]) -> Result<(), String> {
    const WASM: &[u8] = b"\0asm";
    // What sp-maybe-compressed-blob puts before a blob that it compressed.
    const COMPRESSED: &[u8] = &[82, 188, 83, 118, 70, 219, 142, 5];
    if code.starts_with(WASM) || code.starts_with(COMPRESSED) {
        return Ok(());
    }
    let length = code.len();
    Err(format!(
        "{length} bytes that are no WASM, where the runtime's code must be"
    ))
}

fn hex(bytes: &[u8]) -> String {
    sp_core::bytes::to_hex(bytes, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use serde_json::json;

    const BABE: &str = "0x1cb6f36e027abb2091cfb5110ab5087f5e0621c4869aa60c02be9adcc98a0d1d";
    const GRANDPA: &str = "0x5f9cc45b7a00c5899361e1c6099678dc5e0621c4869aa60c02be9adcc98a0d1d";
    const CODE: &str = "0x3a636f6465";

    fn state() -> Map<String, Value> {
        let authorities = hex(&vec![([1u8; 32], 1u64)].encode());
        let raw = json!({
            "top": { CODE: "0x0061736d01000000", BABE: authorities, GRANDPA: authorities },
            "childrenDefault": {},
        });
        raw.as_object().unwrap().clone()
    }

    #[track_caller]
    fn refusal(change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut raw = state();
        change(raw["top"].as_object_mut().unwrap());
        check(&raw).unwrap_err()
    }

    #[test]
    fn a_state_with_runtime_and_authorities_is_taken() {
        assert_eq!(check(&state()), Ok(()));
    }

    #[test]
    fn a_state_without_a_runtime_is_refused() {
        let place = "genesis.raw.top[\"0x3a636f6465\"]: ";
        for (reason, error) in [
            ("missing", refusal(|top| drop(top.remove(CODE)))),
            ("missing", refusal(Map::clear)),
            (
                "2 bytes that are no WASM",
                refusal(|top| top[CODE] = json!("0x1234")),
            ),
        ] {
            assert!(
                error.starts_with(place) && error.contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn a_state_without_authorities_is_refused() {
        for (key, pallet) in [(BABE, "Babe"), (GRANDPA, "Grandpa")] {
            for (reason, error) in [
                ("has no authorities", refusal(|top| drop(top.remove(key)))),
                (
                    "has no authorities",
                    refusal(|top| top[key] = json!("0x00")),
                ),
                ("can't be read", refusal(|top| top[key] = json!("0x04ff"))),
            ] {
                assert!(
                    error.starts_with(&format!("genesis.raw.top[\"{key}\"]: ")),
                    "{error}"
                );
                assert!(error.contains(reason) && error.contains(pallet), "{error}");
            }
        }
    }

    #[test]
    fn what_is_no_hex_is_named() {
        let error = refusal(|top| top[BABE] = json!("0xzz"));
        assert!(error.contains(BABE) && error.contains("hex"), "{error}");
        let error = refusal(|top| drop(top.insert("0x12".into(), json!(5))));
        assert!(error.contains("0x12"), "{error}");
        let mut raw = state();
        raw.remove("childrenDefault");
        assert!(check(&raw)
            .unwrap_err()
            .starts_with("genesis.raw.childrenDefault: "));
    }
}
