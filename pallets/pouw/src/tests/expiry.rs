//! `on_idle`: what expires, when, and within which weight.

use frame_support::{
    assert_ok,
    traits::{fungible::Mutate, Hooks},
    weights::Weight,
};

use super::{matrices::Matrices, *};
use crate::{
    mock::*, Agenda, AgendaCursor, ClaimCount, Event, TaskCount, Tasks, Tickets, WeightInfo,
};

fn base() -> Weight {
    <Weights as WeightInfo>::on_idle_base()
}

fn advance() -> Weight {
    <Weights as WeightInfo>::agenda_advance()
}

fn dearest() -> Weight {
    Pouw::dearest_agenda_step()
}

#[test]
fn an_open_task_expires_in_the_block_after_its_deadline() {
    for (block, expired) in [(40, false), (DEADLINE, false), (DEADLINE + 1, true)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            to_block(block);
            let expected = if expired {
                vec![Event::TaskExpired {
                    task,
                    requester: REQUESTER,
                    bounty: BOUNTY,
                }]
            } else {
                vec![]
            };
            assert_eq!(idle(), expected);
            assert_eq!(status(task).is_none(), expired);
            if expired {
                assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
                assert_eq!(TaskCount::<Test>::get(REQUESTER), 0);
                assert_eq!(agenda(), vec![]);
            }
        });
    }
}

#[test]
fn a_claim_expires_in_the_block_after_its_last() {
    // Claimed in block 1 for 10 blocks.
    for (block, expired) in [(10, false), (11, false), (12, true)] {
        build_and_execute(|| {
            let matrices = Matrices::small();
            let task = claimed(&matrices);
            assert_ok!(Pouw::submit_ticket(
                signed(WORKER),
                matrices.certificate(task, 0, 0, 0)
            ));
            to_block(block);
            let issued = Balances::total_issuance();
            if !expired {
                assert_eq!(idle(), vec![]);
                assert_eq!(held_bond(&WORKER), BOND);
                return;
            }
            assert_eq!(
                idle(),
                vec![Event::ClaimExpired {
                    task,
                    worker: WORKER,
                    forfeited: BOND,
                }]
            );
            assert_eq!(held_bond(&WORKER), 0);
            assert_eq!(free(&WORKER), ENDOWMENT - BOND);
            assert_eq!(Balances::total_issuance(), issued - BOND);
            assert_eq!(ClaimCount::<Test>::get(WORKER), 0);
            assert!(!Tickets::<Test>::contains_key(task));
            assert_eq!(status(task), Some(Status::Open { due: DEADLINE + 1 }));
            assert_eq!(agenda(), vec![(DEADLINE + 1, task)]);
            assert_eq!(held_bounty(&REQUESTER), BOUNTY);
            assert_ok!(Pouw::claim_task(signed(OTHER), task));
        });
    }
}

#[test]
fn a_claim_that_lasts_to_the_deadline_expires_with_its_task() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(35);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        to_block(DEADLINE);
        assert_eq!(idle(), vec![]);
        to_block(DEADLINE + 1);
        assert_eq!(
            idle(),
            vec![
                Event::ClaimExpired {
                    task,
                    worker: WORKER,
                    forfeited: BOND,
                },
                Event::TaskExpired {
                    task,
                    requester: REQUESTER,
                    bounty: BOUNTY,
                }
            ]
        );
        assert_eq!(free(&WORKER), ENDOWMENT - BOND);
        assert_eq!(free(&REQUESTER), ENDOWMENT - FEE);
        assert_eq!(status(task), None);
    });
}

#[test]
fn a_task_opens_again_unless_its_deadline_has_passed_with_the_claim() {
    // The claim ends two blocks before the deadline, one before, and with it.
    for (claimed_at, claim_ends) in [(29, 40), (30, 41), (31, 42)] {
        build_and_execute(|| {
            let task = post(&Matrices::small());
            to_block(claimed_at);
            assert_ok!(Pouw::claim_task(signed(WORKER), task));
            to_block(claim_ends);
            let ended = idle();
            assert!(matches!(ended[0], Event::ClaimExpired { .. }));
            assert_eq!(ended.len() == 1, claim_ends <= DEADLINE);
            assert_eq!(is_open(task), claim_ends <= DEADLINE);
            to_block(DEADLINE + 1);
            idle();
            assert_eq!(status(task), None);
        });
    }
}

#[test]
fn a_delivered_task_waits_for_a_call_however_long() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        to_block(200);
        assert!(matches!(status(task), Some(Status::Delivered(_))));
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
    });
}

