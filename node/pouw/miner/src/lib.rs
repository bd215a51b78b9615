//! The miner: takes tasks from claim to settlement.
//!
//! # Design
//!
//! At every new best block the worker reads the tasks as of that block and decides anew what to do, in
//! `decide`, from that state alone: there is no journal. What it needs across a restart is on the chain (which
//! claims are its own, their anchors, the tiles already submitted) or in the task store (A, Bt, and C once it was
//! computed). Tickets depend on nothing but the claim, so computing a claim again finds the same ones.
//!
//! # Properties
//!
//! - No call is sent while the same call is in the pool, or was a few blocks ago; see `outbox`.
//! - A result is sent only when its C is in the store, complete and synced.
//! - A claim is sent only when both matrices were read and their checksums hold, and room for C is taken in the
//!   store; the room is held until C fills it or the claim is over.
//! - A claim that is held is computed even when the store has no room left for its C, which may be there already;
//!   what was computed waits for a store that fails. No further claim is taken meanwhile.
//! - A computation runs for the anchor of the best block only; one whose claim was reorganised away is cancelled,
//!   and the next one starts when its threads have stopped.

mod decide;
mod history;
mod job;
mod options;
mod rate;
mod room;
mod status;

#[cfg(test)]
mod tests;

pub use options::{ChainLimits, MinerOptions};
pub use status::{MinerHandle, MinerState, MinerStatus};

use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{Hash32, JobInputs, Shape, TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::{BlockRef, Call, ChainError, Task, TaskChain},
    outbox::{Outbox, GRACE},
    scan::Scanner,
    stored::{inputs_are_readable, is_ready},
};
use bcai_roles::{on_blocking_thread, on_low_priority_thread};
use decide::{decide, is_claimed, is_computed, Action, Job, Key, Phase, View};
use futures::{FutureExt, StreamExt};
use history::{Change, History};
use job::{JobControl, JobError, JobSpec, KernelSolver, Outcome, Solver};
use rate::Rate;
use room::Room;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{atomic::Ordering, Arc},
    time::Instant,
};
use tokio::task::{spawn_blocking, JoinHandle};

const LOG_TARGET: &str = "bcai::miner";

/// Blocks until a computation that failed is tried again.
const JOB_RETRY: u32 = 8;

/// The miner of one account on one chain. Build it, keep its [`MinerHandle`], run it.
pub struct Miner {
    chain: Arc<dyn TaskChain>,
    store: Arc<dyn MatrixStore>,
    solver: Arc<dyn Solver>,
    options: MinerOptions,
    handle: MinerHandle,
    scanner: Scanner,
    history: History,
    outbox: Outbox<Key>,
    jobs: BTreeMap<TaskId, Job>,
    outcomes: BTreeMap<TaskId, Outcome>,
    running: Option<Running>,
    /// Room for the results of claims held and under way.
    rooms: BTreeMap<TaskId, Arc<Room>>,
    avoid: BTreeSet<TaskId>,
    rate: Rate,
    /// The first block that may see a claim of this process, once a block was seen.
    claims_from: Option<u32>,
    /// The block of the last look.
    last: Option<BlockRef>,
    /// Its number, 0 before there was one.
    now: u32,
}

/// A computation on a blocking thread. Dropping it, with the miner, stops it.
struct Running {
    task: TaskId,
    anchor: Hash32,
    macs: u128,
    started: Instant,
    control: JobControl,
    result: JoinHandle<Result<Outcome, JobError>>,
}

impl Running {
    /// How much of it is multiplied; `None` before the first tiles, and when only the disk is waited for.
    fn multiplied(&self) -> Option<u128> {
        let (done, all) = self.control.progress.tiles();
        let under_way = 0 < done && done < all;
        under_way.then(|| self.macs.saturating_mul(done.into()) / u128::from(all))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control.cancel.store(true, Ordering::Relaxed);
    }
}

