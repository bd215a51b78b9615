#![doc = include_str!("../README.md")]

mod check;

#[cfg(test)]
mod tests;

use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{FraudProof, Hash32, TaskId, TaskState};
use bcai_pouw_tasks::{
    birth::Births,
    chain::{in_bcai, BlockRef, Call, ChainError, Task, TaskChain},
    outbox::{Costs, Failure, Outbox},
    scan::Scanner,
    trouble::{LastError, Troubles},
};
use bcai_roles::on_low_priority_thread;
use check::{check, missing, CheckError, Verdict};
use futures::{FutureExt, StreamExt};
use parking_lot::RwLock;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

const LOG_TARGET: &str = "bcai::challenger";

/// Results looked at from one block to the next; those whose window ends first come first.
const CHECKS_PER_BLOCK: usize = 4;

/// Results that are remembered as right. A forgotten one is only looked at again.
const MAX_CHECKED: usize = 4096;

/// Proofs kept at a time, at most 516 KiB each.
const MAX_PROOFS: usize = 32;

/// How much a challenger looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChallengerOptions {
    /// Tiles recomputed of each result; a result with no more tiles is recomputed whole.
    pub sample: usize,
}

impl Default for ChallengerOptions {
    fn default() -> Self {
        Self { sample: 64 }
    }
}

/// The challenger as a person or a dashboard sees it. Counters start at zero with the process.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengerStatus {
    /// Results whose sample was right.
    pub right: u64,
    /// Results with a wrong tile.
    pub wrong: u64,
    /// Tiles recomputed.
    pub tiles: u64,
    /// Challenges sent to the pool, repetitions included.
    pub challenges_submitted: u64,
    /// Results in their window that can't be checked because a matrix is not in the store, as of the last block.
    pub unavailable: u32,
    /// Number of the last best block that was looked at.
    pub block: u32,
    /// What the calls of this process came to.
    #[serde(flatten)]
    pub costs: Costs,
    /// Of what goes wrong now, what began last.
    pub last_error: Option<LastError>,
}

/// Reads the status of a running challenger; cheap to clone.
#[derive(Clone, Default)]
pub struct ChallengerHandle {
    status: Arc<RwLock<ChallengerStatus>>,
}

impl ChallengerHandle {
    /// The status now.
    pub fn status(&self) -> ChallengerStatus {
        self.status.read().clone()
    }

    fn update(&self, change: impl FnOnce(&mut ChallengerStatus)) {
        change(&mut self.status.write());
    }
}

/// A result: the task and the root of its C.
type ResultId = (TaskId, Hash32);

/// What an error is about; each has one error at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Cause {
    /// The chain can't be read.
    Chain,
    /// A result can't be looked at: a matrix is not here, or can't be read.
    Check(ResultId),
    /// A challenge was refused, or failed in its block.
    Challenge(ResultId),
}

/// The challenger of one account on one chain. Build it, keep its [`ChallengerHandle`], run it.
pub struct Challenger {
    chain: Arc<dyn TaskChain>,
    store: Arc<dyn MatrixStore>,
    options: ChallengerOptions,
    handle: ChallengerHandle,
    scanner: Scanner,
    checked: Checked,
    proofs: BTreeMap<ResultId, FraudProof>,
    outbox: Outbox<ResultId>,
    births: Births,
    troubles: Troubles<Cause>,
    /// The block of the last look.
    last: Option<BlockRef>,
    /// Its number, 0 before there was one.
    now: u32,
    /// Number of the last final block, as of the last look.
    finalized: u32,
}

/// What one look at the chain gives.
struct Seen {
    scanner: Scanner,
    best: BlockRef,
    finalized: BlockRef,
    /// The block of the last look is not on the best chain any more.
    reorganised: bool,
    tasks: Vec<Task>,
}

impl Challenger {
    /// A challenger that signs as `chain.account()`; results of that account are not looked at.
    pub fn new(
        chain: Arc<dyn TaskChain>,
        store: Arc<dyn MatrixStore>,
        options: ChallengerOptions,
    ) -> Self {
        Self {
            chain,
            store,
            options,
            handle: ChallengerHandle::default(),
            scanner: Scanner::default(),
            checked: Checked::default(),
            proofs: BTreeMap::new(),
            outbox: Outbox::default(),
            births: Births::default(),
            troubles: Troubles::new(LOG_TARGET),
            last: None,
            now: 0,
            finalized: 0,
        }
    }

