//! From a claim to what was computed for it.

use crate::{
    computation::{ComputeError, Computed, Control, Order},
    decide::{Computation, Phase},
    miner::Miner,
    rate::block_time,
    running::Running,
    trouble::Cause,
    LOG_TARGET,
};
use bcai_pouw_primitives::{transcript::work_of_ticket, Hash32, JobInputs, TaskId, TaskState};
use bcai_pouw_tasks::chain::{Limits, Task};
use std::{sync::Arc, time::Instant};
use tokio::task::spawn_blocking;

/// Blocks until a computation that failed is tried again.
const RETRY_AFTER: u32 = 8;

impl Miner {
    /// Computes a task that is claimed under this anchor.
    pub(crate) async fn start(&mut self, task: &Task, anchor: Hash32, limits: &Limits) {
        let (
            TaskState::Claimed {
                target, expires_at, ..
            },
            Ok(commitment),
        ) = (&task.state, task.commitment())
        else {
            return;
        };
        let room = match self.rooms.take(task).await {
            Ok(room) => room,
            Err(error) => {
                self.report(Cause::Room(task.id), error);
                self.rooms.lost(task.id, &commitment.shape)
            }
        };
        let order = Order {
            inputs: JobInputs {
                genesis_hash: self.chain.genesis_hash(),
                set: task.set,
                task: task.id,
                anchor,
                worker: self.chain.account().clone().into(),
                m: task.m,
                n: task.n,
                slabs: task.slabs,
            },
            commitment,
            target: *target,
            max_tickets: limits.max_tickets_per_task as usize,
            room,
        };
        log::info!(
            target: LOG_TARGET,
            "Computing task {}: {} x {} x {}", task.id, task.m, task.n, commitment.shape.inner(),
        );
        let control = Control {
            cancel: Arc::default(),
            progress: self.handle.progress.clone(),
            trouble: Arc::default(),
        };
        let (solver, controlled) = (self.solver.clone(), control.clone());
        self.running = Some(Running {
            task: task.id,
            anchor,
            expires_at: *expires_at,
            macs: order.commitment.shape.macs(),
            work_of_ticket: work_of_ticket(task.set, *target),
            block_time: block_time(limits),
            started: Instant::now(),
            control,
            result: spawn_blocking(move || solver.solve(&order, &controlled)),
        });
        let phase = Phase::Running;
        self.computed.remove(&task.id);
        self.computations
            .insert(task.id, Computation { anchor, phase });
    }

    /// Stops what is computed for a claim that isn't as it was.
    pub(crate) fn cancel(&mut self, task: TaskId, limits: &Limits) {
        self.computations.remove(&task);
        if let Some(running) = self.running.as_ref().filter(|running| running.task == task) {
            log::info!(target: LOG_TARGET, "The claim of task {task} has changed; stopping its computation");
            running.cancel();
            // A machine too slow for this claim would lose the bond of the next one as well.
            if let Some(macs) = running.multiplied() {
                self.rate
                    .learn(macs, running.started.elapsed(), block_time(limits));
            }
        }
    }

    /// Takes in what the running computation gave, if its claim is still there.
    pub(crate) fn computation_ended(&mut self, result: Result<Computed, ComputeError>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let task = running.task;
        let wanted = Computation {
            anchor: running.anchor,
            phase: Phase::Running,
        };
        if self.computations.get(&task) != Some(&wanted) {
            return;
        }
        let phase = match result {
            Ok(computed) => {
                self.rate
                    .learn(running.macs, computed.took, running.block_time);
                self.earned.computed(
                    (task, running.anchor),
                    running.work_of_ticket,
                    running.macs,
                    computed.took,
                );
                let winners: Vec<_> = computed.certificates.keys().copied().collect();
                log::info!(
                    target: LOG_TARGET,
                    "Task {task} is computed in {:.1} s, {} winning tickets", computed.took.as_secs_f32(), winners.len(),
                );
                self.handle.update(|status| {
                    status.tickets_found += winners.len() as u64;
                    let macs = u64::try_from(running.macs).unwrap_or(u64::MAX);
                    status.macs = status.macs.saturating_add(macs);
                });
                self.troubles.clear(&Cause::Computation(task));
                self.computed.insert(task, computed);
                Phase::Done { winners }
            }
            Err(error) => {
                // With the paths that the status leaves out.
                log::debug!(target: LOG_TARGET, "Task {task}: {error:?}");
                let expires_at = running.expires_at;
                self.report(
                    Cause::Computation(task),
                    format!("task {task} can't be computed, and its bond is lost after block {expires_at}: {error}"),
                );
                let retry_at = self.now.saturating_add(RETRY_AFTER);
                Phase::Failed { retry_at }
            }
        };
        let computation = Computation { phase, ..wanted };
        self.computations.insert(task, computation);
    }
}
