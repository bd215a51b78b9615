//! What to do at a block, from the state of that block, the computations of this process and the calls under way.
//! Pure: no clock, no disk, no chain.

use super::options::MinerOptions;
use bcai_pouw_primitives::{Hash32, TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::{Funds, Limits, Task},
    outbox::Outbox,
};
use sp_core::crypto::AccountId32;
use std::collections::{BTreeMap, BTreeSet};

/// Tickets in the pool at a time: enough to fill blocks, few enough to leave the pool to others.
const MAX_TICKETS_IN_FLIGHT: usize = 16;

/// A ticket that failed so often is given up; the rest of the task is worth more.
const MAX_TICKET_ATTEMPTS: u32 = 4;

/// Blocks before a claim expires that are kept for the result alone, at most; enough to send it a few times.
const MAX_RESULT_RESERVE: u32 = 64;

/// When claims of so many open tasks failed, the reason is this worker (no funds for their bonds, say) and each
/// further try costs a fee: only these are tried again, more and more seldom, and tasks that take a smaller bond.
const MAX_FAILED_CLAIMS: usize = 3;

/// Where a ticket is drawn: tile `(i, j)` and slab `l`.
pub(crate) type TicketPlace = (u32, u32, u8);

/// What makes two calls the same. Tickets and results of another anchor are other calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    Claim(TaskId),
    Ticket(TaskId, Hash32, TicketPlace),
    Result(TaskId, Hash32),
    Finalize(TaskId),
}

impl Key {
    pub(crate) fn task(&self) -> TaskId {
        match self {
            Key::Claim(task) | Key::Finalize(task) => *task,
            Key::Ticket(task, ..) | Key::Result(task, _) => *task,
        }
    }

    /// The name of the extrinsic.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Key::Claim(_) => "claim_task",
            Key::Ticket(..) => "submit_ticket",
            Key::Result(..) => "submit_result",
            Key::Finalize(_) => "finalize_task",
        }
    }
}

/// What this process has computed, or is computing, for a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Computation {
    pub anchor: Hash32,
    pub phase: Phase,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Running,
    /// Not to be tried again before block `retry_at`.
    Failed {
        retry_at: u32,
    },
    /// C is in the store; these tickets won.
    Done {
        winners: Vec<TicketPlace>,
    },
}

/// Everything that a decision depends on.
pub(crate) struct View<'a> {
    /// The best block, whose state `tasks` is. What is sent now is executed in block `now + 1` at the earliest.
    pub now: u32,
    pub me: &'a AccountId32,
    pub tasks: &'a [Task],
    pub computations: &'a BTreeMap<TaskId, Computation>,
    /// A computation is going on, maybe one that was cancelled and hasn't stopped yet.
    pub busy: bool,
    pub outbox: &'a Outbox<Key>,
    pub options: &'a MinerOptions,
    pub limits: &'a Limits,
    pub funds: &'a Funds,
    /// What claims of the open tasks whose matrices are here put on hold.
    pub bonds: &'a BTreeMap<TaskId, u128>,
    /// Open tasks whose matrices are here and whose result has room.
    pub ready: &'a BTreeSet<TaskId>,
    /// Tasks that already cost this worker a bond.
    pub avoid: &'a BTreeSet<TaskId>,
    /// Measured on the tasks computed so far.
    pub macs_per_block: Option<u128>,
    /// No claim is sent before this block.
    pub claims_from: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Stop the computation of this task; it has lost its purpose.
    Cancel(TaskId),
    /// Forget what was computed for this task.
    Forget(TaskId),
    /// Send the call, unless its preconditions outside the chain fail.
    Send(Key),
    /// Compute this task under this anchor.
    Start(TaskId, Hash32),
    /// Tell that the account has too little for a claim of this task.
    Lack(TaskId),
}

/// A claim of this worker whose anchor is known and which can still be delivered.
struct HeldClaim<'a> {
    task: TaskId,
    anchor: Hash32,
    claimed_at: u32,
    expires_at: u32,
    tickets: &'a [TicketPlace],
}

/// The actions for this block, in the order in which they have to be done: cancellations, calls, a computation.
pub(crate) fn decide(view: &View) -> Vec<Action> {
    let claims: Vec<HeldClaim> = view
        .tasks
        .iter()
        .filter_map(|task| live_claim(view, task))
        .collect();
    let mut actions = drop_stale(view, &claims);
    for claim in &claims {
        submit(view, claim, &mut actions);
    }
    finalize(view, &mut actions);
    take_claims(view, &mut actions);
    start(view, &claims, &mut actions);
    actions
}

