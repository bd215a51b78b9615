use crate::params::MEGABYTE;
use sc_service::config::{ExecutorConfiguration, RpcConfiguration};

/// Bytes of a message beside its long parameter or result: the JSON-RPC envelope, a method's name, numbers.
const ENVELOPE: u64 = 1024;

/// Instances of the runtime that RPC leaves to import, authoring and the pool.
const SPARE_INSTANCES: usize = 3;

/// What the server takes and gives, as its options say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a request, at most.
    pub max_request: u64,
    /// Bytes of an answer, at most.
    pub max_response: u64,
    /// Calls that run at a time.
    pub concurrent_calls: usize,
}

impl Limits {
    /// Of a node's configuration: what every endpoint allows.
    pub fn of(rpc: &RpcConfiguration, executor: &ExecutorConfiguration) -> Self {
        let endpoints = || rpc.addr.iter().flatten();
        let megabytes = |default: u32, of_endpoints: Option<u32>| {
            u64::from(of_endpoints.unwrap_or(default)) * MEGABYTE
        };
        Self {
            max_request: megabytes(
                rpc.max_request_size,
                endpoints().map(|endpoint| endpoint.max_payload_in_mb).min(),
            ),
            max_response: megabytes(
                rpc.max_response_size,
                endpoints()
                    .map(|endpoint| endpoint.max_payload_out_mb)
                    .min(),
            ),
            concurrent_calls: executor
                .max_runtime_instances
                .saturating_sub(SPARE_INSTANCES)
                .max(1),
        }
    }

    /// Bytes that fit as hex digits into one request.
    pub const fn hex_in_request(&self) -> u64 {
        hex_in(self.max_request)
    }

    /// Bytes that fit as hex digits into one answer.
    pub const fn hex_in_response(&self) -> u64 {
        hex_in(self.max_response)
    }
}

/// Two digits a byte.
const fn hex_in(message: u64) -> u64 {
    message.saturating_sub(ENVELOPE) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_doubles_and_the_envelope_needs_room() {
        let limits = Limits {
            max_request: MEGABYTE,
            max_response: 0,
            concurrent_calls: 1,
        };
        assert_eq!(limits.hex_in_request(), (1_048_576 - 1024) / 2);
        assert_eq!(limits.hex_in_response(), 0);
    }
}
