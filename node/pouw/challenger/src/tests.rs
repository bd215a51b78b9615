use super::{Challenger, ChallengerHandle, ChallengerOptions, Checked, MAX_CHECKED};
use bcai_matrices::{BlobInfo, FsMatrixStore, MatrixStore, StoreLimits};
use bcai_pouw_kernel::{self as kernel, values_of, Team};
use bcai_pouw_primitives::{Hash32, ParamSet, Shape, TaskId, TaskState};
use bcai_pouw_tasks::outbox::GRACE;
use bcai_pouw_test_chain::{Retracted, TestChain, CHALLENGE_WINDOW, FEE};
use sp_core::crypto::AccountId32;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

const ME: AccountId32 = AccountId32::new([3; 32]);
const WORKER: AccountId32 = AccountId32::new([4; 32]);
const SET: ParamSet = ParamSet::Set0;
const SHAPE: (u32, u32) = (40, 24);
const SLABS: u8 = 3;
const TILES: usize = 15;

struct Bench {
    chain: TestChain,
    store: Arc<FsMatrixStore>,
    challenger: Challenger,
    _folder: TempDir,
}

fn shape() -> Shape {
    Shape::new(SET, SHAPE.0, SHAPE.1, SLABS).unwrap()
}

fn matrix(rows: u32, seed: usize) -> Vec<u8> {
    (0..rows as usize * shape().inner())
        .map(|at| ((at * 37 + at / 777 + seed * 13) % 129) as u8)
        .map(|value| value.wrapping_sub(64))
        .collect()
}

/// C in tile order, with `change` made to it.
fn product(change: impl FnOnce(&mut Vec<i32>)) -> Vec<u8> {
    let (a, bt) = (matrix(SHAPE.0, 0), matrix(SHAPE.1, 1));
    let shape = shape();
    let (a, bt) = (values_of(&a), values_of(&bt));
    let mut tiles = Vec::new();
    for i in 0..shape.strips_a() {
        for j in 0..shape.strips_b() {
            tiles.extend(kernel::recompute_tile(&shape, a, bt, i, j).unwrap());
        }
    }
    let plain = kernel::plain_product(&shape, a, bt, &Team::of(1)).unwrap();
    assert_eq!(kernel::rows_of_tiles(&shape, &tiles), plain);
    change(&mut tiles);
    tiles.iter().flat_map(|cell| cell.to_le_bytes()).collect()
}

impl Bench {
    fn new(sample: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = FsMatrixStore::open(folder.path(), StoreLimits::default()).unwrap();
        let store = Arc::new(store);
        let chain = TestChain::new(WORKER).of(ME);
        let options = ChallengerOptions { sample };
        let challenger = Challenger::new(Arc::new(chain.clone()), store.clone(), options);
        Self {
            chain,
            store,
            challenger,
            _folder: folder,
        }
    }

    /// A task that `worker` delivered in the best block.
    fn delivered(&self, worker: AccountId32, root_c: Hash32) -> TaskId {
        let put = |blob: BlobInfo, rows, seed| {
            let root = self.store.put(blob.kind, &matrix(rows, seed));
            root.unwrap()
        };
        let root_a = put(BlobInfo::of_a(&shape()), SHAPE.0, 0);
        let root_b = put(BlobInfo::of_b(&shape()), SHAPE.1, 1);
        let id = self.chain.post(&shape(), (root_a, root_b));
        let challenge_until = self.now() + CHALLENGE_WINDOW;
        self.chain.change(id, |task| {
            task.state = TaskState::Delivered {
                worker,
                root_c,
                challenge_until,
                tickets: 0,
            }
        });
        id
    }

    fn put(&self, c: &[u8]) -> Hash32 {
        self.store.put(BlobInfo::of_c(&shape()).kind, c).unwrap()
    }

    fn now(&self) -> u32 {
        use bcai_pouw_tasks::chain::TaskChain;
        self.chain.best().number
    }

    async fn see(&mut self) {
        self.challenger.step().await.unwrap();
    }

    async fn block(&mut self) {
        self.chain.author();
        self.see().await;
    }

    fn handle(&self) -> ChallengerHandle {
        self.challenger.handle()
    }
}

#[tokio::test]
async fn a_right_result_is_looked_at_once_and_left_alone() {
    let mut bench = Bench::new(TILES);
    let root_c = bench.put(&product(|_| ()));
    bench.delivered(WORKER, root_c);
    for _ in 0..4 {
        bench.block().await;
    }
    let status = bench.handle().status();
    assert_eq!((status.right, status.wrong), (1, 0));
    assert_eq!(status.tiles, TILES as u64);
    assert!(bench.chain.sent().is_empty());
}

