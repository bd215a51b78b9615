//! `challenge_result`. Malformed fraud proofs are in [`super::malformed`].

use frame_support::{
    assert_noop, assert_ok,
    dispatch::Pays,
    traits::fungible::{InspectHold, MutateFreeze},
};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{mock::*, Error, Event, TaskCount, Tickets};

/// 30 % of [`BOND`].
const REWARD: Balance = 60;

#[test]
fn a_result_that_differs_in_one_cell_is_slashed() {
    for cell in [0, 17, 63] {
        for (tile, i, j) in [(0, 0, 0), (1, 0, 1), (3, 1, 1)] {
            build_and_execute(|| {
                let matrices = Matrices::small();
                let wrong = matrices.product().with_a_wrong_cell(tile, cell);
                let task = claimed(&matrices);
                assert_ok!(Pouw::submit_ticket(
                    signed(WORKER),
                    matrices.certificate(task, 0, 0, 0)
                ));
                assert_ok!(Pouw::submit_result(
                    signed(WORKER),
                    task,
                    H256(wrong.root())
                ));
                next_block();
                let issued = Balances::total_issuance();
                let proof = matrices.fraud_proof(task, &wrong, i, j);
                let info = Pouw::challenge_result(signed(CHALLENGER), proof).unwrap();
                assert_eq!(info.pays_fee, Pays::No);
                assert_eq!(
                    events(),
                    vec![Event::ResultRefuted {
                        task,
                        worker: WORKER,
                        challenger: CHALLENGER,
                        reward: REWARD,
                        forfeited: BOND - REWARD,
                    }]
                );
                assert_eq!(free(&CHALLENGER), ENDOWMENT + REWARD);
                assert_eq!(held_bond(&WORKER), 0);
                assert_eq!(free(&WORKER), ENDOWMENT - BOND);
                assert_eq!(Balances::total_issuance(), issued - (BOND - REWARD));
                // Open again, still funded, without tickets.
                assert_eq!(status(task), Some(Status::Open { due: DEADLINE + 1 }));
                assert_eq!(agenda(), vec![(DEADLINE + 1, task)]);
                assert_eq!(held_bounty(&REQUESTER), BOUNTY);
                assert_eq!(TaskCount::<Test>::get(REQUESTER), 1);
                assert!(!Tickets::<Test>::contains_key(task));
            });
        }
    }
}

#[test]
fn a_refuted_result_earns_no_credit_and_another_worker_can_finish() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let right = matrices.product();
        let wrong = matrices.product().with_a_wrong_cell(2, 5);
        let task = delivered(&matrices, &wrong);
        let proof = matrices.fraud_proof(task, &wrong, 1, 0);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof.clone()));
        assert_noop!(
            Pouw::challenge_result(signed(CHALLENGER), proof),
            Error::<Test>::TaskNotDelivered
        );
        assert_ok!(Pouw::claim_task(signed(OTHER), task));
        next_block();
        assert_ok!(Pouw::submit_result(signed(OTHER), task, H256(right.root())));
        to_block(12);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_eq!(free(&OTHER), ENDOWMENT + BOUNTY);
        assert_eq!(Pouw::work_credit(&WORKER), 0);
    });
}

#[test]
fn a_right_tile_refutes_nothing() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(3, 0);
        let task = delivered(&matrices, &wrong);
        for (i, j) in [(0, 0), (0, 1), (1, 0)] {
            let proof = matrices.fraud_proof(task, &wrong, i, j);
            let refused = Pouw::challenge_result(signed(CHALLENGER), proof).unwrap_err();
            assert_eq!(refused.error, Error::<Test>::ResultIsCorrect.into());
            assert_eq!(refused.post_info.pays_fee, Pays::Yes);
        }
        assert_eq!(held_bond(&WORKER), BOND);
    });
}

#[test]
fn a_challenge_is_taken_up_to_the_end_of_the_window() {
    // Delivered in block 2, with a window of 8 blocks.
    for (block, taken) in [(9, true), (10, true), (11, false)] {
        build_and_execute(|| {
            let matrices = Matrices::small();
            let wrong = matrices.product().with_a_wrong_cell(0, 0);
            let task = delivered(&matrices, &wrong);
            to_block(block);
            let proof = matrices.fraud_proof(task, &wrong, 0, 0);
            if taken {
                assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
            } else {
                assert_noop!(
                    Pouw::challenge_result(signed(CHALLENGER), proof),
                    Error::<Test>::ChallengeWindowClosed
                );
            }
        });
    }
}

