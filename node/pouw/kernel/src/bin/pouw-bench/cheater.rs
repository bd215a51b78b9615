//! Cheaters: tickets over matrices that are chosen so that their noised product is cheap.
//!
//! Between two snapshots the noise of A is `U S`, with `S` the block's columns of the sparse factor: one edge of a graph on the
//! columns of U for each column of k. Two shortcuts follow from it, both exact.
//!
//! [`Form::Sums`]: the block's product is `sum over v of U[v] x W[v]`, with `W = Bt' S^T`. Since every edge adds at one end what it
//! takes away at the other, the `W` of a connected component sum to zero: its root can go, when `U[root]` is taken off the other
//! ones. That leaves as many columns as the block has vertices less components, about 0.84 r when the block has r columns, and
//! at most r however many it has. Their sums need `i16`.
//!
//! [`Form::Merged`]: along a cycle of the graph the columns of noise sum to zero, so one of them can go, when its column of Bt' is
//! added to those of the others. Two columns of noise fit a byte, three don't: the cycles must not share an edge.
//!
//! Both hold from the side of Bt as well. What A itself adds is of low rank too, or the cheater wouldn't have chosen it: a column or
//! two more of sums.

use bcai_pouw_kernel::{
    column::{add_subtract, load, quads, Column, Lanes, BYTE_OFFSET},
    panel::{Left, Right, Schedule},
    product, Isa, Team, TicketHasher,
};
use bcai_pouw_primitives::{
    noise::{dense_strip, Selectors},
    transcript::WORDS,
    Hash32, ParamSet, Seeds, Shape,
};

use crate::{
    graph::{disjoint_cycles, roots, Edge},
    measure::Rig,
};

/// How a cheater multiplies.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Form {
    /// As everyone does; but it peels and commits to nothing.
    Direct,
    /// A column for every vertex that is no root, in `i16`.
    Sums,
    /// A column for every edge that no cycle makes superfluous, in bytes. Both matrices must be zero.
    Merged,
}

/// A cheater, and its A: of rank one at most, `rows[i] * columns[c]`, or zero.
pub struct Structure {
    pub name: &'static str,
    pub form: Form,
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

    /// The fastest sequence of `isa`'s processors for the values that the form leads to.
    fn isa(&self, isa: Isa) -> Isa {
        match (self.form, isa) {
            (Form::Sums, Isa::Avx512Vnni) => Isa::Avx512VnniWords,
            _ => isa,
        }
    }
}

/// Column `c` with another one added or taken off.
#[derive(Copy, Clone)]
struct Merge {
    c: u16,
    other: u16,
    minus: bool,
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
    /// Column `c`, merged on the left.
    LeftMerge(Merge),
    /// Column `c`, merged on the right.
    RightMerge(Merge),
    /// Fills up the last step.
    Nothing,
}

/// The low-rank form of the product of two noised matrices, of which Bt itself is zero.
struct Shortcut {
    blocks: Vec<Vec<Term>>,
    period: usize,
}

impl Shortcut {
    fn new(claim: &Attempt<'_>, isa: Isa) -> Self {
        let (set, structure, period) = (claim.shape.set(), claim.structure, claim.period);
        let (sel_a, sel_b) = claim.selectors;
        let blocks = (0..set.k()).step_by(period).map(|from| {
            let block = from..from + period;
            let edges = |selectors: &Selectors| -> Vec<Edge> {
                let ends = |c: usize| Edge {
                    c: c as u16,
                    p: selectors.p[c],
                    q: selectors.q[c],
                };
                block.clone().map(ends).collect()
            };
            let (a, b) = (edges(sel_a), edges(sel_b));
            let mut terms = match structure.form {
                Form::Direct => block.map(|c| Term::Column { c: c as u16 }).collect(),
                Form::Sums => Self::sums(structure, block, set.r(), &a, &b),
                Form::Merged => Self::merged(&a, &b),
            };
            while !terms.len().is_multiple_of(isa.columns_per_step()) {
                terms.push(Term::Nothing);
            }
            terms
        });
        Self {
            blocks: blocks.collect(),
            period,
        }
    }

    fn sums(
        structure: &Structure,
        block: std::ops::Range<usize>,
        r: usize,
        a: &[Edge],
        b: &[Edge],
    ) -> Vec<Term> {
        let vertices = |edges| -> Vec<(u16, u16)> {
            let roots = roots(edges, r);
            let vertices = roots.iter().enumerate().map(|(v, root)| (v as u16, *root));
            vertices.filter(|(v, root)| v != root).collect()
        };
        let (left, right) = (vertices(a), vertices(b));
        let outer = Self::outer_terms(structure, block);
        // From the side of Bt, A's own part is in W_a already.
        if right.len() <= left.len() + outer.len() {
            let term = |(v, root)| Term::RightNoise { v, root };
            return right.into_iter().map(term).collect();
        }
        let noise = left
            .into_iter()
            .map(|(v, root)| Term::LeftNoise { v, root });
        noise.chain(outer).collect()
    }

