//! What the processor could do if nothing had to be loaded: the bound that benchmarks hold the kernel against.

use super::isa::Isa;

/// Multiply-accumulates per turn of [`peak_loop`] and vector lane, in chains enough to hide the latency.
const CHAINS: usize = 24;

/// Runs the multiplying instructions of a sequence `turns` times on registers alone, in the calling thread. Gives the number of
/// multiply-accumulates; `None` where the sequence is not available or the compiler chooses its instructions.
pub fn peak_loop(isa: Isa, turns: u64) -> Option<u64> {
    if !isa.is_available() {
        return None;
    }
    #[cfg(target_arch = "x86_64")]
    {
        let lanes = match isa {
            Isa::Portable => return None,
            // SAFETY: available, checked above; the same below.
            Isa::Avx2 => unsafe { x86::avx2(turns) },
            // SAFETY: as above.
            Isa::Avx512Bw => unsafe { x86::avx512bw(turns) },
            // SAFETY: as above.
            Isa::Avx512VnniWords => unsafe { x86::avx512vnni_words(turns) },
            // SAFETY: as above.
            Isa::Avx512Vnni => unsafe { x86::avx512vnni(turns) },
        };
        Some(turns * lanes)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = turns;
        None
    }
}

/// Each gives its multiply-accumulates per turn. A chain feeds on itself, so that no two products are the same.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::CHAINS;
    use core::arch::x86_64::*;
    use std::hint::black_box;

    #[target_feature(enable = "avx2")]
    pub fn avx2(turns: u64) -> u64 {
        const HALF: usize = CHAINS / 2;
        let a = _mm256_set1_epi32(black_box(0x0003_0001));
        let mut chains: [__m256i; HALF] = std::array::from_fn(|at| _mm256_set1_epi32(at as i32));
        for _ in 0..turns {
            for chain in &mut chains {
                *chain = _mm256_add_epi32(*chain, _mm256_madd_epi16(a, *chain));
            }
        }
        black_box(chains);
        (HALF * 16) as u64
    }

    /// A loop on 512 bits: its features, the factor, the next value of a chain, and multiply-accumulates of one instruction.
    macro_rules! on_512_bits {
        ($name:ident, $features:literal, $factor:literal, |$chain:ident, $a:ident| $next:expr, $lanes:literal) => {
            #[target_feature(enable = $features)]
            pub fn $name(turns: u64) -> u64 {
                let $a = _mm512_set1_epi32(black_box($factor));
                let mut chains: [__m512i; CHAINS] =
                    std::array::from_fn(|at| _mm512_set1_epi32(at as i32));
                for _ in 0..turns {
                    for chain in &mut chains {
                        let $chain = *chain;
                        *chain = $next;
                    }
                }
                black_box(chains);
                (CHAINS * $lanes) as u64
            }
        };
    }

    on_512_bits!(
        avx512bw,
        "avx512f,avx512bw",
        0x0003_0001,
        |chain, a| _mm512_add_epi32(chain, _mm512_madd_epi16(a, chain)),
        32
    );
    on_512_bits!(
        avx512vnni_words,
        "avx512f,avx512vnni",
        0x0003_0001,
        |chain, a| _mm512_dpwssd_epi32(chain, a, chain),
        32
    );
    on_512_bits!(
        avx512vnni,
        "avx512f,avx512vnni",
        0x0403_0201,
        |chain, a| _mm512_dpbusd_epi32(chain, a, chain),
        64
    );
}
