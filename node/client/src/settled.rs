use crate::{Block, FullClient};
use bcai_runtime::{governance::upgrades::UpgradeApi, Hash};
use sc_client_api::HeaderBackend;
use sp_api::{ApiExt, ProvideRuntimeApi};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// Blocks whose last settled one is remembered.
const REMEMBERED: usize = 1_024;

/// Of blocks that aren't settled, the last one before that is: so that each block of a long migration is looked at once.
static BEFORE: LazyLock<Mutex<BTreeMap<Hash, Hash>>> = LazyLock::new(Default::default);

/// The last block, from `at` back, whose storage and runtime belong together. That is `at` itself but in the block that brings a new
/// runtime, and while a migration of several blocks runs: there the new runtime would read what the old one wrote.
pub fn settled(client: &FullClient, at: Hash) -> Hash {
    walk(at, |block| parent_where_migrating(client, block))
}

/// [`settled`] from the best block on.
pub fn settled_best(client: &FullClient) -> Hash {
    settled(client, client.info().best_hash)
}

/// Whether the chain stands still at this block: nobody but governance can call. Where nothing is known of it, it doesn't.
pub fn stands_still(client: &FullClient, at: Hash) -> bool {
    let api = client.runtime_api();
    let asked = api.has_api::<dyn UpgradeApi<Block>>(at);
    asked.unwrap_or(false) && api.stands_still(at).unwrap_or(false)
}

fn walk(at: Hash, parent_where_migrating: impl Fn(Hash) -> Option<Hash>) -> Hash {
    let mut walked = Vec::new();
    let mut block = at;
    let settled = loop {
        if let Some(known) = before().get(&block) {
            break *known;
        }
        match parent_where_migrating(block) {
            None => break block,
            Some(parent) => {
                walked.push(block);
                block = parent;
            }
        }
    };
    if !walked.is_empty() {
        let mut before = before();
        if before.len() + walked.len() > REMEMBERED {
            before.clear();
        }
        before.extend(
            walked
                .into_iter()
                .take(REMEMBERED)
                .map(|block| (block, settled)),
        );
    }
    settled
}

fn before() -> std::sync::MutexGuard<'static, BTreeMap<Hash, Hash>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn block(number: u64) -> Hash {
        Hash::from_low_u64_be(number)
    }

    #[test]
    fn the_last_settled_block_is_found_however_long_the_migration_is_and_each_block_is_asked_once()
    {
        let asked = Cell::new(0);
        // Migrating from block 11 on.
        let parent = |at: Hash| {
            asked.set(asked.get() + 1);
            let number = at.to_low_u64_be();
            (number > 10).then(|| block(number - 1))
        };
        assert_eq!(walk(block(10), parent), block(10));
        assert_eq!(walk(block(11), parent), block(10));
        assert_eq!(walk(block(600), parent), block(10));
        asked.set(0);
        for number in 601..700 {
            assert_eq!(walk(block(number), parent), block(10));
            assert_eq!(walk(block(number), parent), block(10));
        }
        assert_eq!(asked.get(), 99);
        // More than is remembered.
        assert_eq!(walk(block(5_000), parent), block(10));
        assert!(before().len() <= REMEMBERED);
    }
}
