//! Every way to malform a certificate or a fraud proof has its own error, and no bytes at all make the decoder or the verifier panic.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/vectors.rs"]
mod vectors;

use bcai_pouw_primitives::{
    certificate::{Piece, PiecePath, Strip, StripPath, Tile, TilePath, MAX_PIECE_PATH},
    verify_fraud, verify_ticket, Commitment, FraudProof, Hash32, Seeds, TicketCertificate,
    VerifyError as E, U256,
};
use codec::{Decode, Encode, MaxEncodedLen};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngSeed, TestRunner},
};
use std::time::{SystemTime, UNIX_EPOCH};
use vectors::Vector;

fn vector_of(set: u8) -> Vector {
    let random =
        |(_, v): &(String, Vector)| v.kind == "random" && v.param_set == set && v.slabs > 1;
    vectors::all().into_iter().find(random).unwrap().1
}

fn vector() -> Vector {
    vector_of(0)
}

fn seeds(v: &Vector) -> Seeds {
    let commitment = v.commitment();
    Seeds::derive(&v.job(), &commitment.root_a, &commitment.root_b)
}

#[test]
fn each_malformed_certificate_has_its_own_error() {
    let v = vector();
    let (i, j, l) = (1, 1, 1);
    let good = v.certificate(i, j, l);
    let check = |change: &dyn Fn(&mut TicketCertificate)| {
        let mut bad = good.clone();
        change(&mut bad);
        verify_ticket(&bad, &v.commitment(), &seeds(&v), U256::MAX).unwrap_err()
    };
    let shorter = |piece: &Piece| Piece::try_from(piece[1..].to_vec()).unwrap();
    assert_eq!(check(&|c| c.piece_a = shorter(&c.piece_a)), E::LengthOfA);
    assert_eq!(check(&|c| c.piece_b = shorter(&c.piece_b)), E::LengthOfB);
    assert_eq!(check(&|c| c.i = 3), E::RowOutOfBounds);
    assert_eq!(check(&|c| c.j = 2), E::ColumnOutOfBounds);
    assert_eq!(check(&|c| c.i = u32::MAX), E::RowOutOfBounds);
    assert_eq!(check(&|c| c.j = u32::MAX), E::ColumnOutOfBounds);
    assert_eq!(check(&|c| c.l = v.slabs), E::SlabOutOfBounds);
    assert_eq!(check(&|c| c.l = u8::MAX), E::SlabOutOfBounds);
    assert_eq!(check(&|c| c.path_a = PiecePath::default()), E::PathALength);
    assert_eq!(
        check(&|c| c.path_b.try_push([0; 32]).unwrap()),
        E::PathBLength
    );
    assert_eq!(check(&|c| c.piece_a[9] = 65), E::ValueOfA);
    assert_eq!(check(&|c| c.piece_b[9] = -65i8 as u8), E::ValueOfB);
    assert_eq!(check(&|c| c.piece_a[9] ^= 1), E::PathA);
    assert_eq!(check(&|c| c.path_a[0][5] ^= 1), E::PathA);
    assert_eq!(check(&|c| c.i = 0), E::PathA);
    assert_eq!(check(&|c| c.l = 0), E::PathA);
    assert_eq!(check(&|c| c.piece_b[9] ^= 1), E::PathB);
    assert_eq!(check(&|c| c.path_b[0][5] ^= 1), E::PathB);
    assert_eq!(
        verify_ticket(&good, &v.commitment(), &seeds(&v), U256::zero()),
        Err(E::TicketAboveTarget)
    );
    assert!(verify_ticket(&good, &v.commitment(), &seeds(&v), U256::MAX).is_ok());
}

#[test]
fn each_malformed_fraud_proof_has_its_own_error() {
    let v = vector();
    let (root_c, good) = v.fraud(2, 1, 0);
    let check = |change: &dyn Fn(&mut FraudProof)| {
        let mut bad = good.clone();
        change(&mut bad);
        verify_fraud(&bad, &v.commitment(), &root_c).unwrap_err()
    };
    assert_eq!(check(&|p| p.strip_a = Strip::default()), E::LengthOfA);
    assert_eq!(check(&|p| p.strip_b = Strip::default()), E::LengthOfB);
    assert_eq!(check(&|p| p.i = 3), E::RowOutOfBounds);
    assert_eq!(check(&|p| p.j = 2), E::ColumnOutOfBounds);
    assert_eq!(check(&|p| p.path_a = StripPath::default()), E::PathALength);
    assert_eq!(check(&|p| p.path_b = StripPath::default()), E::PathBLength);
    assert_eq!(check(&|p| p.tile = Tile::default()), E::TileLength);
    assert_eq!(check(&|p| p.path_c = TilePath::default()), E::PathCLength);
    assert_eq!(check(&|p| p.strip_a[0] ^= 1), E::PathA);
    assert_eq!(check(&|p| p.strip_b[0] ^= 1), E::PathB);
    assert_eq!(check(&|p| p.tile[0] ^= 1), E::PathC);
    assert_eq!(check(&|p| p.path_c[0][0] ^= 1), E::PathC);
    assert_eq!(verify_fraud(&good, &v.commitment(), &root_c), Ok(()));
}

#[test]
fn proofs_are_as_small_as_promised() {
    assert!(TicketCertificate::max_encoded_len() <= 70_000);
    assert!(FraudProof::max_encoded_len() <= 540_000);
}

