//! Reads the tasks that can still change from the chain.

use crate::chain::{BlockRef, ChainError, Task, TaskChain, MAX_TASKS_PER_READ};
use bcai_pouw_primitives::{TaskId, TaskState};
use std::collections::BTreeSet;

/// Blocks between two looks at which tasks are settled for good.
const SETTLED_EVERY: u32 = 32;

/// Unsettled ids that are so close are read together: a call of the runtime costs more than the tasks in between.
const MAX_GAP: TaskId = 16;

/// Remembers which tasks can't change any more, so that a chain with a long past is read quickly.
#[derive(Clone, Default)]
pub(crate) struct Scanner {
    /// The ids below `high` that were not settled in the last finalised block looked at.
    unsettled: BTreeSet<TaskId>,
    /// The first id that block had not given out. Only a finalised id can't become another task's, so from here
    /// on all are read.
    high: TaskId,
    looked_at: Option<u32>,
}

impl Scanner {
    /// All tasks as of the best block but those settled in a finalised block. Blocks on runtime calls.
    pub(crate) fn read(
        &mut self,
        chain: &dyn TaskChain,
    ) -> Result<(BlockRef, Vec<Task>), ChainError> {
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
        for (from, limit) in runs(&self.unsettled) {
            let page = chain.tasks(at, from, limit)?.into_iter();
            all.extend(page.filter(|task| self.unsettled.contains(&task.id) && wanted(task)));
        }
        let next = chain.next_task_id(at)?;
        let mut from = self.high;
        while from < next {
            let page = chain.tasks(at, from, MAX_TASKS_PER_READ)?.into_iter();
            all.extend(page.filter(&wanted));
            from = from.saturating_add(u64::from(MAX_TASKS_PER_READ));
        }
        Ok(all)
    }
}

