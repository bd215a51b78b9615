//! Packed operands: what the microkernel streams through.
//!
//! A step holds the next two (`i16`) or four (bytes) columns of k for eight rows of the left operand or sixteen of the
//! right one, one `i32` for each row. A panel is `steps` of the product itself, then `tail` steps of pairs that are
//! added after the last snapshot: the peel.

use std::mem::MaybeUninit;

use super::{isa::Isa, memory, threads::Team};

/// One step of eight rows of the left operand.
#[derive(Copy, Clone, Default, Debug)]
#[repr(C, align(32))]
pub struct LeftStep(pub [i32; 8]);

/// One step of sixteen rows of the right operand.
#[derive(Copy, Clone, Default, Debug)]
#[repr(C, align(64))]
pub struct RightStep(pub [i32; 16]);

/// How long a panel is and where its snapshots lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    isa: Isa,
    blocks: Vec<u32>,
    steps: usize,
    tail: usize,
}

impl Schedule {
    /// Snapshots every `period` columns of `k`, and `tail` columns of pairs after them.
    pub fn every(isa: Isa, k: usize, period: usize, tail: usize) -> Self {
        let per_step = isa.columns_per_step();
        assert!(
            period.is_multiple_of(per_step) && k.is_multiple_of(period) && tail.is_multiple_of(2)
        );
        Self::of_blocks(isa, vec![(period / per_step) as u32; k / period], tail / 2)
    }

    /// Snapshots after each of `blocks` steps, and `tail` steps of pairs after them.
    pub fn of_blocks(isa: Isa, blocks: Vec<u32>, tail: usize) -> Self {
        let steps = blocks.iter().map(|b| *b as usize).sum();
        Self {
            isa,
            blocks,
            steps,
            tail,
        }
    }

    /// The instruction sequence it is for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Steps between snapshots, in order.
    pub fn blocks(&self) -> &[u32] {
        &self.blocks
    }

    /// Steps of the product itself.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps of pairs after the last snapshot.
    pub fn tail(&self) -> usize {
        self.tail
    }

    /// Steps of a panel.
    pub fn len(&self) -> usize {
        self.steps + self.tail
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
    /// Per panel and block: 128 times the sum of each row's values in the block, which the byte sequence adds too much.
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

    pub(super) fn panel(&self, strip: usize) -> &[LeftStep] {
        let len = self.schedule.len();
        &self.data[strip * len..(strip + 1) * len]
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

    pub(super) fn panel(&self, panel: usize) -> &[RightStep] {
        let len = self.schedule.len();
        &self.data[panel * len..(panel + 1) * len]
    }

    pub(super) fn panel_offsets(&self, panel: usize) -> &[RightStep] {
        let blocks = self.schedule.blocks.len();
        self.offsets
            .get(panel * blocks..(panel + 1) * blocks)
            .unwrap_or_default()
    }
}

/// `panels` panels of `len` steps, each zeroed and then filled by one thread of the team.
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
    let mut offsets = vec![RightStep::default(); data.len() / len.max(1) * blocks.len()];
    team.each_chunk(
        &mut offsets,
        blocks.len(),
        || (),
        |_, panel, offsets| {
            let mut rest = &data[panel * len..(panel + 1) * len];
            for (offset, block) in offsets.iter_mut().zip(blocks) {
                let (steps, after) = rest.split_at(*block as usize);
                rest = after;
                for step in steps {
                    for (sum, quad) in offset.0.iter_mut().zip(step.0) {
                        // The four bytes by shifts, which the compiler does for many lanes at once.
                        let sum_of_bytes = (quad << 24 >> 24)
                            + (quad << 16 >> 24)
                            + (quad << 8 >> 24)
                            + (quad >> 24);
                        *sum += 128 * sum_of_bytes;
                    }
                }
            }
        },
    )?;
    Some(offsets)
}
