//! Arithmetic on columns of eight rows: what noise and projections select, and what panels are packed from.
//!
//! On x86-64 with the vectors that every such processor has; elsewhere with arrays. Written out, since a compiler that sees eight bytes
//! as one word takes them apart one by one.

use super::bytes_of;

/// A column of a strip: eight `i8`, the first row lowest.
pub type Column = u64;

/// The offset of 128 in each row, as XOR, with which the byte sequence takes its left operand; it takes it off again.
pub const BYTE_OFFSET: Column = 0x8080_8080_8080_8080;

#[cfg(target_arch = "x86_64")]
mod lanes {
    use super::Column;
    use core::arch::x86_64::*;

    /// Eight `i16`, one for each row.
    #[derive(Copy, Clone)]
    pub struct Lanes(__m128i);

    #[inline(always)]
    fn bytes(column: Column) -> __m128i {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { _mm_cvtsi64_si128(column as i64) }
    }

    /// `a + b - c`, row by row, wrapping.
    #[inline(always)]
    pub fn add_subtract(a: Column, b: Column, c: Column) -> Column {
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            let sum = _mm_add_epi8(bytes(a), bytes(b));
            _mm_cvtsi128_si64(_mm_sub_epi8(sum, bytes(c))) as Column
        }
    }

    impl Lanes {
        /// Eight zeros.
        #[inline(always)]
        pub fn zero() -> Self {
            // SAFETY: every x86-64 processor has SSE2.
            Self(unsafe { _mm_setzero_si128() })
        }

        /// The values of a column.
        #[inline(always)]
        pub fn of(column: Column) -> Self {
            let bytes = bytes(column);
            // SAFETY: every x86-64 processor has SSE2.
            Self(unsafe { _mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes)) })
        }

        /// Eight given values.
        #[inline(always)]
        pub fn from_values(values: [i16; 8]) -> Self {
            // SAFETY: both are 16 bytes for which every bit pattern is valid.
            Self(unsafe { std::mem::transmute::<[i16; 8], __m128i>(values) })
        }

        /// Row by row, wrapping.
        #[inline(always)]
        pub fn plus(self, other: Self) -> Self {
            // SAFETY: every x86-64 processor has SSE2.
            Self(unsafe { _mm_add_epi16(self.0, other.0) })
        }

        /// Row by row, wrapping.
        #[inline(always)]
        pub fn minus(self, other: Self) -> Self {
            // SAFETY: every x86-64 processor has SSE2.
            Self(unsafe { _mm_sub_epi16(self.0, other.0) })
        }

        /// Lane by lane, `low` below `high`.
        #[inline(always)]
        pub fn pairs(low: Self, high: Self) -> [i32; 8] {
            interleave(low.0, high.0)
        }
    }

    /// The sixteen-bit lanes of `low` below those of `high`.
    #[inline(always)]
    fn interleave(low: __m128i, high: __m128i) -> [i32; 8] {
        // SAFETY: every x86-64 processor has SSE2; both types are 32 bytes for which every bit pattern is valid.
        unsafe {
            let words = [_mm_unpacklo_epi16(low, high), _mm_unpackhi_epi16(low, high)];
            std::mem::transmute::<[__m128i; 2], [i32; 8]>(words)
        }
    }

    /// Row by row, the first column's byte lowest.
    #[inline(always)]
    pub fn quads(columns: [Column; 4]) -> [i32; 8] {
        let [a, b, c, d] = columns.map(bytes);
        // SAFETY: every x86-64 processor has SSE2.
        let (low, high) = unsafe { (_mm_unpacklo_epi8(a, b), _mm_unpacklo_epi8(c, d)) };
        interleave(low, high)
    }

    /// Eight rows of eight bytes into eight columns.
    #[inline(always)]
    pub fn transpose(rows: [u64; 8]) -> [Column; 8] {
        let [a, b, c, d, e, f, g, h] = rows.map(bytes);
        // SAFETY: every x86-64 processor has SSE2; both types are 64 bytes for which every bit pattern is valid.
        unsafe {
            // Rows 0 and 1, 2 and 3, ... byte by byte; then four rows, then all eight.
            let (ab, cd) = (_mm_unpacklo_epi8(a, b), _mm_unpacklo_epi8(c, d));
            let (ef, gh) = (_mm_unpacklo_epi8(e, f), _mm_unpacklo_epi8(g, h));
            let (low0, low1) = (_mm_unpacklo_epi16(ab, cd), _mm_unpackhi_epi16(ab, cd));
            let (high0, high1) = (_mm_unpacklo_epi16(ef, gh), _mm_unpackhi_epi16(ef, gh));
            let columns = [
                _mm_unpacklo_epi32(low0, high0),
                _mm_unpackhi_epi32(low0, high0),
                _mm_unpacklo_epi32(low1, high1),
                _mm_unpackhi_epi32(low1, high1),
            ];
            std::mem::transmute::<[__m128i; 4], [Column; 8]>(columns)
        }
    }
}

#[cfg(any(not(target_arch = "x86_64"), test))]
#[cfg_attr(target_arch = "x86_64", allow(dead_code))]
mod arrays {
    use super::Column;

    /// Eight `i16`, one for each row.
    #[derive(Copy, Clone)]
    pub struct Lanes([i16; 8]);

    /// `a + b - c`, row by row, wrapping.
    pub fn add_subtract(a: Column, b: Column, c: Column) -> Column {
        let [a, b, c] = [a, b, c].map(Column::to_le_bytes);
        let row = |row: usize| a[row].wrapping_add(b[row]).wrapping_sub(c[row]);
        Column::from_le_bytes(std::array::from_fn(row))
    }

    impl Lanes {
        pub fn zero() -> Self {
            Self([0; 8])
        }

