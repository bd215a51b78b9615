//! Commitments to A, Bt and C: keyed BLAKE3 Merkle trees in which an odd last node moves up unchanged.
//!
//! Those of A and Bt have two levels: the root of each strip over its pieces, and the root of the matrix over its strips.

use alloc::{vec, vec::Vec};

use crate::{params::STRIP_ROWS, Hash32, ParamSet};

/// The key of one use of BLAKE3: `BLAKE3("bcai/pouw/v2/" + name)`.
pub(crate) fn key(name: &str) -> Hash32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"bcai/pouw/v2/");
    hasher.update(name.as_bytes());
    *hasher.finalize().as_bytes()
}

/// Keyed BLAKE3 with 32 bytes of output.
pub(crate) fn keyed(key: &Hash32, input: &[u8]) -> Hash32 {
    *blake3::keyed_hash(key, input).as_bytes()
}

/// The key of the leaves of A and Bt, which are pieces.
pub fn leaf_key() -> Hash32 {
    key("leaf")
}

/// The key of tile leaves.
pub fn tile_key() -> Hash32 {
    key("tile")
}

/// The leaf of a piece of A or of Bt.
pub fn leaf_hash(piece: &[u8]) -> Hash32 {
    keyed(&leaf_key(), piece)
}

/// Piece `slab` of a strip of eight rows, row-major as the strip is; `None` where the strip has none.
pub fn piece(strip: &[u8], set: ParamSet, slab: u8) -> Option<Vec<u8>> {
    let (k, slab) = (set.k(), usize::from(slab));
    let inner = strip.len().checked_div(STRIP_ROWS)?;
    let from = slab.checked_mul(k)?;
    let to = from.checked_add(k)?;
    let mut piece = Vec::with_capacity(k.saturating_mul(STRIP_ROWS));
    for row in strip.chunks_exact(inner.max(1)) {
        piece.extend_from_slice(row.get(from..to)?);
    }
    Some(piece)
}

/// The tree over the pieces of a strip; its root is the strip's. `None` unless the strip has whole pieces.
pub fn strip_tree(strip: &[u8], set: ParamSet) -> Option<Tree> {
    let piece_len = set.k().checked_mul(STRIP_ROWS)?;
    let slabs = strip.len().checked_div(piece_len)?;
    if slabs.checked_mul(piece_len)? != strip.len() {
        return None;
    }
    let leaves = (0..u8::try_from(slabs).ok()?)
        .map(|slab| piece(strip, set, slab).map(|piece| leaf_hash(&piece)))
        .collect::<Option<Vec<_>>>()?;
    Tree::new(leaves)
}

/// The leaf of a tile of C: its cells, row-major, little-endian.
pub fn tile_hash(cells: &[i32]) -> Hash32 {
    let mut hasher = blake3::Hasher::new_keyed(&tile_key());
    for cell in cells {
        hasher.update(&cell.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// The key and buffer with which inner nodes are made: the key is derived once for a whole tree.
struct NodeHasher {
    key: Hash32,
}

impl NodeHasher {
    fn new() -> Self {
        Self { key: key("node") }
    }

    fn node(&self, left: &Hash32, right: &Hash32) -> Hash32 {
        let mut both = [0u8; 64];
        let (l, r) = both.split_at_mut(32);
        l.copy_from_slice(left);
        r.copy_from_slice(right);
        keyed(&self.key, &both)
    }
}

/// An inner node.
pub fn node_hash(left: &Hash32, right: &Hash32) -> Hash32 {
    NodeHasher::new().node(left, right)
}

/// All levels of a tree, the leaves first, the root last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    levels: Vec<Vec<Hash32>>,
}

impl Tree {
    /// `None` where there is no leaf.
    pub fn new(leaves: Vec<Hash32>) -> Option<Self> {
        if leaves.is_empty() {
            return None;
        }
        let hasher = NodeHasher::new();
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let next = level
                .chunks(2)
                .filter_map(|pair| match pair {
                    [left, right] => Some(hasher.node(left, right)),
                    [odd] => Some(*odd),
                    _ => None,
                })
                .collect();
            levels.push(next);
        }
        Some(Self { levels })
    }

    /// The commitment.
    pub fn root(&self) -> Hash32 {
        self.levels
            .last()
            .and_then(|level| level.first())
            .copied()
            .unwrap_or_default()
    }

    /// The siblings of leaf `index` from the bottom up, without the levels at which it moves up alone; `None` past the last leaf.
    pub fn path(&self, index: usize) -> Option<Vec<Hash32>> {
        self.levels.first()?.get(index)?;
        let mut at = index;
        let mut path = Vec::new();
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                path.push(*sibling);
            }
            at >>= 1;
        }
        Some(path)
    }
}

