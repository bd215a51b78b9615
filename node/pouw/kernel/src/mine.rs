//! A claimed product from start to end: noise, product with transcripts, tickets, peel, and the commitment to C.

use std::{
    mem::MaybeUninit,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Mutex, PoisonError,
    },
    time::{Duration, Instant},
};

use bcai_pouw_primitives::{merkle::tile_key, Hash32, Seeds, Shape, MAX_VALUE, U256};

use super::{
    gemm::{product, Group, TileRef},
    hash::{bytes_of_cells, root_of, ManyHasher, TicketHasher},
    isa::Isa,
    memory,
    pack::{Cycles, NoisePair, Packer, Treatment},
    panel::{Left, Right, Schedule},
    shared::Shared,
    threads::Team,
};

/// The product that a claim is about, under its noise.
#[derive(Copy, Clone)]
pub struct ClaimedProduct<'a> {
    /// Parameter set and dimensions.
    pub shape: Shape,
    /// Seeds of the claim.
    pub seeds: Seeds,
    /// A: `m x K`, row-major, every value within [`MAX_VALUE`] of zero.
    pub a: &'a [i8],
    /// Bt: `n x K`, row-major, every value within [`MAX_VALUE`] of zero.
    pub bt: &'a [i8],
    /// Tickets at most this large win.
    pub target: U256,
}

/// How a product is mined.
#[derive(Copy, Clone)]
pub struct Options<'a> {
    /// Threads of every stage.
    pub threads: usize,
    /// Whether they step behind everything else on the machine.
    pub low_priority: bool,
    /// Stops it when set.
    pub cancel: &'a AtomicBool,
    /// Counts tiles done, up to [`Shape::tiles`].
    pub progress: Option<&'a AtomicU64>,
}

impl<'a> Options<'a> {
    fn team(&self) -> Team<'a> {
        Team {
            threads: self.threads,
            low_priority: self.low_priority,
            cancel: Some(self.cancel),
        }
    }
}

/// A tile and slab whose ticket wins.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Winner {
    /// Strip of A.
    pub i: u32,
    /// Strip of Bt.
    pub j: u32,
    /// Slab.
    pub l: u8,
    /// The ticket, at most the target.
    pub ticket: U256,
}

/// Where the time went.
#[derive(Copy, Clone, Default, Debug)]
pub struct Timings {
    /// Noise, the peel's factors and packing.
    pub noise: Duration,
    /// Product with transcripts and peel, with tickets and leaves of C drawn on the way.
    pub product: Duration,
    /// The part of `product` that hashed leaves of C: the mean over threads.
    pub leaves: Duration,
    /// The part of `product` that hashed tickets: the mean over threads.
    pub tickets: Duration,
    /// The tree over the leaves of C.
    pub tree: Duration,
}

/// What mining a product gives.
pub struct Mined {
    /// C, exactly `A x Bt^T`: 64 cells row-major for each tile, tiles in row-major order.
    pub c_tiles: Vec<i32>,
    /// The commitment to C.
    pub root_c: Hash32,
    /// Every winning tile and slab, by place.
    pub winners: Vec<Winner>,
    /// Where the time went.
    pub timings: Timings,
}

/// Why mining ended without a result.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MineError {
    /// The caller stopped it.
    #[error("it was cancelled")]
    Cancelled,
    /// A matrix is not as long as the shape says.
    #[error("{matrix} has {found} values where its shape needs {expected}")]
    Length {
        /// `A` or `Bt`.
        matrix: &'static str,
        /// Values it has.
        found: u64,
        /// Values it must have.
        expected: u64,
    },
    /// A matrix has a value that the chain refuses.
    #[error("{matrix} has a value outside of [-{MAX_VALUE}, {MAX_VALUE}]")]
    ValueOutOfRange {
        /// `A` or `Bt`.
        matrix: &'static str,
    },
}

/// Mines on the fastest instruction sequence of this processor.
///
/// A job goes in, the winning tickets, C and its root come out, and `options.cancel` ends it early: a device that multiplies elsewhere
/// would stand behind this same boundary.
///
/// Takes about `2 * (m + n) * K + 4 * m * n` bytes beside the matrices. Errors: [`MineError`].
pub fn mine(claimed: &ClaimedProduct<'_>, options: &Options<'_>) -> Result<Mined, MineError> {
    mine_with(Isa::best(), claimed, options)
}