#[test]
fn encodings_are_pinned() {
    let certificate = TicketCertificate {
        task: 1,
        i: 2,
        j: 3,
        l: 7,
        piece_a: vec![4].try_into().unwrap(),
        piece_b: vec![5, 6].try_into().unwrap(),
        path_a: vec![[7; 32]].try_into().unwrap(),
        path_b: Default::default(),
    };
    let head = "01000000000000000200000003000000";
    let sevens = "07".repeat(32);
    let tail = format!("04{sevens}00");
    let pinned = format!("{head}070404080506{tail}");
    assert_eq!(hex::encode(certificate.encode()), pinned);
    let proof = FraudProof {
        task: 1,
        i: 2,
        j: 3,
        strip_a: vec![4].try_into().unwrap(),
        strip_b: vec![5, 6].try_into().unwrap(),
        tile: vec![-1].try_into().unwrap(),
        path_a: vec![[7; 32]].try_into().unwrap(),
        path_b: Default::default(),
        path_c: vec![[8; 32]].try_into().unwrap(),
    };
    let eights = "08".repeat(32);
    let pinned = format!("{head}040408050604ffffffff{tail}04{eights}");
    assert_eq!(hex::encode(proof.encode()), pinned);
    assert_eq!(E::LengthOfA.encode(), [0]);
    assert_eq!(E::ResultIsCorrect.encode(), [12]);
}

#[test]
fn a_path_longer_than_any_tree_does_not_decode() {
    let mut bytes = (1u64, 0u32, 0u32, 0u8, Piece::default(), Piece::default()).encode();
    bytes.extend(vec![[0u8; 32]; MAX_PIECE_PATH as usize + 1].encode());
    bytes.extend(PiecePath::default().encode());
    assert!(TicketCertificate::decode(&mut &bytes[..]).is_err());
}

/// Cases of the fuzz below; `BCAI_FUZZ_CASES` makes it longer.
fn cases() -> u32 {
    std::env::var("BCAI_FUZZ_CASES").map_or(100_000, |text| text.parse().expect("a number"))
}

/// What a mutation does to the encoding at a place: sets a byte, cuts there, repeats the rest, or puts a length of its own.
fn mutate(bytes: &mut Vec<u8>, at: usize, how: u8, value: u8) {
    let at = at % bytes.len();
    match how % 5 {
        0 => bytes[at] ^= value | 1,
        1 => bytes.truncate(at),
        2 => bytes.extend_from_within(at..),
        3 => drop(bytes.splice(at..at, [value, 0xff, 0xff, 0xff])),
        _ => drop(bytes.remove(at)),
    }
}

/// Good proofs, and what they are verified against.
struct Proven {
    commitment: Commitment,
    seeds: Seeds,
    root_c: Hash32,
    ticket: TicketCertificate,
    fraud: FraudProof,
    /// Where the values end in an encoding, roughly: of a certificate and of a fraud proof.
    values_end: [usize; 2],
}

impl Proven {
    fn of(set: u8) -> Self {
        let v = vector_of(set);
        let (root_c, fraud) = v.fraud(0, 0, 7);
        Self {
            commitment: v.commitment(),
            seeds: seeds(&v),
            root_c,
            ticket: v.certificate(0, 0, 1),
            fraud,
            values_end: [
                2 * v.set().piece_a_len(),
                2 * v.commitment().shape.strip_a_len(),
            ],
        }
    }

    /// Whether mutated bytes decode as a ticket's certificate. One that verifies must be the good one.
    fn try_ticket(&self, bytes: &[u8]) -> bool {
        let Ok(bad) = TicketCertificate::decode(&mut &bytes[..]) else {
            return false;
        };
        if verify_ticket(&bad, &self.commitment, &self.seeds, U256::MAX).is_ok() {
            let task = self.ticket.task;
            assert_eq!(TicketCertificate { task, ..bad }, self.ticket);
        }
        true
    }

    /// The same for a fraud proof.
    fn try_fraud(&self, bytes: &[u8]) -> bool {
        let Ok(bad) = FraudProof::decode(&mut &bytes[..]) else {
            return false;
        };
        if verify_fraud(&bad, &self.commitment, &self.root_c).is_ok() {
            let task = self.fraud.task;
            assert_eq!(FraudProof { task, ..bad }, self.fraud);
        }
        true
    }
}

#[test]
fn no_mutation_of_a_proof_panics_or_passes_for_another() {
    let mut config = Config::default();
    if matches!(config.rng_seed, RngSeed::Random) {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        config.rng_seed = RngSeed::Fixed(clock.as_nanos() as u64);
    }
    // Shown where a case fails.
    println!(
        "again: PROPTEST_RNG_SEED={} BCAI_FUZZ_CASES={}",
        config.rng_seed,
        cases()
    );
    let mut runner = TestRunner::new(config);
    let any_byte = proptest::num::u8::ANY;
    let strategy = proptest::collection::vec((0u8..3, 0usize..1 << 20, any_byte, any_byte), 1..4);
    let proven = [Proven::of(0), Proven::of(1)];
    let mut decoded = [[0; 2]; 2];
    for case in 0..cases() as usize {
        let mutations = strategy.new_tree(&mut runner).unwrap().current();
        let (set, kind) = (case / 2 % 2, case % 2);
        let good = &proven[set];
        let mut bytes = match kind {
            0 => good.ticket.encode(),
            _ => good.fraud.encode(),
        };
        for (part, at, how, value) in mutations {
            // Most places of an encoding are bytes of strips, so others aim at its head and tail, where the structure is.
            let at = match part {
                0 => at % 64,
                1 => at % bytes.len(),
                _ => good.values_end[kind] - 84 + at % 700,
            };
            mutate(&mut bytes, at, how, value);
            if bytes.is_empty() {
                break;
            }
        }
        let reached = match kind {
            0 => good.try_ticket(&bytes),
            _ => good.try_fraud(&bytes),
        };
        decoded[set][kind] += u32::from(reached);
    }
    for count in decoded.as_flattened() {
        assert!(
            *count > cases() / 80,
            "only {decoded:?} mutations reached the verifier"
        );
    }
}
