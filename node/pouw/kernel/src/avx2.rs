//! The microkernel on AVX2: four rows by sixteen columns in eight registers.
//!
//! So few cells would make every step of a panel come from the second-level cache anew for each of them. Therefore a run goes through the
//! slab in chunks that fit the first-level cache, takes all strips through one chunk before the next, and keeps accumulators in
//! memory between chunks.

use core::arch::x86_64::*;

use super::{
    operands::{Operands, Tiles, WORDS},
    panel::{LeftStep, RightStep},
};

/// Steps of a chunk: 64 of one right panel and three left ones are 10 KiB.
const CHUNK: usize = 64;

/// Rows of one pass: half of a strip.
const ROWS: usize = 4;

/// Accumulators of a pass: of each row, those of the first tile and those of the second.
type Pass = [[__m256i; 2]; ROWS];

/// One pass's accumulators after `steps`, of whose left halves it takes the one that starts at row `from`.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply(mut acc: Pass, left: &[LeftStep], right: &[RightStep], from: usize) -> Pass {
    for (left, right) in left.iter().zip(right) {
        let [low, high] = halves(right);
        let rows = &left.0[from..from + ROWS];
        for (acc, pair) in acc.iter_mut().zip(rows) {
            let a = _mm256_set1_epi32(*pair);
            acc[0] = _mm256_add_epi32(acc[0], _mm256_madd_epi16(a, low));
            acc[1] = _mm256_add_epi32(acc[1], _mm256_madd_epi16(a, high));
        }
    }
    acc
}

/// The lanes of the two tiles.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(step: &RightStep) -> [__m256i; 2] {
    // SAFETY: both are 64 bytes for which every bit pattern is valid.
    unsafe { std::mem::transmute::<[i32; 16], [__m256i; 2]>(step.0) }
}

/// The XOR of a pass's rows, for each tile.
#[inline]
#[target_feature(enable = "avx2")]
fn fold_rows(acc: &Pass) -> [__m256i; 2] {
    acc.iter().fold([_mm256_setzero_si256(); 2], |x, row| {
        [
            _mm256_xor_si256(x[0], row[0]),
            _mm256_xor_si256(x[1], row[1]),
        ]
    })
}

/// `words` rotated left by 13.
#[inline]
#[target_feature(enable = "avx2")]
fn rotated(words: __m256i) -> __m256i {
    _mm256_or_si256(
        _mm256_slli_epi32::<13>(words),
        _mm256_srli_epi32::<19>(words),
    )
}

/// XOR over the lanes of each word.
#[inline]
#[target_feature(enable = "avx2")]
fn fold_lanes(words: &[__m256i; WORDS]) -> [u32; WORDS] {
    words.map(|word| {
        let mut lanes = [0u32; 8];
        // SAFETY: `lanes` is 32 bytes; unaligned store.
        unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), word) };
        lanes.iter().fold(0, |x, lane| x ^ lane)
    })
}

/// Multiplies the panels of `operands`, with transcripts when `T`.
#[target_feature(enable = "avx2")]
pub(super) fn run<const S: usize, const T: bool>(operands: &Operands<'_, S>, out: Tiles<'_, S>) {
    let zero = _mm256_setzero_si256();
    let mut acc: [[Pass; 2]; S] = [[[[zero; 2]; ROWS]; 2]; S];
    // Rotation and XOR commute with the XOR over lanes, so that is done once, at the end.
    let mut msgs = [[[zero; WORDS]; 2]; S];
    let len = operands.right.len();
    let advance = |acc: &mut [[Pass; 2]; S], steps: std::ops::Range<usize>| {
        for (left, acc) in operands.left.iter().zip(acc) {
            for (half, acc) in acc.iter_mut().enumerate() {
                let (left, right) = (&left[steps.clone()], &operands.right[steps.clone()]);
                *acc = multiply(*acc, left, right, half * ROWS);
            }
        }
    };
    let through = |acc: &mut [[Pass; 2]; S], steps: std::ops::Range<usize>| {
        for from in steps.clone().step_by(CHUNK) {
            advance(acc, from..steps.end.min(from + CHUNK));
        }
    };
    let mut from = 0;
    for (g, block) in operands.blocks.iter().enumerate() {
        let to = from + *block as usize;
        through(&mut acc, from..to);
        from = to;
        if T {
            for (acc, msgs) in acc.iter().zip(&mut msgs) {
                let (above, below) = (fold_rows(&acc[0]), fold_rows(&acc[1]));
                for (half, msg) in msgs.iter_mut().enumerate() {
                    let x = _mm256_xor_si256(above[half], below[half]);
                    let word = &mut msg[g % WORDS];
                    *word = _mm256_xor_si256(rotated(*word), x);
                }
            }
        }
    }
    through(&mut acc, from..len);
    for (cells, acc) in out.cells.iter_mut().zip(&acc) {
        for (half, tile) in cells.0.iter_mut().enumerate() {
            let rows = acc.as_flattened();
            for (cells, row) in tile.chunks_exact_mut(8).zip(rows) {
                let cells: *mut __m256i = cells.as_mut_ptr().cast();
                // SAFETY: a chunk of eight `i32`, 32 bytes; unaligned load and store.
                unsafe {
                    let sum = if out.add {
                        _mm256_add_epi32(_mm256_loadu_si256(cells), row[half])
                    } else {
                        row[half]
                    };
                    _mm256_storeu_si256(cells, sum);
                }
            }
        }
    }
    if T {
        for (out, msgs) in out.msgs.iter_mut().zip(&msgs) {
            out.0 = [fold_lanes(&msgs[0]), fold_lanes(&msgs[1])];
        }
    }
}
