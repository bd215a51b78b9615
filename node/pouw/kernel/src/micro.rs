//! The microkernel: up to 24 rows by 16 columns of the product over one slab in registers, with the snapshots of its
//! transcripts. One contract, several instruction sequences.

use super::{
    isa::Isa,
    operands::{Operands, Tiles},
    portable,
};

/// Multiplies, with transcripts when `T`. Panics where the schedule's instruction sequence is not available.
pub(super) fn run<const S: usize, const T: bool>(operands: &Operands<'_, S>, out: Tiles<'_, S>) {
    operands.check();
    match operands.isa {
        Isa::Portable => portable::run::<S, T>(operands, out),
        #[cfg(target_arch = "x86_64")]
        isa => {
            assert!(isa.is_available());
            match isa {
                // SAFETY: the feature is there, asserted above.
                Isa::Avx2 => unsafe { super::avx2::run::<S, T>(operands, out) },
                // SAFETY: as above.
                Isa::Avx512Bw => unsafe { super::avx512::run_pairs::<S, T>(operands, out) },
                // SAFETY: as above.
                Isa::Avx512VnniWords => unsafe { super::avx512::run_words::<S, T>(operands, out) },
                // SAFETY: as above.
                _ => unsafe { super::avx512::run_quads::<S, T>(operands, out) },
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => portable::run::<S, T>(operands, out),
    }
}
