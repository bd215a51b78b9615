mod collecting;
mod content;
mod damage;
mod disk;
mod opening;
mod paths;
mod slabs;
mod uploads;

use crate::{index::MAX_CORRUPT, BlobKind, FsMatrixStore, MatrixStore, StoreLimits};
use bcai_pouw_primitives::{
    merkle::{leaf_hash, tile_hash, Tree},
    Hash32, ParamSet,
};
use std::path::PathBuf;
use tempfile::TempDir;

const A: BlobKind = a(ParamSet::Set0, 1);
const B: BlobKind = b(ParamSet::Set0, 1);
const C: BlobKind = BlobKind::TilesC(ParamSet::Set0);
const MIB: usize = 1 << 20;

const fn a(set: ParamSet, slabs: u8) -> BlobKind {
    BlobKind::StripsA { set, slabs }
}

const fn b(set: ParamSet, slabs: u8) -> BlobKind {
    BlobKind::StripsB { set, slabs }
}

/// A store in a folder that is removed with it.
struct Fixture {
    folder: TempDir,
    store: FsMatrixStore,
}

impl Fixture {
    fn new() -> Self {
        Self::with(StoreLimits::default())
    }

    fn with(limits: StoreLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = FsMatrixStore::open(folder.path(), limits).unwrap();
        Self { folder, store }
    }

    /// Closes the store, lets `change` at its folder, opens it again.
    fn reopened_after(self, change: impl FnOnce(&Self)) -> Self {
        change(&self);
        let Self { folder, store } = self;
        drop(store);
        let store = FsMatrixStore::open(folder.path(), StoreLimits::default()).unwrap();
        Self { folder, store }
    }

    fn blob_path(&self, root: &Hash32) -> PathBuf {
        self.folder
            .path()
            .join(format!("{}.blob", hex::encode(root)))
    }

    fn file_names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "lock")
            .collect();
        names.sort();
        names
    }
}

/// `leaves` leaves of legal values that differ from place to place.
fn bytes(kind: BlobKind, leaves: usize, seed: u8) -> Vec<u8> {
    let legal = |at: usize| ((at * 31 + at / 1021 + usize::from(seed)) % 129) as i16 - 64;
    (0..leaves * kind.leaf_len())
        .map(|at| legal(at) as i8 as u8)
        .collect()
}

/// The tree over the pieces of a strip, cut as the specification says.
fn tree_of_strip(kind: BlobKind, strip: &[u8]) -> Tree {
    let (k, slabs) = (kind.set().k(), usize::from(kind.slabs().unwrap()));
    let leaf = |slab: usize| {
        let columns = |row: &[u8]| row[slab * k..(slab + 1) * k].to_vec();
        let piece: Vec<u8> = strip.chunks(slabs * k).flat_map(columns).collect();
        leaf_hash(&piece)
    };
    Tree::new((0..slabs).map(leaf).collect()).unwrap()
}

/// The tree over the strips or tiles, as the specification's own crate makes it.
fn tree_of(kind: BlobKind, bytes: &[u8]) -> Tree {
    let hash = |leaf: &[u8]| match kind {
        BlobKind::TilesC(_) => {
            let cells: Vec<i32> = leaf
                .chunks(4)
                .map(|cell| i32::from_le_bytes(cell.try_into().unwrap()))
                .collect();
            tile_hash(&cells)
        }
        _ => tree_of_strip(kind, leaf).root(),
    };
    Tree::new(bytes.chunks(kind.leaf_len()).map(hash).collect()).unwrap()
}

fn root_of(kind: BlobKind, bytes: &[u8]) -> Hash32 {
    tree_of(kind, bytes).root()
}

/// Sends `bytes` in parts of `part` bytes.
fn upload(store: &FsMatrixStore, kind: BlobKind, bytes: &[u8], part: usize) -> Hash32 {
    let id = store.begin(kind, bytes.len() as u64).unwrap();
    let mut offset = 0;
    for part in bytes.chunks(part) {
        offset = store.write(id, offset, part).unwrap();
    }
    store.finish(id).unwrap()
}
