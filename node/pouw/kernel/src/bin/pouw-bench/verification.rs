//! What the chain pays: the time of a verification, and the bytes of the largest proofs.

use bcai_pouw_kernel::{bytes_of, commit, recompute_tile, Team};
use bcai_pouw_primitives::{
    certificate::{MAX_PIECE_PATH, MAX_STRIP_PATH, MAX_TILE_PATH},
    merkle::{piece, strip_tree, tile_hash, Tree},
    params::MAX_SLABS,
    verify_fraud, verify_ticket, Commitment, FraudProof, ParamSet, Seeds, Shape, TicketCertificate,
    U256,
};
use codec::Encode;

use crate::measure::{median, random_matrix, seconds, Report};

/// A small task of set 1 with all slabs.
struct Task {
    commitment: Commitment,
    a: Vec<i8>,
    bt: Vec<i8>,
    trees: (Tree, Tree),
}

const SEEDS: Seeds = Seeds {
    a: [1; 32],
    b: [2; 32],
};

/// The place of what is proven.
const AT: (u32, u32, u8) = (10, 20, 5);

impl Task {
    fn new() -> Self {
        let shape = Shape::new(ParamSet::Set1, 256, 256, MAX_SLABS).expect("a legal shape");
        let a = random_matrix(shape.len_a(), 1);
        let bt = random_matrix(shape.len_b(), 2);
        let tree = |matrix: &[i8]| {
            commit(shape.set(), shape.slabs(), matrix, &Team::of(1)).expect("strips")
        };
        let trees = (tree(&a), tree(&bt));
        let commitment = Commitment {
            shape,
            root_a: trees.0.root(),
            root_b: trees.1.root(),
        };
        Self {
            commitment,
            a,
            bt,
            trees,
        }
    }

    fn strip<'a>(&self, matrix: &'a [i8], number: u32) -> &'a [u8] {
        let len = self.commitment.shape.strip_a_len();
        bytes_of(&matrix[number as usize * len..][..len])
    }

    fn certificate(&self) -> TicketCertificate {
        let (i, j, l) = AT;
        let set = self.commitment.shape.set();
        let side = |matrix: &[i8], tree: &Tree, number: u32| {
            let strip = self.strip(matrix, number);
            let within = strip_tree(strip, set).and_then(|tree| tree.path(usize::from(l)));
            let mut path = within.expect("a slab");
            path.extend(tree.path(number as usize).expect("a strip"));
            (piece(strip, set, l).expect("a slab"), path)
        };
        let (piece_a, path_a) = side(&self.a, &self.trees.0, i);
        let (piece_b, path_b) = side(&self.bt, &self.trees.1, j);
        TicketCertificate {
            task: 1,
            i,
            j,
            l,
            piece_a: piece_a.try_into().expect("bounded"),
            piece_b: piece_b.try_into().expect("bounded"),
            path_a: path_a.try_into().expect("bounded"),
            path_b: path_b.try_into().expect("bounded"),
        }
    }

    /// A proof against a C of one wrong tile among zeros, and its root.
    fn fraud(&self) -> (FraudProof, [u8; 32]) {
        let (i, j, _) = AT;
        let shape = &self.commitment.shape;
        let mut tile = recompute_tile(shape, &self.a, &self.bt, i, j).expect("inside of C");
        tile[0] ^= 1;
        let mut leaves = vec![tile_hash(&[0; 64]); shape.tiles() as usize];
        let at = shape.tile_index(i, j).expect("inside of C") as usize;
        leaves[at] = tile_hash(&tile);
        let tree = Tree::new(leaves).expect("tiles");
        let path = |tree: &Tree, at| tree.path(at).expect("in the tree");
        let proof = FraudProof {
            task: 1,
            i,
            j,
            strip_a: self.strip(&self.a, i).to_vec().try_into().expect("bounded"),
            strip_b: self
                .strip(&self.bt, j)
                .to_vec()
                .try_into()
                .expect("bounded"),
            tile: tile.try_into().expect("bounded"),
            path_a: path(&self.trees.0, i as usize).try_into().expect("bounded"),
            path_b: path(&self.trees.1, j as usize).try_into().expect("bounded"),
            path_c: path(&tree, at).try_into().expect("bounded"),
        };
        (proof, tree.root())
    }
}

/// As many siblings as a path may have.
fn longest(count: u32) -> Vec<[u8; 32]> {
    vec![[0; 32]; count as usize]
}

/// Measures `rounds` verifications.
pub fn measure(report: &mut Report, rounds: usize) {
    let task = Task::new();
    let mut certificate = task.certificate();
    let (mut fraud, root_c) = task.fraud();
    let milliseconds = |verify: &dyn Fn() -> bool| {
        let times = (0..rounds).map(|_| {
            let (time, accepted) = seconds(verify);
            assert!(accepted, "the proof is right");
            1e3 * time
        });
        median(times.collect::<Vec<_>>())
    };
    let verify =
        milliseconds(&|| verify_ticket(&certificate, &task.commitment, &SEEDS, U256::MAX).is_ok());
    let refute = milliseconds(&|| verify_fraud(&fraud, &task.commitment, &root_c).is_ok());
    // Set 1 has the largest pieces, and a proof of fraud has all slabs here.
    certificate.path_a = longest(MAX_PIECE_PATH).try_into().expect("the longest");
    certificate.path_b = certificate.path_a.clone();
    fraud.path_a = longest(MAX_STRIP_PATH).try_into().expect("the longest");
    fraud.path_b = fraud.path_a.clone();
    fraud.path_c = longest(MAX_TILE_PATH).try_into().expect("the longest");
    let (certificate, fraud) = (certificate.encoded_size(), fraud.encoded_size());
    println!("\nverification of set 1, natively");
    println!("  a ticket        {verify:8.3} ms, at most {certificate} bytes");
    println!("  fraud, 8 slabs  {refute:8.3} ms, at most {fraud} bytes");
    report.number("verify_native_ms", verify);
    report.number("fraud_native_ms", refute);
    report.number("certificate_bytes", certificate as f64);
    report.number("fraud_bytes", fraud as f64);
}
