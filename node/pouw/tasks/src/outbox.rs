//! Which calls were sent, so that none is sent again while it can still take effect.

use bcai_pouw_primitives::Hash32;
use std::{collections::HashMap, hash::Hash};

/// Blocks between the last sight of a transaction in the pool and the first repetition. A reorganisation takes
/// transactions out of their block before the pool has them back; a shorter wait would send them twice.
pub const GRACE: u32 = 3;

/// The wait doubles with every attempt, up to `GRACE << MAX_DOUBLINGS` blocks.
const MAX_DOUBLINGS: u32 = 5;

/// Blocks for which a call that has done its work is remembered.
const KEEP: u32 = 64;

struct Sent {
    /// `None` when the pool refused it.
    transaction: Option<Hash32>,
    attempts: u32,
    pending: bool,
    not_before: u32,
}

/// Sent calls by key. A key stands for everything that makes two calls the same.
pub struct Outbox<K> {
    sent: HashMap<K, Sent>,
}

impl<K> Default for Outbox<K> {
    fn default() -> Self {
        Self {
            sent: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash> Outbox<K> {
    /// Asks the pool about every transaction. To be called **before** the state is read that decides what to
    /// send: a transaction that left the pool for a block is then seen in that state.
    pub fn refresh(&mut self, now: u32, is_pending: impl Fn(&Hash32) -> bool) {
        for sent in self.sent.values_mut() {
            sent.pending = sent.transaction.as_ref().is_some_and(&is_pending);
            if sent.pending {
                sent.not_before = sent.not_before.max(now.saturating_add(GRACE));
            }
        }
    }

    /// After a reorganisation, seen at block `now`: the pool may bring back every call that a retracted block held.
    pub fn hold(&mut self, now: u32) {
        for sent in self.sent.values_mut() {
            sent.not_before = sent.not_before.max(now.saturating_add(GRACE));
        }
    }

    /// Can the call be sent at block `now` without being sent twice?
    pub fn may_send(&self, key: &K, now: u32) -> bool {
        self.sent
            .get(key)
            .is_none_or(|sent| !sent.pending && now >= sent.not_before)
    }

    /// How often it was sent or refused.
    pub fn attempts(&self, key: &K) -> u32 {
        self.sent.get(key).map_or(0, |sent| sent.attempts)
    }

    /// Is it in the pool, or so recently out of it that it may come back?
    pub fn in_flight(&self, key: &K, now: u32) -> bool {
        self.sent.get(key).is_some_and(|sent| {
            sent.transaction.is_some() && (sent.pending || now < sent.not_before)
        })
    }

    /// Some call under way that `wanted` picks.
    pub fn find_in_flight(&self, now: u32, wanted: impl Fn(&K) -> bool) -> Option<&K> {
        self.sent
            .keys()
            .find(|key| wanted(key) && self.in_flight(key, now))
    }

    /// Notes that the call was sent at block `now`, or refused by the pool (`None`).
    pub fn record(&mut self, key: K, now: u32, transaction: Option<Hash32>) {
        let sent = self.sent.entry(key).or_insert(Sent {
            transaction: None,
            attempts: 0,
            pending: false,
            not_before: 0,
        });
        let wait = GRACE << sent.attempts.min(MAX_DOUBLINGS);
        sent.attempts = sent.attempts.saturating_add(1);
        sent.pending = transaction.is_some();
        sent.transaction = transaction;
        sent.not_before = now.saturating_add(wait);
    }

    /// Forgets the calls that have done their work, but not at once: a reorganisation may undo it and bring the
    /// transaction back into the pool.
    pub fn retain(&mut self, now: u32, matters: impl Fn(&K) -> bool) {
        self.sent.retain(|key, sent| {
            sent.pending || now < sent.not_before.saturating_add(KEEP) || matters(key)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TX: Hash32 = [1; 32];

    #[test]
    fn a_pending_call_is_not_sent_again() {
        let mut outbox = Outbox::default();
        assert!(outbox.may_send(&"claim", 10));
        outbox.record("claim", 10, Some(TX));
        for now in 10..200 {
            outbox.refresh(now, |transaction| *transaction == TX);
            assert!(!outbox.may_send(&"claim", now));
            assert!(outbox.in_flight(&"claim", now));
        }
        assert!(outbox.may_send(&"result", 10));
    }

    #[test]
    fn a_call_that_left_the_pool_is_sent_again_after_the_grace() {
        let mut outbox = Outbox::default();
        outbox.record("claim", 10, Some(TX));
        outbox.refresh(20, |_| true);
        outbox.refresh(21, |_| false);
        assert!(!outbox.may_send(&"claim", 20 + GRACE - 1));
        assert!(outbox.in_flight(&"claim", 20 + GRACE - 1));
        assert!(outbox.may_send(&"claim", 20 + GRACE));
        assert!(!outbox.in_flight(&"claim", 20 + GRACE));
    }

    #[test]
    fn after_a_reorganisation_every_call_waits_for_the_grace() {
        let mut outbox = Outbox::default();
        outbox.record("claim", 10, Some(TX));
        outbox.refresh(40, |_| false);
        assert!(outbox.may_send(&"claim", 40));
        outbox.hold(40);
        assert!(!outbox.may_send(&"claim", 40 + GRACE - 1));
        assert!(outbox.in_flight(&"claim", 40 + GRACE - 1));
        assert!(outbox.may_send(&"claim", 40 + GRACE));
        assert_eq!(outbox.attempts(&"claim"), 1);
    }

    #[test]
    fn a_call_that_did_its_work_is_remembered_until_no_reorganisation_brings_it_back() {
        let mut outbox = Outbox::default();
        outbox.record("claim", 10, Some(TX));
        outbox.refresh(11, |_| false);
        outbox.retain(10 + GRACE + KEEP - 1, |_| false);
        assert_eq!(outbox.attempts(&"claim"), 1);
        outbox.retain(10 + GRACE + KEEP, |_| true);
        assert_eq!(outbox.attempts(&"claim"), 1);
        outbox.retain(10 + GRACE + KEEP, |_| false);
        assert_eq!(outbox.attempts(&"claim"), 0);
    }

    #[test]
    fn every_attempt_waits_twice_as_long_up_to_a_bound() {
        let mut outbox = Outbox::default();
        for wait in [3, 6, 12, 24, 48, 96, 96, 96] {
            outbox.record("claim", 100, None);
            assert!(!outbox.may_send(&"claim", 100 + wait - 1));
            assert!(outbox.may_send(&"claim", 100 + wait));
            assert!(!outbox.in_flight(&"claim", 100));
        }
        assert_eq!(outbox.attempts(&"claim"), 8);
    }
}
