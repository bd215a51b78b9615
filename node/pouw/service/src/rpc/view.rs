//! What the `pouw_` methods take and return, as JSON: accounts as SS58, amounts and work as decimal strings,
//! hashes, roots and targets as 0x and 64 hex digits.

use bcai_pouw_primitives::{Hash32, ParamSet, TaskId, U256};
use bcai_pouw_tasks::chain::Task;
use bcai_runtime::Hash;
use serde::{Deserialize, Serialize};

/// Which matrices of a task this node stores.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredView {
    pub a: bool,
    pub b: bool,
    pub c: bool,
}

/// A task, and what of it is here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskView {
    #[serde(flatten)]
    pub task: Task,
    pub stored: StoredView,
}

impl TaskView {
    /// `holds` says whether this node stores a root.
    pub fn new(task: Task, holds: impl Fn(&Hash32) -> bool) -> Self {
        Self {
            stored: StoredView {
                a: holds(&task.root_a),
                b: holds(&task.root_b),
                c: task.root_c().is_some_and(holds),
            },
            task,
        }
    }
}

/// Some tasks and where to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TasksView {
    pub tasks: Vec<TaskView>,
    /// The id to go on from; null behind the last task.
    pub next: Option<TaskId>,
}

/// A parameter set and its difficulty.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetView {
    pub param_set: u8,
    pub k: u32,
    pub r: u32,
    pub h: u32,
    pub w: u32,
    /// A ticket wins at or below it.
    pub target: Hash,
    /// Multiply-accumulates that one winning ticket takes, in expectation.
    pub macs_per_ticket: String,
}

impl TargetView {
    /// `target` is what a claim made now gets.
    pub fn new(set: ParamSet, target: U256) -> Self {
        Self {
            param_set: set.index(),
            k: set.k() as u32,
            r: set.r() as u32,
            h: set.h() as u32,
            w: set.w() as u32,
            target: target_digits(target),
            macs_per_ticket: bcai_pouw_primitives::transcript::work_of_ticket(set, target)
                .to_string(),
        }
    }
}

/// Work credit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreditView {
    pub account: String,
    /// Multiply-accumulates.
    pub credit: String,
    /// At least that of all accounts together.
    pub total: String,
    /// How often credit has been halved since genesis.
    pub halvings: u32,
}

/// What a task costs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuoteView {
    /// Burned when it is posted.
    pub fee: String,
    /// Held from its worker.
    pub bond: String,
}

/// How much one call may carry.
#[derive(Copy, Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// Bytes of a part of `pouw_uploadPart`.
    pub max_part_bytes: u64,
    /// Bytes that `pouw_fetch` gives.
    pub max_fetch_bytes: u64,
    /// Ids that `pouw_tasks` looks at.
    pub max_tasks: u32,
}

/// The number as 64 hex digits, the highest first.
fn target_digits(target: U256) -> Hash {
    Hash::from(target.to_big_endian())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::TaskState;
    use bcai_runtime::AccountId;
    use serde_json::json;

    #[test]
    fn a_task_tells_which_of_its_matrices_are_here() {
        let task = |state| Task {
            id: 3,
            requester: AccountId::new([1; 32]),
            set: ParamSet::Set0,
            m: 8,
            n: 16,
            slabs: 2,
            root_a: [2; 32],
            root_b: [3; 32],
            bounty: u128::MAX,
            deadline: 9,
            state,
        };
        let stored = |state, here: &[Hash32]| {
            let view = TaskView::new(task(state), |root| here.contains(root));
            serde_json::to_value(view).unwrap()["stored"].clone()
        };
        let delivered = || TaskState::Delivered {
            worker: AccountId::new([4; 32]),
            root_c: [5; 32],
            challenge_until: 10,
            tickets: 0,
        };
        assert_eq!(
            stored(TaskState::Open, &[[2; 32], [5; 32]]),
            json!({ "a": true, "b": false, "c": false })
        );
        assert_eq!(
            stored(delivered(), &[[3; 32], [5; 32]]),
            json!({ "a": false, "b": true, "c": true })
        );
        let view = serde_json::to_value(TaskView::new(task(delivered()), |_| true)).unwrap();
        assert_eq!(view["bounty"], json!(u128::MAX.to_string()));
        assert_eq!(view["slabs"], json!(2));
        // The well-known prefix, outside of a node.
        assert_eq!(
            view["requester"],
            json!("5C62Ck4UrFPiBtoCmeSrgF7x9yv9mn38446dhCpsi2mLHiFT")
        );
    }
}
