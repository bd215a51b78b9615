//! Proof of useful work in this runtime: what wallets and indexers rely on, what its calls may take of a block, and who pays for them.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/chain.rs"]
mod chain;

use bcai_pouw_primitives::{
    certificate::{MAX_PIECE_PATH, MAX_STRIP_PATH, MAX_TILE_PATH},
    merkle::{strip_tree, tile_hash},
    params::{MAX_PIECE_LEN, MAX_SLABS, MAX_STRIP_LEN, TILE_CELLS},
    FraudProof, ParamSet, TicketCertificate, U256,
};
use bcai_runtime::{
    Balance, Balances, Pouw, ProxyType, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason,
    System, TransactionPayment, BCAI, EXISTENTIAL_DEPOSIT, MILLI,
};
use chain::{account, apply, free, nonce, run, to_block, transaction, validate};
use codec::Encode;
use frame_support::{
    assert_ok,
    dispatch::GetDispatchInfo,
    traits::{fungible::InspectHold, Get, InstanceFilter, PalletInfoAccess},
};
use pallet_pouw::Call;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Dave};
use sp_runtime::{
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    FixedU128,
};

#[test]
fn the_index_calls_and_holds_are_pinned() {
    assert_eq!(Pouw::index(), 40);
    let post = RuntimeCall::Pouw(Call::post_task {
        param_set: ParamSet::Set1,
        m: 8,
        n: 16,
        slabs: 4,
        root_a: H256::repeat_byte(1),
        root_b: H256::repeat_byte(2),
        bounty: 3,
        deadline: 4,
        max_fee: 5,
    });
    let (ones, twos) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(
        hex::encode(post.encode()),
        format!(
            "280001080000001000000004{ones}{twos}0300000000000000000000000000000004000000{}",
            "05000000000000000000000000000000"
        )
    );
    let claim = RuntimeCall::Pouw(Call::claim_task { task: 7 });
    assert_eq!(hex::encode(claim.encode()), "28010700000000000000");
    let hold = |reason: pallet_pouw::HoldReason| RuntimeHoldReason::from(reason).encode();
    assert_eq!(hold(pallet_pouw::HoldReason::Bounty), [40, 0]);
    assert_eq!(hold(pallet_pouw::HoldReason::Bond), [40, 1]);
    assert_eq!(hold(pallet_pouw::HoldReason::Beneficiary), [40, 2]);
}

#[test]
fn proxies_of_limited_types_cannot_risk_funds() {
    let calls = [
        RuntimeCall::Pouw(Call::claim_task { task: 0 }),
        RuntimeCall::Pouw(Call::submit_result {
            task: 0,
            root_c: H256::zero(),
        }),
        RuntimeCall::Pouw(Call::finalize_task { task: 0 }),
        RuntimeCall::Pouw(Call::cancel_task { task: 0 }),
        RuntimeCall::Pouw(Call::set_beneficiary { beneficiary: None }),
        RuntimeCall::Balances(pallet_balances::Call::burn {
            value: 1,
            keep_alive: true,
        }),
        RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }),
    ];
    let allowed = |proxy: ProxyType| {
        calls
            .iter()
            .map(|call| proxy.filter(call))
            .collect::<Vec<_>>()
    };
    assert_eq!(allowed(ProxyType::Any), [true; 7]);
    // Whoever may take on bonds may have them slashed in its own favour.
    assert_eq!(
        allowed(ProxyType::NonTransfer),
        [false, false, true, false, false, false, false]
    );
    assert_eq!(
        allowed(ProxyType::Mining),
        [true, true, true, false, false, false, false]
    );
    assert!(!ProxyType::NonTransfer.is_superset(&ProxyType::Mining));
}

