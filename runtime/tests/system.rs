//! What wallets and indexers rely on of every transaction: indices, encodings, prefixes, nonces; and what no transaction can do.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/chain.rs"]
mod chain;

use bcai_runtime::{
    Authorship, Babe, Balance, Balances, Grandpa, Multisig, Preimage, Proxy, Runtime, RuntimeCall,
    Scheduler, Session, SessionKeys, SkipFeelessPayment, System, Timestamp, TransactionPayment,
    TxExtension, Utility, BCAI, MILLI,
};
use chain::{account, apply, free, nonce, run, to_block, transaction, validate};
use codec::{Decode, Encode};
use frame_support::{
    assert_ok,
    traits::{Get, PalletInfoAccess},
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Dave};
use sp_runtime::{
    traits::TransactionExtension,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};

/// Those of a subsystem are pinned in its own tests.
#[test]
fn pallet_indices_are_pinned() {
    let indices = [
        (System::index(), 0),
        (Babe::index(), 1),
        (Timestamp::index(), 2),
        (Authorship::index(), 3),
        (Session::index(), 4),
        (Grandpa::index(), 5),
        (Balances::index(), 10),
        (TransactionPayment::index(), 11),
        (SkipFeelessPayment::index(), 12),
        (Utility::index(), 20),
        (Multisig::index(), 21),
        (Proxy::index(), 22),
        (Preimage::index(), 23),
        (Scheduler::index(), 24),
    ];
    for (index, pinned) in indices {
        assert_eq!(index, pinned);
    }
}

#[test]
fn session_keys_and_prefix_are_pinned() {
    let keys = SessionKeys {
        babe: sp_core::sr25519::Public::from_raw([1; 32]).into(),
        grandpa: sp_core::ed25519::Public::from_raw([2; 32]).into(),
    };
    assert_eq!(keys.encode(), [[1; 32], [2; 32]].concat());
    let prefix: u16 = <Runtime as frame_system::Config>::SS58Prefix::get();
    assert_eq!(prefix, 3_131);
}

/// Wallets know these by name, and sign what each encodes.
#[test]
fn what_a_transaction_carries_is_pinned() {
    let names: Vec<&str> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata()
        .iter()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "AuthorizeCall",
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "WeightReclaim",
        ]
    );
    run(|| {
        let remark = frame_system::Call::remark { remark: vec![] };
        let sent = transaction(Dave, remark);
        let sp_runtime::generic::Preamble::Signed(_, _, extension) = &sent.preamble else {
            panic!("signed");
        };
        // Mortality of 64 blocks from block 0, nonce 16, no tip, no metadata hash.
        assert_eq!(hex::encode(extension.encode()), "0500400000");
    });
}

#[test]
fn nobody_can_report_an_equivocation_for_free() {
    // All that a report holds may be made up, and a call of either pallet that decoded would be accepted without a fee.
    for (pallet, call) in [(1u8, 0u8), (1, 1), (5, 0), (5, 1)] {
        // As proofs go, zeros are well formed.
        let bytes = [vec![pallet, call], vec![0; 600]].concat();
        assert!(
            RuntimeCall::decode(&mut &bytes[..]).is_err(),
            "{pallet}.{call}"
        );
    }
}

fn pay(dest: sp_keyring::Sr25519Keyring, value: Balance) -> pallet_balances::Call<Runtime> {
    pallet_balances::Call::transfer_allow_death {
        dest: account(dest).into(),
        value,
    }
}

fn pay_all(dest: sp_keyring::Sr25519Keyring) -> pallet_balances::Call<Runtime> {
    pallet_balances::Call::transfer_all {
        dest: account(dest).into(),
        keep_alive: false,
    }
}

#[test]
fn accounts_of_genesis_count_from_zero_and_later_ones_from_their_block() {
    run(|| {
        assert_eq!(nonce(Alice), 0);
        assert_ok!(apply(transaction(Alice, pay(Dave, BCAI))).unwrap());
        assert_eq!(nonce(Alice), 1);
        assert_eq!(nonce(Dave), 16);
        to_block(1_000);
        // It stays as it is while the account exists.
        assert_eq!(nonce(Dave), 16);
        assert_ok!(apply(transaction(Dave, pay(Alice, MILLI))).unwrap());
        assert_eq!(nonce(Dave), 17);
    });
}

#[test]
fn an_emptied_account_that_is_funded_again_pays_no_old_transaction_twice() {
    run(|| {
        assert_ok!(apply(transaction(Alice, pay(Dave, 10 * BCAI))).unwrap());
        let before = free(Bob);
        let first = transaction(Dave, pay(Bob, BCAI));
        assert_ok!(apply(first.clone()).unwrap());
        assert_ok!(apply(transaction(Dave, pay_all(Alice))).unwrap());
        assert!(!frame_system::Account::<Runtime>::contains_key(account(
            Dave
        )));

        to_block(2);
        assert_ok!(apply(transaction(Alice, pay(Dave, 10 * BCAI))).unwrap());
        // Its mortality has not run out, and the account could pay.
        let stale = TransactionValidityError::Invalid(InvalidTransaction::Stale);
        assert_eq!(validate(first.clone()), Err(stale));
        assert_eq!(apply(first), Err(stale));
        assert_eq!(free(Bob), before + BCAI);
        assert_ok!(apply(transaction(Dave, pay(Bob, BCAI))).unwrap());
        assert_eq!(free(Bob), before + 2 * BCAI);
    });
}

#[test]
fn nonces_do_not_overflow() {
    run(|| {
        System::set_block_number(u32::MAX);
        assert_eq!(nonce(Dave), u32::MAX);
    });
}
