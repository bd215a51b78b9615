//! Which instructions the kernel runs on, found out at run time.

use std::{fmt, sync::OnceLock};

/// An instruction sequence of the microkernel. All give the same bits.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Isa {
    /// Plain Rust.
    Portable,
    /// `vpmaddwd` + `vpaddd` on 256 bits.
    Avx2,
    /// `vpmaddwd` + `vpaddd` on 512 bits.
    Avx512Bw,
    /// `vpdpwssd` on 512 bits: for products of `i16`, which bytes can't hold.
    Avx512VnniWords,
    /// `vpdpbusd` on 512 bits, with the left operand offset by 128.
    Avx512Vnni,
}

impl Isa {
    /// Every sequence, slowest first.
    pub const ALL: [Isa; 5] = [
        Isa::Portable,
        Isa::Avx2,
        Isa::Avx512Bw,
        Isa::Avx512VnniWords,
        Isa::Avx512Vnni,
    ];

    /// The fastest sequence of this processor.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let mut best = Isa::Portable;
            for isa in Self::ALL {
                if isa.is_available() {
                    best = isa;
                }
            }
            best
        })
    }

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 =
                || is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            match self {
                Isa::Portable => true,
                Isa::Avx2 => is_x86_feature_detected!("avx2"),
                Isa::Avx512Bw => avx512(),
                Isa::Avx512VnniWords | Isa::Avx512Vnni => {
                    avx512() && is_x86_feature_detected!("avx512vnni")
                }
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Isa::Portable
        }
    }

    /// The name that benchmarks and logs show.
    pub const fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512Bw => "avx512bw",
            Isa::Avx512VnniWords => "avx512vnni-words",
            Isa::Avx512Vnni => "avx512vnni",
        }
    }

    /// Columns of k that one step of a packed panel holds: pairs of `i16`, or quads of bytes.
    pub const fn columns_per_step(self) -> usize {
        match self {
            Isa::Avx512Vnni => 4,
            _ => 2,
        }
    }

    /// Multiply-accumulates per cycle and core that the sequence allows on a core with two vector ports of its width. A core that
    /// adds on further ports can do more of those with an addition of their own. `None` where the compiler chooses the instructions.
    pub const fn analytic_macs_per_cycle(self) -> Option<u32> {
        match self {
            Isa::Portable => None,
            Isa::Avx2 => Some(16),
            Isa::Avx512Bw => Some(32),
            Isa::Avx512VnniWords => Some(64),
            Isa::Avx512Vnni => Some(128),
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
