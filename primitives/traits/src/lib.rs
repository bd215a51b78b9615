#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

/// Useful work that accounts have proven, in multiply-accumulates: what is left of it after every halving so far.
pub trait WorkCredit<AccountId> {
    /// The credit of `who` now.
    fn credit_of(who: &AccountId) -> u128;
    /// At least the sum of all accounts' credit now.
    fn total() -> u128;
}
