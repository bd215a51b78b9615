use bcai_runtime::AccountId;
use sp_core::crypto::Ss58Codec;

/// Why a call could not be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// The state that signing needs is not available.
    #[error("cannot read the chain at block {number}: {reason}")]
    Read {
        /// Of the block.
        number: u32,
        /// What the database or the runtime said.
        reason: String,
    },
    /// The keystore holds no key that can sign for the account.
    #[error("no key in the keystore for account {}", .0.to_ss58check())]
    NoKey(AccountId),
    /// The transaction could not be built or signed.
    #[error("cannot build the transaction: {0}")]
    Build(String),
    /// The pool refused the transaction; sending the same again at once will not help.
    #[error("the transaction pool refused it: {0}")]
    Refused(String),
}
