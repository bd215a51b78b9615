//! The chain as the miner and the challenger see it: reads through the runtime's API, calls sent as transactions.

use bcai_client::{Block, FullClient};
use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_tasks::chain::{BlockRef, Call, ChainError, Task, TaskChain};
use bcai_runtime::{AccountId, Balance, BlockNumber, Hash, RuntimeCall};
use bcai_transactions::{Life, SendError, Sent, Signer, State, Transactions};
use futures::{future::BoxFuture, stream::BoxStream, FutureExt, StreamExt};
use pallet_pouw_runtime_api::PouwApi;
use parking_lot::Mutex;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_core::crypto::KeyTypeId;
use std::{collections::HashMap, sync::Arc};

/// Key type of the accounts that mine and challenge.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"pouw");

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

/// The chain seen and signed on by one account.
pub struct AccountChain {
    client: Arc<FullClient>,
    transactions: Arc<Transactions>,
    signer: Signer,
    sent: Arc<Mutex<HashMap<Hash32, Sent>>>,
}

impl AccountChain {
    /// Signs with the account's key of type [`KEY_TYPE`].
    pub fn new(
        client: Arc<FullClient>,
        transactions: Arc<Transactions>,
        account: AccountId,
    ) -> Self {
        Self {
            client,
            transactions,
            signer: Signer {
                account,
                key_type: KEY_TYPE,
            },
            sent: Arc::default(),
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

    fn is_canonical(&self, block: &BlockRef) -> Result<bool, ChainError> {
        self.client
            .hash(block.number)
            .map(|hash| hash.is_some_and(|hash| hash.0 == block.hash))
            .map_err(|error| ChainError::Header(error.to_string()))
    }

    fn new_blocks(&self) -> BoxStream<'static, BlockRef> {
        self.client
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
        self.read(at, |api, at| api.tasks(at, from, limit))
            .map(|tasks| tasks.into_iter().map(raw_task).collect())
    }

    fn next_task_id(&self, at: &BlockRef) -> Result<TaskId, ChainError> {
        self.read(at, |api, at| api.next_task_id(at))
    }

    fn account(&self) -> [u8; 32] {
        self.signer.account.clone().into()
    }

    fn submit(&self, call: Call) -> BoxFuture<'static, Result<Hash32, ChainError>> {
        let (transactions, signer, sent) = (
            self.transactions.clone(),
            self.signer.clone(),
            self.sent.clone(),
        );
        async move {
            let name = call.name();
            let transaction = transactions
                .send(&signer, runtime_call(call), Life::Usual)
                .await
                .map_err(|error| chain_error(name, error))?;
            let hash = transaction.hash().0;
            sent.lock().insert(hash, transaction);
            Ok(hash)
        }
        .boxed()
    }

    fn is_pending(&self, transaction: &Hash32) -> bool {
        let sent = self.sent.lock();
        sent.get(transaction)
            .is_some_and(|sent| sent.state() == State::Waiting)
    }
}

fn chain_error(call: &'static str, error: SendError) -> ChainError {
    match error {
        SendError::Read { number, reason } => ChainError::Read { number, reason },
        SendError::NoKey(account) => ChainError::NoKey(account.into()),
        SendError::Build(reason) => ChainError::Build { call, reason },
        SendError::Refused(reason) => ChainError::Refused { call, reason },
    }
}

fn runtime_call(call: Call) -> RuntimeCall {
    use pallet_pouw::Call as Pouw;
    RuntimeCall::Pouw(match call {
        Call::Claim(task) => Pouw::claim_task { task },
        Call::Ticket(certificate) => Pouw::submit_ticket { certificate },
        Call::Result { task, root_c } => Pouw::submit_result {
            task,
            root_c: root_c.into(),
        },
        Call::Challenge(fraud_proof) => Pouw::challenge_result { fraud_proof },
        Call::Finalize(task) => Pouw::finalize_task { task },
    })
}
