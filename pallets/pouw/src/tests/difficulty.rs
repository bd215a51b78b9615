//! Targets and their retarget.

use bcai_pouw_primitives::{transcript::work_of_ticket, ParamSet, U256};
use frame_support::{assert_ok, traits::Hooks};

use super::{matrices::Matrices, *};
use crate::{mock::*, types::Activity, Event, PeriodActivity, Targets};

const SET: ParamSet = ParamSet::Set0;

fn target() -> U256 {
    Pouw::target_of(SET).unwrap()
}

/// What the next period's target is after a period with these counts.
fn after(old: U256, claims: u32, tickets: u32) -> U256 {
    Targets::<Test>::insert(SET, old);
    PeriodActivity::<Test>::insert(SET, Activity { claims, tickets });
    System::reset_events();
    Pouw::retarget_all();
    let expected = if target() == old {
        vec![]
    } else {
        vec![Event::TargetAdjusted {
            set: SET,
            old,
            new: target(),
            tickets,
        }]
    };
    assert_eq!(events(), expected);
    target()
}

#[test]
fn the_target_moves_at_the_first_block_of_a_period() {
    build_and_execute(|| {
        let old = U256::MAX >> 10;
        Targets::<Test>::insert(SET, old);
        let task = post(&Matrices::small());
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        to_block(49);
        assert_eq!(target(), old);
        to_block(50);
        // One claim, which lapsed without a ticket: four times easier.
        assert_eq!(
            events(),
            vec![Event::TargetAdjusted {
                set: SET,
                old,
                new: old * 4,
                tickets: 0,
            }]
        );
        to_block(51);
        assert_eq!(target(), old * 4);
        // Nobody claims in the second period.
        to_block(101);
        assert_eq!(target(), old * 4);
    });
}

#[test]
fn tickets_count_in_the_period_in_which_their_claim_ends() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = Pouw::next_task_id();
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 90));
        to_block(48);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        let submit = |j| Pouw::submit_ticket(signed(WORKER), matrices.certificate(task, 0, j, 0));
        to_block(49);
        assert_ok!(submit(0));
        to_block(50);
        // The claim goes on, and the target stays.
        assert_eq!(target(), U256::MAX);
        assert_eq!(PeriodActivity::<Test>::get(SET), Activity::default());
        assert_ok!(submit(1));
        deliver(&matrices, task);
        let activity = |claims, tickets| Activity { claims, tickets };
        assert_eq!(PeriodActivity::<Test>::get(SET), activity(1, 2));
        Targets::<Test>::insert(SET, U256::MAX / 4);
        to_block(100);
        assert_eq!(target(), (U256::MAX / 4) * 2);
        assert_eq!(PeriodActivity::<Test>::get(SET), Activity::default());
    });
}

fn deliver(matrices: &Matrices, task: TaskId) {
    let root = H256(matrices.product().root());
    assert_ok!(Pouw::submit_result(signed(WORKER), task, root));
}

#[test]
fn another_claim_that_ends_takes_nothing_from_one_that_goes_on() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let (first, second) = (claimed(&matrices), claimed(&matrices));
        let certificate = matrices.certificate(second, 0, 0, 0);
        assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
        deliver(&matrices, first);
        Pouw::retarget_all();
        deliver(&matrices, second);
        let activity = PeriodActivity::<Test>::get(SET);
        assert_eq!((activity.claims, activity.tickets), (1, 1));
    });
}

#[test]
fn tickets_of_an_easier_claim_count_for_what_they_would_be_now() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        for (i, j) in [(0, 0), (0, 1), (1, 0)] {
            let certificate = matrices.certificate(task, i, j, 0);
            assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
        }
        // Sixteen times harder than under the claim: less than half a ticket.
        Targets::<Test>::insert(SET, U256::MAX >> 4);
        deliver(&matrices, task);
        let activity = PeriodActivity::<Test>::get(SET);
        assert_eq!((activity.claims, activity.tickets), (1, 0));
        // And of a harder claim for more.
        Pouw::note_end_of_claim(SET, 5 * work_of_ticket(SET, U256::MAX >> 8));
        assert_eq!(PeriodActivity::<Test>::get(SET).tickets, 5 * 16);
        Pouw::note_end_of_claim(SET, u128::MAX);
        assert_eq!(PeriodActivity::<Test>::get(SET).tickets, u32::MAX);
    });
}

#[test]
fn a_claim_that_lapses_counts_with_its_tickets() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let certificate = matrices.certificate(task, 0, 0, 0);
        assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
        to_block(11);
        assert_eq!(PeriodActivity::<Test>::get(SET), Activity::default());
        to_block(15);
        let activity = PeriodActivity::<Test>::get(SET);
        assert_eq!((activity.claims, activity.tickets), (1, 1));
    });
}

#[test]
fn more_tickets_make_it_harder_and_fewer_easier() {
    build_and_execute(|| {
        let old = U256::MAX >> 20;
        // TicketsPerPeriod = 4.
        assert_eq!(after(old, 1, 4), old);
        assert!(after(old, 1, 5) < old);
        assert_eq!(after(old, 1, 8), old / 2);
        assert!(after(old, 1, 3) > old);
        assert_eq!(after(old, 1, 2), old * 2);
    });
}

#[test]
fn a_step_is_at_most_a_factor_of_four() {
    build_and_execute(|| {
        let old = U256::MAX >> 20;
        assert_eq!(after(old, 1, 0), old * 4);
        assert_eq!(after(old, 1, 1), old * 4);
        assert_eq!(after(old, 1, 16), old / 4);
        assert_eq!(after(old, 1, u32::MAX), old / 4);
    });
}

#[test]
fn a_period_in_which_no_claim_ends_changes_nothing() {
    build_and_execute(|| {
        let old = U256::MAX >> 20;
        assert_eq!(after(old, 0, 0), old);
    });
}

#[test]
fn the_target_stops_at_both_ends() {
    build_and_execute(|| {
        let (hardest, easiest) = (Pouw::hardest_target(), Pouw::easiest_target());
        assert_eq!(hardest, U256::MAX >> 96);
        assert_eq!(easiest, U256::MAX);
        assert_eq!(after(easiest, 1, 0), easiest);
        assert_eq!(after(easiest / 2, 1, 0), easiest);
        assert_eq!(after(hardest, 1, u32::MAX), hardest);
        assert_eq!(after(hardest * 2, 1, u32::MAX), hardest);
        assert_eq!(after(easiest, 1, u32::MAX), easiest / 4);
    });
}

#[test]
fn sets_are_retargeted_each_by_itself() {
    ExtBuilder::default()
        .targets(vec![(0, 10), (1, 20)])
        .build_and_execute(|| {
            let activity = |claims, tickets| Activity { claims, tickets };
            PeriodActivity::<Test>::insert(ParamSet::Set0, activity(1, 0));
            PeriodActivity::<Test>::insert(ParamSet::Set1, activity(1, 16));
            System::set_block_number(100);
            Pouw::on_initialize(100);
            assert_eq!(Pouw::target_of(ParamSet::Set0), Some((U256::MAX >> 10) * 4));
            assert_eq!(Pouw::target_of(ParamSet::Set1), Some((U256::MAX >> 20) / 4));
        });
}

#[test]
fn counters_saturate() {
    build_and_execute(|| {
        PeriodActivity::<Test>::insert(
            SET,
            Activity {
                claims: u32::MAX,
                tickets: u32::MAX,
            },
        );
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
        deliver(&matrices, task);
        let activity = PeriodActivity::<Test>::get(SET);
        assert_eq!((activity.claims, activity.tickets), (u32::MAX, u32::MAX));
    });
}
