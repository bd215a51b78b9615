//! The microkernel on 512 bits.
//!
//! Without VNNI: `vpmaddwd` of `i16` pairs, exact for every `i8` and for the peel's `i16`, then `vpaddd`. With it: `vpdpbusd` of byte
//! quads, the left operand offset by 128 to be unsigned, and `vpdpwssd` of the peel's pairs. The offset adds 128 times the sum of the
//! right operand's values; that is taken off at the end of every block, so that the snapshots see exact accumulators.
//!
//! The accumulators are indexed by literals only: with anything else the compiler keeps a copy of them in memory and
//! stores all 24 in every step, which costs half of the speed.

use core::arch::x86_64::*;

use super::{
    operands::{CellPair, MsgPair, Operands, Tiles, WORDS},
    panel::RightStep,
};

/// The accumulators of a strip by sixteen columns.
type Rows = [__m512i; 8];

/// How one lane's pair or quad of products is added to it.
trait Dot {
    /// Whether the left operand's bytes are offset by 128.
    const OFFSET: bool;

    /// How the tail is added, which is of `i16` pairs with any.
    type Tail: Dot;

    /// # Safety
    /// The instructions of the implementation are available.
    unsafe fn dot(acc: __m512i, a: __m512i, b: __m512i) -> __m512i;
}

/// `i16` pairs.
struct Pairs;

impl Dot for Pairs {
    const OFFSET: bool = false;
    type Tail = Self;

    #[inline(always)]
    unsafe fn dot(acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: AVX-512F and BW are available by the caller's word.
        unsafe { _mm512_add_epi32(acc, _mm512_madd_epi16(a, b)) }
    }
}

/// `i16` pairs, multiplied and added by one instruction.
struct Words;

impl Dot for Words {
    const OFFSET: bool = false;
    type Tail = Self;

    #[inline(always)]
    unsafe fn dot(acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: AVX-512-VNNI is available by the caller's word.
        unsafe { _mm512_dpwssd_epi32(acc, a, b) }
    }
}

/// Byte quads, unsigned by signed.
struct Quads;

impl Dot for Quads {
    const OFFSET: bool = true;
    type Tail = Words;

    #[inline(always)]
    unsafe fn dot(acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: AVX-512-VNNI is available by the caller's word.
        unsafe { _mm512_dpbusd_epi32(acc, a, b) }
    }
}

/// What `vpdpbusd` does, in AVX-512BW: the tests run the byte packing, offsets and snapshots with it on processors without VNNI.
#[cfg(test)]
struct EmulatedQuads;

#[cfg(test)]
impl Dot for EmulatedQuads {
    const OFFSET: bool = true;
    type Tail = Pairs;

    #[inline(always)]
    unsafe fn dot(acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: AVX-512F and BW are available by the caller's word.
        unsafe {
            let even = _mm512_madd_epi16(
                _mm512_and_si512(a, _mm512_set1_epi16(0xff)),
                _mm512_srai_epi16::<8>(_mm512_slli_epi16::<8>(b)),
            );
            let odd = _mm512_madd_epi16(_mm512_srli_epi16::<8>(a), _mm512_srai_epi16::<8>(b));
            _mm512_add_epi32(acc, _mm512_add_epi32(even, odd))
        }
    }
}

/// Adds one step to a strip's accumulators.
macro_rules! step {
    ($dot:ty, $acc:expr, $left:expr, $b:expr) => {{
        let a = &$left.0;
        $acc[0] = <$dot>::dot($acc[0], _mm512_set1_epi32(a[0]), $b);
        $acc[1] = <$dot>::dot($acc[1], _mm512_set1_epi32(a[1]), $b);
        $acc[2] = <$dot>::dot($acc[2], _mm512_set1_epi32(a[2]), $b);
        $acc[3] = <$dot>::dot($acc[3], _mm512_set1_epi32(a[3]), $b);
        $acc[4] = <$dot>::dot($acc[4], _mm512_set1_epi32(a[4]), $b);
        $acc[5] = <$dot>::dot($acc[5], _mm512_set1_epi32(a[5]), $b);
        $acc[6] = <$dot>::dot($acc[6], _mm512_set1_epi32(a[6]), $b);
        $acc[7] = <$dot>::dot($acc[7], _mm512_set1_epi32(a[7]), $b);
    }};
}

