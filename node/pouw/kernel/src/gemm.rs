//! The product over all of C: which panels meet when, so that they come from the nearest cache, and who gets the tiles.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    micro,
    operands::{CellPair, MsgPair, Operands, Tiles, MAX_STRIPS, WORDS},
    panel::{Left, Right},
    threads::Team,
};

/// Strips of A whose tiles are handed over together: with [`UNIT_PANELS`] they make 48 tiles, full lanes for the hashing.
const GROUP_STRIPS: usize = 2 * MAX_STRIPS;

/// Strips of A that one unit of work sweeps, times the slabs: their panels stay in the third-level cache while every column block passes.
const UNIT_STRIPS: usize = 120;

/// Right panels of a unit: with 4096 columns they are 512 KiB, which stay in the second-level cache beside the left panels streaming by.
const UNIT_PANELS: usize = 4;

/// Some tiles in one slab, or at their end: those of up to six strips of A and four panels of Bt.
pub struct Group<'a> {
    slab: usize,
    first_strip: usize,
    strips: usize,
    first_panel: usize,
    panels: usize,
    /// Strips of the right operand.
    columns: usize,
    /// Panel by panel, `stride` apart.
    cells: &'a [CellPair],
    stride: usize,
    msgs: &'a Msgs,
}

/// Transcripts of a group, panel by panel.
type Msgs = [[MsgPair; GROUP_STRIPS]; UNIT_PANELS];

/// One tile of a [`Group`].
pub struct TileRef<'a> {
    /// Strip of the left operand.
    pub i: usize,
    /// Strip of the right operand.
    pub j: usize,
    /// 64 cells, row-major: their sum over the slabs so far, tails included.
    pub cells: &'a [i32; 64],
    /// The transcript in this slab, when one was asked for.
    pub msg: &'a [u32; WORDS],
}

impl<'a> Group<'a> {
    /// Which slab they are in.
    pub fn slab(&self) -> usize {
        self.slab
    }

    /// How many tiles there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.strips * self.width()
    }

    /// First column of tiles.
    pub fn first_column(&self) -> usize {
        2 * self.first_panel
    }

    /// Columns of tiles.
    pub fn width(&self) -> usize {
        (2 * self.panels).min(self.columns - self.first_column())
    }

    /// Every tile of the group, once: row by row.
    pub fn tiles(&self) -> impl Iterator<Item = TileRef<'a>> + use<'a> {
        let (first_strip, first_column) = (self.first_strip, self.first_column());
        let (width, cells, stride, msgs) = (self.width(), self.cells, self.stride, self.msgs);
        (0..self.strips).flat_map(move |strip| {
            (0..width).map(move |column| TileRef {
                i: first_strip + strip,
                j: first_column + column,
                cells: &cells[column / 2 * stride + strip].0[column % 2],
                msg: &msgs[column / 2][strip].0[column % 2],
            })
        })
    }
}

/// Multiplies `left` by `right`, which must be packed for the same schedule, with transcripts when asked for. Every group of tiles goes to
/// `drawn` after each slab, and to `done` after the last one when its cells are complete, in the thread that made it. `None` when cancelled.
pub fn product<S>(
    left: &Left,
    right: &Right,
    transcript: bool,
    team: &Team<'_>,
    state: impl Fn() -> S + Sync,
    drawn: impl Fn(&mut S, &Group<'_>) + Sync,
    done: impl Fn(&mut S, &Group<'_>) + Sync,
) -> Option<()> {
    assert_eq!(left.schedule, right.schedule);
    let slabs = left.schedule.slabs();
    let height = (UNIT_STRIPS / slabs).next_multiple_of(GROUP_STRIPS);
    // With one slab a group's cells are done before the next one's begin.
    let stride = if slabs == 1 { GROUP_STRIPS } else { height };
    let tall = left.strips.div_ceil(height);
    let wide = right.panels().div_ceil(UNIT_PANELS);
    let state = || {
        let cells = vec![CellPair::default(); UNIT_PANELS * stride];
        let msgs: Msgs = [[MsgPair::default(); GROUP_STRIPS]; UNIT_PANELS];
        (state(), cells, msgs)
    };
    // A unit that was left unfinished, even when the flag is cleared after that.
    let stopped = AtomicBool::new(false);
    team.each(tall * wide, state, |(state, cells, msgs), unit| {
        let (top, first_panel) = (unit / wide * height, unit % wide * UNIT_PANELS);
        let bottom = (top + height).min(left.strips);
        let panels = (right.panels() - first_panel).min(UNIT_PANELS);
        for slab in 0..slabs {
            for first_strip in (top..bottom).step_by(GROUP_STRIPS) {
                if team.is_cancelled() {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
                let strips = (bottom - first_strip).min(GROUP_STRIPS);
                let kept = (first_strip - top) % stride;
                for from in (0..strips).step_by(MAX_STRIPS) {
                    let lines = cells.chunks_exact_mut(stride).zip(msgs.iter_mut());
                    for (panel, (cells, msgs)) in (first_panel..first_panel + panels).zip(lines) {
                        let at = Place {
                            slab,
                            strip: first_strip + from,
                            panel,
                        };
                        let out = (&mut cells[kept + from..], &mut msgs[from..]);
                        match ((strips - from).min(MAX_STRIPS), transcript) {
                            (3, true) => multiply::<3, true>(left, right, at, out),
                            (3, false) => multiply::<3, false>(left, right, at, out),
                            (2, true) => multiply::<2, true>(left, right, at, out),
                            (2, false) => multiply::<2, false>(left, right, at, out),
                            (_, true) => multiply::<1, true>(left, right, at, out),
                            (_, false) => multiply::<1, false>(left, right, at, out),
                        }
                    }
                }
                let group = Group {
                    slab,
                    first_strip,
                    strips,
                    first_panel,
                    panels,
                    columns: right.strips,
                    cells: &cells[kept..],
                    stride,
                    msgs,
                };
                if transcript {
                    drawn(state, &group);
                }
                if slab + 1 == slabs {
                    done(state, &group);
                }
            }
        }
    })
    .filter(|()| !stopped.into_inner())
}

/// A slab, the first strip of the left operand, and a panel of the right one.
struct Place {
    slab: usize,
    strip: usize,
    panel: usize,
}

fn multiply<const S: usize, const T: bool>(
    left: &Left,
    right: &Right,
    at: Place,
    (cells, msgs): (&mut [CellPair], &mut [MsgPair]),
) {
    let operands = Operands::<'_, S> {
        isa: left.schedule.isa(),
        blocks: left.schedule.blocks(),
        left: std::array::from_fn(|s| left.panel(at.strip + s, at.slab)),
        right: right.panel(at.panel, at.slab),
        offsets: right.panel_offsets(at.panel, at.slab),
    };
    if let (Some(cells), Some(msgs)) = (cells.first_chunk_mut(), msgs.first_chunk_mut()) {
        let out = Tiles {
            cells,
            add: at.slab > 0,
            msgs,
        };
        micro::run::<S, T>(&operands, out);
    }
}
