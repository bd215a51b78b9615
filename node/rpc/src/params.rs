use std::num::NonZeroU32;

/// Bytes of one of the SDK's megabytes.
pub(crate) const MEGABYTE: u64 = 1 << 20;

/// Options of the RPC server, beside the SDK's.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "RPC")]
#[group(skip)]
pub struct Params {
    /// Megabytes of answers that may wait for one RPC client to read them; more calls are refused until it has.
    ///
    /// One answer may always wait, however large it is.
    #[arg(long, value_name = "MEGABYTES", default_value = "16")]
    pub rpc_max_in_flight_per_connection: NonZeroU32,

    /// Megabytes of answers that may wait for all RPC clients together.
    ///
    /// The client that has read nothing for longest, ten seconds or more, is disconnected when this is reached.
    #[arg(long, value_name = "MEGABYTES", default_value = "256")]
    pub rpc_max_in_flight: NonZeroU32,
}

impl Params {
    pub(crate) fn connection_bytes(&self) -> u64 {
        u64::from(self.rpc_max_in_flight_per_connection.get()) * MEGABYTE
    }

    pub(crate) fn node_bytes(&self) -> u64 {
        u64::from(self.rpc_max_in_flight.get()) * MEGABYTE
    }
}