#[test]
fn without_weight_nothing_happens() {
    build_and_execute(|| {
        post(&Matrices::small());
        to_block(DEADLINE + 1);
        for weight in [
            Weight::zero(),
            base() - Weight::from_parts(1, 0),
            base() - Weight::from_parts(0, 1),
        ] {
            frame_support::assert_storage_noop!({
                assert_eq!(Pouw::on_idle(DEADLINE + 1, weight), Weight::zero());
            });
        }
    });
}

#[test]
fn a_step_starts_only_where_the_dearest_one_fits() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(DEADLINE + 1);
        let short = base() + dearest() - Weight::from_parts(1, 0);
        assert_eq!(Pouw::on_idle(DEADLINE + 1, short), base());
        assert!(status(task).is_some());
        let enough = base() + dearest();
        let used = Pouw::on_idle(DEADLINE + 1, enough);
        assert_eq!(used, base() + <Weights as WeightInfo>::expire_task());
        assert!(status(task).is_none());
    });
}

/// Sixteen tasks of four requesters, all due in the block after [`DEADLINE`].
fn many_tasks() {
    let matrices = Matrices::small();
    for who in [REQUESTER, WORKER, CHALLENGER, OTHER] {
        for _ in 0..4 {
            assert_ok!(try_post(who.clone(), &matrices, BOUNTY, DEADLINE));
        }
    }
}

#[test]
fn idle_time_never_uses_more_than_it_is_given() {
    for quarters in 0..60 {
        build_and_execute(|| {
            many_tasks();
            to_block(DEADLINE + 1);
            let given = base() + dearest() * quarters / 4;
            let used = Pouw::on_idle(DEADLINE + 1, given);
            assert!(used.all_lte(given), "{used:?} of {given:?}");
            let expired = 16 - Tasks::<Test>::iter().count() as u64;
            assert!(expired >= quarters / 4);
            Pouw::do_try_state().unwrap();
        });
    }
}

#[test]
fn idle_time_takes_a_limited_number_of_steps_and_goes_on_in_the_next_block() {
    build_and_execute(|| {
        many_tasks();
        to_block(DEADLINE);
        // The cursor stands at the deadline: one step to leave that block, fifteen tasks.
        AgendaCursor::<Test>::put(DEADLINE);
        to_block(DEADLINE + 1);
        AgendaCursor::<Test>::put(DEADLINE);
        let used = Pouw::on_idle(DEADLINE + 1, IDLE);
        assert_eq!(
            used,
            base() + advance() + <Weights as WeightInfo>::expire_task() * 15
        );
        assert_eq!(Tasks::<Test>::iter().count(), 1);
        assert_eq!(AgendaCursor::<Test>::get(), DEADLINE + 1);
        next_block();
        assert_eq!(Tasks::<Test>::iter().count(), 0);
        assert_eq!(Agenda::<Test>::iter().count(), 0);
        idle();
        assert_eq!(AgendaCursor::<Test>::get(), DEADLINE + 3);
    });
}

#[test]
fn blocks_without_idle_time_are_caught_up_with() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = post(&matrices);
        for number in 2..=60 {
            System::reset_events();
            System::initialize(&number, &hash_of_block(number - 1), &Default::default());
            Pouw::on_initialize(number);
        }
        assert!(is_open(task));
        assert_eq!(AgendaCursor::<Test>::get(), 0);
        // 42 blocks before the due one, 16 steps a block.
        next_block();
        assert_eq!(AgendaCursor::<Test>::get(), 16);
        next_block();
        assert!(is_open(task));
        next_block();
        assert_eq!(status(task), None);
        next_block();
        next_block();
        assert_eq!(AgendaCursor::<Test>::get(), 65);
    });
}

#[test]
fn a_lapsed_claim_that_waits_for_idle_time_takes_no_result() {
    build_and_execute(|| {
        let task = claimed(&Matrices::small());
        for number in 3..=30 {
            System::reset_events();
            System::initialize(&number, &hash_of_block(number - 1), &Default::default());
            Pouw::on_initialize(number);
        }
        frame_support::assert_noop!(
            Pouw::submit_result(signed(WORKER), task, H256::zero()),
            crate::Error::<Test>::ClaimLapsed
        );
        assert_eq!(
            idle(),
            vec![Event::ClaimExpired {
                task,
                worker: WORKER,
                forfeited: BOND,
            }]
        );
        assert!(is_open(task));
        assert_eq!(held_bond(&WORKER), 0);
    });
}

#[test]
fn an_account_that_holds_a_bounty_can_not_be_emptied() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        let all = free(&REQUESTER);
        assert!(<Balances as Mutate<_>>::burn_from(
            &REQUESTER,
            all,
            frame_support::traits::tokens::Preservation::Expendable,
            frame_support::traits::tokens::Precision::Exact,
            frame_support::traits::tokens::Fortitude::Polite,
        )
        .is_err());
        to_block(DEADLINE + 1);
        idle();
        assert_eq!(status(task), None);
    });
}
