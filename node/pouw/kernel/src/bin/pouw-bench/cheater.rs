//! Cheaters: tickets over matrices that are chosen so that their noised product is cheap. Bt is zero for all of them.
//!
//! Between two snapshots the noise of A is `U_a S_a`, with `S_a` one cycle through the columns of U for each block. Two shortcuts
//! follow from it, both exact.
//!
//! [`Form::Sums`]: the product is `sum over v of U_a[v] x W[v]`, with `W = Bt' S_a^T`: each block adds to `W[v]` a column of Bt' less the
//! one before it in the cycle. The `W` sum to zero, so one of them can go, when its column of U is taken off the other ones. That
//! leaves `r - 1` columns, however many blocks lie between two snapshots: nothing is gained with one block, and a set with several is
//! broken.
//!
//! [`Form::Merged`]: the columns of a block's noise sum to zero, so one of them can go, when its column of Bt' is taken off the others'.
//!
//! With one block between snapshots all factors fit bytes: U within 32 of zero and its differences within 63, those of two columns of
//! noise within 126. What A itself adds is of rank one, or the cheater wouldn't have chosen it: a column or two more of `i16`.

use bcai_pouw_kernel::{
    column::{add_differences, add_subtract, load, quads, Column, Lanes, BYTE_OFFSET, MAX_COLUMNS},
    panel::{Left, Right, Schedule},
    product, Isa, Team, TicketHasher,
};
use bcai_pouw_primitives::{
    noise::{dense_strip, slab_cycles},
    transcript::WORDS,
    Seeds, Shape,
};

use crate::measure::Rig;

/// How a cheater multiplies.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Form {
    /// As everyone does; but it peels and commits to nothing.
    Direct,
    /// A column for every column of U but the first.
    Sums,
    /// A column for every column of a block but its first. Both matrices must be zero, and there must be one block to a snapshot.
    Merged,
}

/// A cheater, and its A: of rank one at most, `rows[i] * columns[c]`, or zero.
pub struct Structure {
    pub name: &'static str,
    pub form: Form,
    /// One factor for each row of A, and for each of its columns; every product in `[-64, 64]`.
    pub outer: Option<(Vec<i8>, Vec<i8>)>,
}

impl Structure {
    /// A as it would be committed to.
    pub fn matrix(&self, shape: &Shape) -> Vec<i8> {
        let Some((rows, columns)) = &self.outer else {
            return vec![0; shape.len_a() as usize];
        };
        rows.iter()
            .flat_map(|row| columns.iter().map(move |column| row * column))
            .collect()
    }
}

/// A claim over one slab, and who draws its tickets.
pub struct Attempt<'a> {
    pub structure: &'a Structure,
    pub shape: Shape,
    pub seeds: &'a Seeds,
    /// Columns between two snapshots.
    pub period: usize,
    pub rig: Rig,
}

/// What a cheater plans before its clock starts.
pub struct Draw<'a> {
    pub claim: Attempt<'a>,
    isa: Isa,
    /// Cycles of A's and Bt's blocks.
    cycles: [Vec<u16>; 2],
    /// `i16` columns for what A itself adds: none, one, or two where the sums may exceed `i16`.
    outer: usize,
}

impl<'a> Draw<'a> {
    pub fn new(claim: Attempt<'a>) -> Self {
        let set = claim.shape.set();
        // Bt' is noise alone, within 63 of zero.
        let most = |columns: &[i8]| -> i32 {
            columns
                .iter()
                .map(|v| 63 * i32::from(v.unsigned_abs()))
                .sum()
        };
        let outer = match (&claim.structure.outer, claim.structure.form) {
            (Some((_, columns)), Form::Sums) => {
                let most = columns.chunks(claim.period).map(most).max().unwrap_or(0);
                if most > i32::from(i16::MAX) {
                    2
                } else {
                    1
                }
            }
            _ => 0,
        };
        let fits_bytes = claim.structure.form != Form::Sums || claim.period == set.r();
        let isa = match claim.rig.isa {
            Isa::Avx512Vnni if outer > 0 || !fits_bytes => Isa::Avx512VnniWords,
            isa => isa,
        };
        let cycles = [&claim.seeds.a, &claim.seeds.b].map(|seed| slab_cycles(seed, set, 0));
        Self {
            claim,
            isa,
            cycles,
            outer,
        }
    }

    /// Columns that are multiplied between two snapshots, and that fill up the last step.
    fn columns(&self) -> usize {
        let columns = match self.claim.structure.form {
            Form::Direct => self.claim.period,
            Form::Sums | Form::Merged => self.claim.shape.set().r() - 1 + self.outer,
        };
        columns.next_multiple_of(self.isa.columns_per_step())
    }

