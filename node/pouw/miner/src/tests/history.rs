use crate::history::{Change, History};
use bcai_pouw_primitives::{ParamSet, TaskState, U256};
use bcai_pouw_tasks::chain::Task;
use sp_core::crypto::AccountId32;

const ME: AccountId32 = AccountId32::new([3; 32]);
const OTHER: AccountId32 = AccountId32::new([4; 32]);

type State = TaskState<AccountId32, u32>;

fn task(state: State) -> Task {
    Task {
        id: 7,
        requester: AccountId32::new([1; 32]),
        set: ParamSet::Set0,
        m: 8,
        n: 8,
        slabs: 1,
        root_a: [0; 32],
        root_b: [0; 32],
        bounty: 0,
        deadline: 100,
        state,
    }
}

fn claimed(worker: AccountId32) -> State {
    TaskState::Claimed {
        worker,
        claimed_at: 10,
        expires_at: 20,
        anchor: None,
        target: U256::MAX,
        tickets: Vec::new(),
    }
}

fn delivered(worker: AccountId32) -> State {
    TaskState::Delivered {
        worker,
        root_c: [0; 32],
        challenge_until: 30,
        tickets: 0,
    }
}

fn finalized(worker: AccountId32) -> State {
    TaskState::Finalized {
        worker,
        root_c: [0; 32],
        finalized_at: 31,
        credit: 5,
    }
}

/// What is seen at block `now` when the task went from one state to another; `None` is a task that is gone.
fn change(from: State, now: u32, to: Option<State>) -> Option<Change> {
    change_over(false, from, now, to)
}

fn change_over(fork: bool, from: State, now: u32, to: Option<State>) -> Option<Change> {
    let mut history = History::default();
    history.observe(now - 1, false, &ME, &[task(from)]);
    let to: Vec<_> = to.map(task).into_iter().collect();
    let changes = history.observe(now, fork, &ME, &to);
    assert!(changes.len() <= 1);
    changes.first().map(|(id, change)| {
        assert_eq!(*id, 7);
        *change
    })
}

#[test]
fn every_change_is_told_for_what_it_is() {
    use Change::*;
    let open = TaskState::Open;
    let paid = Some(Paid { credit: 5 });
    let cases = [
        (open.clone(), 11, Some(claimed(ME)), Some(Claimed)),
        (open.clone(), 11, Some(claimed(OTHER)), None),
        (claimed(ME), 15, Some(claimed(ME)), None),
        (claimed(ME), 15, Some(delivered(ME)), Some(Delivered)),
        (claimed(ME), 15, Some(open.clone()), Some(Undone)),
        (claimed(ME), 20, Some(open.clone()), Some(Undone)),
        (claimed(ME), 21, Some(open.clone()), Some(Expired)),
        (claimed(ME), 21, Some(claimed(OTHER)), Some(Expired)),
        (claimed(ME), 21, None, Some(Expired)),
        (claimed(ME), 33, Some(finalized(ME)), paid),
        (claimed(OTHER), 21, Some(open.clone()), None),
        (delivered(ME), 25, Some(delivered(ME)), None),
        (delivered(ME), 25, Some(claimed(ME)), Some(Undone)),
        (delivered(ME), 25, Some(open.clone()), Some(Challenged)),
        (delivered(ME), 25, Some(claimed(OTHER)), Some(Challenged)),
        (delivered(ME), 30, None, Some(Challenged)),
        (delivered(ME), 31, Some(finalized(ME)), paid),
        (delivered(ME), 40, None, None),
        (delivered(OTHER), 25, Some(open), None),
        (delivered(OTHER), 31, Some(finalized(OTHER)), None),
        (finalized(ME), 32, Some(finalized(ME)), None),
    ];
    for (from, now, to, expected) in cases {
        let case = format!("{from:?} -> {to:?} at {now}");
        assert_eq!(change(from, now, to), expected, "{case}");
    }
}

#[test]
fn a_result_that_a_fork_does_not_have_was_not_challenged() {
    let over_fork = |from, to| change_over(true, from, 25, to);
    let undone = Some(Change::Undone);
    assert_eq!(over_fork(delivered(ME), Some(TaskState::Open)), undone);
    assert_eq!(over_fork(delivered(ME), None), undone);
    assert_eq!(over_fork(delivered(ME), Some(delivered(ME))), None);
    assert_eq!(
        over_fork(claimed(ME), Some(TaskState::Open)),
        Some(Change::Expired)
    );
}

#[test]
fn stakes_found_at_the_start_are_counted() {
    let mut history = History::default();
    let mut second = task(delivered(ME));
    second.id = 8;
    history.observe(15, false, &ME, &[task(claimed(ME)), second]);
    assert_eq!(history.counts(), (1, 1));
}
