//! Reads the tasks that can still change from the chain.

use crate::chain::{BlockRef, ChainError, Task, TaskChain};
use bcai_pouw_primitives::{TaskId, TaskState};
use std::collections::BTreeSet;

/// Blocks between two looks at which tasks are settled for good.
pub const SETTLED_EVERY: u32 = 32;

/// Unsettled ids that are so close are read together: a call of the runtime costs more than the tasks in between.
const MAX_GAP: TaskId = 16;

/// Remembers which tasks can't change any more, so that a chain with a long past is read quickly.
#[derive(Clone, Default)]
pub struct Scanner {
    /// The ids below `high` that were not settled in the last finalised block looked at.
    unsettled: BTreeSet<TaskId>,
    /// The first id that block had not given out. Only a finalised id can't become another task's, so from here
    /// on all are read.
    high: TaskId,
    looked_at: Option<u32>,
}

impl Scanner {
    /// All tasks as of the best block but those settled in a finalised block. Blocks on runtime calls.
    pub fn read(&mut self, chain: &dyn TaskChain) -> Result<(BlockRef, Vec<Task>), ChainError> {
        if self.looked_at.is_none() {
            self.settle(chain, &chain.finalized())?;
        }
        let best = chain.best();
        let tasks = self.tasks(chain, &best, |_| true)?;
        let due = |last: u32| best.number.saturating_sub(last) >= SETTLED_EVERY;
        if self.looked_at.is_none_or(due) {
            // After the tasks were read, and of no later block: what is left out from now on was seen settled.
            let finalized = chain.finalized();
            if self.looked_at.is_some() && finalized.number <= best.number {
                self.settle(chain, &finalized)?;
            }
            self.looked_at = Some(best.number);
        }
        Ok((best, tasks))
    }

    fn settle(&mut self, chain: &dyn TaskChain, finalized: &BlockRef) -> Result<(), ChainError> {
        let open = self.tasks(chain, finalized, |task| {
            !matches!(task.state, TaskState::Finalized { .. })
        })?;
        self.high = self.high.max(chain.next_task_id(finalized)?);
        self.unsettled = open.iter().map(|task| task.id).collect();
        Ok(())
    }

    /// The tasks as of `at` that `wanted` picks, of those that are not known to be settled.
    fn tasks(
        &self,
        chain: &dyn TaskChain,
        at: &BlockRef,
        wanted: impl Fn(&Task) -> bool,
    ) -> Result<Vec<Task>, ChainError> {
        let mut all = Vec::new();
        let most = chain.limits(at)?.max_listed.max(1);
        for (from, limit) in runs(&self.unsettled, most) {
            let page = chain.tasks(at, from, limit)?.into_iter();
            all.extend(page.filter(|task| self.unsettled.contains(&task.id) && wanted(task)));
        }
        let next = chain.next_task_id(at)?;
        let mut from = self.high;
        while from < next {
            let page = chain.tasks(at, from, most)?.into_iter();
            all.extend(page.filter(&wanted));
            from = from.saturating_add(u64::from(most));
        }
        Ok(all)
    }
}

/// Pages `(from, limit)` of at most `most` ids with all of `ids`, and few others.
fn runs(ids: &BTreeSet<TaskId>, most: u32) -> Vec<(TaskId, u32)> {
    let mut runs: Vec<(TaskId, u32)> = Vec::new();
    for id in ids {
        let joined = runs.last_mut().and_then(|(from, limit)| {
            let span = u32::try_from(id - *from + 1).ok()?;
            let near = u64::from(span - *limit) <= MAX_GAP;
            (near && span <= most).then(|| *limit = span)
        });
        if joined.is_none() {
            runs.push((*id, 1));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_every_id_and_are_as_long_as_allowed() {
        let steps = [1, 2, MAX_GAP, MAX_GAP + 1, 255, 256, 1_000];
        for (step, most) in steps.into_iter().flat_map(|step| [(step, 256), (step, 7)]) {
            let ids: BTreeSet<TaskId> = (0..900).map(|at| 5 + at * step).collect();
            let runs = runs(&ids, most);
            assert!(runs.iter().all(|(_, limit)| *limit <= most));
            let read: Vec<TaskId> = runs
                .iter()
                .flat_map(|(from, limit)| *from..from + u64::from(*limit))
                .collect();
            assert!(read.is_sorted_by(|a, b| a < b));
            assert!(ids.iter().all(|id| read.binary_search(id).is_ok()));
            assert!(read.len() as u64 <= 900 * MAX_GAP);
        }
        assert!(runs(&BTreeSet::new(), 256).is_empty());
    }
}
