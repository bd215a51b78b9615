//! The rate that the chain credits, beside the one that is measured.

use super::scene::{claimed, delivered, with_tickets, Scene, ANCHOR, ME, OLD, OTHER};
use crate::earned::Earned;
use bcai_pouw_primitives::TaskState;
use std::time::Duration;

type State = TaskState<sp_core::crypto::AccountId32, u32>;

/// 300 multiply-accumulates in two seconds, 40 a ticket.
fn computed() -> Earned {
    let mut earned = Earned::default();
    earned.computed((0, ANCHOR), 40, 300, Duration::from_secs(2));
    earned
}

fn observe(earned: &mut Earned, reorganised: bool, state: Option<State>) -> u64 {
    let tasks = Scene::new(state).tasks;
    earned.observe(reorganised, &ME, &tasks);
    earned.credited_per_second()
}

fn delivered_with(tickets: u32) -> State {
    let mut state = delivered(ME, 200);
    if let TaskState::Delivered { tickets: count, .. } = &mut state {
        *count = tickets;
    }
    state
}

fn paid(credit: u128) -> State {
    TaskState::Finalized {
        worker: ME,
        root_c: [0; 32],
        finalized_at: 99,
        credit,
    }
}

#[test]
fn nothing_is_no_rate() {
    let mut earned = Earned::default();
    assert_eq!(
        (earned.macs_per_second(), earned.credited_per_second()),
        (0, 0)
    );
    earned.computed((0, ANCHOR), u128::MAX, u128::MAX, Duration::ZERO);
    assert_eq!(observe(&mut earned, false, Some(with_tickets(2))), 0);
}

#[test]
fn credit_follows_the_tickets_that_the_chain_has_from_claim_to_payment() {
    let mut earned = computed();
    assert_eq!(earned.macs_per_second(), 150);
    assert_eq!(observe(&mut earned, false, Some(claimed())), 0);
    assert_eq!(observe(&mut earned, false, Some(with_tickets(3))), 60);
    assert_eq!(observe(&mut earned, false, Some(delivered_with(3))), 60);
    // What the chain gave is what counts.
    assert_eq!(observe(&mut earned, false, Some(paid(100))), 50);
    assert_eq!(observe(&mut earned, false, Some(paid(100))), 50);
    assert_eq!(observe(&mut earned, false, None), 50);
    earned.computed((0, OLD), 40, 100, Duration::from_secs(2));
    assert_eq!(earned.macs_per_second(), 100);
    assert_eq!(earned.credited_per_second(), 25);
}

#[test]
fn a_claim_that_is_lost_gives_nothing_and_has_taken_its_time() {
    let mut theirs = with_tickets(3);
    if let TaskState::Claimed { worker, .. } = &mut theirs {
        *worker = OTHER;
    }
    let mut again = with_tickets(3);
    if let TaskState::Claimed { anchor, .. } = &mut again {
        *anchor = Some(OLD);
    }
    for state in [TaskState::Open, theirs, again] {
        let mut earned = computed();
        assert_eq!(observe(&mut earned, false, Some(with_tickets(3))), 60);
        assert_eq!(observe(&mut earned, false, Some(state)), 0);
        assert_eq!(earned.macs_per_second(), 150);
    }
}

#[test]
fn a_task_that_is_gone_was_paid_unless_a_fork_does_not_have_it() {
    for (reorganised, rate) in [(false, 60), (true, 0)] {
        let mut earned = computed();
        observe(&mut earned, false, Some(delivered_with(3)));
        assert_eq!(observe(&mut earned, reorganised, None), rate);
    }
}
