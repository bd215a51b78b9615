//! The microkernel in plain Rust: for processors without the others, and what they are held against.

use super::{
    operands::{Operands, Tiles, WORDS},
    panel::{LeftStep, RightStep},
};

type Acc = [[i32; 16]; 8];

fn halves(pair: i32) -> (i32, i32) {
    (i32::from(pair as i16), pair >> 16)
}

fn step(acc: &mut Acc, left: &LeftStep, right: &RightStep) {
    for (row, pair) in acc.iter_mut().zip(left.0) {
        let (a0, a1) = halves(pair);
        for (cell, pair) in row.iter_mut().zip(right.0) {
            let (b0, b1) = halves(pair);
            *cell = cell.wrapping_add(a0 * b0 + a1 * b1);
        }
    }
}

pub(super) fn run<const S: usize, const T: bool>(operands: &Operands<'_, S>, out: Tiles<'_, S>) {
    let tiles = out.cells.iter_mut().zip(out.msgs);
    for (left, (cells, msg_pair)) in operands.left.iter().zip(tiles) {
        let mut acc: Acc = [[0; 16]; 8];
        let mut msgs = [[0u32; WORDS]; 2];
        let mut steps = left.iter().zip(operands.right);
        for (g, block) in operands.blocks.iter().enumerate() {
            for (left, right) in steps.by_ref().take(*block as usize) {
                step(&mut acc, left, right);
            }
            if T {
                for (half, msg) in msgs.iter_mut().enumerate() {
                    let cells = acc.iter().flat_map(|row| &row[8 * half..8 * half + 8]);
                    let x = cells.fold(0, |x, cell| x ^ *cell as u32);
                    let word = &mut msg[g % WORDS];
                    *word = word.rotate_left(13) ^ x;
                }
            }
        }
        for (left, right) in steps {
            step(&mut acc, left, right);
        }
        if T {
            msg_pair.0 = msgs;
        }
        for (half, tile) in cells.0.iter_mut().enumerate() {
            for (cells, row) in tile.chunks_exact_mut(8).zip(&acc) {
                for (cell, value) in cells.iter_mut().zip(&row[8 * half..]) {
                    *cell = if out.add {
                        cell.wrapping_add(*value)
                    } else {
                        *value
                    };
                }
            }
        }
    }
}
