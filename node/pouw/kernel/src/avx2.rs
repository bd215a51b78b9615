//! The microkernel on AVX2: a tile is eight registers of eight lanes, one strip and one half of the right panel at a time.

use core::arch::x86_64::*;

use super::{
    operands::{Operands, TilePair, WORDS},
    panel::{LeftStep, RightStep},
};

/// The accumulators of one tile after one more step of pairs.
#[inline]
#[target_feature(enable = "avx2")]
fn step(mut acc: [__m256i; 8], left: &LeftStep, right: &[i32; 8]) -> [__m256i; 8] {
    // SAFETY: `right` is 32 bytes; unaligned load.
    let b = unsafe { _mm256_loadu_si256(right.as_ptr().cast()) };
    for (acc, pair) in acc.iter_mut().zip(left.0) {
        let a = _mm256_set1_epi32(pair);
        *acc = _mm256_add_epi32(*acc, _mm256_madd_epi16(a, b));
    }
    acc
}

/// Multiplies the panels of `operands`, with transcripts when `T`.
#[target_feature(enable = "avx2")]
pub(super) fn run<const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: &mut [TilePair; S],
) {
    for (left, out) in operands.left.iter().zip(out) {
        for half in 0..2 {
            let mut acc = [_mm256_setzero_si256(); 8];
            let mut msgs = [[0u32; 8]; WORDS];
            let right_lanes = |step: &RightStep| -> [i32; 8] {
                let mut lanes = [0; 8];
                lanes.copy_from_slice(&step.0[8 * half..8 * half + 8]);
                lanes
            };
            let mut steps = left.iter().zip(operands.right);
            for (l, block) in operands.schedule.blocks().iter().enumerate() {
                for (left, right) in steps.by_ref().take(*block as usize) {
                    acc = step(acc, left, &right_lanes(right));
                }
                if T {
                    let rows = acc
                        .iter()
                        .fold(_mm256_setzero_si256(), |x, row| _mm256_xor_si256(x, *row));
                    let mut lanes = [0u32; 8];
                    // SAFETY: `lanes` is 32 bytes; unaligned store.
                    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), rows) };
                    for (word, lane) in msgs[l % WORDS].iter_mut().zip(lanes) {
                        *word = word.rotate_left(13) ^ lane;
                    }
                }
            }
            for (left, right) in steps {
                acc = step(acc, left, &right_lanes(right));
            }
            for (cells, acc) in out.cells[half].chunks_exact_mut(8).zip(&acc) {
                // SAFETY: a chunk of eight `i32`, 32 bytes; unaligned store.
                unsafe { _mm256_storeu_si256(cells.as_mut_ptr().cast(), *acc) };
            }
            if T {
                // Rotation and XOR commute with the XOR over lanes, so that is done once, here.
                for (word, lanes) in out.msgs[half].iter_mut().zip(&msgs) {
                    *word = lanes.iter().fold(0, |x, lane| x ^ lane);
                }
            }
        }
    }
}
