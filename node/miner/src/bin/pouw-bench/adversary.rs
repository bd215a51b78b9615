//! Cheaters' tickets per second over the honest miner's, and the same on a set that is broken on purpose.

use bcai_pouw_primitives::{
    noise::{dense_strip, noised_strip, Selectors},
    transcript::WORDS,
    ParamSet, Seeds, Shape,
};

use crate::{
    cheater::{cheat, Structure},
    measure::{both_seconds, median, random_matrix, Report},
    overhead::honest,
};

const SET: ParamSet = ParamSet::Set1;

/// The cheaters. Bt is zero for all of them, so that none has to compute, hash or deliver anything but an all-zero C: what they'd pay beyond
/// this is left out, in their favour.
fn structures(shape: &Shape) -> Vec<Structure> {
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
    vec![
        Structure {
            name: "zero_direct",
            shortcut: false,
            outer: None,
        },
        Structure {
            name: "zero",
            shortcut: true,
            outer: None,
        },
        Structure {
            name: "rank_one",
            shortcut: true,
            outer: Some((random_matrix(m as u64, 11), signs(k, 12))),
        },
        Structure {
            name: "repeated_rows",
            shortcut: true,
            outer: Some((vec![1; m], random_matrix(k as u64, 13))),
        },
        Structure {
            name: "sparse",
            shortcut: true,
            outer: Some((random_matrix(m as u64, 14), single)),
        },
    ]
}

/// A tile's transcript by the specification's steps, for any snapshot period.
fn naive_transcript(a: &[i8], b: &[i8], period: usize) -> [u32; WORDS] {
    let k = SET.k();
    let mut acc = [0i32; 64];
    let mut msg = [0u32; WORDS];
    for (l, from) in (0..k).step_by(period).enumerate() {
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
        msg[l % WORDS] = msg[l % WORDS].rotate_left(13) ^ x;
    }
    msg
}

/// Panics unless the cheater's tickets are the ones that the chain would compute.
fn check(structure: &Structure, shape: &Shape, seeds: &Seeds, period: usize, threads: usize) {
    let a = structure.matrix(shape);
    let len = SET.strip_a_len();
    let noised = |values: &[i8], seed, number: usize| {
        let dense = dense_strip(seed, SET, number as u32, 8);
        noised_strip(values, &dense, &Selectors::derive(seed, SET), SET)
    };
    let samples = cheat(structure, shape, seeds, period, threads);
    assert!(!samples.is_empty());
    for (i, j, msg) in samples.into_iter().take(40) {
        let left = noised(&a[i * len..][..len], &seeds.a, i);
        let right = noised(&vec![0; len], &seeds.b, j);
        let expected = naive_transcript(&left, &right, period);
        assert_eq!(
            msg, expected,
            "{} draws no valid ticket at {i}, {j}",
            structure.name
        );
    }
}

/// Measures every cheater against the honest miner in interleaved pairs.
pub fn measure(report: &mut Report, side: u32, rounds: usize, threads: usize) {
    let shape = Shape::new(SET, side, side).expect("a legal shape");
    let (a, bt) = (
        random_matrix(shape.len_a(), 1),
        random_matrix(shape.len_b(), 2),
    );
    let seeds = Seeds {
        a: [5; 32],
        b: [6; 32],
    };
    println!(
        "\ncheaters' tickets per second over the honest miner's, {side} x {side} x {}",
        SET.k()
    );
    let structures = structures(&shape);
    let ratio_of = |structure: &Structure, period: usize| {
        check(structure, &shape, &seeds, period, threads);
        let (wall, processor): (Vec<f64>, Vec<f64>) = (0..rounds)
            .map(|_| {
                let (wall, processor, _) =
                    both_seconds(|| cheat(structure, &shape, &seeds, period, threads));
                let honest = honest(shape, &a, &bt, threads);
                (honest.all / wall, honest.processor / processor)
            })
            .unzip();
        (median(wall), median(processor))
    };
    let mut best = (f64::MIN, f64::MIN);
    for structure in &structures {
        let (wall, processor) = ratio_of(structure, SET.r());
        best = (best.0.max(wall), best.1.max(processor));
        println!(
            "  {:<24} {wall:8.4}, by processor time {processor:8.4}",
            structure.name
        );
        report.number(&format!("adversary_{}", structure.name), wall);
    }
    report.number("adversary_ratio", best.0);
    report.number("adversary_ratio_processor_time", best.1);
    let (wall, processor) = ratio_of(&structures[1], 8 * SET.r());
    println!("  zero, snapshots every 8r {wall:8.4}, by processor time {processor:8.4}");
    report.number("adversary_ratio_broken", wall);
}
