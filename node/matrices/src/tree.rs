//! The Merkle tree of a content on two floors: a subtree over each chunk of its leaves, and a tree over their roots.
//!
//! A chunk is the largest power of two of whole leaves (strips of A and Bt, tiles of C) that is at most 1 MiB. Only the
//! subtrees' roots are kept, 32 bytes a chunk. A path inside of a subtree is made from its chunk, which has to be read as
//! a whole in any case, since that is what its checksum is of: kept hashes of less would save no reading, only the
//! hashing of 1 MiB. A chunk has a power of two of leaves, and an odd last node moves up unchanged; so the tree over the
//! roots is the upper part of the tree over all leaves. Below a leaf of A or Bt is the tree over its pieces.

use crate::{BlobKind, PART};
use bcai_pouw_primitives::{
    merkle::{strip_tree, tile_key, Tree},
    Hash32,
};

impl BlobKind {
    /// Bytes of content that have one checksum: whole leaves, at most [`PART`]. The last chunk of a content may be shorter.
    pub const fn chunk_len(self) -> u64 {
        leaves_in_chunk(self) * self.leaf_len() as u64
    }
}

/// A power of two: no leaf is longer than [`PART`].
const fn leaves_in_chunk(kind: BlobKind) -> u64 {
    1 << (PART / kind.leaf_len() as u64).ilog2()
}

/// The tree over the leaves of one chunk. `None` without a leaf.
fn subtree(kind: BlobKind, chunk: &[u8]) -> Option<Tree> {
    let leaves = chunk.chunks_exact(kind.leaf_len());
    Tree::new(match kind {
        BlobKind::StripsA { set, .. } | BlobKind::StripsB { set, .. } => leaves
            .map(|strip| Some(strip_tree(strip, set)?.root()))
            .collect::<Option<_>>()?,
        BlobKind::TilesC(_) => {
            let key = tile_key();
            let hash = |tile| *blake3::keyed_hash(&key, tile).as_bytes();
            leaves.map(hash).collect()
        }
    })
}

/// The root of the subtree over this chunk.
pub(crate) fn subtree_root(kind: BlobKind, chunk: &[u8]) -> Hash32 {
    // A content has whole leaves, at least one in each chunk.
    subtree(kind, chunk).map_or([0; 32], |tree| tree.root())
}

/// The root of a content, from those of its subtrees; `None` without any.
pub(crate) fn root(subtrees: &[Hash32]) -> Option<Hash32> {
    Tree::new(subtrees.to_vec()).map(|tree| tree.root())
}

/// A leaf, or a piece of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Strip of A or Bt, tile of C.
    pub leaf: u64,
    /// Of the piece.
    pub slab: Option<u8>,
}

impl Place {
    /// In which chunk it is.
    pub(crate) const fn chunk(&self, kind: BlobKind) -> u64 {
        self.leaf / leaves_in_chunk(kind)
    }

    /// Its path, from its chunk and from the roots of all subtrees; `None` where there is no such place.
    pub(crate) fn path(
        &self,
        kind: BlobKind,
        chunk: &[u8],
        subtrees: &[Hash32],
    ) -> Option<Vec<Hash32>> {
        let inside = usize::try_from(self.leaf % leaves_in_chunk(kind)).ok()?;
        let above = usize::try_from(self.chunk(kind)).ok()?;
        let mut path = match self.slab {
            Some(slab) => {
                let strip = chunk.chunks_exact(kind.leaf_len()).nth(inside)?;
                strip_tree(strip, kind.set())?.path(slab.into())?
            }
            None => Vec::new(),
        };
        path.extend(subtree(kind, chunk)?.path(inside)?);
        path.extend(Tree::new(subtrees.to_vec())?.path(above)?);
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::{params::MAX_SLABS, ParamSet};

    #[test]
    fn a_chunk_is_the_largest_power_of_two_of_leaves_within_a_mebibyte() {
        let mut kinds = ParamSet::ALL.map(BlobKind::TilesC).to_vec();
        for set in ParamSet::ALL {
            for slabs in 1..=MAX_SLABS {
                kinds.push(BlobKind::StripsA { set, slabs });
                kinds.push(BlobKind::StripsB { set, slabs });
            }
        }
        for kind in kinds {
            let (len, leaf_len) = (kind.chunk_len(), kind.leaf_len() as u64);
            assert!(len.is_multiple_of(leaf_len), "{kind:?}");
            assert!((len / leaf_len).is_power_of_two(), "{kind:?}");
            assert!(len <= PART && 2 * len > PART, "{kind:?}");
        }
        // Eight strips of 98,304 bytes.
        let odd = BlobKind::StripsA {
            set: ParamSet::Set1,
            slabs: 3,
        };
        assert_eq!(odd.chunk_len(), 786_432);
    }
}
