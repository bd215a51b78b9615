//! The Merkle tree of a content on two floors: a subtree over each MiB, and a tree over their roots.
//!
//! Only the subtrees' roots are kept, 32 bytes a MiB. A path inside of a subtree is made from its MiB, which has to be
//! read as a whole in any case, since that is what its checksum is of: kept hashes of less would save no reading, only
//! the hashing of 1 MiB. Every leaf length divides the MiB, and an odd last node moves up unchanged; so the tree over
//! the roots is the upper part of the tree over all leaves.

use crate::{BlobKind, PART};
use bcai_pouw_primitives::{merkle::Tree, Hash32};

/// Bytes of a content that have one checksum and one subtree.
pub(crate) const CHUNK: usize = PART as usize;

/// The tree over the leaves of one MiB, or of the shorter rest at the end. `None` without a leaf.
fn subtree(kind: BlobKind, chunk: &[u8]) -> Option<Tree> {
    let key = kind.leaf_key();
    let hash = |leaf| *blake3::keyed_hash(&key, leaf).as_bytes();
    Tree::new(chunk.chunks_exact(kind.leaf_len()).map(hash).collect())
}

/// The root of the subtree over this MiB.
pub(crate) fn subtree_root(kind: BlobKind, chunk: &[u8]) -> Hash32 {
    // A content has whole leaves, at least one in each MiB.
    subtree(kind, chunk).map_or([0; 32], |tree| tree.root())
}

/// The root of a content, from those of its subtrees; `None` without any.
pub(crate) fn root(subtrees: &[Hash32]) -> Option<Hash32> {
    Tree::new(subtrees.to_vec()).map(|tree| tree.root())
}

/// In which MiB a leaf is.
pub(crate) const fn chunk_of(kind: BlobKind, leaf: u64) -> u64 {
    leaf / leaves_in_chunk(kind)
}

const fn leaves_in_chunk(kind: BlobKind) -> u64 {
    (CHUNK / kind.leaf_len()) as u64
}

/// The path of a leaf, from its MiB and from the roots of all subtrees; `None` where there is no such leaf.
pub(crate) fn path(
    kind: BlobKind,
    leaf: u64,
    chunk: &[u8],
    subtrees: &[Hash32],
) -> Option<Vec<Hash32>> {
    let inside = usize::try_from(leaf % leaves_in_chunk(kind)).ok()?;
    let above = usize::try_from(chunk_of(kind, leaf)).ok()?;
    let mut path = subtree(kind, chunk)?.path(inside)?;
    path.extend(Tree::new(subtrees.to_vec())?.path(above)?);
    Some(path)
}
