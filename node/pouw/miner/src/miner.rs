//! The miner itself: one step for every block.

use crate::{
    computation::{Computed, KernelSolver, Solver},
    decide::{decide, is_claimed, is_computed, Action, Computation, Key, Phase, View},
    earned::Earned,
    history::{Change, History},
    look::{look, Seen},
    rate::{block_time, Rate},
    rooms::Rooms,
    running::{finished, Running},
    trouble::Cause,
    twin::Twin,
    MinerHandle, MinerOptions, MinerState, LOG_TARGET,
};
use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::{
    birth::Births,
    chain::{in_bcai, BlockRef, ChainError, Task, TaskChain},
    outbox::{Outbox, GRACE},
    scan::Scanner,
    trouble::Troubles,
};
use bcai_roles::on_low_priority_thread;
use futures::{FutureExt, StreamExt};
use sp_core::crypto::Ss58Codec;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The miner of one account on one chain. Build it, keep its [`MinerHandle`], run it.
pub struct Miner {
    pub(crate) chain: Arc<dyn TaskChain>,
    pub(crate) store: Arc<dyn MatrixStore>,
    pub(crate) solver: Arc<dyn Solver>,
    pub(crate) options: MinerOptions,
    pub(crate) handle: MinerHandle,
    scanner: Scanner,
    history: History,
    pub(crate) births: Births,
    pub(crate) outbox: Outbox<Key>,
    pub(crate) computations: BTreeMap<TaskId, Computation>,
    pub(crate) computed: BTreeMap<TaskId, Computed>,
    pub(crate) running: Option<Running>,
    pub(crate) rooms: Rooms,
    avoid: BTreeSet<TaskId>,
    pub(crate) rate: Rate,
    pub(crate) earned: Earned,
    twin: Twin,
    pub(crate) troubles: Troubles<Cause>,
    /// Open tasks whose matrices are not here.
    missing: u32,
    /// The first block that may see a claim of this process, once a block was seen.
    claims_from: Option<u32>,
    /// The block of the last look.
    last: Option<BlockRef>,
    /// Its number, 0 before there was one.
    pub(crate) now: u32,
    /// Number of the last final block, as of the last look.
    pub(crate) finalized: u32,
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
            rooms: Rooms::new(store.clone()),
            store,
            solver,
            options,
            handle: MinerHandle::default(),
            scanner: Scanner::default(),
            history: History::default(),
            births: Births::default(),
            outbox: Outbox::default(),
            computations: BTreeMap::new(),
            computed: BTreeMap::new(),
            running: None,
            avoid: BTreeSet::new(),
            rate: Rate::default(),
            earned: Earned::default(),
            twin: Twin::default(),
            troubles: Troubles::new(LOG_TARGET),
            missing: 0,
            claims_from: None,
            last: None,
            now: 0,
            finalized: 0,
        }
    }

    /// Where the status can be read while the miner runs.
    pub fn handle(&self) -> MinerHandle {
        self.handle.clone()
    }

    /// Works until the chain's stream of blocks ends. Needs a tokio runtime.
    pub async fn run(mut self) {
        let mut blocks = self.chain.new_blocks();
        if let Err(error) = self.measure().await {
            self.report(Cause::Chain, error.to_string());
        }
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
                result = finished(&mut self.running) => self.computation_ended(result),
            }
            match self.step().await {
                Ok(()) => self.troubles.clear(&Cause::Chain),
                Err(error) => self.report(Cause::Chain, error.to_string()),
            }
            self.show();
        }
    }

    /// Finds out how fast this machine is, so that not even the first claim is one that it is too slow for.
    async fn measure(&mut self) -> Result<(), ChainError> {
        let (chain, threads) = (self.chain.clone(), self.options.threads);
        let rate = on_low_priority_thread(move || {
            let limits = chain.limits(&chain.best())?;
            Ok(Rate::measure(threads, block_time(&limits)))
        });
        self.rate = rate.await?;
        if let Some(macs) = self.rate.macs_per_block() {
            log::info!(target: LOG_TARGET, "{threads} threads multiply at least {macs} pairs a block");
        }
        Ok(())
    }

    /// One look at the best block, and what follows from it.
    pub(crate) async fn step(&mut self) -> Result<(), ChainError> {
        // Before the state is read: what leaves the pool after this is still pending to us, and what left it
        // before is in the state that we read.
        let failures = self.outbox.refresh(self.now);
        let (chain, store) = (self.chain.clone(), self.store.clone());
        let (scanner, last) = (self.scanner.clone(), self.last);
        let mut seen =
            on_low_priority_thread(move || look(&*chain, &*store, scanner, last)).await?;
        // A claim that was sent before a restart may still come back from another node's pool.
        let claims_from = *self.claims_from.get_or_insert(seen.best.number + GRACE);
        self.remember(&seen);
        self.tell(failures);
        if !self.keep_rooms(&seen.tasks).await {
            // What room there is belongs to the claims held.
            seen.ready.clear();
        }
        let chain = self.chain.clone();
        let actions = decide(&View {
            now: self.now,
            me: chain.account(),
            tasks: &seen.tasks,
            computations: &self.computations,
            busy: self.running.is_some(),
            outbox: &self.outbox,
            options: &self.options,
            limits: &seen.limits,
            funds: &seen.funds,
            bonds: &seen.bonds,
            ready: &seen.ready,
            avoid: &self.avoid,
            macs_per_block: self.rate.macs_per_block(),
            claims_from,
        });
        if !actions
            .iter()
            .any(|action| matches!(action, Action::Lack(_)))
        {
            self.troubles.clear(&Cause::Funds);
        }
        for action in actions {
            self.act(action, &seen).await;
        }
        self.show();
        Ok(())
    }

    /// Takes in what was seen, and tells what is new in it.
    fn remember(&mut self, seen: &Seen) {
        self.scanner = seen.scanner.clone();
        (self.now, self.finalized) = (seen.best.number, seen.finalized.number);
        self.last = Some(seen.best);
        if seen.reorganised {
            self.outbox.hold(self.now);
        }
        self.births
            .observe(seen.best, seen.reorganised, &seen.tasks);
        let chain = self.chain.clone();
        let me = chain.account();
        for (task, change) in self
            .history
            .observe(self.now, seen.reorganised, me, &seen.tasks)
        {
            self.note(task, change);
        }
        self.earned.observe(seen.reorganised, me, &seen.tasks);
        let alive: BTreeSet<TaskId> = seen.tasks.iter().map(|task| task.id).collect();
        self.outbox
            .retain(self.now, |key| alive.contains(&key.task()));
        self.troubles.retain(|cause| cause.lasts(&seen.tasks, me));
        let foreign = self.twin.observe(self.now, me, &seen.tasks, &self.outbox);
        if let (Some(task), true) = (foreign.first(), self.twin.count() == foreign.len() as u64) {
            log::warn!(
                target: LOG_TARGET,
                "Task {task} was claimed for {} by another process: a second node mines for this account. Both pay for calls \
                 that can't succeed; let each mine for an account of its own",
                me.to_ss58check(),
            );
        }
        if self.missing == 0 && seen.missing > 0 {
            log::info!(
                target: LOG_TARGET,
                "{} open tasks have matrices that are not on this node, and can't be mined here: matrices don't travel \
                 between nodes, their requester uploads them to the node that shall mine",
                seen.missing,
            );
        }
        self.missing = seen.missing;
        if let Some(running) = &self.running {
            let (task, trouble) = (running.task, running.control.trouble.lock().take());
            if let Some(trouble) = trouble {
                self.report(Cause::Computation(task), format!("task {task}: {trouble}"));
            }
        }
    }

    /// Keeps the room of claims held and under way, gives back that of others, and takes it for claims that have
    /// none, as after a restart. False when there is none for some.
    async fn keep_rooms(&mut self, tasks: &[Task]) -> bool {
        let chain = self.chain.clone();
        let wanted = |task: &&Task| {
            let under_way = task.state == TaskState::Open
                && self.outbox.in_flight(&Key::Claim(task.id), self.now);
            (is_claimed(task, chain.account()) || under_way)
                && !is_computed(&self.computations, task.id)
        };
        let wanted: BTreeMap<TaskId, &Task> = tasks
            .iter()
            .filter(wanted)
            .map(|task| (task.id, task))
            .collect();
        self.rooms.retain(|id| wanted.contains_key(&id));
        let mut complete = true;
        for task in wanted.into_values() {
            match self.rooms.take(task).await {
                Ok(_) => self.troubles.clear(&Cause::Room(task.id)),
                Err(error) => {
                    complete = false;
                    // The computation tells itself when it needs the room and there is none.
                    if self.running.as_ref().is_none_or(|job| job.task != task.id) {
                        self.report(Cause::Room(task.id), error);
                    }
                }
            }
        }
        complete
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
                // Mining goes well again.
                self.troubles
                    .retain(|cause| !matches!(cause, Cause::Lost(_)));
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
        let text = format!("the bond of task {task} is lost: {why}");
        self.report(Cause::Lost(task), text);
    }

    async fn act(&mut self, action: Action, seen: &Seen) {
        match action {
            Action::Cancel(task) => self.cancel(task, &seen.limits),
            Action::Forget(task) => {
                self.computations.remove(&task);
                self.computed.remove(&task);
            }
            Action::Start(id, anchor) => {
                if let Some(task) = seen.tasks.iter().find(|task| task.id == id) {
                    self.start(task, anchor, &seen.limits).await;
                }
            }
            Action::Send(key) => self.send(key, &seen.tasks).await,
            Action::Lack(task) => self.lack(task, seen),
        }
    }

    /// Tells once that the account has too little, until it has enough.
    fn lack(&mut self, task: TaskId, seen: &Seen) {
        if self.troubles.is_open(&Cause::Funds) {
            return;
        }
        let bond = seen.bonds.get(&task).copied().unwrap_or_default();
        let funds = seen.funds;
        let text = format!(
            "{} has {} that can be put on hold and {} for fees; a claim of task {task} needs {}: a bond of {} and a fee of {}. \
             It is claimed when there is enough",
            self.chain.account().to_ss58check(),
            in_bcai(funds.holdable),
            in_bcai(funds.spendable),
            in_bcai(bond.saturating_add(funds.claim_fee)),
            in_bcai(bond),
            in_bcai(funds.claim_fee),
        );
        self.report(Cause::Funds, text);
    }

    pub(crate) fn report(&mut self, cause: Cause, text: String) {
        self.troubles.report(cause, self.now, text);
    }

    fn show(&self) {
        let in_phase = |wanted: fn(&Phase) -> bool| {
            let mut all = self.computations.iter();
            all.find(|(_, known)| wanted(&known.phase))
                .map(|(task, _)| *task)
        };
        let submitting = in_phase(|phase| matches!(phase, Phase::Done { .. }));
        let stalled = in_phase(|phase| matches!(phase, Phase::Failed { .. }));
        let claiming = self.outbox.find_in_flight(
            self.now,
            |key| matches!(key, Key::Claim(task) if !self.computations.contains_key(task)),
        );
        let (claimed, delivered) = self.history.counts();
        let (state, task) = if let Some(running) = &self.running {
            (MinerState::Mining, Some(running.task))
        } else if let Some(task) = submitting {
            (MinerState::Submitting, Some(task))
        } else if let Some(task) = stalled {
            (MinerState::Stalled, Some(task))
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
            status.missing_matrices = self.missing;
            status.foreign_claims = self.twin.count();
            status.computing = self.earned.time();
            status.credited_macs = self.earned.credited();
            status.macs_per_second = self.earned.macs_per_second();
            status.credited_macs_per_second = self.earned.credited_per_second();
            status.costs = self.outbox.costs();
            status.last_error = self.troubles.last();
        });
    }
}
