//! Work credit, its halving, its total, its sweep; `set_beneficiary`.

use bcai_traits::WorkCredit;
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use sp_runtime::DispatchError;

use super::{matrices::Matrices, *};
use crate::{
    mock::*,
    types::{CreditRecord, Sweep},
    Beneficiaries, CreditSweep, Error, Event, TotalCredit, WeightInfo, WorkCredits,
};

/// `BeneficiaryDeposit`.
const DEPOSIT: u128 = 13;

fn credit(who: &AccountId) -> u128 {
    <Pouw as WorkCredit<AccountId>>::credit_of(who)
}

fn total() -> u128 {
    <Pouw as WorkCredit<AccountId>>::total()
}

/// Looks from a block without running those before it.
fn at_block(number: u64) {
    System::set_block_number(number);
}

#[test]
fn credit_halves_at_the_first_block_of_a_half_life() {
    build_and_execute(|| {
        Pouw::grant_credit(&WORKER, 1_000);
        // CreditHalfLife = 100.
        for (block, halvings, expected) in [
            (1, 0, 1_000),
            (98, 0, 1_000),
            (99, 0, 1_000),
            (100, 1, 500),
            (101, 1, 500),
            (199, 1, 500),
            (200, 2, 250),
            (1_000, 10, 0),
        ] {
            at_block(block);
            assert_eq!(Pouw::halvings(), halvings);
            assert_eq!(credit(&WORKER), expected);
            assert_eq!(total(), expected);
        }
        // Looking changes nothing.
        assert_eq!(
            WorkCredits::<Test>::get(WORKER),
            CreditRecord {
                halvings: 0,
                amount: 1_000
            }
        );
    });
}

#[test]
fn halving_is_exact_however_often_it_is_looked_at() {
    let amount = 0xDEAD_BEEF_0123_4567_89AB_CDEF_0F1E_2D3C_u128;
    let record = CreditRecord {
        halvings: 3,
        amount,
    };
    for times in 0..200 {
        let expected = if times < 128 { amount >> times } else { 0 };
        assert_eq!(record.after(3 + times), expected);
    }
    assert_eq!(record.after(0), amount);
    assert_eq!(record.after(u32::MAX), 0);
    // Settling in between gives the same.
    for between in 0..130 {
        let settled = CreditRecord {
            halvings: 3 + between,
            amount: record.after(3 + between),
        };
        for times in between..140 {
            assert_eq!(settled.after(3 + times), record.after(3 + times));
        }
    }
}

#[test]
fn later_credit_is_added_to_what_is_left() {
    build_and_execute(|| {
        Pouw::grant_credit(&WORKER, 1_001);
        at_block(250);
        Pouw::grant_credit(&WORKER, 10);
        assert_eq!(credit(&WORKER), 260);
        assert_eq!(
            WorkCredits::<Test>::get(WORKER),
            CreditRecord {
                halvings: 2,
                amount: 260
            }
        );
        assert_eq!(total(), 260);
    });
}

#[test]
fn the_total_is_never_below_the_sum() {
    build_and_execute(|| {
        for who in [REQUESTER, WORKER, CHALLENGER, OTHER] {
            Pouw::grant_credit(&who, 3);
        }
        at_block(100);
        assert_eq!(credit(&WORKER), 1);
        assert_eq!(total(), 6);
        Pouw::do_try_state().unwrap();
    });
}

#[test]
fn the_total_does_not_overflow() {
    build_and_execute(|| {
        assert_eq!(Pouw::grant_credit(&WORKER, u128::MAX - 5), u128::MAX - 5);
        assert_eq!(Pouw::grant_credit(&OTHER, 100), 5);
        assert_eq!(Pouw::grant_credit(&OTHER, 100), 0);
        assert_eq!(Pouw::grant_credit(&CHALLENGER, 1), 0);
        assert!(!WorkCredits::<Test>::contains_key(CHALLENGER));
        assert_eq!(total(), u128::MAX);
        Pouw::do_try_state().unwrap();
        at_block(100);
        assert_eq!(Pouw::grant_credit(&CHALLENGER, 1), 1);
        assert_eq!(total(), (u128::MAX >> 1) + 1);
    });
}

fn finish_a_task() -> Event<Test> {
    let matrices = Matrices::small();
    let task = claimed(&matrices);
    assert_ok!(Pouw::submit_ticket(
        signed(WORKER),
        matrices.certificate(task, 0, 0, 0)
    ));
    assert_ok!(Pouw::submit_result(
        signed(WORKER),
        task,
        H256(matrices.product().root())
    ));
    to_block(System::block_number() + 9);
    assert_ok!(Pouw::finalize_task(signed(OTHER), task));
    last_event()
}

#[test]
fn a_beneficiary_gets_the_credit_but_not_the_bounty() {
    build_and_execute(|| {
        assert_ok!(Pouw::set_beneficiary(signed(WORKER), Some(OTHER)));
        assert_eq!(
            events(),
            vec![Event::BeneficiarySet {
                worker: WORKER,
                beneficiary: Some(OTHER),
            }]
        );
        assert_eq!(
            finish_a_task(),
            Event::TaskFinalized {
                task: 0,
                worker: WORKER,
                beneficiary: OTHER,
                bounty: BOUNTY,
                credit: TICKET_WORK,
            }
        );
        assert_eq!(credit(&WORKER), 0);
        assert_eq!(credit(&OTHER), TICKET_WORK);
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY - DEPOSIT);
        assert_ok!(Pouw::set_beneficiary(signed(WORKER), None));
        assert_eq!(free(&WORKER), ENDOWMENT + BOUNTY);
        assert_eq!(
            last_event(),
            Event::BeneficiarySet {
                worker: WORKER,
                beneficiary: None,
            }
        );
        assert!(!Beneficiaries::<Test>::contains_key(WORKER));
        finish_a_task();
        assert_eq!(credit(&WORKER), TICKET_WORK);
        assert_eq!(credit(&OTHER), TICKET_WORK);
    });
}

