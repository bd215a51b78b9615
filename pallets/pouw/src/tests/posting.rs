//! `post_task`.

use bcai_pouw_primitives::{ParamSet, Shape};
use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{mock::*, Error, Event, NextTaskId, TaskCount, MACS_PER_WORK_FEE};

fn post_with(
    set: ParamSet,
    (m, n, slabs): (u32, u32, u8),
    max_fee: Balance,
) -> sp_runtime::DispatchResult {
    let root = H256::repeat_byte(9);
    Pouw::post_task(
        signed(REQUESTER),
        set,
        m,
        n,
        slabs,
        root,
        root,
        BOUNTY,
        20,
        max_fee,
    )
}

fn post_shape(set: ParamSet, m: u32, n: u32) -> sp_runtime::DispatchResult {
    post_with(set, (m, n, 1), Balance::MAX)
}

#[test]
fn a_posted_task_holds_the_bounty_and_burns_the_fee() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let issued = Balances::total_issuance();
        let task = post(&matrices);
        assert_eq!(
            events(),
            vec![Event::TaskPosted {
                task,
                requester: REQUESTER,
                set: ParamSet::Set0,
                m: 16,
                n: 16,
                slabs: 2,
                root_a: H256(matrices.root_a()),
                root_b: H256(matrices.root_b()),
                bounty: BOUNTY,
                deadline: DEADLINE,
                fee: FEE,
            }]
        );
        assert_eq!(held_bounty(&REQUESTER), BOUNTY);
        assert_eq!(free(&REQUESTER), ENDOWMENT - BOUNTY - FEE);
        assert_eq!(Balances::total_issuance(), issued - FEE);
        assert_eq!(status(task), Some(Status::Open { due: DEADLINE + 1 }));
        assert_eq!(agenda(), vec![(DEADLINE + 1, task)]);
        assert_eq!(TaskCount::<Test>::get(REQUESTER), 1);
        assert_eq!(Pouw::next_task_id(), task + 1);
    });
}

#[test]
fn the_work_fee_counts_begun_units() {
    build_and_execute(|| {
        let fee = |m, n, slabs| Pouw::posting_fee(ParamSet::Set0, m, n, slabs);
        // 2^30 multiply-accumulates are 1024 x 1024 x 1024.
        assert_eq!(MACS_PER_WORK_FEE, 1 << 30);
        assert_eq!(fee(8, 8, 1), Some(18));
        assert_eq!(fee(1024, 1024, 1), Some(18));
        assert_eq!(fee(1024, 1032, 1), Some(25));
        assert_eq!(fee(1024, 1024, 2), Some(25));
        assert_eq!(fee(1024, 1032, 8), Some(11 + 7 * 9));
        assert_eq!(fee(1 << 20, 1 << 20, 1), Some(11 + 7 * (1 << 20)));
        assert_eq!(fee(7, 8, 1), None);
        assert_eq!(fee(8, 0, 1), None);
        assert_eq!(fee(8, 8, 0), None);
        assert_eq!(fee(8, 8, 9), None);
        let largest = Shape::new(ParamSet::Set1, 1 << 20, 1 << 20, 8).unwrap();
        assert_eq!(Pouw::posting_fee_of(&largest), 11 + 7 * (1 << 25));
        // Not enabled in these tests.
        assert_eq!(Pouw::posting_fee(ParamSet::Set1, 8, 8, 1), None);
    });
}

#[test]
fn a_posting_fee_above_what_the_sender_allows_is_refused() {
    build_and_execute(|| {
        // One begun unit of work more than `FEE` pays.
        assert_noop!(
            post_with(ParamSet::Set0, (1024, 1032, 1), FEE),
            Error::<Test>::PostingFeeAboveMax
        );
        assert_ok!(post_with(ParamSet::Set0, (1024, 1032, 1), 25));
        assert_noop!(
            post_with(ParamSet::Set0, (8, 8, 1), FEE - 1),
            Error::<Test>::PostingFeeAboveMax
        );
        // What is allowed is not what is paid.
        assert_ok!(post_with(ParamSet::Set0, (8, 8, 1), Balance::MAX));
        assert_eq!(free(&REQUESTER), ENDOWMENT - 2 * BOUNTY - 25 - FEE);
    });
}

