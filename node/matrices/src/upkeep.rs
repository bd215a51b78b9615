//! Keeps the task store small: drops uploads that nobody goes on with, and matrices that no task names any more.

use crate::{
    pouw_chain::raw_task,
    service::{Block, FullClient},
};
use bcai_miner::chain::Task;
use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_runtime_api::PouwApi;
use bcai_runtime::{Hash, SLOT_DURATION};
use bcai_task_store::{StoredBlob, TaskStore};
use sc_client_api::HeaderBackend;
use sc_service::TaskManager;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_consensus_babe::{Slot, SlotDuration};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How often idle uploads are looked for.
const PERIOD: Duration = Duration::from_secs(30);

/// Every so many periods the matrices are compared with the chain's tasks.
const PERIODS_PER_COLLECTION: u32 = 20;

/// A best block older than this is that of a node which is still catching up, or alone: tasks that it doesn't know of may be
/// the chain's.
const CURRENT: Duration = Duration::from_secs(600);

/// Ids read with one call of the runtime's API.
const PAGE: u32 = pallet_pouw::MAX_LISTED;

/// Runs for as long as the node does; `keep` is how long a matrix that no task names stays.
pub fn spawn(
    task_manager: &TaskManager,
    client: Arc<FullClient>,
    store: Arc<dyn TaskStore>,
    keep: Duration,
) {
    let upkeep = async move {
        let mut collector = Collector::default();
        for period in 1u32.. {
            tokio::time::sleep(PERIOD).await;
            let (client, store) = (client.clone(), store.clone());
            let mut own = std::mem::take(&mut collector);
            let pass = tokio::task::spawn_blocking(move || {
                match store.drop_idle_uploads() {
                    0 => {}
                    dropped => log::info!(target: "pouw", "Dropped {dropped} idle uploads"),
                }
                if period % PERIODS_PER_COLLECTION == 0 {
                    own.collect(&client, &*store, keep);
                }
                own
            });
            // After a panic it starts from the first task again.
            collector = pass.await.unwrap_or_default();
        }
    };
    task_manager
        .spawn_handle()
        .spawn("task-store-upkeep", Some("pouw"), upkeep);
}

/// Finds the matrices that tasks name.
#[derive(Default)]
struct Collector {
    /// No final task has a smaller number.
    first: TaskId,
}

impl Collector {
    fn collect(&mut self, client: &FullClient, store: &dyn TaskStore, keep: Duration) {
        let listed = store.blobs();
        if listed.is_empty() || !is_current(best_slot(client), SystemTime::now()) {
            return;
        }
        let named = match self.named(client) {
            Ok(named) => named,
            Err(error) => {
                log::debug!(target: "pouw", "tasks can't be read, so no matrix is removed: {error}");
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
                Err(error) => log::warn!(target: "pouw", "a matrix can't be removed: {error}"),
            }
        }
        if count > 0 {
            log::info!(target: "pouw", "Removed {count} matrices of {bytes} bytes that no task names");
        }
    }

    /// The roots of all tasks, in the best and in the final state: either may become the chain's.
    fn named(&mut self, client: &FullClient) -> Result<HashSet<Hash32>, ApiError> {
        let info = client.info();
        let mut roots = HashSet::new();
        let final_tasks = tasks(client, info.finalized_hash, self.first)?;
        self.first = match final_tasks.first() {
            Some(task) => task.id,
            None => client.runtime_api().next_task_id(info.finalized_hash)?,
        };
        let best_tasks = tasks(client, info.best_hash, self.first)?;
        for task in final_tasks.iter().chain(&best_tasks) {
            roots.extend(roots_of(task));
        }
        Ok(roots)
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

fn tasks(client: &FullClient, at: Hash, first: TaskId) -> Result<Vec<Task>, ApiError> {
    let api = client.runtime_api();
    let next = PouwApi::<Block, _, _, _>::next_task_id(&*api, at)?;
    let mut tasks = Vec::new();
    for from in (first..next).step_by(PAGE as usize) {
        tasks.extend(api.tasks(at, from, PAGE)?.into_iter().map(raw_task));
    }
    Ok(tasks)
}

fn roots_of(task: &Task) -> impl Iterator<Item = Hash32> {
    let root_c = match task.state {
        TaskState::Delivered { root_c, .. } | TaskState::Finalized { root_c, .. } => Some(root_c),
        TaskState::Open | TaskState::Claimed { .. } => None,
    };
    [task.root_a, task.root_b].into_iter().chain(root_c)
}

/// What no task names and nobody uploaded for `keep`. A clock that was put back keeps everything.
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
    use bcai_pouw_primitives::ParamSet;
    use bcai_task_store::{BlobKind, FsTaskStore, StoreLimits};

    const KEEP: Duration = Duration::from_secs(100);

    #[test]
    fn only_old_matrices_that_no_task_names_are_garbage() {
        let folder = tempfile::tempdir().unwrap();
        let store = FsTaskStore::open(folder.path(), StoreLimits::default()).unwrap();
        let put = |value: u8| {
            let strip = vec![value; ParamSet::Set0.strip_a_len()];
            store
                .put(BlobKind::StripsA(ParamSet::Set0), &strip)
                .unwrap()
        };
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

    #[test]
    fn a_task_names_its_inputs_and_its_result() {
        let mut task = Task {
            id: 0,
            requester: [0; 32],
            set: ParamSet::Set0,
            m: 8,
            n: 8,
            root_a: [1; 32],
            root_b: [2; 32],
            bounty: 1,
            deadline: 1,
            state: TaskState::Open,
        };
        assert_eq!(roots_of(&task).collect::<Vec<_>>(), [[1; 32], [2; 32]]);
        task.state = TaskState::Finalized {
            worker: [0; 32],
            root_c: [3; 32],
            finalized_at: 1,
            credit: 0,
        };
        assert_eq!(roots_of(&task).count(), 3);
    }
}
