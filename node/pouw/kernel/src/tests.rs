//! What only the inside can show: the byte sequence with its instruction emulated, and the peel when its factors don't fit.

use std::sync::atomic::AtomicBool;

use bcai_pouw_primitives::{
    noise::Selectors, transcript::tile_product, ParamSet, Seeds, Shape, U256,
};

use super::{
    micro,
    mine::{mine_under, tiles_of_rows},
    operands::{Operands, TilePair},
    pack::Packer,
    panel::{Left, Right, Schedule},
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
    let schedule = Schedule::every(isa, set.k(), set.r(), 0);
    let team = Team::of(1);
    let len = set.strip_a_len();
    let left = Left::pack(
        schedule.clone(),
        a.len() / len,
        &team,
        Packer::default,
        |packer, i, out| packer.plain_left(&a[i * len..(i + 1) * len], &schedule, out),
    );
    let right = Right::pack(
        schedule.clone(),
        b.len() / len,
        &team,
        Packer::default,
        |packer, j, lane, out| packer.plain_right(&b[j * len..(j + 1) * len], &schedule, lane, out),
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
        let a = matrix(3 * set.strip_a_len(), seed, ends);
        let b = matrix(2 * set.strip_b_len(), seed + 100, ends);
        let (left, right) = pack(Isa::Avx512Vnni, set, &a, &b);
        let operands = Operands::<'_, 3> {
            schedule: &left.schedule,
            left: [left.panel(0), left.panel(1), left.panel(2)],
            right: right.panel(0),
            offsets: right.panel_offsets(0),
        };
        let mut bytes = [TilePair::default(); 3];
        // SAFETY: AVX-512F and BW are available, checked above.
        unsafe { avx512::run_emulated_quads::<3, true>(&operands, &mut bytes) };

        let (left, right) = pack(Isa::Portable, set, &a, &b);
        let operands = Operands::<'_, 3> {
            schedule: &left.schedule,
            left: [left.panel(0), left.panel(1), left.panel(2)],
            right: right.panel(0),
            offsets: &[],
        };
        let mut plain = [TilePair::default(); 3];
        micro::run::<3, true>(&operands, &mut plain);
        for (strip, (bytes, plain)) in bytes.iter().zip(&plain).enumerate() {
            assert_eq!(bytes.cells, plain.cells, "{set:?} strip {strip}");
            assert_eq!(bytes.msgs, plain.msgs, "{set:?} strip {strip}");
            let len = set.strip_a_len();
            let naive = tile_product(&a[strip * len..][..len], &b[..len], set);
            assert_eq!(plain.cells[0][..], naive[..]);
        }
    }
}

#[test]
fn the_peel_is_exact_when_its_factors_do_not_fit_their_lanes() {
    let set = ParamSet::Set0;
    let shape = Shape::new(set, 32, 24).unwrap();
    let crowded = || Selectors {
        p: vec![3; set.k()],
        q: vec![5; set.k()],
    };
    for value in [64i8, -64] {
        let a = vec![value; shape.len_a() as usize];
        let bt = vec![64i8; shape.len_b() as usize];
        let claimed = ClaimedProduct {
            shape,
            seeds: Seeds {
                a: [1; 32],
                b: [2; 32],
            },
            a: &a,
            bt: &bt,
            target: U256::MAX,
        };
        let cancel = AtomicBool::new(false);
        let options = Options {
            threads: 2,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        let mined = mine_under(Isa::best(), &claimed, &(crowded(), crowded()), &options).unwrap();
        let cell = 64 * i32::from(value) * set.k() as i32;
        assert!(mined.c_tiles.iter().all(|c| *c == cell));
        assert_eq!(mined.winners.len() as u64, shape.tiles());
        let root = commit_tiles(&mined.c_tiles, &Team::of(1)).unwrap().root();
        assert_eq!(mined.root_c, root);
    }
}

#[test]
fn tile_order_and_row_order_are_each_others_inverse() {
    let shape = Shape::new(ParamSet::Set0, 16, 24).unwrap();
    let rows: Vec<i32> = (0..16 * 24).collect();
    let tiles = tiles_of_rows(&shape, &rows);
    assert_eq!(tiles[64..72], [8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(rows_of_tiles(&shape, &tiles), rows);
}
