//! From a call to the pool.

use crate::{
    follow::{channel, follow, Sent},
    ledger::Ledger,
    sign::signed,
    SendError, Signer,
};
use bcai_client::{Block, Context, FullClient, FullPool};
use bcai_runtime::{AccountId, RuntimeCall};
use frame_system_rpc_runtime_api::AccountNonceApi;
use parking_lot::Mutex;
use sc_client_api::HeaderBackend;
use sc_service::SpawnTaskHandle;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TransactionSource};
use sp_api::ProvideRuntimeApi;
use sp_keystore::KeystorePtr;
use std::{collections::HashSet, sync::Arc};

/// The way of all calls of this node into the pool.
pub struct Transactions {
    client: Arc<FullClient>,
    pool: Arc<FullPool>,
    keystore: KeystorePtr,
    spawner: SpawnTaskHandle,
    /// Held from the choice of a nonce until the pool has the transaction.
    gate: tokio::sync::Mutex<()>,
    ledger: Arc<Mutex<Ledger>>,
}

impl Transactions {
    /// One small task follows every transaction until it is final.
    pub fn new(context: &Context) -> Arc<Self> {
        Arc::new(Self {
            client: context.client.clone(),
            pool: context.pool.clone(),
            keystore: context.keystore.clone(),
            spawner: context.spawner.clone(),
            gate: tokio::sync::Mutex::new(()),
            ledger: Arc::default(),
        })
    }

    /// Signs a call and puts it into the pool. It doesn't wait for a block; calls of one account are executed in the
    /// order in which they were sent.
    /// Errors: [`SendError`].
    pub async fn send(&self, signer: &Signer, call: RuntimeCall) -> Result<Sent, SendError> {
        let _held = self.gate.lock().await;
        let nonce = self.next_nonce(&signer.account)?;
        let signed = signed(&self.client, &self.keystore, signer, call, nonce)?;
        let best = self.client.info().best_hash;
        let statuses = self
            .pool
            .submit_and_watch(best, TransactionSource::Local, signed.xt)
            .await
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let (hash, dies_at) = (signed.hash, signed.dies_at);
        let (states, sent) = channel(hash);
        let account = signer.account.clone();
        self.ledger.lock().record(account, nonce, sent.clone());
        let (client, pool, ledger) = (self.client.clone(), self.pool.clone(), self.ledger.clone());
        self.spawner
            .spawn("transaction", Some("transactions"), async move {
                follow(&client, &pool, hash, dies_at, statuses, states).await;
                ledger.lock().forget(&hash);
            });
        Ok(sent)
    }

    /// The first nonce that neither the chain nor the pool has used. A gap that a dropped transaction left is
    /// filled, so that those behind it can go on.
    fn next_nonce(&self, account: &AccountId) -> Result<u32, SendError> {
        let info = self.client.info();
        let api = self.client.runtime_api();
        let first =
            AccountNonceApi::<Block, _, _>::account_nonce(&*api, info.best_hash, account.clone())
                .map_err(|error| SendError::Read {
                number: info.best_number,
                reason: error.to_string(),
            })?;
        let mut used = HashSet::new();
        for transaction in self.pool.ready() {
            used.extend(nonces_of(account, transaction.provides()));
        }
        for transaction in self.pool.futures() {
            used.extend(nonces_of(account, transaction.provides()));
        }
        used.extend(self.ledger.lock().waiting_nonces(account));
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
