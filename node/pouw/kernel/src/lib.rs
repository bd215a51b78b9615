#![doc = include_str!("../README.md")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod column;
mod gemm;
mod hash;
mod isa;
mod memory;
mod micro;
mod mine;
mod operands;
mod pack;
pub mod panel;
mod peak;
mod portable;
mod shared;
#[cfg(test)]
mod tests;
mod threads;

use std::mem::MaybeUninit;

use bcai_pouw_primitives::{
    merkle::{leaf_key, tile_key, Tree},
    params::STRIP_ROWS,
    transcript::tile_product,
    Hash32, ParamSet, Shape,
};

pub use gemm::{product, Group, TileRef};
pub use hash::TicketHasher;
pub use isa::Isa;
pub use mine::{
    draw_with, mine, mine_with, ClaimedProduct, MineError, Mined, Options, Timings, Winner,
};
pub use peak::peak_loop;
pub use threads::{processor_time, Team};

use hash::ManyHasher;
use pack::{Packer, Treatment};
use panel::{Left, Right, Schedule};
use shared::Shared;

/// The values in a blob of bytes.
pub fn values_of(bytes: &[u8]) -> &[i8] {
    // SAFETY: `i8` and `u8` have the same size and alignment, and every byte is a valid `i8`.
    unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

/// The bytes of values, as they are stored and hashed.
pub fn bytes_of(values: &[i8]) -> &[u8] {
    // SAFETY: `i8` and `u8` have the same size and alignment, and every `i8` is a valid byte.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// The Merkle tree over the strips of A or of Bt, whose rows have `slabs * k` columns, row-major. `None` when there is no whole strip or
/// the team was cancelled.
pub fn commit(set: ParamSet, slabs: u8, matrix: &[i8], team: &Team<'_>) -> Option<Tree> {
    let (key, inner) = (leaf_key(), set.k() * usize::from(slabs));
    let len = STRIP_ROWS * inner;
    let mut roots = vec![[0u8; 32]; matrix.len().checked_div(len)?];
    team.each_chunk(
        &mut roots,
        1,
        || Vec::with_capacity(STRIP_ROWS * set.k()),
        |piece, strip, root| {
            let leaves = (0..usize::from(slabs)).map(|slab| {
                piece.clear();
                for row in matrix[strip * len..][..len].chunks_exact(inner) {
                    piece.extend_from_slice(bytes_of(&row[slab * set.k()..][..set.k()]));
                }
                *blake3::keyed_hash(&key, piece).as_bytes()
            });
            let tree = Tree::new(leaves.collect());
            root.fill(tree.map_or([0; 32], |tree| tree.root()));
        },
    )?;
    Tree::new(roots)
}

/// The leaves of C from its cells in row-major tile order, 64 for each tile. `None` when the team was cancelled.
pub fn tile_leaves(c_tiles: &[i32], team: &Team<'_>) -> Option<Vec<Hash32>> {
    /// Tiles of one unit of work.
    const UNIT: usize = 1024;
    let hasher = ManyHasher::new(&tile_key());
    let (tiles, _) = c_tiles.as_chunks::<64>();
    let mut leaves = vec![[0u8; 32]; tiles.len()];
    team.each_chunk(
        &mut leaves,
        UNIT,
        || (),
        |_, unit, out| {
            let tiles = tiles[UNIT * unit..][..out.len()].iter();
            hasher.hash_all(tiles.map(hash::bytes_of_cells), out);
        },
    )?;
    Some(leaves)
}

/// The Merkle tree over the tiles of C, in row-major tile order. `None` when there is no tile or the team was cancelled.
pub fn commit_tiles(c_tiles: &[i32], team: &Team<'_>) -> Option<Tree> {
    Tree::new(tile_leaves(c_tiles, team)?)
}

/// The root over the tiles of C, faster than the tree. `None` as [`commit_tiles`].
pub fn root_of_tiles(c_tiles: &[i32], team: &Team<'_>) -> Option<Hash32> {
    hash::root_of(tile_leaves(c_tiles, team)?, team)
}

/// Tile `(i, j)` of C from the plain matrices: 64 cells, row-major. `None` outside of C or where a matrix is too short.
pub fn recompute_tile(shape: &Shape, a: &[i8], bt: &[i8], i: u32, j: u32) -> Option<Vec<i32>> {
    shape.tile_index(i, j)?;
    let len = shape.strip_a_len();
    let strip = |matrix: &'_ [i8], number: u32| {
        let from = len.checked_mul(number as usize)?;
        matrix.get(from..from.checked_add(len)?).map(<[i8]>::to_vec)
    };
    Some(tile_product(&strip(a, i)?, &strip(bt, j)?, shape.set()))
}

/// C in row-major order, `m x n`, from row-major tile order.
pub fn rows_of_tiles(shape: &Shape, c_tiles: &[i32]) -> Vec<i32> {
    let n = shape.n() as usize;
    let mut rows = vec![0i32; c_tiles.len()];
    let bands = c_tiles.chunks_exact(STRIP_ROWS * n);
    for (band, out) in bands.zip(rows.chunks_exact_mut(STRIP_ROWS * n)) {
        for (j, tile) in band.chunks_exact(64).enumerate() {
            for (row, cells) in tile.chunks_exact(8).enumerate() {
                out[row * n + 8 * j..][..8].copy_from_slice(cells);
            }
        }
    }
    rows
}

/// `A x Bt^T` as it is: row-major, `m x n`. Any `i8` is allowed. `None` when the team was cancelled.
///
/// Panics unless `a` is `m x K` and `bt` is `n x K`.
pub fn plain_product(shape: &Shape, a: &[i8], bt: &[i8], team: &Team<'_>) -> Option<Vec<i32>> {
    plain_product_with(Isa::best(), shape, a, bt, team)
}

/// [`plain_product`] on a given instruction sequence. Panics also when this processor doesn't have it.
pub fn plain_product_with(
    isa: Isa,
    shape: &Shape,
    a: &[i8],
    bt: &[i8],
    team: &Team<'_>,
) -> Option<Vec<i32>> {
    let n = shape.n() as usize;
    let (left, right) = pack_plain(isa, shape, a, bt, team)?;
    let write = |c: &Shared<'_, i32>, group: &Group<'_>| {
        // Row by row, so that the lines of C are written whole and one after the other.
        let tiles: Vec<TileRef<'_>> = group.tiles().collect();
        for strip in tiles.chunks_exact(group.width()) {
            for row in 0..STRIP_ROWS {
                for tile in strip {
                    let at = (STRIP_ROWS * tile.i + row) * n + 8 * tile.j;
                    let cells = &tile.cells[8 * row..8 * row + 8];
                    // SAFETY: these eight cells belong to this tile alone, and every tile is in one group, which one thread handles.
                    unsafe { c.write(at, cells) };
                }
            }
        }
    };
    let multiply = |memory: &mut [MaybeUninit<i32>]| {
        let c = Shared::of_memory(memory);
        product(
            &left,
            &right,
            false,
            team,
            || (),
            |_, _| (),
            |_, group| write(&c, group),
        )
    };
    // SAFETY: a product that wasn't cancelled has handed over every tile, and all cells of each are written.
    unsafe { memory::filled(shape.m() as usize * n, multiply) }
}

/// Both operands as they are, with no snapshot on the way.
fn pack_plain(
    isa: Isa,
    shape: &Shape,
    a: &[i8],
    bt: &[i8],
    team: &Team<'_>,
) -> Option<(Left, Right)> {
    let k = shape.set().k();
    assert_eq!(a.len() as u64, shape.len_a());
    assert_eq!(bt.len() as u64, shape.len_b());
    let schedule = Schedule::every(isa, shape.slabs(), k, k, 0);
    let len = shape.strip_a_len();
    let left = Left::pack(
        schedule.clone(),
        a.len() / len,
        team,
        Packer::default,
        |packer, i, out| packer.left(&a[i * len..(i + 1) * len], Treatment::Plain, &schedule, out),
    )?;
    let right = Right::pack(
        schedule.clone(),
        bt.len() / len,
        team,
        Packer::default,
        |packer, j, lane, out| {
            packer.right(
                &bt[j * len..(j + 1) * len],
                Treatment::Plain,
                &schedule,
                lane,
                out,
            )
        },
    )?;
    Some((left, right))
}