    /// From the side on which more columns can go.
    fn merged(a: &[Edge], b: &[Edge]) -> Vec<Term> {
        let (cycles_a, cycles_b) = (disjoint_cycles(a), disjoint_cycles(b));
        let (cycles, term): (_, fn(Merge) -> Term) = if cycles_a.len() >= cycles_b.len() {
            (cycles_a, Term::RightMerge)
        } else {
            (cycles_b, Term::LeftMerge)
        };
        let mut terms: Vec<Option<Term>> = a
            .iter()
            .map(|edge| Some(Term::Column { c: edge.c }))
            .collect();
        for cycle in cycles {
            let Some(((gone, sign), rest)) = cycle.split_first() else {
                continue;
            };
            terms[*gone] = None;
            for (edge, with) in rest {
                terms[*edge] = Some(term(Merge {
                    c: a[*edge].c,
                    other: a[*gone].c,
                    minus: sign == with,
                }));
            }
        }
        terms.into_iter().flatten().collect()
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
        let steps = |terms: &Vec<Term>| (terms.len() / isa.columns_per_step()) as u32;
        Schedule::of_blocks(isa, self.blocks.iter().map(steps).collect(), 0)
    }

    /// Is there such a term in any block?
    fn has(&self, kind: impl Fn(&Term) -> bool) -> bool {
        let filler = |term: &&Term| !matches!(term, Term::Nothing);
        self.blocks.iter().flatten().filter(filler).any(kind)
    }

    /// The terms of every block with the columns of k that it stands for.
    fn blocks(&self) -> impl Iterator<Item = (std::ops::Range<usize>, &[Term])> {
        self.blocks.iter().enumerate().map(|(l, terms)| {
            let from = l * self.period;
            (from..from + self.period, terms.as_slice())
        })
    }
}

/// A strip of noise, column by column, and its dense factor.
#[derive(Default)]
struct NoiseStrip {
    dense: Vec<Column>,
    columns: Vec<Column>,
    sums: Vec<Lanes>,
    steps: Vec<[i32; 8]>,
}

impl NoiseStrip {
    fn load(&mut self, seed: &Hash32, set: ParamSet, number: usize) {
        load(&dense_strip(seed, set, number as u32, 8), &mut self.dense);
        self.columns.clear();
        self.steps.clear();
    }

    /// The noise itself, for terms that need more than its dense factor.
    fn expand(&mut self, own: &Selectors) {
        self.columns.extend(own.p.iter().zip(&own.q).map(|(p, q)| {
            add_subtract(0, self.dense[usize::from(*p)], self.dense[usize::from(*q)])
        }));
    }

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

    fn merge(&self, merge: Merge) -> Column {
        let column = |c: u16| self.columns[usize::from(c)];
        if merge.minus {
            add_subtract(column(merge.c), 0, column(merge.other))
        } else {
            add_subtract(column(merge.c), column(merge.other), 0)
        }
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

    /// Adds a block's steps of byte quads.
    fn push_quads(&mut self, terms: &[Term], column: impl Fn(&Self, &Term) -> Column) {
        for quad in terms.as_chunks::<4>().0 {
            let step = quads(quad.each_ref().map(|term| column(self, term)));
            self.steps.push(step);
        }
    }

    /// Adds a block's steps of `i16` pairs.
    fn push_pairs(&mut self, terms: &[Term], lanes: impl Fn(&Self, &Term) -> Lanes) {
        for [low, high] in terms.as_chunks::<2>().0 {
            let step = Lanes::pairs(lanes(self, low), lanes(self, high));
            self.steps.push(step);
        }
    }
}

/// A tile's place and transcript.
pub type Sample = (usize, usize, [u32; WORDS]);

/// Whose tickets, and over what.
pub struct Attempt<'a> {
    pub structure: &'a Structure,
    pub shape: Shape,
    pub seeds: &'a Seeds,
    /// The sparse factors of A's and Bt's noise.
    pub selectors: &'a (Selectors, Selectors),
    /// Columns between two snapshots.
    pub period: usize,
    pub rig: Rig,
}

/// A claim with the terms that its cheater multiplies.
pub struct Draw<'a> {
    pub claim: Attempt<'a>,
    isa: Isa,
    shortcut: Shortcut,
    /// Whether any term needs more of A's noise than its dense factor.
    expand_left: bool,
    /// The same of Bt's.
    expand_right: bool,
}

impl<'a> Draw<'a> {
    pub fn new(claim: Attempt<'a>) -> Self {
        let isa = claim.structure.isa(claim.rig.isa);
        let shortcut = Shortcut::new(&claim, isa);
        let dense_left = |term: &Term| matches!(term, Term::LeftNoise { .. } | Term::Outer { .. });
        let dense_right = |term: &Term| matches!(term, Term::RightNoise { .. });
        Self {
            expand_left: shortcut.has(|term| !dense_left(term)),
            expand_right: shortcut.has(|term| !dense_right(term)),
            shortcut,
            isa,
            claim,
        }
    }
}

