//! A chain in memory for the tests of worker and challenger: the rules of the pallet, a pool, forks.

use bcai_pouw_primitives::{
    verify_fraud, verify_ticket, Hash32, JobInputs, ParamSet, Seeds, TaskId, TaskState, U256,
};
use bcai_pouw_tasks::chain::{BlockRef, Call, ChainError, Task, TaskChain};
use futures::{
    channel::mpsc,
    future::{ready, BoxFuture},
    stream::BoxStream,
    FutureExt, StreamExt,
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

pub const GENESIS: Hash32 = [9; 32];
pub const CLAIM_DURATION: u32 = 40;
pub const CHALLENGE_WINDOW: u32 = 5;

type Account = [u8; 32];

#[derive(Clone)]
struct Block {
    at: BlockRef,
    tasks: BTreeMap<TaskId, Task>,
    next_task: TaskId,
    included: Vec<Transaction>,
}

#[derive(Clone)]
struct Transaction {
    hash: Hash32,
    from: Account,
    call: Call,
}

/// What becomes of the transactions of blocks that a reorganisation takes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Retracted {
    BackToPool,
    /// Gone, and with them all that waited in the pool: their nonces can't be reached any more.
    Dropped,
}

struct World {
    blocks: Vec<Block>,
    forks: u8,
    pool: Vec<Transaction>,
    sent: Vec<(Account, Call)>,
    failures: Vec<String>,
    refuse: Option<String>,
    finalized: usize,
    listeners: Vec<mpsc::UnboundedSender<BlockRef>>,
    /// The pages `(from, limit)` that were read, and whether each was at low priority.
    read: Vec<(TaskId, u32, bool)>,
}

/// One account's view of the chain; clones and [`TestChain::of`] share the chain.
#[derive(Clone)]
pub struct TestChain {
    me: Account,
    world: Arc<Mutex<World>>,
}

impl TestChain {
    pub fn new(me: Account) -> Self {
        let hash = GENESIS;
        let genesis = Block {
            at: BlockRef { number: 0, hash },
            tasks: BTreeMap::new(),
            next_task: 0,
            included: Vec::new(),
        };
        let world = World {
            blocks: vec![genesis],
            forks: 0,
            pool: Vec::new(),
            sent: Vec::new(),
            failures: Vec::new(),
            refuse: None,
            finalized: 0,
            listeners: Vec::new(),
            read: Vec::new(),
        };
        Self {
            me,
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// The same chain as another account sees it.
    pub fn of(&self, me: Account) -> Self {
        let world = self.world.clone();
        Self { me, world }
    }

    /// Posts an open task into the state of the best block.
    pub fn post(&self, set: ParamSet, (m, n): (u32, u32), roots: (Hash32, Hash32)) -> TaskId {
        let mut world = self.world.lock();
        let best = world.best_mut();
        let id = best.next_task;
        best.next_task += 1;
        let task = Task {
            id,
            requester: [1; 32],
            set,
            m,
            n,
            root_a: roots.0,
            root_b: roots.1,
            bounty: 1_000,
            deadline: best.at.number + 1_000,
            state: TaskState::Open,
        };
        best.tasks.insert(id, task);
        id
    }

    /// Changes a task in the state of the best block.
    pub fn change(&self, id: TaskId, change: impl FnOnce(&mut Task)) {
        change(self.world.lock().best_mut().tasks.get_mut(&id).unwrap());
    }

    /// A new best block with everything in the pool.
    pub fn author(&self) -> BlockRef {
        let mut world = self.world.lock();
        let pool = std::mem::take(&mut world.pool);
        world.author(pool);
        world.announce()
    }

    /// A new best block with nothing in it; the pool stays.
    pub fn author_empty(&self) -> BlockRef {
        let mut world = self.world.lock();
        world.author(Vec::new());
        world.announce()
    }

    /// Replaces the last `depth` blocks by `depth + 1` empty ones.
    pub fn reorganise(&self, depth: usize, retracted: Retracted) -> BlockRef {
        let mut world = self.world.lock();
        let keep = world.blocks.len() - depth;
        let old: Vec<Block> = world.blocks.drain(keep..).collect();
        let waiting = std::mem::take(&mut world.pool);
        if retracted == Retracted::BackToPool {
            let back = old.into_iter().flat_map(|block| block.included);
            world.pool = back.chain(waiting).collect();
        }
        world.forks += 1;
        for _ in 0..=depth {
            world.author(Vec::new());
        }
        world.announce()
    }

    /// What a restart of the only node does to the pool.
    pub fn drop_pool(&self) {
        self.world.lock().pool.clear();
    }

    /// Finalises the best block.
    pub fn finalize(&self) {
        let mut world = self.world.lock();
        world.finalized = world.blocks.len() - 1;
    }

    /// Makes the pool refuse everything, or take it again.
    pub fn refuse(&self, reason: Option<&str>) {
        self.world.lock().refuse = reason.map(Into::into);
    }

    /// The pages `(from, limit)` that were read since the last call, and whether each was at low priority.
    pub fn take_read(&self) -> Vec<(TaskId, u32, bool)> {
        std::mem::take(&mut self.world.lock().read)
    }

    /// Does anybody listen for blocks?
    pub fn has_listener(&self) -> bool {
        !self.world.lock().listeners.is_empty()
    }

    /// Ends every stream of blocks.
    pub fn shut_down(&self) {
        self.world.lock().listeners.clear();
    }

    pub fn state(&self, id: TaskId) -> TaskState<Account, u32> {
        self.world.lock().best_mut().tasks[&id].state.clone()
    }

    /// Calls that were put into a block and failed there.
    pub fn failures(&self) -> Vec<String> {
        self.world.lock().failures.clone()
    }

    /// Names of the calls that were sent by this account, in order.
    pub fn sent(&self) -> Vec<&'static str> {
        let world = self.world.lock();
        let own = world.sent.iter().filter(|(from, _)| *from == self.me);
        own.map(|(_, call)| call.name()).collect()
    }

    pub fn sent_count(&self, name: &str) -> usize {
        self.sent().iter().filter(|sent| **sent == name).count()
    }
}

impl World {
    fn best_mut(&mut self) -> &mut Block {
        self.blocks.last_mut().unwrap()
    }