#[test]
fn a_beneficiary_takes_one_deposit_however_often_it_changes() {
    build_and_execute(|| {
        let set = |who| Pouw::set_beneficiary(signed(WORKER), who);
        for who in [OTHER, CHALLENGER, OTHER] {
            assert_ok!(set(Some(who.clone())));
            assert_eq!(Beneficiaries::<Test>::get(WORKER), Some((who, DEPOSIT)));
            assert_eq!(free(&WORKER), ENDOWMENT - DEPOSIT);
        }
        // Oneself is nobody else.
        assert_ok!(set(Some(WORKER)));
        assert_eq!(Beneficiaries::<Test>::get(WORKER), None);
        assert_eq!(free(&WORKER), ENDOWMENT);
        assert_ok!(set(None));
        assert_eq!(free(&WORKER), ENDOWMENT);
    });
}

#[test]
fn a_beneficiary_needs_its_deposit() {
    build_and_execute(|| {
        assert_ok!(Balances::force_set_balance(
            RuntimeOrigin::root(),
            WORKER,
            DEPOSIT
        ));
        assert_noop!(
            Pouw::set_beneficiary(signed(WORKER), Some(OTHER)),
            Error::<Test>::CannotHoldDeposit
        );
    });
}

#[test]
fn the_beneficiary_at_the_time_of_finalization_counts() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
        let root = H256(matrices.product().root());
        assert_ok!(Pouw::submit_result(signed(WORKER), task, root));
        to_block(11);
        assert_ok!(Pouw::set_beneficiary(signed(WORKER), Some(CHALLENGER)));
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_eq!(credit(&CHALLENGER), TICKET_WORK);
    });
}

#[test]
fn an_unsigned_beneficiary_is_refused() {
    build_and_execute(|| {
        assert_noop!(
            Pouw::set_beneficiary(RuntimeOrigin::none(), None),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn credit_that_vanished_is_swept_and_other_credit_is_not() {
    build_and_execute(|| {
        Pouw::grant_credit(&WORKER, 1);
        Pouw::grant_credit(&OTHER, 1);
        Pouw::grant_credit(&REQUESTER, 2);
        to_block(100);
        assert_eq!(WorkCredits::<Test>::iter().count(), 3);
        idle();
        let left: Vec<_> = WorkCredits::<Test>::iter_keys().collect();
        assert_eq!(left, vec![REQUESTER]);
        assert_eq!(
            CreditSweep::<Test>::get(),
            Sweep {
                halvings: 1,
                last: None,
                done: true,
            }
        );
        // Done until the next halving: a block costs the base and its own agenda step.
        to_block(101);
        let used = Pouw::on_idle(101, IDLE);
        assert_eq!(
            used,
            <Weights as WeightInfo>::on_idle_base() + <Weights as WeightInfo>::agenda_advance()
        );
        to_block(200);
        idle();
        assert_eq!(WorkCredits::<Test>::iter().count(), 0);
    });
}

#[test]
fn the_sweep_goes_on_where_weight_ended() {
    build_and_execute(|| {
        for number in 0..40u8 {
            Pouw::grant_credit(&AccountId::new([number; 32]), 1);
        }
        to_block(100);
        let step = <Weights as WeightInfo>::sweep_credit();
        let base = <Weights as WeightInfo>::on_idle_base();
        let advance = <Weights as WeightInfo>::agenda_advance();
        let dearest = Pouw::dearest_agenda_step();
        // The agenda of block 100 first, which needs room for its dearest step.
        let given = base + dearest.max(advance + step * 3);
        let used = Pouw::on_idle(100, given);
        assert!(used.all_lte(given));
        let swept = 40 - WorkCredits::<Test>::iter().count() as u64;
        assert_eq!(used, base + advance + step * swept);
        assert!(swept >= 3);
        // 16 steps a block, one for the agenda and one to see the end.
        for _ in 0..3 {
            next_block();
            Pouw::do_try_state().unwrap();
        }
        assert_eq!(WorkCredits::<Test>::iter().count(), 0);
        assert!(CreditSweep::<Test>::get().done);
        assert_eq!(Pouw::on_idle(103, Weight::zero()), Weight::zero());
    });
}

#[test]
fn a_sweep_that_a_halving_interrupts_goes_on() {
    build_and_execute(|| {
        for number in 0..20u8 {
            Pouw::grant_credit(&AccountId::new([number; 32]), 1);
        }
        to_block(100);
        idle();
        let first = CreditSweep::<Test>::get();
        assert!(!first.done && first.last.is_some());
        at_block(200);
        crate::AgendaCursor::<Test>::put(201);
        idle();
        assert_eq!(WorkCredits::<Test>::iter().count(), 0);
        assert_eq!(TotalCredit::<Test>::get().after(2), 5);
    });
}
