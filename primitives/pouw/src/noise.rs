//! The low-rank noise that makes every claim's product new: `E = U x S`, with U dense and S sparse.

use alloc::{vec, vec::Vec};

use crate::{Hash32, ParamSet};

/// Fills `out` with the extended output of the keyed hash of `domain`.
fn xof(seed: &Hash32, domain: &[u8], out: &mut [u8]) {
    blake3::Hasher::new_keyed(seed)
        .update(domain)
        .finalize_xof()
        .fill(out);
}

/// The sparse factor: column `c` of E is column `p[c]` of U less its column `q[c]`. Both have `k` entries below `r`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selectors {
    /// Column of U that is added.
    pub p: Vec<u16>,
    /// Column of U that is taken away; never the same as `p`.
    pub q: Vec<u16>,
}

impl Selectors {
    /// The sparse factor of `seed`.
    pub fn derive(seed: &Hash32, set: ParamSet) -> Self {
        let mut bytes = vec![0u8; set.k().saturating_mul(4)];
        xof(seed, b"S", &mut bytes);
        let mask = (set.r() as u32).saturating_sub(1);
        let (p, q) = bytes
            .chunks_exact(4)
            .map(|word| {
                let u = word
                    .iter()
                    .rev()
                    .fold(0u32, |acc, byte| (acc << 8) | u32::from(*byte));
                let p = u & mask;
                let d = ((u >> 16).saturating_mul(mask) >> 16).saturating_add(1);
                (p as u16, (p ^ d) as u16)
            })
            .unzip();
        Self { p, q }
    }
}

/// The dense factor of one strip: `rows x r` of `i8` in `[-32, 31]`, row-major.
pub fn dense_strip(seed: &Hash32, set: ParamSet, strip: u32, rows: usize) -> Vec<i8> {
    let mut domain = [0u8; 5];
    let (letter, number) = domain.split_at_mut(1);
    letter.copy_from_slice(b"U");
    number.copy_from_slice(&strip.to_le_bytes());
    let mut bytes = vec![0u8; rows.saturating_mul(set.r())];
    xof(seed, &domain, &mut bytes);
    bytes
        .into_iter()
        .map(|byte| ((byte & 63) as i8).saturating_sub(32))
        .collect()
}

/// A strip with its noise added: `rows x k` of `i8`, row-major. `dense` is the strip's dense factor.
///
/// Values outside of `[-64, 64]` are for the caller to refuse: their sum would saturate here.
pub fn noised_strip(strip: &[i8], dense: &[i8], selectors: &Selectors, set: ParamSet) -> Vec<i8> {
    let mut out = Vec::with_capacity(strip.len());
    for (row, u) in strip.chunks_exact(set.k()).zip(dense.chunks_exact(set.r())) {
        let columns = selectors.p.iter().zip(&selectors.q);
        out.extend(row.iter().zip(columns).map(|(value, (p, q))| {
            let at = |c: &u16| u.get(usize::from(*c)).copied().unwrap_or(0);
            value.saturating_add(at(p).saturating_sub(at(q)))
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_VALUE;

    #[test]
    fn noise_is_within_63_of_zero_and_never_selects_the_same_column_twice() {
        for set in ParamSet::ALL {
            for seed in [[0u8; 32], [7; 32], [255; 32]] {
                let selectors = Selectors::derive(&seed, set);
                assert_eq!((selectors.p.len(), selectors.q.len()), (set.k(), set.k()));
                for (p, q) in selectors.p.iter().zip(&selectors.q) {
                    assert!(p != q && usize::from(*p) < set.r() && usize::from(*q) < set.r());
                }
                let dense = dense_strip(&seed, set, 3, set.h());
                assert!(dense.iter().all(|u| (-32..=31).contains(u)));
                for edge in [-MAX_VALUE, MAX_VALUE] {
                    let noised =
                        noised_strip(&vec![edge; set.strip_a_len()], &dense, &selectors, set);
                    assert!(noised
                        .iter()
                        .all(|v| (i16::from(*v) - i16::from(edge)).abs() <= 63));
                }
            }
        }
    }
}
