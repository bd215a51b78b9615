//! The kernel against the specification's own arithmetic, on every instruction sequence that this processor has.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bcai_pouw_kernel::{
    bytes_of, commit, commit_tiles, draw_with, mine, mine_with, plain_product, plain_product_with,
    recompute_tile, root_of_tiles, rows_of_tiles, values_of, ClaimedProduct, Isa, MineError, Mined,
    Options, Team, Winner,
};
use bcai_pouw_primitives::{
    merkle::{piece, strip_tree, tile_hash, Tree},
    noise::{dense_strip, noised_piece, slab_cycles},
    transcript::{ticket, tile_product, transcript},
    ParamSet, Seeds, Shape, U256,
};
use proptest::prelude::*;

/// How the values of a matrix are chosen.
#[derive(Copy, Clone, Debug)]
enum Fill {
    /// Anything in `[-64, 64]`.
    Legal,
    /// One value everywhere.
    Constant(i8),
    /// Both ends of the legal range, at random.
    Ends,
    /// Any `i8`.
    Any,
}

fn matrix(len: u64, fill: Fill, seed: u64) -> Vec<i8> {
    let mut state = seed.wrapping_mul(2) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let word = (state >> 24) as u32;
            match fill {
                Fill::Legal => ((word % 129) as i32 - 64) as i8,
                Fill::Constant(value) => value,
                Fill::Ends => [64, -64][(word & 1) as usize],
                Fill::Any => word as i8,
            }
        })
        .collect()
}

fn available() -> Vec<Isa> {
    let (here, absent): (Vec<Isa>, Vec<Isa>) =
        Isa::ALL.into_iter().partition(|isa| isa.is_available());
    for isa in absent {
        println!("{isa} is not run: this processor doesn't have it");
    }
    here
}

fn strip<'a>(shape: &Shape, matrix: &'a [i8], number: usize) -> &'a [i8] {
    &matrix[number * shape.strip_a_len()..][..shape.strip_a_len()]
}

/// C in tile order, by the specification's arithmetic.
fn naive_tiles(shape: &Shape, a: &[i8], bt: &[i8]) -> Vec<i32> {
    let set = shape.set();
    let places = (0..shape.strips_a()).flat_map(|i| (0..shape.strips_b()).map(move |j| (i, j)));
    places
        .flat_map(|(i, j)| {
            let (a, bt) = (strip(shape, a, i as usize), strip(shape, bt, j as usize));
            tile_product(a, bt, set)
        })
        .collect()
}

/// Every ticket by its place, by the specification's arithmetic.
fn naive_tickets(shape: &Shape, seeds: &Seeds, a: &[i8], bt: &[i8]) -> Vec<(u32, u32, u8, U256)> {
    let set = shape.set();
    let noised = |matrix: &[i8], seed: &[u8; 32], strips: u32| -> Vec<Vec<Vec<i8>>> {
        let slab = |number: u32, l: u8| {
            let dense = dense_strip(seed, set, number, 8);
            let strip = bytes_of(strip(shape, matrix, number as usize));
            let piece = piece(strip, set, l).unwrap();
            noised_piece(values_of(&piece), &dense, &slab_cycles(seed, set, l), set)
        };
        let slabs = |number| (0..shape.slabs()).map(|l| slab(number, l)).collect();
        (0..strips).map(slabs).collect()
    };
    let a = noised(a, &seeds.a, shape.strips_a());
    let bt = noised(bt, &seeds.b, shape.strips_b());
    let mut tickets = Vec::new();
    for (i, a) in a.iter().enumerate() {
        for (j, b) in bt.iter().enumerate() {
            for (l, (a, b)) in a.iter().zip(b).enumerate() {
                let drawn = ticket(&seeds.a, &transcript(a, b, set));
                tickets.push((i as u32, j as u32, l as u8, drawn));
            }
        }
    }
    tickets
}

