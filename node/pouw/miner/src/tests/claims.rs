//! Which tasks are claimed.

use super::scene::{
    claimed, claimed_until, delivered, done, waiting, Scene, ANCHOR, CLAIM, ME, NOW, OTHER,
};
use crate::{
    decide::{
        Action::{Lack, Send},
        Key, Phase,
    },
    MinerOptions,
};
use bcai_pouw_primitives::{ParamSet, TaskState};
use bcai_pouw_tasks::{chain::Funds, outbox::GRACE};
use bcai_transactions::{channel, State};
use sp_core::H256;

/// Of the tasks of a scene.
const MACS: u128 = 64 * 64 * 1024;

#[test]
fn an_open_task_whose_matrices_are_here_is_claimed() {
    assert_eq!(Scene::new([TaskState::Open]).decide(), [CLAIM]);
}

#[test]
fn a_task_outside_the_policy_is_left_to_others() {
    let leave: [fn(&mut Scene); 5] = [
        |scene| scene.ready.clear(),
        |scene| scene.avoid = [0].into(),
        |scene| scene.options.min_bounty = 11,
        |scene| scene.options.sets = vec![ParamSet::Set1],
        |scene| scene.claims_from = NOW + 1,
    ];
    for change in leave {
        assert_eq!(Scene::new([TaskState::Open]).with(change).decide(), []);
    }
    let take: [fn(&mut Scene); 3] = [
        |scene| scene.options.min_bounty = 10,
        |scene| scene.options.sets = vec![ParamSet::Set0],
        |scene| scene.claims_from = NOW,
    ];
    for change in take {
        assert_eq!(Scene::new([TaskState::Open]).with(change).decide(), [CLAIM]);
    }
}

#[test]
fn a_task_with_too_few_blocks_left_is_not_claimed() {
    let blocks = MinerOptions::default().min_blocks_left;
    let scene = |deadline| Scene::new([TaskState::Open]).with(|s| s.tasks[0].deadline = deadline);
    // The claim is in block NOW + 1 at the earliest.
    assert_eq!(scene(NOW + 1 + blocks).decide(), [CLAIM]);
    assert_eq!(scene(NOW + blocks).decide(), []);
    assert_eq!(scene(0).decide(), []);
}

#[test]
fn every_slab_of_a_task_takes_its_time() {
    let blocks = MinerOptions::default().min_blocks_left;
    let scene = |slabs, left| {
        Scene::new([TaskState::Open]).with(|scene| {
            scene.tasks[0].slabs = slabs;
            scene.tasks[0].deadline = NOW + 1 + blocks + left;
            scene.macs_per_block = Some(MACS / 8);
        })
    };
    // Eight blocks for a slab, twice.
    assert_eq!(scene(1, 16).decide(), [CLAIM]);
    assert_eq!(scene(3, 47).decide(), []);
    assert_eq!(scene(3, 48).decide(), [CLAIM]);
}

#[test]
fn a_task_that_takes_longer_than_its_deadline_is_not_claimed() {
    let blocks = MinerOptions::default().min_blocks_left;
    let macs = 64 * 64 * 1024;
    let scene = |rate| {
        Scene::new([TaskState::Open]).with(|s| {
            s.tasks[0].deadline = NOW + 1 + blocks + 20;
            s.macs_per_block = Some(rate);
        })
    };
    assert_eq!(scene(macs / 10 + 1).decide(), [CLAIM]);
    assert_eq!(scene(macs / 11).decide(), []);
    assert_eq!(scene(0).decide(), []);
}

#[test]
fn claims_held_and_under_way_count_against_the_limit() {
    let open = || TaskState::Open;
    assert_eq!(Scene::new([open(), open()]).decide(), [CLAIM]);
    let held = Scene::new([claimed(), open()]).computation(ANCHOR, Phase::Running);
    assert_eq!(held.decide(), []);
    let under_way = Scene::new([open(), open()])
        .with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, waiting()));
    assert_eq!(under_way.decide(), []);
    let two = |scene: &mut Scene| scene.options.max_claims = 2;
    let second = Send(Key::Claim(1));
    assert_eq!(
        Scene::new([open(), open()]).with(two).decide(),
        [CLAIM, second]
    );
    assert_eq!(held.with(two).decide(), [second]);
    assert_eq!(under_way.with(two).decide(), [second]);
}

#[test]
fn a_delivered_task_leaves_room_for_the_next() {
    let scene = Scene::new([delivered(ME, 200), TaskState::Open]);
    assert_eq!(scene.decide(), [Send(Key::Claim(1))]);
}

#[test]
fn a_claim_that_another_won_makes_room() {
    let mut theirs = claimed();
    if let TaskState::Claimed { worker, .. } = &mut theirs {
        *worker = OTHER;
    }
    let scene = Scene::new([theirs, TaskState::Open])
        .with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, waiting()));
    assert_eq!(scene.decide(), [Send(Key::Claim(1))]);
}

#[test]
fn a_claim_that_left_the_pool_is_sent_again_after_the_grace() {
    let scene = |now| {
        Scene::new([TaskState::Open]).with(|scene| {
            let (states, sent) = channel(H256::repeat_byte(7));
            scene.outbox.record(Key::Claim(0), NOW, Some(sent));
            states.send_replace(State::Gone);
            scene.outbox.refresh(NOW);
            scene.now = now;
        })
    };
    assert_eq!(scene(NOW + GRACE - 1).decide(), []);
    assert_eq!(scene(NOW + GRACE).decide(), [CLAIM]);
}