    /// Where the status can be read while the challenger runs.
    pub fn handle(&self) -> ChallengerHandle {
        self.handle.clone()
    }

    /// Works until the chain's stream of blocks ends. Needs a tokio runtime.
    pub async fn run(mut self) {
        let mut blocks = self.chain.new_blocks();
        while blocks.next().await.is_some() {
            // Only the newest block matters.
            while let Some(block) = blocks.next().now_or_never() {
                if block.is_none() {
                    return;
                }
            }
            match self.step().await {
                Ok(()) => self.troubles.clear(&Cause::Chain),
                Err(error) => self.report(Cause::Chain, error.to_string()),
            }
            self.show();
        }
    }

    async fn step(&mut self) -> Result<(), ChainError> {
        // Before the state is read, which then shows what left the pool for a block.
        let failures = self.outbox.refresh(self.now);
        let seen = self.look().await?;
        self.scanner = seen.scanner;
        (self.now, self.finalized) = (seen.best.number, seen.finalized.number);
        self.last = Some(seen.best);
        if seen.reorganised {
            self.outbox.hold(self.now);
        }
        let tasks = seen.tasks;
        self.births.observe(seen.best, seen.reorganised, &tasks);
        self.forget(&tasks);
        self.tell(failures);

        let (mut unavailable, mut checks) = (0, 0);
        for (task, result) in self.in_window(&tasks) {
            let look = checks < CHECKS_PER_BLOCK && self.proofs.len() < MAX_PROOFS;
            if look && !self.proofs.contains_key(&result) {
                // Asked here already, so that results that nobody has here cost no thread at every block.
                if let Some(matrix) = missing(&*self.store, task, &result.1) {
                    unavailable += 1;
                    self.cannot_check(result, matrix);
                    continue;
                }
                match self.check(task, result).await {
                    Ok(true) => checks += 1,
                    Ok(false) => unavailable += 1,
                    Err(error) => {
                        checks += 1;
                        let text = format!("task {}: {error}", task.id);
                        self.report(Cause::Check(result), text);
                    }
                }
            }
            self.challenge(result).await;
        }
        self.handle
            .update(|status| status.unavailable = unavailable);
        self.show();
        Ok(())
    }

    /// Forgets what can't matter any more.
    fn forget(&mut self, tasks: &[Task]) {
        let alive: BTreeSet<TaskId> = tasks.iter().map(|task| task.id).collect();
        self.outbox
            .retain(self.now, |(task, _)| alive.contains(task));
        // A task that a reorganisation has taken back to its claim may be delivered again.
        let open = |task: &&Task| match task.state {
            TaskState::Delivered {
                challenge_until, ..
            } => self.now < challenge_until,
            TaskState::Finalized { .. } => false,
            TaskState::Open | TaskState::Claimed { .. } => true,
        };
        let open: BTreeSet<TaskId> = tasks.iter().filter(open).map(|task| task.id).collect();
        self.proofs.retain(|(task, _), _| open.contains(task));
        let in_window: BTreeSet<ResultId> = tasks
            .iter()
            .filter(|task| open.contains(&task.id))
            .filter_map(|task| Some((task.id, *task.root_c()?)))
            .collect();
        self.troubles.retain(|cause| match cause {
            Cause::Check(result) | Cause::Challenge(result) => in_window.contains(result),
            Cause::Chain => true,
        });
    }

    /// Tells of challenges that failed in a block.
    fn tell(&mut self, failures: Vec<Failure<ResultId>>) {
        for failure in failures {
            let Failure {
                key,
                block,
                reason,
                fee,
            } = failure;
            let (task, fee) = (key.0, in_bcai(fee));
            let text = format!("challenge_result of task {task} failed in block {block}: {reason}; its fee was {fee}");
            self.report(Cause::Challenge(key), text);
        }
    }

    /// Tells once that a result stays unchecked.
    fn cannot_check(&mut self, result: ResultId, matrix: &str) {
        let text = format!(
            "the result of task {} can't be checked: its {matrix} is not on this node. Matrices don't travel between nodes; \
             a challenger checks what was uploaded to and mined on its own node",
            result.0,
        );
        self.report(Cause::Check(result), text);
    }