/// How many siblings the path of leaf `index` has in a tree of `count` leaves.
pub fn path_len(index: u64, count: u64) -> usize {
    siblings(index, count).filter(|side| side.is_some()).count()
}

/// On which side of leaf `index` its sibling stands, level by level; `None` where it moves up alone.
fn siblings(index: u64, count: u64) -> impl Iterator<Item = Option<Side>> {
    let (mut at, mut width) = (index, count);
    core::iter::from_fn(move || {
        if width <= 1 {
            return None;
        }
        let side = if at & 1 == 1 {
            Some(Side::Left)
        } else if at.saturating_add(1) < width {
            Some(Side::Right)
        } else {
            None
        };
        at >>= 1;
        width = width.div_ceil(2);
        Some(side)
    })
}

enum Side {
    Left,
    Right,
}

/// The root that `leaf` at `index` of `count` leaves has under `path`; `None` unless the path has exactly the length it must have.
pub fn fold_path(leaf: Hash32, index: u64, count: u64, path: &[Hash32]) -> Option<Hash32> {
    if index >= count || path.len() != path_len(index, count) {
        return None;
    }
    let hasher = NodeHasher::new();
    let mut rest = path.iter();
    let mut node = leaf;
    for side in siblings(index, count) {
        node = match side {
            Some(Side::Left) => hasher.node(rest.next()?, &node),
            Some(Side::Right) => hasher.node(&node, rest.next()?),
            None => node,
        };
    }
    Some(node)
}

/// Whether `leaf` is leaf `index` of the `count` leaves under `root`.
pub fn verify_path(leaf: Hash32, index: u64, count: u64, path: &[Hash32], root: &Hash32) -> bool {
    fold_path(leaf, index, count, path).as_ref() == Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_leaf_proves_itself_and_nothing_else(count in 1usize..70, pick in any::<prop::sample::Index>(), flip in 0usize..32) {
            let leaves: Vec<Hash32> = (0..count as u64).map(|i| leaf_hash(&i.to_le_bytes())).collect();
            let tree = Tree::new(leaves.clone()).unwrap();
            let i = pick.index(count);
            let path = tree.path(i).unwrap();
            let (at, n, root) = (i as u64, count as u64, tree.root());
            prop_assert_eq!(path.len(), path_len(at, n));
            prop_assert!(verify_path(leaves[i], at, n, &path, &root));
            let mut wrong = leaves[i];
            wrong[flip] ^= 1;
            prop_assert!(!verify_path(wrong, at, n, &path, &root));
            let mut longer = path.clone();
            longer.push([0; 32]);
            prop_assert!(!verify_path(leaves[i], at, n, &longer, &root));
            if let Some((_, shorter)) = path.split_last() {
                prop_assert!(!verify_path(leaves[i], at, n, shorter, &root));
                let mut bent = path.clone();
                bent[0][flip] ^= 1;
                prop_assert!(!verify_path(leaves[i], at, n, &bent, &root));
            }
            for other in (0..n).filter(|o| *o != at) {
                prop_assert!(!verify_path(leaves[i], other, n, &path, &root));
            }
        }
    }

    #[test]
    fn the_root_of_one_leaf_is_that_leaf() {
        let leaf = leaf_hash(b"one");
        let tree = Tree::new(vec![leaf]).unwrap();
        assert_eq!(tree.root(), leaf);
        assert_eq!(tree.path(0), Some(vec![]));
        assert_eq!(tree.path(1), None);
        assert!(verify_path(leaf, 0, 1, &[], &leaf));
        assert!(Tree::new(vec![]).is_none());
        assert_eq!(fold_path(leaf, 0, 0, &[]), None);
    }
}
