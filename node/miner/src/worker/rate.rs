//! How fast this machine computes.

use std::time::Duration;

/// A job of fewer blocks than this spends much of its time on other things than multiplying.
const MEASURABLE_BLOCKS: u32 = 4;

/// Multiply-accumulates per block, from the jobs done.
#[derive(Default)]
pub(crate) struct Rate(Option<u128>);

impl Rate {
    /// Takes in `macs`, a job or what was done of a cancelled one, that took so long. A short one can show that this
    /// machine is faster than was known, not that it is slower.
    pub(crate) fn learn(&mut self, macs: u128, took: Duration, block_time: Duration) {
        let measured = macs.saturating_mul(block_time.as_nanos()) / took.as_nanos().max(1);
        let long = took >= block_time.saturating_mul(MEASURABLE_BLOCKS);
        self.0 = match self.0 {
            _ if long => Some(measured),
            known => known.map(|known| known.max(measured)),
        };
    }

    /// `None` before a job was long enough.
    pub(crate) fn macs_per_block(&self) -> Option<u128> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Duration = Duration::from_secs(1);

    #[test]
    fn a_job_of_some_blocks_sets_the_rate() {
        let mut rate = Rate::default();
        rate.learn(1_000, 4 * BLOCK, BLOCK);
        assert_eq!(rate.macs_per_block(), Some(250));
        rate.learn(1_000, 10 * BLOCK, BLOCK);
        assert_eq!(rate.macs_per_block(), Some(100));
        rate.learn(1_000, 5 * BLOCK, BLOCK);
        assert_eq!(rate.macs_per_block(), Some(200));
    }

    #[test]
    fn a_tiny_job_does_not_make_the_machine_slow() {
        let mut rate = Rate::default();
        // Most of a second for the disk.
        rate.learn(1, BLOCK / 2, BLOCK);
        assert_eq!(rate.macs_per_block(), None);
        rate.learn(1_000, 4 * BLOCK, BLOCK);
        rate.learn(1, BLOCK / 2, BLOCK);
        assert_eq!(rate.macs_per_block(), Some(250));
    }

    #[test]
    fn a_short_job_may_raise_the_rate() {
        let mut rate = Rate::default();
        rate.learn(1_000, 4 * BLOCK, BLOCK);
        rate.learn(1_000, BLOCK / 2, BLOCK);
        assert_eq!(rate.macs_per_block(), Some(2_000));
    }

    #[test]
    fn no_time_at_all_is_no_panic() {
        let mut rate = Rate::default();
        rate.learn(u128::MAX, Duration::ZERO, BLOCK);
        rate.learn(u128::MAX, Duration::MAX, Duration::MAX);
        rate.learn(1, Duration::ZERO, Duration::ZERO);
    }
}
