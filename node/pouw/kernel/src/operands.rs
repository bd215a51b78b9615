//! What every microkernel takes and gives.

use super::{
    isa::Isa,
    panel::{LeftStep, RightStep},
};

/// Strips of the left operand that one run takes at most.
pub(super) const MAX_STRIPS: usize = 3;

/// Words of a transcript.
pub(super) const WORDS: usize = bcai_pouw_primitives::transcript::WORDS;

/// The cells of two tiles side by side, each row-major.
#[derive(Copy, Clone)]
#[repr(C, align(64))]
pub(super) struct CellPair(pub [[i32; 64]; 2]);

impl Default for CellPair {
    fn default() -> Self {
        Self([[0; 64]; 2])
    }
}

/// The transcripts of two tiles side by side.
#[derive(Copy, Clone, Default)]
#[repr(C, align(64))]
pub(super) struct MsgPair(pub [[u32; WORDS]; 2]);

/// Where a run leaves the tiles of its strips.
pub(super) struct Tiles<'a, const S: usize> {
    /// Accumulators after the slab and its tail.
    pub cells: &'a mut [CellPair; S],
    /// Whether they are added to what the cells hold: all slabs but the first.
    pub add: bool,
    /// Left as they were when no transcript was asked for.
    pub msgs: &'a mut [MsgPair; S],
}

/// The operands of one run of a microkernel: one slab. Every panel is as long as the schedule's blocks together, and a tail where there is one.
pub(super) struct Operands<'a, const S: usize> {
    pub isa: Isa,
    /// Steps between snapshots.
    pub blocks: &'a [u32],
    pub left: [&'a [LeftStep]; S],
    pub right: &'a [RightStep],
    /// One for each block, or none where the sequence needs none.
    pub offsets: &'a [RightStep],
}

impl<const S: usize> Operands<'_, S> {
    /// Panics unless all panels have one length.
    pub(super) fn check(&self) {
        let len = self.right.len();
        assert!(self.left.iter().all(|panel| panel.len() == len));
        assert!(self.isa != Isa::Avx512Vnni || self.offsets.len() == self.blocks.len());
    }
}
