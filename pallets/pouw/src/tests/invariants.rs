//! The invariants can fail: each kind of damage is found, and named by the number of the rule that it breaks.

use bcai_pouw_primitives::{ParamSet, U256};
use frame_support::{assert_ok, traits::StorageVersion, BoundedVec};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{
    mock::*,
    types::{Activity, Claim, CreditRecord, TicketPlace},
    AgendaCursor, ClaimCount, NextTaskId, PendingAnchors, PeriodActivity, Targets, TaskCount,
    Tickets, TotalCredit, WorkCredits,
};

/// Damages a state with an open task 0, a claimed task 1 with a ticket and a delivered task 2.
fn broken(rule: &str, damage: impl FnOnce()) {
    ExtBuilder::default().build().execute_with(|| {
        let matrices = Matrices::small();
        post(&matrices);
        let task = claimed(&matrices);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
        delivered(&matrices, &matrices.product());
        Pouw::grant_credit(&WORKER, 10);
        assert_ok!(Pouw::do_try_state());
        damage();
        match Pouw::do_try_state() {
            Err(DispatchError::Other(message)) => {
                assert!(message.starts_with(rule), "{rule} expected: {message}")
            }
            other => panic!("rule {rule} found nothing: {other:?}"),
        }
    });
}

fn change_claim(change: impl FnOnce(&mut Claim<AccountId, Balance, u64>)) {
    Tasks::<Test>::mutate(1, |task| match &mut task.as_mut().unwrap().status {
        Status::Claimed(claim) => change(claim),
        _ => panic!("task 1 is claimed"),
    });
}

fn set_tickets(task: TaskId, places: Vec<TicketPlace>) {
    let places: BoundedVec<_, _> = places.try_into().unwrap();
    Tickets::<Test>::insert(task, places);
}

#[test]
fn rule_1_finds_a_bounty_that_is_not_on_hold() {
    broken("1:", || Pouw::refund_bounty(0, &REQUESTER, BOUNTY));
    broken("1:", || {
        Tasks::<Test>::mutate(0, |task| task.as_mut().unwrap().bounty += 1)
    });
    broken("1:", || {
        Tasks::<Test>::mutate(0, |task| task.as_mut().unwrap().requester = POOR)
    });
}

#[test]
fn rule_1_finds_a_bond_that_is_not_on_hold_or_not_of_a_claim() {
    broken("1:", || {
        assert_ok!(Pouw::release_bond(&WORKER, 1));
    });
    broken("1:", || {
        assert_ok!(Pouw::hold_bond(&OTHER, 1));
    });
}

#[test]
fn rule_2_finds_tickets_of_tasks_that_nobody_works_on() {
    broken("2:", || set_tickets(0, vec![(0, 0, 0)]));
    broken("2:", || set_tickets(9, vec![(0, 0, 0)]));
}

#[test]
fn rule_2_finds_lists_that_no_call_could_have_made() {
    broken("2:", || set_tickets(1, vec![]));
    broken("2:", || set_tickets(1, vec![(0, 0, 0), (0, 0, 0)]));
    broken("2:", || set_tickets(1, vec![(1, 0, 0), (0, 1, 0)]));
    broken("2:", || set_tickets(1, vec![(0, 0, 1), (0, 0, 0)]));
    broken("2:", || set_tickets(1, vec![(0, 2, 0)]));
    broken("2:", || set_tickets(1, vec![(0, 0, 2)]));
}

#[test]
fn rule_3_finds_credit_without_a_ticket() {
    broken("3:", || Tickets::<Test>::remove(1));
    broken("3:", || change_claim(|claim| claim.credit += 1));
}

#[test]
fn rule_4_finds_missing_and_wrong_agenda_entries() {
    broken("4:", || Agenda::<Test>::remove(DEADLINE + 1, 0));
    broken("4:", || Agenda::<Test>::insert(5, 0, ()));
    broken("4:", || Agenda::<Test>::insert(50, 9, ()));
    // The delivered task.
    broken("4:", || Agenda::<Test>::insert(50, 2, ()));
    broken("4:", || AgendaCursor::<Test>::put(13));
    broken("4:", || {
        AgendaCursor::<Test>::put(System::block_number() + 2)
    });
}

#[test]
fn rule_5_finds_wrong_counts() {
    broken("5:", || TaskCount::<Test>::insert(REQUESTER, 4));
    broken("5:", || TaskCount::<Test>::insert(OTHER, 0));
    broken("5:", || ClaimCount::<Test>::remove(WORKER));
    broken("5:", || ClaimCount::<Test>::insert(OTHER, 1));
}

#[test]
fn rule_6_finds_credit_above_the_total() {
    let record = |halvings, amount| CreditRecord { halvings, amount };
    broken("6:", || TotalCredit::<Test>::put(record(0, 9)));
    broken("6:", || TotalCredit::<Test>::put(record(1, 10)));
    broken("6:", || WorkCredits::<Test>::insert(OTHER, record(0, 1)));
    broken("6:", || WorkCredits::<Test>::insert(OTHER, record(0, 0)));
    broken("6:", || {
        WorkCredits::<Test>::insert(OTHER, record(0, u128::MAX))
    });
    broken("6:", || WorkCredits::<Test>::insert(WORKER, record(1, 1)));
}

#[test]
fn rule_7_finds_targets_out_of_bounds() {
    broken("7:", || {
        Targets::<Test>::insert(ParamSet::Set1, U256::zero())
    });
    broken("7:", || {
        Targets::<Test>::insert(ParamSet::Set1, (U256::MAX >> 96) - 1)
    });
    broken("7:", || {
        PeriodActivity::<Test>::insert(ParamSet::Set1, Activity::default())
    });
}

#[test]
fn rule_8_finds_anchors_that_nobody_will_write() {
    broken("8:", || change_claim(|claim| claim.anchor = None));
    broken("8:", || {
        change_claim(|claim| {
            claim.anchor = None;
            claim.claimed_at = System::block_number();
        })
    });
    broken("8:", || {
        assert_ok!(PendingAnchors::<Test>::try_append(0));
    });
}

#[test]
fn rule_9_finds_impossible_tasks() {
    broken("9:", || NextTaskId::<Test>::put(2));
    broken("9:", || change_claim(|claim| claim.claimed_at = 99));
    broken("9:", || {
        Tasks::<Test>::mutate(1, |task| task.as_mut().unwrap().deadline = 5)
    });
    broken("9:", || {
        Tasks::<Test>::mutate(2, |task| match &mut task.as_mut().unwrap().status {
            Status::Delivered(delivery) => delivery.challenge_until = 999,
            _ => panic!("task 2 is delivered"),
        })
    });
}

#[test]
fn rule_10_finds_storage_of_another_version() {
    broken("10:", || StorageVersion::new(1).put::<Pouw>());
}

#[test]
fn rule_11_finds_a_configuration_that_contradicts_itself() {
    for window in [0, 101] {
        let wrong = "ChallengeWindow must be in 1..=MaxTaskDuration";
        broken(wrong, || ChallengeWindow::set(window));
    }
}
