//! The bytes in flight, of one connection and of all.

use crate::LOG_TARGET;
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use std::{
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc, Weak,
    },
    task::Waker,
    time::{Duration, Instant},
};

/// A socket that moved nothing for so long has nothing left to send, unless it is stuck.
const REST: Duration = Duration::from_secs(1);

/// A socket that has been stuck for so long gives way when the node needs room.
const STUCK: Duration = Duration::from_secs(10);

/// Why an answer, or a request, was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InFlight {
    /// Too much waits on this connection.
    #[error("{waiting} bytes of answers wait for this connection to read them, and {bytes} more are over its {max}: read, then ask again")]
    OfConnection {
        /// Bytes that wait already.
        waiting: u64,
        /// Bytes that came on top.
        bytes: u64,
        /// The most that may wait.
        max: u64,
    },
    /// Too much waits on all connections together.
    #[error("{waiting} bytes of answers wait for this node's clients to read them, and {bytes} more are over its {max}: ask again later")]
    OfNode {
        /// Bytes that wait already.
        waiting: u64,
        /// Bytes that came on top.
        bytes: u64,
        /// The most that may wait.
        max: u64,
    },
}

/// The bytes in flight on all connections.
pub struct Budget {
    max_node: u64,
    max_connection: u64,
    used: AtomicU64,
    refused: AtomicU64,
    connections: Mutex<Vec<Weak<Connection>>>,
}

impl Budget {
    /// With these bounds in bytes: for all connections, and for one.
    pub fn new(max_node: u64, max_connection: u64) -> Arc<Self> {
        Arc::new(Self {
            max_node,
            max_connection,
            used: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            connections: Mutex::new(Vec::new()),
        })
    }

    /// Bytes in flight now.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// The most that may be in flight.
    pub fn max(&self) -> u64 {
        self.max_node
    }

    /// Calls that were refused so far.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn counted<T>(&self, result: Result<T, InFlight>) -> Result<T, InFlight> {
        if result.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// A new connection of this budget.
    pub fn connection(self: &Arc<Self>) -> Arc<Connection> {
        let connection = Arc::new(Connection {
            budget: self.clone(),
            state: Mutex::new(State {
                in_flight: 0,
                reserved: 0,
                calls: 0,
                moved: Instant::now(),
                stuck_since: None,
            }),
            closed: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
        });
        let mut connections = self.connections.lock();
        connections.retain(|other| other.strong_count() > 0);
        connections.push(Arc::downgrade(&connection));
        connection
    }

    fn try_add(&self, bytes: u64) -> Result<(), InFlight> {
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes)
                    .filter(|used| *used <= self.max_node)
            })
            .map(drop)
            .map_err(|waiting| InFlight::OfNode {
                waiting,
                bytes,
                max: self.max_node,
            })
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Settles the connections that are at rest, and closes the one that has been stuck longest.
    fn make_room(&self) {
        let connections: Vec<_> = {
            let connections = self.connections.lock();
            connections.iter().filter_map(Weak::upgrade).collect()
        };
        let now = Instant::now();
        for connection in &connections {
            connection.settle(now);
        }
        let longest = connections
            .iter()
            .filter_map(|connection| Some((connection.stuck_since()?, connection)))
            .filter(|(since, _)| now.saturating_duration_since(*since) >= STUCK)
            .min_by_key(|(since, _)| *since);
        if let Some((since, connection)) = longest {
            log::debug!(
                target: LOG_TARGET,
                "Closing a connection that has read nothing for {} s",
                now.saturating_duration_since(since).as_secs(),
            );
            connection.close();
        }
    }
}

/// One connection: what its client has asked for and not read yet.
pub struct Connection {
    budget: Arc<Budget>,
    state: Mutex<State>,
    closed: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

struct State {
    in_flight: u64,
    /// Kept for what subscriptions tell.
    reserved: u64,
    /// Calls that run, or whose answer isn't counted yet.
    calls: usize,
    /// When bytes were last added or taken.
    moved: Instant,
    stuck_since: Option<Instant>,
}

/// A call that runs; its request counts until this is dropped.
pub(crate) struct Call {
    connection: Arc<Connection>,
    request: u64,
}

impl Call {
    /// Ends the call: from now on its answer of so many bytes counts, in place of the request.
    pub(crate) fn answered(self, bytes: u64) -> Result<(), InFlight> {
        let connection = self.connection.clone();
        // Before the call ends, so that the connection isn't taken to be at rest in between.
        connection.take(bytes, self.request)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.connection.state.lock();
        state.calls = state.calls.saturating_sub(1);
        self.connection.release(&mut state, self.request);
    }
}

/// Room that is kept for a subscription, until this is dropped.
pub(crate) struct Reservation {
    connection: Arc<Connection>,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.connection.state.lock();
        state.reserved = state.reserved.saturating_sub(self.bytes);
        self.connection.budget.give_back(self.bytes);
    }
}

