//! Looks at a sample of a delivered result, and proves a wrong tile.

use bcai_matrices::{BlobInfo, MatrixStore, StoreError};
use bcai_pouw_kernel::values_of;
use bcai_pouw_primitives::{
    certificate::{Tile, TilePath},
    transcript::tile_product,
    verify_fraud, Commitment, FraudProof, Hash32, VerifyError,
};
use bcai_pouw_tasks::{chain::Task, sample::sample, stored::has};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error("{}", .0.without_paths())]
    Store(#[from] StoreError),
    #[error("tile ({i}, {j}) is wrong, but the proof does not hold ({error:?})")]
    Unprovable { i: u32, j: u32, error: VerifyError },
    #[error("tile ({i}, {j}) is wrong, but its place can't be proven")]
    NoPath { i: u32, j: u32 },
}

/// What a look at a result gives.
pub(crate) enum Verdict {
    /// A, Bt or C is not in the store, or not of the size that the task says.
    NotHere,
    /// So many tiles were recomputed, all right.
    Right {
        tiles: usize,
    },
    Wrong(Box<FraudProof>),
}

/// Which of A, Bt and C of this result is not in the store with the size that the task says, if any.
pub(crate) fn missing(
    store: &dyn MatrixStore,
    task: &Task,
    root_c: &Hash32,
) -> Option<&'static str> {
    let Ok(Commitment {
        shape,
        root_a,
        root_b,
    }) = task.commitment()
    else {
        return Some("shape");
    };
    let matrices = [
        ("A", &root_a, BlobInfo::of_a(&shape)),
        ("Bt", &root_b, BlobInfo::of_b(&shape)),
        ("C", root_c, BlobInfo::of_c(&shape)),
    ];
    let absent = matrices
        .into_iter()
        .find(|(_, root, wanted)| !has(store, root, wanted));
    absent.map(|(name, ..)| name)
}

/// Recomputes `tiles` tiles chosen at random, all of them when there are no more.
pub(crate) fn check(
    store: &dyn MatrixStore,
    task: &Task,
    root_c: &Hash32,
    tiles: usize,
) -> Result<Verdict, CheckError> {
    let Ok(commitment) = task.commitment() else {
        return Ok(Verdict::NotHere);
    };
    let Commitment {
        shape,
        root_a,
        root_b,
    } = &commitment;
    if missing(store, task, root_c).is_some() {
        return Ok(Verdict::NotHere);
    }
    let chosen = sample(shape.tiles(), tiles);
    for number in &chosen {
        let columns = u64::from(shape.strips_b());
        let (row, column) = (number / columns, number % columns);
        let (i, j) = (row as u32, column as u32);
        let a = leaf(store, root_a, &BlobInfo::of_a(shape), row)?;
        let b = leaf(store, root_b, &BlobInfo::of_b(shape), column)?;
        let delivered: Vec<i32> = leaf(store, root_c, &BlobInfo::of_c(shape), *number)?
            .chunks_exact(4)
            .map(|cell| i32::from_le_bytes([cell[0], cell[1], cell[2], cell[3]]))
            .collect();
        if tile_product(values_of(&a), values_of(&b), shape.set()) == delivered {
            continue;
        }
        let proof = prove(store, task, &commitment, root_c, (i, j), delivered)?
            .ok_or(CheckError::NoPath { i, j })?;
        verify_fraud(&proof, &commitment, root_c).map_err(|error| CheckError::Unprovable {
            i,
            j,
            error,
        })?;
        return Ok(Verdict::Wrong(Box::new(proof)));
    }
    let tiles = chosen.len();
    Ok(Verdict::Right { tiles })
}

/// A strip of A or Bt with all its pieces, or a tile of C.
fn leaf(
    store: &dyn MatrixStore,
    root: &Hash32,
    blob: &BlobInfo,
    number: u64,
) -> Result<Vec<u8>, StoreError> {
    let len = blob.kind.leaf_len() as u64;
    store.read(root, number.saturating_mul(len), len)
}

fn prove(
    store: &dyn MatrixStore,
    task: &Task,
    commitment: &Commitment,
    root_c: &Hash32,
    (i, j): (u32, u32),
    tile: Vec<i32>,
) -> Result<Option<FraudProof>, CheckError> {
    let shape = &commitment.shape;
    let strip = |root: &Hash32, blob: BlobInfo, number: u32| {
        let bytes = leaf(store, root, &blob, number.into())?;
        Ok::<_, StoreError>((bytes, store.strip_path(root, number.into())?))
    };
    let (strip_a, path_a) = strip(&commitment.root_a, BlobInfo::of_a(shape), i)?;
    let (strip_b, path_b) = strip(&commitment.root_b, BlobInfo::of_b(shape), j)?;
    let path_c = store.path(root_c, shape.tile_index(i, j).unwrap_or(u64::MAX))?;
    let proof = || {
        Some(FraudProof {
            task: task.id,
            i,
            j,
            strip_a: strip_a.try_into().ok()?,
            strip_b: strip_b.try_into().ok()?,
            tile: Tile::try_from(tile).ok()?,
            path_a: path_a.try_into().ok()?,
            path_b: path_b.try_into().ok()?,
            path_c: TilePath::try_from(path_c).ok()?,
        })
    };
    Ok(proof())
}
