//! `finalize_task`.

use frame_support::{assert_noop, assert_ok, dispatch::Pays, traits::fungible::MutateFreeze};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{mock::*, types::Payout, Error, Event, TaskCount, Tickets};

#[test]
fn a_result_that_stood_is_paid_and_credited() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let product = matrices.product();
        let task = claimed(&matrices);
        for (i, j) in [(0, 0), (1, 1)] {
            assert_ok!(Pouw::submit_ticket(
                signed(WORKER),
                matrices.certificate(task, i, j, 0)
            ));
        }
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(product.root())
        ));
        to_block(11);
        let issued = Balances::total_issuance();
        let info = Pouw::finalize_task(signed(OTHER), task).unwrap();
        assert_eq!(info.pays_fee, Pays::No);
        assert_eq!(
            events(),
            vec![Event::TaskFinalized {
                task,
                worker: WORKER,
                beneficiary: WORKER,
                bounty: BOUNTY,
                credit: 2 * TICKET_WORK,
            }]
        );
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY);
        assert_eq!(held_bond(&WORKER), 0);
        assert_eq!(held_bounty(&REQUESTER), 0);
        assert_eq!(free(&REQUESTER), ENDOWMENT - BOUNTY - FEE);
        assert_eq!(Balances::total_issuance(), issued);
        assert_eq!(Pouw::work_credit(&WORKER), 2 * TICKET_WORK);
        assert_eq!(Pouw::total_work_credit(), 2 * TICKET_WORK);
        assert_eq!(
            status(task),
            Some(Status::Finalized(Payout {
                worker: WORKER,
                root_c: product.root(),
                finalized_at: 11,
                credit: 2 * TICKET_WORK,
            }))
        );
        assert_eq!(agenda(), vec![(31, task)]);
        assert_eq!(TaskCount::<Test>::get(REQUESTER), 0);
        assert!(!Tickets::<Test>::contains_key(task));
    });
}

#[test]
fn a_result_without_tickets_is_paid_but_earns_no_credit() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY);
        assert_eq!(Pouw::total_work_credit(), 0);
        assert_eq!(crate::WorkCredits::<Test>::iter().count(), 0);
    });
}

#[test]
fn finalization_waits_for_the_end_of_the_challenge_window() {
    for (block, paid) in [(2, false), (9, false), (10, false), (11, true), (90, true)] {
        build_and_execute(|| {
            let matrices = Matrices::small();
            let task = delivered(&matrices, &matrices.product());
            to_block(block);
            if paid {
                assert_ok!(Pouw::finalize_task(signed(OTHER), task));
            } else {
                assert_noop!(
                    Pouw::finalize_task(signed(OTHER), task),
                    Error::<Test>::ChallengeWindowOpen
                );
            }
        });
    }
}

#[test]
fn a_chain_with_another_challenge_window_waits_for_that_one() {
    for (block, paid) in [(5, false), (6, true)] {
        let chain = ExtBuilder::default().challenge_window(3);
        chain.build_and_execute(|| {
            let matrices = Matrices::small();
            let task = delivered(&matrices, &matrices.product());
            to_block(block);
            let result = Pouw::finalize_task(signed(OTHER), task);
            assert_eq!(result.is_ok(), paid, "in block {block}: {result:?}");
        });
    }
}

#[test]
fn a_task_is_paid_once() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_noop!(
            Pouw::finalize_task(signed(OTHER), task),
            Error::<Test>::TaskAlreadyFinalized
        );
    });
}

#[test]
fn only_a_delivered_task_can_be_finalized() {
    build_and_execute(|| {
        let finalize = |task| Pouw::finalize_task(signed(OTHER), task);
        assert_noop!(finalize(0), Error::<Test>::UnknownTask);
        let task = post(&Matrices::small());
        assert_noop!(finalize(task), Error::<Test>::TaskNotDelivered);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_noop!(finalize(task), Error::<Test>::TaskNotDelivered);
        assert_noop!(
            Pouw::finalize_task(RuntimeOrigin::none(), task),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn a_freeze_on_the_requester_does_not_withhold_the_bounty() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        let reason = RuntimeFreezeReason::from(freeze::FreezeReason::Everything);
        assert_ok!(Balances::set_freeze(&reason, &REQUESTER, ENDOWMENT));
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY);
    });
}

#[test]
fn a_result_is_remembered_for_its_retention() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        // ResultRetention = 20: gone in the idle time of block 31.
        to_block(30);
        assert_eq!(idle(), vec![]);
        to_block(31);
        assert!(status(task).is_some());
        assert_eq!(idle(), vec![Event::ResultForgotten { task }]);
        assert_eq!(status(task), None);
        assert_eq!(agenda(), vec![]);
        to_block(32);
        assert_eq!(idle(), vec![]);
    });
}
