//! `cancel_task`.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{mock::*, Error, Event, TaskCount};

#[test]
fn a_cancelled_task_gives_the_bounty_back_but_not_the_fee() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        next_block();
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), task));
        assert_eq!(
            events(),
            vec![Event::TaskCancelled {
                task,
                requester: REQUESTER,
                bounty: BOUNTY,
            }]
        );
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
        assert_eq!(held_bounty(&REQUESTER), 0);
        assert_eq!(status(task), None);
        assert_eq!(agenda(), vec![]);
        assert_eq!(TaskCount::<Test>::get(REQUESTER), 0);
    });
}

#[test]
fn only_the_requester_cancels() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_noop!(
            Pouw::cancel_task(signed(OTHER), task),
            Error::<Test>::NotTheRequester
        );
        assert_noop!(
            Pouw::cancel_task(RuntimeOrigin::none(), task),
            DispatchError::BadOrigin
        );
        assert_noop!(
            Pouw::cancel_task(signed(REQUESTER), task + 1),
            Error::<Test>::UnknownTask
        );
    });
}

#[test]
fn only_an_open_task_can_be_cancelled() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let cancel = |task| Pouw::cancel_task(signed(REQUESTER), task);
        let task = claimed(&matrices);
        assert_noop!(cancel(task), Error::<Test>::TaskAlreadyClaimed);
        assert_ok!(Pouw::submit_result(signed(WORKER), task, H256::zero()));
        assert_noop!(cancel(task), Error::<Test>::TaskAlreadyDelivered);
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert_noop!(cancel(task), Error::<Test>::TaskAlreadyFinalized);
    });
}

#[test]
fn a_task_whose_claim_lapsed_can_be_cancelled() {
    build_and_execute(|| {
        let task = claimed(&Matrices::small());
        to_block(12);
        assert_noop!(
            Pouw::cancel_task(signed(REQUESTER), task),
            Error::<Test>::TaskAlreadyClaimed
        );
        next_block();
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), task));
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
    });
}

#[test]
fn a_task_past_its_deadline_can_be_cancelled_before_idle_time_expires_it() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(DEADLINE + 1);
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), task));
        assert_eq!(idle().len(), 1);
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
    });
}
