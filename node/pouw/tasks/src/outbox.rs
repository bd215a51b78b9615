//! Which calls were sent, so that none is sent again while it can still take effect, and what they cost.

use bcai_transactions::{Included, Sent, State};
use serde::{Serialize, Serializer};
use sp_core::H256;
use std::{collections::HashMap, hash::Hash};

/// Blocks between the last sight of a transaction in the pool and the first repetition. A reorganisation takes
/// transactions out of their block before the pool has them back; a shorter wait would send them twice.
pub const GRACE: u32 = 3;

/// The wait doubles with every attempt, up to `GRACE << MAX_DOUBLINGS` blocks.
const MAX_DOUBLINGS: u32 = 5;

/// Blocks for which a call that has done its work is remembered.
const KEEP: u32 = 64;

/// Blocks after which a transaction stays what it is, whatever finality says.
const SETTLED_AFTER: u32 = 1024;

/// What sent calls came to, since the outbox was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Costs {
    /// Calls in blocks of the best chain that failed there.
    pub failed_calls: u64,
    /// Fees of all calls in blocks of the best chain, in the smallest unit; as JSON decimal text.
    #[serde(serialize_with = "as_text")]
    pub fees_paid: u128,
}

/// More than a JavaScript number can hold.
fn as_text<S: Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

impl Costs {
    fn add(&mut self, state: &State) {
        if let Some(included) = included(state) {
            self.failed_calls += u64::from(included.error().is_some());
            self.fees_paid = self.fees_paid.saturating_add(included.fee());
        }
    }
}

/// The block that the transaction is in, on the best chain.
fn included(state: &State) -> Option<&Included> {
    match state {
        State::InBlock(included) | State::Final(included) => Some(included),
        State::Waiting | State::Gone => None,
    }
}

/// A call that failed in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure<K> {
    /// The call.
    pub key: K,
    /// Number of the block.
    pub block: u32,
    /// What the chain says.
    pub reason: String,
    /// What it cost, in the smallest unit.
    pub fee: u128,
}

struct Attempts {
    /// The last transaction; `None` when the pool refused it.
    sent: Option<Sent>,
    /// Whether that transaction was in a block at some time.
    was_included: bool,
    count: u32,
    pending: bool,
    not_before: u32,
}

struct Followed<K> {
    key: K,
    sent: Sent,
    sent_at: u32,
    /// The block whose failure was told.
    told: Option<H256>,
}

/// Sent calls by key. A key stands for everything that makes two calls the same.
pub struct Outbox<K> {
    calls: HashMap<K, Attempts>,
    /// Every transaction whose place isn't final.
    followed: Vec<Followed<K>>,
    /// What the others came to.
    settled: Costs,
}

impl<K> Default for Outbox<K> {
    fn default() -> Self {
        Self {
            calls: HashMap::new(),
            followed: Vec::new(),
            settled: Costs::default(),
        }
    }
}

impl<K: Eq + Hash + Clone> Outbox<K> {
    /// Looks where every transaction is, and gives those that are seen to have failed for the first time. To be called
    /// **before** the state is read that decides what to send: a transaction that left the pool for a block is then
    /// seen in that state.
    pub fn refresh(&mut self, now: u32) -> Vec<Failure<K>> {
        for call in self.calls.values_mut() {
            let state = call.sent.as_ref().map(Sent::state);
            call.pending = state == Some(State::Waiting);
            call.was_included |= state.as_ref().and_then(included).is_some();
            if call.pending {
                call.not_before = call.not_before.max(now.saturating_add(GRACE));
            }
        }
        let mut failures = Vec::new();
        self.followed.retain_mut(|followed| {
            let state = followed.sent.state();
            if let Some(included) = included(&state) {
                if followed.told.replace(included.block) != Some(included.block) {
                    failures.extend(included.error().map(|reason| Failure {
                        key: followed.key.clone(),
                        block: included.number,
                        reason: reason.into(),
                        fee: included.fee(),
                    }));
                }
            }
            let settled = matches!(state, State::Final(_))
                || now > followed.sent_at.saturating_add(SETTLED_AFTER);
            if settled {
                self.settled.add(&state);
            }
            !settled
        });
        failures
    }

    /// What all calls came to, as far as it is known.
    pub fn costs(&self) -> Costs {
        let mut costs = self.settled;
        for followed in &self.followed {
            costs.add(&followed.sent.state());
        }
        costs
    }

