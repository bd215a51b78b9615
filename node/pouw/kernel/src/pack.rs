//! From strips of A and Bt to packed panels: noise, and the low-rank factors of the peel.
//!
//! All of it works on columns of eight rows and goes block by block, so that a block's columns stay in the first-level cache from the
//! matrix to the panel. The sparse factor of a block is one cycle: with the columns of U in its order, the noise is that copy less
//! the same copy moved on by one, and what a projection adds to a column of U is a column of the block less the one before it.

use bcai_pouw_primitives::{
    noise::{dense_strip, slab_cycles},
    params::STRIP_ROWS,
    Hash32, ParamSet, Shape,
};

use super::{
    column::{add_differences, load, quads, Column, Lanes, BYTE_OFFSET, MAX_COLUMNS},
    isa::Isa,
    panel::{LeftStep, RightStep, Schedule},
};

/// The sparse factor of a matrix's noise: the cycles of all its blocks, `inner` columns of U in all.
pub(super) struct Cycles(Vec<u16>);

impl Cycles {
    pub fn derive(seed: &Hash32, shape: &Shape) -> Self {
        let slabs = 0..shape.slabs();
        Self(
            slabs
                .flat_map(|slab| slab_cycles(seed, shape.set(), slab))
                .collect(),
        )
    }

    /// The cycle of the block that starts at column `from`.
    #[inline(always)]
    fn block(&self, from: usize, r: usize) -> &[u16] {
        &self.0[from..from + r]
    }
}

/// The noise of one matrix and the sparse factor of the other one's.
pub(super) struct NoisePair<'a> {
    pub set: ParamSet,
    /// Seed of this matrix's noise.
    pub seed: &'a Hash32,
    /// This matrix's sparse factor.
    pub own: &'a Cycles,
    /// The other matrix's sparse factor.
    pub other: &'a Cycles,
}

/// What is done to a strip on its way.
#[derive(Copy, Clone)]
pub(super) enum Treatment<'a> {
    /// Nothing.
    Plain,
    /// Strip `number` of the matrix gets its noise, and the panel the tails, where the schedule has any, that take it off the product.
    Noised {
        noise: &'a NoisePair<'a>,
        number: usize,
    },
}

/// The buffers in which one thread packs.
pub(super) struct Packer {
    /// Columns of the strip's dense factor.
    dense: [Column; MAX_COLUMNS],
    /// The columns of a block.
    block: [Column; MAX_COLUMNS],
    /// The strip times the transpose of the other matrix's sparse factor, over the slabs of one tail.
    projection: [Lanes; MAX_COLUMNS],
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            dense: [0; MAX_COLUMNS],
            block: [0; MAX_COLUMNS],
            projection: [Lanes::zero(); MAX_COLUMNS],
        }
    }
}

impl Packer {
    /// A strip of A. A tail is `-(A S_b^T)`, then `-U_a`.
    pub fn left(
        &mut self,
        strip: &[i8],
        treatment: Treatment<'_>,
        schedule: &Schedule,
        out: &mut [LeftStep],
    ) {
        self.pack(strip, treatment, schedule, &mut Lefts(out));
    }

    /// A strip of Bt, into lanes `lane .. lane + 8`. A tail is `U_b`, then `Bt' S_a^T`.
    pub fn right(
        &mut self,
        strip: &[i8],
        treatment: Treatment<'_>,
        schedule: &Schedule,
        lane: usize,
        out: &mut [RightStep],
    ) {
        let half = lane / STRIP_ROWS;
        self.pack(strip, treatment, schedule, &mut Rights { steps: out, half });
    }

