//! The work itself: a tile's product with snapshots of its accumulators, and the ticket drawn from them.

use alloc::{vec, vec::Vec};
use primitive_types::U256;

use crate::{merkle::keyed, Hash32, ParamSet};

/// Words of a transcript.
pub const WORDS: usize = 16;

/// The dot product of two rows, exact in `i32` for every legal length.
fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).fold(0i32, |acc, (x, y)| {
        acc.wrapping_add(i32::from(i16::from(*x).wrapping_mul(i16::from(*y))))
    })
}

/// Adds to `acc` (row-major, `h x w`) the product of columns `from .. from + r` of both, whose rows have `len` columns.
fn accumulate(acc: &mut [i32], (a, b): (&[i8], &[i8]), len: usize, from: usize, set: ParamSet) {
    let (to, len) = (from.saturating_add(set.r()), len.max(1));
    let mut cells = acc.iter_mut();
    for row_a in a.chunks_exact(len) {
        let Some(block_a) = row_a.get(from..to) else {
            return;
        };
        for row_b in b.chunks_exact(len) {
            if let (Some(block_b), Some(cell)) = (row_b.get(from..to), cells.next()) {
                *cell = cell.wrapping_add(dot(block_a, block_b));
            }
        }
    }
}

/// The transcript of one tile in one slab, over its two noised pieces, each `8 x k` of `i8`, row-major.
pub fn transcript(a: &[i8], b: &[i8], set: ParamSet) -> [u32; WORDS] {
    let mut acc = vec![0i32; set.tile_cells()];
    let mut msg = [0u32; WORDS];
    for (g, from) in (0..set.k()).step_by(set.r()).enumerate() {
        accumulate(&mut acc, (a, b), set.k(), from, set);
        let x = acc.iter().fold(0u32, |x, cell| x ^ (*cell as u32));
        if let Some(word) = msg.get_mut(g & (WORDS - 1)) {
            *word = word.rotate_left(13) ^ x;
        }
    }
    msg
}

/// The plain product of two strips, row-major, over all their columns: `h x w` cells, row-major.
pub fn tile_product(a: &[i8], b: &[i8], set: ParamSet) -> Vec<i32> {
    let mut acc = vec![0i32; set.tile_cells()];
    let len = a.len().checked_div(set.h()).unwrap_or(0);
    for from in (0..len).step_by(set.r()) {
        accumulate(&mut acc, (a, b), len, from, set);
    }
    acc
}

/// The ticket of a transcript, as a number.
pub fn ticket(seed_a: &Hash32, msg: &[u32; WORDS]) -> U256 {
    let mut bytes = [0u8; 4 * WORDS];
    for (out, word) in bytes.chunks_exact_mut(4).zip(msg) {
        out.copy_from_slice(&word.to_le_bytes());
    }
    U256::from_little_endian(&keyed(seed_a, &bytes))
}

/// Multiply-accumulates that one winning ticket stands for, in expectation: `2^256 / (target + 1) * h*w*k`.
/// Saturates at `u128::MAX`.
pub fn work_of_ticket(set: ParamSet, target: U256) -> u128 {
    // 2^256 / (target + 1) without 257 bits: (2^256 - (target + 1)) / (target + 1) + 1.
    let tries = match target.checked_add(U256::one()) {
        None => U256::one(),
        Some(divisor) => U256::MAX
            .saturating_sub(target)
            .checked_div(divisor)
            .unwrap_or(U256::zero())
            .saturating_add(U256::one()),
    };
    let work = tries.saturating_mul(U256::from(set.ticket_macs()));
    if work > U256::from(u128::MAX) {
        u128::MAX
    } else {
        work.low_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_of_a_ticket_is_the_expected_number_of_tries() {
        let macs = u128::from(ParamSet::Set0.ticket_macs());
        let work = |target| work_of_ticket(ParamSet::Set0, target);
        assert_eq!(work(U256::MAX), macs);
        assert_eq!(work(U256::MAX >> 1), 2 * macs);
        assert_eq!(work(U256::MAX >> 10), 1024 * macs);
        assert_eq!(work(U256::zero()), u128::MAX);
        assert_eq!(work(U256::from(u128::MAX)), u128::MAX);
    }
}
