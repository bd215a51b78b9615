//! From strips of A and Bt to packed panels: noise, and the low-rank factors of the peel.
//!
//! All of it works on columns of eight rows, since noise and projections select whole columns.

use bcai_pouw_primitives::{
    noise::{dense_strip, Selectors},
    Hash32, ParamSet,
};

use super::{
    column::{add_subtract, load, quads, Column, Lanes, BYTE_OFFSET},
    isa::Isa,
    panel::{LeftStep, RightStep, Schedule},
};

/// How many columns may select one column of a dense factor so that a sum of that many `i8` fits `i16`: `258 * 127 < 2^15`.
/// The mean is 64; a seed that exceeds this has a chance below `2^-200`.
const MAX_LOAD: u16 = 258;

/// Whether the peel's factors fit `i16` for all matrices under these selectors.
pub(super) fn projections_fit(selectors: &Selectors, set: ParamSet) -> bool {
    let mut load = vec![0u16; set.r()];
    for at in selectors.p.iter().chain(&selectors.q) {
        load[usize::from(*at)] += 1;
    }
    load.iter().all(|load| *load <= MAX_LOAD)
}

/// The noise of one matrix and the selectors of the other one's.
pub(super) struct NoisePair<'a> {
    pub set: ParamSet,
    /// Seed of this matrix's noise.
    pub seed: &'a Hash32,
    /// This matrix's sparse factor.
    pub own: &'a Selectors,
    /// The other matrix's sparse factor.
    pub other: &'a Selectors,
    /// Whether the panels get a tail that takes the noise off the product.
    pub peel: bool,
}

/// The buffers in which one thread packs.
#[derive(Default)]
pub(super) struct Packer {
    columns: Vec<Column>,
    dense: Vec<Column>,
    projection: Vec<Lanes>,
}

impl Packer {
    /// A strip of the left operand as it is.
    pub fn plain_left(&mut self, strip: &[i8], schedule: &Schedule, out: &mut [LeftStep]) {
        load(strip, &mut self.columns);
        let out = out.iter_mut().map(|step| &mut step.0);
        emit(&self.columns, schedule.isa(), Operand::Left, out);
    }

    /// A strip of the right operand as it is, into lanes `lane .. lane + 8`.
    pub fn plain_right(
        &mut self,
        strip: &[i8],
        schedule: &Schedule,
        lane: usize,
        out: &mut [RightStep],
    ) {
        load(strip, &mut self.columns);
        let out = lanes(out, lane);
        emit(&self.columns, schedule.isa(), Operand::Right, out);
    }

    /// Strip `number` of A with its noise; the tail is `-(A S_b^T)`, then `-U_a`.
    pub fn noised_left(
        &mut self,
        noise: &NoisePair<'_>,
        number: usize,
        strip: &[i8],
        schedule: &Schedule,
        out: &mut [LeftStep],
    ) {
        load(strip, &mut self.columns);
        self.load_dense(noise, number);
        let (main, tail) = out.split_at_mut(schedule.steps());
        if noise.peel {
            self.project(noise);
            let dense = self.dense.iter().map(|column| Lanes::of(*column));
            let factors = self.projection.iter().copied().chain(dense);
            let negative = factors.map(|lanes| Lanes::zero().minus(lanes));
            emit_pairs(negative, tail.iter_mut().map(|step| &mut step.0));
        }
        self.add_noise(noise.own);
        let main = main.iter_mut().map(|step| &mut step.0);
        emit(&self.columns, schedule.isa(), Operand::Left, main);
    }