/// [`mine`] on a given instruction sequence. Panics when this processor doesn't have it.
pub fn mine_with(
    isa: Isa,
    claimed: &ClaimedProduct<'_>,
    options: &Options<'_>,
) -> Result<Mined, MineError> {
    let (set, team) = (claimed.shape.set(), options.team());
    let schedule = Schedule::every(isa, claimed.shape.slabs(), set.k(), set.r(), 2 * set.r());
    let mut timings = Timings::default();
    let start = Instant::now();
    let (left, right) = noised(claimed, &schedule, &team)?;
    timings.noise = start.elapsed();

    let start = Instant::now();
    let tiles = claimed.shape.tiles() as usize;
    let mut leaves = vec![[0u8; 32]; tiles];
    let (drawer, leaf_nanos) = (Drawer::new(claimed), AtomicU64::new(0));
    let multiply = |memory: &mut [MaybeUninit<i32>]| {
        let keeper = Keeper {
            columns: claimed.shape.strips_b() as usize,
            c_tiles: Shared::of_memory(memory),
            leaves: Shared::new(&mut leaves),
            hasher: ManyHasher::new(&tile_key()),
            progress: options.progress,
            nanos: &leaf_nanos,
        };
        product(
            &left,
            &right,
            true,
            &team,
            Vec::new,
            |hashes, group| drawer.draw(hashes, group),
            |hashes, group| keeper.keep(hashes, group),
        )
    };
    // SAFETY: a product that wasn't cancelled has handed over every tile, and the keeper writes all cells of each.
    let c_tiles = unsafe { memory::filled(64 * tiles, multiply) }.ok_or(MineError::Cancelled)?;
    let threads = options.threads.max(1) as u32;
    timings.leaves = time_in(&leaf_nanos) / threads;
    timings.tickets = time_in(&drawer.nanos) / threads;
    drop((left, right));
    timings.product = start.elapsed();

    let start = Instant::now();
    let root_c = root_of(leaves, &team).ok_or(MineError::Cancelled)?;
    timings.tree = start.elapsed();
    Ok(Mined {
        c_tiles,
        root_c,
        winners: drawer.into_winners(),
        timings,
    })
}

/// The winners of a claim whose worker delivers nothing: no peel, no C, no tree. What benchmarks hold honest work and cheaters against.
/// A snapshot is taken every `period` columns: `r`, but in sets that are broken on purpose. Errors and panics as [`mine_with`].
pub fn draw_with(
    isa: Isa,
    claimed: &ClaimedProduct<'_>,
    period: usize,
    options: &Options<'_>,
) -> Result<Vec<Winner>, MineError> {
    let (shape, team) = (&claimed.shape, options.team());
    let schedule = Schedule::every(isa, shape.slabs(), shape.set().k(), period, 0);
    let (left, right) = noised(claimed, &schedule, &team)?;
    let drawer = Drawer::new(claimed);
    let draw = |hashes: &mut Vec<Hash32>, group: &Group<'_>| drawer.draw(hashes, group);
    product(&left, &right, true, &team, Vec::new, draw, |_, _| ()).ok_or(MineError::Cancelled)?;
    Ok(drawer.into_winners())
}

/// Both operands with their noise, and with the tails that the schedule has.
fn noised(
    claimed: &ClaimedProduct<'_>,
    schedule: &Schedule,
    team: &Team<'_>,
) -> Result<(Left, Right), MineError> {
    let (shape, seeds) = (&claimed.shape, &claimed.seeds);
    check_length("A", claimed.a, shape.len_a())?;
    check_length("Bt", claimed.bt, shape.len_b())?;
    let (cycles_a, cycles_b) = (
        Cycles::derive(&seeds.a, shape),
        Cycles::derive(&seeds.b, shape),
    );
    let noise_a = NoisePair {
        set: shape.set(),
        seed: &seeds.a,
        own: &cycles_a,
        other: &cycles_b,
    };
    let noise_b = NoisePair {
        set: shape.set(),
        seed: &seeds.b,
        own: &cycles_b,
        other: &cycles_a,
    };
    let len = shape.strip_a_len();
    let illegal = AtomicBool::new(false);
    let strip = |matrix: &'_ [i8], number: usize| {
        let strip = number * len..(number + 1) * len;
        if !is_legal(&matrix[strip.clone()]) {
            illegal.store(true, Ordering::Relaxed);
        }
        strip
    };
    let left = Left::pack(
        schedule.clone(),
        shape.strips_a() as usize,
        team,
        Packer::default,
        |packer, number, out| {
            let noise = &noise_a;
            let strip = &claimed.a[strip(claimed.a, number)];
            packer.left(strip, Treatment::Noised { noise, number }, schedule, out)
        },
    )
    .ok_or(MineError::Cancelled)?;
    if illegal.load(Ordering::Relaxed) {
        return Err(MineError::ValueOutOfRange { matrix: "A" });
    }
    let right = Right::pack(
        schedule.clone(),
        shape.strips_b() as usize,
        team,
        Packer::default,
        |packer, number, lane, out| {
            let noise = &noise_b;
            let strip = &claimed.bt[strip(claimed.bt, number)];
            let treatment = Treatment::Noised { noise, number };
            packer.right(strip, treatment, schedule, lane, out)
        },
    )
    .ok_or(MineError::Cancelled)?;
    if illegal.load(Ordering::Relaxed) {
        return Err(MineError::ValueOutOfRange { matrix: "Bt" });
    }
    Ok((left, right))
}

