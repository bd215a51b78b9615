//! How storage is laid out: its version, and how its larger maps are keyed.

use frame_support::{Blake2_128Concat, Twox64Concat};

/// Version of the storage. No chain ran one before this, so nothing migrates.
pub const VERSION: u16 = 3;

/// Tasks are numbered by the chain, so nobody chooses keys that collide.
pub type TaskHasher = Twox64Concat;

/// Accounts are anybody's choice.
pub type CreditHasher = Blake2_128Concat;