fn live_claim<'a>(view: &View, task: &'a Task) -> Option<HeldClaim<'a>> {
    match &task.state {
        TaskState::Claimed {
            worker,
            anchor: Some(anchor),
            claimed_at,
            expires_at,
            tickets,
            ..
        } if worker == view.me && view.now < *expires_at => Some(HeldClaim {
            task: task.id,
            anchor: *anchor,
            claimed_at: *claimed_at,
            expires_at: *expires_at,
            tickets,
        }),
        _ => None,
    }
}

/// Computations whose claim is gone, expired, delivered, or anchored in another block than it was.
fn drop_stale(view: &View, claims: &[HeldClaim]) -> Vec<Action> {
    let current = |id: TaskId, computation: &Computation| {
        claims
            .iter()
            .any(|claim| claim.task == id && claim.anchor == computation.anchor)
    };
    view.computations
        .iter()
        .filter(|(id, computation)| !current(**id, computation))
        .map(|(id, computation)| match computation.phase {
            Phase::Running => Action::Cancel(*id),
            _ => Action::Forget(*id),
        })
        .collect()
}

/// The tickets that are missing on the chain, then the result; late, the result only.
fn submit(view: &View, claim: &HeldClaim, actions: &mut Vec<Action>) {
    let Some(Computation {
        anchor,
        phase: Phase::Done { winners },
    }) = view.computations.get(&claim.task)
    else {
        return;
    };
    if *anchor != claim.anchor {
        return;
    }
    let result = Key::Result(claim.task, claim.anchor);
    if view.outbox.in_flight(&result, view.now) {
        // A ticket behind the result fails, at the cost of its fee.
        return;
    }
    // No bond comes back without the result: late, it goes alone.
    let duration = claim.expires_at.saturating_sub(claim.claimed_at);
    let reserve = (duration / 4).clamp(4, MAX_RESULT_RESERVE);
    let late = view.now.saturating_add(reserve) >= claim.expires_at;
    if late {
        actions.extend(send_result(view, result));
        return;
    }
    let key = |place: &TicketPlace| Key::Ticket(claim.task, claim.anchor, *place);
    let given_up = |key: &Key| {
        view.outbox.attempts(key) >= MAX_TICKET_ATTEMPTS && view.outbox.may_send(key, view.now)
    };
    let room = (view.limits.max_tickets_per_task as usize).saturating_sub(claim.tickets.len());
    let missing: Vec<Key> = winners
        .iter()
        .filter(|place| !claim.tickets.contains(place))
        .map(key)
        .filter(|key| !given_up(key))
        .take(room)
        .collect();
    let in_flight = missing
        .iter()
        .filter(|key| view.outbox.in_flight(key, view.now))
        .count();
    actions.extend(
        missing
            .iter()
            .filter(|key| view.outbox.may_send(key, view.now))
            .take(MAX_TICKETS_IN_FLIGHT.saturating_sub(in_flight))
            .map(|key| Action::Send(*key)),
    );
    if missing.is_empty() {
        actions.extend(send_result(view, result));
    }
}

fn send_result(view: &View, result: Key) -> Option<Action> {
    view.outbox
        .may_send(&result, view.now)
        .then_some(Action::Send(result))
}

fn finalize(view: &View, actions: &mut Vec<Action>) {
    for task in view.tasks {
        let TaskState::Delivered {
            worker,
            challenge_until,
            ..
        } = &task.state
        else {
            continue;
        };
        let key = Key::Finalize(task.id);
        if worker == view.me && view.now >= *challenge_until && view.outbox.may_send(&key, view.now)
        {
            actions.push(Action::Send(key));
        }
    }
}

