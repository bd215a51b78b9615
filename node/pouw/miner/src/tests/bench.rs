use crate::{
    computation::{ComputeError, Computed, Control, KernelSolver, Order, Solver},
    running::finished,
    Miner, MinerOptions,
};
use bcai_matrices::{BlobInfo, FsMatrixStore, MatrixStore, StoreLimits};
use bcai_pouw_kernel::{self as kernel, values_of, Team};
use bcai_pouw_primitives::{Hash32, ParamSet, Shape, TaskId, TaskState};
use bcai_pouw_test_chain::TestChain;
use sp_core::crypto::AccountId32;
use std::{
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        Arc,
    },
    time::Duration,
};
use tempfile::TempDir;

pub(super) const ME: AccountId32 = AccountId32::new([3; 32]);
pub(super) const SET: ParamSet = ParamSet::Set0;
pub(super) const ROWS: u32 = 32;
pub(super) const SLABS: u8 = 3;

/// The kernel, held back until the test lets it go.
pub(super) struct HeldSolver {
    kernel: KernelSolver,
    pub(super) held: AtomicBool,
    pub(super) started: AtomicU32,
    pub(super) cancelled: AtomicU32,
}

impl Solver for HeldSolver {
    fn solve(&self, order: &Order, control: &Control) -> Result<Computed, ComputeError> {
        self.started.fetch_add(1, Ordering::SeqCst);
        while self.held.load(Ordering::SeqCst) {
            if control.cancel.load(Ordering::SeqCst) {
                self.cancelled.fetch_add(1, Ordering::SeqCst);
                return Err(ComputeError::Cancelled);
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        self.kernel.solve(order, control)
    }
}

/// A chain, a store with matrices, and a miner that the test moves step by step.
pub(super) struct Bench {
    pub(super) chain: TestChain,
    pub(super) folder: TempDir,
    pub(super) store: Arc<FsMatrixStore>,
    pub(super) solver: Arc<HeldSolver>,
    pub(super) miner: Miner,
}

pub(super) fn shape() -> Shape {
    Shape::new(SET, ROWS, ROWS, SLABS).unwrap()
}

/// Stores the A with this seed.
pub(super) fn put_a(store: &FsMatrixStore, seed: usize) -> Hash32 {
    store
        .put(BlobInfo::of_a(&shape()).kind, &matrix(seed))
        .unwrap()
}

/// Stores the Bt with this seed.
pub(super) fn put_b(store: &FsMatrixStore, seed: usize) -> Hash32 {
    store
        .put(BlobInfo::of_b(&shape()).kind, &matrix(seed))
        .unwrap()
}

pub(super) fn matrix(seed: usize) -> Vec<u8> {
    (0..shape().len_a() as usize)
        .map(|at| ((at * 37 + at / 777 + seed * 13) % 129) as i16 as u8)
        .map(|value| value.wrapping_sub(64))
        .collect()
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with_store_of(StoreLimits::default().max_total)
    }

    /// With a store of `max_total` bytes.
    pub(super) fn with_store_of(max_total: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let limits = StoreLimits {
            max_total,
            ..StoreLimits::default()
        };
        let store = FsMatrixStore::open(folder.path(), limits).unwrap();
        let store = Arc::new(store);
        let chain = TestChain::new(ME);
        let solver = Arc::new(HeldSolver {
            kernel: KernelSolver::new(store.clone(), 1).with_store_retry(Duration::ZERO),
            held: AtomicBool::new(false),
            started: AtomicU32::new(0),
            cancelled: AtomicU32::new(0),
        });
        let miner = Self::miner(&chain, &store, &solver);
        Self {
            chain,
            folder,
            store,
            solver,
            miner,
        }
    }

    pub(super) fn miner(
        chain: &TestChain,
        store: &Arc<FsMatrixStore>,
        solver: &Arc<HeldSolver>,
    ) -> Miner {
        let options = MinerOptions::default();
        Miner::with_solver(
            Arc::new(chain.clone()),
            store.clone(),
            solver.clone(),
            options,
        )
    }

    pub(super) fn post(&self) -> TaskId {
        self.post_with(0)
    }

    pub(super) fn post_with(&self, seed: usize) -> TaskId {
        let roots = (put_a(&self.store, seed), put_b(&self.store, seed + 1));
        self.chain.post(&shape(), roots)
    }

    /// The process ends and starts again; its node's pool is gone.
    pub(super) fn restart(&mut self) {
        self.chain.drop_pool();
        self.miner = Self::miner(&self.chain, &self.store, &self.solver);
    }

    /// What the miner does on a block, and on the end of a computation if one is running that isn't held.
    pub(super) async fn see(&mut self) {
        self.miner.step().await.unwrap();
        if self.miner.running.is_some() && !self.solver.held.load(Ordering::SeqCst) {
            self.end_computation().await;
        }
    }

    pub(super) async fn end_computation(&mut self) {
        let result = finished(&mut self.miner.running).await;
        self.miner.computation_ended(result);
        self.miner.step().await.unwrap();
    }

    pub(super) async fn block(&mut self) {
        self.chain.author();
        self.see().await;
    }

    pub(super) async fn blocks_until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) {
        for _ in 0..120 {
            if reached(self) {
                return;
            }
            self.block().await;
        }
        panic!("never {what}; sent {:?}", self.chain.sent());
    }

    /// Until the first claim is sent.
    pub(super) async fn blocks_until_claiming(&mut self) {
        let claiming = |bench: &Self| bench.chain.sent_count("claim_task") == 1;
        self.blocks_until("claiming", claiming).await;
    }

    pub(super) async fn blocks_until_claimed(&mut self, id: TaskId) {
        let claimed = |bench: &Self| matches!(bench.chain.state(id), TaskState::Claimed { .. });
        self.blocks_until("claimed", claimed).await;
    }

    pub(super) async fn blocks_until_paid(&mut self, id: TaskId) {
        self.blocks_until("paid", |bench| bench.is_paid(id)).await;
    }

    pub(super) fn is_paid(&self, id: TaskId) -> bool {
        matches!(self.chain.state(id), TaskState::Finalized { worker, .. } if worker == ME)
    }

    /// What is shown as going wrong.
    pub(super) fn last_error(&self) -> Option<String> {
        Some(self.miner.handle.status().last_error?.text)
    }

    pub(super) fn assert_nothing_failed(&self) {
        assert_eq!(self.chain.failures(), Vec::<String>::new());
        assert_eq!(self.miner.handle.status().lost, 0);
    }

    /// C of the finalised task, from the store.
    pub(super) fn assert_result_is_the_product(&self, id: TaskId, seed: usize) {
        let TaskState::Finalized { root_c, credit, .. } = self.chain.state(id) else {
            panic!("not finalised");
        };
        assert!(credit > 0, "no tickets");
        let (a, bt) = (matrix(seed), matrix(seed + 1));
        let shape = shape();
        let team = Team::of(1);
        let product = kernel::plain_product(&shape, values_of(&a), values_of(&bt), &team).unwrap();
        let tiles: Vec<i32> = self
            .store
            .read_all(&root_c)
            .unwrap()
            .chunks(4)
            .map(|cell| i32::from_le_bytes(cell.try_into().unwrap()))
            .collect();
        assert_eq!(kernel::rows_of_tiles(&shape, &tiles), product);
    }
}
