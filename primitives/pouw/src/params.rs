//! Parameter sets and the shapes that a task may have.

use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;

/// Largest number of rows of A or of Bt.
pub const MAX_DIM: u32 = 1 << 20;

/// Values of A and of Bt are within this of zero: [`crate::noise`] adds up to 63, and the sum fits an `i8`.
pub const MAX_VALUE: i8 = 64;

/// Most slabs of a task: its inner dimension is at most this many times `k`.
pub const MAX_SLABS: u8 = 8;

/// Most columns of a slab in any set.
pub const MAX_K: usize = 4096;

/// Rows of a strip, of A as of Bt, in every set.
pub const STRIP_ROWS: usize = 8;

/// Largest piece of any set, in bytes: 8 rows of 4096.
pub const MAX_PIECE_LEN: u32 = STRIP_ROWS as u32 * MAX_K as u32;

/// Largest strip of any set, in bytes: all its pieces.
pub const MAX_STRIP_LEN: u32 = MAX_PIECE_LEN * MAX_SLABS as u32;

/// Cells of a tile, the same in every set: `h * w`.
pub const TILE_CELLS: usize = 64;

/// The constants that worker and chain must share. A change of any of them is a new set or a new version.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ParamSet {
    /// `k = 1024`, `r = 32`: development and test chains only.
    #[codec(index = 0)]
    Set0,
    /// `k = 4096`, `r = 128`: live chains.
    #[codec(index = 1)]
    Set1,
}

impl ParamSet {
    /// Every set, in the order of its index.
    pub const ALL: [ParamSet; 2] = [ParamSet::Set0, ParamSet::Set1];

    /// The number that stands for the set in seeds and encodings.
    pub const fn index(self) -> u8 {
        match self {
            ParamSet::Set0 => 0,
            ParamSet::Set1 => 1,
        }
    }

    /// The set with this number, if there is one.
    pub const fn from_index(index: u8) -> Option<Self> {
        match index {
            0 => Some(ParamSet::Set0),
            1 => Some(ParamSet::Set1),
            _ => None,
        }
    }

    /// Columns of a slab.
    pub const fn k(self) -> usize {
        match self {
            ParamSet::Set0 => 1024,
            ParamSet::Set1 => 4096,
        }
    }

    /// Rank of the noise, and the number of columns between two snapshots of the transcript.
    pub const fn r(self) -> usize {
        match self {
            ParamSet::Set0 => 32,
            ParamSet::Set1 => 128,
        }
    }

    /// Rows of a strip of A.
    pub const fn h(self) -> usize {
        STRIP_ROWS
    }

    /// Rows of a strip of Bt.
    pub const fn w(self) -> usize {
        STRIP_ROWS
    }

    /// Blocks of a slab, each with a snapshot of the transcript at its end: `k / r`.
    pub const fn blocks(self) -> usize {
        match self {
            ParamSet::Set0 => 1024 / 32,
            ParamSet::Set1 => 4096 / 128,
        }
    }

    /// Bytes of a piece of A: what a strip has in one slab.
    pub const fn piece_a_len(self) -> usize {
        self.h().saturating_mul(self.k())
    }

    /// Bytes of a piece of Bt.
    pub const fn piece_b_len(self) -> usize {
        self.w().saturating_mul(self.k())
    }

    /// Cells of a tile of C.
    pub const fn tile_cells(self) -> usize {
        TILE_CELLS
    }

    /// Multiply-accumulates of one tile in one slab: what one ticket is drawn from.
    pub const fn ticket_macs(self) -> u64 {
        (self.tile_cells() as u64).saturating_mul(self.k() as u64)
    }
}

/// The dimensions of a task's matrices. Only legal shapes can be made.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Encode, MaxEncodedLen, TypeInfo)]
pub struct Shape {
    set: ParamSet,
    m: u32,
    n: u32,
    slabs: u8,
}

/// Why a shape is not legal.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ShapeError {
    /// `m` is zero.
    NoRows,
    /// `m` is above [`MAX_DIM`].
    TooManyRows,
    /// `m` is not a multiple of `h`.
    RowsOfNoStrip,
    /// `n` is zero.
    NoColumns,
    /// `n` is above [`MAX_DIM`].
    TooManyColumns,
    /// `n` is not a multiple of `w`.
    ColumnsOfNoStrip,
    /// There is no slab.
    NoSlabs,
    /// More than [`MAX_SLABS`].
    TooManySlabs,
}

impl Decode for Shape {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (set, m, n, slabs) = Decode::decode(input)?;
        Shape::new(set, m, n, slabs).map_err(|_| "not a legal shape of a task".into())
    }
}

impl DecodeWithMemTracking for Shape {}

impl Shape {
    /// The inner dimension is `slabs * k`. Errors: [`ShapeError`], of `m` before those of `n`, of `slabs` last.
    pub fn new(set: ParamSet, m: u32, n: u32, slabs: u8) -> Result<Self, ShapeError> {
        use ShapeError::*;
        let check = |dim: u32, step: usize, [none, too_many, of_no_strip]: [ShapeError; 3]| {
            if dim == 0 {
                return Err(none);
            }
            if dim > MAX_DIM {
                return Err(too_many);
            }
            match (dim as usize).checked_rem(step) {
                Some(0) => Ok(()),
                _ => Err(of_no_strip),
            }
        };
        check(m, set.h(), [NoRows, TooManyRows, RowsOfNoStrip])?;
        check(n, set.w(), [NoColumns, TooManyColumns, ColumnsOfNoStrip])?;
        match slabs {
            0 => Err(NoSlabs),
            1..=MAX_SLABS => Ok(Self { set, m, n, slabs }),
            _ => Err(TooManySlabs),
        }
    }

