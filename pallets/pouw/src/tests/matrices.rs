//! Small real matrices of set 0, with the proofs that worker and challenger make of them.

use bcai_pouw_primitives::{
    merkle::{piece, strip_tree, tile_hash, Tree},
    noise::{dense_strip, noised_piece, slab_cycles},
    transcript, FraudProof, Hash32, JobInputs, ParamSet, Seeds, Shape, TaskId, TicketCertificate,
    U256,
};

use crate::{
    mock::{hash_of_block, AccountId, System, Test},
    types::{Status, TicketPlace},
    Tasks,
};

const SET: ParamSet = ParamSet::Set0;

/// A (`m x K`) and Bt (`n x K`) as strips of bytes.
pub struct Matrices {
    pub shape: Shape,
    strips_a: Vec<Vec<u8>>,
    strips_b: Vec<Vec<u8>>,
    tree_a: Tree,
    tree_b: Tree,
}

/// The tiles of a C, right or wrong, in row-major tile order.
pub struct Product {
    pub tiles: Vec<Vec<i32>>,
    tree: Tree,
}

/// Random legal values.
pub fn values(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            ((state >> 33) % 129) as u8
        })
        .map(|value| (value as i16 - 64) as i8 as u8)
        .collect()
}

fn signed(strip: &[u8]) -> Vec<i8> {
    strip.iter().map(|byte| *byte as i8).collect()
}

impl Matrices {
    /// Random matrices.
    pub fn new(seed: u64, m: u32, n: u32, slabs: u8) -> Self {
        let shape = Shape::new(SET, m, n, slabs).unwrap();
        let strips = |seed: u64, rows: u32| -> Vec<Vec<u8>> {
            values(seed, rows as usize * shape.inner())
                .chunks(shape.strip_a_len())
                .map(<[u8]>::to_vec)
                .collect()
        };
        Self::of_strips(shape, strips(seed, m), strips(seed + 1, n))
    }

    pub fn of_strips(shape: Shape, strips_a: Vec<Vec<u8>>, strips_b: Vec<Vec<u8>>) -> Self {
        let root = |strip: &Vec<u8>| strip_tree(strip, SET).unwrap().root();
        let tree = |strips: &[Vec<u8>]| Tree::new(strips.iter().map(root).collect()).unwrap();
        Self {
            shape,
            tree_a: tree(&strips_a),
            tree_b: tree(&strips_b),
            strips_a,
            strips_b,
        }
    }

    /// The task that most tests are about: four tiles, two slabs.
    pub fn small() -> Self {
        Self::new(7, 16, 16, 2)
    }

    pub fn root_a(&self) -> Hash32 {
        self.tree_a.root()
    }

    pub fn root_b(&self) -> Hash32 {
        self.tree_b.root()
    }

    pub fn certificate(&self, task: TaskId, i: u32, j: u32, l: u8) -> TicketCertificate {
        let (a, b) = (i as usize, j as usize);
        let part = |strip: &[u8]| piece(strip, SET, l).unwrap().try_into().unwrap();
        let path = |strip: &[u8], tree: &Tree, at: usize| {
            let within = strip_tree(strip, SET).unwrap().path(l.into()).unwrap();
            let path = [within, tree.path(at).unwrap()].concat();
            path.try_into().unwrap()
        };
        TicketCertificate {
            task,
            i,
            j,
            l,
            piece_a: part(&self.strips_a[a]),
            piece_b: part(&self.strips_b[b]),
            path_a: path(&self.strips_a[a], &self.tree_a, a),
            path_b: path(&self.strips_b[b], &self.tree_b, b),
        }
    }

    /// Every tile and slab.
    pub fn places(&self) -> Vec<TicketPlace> {
        let (rows, columns) = (self.shape.strips_a(), self.shape.strips_b());
        (0..rows)
            .flat_map(|i| (0..columns).map(move |j| (i, j)))
            .flat_map(|(i, j)| (0..self.shape.slabs()).map(move |l| (i, j, l)))
            .collect()
    }

    /// The ticket of tile `(i, j)` in slab `l`, computed from what a worker knows and not by the pallet.
    pub fn ticket(
        &self,
        task: TaskId,
        worker: &AccountId,
        claimed_at: u64,
        (i, j, l): TicketPlace,
    ) -> U256 {
        let job = JobInputs {
            genesis_hash: System::block_hash(0).0,
            set: SET,
            task,
            anchor: hash_of_block(claimed_at).0,
            worker: worker.clone().into(),
            m: self.shape.m(),
            n: self.shape.n(),
            slabs: self.shape.slabs(),
        };
        let seeds = Seeds::derive(&job, &self.root_a(), &self.root_b());
        let noised = |strip: &[u8], seed: &Hash32, number: u32| {
            let dense = dense_strip(seed, SET, number, 8);
            let values = signed(&piece(strip, SET, l).unwrap());
            noised_piece(&values, &dense, &slab_cycles(seed, SET, l), SET)
        };
        let a = noised(&self.strips_a[i as usize], &seeds.a, i);
        let b = noised(&self.strips_b[j as usize], &seeds.b, j);
        transcript::ticket(&seeds.a, &transcript::transcript(&a, &b, SET))
    }

    pub fn product(&self) -> Product {
        let tiles = self
            .strips_a
            .iter()
            .flat_map(|a| {
                self.strips_b
                    .iter()
                    .map(|b| transcript::tile_product(&signed(a), &signed(b), SET))
            })
            .collect();
        Product::of_tiles(tiles)
    }

    pub fn fraud_proof(&self, task: TaskId, product: &Product, i: u32, j: u32) -> FraudProof {
        let (a, b) = (i as usize, j as usize);
        let index = self.shape.tile_index(i, j).unwrap() as usize;
        FraudProof {
            task,
            i,
            j,
            strip_a: self.strips_a[a].clone().try_into().unwrap(),
            strip_b: self.strips_b[b].clone().try_into().unwrap(),
            tile: product.tiles[index].clone().try_into().unwrap(),
            path_a: self.tree_a.path(a).unwrap().try_into().unwrap(),
            path_b: self.tree_b.path(b).unwrap().try_into().unwrap(),
            path_c: product.tree.path(index).unwrap().try_into().unwrap(),
        }
    }
}

impl Product {
    fn of_tiles(tiles: Vec<Vec<i32>>) -> Self {
        let tree = Tree::new(tiles.iter().map(|tile| tile_hash(tile)).collect()).unwrap();
        Self { tiles, tree }
    }

    pub fn root(&self) -> Hash32 {
        self.tree.root()
    }

    /// The same product with one cell of one tile off by one.
    pub fn with_a_wrong_cell(mut self, tile: usize, cell: usize) -> Self {
        self.tiles[tile][cell] += 1;
        Self::of_tiles(self.tiles)
    }
}

/// The tiles and slabs of a claimed task, best ticket first, with their tickets.
pub fn ranked_places(
    matrices: &Matrices,
    task: TaskId,
    worker: &AccountId,
) -> Vec<(U256, TicketPlace)> {
    let Some(Status::Claimed(claim)) = Tasks::<Test>::get(task).map(|task| task.status) else {
        panic!("task {task} is not claimed");
    };
    let mut ranked: Vec<_> = matrices
        .places()
        .into_iter()
        .map(|place| {
            let ticket = matrices.ticket(task, worker, claim.claimed_at, place);
            (ticket, place)
        })
        .collect();
    ranked.sort();
    ranked
}
