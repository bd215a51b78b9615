#![doc = include_str!("../README.md")]

mod runtime;

use bcai_pouw_primitives::{Hash32, Shape, TaskId, TaskState};
use bcai_pouw_tasks::chain::{BlockRef, Call, ChainError, Funds, Limits, Task, TaskChain};
use bcai_transactions::{channel, Included, Outcome, SendError, Sent, State};
use frame_support::{
    dispatch::{DispatchResultWithPostInfo, Pays, PostDispatchInfo},
    traits::{
        fungible::Mutate,
        tokens::{Fortitude, Precision, Preservation},
    },
};
use futures::{
    channel::mpsc,
    future::{ready, BoxFuture},
    stream::BoxStream,
    FutureExt, StreamExt,
};
use parking_lot::Mutex;
use runtime::{Balances, Pouw, RuntimeCall, RuntimeOrigin};
use sp_core::{crypto::AccountId32, H256};
use sp_io::TestExternalities;
use sp_runtime::traits::Dispatchable;
use std::sync::Arc;
use tokio::sync::watch;

/// Hash of block 0.
pub const GENESIS: Hash32 = [9; 32];
/// Blocks that a claim lasts.
pub const CLAIM_DURATION: u32 = 40;
/// Blocks in which a result can be challenged.
pub const CHALLENGE_WINDOW: u32 = 5;
/// Bounty of a task that is posted.
pub const BOUNTY: u128 = 1_000;
/// Fee of every call.
pub const FEE: u128 = 3;
/// What every account has at first.
pub const ENDOWMENT: u128 = 1_000_000_000;
/// What an account must keep.
pub const EXISTENTIAL_DEPOSIT: u128 = 10;

const REQUESTER: AccountId32 = AccountId32::new([1; 32]);

struct Block {
    at: BlockRef,
    state: TestExternalities,
    included: Vec<Transaction>,
}

#[derive(Clone)]
struct Transaction {
    from: AccountId32,
    call: Call,
    born: Option<BlockRef>,
    states: watch::Sender<State>,
}

/// What becomes of the transactions of blocks that a reorganisation takes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Retracted {
    /// They wait again, but those that were born in such a block.
    BackToPool,
    /// Gone, and with them all that waited in the pool: their nonces can't be reached any more.
    Dropped,
}

struct World {
    blocks: Vec<Block>,
    forks: u8,
    pool: Vec<Transaction>,
    sent: Vec<(AccountId32, Call)>,
    failures: Vec<String>,
    refuse: Option<String>,
    finalized: usize,
    block_time_ms: u64,
    listeners: Vec<mpsc::UnboundedSender<BlockRef>>,
    /// The pages `(from, limit)` that were read, and whether each was at low priority.
    read: Vec<(TaskId, u32, bool)>,
}

/// One account's view of the chain; clones and [`TestChain::of`] share the chain.
#[derive(Clone)]
pub struct TestChain {
    me: AccountId32,
    world: Arc<Mutex<World>>,
}

impl TestChain {
    /// A chain with nothing but its block 0, seen by `me`.
    pub fn new(me: AccountId32) -> Self {
        let hash = GENESIS;
        let genesis = Block {
            at: BlockRef { number: 0, hash },
            state: runtime::genesis(),
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
            block_time_ms: 1_000,
            listeners: Vec::new(),
            read: Vec::new(),
        };
        Self {
            me,
            world: Arc::new(Mutex::new(world)),
        }
    }

    /// The same chain as another account sees it.
    pub fn of(&self, me: AccountId32) -> Self {
        let world = self.world.clone();
        Self { me, world }
    }

    /// Does something in the state of the best block.
    fn in_best<T>(&self, what: impl FnOnce() -> T) -> T {
        self.world.lock().best_mut().state.execute_with(what)
    }

    /// Posts an open task of the shape of these matrices into the state of the best block.
    pub fn post(&self, shape: &Shape, roots: (Hash32, Hash32)) -> TaskId {
        let deadline = self.best().number + 1_000;
        let (root_a, root_b) = (roots.0.into(), roots.1.into());
        self.in_best(|| {
            let id = Pouw::next_task_id();
            let requester = RuntimeOrigin::signed(REQUESTER);
            Pouw::post_task(
                requester,
                shape.set(),
                shape.m(),
                shape.n(),
                shape.slabs(),
                root_a,
                root_b,
                BOUNTY,
                deadline,
                u128::MAX,
            )
            .unwrap();
            id
        })
    }

    /// Changes a task in the state of the best block.
    pub fn change(&self, id: TaskId, change: impl FnOnce(&mut Task)) {
        self.in_best(|| {
            let mut task = Pouw::task_info(id).unwrap();
            change(&mut task);
            runtime::overwrite(task);
        });
    }

    /// Gives this account so much that is free, in the state of the best block.
    pub fn set_balance(&self, free: u128) {
        self.in_best(|| Balances::set_balance(&self.me, free));
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
        let old = world.blocks.split_off(keep);
        let back = old.into_iter().flat_map(|block| block.included);
        let waiting = std::mem::take(&mut world.pool);
        world.pool = back.chain(waiting).collect();
        if retracted == Retracted::Dropped {
            world.drop_pool();
        }
        for transaction in &world.pool {
            transaction.states.send_replace(State::Waiting);
        }
        world.forks += 1;
        for _ in 0..=depth {
            world.author(Vec::new());
        }
        world.announce()
    }

    /// What a restart of the only node does to the pool.
    pub fn drop_pool(&self) {
        self.world.lock().drop_pool();
    }

    /// Finalises the best block.
    pub fn finalize(&self) {
        let mut world = self.world.lock();
        world.finalized = world.blocks.len() - 1;
        for transaction in world.blocks.iter().flat_map(|block| &block.included) {
            transaction.states.send_modify(|state| {
                if let State::InBlock(included) = state {
                    *state = State::Final(included.clone());
                }
            });
        }
    }

