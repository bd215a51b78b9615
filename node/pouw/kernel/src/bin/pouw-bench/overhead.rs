//! Mining against the plain product, by the same kernel on the same threads, in interleaved rounds.

use std::sync::atomic::AtomicBool;

use bcai_pouw_kernel::{
    commit, draw_with, mine_with,
    panel::{Left, Right, Schedule},
    peak_loop, plain_product_with, product, ClaimedProduct, Isa, Options, Team,
};
use bcai_pouw_primitives::{JobInputs, ParamSet, Seeds, Shape, U256};

use crate::measure::{both_seconds, median, random_matrix, random_word, seconds, Report, Rig};

/// Seconds of every stage of one claim.
#[derive(Copy, Clone, Default)]
struct Stages {
    commit: f64,
    noise: f64,
    product: f64,
    leaves: f64,
    tickets: f64,
    tree: f64,
    all: f64,
    /// Processor time of all, on all threads together.
    processor: f64,
}

/// A task of random matrices.
struct Task {
    shape: Shape,
    a: Vec<i8>,
    bt: Vec<i8>,
    rig: Rig,
}

impl Task {
    fn new(shape: Shape, rig: Rig) -> Self {
        Self {
            shape,
            a: random_matrix(shape.len_a(), 1),
            bt: random_matrix(shape.len_b(), 2),
            rig,
        }
    }

    /// Seconds on the clock and of processor time of the product as it is.
    fn plain(&self) -> (f64, f64) {
        let team = Team::of(self.rig.threads);
        let (wall, processor, _) = both_seconds(|| {
            plain_product_with(self.rig.isa, &self.shape, &self.a, &self.bt, &team)
        });
        (wall, processor)
    }

