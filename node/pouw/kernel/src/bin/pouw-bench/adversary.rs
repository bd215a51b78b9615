//! Cheaters' tickets per second over those of somebody who does everything but deliver, and the same on a set that is broken on purpose.

use std::sync::atomic::AtomicBool;

use bcai_pouw_kernel::{draw_with, ClaimedProduct, Isa, Options};
use bcai_pouw_primitives::{
    noise::{dense_strip, noised_piece, slab_cycles},
    transcript::WORDS,
    ParamSet, Seeds, Shape, U256,
};

use crate::{
    cheater::{cheat, Attempt, Draw, Form, Structure},
    measure::{both_seconds, median, random_matrix, Report, Rig},
};

const SET: ParamSet = ParamSet::Set1;

/// The cheaters. Bt is zero for all of them, so that none has to compute, hash or deliver anything but an all-zero C.
fn structures(shape: &Shape, isa: Isa) -> Vec<Structure> {
    let (m, k) = (shape.m() as usize, SET.k());
    let signs = |len: usize, seed| -> Vec<i8> {
        let values = random_matrix(len as u64, seed);
        values
            .into_iter()
            .map(|v| if v < 0 { -1 } else { 1 })
            .collect()
    };
    let mut single = vec![0i8; k];
    single[k - 1] = 1;
    let cheater = |name, form, outer| Structure { name, form, outer };
    // What A itself adds needs `i16`: where bytes are multiplied faster, the noise does better with the rest as it is.
    let form = if isa == Isa::Avx512Vnni {
        Form::Direct
    } else {
        Form::Sums
    };
    vec![
        cheater("zero_direct", Form::Direct, None),
        cheater("zero_sums", Form::Sums, None),
        cheater("zero_merged", Form::Merged, None),
        cheater(
            "rank_one",
            form,
            Some((random_matrix(m as u64, 11), signs(k, 12))),
        ),
        cheater(
            "repeated_rows",
            form,
            Some((vec![1; m], random_matrix(k as u64, 13))),
        ),
        cheater("one_hot", form, Some((random_matrix(m as u64, 14), single))),
    ]
}

/// A tile's transcript by the specification's steps, for any snapshot period.
fn naive_transcript(a: &[i8], b: &[i8], period: usize) -> [u32; WORDS] {
    let k = SET.k();
    let mut acc = [0i32; 64];
    let mut msg = [0u32; WORDS];
    for (g, from) in (0..k).step_by(period).enumerate() {
        for (at, cell) in acc.iter_mut().enumerate() {
            let row = &a[at / 8 * k + from..][..period];
            let column = &b[at % 8 * k + from..][..period];
            *cell += row
                .iter()
                .zip(column)
                .map(|(x, y)| i32::from(*x) * i32::from(*y))
                .sum::<i32>();
        }
        let x = acc.iter().fold(0, |x, cell| x ^ *cell as u32);
        msg[g % WORDS] = msg[g % WORDS].rotate_left(13) ^ x;
    }
    msg
}

/// Panics unless the cheater's tickets over a small task are the ones that the chain would compute.
fn check(name: &str, period: usize, seeds: &Seeds, rig: Rig) {
    let shape = Shape::new(SET, 256, 256, 1).expect("a legal shape");
    let all = structures(&shape, rig.isa);
    let structure = all
        .iter()
        .find(|each| each.name == name)
        .expect("a cheater");
    let a = structure.matrix(&shape);
    let len = SET.piece_a_len();
    let noised = |values: &[i8], seed, number: usize| {
        let dense = dense_strip(seed, SET, number as u32, 8);
        noised_piece(values, &dense, &slab_cycles(seed, SET, 0), SET)
    };
    let samples = cheat(&Draw::new(Attempt {
        structure,
        shape,
        seeds,
        period,
        rig,
    }));
    assert!(!samples.is_empty());
    for (i, j, msg) in samples {
        let left = noised(&a[i * len..][..len], &seeds.a, i);
        let right = noised(&vec![0; len], &seeds.b, j);
        let expected = naive_transcript(&left, &right, period);
        assert_eq!(msg, expected, "{name} draws no valid ticket at {i}, {j}");
    }
}

/// Measures every cheater in rounds that begin with the one who doesn't deliver, whose matrices are random. Gives the best one's ratio.
pub fn measure(report: &mut Report, side: u32, rounds: usize, rig: Rig) -> f64 {
    let shape = Shape::new(SET, side, side, 1).expect("a legal shape");
    let (a, bt) = (
        random_matrix(shape.len_a(), 1),
        random_matrix(shape.len_b(), 2),
    );
    let seeds = Seeds {
        a: [5; 32],
        b: [6; 32],
    };
    println!(
        "\ncheaters' tickets per second over those of somebody who does everything but deliver, {side} x {side} x {}",
        SET.k()
    );
    let cancel = AtomicBool::new(false);
    let without_delivery = |period| {
        let claimed = ClaimedProduct {
            shape,
            seeds,
            a: &a,
            bt: &bt,
            target: U256::MAX >> 20,
        };
        let options = Options {
            threads: rig.threads,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        draw_with(rig.isa, &claimed, period, &options).expect("legal matrices")
    };
    let mut best_of = |prefix: &str, period: usize, cheaters: &[Structure]| {
        let draws: Vec<Draw<'_>> = cheaters
            .iter()
            .map(|structure| {
                check(structure.name, period, &seeds, rig);
                // What it multiplies is found out beforehand, in its favour.
                Draw::new(Attempt {
                    structure,
                    shape,
                    seeds: &seeds,
                    period,
                    rig,
                })
            })
            .collect();
        // The first touch of everything, which is not counted.
        without_delivery(period);
        // By round and cheater: the ratio on the clock and that of processor time.
        let rounds: Vec<Vec<(f64, f64)>> = (0..rounds)
            .map(|_| {
                let other = both_seconds(|| without_delivery(period));
                let ratio = |draw| {
                    let (wall, processor, _) = both_seconds(|| cheat(draw));
                    (other.0 / wall, other.1 / processor)
                };
                draws.iter().map(ratio).collect()
            })
            .collect();
        let mut best = (f64::MIN, f64::MIN);
        for (number, structure) in cheaters.iter().enumerate() {
            let wall = median(rounds.iter().map(|ratios| ratios[number].0));
            let processor = median(rounds.iter().map(|ratios| ratios[number].1));
            best = (best.0.max(wall), best.1.max(processor));
            let name = format!("{prefix}_{}", structure.name);
            println!("  {name:<36} {wall:8.4}, by processor time {processor:8.4}");
            report.number(&name, wall);
            report.number(&format!("{name}_processor_time"), processor);
        }
        best
    };
    let structures = structures(&shape, rig.isa);
    let discount = best_of("cheater", SET.r(), &structures);
    let zeros: Vec<Structure> = structures
        .into_iter()
        .filter(|each| each.name == "zero_direct" || each.name == "zero_sums")
        .collect();
    let broken = best_of("broken", 8 * SET.r(), &zeros);
    report.number("mining_discount", discount.0);
    report.number("mining_discount_processor_time", discount.1);
    report.number("mining_discount_broken", broken.0);
    report.number("mining_discount_broken_processor_time", broken.1);
    discount.0
}
