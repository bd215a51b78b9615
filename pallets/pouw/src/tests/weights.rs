//! Calls are charged by what they carry, and none can take more than its share of a block.

use bcai_pouw_primitives::ParamSet;
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
fn a_proof_is_charged_by_the_length_of_its_strips() {
    let matrices = Matrices::small();
    let certificate = matrices.certificate(0, 0, 0);
    let ticket = |a: usize, b: usize| {
        let mut certificate = certificate.clone();
        certificate.strip_a = vec![0; a].try_into().unwrap();
        certificate.strip_b = vec![0; b].try_into().unwrap();
        weight_of(Call::submit_ticket { certificate })
    };
    let proof = matrices.fraud_proof(0, &matrices.product(), 0, 0);
    let challenge = |a: usize, b: usize| {
        let mut fraud_proof = proof.clone();
        fraud_proof.strip_a = vec![0; a].try_into().unwrap();
        fraud_proof.strip_b = vec![0; b].try_into().unwrap();
        weight_of(Call::challenge_result { fraud_proof })
    };
    let (short, long) = (ParamSet::Set0.strip_a_len(), ParamSet::Set1.strip_a_len());
    for (a, b) in [(0, 0), (short, short)] {
        assert_eq!(ticket(a, b), <Weights as WeightInfo>::submit_ticket_set0());
        assert_eq!(
            challenge(a, b),
            <Weights as WeightInfo>::challenge_result_set0()
        );
    }
    for (a, b) in [
        (short + 1, short),
        (short, short + 1),
        (long, 0),
        (0, long),
        (long, long),
    ] {
        assert_eq!(ticket(a, b), <Weights as WeightInfo>::submit_ticket_set1());
        assert_eq!(
            challenge(a, b),
            <Weights as WeightInfo>::challenge_result_set1()
        );
    }
}

#[test]
fn no_call_takes_more_than_two_percent_of_a_block() {
    for weight in [
        <Weights as WeightInfo>::post_task(),
        <Weights as WeightInfo>::claim_task(),
        <Weights as WeightInfo>::submit_ticket_set0(),
        <Weights as WeightInfo>::submit_ticket_set1(),
        <Weights as WeightInfo>::submit_result(),
        <Weights as WeightInfo>::challenge_result_set0(),
        <Weights as WeightInfo>::challenge_result_set1(),
        <Weights as WeightInfo>::finalize_task(),
        <Weights as WeightInfo>::cancel_task(),
        <Weights as WeightInfo>::set_beneficiary(),
    ] {
        assert!(weight.ref_time() <= LIMIT, "{weight:?}");
    }
}

#[test]
fn proofs_fit_into_seventy_thousand_bytes() {
    use bcai_pouw_primitives::{FraudProof, TicketCertificate};
    assert!(TicketCertificate::max_encoded_len() <= 70_000);
    assert!(FraudProof::max_encoded_len() <= 70_000);
}