/// What one look at the chain and the store gives.
struct Seen {
    scanner: Scanner,
    best: BlockRef,
    /// The block of the last look is not on the best chain any more.
    reorganised: bool,
    tasks: Vec<Task>,
    ready: BTreeSet<TaskId>,
}

impl Miner {
    /// A miner for `chain.account()` that takes matrices from `store` and leaves results there.
    pub fn new(
        chain: Arc<dyn TaskChain>,
        store: Arc<dyn MatrixStore>,
        options: MinerOptions,
    ) -> Self {
        let solver = Arc::new(KernelSolver::new(store.clone(), options.threads));
        Self::with_solver(chain, store, solver, options)
    }

    pub(crate) fn with_solver(
        chain: Arc<dyn TaskChain>,
        store: Arc<dyn MatrixStore>,
        solver: Arc<dyn Solver>,
        options: MinerOptions,
    ) -> Self {
        Self {
            chain,
            store,
            solver,
            options,
            handle: MinerHandle::default(),
            scanner: Scanner::default(),
            history: History::default(),
            outbox: Outbox::default(),
            jobs: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            running: None,
            rooms: BTreeMap::new(),
            avoid: BTreeSet::new(),
            rate: Rate::default(),
            claims_from: None,
            last: None,
            now: 0,
        }
    }

    /// Where the status can be read while the miner runs.
    pub fn handle(&self) -> MinerHandle {
        self.handle.clone()
    }

    /// Works until the chain's stream of blocks ends. Needs a tokio runtime.
    pub async fn run(mut self) {
        let mut blocks = self.chain.new_blocks();
        self.measure().await;
        loop {
            tokio::select! {
                block = blocks.next() => {
                    if block.is_none() {
                        return;
                    }
                    // Only the newest block matters.
                    while let Some(block) = blocks.next().now_or_never() {
                        if block.is_none() {
                            return;
                        }
                    }
                }
                result = finished(&mut self.running) => self.job_finished(result),
            }
            if let Err(error) = self.step().await {
                self.report(error.to_string());
            }
        }
    }

    /// Finds out how fast this machine is, so that not even the first claim is one that it is too slow for.
    async fn measure(&mut self) {
        let (threads, block_time) = (self.options.threads, self.options.chain.block_time);
        self.rate = on_low_priority_thread(move || Rate::measure(threads, block_time)).await;
        if let Some(macs) = self.rate.macs_per_block() {
            log::info!(target: LOG_TARGET, "{threads} threads multiply at least {macs} pairs a block");
        }
    }

    /// One look at the best block, and what follows from it.
    async fn step(&mut self) -> Result<(), ChainError> {
        // Before the state is read: what leaves the pool after this is still pending to us, and what left it
        // before is in the state that we read.
        let pool = self.chain.clone();
        self.outbox
            .refresh(self.now, |transaction| pool.is_pending(transaction));
        let mut seen = self.look().await?;
        self.scanner = seen.scanner;
        self.now = seen.best.number;
        self.last = Some(seen.best);
        if seen.reorganised {
            self.outbox.hold(self.now);
        }
        // A claim that was sent before a restart may still come back from another node's pool.
        let claims_from = *self.claims_from.get_or_insert(self.now + GRACE);
        for (task, change) in self.history.observe(
            self.now,
            seen.reorganised,
            &self.chain.account(),
            &seen.tasks,
        ) {
            self.note(task, change);
        }
        let alive: BTreeSet<TaskId> = seen.tasks.iter().map(|task| task.id).collect();
        self.outbox
            .retain(self.now, |key| alive.contains(&key.task()));
        if let Some(running) = &self.running {
            let trouble = running.control.trouble.lock().take();
            if let Some(trouble) = trouble {
                self.report(format!("task {}: {trouble}", running.task));
            }
        }
        if !self.keep_rooms(&seen.tasks).await {
            // What room there is belongs to the claims held.
            seen.ready.clear();
        }
        let actions = decide(&View {
            now: self.now,
            me: self.chain.account(),
            tasks: &seen.tasks,
            jobs: &self.jobs,
            busy: self.running.is_some(),
            outbox: &self.outbox,
            options: &self.options,
            ready: &seen.ready,
            avoid: &self.avoid,
            macs_per_block: self.rate.macs_per_block(),
            claims_from,
        });
        for action in actions {
            self.act(action, &seen.tasks).await;
        }
        self.show();
        Ok(())
    }

