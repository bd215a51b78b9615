//! The kernel against the specification's own arithmetic, on every instruction sequence that this processor has.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bcai_pouw_kernel::{
    bytes_of, commit, commit_tiles, mine, mine_with, plain_product, plain_product_with,
    recompute_tile, root_of_tiles, rows_of_tiles, ClaimedProduct, Isa, MineError, Mined, Options,
    Team,
};
use bcai_pouw_primitives::{
    merkle::{leaf_hash, tile_hash, Tree},
    noise::{dense_strip, noised_strip, Selectors},
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

fn strip(matrix: &[i8], number: usize, set: ParamSet) -> &[i8] {
    &matrix[number * set.strip_a_len()..][..set.strip_a_len()]
}

/// C in tile order, by the specification's arithmetic.
fn naive_tiles(shape: &Shape, a: &[i8], bt: &[i8]) -> Vec<i32> {
    let set = shape.set();
    let places = (0..shape.strips_a()).flat_map(|i| (0..shape.strips_b()).map(move |j| (i, j)));
    places
        .flat_map(|(i, j)| tile_product(strip(a, i as usize, set), strip(bt, j as usize, set), set))
        .collect()
}

/// Every tile's ticket, by the specification's arithmetic.
fn naive_tickets(shape: &Shape, seeds: &Seeds, a: &[i8], bt: &[i8]) -> Vec<(u32, u32, U256)> {
    let set = shape.set();
    let noised = |matrix: &[i8], seed: &[u8; 32], strips: u32| -> Vec<Vec<i8>> {
        let selectors = Selectors::derive(seed, set);
        (0..strips)
            .map(|number| {
                let dense = dense_strip(seed, set, number, 8);
                noised_strip(strip(matrix, number as usize, set), &dense, &selectors, set)
            })
            .collect()
    };
    let a = noised(a, &seeds.a, shape.strips_a());
    let bt = noised(bt, &seeds.b, shape.strips_b());
    let mut tickets = Vec::new();
    for (i, a) in a.iter().enumerate() {
        for (j, b) in bt.iter().enumerate() {
            let drawn = ticket(&seeds.a, &transcript(a, b, set));
            tickets.push((i as u32, j as u32, drawn));
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
        let drawn: Vec<_> = mined.winners.iter().map(|w| (w.i, w.j, w.ticket)).collect();
        assert_eq!(drawn, tickets, "{isa}");
    }
    let team = Team::of(threads);
    assert_eq!(root_of_tiles(&tiles, &team), Some(root));
    assert_eq!(commit_tiles(&tiles, &team).map(|t| t.root()), Some(root));
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
        rows in 1u32..9, columns in 1u32..9, set in 0u8..2, a in any_fill(), bt in any_fill(),
        seed in any::<u64>(), number in any::<u8>(), threads in 1usize..4,
    ) {
        let shape = Shape::new(ParamSet::from_index(set).unwrap(), 8 * rows, 8 * columns).unwrap();
        let a = matrix(shape.len_a(), a, seed);
        let bt = matrix(shape.len_b(), bt, !seed);
        check_all(shape, &a, &bt, seeds(number), threads);
    }

    #[test]
    fn the_plain_product_is_exact_for_any_values(
        rows in 1u32..9, columns in 1u32..9, set in 0u8..2, seed in any::<u64>(),
        low in prop_oneof![Just(Fill::Any), Just(Fill::Constant(-128)), Just(Fill::Constant(127))],
    ) {
        let shape = Shape::new(ParamSet::from_index(set).unwrap(), 8 * rows, 8 * columns).unwrap();
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
    let shape = Shape::new(ParamSet::Set0, 8 * 125, 8 * 11).unwrap();
    let a = matrix(shape.len_a(), Fill::Legal, 5);
    let bt = matrix(shape.len_b(), Fill::Ends, 6);
    check_all(shape, &a, &bt, seeds(9), 2);
}

#[test]
fn the_peel_is_exact_at_the_worst_of_legal_values() {
    for (a, bt) in [(64, 64), (64, -64), (-64, -64)] {
        let shape = Shape::new(ParamSet::Set1, 48, 40).unwrap();
        let a = matrix(shape.len_a(), Fill::Constant(a), 0);
        let bt = matrix(shape.len_b(), Fill::Constant(bt), 0);
        check_all(shape, &a, &bt, seeds(77), 2);
    }
}

#[test]
fn only_tickets_at_or_below_the_target_win() {
    let shape = Shape::new(ParamSet::Set0, 64, 64).unwrap();
    let a = matrix(shape.len_a(), Fill::Legal, 1);
    let bt = matrix(shape.len_b(), Fill::Legal, 2);
    let mut tickets = naive_tickets(&shape, &seeds(4), &a, &bt);
    tickets.sort_by_key(|(.., ticket)| *ticket);
    let target = tickets[9].2;
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
    let won: Vec<_> = mined.winners.iter().map(|w| (w.i, w.j, w.ticket)).collect();
    assert_eq!(won, expected);
}

#[test]
fn a_cancelled_job_says_so_whenever_it_is_cancelled() {
    let shape = Shape::new(ParamSet::Set0, 2048, 2048).unwrap();
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
    let shape = Shape::new(ParamSet::Set0, 16, 8).unwrap();
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
        let shape = Shape::new(set, 8 * 13, 8).unwrap();
        let a = matrix(shape.len_a(), Fill::Legal, 3);
        let leaves = a
            .chunks(set.strip_a_len())
            .map(|strip| leaf_hash(bytes_of(strip)))
            .collect();
        assert_eq!(commit(set, &a, &Team::of(2)), Tree::new(leaves));
    }
}

#[test]
fn a_recomputed_tile_is_that_of_the_product_and_nothing_outside_of_it() {
    let shape = Shape::new(ParamSet::Set0, 24, 32).unwrap();
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
