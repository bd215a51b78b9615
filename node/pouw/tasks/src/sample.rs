//! Unpredictable choices: a cheater must not know which tiles will be looked at.

use rand::{rngs::OsRng, seq::index, TryRngCore};

/// `count` different numbers below `below`, ascending, from the system's entropy; all of them when there are no more.
/// Panics when the system has no entropy to give.
pub fn sample(below: u64, count: usize) -> Vec<u64> {
    // No parameter set has more tiles than a 64-bit machine counts.
    let below = usize::try_from(below).unwrap_or(usize::MAX);
    let chosen = index::sample(&mut OsRng.unwrap_err(), below, count.min(below));
    let mut chosen: Vec<u64> = chosen.into_iter().map(|number| number as u64).collect();
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::sample;
    use std::collections::BTreeSet;

    #[test]
    fn a_sample_has_different_numbers_in_range() {
        for (below, count) in [(0, 5), (3, 5), (10, 3), (10, 9), (1 << 34, 64), (65, 64)] {
            let sample = sample(below, count);
            assert_eq!(sample.len() as u64, below.min(count as u64));
            assert!(sample.is_sorted_by(|a, b| a < b));
            assert!(sample.iter().all(|number| *number < below));
        }
    }

    #[test]
    fn every_number_is_chosen_at_some_time() {
        // 400 draws of 2 from 10 miss a given number with probability 0.8^400 < 10^-38.
        let seen: BTreeSet<u64> = (0..400).flat_map(|_| sample(10, 2)).collect();
        assert_eq!(seen.len(), 10);
    }
}