impl Connection {
    /// Begins a call whose request has so many bytes. Errors: too much waits already.
    pub(crate) fn call(self: &Arc<Self>, request: u64) -> Result<Call, InFlight> {
        self.take(request, 0)?;
        self.state.lock().calls += 1;
        Ok(Call {
            connection: self.clone(),
            request,
        })
    }

    /// Adds bytes, unless they are over a bound; `own` of those in flight are the caller's and will be given back.
    fn take(&self, bytes: u64, own: u64) -> Result<(), InFlight> {
        let result = self.try_take(bytes, own).or_else(|error| match error {
            InFlight::OfNode { .. } => {
                self.budget.make_room();
                self.try_take(bytes, own)
            }
            InFlight::OfConnection { .. } => {
                self.settle(Instant::now());
                self.try_take(bytes, own)
            }
        });
        self.budget.counted(result)
    }

    fn try_take(&self, bytes: u64, own: u64) -> Result<(), InFlight> {
        let max = self.budget.max_connection;
        let mut state = self.state.lock();
        let waiting = state.in_flight.saturating_sub(own);
        let all = waiting.saturating_add(state.reserved);
        if waiting > 0 && all.saturating_add(bytes) > max {
            return Err(InFlight::OfConnection {
                waiting,
                bytes,
                max,
            });
        }
        // Whoever was closed has nobody left to read the answer.
        if !self.is_closed() {
            self.budget.try_add(bytes)?;
            state.in_flight = state.in_flight.saturating_add(bytes);
            state.moved = Instant::now();
        }
        Ok(())
    }

