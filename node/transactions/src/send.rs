//! From a call to the pool.

use crate::{
    follow::{channel, follow, Sent},
    ledger::Ledger,
    metrics::Metrics,
    sign::{signed, Life},
    SendError, Signer, State,
};
use bcai_client::{Block, Context, FullClient, FullPool};
use bcai_runtime::{AccountId, RuntimeCall};
use frame_support::traits::GetCallMetadata;
use frame_system_rpc_runtime_api::AccountNonceApi;
use parking_lot::Mutex;
use sc_client_api::HeaderBackend;
use sc_service::SpawnTaskHandle;
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TransactionSource};
use sp_api::ProvideRuntimeApi;
use sp_core::crypto::Ss58Codec;
use sp_keystore::KeystorePtr;
use std::{collections::HashSet, sync::Arc};
use substrate_prometheus_endpoint::PrometheusError;

/// The way of all calls of this node into the pool.
pub struct Transactions {
    client: Arc<FullClient>,
    pool: Arc<FullPool>,
    keystore: KeystorePtr,
    spawner: SpawnTaskHandle,
    /// Held from the choice of a nonce until the pool has the transaction.
    gate: tokio::sync::Mutex<()>,
    ledger: Arc<Mutex<Ledger>>,
    metrics: Metrics,
}

impl Transactions {
    /// One small task follows every transaction until it is final. Errors: a metric whose name is taken.
    pub fn new(context: &Context) -> Result<Arc<Self>, PrometheusError> {
        Ok(Arc::new(Self {
            client: context.client.clone(),
            pool: context.pool.clone(),
            keystore: context.keystore.clone(),
            spawner: context.spawner.clone(),
            gate: tokio::sync::Mutex::new(()),
            ledger: Arc::default(),
            metrics: Metrics::new(context.registry.as_ref())?,
        }))
    }

    /// Shows Prometheus the account before it has sent anything.
    pub fn show(&self, account: &AccountId) {
        self.metrics.show(account);
    }

    /// Signs a call and puts it into the pool. It doesn't wait for a block; calls of one account are executed in the
    /// order in which they were sent.
    /// Errors: [`SendError`].
    pub async fn send(
        &self,
        signer: &Signer,
        call: RuntimeCall,
        life: Life,
    ) -> Result<Sent, SendError> {
        let name = call.get_call_metadata().function_name;
        let _held = self.gate.lock().await;
        let nonce = self.next_nonce(&signer.account)?;
        let signed = signed(&self.client, &self.keystore, signer, call, nonce, life)?;
        let best = self.client.info().best_hash;
        let statuses = self
            .pool
            .submit_and_watch(best, TransactionSource::Local, signed.xt)
            .await
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let (hash, dies_at) = (signed.hash, signed.dies_at);
        let (states, sent) = channel(hash);
        let account = signer.account.clone();
        self.ledger
            .lock()
            .record(account.clone(), nonce, sent.clone());
        self.metrics.sent(&account);
        let (client, pool, ledger) = (self.client.clone(), self.pool.clone(), self.ledger.clone());
        let (watched, metrics) = (sent.clone(), self.metrics.clone());
        self.spawner
            .spawn("transaction", Some("transactions"), async move {
                let told = tell(watched, name, &account, &metrics);
                let followed = follow(&client, &pool, hash, dies_at, statuses, states);
                futures::join!(followed, told);
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

/// A line for a call that failed, once for each block that it is in, for whoever looks closely: its sender says what it was
/// for. Its fee is in the counters once that block is final.
async fn tell(mut sent: Sent, call: &str, account: &AccountId, metrics: &Metrics) {
    while let Some(state) = sent.next().await {
        match state {
            State::InBlock(included) => {
                if let Some(error) = included.error() {
                    log::debug!(
                        target: "transactions",
                        "{call} of {} failed in block {}: {error}; its fee was {}",
                        account.to_ss58check(),
                        included.number,
                        included.fee(),
                    );
                }
            }
            State::Final(included) => metrics.settled(account, &included),
            State::Waiting | State::Gone => {}
        }
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
