//! Malformed certificates, fraud proofs and calls: each gets its own error and changes nothing. The decoder and the verifier by
//! themselves are fuzzed with the primitives; here the mutations go through the calls.

use std::collections::BTreeMap;

use bcai_pouw_primitives::{
    certificate::{Strip, StripPath},
    FraudProof, Hash32, TicketCertificate,
};
use codec::{DecodeLimit, Encode};
use frame_support::{
    assert_noop, assert_ok, assert_storage_noop, dispatch::Pays, traits::UnfilteredDispatchable,
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng},
};

use super::{
    matrices::{Matrices, Product},
    *,
};
use crate::{mock::*, Call, Error};

/// Cases of each fuzz below; `BCAI_FUZZ_CASES` makes them longer.
fn cases() -> u32 {
    std::env::var("BCAI_FUZZ_CASES").map_or(3_000, |text| text.parse().expect("a number"))
}

/// A stream of numbers that is the same in every run.
struct Dice(TestRng);

impl Dice {
    fn new() -> Self {
        Self(TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Another length for a vector of `len` entries, at most `max`.
    fn other_len(&mut self, len: usize, max: usize) -> usize {
        loop {
            let other = match self.below(4) {
                0 => len.saturating_sub(1),
                1 => (len + 1).min(max),
                2 => 0,
                _ => self.below(max + 1),
            };
            if other != len {
                return other;
            }
        }
    }

    fn bend_path(&mut self, path: &mut [Hash32]) {
        let node = self.below(path.len());
        path[node][self.below(32)] ^= 1 << self.below(8);
    }

    /// Changes a byte of a strip to another value: in `[-64, 64]`, or outside of it.
    fn change_value(&mut self, strip: &mut [u8], legal: bool) {
        let at = self.below(strip.len());
        loop {
            let value = self.below(256) as u8;
            if value != strip[at] && (-64..=64).contains(&(value as i8)) == legal {
                strip[at] = value;
                return;
            }
        }
    }
}

/// A vector of another length, with the same start.
macro_rules! resize {
    ($dice:expr, $vector:expr, $max:expr, $fill:expr) => {{
        let mut entries = $vector.to_vec();
        let len = $dice.other_len(entries.len(), $max);
        entries.resize(len, $fill);
        $vector = entries.try_into().unwrap();
    }};
}

/// What both kinds of proof carry.
struct Strips<'a> {
    i: &'a mut u32,
    j: &'a mut u32,
    strip_a: &'a mut Strip,
    strip_b: &'a mut Strip,
    path_a: &'a mut StripPath,
    path_b: &'a mut StripPath,
}

/// Borrows [`Strips`] from a proof of either kind.
macro_rules! strips_of {
    ($proof:expr) => {
        Strips {
            i: &mut $proof.i,
            j: &mut $proof.j,
            strip_a: &mut $proof.strip_a,
            strip_b: &mut $proof.strip_b,
            path_a: &mut $proof.path_a,
            path_b: &mut $proof.path_b,
        }
    };
}

/// Ways to spoil [`Strips`].
const STRIP_WAYS: usize = 10;

/// One of them, with the error that it must give; a changed value is within `[-64, 64]` if `legal`.
fn spoil_strips(dice: &mut Dice, way: usize, legal: bool, proof: Strips) -> Error<Test> {
    match way {
        0 => {
            resize!(dice, *proof.strip_a, 32_768, 0);
            Error::StripALength
        }
        1 => {
            resize!(dice, *proof.strip_b, 32_768, 0);
            Error::StripBLength
        }
        2 => {
            *proof.i = dice.pick(&[2, 3, u32::MAX]);
            Error::RowOutOfBounds
        }
        3 => {
            *proof.j = dice.pick(&[2, 3, u32::MAX]);
            Error::ColumnOutOfBounds
        }
        4 => {
            resize!(dice, *proof.path_a, 17, [0; 32]);
            Error::PathALength
        }
        5 => {
            resize!(dice, *proof.path_b, 17, [0; 32]);
            Error::PathBLength
        }
        6 => {
            dice.change_value(proof.strip_a.as_mut(), legal);
            Error::PathA
        }
        7 => {
            dice.change_value(proof.strip_b.as_mut(), legal);
            Error::PathB
        }
        8 => {
            dice.bend_path(proof.path_a.as_mut());
            Error::PathA
        }
        _ => {
            dice.bend_path(proof.path_b.as_mut());
            Error::PathB
        }
    }
}

/// One way to spoil a certificate, with the error that it must give.
fn spoil_certificate(dice: &mut Dice, proof: &mut TicketCertificate) -> Error<Test> {
    const VALUE_OF_A: usize = STRIP_WAYS;
    const VALUE_OF_B: usize = STRIP_WAYS + 1;
    match dice.below(STRIP_WAYS + 3) {
        way @ 0..STRIP_WAYS => spoil_strips(dice, way, true, strips_of!(proof)),
        VALUE_OF_A => {
            dice.change_value(proof.strip_a.as_mut(), false);
            Error::ValueOfA
        }
        VALUE_OF_B => {
            dice.change_value(proof.strip_b.as_mut(), false);
            Error::ValueOfB
        }
        _ => {
            proof.task = dice.pick(&[1, 2, u64::MAX]);
            Error::UnknownTask
        }
    }
}

#[test]
fn every_way_to_spoil_a_certificate_has_its_error() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let mut dice = Dice::new();
        let mut seen = BTreeMap::<String, u32>::new();
        for _ in 0..cases() {
            let (i, j) = (dice.below(2) as u32, dice.below(2) as u32);
            let mut certificate = matrices.certificate(task, i, j);
            let expected = spoil_certificate(&mut dice, &mut certificate);
            *seen.entry(format!("{expected:?}")).or_default() += 1;
            assert_noop!(Pouw::submit_ticket(signed(WORKER), certificate), expected);
        }
        assert_eq!(seen.len(), 11, "{seen:?}");
        // What was spoiled was good before.
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0)
        ));
    });
}