    /// Strip `number` of Bt with its noise, into lanes `lane .. lane + 8`; the tail is `U_b`, then `Bt' S_a^T`.
    pub fn noised_right(
        &mut self,
        noise: &NoisePair<'_>,
        number: usize,
        strip: &[i8],
        schedule: &Schedule,
        lane: usize,
        out: &mut [RightStep],
    ) {
        load(strip, &mut self.columns);
        self.load_dense(noise, number);
        self.add_noise(noise.own);
        let (main, tail) = out.split_at_mut(schedule.steps());
        if noise.peel {
            self.project(noise);
            let dense = self.dense.iter().map(|column| Lanes::of(*column));
            let factors = dense.chain(self.projection.iter().copied());
            emit_pairs(factors, lanes(tail, lane));
        }
        emit(
            &self.columns,
            schedule.isa(),
            Operand::Right,
            lanes(main, lane),
        );
    }

    fn load_dense(&mut self, noise: &NoisePair<'_>, number: usize) {
        let dense = dense_strip(noise.seed, noise.set, number as u32, 8);
        load(&dense, &mut self.dense);
    }

    /// Legal values and their noise stay within 127 of zero; a strip with others wraps, and its job is refused.
    fn add_noise(&mut self, own: &Selectors) {
        let selected = own.p.iter().zip(&own.q);
        for (column, (p, q)) in self.columns.iter_mut().zip(selected) {
            let (plus, minus) = (self.dense[usize::from(*p)], self.dense[usize::from(*q)]);
            *column = add_subtract(*column, plus, minus);
        }
    }

    /// The columns times the transpose of the other matrix's sparse factor.
    fn project(&mut self, noise: &NoisePair<'_>) {
        self.projection.clear();
        self.projection.resize(noise.set.r(), Lanes::zero());
        let selected = noise.other.p.iter().zip(&noise.other.q);
        for (column, (p, q)) in self.columns.iter().zip(selected) {
            let column = Lanes::of(*column);
            let plus = &mut self.projection[usize::from(*p)];
            *plus = plus.plus(column);
            let minus = &mut self.projection[usize::from(*q)];
            *minus = minus.minus(column);
        }
    }
}

/// Which side of the product.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Operand {
    Left,
    Right,
}

/// Lanes `lane .. lane + 8` of every step.
fn lanes(steps: &mut [RightStep], lane: usize) -> impl Iterator<Item = &mut [i32; 8]> {
    steps.iter_mut().filter_map(move |step| {
        let (halves, _) = step.0.as_chunks_mut::<8>();
        halves.get_mut(lane / 8)
    })
}

/// Writes columns as the steps of an instruction sequence.
fn emit<'a>(
    columns: &[Column],
    isa: Isa,
    operand: Operand,
    out: impl Iterator<Item = &'a mut [i32; 8]>,
) {
    match (isa, operand) {
        (Isa::Avx512Vnni, Operand::Left) => {
            for (out, quad) in out.zip(columns.as_chunks::<4>().0) {
                *out = quads(quad.map(|column| column ^ BYTE_OFFSET));
            }
        }
        (Isa::Avx512Vnni, Operand::Right) => {
            for (out, quad) in out.zip(columns.as_chunks::<4>().0) {
                *out = quads(*quad);
            }
        }
        _ => {
            for (out, [low, high]) in out.zip(columns.as_chunks::<2>().0) {
                *out = Lanes::pairs(Lanes::of(*low), Lanes::of(*high));
            }
        }
    }
}

/// Writes columns of `i16` as steps of pairs.
fn emit_pairs<'a>(
    mut columns: impl Iterator<Item = Lanes>,
    out: impl Iterator<Item = &'a mut [i32; 8]>,
) {
    for out in out {
        if let (Some(low), Some(high)) = (columns.next(), columns.next()) {
            *out = Lanes::pairs(low, high);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_load_that_is_let_through_still_fits() {
        assert!(i32::from(MAX_LOAD) * 127 <= i32::from(i16::MAX));
        assert!((i32::from(MAX_LOAD) + 1) * 127 > i32::from(i16::MAX));
        let set = ParamSet::Set0;
        let spread = Selectors::derive(&[1; 32], set);
        assert!(projections_fit(&spread, set));
        let crowded = Selectors {
            p: vec![0; set.k()],
            q: vec![1; set.k()],
        };
        assert!(!projections_fit(&crowded, set));
    }
}