    /// The parameter set.
    pub const fn set(&self) -> ParamSet {
        self.set
    }

    /// Rows of A and of C.
    pub const fn m(&self) -> u32 {
        self.m
    }

    /// Rows of Bt, columns of C.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// Slabs of the inner dimension.
    pub const fn slabs(&self) -> u8 {
        self.slabs
    }

    /// Inner dimension, columns of A and of Bt: `slabs * k`.
    pub const fn inner(&self) -> usize {
        self.set.k().saturating_mul(self.slabs as usize)
    }

    /// Bytes of a strip of A: all its pieces.
    pub const fn strip_a_len(&self) -> usize {
        self.set.h().saturating_mul(self.inner())
    }

    /// Bytes of a strip of Bt.
    pub const fn strip_b_len(&self) -> usize {
        self.set.w().saturating_mul(self.inner())
    }

    /// Strips of A: rows of tiles in C.
    pub fn strips_a(&self) -> u32 {
        self.m.checked_div(self.set.h() as u32).unwrap_or(0)
    }

    /// Strips of Bt: columns of tiles in C.
    pub fn strips_b(&self) -> u32 {
        self.n.checked_div(self.set.w() as u32).unwrap_or(0)
    }

    /// Tiles of C.
    pub fn tiles(&self) -> u64 {
        u64::from(self.strips_a()).saturating_mul(u64::from(self.strips_b()))
    }

    /// Place of tile `(i, j)` in row-major tile order; `None` outside of C.
    pub fn tile_index(&self, i: u32, j: u32) -> Option<u64> {
        (i < self.strips_a() && j < self.strips_b()).then(|| {
            u64::from(i)
                .saturating_mul(u64::from(self.strips_b()))
                .saturating_add(u64::from(j))
        })
    }

    /// Tickets of a claim: one for each tile and slab.
    pub fn tickets(&self) -> u64 {
        self.tiles().saturating_mul(u64::from(self.slabs))
    }

    /// Multiply-accumulates of the whole product: `m * n * inner`.
    pub fn macs(&self) -> u128 {
        u128::from(self.m)
            .saturating_mul(u128::from(self.n))
            .saturating_mul(self.inner() as u128)
    }

    /// Bytes of A.
    pub fn len_a(&self) -> u64 {
        u64::from(self.m).saturating_mul(self.inner() as u64)
    }

    /// Bytes of Bt.
    pub fn len_b(&self) -> u64 {
        u64::from(self.n).saturating_mul(self.inner() as u64)
    }

    /// Bytes of C: four a cell.
    pub fn len_c(&self) -> u64 {
        u64::from(self.m)
            .saturating_mul(u64::from(self.n))
            .saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_must_be_whole_strips_within_the_limit() {
        let new = |m, n| Shape::new(ParamSet::Set0, m, n, 1);
        assert!(new(8, 8).is_ok());
        assert!(new(MAX_DIM, MAX_DIM).is_ok());
        assert_eq!(new(0, 8), Err(ShapeError::NoRows));
        assert_eq!(new(12, 8), Err(ShapeError::RowsOfNoStrip));
        assert_eq!(new(MAX_DIM + 8, 8), Err(ShapeError::TooManyRows));
        assert_eq!(new(8, 0), Err(ShapeError::NoColumns));
        assert_eq!(new(8, 9), Err(ShapeError::ColumnsOfNoStrip));
        assert_eq!(new(8, MAX_DIM + 8), Err(ShapeError::TooManyColumns));
        assert_eq!(new(9, 9), Err(ShapeError::RowsOfNoStrip));
        let of = |slabs| Shape::new(ParamSet::Set1, 8, 8, slabs);
        assert_eq!(of(0), Err(ShapeError::NoSlabs));
        assert_eq!(of(MAX_SLABS + 1), Err(ShapeError::TooManySlabs));
        assert_eq!(of(MAX_SLABS).map(|shape| shape.inner()), Ok(32_768));
    }

    #[test]
    fn no_accumulator_can_overflow() {
        for set in ParamSet::ALL {
            let inner = set.k() as i64 * i64::from(MAX_SLABS);
            // Under noise the accumulators start anew in every slab; C itself has legal values only.
            assert!((set.k() as i64) * 127 * 127 <= i64::from(i32::MAX));
            assert!(inner * 64 * 64 <= i64::from(i32::MAX));
            assert_eq!(set.h() * set.w(), TILE_CELLS);
            assert_eq!(set.blocks() * set.r(), set.k());
            assert!(set.piece_a_len() <= MAX_PIECE_LEN as usize);
        }
    }

    #[test]
    fn an_illegal_shape_does_not_decode() {
        let legal = Shape::new(ParamSet::Set1, 16, 8, 4).unwrap();
        assert_eq!(Shape::decode(&mut &legal.encode()[..]), Ok(legal));
        for (m, slabs) in [(12u32, 4u8), (16, 0), (16, 9)] {
            assert!(Shape::decode(&mut &(ParamSet::Set1, m, 8u32, slabs).encode()[..]).is_err());
        }
    }

    #[test]
    fn sets_are_pinned() {
        let facts = |s: ParamSet| (s.encode(), s.k(), s.r(), s.h(), s.w());
        assert_eq!(facts(ParamSet::Set0), (vec![0], 1024, 32, 8, 8));
        assert_eq!(facts(ParamSet::Set1), (vec![1], 4096, 128, 8, 8));
    }
}
