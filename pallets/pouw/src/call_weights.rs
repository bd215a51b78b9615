//! Weights that depend on what a call carries.
//!
//! A proof is charged by its strips: those of set 1 are four times those of set 0. Strips that are too short for the task's set are refused
//! by their length, long before the work that the larger weight stands for. Paths are always charged at their longest.

use bcai_pouw_primitives::{FraudProof, ParamSet, TicketCertificate};
use frame_support::weights::Weight;

use crate::{Config, Pallet, WeightInfo};

impl<T: Config> Pallet<T> {
    pub(crate) fn weight_of_ticket(certificate: &TicketCertificate) -> Weight {
        if Self::fits_set0(certificate.strip_a.len(), certificate.strip_b.len()) {
            T::WeightInfo::submit_ticket_set0()
        } else {
            T::WeightInfo::submit_ticket_set1()
        }
    }

    pub(crate) fn weight_of_challenge(proof: &FraudProof) -> Weight {
        if Self::fits_set0(proof.strip_a.len(), proof.strip_b.len()) {
            T::WeightInfo::challenge_result_set0()
        } else {
            T::WeightInfo::challenge_result_set1()
        }
    }

    fn fits_set0(strip_a: usize, strip_b: usize) -> bool {
        strip_a <= ParamSet::Set0.strip_a_len() && strip_b <= ParamSet::Set0.strip_b_len()
    }
}
