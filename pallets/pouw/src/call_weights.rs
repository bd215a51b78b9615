//! Weights that depend on what a call carries.
//!
//! A proof is charged by its lengths, which are known before the task's parameter set is. Lengths that the task doesn't have are refused
//! long before the work that their weight stands for. Paths are always charged at their longest.

use bcai_pouw_primitives::{params::MAX_SLABS, FraudProof, ParamSet, TicketCertificate};
use frame_support::weights::Weight;

use crate::{Config, Pallet, WeightInfo};

impl<T: Config> Pallet<T> {
    /// Pieces of set 1 are four times those of set 0.
    pub(crate) fn weight_of_ticket(certificate: &TicketCertificate) -> Weight {
        let set0 = ParamSet::Set0;
        if certificate.piece_a.len() <= set0.piece_a_len()
            && certificate.piece_b.len() <= set0.piece_b_len()
        {
            T::WeightInfo::submit_ticket_set0()
        } else {
            T::WeightInfo::submit_ticket_set1()
        }
    }

    /// Strips as long as a few slabs of set 1 can be more slabs of set 0: the dearer of both is charged.
    pub(crate) fn weight_of_challenge(proof: &FraudProof) -> Weight {
        let slabs = |set: ParamSet| {
            let a = proof.strip_a.len().div_ceil(set.piece_a_len());
            let b = proof.strip_b.len().div_ceil(set.piece_b_len());
            a.max(b).max(1) as u32
        };
        let (of_set0, of_set1) = (slabs(ParamSet::Set0), slabs(ParamSet::Set1));
        let weight = T::WeightInfo::challenge_result_set1(of_set1);
        if of_set0 <= u32::from(MAX_SLABS) {
            weight.max(T::WeightInfo::challenge_result_set0(of_set0))
        } else {
            weight
        }
    }
}
