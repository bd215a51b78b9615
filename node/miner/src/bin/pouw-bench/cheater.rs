//! Cheaters: tickets over matrices that are chosen so that their noised product is cheap.
//!
//! Between two snapshots the noise of A is `U S`, with `S` the block's columns of the sparse factor: one edge of a graph on the
//! columns of U for each column of k. The block's product is then `sum over v of U[v] x W[v]`, with `W = Bt' S^T`. Since every
//! edge adds at one end what it takes away at the other, the `W` of a connected component sum to zero: its root can go,
//! when `U[root]` is taken off the other ones. That leaves as many columns as the block has vertices less components,
//! about 0.84 r when the block has r columns, and at most r however many it has. The same holds from the side of Bt.
//! What A itself adds is of low rank too, or the cheater wouldn't have chosen it: a column or two more.

use bcai_miner::kernel::{
    column::{add_subtract, load, Column, Lanes},
    panel::{Left, Right, Schedule},
    product, Isa, Team, TicketHasher,
};
use bcai_pouw_primitives::{
    noise::{dense_strip, Selectors},
    transcript::WORDS,
    Hash32, ParamSet, Seeds, Shape,
};

/// How a cheater multiplies, and its A: of rank one at most, `rows[i] * columns[c]`, or zero.
pub struct Structure {
    pub name: &'static str,
    /// Whether the cheater takes the low-rank shortcut; otherwise it multiplies as everyone does, but peels and commits to nothing.
    pub shortcut: bool,
    /// One factor for each row of A, and for each column of k; every product in `[-64, 64]`.
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

/// One column of a block's two operands.
#[derive(Copy, Clone)]
enum Term {
    /// `(U_a[v] - U_a[root]) x W_b[v]`, for a vertex and the root of its component under A's sparse factor.
    LeftNoise { v: u16, root: u16 },
    /// `W_a[v] x (U_b[v] - U_b[root])`, the same from the side of Bt, which needs Bt to be zero.
    RightNoise { v: u16, root: u16 },
    /// `rows x (Bt' columns)`: what A itself adds, its factor times this weight; `Bt' columns` is split into bytes of it.
    Outer { weight: i16 },
    /// Column `c` of both matrices as they are.
    Column { c: u16 },
    /// Fills up the last pair.
    Nothing,
}

/// The low-rank form of the product of two noised matrices, of which Bt itself is zero.
struct Shortcut {
    blocks: Vec<Vec<Term>>,
    period: usize,
}

/// The root of every vertex's component; edges are the columns of one block.
fn roots(p: &[u16], q: &[u16], vertices: usize) -> Vec<u16> {
    let mut parent: Vec<u16> = (0..vertices as u16).collect();
    fn find(parent: &mut [u16], mut v: u16) -> u16 {
        while parent[usize::from(v)] != v {
            let up = parent[usize::from(parent[usize::from(v)])];
            parent[usize::from(v)] = up;
            v = up;
        }
        v
    }
    for (p, q) in p.iter().zip(q) {
        let (p, q) = (find(&mut parent, *p), find(&mut parent, *q));
        parent[usize::from(p)] = q;
    }
    (0..vertices as u16).map(|v| find(&mut parent, v)).collect()
}

impl Shortcut {
    fn new(
        structure: &Structure,
        set: ParamSet,
        period: usize,
        sel_a: &Selectors,
        sel_b: &Selectors,
    ) -> Self {
        let blocks = (0..set.k()).step_by(period).map(|from| {
            let block = from..from + period;
            if !structure.shortcut {
                return block.map(|c| Term::Column { c: c as u16 }).collect();
            }
            let terms = |selectors: &Selectors| -> Vec<(u16, u16)> {
                let roots = roots(
                    &selectors.p[block.clone()],
                    &selectors.q[block.clone()],
                    set.r(),
                );
                let vertices = roots.iter().enumerate().map(|(v, root)| (v as u16, *root));
                vertices.filter(|(v, root)| v != root).collect()
            };
            let left = terms(sel_a);
            let right = terms(sel_b);
            let outer = Self::outer_terms(structure, block.clone());
            // From the side of Bt, A's own part is in W_a already.
            let mut terms: Vec<Term> = if right.len() <= left.len() + outer.len() {
                let term = |(v, root)| Term::RightNoise { v, root };
                right.into_iter().map(term).collect()
            } else {
                let noise = left
                    .into_iter()
                    .map(|(v, root)| Term::LeftNoise { v, root });
                noise.chain(outer).collect()
            };
            if terms.len() % 2 == 1 {
                terms.push(Term::Nothing);
            }
            terms
        });
        Self {
            blocks: blocks.collect(),
            period,
        }
    }