#[test]
fn after_three_failed_claims_no_fourth_task_is_tried() {
    let scene = |failed: u64| {
        Scene::new(vec![TaskState::Open; 4]).with(|scene| {
            for id in 0..failed {
                scene.outbox.record(Key::Claim(id), NOW - 1, None);
            }
        })
    };
    assert_eq!(scene(2).decide(), [Send(Key::Claim(2))]);
    assert_eq!(scene(3).decide(), []);
    let later = scene(3).with(|scene| scene.now = NOW + GRACE);
    assert_eq!(later.decide(), [CLAIM]);
    // Three bonds beyond a worker's means, which anybody can ask for, don't keep it from all others.
    let cheaper = |bounty| scene(3).with(|scene| scene.tasks[3].bounty = bounty);
    assert_eq!(cheaper(9).decide(), [Send(Key::Claim(3))]);
    assert_eq!(cheaper(11).decide(), []);
}

#[test]
fn the_chain_may_allow_fewer_claims_than_the_options() {
    let scene = |max_claims| {
        Scene::new(vec![TaskState::Open; 4]).with(|scene| {
            scene.options.max_claims = 3;
            scene.limits.max_claims_per_worker = max_claims;
        })
    };
    assert_eq!(scene(2).decide().len(), 2);
    assert_eq!(scene(3).decide().len(), 3);
    assert_eq!(scene(64).decide().len(), 3);
}

#[test]
fn a_task_that_takes_longer_than_a_claim_lasts_is_not_claimed() {
    let blocks = MinerOptions::default().min_blocks_left;
    let scene = |duration| {
        Scene::new([TaskState::Open]).with(|scene| {
            scene.macs_per_block = Some(MACS / 8);
            scene.limits.claim_duration = duration;
        })
    };
    // Eight blocks, twice.
    assert_eq!(scene(blocks + 16).decide(), [CLAIM]);
    assert_eq!(scene(blocks + 15).decide(), []);
}

#[test]
fn a_task_waits_for_the_claims_that_would_make_it_late() {
    let blocks = MinerOptions::default().min_blocks_left;
    let second = Send(Key::Claim(1));
    let scene = |first, deadline| {
        Scene::new([first, TaskState::Open]).with(|scene| {
            scene.options.max_claims = 2;
            scene.macs_per_block = Some(MACS / 8);
            scene.tasks[1].deadline = NOW + 1 + blocks + deadline;
        })
    };
    let running = |deadline| scene(claimed(), deadline).computation(ANCHOR, Phase::Running);
    assert_eq!(running(32).decide(), [second]);
    assert_eq!(running(31).decide(), []);
    let computed = |deadline| scene(claimed_until(900), deadline).computation(ANCHOR, done(1));
    assert!(computed(16).decide().contains(&second));
    assert!(!computed(15).decide().contains(&second));
    let under_way = |deadline| {
        scene(TaskState::Open, deadline)
            .with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, waiting()))
    };
    assert_eq!(under_way(32).decide(), [second]);
    assert_eq!(under_way(31).decide(), []);
    // Claimed in the same block.
    assert_eq!(scene(TaskState::Open, 32).decide(), [CLAIM, second]);
    assert_eq!(scene(TaskState::Open, 31).decide(), [CLAIM]);
}

#[test]
fn no_claim_is_sent_that_the_account_has_too_little_for() {
    let scene = |holdable, spendable| {
        Scene::new(vec![TaskState::Open; 2]).with(|scene| {
            scene.funds = Funds {
                holdable,
                spendable,
                claim_fee: 10,
            };
            scene.bonds = [(0, 50), (1, 30)].into();
        })
    };
    assert_eq!(scene(60, 10).decide(), [CLAIM]);
    // A smaller bond is still within its means.
    assert_eq!(scene(59, 10).decide(), [Send(Key::Claim(1))]);
    assert_eq!(scene(40, 10).decide(), [Send(Key::Claim(1))]);
    assert_eq!(scene(39, 10).decide(), [Lack(0)]);
    assert_eq!(scene(60, 9).decide(), [Lack(0)]);
    // Nothing that it would claim otherwise: nothing is lacking.
    let nothing = scene(0, 0).with(|scene| scene.ready.clear());
    assert_eq!(nothing.decide(), []);
}

#[test]
fn bonds_of_claims_under_way_are_taken_off_what_there_is() {
    let scene = |holdable| {
        Scene::new(vec![TaskState::Open; 2]).with(|scene| {
            scene.options.max_claims = 2;
            scene.funds = Funds {
                holdable,
                spendable: u128::MAX,
                claim_fee: 10,
            };
            scene.bonds = [(0, 50), (1, 50)].into();
        })
    };
    let second = Send(Key::Claim(1));
    assert_eq!(scene(120).decide(), [CLAIM, second]);
    assert_eq!(scene(119).decide(), [CLAIM, Lack(1)]);
    let under_way = |holdable| {
        scene(holdable).with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, waiting()))
    };
    assert_eq!(under_way(120).decide(), [second]);
    assert_eq!(under_way(119).decide(), [Lack(1)]);
}
