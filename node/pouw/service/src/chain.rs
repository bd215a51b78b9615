//! The chain as the miner and the challenger see it: reads through the runtime's API, calls signed with a key of
//! the keystore and put into the transaction pool.

mod sent;
mod transaction;

use crate::service::{Block, FullClient, FullPool};
use bcai_miner::chain::{BlockRef, Call, ChainError, Task, TaskChain};
use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_runtime_api::PouwApi;
use bcai_runtime::{AccountId, Balance, BlockNumber, Hash};
use frame_system_rpc_runtime_api::AccountNonceApi;
use futures::{future::BoxFuture, stream::BoxStream, FutureExt, StreamExt};
use parking_lot::Mutex;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_service::SpawnTaskHandle;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TransactionSource};
use sent::SentBook;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_keystore::KeystorePtr;
use std::{collections::HashSet, sync::Arc};

/// What all accounts of this node share.
pub struct ChainAccess {
    client: Arc<FullClient>,
    pool: Arc<FullPool>,
    keystore: KeystorePtr,
    spawn: SpawnTaskHandle,
    /// Held from the choice of a nonce until the pool has the transaction.
    gate: tokio::sync::Mutex<()>,
    sent: Arc<Mutex<SentBook>>,
}

impl ChainAccess {
    /// `spawn` runs one small task for every transaction until it is final.
    pub fn new(
        client: Arc<FullClient>,
        pool: Arc<FullPool>,
        keystore: KeystorePtr,
        spawn: SpawnTaskHandle,
    ) -> Arc<Self> {
        Arc::new(Self {
            client,
            pool,
            keystore,
            spawn,
            gate: tokio::sync::Mutex::new(()),
            sent: Arc::default(),
        })
    }

    /// The chain seen and signed on by `account`.
    pub fn for_account(self: &Arc<Self>, account: AccountId) -> AccountChain {
        AccountChain {
            access: self.clone(),
            account,
        }
    }

    fn best(&self) -> BlockRef {
        let info = self.client.info();
        BlockRef {
            number: info.best_number,
            hash: info.best_hash.0,
        }
    }

    fn finalized(&self) -> BlockRef {
        let info = self.client.info();
        BlockRef {
            number: info.finalized_number,
            hash: info.finalized_hash.0,
        }
    }

    /// Runs a read of the runtime's API at a block.
    fn read<T>(
        &self,
        at: &BlockRef,
        call: impl FnOnce(
            sp_api::ApiRef<'_, <FullClient as ProvideRuntimeApi<Block>>::Api>,
            Hash,
        ) -> Result<T, ApiError>,
    ) -> Result<T, ChainError> {
        call(self.client.runtime_api(), Hash::from(at.hash)).map_err(|error| ChainError::Read {
            number: at.number,
            reason: error.to_string(),
        })
    }

    async fn submit(&self, account: AccountId, call: Call) -> Result<Hash32, ChainError> {
        let name = call.name();
        let _held = self.gate.lock().await;
        let best = self.best();
        let nonce = self.next_nonce(&best, &account)?;
        let extrinsic = transaction::signed(&self.client, &self.keystore, &account, call, nonce)?;
        let mut statuses = self
            .pool
            .submit_and_watch(
                Hash::from(best.hash),
                TransactionSource::Local,
                extrinsic.xt,
            )
            .await
            .map_err(|error| ChainError::Refused {
                call: name,
                reason: error.to_string(),
            })?;
        let hash = extrinsic.hash;
        self.sent.lock().record(hash, account, nonce);
        let sent = self.sent.clone();
        self.spawn
            .spawn("pouw-transaction", Some("pouw"), async move {
                while let Some(status) = statuses.next().await {
                    sent.lock().update(&hash, &status);
                }
                sent.lock().forget(&hash);
            });
        Ok(hash.0)
    }

    /// The first nonce that neither the chain nor the pool has used. A gap that a dropped transaction left is
    /// filled, so that those behind it can go on.
    fn next_nonce(&self, best: &BlockRef, account: &AccountId) -> Result<u32, ChainError> {
        let first = self.read(best, |api, at| api.account_nonce(at, account.clone()))?;
        let mut used = HashSet::new();
        for transaction in self.pool.ready() {
            used.extend(nonces_of(account, transaction.provides()));
        }
        for transaction in self.pool.futures() {
            used.extend(nonces_of(account, transaction.provides()));
        }
        used.extend(self.sent.lock().waiting_nonces(account));
        Ok((first..)
            .find(|nonce| !used.contains(nonce))
            .unwrap_or(first))
    }
}

