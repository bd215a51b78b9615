//! Reads the tasks that can still change from the chain.

use crate::chain::{BlockRef, ChainError, Task, TaskChain, MAX_TASKS_PER_READ};
use bcai_pouw_primitives::{TaskId, TaskState};

/// Blocks between two looks at which tasks are settled for good.
const SETTLED_EVERY: u32 = 32;

/// Remembers below which id no task can change any more, so that a chain with a long past is read quickly.
#[derive(Clone, Default)]
pub(crate) struct Scanner {
    from: TaskId,
    looked_at: Option<u32>,
}

impl Scanner {
    /// All tasks as of the best block but those settled in a finalised block. Blocks on runtime calls.
    pub(crate) fn read(
        &mut self,
        chain: &dyn TaskChain,
    ) -> Result<(BlockRef, Vec<Task>), ChainError> {
        let best = chain.best();
        let due = |last: u32| best.number.saturating_sub(last) >= SETTLED_EVERY;
        if self.looked_at.is_none_or(due) {
            let finalized = chain.finalized();
            let next = chain.next_task_id(&finalized)?;
            self.from = pages(chain, &finalized, self.from, next, |tasks| {
                tasks
                    .into_iter()
                    .find(|task| !matches!(task.state, TaskState::Finalized { .. }))
                    .map(|task| task.id)
            })?
            .unwrap_or(next);
            self.looked_at = Some(best.number);
        }
        let next = chain.next_task_id(&best)?;
        let mut all = Vec::new();
        pages(chain, &best, self.from, next, |tasks| {
            all.extend(tasks);
            None::<()>
        })?;
        Ok((best, all))
    }
}

/// Calls `each` with page after page until it returns something.
fn pages<T>(
    chain: &dyn TaskChain,
    at: &BlockRef,
    mut from: TaskId,
    next: TaskId,
    mut each: impl FnMut(Vec<Task>) -> Option<T>,
) -> Result<Option<T>, ChainError> {
    while from < next {
        if let Some(found) = each(chain.tasks(at, from, MAX_TASKS_PER_READ)?) {
            return Ok(Some(found));
        }
        from = from.saturating_add(u64::from(MAX_TASKS_PER_READ));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;
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
    fn one_unsettled_task_keeps_all_after_it() {
        let chain = chain_of(300);
        settle(&chain, (0..300).filter(|id| *id != 270));
        chain.finalize();
        let rest: Vec<_> = (270..300).collect();
        assert_eq!(ids(&mut Scanner::default(), &chain), rest);
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
        assert_eq!(ids(&mut scanner, &chain), [1]);
    }
}
