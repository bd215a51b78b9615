//! The retarget: integers only, no clock, no overflow at either end.

use primitive_types::U256;

/// A step changes the target by at most this factor, either way.
pub const MAX_STEP: u32 = 4;

/// The target of the next period, from the tickets that the last one had and those it should have had.
///
/// More tickets than expected make the target smaller (harder), fewer make it larger; by at most [`MAX_STEP`], and never out of
/// `hardest ..= easiest`.
pub fn retarget(old: U256, tickets: u32, expected: u32, hardest: U256, easiest: U256) -> U256 {
    let expected = expected.max(1);
    let seen = tickets
        .max(expected.div_ceil(MAX_STEP))
        .min(expected.saturating_mul(MAX_STEP));
    let (seen, expected) = (U256::from(seen), U256::from(expected));
    // old * expected / seen = (old / seen) * expected + (old % seen) * expected / seen, of which only the first product can overflow.
    let whole = old
        .checked_div(seen)
        .unwrap_or(old)
        .saturating_mul(expected);
    let rest = old
        .checked_rem(seen)
        .unwrap_or_default()
        .saturating_mul(expected)
        .checked_div(seen)
        .unwrap_or_default();
    whole.saturating_add(rest).min(easiest).max(hardest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOW: U256 = U256([1 << 20, 0, 0, 0]);

    #[test]
    fn the_target_follows_the_count() {
        let old = U256::from(1_000_000_000u64);
        let next = |tickets| retarget(old, tickets, 100, LOW, U256::MAX);
        assert_eq!(next(100), old);
        assert_eq!(next(200), old / 2);
        assert_eq!(next(50), old * 2);
        assert_eq!(next(0), old * 4);
        assert_eq!(next(u32::MAX), old / 4);
    }

    #[test]
    fn neither_end_overflows() {
        assert_eq!(retarget(U256::MAX, 0, u32::MAX, LOW, U256::MAX), U256::MAX);
        assert_eq!(retarget(LOW, u32::MAX, 1, LOW, U256::MAX), LOW);
        assert_eq!(retarget(U256::zero(), 0, 0, LOW, U256::MAX), LOW);
    }

    proptest! {
        #[test]
        fn a_step_is_bounded_and_monotonic(old in any::<[u64; 4]>(), tickets: u32, expected in 1u32..) {
            let old = U256(old).max(LOW);
            let next = retarget(old, tickets, expected, LOW, U256::MAX);
            prop_assert!(next >= (old / 4).saturating_sub(U256::one()).max(LOW));
            prop_assert!(next <= old.saturating_mul(U256::from(4)));
            prop_assert!(retarget(old, tickets.saturating_add(1), expected, LOW, U256::MAX) <= next);
        }
    }
}
