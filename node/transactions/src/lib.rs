//! Signs, sends and follows transactions of this node's accounts: any call of the runtime.
//!
//! | file | what it is |
//! |---|---|
//! | `send` | [`Transactions`]: the next nonce, the pool, and who follows what was sent |
//! | `sign` | a call made into a signed transaction |
//! | `ledger` | the one book of what was sent and isn't final yet |
//! | `follow` | what becomes of a transaction, as a stream of its states |
//! | `outcome` | what a block says of a transaction in it |
//! | `error` | [`SendError`]: why a call could not be sent |
//! | `metrics` | what Prometheus is shown |
//!
//! # Properties
//!
//! - Two transactions of one account never get the same nonce while both wait, however many parts of the node send.
//! - A nonce that a dropped transaction left is filled again, so that those behind it can go on.
//! - No call fails unseen: a line in the log, with its fee, and counters.
//! - A transaction in a block that a reorganisation took back is waiting again when the pool has it, and gone otherwise.

mod error;
mod follow;
mod ledger;
mod metrics;
mod outcome;
mod send;
mod sign;

pub use error::SendError;
pub use follow::{channel, Sent, State};
pub use outcome::{Included, Outcome};
pub use send::Transactions;
pub use sign::{Life, Signer};
