//! The product over all of C: which panels meet when, so that they come from the nearest cache, and who gets the tiles.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    micro,
    operands::{Operands, TilePair, MAX_STRIPS, WORDS},
    panel::{Left, Right},
    threads::Team,
};

/// Strips of A whose tiles are handed over together: with [`UNIT_PANELS`] they make 48 tiles, full lanes for the hashing.
const GROUP_STRIPS: usize = 2 * MAX_STRIPS;

/// Strips of A that one unit of work sweeps: they stay in the third-level cache while every column block passes.
const UNIT_STRIPS: usize = 120;

/// Right panels of a unit: with 4096 columns they are 512 KiB, which stay in the second-level cache beside the left panels streaming by.
const UNIT_PANELS: usize = 4;

/// The tiles of up to six strips of A and [`UNIT_PANELS`] panels of Bt, as the microkernel left them.
pub struct Group<'a> {
    first_strip: usize,
    strips: usize,
    first_panel: usize,
    columns: usize,
    pairs: &'a [[TilePair; GROUP_STRIPS]],
}

/// One tile of a [`Group`].
pub struct TileRef<'a> {
    /// Strip of the left operand.
    pub i: usize,
    /// Strip of the right operand.
    pub j: usize,
    /// 64 cells, row-major.
    pub cells: &'a [i32; 64],
    /// The transcript, when one was asked for.
    pub msg: &'a [u32; WORDS],
}

impl<'a> Group<'a> {
    /// How many tiles there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        let columns = 2 * self.pairs.len();
        self.strips * columns.min(self.columns - 2 * self.first_panel)
    }

    /// Every tile of the group, once.
    pub fn tiles(&self) -> impl Iterator<Item = TileRef<'a>> + use<'a> {
        let (pairs, first_strip, first_panel) = (self.pairs, self.first_strip, self.first_panel);
        let columns = self.len() / self.strips;
        (0..self.strips).flat_map(move |strip| {
            (0..columns).map(move |column| {
                let pair = &pairs[column / 2][strip];
                TileRef {
                    i: first_strip + strip,
                    j: 2 * first_panel + column,
                    cells: &pair.cells[column % 2],
                    msg: &pair.msgs[column % 2],
                }
            })
        })
    }
}

/// Multiplies `left` by `right`, which must be packed for the same schedule, with transcripts when asked for, and hands every group of tiles to
/// `sink` in the thread that made it. `None` when cancelled.
pub fn product<S>(
    left: &Left,
    right: &Right,
    transcript: bool,
    team: &Team<'_>,
    state: impl Fn() -> S + Sync,
    sink: impl Fn(&mut S, &Group<'_>) + Sync,
) -> Option<()> {
    assert_eq!(left.schedule, right.schedule);
    let tall = left.strips.div_ceil(UNIT_STRIPS);
    let wide = right.panels().div_ceil(UNIT_PANELS);
    let state = || (state(), [[TilePair::default(); GROUP_STRIPS]; UNIT_PANELS]);
    // A unit that was left unfinished, even when the flag is cleared after that.
    let stopped = AtomicBool::new(false);
    team.each(tall * wide, state, |(state, pairs), unit| {
        let first_strip = unit / wide * UNIT_STRIPS;
        let first_panel = unit % wide * UNIT_PANELS;
        let end_strip = (first_strip + UNIT_STRIPS).min(left.strips);
        let end_panel = (first_panel + UNIT_PANELS).min(right.panels());
        let mut strip = first_strip;
        while strip < end_strip {
            if team.is_cancelled() {
                stopped.store(true, Ordering::Relaxed);
                return;
            }
            let strips = (end_strip - strip).min(GROUP_STRIPS);
            for done in (0..strips).step_by(MAX_STRIPS) {
                for (panel, out) in (first_panel..end_panel).zip(pairs.iter_mut()) {
                    let at = Place {
                        strip: strip + done,
                        panel,
                    };
                    let out = &mut out[done..];
                    match ((strips - done).min(MAX_STRIPS), transcript) {
                        (3, true) => multiply::<3, true>(left, right, at, out),
                        (3, false) => multiply::<3, false>(left, right, at, out),
                        (2, true) => multiply::<2, true>(left, right, at, out),
                        (2, false) => multiply::<2, false>(left, right, at, out),
                        (_, true) => multiply::<1, true>(left, right, at, out),
                        (_, false) => multiply::<1, false>(left, right, at, out),
                    }
                }
            }
            sink(
                state,
                &Group {
                    first_strip: strip,
                    strips,
                    first_panel,
                    columns: right.strips,
                    pairs: &pairs[..end_panel - first_panel],
                },
            );
            strip += strips;
        }
    })
    .filter(|()| !stopped.into_inner())
}

/// First strip of the left operand and panel of the right one.
struct Place {
    strip: usize,
    panel: usize,
}

fn multiply<const S: usize, const T: bool>(
    left: &Left,
    right: &Right,
    at: Place,
    out: &mut [TilePair],
) {
    let operands = Operands::<'_, S> {
        schedule: &left.schedule,
        left: std::array::from_fn(|s| left.panel(at.strip + s)),
        right: right.panel(at.panel),
        offsets: right.panel_offsets(at.panel),
    };
    if let Some(out) = out.first_chunk_mut::<S>() {
        micro::run::<S, T>(&operands, out);
    }
}
