//! The chain as the miner and the challenger see it: reads through the runtime's API, calls sent as transactions.

use bcai_client::{settled, stands_still, Block, FullClient};
use bcai_pouw_primitives::{Hash32, TaskId};
use bcai_pouw_tasks::chain::{BlockRef, Call, ChainError, Funds, Limits, Task, TaskChain};
use bcai_runtime::{AccountId, Hash, RuntimeCall};
use bcai_transactions::{Life, Sent, Signer, Transactions};
use codec::Encode;
use futures::{future::BoxFuture, stream::BoxStream, FutureExt, StreamExt};
use pallet_pouw_runtime_api::PouwApi;
use pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_core::crypto::KeyTypeId;
use std::sync::Arc;

/// Key type of the accounts that mine and challenge.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"pouw");

/// Bytes of a transaction beside its call, at most: address, signature, extensions.
const ENVELOPE: usize = 160;

/// The chain seen and signed on by one account.
pub struct AccountChain {
    client: Arc<FullClient>,
    transactions: Arc<Transactions>,
    signer: Signer,
}

impl AccountChain {
    /// Signs with the account's key of type [`KEY_TYPE`].
    pub fn new(
        client: Arc<FullClient>,
        transactions: Arc<Transactions>,
        account: AccountId,
    ) -> Self {
        transactions.show(&account);
        Self {
            client,
            transactions,
            signer: Signer {
                account,
                key_type: KEY_TYPE,
            },
        }
    }

    /// The last block from this one back that can be read.
    fn settled(&self, number: u32, hash: Hash) -> BlockRef {
        let settled = settled(&self.client, hash);
        let number = match settled == hash {
            true => Some(number),
            false => self.client.number(settled).ok().flatten(),
        };
        BlockRef {
            number: number.unwrap_or_default(),
            hash: settled.0,
        }
    }

    /// Runs a read of the runtime's API at a block.
    fn read<T>(
        &self,
        at: &BlockRef,
        call: impl FnOnce(
            ApiRef<'_, <FullClient as ProvideRuntimeApi<Block>>::Api>,
            Hash,
        ) -> Result<T, ApiError>,
    ) -> Result<T, ChainError> {
        call(self.client.runtime_api(), Hash::from(at.hash)).map_err(|error| ChainError::Read {
            number: at.number,
            reason: error.to_string(),
        })
    }
}

impl TaskChain for AccountChain {
    fn genesis_hash(&self) -> Hash32 {
        self.client.info().genesis_hash.0
    }

    fn best(&self) -> BlockRef {
        let info = self.client.info();
        self.settled(info.best_number, info.best_hash)
    }

    fn finalized(&self) -> BlockRef {
        let info = self.client.info();
        self.settled(info.finalized_number, info.finalized_hash)
    }

    fn is_canonical(&self, block: &BlockRef) -> Result<bool, ChainError> {
        self.client
            .hash(block.number)
            .map(|hash| hash.is_some_and(|hash| hash.0 == block.hash))
            .map_err(|error| ChainError::Header(error.to_string()))
    }

    fn new_blocks(&self) -> BoxStream<'static, BlockRef> {
        let client = self.client.clone();
        let blocks = self.client.import_notification_stream();
        blocks
            .filter_map(move |block| {
                // Nothing is to be done in a block that can't be read yet, nor where calls are refused.
                let new = block.is_new_best
                    && settled(&client, block.hash) == block.hash
                    && !stands_still(&client, block.hash);
                let block = BlockRef {
                    number: block.header.number,
                    hash: block.hash.0,
                };
                async move { new.then_some(block) }
            })
            .boxed()
    }

    fn limits(&self, at: &BlockRef) -> Result<Limits, ChainError> {
        self.read(at, |api, at| api.limits(at))
    }

    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError> {
        self.read(at, |api, at| api.tasks(at, from, limit))
    }

    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError> {
        self.read(at, |api, at| api.next_task_id(at))
    }

    fn bond(&self, at: &BlockRef, bounty: u128) -> Result<u128, ChainError> {
        self.read(at, |api, at| api.bond(at, bounty))
    }

    fn funds(&self, at: &BlockRef) -> Result<Funds, ChainError> {
        let account = || self.signer.account.clone();
        let claim = RuntimeCall::Pouw(Call::Claim(TaskId::MAX).into());
        let len = (claim.encoded_size() + ENVELOPE) as u32;
        Ok(Funds {
            holdable: self.read(at, |api, at| api.holdable(at, account()))?,
            spendable: self.read(at, |api, at| api.spendable(at, account()))?,
            claim_fee: self
                .read(at, |api, at| api.query_call_info(at, claim, len))?
                .partial_fee,
        })
    }

    fn account(&self) -> &AccountId {
        &self.signer.account
    }

    fn submit(
        &self,
        call: Call,
        born: Option<BlockRef>,
    ) -> BoxFuture<'static, Result<Sent, ChainError>> {
        let (transactions, signer) = (self.transactions.clone(), self.signer.clone());
        let life = match born {
            Some(BlockRef { number, hash }) => Life::Since {
                number,
                hash: hash.into(),
            },
            None => Life::Usual,
        };
        async move {
            let name = call.name();
            let sent = transactions.send(&signer, RuntimeCall::Pouw(call.into()), life);
            sent.await
                .map_err(|error| ChainError::Send { call: name, error })
        }
        .boxed()
    }
}