    async fn look(&self) -> Result<Seen, ChainError> {
        let (chain, store) = (self.chain.clone(), self.store.clone());
        let (mut scanner, last) = (self.scanner.clone(), self.last);
        on_low_priority_thread(move || {
            let (best, tasks) = scanner.read(&*chain)?;
            let reorganised = match last {
                Some(last) => !chain.is_canonical(&last)?,
                None => false,
            };
            let open = tasks.iter().filter(|task| task.state == TaskState::Open);
            let ready = open
                .filter(|task| is_ready(&*store, task))
                .map(|task| task.id)
                .collect();
            Ok(Seen {
                scanner,
                best,
                reorganised,
                tasks,
                ready,
            })
        })
        .await
    }

    /// Keeps the room of claims held and under way, gives back that of others, and takes it for claims that have
    /// none, as after a restart. False when there is none for some.
    async fn keep_rooms(&mut self, tasks: &[Task]) -> bool {
        let me = self.chain.account();
        let wanted = |task: &&Task| {
            let under_way = task.state == TaskState::Open
                && self.outbox.in_flight(&Key::Claim(task.id), self.now);
            (is_claimed(task, &me) || under_way) && !is_computed(&self.jobs, task.id)
        };
        let wanted: BTreeMap<TaskId, &Task> = tasks
            .iter()
            .filter(wanted)
            .map(|task| (task.id, task))
            .collect();
        self.rooms.retain(|id, _| wanted.contains_key(id));
        let mut complete = true;
        for task in wanted.into_values() {
            if let Err(error) = self.room(task).await {
                // The computation tells itself when it needs the room and there is none.
                if self.running.as_ref().is_none_or(|job| job.task != task.id) {
                    self.report(error);
                }
                complete = false;
            }
        }
        complete
    }

    /// The room for the result of this task, taken now if there was none.
    async fn room(&mut self, task: &Task) -> Result<Arc<Room>, String> {
        let no_room = |why: String| format!("task {}: no room for its result: {why}", task.id);
        let shape =
            Shape::new(task.set, task.m, task.n).map_err(|error| no_room(format!("{error:?}")))?;
        let (store, known) = (self.store.clone(), self.rooms.get(&task.id).cloned());
        let room = on_blocking_thread(move || match known {
            Some(room) => room.keep().map(|()| room),
            None => Room::take(store, &shape).map(Arc::new),
        });
        let room = room.await.map_err(|error| no_room(error.without_paths()))?;
        self.rooms.insert(task.id, room.clone());
        Ok(room)
    }

    /// Keeps the books on what became of a task.
    fn note(&mut self, task: TaskId, change: Change) {
        match change {
            Change::Claimed => log::info!(target: LOG_TARGET, "Task {task} is claimed"),
            Change::Delivered => {
                log::info!(target: LOG_TARGET, "The result of task {task} is delivered")
            }
            Change::Paid { credit } => {
                log::info!(target: LOG_TARGET, "Task {task} is paid, with a work credit of {credit}");
                self.handle.update(|status| status.completed += 1);
            }
            Change::Undone => {
                log::warn!(target: LOG_TARGET, "A reorganisation took task {task} back")
            }
            Change::Expired => self.lose(task, "the claim expired"),
            Change::Challenged => self.lose(task, "the result was challenged"),
        }
    }

    fn lose(&mut self, task: TaskId, why: &str) {
        // What went wrong once for this task would go wrong again.
        self.avoid.insert(task);
        self.handle.update(|status| status.lost += 1);
        self.report(format!("the bond of task {task} is lost: {why}"));
    }