fn check_length(matrix: &'static str, values: &[i8], expected: u64) -> Result<(), MineError> {
    let found = values.len() as u64;
    if found == expected {
        return Ok(());
    }
    Err(MineError::Length {
        matrix,
        found,
        expected,
    })
}

/// Whether every value is within [`MAX_VALUE`] of zero, without leaving early so that it vectorises.
fn is_legal(values: &[i8]) -> bool {
    let worst = values
        .iter()
        .fold(0u8, |worst, value| worst.max(value.unsigned_abs()));
    worst <= MAX_VALUE.unsigned_abs()
}

/// Draws the tickets of groups and keeps those that win.
struct Drawer {
    target: U256,
    hasher: TicketHasher,
    winners: Mutex<Vec<Winner>>,
    nanos: AtomicU64,
}

impl Drawer {
    fn new(claimed: &ClaimedProduct<'_>) -> Self {
        Self {
            target: claimed.target,
            hasher: TicketHasher::new(&claimed.seeds.a),
            winners: Mutex::default(),
            nanos: AtomicU64::new(0),
        }
    }

    /// A group's tickets in its slab.
    fn draw(&self, hashes: &mut Vec<Hash32>, group: &Group<'_>) {
        let start = Instant::now();
        self.hasher.draw(group, hashes);
        for (tile, hash) in group.tiles().zip(hashes.iter()) {
            // The highest byte alone rules out most tickets.
            if u64::from(hash[31]) <= self.target.0[3] >> 56 {
                let ticket = U256::from_little_endian(hash);
                if ticket <= self.target {
                    let (i, j, l) = (tile.i as u32, tile.j as u32, group.slab() as u8);
                    let mut winners = self.winners.lock().unwrap_or_else(PoisonError::into_inner);
                    winners.push(Winner { i, j, l, ticket });
                }
            }
        }
        add_time(&self.nanos, start);
    }

    fn into_winners(self) -> Vec<Winner> {
        let mut winners = self
            .winners
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        winners.sort_unstable();
        winners
    }
}

/// Stores tiles whose cells are complete, and hashes them.
struct Keeper<'a> {
    columns: usize,
    c_tiles: Shared<'a, i32>,
    leaves: Shared<'a, Hash32>,
    hasher: ManyHasher,
    progress: Option<&'a AtomicU64>,
    nanos: &'a AtomicU64,
}

impl Keeper<'_> {
    fn keep(&self, hashes: &mut Vec<Hash32>, group: &Group<'_>) {
        let place = |tile: &TileRef<'_>| tile.i * self.columns + tile.j;
        for tile in group.tiles() {
            // SAFETY: every tile is in one group, which one thread handles, and these 64 cells are this tile's alone.
            unsafe { self.c_tiles.write(64 * place(&tile), tile.cells) };
        }
        let start = Instant::now();
        hashes.resize(group.len(), [0; 32]);
        let cells = group.tiles().map(|tile| bytes_of_cells(tile.cells));
        self.hasher.hash_all(cells, hashes);
        for (tile, leaf) in group.tiles().zip(hashes.iter()) {
            // SAFETY: as above: this leaf is this tile's alone.
            unsafe { self.leaves.write(place(&tile), std::slice::from_ref(leaf)) };
        }
        add_time(self.nanos, start);
        if let Some(progress) = self.progress {
            progress.fetch_add(group.len() as u64, Ordering::Relaxed);
        }
    }
}

fn add_time(nanos: &AtomicU64, since: Instant) {
    nanos.fetch_add(since.elapsed().as_nanos() as u64, Ordering::Relaxed);
}

fn time_in(nanos: &AtomicU64) -> Duration {
    Duration::from_nanos(nanos.load(Ordering::Relaxed))
}
