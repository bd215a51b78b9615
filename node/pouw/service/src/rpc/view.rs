//! What the `pouw_` methods take and return, as JSON: accounts as SS58, amounts and work as decimal strings,
//! hashes, roots and targets as 0x and 64 hex digits.

use bcai_pouw_primitives::{Hash32, ParamSet, TaskId, TaskState, U256};
use bcai_pouw_tasks::chain::Task;
use bcai_runtime::Hash;
use serde::{Deserialize, Serialize};
use sp_core::crypto::{AccountId32, Ss58Codec};

/// Which matrices of a task this node stores.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredView {
    pub a: bool,
    pub b: bool,
    pub c: bool,
}

/// Where a task stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    tag = "status",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
pub enum StateView {
    Open,
    Claimed {
        worker: String,
        claimed_at: u32,
        expires_at: u32,
        anchor: Option<Hash>,
        target: Hash,
        tickets: Vec<(u32, u32)>,
    },
    Delivered {
        worker: String,
        root_c: Hash,
        challenge_until: u32,
        tickets: u32,
    },
    Finalized {
        worker: String,
        root_c: Hash,
        finalized_at: u32,
        credit: String,
    },
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    pub id: TaskId,
    pub requester: String,
    pub param_set: u8,
    pub m: u32,
    pub n: u32,
    pub root_a: Hash,
    pub root_b: Hash,
    pub bounty: String,
    pub deadline: u32,
    pub state: StateView,
    pub stored: StoredView,
}

impl TaskView {
    /// `holds` says whether this node stores a root.
    pub fn new(task: Task, holds: impl Fn(&Hash32) -> bool) -> Self {
        let root_c = match &task.state {
            TaskState::Delivered { root_c, .. } | TaskState::Finalized { root_c, .. } => {
                Some(root_c)
            }
            TaskState::Open | TaskState::Claimed { .. } => None,
        };
        Self {
            stored: StoredView {
                a: holds(&task.root_a),
                b: holds(&task.root_b),
                c: root_c.is_some_and(holds),
            },
            id: task.id,
            requester: address(task.requester),
            param_set: task.set.index(),
            m: task.m,
            n: task.n,
            root_a: task.root_a.into(),
            root_b: task.root_b.into(),
            bounty: task.bounty.to_string(),
            deadline: task.deadline,
            state: match task.state {
                TaskState::Open => StateView::Open,
                TaskState::Claimed {
                    worker,
                    claimed_at,
                    expires_at,
                    anchor,
                    target,
                    tickets,
                } => StateView::Claimed {
                    worker: address(worker),
                    claimed_at,
                    expires_at,
                    anchor: anchor.map(Hash::from),
                    target: target_digits(target),
                    tickets,
                },
                TaskState::Delivered {
                    worker,
                    root_c,
                    challenge_until,
                    tickets,
                } => StateView::Delivered {
                    worker: address(worker),
                    root_c: root_c.into(),
                    challenge_until,
                    tickets,
                },
                TaskState::Finalized {
                    worker,
                    root_c,
                    finalized_at,
                    credit,
                } => StateView::Finalized {
                    worker: address(worker),
                    root_c: root_c.into(),
                    finalized_at,
                    credit: credit.to_string(),
                },
            },
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
    /// Credit is halved with every era.
    pub era: u32,
}

/// What a task costs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuoteView {
    /// Burned when it is posted.
    pub fee: String,
    /// Held from its worker.
    pub bond: String,
}

/// An account as this chain writes it.
pub fn address(account: [u8; 32]) -> String {
    AccountId32::new(account).to_ss58check()
}

/// The number as 64 hex digits, the highest first.
fn target_digits(target: U256) -> Hash {
    Hash::from(target.to_big_endian())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(state: TaskState<[u8; 32], u32>) -> Task {
        Task {
            id: 3,
            requester: [1; 32],
            set: ParamSet::Set0,
            m: 8,
            n: 16,
            root_a: [2; 32],
            root_b: [3; 32],
            bounty: u128::MAX,
            deadline: 9,
            state,
        }
    }

    #[test]
    fn an_amount_that_a_javascript_number_cannot_hold_comes_as_text() {
        let view = serde_json::to_value(TaskView::new(task(TaskState::Open), |_| false)).unwrap();
        assert_eq!(view["bounty"], json!(u128::MAX.to_string()));
        assert_eq!(view["state"], json!({ "status": "open" }));
        assert_eq!(view["paramSet"], json!(0));
        assert_eq!(
            view["stored"],
            json!({ "a": false, "b": false, "c": false })
        );
    }

    #[test]
    fn a_claim_shows_its_target_as_a_big_endian_number() {
        let state = TaskState::Claimed {
            worker: [4; 32],
            claimed_at: 1,
            expires_at: 2,
            anchor: None,
            target: U256::from(255),
            tickets: vec![(0, 1)],
        };
        let view = serde_json::to_value(TaskView::new(task(state), |_| true)).unwrap();
        let digits = format!("0x{}ff", "0".repeat(62));
        assert_eq!(
            view["state"],
            json!({
                "status": "claimed",
                "worker": address([4; 32]),
                "claimedAt": 1,
                "expiresAt": 2,
                "anchor": null,
                "target": digits,
                "tickets": [[0, 1]],
            })
        );
        assert_eq!(view["stored"], json!({ "a": true, "b": true, "c": false }));
    }
}
