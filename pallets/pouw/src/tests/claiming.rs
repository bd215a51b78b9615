//! `claim_task`.

use bcai_pouw_primitives::{ParamSet, U256};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{
    mock::*,
    types::{Activity, Claim},
    ClaimCount, Error, Event, PendingAnchors, PeriodActivity, Targets,
};

#[test]
fn a_claim_holds_the_bond_and_freezes_the_target() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(3);
        Targets::<Test>::insert(ParamSet::Set0, U256::MAX >> 5);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_eq!(
            events(),
            vec![Event::TaskClaimed {
                task,
                worker: WORKER,
                bond: BOND,
                expires_at: 13,
                target: U256::MAX >> 5,
            }]
        );
        assert_eq!(
            status(task),
            Some(Status::Claimed(Claim {
                worker: WORKER,
                bond: BOND,
                claimed_at: 3,
                expires_at: 13,
                anchor: None,
                target: U256::MAX >> 5,
                credit: 0,
            }))
        );
        assert_eq!(held_bond(&WORKER), BOND);
        assert_eq!(free(&WORKER), ENDOWMENT - BOND);
        assert_eq!(agenda(), vec![(14, task)]);
        assert_eq!(ClaimCount::<Test>::get(WORKER), 1);
        assert_eq!(PendingAnchors::<Test>::get().into_inner(), vec![task]);
        assert_eq!(
            PeriodActivity::<Test>::get(ParamSet::Set0),
            Activity::default()
        );
    });
}

#[test]
fn the_bond_is_a_share_of_the_bounty_but_at_least_the_minimum() {
    build_and_execute(|| {
        assert_eq!(Pouw::bond_for(100), 50);
        assert_eq!(Pouw::bond_for(250), 50);
        assert_eq!(Pouw::bond_for(1_000), 200);
        assert_eq!(Pouw::bond_for(1_004), 200);
        assert_eq!(Pouw::bond_for(1_005), 201);
        assert_eq!(Pouw::bond_for(0), 50);
    });
}

#[test]
fn a_second_claim_is_refused() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        for who in [WORKER, OTHER] {
            assert_noop!(
                Pouw::claim_task(signed(who), task),
                Error::<Test>::TaskAlreadyClaimed
            );
        }
    });
}

#[test]
fn a_second_claim_is_refused_until_the_first_has_lapsed() {
    // The first ends with block 11; the idle time of block 12 opens the task again.
    for (block, taken) in [(10, false), (11, false), (12, false), (13, true)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            assert_ok!(Pouw::claim_task(signed(WORKER), task));
            to_block(block);
            if taken {
                assert_ok!(Pouw::claim_task(signed(OTHER), task));
            } else {
                assert_noop!(
                    Pouw::claim_task(signed(OTHER), task),
                    Error::<Test>::TaskAlreadyClaimed
                );
            }
        });
    }
}

#[test]
fn a_delivered_or_finalized_task_can_not_be_claimed() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        assert_noop!(
            Pouw::claim_task(signed(OTHER), task),
            Error::<Test>::TaskAlreadyDelivered
        );
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_noop!(
            Pouw::claim_task(signed(OTHER), task),
            Error::<Test>::TaskAlreadyFinalized
        );
    });
}

#[test]
fn an_unknown_task_can_not_be_claimed() {
    build_and_execute(|| {
        assert_noop!(
            Pouw::claim_task(signed(WORKER), 0),
            Error::<Test>::UnknownTask
        );
        assert_noop!(
            Pouw::claim_task(RuntimeOrigin::none(), 0),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn a_claim_is_taken_up_to_the_deadline_and_lasts_no_longer() {
    for (block, expires_at) in [(30, 40), (31, 41), (32, 41), (40, 41), (41, 41)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            to_block(block);
            assert_ok!(Pouw::claim_task(signed(WORKER), task));
            let Some(Status::Claimed(claim)) = status(task) else {
                panic!("not claimed");
            };
            assert_eq!(claim.expires_at, expires_at);
        });
    }
}

#[test]
fn a_claim_after_the_deadline_is_refused() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(DEADLINE + 1);
        assert_noop!(
            Pouw::claim_task(signed(WORKER), task),
            Error::<Test>::DeadlinePassed
        );
    });
}

#[test]
fn a_worker_has_a_limited_number_of_claims() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let tasks: Vec<_> = (0..3).map(|_| post(&matrices)).collect();
        assert_ok!(Pouw::claim_task(signed(WORKER), tasks[0]));
        assert_ok!(Pouw::claim_task(signed(WORKER), tasks[1]));
        assert_noop!(
            Pouw::claim_task(signed(WORKER), tasks[2]),
            Error::<Test>::TooManyClaims
        );
        next_block();
        // A delivered result makes room.
        assert_ok!(Pouw::submit_result(signed(WORKER), tasks[0], H256::zero()));
        assert_ok!(Pouw::claim_task(signed(WORKER), tasks[2]));
        assert_eq!(held_bond(&WORKER), 3 * BOND);
    });
}

#[test]
fn a_block_has_a_limited_number_of_claims() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let tasks: Vec<_> = (0..4).map(|_| post(&matrices)).collect();
        for (task, who) in tasks.iter().zip([WORKER, WORKER, OTHER]) {
            assert_ok!(Pouw::claim_task(signed(who), *task));
        }
        assert_noop!(
            Pouw::claim_task(signed(OTHER), tasks[3]),
            Error::<Test>::TooManyClaimsInBlock
        );
        next_block();
        assert_ok!(Pouw::claim_task(signed(OTHER), tasks[3]));
    });
}

#[test]
fn a_worker_who_cannot_afford_the_bond_is_refused() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_ok!(Balances::transfer_allow_death(
            signed(OTHER),
            POOR,
            BOND + EXISTENTIAL_DEPOSIT - 1
        ));
        assert_noop!(
            Pouw::claim_task(signed(POOR), task),
            Error::<Test>::CannotHoldBond
        );
        assert_ok!(Balances::transfer_allow_death(signed(OTHER), POOR, 1));
        assert_ok!(Pouw::claim_task(signed(POOR), task));
    });
}

#[test]
fn a_requester_may_work_for_itself_and_loses_the_fee() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = post(&matrices);
        assert_ok!(Pouw::claim_task(signed(REQUESTER), task));
        next_block();
        let root = H256(matrices.product().root());
        assert_ok!(Pouw::submit_result(signed(REQUESTER), task, root));
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(REQUESTER), task));
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
    });
}
