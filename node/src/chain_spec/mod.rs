//! The chains that the node knows by name, and those that it reads from a file.
//!
//! | file | what it reads |
//! |---|---|
//! | `json` | the text of a spec, and places in it |
//! | `genesis` | a plain genesis: accounts, keys and parameters |
//! | `raw` | a raw genesis: the state of block 0 |
//! | `description` | a chain in some lines of TOML, of which a spec is made |
//! | `account`, `number` | one address, one number |

mod account;
mod description;
mod genesis;
mod json;
mod number;
mod raw;

pub use description::read as describe;

use bcai_client::Block;
use bcai_runtime::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL, WASM_BINARY};
use sc_chain_spec::{ChainSpecExtension, ChainType, GenericChainSpec, Properties};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// Name of the network protocols of every chain of this node; a spec's fork id tells chains apart.
const PROTOCOL_ID: &str = "bcai";

/// What a spec may carry beside genesis and boot nodes.
#[derive(Default, Clone, Serialize, Deserialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase")]
pub struct Extensions {
    /// Blocks that are known to be right.
    #[serde(default)]
    pub fork_blocks: sc_client_api::ForkBlocks<Block>,
    /// Blocks that are known to be wrong.
    #[serde(default)]
    pub bad_blocks: sc_client_api::BadBlocks<Block>,
    /// Where light clients start; filled in by `sync_state_genSyncSpec`.
    #[serde(default)]
    pub light_sync_state: sc_sync_state_rpc::LightSyncStateExtension,
}

/// A chain spec of this node.
pub type ChainSpec = GenericChainSpec<Extensions>;

/// The spec with this name: `dev`, `local` (also when no name is given), or the path of a file.
/// Errors: an unreadable file, or a binary without the runtime's WASM.
pub fn load(id: &str) -> Result<ChainSpec, String> {
    match id {
        "dev" => development(),
        "" | "local" => local(),
        path => from_file(Path::new(path)),
    }
}

fn from_file(path: &Path) -> Result<ChainSpec, String> {
    // The SDK's reader maps the file, which says little about a folder or an empty file.
    let unreadable = |reason: String| {
        format!(
            "no chain `{}`: neither `dev` nor `local` nor a readable chain spec file ({reason})",
            path.display()
        )
    };
    let file = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !file.is_file() {
        return Err(unreadable("not a file".into()));
    }
    if file.len() == 0 {
        return Err(unreadable("the file is empty".into()));
    }
    let file = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    read(path, &file).map_err(|reason| format!("chain spec {}: {reason}", path.display()))
}

fn read(path: &Path, file: &[u8]) -> Result<ChainSpec, String> {
    let mut spec = json::parse(file)?;
    // All but the genesis, which is read when the state is made. From the file, so that its lines are named.
    let as_it_is = ChainSpec::from_json_file(path.into())
        .map_err(|error| error.replace("Error parsing spec file: ", ""))?;
    let forms = spec.get_mut("genesis").and_then(Value::as_object_mut);
    let mut forms = forms.into_iter().flatten();
    let (Some((form, genesis)), None) = (forms.next(), forms.next()) else {
        return Err("genesis: needs one of `runtimeGenesis` and `raw`".into());
    };
    match (form.as_str(), genesis) {
        ("raw", Value::Object(raw)) => {
            raw::check(raw)?;
            Ok(as_it_is)
        }
        ("runtimeGenesis", Value::Object(plain)) => {
            let is_own_runtime = check_code(plain)?;
            genesis::check(
                plain,
                is_own_runtime,
                &sc_chain_spec::ChainSpec::chain_type(&as_it_is),
            )?;
            ChainSpec::from_json_bytes(spec.to_string().into_bytes())
        }
        (form @ ("raw" | "runtimeGenesis"), _) => Err(format!("genesis.{form}: needs an object")),
        (form, _) => Err(format!(
            "genesis.{form}: a chain starts from `runtimeGenesis` or `raw` alone"
        )),
    }
}

/// Is the runtime of a plain genesis this binary's? Errors: there is none.
fn check_code(genesis: &Map<String, Value>) -> Result<bool, String> {
    let hex = genesis
        .get("code")
        .map(|code| code.as_str().unwrap_or_default());
    let code = match hex.map(sp_core::bytes::from_hex) {
        None => Err(raw::NO_CODE.into()),
        Some(Err(error)) => Err(format!("the runtime's code must be hex: {error}")),
        Some(Ok(code)) => raw::check_code(&code).map(|()| code),
    };
    let code = code.map_err(|reason| {
        format!("genesis.runtimeGenesis.code: {reason} (scripts/chain-spec puts in the code of the node that was built)")
    })?;
    Ok(WASM_BINARY == Some(&code[..]))
}

/// What a runtime says of a genesis that it refuses, with its place. The SDK gives a line of a JSON that nobody has seen,
/// and behind it all of that JSON. None: the text is no such refusal.
pub fn refusal_of_runtime(text: &str) -> Option<String> {
    let (reason, genesis) = text.split_once(" for blob:\n")?;
    let reason = reason.trim_start_matches("Storage error: ");
    let genesis = serde_json::from_str(genesis).unwrap_or_default();
    let reason = json::with_place(reason, genesis, "genesis");
    Some(format!("the runtime refuses the genesis: {reason}"))
}

/// One validator, funded development accounts.
fn development() -> Result<ChainSpec, String> {
    Ok(builder()?
        .with_name("BCAI Development")
        .with_id("bcai_dev")
        .with_chain_type(ChainType::Development)
        .with_genesis_config_preset_name(sp_genesis_builder::DEV_RUNTIME_PRESET)
        .build())
}

