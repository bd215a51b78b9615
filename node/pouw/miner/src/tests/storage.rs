//! The store fills up, fails, or is slow to read.

use super::bench::{put_a, Bench, ROWS, SET, SLABS};
use bcai_matrices::{BlobKind, MatrixStore};
use bcai_pouw_primitives::TaskState;
use sp_core::crypto::AccountId32;
use std::{sync::atomic::Ordering, time::Duration};

/// Bytes of A or of Bt, and of C.
const INPUT: u64 = ROWS as u64 * SLABS as u64 * 1024;
const LEN_C: u64 = ROWS as u64 * ROWS as u64 * 4;

fn result(cell: u8, len: u64) -> Vec<u8> {
    vec![cell; len as usize]
}

/// The store drops every open upload.
fn drop_uploads(bench: &Bench) {
    for file in std::fs::read_dir(bench.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|part| part == "part") {
            let id = path.file_stem().unwrap().to_str().unwrap();
            bench.store.abort(id.parse().unwrap()).unwrap();
        }
    }
}

async fn until_computing(bench: &mut Bench) {
    bench.solver.held.store(true, Ordering::SeqCst);
    bench
        .blocks_until("computing", |bench| bench.miner.running.is_some())
        .await;
}

/// Until a result is computed that the store doesn't take.
async fn until_waiting_for_the_store(bench: &mut Bench) {
    let waits = |bench: &Bench| {
        bench
            .last_error()
            .is_some_and(|error| error.contains("its result waits to be stored"))
    };
    for _ in 0..60_000 {
        if waits(bench) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        bench.miner.step().await.unwrap();
    }
    panic!("the result never waits");
}

