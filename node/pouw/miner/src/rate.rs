//! How fast this machine computes.

use bcai_pouw_kernel::{plain_product, Team};
use bcai_pouw_primitives::{params::STRIP_ROWS, ParamSet, Shape};
use bcai_pouw_tasks::chain::Limits;
use std::time::{Duration, Instant};

/// A job of fewer blocks than this spends much of its time on other things than multiplying.
const MEASURABLE_BLOCKS: u32 = 4;

/// Rows of the square product that is timed: a second's work for a slow machine, a few milliseconds for a fast one.
const MEASURED_ROWS: u32 = 64 * STRIP_ROWS as u32;

/// How often it is done. The fastest counts: the others were disturbed.
const MEASUREMENTS: usize = 3;

/// Multiply-accumulates per block: measured at first, then from the jobs done.
#[derive(Default)]
pub(crate) struct Rate(Option<u128>);

impl Rate {
    /// Times a small product with so many threads, which have to be at low priority as those of a job are. It is too
    /// small to be as fast as a large one, so it errs on the safe side.
    pub(crate) fn measure(threads: usize, block_time: Duration) -> Self {
        let mut rate = Self(None);
        let Ok(shape) = Shape::new(ParamSet::Set1, MEASURED_ROWS, MEASURED_ROWS, 1) else {
            return rate;
        };
        let matrix = mixed(shape.len_a() as usize);
        let team = Team {
            low_priority: true,
            ..Team::of(threads)
        };
        for _ in 0..MEASUREMENTS {
            let started = Instant::now();
            if plain_product(&shape, &matrix, &matrix, &team).is_some() {
                let measured = per_block(shape.macs(), started.elapsed(), block_time);
                rate.0 = rate.0.max(Some(measured));
            }
        }
        rate
    }

    /// Takes in `macs`, a job or what was done of a cancelled one, that took so long. A short one can show that this
    /// machine is faster than was known, not that it is slower.
    pub(crate) fn learn(&mut self, macs: u128, took: Duration, block_time: Duration) {
        let measured = per_block(macs, took, block_time);
        let long = took >= block_time.saturating_mul(MEASURABLE_BLOCKS);
        self.0 = match self.0 {
            _ if long => Some(measured),
            known => known.map(|known| known.max(measured)),
        };
    }

    /// `None` before anything was measured.
    pub(crate) fn macs_per_block(&self) -> Option<u128> {
        self.0
    }
}

/// Legal values without a pattern: a processor does less for equal ones than for those of a task.
fn mixed(len: usize) -> Vec<i8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The upper bits are those without a pattern.
        (state >> 25) as i8 - 64
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The expected time from one block to the next.
pub(crate) fn block_time(limits: &Limits) -> Duration {
    Duration::from_millis(limits.block_time_ms)
}

fn per_block(macs: u128, took: Duration, block_time: Duration) -> u128 {
    macs.saturating_mul(block_time.as_nanos()) / took.as_nanos().max(1)
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
    fn a_machine_knows_its_speed_before_its_first_job() {
        let of_a_second = Rate::measure(1, BLOCK).macs_per_block().unwrap();
        // Whatever this machine is, it does something, and no processor does this much.
        assert!((1_000_000..1 << 50).contains(&of_a_second), "{of_a_second}");
    }

    #[test]
    fn no_time_at_all_is_no_panic() {
        let mut rate = Rate::default();
        rate.learn(u128::MAX, Duration::ZERO, BLOCK);
        rate.learn(u128::MAX, Duration::MAX, Duration::MAX);
        rate.learn(1, Duration::ZERO, Duration::ZERO);
    }
}