fn seeds(number: u8) -> Seeds {
    Seeds {
        a: [number; 32],
        b: [number.wrapping_add(101); 32],
    }
}

fn run(isa: Isa, claimed: &ClaimedProduct<'_>, threads: usize) -> Mined {
    let cancel = AtomicBool::new(false);
    let progress = AtomicU64::new(0);
    let options = Options {
        threads,
        low_priority: threads == 3,
        cancel: &cancel,
        progress: Some(&progress),
    };
    let mined = mine_with(isa, claimed, &options).unwrap();
    assert_eq!(progress.load(Ordering::Relaxed), claimed.shape.tiles());
    mined
}

fn places(winners: &[Winner]) -> Vec<(u32, u32, u8, U256)> {
    winners.iter().map(|w| (w.i, w.j, w.l, w.ticket)).collect()
}

fn check_all(shape: Shape, a: &[i8], bt: &[i8], seeds: Seeds, threads: usize) {
    let tiles = naive_tiles(&shape, a, bt);
    let tickets = naive_tickets(&shape, &seeds, a, bt);
    let leaves = tiles.chunks(64).map(tile_hash).collect();
    let root = Tree::new(leaves).unwrap().root();
    let claimed = ClaimedProduct {
        shape,
        seeds,
        a,
        bt,
        target: U256::MAX,
    };
    for isa in available() {
        let mined = run(isa, &claimed, threads);
        assert!(mined.c_tiles == tiles, "{isa}: C differs");
        assert_eq!(mined.root_c, root, "{isa}");
        assert_eq!(places(&mined.winners), tickets, "{isa}");
        let cancel = AtomicBool::new(false);
        let options = Options {
            threads,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        let drawn = draw_with(isa, &claimed, shape.set().r(), &options);
        assert_eq!(drawn, Ok(mined.winners), "{isa}: without delivery");
    }
    let team = Team::of(threads);
    assert_eq!(root_of_tiles(&tiles, &team), Some(root));
    assert_eq!(commit_tiles(&tiles, &team).map(|t| t.root()), Some(root));
}

/// Of no more than two slabs in the large set, where the specification's arithmetic takes its time.
fn any_shape(set: u8, rows: u32, columns: u32, slabs: u8) -> Shape {
    let set = ParamSet::from_index(set).unwrap();
    let slabs = if set == ParamSet::Set1 {
        1 + slabs % 2
    } else {
        slabs
    };
    Shape::new(set, 8 * rows, 8 * columns, slabs).unwrap()
}

fn any_fill() -> impl Strategy<Value = Fill> {
    prop_oneof![
        3 => Just(Fill::Legal),
        1 => Just(Fill::Constant(64)),
        1 => Just(Fill::Constant(-64)),
        1 => Just(Fill::Constant(0)),
        1 => Just(Fill::Ends),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_sequence_gives_the_specifications_tickets_and_the_exact_product(
        rows in 1u32..9, columns in 1u32..9, slabs in 1u8..=8, set in 0u8..2, a in any_fill(), bt in any_fill(),
        seed in any::<u64>(), number in any::<u8>(), threads in 1usize..4,
    ) {
        let shape = any_shape(set, rows, columns, slabs);
        let a = matrix(shape.len_a(), a, seed);
        let bt = matrix(shape.len_b(), bt, !seed);
        check_all(shape, &a, &bt, seeds(number), threads);
    }

    #[test]
    fn the_plain_product_is_exact_for_any_values(
        rows in 1u32..9, columns in 1u32..9, slabs in 1u8..=8, set in 0u8..2, seed in any::<u64>(),
        low in prop_oneof![Just(Fill::Any), Just(Fill::Constant(-128)), Just(Fill::Constant(127))],
    ) {
        let shape = any_shape(set, rows, columns, slabs);
        let a = matrix(shape.len_a(), Fill::Any, seed);
        let bt = matrix(shape.len_b(), low, !seed);
        let naive = rows_of_tiles(&shape, &naive_tiles(&shape, &a, &bt));
        for isa in available() {
            let product = plain_product_with(isa, &shape, &a, &bt, &Team::of(2)).unwrap();
            prop_assert!(product == naive, "{} differs", isa);
        }
    }
}

#[test]
fn results_are_exact_beyond_one_unit_of_work_and_at_its_edges() {
    for (slabs, strips) in [(1, 125), (5, 29)] {
        let shape = Shape::new(ParamSet::Set0, 8 * strips, 8 * 11, slabs).unwrap();
        let a = matrix(shape.len_a(), Fill::Legal, 5);
        let bt = matrix(shape.len_b(), Fill::Ends, 6);
        check_all(shape, &a, &bt, seeds(9), 2);
    }
}

#[test]
fn the_peel_is_exact_at_the_worst_of_legal_values() {
    let ends = [Fill::Constant(64), Fill::Constant(-64), Fill::Ends];
    for (set, slabs) in [
        (ParamSet::Set0, 4),
        (ParamSet::Set0, 5),
        (ParamSet::Set0, 8),
        (ParamSet::Set1, 1),
    ] {
        let shape = Shape::new(set, 40, 24, slabs).unwrap();
        for a in ends {
            for bt in ends {
                let a = matrix(shape.len_a(), a, 7);
                let bt = matrix(shape.len_b(), bt, 8);
                check_all(shape, &a, &bt, seeds(77), 2);
            }
        }
    }
}

/// Matrices that drive the entries of a projection to their bound: in every block one column of U is selected by a column of one end
/// and taken off by a column of the other.
#[test]
fn the_peel_is_exact_where_a_projection_is_largest() {
    let set = ParamSet::Set0;
    for slabs in [4, 5, 8] {
        let shape = Shape::new(set, 16, 16, slabs).unwrap();
        let seeds = seeds(3);
        // Column 5 of U of the other matrix's noise gains `end` and loses `-end` in every block.
        let towards = |seed: &[u8; 32], end: i8| -> Vec<i8> {
            let cycles = (0..slabs).flat_map(|l| slab_cycles(seed, set, l));
            let cycles: Vec<u16> = cycles.collect();
            let row: Vec<i8> = cycles
                .chunks(set.r())
                .flat_map(|order| {
                    let at = order.iter().position(|column| *column == 5).unwrap();
                    let mut block = vec![0; set.r()];
                    block[at] = end;
                    block[(at + set.r() - 1) % set.r()] = -end;
                    block
                })
                .collect();
            row.repeat(16)
        };
        for end in [64, -64] {
            let (a, bt) = (towards(&seeds.b, end), towards(&seeds.a, end));
            check_all(shape, &a, &bt, seeds, 1);
        }
    }
}

#[test]
fn only_tickets_at_or_below_the_target_win() {
    let shape = Shape::new(ParamSet::Set0, 64, 64, 3).unwrap();
    let a = matrix(shape.len_a(), Fill::Legal, 1);
    let bt = matrix(shape.len_b(), Fill::Legal, 2);
    let mut tickets = naive_tickets(&shape, &seeds(4), &a, &bt);
    tickets.sort_by_key(|(.., ticket)| *ticket);
    let target = tickets[9].3;
    let mut expected: Vec<_> = tickets[..10].to_vec();
    expected.sort();
    let claimed = ClaimedProduct {
        shape,
        seeds: seeds(4),
        a: &a,
        bt: &bt,
        target,
    };
    let mined = run(Isa::best(), &claimed, 2);
    assert_eq!(places(&mined.winners), expected);
}

#[test]
fn a_cancelled_job_says_so_whenever_it_is_cancelled() {
    let shape = Shape::new(ParamSet::Set0, 2048, 2048, 2).unwrap();
    let a = matrix(shape.len_a(), Fill::Legal, 1);
    let bt = matrix(shape.len_b(), Fill::Legal, 2);
    let claimed = ClaimedProduct {
        shape,
        seeds: seeds(1),
        a: &a,
        bt: &bt,
        target: U256::zero(),
    };
    let cancel = AtomicBool::new(true);
    let progress = AtomicU64::new(0);
    let options = Options {
        threads: 2,
        low_priority: true,
        cancel: &cancel,
        progress: Some(&progress),
    };
    assert_eq!(mine(&claimed, &options).err(), Some(MineError::Cancelled));
    assert_eq!(progress.load(Ordering::Relaxed), 0);

    cancel.store(false, Ordering::Relaxed);
    std::thread::scope(|scope| {
        let mining = scope.spawn(|| mine(&claimed, &options).err());
        while progress.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        cancel.store(true, Ordering::Relaxed);
        assert_eq!(mining.join().unwrap(), Some(MineError::Cancelled));
    });
    assert!(progress.load(Ordering::Relaxed) < shape.tiles());
}

#[test]
fn a_matrix_of_the_wrong_length_or_range_is_refused_by_name() {
    let shape = Shape::new(ParamSet::Set0, 16, 8, 1).unwrap();
    let good_a = matrix(shape.len_a(), Fill::Legal, 1);
    let good_bt = matrix(shape.len_b(), Fill::Legal, 2);
    let error = |a: &[i8], bt: &[i8]| {
        let cancel = AtomicBool::new(false);
        let options = Options {
            threads: 1,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        let claimed = ClaimedProduct {
            shape,
            seeds: seeds(1),
            a,
            bt,
            target: U256::zero(),
        };
        mine(&claimed, &options)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(error(&good_a, &good_bt), None);
    let length = "A has 8192 values where its shape needs 16384";
    assert_eq!(error(&good_a[..8192], &good_bt).as_deref(), Some(length));
    for value in [65, -65, 127, -128] {
        for place in [0, 5000, 8191] {
            let mut bad = good_bt.clone();
            bad[place] = value;
            let range = "Bt has a value outside of [-64, 64]";
            assert_eq!(error(&good_a, &bad).as_deref(), Some(range));
        }
    }
}

#[test]
fn commitments_are_those_of_the_specification() {
    for set in ParamSet::ALL {
        for slabs in [1, 3, 8] {
            let shape = Shape::new(set, 8 * 13, 8, slabs).unwrap();
            let a = matrix(shape.len_a(), Fill::Legal, 3);
            let strips = a.chunks(shape.strip_a_len()).map(bytes_of);
            let roots = strips.map(|strip| strip_tree(strip, set).unwrap().root());
            let tree = Tree::new(roots.collect());
            assert_eq!(commit(set, slabs, &a, &Team::of(2)), tree);
        }
        assert_eq!(commit(set, 0, &[0; 64], &Team::of(1)), None);
        assert_eq!(commit(set, 1, &[0; 64], &Team::of(1)), None);
    }
}

#[test]
fn a_recomputed_tile_is_that_of_the_product_and_nothing_outside_of_it() {
    let shape = Shape::new(ParamSet::Set0, 24, 32, 2).unwrap();
    let a = matrix(shape.len_a(), Fill::Legal, 3);
    let bt = matrix(shape.len_b(), Fill::Legal, 4);
    let rows = plain_product(&shape, &a, &bt, &Team::of(1)).unwrap();
    let tile = recompute_tile(&shape, &a, &bt, 2, 3).unwrap();
    for (at, cell) in tile.iter().enumerate() {
        assert_eq!(*cell, rows[(16 + at / 8) * 32 + 24 + at % 8]);
    }
    assert_eq!(recompute_tile(&shape, &a, &bt, 3, 0), None);
    assert_eq!(recompute_tile(&shape, &a, &bt, 0, 4), None);
    assert_eq!(recompute_tile(&shape, &a[1..], &bt, 2, 0), None);
}
