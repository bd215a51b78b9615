use super::bench::{put_a, put_b, shape, Bench, ROWS, SLABS};
use crate::{Miner, MinerHandle, MinerOptions, MinerState};
use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_tasks::outbox::GRACE;
use bcai_pouw_test_chain::{Retracted, TestChain, CLAIM_DURATION};
use sp_core::crypto::AccountId32;
use std::{
    collections::BTreeSet,
    sync::{atomic::Ordering, Arc},
    time::Duration,
};

const OTHER: AccountId32 = AccountId32::new([4; 32]);

fn claimed_by_another() -> TaskState<AccountId32, u32> {
    TaskState::Claimed {
        worker: OTHER,
        claimed_at: 1,
        expires_at: 900,
        anchor: Some([1; 32]),
        target: bcai_pouw_primitives::U256::MAX,
        tickets: Vec::new(),
    }
}

fn anchor(chain: &TestChain, id: TaskId) -> Option<Hash32> {
    match chain.state(id) {
        TaskState::Claimed { anchor, .. } => anchor,
        _ => None,
    }
}

#[tokio::test]
async fn a_task_goes_from_open_to_paid_and_its_result_is_the_product() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_paid(id).await;
    bench.block().await;
    bench.assert_nothing_failed();
    bench.assert_result_is_the_product(id, 0);
    for call in ["claim_task", "submit_result", "finalize_task"] {
        assert_eq!(bench.chain.sent_count(call), 1, "{call}");
    }
    let status = bench.miner.handle.status();
    assert_eq!(status.completed, 1);
    assert_eq!(status.state, MinerState::Idle);
    assert_eq!(
        status.tickets_found,
        bench.chain.sent_count("submit_ticket") as u64
    );
    assert_eq!(status.last_error, None);
    assert_eq!(status.macs, 32 * 32 * 3 * 1024);
    assert!(status.macs_per_second > 0);
    let TaskState::Finalized { credit, .. } = bench.chain.state(id) else {
        panic!("not finalised");
    };
    // The same time: the rates are as the work is.
    let share = status.credited_macs_per_second as f64 / status.macs_per_second as f64;
    assert!((share / (credit as f64 / status.macs as f64) - 1.0).abs() < 0.01);
    let shown = serde_json::to_value(&status).unwrap();
    assert_eq!(shown["state"], "idle");
    assert_eq!(shown["ticketsFound"], status.tickets_found);
    assert_eq!(
        shown["creditedMacsPerSecond"],
        status.credited_macs_per_second
    );
}

#[tokio::test]
async fn tickets_are_drawn_in_every_slab() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench
        .blocks_until("computed", |bench| !bench.miner.computed.is_empty())
        .await;
    let places = bench.miner.computed[&id].certificates.keys();
    let slabs: BTreeSet<u8> = places.map(|(_, _, slab)| *slab).collect();
    assert_eq!(slabs, (0..SLABS).collect());
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn one_task_after_the_other_is_done() {
    let mut bench = Bench::new();
    let ids = [0, 5, 9].map(|seed| (bench.post_with(seed), seed));
    for (id, seed) in ids {
        bench.blocks_until_paid(id).await;
        bench.assert_result_is_the_product(id, seed);
    }
    bench.assert_nothing_failed();
    assert_eq!(bench.chain.sent_count("claim_task"), 3);
}

#[tokio::test]
async fn a_restart_after_any_block_loses_nothing_and_claims_once() {
    for restart_at in 1..24 {
        let mut bench = Bench::new();
        let id = bench.post();
        for _ in 0..restart_at {
            bench.block().await;
        }
        bench.restart();
        bench.blocks_until_paid(id).await;
        bench.block().await;
        bench.assert_result_is_the_product(id, 0);
        bench.assert_nothing_failed();
    }
}