    /// Makes the pool refuse everything, or take it again.
    pub fn refuse(&self, reason: Option<&str>) {
        self.world.lock().refuse = reason.map(Into::into);
    }

    /// Says how long a block takes, in milliseconds; a second at first.
    pub fn set_block_time(&self, milliseconds: u64) {
        self.world.lock().block_time_ms = milliseconds;
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

    /// Where the task stands in the best block.
    pub fn state(&self, id: TaskId) -> TaskState<AccountId32, u32> {
        self.in_best(|| Pouw::task_info(id).unwrap().state)
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

    /// How often this call was sent by this account.
    pub fn sent_count(&self, name: &str) -> usize {
        self.sent().iter().filter(|sent| **sent == name).count()
    }

    /// Reads the state of a block.
    fn read<T>(&self, at: &BlockRef, what: impl FnOnce() -> T) -> Result<T, ChainError> {
        let mut world = self.world.lock();
        let block = world.blocks.iter_mut().find(|block| block.at == *at);
        let block = block.ok_or(ChainError::Read {
            number: at.number,
            reason: "unknown block".into(),
        })?;
        Ok(block.state.execute_with(what))
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

    fn drop_pool(&mut self) {
        for transaction in self.pool.drain(..) {
            transaction.states.send_replace(State::Gone);
        }
    }

    fn author(&mut self, transactions: Vec<Transaction>) {
        let forks = self.forks;
        let parent = self.best_mut();
        let number = parent.at.number + 1;
        let mut seed = parent.at.hash.to_vec();
        seed.push(forks);
        let hash = *blake3::hash(&seed).as_bytes();
        let mut state = TestExternalities::default();
        state.backend = parent.state.as_backend();
        let parent = parent.at.hash;
        let mut included = Vec::new();
        state.execute_with(|| runtime::initialize(number, parent));
        for transaction in transactions {
            let born = transaction.born;
            let is_valid = born.is_none_or(|born| self.blocks.iter().any(|block| block.at == born));
            let outcome = is_valid
                .then(|| state.execute_with(|| transaction.execute()))
                .flatten();
            let Some(outcome) = outcome else {
                transaction.states.send_replace(State::Gone);
                continue;
            };
            if let Some(reason) = &outcome.error {
                let call = transaction.call.name();
                self.failures.push(format!("{call}: {reason}"));
            }
            transaction.states.send_replace(State::InBlock(Included {
                block: H256(hash),
                number,
                outcome: Some(outcome),
            }));
            included.push(transaction);
        }
        state.execute_with(|| runtime::finish(number));
        self.blocks.push(Block {
            at: BlockRef { number, hash },
            state,
            included,
        });
    }
}

impl Transaction {
    /// Executes it in this state; `None` when its sender can't pay the fee, so that no block takes it.
    fn execute(&self) -> Option<Outcome> {
        let (preserve, exact) = (Preservation::Preserve, Precision::Exact);
        Balances::burn_from(&self.from, FEE, preserve, exact, Fortitude::Polite).ok()?;
        let origin = RuntimeOrigin::signed(self.from.clone());
        let result: DispatchResultWithPostInfo =
            RuntimeCall::Pouw(self.call.clone().into()).dispatch(origin);
        let (pays, error) = match result {
            Ok(PostDispatchInfo { pays_fee, .. }) => (pays_fee, None),
            Err(error) => (error.post_info.pays_fee, Some(error.error)),
        };
        let fee = match pays {
            Pays::Yes => FEE,
            Pays::No => {
                Balances::mint_into(&self.from, FEE).ok()?;
                0
            }
        };
        let error = error.map(|error| <&'static str>::from(error).into());
        Some(Outcome { fee, error })
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

    fn limits(&self, at: &BlockRef) -> Result<Limits, ChainError> {
        let block_time_ms = self.world.lock().block_time_ms;
        self.read(at, || Pouw::limits(block_time_ms))
    }

    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError> {
        self.world
            .lock()
            .read
            .push((from, limit, is_low_priority()));
        self.read(at, || Pouw::tasks_from(from, limit))
    }

    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError> {
        self.read(at, Pouw::next_task_id)
    }

    fn bond(&self, at: &BlockRef, bounty: u128) -> Result<u128, ChainError> {
        self.read(at, || Pouw::bond_for(bounty))
    }

    fn funds(&self, at: &BlockRef) -> Result<Funds, ChainError> {
        self.read(at, || Funds {
            holdable: Pouw::holdable(&self.me),
            spendable: Pouw::spendable(&self.me),
            claim_fee: FEE,
        })
    }

    fn account(&self) -> &AccountId32 {
        &self.me
    }

    fn submit(
        &self,
        call: Call,
        born: Option<BlockRef>,
    ) -> BoxFuture<'static, Result<Sent, ChainError>> {
        let mut world = self.world.lock();
        if let Some(reason) = world.refuse.clone() {
            let (call, error) = (call.name(), SendError::Refused(reason));
            return ready(Err(ChainError::Send { call, error })).boxed();
        }
        world.sent.push((self.me.clone(), call.clone()));
        let hash = blake3::hash(&world.sent.len().to_le_bytes());
        let (states, sent) = channel(H256(*hash.as_bytes()));
        world.pool.push(Transaction {
            from: self.me.clone(),
            call,
            born,
            states,
        });
        ready(Ok(sent)).boxed()
    }
}

/// Is this a thread that steps behind block authoring?
fn is_low_priority() -> bool {
    // By its name alone: the tests as a whole may run at the lowest priority.
    std::thread::current()
        .name()
        .is_some_and(bcai_roles::is_role_thread)
}
