//! Measures the useful-work kernel: its overhead over the plain product, its speed against the processor's peak, verification, and what
//! cheaters would gain. Prints what it finds; the last line is one JSON object. Fails where the plain product is slower than the product
//! that mining makes, since a reference that is no better than that flatters everything held against it.

mod adversary;
mod cheater;
mod measure;
mod overhead;
mod verification;

use bcai_pouw_kernel::Isa;
use bcai_pouw_primitives::ParamSet;
use measure::{processor_name, Report, Rig};
use overhead::Size;

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
    println!(
        "kernel: {}, {} threads of {}",
        rig.isa,
        rig.threads,
        processor_name()
    );
    report.text("processor", &processor_name());
    report.text("isa", rig.isa.name());
    report.number("threads", rig.threads as f64);

    let size = |name, set, slabs, side, rounds| Size {
        name,
        delivery: None,
        set,
        slabs,
        side: if quick { 256 } else { side },
        rounds: if quick { 3 } else { rounds },
    };
    let k4 = Size {
        delivery: Some("delivery_share_K4"),
        ..size("overhead_K4", ParamSet::Set1, 4, 8192, 5)
    };
    let k1 = Size {
        delivery: Some("delivery_share_K1"),
        ..size("overhead_K1", ParamSet::Set1, 1, 8192, 9)
    };
    let products = [&k4, &k1].map(|size| (size.name, overhead::measure(&mut report, size, rig)));
    for size in [
        size("overhead_set1_2048", ParamSet::Set1, 1, 2048, 25),
        size("overhead_set0_1024", ParamSet::Set0, 1, 1024, 101),
    ] {
        overhead::measure(&mut report, &size, rig);
    }
    let (side, rounds) = if quick { (512, 3) } else { (4096, 15) };
    overhead::measure_peak(&mut report, side, rounds, rig);
    verification::measure(&mut report, if quick { 20 } else { 500 });
    let (side, rounds) = if quick { (256, 3) } else { (8192, 7) };
    adversary::measure(&mut report, side, rounds, rig);
    println!("{}", report.json());

    for (name, product) in products {
        if !quick && product < LEAST_PRODUCT {
            eprintln!(
                "pouw-bench: the product of {name} takes {product:.4} of the plain one's time, less than {LEAST_PRODUCT}: \
                 the reference is not the best that this kernel can do"
            );
            std::process::exit(1);
        }
    }
}

/// The least that the product with transcripts and peel may take of the plain product's time.
const LEAST_PRODUCT: f64 = 0.98;
