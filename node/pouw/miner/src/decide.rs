//! What to do at a block, from the state of that block, the jobs of this process and the calls under way.
//! Pure: no clock, no disk, no chain.

use super::options::MinerOptions;
use bcai_pouw_primitives::{Hash32, Shape, TaskId, TaskState, MAX_TICKETS_PER_TASK};
use bcai_pouw_tasks::{chain::Task, outbox::Outbox};
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

/// What makes two calls the same. Tickets and results of another anchor are other calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    Claim(TaskId),
    Ticket(TaskId, Hash32, u32, u32),
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
}

/// What this process has computed, or is computing, for a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Job {
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
    /// C is in the store; the tiles `(i, j)` won.
    Done {
        winners: Vec<(u32, u32)>,
    },
}

/// Everything that a decision depends on.
pub(crate) struct View<'a> {
    /// The best block, whose state `tasks` is. What is sent now is executed in block `now + 1` at the earliest.
    pub now: u32,
    pub me: [u8; 32],
    pub tasks: &'a [Task],
    pub jobs: &'a BTreeMap<TaskId, Job>,
    /// A computation is going on, maybe one that was cancelled and hasn't stopped yet.
    pub busy: bool,
    pub outbox: &'a Outbox<Key>,
    pub options: &'a MinerOptions,
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
}

/// A claim of this worker whose anchor is known and which can still be delivered.
struct Claim<'a> {
    task: TaskId,
    anchor: Hash32,
    claimed_at: u32,
    expires_at: u32,
    tickets: &'a [(u32, u32)],
}

/// The actions for this block, in the order in which they have to be done: cancellations, calls, a computation.
pub(crate) fn decide(view: &View) -> Vec<Action> {
    let claims: Vec<Claim> = view
        .tasks
        .iter()
        .filter_map(|task| live_claim(view, task))
        .collect();
    let mut actions = drop_stale_jobs(view, &claims);
    for claim in &claims {
        submit(view, claim, &mut actions);
    }
    finalize(view, &mut actions);
    take_claims(view, &mut actions);
    start(view, &claims, &mut actions);
    actions
}

fn live_claim<'a>(view: &View, task: &'a Task) -> Option<Claim<'a>> {
    match &task.state {
        TaskState::Claimed {
            worker,
            anchor: Some(anchor),
            claimed_at,
            expires_at,
            tickets,
            ..
        } if *worker == view.me && view.now < *expires_at => Some(Claim {
            task: task.id,
            anchor: *anchor,
            claimed_at: *claimed_at,
            expires_at: *expires_at,
            tickets,
        }),
        _ => None,
    }
}

/// Jobs whose claim is gone, expired, delivered, or anchored in another block than it was.
fn drop_stale_jobs(view: &View, claims: &[Claim]) -> Vec<Action> {
    let current = |id: TaskId, job: &Job| {
        claims
            .iter()
            .any(|claim| claim.task == id && claim.anchor == job.anchor)
    };
    view.jobs
        .iter()
        .filter(|(id, job)| !current(**id, job))
        .map(|(id, job)| match job.phase {
            Phase::Running => Action::Cancel(*id),
            _ => Action::Forget(*id),
        })
        .collect()
}

/// The tickets that are missing on the chain, then the result; late, the result only.
fn submit(view: &View, claim: &Claim, actions: &mut Vec<Action>) {
    let Some(Job {
        anchor,
        phase: Phase::Done { winners },
    }) = view.jobs.get(&claim.task)
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
    let key = |tile: &(u32, u32)| Key::Ticket(claim.task, claim.anchor, tile.0, tile.1);
    let given_up = |key: &Key| {
        view.outbox.attempts(key) >= MAX_TICKET_ATTEMPTS && view.outbox.may_send(key, view.now)
    };
    let room = (MAX_TICKETS_PER_TASK as usize).saturating_sub(claim.tickets.len());
    let missing: Vec<Key> = winners
        .iter()
        .filter(|tile| !claim.tickets.contains(tile))
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
        if *worker == view.me
            && view.now >= *challenge_until
            && view.outbox.may_send(&key, view.now)
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
        .filter(|task| is_claimed(task, &view.me))
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
    let mut free = view.options.claims_at_a_time().saturating_sub(taken);
    let mut queued = held
        .into_iter()
        .filter(|task| !is_computed(view.jobs, task.id))
        .chain(under_way)
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
    let block = view.now.saturating_add(1);
    for task in candidates {
        if free == 0 {
            return;
        }
        if view
            .options
            .accepts(task, block, view.macs_per_block, queued)
        {
            actions.push(Action::Send(Key::Claim(task.id)));
            queued = queued.saturating_add(macs(task));
            free -= 1;
        }
    }
}

fn macs(task: &Task) -> u128 {
    Shape::new(task.set, task.m, task.n).map_or(0, |shape| shape.macs())
}

/// Is the task's C in the store, computed by this process?
pub(crate) fn is_computed(jobs: &BTreeMap<TaskId, Job>, task: TaskId) -> bool {
    let job = jobs.get(&task);
    job.is_some_and(|job| matches!(job.phase, Phase::Done { .. }))
}

pub(crate) fn is_claimed(task: &Task, me: &[u8; 32]) -> bool {
    matches!(&task.state, TaskState::Claimed { worker, .. } if worker == me)
}

/// The claim that expires first, when nothing is computed and nothing was cancelled a moment ago.
fn start(view: &View, claims: &[Claim], actions: &mut Vec<Action>) {
    if view.busy {
        return;
    }
    let wanted = |claim: &&Claim| match view.jobs.get(&claim.task) {
        Some(job) if job.anchor == claim.anchor => {
            matches!(job.phase, Phase::Failed { retry_at } if view.now >= retry_at)
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
