//! Keeps the store small: drops uploads that nobody goes on with, and matrices that nothing on the chain names any more.

use crate::{MatrixStore, StoredBlob};
use bcai_client::{Block, Context, FullClient};
use bcai_pouw_primitives::Hash32;
use bcai_roles::on_blocking_thread;
use bcai_runtime::SLOT_DURATION;
use sc_client_api::HeaderBackend;
use sp_consensus_babe::{Slot, SlotDuration};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How often idle uploads are looked for.
const PERIOD: Duration = Duration::from_secs(30);

/// Every so many periods the matrices are compared with what the chain names.
const PERIODS_PER_COLLECTION: u32 = 20;

/// A best block older than this is that of a node which is still catching up, or alone: it may not know of all that
/// the chain names.
const CURRENT: Duration = Duration::from_secs(600);

/// What names matrices that must stay.
pub trait Named: Send + Sync + 'static {
    /// The roots of all of them; blocks for as long as a runtime call takes. Errors: why the chain can't be read.
    fn roots(&self) -> Result<HashSet<Hash32>, String>;
}

/// Runs for as long as the node does, and again after a failure; `keep` is how long a matrix that nothing names stays.
pub(crate) fn spawn(
    context: &Context,
    store: &Arc<dyn MatrixStore>,
    named: Arc<dyn Named>,
    keep: Duration,
) {
    let (client, store) = (context.client.clone(), store.clone());
    context.roles.start("upkeep of matrices", move || {
        let (client, store, named) = (client.clone(), store.clone(), named.clone());
        let upkeep = async move {
            for period in 1u32.. {
                tokio::time::sleep(PERIOD).await;
                let (client, store, named) = (client.clone(), store.clone(), named.clone());
                on_blocking_thread(move || {
                    match store.drop_idle_uploads() {
                        0 => {}
                        dropped => log::info!(target: "matrices", "Dropped {dropped} idle uploads"),
                    }
                    if period % PERIODS_PER_COLLECTION == 0 {
                        collect(&client, &*store, &*named, keep);
                    }
                })
                .await;
            }
        };
        ((), upkeep)
    });
}

fn collect(client: &FullClient, store: &dyn MatrixStore, named: &dyn Named, keep: Duration) {
    let listed = store.blobs();
    if listed.is_empty() || !is_current(best_slot(client), SystemTime::now()) {
        return;
    }
    let named = match named.roots() {
        Ok(named) => named,
        Err(error) => {
            log::debug!(target: "matrices", "the chain can't be read, so no matrix is removed: {error}");
            return;
        }
    };
    let mut bytes = 0u64;
    let mut count = 0usize;
    for blob in unnamed(listed, &named, SystemTime::now(), keep) {
        match store.remove_listed(&blob) {
            Ok(true) => {
                count += 1;
                bytes = bytes.saturating_add(blob.info.len);
            }
            Ok(false) => {}
            Err(error) => log::warn!(target: "matrices", "a matrix can't be removed: {error}"),
        }
    }
    if count > 0 {
        log::info!(target: "matrices", "Removed {count} matrices of {bytes} bytes that no task names");
    }
}

/// The slot of the best block; `None` where it can't be told.
fn best_slot(client: &FullClient) -> Option<Slot> {
    let header = client.header(client.info().best_hash).ok()??;
    let digest = sc_consensus_babe::find_pre_digest::<Block>(&header).ok()?;
    Some(digest.slot())
}

/// Is a best block of this slot one of now?
fn is_current(slot: Option<Slot>, now: SystemTime) -> bool {
    let start = slot.and_then(|slot| slot.timestamp(SlotDuration::from_millis(SLOT_DURATION)));
    let start = start.map(|at| SystemTime::UNIX_EPOCH + at.as_duration());
    // A clock that was put back is no reason to remove anything either.
    start.is_some_and(|start| now.duration_since(start).is_ok_and(|age| age <= CURRENT))
}

/// What nothing names and nobody uploaded for `keep`. A clock that was put back keeps everything.
fn unnamed(
    blobs: Vec<StoredBlob>,
    named: &HashSet<Hash32>,
    now: SystemTime,
    keep: Duration,
) -> impl Iterator<Item = StoredBlob> + '_ {
    blobs.into_iter().filter(move |blob| {
        let age = now.duration_since(blob.completed).unwrap_or_default();
        age >= keep && !named.contains(&blob.root)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlobKind, FsMatrixStore, StoreLimits};
    use bcai_pouw_primitives::ParamSet;

    const KEEP: Duration = Duration::from_secs(100);

    #[test]
    fn only_old_matrices_that_nothing_names_are_garbage() {
        let folder = tempfile::tempdir().unwrap();
        let store = FsMatrixStore::open(folder.path(), StoreLimits::default()).unwrap();
        let kind = BlobKind::StripsA {
            set: ParamSet::Set0,
            slabs: 1,
        };
        let put = |value: u8| store.put(kind, &vec![value; kind.leaf_len()]).unwrap();
        let (named, other) = (put(1), put(2));
        let garbage = |later: Duration| {
            let now = SystemTime::now() + later;
            let named = HashSet::from([named]);
            let found: Vec<_> = unnamed(store.blobs(), &named, now, KEEP)
                .map(|blob| blob.root)
                .collect();
            found
        };
        assert!(garbage(Duration::ZERO).is_empty());
        assert_eq!(garbage(KEEP * 2), [other]);
    }

    #[test]
    fn a_node_that_is_behind_removes_nothing() {
        let now = SystemTime::UNIX_EPOCH + 10 * CURRENT;
        let slot_at = |age: Duration| {
            let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap() - age;
            Some(Slot::from(since.as_millis() as u64 / SLOT_DURATION))
        };
        let second = Duration::from_secs(1);
        assert!(is_current(slot_at(Duration::ZERO), now));
        assert!(is_current(slot_at(CURRENT), now));
        assert!(!is_current(slot_at(CURRENT + second), now));
        // The genesis has slot 0, a state without a header none; a clock behind the chain's tells nothing.
        assert!(!is_current(Some(Slot::from(0)), now));
        assert!(!is_current(None, now));
        assert!(!is_current(slot_at(Duration::ZERO), now - second));
    }
}
