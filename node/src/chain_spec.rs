//! The chains that the node knows by name, and those that it reads from a file.

use bcai_client::Block;
use bcai_runtime::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL, WASM_BINARY};
use sc_chain_spec::{ChainSpecExtension, ChainType, GenericChainSpec, Properties};
use serde::{Deserialize, Serialize};
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
    ChainSpec::from_json_file(path.into()).map_err(unreadable)
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

    #[test]
    fn wallets_are_told_the_token_and_the_prefix() {
        let properties = properties();
        assert_eq!(properties["tokenSymbol"], "BCAI");
        assert_eq!(properties["tokenDecimals"], 12);
        assert_eq!(properties["ss58Format"], SS58_PREFIX);
    }
}
