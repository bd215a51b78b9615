//! Malformed certificates, fraud proofs and calls: each gets its own error and changes nothing. The decoder and the verifier by
//! themselves are fuzzed with the primitives; here the mutations go through the calls.

use std::collections::BTreeMap;

use bcai_pouw_primitives::{
    params::{MAX_PIECE_LEN, MAX_STRIP_LEN},
    FraudProof, Hash32, TicketCertificate,
};
use codec::{DecodeLimit, Encode};
use frame_support::{
    assert_noop, assert_ok, assert_storage_noop,
    dispatch::Pays,
    traits::{Get, UnfilteredDispatchable},
    BoundedVec,
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

    /// A vector of another length within its bound, with the same start.
    fn resize<T: Clone, S: Get<u32>>(&mut self, vector: &mut BoundedVec<T, S>, fill: T) {
        let len = self.other_len(vector.len(), S::get() as usize);
        let mut entries = vector.to_vec();
        entries.resize(len, fill);
        *vector = BoundedVec::truncate_from(entries);
    }

    /// Changes a byte of a matrix to another value: in `[-64, 64]`, or outside of it.
    fn change_value(&mut self, values: &mut [u8], legal: bool) {
        let at = self.below(values.len());
        loop {
            let value = self.below(256) as u8;
            if value != values[at] && (-64..=64).contains(&(value as i8)) == legal {
                values[at] = value;
                return;
            }
        }
    }
}

/// What both kinds of proof carry: pieces or strips, and their paths.
struct Sides<'a, Values, Path> {
    i: &'a mut u32,
    j: &'a mut u32,
    a: &'a mut BoundedVec<u8, Values>,
    b: &'a mut BoundedVec<u8, Values>,
    path_a: &'a mut BoundedVec<Hash32, Path>,
    path_b: &'a mut BoundedVec<Hash32, Path>,
}

/// Ways to spoil [`Sides`].
const SIDE_WAYS: usize = 10;

/// One of them, with the error that it must give; a changed value is within `[-64, 64]` if `legal`.
fn spoil_sides(
    dice: &mut Dice,
    way: usize,
    legal: bool,
    proof: Sides<impl Get<u32>, impl Get<u32>>,
) -> Error<Test> {
    match way {
        0 => {
            dice.resize(proof.a, 0);
            Error::LengthOfA
        }
        1 => {
            dice.resize(proof.b, 0);
            Error::LengthOfB
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
            dice.resize(proof.path_a, [0; 32]);
            Error::PathALength
        }
        5 => {
            dice.resize(proof.path_b, [0; 32]);
            Error::PathBLength
        }
        6 => {
            dice.change_value(proof.a.as_mut(), legal);
            Error::PathA
        }
        7 => {
            dice.change_value(proof.b.as_mut(), legal);
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
    const VALUE_OF_A: usize = SIDE_WAYS;
    const VALUE_OF_B: usize = SIDE_WAYS + 1;
    const SLAB: usize = SIDE_WAYS + 2;
    match dice.below(SIDE_WAYS + 4) {
        way @ 0..SIDE_WAYS => {
            let sides = Sides {
                i: &mut proof.i,
                j: &mut proof.j,
                a: &mut proof.piece_a,
                b: &mut proof.piece_b,
                path_a: &mut proof.path_a,
                path_b: &mut proof.path_b,
            };
            spoil_sides(dice, way, true, sides)
        }
        VALUE_OF_A => {
            dice.change_value(proof.piece_a.as_mut(), false);
            Error::ValueOfA
        }
        VALUE_OF_B => {
            dice.change_value(proof.piece_b.as_mut(), false);
            Error::ValueOfB
        }
        SLAB => {
            proof.l = dice.pick(&[2, 3, 8, u8::MAX]);
            Error::SlabOutOfBounds
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
            let mut certificate = matrices.certificate(task, i, j, dice.below(2) as u8);
            let expected = spoil_certificate(&mut dice, &mut certificate);
            *seen.entry(format!("{expected:?}")).or_default() += 1;
            assert_noop!(Pouw::submit_ticket(signed(WORKER), certificate), expected);
        }
        assert_eq!(seen.len(), 12, "{seen:?}");
        // What was spoiled was good before.
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
    });
}

#[test]
fn a_certificate_of_another_tile_or_slab_is_refused() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let mut certificate = matrices.certificate(task, 0, 0, 0);
        certificate.i = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate),
            Error::<Test>::PathA
        );
        let mut certificate = matrices.certificate(task, 0, 0, 0);
        certificate.j = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate),
            Error::<Test>::PathB
        );
        let mut certificate = matrices.certificate(task, 0, 0, 0);
        certificate.l = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate),
            Error::<Test>::PathA
        );
    });
}

/// One way to spoil the proof of a real fraud, with the error that it must give.
fn spoil_fraud_proof(dice: &mut Dice, proof: &mut FraudProof) -> Error<Test> {
    const TILE: usize = SIDE_WAYS;
    const PATH_C_LENGTH: usize = SIDE_WAYS + 1;
    const PATH_C: usize = SIDE_WAYS + 2;
    match dice.below(SIDE_WAYS + 4) {
        way @ 0..SIDE_WAYS => {
            let legal = dice.below(2) == 0;
            let sides = Sides {
                i: &mut proof.i,
                j: &mut proof.j,
                a: &mut proof.strip_a,
                b: &mut proof.strip_b,
                path_a: &mut proof.path_a,
                path_b: &mut proof.path_b,
            };
            spoil_sides(dice, way, legal, sides)
        }
        TILE => {
            dice.resize(&mut proof.tile, 0);
            Error::TileLength
        }
        PATH_C_LENGTH => {
            dice.resize(&mut proof.path_c, [0; 32]);
            Error::PathCLength
        }
        PATH_C => {
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
                certificate: matrices.certificate(task, 1, 0, 0),
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

/// The encoding of a call that carries a proof, up to the first length in it.
fn head(call: u8) -> Vec<u8> {
    let slab: &[u8] = if call == 2 { &[0] } else { &[] };
    [&[call], &0u64.encode()[..], &(0u32, 0u32).encode(), slab].concat()
}

#[test]
fn a_length_beyond_its_bound_is_refused_before_anything_is_read() {
    let decode = |bytes: &[u8]| {
        let mut rest = bytes;
        let call = Call::<Test>::decode_with_depth_limit(8, &mut rest);
        (call.is_ok(), rest.len())
    };
    for (call, max) in [(2, MAX_PIECE_LEN), (4, MAX_STRIP_LEN)] {
        // 2^30 bytes announced in a call of thirty, and one byte more than there may be.
        for (announced, there) in [((1 << 30) - 1, 10), (max + 1, max + 40)] {
            let length = codec::Compact(announced).encode();
            let values = vec![0u8; there as usize];
            let bytes = [&head(call)[..], &length, &values].concat();
            assert_eq!(decode(&bytes), (false, values.len()), "{call} {announced}");
        }
        // The longest that may be: what follows is read.
        let bytes = [head(call), vec![0u8; max as usize].encode()].concat();
        assert_eq!(decode(&bytes), (false, 0));
    }
}
