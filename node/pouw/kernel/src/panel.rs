//! Packed operands: what the microkernel streams through.
//!
//! A step holds the next two (`i16`) or four (bytes) columns of k for eight rows of the left operand or sixteen of the
//! right one, one `i32` for each row. A slab of a panel is `steps` of the product itself; where a tail follows, its steps are of
//! pairs, which are added after the slab's last snapshot: the peel.

use std::{mem::MaybeUninit, ops::Range};

use bcai_pouw_primitives::ParamSet;

use super::{isa::Isa, memory, threads::Team};

/// One step of eight rows of the left operand.
#[derive(Copy, Clone, Default, Debug)]
#[repr(C, align(32))]
pub struct LeftStep(pub [i32; 8]);

/// One step of sixteen rows of the right operand.
#[derive(Copy, Clone, Default, Debug)]
#[repr(C, align(64))]
pub struct RightStep(pub [i32; 16]);

/// How long a panel is, where its snapshots lie, and where its tails.
///
/// A panel holds the slabs of its strip one after the other. The last slab of every [`TAIL_SLABS`], and the last of all, is followed by
/// a tail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    isa: Isa,
    slabs: usize,
    blocks: Vec<u32>,
    steps: usize,
    tail: usize,
}

/// How many slabs share one tail. A projection's entry gains the difference of two noised values in every block, at most 254: in 128
/// blocks at most 32,512, which fits `i16`.
pub const TAIL_SLABS: usize = 4;

const _: () = {
    let mut set = 0;
    while set < ParamSet::ALL.len() {
        assert!(254 * TAIL_SLABS * ParamSet::ALL[set].blocks() <= i16::MAX as usize);
        set += 1;
    }
};

impl Schedule {
    /// For `slabs` slabs of `k` columns, with snapshots every `period` columns, and tails of `tail` columns of pairs.
    pub fn every(isa: Isa, slabs: u8, k: usize, period: usize, tail: usize) -> Self {
        let per_step = isa.columns_per_step();
        assert!(
            period.is_multiple_of(per_step) && k.is_multiple_of(period) && tail.is_multiple_of(2)
        );
        let blocks = vec![(period / per_step) as u32; k / period];
        Self::of_blocks(isa, slabs, blocks, tail / 2)
    }

    /// For `slabs` slabs with snapshots after each of `blocks` steps, and tails of `tail` steps of pairs.
    pub fn of_blocks(isa: Isa, slabs: u8, blocks: Vec<u32>, tail: usize) -> Self {
        let steps = blocks.iter().map(|b| *b as usize).sum();
        Self {
            isa,
            slabs: slabs.into(),
            blocks,
            steps,
            tail,
        }
    }

    /// The instruction sequence it is for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// How many slabs a panel has.
    pub fn slabs(&self) -> usize {
        self.slabs
    }

    /// Steps between a slab's snapshots, in order.
    pub fn blocks(&self) -> &[u32] {
        &self.blocks
    }

    /// Steps of a slab, without a tail.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps of a tail.
    pub fn tail(&self) -> usize {
        self.tail
    }

    /// Whether a tail follows this slab.
    pub fn has_tail(&self, slab: usize) -> bool {
        self.tail > 0 && (slab + 1 == self.slabs || (slab + 1).is_multiple_of(TAIL_SLABS))
    }

    /// The steps of a slab within a panel, those of its tail included.
    pub fn slab(&self, slab: usize) -> Range<usize> {
        let from = slab * self.steps + slab / TAIL_SLABS * self.tail;
        let tail = if self.has_tail(slab) { self.tail } else { 0 };
        from..from + self.steps + tail
    }

