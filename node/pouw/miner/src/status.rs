use crate::computation::Progress;
use bcai_pouw_primitives::TaskId;
use bcai_pouw_tasks::{outbox::Costs, trouble::LastError};
use parking_lot::RwLock;
use serde::Serialize;
use std::{sync::Arc, time::Duration};

/// What the miner is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MinerState {
    /// No block was seen yet.
    #[default]
    Starting,
    /// No task to work on.
    Idle,
    /// A claim is on its way into a block.
    Claiming,
    /// Computing a task.
    Mining,
    /// Tickets or a result are on their way into a block.
    Submitting,
    /// A claim is held that can't be computed, for want of a matrix for example: its bond is lost when it expires.
    Stalled,
    /// Every result is delivered; waiting for a challenge window to pass.
    Waiting,
}

/// The miner as a person or a dashboard sees it. Counters start at zero with the process.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MinerStatus {
    /// What it does now.
    pub state: MinerState,
    /// The task being claimed, computed or submitted.
    pub task: Option<TaskId>,
    /// Share of the running computation that is done, of 1000.
    pub progress_per_mille: u32,
    /// Tasks claimed by this worker, as of the last best block.
    pub claimed: u32,
    /// Results of this worker in their challenge window, as of the last best block.
    pub delivered: u32,
    /// Winning tickets found.
    pub tickets_found: u64,
    /// Tickets sent to the pool, repetitions included.
    pub tickets_submitted: u64,
    /// Results sent to the pool, repetitions included.
    pub results_submitted: u64,
    /// Tasks of this worker that were paid.
    pub completed: u64,
    /// Claims that expired and results that were challenged: bonds lost.
    pub lost: u64,
    /// Multiply-accumulates of the tasks computed.
    pub macs: u64,
    /// Time that computing them took. Not shown by RPC, which has the rates.
    #[serde(skip)]
    pub computing: Duration,
    /// Of them, the work that the chain credits for the tickets it has; less again when a claim is lost.
    #[serde(skip)]
    pub credited_macs: u128,
    /// Those in each second that computing took.
    pub macs_per_second: u64,
    /// The work that the chain credits for the tickets it has of them, in each of these seconds.
    pub credited_macs_per_second: u64,
    /// Number of the last best block that was looked at.
    pub block: u32,
    /// Open tasks whose A or Bt is not on this node, as of the last best block.
    pub missing_matrices: u32,
    /// Claims of this account that this process did not send: another one mines for it too.
    pub foreign_claims: u64,
    /// What the calls of this process came to.
    #[serde(flatten)]
    pub costs: Costs,
    /// Of what goes wrong now, what began last.
    pub last_error: Option<LastError>,
}

/// Reads the status of a running miner; cheap to clone.
#[derive(Clone, Default)]
pub struct MinerHandle {
    status: Arc<RwLock<MinerStatus>>,
    pub(crate) progress: Arc<Progress>,
}

impl MinerHandle {
    /// The status now.
    pub fn status(&self) -> MinerStatus {
        let mut status = self.status.read().clone();
        if status.state == MinerState::Mining {
            status.progress_per_mille = self.progress.per_mille();
        }
        status
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut MinerStatus)) {
        change(&mut self.status.write());
    }
}
