//! What only the inside can show: the byte sequence with its instruction emulated, and where tails lie.

use bcai_pouw_primitives::{transcript::tile_product, ParamSet, Shape};

use super::{
    micro,
    operands::{CellPair, MsgPair, Operands, Tiles},
    pack::{Packer, Treatment},
    panel::{Left, Right, Schedule, TAIL_SLABS},
    *,
};

/// Values over all of `i8`, or only at its ends.
fn matrix(len: usize, seed: u64, ends: bool) -> Vec<i8> {
    let mut state = seed | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = (state >> 32) as i8;
            match (ends, value & 3) {
                (false, _) => value,
                (true, 0) => -128,
                (true, 1) => 127,
                (true, 2) => -127,
                (true, _) => 126,
            }
        })
        .collect()
}

fn pack(isa: Isa, set: ParamSet, a: &[i8], b: &[i8]) -> (Left, Right) {
    let schedule = Schedule::every(isa, 1, set.k(), set.r(), 0);
    let team = Team::of(1);
    let len = set.piece_a_len();
    let left = Left::pack(
        schedule.clone(),
        a.len() / len,
        &team,
        Packer::default,
        |packer, i, out| packer.left(&a[i * len..(i + 1) * len], Treatment::Plain, &schedule, out),
    );
    let right = Right::pack(
        schedule.clone(),
        b.len() / len,
        &team,
        Packer::default,
        |packer, j, lane, out| {
            let strip = &b[j * len..(j + 1) * len];
            packer.right(strip, Treatment::Plain, &schedule, lane, out)
        },
    );
    (left.unwrap(), right.unwrap())
}

#[test]
#[cfg(target_arch = "x86_64")]
fn byte_packing_offsets_and_snapshots_are_exact_with_the_instruction_emulated() {
    if !Isa::Avx512Bw.is_available() {
        println!("not run: this processor has no AVX-512BW to emulate vpdpbusd with");
        return;
    }
    for (set, ends, seed) in [
        (ParamSet::Set0, false, 1),
        (ParamSet::Set0, true, 2),
        (ParamSet::Set1, false, 3),
        (ParamSet::Set1, true, 4),
    ] {
        let a = matrix(3 * set.piece_a_len(), seed, ends);
        let b = matrix(2 * set.piece_b_len(), seed + 100, ends);
        let (left, right) = pack(Isa::Avx512Vnni, set, &a, &b);
        let operands = operands(&left, &right);
        let mut bytes = <([CellPair; 3], [MsgPair; 3])>::default();
        // SAFETY: AVX-512F and BW are available, checked above.
        unsafe { avx512::run_emulated_quads::<3, true>(&operands, into(&mut bytes)) };

        let (left, right) = pack(Isa::Portable, set, &a, &b);
        let operands = self::operands(&left, &right);
        let mut plain = <([CellPair; 3], [MsgPair; 3])>::default();
        micro::run::<3, true>(&operands, into(&mut plain));
        for strip in 0..3 {
            assert_eq!(bytes.0[strip].0, plain.0[strip].0, "{set:?} strip {strip}");
            assert_eq!(bytes.1[strip].0, plain.1[strip].0, "{set:?} strip {strip}");
            let len = set.piece_a_len();
            let naive = tile_product(&a[strip * len..][..len], &b[..len], set);
            assert_eq!(plain.0[strip].0[0][..], naive[..]);
        }
    }
}

fn operands<'a>(left: &'a Left, right: &'a Right) -> Operands<'a, 3> {
    Operands {
        isa: left.schedule.isa(),
        blocks: left.schedule.blocks(),
        left: std::array::from_fn(|strip| left.panel(strip, 0)),
        right: right.panel(0, 0),
        offsets: right.panel_offsets(0, 0),
    }
}

fn into((cells, msgs): &mut ([CellPair; 3], [MsgPair; 3])) -> Tiles<'_, 3> {
    Tiles {
        cells,
        add: false,
        msgs,
    }
}

#[test]
fn tails_follow_every_fourth_slab_and_the_last_and_nothing_overlaps() {
    for slabs in 1..=8 {
        for tail in [0, 64] {
            let schedule = Schedule::every(Isa::Portable, slabs, 1024, 32, tail);
            let slabs = usize::from(slabs);
            let mut at = 0;
            for slab in 0..slabs {
                let place = schedule.slab(slab);
                let ends = slab % TAIL_SLABS == TAIL_SLABS - 1 || slab == slabs - 1;
                assert_eq!(schedule.has_tail(slab), ends && tail > 0);
                assert_eq!(place.start, at);
                assert_eq!(place.len(), 512 + if ends { tail / 2 } else { 0 });
                at = place.end;
            }
            assert_eq!(at, schedule.len());
        }
    }
}

#[test]
fn rows_are_those_of_the_tiles() {
    let shape = Shape::new(ParamSet::Set0, 16, 24, 1).unwrap();
    let tiles: Vec<i32> = (0..16 * 24).collect();
    let rows = rows_of_tiles(&shape, &tiles);
    // Row 9 is the second one of the lower three tiles, whose cells begin at 192, 256 and 320.
    let expected: Vec<i32> = [200..208, 264..272, 328..336]
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(rows[9 * 24..10 * 24], expected);
}