    fn announce(&mut self) -> BlockRef {
        let at = self.best_mut().at;
        self.listeners
            .retain(|listener| listener.unbounded_send(at).is_ok());
        at
    }

    fn author(&mut self, transactions: Vec<Transaction>) {
        let forks = self.forks;
        let parent = self.best_mut().clone();
        let number = parent.at.number + 1;
        let mut seed = parent.at.hash.to_vec();
        seed.push(forks);
        let hash = *blake3::hash(&seed).as_bytes();
        let mut block = Block {
            at: BlockRef { number, hash },
            included: transactions.clone(),
            ..parent.clone()
        };
        for task in block.tasks.values_mut() {
            if let TaskState::Claimed {
                claimed_at, anchor, ..
            } = &mut task.state
            {
                if *claimed_at == parent.at.number {
                    *anchor = Some(parent.at.hash);
                }
            }
        }
        for transaction in transactions {
            if let Err(reason) = block.execute(&transaction) {
                let call = transaction.call.name();
                self.failures.push(format!("{call}: {reason}"));
            }
        }
        for task in block.tasks.values_mut() {
            if matches!(task.state, TaskState::Claimed { expires_at, .. } if number > expires_at) {
                task.state = TaskState::Open;
            }
        }
        self.blocks.push(block);
    }
}

impl Block {
    fn execute(&mut self, transaction: &Transaction) -> Result<(), String> {
        let (now, from) = (self.at.number, transaction.from);
        let id = transaction.call.task();
        let task = self.tasks.get_mut(&id).ok_or("no such task")?;
        let commitment = task.commitment().map_err(|error| format!("{error:?}"))?;
        match (&transaction.call, &mut task.state) {
            (Call::Claim(_), TaskState::Open) if now <= task.deadline => {
                task.state = TaskState::Claimed {
                    worker: from,
                    claimed_at: now,
                    expires_at: (now + CLAIM_DURATION).min(task.deadline),
                    anchor: None,
                    target: U256::MAX >> 1,
                    tickets: Vec::new(),
                };
            }
            (
                Call::Ticket(certificate),
                TaskState::Claimed {
                    worker,
                    expires_at,
                    anchor: Some(anchor),
                    target,
                    tickets,
                    ..
                },
            ) if *worker == from && now <= *expires_at => {
                let tile = (certificate.i, certificate.j);
                if tickets.contains(&tile) {
                    return Err(format!("tile {tile:?} again"));
                }
                let inputs = JobInputs {
                    genesis_hash: GENESIS,
                    set: task.set,
                    task: id,
                    anchor: *anchor,
                    worker: from,
                    m: task.m,
                    n: task.n,
                };
                let seeds = Seeds::derive(&inputs, &task.root_a, &task.root_b);
                verify_ticket(certificate, &commitment, &seeds, *target)
                    .map_err(|error| format!("{error:?}"))?;
                tickets.push(tile);
            }
            (
                Call::Result { root_c, .. },
                TaskState::Claimed {
                    worker,
                    expires_at,
                    anchor: Some(_),
                    tickets,
                    ..
                },
            ) if *worker == from && now <= *expires_at => {
                task.state = TaskState::Delivered {
                    worker: from,
                    root_c: *root_c,
                    challenge_until: now + CHALLENGE_WINDOW,
                    tickets: tickets.len() as u32,
                };
            }
            (
                Call::Challenge(proof),
                TaskState::Delivered {
                    root_c,
                    challenge_until,
                    ..
                },
            ) if now <= *challenge_until => {
                verify_fraud(proof, &commitment, root_c).map_err(|error| format!("{error:?}"))?;
                task.state = TaskState::Open;
            }
            (
                Call::Finalize(_),
                TaskState::Delivered {
                    worker,
                    root_c,
                    challenge_until,
                    tickets,
                },
            ) if now > *challenge_until => {
                task.state = TaskState::Finalized {
                    worker: *worker,
                    root_c: *root_c,
                    finalized_at: now,
                    credit: u128::from(*tickets),
                };
            }
            (_, state) => return Err(format!("task {id} in block {now} is {state:?}")),
        }
        Ok(())
    }
}

impl TaskChain for TestChain {
    fn genesis_hash(&self) -> Hash32 {
        GENESIS
    }

