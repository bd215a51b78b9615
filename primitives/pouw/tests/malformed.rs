//! Every way to malform a certificate or a fraud proof has its own error, and no bytes at all make the decoder or the verifier panic.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/vectors.rs"]
mod vectors;

use bcai_pouw_primitives::{
    certificate::{Strip, StripPath, Tile, TilePath, MAX_STRIP_PATH},
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
    let random = |(_, v): &(String, Vector)| v.kind == "random" && v.param_set == set;
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
    let good = v.certificate(1, 2);
    let check = |change: &dyn Fn(&mut TicketCertificate)| {
        let mut bad = good.clone();
        change(&mut bad);
        verify_ticket(&bad, &v.commitment(), &seeds(&v), U256::MAX).unwrap_err()
    };
    let shorter = |strip: &Strip| Strip::try_from(strip[1..].to_vec()).unwrap();
    assert_eq!(check(&|c| c.strip_a = shorter(&c.strip_a)), E::StripALength);
    assert_eq!(check(&|c| c.strip_b = shorter(&c.strip_b)), E::StripBLength);
    assert_eq!(check(&|c| c.i = 2), E::RowOutOfBounds);
    assert_eq!(check(&|c| c.j = 3), E::ColumnOutOfBounds);
    assert_eq!(check(&|c| c.i = u32::MAX), E::RowOutOfBounds);
    assert_eq!(check(&|c| c.j = u32::MAX), E::ColumnOutOfBounds);
    assert_eq!(check(&|c| c.path_a = StripPath::default()), E::PathALength);
    assert_eq!(
        check(&|c| c.path_b.try_push([0; 32]).unwrap()),
        E::PathBLength
    );
    assert_eq!(check(&|c| c.strip_a[9] = 65), E::ValueOfA);
    assert_eq!(check(&|c| c.strip_b[9] = -65i8 as u8), E::ValueOfB);
    assert_eq!(check(&|c| c.strip_a[9] ^= 1), E::PathA);
    assert_eq!(check(&|c| c.path_a[0][5] ^= 1), E::PathA);
    assert_eq!(check(&|c| c.i = 0), E::PathA);
    assert_eq!(check(&|c| c.strip_b[9] ^= 1), E::PathB);
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
    let (root_c, good) = v.fraud(1, 2, 0);
    let check = |change: &dyn Fn(&mut FraudProof)| {
        let mut bad = good.clone();
        change(&mut bad);
        verify_fraud(&bad, &v.commitment(), &root_c).unwrap_err()
    };
    assert_eq!(check(&|p| p.strip_a = Strip::default()), E::StripALength);
    assert_eq!(check(&|p| p.strip_b = Strip::default()), E::StripBLength);
    assert_eq!(check(&|p| p.i = 2), E::RowOutOfBounds);
    assert_eq!(check(&|p| p.j = 3), E::ColumnOutOfBounds);
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
fn a_certificate_of_a_live_chain_is_at_most_70_000_bytes() {
    assert!(TicketCertificate::max_encoded_len() <= 70_000);
    assert!(FraudProof::max_encoded_len() <= 70_000);
}

#[test]
fn encodings_are_pinned() {
    let certificate = TicketCertificate {
        task: 1,
        i: 2,
        j: 3,
        strip_a: vec![4].try_into().unwrap(),
        strip_b: vec![5, 6].try_into().unwrap(),
        path_a: vec![[7; 32]].try_into().unwrap(),
        path_b: Default::default(),
    };
    let head = "01000000000000000200000003000000";
    let sevens = "07".repeat(32);
    let pinned = format!("{head}0404080506{{}}04{sevens}00");
    assert_eq!(hex::encode(certificate.encode()), pinned.replace("{}", ""));
    let proof = FraudProof {
        task: 1,
        i: 2,
        j: 3,
        strip_a: certificate.strip_a.clone(),
        strip_b: certificate.strip_b.clone(),
        tile: vec![-1].try_into().unwrap(),
        path_a: certificate.path_a.clone(),
        path_b: Default::default(),
        path_c: vec![[8; 32]].try_into().unwrap(),
    };
    let eights = "08".repeat(32);
    let pinned = pinned.replace("{}", "04ffffffff");
    assert_eq!(hex::encode(proof.encode()), format!("{pinned}04{eights}"));
    assert_eq!(E::StripALength.encode(), [0]);
    assert_eq!(E::ResultIsCorrect.encode(), [12]);
}

#[test]
fn a_path_longer_than_any_tree_does_not_decode() {
    let mut bytes = (1u64, 0u32, 0u32, Strip::default(), Strip::default()).encode();
    bytes.extend(vec![[0u8; 32]; MAX_STRIP_PATH as usize + 1].encode());
    bytes.extend(StripPath::default().encode());
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
    /// Where the strips end in an encoding, roughly.
    strips_end: usize,
}

impl Proven {
    fn of(set: u8) -> Self {
        let v = vector_of(set);
        let (root_c, fraud) = v.fraud(0, 1, 7);
        Self {
            commitment: v.commitment(),
            seeds: seeds(&v),
            root_c,
            ticket: v.certificate(0, 1),
            fraud,
            strips_end: v.set().strip_a_len() + v.set().strip_b_len(),
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
                _ => good.strips_end - 84 + at % 700,
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
