//! What every microkernel takes and gives.

use super::{
    isa::Isa,
    panel::{LeftStep, RightStep, Schedule},
};

/// Strips of the left operand that one run takes at most.
pub(super) const MAX_STRIPS: usize = 3;

/// Words of a transcript.
pub(super) const WORDS: usize = bcai_pouw_primitives::transcript::WORDS;

/// What a run gives for one strip of the left operand: two tiles side by side.
#[derive(Copy, Clone)]
#[repr(C, align(64))]
pub struct TilePair {
    /// Cells of each tile, row-major, after the tail.
    pub cells: [[i32; 64]; 2],
    /// Transcript of each tile; left as it was when no transcript was asked for.
    pub msgs: [[u32; WORDS]; 2],
}

impl Default for TilePair {
    fn default() -> Self {
        Self {
            cells: [[0; 64]; 2],
            msgs: [[0; WORDS]; 2],
        }
    }
}

/// The operands of one run of a microkernel. Every panel is `schedule.len()` steps long.
pub(super) struct Operands<'a, const S: usize> {
    pub schedule: &'a Schedule,
    pub left: [&'a [LeftStep]; S],
    pub right: &'a [RightStep],
    /// One for each block, or none where the sequence needs none.
    pub offsets: &'a [RightStep],
}

impl<const S: usize> Operands<'_, S> {
    /// Panics unless every panel has the length that the schedule will walk.
    pub(super) fn check(&self) {
        let len = self.schedule.len();
        assert!(self.left.iter().all(|panel| panel.len() == len) && self.right.len() == len);
        let blocks = self.schedule.blocks();
        assert!(self.schedule.isa() != Isa::Avx512Vnni || self.offsets.len() == blocks.len());
    }
}
