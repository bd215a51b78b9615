//! Unpredictable choices: a cheater must not know which tiles will be looked at.

use std::collections::BTreeSet;

/// `count` different numbers below `below`, ascending, from the system's entropy; all of them when there are no more.
/// Errors: the system has no entropy to give.
pub fn sample(below: u64, count: usize) -> Result<Vec<u64>, getrandom::Error> {
    if below <= count as u64 {
        return Ok((0..below).collect());
    }
    let mut chosen = BTreeSet::new();
    // Floyd: one draw for each number, even when nearly all are wanted.
    for top in below - count as u64..below {
        let pick = number(top + 1)?;
        if !chosen.insert(pick) {
            chosen.insert(top);
        }
    }
    Ok(chosen.into_iter().collect())
}

/// Below `below`, which is not zero. The bias is at most `below / 2^64`.
fn number(below: u64) -> Result<u64, getrandom::Error> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes)?;
    let wide = u128::from(u64::from_le_bytes(bytes)) * u128::from(below);
    Ok((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_different_numbers_in_range() {
        for (below, count) in [(1, 1), (10, 3), (10, 9), (1 << 34, 64), (65, 64)] {
            let sample = sample(below, count).unwrap();
            assert_eq!(sample.len(), count);
            assert!(sample.is_sorted_by(|a, b| a < b));
            assert!(sample.iter().all(|number| *number < below));
        }
    }

    #[test]
    fn few_are_all_taken() {
        assert!(sample(0, 5).unwrap().is_empty());
        assert_eq!(sample(3, 5).unwrap(), [0, 1, 2]);
        assert_eq!(sample(5, 5).unwrap(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn every_number_is_chosen_at_some_time() {
        let mut seen = BTreeSet::new();
        // 400 draws of 2 from 10 miss a given number with probability 0.8^400 < 10^-38.
        for _ in 0..400 {
            seen.extend(sample(10, 2).unwrap());
        }
        assert_eq!(seen.len(), 10);
    }
}
