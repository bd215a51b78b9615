//! Many short keyed BLAKE3 hashes at once: the leaves of C, the nodes above them, and tickets.

use bcai_pouw_primitives::Hash32;
use blake3::{
    platform::{Platform, MAX_SIMD_DEGREE},
    IncrementCounter,
};

use super::{gemm::Group, threads::Team};

const CHUNK_START: u8 = 1 << 0;
const CHUNK_END: u8 = 1 << 1;
const ROOT: u8 = 1 << 3;
const KEYED_HASH: u8 = 1 << 4;

/// Hashes inputs of one length under one key, as many at a time as the processor has lanes.
///
/// A million tiles of 256 bytes, one after the other, cost as much as a tenth of their product. The crate's public interface hashes a
/// single short input in one lane, so this takes the routine beneath it, which the crate leaves undocumented; the tests
/// hold it against `blake3::keyed_hash`.
#[derive(Copy, Clone)]
pub(super) struct ManyHasher {
    platform: Platform,
    key: [u32; 8],
}

impl ManyHasher {
    pub fn new(key: &Hash32) -> Self {
        let mut words = [0u32; 8];
        for (word, bytes) in words.iter_mut().zip(key.chunks_exact(4)) {
            *word = u32::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        Self {
            platform: Platform::detect(),
            key: words,
        }
    }

    /// `out[i] = keyed BLAKE3 of inputs[i]`. `N` is a whole number of blocks of 64 bytes, at most one chunk of 1024.
    pub fn hash<const N: usize>(&self, inputs: &[&[u8; N]], out: &mut [Hash32]) {
        const { assert!(N > 0 && N.is_multiple_of(64) && N <= 1024) };
        assert_eq!(inputs.len(), out.len());
        self.platform.hash_many(
            inputs,
            &self.key,
            0,
            IncrementCounter::No,
            KEYED_HASH,
            CHUNK_START,
            CHUNK_END | ROOT,
            out.as_flattened_mut(),
        );
    }

    /// [`Self::hash`] of as many inputs as `out` has places, lanes after lanes.
    pub fn hash_all<'a, const N: usize>(
        &self,
        mut inputs: impl Iterator<Item = &'a [u8; N]>,
        out: &mut [Hash32],
    ) {
        for out in out.chunks_mut(LANES) {
            let mut lanes = [&[0u8; N]; LANES];
            for (lane, input) in lanes.iter_mut().zip(inputs.by_ref().take(out.len())) {
                *lane = input;
            }
            self.hash(&lanes[..out.len()], out);
        }
    }
}

/// How many inputs to hand over at a time.
pub(super) const LANES: usize = MAX_SIMD_DEGREE;

/// The bytes of a tile's cells as they are hashed.
pub(super) fn bytes_of_cells(cells: &[i32; 64]) -> &[u8; 256] {
    const { assert!(cfg!(target_endian = "little")) };
    // SAFETY: the same size, a weaker alignment, and every byte is valid; the cells lie in memory little-endian (asserted).
    unsafe { &*std::ptr::from_ref(cells).cast() }
}

/// The bytes of a transcript as they are hashed.
fn bytes_of_words(words: &[u32; 16]) -> &[u8; 64] {
    const { assert!(cfg!(target_endian = "little")) };
    // SAFETY: as for cells.
    unsafe { &*std::ptr::from_ref(words).cast() }
}

/// Draws the tickets of one claim.
pub struct TicketHasher(ManyHasher);

impl TicketHasher {
    /// Keyed by the seed of A's noise.
    pub fn new(seed_a: &Hash32) -> Self {
        Self(ManyHasher::new(seed_a))
    }

    /// The tickets of a group's tiles, in the order of [`Group::tiles`], as little-endian bytes.
    pub fn draw(&self, group: &Group<'_>, tickets: &mut Vec<Hash32>) {
        tickets.resize(group.len(), [0; 32]);
        let words = group.tiles().map(|tile| bytes_of_words(tile.msg));
        self.0.hash_all(words, tickets);
    }
}

/// Two nodes as they are hashed into the one above them.
fn bytes_of_pair(pair: &[Hash32; 2]) -> &[u8; 64] {
    // SAFETY: both are 64 bytes.
    unsafe { &*std::ptr::from_ref(pair).cast() }
}

/// The root over `leaves`, the same as that of [`bcai_pouw_primitives::merkle::Tree`]; `None` where there is no leaf or the team was cancelled.
pub(super) fn root_of(mut level: Vec<Hash32>, team: &Team<'_>) -> Option<Hash32> {
    /// Nodes that one unit of work makes.
    const UNIT: usize = 4096;
    let hasher = ManyHasher::new(&blake3::hash(b"bcai/pouw/v2/node").into());
    while level.len() > 1 {
        let mut next = vec![[0u8; 32]; level.len() / 2];
        team.each_chunk(
            &mut next,
            UNIT,
            || (),
            |_, unit, out| {
                let (pairs, _) = level[2 * UNIT * unit..].as_chunks::<2>();
                hasher.hash_all(pairs.iter().map(bytes_of_pair), out);
            },
        )?;
        if level.len() % 2 == 1 {
            next.extend(level.last());
        }
        level = next;
    }
    level.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::merkle::{leaf_hash, Tree};

    fn agrees<const N: usize>() {
        let key = [9u8; 32];
        let hasher = ManyHasher::new(&key);
        for count in [1, 2, 7, 8, 15, 16, 17, 33] {
            let inputs: Vec<[u8; N]> = (0..count)
                .map(|i| std::array::from_fn(|at| (at * 7 + i * 31) as u8))
                .collect();
            let refs: Vec<&[u8; N]> = inputs.iter().collect();
            let mut out = vec![[0u8; 32]; count];
            hasher.hash(&refs, &mut out);
            for (input, hash) in inputs.iter().zip(&out) {
                assert_eq!(hash, blake3::keyed_hash(&key, input).as_bytes());
            }
        }
    }

    #[test]
    fn many_hashes_are_the_same_as_one_by_one() {
        agrees::<64>();
        agrees::<256>();
        agrees::<1024>();
    }

    #[test]
    fn the_root_is_that_of_the_tree() {
        for count in [1usize, 2, 3, 5, 16, 31, 33, 100, 4095, 8193, 20_001] {
            let leaves: Vec<Hash32> = (0..count as u64)
                .map(|i| leaf_hash(&i.to_le_bytes()))
                .collect();
            let root = root_of(leaves.clone(), &Team::of(2));
            assert_eq!(root, Tree::new(leaves).map(|tree| tree.root()));
        }
        assert_eq!(root_of(Vec::new(), &Team::of(2)), None);
    }
}