/// The longest proofs that decode.
fn longest_proofs() -> (TicketCertificate, FraudProof) {
    let certificate = TicketCertificate {
        task: 0,
        i: 0,
        j: 0,
        l: 0,
        piece_a: vec![0; MAX_PIECE_LEN as usize].try_into().unwrap(),
        piece_b: vec![0; MAX_PIECE_LEN as usize].try_into().unwrap(),
        path_a: vec![[0; 32]; MAX_PIECE_PATH as usize].try_into().unwrap(),
        path_b: vec![[0; 32]; MAX_PIECE_PATH as usize].try_into().unwrap(),
    };
    let proof = FraudProof {
        task: 0,
        i: 0,
        j: 0,
        strip_a: vec![0; MAX_STRIP_LEN as usize].try_into().unwrap(),
        strip_b: vec![0; MAX_STRIP_LEN as usize].try_into().unwrap(),
        tile: vec![0; TILE_CELLS].try_into().unwrap(),
        path_a: vec![[0; 32]; MAX_STRIP_PATH as usize].try_into().unwrap(),
        path_b: vec![[0; 32]; MAX_STRIP_PATH as usize].try_into().unwrap(),
        path_c: vec![[0; 32]; MAX_TILE_PATH as usize].try_into().unwrap(),
    };
    (certificate, proof)
}

#[test]
fn no_proof_takes_more_than_two_percent_of_a_block() {
    let block = <<Runtime as frame_system::Config>::BlockWeights as Get<
        frame_system::limits::BlockWeights,
    >>::get()
    .max_block;
    let (certificate, fraud_proof) = longest_proofs();
    let calls = [
        RuntimeCall::Pouw(Call::submit_ticket { certificate }),
        RuntimeCall::Pouw(Call::challenge_result { fraud_proof }),
    ];
    for call in calls {
        let weight = call.get_dispatch_info().call_weight;
        assert!(
            weight.ref_time() > 0 && weight.ref_time() <= block.ref_time() / 50,
            "{} of {}",
            weight.ref_time(),
            block.ref_time()
        );
    }
}

/// An ordinary transaction may fill 80 % of the 4 MiB of a block.
#[test]
fn the_longest_proofs_are_transactions_that_pool_and_block_take() {
    run(|| {
        let (certificate, fraud_proof) = longest_proofs();
        let ticket = transaction(Alice, Call::submit_ticket { certificate });
        assert!(ticket.encoded_size() <= 70_000);
        assert_ok!(validate(ticket));
        let challenge = || {
            transaction(
                Alice,
                Call::challenge_result {
                    fraud_proof: fraud_proof.clone(),
                },
            )
        };
        let length = challenge().encoded_size();
        assert!(length <= 540_000, "{length}");
        assert_ok!(validate(challenge()));
        // In the same block six of them, which fail for want of a task and no sooner.
        for _ in 0..6 {
            let outcome = apply(challenge()).expect("the block takes it");
            assert_eq!(
                outcome,
                Err(pallet_pouw::Error::<Runtime>::UnknownTask.into())
            );
        }
        assert_eq!(
            apply(challenge()),
            Err(InvalidTransaction::ExhaustsResources.into())
        );
    });
}

#[test]
fn a_fraud_of_eight_slabs_of_the_live_set_is_refuted_by_a_transaction() {
    run(|| {
        let set = ParamSet::Set1;
        pallet_pouw::Targets::<Runtime>::insert(set, U256::MAX >> 10);
        let ones = vec![1; MAX_STRIP_LEN as usize];
        let root = H256(strip_tree(&ones, set).unwrap().root());
        let post = Call::post_task {
            param_set: set,
            m: 8,
            n: 8,
            slabs: MAX_SLABS,
            root_a: root,
            root_b: root,
            bounty: BCAI,
            deadline: System::block_number() + 600,
            max_fee: BCAI,
        };
        assert_ok!(apply(transaction(Alice, post)).unwrap());
        assert_ok!(apply(transaction(Bob, Call::claim_task { task: 0 })).unwrap());
        to_block(2);
        // A row of ones times itself, but for the last cell.
        let mut tile = vec![i32::from(MAX_SLABS) * set.k() as i32; TILE_CELLS];
        tile[TILE_CELLS - 1] -= 1;
        let deliver = Call::submit_result {
            task: 0,
            root_c: H256(tile_hash(&tile)),
        };
        assert_ok!(apply(transaction(Bob, deliver)).unwrap());
        let fraud_proof = FraudProof {
            task: 0,
            i: 0,
            j: 0,
            strip_a: ones.clone().try_into().unwrap(),
            strip_b: ones.try_into().unwrap(),
            tile: tile.try_into().unwrap(),
            path_a: Default::default(),
            path_b: Default::default(),
            path_c: Default::default(),
        };
        fund_dave(BCAI);
        let challenge = transaction(Dave, Call::challenge_result { fraud_proof });
        assert_ok!(validate(challenge.clone()));
        assert_ok!(apply(challenge).unwrap());
        assert_eq!(Balances::total_balance_on_hold(&account(Bob)), 0);
        // Free, and half of the least bond is the challenger's.
        assert_eq!(free(Dave), BCAI + BCAI / 2);
    });
}