    fn with_claim<T>(&self, seeds: Seeds, work: impl FnOnce(&ClaimedProduct, &Options) -> T) -> T {
        let cancel = AtomicBool::new(false);
        let claimed = ClaimedProduct {
            shape: self.shape,
            seeds,
            a: &self.a,
            bt: &self.bt,
            target: U256::MAX >> 20,
        };
        let options = Options {
            threads: self.rig.threads,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        work(&claimed, &options)
    }

    /// The whole of an honest worker's claim, from the matrices to root_c.
    fn honest(&self) -> Stages {
        let (shape, team) = (self.shape, Team::of(self.rig.threads));
        let (all, processor, (commit, timings)) = both_seconds(|| {
            let (commit, seeds) = seconds(|| {
                let root = |matrix| {
                    let tree = commit(shape.set(), shape.slabs(), matrix, &team);
                    tree.expect("strips").root()
                };
                let job = JobInputs {
                    genesis_hash: [1; 32],
                    set: shape.set(),
                    task: 7,
                    anchor: [2; 32],
                    worker: [3; 32],
                    m: shape.m(),
                    n: shape.n(),
                    slabs: shape.slabs(),
                };
                Seeds::derive(&job, &root(&self.a), &root(&self.bt))
            });
            let timings = self.with_claim(seeds, |claimed, options| {
                let mined = mine_with(self.rig.isa, claimed, options);
                mined.expect("legal matrices").timings
            });
            (commit, timings)
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

    /// The same worker without delivery.
    fn drawn(&self) -> (f64, f64) {
        let seeds = Seeds {
            a: [5; 32],
            b: [6; 32],
        };
        let (wall, processor, _) = both_seconds(|| {
            self.with_claim(seeds, |claimed, options| {
                draw_with(self.rig.isa, claimed, self.shape.set().r(), options)
            })
        });
        (wall, processor)
    }
}

/// What a size is called, and how it is measured.
pub struct Size {
    /// Of the figures of the overhead.
    pub name: &'static str,
    /// Of the figure of delivery, where it is wanted.
    pub delivery: Option<&'static str>,
    pub set: ParamSet,
    pub slabs: u8,
    pub side: u32,
    pub rounds: usize,
}

/// One round: the plain product, all of mining, and mining without delivery.
struct Round {
    plain: (f64, f64),
    honest: Stages,
    drawn: (f64, f64),
}

/// Multiply-accumulates per second of processor time of a product of packed panels, without anything around it.
fn bare_product(size: &Size, transcript: bool, tail: usize, rig: Rig) -> impl FnMut() -> f64 {
    let team = Team::of(rig.threads);
    let set = size.set;
    let schedule = Schedule::every(rig.isa, size.slabs, set.k(), set.r(), tail);
    let side = size.side.min(2048) as usize;
    let left = Left::pack(
        schedule.clone(),
        side / 8,
        &team,
        || (),
        |_, i, steps| {
            let mut state = 2 * i as u64 + 1;
            for step in steps {
                step.0 = std::array::from_fn(|_| random_step(&mut state, rig.isa));
            }
        },
    );
    let right = Right::pack(
        schedule,
        side / 8,
        &team,
        || (),
        |_, j, lane, steps| {
            let mut state = 2 * j as u64 + 0x1001;
            for step in steps {
                step.0[lane..lane + 8].fill_with(|| random_step(&mut state, rig.isa));
            }
        },
    );
    let (left, right) = (left.expect("not cancelled"), right.expect("not cancelled"));
    let macs = (side * side * set.k() * usize::from(size.slabs)) as f64;
    move || {
        let (wall, processor, _) = both_seconds(|| {
            product(
                &left,
                &right,
                transcript,
                &team,
                || (),
                |_, _| (),
                |_, _| (),
            )
        });
        macs / if processor.is_finite() {
            processor
        } else {
            wall
        }
    }
}

/// What a lane of a step holds: bytes, or pairs of `i16` of their range.
fn random_step(state: &mut u64, isa: Isa) -> i32 {
    let word = random_word(state);
    match isa.columns_per_step() {
        4 => word as i32,
        _ => i32::from(word as i8) & 0xffff | i32::from((word >> 8) as i8) << 16,
    }
}

/// What was found at one size.
pub struct Overhead {
    /// All of mining over the plain product.
    pub overhead: f64,
    /// The stage `product` over the plain product: the multiplication itself with transcripts and peel, without hashing.
    pub product: f64,
    /// All of mining over the same without delivery; not a number where that wasn't measured.
    pub delivery: f64,
}

/// Measures one size, and what each stage takes of the plain product's time.
pub fn measure(report: &mut Report, size: &Size, rig: Rig) -> Overhead {
    let Size {
        name,
        set,
        side,
        rounds,
        ..
    } = *size;
    let shape = Shape::new(set, side, side, size.slabs).expect("a legal shape");
    let task = Task::new(shape, rig);
    // The first touch of everything, which is not counted.
    let _ = (task.plain(), task.honest());
    let round = || Round {
        plain: task.plain(),
        honest: task.honest(),
        drawn: match size.delivery {
            Some(_) => task.drawn(),
            None => (f64::NAN, f64::NAN),
        },
    };
    let rounds: Vec<Round> = (0..rounds).map(|_| round()).collect();
    drop(task);
    let of = |ratio: &dyn Fn(&Round) -> f64| median(rounds.iter().map(ratio));
    let overhead = of(&|round| round.honest.all / round.plain.0);
    let processor = of(&|round| round.honest.processor / round.plain.1);
    // Of the plain product's time. Stages are timed by the clock, which also counts what the machine did for others meanwhile: each
    // gets its part of the processor time of them all.
    let share = |stage: &dyn Fn(&Stages) -> f64| {
        of(&|round| {
            let honest = &round.honest;
            let all = if processor.is_finite() {
                honest.processor / round.plain.1
            } else {
                honest.all / round.plain.0
            };
            stage(honest) / honest.all * all
        })
    };
    let speed = shape.macs() as f64 / of(&|round| round.plain.0) / 1e9;
    println!(
        "\n{name}: {side} x {side} x {}, {} rounds",
        shape.inner(),
        rounds.len()
    );
    println!("  plain product            {speed:8.1} GMAC/s");
    println!("  all of mining            {overhead:8.4} of the plain product's time");
    println!("  the same, processor time {processor:8.4}");
    report.number(name, overhead);
    report.number(&format!("{name}_processor_time"), processor);
    report.number(&format!("{name}_plain_gmacs"), speed);
    let delivery = of(&|round| round.honest.all / round.drawn.0);
    if let Some(name) = size.delivery {
        let processor = of(&|round| round.honest.processor / round.drawn.1);
        println!("  all of mining            {delivery:8.4} of the time without delivery");
        println!("  the same, processor time {processor:8.4}");
        report.number(name, delivery);
        report.number(&format!("{name}_processor_time"), processor);
    }

    // The peel and the transcripts are fused into the product: their shares are differences between products with and without.
    let mut with = bare_product(size, true, 2 * set.r(), rig);
    let mut without_peel = bare_product(size, true, 0, rig);
    let mut bare = bare_product(size, false, 0, rig);
    let speeds: Vec<[f64; 3]> = (0..rounds.len().max(5))
        .map(|_| [bare(), without_peel(), with()])
        .collect();
    let peel = median(
        speeds
            .iter()
            .map(|[bare, without, with]| bare / with - bare / without),
    );
    let transcript = median(speeds.iter().map(|[bare, without, _]| bare / without - 1.0));
    let product = share(&|s| s.product - s.leaves - s.tickets);
    let stages: [(&str, f64); 8] = [
        ("commit", share(&|s| s.commit)),
        ("noise", share(&|s| s.noise)),
        ("product", product),
        ("of_which_transcript", transcript),
        ("of_which_peel", peel),
        ("tickets", share(&|s| s.tickets)),
        ("leaves_c", share(&|s| s.leaves)),
        ("tree_c", share(&|s| s.tree)),
    ];
    for (stage, share) in stages {
        println!("    {stage:<22} {share:8.4}");
        report.number(&format!("{name}_{stage}"), share);
    }
    Overhead {
        overhead,
        product,
        delivery,
    }
}

/// The plain product of one slab alone, a few times after one that is not counted.
pub fn measure_plain(report: &mut Report, side: u32, rig: Rig) {
    const TIMES: usize = 5;
    let shape = Shape::new(ParamSet::Set1, side, side, 1).expect("a legal shape");
    let task = Task::new(shape, rig);
    task.plain();
    let (wall, processor): (Vec<f64>, Vec<f64>) = (0..TIMES).map(|_| task.plain()).unzip();
    report.number("seconds", median(wall));
    report.number("processor_seconds", median(processor));
}

/// Multiply-accumulates of each second on the clock, and of processor time.
type Speed = (f64, f64);

/// The plain product against the same instructions on registers alone, on as many threads at once.
pub fn measure_peak(report: &mut Report, side: u32, rounds: usize, rig: Rig) {
    const TURNS: u64 = 4_000_000;
    let Rig { isa, threads } = rig;
    let shape = Shape::new(ParamSet::Set1, side, side, 1).expect("a legal shape");
    let task = Task::new(shape, rig);
    let peak = || -> Option<Speed> {
        let (wall, processor, macs) = both_seconds(|| {
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
        macs.map(|macs| (macs as f64 / wall, macs as f64 / processor))
    };
    let macs = shape.macs() as f64;
    let rounds: Vec<(Speed, Option<Speed>)> = (0..rounds)
        .map(|_| {
            let before = peak();
            let (wall, processor) = task.plain();
            let mean = |(before, after)| (before + after) / 2.0;
            let peak = before
                .zip(peak())
                .map(|(before, after)| (mean((before.0, after.0)), mean((before.1, after.1))));
            ((macs / wall, macs / processor), peak)
        })
        .collect();
    let plain = median(rounds.iter().map(|(plain, _)| plain.0));
    println!(
        "\nplain product, {side} x {side} x {}: {:.1} GMAC/s",
        shape.inner(),
        plain / 1e9
    );
    report.number("plain_gmacs", plain / 1e9);
    let Some(analytic) = isa.analytic_macs_per_cycle() else {
        println!("  the compiler chose the instructions: there is no peak to hold it against");
        return;
    };
    let of = |figure: &dyn Fn(Speed, Speed) -> f64| {
        median(
            rounds
                .iter()
                .filter_map(|(plain, peak)| peak.map(|peak| figure(*plain, peak))),
        )
    };
    let (share, processor) = (
        of(&|plain, peak| plain.0 / peak.0),
        of(&|plain, peak| plain.1 / peak.1),
    );
    let peak = of(&|_, peak| peak.0);
    println!(
        "  {isa} allows {analytic} multiply-accumulates per cycle and core on two vector ports"
    );
    println!("  measured on registers    {:8.1} GMAC/s", peak / 1e9);
    println!("  share of the peak        {share:8.4}, by processor time {processor:.4}");
    report.number("plain_peak_share", share);
    report.number("plain_peak_share_processor_time", processor);
    report.number("peak_measured_gmacs", peak / 1e9);
    report.number("peak_analytic_macs_per_cycle_and_core", f64::from(analytic));
}
