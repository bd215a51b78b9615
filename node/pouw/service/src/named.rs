//! Which matrices tasks name: those the store must keep.

use bcai_client::{settled, Block, FullClient};
use bcai_matrices::Named;
use bcai_pouw_primitives::{Hash32, TaskId, TaskInfo};
use bcai_pouw_tasks::chain::Task;
use bcai_runtime::{AccountId, Balance, BlockNumber, Hash};
use pallet_pouw_runtime_api::PouwApi;
use parking_lot::Mutex;
use sc_client_api::HeaderBackend;
use sp_api::{ApiError, ProvideRuntimeApi};
use std::{collections::HashSet, sync::Arc};

/// The roots of all tasks, in the best and in the final state: either may become the chain's.
pub struct NamedByTasks {
    client: Arc<FullClient>,
    /// No final task has a smaller number.
    first: Mutex<TaskId>,
}

impl NamedByTasks {
    /// What the chain of this client names.
    pub fn new(client: Arc<FullClient>) -> Self {
        Self {
            client,
            first: Mutex::new(0),
        }
    }

    fn tasks(&self, at: Hash, first: TaskId) -> Result<Vec<Task>, ApiError> {
        let api = self.client.runtime_api();
        let next = PouwApi::<Block, AccountId, Balance, BlockNumber>::next_task_id(&*api, at)?;
        let limits = PouwApi::<Block, AccountId, Balance, BlockNumber>::limits(&*api, at)?;
        let most = limits.max_listed.max(1);
        let mut tasks = Vec::new();
        for from in (first..next).step_by(most as usize) {
            tasks.extend(api.tasks(at, from, most)?);
        }
        Ok(tasks)
    }

    fn read(&self) -> Result<HashSet<Hash32>, ApiError> {
        let info = self.client.info();
        // Where tasks can't be read now, as many were there before.
        let finalized = settled(&self.client, info.finalized_hash);
        let best = settled(&self.client, info.best_hash);
        let mut first = self.first.lock();
        let final_tasks = self.tasks(finalized, *first)?;
        *first = match final_tasks.first() {
            Some(task) => task.id,
            None => {
                let api = self.client.runtime_api();
                PouwApi::<Block, AccountId, Balance, BlockNumber>::next_task_id(&*api, finalized)?
            }
        };
        let best_tasks = self.tasks(best, *first)?;
        Ok(final_tasks
            .iter()
            .chain(&best_tasks)
            .flat_map(roots_of)
            .collect())
    }
}

impl Named for NamedByTasks {
    fn roots(&self) -> Result<HashSet<Hash32>, String> {
        self.read().map_err(|error| error.to_string())
    }
}

fn roots_of<A, B, N>(task: &TaskInfo<A, B, N>) -> impl Iterator<Item = Hash32> {
    [task.root_a, task.root_b]
        .into_iter()
        .chain(task.root_c().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::{ParamSet, TaskState};

    #[test]
    fn a_task_names_its_inputs_and_its_result() {
        let mut task = TaskInfo {
            id: 0,
            requester: 0,
            set: ParamSet::Set0,
            m: 8,
            n: 8,
            slabs: 1,
            root_a: [1; 32],
            root_b: [2; 32],
            bounty: 1,
            deadline: 1,
            state: TaskState::Open,
        };
        assert_eq!(roots_of(&task).collect::<Vec<_>>(), [[1; 32], [2; 32]]);
        task.state = TaskState::Finalized {
            worker: 0,
            root_c: [3; 32],
            finalized_at: 1,
            credit: 0,
        };
        assert_eq!(roots_of(&task).count(), 3);
    }
}