    fn schedule(&self) -> Schedule {
        let steps = (self.columns() / self.isa.columns_per_step()) as u32;
        let snapshots = self.claim.shape.set().k() / self.claim.period;
        Schedule::of_blocks(self.isa, 1, vec![steps; snapshots], 0)
    }
}

/// Columns of one operand between two snapshots.
#[derive(Default)]
struct Terms {
    bytes: Vec<Column>,
    words: Vec<Lanes>,
}

impl Terms {
    fn clear(&mut self) {
        self.bytes.clear();
        self.words.clear();
    }

    /// Writes all columns as steps, filled up with zeros: bytes, then `i16`, which pairs alone can hold.
    fn steps<'b>(
        &mut self,
        draw: &Draw<'_>,
        offset: Column,
        out: impl Iterator<Item = &'b mut [i32; 8]>,
    ) {
        let columns = draw.columns();
        if draw.isa == Isa::Avx512Vnni {
            self.bytes.resize(columns, 0);
            for (out, quad) in out.zip(self.bytes.as_chunks::<4>().0) {
                *out = quads(quad.map(|column| column ^ offset));
            }
        } else {
            let bytes = self.bytes.iter().map(|column| Lanes::of(*column));
            let zeros = std::iter::repeat(Lanes::zero());
            let mut all = bytes.chain(self.words.iter().copied()).chain(zeros);
            for out in out.take(columns / 2) {
                if let (Some(low), Some(high)) = (all.next(), all.next()) {
                    *out = Lanes::pairs(low, high);
                }
            }
        }
    }
}

/// A strip of one matrix: its dense factor, and the noise of the columns between two snapshots.
struct Strip {
    dense: [Column; MAX_COLUMNS],
    noise: Vec<Column>,
    terms: Terms,
}

impl Strip {
    fn new() -> Self {
        Self {
            dense: [0; MAX_COLUMNS],
            noise: Vec::new(),
            terms: Terms::default(),
        }
    }

    fn load(&mut self, seed: &[u8; 32], shape: &Shape, number: usize) {
        let r = shape.set().r();
        let dense = dense_strip(seed, shape.set(), number as u32, 8);
        let rows = std::array::from_fn(|row| &dense[row * r..(row + 1) * r]);
        load(rows, &mut self.dense[..r]);
    }

    /// The noise under some cycles of `r` columns each.
    fn expand(&mut self, cycles: &[u16], r: usize) {
        self.noise.clear();
        self.noise.resize(cycles.len(), 0);
        let blocks = self.noise.chunks_exact_mut(r).zip(cycles.chunks_exact(r));
        for (noise, cycle) in blocks {
            let mut ordered = [0; MAX_COLUMNS + 1];
            for (out, column) in ordered.iter_mut().zip(cycle) {
                *out = self.dense[usize::from(*column) % MAX_COLUMNS];
            }
            ordered[r] = ordered[0];
            add_differences(noise, &ordered[..=r]);
        }
    }
}

/// A tile's place and transcript.
pub type Sample = (usize, usize, [u32; WORDS]);

/// Draws a ticket for every tile over the structure's A and a zero Bt, and gives every 97th tile's transcript.
pub fn cheat(draw: &Draw<'_>) -> Vec<Sample> {
    let claim = &draw.claim;
    let schedule = draw.schedule();
    let steps = schedule.blocks().first().map_or(1, |block| *block as usize);
    let team = Team::of(claim.rig.threads);
    let left = Left::pack(
        schedule.clone(),
        claim.shape.strips_a() as usize,
        &team,
        Strip::new,
        |strip, i, out| {
            strip.load(&claim.seeds.a, &claim.shape, i);
            for (block, out) in out.chunks_exact_mut(steps).enumerate() {
                left_terms(draw, strip, i, block * claim.period);
                let offset = if draw.isa == Isa::Avx512Vnni {
                    BYTE_OFFSET
                } else {
                    0
                };
                let out = out.iter_mut().map(|step| &mut step.0);
                strip.terms.steps(draw, offset, out);
            }
        },
    );
    let right = Right::pack(
        schedule,
        claim.shape.strips_b() as usize,
        &team,
        Strip::new,
        |strip, j, lane, out| {
            strip.load(&claim.seeds.b, &claim.shape, j);
            for (block, out) in out.chunks_exact_mut(steps).enumerate() {
                right_terms(draw, strip, block * claim.period);
                let halves = out
                    .iter_mut()
                    .filter_map(|step| step.0.as_chunks_mut::<8>().0.get_mut(lane / 8));
                strip.terms.steps(draw, 0, halves);
            }
        },
    );
    let (left, right) = (left.expect("not cancelled"), right.expect("not cancelled"));
    let hasher = TicketHasher::new(&claim.seeds.a);
    let samples = std::sync::Mutex::new(Vec::new());
    product(
        &left,
        &right,
        true,
        &team,
        Vec::new,
        |tickets, group| {
            hasher.draw(group, tickets);
            std::hint::black_box(&tickets);
            for tile in group.tiles() {
                let number = tile.i * claim.shape.strips_b() as usize + tile.j;
                if number.is_multiple_of(97) {
                    let mut samples = samples.lock().expect("no thread panics");
                    samples.push((tile.i, tile.j, *tile.msg));
                }
            }
        },
        |_, _| (),
    );
    samples.into_inner().expect("no thread panics")
}