#[tokio::test]
async fn a_result_that_differs_in_one_cell_is_challenged() {
    for cell in [0, 64 * TILES - 1, 64 * 7 + 13] {
        let mut bench = Bench::new(TILES);
        let root_c = bench.put(&product(|tiles| tiles[cell] ^= 1));
        let id = bench.delivered(WORKER, root_c);
        bench.see().await;
        assert_eq!(bench.chain.sent(), ["challenge_result"]);
        bench.block().await;
        assert_eq!(bench.chain.state(id), TaskState::Open);
        bench.block().await;
        assert_eq!(bench.chain.sent(), ["challenge_result"]);
        assert_eq!(bench.chain.failures(), Vec::<String>::new());
        let status = bench.handle().status();
        assert_eq!((status.right, status.wrong), (0, 1));
        assert_eq!(status.challenges_submitted, 1);
    }
}

#[tokio::test]
async fn a_challenge_of_a_retracted_block_is_left_to_the_pool_for_a_while() {
    let mut bench = Bench::new(TILES);
    let root_c = bench.put(&product(|tiles| tiles[0] ^= 1));
    let id = bench.delivered(WORKER, root_c);
    bench.chain.change(id, |task| {
        if let TaskState::Delivered {
            challenge_until, ..
        } = &mut task.state
        {
            *challenge_until = 100;
        }
    });
    bench.see().await;
    for _ in 0..2 * GRACE {
        bench.block().await;
    }
    bench
        .chain
        .reorganise(2 * GRACE as usize, Retracted::Dropped);
    for _ in 0..GRACE {
        bench.see().await;
        assert_eq!(bench.chain.sent(), ["challenge_result"]);
        bench.chain.author_empty();
    }
    bench.see().await;
    bench.block().await;
    assert_eq!(bench.chain.state(id), TaskState::Open);
    assert_eq!(bench.chain.sent_count("challenge_result"), 2);
}

#[tokio::test]
async fn a_result_that_is_wrong_everywhere_is_found_by_one_tile() {
    let mut bench = Bench::new(1);
    let root_c = bench.put(&product(|tiles| tiles.fill(0)));
    let id = bench.delivered(WORKER, root_c);
    bench.see().await;
    bench.block().await;
    assert_eq!(bench.chain.state(id), TaskState::Open);
}

#[tokio::test]
async fn a_sample_does_not_recompute_more_than_it_was_told() {
    let mut bench = Bench::new(3);
    let root_c = bench.put(&product(|_| ()));
    bench.delivered(WORKER, root_c);
    bench.see().await;
    assert_eq!(bench.handle().status().tiles, 3);
}

#[tokio::test]
async fn the_own_results_are_not_looked_at() {
    let mut bench = Bench::new(TILES);
    let root_c = bench.put(&product(|tiles| tiles[0] += 1));
    bench.delivered(ME, root_c);
    bench.block().await;
    assert!(bench.chain.sent().is_empty());
    assert_eq!(bench.handle().status().wrong, 0);
}

#[tokio::test]
async fn a_result_that_comes_into_the_store_later_is_looked_at_then() {
    let elsewhere = Bench::new(TILES);
    let c = product(|tiles| tiles[100] -= 5);
    let root_c = elsewhere.put(&c);
    let mut bench = Bench::new(TILES);
    let id = bench.delivered(WORKER, root_c);
    bench.block().await;
    assert_eq!(bench.handle().status().unavailable, 1);
    bench.put(&c);
    bench.block().await;
    assert_eq!(bench.handle().status().unavailable, 0);
    bench.block().await;
    assert_eq!(bench.chain.state(id), TaskState::Open);
}

