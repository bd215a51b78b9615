//! The transactions that this node sent and that aren't final yet.

use crate::follow::{Sent, State};
use bcai_runtime::{AccountId, Hash};
use std::collections::HashMap;

/// What became of the transactions that this node sent. The pool alone can't answer this: right after a block, or
/// while it takes a transaction in, it shows neither.
#[derive(Default)]
pub(crate) struct Ledger(HashMap<Hash, Entry>);

struct Entry {
    account: AccountId,
    nonce: u32,
    sent: Sent,
}

impl Ledger {
    /// Notes a transaction that the pool has just taken.
    pub fn record(&mut self, account: AccountId, nonce: u32, sent: Sent) {
        let entry = Entry {
            account,
            nonce,
            sent,
        };
        self.0.insert(entry.sent.hash(), entry);
    }

    /// Drops a transaction that nobody follows any more.
    pub fn forget(&mut self, hash: &Hash) {
        self.0.remove(hash);
    }

    /// The nonces of an account's transactions that wait to get into a block.
    pub fn waiting_nonces<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = u32> + 'a {
        self.0
            .values()
            .filter(move |entry| entry.account == *account && entry.sent.state() == State::Waiting)
            .map(|entry| entry.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{follow::channel, outcome::Included};

    #[test]
    fn a_transaction_has_its_nonce_while_it_waits() {
        let (hash, account) = (Hash::repeat_byte(1), AccountId::new([7; 32]));
        let (states, sent) = channel(hash);
        let mut ledger = Ledger::default();
        ledger.record(account.clone(), 5, sent);
        let nonces =
            |ledger: &Ledger, who: &AccountId| -> Vec<u32> { ledger.waiting_nonces(who).collect() };
        let block = Included {
            block: Hash::repeat_byte(9),
            number: 9,
            outcome: None,
        };
        for (state, waits) in [
            (State::Waiting, true),
            (State::InBlock(block), false),
            (State::Waiting, true),
            (State::Gone, false),
        ] {
            states.send_replace(state.clone());
            let expected: &[u32] = if waits { &[5] } else { &[] };
            assert_eq!(nonces(&ledger, &account), expected, "{state:?}");
        }
        states.send_replace(State::Waiting);
        assert!(nonces(&ledger, &AccountId::new([8; 32])).is_empty());
        ledger.forget(&hash);
        assert!(nonces(&ledger, &account).is_empty());
    }
}