#[tokio::test]
async fn no_more_results_are_promised_than_the_store_has_room_for() {
    // Of the second task, Bt is new.
    let mut bench = Bench::with_store_of(3 * INPUT + LEN_C);
    bench.miner.options.max_claims = 2;
    bench.post();
    bench.post_with(1);
    until_computing(&mut bench).await;
    for _ in 0..10 {
        bench.block().await;
    }
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.end_computation().await;
    bench
        .blocks_until("paid", |bench| bench.is_paid(0) || bench.is_paid(1))
        .await;
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn two_results_with_room_for_both_are_delivered() {
    let mut bench = Bench::with_store_of(3 * INPUT + 2 * LEN_C);
    bench.miner.options.max_claims = 2;
    let ids = [bench.post(), bench.post_with(1)];
    for id in ids {
        bench.blocks_until_paid(id).await;
    }
    bench.assert_nothing_failed();
    assert_eq!(bench.store.usage().reserved_bytes, 0);
}

#[tokio::test]
async fn room_for_a_claim_can_not_be_taken_by_others() {
    let mut bench = Bench::with_store_of(2 * INPUT + LEN_C);
    let id = bench.post();
    bench.blocks_until_claiming().await;
    let other = BlobKind::TilesC(SET);
    assert!(bench.store.put(other, &result(1, LEN_C)).is_err());
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_claim_that_another_wins_gives_its_room_back() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_claiming().await;
    assert_eq!(bench.store.usage().reserved_bytes, LEN_C);
    bench.chain.change(id, |task| {
        task.state = TaskState::Claimed {
            worker: AccountId32::new([4; 32]),
            claimed_at: 1,
            expires_at: 900,
            anchor: Some([1; 32]),
            target: Default::default(),
            tickets: Vec::new(),
        }
    });
    for _ in 0..10 {
        bench.block().await;
    }
    assert_eq!(bench.chain.failures(), ["claim_task: TaskAlreadyClaimed"]);
    assert_eq!(bench.store.usage().reserved_bytes, 0);
}

#[tokio::test]
async fn a_restart_takes_the_room_for_its_claims_again() {
    let mut bench = Bench::new();
    let id = bench.post();
    until_computing(&mut bench).await;
    bench.restart();
    while bench.store.usage().reserved_bytes > 0 {
        tokio::task::yield_now().await;
    }
    bench.miner.step().await.unwrap();
    assert_eq!(bench.store.usage().reserved_bytes, LEN_C);
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn room_that_the_store_dropped_while_computing_is_taken_again() {
    let mut bench = Bench::new();
    bench.post();
    until_computing(&mut bench).await;
    drop_uploads(&bench);
    assert_eq!(bench.store.usage().reserved_bytes, 0);
    bench.block().await;
    assert_eq!(bench.store.usage().reserved_bytes, LEN_C);
}

#[tokio::test]
async fn a_result_that_is_stored_already_needs_no_second_room_after_a_restart() {
    let mut bench = Bench::with_store_of(2 * INPUT + LEN_C);
    let id = bench.post();
    until_computing(&mut bench).await;
    bench.solver.held.store(false, Ordering::SeqCst);
    // C is in the store, and nothing of it on the chain.
    bench.end_computation().await;
    assert!(!bench.store.has_room(1));
    bench.restart();
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_claim_without_room_is_computed_and_its_result_waits_for_some() {
    let mut bench = Bench::with_store_of(2 * INPUT + LEN_C);
    let id = bench.post();
    until_computing(&mut bench).await;
    bench.restart();
    while bench.store.usage().reserved_bytes > 0 {
        tokio::task::yield_now().await;
    }
    let kind = BlobKind::TilesC(SET);
    let other = bench.store.put(kind, &result(1, LEN_C)).unwrap();
    bench.miner.step().await.unwrap();
    assert!(bench.miner.running.is_some());
    let error = bench.last_error().unwrap();
    assert!(error.contains("no room for its result"), "{error}");
    bench.solver.held.store(false, Ordering::SeqCst);
    until_waiting_for_the_store(&mut bench).await;
    bench.store.remove(&other).unwrap();
    bench.end_computation().await;
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_result_that_can_not_be_stored_is_kept_until_it_can() {
    let mut bench = Bench::with_store_of(2 * INPUT + LEN_C);
    let id = bench.post();
    until_computing(&mut bench).await;
    drop_uploads(&bench);
    let kind = BlobKind::TilesC(SET);
    let other = bench.store.put(kind, &result(1, LEN_C)).unwrap();
    bench.solver.held.store(false, Ordering::SeqCst);
    until_waiting_for_the_store(&mut bench).await;
    assert!(bench.miner.running.is_some());
    bench.store.remove(&other).unwrap();
    bench.end_computation().await;
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    assert_eq!(bench.solver.started.load(Ordering::SeqCst), 1);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_result_that_can_not_be_stored_is_given_up_with_its_claim() {
    let mut bench = Bench::with_store_of(2 * INPUT + LEN_C);
    let id = bench.post();
    until_computing(&mut bench).await;
    drop_uploads(&bench);
    let kind = BlobKind::TilesC(SET);
    bench.store.put(kind, &result(1, LEN_C)).unwrap();
    bench.chain.change(id, |task| task.state = TaskState::Open);
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.miner.step().await.unwrap();
    bench.end_computation().await;
    assert!(bench.miner.running.is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn the_status_shows_no_path_of_this_machine() {
    let mut bench = Bench::new();
    bench.post();
    let root_a = put_a(&bench.store, 0);
    let path = bench
        .folder
        .path()
        .join(format!("{}.blob", hex::encode(root_a)));
    std::fs::remove_file(&path).unwrap();
    // A link to itself can't be opened.
    std::os::unix::fs::symlink(&path, &path).unwrap();
    for _ in 0..10 {
        bench.block().await;
    }
    assert!(bench.chain.sent().is_empty());
    let error = bench.last_error().unwrap();
    assert!(error.contains("the store of matrices failed"), "{error}");
    assert!(!error.contains('/'), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_chain_is_read_at_low_priority() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_paid(id).await;
    let read = bench.chain.take_read();
    assert!(!read.is_empty());
    assert!(read.iter().all(|(_, _, low)| *low));
}
