//! Timing, medians, and the object that is printed at the end.

use std::{hint::black_box, time::Instant};

use bcai_pouw_kernel::{processor_time, Isa};

/// What everything is measured on.
#[derive(Copy, Clone)]
pub struct Rig {
    pub isa: Isa,
    pub threads: usize,
}

/// What was measured, in order.
#[derive(Default)]
pub struct Report {
    fields: Vec<String>,
}

impl Report {
    /// Adds a figure.
    pub fn number(&mut self, name: &str, value: f64) {
        let value = if value.is_finite() {
            format!("{value:.4}")
        } else {
            "null".into()
        };
        self.fields.push(format!("\"{name}\":{value}"));
    }

    /// Adds a name, which must not need escaping.
    pub fn text(&mut self, name: &str, value: &str) {
        self.fields.push(format!("\"{name}\":\"{value}\""));
    }

    /// All of it as one JSON object.
    pub fn json(&self) -> String {
        format!("{{{}}}", self.fields.join(","))
    }
}

/// Seconds of processor time that `work` takes on all threads together, beside the seconds on the clock. On a machine that is busy with
/// something else the first are the ones to compare.
pub fn both_seconds<T>(work: impl FnOnce() -> T) -> (f64, f64, T) {
    let start = processor_time();
    let (wall, result) = seconds(work);
    let spent = processor_time().zip(start).map(|(end, start)| end - start);
    (
        wall,
        spent.map_or(f64::NAN, |spent| spent.as_secs_f64()),
        result,
    )
}

/// Seconds that `work` takes on the clock.
pub fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64(), result)
}

/// The middle value; of an even number of them the higher one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The next 32 random bits of a state that is not zero.
pub fn random_word(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 32) as u32
}

/// A matrix of `[-64, 64]` that is the same in every run.
pub fn random_matrix(len: u64, seed: u64) -> Vec<i8> {
    let mut state = seed | 1;
    (0..len)
        .map(|_| (random_word(&mut state) % 129) as i16 - 64)
        .map(|value| value as i8)
        .collect()
}

/// What the system calls its processor; empty where it doesn't tell.
pub fn processor_name() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let fact = |name: &str| {
        let line = facts
            .lines()
            .find(|line| line.split(':').next().map(str::trim) == Some(name))?;
        let value = line.split_once(':')?.1.trim();
        Some(value.replace(['"', '\\'], ""))
    };
    let Some(model) = fact("model name") else {
        return String::new();
    };
    // Some names tell no more than the maker's.
    let number = |name| fact(name).unwrap_or_default();
    format!(
        "{model} (family {}, model {})",
        number("cpu family"),
        number("model")
    )
}