#[tokio::test]
async fn a_restart_after_every_block_of_the_computation_still_ends_paid() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_claimed(id).await;
    for _ in 0..6 {
        bench.restart();
        bench.block().await;
    }
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    bench.assert_nothing_failed();
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
}

#[tokio::test]
async fn a_claim_that_survives_the_restart_in_another_nodes_pool_is_not_sent_twice() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_claiming().await;
    bench.miner = Bench::miner(&bench.chain, &bench.store, &bench.solver);
    // The node is back before the block with the claim.
    bench.see().await;
    bench.blocks_until_paid(id).await;
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_restart_while_computing_stops_the_old_computation() {
    let mut bench = Bench::new();
    bench.solver.held.store(true, Ordering::SeqCst);
    let id = bench.post();
    bench
        .blocks_until("computing", |bench| bench.miner.running.is_some())
        .await;
    bench.restart();
    let cancelled = || bench.solver.cancelled.load(Ordering::SeqCst);
    while cancelled() == 0 {
        tokio::task::yield_now().await;
    }
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_reorganisation_of_the_claims_block_starts_over_with_the_new_anchor() {
    let mut bench = Bench::new();
    bench.solver.held.store(true, Ordering::SeqCst);
    let id = bench.post();
    bench
        .blocks_until("computing", |bench| bench.miner.running.is_some())
        .await;
    let before = anchor(&bench.chain, id).unwrap();
    bench.chain.reorganise(2, Retracted::BackToPool);
    bench.miner.step().await.unwrap();
    bench.end_computation().await;
    assert_eq!(bench.solver.cancelled.load(Ordering::SeqCst), 1);
    bench
        .blocks_until("computing again", |bench| bench.miner.running.is_some())
        .await;
    let after = anchor(&bench.chain, id).unwrap();
    assert_ne!(before, after);
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.end_computation().await;
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    bench.assert_nothing_failed();
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
}

#[tokio::test]
async fn a_reorganisation_at_any_moment_ends_paid_once() {
    // Up to the block of the post, and to before the delivery.
    for (at, depth) in (6..20).flat_map(|at| [1, 2, 4, 6].map(|depth| (at, depth))) {
        for retracted in [Retracted::BackToPool, Retracted::Dropped] {
            let mut bench = Bench::new();
            for _ in 0..3 {
                bench.chain.author();
            }
            let id = bench.post();
            for _ in 0..at {
                bench.block().await;
            }
            bench.chain.reorganise(depth, retracted);
            bench.see().await;
            bench.blocks_until_paid(id).await;
            bench.assert_result_is_the_product(id, 0);
            // What was sent for the old anchor, or for a task that isn't as it was, is void and costs nothing.
            bench.assert_nothing_failed();
        }
    }
}

#[tokio::test]
async fn a_call_of_a_retracted_block_is_left_to_the_pool_for_a_while() {
    let mut bench = Bench::new();
    bench.solver.held.store(true, Ordering::SeqCst);
    let id = bench.post();
    bench.blocks_until_claimed(id).await;
    for _ in 0..2 * GRACE {
        bench.block().await;
    }
    bench
        .chain
        .reorganise(2 * GRACE as usize + 2, Retracted::Dropped);
    for _ in 0..GRACE {
        bench.miner.step().await.unwrap();
        assert_eq!(bench.chain.sent_count("claim_task"), 1);
        bench.chain.author_empty();
    }
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.blocks_until_paid(id).await;
    assert_eq!(bench.chain.sent_count("claim_task"), 2);
}

#[tokio::test]
async fn a_claim_that_drops_out_of_the_pool_is_sent_again() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_claiming().await;
    for _ in 0..5 {
        bench.chain.author_empty();
        bench.see().await;
    }
    assert_eq!(bench.chain.sent_count("claim_task"), 1);
    assert_eq!(bench.miner.handle.status().state, MinerState::Claiming);
    bench.chain.drop_pool();
    bench.blocks_until_paid(id).await;
    assert_eq!(bench.chain.sent_count("claim_task"), 2);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn everything_that_drops_out_of_the_pool_once_is_sent_again() {
    let mut bench = Bench::new();
    let id = bench.post();
    for block in 0..120 {
        // Only every second block takes anything, and what waits longer than that is gone.
        match block % 3 {
            0 => bench.chain.drop_pool(),
            _ => {
                bench.chain.author();
            }
        }
        bench.see().await;
        if bench.is_paid(id) {
            break;
        }
    }
    assert!(bench.is_paid(id));
    bench.assert_result_is_the_product(id, 0);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_pool_that_refuses_is_asked_again_later_and_the_error_is_shown() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.chain.refuse(Some("inability to pay"));
    for _ in 0..10 {
        bench.block().await;
    }
    let error = bench.last_error().unwrap();
    assert!(
        error.contains("claim_task: the transaction pool refused it: inability to pay"),
        "{error}"
    );
    bench.chain.refuse(None);
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
    assert_eq!(bench.last_error(), None);
}

#[tokio::test]
async fn an_expired_claim_stops_its_computation_and_is_not_claimed_again() {
    let mut bench = Bench::new();
    bench.solver.held.store(true, Ordering::SeqCst);
    let id = bench.post();
    bench.blocks_until_claimed(id).await;
    for _ in 0..CLAIM_DURATION {
        bench.block().await;
    }
    bench.end_computation().await;
    assert_eq!(bench.solver.cancelled.load(Ordering::SeqCst), 1);
    for _ in 0..20 {
        bench.block().await;
    }
    assert_eq!(bench.chain.state(id), TaskState::Open);
    assert_eq!(bench.chain.sent(), ["claim_task"]);
    let status = bench.miner.handle.status();
    assert_eq!(status.lost, 1);
    assert_eq!(
        status.last_error.unwrap().text,
        format!("the bond of task {id} is lost: the claim expired")
    );
}

#[tokio::test]
async fn a_machine_that_was_too_slow_for_a_claim_does_not_try_another_of_the_size() {
    let mut bench = Bench::new();
    bench.chain.set_block_time(1);
    bench.solver.held.store(true, Ordering::SeqCst);
    let slow = bench.post();
    bench.blocks_until_claimed(slow).await;
    bench.block().await;
    let progress = bench.miner.handle.progress.clone();
    progress.all.store(64, Ordering::Relaxed);
    progress.done.store(32, Ordering::Relaxed);
    for _ in 0..CLAIM_DURATION {
        bench.block().await;
    }
    bench.end_computation().await;
    assert_eq!(bench.miner.handle.status().lost, 1);
    bench.post_with(4);
    for _ in 0..20 {
        bench.block().await;
    }
    assert_eq!(bench.chain.sent(), ["claim_task"]);
}

#[tokio::test]
async fn a_task_taken_by_another_is_left_and_the_next_one_is_done() {
    let mut bench = Bench::new();
    let taken = bench.post();
    let next = bench.post_with(4);
    for _ in 0..=GRACE {
        bench.chain.author();
    }
    let state = claimed_by_another();
    bench.chain.change(taken, |task| task.state = state.clone());
    bench.blocks_until_paid(next).await;
    assert_eq!(bench.chain.state(taken), state);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn a_claim_that_another_wins_in_the_same_block_costs_one_failure() {
    let mut bench = Bench::new();
    let taken = bench.post();
    bench.blocks_until_claiming().await;
    // Theirs is in the block first.
    bench
        .chain
        .change(taken, |task| task.state = claimed_by_another());
    let next = bench.post_with(4);
    bench.blocks_until_paid(next).await;
    assert_eq!(bench.chain.failures().len(), 1);
    assert_eq!(bench.chain.sent_count("claim_task"), 2);
}

#[tokio::test]
async fn a_task_whose_matrices_come_later_is_claimed_then() {
    let mut bench = Bench::new();
    let elsewhere = Bench::new();
    elsewhere.post();
    let roots = (put_a(&elsewhere.store, 0), put_b(&elsewhere.store, 1));
    let id = bench.chain.post(&shape(), roots);
    for _ in 0..10 {
        bench.block().await;
    }
    assert!(bench.chain.sent().is_empty());
    assert_eq!(bench.miner.handle.status().state, MinerState::Idle);
    bench.post();
    bench.blocks_until_paid(id).await;
}

#[tokio::test]
async fn a_task_of_another_size_than_its_matrices_is_not_claimed() {
    let mut bench = Bench::new();
    let taller = bench.post();
    bench.chain.change(taller, |task| task.m = ROWS + 8);
    let wider = bench.post();
    bench.chain.change(wider, |task| task.slabs = SLABS + 1);
    for _ in 0..10 {
        bench.block().await;
    }
    assert!(bench.chain.sent().is_empty());
}

#[tokio::test]
async fn no_bond_is_put_on_matrices_that_are_damaged() {
    let mut bench = Bench::new();
    bench.post();
    for file in std::fs::read_dir(bench.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    for _ in 0..10 {
        bench.block().await;
    }
    assert!(bench.chain.sent().is_empty());
    let error = bench.last_error().unwrap();
    assert!(error.contains("is corrupt"), "{error}");
}

#[tokio::test]
async fn a_result_that_vanished_from_the_store_is_computed_again_before_it_is_committed_to() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench
        .blocks_until("computed", |bench| !bench.miner.computed.is_empty())
        .await;
    let root_c = bench.miner.computed[&id].root_c;
    assert!(bench.store.remove(&root_c).unwrap());
    bench.blocks_until_paid(id).await;
    bench.assert_result_is_the_product(id, 0);
    assert_eq!(bench.solver.started.load(Ordering::SeqCst), 2);
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn the_status_follows_the_work() {
    let mut bench = Bench::new();
    bench.solver.held.store(true, Ordering::SeqCst);
    let state = |bench: &Bench| bench.miner.handle.status().state;
    assert_eq!(state(&bench), MinerState::Starting);
    bench.block().await;
    assert_eq!(state(&bench), MinerState::Idle);
    let id = bench.post();
    let reach = |wanted| move |bench: &Bench| bench.miner.handle.status().state == wanted;
    bench
        .blocks_until("claiming", reach(MinerState::Claiming))
        .await;
    bench
        .blocks_until("mining", reach(MinerState::Mining))
        .await;
    assert_eq!(bench.miner.handle.status().task, Some(id));
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.end_computation().await;
    assert_eq!(state(&bench), MinerState::Submitting);
    bench
        .blocks_until("waiting", reach(MinerState::Waiting))
        .await;
    assert_eq!(bench.miner.handle.status().delivered, 1);
    bench.blocks_until("idle", reach(MinerState::Idle)).await;
    assert!(bench.is_paid(id));
}

/// The loop itself: blocks come while the miner works, and it ends with the stream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_miner_needs_nothing_but_blocks() {
    let bench = Bench::new();
    let id = bench.post();
    let chain = bench.chain.clone();
    let miner = Miner::new(
        Arc::new(chain.clone()),
        bench.store.clone(),
        MinerOptions::default(),
    );
    let handle: MinerHandle = miner.handle();
    let running = tokio::spawn(miner.run());
    let all = async {
        while !chain.has_listener() {
            tokio::task::yield_now().await;
        }
        while !matches!(chain.state(id), TaskState::Finalized { .. }) {
            let block = chain.author();
            while handle.status().block < block.number
                || handle.status().state == MinerState::Mining
            {
                tokio::task::yield_now().await;
            }
        }
        chain.author();
        chain.shut_down();
        running.await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .unwrap();
    bench.assert_result_is_the_product(id, 0);
    assert_eq!(chain.failures(), Vec::<String>::new());
}