    async fn act(&mut self, action: Action, tasks: &[Task]) {
        match action {
            Action::Cancel(task) => {
                self.jobs.remove(&task);
                if let Some(running) = self.running.as_ref().filter(|job| job.task == task) {
                    log::info!(target: LOG_TARGET, "The claim of task {task} has changed; stopping its computation");
                    running.control.cancel.store(true, Ordering::Relaxed);
                    // A machine too slow for this claim would lose the bond of the next one as well.
                    if let Some(macs) = running.multiplied() {
                        let block_time = self.options.chain.block_time;
                        self.rate.learn(macs, running.started.elapsed(), block_time);
                    }
                }
            }
            Action::Forget(task) => {
                self.jobs.remove(&task);
                self.outcomes.remove(&task);
            }
            Action::Start(id, anchor) => {
                if let Some(task) = tasks.iter().find(|task| task.id == id) {
                    self.start(task, anchor).await;
                }
            }
            Action::Send(key) => {
                if let Key::Claim(id) = key {
                    let Some(task) = tasks.iter().find(|task| task.id == id) else {
                        return;
                    };
                    // Others took the room since it was seen; that is no failure of the claim.
                    if let Err(error) = self.room(task).await {
                        return self.report(error);
                    }
                }
                let sent = self.send(key, tasks).await;
                let (transaction, error) = match sent {
                    Ok(transaction) => (Some(transaction), None),
                    Err(error) => (None, Some(error)),
                };
                self.outbox.record(key, self.now, transaction);
                if let Some(error) = error {
                    self.report(format!("task {}: {error}", key.task()));
                }
            }
        }
    }

    async fn send(&mut self, key: Key, tasks: &[Task]) -> Result<Hash32, String> {
        let outcome = self.outcomes.get(&key.task());
        let call = match key {
            Key::Claim(id) => {
                let task = tasks.iter().find(|task| task.id == id).cloned();
                let task = task.ok_or("it is gone")?;
                let store = self.store.clone();
                on_low_priority_thread(move || inputs_are_readable(&*store, &task))
                    .await
                    .map_err(|error| error.without_paths())?;
                Call::Claim(id)
            }
            Key::Ticket(_, _, i, j) => {
                let certificate = outcome.and_then(|outcome| outcome.certificates.get(&(i, j)));
                Call::Ticket(certificate.cloned().ok_or("its certificate is gone")?)
            }
            Key::Result(task, _) => {
                let root_c = outcome.ok_or("its result is gone")?.root_c;
                if self.store.info(&root_c).is_none() {
                    // Compute it again rather than commit to what nobody could fetch.
                    self.jobs.remove(&task);
                    return Err("its result is not in the store any more".into());
                }
                Call::Result { task, root_c }
            }
            Key::Finalize(task) => Call::Finalize(task),
        };
        log::debug!(target: LOG_TARGET, "Sending {} for task {}", call.name(), call.task());
        let transaction = self
            .chain
            .submit(call)
            .await
            .map_err(|error| error.to_string())?;
        self.handle.update(|status| match key {
            Key::Ticket(..) => status.tickets_submitted += 1,
            Key::Result(..) => status.results_submitted += 1,
            Key::Claim(_) | Key::Finalize(_) => {}
        });
        Ok(transaction)
    }

