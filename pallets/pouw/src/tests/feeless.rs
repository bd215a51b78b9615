//! Calls that are free for an account with less than `FeeReserve` to spend.

use frame_support::{
    assert_ok,
    dispatch::CheckIfFeeless,
    traits::{fungible::Mutate, tokens::Preservation},
};

use super::{matrices::Matrices, *};
use crate::{mock::*, Call};

/// `FeeReserve`: with less to spend, one is poor.
const RESERVE: Balance = 5;

fn is_free(who: AccountId, call: Call<Test>) -> bool {
    call.is_feeless(&signed(who))
}

/// Leaves `spendable` above what holds and the existential deposit keep.
fn spend_all_but(who: &AccountId, spendable: Balance) {
    let amount = Pouw::spendable(who) - spendable;
    assert_ok!(<Balances as Mutate<_>>::transfer(
        who,
        &OTHER,
        amount,
        Preservation::Preserve
    ));
    assert_eq!(Pouw::spendable(who), spendable);
}

#[test]
fn cancelling_is_free_for_a_poor_requester_of_an_open_task() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = post(&matrices);
        let cancel = || Call::cancel_task { task };
        assert!(!is_free(REQUESTER, cancel()));
        spend_all_but(&REQUESTER, RESERVE);
        assert!(!is_free(REQUESTER, cancel()));
        spend_all_but(&REQUESTER, RESERVE - 1);
        assert!(is_free(REQUESTER, cancel()));
        // Calls that would fail are never free, whoever sends them.
        assert!(!is_free(POOR, cancel()));
        assert!(!is_free(REQUESTER, Call::cancel_task { task: task + 1 }));
        assert!(!cancel().is_feeless(&RuntimeOrigin::none()));
        assert!(!cancel().is_feeless(&RuntimeOrigin::root()));
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert!(!is_free(REQUESTER, cancel()));
    });
}

#[test]
fn a_free_call_is_free_once() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        spend_all_but(&REQUESTER, 0);
        assert!(is_free(REQUESTER, Call::cancel_task { task }));
        assert_ok!(Pouw::cancel_task(signed(REQUESTER), task));
        assert!(!is_free(REQUESTER, Call::cancel_task { task }));
        // The bounty is back, so that the next call can be paid for.
        assert!(Pouw::spendable(&REQUESTER) > RESERVE);
    });
}

#[test]
fn delivering_is_free_for_a_poor_worker_with_a_claim_that_takes_it() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        let deliver = || Call::submit_result {
            task,
            root_c: H256::repeat_byte(7),
        };
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        spend_all_but(&WORKER, 0);
        // The block of the claim itself.
        assert!(!is_free(WORKER, deliver()));
        next_block();
        assert!(is_free(WORKER, deliver()));
        assert!(!is_free(POOR, deliver()));
        assert_ok!(Pouw::submit_result(
            signed(WORKER),
            task,
            H256::repeat_byte(7)
        ));
        assert!(!is_free(WORKER, deliver()));
    });
}

#[test]
fn delivering_past_the_last_block_is_not_free() {
    build_and_execute(|| {
        let task = claimed(&Matrices::small());
        let deliver = || Call::submit_result {
            task,
            root_c: H256::zero(),
        };
        spend_all_but(&WORKER, 0);
        System::set_block_number(11);
        assert!(is_free(WORKER, deliver()));
        System::set_block_number(12);
        assert!(!is_free(WORKER, deliver()));
    });
}

#[test]
fn finalizing_is_free_for_a_poor_account_once_the_window_is_past() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = delivered(&matrices, &matrices.product());
        let finalize = || Call::finalize_task { task };
        spend_all_but(&WORKER, 0);
        to_block(10);
        assert!(!is_free(WORKER, finalize()));
        to_block(11);
        assert!(is_free(WORKER, finalize()));
        assert!(is_free(POOR, finalize()));
        assert!(!is_free(OTHER, finalize()));
        assert_ok!(Pouw::finalize_task(signed(WORKER), task));
        assert!(!is_free(WORKER, finalize()));
    });
}

#[test]
fn getting_the_deposit_of_a_beneficiary_back_is_free_for_a_poor_worker() {
    build_and_execute(|| {
        let unset = || Call::set_beneficiary { beneficiary: None };
        let set = |who| Call::set_beneficiary {
            beneficiary: Some(who),
        };
        assert_ok!(Pouw::set_beneficiary(signed(WORKER), Some(OTHER)));
        assert!(!is_free(WORKER, unset()));
        spend_all_but(&WORKER, 0);
        assert!(is_free(WORKER, unset()));
        assert!(!is_free(WORKER, set(REQUESTER)));
        assert_ok!(Pouw::set_beneficiary(signed(WORKER), None));
        assert!(!is_free(WORKER, unset()));
    });
}

#[test]
fn no_other_call_is_free() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        spend_all_but(&WORKER, 0);
        let certificate = matrices.certificate(task, 0, 0, 0);
        assert!(!is_free(WORKER, Call::submit_ticket { certificate }));
        assert!(!is_free(WORKER, Call::claim_task { task }));
        let fraud_proof = matrices.fraud_proof(task, &matrices.product(), 0, 0);
        assert!(!is_free(POOR, Call::challenge_result { fraud_proof }));
    });
}
