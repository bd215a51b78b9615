//! Measures the useful-work kernel: its overhead over the plain product, its speed against the processor's peak, verification, and what
//! cheaters would gain. Prints what it finds; the last line is one JSON object.

mod adversary;
mod cheater;
mod graph;
mod measure;
mod overhead;
mod verification;

use bcai_pouw_kernel::Isa;
use bcai_pouw_primitives::ParamSet;
use measure::{Report, Rig};

const USAGE: &str = "Usage: pouw-bench [--quick] [--isa NAME] [--threads N]

  --quick      small matrices and few repetitions: shows that it runs, not how fast
  --isa NAME   instructions of the kernel, as on a processor that has no better ones; the best ones when not given
  --threads N  threads of every stage; all of the machine's when not given";

/// What the command line asks for.
struct Arguments {
    quick: bool,
    rig: Rig,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        quick: false,
        rig: Rig {
            isa: Isa::best(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        },
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => found.quick = true,
            "--isa" => {
                let name = words.next().unwrap_or_default();
                let here: Vec<Isa> = Isa::ALL.into_iter().filter(|i| i.is_available()).collect();
                let isa = here.iter().find(|isa| isa.name() == name);
                found.rig.isa = *isa.ok_or_else(|| {
                    let names: Vec<&str> = here.iter().map(|isa| isa.name()).collect();
                    format!("--isa needs one of {}, not {name:?}", names.join(", "))
                })?;
            }
            "--threads" => {
                let number = words.next().unwrap_or_default();
                found.rig.threads = number
                    .parse()
                    .ok()
                    .filter(|threads| *threads > 0)
                    .ok_or_else(|| {
                        format!("--threads needs a number above zero, not {number:?}")
                    })?;
            }
            "-h" | "--help" => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            other => return Err(format!("unknown argument {other:?}\n\n{USAGE}")),
        }
    }
    Ok(found)
}

fn main() {
    let Arguments { quick, rig } = arguments().unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2);
    });
    let mut report = Report::default();
    println!("kernel: {}, {} threads", rig.isa, rig.threads);
    report.text("isa", rig.isa.name());
    report.number("threads", rig.threads as f64);

    let sizes = if quick {
        [("overhead_set1", 512, 3), ("overhead_set1_2048", 256, 3)]
    } else {
        [("overhead_set1", 8192, 9), ("overhead_set1_2048", 2048, 25)]
    };
    for (name, side, rounds) in sizes {
        overhead::measure(&mut report, name, ParamSet::Set1, side, rounds, rig);
    }
    let (side, rounds) = if quick { (256, 3) } else { (1024, 101) };
    overhead::measure(
        &mut report,
        "overhead_set0_1024",
        ParamSet::Set0,
        side,
        rounds,
        rig,
    );
    overhead::measure_peak(
        &mut report,
        if quick { 512 } else { 4096 },
        if quick { 3 } else { 15 },
        rig,
    );
    verification::measure(&mut report, if quick { 20 } else { 500 });
    adversary::measure(
        &mut report,
        if quick { 512 } else { 8192 },
        if quick { 3 } else { 7 },
        rig,
    );
    println!("{}", report.json());
}
