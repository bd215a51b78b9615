//! Time, from the one slot constant, and money.

/// Periods, in blocks: one block a slot.
pub mod time {
    use crate::BlockNumber;

    /// Milliseconds of a slot. Everything below derives from it.
    pub const SLOT_DURATION: u64 = 1_000;

    /// Blocks in so many seconds.
    pub const fn blocks_in(seconds: u64) -> BlockNumber {
        let blocks = seconds.saturating_mul(1_000) / SLOT_DURATION;
        if blocks < BlockNumber::MAX as u64 {
            blocks as BlockNumber
        } else {
            BlockNumber::MAX
        }
    }

    /// Blocks in a minute.
    pub const MINUTES: BlockNumber = blocks_in(60);
    /// Blocks in an hour.
    pub const HOURS: BlockNumber = blocks_in(3_600);
    /// Blocks in a day.
    pub const DAYS: BlockNumber = blocks_in(86_400);
    /// Slots of an epoch, which is a session. As many blocks are a retarget period: as long as a session where no slot is
    /// missed, longer by the missed ones otherwise, so that tickets a block stay what they are meant to be.
    pub const EPOCH_DURATION: BlockNumber = blocks_in(300);
    /// How long block hashes are kept on chain; also the longest mortality of a transaction.
    pub const BLOCK_HASH_COUNT: BlockNumber = blocks_in(4_096);

    /// How likely a slot has a primary author: 1 in 4, the others have secondary ones.
    pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);
}

/// Amounts.
pub mod money {
    use crate::Balance;

    /// One BCAI: 12 decimals.
    pub const BCAI: Balance = 1_000_000_000_000;
    /// A thousandth of it.
    pub const MILLI: Balance = BCAI / 1_000;
    /// A millionth of it.
    pub const MICRO: Balance = BCAI / 1_000_000;
    /// Least balance of an account.
    pub const EXISTENTIAL_DEPOSIT: Balance = MILLI;

    /// The deposit for what an account keeps in storage.
    pub const fn deposit(items: u32, bytes: u32) -> Balance {
        (items as Balance)
            .saturating_mul(100 * MILLI)
            .saturating_add((bytes as Balance).saturating_mul(100 * MICRO))
    }

    /// What stands before the decimals.
    pub const TOKEN_SYMBOL: &str = "BCAI";
    /// Decimals of the token.
    pub const TOKEN_DECIMALS: u8 = 12;
    /// The prefix of BCAI's addresses: unassigned in ss58-registry 1.51.
    pub const SS58_PREFIX: u16 = 3_131;
}
