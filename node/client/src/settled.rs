use crate::{Block, FullClient};
use bcai_runtime::{governance::upgrades::UpgradeApi, Hash};
use sc_client_api::HeaderBackend;
use sp_api::{ApiExt, ProvideRuntimeApi};

/// Blocks that are looked at: a migration that takes more has failed, and what is read then is for whoever mends it.
const MOST: usize = 64;

/// The last block, from `at` back, whose storage and runtime belong together. That is `at` itself but in the block that brings a new
/// runtime, and while a migration of several blocks runs: there the new runtime would read what the old one wrote.
pub fn settled(client: &FullClient, at: Hash) -> Hash {
    let mut block = at;
    for _ in 0..MOST {
        match parent_where_migrating(client, block) {
            None => return block,
            Some(parent) => block = parent,
        }
    }
    at
}

/// [`settled`] from the best block on.
pub fn settled_best(client: &FullClient) -> Hash {
    settled(client, client.info().best_hash)
}

/// `None` also where nothing is known of the block: whoever reads it will be told why.
fn parent_where_migrating(client: &FullClient, block: Hash) -> Option<Hash> {
    let api = client.runtime_api();
    // A runtime without it had no migrations.
    let asked = api.has_api::<dyn UpgradeApi<Block>>(block).ok()?;
    if !asked || !api.is_migrating(block).ok()? {
        return None;
    }
    Some(client.header(block).ok()??.parent_hash)
}
