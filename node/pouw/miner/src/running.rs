//! The computation that is going on.

use crate::computation::{ComputeError, Computed, Control};
use bcai_pouw_primitives::{Hash32, TaskId};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// A computation on a blocking thread. Dropping it, with the miner, stops it.
pub(crate) struct Running {
    pub task: TaskId,
    pub anchor: Hash32,
    /// The last block in which its claim takes a result.
    pub expires_at: u32,
    pub macs: u128,
    /// Multiply-accumulates that one of its tickets stands for.
    pub work_of_ticket: u128,
    pub block_time: Duration,
    pub started: Instant,
    pub control: Control,
    pub result: JoinHandle<Result<Computed, ComputeError>>,
}

impl Running {
    /// Asks it to stop, which takes it the time of a few tiles.
    pub(crate) fn cancel(&self) {
        self.control.cancel.store(true, Ordering::Relaxed);
    }

    /// How much of it is multiplied; `None` before the first tiles, and when only the disk is waited for.
    pub(crate) fn multiplied(&self) -> Option<u128> {
        let (done, all) = self.control.progress.tiles();
        let under_way = 0 < done && done < all;
        under_way.then(|| self.macs.saturating_mul(done.into()) / u128::from(all))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The end of the running computation; never, when there is none.
pub(crate) async fn finished(running: &mut Option<Running>) -> Result<Computed, ComputeError> {
    match running {
        Some(running) => (&mut running.result)
            .await
            .unwrap_or_else(|error| Err(ComputeError::Panicked(error.to_string()))),
        None => std::future::pending().await,
    }
}