    /// After a reorganisation, seen at block `now`: the pool may bring back every call that a retracted block held.
    pub fn hold(&mut self, now: u32) {
        for call in self.calls.values_mut() {
            call.not_before = call.not_before.max(now.saturating_add(GRACE));
        }
    }

    /// Can the call be sent at block `now` without being sent twice?
    pub fn may_send(&self, key: &K, now: u32) -> bool {
        self.calls
            .get(key)
            .is_none_or(|call| !call.pending && now >= call.not_before)
    }

    /// How often it was sent or refused.
    pub fn attempts(&self, key: &K) -> u32 {
        self.calls.get(key).map_or(0, |call| call.count)
    }

    /// Is it in the pool, or so recently out of it that it may come back?
    pub fn in_flight(&self, key: &K, now: u32) -> bool {
        self.calls
            .get(key)
            .is_some_and(|call| call.sent.is_some() && (call.pending || now < call.not_before))
    }

    /// Some call under way that `wanted` picks.
    pub fn find_in_flight(&self, now: u32, wanted: impl Fn(&K) -> bool) -> Option<&K> {
        self.calls
            .keys()
            .find(|key| wanted(key) && self.in_flight(key, now))
    }

    /// Did this call fail in a block, or vanish without ever having been in one?
    pub fn came_to_nothing(&self, key: &K) -> bool {
        let Some(call) = self.calls.get(key) else {
            return false;
        };
        match call.sent.as_ref().map(Sent::state) {
            Some(State::InBlock(included) | State::Final(included)) => included.error().is_some(),
            // Of several transactions an earlier one may have come back.
            Some(State::Gone) => !call.was_included && call.count == 1,
            Some(State::Waiting) | None => false,
        }
    }

    /// Did the last transaction with this call do its work in a block?
    pub fn succeeded(&self, key: &K) -> bool {
        let sent = self.calls.get(key).and_then(|call| call.sent.as_ref());
        sent.is_some_and(|sent| {
            included(&sent.state()).is_some_and(|included| included.error().is_none())
        })
    }

    /// Is nothing remembered of this call?
    pub fn is_unknown(&self, key: &K) -> bool {
        !self.calls.contains_key(key)
    }

    /// Notes that the call was sent at block `now`, or refused by the pool (`None`).
    pub fn record(&mut self, key: K, now: u32, sent: Option<Sent>) {
        if let Some(sent) = sent.clone() {
            self.followed.push(Followed {
                key: key.clone(),
                sent,
                sent_at: now,
                told: None,
            });
        }
        let call = self.calls.entry(key).or_insert(Attempts {
            sent: None,
            was_included: false,
            count: 0,
            pending: false,
            not_before: 0,
        });
        let wait = GRACE << call.count.min(MAX_DOUBLINGS);
        call.count = call.count.saturating_add(1);
        call.pending = sent.is_some();
        call.was_included = false;
        call.sent = sent;
        call.not_before = now.saturating_add(wait);
    }