    async fn start(&mut self, task: &Task, anchor: Hash32) {
        let (TaskState::Claimed { target, .. }, Ok(commitment)) = (&task.state, task.commitment())
        else {
            return;
        };
        let room = match self.room(task).await {
            Ok(room) => room,
            Err(error) => {
                self.report(error);
                let room = Arc::new(Room::lost(self.store.clone(), &commitment.shape));
                self.rooms.insert(task.id, room.clone());
                room
            }
        };
        let spec = JobSpec {
            inputs: JobInputs {
                genesis_hash: self.chain.genesis_hash(),
                set: task.set,
                task: task.id,
                anchor,
                worker: self.chain.account(),
                m: task.m,
                n: task.n,
            },
            commitment,
            target: *target,
            room,
        };
        log::info!(target: LOG_TARGET, "Computing task {}: {} x {} x {}", task.id, task.m, task.n, task.set.k());
        let control = JobControl {
            cancel: Arc::default(),
            progress: self.handle.progress.clone(),
            trouble: Arc::default(),
        };
        let (solver, for_job) = (self.solver.clone(), control.clone());
        self.running = Some(Running {
            task: task.id,
            anchor,
            macs: spec.commitment.shape.macs(),
            started: Instant::now(),
            control,
            result: spawn_blocking(move || solver.solve(&spec, &for_job)),
        });
        let phase = Phase::Running;
        self.outcomes.remove(&task.id);
        self.jobs.insert(task.id, Job { anchor, phase });
    }

    fn job_finished(&mut self, result: Result<Outcome, JobError>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let task = running.task;
        let wanted = |job: &&mut Job| job.anchor == running.anchor && job.phase == Phase::Running;
        let failed = self.failed(running.anchor);
        let Some(job) = self.jobs.get_mut(&task).filter(wanted) else {
            return;
        };
        match result {
            Ok(outcome) => {
                let block_time = self.options.chain.block_time;
                self.rate.learn(running.macs, outcome.took, block_time);
                let winners: Vec<_> = outcome.certificates.keys().copied().collect();
                log::info!(
                    target: LOG_TARGET,
                    "Task {task} is computed in {:.1} s, {} winning tiles", outcome.took.as_secs_f32(), winners.len(),
                );
                self.handle.update(|status| {
                    status.tickets_found += winners.len() as u64;
                    let macs = u64::try_from(running.macs).unwrap_or(u64::MAX);
                    status.macs = status.macs.saturating_add(macs);
                });
                job.phase = Phase::Done { winners };
                self.outcomes.insert(task, outcome);
            }
            Err(error) => {
                *job = failed;
                // With the paths that the status leaves out.
                log::debug!(target: LOG_TARGET, "Task {task}: {error:?}");
                self.report(format!("task {task} could not be computed: {error}"));
            }
        }
    }

    fn failed(&self, anchor: Hash32) -> Job {
        let retry_at = self.now.saturating_add(JOB_RETRY);
        let phase = Phase::Failed { retry_at };
        Job { anchor, phase }
    }

    fn report(&self, error: String) {
        self.handle.update(|status| {
            // One line per cause, not one per block.
            if status.last_error.as_ref() != Some(&error) {
                log::warn!(target: LOG_TARGET, "{error}");
                status.last_error = Some(error);
            }
        });
    }

    fn show(&self) {
        let submitting = self
            .jobs
            .iter()
            .find(|(_, job)| matches!(job.phase, Phase::Done { .. }));
        let claiming = self.outbox.find_in_flight(
            self.now,
            |key| matches!(key, Key::Claim(task) if !self.jobs.contains_key(task)),
        );
        let (claimed, delivered) = self.history.counts();
        let (state, task) = if let Some(running) = &self.running {
            (MinerState::Mining, Some(running.task))
        } else if let Some((task, _)) = submitting {
            (MinerState::Submitting, Some(*task))
        } else if let Some(key) = claiming {
            (MinerState::Claiming, Some(key.task()))
        } else if delivered > 0 {
            (MinerState::Waiting, None)
        } else {
            (MinerState::Idle, None)
        };
        self.handle.update(|status| {
            (status.state, status.task) = (state, task);
            (status.claimed, status.delivered) = (claimed, delivered);
            status.block = self.now;
            status.progress_per_mille = 0;
        });
    }
}

/// The end of the running computation; never, when there is none.
async fn finished(running: &mut Option<Running>) -> Result<Outcome, JobError> {
    match running {
        Some(running) => (&mut running.result)
            .await
            .unwrap_or_else(|error| Err(JobError::Panicked(error.to_string()))),
        None => std::future::pending().await,
    }
}
