//! What goes wrong is told once, costs as little as it can, and is over when it is over.

use super::bench::{put_a, put_b, shape, Bench, ME};
use crate::MinerState;
use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_test_chain::{Retracted, BOUNTY, EXISTENTIAL_DEPOSIT, FEE};
use sp_core::crypto::Ss58Codec;
use std::sync::atomic::Ordering;

/// As the runtime of the test chain has it.
const BOND: u128 = BOUNTY / 10;

/// What a claim takes, beside what its account has to keep.
const NEED: u128 = BOND + FEE;

async fn until_mining(bench: &mut Bench) {
    bench.solver.held.store(true, Ordering::SeqCst);
    bench
        .blocks_until("mining", |bench| bench.miner.running.is_some())
        .await;
}

fn remove_inputs(bench: &Bench) {
    for root in [put_a(&bench.store, 0), put_b(&bench.store, 1)] {
        assert!(bench.store.remove(&root).unwrap());
    }
}

#[tokio::test]
async fn a_poor_account_sends_nothing_is_told_once_and_goes_on_when_funds_come() {
    let mut bench = Bench::new();
    bench.chain.set_balance(EXISTENTIAL_DEPOSIT + NEED - 1);
    let id = bench.post();
    for _ in 0..10 {
        bench.block().await;
    }
    assert!(bench.chain.sent().is_empty());
    let error = bench.miner.handle.status().last_error.unwrap();
    for part in [
        ME.to_ss58check(),
        "has 0.000000000102 BCAI".into(),
        "needs 0.000000000103 BCAI".into(),
    ] {
        assert!(error.text.contains(&part), "{}", error.text);
    }
    let since = error.block;
    bench.block().await;
    assert_eq!(bench.miner.handle.status().last_error.unwrap().block, since);
    bench.chain.set_balance(EXISTENTIAL_DEPOSIT + NEED);
    bench.blocks_until_claiming().await;
    assert_eq!(bench.last_error(), None);
    // For the result and the settlement: this chain has no calls that are free for the poor.
    bench
        .chain
        .set_balance(EXISTENTIAL_DEPOSIT + NEED + 2 * FEE);
    bench.blocks_until_paid(id).await;
    bench.assert_nothing_failed();
}

#[tokio::test]
async fn every_call_that_fails_is_counted_with_its_fee_and_told_with_its_block() {
    let mut bench = Bench::new();
    let id = bench.post();
    bench.blocks_until_claiming().await;
    // After the look, so that the claim fails in its block.
    bench.chain.set_balance(EXISTENTIAL_DEPOSIT + FEE);
    let block = bench.chain.author().number;
    bench.see().await;
    let status = bench.miner.handle.status();
    assert_eq!(
        (status.costs.failed_calls, status.costs.fees_paid),
        (1, FEE)
    );
    let shown = serde_json::to_value(&status).unwrap();
    assert_eq!(
        (&shown["failedCalls"], &shown["feesPaid"]),
        (&1.into(), &"3".into())
    );
    // Later trouble: there is too little for the next try.
    bench.chain.set_balance(1_000_000);
    bench.see().await;
    let error = bench.miner.handle.status().last_error.unwrap();
    assert_eq!(error.block, block);
    let said =
        format!("claim_task of task {id} failed in block {block}: CannotHoldBond; its fee was");
    assert!(error.text.starts_with(&said), "{}", error.text);
    bench.blocks_until_paid(id).await;
    let status = bench.miner.handle.status();
    assert_eq!(status.last_error, None);
    assert_eq!(status.costs.failed_calls, 1);
    // Claimed twice, delivered once; tickets and the settlement cost nothing.
    assert_eq!(status.costs.fees_paid, 3 * FEE);
}

/// Tickets and result of a claim whose block a reorganisation takes, while they wait in the pool or are in a block.
#[tokio::test]
async fn what_was_sent_for_a_claim_of_a_fork_costs_nothing() {
    for blocks in 0..3 {
        let mut bench = Bench::new();
        for _ in 0..3 {
            bench.chain.author();
        }
        let id = bench.post();
        let tickets = |bench: &Bench| bench.chain.sent_count("submit_ticket") > 0;
        bench.blocks_until("sending tickets", tickets).await;
        for _ in 0..blocks {
            bench.block().await;
        }
        let paid = bench.miner.handle.status().costs.fees_paid;
        assert!(paid <= 2 * FEE);
        // The claim's block and all after it: the claim comes back, with another anchor.
        bench.chain.reorganise(2 + blocks, Retracted::BackToPool);
        bench.see().await;
        bench.blocks_until_paid(id).await;
        bench.assert_nothing_failed();
        let costs = bench.miner.handle.status().costs;
        assert_eq!((costs.failed_calls, costs.fees_paid), (0, 2 * FEE));
    }
}