    /// Forgets the calls that have done their work, but not at once: a reorganisation may undo it and bring the
    /// transaction back into the pool.
    pub fn retain(&mut self, now: u32, matters: impl Fn(&K) -> bool) {
        self.calls.retain(|key, call| {
            call.pending || now < call.not_before.saturating_add(KEEP) || matters(key)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_transactions::{channel, Outcome};
    use tokio::sync::watch::Sender;

    /// An outbox that has sent one claim at block 10, and where that claim is.
    fn sent() -> (Sender<State>, Outbox<&'static str>) {
        let mut outbox = Outbox::default();
        let (states, sent) = channel(H256::repeat_byte(1));
        outbox.record("claim", 10, Some(sent));
        (states, outbox)
    }

    fn included(number: u8, fee: u128, error: Option<&str>) -> Included {
        let error = error.map(String::from);
        Included {
            block: H256::repeat_byte(number),
            number: number.into(),
            outcome: Some(Outcome { fee, error }),
        }
    }

    fn in_block(number: u8, fee: u128, error: Option<&str>) -> State {
        State::InBlock(included(number, fee, error))
    }

    #[test]
    fn a_pending_call_is_not_sent_again() {
        let (_states, mut outbox) = sent();
        for now in 10..200 {
            outbox.refresh(now);
            assert!(!outbox.may_send(&"claim", now));
            assert!(outbox.in_flight(&"claim", now));
        }
        assert!(outbox.may_send(&"result", 10));
    }

    #[test]
    fn a_call_that_left_the_pool_is_sent_again_after_the_grace() {
        let (states, mut outbox) = sent();
        outbox.refresh(20);
        states.send_replace(State::Gone);
        outbox.refresh(21);
        assert!(!outbox.may_send(&"claim", 20 + GRACE - 1));
        assert!(outbox.in_flight(&"claim", 20 + GRACE - 1));
        assert!(outbox.may_send(&"claim", 20 + GRACE));
        assert!(!outbox.in_flight(&"claim", 20 + GRACE));
    }

    #[test]
    fn what_leaves_the_pool_after_the_look_is_still_pending_to_it() {
        let (states, mut outbox) = sent();
        outbox.refresh(20);
        states.send_replace(in_block(1, 0, None));
        assert!(!outbox.may_send(&"claim", 40));
    }

    #[test]
    fn after_a_reorganisation_every_call_waits_for_the_grace() {
        let (states, mut outbox) = sent();
        states.send_replace(State::Gone);
        outbox.refresh(40);
        assert!(outbox.may_send(&"claim", 40));
        outbox.hold(40);
        assert!(!outbox.may_send(&"claim", 40 + GRACE - 1));
        assert!(outbox.in_flight(&"claim", 40 + GRACE - 1));
        assert!(outbox.may_send(&"claim", 40 + GRACE));
        assert_eq!(outbox.attempts(&"claim"), 1);
    }

    #[test]
    fn a_call_that_did_its_work_is_remembered_until_no_reorganisation_brings_it_back() {
        let (states, mut outbox) = sent();
        states.send_replace(in_block(1, 0, None));
        outbox.refresh(11);
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

    #[test]
    fn a_failure_is_told_once_for_every_block_that_it_is_in() {
        let (states, mut outbox) = sent();
        assert_eq!(outbox.refresh(11), []);
        states.send_replace(in_block(1, 7, Some("TaskAlreadyClaimed")));
        let failures = outbox.refresh(12);
        let failure = Failure {
            key: "claim",
            block: 1,
            reason: "TaskAlreadyClaimed".into(),
            fee: 7,
        };
        assert_eq!(failures, [failure]);
        assert_eq!(outbox.refresh(13), []);
        // A fork takes it over, where it succeeds.
        states.send_replace(in_block(2, 7, None));
        assert_eq!(outbox.refresh(14), []);
        assert!(outbox.succeeded(&"claim"));
        states.send_replace(in_block(3, 7, Some("again")));
        assert_eq!(outbox.refresh(15).len(), 1);
    }

    #[test]
    fn costs_are_those_of_the_best_chain() {
        let costs = |outbox: &Outbox<_>| (outbox.costs().failed_calls, outbox.costs().fees_paid);
        let (states, mut outbox) = sent();
        assert_eq!(costs(&outbox), (0, 0));
        states.send_replace(in_block(1, 7, Some("failed")));
        assert_eq!(costs(&outbox), (1, 7));
        states.send_replace(State::Gone);
        assert_eq!(costs(&outbox), (0, 0));
        states.send_replace(State::Final(included(2, 5, None)));
        for now in 20..30 {
            outbox.refresh(now);
            assert_eq!(costs(&outbox), (0, 5));
        }
        assert!(outbox.followed.is_empty());
        // Of a call that was sent anew, both transactions count.
        for _ in 0..2 {
            let (states, sent) = channel(H256::repeat_byte(3));
            outbox.record("claim", 40, Some(sent));
            states.send_replace(in_block(4, 2, Some("failed")));
        }
        assert_eq!(costs(&outbox), (2, 9));
        outbox.refresh(40 + SETTLED_AFTER + 1);
        assert!(outbox.followed.is_empty());
        assert_eq!(costs(&outbox), (2, 9));
    }

    #[test]
    fn a_call_that_came_to_nothing_failed_or_was_never_in_a_block() {
        let (states, mut outbox) = sent();
        for (state, nothing) in [
            (State::Waiting, false),
            (State::Gone, true),
            (in_block(1, 0, Some("failed")), true),
            (in_block(1, 0, None), false),
            (State::Gone, false),
        ] {
            states.send_replace(state.clone());
            outbox.refresh(20);
            assert_eq!(outbox.came_to_nothing(&"claim"), nothing, "{state:?}");
        }
        outbox.record("claim", 30, None);
        assert!(!outbox.came_to_nothing(&"claim"));
        assert!(!outbox.came_to_nothing(&"result"));
    }
}
