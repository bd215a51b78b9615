//! Targets and their retarget.

use bcai_pouw_primitives::{ParamSet, U256};
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
    assert!(!PeriodActivity::<Test>::contains_key(SET));
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
        // One claim, no ticket: four times easier.
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
fn a_ticket_belongs_to_the_period_of_its_block() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let tasks: Vec<_> = (0..2)
            .map(|_| {
                let task = Pouw::next_task_id();
                assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 90));
                task
            })
            .collect();
        to_block(48);
        for task in &tasks {
            assert_ok!(Pouw::claim_task(signed(WORKER), *task));
        }
        to_block(49);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(tasks[0], 0, 0)
        ));
        assert_eq!(PeriodActivity::<Test>::get(SET).tickets, 1);
        to_block(50);
        assert_eq!(PeriodActivity::<Test>::get(SET), Activity::default());
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(tasks[0], 0, 1)
        ));
        assert_eq!(
            PeriodActivity::<Test>::get(SET),
            Activity {
                claims: 0,
                tickets: 1
            }
        );
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
fn a_period_without_claims_leaves_the_target() {
    build_and_execute(|| {
        let old = U256::MAX >> 20;
        assert_eq!(after(old, 0, 0), old);
        // Tickets of claims from before.
        assert_eq!(after(old, 0, 100), old);
    });
}

#[test]
fn the_target_stops_at_both_ends() {
    build_and_execute(|| {
        let (hardest, easiest) = (Pouw::hardest_target(), Pouw::easiest_target());
        assert_eq!(hardest, U256::MAX >> 60);
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
            matrices.certificate(task, 0, 0)
        ));
        assert_eq!(PeriodActivity::<Test>::get(SET).tickets, u32::MAX);
    });
}