#[test]
fn an_unsigned_task_is_refused() {
    build_and_execute(|| {
        let root = H256::zero();
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                Pouw::post_task(origin, ParamSet::Set0, 8, 8, 1, root, root, BOUNTY, 20, FEE),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn a_set_that_genesis_did_not_enable_is_refused() {
    build_and_execute(|| {
        assert_noop!(
            post_shape(ParamSet::Set1, 8, 8),
            Error::<Test>::ParamSetNotEnabled
        );
    });
    ExtBuilder::default()
        .targets(vec![(1, 0)])
        .build_and_execute(|| {
            assert_ok!(post_shape(ParamSet::Set1, 8, 8));
            assert_noop!(
                post_shape(ParamSet::Set0, 8, 8),
                Error::<Test>::ParamSetNotEnabled
            );
        });
}

#[test]
fn an_illegal_shape_is_refused() {
    build_and_execute(|| {
        use Error::*;
        for (dim, rows, columns) in [
            (0, NoRows::<Test>, NoColumns::<Test>),
            (1, RowsOfNoStrip, ColumnsOfNoStrip),
            (7, RowsOfNoStrip, ColumnsOfNoStrip),
            (9, RowsOfNoStrip, ColumnsOfNoStrip),
            ((1 << 20) + 8, TooManyRows, TooManyColumns),
            (u32::MAX, TooManyRows, TooManyColumns),
        ] {
            assert_noop!(post_shape(ParamSet::Set0, dim, 8), rows);
            assert_noop!(post_shape(ParamSet::Set0, 8, dim), columns);
        }
        for (slabs, error) in [
            (0, NoSlabs::<Test>),
            (9, TooManySlabs),
            (u8::MAX, TooManySlabs),
        ] {
            let posted = post_with(ParamSet::Set0, (8, 8, slabs), Balance::MAX);
            assert_noop!(posted, error);
        }
    });
}

#[test]
fn a_bounty_must_reach_the_minimum() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        assert_noop!(
            try_post(REQUESTER, &matrices, 99, 20),
            Error::<Test>::BountyTooSmall
        );
        assert_ok!(try_post(REQUESTER, &matrices, 100, 20));
    });
}

#[test]
fn a_deadline_must_be_within_its_bounds() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        to_block(3);
        // MinTaskDuration = 5, MaxTaskDuration = 100.
        for deadline in [0, 3, 7] {
            assert_noop!(
                try_post(REQUESTER, &matrices, BOUNTY, deadline),
                Error::<Test>::DeadlineTooSoon
            );
        }
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 8));
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 103));
        for deadline in [104, u64::MAX] {
            assert_noop!(
                try_post(REQUESTER, &matrices, BOUNTY, deadline),
                Error::<Test>::DeadlineTooLate
            );
        }
    });
}

#[test]
fn a_requester_has_a_limited_number_of_tasks() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let first = post(&matrices);
        for _ in 1..4 {
            post(&matrices);
        }
        assert_noop!(
            try_post(REQUESTER, &matrices, BOUNTY, 20),
            Error::<Test>::TooManyTasks
        );
        assert_ok!(try_post(OTHER, &matrices, BOUNTY, 20));
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), first));
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 20));
    });
}

#[test]
fn a_requester_who_cannot_pay_is_told_for_what() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        assert_noop!(
            try_post(POOR, &matrices, BOUNTY, 20),
            Error::<Test>::CannotPayPostingFee
        );
        // The existential deposit can't pay the fee, nor be put on hold.
        let all = ENDOWMENT - FEE - EXISTENTIAL_DEPOSIT;
        assert_noop!(
            try_post(REQUESTER, &matrices, all + 1, 20),
            Error::<Test>::CannotHoldBounty
        );
        assert_ok!(try_post(REQUESTER, &matrices, all, 20));
        assert_noop!(
            try_post(REQUESTER, &matrices, BOUNTY, 20),
            Error::<Test>::CannotPayPostingFee
        );
    });
}

#[test]
fn task_numbers_end_without_overflow() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        NextTaskId::<Test>::put(u64::MAX - 1);
        assert_eq!(post(&matrices), u64::MAX - 1);
        assert_noop!(
            try_post(REQUESTER, &matrices, BOUNTY, 20),
            Error::<Test>::TaskIdsExhausted
        );
    });
}
