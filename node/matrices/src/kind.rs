use bcai_pouw_primitives::{params::MAX_DIM, ParamSet, Shape};

/// What a blob is: how its bytes are cut into the leaves of its root's tree, and how a leaf is hashed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BlobKind {
    /// A, row-major int8 of `slabs * k` columns: leaves are strips of h rows, each the root over its pieces.
    StripsA {
        /// Gives k and h.
        set: ParamSet,
        /// Pieces of a strip.
        slabs: u8,
    },
    /// Bt, row-major int8 of `slabs * k` columns: leaves are strips of w rows, each the root over its pieces.
    StripsB {
        /// Gives k and w.
        set: ParamSet,
        /// Pieces of a strip.
        slabs: u8,
    },
    /// C as tiles in row-major tile order: leaves of h*w little-endian int32, h*w*4 bytes.
    TilesC(ParamSet),
}

impl BlobKind {
    /// The parameter set that gives the leaf its length.
    pub const fn set(self) -> ParamSet {
        match self {
            Self::StripsA { set, .. } | Self::StripsB { set, .. } | Self::TilesC(set) => set,
        }
    }

    /// Slabs of A and Bt; C has none.
    pub const fn slabs(self) -> Option<u8> {
        match self {
            Self::StripsA { slabs, .. } | Self::StripsB { slabs, .. } => Some(slabs),
            Self::TilesC(_) => None,
        }
    }

    /// Bytes of one leaf: a strip with all its pieces, or a tile.
    pub const fn leaf_len(self) -> usize {
        match self {
            Self::StripsA { set, slabs } => set.piece_a_len() * slabs as usize,
            Self::StripsB { set, slabs } => set.piece_b_len() * slabs as usize,
            Self::TilesC(set) => set.tile_cells() * 4,
        }
    }

    /// The most leaves that a blob of this kind can have in a legal task.
    pub const fn max_leaves(self) -> u64 {
        let max = MAX_DIM as u64;
        match self {
            Self::StripsA { set, .. } => max / set.h() as u64,
            Self::StripsB { set, .. } => max / set.w() as u64,
            Self::TilesC(set) => (max / set.h() as u64) * (max / set.w() as u64),
        }
    }

    /// Is it made of the matrix values that a task takes in, which must be in [-64, 64]?
    pub const fn is_input(self) -> bool {
        self.slabs().is_some()
    }

    /// Can a blob stored as `self` stand for one of kind `other`? True when the leaves are cut and hashed alike,
    /// so that equal bytes have the equal root: a matrix used both as A and as Bt is stored once.
    pub fn serves(self, other: BlobKind) -> bool {
        self.slabs() == other.slabs() && self.leaf_len() == other.leaf_len()
    }

    /// The word used in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StripsA { .. } => "strips-a",
            Self::StripsB { .. } => "strips-b",
            Self::TilesC(_) => "tiles-c",
        }
    }

    pub(crate) const fn leaf_name(self) -> &'static str {
        match self.is_input() {
            true => "strip",
            false => "tile",
        }
    }

    /// As the head of a file has it: kind, set, slabs.
    pub(crate) const fn encode(self) -> [u8; 3] {
        match self {
            Self::StripsA { set, slabs } => [0, set.index(), slabs],
            Self::StripsB { set, slabs } => [1, set.index(), slabs],
            Self::TilesC(set) => [2, set.index(), 0],
        }
    }

    pub(crate) fn decode([index, set, slabs]: [u8; 3]) -> Option<Self> {
        let set = ParamSet::from_index(set)?;
        // Whether there can be so many slabs, with any legal rows and columns.
        let shape = Shape::new(set, set.h() as u32, set.w() as u32, slabs);
        match (index, shape) {
            (0, Ok(_)) => Some(Self::StripsA { set, slabs }),
            (1, Ok(_)) => Some(Self::StripsB { set, slabs }),
            (2, Err(_)) if slabs == 0 => Some(Self::TilesC(set)),
            _ => None,
        }
    }
}

/// Kind and length of a blob.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BlobInfo {
    /// How its leaves are cut and hashed.
    pub kind: BlobKind,
    /// Bytes of the content, without the file's own header.
    pub len: u64,
}

impl BlobInfo {
    /// A of a task of this shape.
    pub fn of_a(shape: &Shape) -> Self {
        let (set, slabs) = (shape.set(), shape.slabs());
        Self {
            kind: BlobKind::StripsA { set, slabs },
            len: shape.len_a(),
        }
    }

    /// Bt of a task of this shape.
    pub fn of_b(shape: &Shape) -> Self {
        let (set, slabs) = (shape.set(), shape.slabs());
        Self {
            kind: BlobKind::StripsB { set, slabs },
            len: shape.len_b(),
        }
    }

    /// C of a task of this shape.
    pub fn of_c(shape: &Shape) -> Self {
        Self {
            kind: BlobKind::TilesC(shape.set()),
            len: shape.len_c(),
        }
    }

    /// Strips of A and Bt, tiles of C.
    pub const fn leaves(&self) -> u64 {
        self.len / self.kind.leaf_len() as u64
    }

    /// Can a blob of which this is known stand for `wanted`?
    pub fn serves(&self, wanted: &BlobInfo) -> bool {
        self.len == wanted.len && self.kind.serves(wanted.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_as_it_was_written_and_no_other_bytes_do() {
        let mut kinds = 0;
        for index in 0..=4 {
            for set in 0..=2 {
                for slabs in 0..=9 {
                    let bytes = [index, set, slabs];
                    if let Some(kind) = BlobKind::decode(bytes) {
                        assert_eq!(kind.encode(), bytes);
                        kinds += 1;
                    }
                }
            }
        }
        // A and Bt with 1 to 8 slabs, and C, of two sets.
        assert_eq!(kinds, 2 * (2 * 8 + 1));
    }

    #[test]
    fn only_a_matrix_that_is_cut_alike_stands_for_another() {
        let set = ParamSet::Set0;
        let a = |set, slabs| BlobKind::StripsA { set, slabs };
        assert!(a(set, 2).serves(BlobKind::StripsB { set, slabs: 2 }));
        assert!(!a(set, 2).serves(a(set, 1)));
        // As long, of other pieces.
        assert_eq!(a(set, 4).leaf_len(), a(ParamSet::Set1, 1).leaf_len());
        assert!(!a(set, 4).serves(a(ParamSet::Set1, 1)));
        assert!(!a(set, 1).serves(BlobKind::TilesC(set)));
    }
}