    async fn look(&self) -> Result<Seen, ChainError> {
        let (chain, mut scanner, last) = (self.chain.clone(), self.scanner.clone(), self.last);
        on_low_priority_thread(move || {
            let (best, tasks) = scanner.read(&*chain)?;
            let reorganised = match last {
                Some(last) => !chain.is_canonical(&last)?,
                None => false,
            };
            Ok(Seen {
                scanner,
                best,
                finalized: chain.finalized(),
                reorganised,
                tasks,
            })
        })
        .await
    }

    /// Results of others that can still be challenged and were not found right, the most urgent first.
    fn in_window<'a>(&self, tasks: &'a [Task]) -> Vec<(&'a Task, ResultId)> {
        let me = self.chain.account();
        let mut open: Vec<_> = tasks
            .iter()
            .filter_map(|task| match &task.state {
                TaskState::Delivered {
                    worker,
                    root_c,
                    challenge_until,
                    ..
                } if worker != me && self.now < *challenge_until => {
                    Some((*challenge_until, task, (task.id, *root_c)))
                }
                _ => None,
            })
            .filter(|(_, _, result)| !self.checked.contains(result))
            .collect();
        open.sort_by_key(|(until, task, _)| (*until, task.id));
        open.into_iter()
            .map(|(_, task, result)| (task, result))
            .collect()
    }

    /// Looks at a result; false when it isn't here.
    async fn check(&mut self, task: &Task, result: ResultId) -> Result<bool, CheckError> {
        let (store, task, sample) = (self.store.clone(), task.clone(), self.options.sample);
        let verdict = on_low_priority_thread(move || check(&*store, &task, &result.1, sample));
        match verdict.await? {
            Verdict::NotHere => return Ok(false),
            Verdict::Right { tiles } => {
                log::debug!(target: LOG_TARGET, "Result of task {} is right in {tiles} tiles", result.0);
                self.checked.insert(result);
                self.troubles.clear(&Cause::Check(result));
                self.handle.update(|status| {
                    status.right += 1;
                    status.tiles += tiles as u64;
                });
            }
            Verdict::Wrong(proof) => {
                log::warn!(
                    target: LOG_TARGET,
                    "Result of task {} is wrong in tile ({}, {}); challenging it", result.0, proof.i, proof.j,
                );
                self.handle.update(|status| status.wrong += 1);
                self.troubles.clear(&Cause::Check(result));
                self.proofs.insert(result, *proof);
            }
        }
        Ok(true)
    }

    /// Sends the proof against a result, if there is one that isn't under way.
    async fn challenge(&mut self, result: ResultId) {
        let Some(proof) = self.proofs.get(&result).cloned() else {
            return;
        };
        if !self.outbox.may_send(&result, self.now) {
            return;
        }
        // On a fork without the result a challenge would fail, and cost its fee.
        let born = self.births.of(result.0);
        let born = born.filter(|born| born.number > self.finalized);
        let sent = self.chain.submit(Call::Challenge(proof), born).await;
        let (sent, error) = match sent {
            Ok(sent) => (Some(sent), None),
            Err(error) => (None, Some(error)),
        };
        self.outbox.record(result, self.now, sent);
        match error {
            None => self
                .handle
                .update(|status| status.challenges_submitted += 1),
            Some(error) => {
                let text = format!("task {}: {error}", result.0);
                self.report(Cause::Challenge(result), text);
            }
        }
    }

    fn report(&mut self, cause: Cause, text: String) {
        self.troubles.report(cause, self.now, text);
    }

    fn show(&self) {
        self.handle.update(|status| {
            status.block = self.now;
            status.costs = self.outbox.costs();
            status.last_error = self.troubles.last();
        });
    }
}

/// The results that were found right, the oldest forgotten first.
#[derive(Default)]
struct Checked {
    known: BTreeSet<ResultId>,
    order: VecDeque<ResultId>,
}

impl Checked {
    fn contains(&self, result: &ResultId) -> bool {
        self.known.contains(result)
    }

    fn insert(&mut self, result: ResultId) {
        if self.known.insert(result) {
            self.order.push_back(result);
        }
        if self.order.len() > MAX_CHECKED {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}