    /// What A itself adds in a block: nothing where its columns are zero, two terms where the sums may exceed `i16`.
    fn outer_terms(structure: &Structure, block: std::ops::Range<usize>) -> Vec<Term> {
        let Some((_, columns)) = &structure.outer else {
            return Vec::new();
        };
        // Bt' is noise alone, within 63 of zero.
        let most: i32 = columns[block]
            .iter()
            .map(|v| 63 * i32::from(v.unsigned_abs()))
            .sum();
        match most {
            0 => Vec::new(),
            1..=32767 => vec![Term::Outer { weight: 1 }],
            _ => vec![Term::Outer { weight: 256 }, Term::Outer { weight: 1 }],
        }
    }

    fn schedule(&self, isa: Isa) -> Schedule {
        let blocks = self.blocks.iter().map(|terms| (terms.len() / 2) as u32);
        Schedule::of_blocks(isa, blocks.collect(), 0)
    }
}

/// A strip of noise, column by column, and its dense factor.
#[derive(Default)]
struct NoiseStrip {
    dense: Vec<Column>,
    columns: Vec<Column>,
    sums: Vec<Lanes>,
    lanes: Vec<Lanes>,
}

impl NoiseStrip {
    fn load(&mut self, seed: &Hash32, set: ParamSet, number: usize, own: &Selectors) {
        load(&dense_strip(seed, set, number as u32, 8), &mut self.dense);
        self.columns.clear();
        self.columns.extend(own.p.iter().zip(&own.q).map(|(p, q)| {
            add_subtract(0, self.dense[usize::from(*p)], self.dense[usize::from(*q)])
        }));
    }

    /// `W` of one block: its columns times the transpose of the other side's sparse factor.
    fn project(&mut self, block: std::ops::Range<usize>, other: &Selectors, r: usize) {
        self.sums.clear();
        self.sums.resize(r, Lanes::zero());
        for c in block {
            let column = Lanes::of(self.columns[c]);
            let (p, q) = (usize::from(other.p[c]), usize::from(other.q[c]));
            self.sums[p] = self.sums[p].plus(column);
            self.sums[q] = self.sums[q].minus(column);
        }
    }

    fn difference(&self, v: u16, root: u16) -> Lanes {
        let dense = |at: u16| Lanes::of(self.dense[usize::from(at)]);
        dense(v).minus(dense(root))
    }

