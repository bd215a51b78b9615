use bcai_pouw_primitives::{merkle::node_hash, Hash32};

/// Merkle root of leaves that come one at a time, in memory that grows with the depth only.
///
/// Each entry is the root of a complete subtree; heights fall strictly from first to last, as the bits of the
/// number of leaves do.
#[derive(Default)]
pub(crate) struct StreamingRoot {
    subtrees: Vec<(u32, Hash32)>,
}

impl StreamingRoot {
    pub(crate) fn push(&mut self, leaf: Hash32) {
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = self.subtrees.pop_if(|(other, _)| *other == height) {
            hash = node_hash(&left, &hash);
            height += 1;
        }
        self.subtrees.push((height, hash));
    }

    /// `None` when there were no leaves. An odd last node moves up unchanged, so the smaller subtree on the
    /// right meets the larger one on its left whatever their heights are.
    pub(crate) fn root(&self) -> Option<Hash32> {
        self.subtrees
            .iter()
            .rev()
            .map(|(_, hash)| *hash)
            .reduce(|right, left| node_hash(&left, &right))
    }
}
