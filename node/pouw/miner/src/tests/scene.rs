use crate::{
    decide::{decide, Action, Computation, Key, Phase, TicketPlace, View},
    MinerOptions,
};
use bcai_pouw_primitives::{Hash32, ParamSet, TaskId, TaskState, U256};
use bcai_pouw_tasks::{
    chain::{Funds, Limits, Task},
    outbox::Outbox,
};
use bcai_transactions::{channel, Sent};
use sp_core::{crypto::AccountId32, H256};
use std::collections::{BTreeMap, BTreeSet};
use Action::Send;

pub(super) const ME: AccountId32 = AccountId32::new([3; 32]);
pub(super) const OTHER: AccountId32 = AccountId32::new([4; 32]);
pub(super) const ANCHOR: Hash32 = [5; 32];
pub(super) const OLD: Hash32 = [6; 32];
pub(super) const NOW: u32 = 100;

/// Everything a decision depends on, owned.
pub(super) struct Scene {
    pub(super) now: u32,
    pub(super) tasks: Vec<Task>,
    pub(super) computations: BTreeMap<TaskId, Computation>,
    pub(super) busy: bool,
    pub(super) outbox: Outbox<Key>,
    pub(super) options: MinerOptions,
    pub(super) limits: Limits,
    pub(super) funds: Funds,
    pub(super) bonds: BTreeMap<TaskId, u128>,
    pub(super) ready: BTreeSet<TaskId>,
    pub(super) avoid: BTreeSet<TaskId>,
    pub(super) macs_per_block: Option<u128>,
    pub(super) claims_from: u32,
}

impl Scene {
    pub(super) fn new(states: impl IntoIterator<Item = TaskState<AccountId32, u32>>) -> Self {
        let tasks: Vec<Task> = states
            .into_iter()
            .zip(0..)
            .map(|(state, id)| Task {
                id,
                requester: AccountId32::new([1; 32]),
                set: ParamSet::Set0,
                m: 64,
                n: 64,
                slabs: 1,
                root_a: [0; 32],
                root_b: [0; 32],
                bounty: 10,
                deadline: 1_000,
                state,
            })
            .collect();
        Self {
            now: NOW,
            ready: tasks.iter().map(|task| task.id).collect(),
            tasks,
            computations: BTreeMap::new(),
            busy: false,
            outbox: Outbox::default(),
            options: MinerOptions::default(),
            limits: Limits {
                block_time_ms: 1_000,
                existential_deposit: 1,
                min_bounty: 1,
                min_task_duration: 1,
                max_task_duration: u32::MAX,
                claim_duration: u32::MAX,
                challenge_window: 10,
                max_tasks_per_requester: u32::MAX,
                max_claims_per_worker: u32::MAX,
                max_tickets_per_task: 128,
                max_listed: 256,
            },
            funds: Funds {
                holdable: u128::MAX,
                spendable: u128::MAX,
                claim_fee: 1,
            },
            bonds: BTreeMap::new(),
            avoid: BTreeSet::new(),
            macs_per_block: None,
            claims_from: 0,
        }
    }

    /// With what was or is being computed for task 0.
    pub(super) fn computation(mut self, anchor: Hash32, phase: Phase) -> Self {
        self.busy |= phase == Phase::Running;
        self.computations.insert(0, Computation { anchor, phase });
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn decide(&self) -> Vec<Action> {
        decide(&View {
            now: self.now,
            me: &ME,
            tasks: &self.tasks,
            computations: &self.computations,
            busy: self.busy,
            outbox: &self.outbox,
            options: &self.options,
            limits: &self.limits,
            funds: &self.funds,
            bonds: &self.bonds,
            ready: &self.ready,
            avoid: &self.avoid,
            macs_per_block: self.macs_per_block,
            claims_from: self.claims_from,
        })
    }
}

/// A transaction that waits in the pool for ever.
pub(super) fn waiting() -> Option<Sent> {
    Some(channel(H256::repeat_byte(7)).1)
}

pub(super) fn claimed_until(expires_at: u32) -> TaskState<AccountId32, u32> {
    TaskState::Claimed {
        worker: ME,
        claimed_at: 90,
        expires_at,
        anchor: Some(ANCHOR),
        target: U256::MAX,
        tickets: Vec::new(),
    }
}

pub(super) fn claimed() -> TaskState<AccountId32, u32> {
    claimed_until(200)
}

pub(super) fn with_tickets(accepted: u32) -> TaskState<AccountId32, u32> {
    let mut state = claimed();
    if let TaskState::Claimed { tickets, .. } = &mut state {
        *tickets = places(accepted);
    }
    state
}

pub(super) fn delivered(worker: AccountId32, challenge_until: u32) -> TaskState<AccountId32, u32> {
    TaskState::Delivered {
        worker,
        root_c: [0; 32],
        challenge_until,
        tickets: 0,
    }
}

/// Where ticket `number` is: two slabs of one tile after the other.
fn place(number: u32) -> TicketPlace {
    (0, number / 2, (number % 2) as u8)
}

pub(super) fn places(count: u32) -> Vec<TicketPlace> {
    (0..count).map(place).collect()
}

pub(super) fn done(winners: u32) -> Phase {
    Phase::Done {
        winners: places(winners),
    }
}

pub(super) fn tickets(range: std::ops::Range<u32>) -> Vec<Action> {
    range
        .map(|number| Send(Key::Ticket(0, ANCHOR, place(number))))
        .collect()
}

pub(super) const RESULT: Action = Send(Key::Result(0, ANCHOR));
pub(super) const CLAIM: Action = Send(Key::Claim(0));
