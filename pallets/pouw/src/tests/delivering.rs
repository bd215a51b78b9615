//! `submit_result`.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{mock::*, types::Delivery, ClaimCount, Error, Event};

fn result(who: AccountId, task: TaskId) -> sp_runtime::DispatchResult {
    Pouw::submit_result(signed(who), task, H256::repeat_byte(3))
}

#[test]
fn a_result_opens_the_challenge_window_and_ends_the_claim() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let Some(Status::Claimed(claim)) = status(task) else {
            panic!("not claimed");
        };
        assert_ok!(result(WORKER, task));
        assert_eq!(
            events(),
            vec![Event::ResultDelivered {
                task,
                worker: WORKER,
                root_c: H256::repeat_byte(3),
                challenge_until: 10,
            }]
        );
        assert_eq!(
            status(task),
            Some(Status::Delivered(Delivery {
                claim,
                root_c: [3; 32],
                challenge_until: 10,
            }))
        );
        assert_eq!(agenda(), vec![]);
        assert_eq!(ClaimCount::<Test>::get(WORKER), 0);
        assert_eq!(held_bond(&WORKER), BOND);
        assert_eq!(held_bounty(&REQUESTER), BOUNTY);
    });
}

#[test]
fn a_result_before_the_claim_is_refused() {
    build_and_execute(|| {
        assert_noop!(result(WORKER, 0), Error::<Test>::UnknownTask);
        let task = post(&Matrices::small());
        assert_noop!(result(WORKER, task), Error::<Test>::TaskNotClaimed);
        assert_noop!(
            Pouw::submit_result(RuntimeOrigin::none(), task, H256::zero()),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn a_result_in_the_block_of_the_claim_is_refused() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_noop!(result(WORKER, task), Error::<Test>::AnchorNotKnown);
    });
}

#[test]
fn a_result_of_another_than_the_worker_is_refused() {
    build_and_execute(|| {
        let task = claimed(&Matrices::small());
        assert_noop!(result(OTHER, task), Error::<Test>::NotTheWorker);
        assert_noop!(result(REQUESTER, task), Error::<Test>::NotTheWorker);
    });
}

#[test]
fn a_result_is_taken_from_the_block_after_the_claim_on() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(4);
        assert_noop!(result(WORKER, task), Error::<Test>::TaskNotClaimed);
        to_block(5);
        assert_noop!(result(WORKER, task), Error::<Test>::TaskNotClaimed);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_noop!(result(WORKER, task), Error::<Test>::AnchorNotKnown);
        to_block(6);
        assert_ok!(result(WORKER, task));
    });
}

#[test]
fn a_second_result_is_refused() {
    build_and_execute(|| {
        let task = claimed(&Matrices::small());
        assert_ok!(result(WORKER, task));
        assert_noop!(result(WORKER, task), Error::<Test>::TaskAlreadyDelivered);
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert_noop!(result(WORKER, task), Error::<Test>::TaskAlreadyFinalized);
    });
}

#[test]
fn a_result_is_taken_up_to_the_last_block_of_the_claim() {
    for (block, taken) in [(10, true), (11, true), (12, false)] {
        build_and_execute(|| {
            let task = claimed(&Matrices::small());
            to_block(block);
            if taken {
                assert_ok!(result(WORKER, task));
            } else {
                assert_noop!(result(WORKER, task), Error::<Test>::ClaimLapsed);
            }
        });
    }
}

#[test]
fn a_result_is_taken_up_to_the_deadline() {
    for (block, taken) in [(40, true), (DEADLINE, true), (DEADLINE + 1, false)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            to_block(35);
            assert_ok!(Pouw::claim_task(signed(WORKER), task));
            to_block(block);
            if taken {
                assert_ok!(result(WORKER, task));
            } else {
                assert_noop!(result(WORKER, task), Error::<Test>::ClaimLapsed);
            }
        });
    }
}
