//! What becomes of a transaction, from the pool to a final block.

use crate::outcome::{included, Included};
use bcai_client::{FullClient, FullPool};
use bcai_runtime::{BlockNumber, Hash};
use futures::{Stream, StreamExt};
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool, TransactionStatus};
use tokio::sync::watch;

/// Where a transaction is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// In the pool.
    Waiting,
    /// In this block of the best chain.
    InBlock(Included),
    /// In this block, which is final.
    Final(Included),
    /// Not in this node's pool, and in no block that this node knows of. Another node may still include it until its
    /// mortality ends; one with the same nonce can take its place.
    Gone,
}

/// A transaction that was sent; cheap to clone.
#[derive(Clone, Debug)]
pub struct Sent {
    hash: Hash,
    state: watch::Receiver<State>,
}

impl Sent {
    /// The hash by which the pool and the blocks know it.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Where it is now.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// The next state that differs; `None` when there is none to come.
    pub async fn next(&mut self) -> Option<State> {
        self.state.changed().await.ok()?;
        Some(self.state())
    }
}

/// A transaction whose states come from the sender.
pub fn channel(hash: Hash) -> (watch::Sender<State>, Sent) {
    let (sender, state) = watch::channel(State::Waiting);
    (sender, Sent { hash, state })
}

/// Tells `states` of everything that happens to the transaction `hash`, until it is final, out of the pool, or past
/// block `dies_at`.
pub(crate) async fn follow(
    client: &FullClient,
    pool: &FullPool,
    hash: Hash,
    dies_at: BlockNumber,
    mut statuses: impl Stream<Item = TransactionStatus<Hash, Hash>> + Unpin,
    states: watch::Sender<State>,
) {
    let mut blocks = client.import_notification_stream();
    // The pool takes a transaction of a retracted block back without telling its watcher.
    let mut retracted = false;
    loop {
        tokio::select! {
            status = statuses.next() => match status {
                Some(TransactionStatus::Ready | TransactionStatus::Future | TransactionStatus::Broadcast(_)) => {}
                Some(TransactionStatus::InBlock((block, index))) => {
                    retracted = false;
                    set(&states, State::InBlock(included(client, block, index)));
                }
                Some(TransactionStatus::Retracted(_)) => {
                    retracted = true;
                    set(&states, State::Waiting);
                }
                Some(TransactionStatus::Finalized((block, index))) => {
                    return set(&states, State::Final(included(client, block, index)));
                }
                Some(TransactionStatus::Usurped(_) | TransactionStatus::Dropped | TransactionStatus::Invalid) => {
                    return set(&states, State::Gone);
                }
                Some(TransactionStatus::FinalityTimeout(_)) | None => return,
            },
            block = blocks.next() => {
                let Some(block) = block else { return };
                if !block.is_new_best {
                    continue;
                }
                let state = states.borrow().clone();
                if let State::InBlock(included) = state {
                    if is_canonical(client, included.block) {
                        continue;
                    }
                    retracted = true;
                }
                if retracted {
                    set(&states, if is_in_pool(pool, &hash) { State::Waiting } else { State::Gone });
                }
                if block.header.number > dies_at {
                    return set(&states, State::Gone);
                }
            }
        }
    }
}

fn set(states: &watch::Sender<State>, state: State) {
    states.send_if_modified(|now| {
        let changed = *now != state;
        *now = state;
        changed
    });
}

fn is_canonical(client: &FullClient, block: Hash) -> bool {
    let number = client.number(block).ok().flatten();
    number.is_some_and(|number| client.hash(number).ok().flatten() == Some(block))
}

fn is_in_pool(pool: &FullPool, hash: &Hash) -> bool {
    pool.ready_transaction(hash).is_some()
        || pool.futures().iter().any(|other| other.hash() == hash)
}