/// Draws a ticket for every tile over the structure's A and a zero Bt, and gives every 97th tile's transcript.
pub fn cheat(draw: &Draw<'_>) -> Vec<Sample> {
    let claim = &draw.claim;
    let schedule = draw.shortcut.schedule(draw.isa);
    let team = Team::of(claim.rig.threads);
    let left = Left::pack(
        schedule.clone(),
        claim.shape.strips_a() as usize,
        &team,
        NoiseStrip::default,
        |strip, i, out| {
            left_steps(draw, strip, i);
            for (out, step) in out.iter_mut().zip(&strip.steps) {
                out.0 = *step;
            }
        },
    );
    let right = Right::pack(
        schedule,
        claim.shape.strips_b() as usize,
        &team,
        NoiseStrip::default,
        |strip, j, lane, out| {
            right_steps(draw, strip, j);
            for (out, step) in out.iter_mut().zip(&strip.steps) {
                out.0[lane..lane + 8].copy_from_slice(step);
            }
        },
    );
    let (left, right) = (left.expect("not cancelled"), right.expect("not cancelled"));
    let hasher = TicketHasher::new(&claim.seeds.a);
    let samples = std::sync::Mutex::new(Vec::new());
    product(&left, &right, true, &team, Vec::new, |tickets, group| {
        hasher.draw(group, tickets);
        std::hint::black_box(&tickets);
        for tile in group.tiles() {
            let number = tile.i * claim.shape.strips_b() as usize + tile.j;
            if number.is_multiple_of(97) {
                let mut samples = samples.lock().expect("no thread panics");
                samples.push((tile.i, tile.j, *tile.msg));
            }
        }
    });
    samples.into_inner().expect("no thread panics")
}

/// The steps of strip `i` of A.
fn left_steps(draw: &Draw<'_>, strip: &mut NoiseStrip, i: usize) {
    let claim = &draw.claim;
    let (set, structure) = (claim.shape.set(), claim.structure);
    let (sel_a, sel_b) = claim.selectors;
    strip.load(&claim.seeds.a, set, i);
    if draw.expand_left {
        strip.expand(sel_a);
    }
    let rows = match &structure.outer {
        Some((rows, _)) => {
            Lanes::from_values(std::array::from_fn(|row| i16::from(rows[8 * i + row])))
        }
        None => Lanes::zero(),
    };
    for (block, terms) in draw.shortcut.blocks() {
        if let Some(Term::RightNoise { .. } | Term::Column { .. }) = terms.first() {
            strip.add_outer(structure, i, block.clone());
        }
        if let Some(Term::RightNoise { .. }) = terms.first() {
            strip.project(block, sel_b, set.r());
        }
        if draw.isa.columns_per_step() == 4 {
            strip.push_quads(terms, |strip, term| {
                BYTE_OFFSET
                    ^ match *term {
                        Term::LeftMerge(merge) => strip.merge(merge),
                        Term::Column { c } | Term::RightMerge(Merge { c, .. }) => {
                            strip.columns[usize::from(c)]
                        }
                        _ => 0,
                    }
            });
        } else {
            strip.push_pairs(terms, |strip, term| match *term {
                Term::LeftNoise { v, root } => strip.difference(v, root),
                Term::RightNoise { v, .. } => strip.sums[usize::from(v)],
                Term::Column { c } => Lanes::of(strip.columns[usize::from(c)]),
                Term::Outer { weight } => times(rows, weight),
                _ => Lanes::zero(),
            });
        }
    }
}

/// The steps of strip `j` of a Bt of zeros.
fn right_steps(draw: &Draw<'_>, strip: &mut NoiseStrip, j: usize) {
    let claim = &draw.claim;
    let (set, structure) = (claim.shape.set(), claim.structure);
    let (sel_a, sel_b) = claim.selectors;
    strip.load(&claim.seeds.b, set, j);
    if draw.expand_right {
        strip.expand(sel_b);
    }
    for (block, terms) in draw.shortcut.blocks() {
        if let Some(Term::LeftNoise { .. }) = terms.first() {
            strip.project(block.clone(), sel_a, set.r());
        }
        if draw.isa.columns_per_step() == 4 {
            strip.push_quads(terms, |strip, term| match *term {
                Term::RightMerge(merge) => strip.merge(merge),
                Term::Column { c } | Term::LeftMerge(Merge { c, .. }) => {
                    strip.columns[usize::from(c)]
                }
                _ => 0,
            });
            continue;
        }
        let is_outer = |term: &&Term| matches!(term, Term::Outer { .. });
        let split = terms.iter().filter(is_outer).count() == 2;
        strip.push_pairs(terms, |strip, term| match (*term, &structure.outer) {
            (Term::LeftNoise { v, .. }, _) => strip.sums[usize::from(v)],
            (Term::RightNoise { v, root }, _) => strip.difference(v, root),
            (Term::Column { c }, _) => Lanes::of(strip.columns[usize::from(c)]),
            (Term::Outer { weight }, Some((_, columns))) => {
                strip.weighted(block.clone(), columns, weight, split)
            }
            _ => Lanes::zero(),
        });
    }
}

/// Eight values times a small weight.
fn times(lanes: Lanes, weight: i16) -> Lanes {
    let mut doubled = lanes;
    for _ in 0..weight.trailing_zeros() {
        doubled = doubled.plus(doubled);
    }
    doubled
}
