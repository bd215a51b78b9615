//! Tests by topic. Every one ends with all invariants checked: see [`crate::mock::ExtBuilder::build_and_execute`].

mod anchors;
mod cancelling;
mod challenging;
mod claiming;
mod credit;
mod delivering;
mod difficulty;
mod encoding;
mod expiry;
mod feeless;
mod finalizing;
mod genesis;
mod invariants;
mod malformed;
mod matrices;
mod posting;
mod pricing;
mod sequences;
mod standstill;
mod tickets;
mod views;
mod weights;

use bcai_pouw_primitives::{ParamSet, TaskId};
use frame_support::{assert_ok, traits::fungible::InspectHold};
use sp_core::H256;

use crate::{mock::*, types::Status, Agenda, HoldReason, Tasks};
use matrices::{Matrices, Product};

pub const BOUNTY: Balance = 1_000;
/// `BondRate` of [`BOUNTY`].
pub const BOND: Balance = 200;
/// Of a task with 16 x 16 x 2048 multiply-accumulates: `PostingFee` and one `WorkFee`.
pub const FEE: Balance = 18;
/// Deadline of [`post`] in block 1.
pub const DEADLINE: u64 = 41;
/// Multiply-accumulates that a ticket proves at the easiest target: `h * w * k`.
pub const TICKET_WORK: u128 = 65_536;

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub fn try_post(
    who: AccountId,
    matrices: &Matrices,
    bounty: Balance,
    deadline: u64,
) -> sp_runtime::DispatchResult {
    Pouw::post_task(
        signed(who),
        ParamSet::Set0,
        matrices.shape.m(),
        matrices.shape.n(),
        matrices.shape.slabs(),
        H256(matrices.root_a()),
        H256(matrices.root_b()),
        bounty,
        deadline,
        FEE,
    )
}

/// Posts the small task with a deadline 40 blocks from now.
pub fn post(matrices: &Matrices) -> TaskId {
    let task = Pouw::next_task_id();
    assert_ok!(try_post(
        REQUESTER,
        matrices,
        BOUNTY,
        System::block_number() + 40
    ));
    task
}

/// Posts and claims; the next block, in which work can start, has begun.
pub fn claimed(matrices: &Matrices) -> TaskId {
    let task = post(matrices);
    assert_ok!(Pouw::claim_task(signed(WORKER), task));
    next_block();
    task
}

/// Posts, claims and delivers `product`.
pub fn delivered(matrices: &Matrices, product: &Product) -> TaskId {
    let task = claimed(matrices);
    assert_ok!(Pouw::submit_result(
        signed(WORKER),
        task,
        H256(product.root())
    ));
    task
}

pub fn held_bounty(who: &AccountId) -> Balance {
    Balances::balance_on_hold(&HoldReason::Bounty.into(), who)
}

pub fn held_bond(who: &AccountId) -> Balance {
    Balances::balance_on_hold(&HoldReason::Bond.into(), who)
}

pub fn free(who: &AccountId) -> Balance {
    Balances::free_balance(who)
}

pub fn status(task: TaskId) -> Option<Status<AccountId, Balance, u64>> {
    Tasks::<Test>::get(task).map(|task| task.status)
}

pub fn is_open(task: TaskId) -> bool {
    matches!(status(task), Some(Status::Open { .. }))
}

/// Blocks and tasks of the agenda, in order.
pub fn agenda() -> Vec<(u64, TaskId)> {
    let mut entries: Vec<_> = Agenda::<Test>::iter_keys().collect();
    entries.sort();
    entries
}
