//! Reads test vectors: the crate's own, those of `BCAI_POUW_VECTORS`, and `shared/pouw-v2/vectors` where it lies beside the checkout.

use std::{collections::BTreeMap, fs, path::PathBuf};

use bcai_pouw_primitives::{
    merkle::{piece, strip_tree, tile_hash, Tree},
    transcript::tile_product,
    Commitment, FraudProof, Hash32, JobInputs, ParamSet, Shape, TicketCertificate, U256,
};
use serde::Deserialize;

/// One vector, as the files have it: bytes in hexadecimal, matrices row-major.
#[derive(Deserialize)]
pub struct Vector {
    pub param_set: u8,
    pub kind: String,
    pub m: u32,
    pub n: u32,
    pub slabs: u8,
    pub a: String,
    pub b_t: String,
    pub genesis: String,
    pub task_id: u64,
    pub anchor: String,
    pub worker: String,
    pub root_a: String,
    pub root_b: String,
    pub job_key: String,
    pub seed_a: String,
    pub seed_b: String,
    pub noise_a_row0: Vec<i32>,
    pub noise_b_last_row_end: Vec<i32>,
    pub cycle_a_last_block: Vec<u16>,
    pub tickets: BTreeMap<String, String>,
    pub best: (u32, u32, u8),
    pub path_a: Vec<String>,
    pub path_b: Vec<String>,
    pub strip_path_a: Vec<String>,
    pub strip_path_b: Vec<String>,
    pub c_first_tile: Vec<Vec<i32>>,
    pub root_c: String,
    pub path_c_best: Vec<String>,
}

pub fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.trim_start_matches("0x")).expect("vectors are hexadecimal")
}

pub fn hash(text: &str) -> Hash32 {
    bytes(text).try_into().expect("32 bytes")
}

pub fn ticket(text: &str) -> U256 {
    U256::from_little_endian(&hash(text))
}

/// Every vector that can be found, with the name of its file.
pub fn all() -> Vec<(String, Vector)> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = here
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").exists())
        .expect("the workspace's root");
    let mut folders = vec![root.join("primitives/pouw/tests/vectors")];
    folders.extend(std::env::var_os("BCAI_POUW_VECTORS").map(PathBuf::from));
    folders.extend(Some(root.join("../shared/pouw-v2/vectors")).filter(|folder| folder.exists()));
    let mut found = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("no vectors in {}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.extension().is_some_and(|ending| ending == "json") {
                let text = fs::read_to_string(&path).expect("a readable file");
                let list: Vec<Vector> = serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.extend(list.into_iter().map(|v| (path.display().to_string(), v)));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

impl Vector {
    pub fn set(&self) -> ParamSet {
        ParamSet::from_index(self.param_set).expect("a known set")
    }

    pub fn commitment(&self) -> Commitment {
        Commitment {
            shape: Shape::new(self.set(), self.m, self.n, self.slabs).expect("a legal shape"),
            root_a: hash(&self.root_a),
            root_b: hash(&self.root_b),
        }
    }

    pub fn job(&self) -> JobInputs {
        JobInputs {
            genesis_hash: hash(&self.genesis),
            set: self.set(),
            task: self.task_id,
            anchor: hash(&self.anchor),
            worker: hash(&self.worker),
            m: self.m,
            n: self.n,
            slabs: self.slabs,
        }
    }

    /// The strips of A and of Bt.
    pub fn strips(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let cut = |text: &str, len| bytes(text).chunks(len).map(<[u8]>::to_vec).collect();
        (
            cut(&self.a, self.commitment().shape.strip_a_len()),
            cut(&self.b_t, self.commitment().shape.strip_b_len()),
        )
    }

    /// The tiles of C in row-major tile order, computed here.
    pub fn tiles(&self) -> Vec<Vec<i32>> {
        let (a, b) = self.strips();
        let signed = |strip: &Vec<u8>| strip.iter().map(|byte| *byte as i8).collect::<Vec<_>>();
        let (a, b): (Vec<_>, Vec<_>) = (
            a.iter().map(signed).collect(),
            b.iter().map(signed).collect(),
        );
        a.iter()
            .flat_map(|row| b.iter().map(move |column| (row, column)))
            .map(|(row, column)| tile_product(row, column, self.set()))
            .collect()
    }

    /// The certificate of tile `(i, j)` in slab `l`.
    pub fn certificate(&self, i: u32, j: u32, l: u8) -> TicketCertificate {
        let (a, b) = self.strips();
        let part = |strip: &[u8]| piece(strip, self.set(), l).expect("a slab of the strip");
        let path = |strips: &[Vec<u8>], at: u32| {
            let within = self.strip_tree(&strips[at as usize]).path(usize::from(l));
            let mut path = within.expect("a slab of the strip");
            path.extend(self.strip_path(strips, at));
            path
        };
        TicketCertificate {
            task: self.task_id,
            i,
            j,
            l,
            path_a: path(&a, i).try_into().expect("bounded"),
            path_b: path(&b, j).try_into().expect("bounded"),
            piece_a: part(&a[i as usize]).try_into().expect("bounded"),
            piece_b: part(&b[j as usize]).try_into().expect("bounded"),
        }
    }

    fn strip_tree(&self, strip: &[u8]) -> Tree {
        strip_tree(strip, self.set()).expect("whole pieces")
    }

    /// The tree over strips.
    pub fn tree(&self, strips: &[Vec<u8>]) -> Tree {
        Tree::new(strips.iter().map(|s| self.strip_tree(s).root()).collect()).expect("strips")
    }

    /// The path of a strip.
    pub fn strip_path(&self, strips: &[Vec<u8>], at: u32) -> Vec<Hash32> {
        self.tree(strips).path(at as usize).expect("in the tree")
    }

    /// A C with one cell of tile `(i, j)` off by one: its root, and the proof that it is wrong.
    pub fn fraud(&self, i: u32, j: u32, cell: usize) -> (Hash32, FraudProof) {
        let commitment = self.commitment();
        let index = commitment.shape.tile_index(i, j).expect("inside of C") as usize;
        let mut tiles = self.tiles();
        tiles[index][cell] = tiles[index][cell].wrapping_add(1);
        let tree = Tree::new(tiles.iter().map(|tile| tile_hash(tile)).collect()).expect("tiles");
        let (a, b) = self.strips();
        let proof = FraudProof {
            task: self.task_id,
            i,
            j,
            tile: tiles[index].clone().try_into().expect("bounded"),
            path_a: self.strip_path(&a, i).try_into().expect("bounded"),
            path_b: self.strip_path(&b, j).try_into().expect("bounded"),
            strip_a: a[i as usize].clone().try_into().expect("bounded"),
            strip_b: b[j as usize].clone().try_into().expect("bounded"),
            path_c: tree.path(index).expect("in C").try_into().expect("bounded"),
        };
        (tree.root(), proof)
    }
}