#[test]
fn a_challenge_needs_a_delivered_result() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let product = matrices.product();
        let challenge = |task| {
            Pouw::challenge_result(
                signed(CHALLENGER),
                matrices.fraud_proof(task, &product, 0, 0),
            )
        };
        assert_noop!(challenge(0), Error::<Test>::UnknownTask);
        let task = post(&matrices);
        assert_noop!(challenge(task), Error::<Test>::TaskNotDelivered);
        let task = claimed(&matrices);
        assert_noop!(challenge(task), Error::<Test>::TaskNotDelivered);
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(product.root())
        ));
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_noop!(challenge(task), Error::<Test>::TaskAlreadyFinalized);
        assert_noop!(
            Pouw::challenge_result(
                RuntimeOrigin::none(),
                matrices.fraud_proof(task, &product, 0, 0)
            ),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn a_task_refuted_after_its_deadline_expires_in_the_same_block() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = post(&matrices);
        to_block(38);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        to_block(DEADLINE);
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(wrong.root())
        ));
        to_block(45);
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
        assert_eq!(status(task), Some(Status::Open { due: 45 }));
        assert_noop!(
            Pouw::claim_task(signed(OTHER), task),
            Error::<Test>::DeadlinePassed
        );
        assert_eq!(
            idle().pop(),
            Some(Event::TaskExpired {
                task,
                requester: REQUESTER,
                bounty: BOUNTY,
            })
        );
        assert_eq!(status(task), None);
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
    });
}

#[test]
fn a_task_refuted_when_idle_time_has_passed_already_expires_in_the_next_block() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = post(&matrices);
        to_block(38);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        to_block(DEADLINE);
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(wrong.root())
        ));
        to_block(45);
        idle();
        // Another pallet could dispatch the call here.
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
        assert_eq!(status(task), Some(Status::Open { due: 46 }));
        to_block(46);
        idle();
        assert_eq!(status(task), None);
    });
}

#[test]
fn a_worker_that_refutes_itself_loses_what_is_forfeited() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = delivered(&matrices, &wrong);
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(WORKER), proof));
        assert_eq!(held_bond(&WORKER), 0);
        assert_eq!(free(&WORKER), ENDOWMENT - (BOND - REWARD));
    });
}

#[test]
fn a_freeze_does_not_shield_the_bond() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = delivered(&matrices, &wrong);
        let reason = RuntimeFreezeReason::from(freeze::FreezeReason::Everything);
        assert_ok!(Balances::set_freeze(&reason, &WORKER, ENDOWMENT));
        assert_eq!(
            Balances::reducible_total_balance_on_hold(
                &WORKER,
                frame_support::traits::tokens::Fortitude::Polite
            ),
            0
        );
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
        assert_eq!(held_bond(&WORKER), 0);
        assert_eq!(free(&CHALLENGER), ENDOWMENT + REWARD);
    });
}

#[test]
fn a_challenger_that_can_not_be_paid_still_slashes() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = post(&matrices);
        // A bond whose share is below the existential deposit needs one below `MinBond`.
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        next_block();
        shrink_bond(task, 20);
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(wrong.root())
        ));
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(POOR), proof));
        assert_eq!(
            last_event(),
            Event::ResultRefuted {
                task,
                worker: WORKER,
                challenger: POOR,
                reward: 0,
                forfeited: 20,
            }
        );
        assert_eq!(free(&POOR), 0);
    });
}

/// Makes the bond of a claim smaller, in the claim and on hold.
fn shrink_bond(task: TaskId, bond: Balance) {
    crate::Tasks::<Test>::mutate(task, |task| {
        let Status::Claimed(claim) = &mut task.as_mut().unwrap().status else {
            panic!("not claimed");
        };
        let surplus = claim.bond - bond;
        claim.bond = bond;
        assert_ok!(Pouw::release_bond(&claim.worker, surplus));
    });
}