        pub fn of(column: Column) -> Self {
            Self(column.to_le_bytes().map(|byte| i16::from(byte as i8)))
        }

        pub fn from_values(values: [i16; 8]) -> Self {
            Self(values)
        }

        pub fn plus(self, other: Self) -> Self {
            Self(std::array::from_fn(|row| {
                self.0[row].wrapping_add(other.0[row])
            }))
        }

        pub fn minus(self, other: Self) -> Self {
            Self(std::array::from_fn(|row| {
                self.0[row].wrapping_sub(other.0[row])
            }))
        }

        /// Lane by lane, `low` below `high`.
        pub fn pairs(low: Self, high: Self) -> [i32; 8] {
            std::array::from_fn(|row| i32::from(low.0[row]) & 0xffff | i32::from(high.0[row]) << 16)
        }
    }

    /// Row by row, the first column's byte lowest.
    pub fn quads(columns: [Column; 4]) -> [i32; 8] {
        let bytes = columns.map(Column::to_le_bytes);
        std::array::from_fn(|row| i32::from_le_bytes(bytes.map(|column| column[row])))
    }

    /// Eight rows of eight bytes into eight columns.
    pub fn transpose(rows: [u64; 8]) -> [Column; 8] {
        let bytes = rows.map(u64::to_le_bytes);
        std::array::from_fn(|column| Column::from_le_bytes(bytes.map(|row| row[column])))
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub use arrays::{add_subtract, quads, transpose, Lanes};
#[cfg(target_arch = "x86_64")]
pub use lanes::{add_subtract, quads, transpose, Lanes};

/// Eight rows of equal length, a multiple of 32 and at most [`MAX_COLUMNS`], into as many columns.
#[inline(always)]
pub fn load(rows: [&[i8]; 8], columns: &mut [Column]) {
    // Rows of a matrix are often a multiple of a page apart, which leaves the first-level cache a place for few of their lines.
    let mut near = [[0u8; MAX_COLUMNS]; 8];
    for (near, row) in near.iter_mut().zip(rows) {
        let row = &bytes_of(row)[..columns.len()];
        // Of a length that the compiler knows, so that it moves vectors.
        let (near, row) = (near.as_chunks_mut::<32>().0, row.as_chunks::<32>().0);
        for (near, row) in near.iter_mut().zip(row) {
            *near = *row;
        }
    }
    let rows = near.each_ref().map(|row| row.as_chunks::<8>().0);
    for (at, out) in columns.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *out = transpose(rows.map(|row| u64::from_le_bytes(row[at])));
    }
}

/// Most columns that [`load`] takes: a block of any set.
pub const MAX_COLUMNS: usize = 128;

/// `columns[x] += cycle[x] - cycle[x + 1]`, row by row, wrapping. `cycle` has one column more.
#[inline(always)]
pub fn add_differences(columns: &mut [Column], cycle: &[Column]) {
    assert_eq!(columns.len() + 1, cycle.len());
    let len = size_of_val(columns);
    // SAFETY: bytes have a weaker alignment, every bit pattern of either type is valid, and the length is the columns' own.
    let columns = unsafe { std::slice::from_raw_parts_mut(columns.as_mut_ptr().cast::<u8>(), len) };
    // SAFETY: as above.
    let cycle = unsafe {
        std::slice::from_raw_parts(cycle.as_ptr().cast::<u8>(), len + size_of::<Column>())
    };
    let pairs = cycle.iter().zip(&cycle[size_of::<Column>()..]);
    for (value, (plus, minus)) in columns.iter_mut().zip(pairs) {
        *value = value.wrapping_add(*plus).wrapping_sub(*minus);
    }
}

#[cfg(test)]
mod blocks {
    use super::*;

    #[test]
    fn a_loaded_block_holds_every_value_at_its_place() {
        for len in [32, MAX_COLUMNS] {
            let values: Vec<i8> = (0..8 * len).map(|at| (at % 251) as i8).collect();
            let rows = std::array::from_fn(|row| &values[row * len..(row + 1) * len]);
            let mut columns = vec![0; len];
            load(rows, &mut columns);
            for (c, column) in columns.iter().enumerate() {
                for (row, value) in column.to_le_bytes().iter().enumerate() {
                    assert_eq!(*value as i8, rows[row][c]);
                }
            }
        }
    }

    #[test]
    fn differences_are_those_of_neighbours_in_the_cycle() {
        let cycle: Vec<Column> = (0..33u64)
            .map(|x| x.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        let before: Vec<Column> = cycle.iter().map(|column| column.rotate_left(29)).collect();
        let mut after = before[..32].to_vec();
        add_differences(&mut after, &cycle);
        for x in 0..32 {
            assert_eq!(after[x], add_subtract(before[x], cycle[x], cycle[x + 1]));
        }
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::{arrays, lanes};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn vectors_do_what_arrays_do(columns in any::<[u64; 8]>()) {
            let [a, b, c, d, ..] = columns;
            prop_assert_eq!(lanes::add_subtract(a, b, c), arrays::add_subtract(a, b, c));
            prop_assert_eq!(lanes::quads([a, b, c, d]), arrays::quads([a, b, c, d]));
            prop_assert_eq!(lanes::transpose(columns), arrays::transpose(columns));
            let (x, y) = (lanes::Lanes::of(a), lanes::Lanes::of(b));
            let (u, v) = (arrays::Lanes::of(a), arrays::Lanes::of(b));
            prop_assert_eq!(
                lanes::Lanes::pairs(x.plus(y), lanes::Lanes::zero().minus(x)),
                arrays::Lanes::pairs(u.plus(v), arrays::Lanes::zero().minus(u))
            );
        }
    }
}