    /// Steps of a panel.
    pub fn len(&self) -> usize {
        self.slabs * self.steps + self.slabs.div_ceil(TAIL_SLABS) * self.tail
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The left operand: a panel for each strip of eight rows.
pub struct Left {
    pub(super) schedule: Schedule,
    pub(super) strips: usize,
    pub(super) data: Vec<LeftStep>,
}

/// The right operand: a panel for every two strips of eight rows. The second half of the last panel is zero when their number is odd.
pub struct Right {
    pub(super) schedule: Schedule,
    pub(super) strips: usize,
    pub(super) data: Vec<RightStep>,
    /// Per panel, slab and block: 128 times the sum of each row's values in the block, which the byte sequence adds too much.
    pub(super) offsets: Vec<RightStep>,
}

impl Left {
    /// Packs `strips` panels; `fill` writes strip number `i` into its panel of `schedule.len()` steps. `None` when cancelled.
    pub fn pack<S>(
        schedule: Schedule,
        strips: usize,
        team: &Team<'_>,
        state: impl Fn() -> S + Sync,
        fill: impl Fn(&mut S, usize, &mut [LeftStep]) + Sync,
    ) -> Option<Self> {
        let data = packed(strips, schedule.len(), team, state, fill)?;
        Some(Self {
            schedule,
            strips,
            data,
        })
    }

    /// A slab of a strip's panel, with its tail where it has one.
    pub(super) fn panel(&self, strip: usize, slab: usize) -> &[LeftStep] {
        let len = self.schedule.len();
        &self.data[strip * len..(strip + 1) * len][self.schedule.slab(slab)]
    }
}

impl Right {
    /// Packs `strips` strips; `fill` writes strip number `j` into lanes `lane .. lane + 8` of its panel, `lane` being 0 or 8.
    /// `None` when cancelled.
    pub fn pack<S>(
        schedule: Schedule,
        strips: usize,
        team: &Team<'_>,
        state: impl Fn() -> S + Sync,
        fill: impl Fn(&mut S, usize, usize, &mut [RightStep]) + Sync,
    ) -> Option<Self> {
        let len = schedule.len();
        let halves = |state: &mut S, panel: usize, steps: &mut [RightStep]| {
            for half in 0..2 {
                let strip = 2 * panel + half;
                if strip < strips {
                    fill(state, strip, 8 * half, steps);
                }
            }
        };
        let data = packed(strips.div_ceil(2), len, team, state, halves)?;
        let offsets = match schedule.isa {
            Isa::Avx512Vnni => byte_offsets(&schedule, &data, team)?,
            _ => Vec::new(),
        };
        Some(Self {
            schedule,
            strips,
            data,
            offsets,
        })
    }

    /// Panels: half of the strips, rounded up.
    pub(super) fn panels(&self) -> usize {
        self.strips.div_ceil(2)
    }

    /// A slab of a panel, with its tail where it has one.
    pub(super) fn panel(&self, panel: usize, slab: usize) -> &[RightStep] {
        let len = self.schedule.len();
        &self.data[panel * len..(panel + 1) * len][self.schedule.slab(slab)]
    }

    /// One for each block of a panel's slab, where the sequence needs them.
    pub(super) fn panel_offsets(&self, panel: usize, slab: usize) -> &[RightStep] {
        let blocks = self.schedule.blocks.len();
        let from = (panel * self.schedule.slabs + slab) * blocks;
        self.offsets.get(from..from + blocks).unwrap_or_default()
    }
}

/// `panels` panels of `len` steps, each zeroed and then filled by one thread of the team. `None` when cancelled.
fn packed<T: Copy + Default + Send, S>(
    panels: usize,
    len: usize,
    team: &Team<'_>,
    state: impl Fn() -> S + Sync,
    fill: impl Fn(&mut S, usize, &mut [T]) + Sync,
) -> Option<Vec<T>> {
    let init = |memory: &mut [MaybeUninit<T>]| {
        team.each_chunk(memory, len, state, |state, panel, steps| {
            steps.fill(MaybeUninit::new(T::default()));
            // SAFETY: every step of the chunk has just been initialised, and `MaybeUninit<T>` has the layout of `T`.
            let steps = unsafe {
                std::slice::from_raw_parts_mut(steps.as_mut_ptr().cast::<T>(), steps.len())
            };
            fill(state, panel, steps);
        })
    };
    // SAFETY: `each_chunk` gives `Some` only after every chunk was handed out, and each is initialised first of all.
    unsafe { memory::filled(panels * len, init) }
}

/// `None` when cancelled.
fn byte_offsets(
    schedule: &Schedule,
    data: &[RightStep],
    team: &Team<'_>,
) -> Option<Vec<RightStep>> {
    let (len, blocks) = (schedule.len(), &schedule.blocks);
    let per_panel = schedule.slabs * blocks.len();
    let mut offsets = vec![RightStep::default(); data.len() / len.max(1) * per_panel];
    team.each_chunk(
        &mut offsets,
        per_panel,
        || (),
        |_, panel, offsets| {
            let panel = &data[panel * len..(panel + 1) * len];
            for (slab, offsets) in offsets.chunks_exact_mut(blocks.len()).enumerate() {
                let mut rest = &panel[schedule.slab(slab)];
                for (offset, block) in offsets.iter_mut().zip(blocks) {
                    let (steps, after) = rest.split_at(*block as usize);
                    rest = after;
                    add_sums(offset, steps);
                }
            }
        },
    )?;
    Some(offsets)
}

/// Adds 128 times every lane's bytes.
fn add_sums(offset: &mut RightStep, steps: &[RightStep]) {
    for step in steps {
        for (sum, quad) in offset.0.iter_mut().zip(step.0) {
            // The four bytes by shifts, which the compiler does for many lanes at once.
            let sum_of_bytes =
                (quad << 24 >> 24) + (quad << 16 >> 24) + (quad << 8 >> 24) + (quad >> 24);
            *sum += 128 * sum_of_bytes;
        }
    }
}
