//! What a node does beside its blocks, in roles: a miner, a challenger, the upkeep of a store. Each runs on threads
//! that are apart from the node's own, is started again when it fails, and is never the reason for which the node stops.
//!
//! | file | what it is |
//! |---|---|
//! | `supervisor` | [`Roles`]: starts a role, and starts it again with growing pauses |
//! | `threads` | where work that blocks or computes is done, out of the way of block authoring |
//!
//! # Properties
//!
//! - A role that panics is started again after a pause that doubles, up to [`MAX_RESTART_DELAY`].
//! - All threads of roles carry a name that [`is_role_thread`] knows, so that the node's panic hook lets them fail alone.
//! - Dropping [`Roles`] ends every role without waiting for it.

mod supervisor;
mod threads;

pub use supervisor::{Role, Roles, FIRST_RESTART_DELAY, MAX_RESTART_DELAY};
pub use threads::{
    at_low_priority, is_role_thread, lower_priority, on_blocking_thread, on_low_priority_thread,
    thread_name,
};
