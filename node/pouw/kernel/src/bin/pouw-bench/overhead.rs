//! Mining against the plain product, by the same kernel on the same threads, in interleaved pairs.

use std::sync::atomic::AtomicBool;

use bcai_pouw_kernel::{
    commit, mine_with,
    panel::{Left, Right, Schedule},
    peak_loop, plain_product_with, product, ClaimedProduct, Options, Team,
};
use bcai_pouw_primitives::{JobInputs, ParamSet, Seeds, Shape, U256};

use crate::measure::{both_seconds, median, random_matrix, seconds, Report, Rig};

/// Seconds of every stage of one claim.
#[derive(Copy, Clone, Default)]
pub struct Stages {
    pub commit: f64,
    pub noise: f64,
    pub product: f64,
    pub leaves: f64,
    pub tickets: f64,
    pub tree: f64,
    pub all: f64,
    /// Processor time of all, on all threads together.
    pub processor: f64,
}

/// The whole of an honest worker's claim, from the matrices to root_c.
pub fn honest(shape: Shape, a: &[i8], bt: &[i8], rig: Rig) -> Stages {
    let team = Team::of(rig.threads);
    let (all, processor, (commit, timings)) = both_seconds(|| {
        let (commit, seeds) = seconds(|| {
            let root = |matrix| commit(shape.set(), matrix, &team).expect("strips").root();
            let job = JobInputs {
                genesis_hash: [1; 32],
                set: shape.set(),
                task: 7,
                anchor: [2; 32],
                worker: [3; 32],
                m: shape.m(),
                n: shape.n(),
            };
            Seeds::derive(&job, &root(a), &root(bt))
        });
        let cancel = AtomicBool::new(false);
        let claimed = ClaimedProduct {
            shape,
            seeds,
            a,
            bt,
            target: U256::MAX >> 20,
        };
        let options = Options {
            threads: rig.threads,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        (
            commit,
            mine_with(rig.isa, &claimed, &options)
                .expect("legal matrices")
                .timings,
        )
    });
    Stages {
        commit,
        noise: timings.noise.as_secs_f64(),
        product: timings.product.as_secs_f64(),
        leaves: timings.leaves.as_secs_f64(),
        tickets: timings.tickets.as_secs_f64(),
        tree: timings.tree.as_secs_f64(),
        all,
        processor,
    }
}

/// Multiply-accumulates per second of processor time of a product of packed panels, `side x side`, without anything around it.
fn bare_product(
    set: ParamSet,
    side: usize,
    transcript: bool,
    tail: usize,
    rig: Rig,
) -> impl FnMut() -> f64 {
    let team = Team::of(rig.threads);
    let schedule = Schedule::every(rig.isa, set.k(), set.r(), tail);
    let strips = side / 8;
    let values = random_matrix(strips as u64 * schedule.len() as u64, 5);
    let value = move |strip: usize, step: usize, len: usize| {
        i32::from(values[strip * len + step]) * 0x0001_0001
    };
    let left = Left::pack(
        schedule.clone(),
        strips,
        &team,
        || (),
        |_, i, steps| {
            let len = steps.len();
            for (t, step) in steps.iter_mut().enumerate() {
                step.0 = [value(i, t, len); 8];
            }
        },
    );
    let right = Right::pack(
        schedule,
        strips,
        &team,
        || (),
        |_, j, lane, steps| {
            let len = steps.len();
            for (t, step) in steps.iter_mut().enumerate() {
                step.0[lane..lane + 8].fill(value(j, t, len));
            }
        },
    );
    let (left, right) = (left.expect("not cancelled"), right.expect("not cancelled"));
    let macs = (side * side * set.k()) as f64;
    move || {
        let team = Team::of(rig.threads);
        let (wall, processor, _) =
            both_seconds(|| product(&left, &right, transcript, &team, || (), |_, _| ()));
        macs / if processor.is_finite() {
            processor
        } else {
            wall
        }
    }
}

/// Measures one size, and what each stage takes of the plain product's time.
pub fn measure(report: &mut Report, name: &str, set: ParamSet, side: u32, rounds: usize, rig: Rig) {
    let shape = Shape::new(set, side, side).expect("a legal shape");
    let (a, bt) = (
        random_matrix(shape.len_a(), 1),
        random_matrix(shape.len_b(), 2),
    );
    let team = Team::of(rig.threads);
    // The first touch of everything, which is not counted.
    let _ = (
        plain_product_with(rig.isa, &shape, &a, &bt, &team),
        honest(shape, &a, &bt, rig),
    );
    let (processor, rounds): (Vec<f64>, Vec<(f64, Stages)>) = (0..rounds)
        .map(|_| {
            let (plain, processor, _) =
                both_seconds(|| plain_product_with(rig.isa, &shape, &a, &bt, &team));
            let mining = honest(shape, &a, &bt, rig);
            (mining.processor / processor, (plain, mining))
        })
        .unzip();
    let processor = median(processor);
    let share = |stage: &dyn Fn(&Stages) -> f64| {
        median(rounds.iter().map(|(plain, stages)| stage(stages) / plain))
    };
    let overhead = share(&|stages| stages.all);
    let speed = shape.macs() as f64 / median(rounds.iter().map(|(plain, _)| *plain)) / 1e9;
    println!(
        "\n{name}: {side} x {side} x {}, {} pairs",
        set.k(),
        rounds.len()
    );
    println!("  plain product            {speed:8.1} GMAC/s");
    println!("  all of mining            {overhead:8.4} of the plain product's time");
    println!("  the same, processor time {processor:8.4}");
    report.number(name, overhead);
    report.number(&format!("{name}_processor_time"), processor);
    report.number(&format!("{name}_plain_gmacs"), speed);

    // The peel and the transcripts are fused into the product: their shares are differences between products with and without.
    let (tail, pairs) = (2 * set.r(), rounds.len().max(5));
    let mut with = bare_product(set, side.min(2048) as usize, true, tail, rig);
    let mut without_peel = bare_product(set, side.min(2048) as usize, true, 0, rig);
    let mut bare = bare_product(set, side.min(2048) as usize, false, 0, rig);
    let speeds: Vec<[f64; 3]> = (0..pairs)
        .map(|_| [bare(), without_peel(), with()])
        .collect();
    let peel = median(
        speeds
            .iter()
            .map(|[bare, without, with]| bare / with - bare / without),
    );
    let transcript = median(speeds.iter().map(|[bare, without, _]| bare / without - 1.0));
    let stages: [(&str, f64); 8] = [
        ("commit", share(&|s| s.commit)),
        ("noise", share(&|s| s.noise)),
        (
            "product",
            share(&|s| s.product - s.leaves - s.tickets) - peel - transcript,
        ),
        ("transcript", transcript),
        ("peel", peel),
        ("tickets", share(&|s| s.tickets)),
        ("leaves_c", share(&|s| s.leaves)),
        ("tree_c", share(&|s| s.tree)),
    ];
    for (stage, share) in stages {
        println!("    {stage:<22} {share:8.4}");
        report.number(&format!("{name}_{stage}"), share);
    }
}

/// The plain product against the same instructions on registers alone, on as many threads at once.
pub fn measure_peak(report: &mut Report, side: usize, rounds: usize, rig: Rig) {
    const TURNS: u64 = 4_000_000;
    let Rig { isa, threads } = rig;
    let set = ParamSet::Set1;
    let shape = Shape::new(set, side as u32, side as u32).expect("a legal shape");
    let (a, bt) = (
        random_matrix(shape.len_a(), 3),
        random_matrix(shape.len_b(), 4),
    );
    let team = Team::of(rig.threads);
    let peak = || -> Option<f64> {
        let (time, macs) = seconds(|| {
            std::thread::scope(|scope| {
                let running: Vec<_> = (0..threads)
                    .map(|_| scope.spawn(|| peak_loop(isa, TURNS)))
                    .collect();
                running
                    .into_iter()
                    .map(|thread| thread.join().ok().flatten())
                    .sum::<Option<u64>>()
            })
        });
        macs.map(|macs| macs as f64 / time)
    };
    let rounds: Vec<(f64, Option<f64>)> = (0..rounds)
        .map(|_| {
            let before = peak();
            let (time, _) = seconds(|| plain_product_with(rig.isa, &shape, &a, &bt, &team));
            let peak = before
                .zip(peak())
                .map(|(before, after)| (before + after) / 2.0);
            (shape.macs() as f64 / time, peak)
        })
        .collect();
    let plain = median(rounds.iter().map(|(plain, _)| *plain));
    println!(
        "\nplain product, {side} x {side} x {}: {:.1} GMAC/s",
        set.k(),
        plain / 1e9
    );
    let (Some(analytic), Some(peak)) = (
        isa.analytic_macs_per_cycle(),
        rounds
            .iter()
            .map(|(_, peak)| *peak)
            .collect::<Option<Vec<f64>>>()
            .map(median),
    ) else {
        println!("  the compiler chose the instructions: there is no peak to hold it against");
        return;
    };
    let share = median(
        rounds
            .iter()
            .filter_map(|(plain, peak)| peak.map(|peak| plain / peak)),
    );
    println!(
        "  {isa} allows {analytic} multiply-accumulates per cycle and core on two vector ports"
    );
    println!("  measured on registers    {:8.1} GMAC/s", peak / 1e9);
    println!("  share of the peak        {share:8.4}");
    report.number("plain_peak_share", share);
    report.number("plain_gmacs", plain / 1e9);
    report.number("peak_measured_gmacs", peak / 1e9);
    report.number("peak_analytic_macs_per_cycle_and_core", f64::from(analytic));
}
