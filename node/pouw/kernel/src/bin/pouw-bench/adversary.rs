//! Cheaters' tickets per second over the honest miner's, and the same on a set that is broken on purpose.

use bcai_pouw_kernel::Isa;
use bcai_pouw_primitives::{
    noise::{dense_strip, noised_strip, Selectors},
    transcript::WORDS,
    ParamSet, Seeds, Shape,
};

use crate::{
    cheater::{cheat, Attempt, Draw, Form, Structure},
    measure::{both_seconds, median, random_matrix, Report, Rig},
    overhead::honest,
};

const SET: ParamSet = ParamSet::Set1;

/// The cheaters. Bt is zero for all of them, so that none has to compute, hash or deliver anything but an all-zero C: what they'd pay beyond
/// this is left out, in their favour.
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
    let mut all = vec![
        cheater("zero_direct", Form::Direct, None),
        cheater("zero", Form::Sums, None),
    ];
    // Where products of bytes are faster than those of sums.
    if isa == Isa::Avx512Vnni {
        all.push(cheater("zero_merged", Form::Merged, None));
    }
    all.extend([
        cheater(
            "rank_one",
            Form::Sums,
            Some((random_matrix(m as u64, 11), signs(k, 12))),
        ),
        cheater(
            "repeated_rows",
            Form::Sums,
            Some((vec![1; m], random_matrix(k as u64, 13))),
        ),
        cheater(
            "sparse",
            Form::Sums,
            Some((random_matrix(m as u64, 14), single)),
        ),
    ]);
    all
}

/// Sparse factors whose blocks are one cycle over all r columns of U each, in the order that a seed gives: the highest rank that
/// differences of two columns can have.
fn one_cycle(seed: u64) -> Selectors {
    let (mut p, mut q) = (Vec::new(), Vec::new());
    let keys = random_matrix(4 * SET.k() as u64, seed);
    for block in keys.chunks_exact(4 * SET.r()) {
        let mut order: Vec<u16> = (0..SET.r() as u16).collect();
        order.sort_by_key(|v| &block[4 * usize::from(*v)..][..4]);
        q.extend(order.iter().cycle().skip(1).take(SET.r()));
        p.extend(order);
    }
    Selectors { p, q }
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
fn check(draw: &Draw<'_>) {
    let claim = &draw.claim;
    let a = claim.structure.matrix(&claim.shape);
    let len = SET.strip_a_len();
    let noised = |values: &[i8], seed, selectors, number: usize| {
        let dense = dense_strip(seed, SET, number as u32, 8);
        noised_strip(values, &dense, selectors, SET)
    };
    let samples = cheat(draw);
    assert!(!samples.is_empty());
    let (sel_a, sel_b) = claim.selectors;
    for (i, j, msg) in samples.into_iter().take(40) {
        let left = noised(&a[i * len..][..len], &claim.seeds.a, sel_a, i);
        let right = noised(&vec![0; len], &claim.seeds.b, sel_b, j);
        let expected = naive_transcript(&left, &right, claim.period);
        assert_eq!(
            msg, expected,
            "{} draws no valid ticket at {i}, {j}",
            claim.structure.name
        );
    }
}

/// Measures every cheater against the honest miner in interleaved pairs.
pub fn measure(report: &mut Report, side: u32, rounds: usize, rig: Rig) {
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
    let ratio_of = |structure: &Structure, selectors: &(Selectors, Selectors), period: usize| {
        // What it multiplies is found out beforehand, in its favour too.
        let draw = Draw::new(Attempt {
            structure,
            shape,
            seeds: &seeds,
            selectors,
            period,
            rig,
        });
        check(&draw);
        let (wall, processor): (Vec<f64>, Vec<f64>) = (0..rounds)
            .map(|_| {
                let (wall, processor, _) = both_seconds(|| cheat(&draw));
                let honest = honest(shape, &a, &bt, rig);
                (honest.all / wall, honest.processor / processor)
            })
            .unzip();
        (median(wall), median(processor))
    };
    let selectors = (
        Selectors::derive(&seeds.a, SET),
        Selectors::derive(&seeds.b, SET),
    );
    let structures = structures(&shape, rig.isa);
    let highest = |report: &mut Report, prefix, cheaters: &[Structure], selectors, period| {
        let mut highest = (f64::MIN, f64::MIN);
        for structure in cheaters {
            let (wall, processor) = ratio_of(structure, selectors, period);
            highest = (highest.0.max(wall), highest.1.max(processor));
            let name = format!("{prefix}_{}", structure.name);
            println!("  {name:<36} {wall:8.4}, by processor time {processor:8.4}");
            report.number(&name, wall);
        }
        highest
    };
    let (wall, processor) = highest(report, "adversary", &structures, &selectors, SET.r());
    report.number("adversary_ratio", wall);
    report.number("adversary_ratio_processor_time", processor);
    // For information: what is left of the shortcuts without their cause.
    let zeros: Vec<_> = structures
        .into_iter()
        .filter(|each| each.outer.is_none())
        .collect();
    let cycles = (one_cycle(21), one_cycle(22));
    let (wall, _) = highest(report, "one_cycle", &zeros, &cycles, SET.r());
    report.number("adversary_ratio_one_cycle", wall);
    let (wall, _) = highest(report, "broken", &zeros[1..2], &selectors, 8 * SET.r());
    report.number("adversary_ratio_broken", wall);
}
