//! The anchor: hash of the block of the claim, written by the next block.

use frame_support::{assert_ok, traits::Hooks, weights::Weight};

use super::{matrices::Matrices, *};
use crate::{mock::*, PendingAnchors, WeightInfo};

fn anchor(task: TaskId) -> Option<[u8; 32]> {
    match status(task) {
        Some(Status::Claimed(claim)) => claim.anchor,
        other => panic!("not claimed: {other:?}"),
    }
}

#[test]
fn the_block_after_the_claim_writes_the_anchor() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let tasks = [post(&matrices), post(&matrices), post(&matrices)];
        to_block(4);
        assert_ok!(Pouw::claim_task(signed(WORKER), tasks[0]));
        assert_ok!(Pouw::claim_task(signed(OTHER), tasks[2]));
        assert_eq!(anchor(tasks[0]), None);
        to_block(5);
        assert_ok!(Pouw::claim_task(signed(WORKER), tasks[1]));
        assert_eq!(anchor(tasks[0]), Some(hash_of_block(4).0));
        assert_eq!(anchor(tasks[2]), Some(hash_of_block(4).0));
        assert_eq!(anchor(tasks[1]), None);
        to_block(6);
        assert_eq!(anchor(tasks[0]), Some(hash_of_block(4).0));
        assert_eq!(anchor(tasks[1]), Some(hash_of_block(5).0));
        assert!(PendingAnchors::<Test>::get().is_empty());
    });
}

#[test]
fn the_anchor_is_written_even_without_idle_time() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        assert_eq!(Pouw::on_idle(1, Weight::zero()), Weight::zero());
        next_block();
        assert_eq!(anchor(task), Some(hash_of_block(1).0));
    });
}

#[test]
fn a_claim_in_the_deadlines_block_gets_its_anchor_and_then_expires() {
    build_and_execute(|| {
        let task = post(&Matrices::small());
        to_block(DEADLINE);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        to_block(DEADLINE + 1);
        assert_eq!(anchor(task), Some(hash_of_block(DEADLINE).0));
        assert_eq!(idle().len(), 2);
        assert_eq!(status(task), None);
        assert_eq!(free(&WORKER), ENDOWMENT - BOND);
    });
}

#[test]
fn the_weight_of_the_anchors_counts_the_claims() {
    build_and_execute(|| {
        let weight = <Weights as WeightInfo>::on_initialize_anchors;
        System::set_block_number(2);
        assert_eq!(Pouw::on_initialize(2), weight(0));
        let matrices = Matrices::small();
        for who in [WORKER, OTHER] {
            let task = post(&matrices);
            assert_ok!(Pouw::claim_task(signed(who), task));
        }
        System::set_block_number(3);
        assert_eq!(Pouw::on_initialize(3), weight(2));
        System::set_block_number(50);
        assert_eq!(
            Pouw::on_initialize(50),
            weight(0) + <Weights as WeightInfo>::on_initialize_retarget()
        );
    });
}