fn post(bounty: Balance) -> Call<Runtime> {
    Call::post_task {
        param_set: ParamSet::Set0,
        m: 8,
        n: 8,
        slabs: 1,
        root_a: H256::zero(),
        root_b: H256::zero(),
        bounty,
        deadline: System::block_number() + 600,
        max_fee: BCAI,
    }
}

fn pay_all(dest: Sr25519Keyring) -> pallet_balances::Call<Runtime> {
    pallet_balances::Call::transfer_all {
        dest: account(dest).into(),
        keep_alive: false,
    }
}

/// Gives Dave `amount`, and lets him spend all but `rest` above the existential deposit after `then`.
fn leave_dave(rest: Balance) {
    let amount = Pouw::spendable(&account(Dave)) - rest;
    assert_ok!(Balances::transfer_allow_death(
        bcai_runtime::RuntimeOrigin::signed(account(Dave)),
        account(Bob).into(),
        amount
    ));
    assert_eq!(Pouw::spendable(&account(Dave)), rest);
}

fn fund_dave(amount: Balance) {
    let pay = pallet_balances::Call::transfer_allow_death {
        dest: account(Dave).into(),
        value: amount,
    };
    assert_ok!(apply(transaction(Alice, pay)).unwrap());
}

const PAYMENT: TransactionValidityError =
    TransactionValidityError::Invalid(InvalidTransaction::Payment);

#[test]
fn a_requester_who_moved_all_it_had_can_still_cancel() {
    run(|| {
        fund_dave(30 * BCAI);
        assert_ok!(apply(transaction(Dave, post(20 * BCAI))).unwrap());
        assert_ok!(apply(transaction(Dave, pay_all(Bob))).unwrap());
        assert_eq!(free(Dave), EXISTENTIAL_DEPOSIT);
        let issued = Balances::total_issuance();

        // What would fail is not free, and so not even taken.
        assert_eq!(
            validate(transaction(Dave, Call::cancel_task { task: 1 })),
            Err(PAYMENT)
        );
        let remark = frame_system::Call::remark { remark: vec![] };
        assert!(apply(transaction(Dave, remark)).is_err());

        let cancel = transaction(Dave, Call::cancel_task { task: 0 });
        assert_ok!(validate(cancel.clone()));
        assert_ok!(apply(cancel).unwrap());
        assert_eq!(free(Dave), 20 * BCAI + EXISTENTIAL_DEPOSIT);
        assert_eq!(Balances::total_issuance(), issued);
        assert!(System::events().iter().any(|record| matches!(
            record.event,
            RuntimeEvent::SkipFeelessPayment(pallet_skip_feeless_payment::Event::FeeSkipped { .. })
        )));
    });
}

#[test]
fn a_requester_who_can_pay_pays_for_cancelling() {
    run(|| {
        fund_dave(30 * BCAI);
        assert_ok!(apply(transaction(Dave, post(20 * BCAI))).unwrap());
        leave_dave(10 * MILLI);
        let cancel = transaction(Dave, Call::cancel_task { task: 0 });
        assert!(validate(cancel.clone()).unwrap().priority > 0);
        assert_ok!(apply(cancel).unwrap());
        let left = free(Dave) - EXISTENTIAL_DEPOSIT;
        assert!(left < 20 * BCAI + 10 * MILLI && left > 20 * BCAI);
    });
}