fn take_claims(view: &View, actions: &mut Vec<Action>) {
    if view.now < view.claims_from {
        return;
    }
    let held: Vec<&Task> = view
        .tasks
        .iter()
        .filter(|task| is_claimed(task, view.me))
        .collect();
    let open: Vec<&Task> = view
        .tasks
        .iter()
        .filter(|task| task.state == TaskState::Open)
        .collect();
    let under_way: Vec<&Task> = open
        .iter()
        .copied()
        .filter(|task| view.outbox.in_flight(&Key::Claim(task.id), view.now))
        .collect();
    let taken = held.len() + under_way.len();
    let mut free = claims_at_a_time(view).saturating_sub(taken);
    let mut queued = held
        .into_iter()
        .filter(|task| !is_computed(view.computations, task.id))
        .chain(under_way.iter().copied())
        .fold(0u128, |sum, task| sum.saturating_add(macs(task)));
    let failed = |task: &Task| {
        let key = Key::Claim(task.id);
        view.outbox.attempts(&key) > 0 && !view.outbox.in_flight(&key, view.now)
    };
    let failures: Vec<&&Task> = open.iter().filter(|task| failed(task)).collect();
    // Bonds grow with bounties: a smaller one may still be within this worker's means.
    let cautious_below = failures
        .iter()
        .map(|task| task.bounty)
        .min()
        .filter(|_| failures.len() >= MAX_FAILED_CLAIMS);
    let candidates = open
        .iter()
        .filter(|task| view.ready.contains(&task.id) && !view.avoid.contains(&task.id))
        .filter(|task| failed(task) || cautious_below.is_none_or(|least| task.bounty < least))
        .filter(|task| view.outbox.may_send(&Key::Claim(task.id), view.now));
    let bond = |task: &Task| view.bonds.get(&task.id).copied().unwrap_or_default();
    let mut funds = under_way
        .iter()
        .fold(*view.funds, |funds, task| funds.after_claim(bond(task)));
    let mut lacking = None;
    for task in candidates {
        if free == 0 {
            break;
        }
        if !accepts(view, task, queued) {
            continue;
        }
        if !funds.cover(bond(task)) {
            lacking = lacking.or(Some(task.id));
            continue;
        }
        actions.push(Action::Send(Key::Claim(task.id)));
        funds = funds.after_claim(bond(task));
        queued = queued.saturating_add(macs(task));
        free -= 1;
    }
    if free > 0 {
        actions.extend(lacking.map(Action::Lack));
    }
}

/// Claims held at a time, by this miner's will and the chain's.
fn claims_at_a_time(view: &View) -> usize {
    view.options
        .max_claims
        .min(view.limits.max_claims_per_worker) as usize
}

/// Would the miner claim this task for the next block, with so much to compute for other claims? Those that expire later
/// than this one would are then in time as well.
fn accepts(view: &View, task: &Task, other_macs: u128) -> bool {
    let block = view.now.saturating_add(1);
    let expires_at = task
        .deadline
        .min(block.saturating_add(view.limits.claim_duration));
    // Twice the measured time: the machine may be busier than it was.
    let all_macs = macs(task).saturating_add(other_macs);
    let computing = view
        .macs_per_block
        .map_or(0, |rate| all_macs.div_ceil(rate.max(1)).saturating_mul(2));
    let needed = computing.saturating_add(view.options.min_blocks_left.into());
    view.options.sets.contains(&task.set)
        && task.bounty >= view.options.min_bounty
        && u128::from(expires_at.saturating_sub(block)) >= needed
}

fn macs(task: &Task) -> u128 {
    task.commitment()
        .map_or(0, |commitment| commitment.shape.macs())
}

/// Is the task's C in the store, computed by this process?
pub(crate) fn is_computed(computations: &BTreeMap<TaskId, Computation>, task: TaskId) -> bool {
    let computation = computations.get(&task);
    computation.is_some_and(|known| matches!(known.phase, Phase::Done { .. }))
}

pub(crate) fn is_claimed(task: &Task, me: &AccountId32) -> bool {
    matches!(&task.state, TaskState::Claimed { worker, .. } if worker == me)
}

/// The claim that expires first, when nothing is computed and nothing was cancelled a moment ago.
fn start(view: &View, claims: &[HeldClaim], actions: &mut Vec<Action>) {
    if view.busy {
        return;
    }
    let wanted = |claim: &&HeldClaim| match view.computations.get(&claim.task) {
        Some(known) if known.anchor == claim.anchor => {
            matches!(known.phase, Phase::Failed { retry_at } if view.now >= retry_at)
        }
        _ => true,
    };
    let next = claims
        .iter()
        .filter(wanted)
        .min_by_key(|claim| (claim.expires_at, claim.task));
    if let Some(claim) = next {
        actions.push(Action::Start(claim.task, claim.anchor));
    }
}