/// The nonces of `account` among the tags that a transaction provides: account and nonce, encoded one behind the other.
fn nonces_of<'a>(account: &'a AccountId, tags: &'a [Vec<u8>]) -> impl Iterator<Item = u32> + 'a {
    let id: &[u8; 32] = account.as_ref();
    tags.iter().filter_map(move |tag| {
        let nonce = tag.strip_prefix(id.as_slice())?;
        Some(u32::from_le_bytes(nonce.try_into().ok()?))
    })
}

/// A task of the runtime's API in the types of the miner.
pub fn raw_task(task: bcai_pouw_primitives::TaskInfo<AccountId, Balance, BlockNumber>) -> Task {
    Task {
        id: task.id,
        requester: task.requester.into(),
        set: task.set,
        m: task.m,
        n: task.n,
        root_a: task.root_a,
        root_b: task.root_b,
        bounty: task.bounty,
        deadline: task.deadline,
        state: match task.state {
            TaskState::Open => TaskState::Open,
            TaskState::Claimed {
                worker,
                claimed_at,
                expires_at,
                anchor,
                target,
                tickets,
            } => TaskState::Claimed {
                worker: worker.into(),
                claimed_at,
                expires_at,
                anchor,
                target,
                tickets,
            },
            TaskState::Delivered {
                worker,
                root_c,
                challenge_until,
                tickets,
            } => TaskState::Delivered {
                worker: worker.into(),
                root_c,
                challenge_until,
                tickets,
            },
            TaskState::Finalized {
                worker,
                root_c,
                finalized_at,
                credit,
            } => TaskState::Finalized {
                worker: worker.into(),
                root_c,
                finalized_at,
                credit,
            },
        },
    }
}

/// [`ChainAccess`] with one account.
pub struct AccountChain {
    access: Arc<ChainAccess>,
    account: AccountId,
}

impl TaskChain for AccountChain {
    fn genesis_hash(&self) -> Hash32 {
        self.access.client.info().genesis_hash.0
    }

    fn best(&self) -> BlockRef {
        self.access.best()
    }

    fn finalized(&self) -> BlockRef {
        self.access.finalized()
    }

    fn is_canonical(&self, block: &BlockRef) -> Result<bool, ChainError> {
        self.access
            .client
            .hash(block.number)
            .map(|hash| hash.is_some_and(|hash| hash.0 == block.hash))
            .map_err(|error| ChainError::Header(error.to_string()))
    }

    fn new_blocks(&self) -> BoxStream<'static, BlockRef> {
        self.access
            .client
            .import_notification_stream()
            .filter_map(|block| async move {
                block.is_new_best.then_some(BlockRef {
                    number: block.header.number,
                    hash: block.hash.0,
                })
            })
            .boxed()
    }

    fn tasks(&self, at: &BlockRef, from: TaskId, limit: u32) -> Result<Vec<Task>, ChainError> {
        self.access
            .read(at, |api, at| api.tasks(at, from, limit))
            .map(|tasks| tasks.into_iter().map(raw_task).collect())
    }

    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError> {
        self.access.read(at, |api, at| api.next_task_id(at))
    }

    fn account(&self) -> [u8; 32] {
        self.account.clone().into()
    }

    fn submit(&self, call: Call) -> BoxFuture<'static, Result<Hash32, ChainError>> {
        let (access, account) = (self.access.clone(), self.account.clone());
        async move { access.submit(account, call).await }.boxed()
    }

    fn is_pending(&self, transaction: &Hash32) -> bool {
        let hash = Hash::from(*transaction);
        if self.access.sent.lock().is_waiting(&hash) {
            return true;
        }
        // The pool takes a transaction of a retracted block back without telling its watcher.
        let pool = &self.access.pool;
        pool.ready_transaction(&hash).is_some()
            || pool.futures().iter().any(|other| *other.hash() == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    #[test]
    fn nonces_are_read_from_the_tags_of_their_account_only() {
        let (mine, other) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
        let tags = vec![
            (mine.clone(), 7u32).encode(),
            (other, 8u32).encode(),
            mine.encode(),
            vec![],
        ];
        assert_eq!(nonces_of(&mine, &tags).collect::<Vec<_>>(), [7]);
    }
}