    /// Bytes of the sums over a block of the columns times A's factor of that column.
    fn weighted(
        &self,
        block: std::ops::Range<usize>,
        factors: &[i8],
        weight: i16,
        split: bool,
    ) -> Lanes {
        let mut sums = [0i32; 8];
        for c in block.filter(|c| factors[*c] != 0) {
            let rows = self.columns[c].to_le_bytes();
            for (sum, value) in sums.iter_mut().zip(rows) {
                *sum += i32::from(value as i8) * i32::from(factors[c]);
            }
        }
        Lanes::from_values(sums.map(|sum| match (split, weight) {
            (false, _) => sum as i16,
            (true, 1) => (sum & 0xff) as i16,
            (true, _) => (sum >> 8) as i16,
        }))
    }
}

/// A tile's place and transcript.
pub type Sample = (usize, usize, [u32; WORDS]);

/// Draws a ticket for every tile over `structure` and a zero Bt, with snapshots every `period` columns, and gives every 97th tile's transcript.
pub fn cheat(
    structure: &Structure,
    shape: &Shape,
    seeds: &Seeds,
    period: usize,
    threads: usize,
) -> Vec<Sample> {
    let set = shape.set();
    let (sel_a, sel_b) = (
        Selectors::derive(&seeds.a, set),
        Selectors::derive(&seeds.b, set),
    );
    let shortcut = Shortcut::new(structure, set, period, &sel_a, &sel_b);
    // Pairs of i16, since the sums don't fit bytes.
    let isa = match Isa::best() {
        Isa::Avx512Vnni => Isa::Avx512Bw,
        isa => isa,
    };
    let schedule = shortcut.schedule(isa);
    let team = Team::of(threads);
    let left = Left::pack(
        schedule.clone(),
        shape.strips_a() as usize,
        &team,
        NoiseStrip::default,
        |strip, i, out| {
            strip.load(&seeds.a, set, i, &sel_a);
            let rows = structure.outer.as_ref().map(|(rows, _)| {
                Lanes::from_values(std::array::from_fn(|row| i16::from(rows[8 * i + row])))
            });
            let mut terms_done = 0;
            for (l, terms) in shortcut.blocks.iter().enumerate() {
                let block = l * shortcut.period..(l + 1) * shortcut.period;
                if let Some(Term::RightNoise { .. } | Term::Column { .. }) = terms.first() {
                    strip.add_outer(structure, i, block.clone());
                }
                if let Some(Term::RightNoise { .. }) = terms.first() {
                    strip.project(block, &sel_b, set.r());
                }
                strip.lanes.clear();
                for term in terms {
                    let lanes = match term {
                        Term::LeftNoise { v, root } => strip.difference(*v, *root),
                        Term::RightNoise { v, .. } => strip.sums[usize::from(*v)],
                        Term::Column { c } => Lanes::of(strip.columns[usize::from(*c)]),
                        Term::Outer { weight } => {
                            let rows = rows.unwrap_or(Lanes::zero());
                            times(rows, *weight)
                        }
                        Term::Nothing => Lanes::zero(),
                    };
                    strip.lanes.push(lanes);
                }
                for pair in strip.lanes.chunks_exact(2) {
                    out[terms_done].0 = Lanes::pairs(pair[0], pair[1]);
                    terms_done += 1;
                }
            }
        },
    );
    let right = Right::pack(
        schedule,
        shape.strips_b() as usize,
        &team,
        NoiseStrip::default,
        |strip, j, lane, out| {
            strip.load(&seeds.b, set, j, &sel_b);
            let mut terms_done = 0;
            for (l, terms) in shortcut.blocks.iter().enumerate() {
                let block = l * shortcut.period..(l + 1) * shortcut.period;
                if let Some(Term::LeftNoise { .. }) = terms.first() {
                    strip.project(block.clone(), &sel_a, set.r());
                }
                let outer = terms
                    .iter()
                    .filter(|term| matches!(term, Term::Outer { .. }))
                    .count();
                strip.lanes.clear();
                for term in terms {
                    let lanes = match (term, &structure.outer) {
                        (Term::LeftNoise { v, .. }, _) => strip.sums[usize::from(*v)],
                        (Term::RightNoise { v, root }, _) => strip.difference(*v, *root),
                        (Term::Column { c }, _) => Lanes::of(strip.columns[usize::from(*c)]),
                        (Term::Outer { weight }, Some((_, columns))) => {
                            strip.weighted(block.clone(), columns, *weight, outer == 2)
                        }
                        _ => Lanes::zero(),
                    };
                    strip.lanes.push(lanes);
                }
                for pair in strip.lanes.chunks_exact(2) {
                    out[terms_done].0[lane..lane + 8]
                        .copy_from_slice(&Lanes::pairs(pair[0], pair[1]));
                    terms_done += 1;
                }
            }
        },
    );
    let (left, right) = (left.expect("not cancelled"), right.expect("not cancelled"));
    let hasher = TicketHasher::new(&seeds.a);
    let samples = std::sync::Mutex::new(Vec::new());
    product(&left, &right, true, &team, Vec::new, |tickets, group| {
        hasher.draw(group, tickets);
        std::hint::black_box(&tickets);
        for tile in group.tiles() {
            let number = tile.i * shape.strips_b() as usize + tile.j;
            if number.is_multiple_of(97) {
                let mut samples = samples.lock().expect("no thread panics");
                samples.push((tile.i, tile.j, *tile.msg));
            }
        }
    });
    samples.into_inner().expect("no thread panics")
}

/// Eight values times a small weight.
fn times(lanes: Lanes, weight: i16) -> Lanes {
    let mut doubled = lanes;
    for _ in 0..weight.trailing_zeros() {
        doubled = doubled.plus(doubled);
    }
    doubled
}

impl NoiseStrip {
    /// Adds A's own part to a block's columns.
    fn add_outer(&mut self, structure: &Structure, number: usize, block: std::ops::Range<usize>) {
        let Some((rows, columns)) = &structure.outer else {
            return;
        };
        for c in block.filter(|c| columns[*c] != 0) {
            let own = std::array::from_fn(|row| (rows[8 * number + row] * columns[c]) as u8);
            self.columns[c] = add_subtract(self.columns[c], Column::from_le_bytes(own), 0);
        }
    }
}