#[test]
fn a_certificate_of_another_tile_is_refused() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let mut certificate = matrices.certificate(task, 0, 0);
        certificate.i = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate),
            Error::<Test>::PathA
        );
        let mut certificate = matrices.certificate(task, 0, 0);
        certificate.j = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate),
            Error::<Test>::PathB
        );
    });
}

/// One way to spoil the proof of a real fraud, with the error that it must give.
fn spoil_fraud_proof(dice: &mut Dice, proof: &mut FraudProof) -> Error<Test> {
    match dice.below(STRIP_WAYS + 4) {
        way @ 0..STRIP_WAYS => {
            let legal = dice.below(2) == 0;
            spoil_strips(dice, way, legal, strips_of!(proof))
        }
        STRIP_WAYS => {
            resize!(dice, proof.tile, 64, 0);
            Error::TileLength
        }
        11 => {
            resize!(dice, proof.path_c, 34, [0; 32]);
            Error::PathCLength
        }
        12 => {
            dice.bend_path(proof.path_c.as_mut());
            Error::PathC
        }
        _ => {
            // A wrong cell in the proof, where the delivered one is right.
            let cell = dice.below(64);
            let off = dice.pick(&[1, -1, i32::MIN]);
            proof.tile.as_mut()[cell] = proof.tile[cell].wrapping_add(off);
            Error::PathC
        }
    }
}

fn delivered_wrong(matrices: &Matrices) -> (TaskId, Product) {
    let wrong = matrices.product().with_a_wrong_cell(1, 9);
    (delivered(matrices, &wrong), wrong)
}

#[test]
fn every_way_to_spoil_a_fraud_proof_has_its_error() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let (task, wrong) = delivered_wrong(&matrices);
        let mut dice = Dice::new();
        let mut seen = BTreeMap::<String, u32>::new();
        for _ in 0..cases() {
            let (i, j) = (dice.below(2) as u32, dice.below(2) as u32);
            let mut proof = matrices.fraud_proof(task, &wrong, i, j);
            let expected = spoil_fraud_proof(&mut dice, &mut proof);
            *seen.entry(format!("{expected:?}")).or_default() += 1;
            assert_noop!(Pouw::challenge_result(signed(CHALLENGER), proof), expected);
        }
        assert_eq!(seen.len(), 11, "{seen:?}");
        let proof = matrices.fraud_proof(task, &wrong, 0, 1);
        assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
    });
}

#[test]
fn mutated_bytes_of_a_call_neither_panic_nor_change_anything() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let (delivered, wrong) = delivered_wrong(&matrices);
        let task = claimed(&matrices);
        let calls = [
            Call::<Test>::submit_ticket {
                certificate: matrices.certificate(task, 1, 0),
            },
            Call::<Test>::challenge_result {
                fraud_proof: matrices.fraud_proof(delivered, &wrong, 0, 1),
            },
        ];
        let mut dice = Dice::new();
        let (mut undecodable, mut refused) = (0, 0);
        for round in 0..cases().saturating_mul(4) {
            let call = &calls[round as usize % 2];
            let mut bytes = call.encode();
            for _ in 0..=dice.below(3) {
                mutate(&mut dice, &mut bytes);
            }
            let Ok(mutated) = Call::<Test>::decode_all_with_depth_limit(8, &mut &bytes[..]) else {
                undecodable += 1;
                continue;
            };
            if mutated == *call {
                continue;
            }
            refused += 1;
            assert_storage_noop!({
                let outcome = mutated.dispatch_bypass_filter(signed(WORKER));
                let refused = outcome.expect_err("a mutated proof must not hold");
                assert_eq!(refused.post_info.pays_fee, Pays::Yes);
                assert!(matches!(
                    refused.error,
                    sp_runtime::DispatchError::Module(_)
                ));
            });
        }
        assert!(undecodable > cases() / 3, "{undecodable}");
        assert!(refused > cases() / 3, "{refused}");
    });
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    // The first bytes are the call, the task, the tile and the first length: spoil them more often than their size.
    let at = if dice.below(2) == 0 {
        dice.below(bytes.len().min(24))
    } else {
        dice.below(bytes.len())
    };
    match dice.below(6) {
        0..=2 => bytes[at] ^= 1 << dice.below(8),
        3 => bytes[at] = dice.below(256) as u8,
        4 => bytes.truncate(at.max(1)),
        _ => {
            let byte = dice.below(256) as u8;
            bytes.insert(at, byte);
        }
    }
}

#[test]
fn a_length_beyond_its_bound_is_refused_before_anything_is_read() {
    // A strip of 2^30 bytes, announced in a call of thirty.
    let mut bytes = vec![2];
    bytes.extend(0u64.encode());
    bytes.extend((0u32, 0u32).encode());
    bytes.extend(codec::Compact((1u32 << 30) - 1).encode());
    bytes.extend([0; 10]);
    assert!(Call::<Test>::decode_all_with_depth_limit(8, &mut &bytes[..]).is_err());
    let mut bytes = vec![2];
    bytes.extend(0u64.encode());
    bytes.extend((0u32, 0u32).encode());
    bytes.extend(vec![0u8; 32_769].encode());
    bytes.extend([0; 3]);
    assert!(Call::<Test>::decode_all_with_depth_limit(8, &mut &bytes[..]).is_err());
}
