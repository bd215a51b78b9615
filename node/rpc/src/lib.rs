//! The node's JSON-RPC server: the SDK's, with every answer counted until its client has read it.
//!
//! # Goals
//!
//! - A client that asks for much and reads nothing costs the node a bounded number of bytes, whatever the method.
//! - What is refused is told with an error of its own, and a client that reads is served.
//! - What this node has pruned is told as that, whatever the method.
//!
//! # Design
//!
//! The SDK's server hands an answer to a queue and forgets it; what waits there, and behind it, has no bound. So this
//! crate accepts the connections itself, with the SDK's own layers (health, CORS, rate limit, metrics) above, and
//!
//! - gives each connection a [`Connection`], which every call finds among its extensions;
//! - wraps every method ([`limit`]): the request counts while the method runs, the answer from then on, and so does
//!   what a subscription tells, which is never refused but waits; one that may tell much ([`Large`]) is refused where there
//!   is no room for it;
//! - looks at the socket: what it has taken is no longer in flight.
//!
//! When the node's own bound is reached, connections that are at rest are set to nothing in flight (a batch that grew
//! too large was never sent, for example), and the one that has been stuck longest is closed.
//!
//! Calls run a few at a time ([`Limits::concurrent_calls`]), so that they don't outrun the instances of the runtime.
//!
//! # Properties
//!
//! - The answers that wait on one connection have [`Params::rpc_max_in_flight_per_connection`] bytes at most, or are one.
//! - Those of all connections together have [`Params::rpc_max_in_flight`] bytes at most.
//! - What a connection had in flight is given back when it ends.
//!
//! | file | what it is |
//! |---|---|
//! | `params` | [`Params`]: the options |
//! | `limits` | [`Limits`]: how large a request and an answer may be |
//! | `budget` | [`Budget`], [`Connection`]: the bytes in flight |
//! | `methods` | [`limit`]: methods that count what they answer |
//! | `pruned` | [`Pruned`]: what this node no longer has, said in one way |
//! | `socket` | a socket that reports what it has taken |
//! | `server` | [`serve`]: the endpoints |
//! | `metrics` | what Prometheus is shown |

mod budget;
mod limits;
mod methods;
mod metrics;
mod params;
mod pruned;
mod server;
mod socket;

pub use budget::{Budget, Connection, InFlight};
pub use limits::Limits;
pub use methods::{limit, Estimate, Large};
pub use params::Params;
pub use pruned::Pruned;
pub use server::{serve, ServeError};

pub(crate) const LOG_TARGET: &str = "rpc";

/// What an error repeats of a text that may be as long as a request.
pub fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
