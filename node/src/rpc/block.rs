//! `chain_getBlock`. The SDK's gives null for a block that was pruned, as for one that never was.

use bcai_client::{Block, FullClient};
use bcai_rpc::Pruned;
use bcai_runtime::Hash;
use jsonrpsee::{proc_macros::rpc, types::ErrorObjectOwned};
use sc_client_api::{BlockBackend, HeaderBackend};
use sc_rpc::chain::error::Error;
use sp_blockchain::Error as ClientError;
use sp_runtime::generic::SignedBlock;
use std::sync::Arc;

#[rpc(server)]
pub trait BlockApi {
    /// A block with its justifications, the best by default; null for a hash that is no block's.
    /// Errors: [`Pruned`] for one whose body is gone.
    #[method(name = "chain_getBlock", blocking)]
    fn block(&self, hash: Option<Hash>) -> Result<Option<SignedBlock<Block>>, ErrorObjectOwned>;
}

/// Serves [`BlockApi`].
pub struct Blocks(pub Arc<FullClient>);

impl BlockApiServer for Blocks {
    fn block(&self, hash: Option<Hash>) -> Result<Option<SignedBlock<Block>>, ErrorObjectOwned> {
        let hash = hash.unwrap_or_else(|| self.0.info().best_hash);
        let block = self.0.block(hash).map_err(client_error)?;
        if block.is_none() && self.0.header(hash).map_err(client_error)?.is_some() {
            return Err(Pruned::Block(format!("{hash:?}")).into());
        }
        Ok(block)
    }
}

fn client_error(error: ClientError) -> ErrorObjectOwned {
    Error::Client(Box::new(error)).into()
}
