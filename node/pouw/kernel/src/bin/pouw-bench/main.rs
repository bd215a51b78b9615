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

const USAGE: &str = "Usage: pouw-bench [--quick | --plain] [--isa NAME] [--threads N]

  --quick      small matrices and few repetitions: shows that it runs, not how fast
  --plain      only the plain product, 4096 x 4096 x 4096: its seconds, to hold against other libraries
  --isa NAME   instructions of the kernel, as on a processor that has no better ones; the best ones when not given
  --threads N  threads of every stage; all of the machine's when not given";

/// What the command line asks for.
struct Arguments {
    quick: bool,
    plain: bool,
    rig: Rig,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        quick: false,
        plain: false,
        rig: Rig {
            isa: Isa::best(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        },
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => found.quick = true,
            "--plain" => found.plain = true,
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

/// Has the allocator keep what is freed. Fresh pages are cleared by the system, in a virtual machine at a price that says nothing about the
/// kernel: as much as a third of a product. So every round works in the memory of the one before it.
fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two numbers of the allocator; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, -1);
    }
}

fn main() {
    keep_memory();
    let Arguments { quick, plain, rig } = arguments().unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2);
    });
    let mut report = Report::default();
    if plain {
        overhead::measure_plain(&mut report, 4096, rig);
        println!("{}", report.json());
        return;
    }
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
    let large = |name, delivery, slabs, rounds| Size {
        delivery: Some(delivery),
        ..size(name, ParamSet::Set1, slabs, 8192, rounds)
    };
    let large = [
        large("overhead_K4", "delivery_share_K4", 4, 3),
        large("overhead_K1", "delivery_share_K1", 1, 5),
    ];
    let [k4, k1] = large
        .each_ref()
        .map(|size| overhead::measure(&mut report, size, rig));
    let small = [
        size("overhead_set1_2048", ParamSet::Set1, 1, 2048, 15),
        size("overhead_set0_1024", ParamSet::Set0, 1, 1024, 51),
    ];
    for size in &small {
        overhead::measure(&mut report, size, rig);
    }
    let (side, rounds) = if quick { (512, 3) } else { (4096, 9) };
    overhead::measure_peak(&mut report, side, rounds, rig);
    verification::measure(&mut report, if quick { 20 } else { 500 });
    let (side, rounds) = if quick { (256, 3) } else { (8192, 5) };
    let discount = adversary::measure(&mut report, side, rounds, rig);
    // The names that these figures had before there were slabs.
    report.number("overhead_set1", k1.overhead);
    report.number("adversary_ratio", discount * k1.delivery);
    println!("{}", report.json());

    // Of the large sizes only: the plain product's time is with packing, which mining does as it adds noise. There that is nothing beside a
    // product, at 1024 x 1024 x 1024 it is some percent.
    for (Size { name, .. }, measured) in large.iter().zip([&k4, &k1]) {
        let product = measured.product;
        // What is no number isn't enough either.
        if !quick && (product.is_nan() || product < LEAST_PRODUCT) {
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