    fn best(&self) -> BlockRef {
        self.world.lock().best_mut().at
    }

    fn finalized(&self) -> BlockRef {
        let world = self.world.lock();
        world.blocks[world.finalized].at
    }

    fn is_canonical(&self, block: &BlockRef) -> Result<bool, ChainError> {
        let world = self.world.lock();
        Ok(world.blocks.iter().any(|known| known.at == *block))
    }

    fn new_blocks(&self) -> BoxStream<'static, BlockRef> {
        let (sender, receiver) = mpsc::unbounded();
        self.world.lock().listeners.push(sender);
        receiver.boxed()
    }

    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError> {
        let mut world = self.world.lock();
        world.read.push((from, limit, is_low_priority()));
        let block = world.blocks.iter().find(|block| block.at == *at);
        let block = block.ok_or(ChainError::Read {
            number: at.number,
            reason: "unknown block".into(),
        })?;
        let page = block.tasks.range(from..from + u64::from(limit));
        Ok(page.map(|(_, task)| task.clone()).collect())
    }

    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError> {
        let world = self.world.lock();
        let block = world.blocks.iter().find(|block| block.at == *at);
        Ok(block.map_or(0, |block| block.next_task))
    }

    fn account(&self) -> Account {
        self.me
    }

    fn submit(&self, call: Call) -> BoxFuture<'static, Result<Hash32, ChainError>> {
        let mut world = self.world.lock();
        if let Some(reason) = world.refuse.clone() {
            let call = call.name();
            return ready(Err(ChainError::Refused { call, reason })).boxed();
        }
        world.sent.push((self.me, call.clone()));
        let hash = *blake3::hash(&world.sent.len().to_le_bytes()).as_bytes();
        let from = self.me;
        world.pool.push(Transaction { hash, from, call });
        ready(Ok(hash)).boxed()
    }

    fn is_pending(&self, transaction: &Hash32) -> bool {
        let world = self.world.lock();
        world.pool.iter().any(|known| known.hash == *transaction)
    }
}

/// Is this a thread that steps behind block authoring?
fn is_low_priority() -> bool {
    // By its name alone: the tests as a whole may run at the lowest priority.
    std::thread::current()
        .name()
        .is_some_and(bcai_roles::is_role_thread)
}
