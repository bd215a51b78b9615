//! What wallets, indexers and other chains rely on: indices, encodings, prefixes, and the share of a block that a proof may take.

use bcai_pouw_primitives::{params::MAX_STRIP_LEN, FraudProof, ParamSet, TicketCertificate};
use bcai_runtime::{AccountId, Runtime, RuntimeCall, RuntimeHoldReason, SessionKeys};
use codec::{Decode, Encode};
use frame_support::{
    dispatch::GetDispatchInfo,
    traits::{Get, PalletInfoAccess},
};
use sp_core::H256;

#[test]
fn pallet_indices_are_pinned() {
    use bcai_runtime::*;
    let indices = [
        (System::index(), 0),
        (Babe::index(), 1),
        (Timestamp::index(), 2),
        (Authorship::index(), 3),
        (Session::index(), 4),
        (Grandpa::index(), 5),
        (Balances::index(), 10),
        (TransactionPayment::index(), 11),
        (Utility::index(), 20),
        (Multisig::index(), 21),
        (Proxy::index(), 22),
        (Preimage::index(), 23),
        (Scheduler::index(), 24),
        (Pouw::index(), 40),
    ];
    for (index, pinned) in indices {
        assert_eq!(index, pinned);
    }
}

#[test]
fn calls_and_holds_are_pinned() {
    let post = RuntimeCall::Pouw(pallet_pouw::Call::post_task {
        param_set: ParamSet::Set1,
        m: 8,
        n: 16,
        root_a: H256::repeat_byte(1),
        root_b: H256::repeat_byte(2),
        bounty: 3,
        deadline: 4,
    });
    let (ones, twos) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(
        hex::encode(post.encode()),
        format!("2800010800000010000000{ones}{twos}0300000000000000000000000000000004000000")
    );
    let claim = RuntimeCall::Pouw(pallet_pouw::Call::claim_task { task: 7 });
    assert_eq!(hex::encode(claim.encode()), "28010700000000000000");
    let hold = |reason: pallet_pouw::HoldReason| RuntimeHoldReason::from(reason).encode();
    assert_eq!(hold(pallet_pouw::HoldReason::Bounty), [40, 0]);
    assert_eq!(hold(pallet_pouw::HoldReason::Bond), [40, 1]);
    assert_eq!(hold(pallet_pouw::HoldReason::Beneficiary), [40, 2]);
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

#[test]
fn proxies_of_limited_types_cannot_risk_funds() {
    use bcai_runtime::ProxyType;
    use frame_support::traits::InstanceFilter;
    let calls = [
        RuntimeCall::Pouw(pallet_pouw::Call::claim_task { task: 0 }),
        RuntimeCall::Pouw(pallet_pouw::Call::submit_result {
            task: 0,
            root_c: H256::zero(),
        }),
        RuntimeCall::Pouw(pallet_pouw::Call::finalize_task { task: 0 }),
        RuntimeCall::Pouw(pallet_pouw::Call::cancel_task { task: 0 }),
        RuntimeCall::Pouw(pallet_pouw::Call::set_beneficiary { beneficiary: None }),
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

#[test]
fn session_keys_and_prefix_are_pinned() {
    let keys = SessionKeys {
        babe: sp_core::sr25519::Public::from_raw([1; 32]).into(),
        grandpa: sp_core::ed25519::Public::from_raw([2; 32]).into(),
    };
    assert_eq!(keys.encode(), [[1; 32], [2; 32]].concat());
    let prefix: u16 = <Runtime as frame_system::Config>::SS58Prefix::get();
    assert_eq!(prefix, bcai_runtime::SS58_PREFIX);
    let _: AccountId = [0; 32].into();
}

#[test]
fn no_proof_takes_more_than_two_percent_of_a_block() {
    let block = <<Runtime as frame_system::Config>::BlockWeights as Get<
        frame_system::limits::BlockWeights,
    >>::get()
    .max_block;
    let strip = || {
        vec![0u8; MAX_STRIP_LEN as usize]
            .try_into()
            .expect("the longest strip")
    };
    let certificate = TicketCertificate {
        task: 0,
        i: 0,
        j: 0,
        strip_a: strip(),
        strip_b: strip(),
        path_a: Default::default(),
        path_b: Default::default(),
    };
    let proof = FraudProof {
        task: 0,
        i: 0,
        j: 0,
        strip_a: strip(),
        strip_b: strip(),
        tile: Default::default(),
        path_a: Default::default(),
        path_b: Default::default(),
        path_c: Default::default(),
    };
    let calls = [
        RuntimeCall::Pouw(pallet_pouw::Call::submit_ticket { certificate }),
        RuntimeCall::Pouw(pallet_pouw::Call::challenge_result { fraud_proof: proof }),
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
