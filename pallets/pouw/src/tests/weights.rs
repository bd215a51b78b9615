//! Calls are charged by what they carry, and none can take more than its share of a block.

use bcai_pouw_primitives::{params::MAX_SLABS, FraudProof, ParamSet, TicketCertificate};
use codec::MaxEncodedLen;
use frame_support::{
    dispatch::GetDispatchInfo,
    weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
};

use super::matrices::Matrices;
use crate::{mock::*, Call, WeightInfo};

/// 2 % of a block of 500 ms.
const LIMIT: u64 = 10 * WEIGHT_REF_TIME_PER_MILLIS;

fn weight_of(call: Call<Test>) -> Weight {
    call.get_dispatch_info().call_weight
}

#[test]
fn a_ticket_is_charged_by_the_length_of_its_pieces() {
    let certificate = Matrices::small().certificate(0, 0, 0, 0);
    let ticket = |a: usize, b: usize| {
        let mut certificate = certificate.clone();
        certificate.piece_a = vec![0; a].try_into().unwrap();
        certificate.piece_b = vec![0; b].try_into().unwrap();
        weight_of(Call::submit_ticket { certificate })
    };
    let (short, long) = (ParamSet::Set0.piece_a_len(), ParamSet::Set1.piece_a_len());
    for (a, b) in [(0, 0), (short, short)] {
        assert_eq!(ticket(a, b), <Weights as WeightInfo>::submit_ticket_set0());
    }
    for (a, b) in [
        (short + 1, short),
        (short, short + 1),
        (long, 0),
        (0, long),
        (long, long),
    ] {
        assert_eq!(ticket(a, b), <Weights as WeightInfo>::submit_ticket_set1());
    }
}

#[test]
fn a_fraud_proof_is_charged_by_the_slabs_of_its_strips_in_whichever_set_is_dearer() {
    let matrices = Matrices::small();
    let proof = matrices.fraud_proof(0, &matrices.product(), 0, 0);
    let challenge = |a: usize, b: usize| {
        let mut fraud_proof = proof.clone();
        fraud_proof.strip_a = vec![0; a].try_into().unwrap();
        fraud_proof.strip_b = vec![0; b].try_into().unwrap();
        weight_of(Call::challenge_result { fraud_proof })
    };
    let set0 = <Weights as WeightInfo>::challenge_result_set0;
    let set1 = <Weights as WeightInfo>::challenge_result_set1;
    let (short, long) = (ParamSet::Set0.piece_a_len(), ParamSet::Set1.piece_a_len());
    for slabs in 1..=u32::from(MAX_SLABS) {
        let exact = short * slabs as usize;
        let both = set0(slabs).max(set1(slabs.div_ceil(4)));
        assert_eq!(challenge(exact, exact), both);
        assert_eq!(challenge(exact, 0), both);
        assert_eq!(challenge(0, exact - short + 1), both);
        let exact = long * slabs as usize;
        let of_set1 = challenge(exact, exact);
        assert!(of_set1.all_gte(set1(slabs)));
        if slabs > 2 {
            // Too long for any task of set 0.
            assert_eq!(of_set1, set1(slabs));
            assert_eq!(challenge(exact - long + 1, 1), set1(slabs));
            assert_eq!(challenge(1, exact), set1(slabs));
        }
    }
    assert_eq!(challenge(0, 0), set0(1).max(set1(1)));
}

#[test]
fn no_call_takes_more_than_two_percent_of_a_block() {
    for weight in [
        <Weights as WeightInfo>::post_task(),
        <Weights as WeightInfo>::claim_task(),
        <Weights as WeightInfo>::submit_ticket_set0(),
        <Weights as WeightInfo>::submit_ticket_set1(),
        <Weights as WeightInfo>::submit_result(),
        <Weights as WeightInfo>::challenge_result_set0(MAX_SLABS.into()),
        <Weights as WeightInfo>::challenge_result_set1(MAX_SLABS.into()),
        <Weights as WeightInfo>::finalize_task(),
        <Weights as WeightInfo>::cancel_task(),
        <Weights as WeightInfo>::set_beneficiary(),
    ] {
        assert!(weight.ref_time() <= LIMIT, "{weight:?}");
    }
}

#[test]
fn proofs_are_as_short_as_the_specification_says() {
    assert!(TicketCertificate::max_encoded_len() <= 66 * 1024);
    assert!(FraudProof::max_encoded_len() <= 516 * 1024);
}
