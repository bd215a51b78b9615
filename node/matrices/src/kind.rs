use bcai_pouw_primitives::{merkle, params::MAX_DIM, Hash32, ParamSet};

/// What a blob is: how its bytes are cut into Merkle leaves and how a leaf is hashed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BlobKind {
    /// A, row-major int8: leaves of h rows, h*k bytes.
    StripsA(ParamSet),
    /// Bt, row-major int8: leaves of w rows, w*k bytes.
    StripsB(ParamSet),
    /// C as tiles in row-major tile order: leaves of h*w little-endian int32, h*w*4 bytes.
    TilesC(ParamSet),
}

impl BlobKind {
    /// The parameter set that gives the leaf its length.
    pub const fn set(self) -> ParamSet {
        match self {
            Self::StripsA(set) | Self::StripsB(set) | Self::TilesC(set) => set,
        }
    }

    /// Bytes of one leaf.
    pub const fn leaf_len(self) -> usize {
        match self {
            Self::StripsA(set) => set.strip_a_len(),
            Self::StripsB(set) => set.strip_b_len(),
            Self::TilesC(set) => set.tile_cells() * 4,
        }
    }

    /// The most leaves that a blob of this kind can have in a legal task.
    pub const fn max_leaves(self) -> u64 {
        let max = MAX_DIM as u64;
        match self {
            Self::StripsA(set) => max / set.h() as u64,
            Self::StripsB(set) => max / set.w() as u64,
            Self::TilesC(set) => (max / set.h() as u64) * (max / set.w() as u64),
        }
    }

    /// Is it made of the matrix values that a task takes in, which must be in [-64, 64]?
    pub const fn is_input(self) -> bool {
        matches!(self, Self::StripsA(_) | Self::StripsB(_))
    }

    /// Can a blob stored as `self` stand for one of kind `other`? True when the leaves are cut and hashed alike,
    /// so that equal bytes have the equal root: a matrix used both as A and as Bt is stored once.
    pub fn serves(self, other: BlobKind) -> bool {
        self.is_input() == other.is_input() && self.leaf_len() == other.leaf_len()
    }

    /// The word used in files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StripsA(_) => "strips-a",
            Self::StripsB(_) => "strips-b",
            Self::TilesC(_) => "tiles-c",
        }
    }

    pub(crate) const fn index(self) -> u8 {
        match self {
            Self::StripsA(_) => 0,
            Self::StripsB(_) => 1,
            Self::TilesC(_) => 2,
        }
    }

    pub(crate) fn from_index(index: u8, set: ParamSet) -> Option<Self> {
        match index {
            0 => Some(Self::StripsA(set)),
            1 => Some(Self::StripsB(set)),
            2 => Some(Self::TilesC(set)),
            _ => None,
        }
    }

    /// The key under which a leaf's bytes are hashed.
    pub(crate) fn leaf_key(self) -> Hash32 {
        match self {
            Self::StripsA(_) | Self::StripsB(_) => merkle::leaf_key(),
            Self::TilesC(_) => merkle::tile_key(),
        }
    }
}

/// Kind and length of a stored blob.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BlobInfo {
    /// How its leaves are cut and hashed.
    pub kind: BlobKind,
    /// Bytes of the content, without the file's own header.
    pub len: u64,
}

impl BlobInfo {
    /// Strips of A and Bt, tiles of C.
    pub const fn leaves(&self) -> u64 {
        self.len / self.kind.leaf_len() as u64
    }
}
