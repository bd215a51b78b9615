//! Since which block tasks are as they are, so that what is sent about one is void on a fork where it isn't so.

use crate::chain::{BlockRef, Task};
use bcai_pouw_primitives::{TaskId, TaskState};
use sp_core::crypto::AccountId32;
use std::{
    collections::BTreeMap,
    mem::{discriminant, Discriminant},
};

type Stage = Discriminant<TaskState<AccountId32, u32>>;

/// For every task the block in which it was first seen as it is now.
#[derive(Default)]
pub struct Births {
    seen: BTreeMap<TaskId, (Stage, BlockRef)>,
}

impl Births {
    /// Takes in the tasks as of block `best`. `reorganised`: the block of the last call is not an ancestor of it.
    pub fn observe(&mut self, best: BlockRef, reorganised: bool, tasks: &[Task]) {
        let before = std::mem::take(&mut self.seen);
        let since = |task: &Task| {
            let stage = discriminant(&task.state);
            match before.get(&task.id) {
                Some(known) if known.0 == stage && !reorganised => *known,
                _ => (stage, best),
            }
        };
        self.seen = tasks.iter().map(|task| (task.id, since(task))).collect();
    }

    /// The block in which the task was first seen as it is.
    pub fn of(&self, task: TaskId) -> Option<BlockRef> {
        self.seen.get(&task).map(|(_, block)| *block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::ParamSet;

    #[test]
    fn a_task_is_as_it_is_since_the_block_that_showed_it_so_on_this_chain() {
        let task = |state| Task {
            id: 7,
            requester: AccountId32::new([1; 32]),
            set: ParamSet::Set0,
            m: 8,
            n: 8,
            slabs: 1,
            root_a: [0; 32],
            root_b: [0; 32],
            bounty: 1,
            deadline: 100,
            state,
        };
        let delivered = || TaskState::Delivered {
            worker: AccountId32::new([2; 32]),
            root_c: [0; 32],
            challenge_until: 50,
            tickets: 0,
        };
        let block = |number: u32| BlockRef {
            number,
            hash: [number as u8; 32],
        };
        let mut births = Births::default();
        let mut since = |number, reorganised, state| {
            births.observe(block(number), reorganised, &[task(state)]);
            births.of(7).unwrap().number
        };
        assert_eq!(since(10, false, TaskState::Open), 10);
        assert_eq!(since(11, false, TaskState::Open), 10);
        assert_eq!(since(12, false, delivered()), 12);
        assert_eq!(since(13, false, delivered()), 12);
        assert_eq!(since(14, true, delivered()), 14);
        births.observe(block(15), false, &[]);
        assert_eq!(births.of(7), None);
    }
}
