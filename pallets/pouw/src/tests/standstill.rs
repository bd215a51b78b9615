//! A standstill takes nobody's time: deadlines, claims and challenge windows go on where they were.

use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless, traits::fungible::Mutate};

use super::{matrices::Matrices, *};
use crate::{mock::*, Call, Error, Event, Targets};

/// Longer than every time of the mock.
const LONG: u64 = 500;

fn info(task: TaskId) -> crate::TaskInfoOf<Test> {
    Pouw::task_info(task).unwrap()
}

#[test]
fn a_claim_outlives_it_and_its_bond_is_kept() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        next_block();
        stand_still(LONG);
        assert_eq!(idle(), vec![]);
        assert_eq!(held_bond(&WORKER), BOND);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
        let right = H256(matrices.product().root());
        assert_ok!(Pouw::submit_result(signed(WORKER), task, right));
        // The window begins now, in blocks as everybody counts them.
        let until = System::block_number() + WINDOW;
        assert_eq!(
            last_event(),
            Event::ResultDelivered {
                task,
                worker: WORKER,
                root_c: right,
                challenge_until: until
            }
        );
        to_block(until);
        assert_noop!(
            Pouw::finalize_task(signed(WORKER), task),
            Error::<Test>::ChallengeWindowOpen
        );
        next_block();
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY);
    });
}

#[test]
fn a_wrong_result_can_still_be_challenged_after_it() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let wrong = matrices.product().with_a_wrong_cell(0, 0);
        let task = claimed(&matrices);
        next_block();
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(wrong.root())
        ));
        next_block();
        stand_still(LONG);
        assert_noop!(
            Pouw::finalize_task(signed(WORKER), task),
            Error::<Test>::ChallengeWindowOpen
        );
        let proof = matrices.fraud_proof(task, &wrong, 0, 0);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
        assert_eq!(held_bond(&WORKER), 0);
    });
}

#[test]
fn an_open_task_expires_later_by_it() {
    for (after, expired) in [(0, false), (1, true)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            next_block();
            stand_still(LONG);
            assert_eq!(info(task).deadline, DEADLINE + LONG);
            to_block(DEADLINE + LONG + after);
            idle();
            assert_eq!(status(task).is_none(), expired);
        });
    }
}

#[test]
fn deadlines_are_given_and_told_in_blocks() {
    build_and_execute(|| {
        stand_still(LONG);
        let now = System::block_number();
        let matrices = Matrices::small();
        assert_noop!(
            try_post(REQUESTER, &matrices, BOUNTY, now + 4),
            Error::<Test>::DeadlineTooSoon
        );
        assert_noop!(
            try_post(REQUESTER, &matrices, BOUNTY, now + 101),
            Error::<Test>::DeadlineTooLate
        );
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, now + 40));
        assert_eq!(info(0).deadline, now + 40);
        assert_ok!(Pouw::claim_task(signed(WORKER), 0));
        let bcai_pouw_primitives::TaskState::Claimed {
            claimed_at,
            expires_at,
            ..
        } = info(0).state
        else {
            panic!("{:?}", info(0).state);
        };
        assert_eq!((claimed_at, expires_at), (now, now + 10));
        next_block();
    });
}

#[test]
fn while_it_lasts_nothing_falls_due_and_nothing_is_free() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(DEADLINE);
        StandsStill::set(true);
        // The clock alone would let it expire in the next block.
        next_block();
        assert_eq!(idle(), vec![]);
        assert!(status(task).is_some());

        let rest = Pouw::spendable(&REQUESTER);
        assert_ok!(Balances::burn_from(
            &REQUESTER,
            rest,
            frame_support::traits::tokens::Preservation::Preserve,
            frame_support::traits::tokens::Precision::Exact,
            frame_support::traits::tokens::Fortitude::Polite,
        ));
        let cancel = Call::<Test>::cancel_task { task };
        assert!(!cancel.is_feeless(&signed(REQUESTER)));
        StandsStill::set(false);
        assert!(cancel.is_feeless(&signed(REQUESTER)));
        assert_eq!(idle().len(), 1);
    });
}

#[test]
fn targets_stay_while_it_lasts() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        next_block();
        let right = H256(matrices.product().root());
        assert_ok!(Pouw::submit_result(signed(WORKER), task, right));
        let before = Targets::<Test>::get(ParamSet::Set0);
        StandsStill::set(true);
        to_block(101);
        assert_eq!(Targets::<Test>::get(ParamSet::Set0), before);
    });
}
