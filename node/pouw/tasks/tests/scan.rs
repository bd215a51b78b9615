//! Which tasks are read at a block.

use bcai_pouw_primitives::{ParamSet, Shape, TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::TaskChain,
    scan::{Scanner, SETTLED_EVERY},
};
use bcai_pouw_test_chain::{Retracted, TestChain};
use sp_core::crypto::AccountId32;

fn post(chain: &TestChain, set: ParamSet) -> TaskId {
    let shape = Shape::new(set, 8, 8, 1).unwrap();
    chain.post(&shape, ([0; 32], [0; 32]))
}

fn chain_of(tasks: u64) -> TestChain {
    let chain = TestChain::new(AccountId32::new([3; 32]));
    for _ in 0..tasks {
        post(&chain, ParamSet::Set0);
    }
    chain.author();
    chain
}

fn settle(chain: &TestChain, ids: impl IntoIterator<Item = TaskId>) {
    for id in ids {
        chain.change(id, |task| {
            task.state = TaskState::Finalized {
                worker: AccountId32::new([1; 32]),
                root_c: [0; 32],
                finalized_at: 0,
                credit: 0,
            }
        });
    }
}

fn ids(scanner: &mut Scanner, chain: &TestChain) -> Vec<TaskId> {
    let (best, tasks) = scanner.read(chain).unwrap();
    assert_eq!(best, chain.best());
    tasks.iter().map(|task| task.id).collect()
}

#[test]
fn all_pages_are_read() {
    for count in [0, 1, 255, 256, 257, 600] {
        let all: Vec<_> = (0..count).collect();
        assert_eq!(ids(&mut Scanner::default(), &chain_of(count)), all);
    }
}

#[test]
fn what_is_settled_in_a_finalised_block_is_not_read_again() {
    let chain = chain_of(600);
    settle(&chain, 0..550);
    // Finalised, but not in a finalised block.
    assert_eq!(ids(&mut Scanner::default(), &chain).len(), 600);
    chain.finalize();
    let rest: Vec<_> = (550..600).collect();
    assert_eq!(ids(&mut Scanner::default(), &chain), rest);
    settle(&chain, 0..600);
    assert!(ids(&mut Scanner::default(), &chain).is_empty());
    post(&chain, ParamSet::Set0);
    assert_eq!(ids(&mut Scanner::default(), &chain), [600]);
}

#[test]
fn a_task_that_is_never_settled_does_not_keep_the_later_ones() {
    let chain = chain_of(3_000);
    settle(
        &chain,
        (0..3_000).filter(|id| ![7, 8, 20, 1_500].contains(id)),
    );
    chain.finalize();
    let mut scanner = Scanner::default();
    assert_eq!(ids(&mut scanner, &chain), [7, 8, 20, 1_500]);
    chain.take_read();
    chain.author();
    assert_eq!(ids(&mut scanner, &chain), [7, 8, 20, 1_500]);
    let pages: Vec<_> = chain
        .take_read()
        .iter()
        .map(|page| (page.0, page.1))
        .collect();
    assert_eq!(pages, [(7, 14), (1_500, 1)]);
}

#[test]
fn ids_that_are_not_final_may_become_other_tasks() {
    let chain = chain_of(300);
    settle(&chain, 0..299);
    chain.finalize();
    let mut scanner = Scanner::default();
    assert_eq!(ids(&mut scanner, &chain), [299]);
    chain.author();
    for _ in 0..2 {
        post(&chain, ParamSet::Set0);
    }
    settle(&chain, [300, 301]);
    assert_eq!(ids(&mut scanner, &chain), [299, 300, 301]);
    chain.reorganise(1, Retracted::Dropped);
    assert_eq!(ids(&mut scanner, &chain), [299]);
    post(&chain, ParamSet::Set1);
    let (_, tasks) = scanner.read(&chain).unwrap();
    assert_eq!((tasks[1].id, tasks[1].set), (300, ParamSet::Set1));
}

#[test]
fn a_task_that_was_settled_while_nobody_looked_is_seen_settled_once() {
    let chain = chain_of(2);
    chain.finalize();
    let mut scanner = Scanner::default();
    assert_eq!(ids(&mut scanner, &chain), [0, 1]);
    settle(&chain, [0]);
    for _ in 0..SETTLED_EVERY {
        chain.author();
    }
    chain.finalize();
    assert_eq!(ids(&mut scanner, &chain), [0, 1]);
    assert_eq!(ids(&mut scanner, &chain), [1]);
}

#[test]
fn the_settled_are_looked_for_from_time_to_time() {
    let chain = chain_of(2);
    let mut scanner = Scanner::default();
    assert_eq!(ids(&mut scanner, &chain), [0, 1]);
    settle(&chain, [0]);
    chain.finalize();
    assert_eq!(ids(&mut scanner, &chain), [0, 1]);
    for _ in 0..SETTLED_EVERY {
        chain.author();
    }
    assert_eq!(ids(&mut scanner, &chain), [0, 1]);
    assert_eq!(ids(&mut scanner, &chain), [1]);
}
