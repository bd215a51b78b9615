//! The microkernel: up to 24 rows by 16 columns of the product over all of k in registers, with the snapshots of its
//! transcripts. One contract, several instruction sequences.

use super::{
    isa::Isa,
    panel::{LeftStep, RightStep, Schedule},
    portable,
};

/// Strips of the left operand that one call takes at most.
pub(super) const MAX_STRIPS: usize = 3;

/// Words of a transcript.
pub(super) const WORDS: usize = bcai_pouw_primitives::transcript::WORDS;

/// What a call gives for one strip of the left operand: two tiles side by side.
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

/// One call's operands. Every panel is `schedule.len()` steps long.
pub(super) struct Call<'a, const S: usize> {
    pub schedule: &'a Schedule,
    pub left: [&'a [LeftStep]; S],
    pub right: &'a [RightStep],
    /// One for each block, or none where the sequence needs none.
    pub offsets: &'a [RightStep],
}

impl<const S: usize> Call<'_, S> {
    /// Panics unless every panel has the length that the schedule will walk.
    fn check(&self) {
        let len = self.schedule.len();
        assert!(self.left.iter().all(|panel| panel.len() == len) && self.right.len() == len);
        let blocks = self.schedule.blocks();
        assert!(self.schedule.isa() != Isa::Avx512Vnni || self.offsets.len() == blocks.len());
    }
}

/// Multiplies, with transcripts when `T`. Panics where the schedule's instruction sequence is not available.
pub(super) fn run<const S: usize, const T: bool>(call: &Call<'_, S>, out: &mut [TilePair; S]) {
    call.check();
    match call.schedule.isa() {
        Isa::Portable => portable::run::<S, T>(call, out),
        #[cfg(target_arch = "x86_64")]
        isa => {
            assert!(isa.is_available());
            match isa {
                // SAFETY: the feature is there, asserted above.
                Isa::Avx2 => unsafe { super::avx2::run::<S, T>(call, out) },
                // SAFETY: as above.
                Isa::Avx512Bw => unsafe { super::avx512::run_pairs::<S, T>(call, out) },
                // SAFETY: as above.
                Isa::Avx512VnniWords => unsafe { super::avx512::run_words::<S, T>(call, out) },
                // SAFETY: as above.
                _ => unsafe { super::avx512::run_quads::<S, T>(call, out) },
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => portable::run::<S, T>(call, out),
    }
}
