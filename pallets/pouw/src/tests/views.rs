//! What the runtime API reads.

use bcai_pouw_primitives::{Limits, ParamSet, TaskInfo, TaskState, U256};
use frame_support::{
    assert_noop, assert_ok,
    traits::{
        fungible::{freeze::Mutate as MutateFreeze, Mutate},
        tokens::Preservation,
    },
};

use super::{matrices::Matrices, *};
use crate::{mock::*, views::MAX_LISTED, Error, TaskInfoOf};

fn state(task: TaskId) -> TaskState<AccountId, u64> {
    Pouw::task_info(task).expect("the task exists").state
}

#[test]
fn a_task_is_shown_in_every_state() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let product = matrices.product();
        let task = post(&matrices);
        let expected: TaskInfoOf<Test> = TaskInfo {
            id: task,
            requester: REQUESTER,
            set: ParamSet::Set0,
            m: 16,
            n: 16,
            slabs: 2,
            root_a: matrices.root_a(),
            root_b: matrices.root_b(),
            bounty: BOUNTY,
            deadline: DEADLINE,
            state: TaskState::Open,
        };
        assert_eq!(Pouw::task_info(task), Some(expected));
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        let claimed = |anchor, tickets| TaskState::Claimed {
            worker: WORKER,
            claimed_at: 1,
            expires_at: 11,
            anchor,
            target: U256::MAX,
            tickets,
        };
        assert_eq!(state(task), claimed(None, vec![]));
        next_block();
        let anchor = Some(hash_of_block(1).0);
        assert_eq!(state(task), claimed(anchor, vec![]));
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 1, 0, 1)
        ));
        assert_eq!(state(task), claimed(anchor, vec![(1, 0, 1)]));
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256(product.root())
        ));
        assert_eq!(
            state(task),
            TaskState::Delivered {
                worker: WORKER,
                root_c: product.root(),
                challenge_until: 10,
                tickets: 1,
            }
        );
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert_eq!(
            state(task),
            TaskState::Finalized {
                worker: WORKER,
                root_c: product.root(),
                finalized_at: 11,
                credit: TICKET_WORK,
            }
        );
        assert_eq!(Pouw::task_info(task + 1), None);
    });
}

#[test]
fn a_list_looks_at_a_limited_number_of_ids() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        for _ in 0..4 {
            post(&matrices);
        }
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), 1));
        let ids = |from, limit| -> Vec<TaskId> {
            Pouw::tasks_from(from, limit)
                .into_iter()
                .map(|task| task.id)
                .collect()
        };
        assert_eq!(ids(0, 256), vec![0, 2, 3]);
        assert_eq!(ids(0, 2), vec![0]);
        assert_eq!(ids(1, 2), vec![2]);
        assert_eq!(ids(3, u32::MAX), vec![3]);
        assert_eq!(ids(4, 10), Vec::<TaskId>::new());
        assert_eq!(ids(u64::MAX, 10), Vec::<TaskId>::new());
        assert_eq!(ids(0, 0), Vec::<TaskId>::new());
        // Ids past the limit are for the next page, whatever exists in between.
        crate::NextTaskId::<Test>::put(1_000);
        let far = post(&matrices);
        assert_eq!(far, 1_000);
        assert_eq!(ids(4, 10_000), Vec::<TaskId>::new());
        assert_eq!(ids(1_001 - u64::from(MAX_LISTED), 10_000), vec![far]);
    });
}

#[test]
fn limits_are_those_of_the_configuration() {
    ExtBuilder::default()
        .challenge_window(9)
        .build_and_execute(|| {
            assert_eq!(
                Pouw::limits(6_000),
                Limits {
                    block_time_ms: 6_000,
                    existential_deposit: EXISTENTIAL_DEPOSIT,
                    min_bounty: 100,
                    min_task_duration: 5,
                    max_task_duration: 100,
                    claim_duration: 10,
                    challenge_window: 9,
                    max_tasks_per_requester: 4,
                    max_claims_per_worker: 2,
                    max_tickets_per_task: 3,
                    max_listed: 256,
                }
            );
        });
}

#[test]
fn what_can_be_held_is_told_to_the_last_unit() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_eq!(Pouw::holdable(&POOR), 0);
        assert_eq!(Pouw::spendable(&POOR), 0);
        let all = ENDOWMENT - EXISTENTIAL_DEPOSIT;
        assert_eq!(Pouw::holdable(&WORKER), all);
        assert_eq!(Pouw::spendable(&WORKER), all);
        let keep = |amount| {
            let rest = Pouw::holdable(&WORKER) - amount;
            assert_ok!(<Balances as Mutate<_>>::transfer(
                &WORKER,
                &OTHER,
                rest,
                Preservation::Preserve
            ));
            assert_eq!(Pouw::holdable(&WORKER), amount);
        };
        keep(BOND);
        // A freeze keeps from spending, not from holding.
        let frozen = BOND + EXISTENTIAL_DEPOSIT;
        let reason = RuntimeFreezeReason::from(freeze::FreezeReason::Everything);
        assert_ok!(<Balances as MutateFreeze<_>>::set_freeze(
            &reason, &WORKER, frozen
        ));
        assert_eq!(Pouw::spendable(&WORKER), 0);
        assert_eq!(Pouw::holdable(&WORKER), BOND);
        assert_ok!(<Balances as MutateFreeze<_>>::thaw(&reason, &WORKER));
        keep(BOND - 1);
        assert_noop!(
            Pouw::claim_task(signed(WORKER), task),
            Error::<Test>::CannotHoldBond
        );
        assert_ok!(<Balances as Mutate<_>>::mint_into(&WORKER, 1));
        assert_eq!(Pouw::holdable(&WORKER), BOND);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_eq!(Pouw::holdable(&WORKER), 0);
    });
}

#[test]
fn targets_and_numbers_are_shown() {
    build_and_execute(|| {
        assert_eq!(Pouw::target_of(ParamSet::Set0), Some(U256::MAX));
        assert_eq!(Pouw::target_of(ParamSet::Set1), None);
        assert_eq!(Pouw::next_task_id(), 0);
        post(&Matrices::small());
        assert_eq!(Pouw::next_task_id(), 1);
    });
}
