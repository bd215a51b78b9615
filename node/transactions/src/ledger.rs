//! The transactions that this node sent and that aren't final yet.

use bcai_runtime::{AccountId, Hash};
use sc_transaction_pool_api::TransactionStatus;
use std::collections::HashMap;

struct Sent {
    account: AccountId,
    nonce: u32,
    /// In the pool, not in a block of the best chain.
    waiting: bool,
}

/// What became of the transactions that this node sent. The pool alone can't answer this: right after a block, or
/// while it takes a transaction in, it shows neither.
#[derive(Default)]
pub struct SentBook(HashMap<Hash, Sent>);

impl SentBook {
    /// Notes a transaction that the pool has just taken.
    pub fn record(&mut self, hash: Hash, account: AccountId, nonce: u32) {
        self.0.insert(
            hash,
            Sent {
                account,
                nonce,
                waiting: true,
            },
        );
    }

    /// Notes what the pool says of a transaction.
    pub fn update<BlockHash>(&mut self, hash: &Hash, status: &TransactionStatus<Hash, BlockHash>) {
        if status.is_final() {
            self.forget(hash);
        } else if let Some(sent) = self.0.get_mut(hash) {
            sent.waiting = !matches!(status, TransactionStatus::InBlock(_));
        }
    }

    /// Drops a transaction of which the pool says no more.
    pub fn forget(&mut self, hash: &Hash) {
        self.0.remove(hash);
    }

    /// Does it wait to get into a block?
    pub fn is_waiting(&self, hash: &Hash) -> bool {
        self.0.get(hash).is_some_and(|sent| sent.waiting)
    }

    /// The nonces of an account's transactions that wait to get into a block.
    pub fn waiting_nonces<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = u32> + 'a {
        self.0
            .values()
            .filter(move |sent| sent.waiting && sent.account == *account)
            .map(|sent| sent.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TransactionStatus::*;

    type Status = TransactionStatus<Hash, Hash>;

    fn book() -> (SentBook, Hash, AccountId) {
        let (hash, account) = (Hash::repeat_byte(1), AccountId::new([7; 32]));
        let mut book = SentBook::default();
        book.record(hash, account.clone(), 5);
        (book, hash, account)
    }

    #[test]
    fn a_transaction_waits_until_it_is_in_a_block_and_again_when_that_is_retracted() {
        let (mut book, hash, account) = book();
        let block = Hash::repeat_byte(9);
        let steps: [(Status, bool); 5] = [
            (Ready, true),
            (Broadcast(vec![]), true),
            (InBlock((block, 0)), false),
            (Retracted(block), true),
            (InBlock((block, 0)), false),
        ];
        assert!(book.is_waiting(&hash));
        for (status, waits) in steps {
            book.update(&hash, &status);
            assert_eq!(book.is_waiting(&hash), waits, "{status:?}");
            assert_eq!(book.waiting_nonces(&account).count(), usize::from(waits));
        }
    }

    #[test]
    fn a_transaction_that_left_the_pool_frees_its_nonce() {
        let ends: [Status; 4] = [
            Dropped,
            Invalid,
            Usurped(Hash::zero()),
            Finalized((Hash::zero(), 0)),
        ];
        for end in ends {
            let (mut book, hash, account) = book();
            assert_eq!(book.waiting_nonces(&account).collect::<Vec<_>>(), [5]);
            book.update(&hash, &end);
            assert!(!book.is_waiting(&hash), "{end:?}");
            assert_eq!(book.waiting_nonces(&account).count(), 0, "{end:?}");
        }
    }

    #[test]
    fn the_nonces_of_another_account_are_not_counted() {
        let (book, ..) = book();
        assert_eq!(book.waiting_nonces(&AccountId::new([8; 32])).count(), 0);
    }
}