/// The columns of strip `i` of A from column `from` on.
fn left_terms(draw: &Draw<'_>, strip: &mut Strip, i: usize, from: usize) {
    let claim = &draw.claim;
    let (r, structure) = (claim.shape.set().r(), claim.structure);
    strip.terms.clear();
    if structure.form == Form::Sums {
        let differences = (1..r).map(|v| add_subtract(strip.dense[v], 0, strip.dense[0]));
        strip.terms.bytes.extend(differences);
        if let Some((rows, _)) = &structure.outer {
            let rows = std::array::from_fn(|row| i16::from(rows[8 * i + row]));
            // The high byte first, then the low one.
            let weights = [256, 1];
            let weighted = weights[2 - draw.outer..]
                .iter()
                .map(|weight| Lanes::from_values(rows.map(|row| row * weight)));
            strip.terms.words.extend(weighted);
        }
        return;
    }
    strip.expand(&draw.cycles[0][from..from + claim.period], r);
    if let Some((rows, columns)) = &structure.outer {
        for (noise, factor) in strip.noise.iter_mut().zip(&columns[from..]) {
            let own = std::array::from_fn(|row| (rows[8 * i + row] * factor) as u8);
            *noise = add_subtract(*noise, Column::from_le_bytes(own), 0);
        }
    }
    let first = usize::from(structure.form == Form::Merged);
    strip.terms.bytes.extend_from_slice(&strip.noise[first..]);
}

/// The columns of a strip of Bt, which is zero, from column `from` on.
fn right_terms(draw: &Draw<'_>, strip: &mut Strip, from: usize) {
    let claim = &draw.claim;
    let (r, structure) = (claim.shape.set().r(), claim.structure);
    strip.terms.clear();
    let block = from..from + claim.period;
    strip.expand(&draw.cycles[1][block.clone()], r);
    let noise = &strip.noise;
    match structure.form {
        Form::Direct => strip.terms.bytes.extend_from_slice(noise),
        Form::Merged => {
            let others = noise[1..].iter();
            let merged = others.map(|column| add_subtract(*column, 0, noise[0]));
            strip.terms.bytes.extend(merged);
        }
        Form::Sums => {
            let blocks = noise.chunks_exact(r);
            let cycles = draw.cycles[0][block.clone()].chunks_exact(r);
            if claim.period == r {
                let mut sums = [0; MAX_COLUMNS];
                for (noise, cycle) in blocks.zip(cycles) {
                    let mut before = noise[r - 1];
                    for (column, v) in noise.iter().zip(cycle) {
                        sums[usize::from(*v) % MAX_COLUMNS] = add_subtract(*column, 0, before);
                        before = *column;
                    }
                }
                strip.terms.bytes.extend_from_slice(&sums[1..r]);
            } else {
                let mut sums = [Lanes::zero(); MAX_COLUMNS];
                for (noise, cycle) in blocks.zip(cycles) {
                    let mut before = Lanes::of(noise[r - 1]);
                    for (column, v) in noise.iter().zip(cycle) {
                        let column = Lanes::of(*column);
                        let sum = &mut sums[usize::from(*v) % MAX_COLUMNS];
                        *sum = sum.plus(column.minus(before));
                        before = column;
                    }
                }
                strip.terms.words.extend_from_slice(&sums[1..r]);
            }
            if let Some((_, columns)) = &structure.outer {
                let sums = weighted_sum(&strip.noise, &columns[block]);
                let parts: &[fn(i32) -> i16] = match draw.outer {
                    2 => &[|sum| (sum >> 8) as i16, |sum| (sum & 0xff) as i16],
                    _ => &[|sum| sum as i16],
                };
                let parts = parts.iter().map(|part| Lanes::from_values(sums.map(part)));
                strip.terms.words.extend(parts);
            }
        }
    }
}

/// The columns times A's factor of each, summed up.
fn weighted_sum(columns: &[Column], factors: &[i8]) -> [i32; 8] {
    let mut sums = [0i32; 8];
    for (column, factor) in columns.iter().zip(factors).filter(|(_, f)| **f != 0) {
        for (sum, value) in sums.iter_mut().zip(column.to_le_bytes()) {
            *sum += i32::from(value as i8) * i32::from(*factor);
        }
    }
    sums
}