/// Several validators on one machine or one local network.
fn local() -> Result<ChainSpec, String> {
    Ok(builder()?
        .with_name("BCAI Local Testnet")
        .with_id("bcai_local")
        .with_chain_type(ChainType::Local)
        .with_genesis_config_preset_name(sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET)
        .build())
}

fn builder() -> Result<sc_chain_spec::ChainSpecBuilder<Extensions>, String> {
    let wasm = WASM_BINARY.ok_or(
        "this binary was built without the runtime (SKIP_WASM_BUILD was set): build it again without, \
         or give --chain the file of a chain spec",
    )?;
    Ok(ChainSpec::builder(wasm, Extensions::default())
        .with_protocol_id(PROTOCOL_ID)
        .with_properties(properties()))
}

fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
    properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
    properties.insert("ss58Format".into(), SS58_PREFIX.into());
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        match load(&path.display().to_string()) {
            Ok(spec) => panic!("{} was taken as a spec", spec.name()),
            Err(reason) => reason,
        }
    }

    #[test]
    fn an_unreadable_spec_is_named_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spec.json");
        assert!(refusal(&file).contains("No such file"));
        assert!(refusal(folder.path()).contains("not a file"));
        std::fs::write(&file, "").unwrap();
        assert!(refusal(&file).contains("empty"));
        std::fs::write(&file, "{ not json").unwrap();
        let reason = refusal(&file);
        assert!(reason.contains("spec.json") && reason.lines().count() == 1);
    }

    /// The committed spec of several validators with a runtime that is none, changed as text.
    fn changed(from: &str, to: &str) -> Result<ChainSpec, String> {
        let spec = include_str!("../../../chain-specs/local.json");
        let spec = spec.replace(
            "\"runtimeGenesis\": {",
            "\"runtimeGenesis\": { \"code\": \"0x0061736d\",",
        );
        assert!(spec.contains(from));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("spec.json");
        std::fs::write(&file, spec.replacen(from, to, 1)).unwrap();
        load(&file.display().to_string())
    }

    #[track_caller]
    fn assert_refused(from: &str, to: &str, reason: &str) {
        let refusal = changed(from, to).err().expect("a refusal");
        assert!(
            refusal.starts_with("chain spec ") && refusal.contains("spec.json: "),
            "{refusal}"
        );
        assert!(
            refusal.contains(reason) && refusal.lines().count() == 1,
            "{refusal}"
        );
    }

    #[test]
    fn a_plain_spec_reaches_the_runtime_as_the_runtime_reads_it() {
        let unchanged = changed("", "").unwrap().as_json(false).unwrap();
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        let account = account::read(alice).unwrap();
        let prefix = sp_core::crypto::Ss58AddressFormat::custom(SS58_PREFIX);
        let here = sp_core::crypto::Ss58Codec::to_ss58check_with_version(&account, prefix);
        assert_eq!(
            changed(alice, &here).unwrap().as_json(false).unwrap(),
            unchanged
        );
        let spec = changed("1000000000000000000", "1e+21").unwrap();
        assert!(spec
            .as_json(false)
            .unwrap()
            .contains(" 1000000000000000000000\n"));
        assert_eq!(spec.id(), "bcai_local");
    }

    #[test]
    fn what_is_wrong_in_a_spec_is_named_with_its_place() {
        assert_refused(
            "\"bootNodes\": [],",
            "\"bootNodes\": [],,",
            "at line 5 column 19",
        );
        assert_refused(
            "\"bootNodes\": [],",
            "\"bootNodes\": [\"/ip4/x\"],",
            "at line 5 column",
        );
        assert_refused("\"bootNodes\": [],", "", "missing field `bootNodes`");
        assert_refused("\"genesis\"", "\"gensis\"", "missing field `genesis`");
        assert_refused("\"runtimeGenesis\"", "\"runtime\"", "genesis.runtime: ");
        assert_refused(
            "\"runtimeGenesis\": {",
            "\"raw\": {}, \"runtimeGenesis\": {",
            "genesis: needs one of",
        );
        assert_refused(
            "\"runtimeGenesis\": {",
            "\"raw\": {",
            "genesis.raw.childrenDefault: ",
        );
        assert_refused(
            "\"0x0061736d\"",
            "\"0x1234\"",
            "genesis.runtimeGenesis.code: 2 bytes that are no WASM",
        );
        assert_refused(
            "\"0x0061736d\"",
            "\"0x123g\"",
            "genesis.runtimeGenesis.code: ",
        );
        assert_refused(
            "\"code\"",
            "\"kode\"",
            "genesis.runtimeGenesis.code: the runtime's code is missing",
        );
        assert_refused(
            "5GrwvaEF",
            "5GrwvaEE",
            "genesis.runtimeGenesis.patch.balances.balances[0][0]: `5GrwvaEE",
        );
    }

    #[test]
    fn what_a_runtime_refuses_is_named_with_its_place() {
        let genesis = "{\n  \"pouw\": {\n    \"targets\": [\n      \"x\"\n    ]\n  }\n}";
        let of = |reason: &str| refusal_of_runtime(&format!("{reason} for blob:\n{genesis}"));
        assert_eq!(
            of("Storage error: invalid type at line 4 column 9").unwrap(),
            "the runtime refuses the genesis: genesis.pouw.targets[0]: invalid type"
        );
        assert_eq!(
            of("session.keys has 0").unwrap(),
            "the runtime refuses the genesis: session.keys has 0"
        );
        assert_eq!(refusal_of_runtime("another error at line 4"), None);
    }

    #[test]
    fn wallets_are_told_the_token_and_the_prefix() {
        let properties = properties();
        assert_eq!(properties["tokenSymbol"], "BCAI");
        assert_eq!(properties["tokenDecimals"], 12);
        assert_eq!(properties["ss58Format"], SS58_PREFIX);
    }
}
