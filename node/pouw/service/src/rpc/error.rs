//! The errors of the `pouw_` methods, each with its own code; those for matrices are in the same range, see `docs/rpc.md`.

use bcai_matrices::NotLegal;
use bcai_runtime::Hash;
use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};

/// The first code is one above this; the SDK's own modules end below it.
const BASE: i32 = 10_000;

/// Why a method refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    NotLegal(#[from] NotLegal),
    #[error("this chain takes no tasks of parameter set {param_set}")]
    SetNotEnabled { param_set: u8 },
    #[error("a limit of {limit} is not legal: 1 to {max} is")]
    Limit { limit: u32, max: u32 },
    #[error("cannot read the chain at block {at:?}: {reason}")]
    Runtime { at: Hash, reason: String },
    #[error("block {at:?} is one of an upgrade, whose storage isn't migrated yet: ask its parent or a later one")]
    Migrating { at: Hash },
    #[error("`{text}` is no account: SS58, or 0x and 64 hex digits, is")]
    Account { text: String },
    #[error("`{text}` is no amount: a decimal number in the smallest unit is")]
    Amount { text: String },
}

impl Error {
    /// The JSON-RPC error code.
    pub fn code(&self) -> i32 {
        BASE + match self {
            Self::NotLegal(error) => return error.code(),
            Self::Limit { .. } => 16,
            Self::Runtime { .. } => 17,
            Self::Account { .. } => 18,
            Self::Amount { .. } => 19,
            Self::SetNotEnabled { .. } => 20,
            Self::Migrating { .. } => 23,
        }
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        ErrorObject::owned(error.code(), error.to_string(), None::<()>)
    }
}