#[tokio::test]
async fn a_challenge_is_sent_up_to_the_last_block_of_the_window_and_not_after() {
    for (late_by, sent) in [(1, 1), (0, 0)] {
        let mut bench = Bench::new(TILES);
        let root_c = bench.put(&product(|tiles| tiles[0] += 1));
        let id = bench.delivered(WORKER, root_c);
        for _ in 0..CHALLENGE_WINDOW - late_by {
            bench.chain.author();
        }
        bench.see().await;
        bench.block().await;
        assert_eq!(bench.chain.sent_count("challenge_result"), sent);
        assert_eq!(bench.chain.state(id) == TaskState::Open, sent == 1);
        assert_eq!(bench.chain.failures(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_challenge_that_was_dropped_is_sent_again_with_the_same_proof() {
    let mut bench = Bench::new(1);
    // One wrong tile of many: a second sample would hardly find it again.
    let root_c = bench.put(&product(|tiles| tiles[0] += 1));
    let id = bench.delivered(WORKER, root_c);
    bench.chain.change(id, |task| {
        if let TaskState::Delivered {
            challenge_until, ..
        } = &mut task.state
        {
            *challenge_until = 500;
        }
    });
    bench.challenger.options.sample = TILES;
    bench.see().await;
    bench.challenger.options.sample = 1;
    bench.chain.drop_pool();
    for _ in 0..8 {
        bench.block().await;
    }
    assert_eq!(bench.chain.state(id), TaskState::Open);
    assert_eq!(bench.chain.sent_count("challenge_result"), 2);
    assert_eq!(bench.handle().status().wrong, 1);
}

#[tokio::test]
async fn a_challenge_that_a_reorganisation_took_back_is_not_sent_twice() {
    let mut bench = Bench::new(TILES);
    bench.chain.author();
    let root_c = bench.put(&product(|tiles| tiles[0] += 1));
    let id = bench.delivered(WORKER, root_c);
    bench.see().await;
    bench.block().await;
    bench.chain.reorganise(1, Retracted::BackToPool);
    bench.see().await;
    bench.block().await;
    assert_eq!(bench.chain.state(id), TaskState::Open);
    assert_eq!(bench.chain.sent_count("challenge_result"), 1);
    assert_eq!(bench.chain.failures(), Vec::<String>::new());
}

#[tokio::test]
async fn more_results_than_fit_one_block_are_all_looked_at_the_most_urgent_first() {
    let mut bench = Bench::new(1);
    let root_c = bench.put(&product(|_| ()));
    let ids: Vec<TaskId> = (0..6).map(|_| bench.delivered(WORKER, root_c)).collect();
    bench.chain.change(ids[5], |task| {
        if let TaskState::Delivered {
            challenge_until, ..
        } = &mut task.state
        {
            *challenge_until -= 1;
        }
    });
    bench.see().await;
    assert_eq!(bench.handle().status().right, 4);
    assert!(bench.challenger.checked.contains(&(ids[5], root_c)));
    bench.see().await;
    assert_eq!(bench.handle().status().right, 6);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut checked = Checked::default();
    for id in 0..MAX_CHECKED as u64 + 10 {
        checked.insert((id, [0; 32]));
        checked.insert((id, [0; 32]));
    }
    assert_eq!(checked.known.len(), MAX_CHECKED);
    assert_eq!(checked.order.len(), MAX_CHECKED);
    assert!(!checked.contains(&(9, [0; 32])));
    assert!(checked.contains(&(10, [0; 32])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_challenger_needs_nothing_but_blocks() {
    let Bench {
        chain,
        challenger,
        store,
        _folder,
    } = {
        let bench = Bench::new(TILES);
        let root_c = bench.put(&product(|tiles| tiles[3] += 1));
        bench.delivered(WORKER, root_c);
        bench
    };
    let handle = challenger.handle();
    let running = tokio::spawn(challenger.run());
    let all = async {
        while !chain.has_listener() {
            tokio::task::yield_now().await;
        }
        while chain.state(0) != TaskState::Open {
            let block = chain.author();
            while handle.status().block < block.number {
                tokio::task::yield_now().await;
            }
        }
        chain.shut_down();
        running.await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .unwrap();
    drop(store);
    assert_eq!(chain.failures(), Vec::<String>::new());
}

#[tokio::test]
async fn a_result_that_can_not_be_checked_is_told_once_with_the_matrix_that_is_missing() {
    let elsewhere = Bench::new(TILES);
    let c = product(|_| ());
    let root_c = elsewhere.put(&c);
    let mut bench = Bench::new(TILES);
    let id = bench.delivered(WORKER, root_c);
    bench.block().await;
    let error = bench.handle().status().last_error.unwrap();
    let said = format!("the result of task {id} can't be checked: its C is not on this node");
    assert!(error.text.starts_with(&said), "{}", error.text);
    bench.block().await;
    assert_eq!(bench.handle().status().last_error, Some(error));
    bench.put(&c);
    bench.block().await;
    assert_eq!(bench.handle().status().last_error, None);
}

#[tokio::test]
async fn a_challenge_that_fails_is_counted_with_its_fee_and_over_with_the_result() {
    let mut bench = Bench::new(TILES);
    let root_c = bench.put(&product(|tiles| tiles[0] ^= 1));
    bench.delivered(WORKER, root_c);
    let mut first = Bench {
        chain: bench.chain.of(AccountId32::new([5; 32])),
        ..Bench::new(TILES)
    };
    first.challenger = Challenger::new(
        Arc::new(first.chain.clone()),
        bench.store.clone(),
        bench.challenger.options,
    );
    first.see().await;
    bench.see().await;
    bench.block().await;
    let costs = bench.handle().status().costs;
    assert_eq!((costs.failed_calls, costs.fees_paid), (1, FEE));
    assert_eq!(
        bench.chain.failures(),
        ["challenge_result: TaskNotDelivered"]
    );
    bench.block().await;
    assert_eq!(bench.handle().status().last_error, None);
    let shown = serde_json::to_value(bench.handle().status()).unwrap();
    assert_eq!(shown["feesPaid"], FEE.to_string());
    first.see().await;
    assert_eq!(first.handle().status().costs.fees_paid, 0);
}

#[tokio::test]
async fn a_challenge_of_a_result_that_a_fork_does_not_have_costs_nothing() {
    let mut bench = Bench::new(TILES);
    bench.chain.author();
    let root_c = bench.put(&product(|tiles| tiles[0] ^= 1));
    // Delivered in the block that goes.
    bench.delivered(WORKER, root_c);
    bench.see().await;
    bench.block().await;
    assert_eq!(bench.chain.sent_count("challenge_result"), 1);
    bench.chain.reorganise(2, Retracted::BackToPool);
    for _ in 0..3 {
        bench.block().await;
    }
    assert_eq!(bench.chain.failures(), Vec::<String>::new());
    assert_eq!(bench.handle().status().costs.failed_calls, 0);
}