/// Adds the steps `$from .. $to`, both at most the panels' length, of every panel of `$panels`.
macro_rules! steps {
    ($dot:ty, $panels:ident, $from:expr, $to:expr, $acc0:ident, $acc1:ident, $acc2:ident) => {{
        let (right, left0, left1, left2) = $panels;
        for t in $from..$to {
            ahead(right, t);
            ahead(left0, t);
            let b = load(&right[t]);
            step!($dot, $acc0, left0[t], b);
            if S > 1 {
                ahead(left1, t);
                step!($dot, $acc1, left1[t], b);
            }
            if S > 2 {
                ahead(left2, t);
                step!($dot, $acc2, left2[t], b);
            }
        }
    }};
}

/// Applies `$f` to every accumulator of a strip.
macro_rules! each_row {
    ($acc:expr, $f:expr) => {{
        $acc[0] = $f($acc[0]);
        $acc[1] = $f($acc[1]);
        $acc[2] = $f($acc[2]);
        $acc[3] = $f($acc[3]);
        $acc[4] = $f($acc[4]);
        $acc[5] = $f($acc[5]);
        $acc[6] = $f($acc[6]);
        $acc[7] = $f($acc[7]);
    }};
}

/// Asks for a step some way behind step `t`: far enough to come from the second-level cache in time. Past the end it asks in vain.
#[inline(always)]
fn ahead<T>(panel: &[T], t: usize) {
    const DISTANCE: usize = 16;
    let at = panel.as_ptr().wrapping_add(t).wrapping_add(DISTANCE);
    // SAFETY: a hint, which reads nothing and is allowed at any address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
}

/// The sixteen lanes of a step.
#[inline(always)]
fn load(step: &RightStep) -> __m512i {
    // SAFETY: both are 64 bytes for which every bit pattern is valid.
    unsafe { std::mem::transmute::<[i32; 16], __m512i>(step.0) }
}

/// The XOR of a strip's rows: lanes 0..8 belong to its first tile, lanes 8..16 to the second.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn fold_rows(rows: Rows) -> __m512i {
    const XOR3: i32 = 0x96;
    let a = _mm512_ternarylogic_epi32::<XOR3>(rows[0], rows[1], rows[2]);
    let b = _mm512_ternarylogic_epi32::<XOR3>(rows[3], rows[4], rows[5]);
    let c = _mm512_ternarylogic_epi32::<XOR3>(rows[6], rows[7], a);
    _mm512_xor_si512(b, c)
}

/// Folds a snapshot into a word of the transcript, lane by lane: rotation commutes with the XOR over lanes, which
/// [`fold_lanes`] does once at the end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn fold_snapshot(word: &mut __m512i, rows: Rows) {
    *word = _mm512_xor_si512(_mm512_rol_epi32::<13>(*word), fold_rows(rows));
}

/// XOR over lanes 0..8 and 8..16 of each word's vector: the transcripts of the two tiles.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn fold_lanes(words: &[__m512i; WORDS]) -> [__m512i; 2] {
    let zero = _mm512_setzero_si512();
    // A 128-bit lane holds four lanes of one word; after two rounds it holds four words, each folded over those four.
    let mut pairs = [zero; 8];
    for (out, w) in pairs.iter_mut().zip(words.chunks_exact(2)) {
        *out = _mm512_xor_si512(
            _mm512_unpacklo_epi32(w[0], w[1]),
            _mm512_unpackhi_epi32(w[0], w[1]),
        );
    }
    let mut quads = [zero; 4];
    for (out, w) in quads.iter_mut().zip(pairs.chunks_exact(2)) {
        *out = _mm512_xor_si512(
            _mm512_unpacklo_epi64(w[0], w[1]),
            _mm512_unpackhi_epi64(w[0], w[1]),
        );
    }
    // 128-bit lanes 0 and 1 are the first tile's, 2 and 3 the second's.
    let mut eights = [zero; 2];
    for (out, w) in eights.iter_mut().zip(quads.chunks_exact(2)) {
        *out = _mm512_xor_si512(
            _mm512_shuffle_i32x4::<0b10_00_10_00>(w[0], w[1]),
            _mm512_shuffle_i32x4::<0b11_01_11_01>(w[0], w[1]),
        );
    }
    [
        _mm512_shuffle_i32x4::<0b10_00_10_00>(eights[0], eights[1]),
        _mm512_shuffle_i32x4::<0b11_01_11_01>(eights[0], eights[1]),
    ]
}