#[tokio::test]
async fn a_second_miner_of_the_same_account_is_noticed() {
    let mut bench = Bench::new();
    let mut twin = Bench::miner(&bench.chain, &bench.store, &bench.solver);
    let id = bench.post();
    // Both send a claim of it before any block.
    bench.blocks_until_claiming().await;
    while bench.chain.sent_count("claim_task") < 2 {
        twin.step().await.unwrap();
        bench.chain.author_empty();
    }
    bench.solver.held.store(true, Ordering::SeqCst);
    bench.block().await;
    twin.step().await.unwrap();
    // The first one in the block is not foreign to its own sender.
    assert_eq!(bench.miner.handle.status().foreign_claims, 0);
    assert_eq!(twin.handle().status().foreign_claims, 1);
    let TaskState::Claimed { worker, .. } = bench.chain.state(id) else {
        panic!("not claimed");
    };
    assert_eq!(worker, ME);
    for _ in 0..5 {
        bench.block().await;
        twin.step().await.unwrap();
    }
    assert_eq!(twin.handle().status().foreign_claims, 1);
}

#[tokio::test]
async fn a_claim_that_nobody_here_sent_is_foreign_unless_an_earlier_start_may_have_sent_it() {
    for (blocks, foreign) in [(10, 0), (70, 1)] {
        let mut bench = Bench::new();
        bench.miner.options.sets.clear();
        for _ in 0..blocks {
            bench.block().await;
        }
        let id = bench.post();
        let now = blocks;
        bench.chain.change(id, |task| {
            task.state = TaskState::Claimed {
                worker: ME,
                claimed_at: now,
                expires_at: now + 40,
                anchor: None,
                target: Default::default(),
                tickets: Vec::new(),
            }
        });
        bench.see().await;
        assert_eq!(bench.miner.handle.status().foreign_claims, foreign);
    }
}

#[tokio::test]
async fn tasks_whose_matrices_are_elsewhere_are_counted() {
    let mut bench = Bench::new();
    let missing = |bench: &Bench| bench.miner.handle.status().missing_matrices;
    bench.block().await;
    assert_eq!(missing(&bench), 0);
    for byte in 1..3 {
        bench.chain.post(&shape(), ([byte; 32], [7; 32]));
    }
    bench.block().await;
    assert_eq!(missing(&bench), 2);
    let id: TaskId = 0;
    bench.chain.change(id, |task| {
        task.state = TaskState::Finalized {
            worker: ME,
            root_c: [0; 32],
            finalized_at: 1,
            credit: 0,
        }
    });
    bench.block().await;
    assert_eq!(missing(&bench), 1);
    let shown = serde_json::to_value(bench.miner.handle.status()).unwrap();
    assert_eq!(shown["missingMatrices"], 1);
}

#[tokio::test]
async fn a_claim_whose_matrix_is_gone_is_stalled_until_it_comes_back() {
    let mut bench = Bench::new();
    let id = bench.post();
    until_mining(&mut bench).await;
    let TaskState::Claimed { expires_at, .. } = bench.chain.state(id) else {
        panic!("not claimed");
    };
    bench.restart();
    remove_inputs(&bench);
    bench.solver.held.store(false, Ordering::SeqCst);
    bench.block().await;
    bench.see().await;
    let status = bench.miner.handle.status();
    assert_eq!((status.state, status.task), (MinerState::Stalled, Some(id)));
    let error = status.last_error.unwrap().text;
    let said = format!(
        "task {id} can't be computed, and its bond is lost after block {expires_at}: its A, 0x"
    );
    assert!(error.starts_with(&said), "{error}");
    assert!(error.contains("is not on this node"), "{error}");
    put_a(&bench.store, 0);
    put_b(&bench.store, 1);
    bench.blocks_until_paid(id).await;
    assert_eq!(bench.last_error(), None);
    bench.assert_nothing_failed();
}