    fn pack<O: Operand>(
        &mut self,
        strip: &[i8],
        treatment: Treatment<'_>,
        schedule: &Schedule,
        out: &mut O,
    ) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there.
            return unsafe { self.pack_avx2(strip, treatment, schedule, out) };
        }
        self.pack_here(strip, treatment, schedule, out);
    }

    /// The same, compiled for wider vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn pack_avx2<O: Operand>(
        &mut self,
        strip: &[i8],
        treatment: Treatment<'_>,
        schedule: &Schedule,
        out: &mut O,
    ) {
        self.pack_here(strip, treatment, schedule, out);
    }

    #[inline(always)]
    fn pack_here<O: Operand>(
        &mut self,
        strip: &[i8],
        treatment: Treatment<'_>,
        schedule: &Schedule,
        out: &mut O,
    ) {
        let inner = strip.len() / STRIP_ROWS;
        let per_step = schedule.isa().columns_per_step();
        let columns = schedule.steps() * per_step;
        let peels = schedule.tail() > 0;
        assert_eq!(inner, columns * schedule.slabs());
        let len = match treatment {
            Treatment::Plain => MAX_COLUMNS,
            Treatment::Noised { noise, number } => {
                self.begin(noise, number);
                noise.set.r()
            }
        };
        for slab in 0..schedule.slabs() {
            let place = schedule.slab(slab);
            for from in (0..columns).step_by(len) {
                let at = slab * columns + from;
                let rows = std::array::from_fn(|row| &strip[row * inner + at..][..len]);
                load(rows, &mut self.block[..len]);
                if let Treatment::Noised { noise, .. } = treatment {
                    if O::LEFT && peels {
                        self.project(noise.other.block(at, len));
                    }
                    self.add_noise(noise.own.block(at, len));
                    if !O::LEFT && peels {
                        self.project(noise.other.block(at, len));
                    }
                }
                let first = place.start + from / per_step;
                emit(&self.block[..len], schedule.isa(), out, first);
            }
            if let Treatment::Noised { .. } = treatment {
                if schedule.has_tail(slab) {
                    self.end(out, place.start + schedule.steps(), len);
                }
            }
        }
    }

    /// Loads the strip's dense factor.
    #[inline(always)]
    fn begin(&mut self, noise: &NoisePair<'_>, number: usize) {
        let r = noise.set.r();
        let dense = dense_strip(noise.seed, noise.set, number as u32, STRIP_ROWS);
        let rows = std::array::from_fn(|row| &dense[row * r..(row + 1) * r]);
        load(rows, &mut self.dense[..r]);
        self.projection = [Lanes::zero(); MAX_COLUMNS];
    }

    /// Legal values and their noise stay within 127 of zero; a strip with others wraps, and its job is refused.
    #[inline(always)]
    fn add_noise(&mut self, cycle: &[u16]) {
        // The columns of U in the order of the cycle, and the first one again.
        let mut ordered = [0; MAX_COLUMNS + 1];
        for (out, column) in ordered.iter_mut().zip(cycle) {
            *out = self.dense[usize::from(*column) % MAX_COLUMNS];
        }
        ordered[cycle.len()] = ordered[0];
        add_differences(&mut self.block[..cycle.len()], &ordered[..=cycle.len()]);
    }

    /// Adds the block's columns times the transpose of the other matrix's sparse factor.
    #[inline(always)]
    fn project(&mut self, cycle: &[u16]) {
        let mut before = Lanes::of(self.block[cycle.len() - 1]);
        for (column, at) in self.block.iter().zip(cycle) {
            let column = Lanes::of(*column);
            let sum = &mut self.projection[usize::from(*at) % MAX_COLUMNS];
            *sum = sum.plus(column.minus(before));
            before = column;
        }
    }

    /// Writes a tail of `2r` columns from step `first` on, and begins the next one.
    #[inline(always)]
    fn end<O: Operand>(&mut self, out: &mut O, first: usize, r: usize) {
        let mut factors = [Lanes::zero(); 2 * MAX_COLUMNS];
        for v in 0..r {
            let (dense, projection) = (Lanes::of(self.dense[v]), self.projection[v]);
            (factors[v], factors[r + v]) = if O::LEFT {
                let negative = |lanes| Lanes::zero().minus(lanes);
                (negative(projection), negative(dense))
            } else {
                (dense, projection)
            };
        }
        for (at, [low, high]) in factors[..2 * r].as_chunks().0.iter().enumerate() {
            *out.step(first + at) = Lanes::pairs(*low, *high);
        }
        self.projection = [Lanes::zero(); MAX_COLUMNS];
    }
}

/// Which side of the product: eight rows of every step of a panel.
trait Operand {
    /// Whether it is the left one.
    const LEFT: bool;

    /// The eight rows of a step.
    fn step(&mut self, at: usize) -> &mut [i32; 8];
}

/// The panel of a strip of A.
struct Lefts<'a>(&'a mut [LeftStep]);

impl Operand for Lefts<'_> {
    const LEFT: bool = true;

    #[inline(always)]
    fn step(&mut self, at: usize) -> &mut [i32; 8] {
        &mut self.0[at].0
    }
}

/// One half of a panel of two strips of Bt.
struct Rights<'a> {
    steps: &'a mut [RightStep],
    half: usize,
}

impl Operand for Rights<'_> {
    const LEFT: bool = false;

    #[inline(always)]
    fn step(&mut self, at: usize) -> &mut [i32; 8] {
        let (halves, _) = self.steps[at].0.as_chunks_mut::<8>();
        &mut halves[self.half]
    }
}

/// Writes columns as the steps of an instruction sequence, from step `first` on.
#[inline(always)]
fn emit<O: Operand>(columns: &[Column], isa: Isa, out: &mut O, first: usize) {
    if isa == Isa::Avx512Vnni {
        let offset = if O::LEFT { BYTE_OFFSET } else { 0 };
        for (at, quad) in columns.as_chunks::<4>().0.iter().enumerate() {
            *out.step(first + at) = quads(quad.map(|column| column ^ offset));
        }
    } else {
        for (at, [low, high]) in columns.as_chunks::<2>().0.iter().enumerate() {
            *out.step(first + at) = Lanes::pairs(Lanes::of(*low), Lanes::of(*high));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sets_block_fits_the_buffers() {
        for set in ParamSet::ALL {
            assert!(set.r() <= MAX_COLUMNS && set.k().is_multiple_of(MAX_COLUMNS));
        }
    }
}