#[test]
fn a_worker_with_nothing_but_its_bond_delivers_and_is_paid() {
    run(|| {
        assert_ok!(apply(transaction(Bob, post(20 * BCAI))).unwrap());
        fund_dave(10 * BCAI);
        assert_ok!(apply(transaction(Dave, Call::claim_task { task: 0 })).unwrap());
        leave_dave(0);
        let deliver = || Call::submit_result {
            task: 0,
            root_c: H256::repeat_byte(1),
        };
        // In the block of the claim it would fail.
        assert_eq!(validate(transaction(Dave, deliver())), Err(PAYMENT));
        to_block(2);
        assert_ok!(apply(transaction(Dave, deliver())).unwrap());
        assert_eq!(free(Dave), EXISTENTIAL_DEPOSIT);
        // Once: the second would fail, so it costs what Dave doesn't have.
        assert_eq!(apply(transaction(Dave, deliver())), Err(PAYMENT));

        let finalize = || Call::finalize_task { task: 0 };
        // The last block of the window, in which the pool looks at the next one.
        let last = 2 + chain::WINDOW;
        to_block(last - 1);
        assert_eq!(validate(transaction(Dave, finalize())), Err(PAYMENT));
        to_block(last);
        assert_ok!(validate(transaction(Dave, finalize())));
        to_block(last + 1);
        assert_ok!(apply(transaction(Dave, finalize())).unwrap());
        // The bounty and the bond of a tenth of it.
        assert_eq!(free(Dave), EXISTENTIAL_DEPOSIT + 22 * BCAI);
    });
}

#[test]
fn a_free_call_does_not_tempt_an_account_that_does_not_exist() {
    run(|| {
        assert_ok!(apply(transaction(Bob, post(20 * BCAI))).unwrap());
        assert_eq!(nonce(Dave), 16);
        // Without an account there is no nonce to pay with.
        assert_eq!(
            validate(transaction(Dave, Call::finalize_task { task: 0 })),
            Err(PAYMENT)
        );
    });
}

#[test]
fn the_reserve_is_more_than_the_fee_of_a_call_that_can_be_free_however_fees_move() {
    run(|| {
        let calls = [
            RuntimeCall::Pouw(Call::submit_result {
                task: 0,
                root_c: H256::zero(),
            }),
            RuntimeCall::Pouw(Call::finalize_task { task: 0 }),
            RuntimeCall::Pouw(Call::cancel_task { task: 0 }),
            RuntimeCall::Pouw(Call::set_beneficiary { beneficiary: None }),
        ];
        let reserve = <Runtime as pallet_pouw::Config>::FeeReserve::get;
        assert_eq!(reserve(), 10 * MILLI);
        for (multiplier, expected) in [
            (FixedU128::from_rational(1, 10), 10 * MILLI),
            (FixedU128::from_u32(1_000), 10 * BCAI),
        ] {
            pallet_transaction_payment::NextFeeMultiplier::<Runtime>::put(multiplier);
            assert_eq!(reserve(), expected);
            for call in &calls {
                let sent = transaction(Alice, call.clone());
                let length = sent.encoded_size() as u32;
                let fee = TransactionPayment::query_info(sent, length).partial_fee;
                assert!(fee > 0 && fee < reserve() / 2, "{call:?}: {fee}");
            }
        }
    });
}

#[test]
fn limits_are_those_of_this_runtime() {
    run(|| {
        let limits = Pouw::limits(bcai_runtime::SLOT_DURATION);
        assert_eq!(limits.block_time_ms, 1_000);
        assert_eq!(limits.existential_deposit, MILLI);
        assert_eq!(limits.min_bounty, BCAI);
        assert_eq!(limits.challenge_window, chain::WINDOW);
        assert_eq!(limits.max_tickets_per_task, 128);
    });
}