/// Writes a strip's accumulators as two tiles, or adds them to what is there.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_rows(rows: Rows, out: &mut CellPair, add: bool) {
    let [first, second] = &mut out.0;
    let tiles = first.chunks_exact_mut(8).zip(second.chunks_exact_mut(8));
    for ((first, second), acc) in tiles.zip(&rows) {
        let halves = [
            (first, _mm512_castsi512_si256(*acc)),
            (second, _mm512_extracti64x4_epi64::<1>(*acc)),
        ];
        for (cells, acc) in halves {
            let cells: *mut __m256i = cells.as_mut_ptr().cast();
            // SAFETY: a chunk of eight `i32`, 32 bytes; unaligned load and store.
            unsafe {
                let sum = if add {
                    _mm256_add_epi32(_mm256_loadu_si256(cells), acc)
                } else {
                    acc
                };
                _mm256_storeu_si256(cells, sum);
            }
        }
    }
}

/// Writes a strip's transcripts.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_msgs(words: &[__m512i; WORDS], out: &mut MsgPair) {
    for (msg, folded) in out.0.iter_mut().zip(fold_lanes(words)) {
        // SAFETY: `msg` is sixteen `u32`, 64 bytes; unaligned store.
        unsafe { _mm512_storeu_si512(msg.as_mut_ptr().cast(), folded) };
    }
}

/// # Safety
/// AVX-512F, BW and what `D` needs are available.
#[inline(always)]
unsafe fn run_with<D: Dot, const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: Tiles<'_, S>,
) {
    const { assert!(S >= 1 && S <= 3) };
    // SAFETY: the features are there by the caller's word.
    unsafe {
        let zero = _mm512_setzero_si512();
        let (mut acc0, mut acc1, mut acc2): (Rows, Rows, Rows) = ([zero; 8], [zero; 8], [zero; 8]);
        let mut msgs = [[zero; WORDS]; S];
        // All of one length, which is checked here once.
        let len = operands.right.len();
        let panels = (
            operands.right,
            &operands.left[0][..len],
            &operands.left[if S > 1 { 1 } else { 0 }][..len],
            &operands.left[if S > 2 { 2 } else { 0 }][..len],
        );
        let mut from = 0usize;
        for (g, block) in operands.blocks.iter().enumerate() {
            let to = from.saturating_add(*block as usize).min(len);
            steps!(D, panels, from, to, acc0, acc1, acc2);
            from = to;
            if D::OFFSET {
                let offset = load(&operands.offsets[g]);
                each_row!(acc0, |acc| _mm512_sub_epi32(acc, offset));
                each_row!(acc1, |acc| _mm512_sub_epi32(acc, offset));
                each_row!(acc2, |acc| _mm512_sub_epi32(acc, offset));
            }
            if T {
                fold_snapshot(&mut msgs[0][g % WORDS], acc0);
                if S > 1 {
                    fold_snapshot(&mut msgs[1][g % WORDS], acc1);
                }
                if S > 2 {
                    fold_snapshot(&mut msgs[2][g % WORDS], acc2);
                }
            }
        }
        steps!(D::Tail, panels, from, len, acc0, acc1, acc2);
        store_rows(acc0, &mut out.cells[0], out.add);
        if S > 1 {
            store_rows(acc1, &mut out.cells[1], out.add);
        }
        if S > 2 {
            store_rows(acc2, &mut out.cells[2], out.add);
        }
        if T {
            for (msgs, out) in msgs.iter().zip(out.msgs) {
                store_msgs(msgs, out);
            }
        }
    }
}

/// Multiplies the panels of `operands`, with transcripts when `T`.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn run_pairs<const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: Tiles<'_, S>,
) {
    // SAFETY: the features are those of this function.
    unsafe { run_with::<Pairs, S, T>(operands, out) }
}

/// The same with VNNI.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn run_words<const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: Tiles<'_, S>,
) {
    // SAFETY: the features are those of this function.
    unsafe { run_with::<Words, S, T>(operands, out) }
}

/// The same on byte quads.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn run_quads<const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: Tiles<'_, S>,
) {
    // SAFETY: the features are those of this function.
    unsafe { run_with::<Quads, S, T>(operands, out) }
}

/// The same with the emulated instruction.
#[cfg(test)]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn run_emulated_quads<const S: usize, const T: bool>(
    operands: &Operands<'_, S>,
    out: Tiles<'_, S>,
) {
    // SAFETY: the features are those of this function.
    unsafe { run_with::<EmulatedQuads, S, T>(operands, out) }
}
