//! The challenger: recomputes a random sample of every delivered result and files a fraud proof where a tile is wrong.
//!
//! # Properties
//!
//! - The sample comes from the system's entropy, so a cheater can't know which tiles will be looked at.
//! - A challenge is sent only when the chain's own verification of its proof holds here.
//! - A result is looked at once; a proof that was found is kept until the chain has taken it, or the window is over.
//! - What it remembers is bounded: while it holds as many proofs as it can, no further result is looked at.
//!
//! A result that isn't in the task store can't be checked; it counts as `unavailable` until it comes.

mod check;

#[cfg(test)]
mod tests;

use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{FraudProof, Hash32, TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::{BlockRef, Call, ChainError, Task, TaskChain},
    outbox::Outbox,
    scan::Scanner,
};
use bcai_roles::on_low_priority_thread;
use check::{check, is_here, CheckError, Verdict};
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

/// Proofs kept at a time, at most 70 KiB each.
const MAX_PROOFS: usize = 64;

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
    /// The last thing that went wrong.
    pub last_error: Option<String>,
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
type Delivery = (TaskId, Hash32);

/// The challenger of one account on one chain. Build it, keep its [`ChallengerHandle`], run it.
pub struct Challenger {
    chain: Arc<dyn TaskChain>,
    store: Arc<dyn MatrixStore>,
    options: ChallengerOptions,
    handle: ChallengerHandle,
    scanner: Scanner,
    checked: Checked,
    proofs: BTreeMap<Delivery, FraudProof>,
    outbox: Outbox<Delivery>,
    /// The block of the last look.
    last: Option<BlockRef>,
    /// Its number, 0 before there was one.
    now: u32,
}

/// What one look at the chain gives.
struct Seen {
    scanner: Scanner,
    best: BlockRef,
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
            last: None,
            now: 0,
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
            if let Err(error) = self.step().await {
                self.report(error.to_string());
            }
        }
    }

    async fn step(&mut self) -> Result<(), ChainError> {
        let pool = self.chain.clone();
        self.outbox
            .refresh(self.now, |transaction| pool.is_pending(transaction));
        let Seen {
            scanner,
            best,
            reorganised,
            tasks,
        } = self.look().await?;
        self.scanner = scanner;
        self.now = best.number;
        self.last = Some(best);
        if reorganised {
            self.outbox.hold(self.now);
        }
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

        let (mut unavailable, mut checks) = (0, 0);
        for (task, delivery) in self.in_window(&tasks) {
            let look = checks < CHECKS_PER_BLOCK && self.proofs.len() < MAX_PROOFS;
            if look && !self.proofs.contains_key(&delivery) {
                // Asked here already, so that results that nobody has here cost no thread at every block.
                if !is_here(&*self.store, task, &delivery.1) {
                    unavailable += 1;
                    continue;
                }
                match self.check(task, delivery).await {
                    Ok(true) => checks += 1,
                    Ok(false) => unavailable += 1,
                    Err(error) => {
                        checks += 1;
                        self.report(format!("task {}: {error}", task.id));
                    }
                }
            }
            self.challenge(delivery).await;
        }
        self.handle.update(|status| {
            status.block = self.now;
            status.unavailable = unavailable;
        });
        Ok(())
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
                reorganised,
                tasks,
            })
        })
        .await
    }

    /// Results of others that can still be challenged and were not found right, the most urgent first.
    fn in_window<'a>(&self, tasks: &'a [Task]) -> Vec<(&'a Task, Delivery)> {
        let me = self.chain.account();
        let mut open: Vec<_> = tasks
            .iter()
            .filter_map(|task| match &task.state {
                TaskState::Delivered {
                    worker,
                    root_c,
                    challenge_until,
                    ..
                } if *worker != me && self.now < *challenge_until => {
                    Some((*challenge_until, task, (task.id, *root_c)))
                }
                _ => None,
            })
            .filter(|(_, _, delivery)| !self.checked.contains(delivery))
            .collect();
        open.sort_by_key(|(until, task, _)| (*until, task.id));
        open.into_iter()
            .map(|(_, task, delivery)| (task, delivery))
            .collect()
    }

    /// Looks at a result; false when it isn't here.
    async fn check(&mut self, task: &Task, delivery: Delivery) -> Result<bool, CheckError> {
        let (store, task, sample) = (self.store.clone(), task.clone(), self.options.sample);
        let verdict = on_low_priority_thread(move || check(&*store, &task, &delivery.1, sample));
        match verdict.await? {
            Verdict::NotHere => return Ok(false),
            Verdict::Right { tiles } => {
                log::debug!(target: LOG_TARGET, "Result of task {} is right in {tiles} tiles", delivery.0);
                self.checked.insert(delivery);
                self.handle.update(|status| {
                    status.right += 1;
                    status.tiles += tiles as u64;
                });
            }
            Verdict::Wrong(proof) => {
                log::warn!(
                    target: LOG_TARGET,
                    "Result of task {} is wrong in tile ({}, {}); challenging it", delivery.0, proof.i, proof.j,
                );
                self.handle.update(|status| status.wrong += 1);
                self.proofs.insert(delivery, *proof);
            }
        }
        Ok(true)
    }

    /// Sends the proof against a result, if there is one that isn't under way.
    async fn challenge(&mut self, delivery: Delivery) {
        let Some(proof) = self.proofs.get(&delivery).cloned() else {
            return;
        };
        if !self.outbox.may_send(&delivery, self.now) {
            return;
        }
        let sent = self.chain.submit(Call::Challenge(proof)).await;
        self.outbox
            .record(delivery, self.now, sent.as_ref().ok().copied());
        match sent {
            Ok(_) => self
                .handle
                .update(|status| status.challenges_submitted += 1),
            Err(error) => self.report(format!("task {}: {error}", delivery.0)),
        }
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
}

/// The results that were found right, the oldest forgotten first.
#[derive(Default)]
struct Checked {
    known: BTreeSet<Delivery>,
    order: VecDeque<Delivery>,
}

impl Checked {
    fn contains(&self, delivery: &Delivery) -> bool {
        self.known.contains(delivery)
    }

    fn insert(&mut self, delivery: Delivery) {
        if self.known.insert(delivery) {
            self.order.push_back(delivery);
        }
        if self.order.len() > MAX_CHECKED {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}