    /// Keeps room for what a subscription will tell, as long as it lives. Errors: there is none, not even alone.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, InFlight> {
        self.settle(Instant::now());
        self.budget.counted(self.try_reserve(bytes))
    }

    fn try_reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, InFlight> {
        let max = self.budget.max_connection;
        let mut state = self.state.lock();
        let waiting = state.in_flight.saturating_add(state.reserved);
        if waiting.saturating_add(bytes) > max {
            return Err(InFlight::OfConnection {
                waiting,
                bytes,
                max,
            });
        }
        self.budget.try_add(bytes)?;
        state.reserved = state.reserved.saturating_add(bytes);
        Ok(Reservation {
            connection: self.clone(),
            bytes,
        })
    }

    /// Adds bytes that were made without being asked for: never refused.
    pub(crate) fn add(&self, bytes: u64) {
        let mut state = self.state.lock();
        if !self.is_closed() {
            self.budget.used.fetch_add(bytes, Ordering::Relaxed);
            state.in_flight = state.in_flight.saturating_add(bytes);
            state.moved = Instant::now();
        }
    }

    fn release(&self, state: &mut State, bytes: u64) {
        let bytes = bytes.min(state.in_flight);
        state.in_flight -= bytes;
        self.budget.give_back(bytes);
    }

    /// The socket has taken so many bytes.
    pub(crate) fn sent(&self, bytes: u64) {
        let mut state = self.state.lock();
        state.moved = Instant::now();
        state.stuck_since = None;
        self.release(&mut state, bytes);
    }

    /// The socket takes no more now; `waker` is woken when it shall be tried again to no effect but an error.
    pub(crate) fn stuck(&self, waker: &Waker) {
        self.writer.register(waker);
        self.state
            .lock()
            .stuck_since
            .get_or_insert_with(Instant::now);
    }

    /// Nothing came from the client yet; `waker` as for [`Self::stuck`].
    pub(crate) fn idle(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    fn stuck_since(&self) -> Option<Instant> {
        self.state.lock().stuck_since
    }

    /// A connection at rest has sent all that it ever will of what was counted.
    fn settle(&self, now: Instant) {
        let mut state = self.state.lock();
        let rested = now.saturating_duration_since(state.moved) >= REST;
        if rested && state.calls == 0 && state.stuck_since.is_none() {
            let left = state.in_flight;
            self.release(&mut state, left);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn close(&self) {
        let mut state = self.state.lock();
        self.closed.store(true, Ordering::Relaxed);
        let left = state.in_flight;
        self.release(&mut state, left);
        drop(state);
        self.reader.wake();
        self.writer.wake();
    }

    /// The socket is gone.
    pub(crate) fn ended(&self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::task::noop_waker;

    fn later() -> Instant {
        Instant::now() + REST
    }

    #[test]
    fn answers_count_until_the_socket_has_taken_them() {
        let budget = Budget::new(1_000, 100);
        let connection = budget.connection();
        connection.call(10).unwrap().answered(90).unwrap();
        assert_eq!(budget.used(), 90);
        let refused = connection.call(1).unwrap().answered(20).unwrap_err();
        assert_eq!(
            refused,
            InFlight::OfConnection {
                waiting: 90,
                bytes: 20,
                max: 100
            }
        );
        connection.sent(85);
        connection.call(1).unwrap().answered(20).unwrap();
        assert_eq!((budget.used(), budget.refused()), (25, 1));
    }

    #[test]
    fn one_answer_may_always_wait() {
        let budget = Budget::new(1_000, 100);
        let connection = budget.connection();
        connection.call(50).unwrap().answered(500).unwrap();
        assert!(connection.call(1).is_err());
    }

    #[test]
    fn a_subscription_keeps_its_room_and_has_no_more_than_the_whole() {
        let budget = Budget::new(150, 100);
        let (connection, other) = (budget.connection(), budget.connection());
        assert!(connection.reserve(101).is_err());
        let kept = connection.reserve(60).unwrap();
        assert!(connection.reserve(50).is_err());
        // One answer may wait beside it, and more may not.
        connection.call(0).unwrap().answered(80).unwrap();
        assert!(connection.call(0).is_err());
        assert!(matches!(other.reserve(20), Err(InFlight::OfNode { .. })));
        assert_eq!((budget.used(), budget.refused()), (140, 4));
        connection.ended();
        assert_eq!(budget.used(), 60, "what it tells is still there");
        drop(kept);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn the_node_has_a_bound_of_its_own() {
        let budget = Budget::new(150, 100);
        let (one, other) = (budget.connection(), budget.connection());
        one.call(0).unwrap().answered(100).unwrap();
        one.stuck(&noop_waker());
        let refused = other.call(0).unwrap().answered(60).unwrap_err();
        assert!(matches!(refused, InFlight::OfNode { waiting: 100, .. }));
        one.ended();
        other.call(0).unwrap().answered(60).unwrap();
        assert_eq!(budget.used(), 60);
    }

    #[test]
    fn a_connection_at_rest_has_nothing_in_flight_and_a_stuck_one_has() {
        let budget = Budget::new(1_000, 100);
        let connection = budget.connection();
        connection.call(0).unwrap().answered(60).unwrap();
        connection.settle(Instant::now());
        assert_eq!(budget.used(), 60, "it may be about to be sent");
        connection.stuck(&noop_waker());
        connection.settle(later());
        assert_eq!(budget.used(), 60);
        connection.sent(10);
        let running = connection.call(1).unwrap();
        connection.settle(later());
        assert_eq!(budget.used(), 51);
        drop(running);
        connection.settle(later());
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn who_is_stuck_longest_gives_way_to_others() {
        let budget = Budget::new(100, 100);
        let (stuck, newer, asking) = (
            budget.connection(),
            budget.connection(),
            budget.connection(),
        );
        for (connection, seconds) in [(&stuck, 30), (&newer, 20)] {
            connection.call(0).unwrap().answered(50).unwrap();
            connection.state.lock().stuck_since =
                Instant::now().checked_sub(Duration::from_secs(seconds));
        }
        asking.call(0).unwrap().answered(40).unwrap();
        assert!(stuck.is_closed() && !newer.is_closed());
        assert_eq!(budget.used(), 90);
        // What is still computed for the closed one counts no more.
        stuck.call(0).unwrap().answered(70).unwrap();
        assert_eq!(budget.used(), 90);
    }
}
