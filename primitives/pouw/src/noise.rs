//! The low-rank noise that makes every claim's product new: `E = U x S`, with U dense and S sparse.
//!
//! The sparse factor of a block of `r` columns is one cycle through all columns of U: column `x` of the block is column `order[x]` of U
//! less column `order[x + 1]`, so that a block has rank `r - 1` whatever the seed.

use alloc::{vec, vec::Vec};

use crate::{Hash32, ParamSet};

/// Fills `out` with the extended output of the keyed hash of `letter` and `number`.
fn xof(seed: &Hash32, letter: &[u8; 1], number: u32, out: &mut [u8]) {
    blake3::Hasher::new_keyed(seed)
        .update(letter)
        .update(&number.to_le_bytes())
        .finalize_xof()
        .fill(out);
}

/// The sparse factor of a block: the columns of U in the order of the cycle, `r` of them.
pub fn cycle(seed: &Hash32, set: ParamSet, block: u32) -> Vec<u16> {
    let r = set.r();
    let mut order: Vec<u16> = (0..r as u16).collect();
    let mut numbers = vec![0u8; r.saturating_sub(1).saturating_mul(4)];
    xof(seed, b"S", block, &mut numbers);
    let (words, _) = numbers.as_chunks::<4>();
    for (t, word) in (1..r).rev().zip(words) {
        let places = (t as u64).saturating_add(1);
        let j = u64::from(u32::from_le_bytes(*word)).saturating_mul(places) >> 32;
        // Both are below `r`: `j` is at most `t`.
        order.swap(t, j as usize);
    }
    order
}

/// The sparse factor of a slab: the cycles of its blocks, one after the other.
pub fn slab_cycles(seed: &Hash32, set: ParamSet, slab: u8) -> Vec<u16> {
    let blocks = set.blocks() as u32;
    let first = u32::from(slab).saturating_mul(blocks);
    (first..first.saturating_add(blocks))
        .flat_map(|block| cycle(seed, set, block))
        .collect()
}

/// The dense factor of one strip, the same in all its slabs: `rows x r` of `i8` in `[-32, 31]`, row-major.
pub fn dense_strip(seed: &Hash32, set: ParamSet, strip: u32, rows: usize) -> Vec<i8> {
    let mut bytes = vec![0u8; rows.saturating_mul(set.r())];
    xof(seed, b"U", strip, &mut bytes);
    bytes
        .into_iter()
        .map(|byte| ((byte & 63) as i8).saturating_sub(32))
        .collect()
}

/// A piece with its noise added: `rows x k` of `i8`, row-major. `dense` is the strip's dense factor, `cycles` the slab's sparse one.
///
/// Values outside of `[-64, 64]` are for the caller to refuse: their sum would saturate here.
pub fn noised_piece(piece: &[i8], dense: &[i8], cycles: &[u16], set: ParamSet) -> Vec<i8> {
    let mut out = Vec::with_capacity(piece.len());
    for (row, u) in piece.chunks_exact(set.k()).zip(dense.chunks_exact(set.r())) {
        let at = |column: &u16| u.get(usize::from(*column)).copied().unwrap_or(0);
        for (values, order) in row.chunks_exact(set.r()).zip(cycles.chunks_exact(set.r())) {
            let next = order.iter().skip(1).chain(order.first());
            let columns = order.iter().zip(next);
            out.extend(
                values
                    .iter()
                    .zip(columns)
                    .map(|(value, (p, q))| value.saturating_add(at(p).saturating_sub(at(q)))),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_VALUE;

    #[test]
    fn a_cycle_goes_through_every_column_once_and_differs_from_block_to_block() {
        for set in ParamSet::ALL {
            for seed in [[0u8; 32], [7; 32], [255; 32]] {
                for slab in [0, 7] {
                    let cycles = slab_cycles(&seed, set, slab);
                    assert_eq!(cycles.len(), set.k());
                    for order in cycles.chunks(set.r()) {
                        let mut sorted = order.to_vec();
                        sorted.sort_unstable();
                        assert!(sorted.into_iter().eq(0..set.r() as u16));
                    }
                    assert_ne!(cycles[..set.r()], cycles[set.r()..2 * set.r()]);
                }
                assert_ne!(slab_cycles(&seed, set, 0), slab_cycles(&seed, set, 1));
            }
        }
    }

    #[test]
    fn noise_is_within_63_of_zero() {
        for set in ParamSet::ALL {
            let seed = [9; 32];
            let cycles = slab_cycles(&seed, set, 3);
            let dense = dense_strip(&seed, set, 3, set.h());
            assert!(dense.iter().all(|u| (-32..=31).contains(u)));
            for edge in [-MAX_VALUE, MAX_VALUE] {
                let noised = noised_piece(&vec![edge; set.piece_a_len()], &dense, &cycles, set);
                let within = |v: &i8| (i16::from(*v) - i16::from(edge)).abs() <= 63;
                assert!(noised.iter().all(within));
                // A cycle's differences add up to nothing.
                for block in noised.chunks(set.r()) {
                    let sum: i32 = block.iter().map(|v| i32::from(*v) - i32::from(edge)).sum();
                    assert_eq!(sum, 0);
                }
            }
        }
    }
}