/// Pages `(from, limit)` with all of `ids`, and few others.
fn runs(ids: &BTreeSet<TaskId>) -> Vec<(TaskId, u32)> {
    let mut runs: Vec<(TaskId, u32)> = Vec::new();
    for id in ids {
        let joined = runs.last_mut().and_then(|(from, limit)| {
            let span = u32::try_from(id - *from + 1).ok()?;
            let near = u64::from(span - *limit) <= MAX_GAP;
            (near && span <= MAX_TASKS_PER_READ).then(|| *limit = span)
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
    use crate::test_chain::{Retracted, TestChain};
    use bcai_pouw_primitives::ParamSet;

    fn chain_of(tasks: u64) -> TestChain {
        let chain = TestChain::new([3; 32]);
        for _ in 0..tasks {
            chain.post(ParamSet::Set0, (8, 8), ([0; 32], [0; 32]));
        }
        chain.author();
        chain
    }

    fn settle(chain: &TestChain, ids: impl IntoIterator<Item = TaskId>) {
        for id in ids {
            chain.change(id, |task| {
                task.state = TaskState::Finalized {
                    worker: [1; 32],
                    root_c: [0; 32],
                    finalized_at: 0,
                    credit: 0,
                }
            });
        }
    }

    fn ids(scanner: &mut Scanner, chain: &TestChain) -> Vec<TaskId> {
        let (best, tasks) = scanner.read(chain).unwrap();
        assert_eq!(best, chain.best());
        tasks.iter().map(|task| task.id).collect()
    }

    #[test]
    fn all_pages_are_read() {
        for count in [0, 1, 255, 256, 257, 600] {
            let all: Vec<_> = (0..count).collect();
            assert_eq!(ids(&mut Scanner::default(), &chain_of(count)), all);
        }
    }

    #[test]
    fn what_is_settled_in_a_finalised_block_is_not_read_again() {
        let chain = chain_of(600);
        settle(&chain, 0..550);
        // Finalised, but not in a finalised block.
        assert_eq!(ids(&mut Scanner::default(), &chain).len(), 600);
        chain.finalize();
        let rest: Vec<_> = (550..600).collect();
        assert_eq!(ids(&mut Scanner::default(), &chain), rest);
        settle(&chain, 0..600);
        assert!(ids(&mut Scanner::default(), &chain).is_empty());
        chain.post(ParamSet::Set0, (8, 8), ([0; 32], [0; 32]));
        assert_eq!(ids(&mut Scanner::default(), &chain), [600]);
    }

    #[test]
    fn a_task_that_is_never_settled_does_not_keep_the_later_ones() {
        let chain = chain_of(3_000);
        settle(
            &chain,
            (0..3_000).filter(|id| ![7, 8, 20, 1_500].contains(id)),
        );
        chain.finalize();
        let mut scanner = Scanner::default();
        assert_eq!(ids(&mut scanner, &chain), [7, 8, 20, 1_500]);
        chain.take_read();
        chain.author();
        assert_eq!(ids(&mut scanner, &chain), [7, 8, 20, 1_500]);
        let pages: Vec<_> = chain
            .take_read()
            .iter()
            .map(|page| (page.0, page.1))
            .collect();
        assert_eq!(pages, [(7, 14), (1_500, 1)]);
    }

    #[test]
    fn pages_hold_every_id_and_are_as_long_as_allowed() {
        for step in [1, 2, MAX_GAP, MAX_GAP + 1, 255, 256, 1_000] {
            let ids: BTreeSet<TaskId> = (0..900).map(|at| 5 + at * step).collect();
            let runs = runs(&ids);
            assert!(runs.iter().all(|(_, limit)| *limit <= MAX_TASKS_PER_READ));
            let read: Vec<TaskId> = runs
                .iter()
                .flat_map(|(from, limit)| *from..from + u64::from(*limit))
                .collect();
            assert!(read.is_sorted_by(|a, b| a < b));
            assert!(ids.iter().all(|id| read.binary_search(id).is_ok()));
            assert!(read.len() as u64 <= 900 * MAX_GAP);
        }
        assert!(runs(&BTreeSet::new()).is_empty());
    }

    #[test]
    fn ids_that_are_not_final_may_become_other_tasks() {
        let chain = chain_of(300);
        settle(&chain, 0..299);
        chain.finalize();
        let mut scanner = Scanner::default();
        assert_eq!(ids(&mut scanner, &chain), [299]);
        chain.author();
        for _ in 0..2 {
            chain.post(ParamSet::Set0, (8, 8), ([0; 32], [0; 32]));
        }
        settle(&chain, [300, 301]);
        assert_eq!(ids(&mut scanner, &chain), [299, 300, 301]);
        chain.reorganise(1, Retracted::Dropped);
        assert_eq!(ids(&mut scanner, &chain), [299]);
        chain.post(ParamSet::Set1, (8, 8), ([0; 32], [0; 32]));
        let (_, tasks) = scanner.read(&chain).unwrap();
        assert_eq!((tasks[1].id, tasks[1].set), (300, ParamSet::Set1));
    }

    #[test]
    fn a_task_that_was_settled_while_nobody_looked_is_seen_settled_once() {
        let chain = chain_of(2);
        chain.finalize();
        let mut scanner = Scanner::default();
        assert_eq!(ids(&mut scanner, &chain), [0, 1]);
        settle(&chain, [0]);
        for _ in 0..SETTLED_EVERY {
            chain.author();
        }
        chain.finalize();
        assert_eq!(ids(&mut scanner, &chain), [0, 1]);
        assert_eq!(ids(&mut scanner, &chain), [1]);
    }

    #[test]
    fn the_settled_are_looked_for_from_time_to_time() {
        let chain = chain_of(2);
        let mut scanner = Scanner::default();
        assert_eq!(ids(&mut scanner, &chain), [0, 1]);
        settle(&chain, [0]);
        chain.finalize();
        assert_eq!(ids(&mut scanner, &chain), [0, 1]);
        for _ in 0..SETTLED_EVERY {
            chain.author();
        }
        assert_eq!(ids(&mut scanner, &chain), [0, 1]);
        assert_eq!(ids(&mut scanner, &chain), [1]);
    }
}
