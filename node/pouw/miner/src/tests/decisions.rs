//! What is computed and sent for claims held.

use super::scene::{
    claimed, claimed_until, delivered, done, places, tickets, waiting, with_tickets, Scene, ANCHOR,
    CLAIM, ME, NOW, OLD, OTHER, RESULT,
};
use crate::decide::{
    Action::{Cancel, Forget, Send, Start},
    Key, Phase,
};
use bcai_pouw_primitives::TaskState;
use bcai_pouw_tasks::outbox::GRACE;

mod computing {
    use super::*;

    #[test]
    fn a_claim_without_its_anchor_waits() {
        let mut state = claimed();
        if let TaskState::Claimed { anchor, .. } = &mut state {
            *anchor = None;
        }
        assert_eq!(Scene::new([state]).decide(), []);
    }

    #[test]
    fn a_claim_with_its_anchor_is_computed() {
        assert_eq!(Scene::new([claimed()]).decide(), [Start(0, ANCHOR)]);
    }

    #[test]
    fn nothing_starts_while_something_is_computed() {
        let scene = Scene::new([claimed()]).with(|scene| scene.busy = true);
        assert_eq!(scene.decide(), []);
        let running = Scene::new([claimed()]).computation(ANCHOR, Phase::Running);
        assert_eq!(running.decide(), []);
    }

    #[test]
    fn the_claim_that_expires_first_is_computed_first() {
        let scene = Scene::new([claimed_until(300), claimed_until(200), claimed_until(250)]);
        assert_eq!(scene.decide(), [Start(1, ANCHOR)]);
    }

    #[test]
    fn another_anchor_stops_the_computation_and_starts_a_new_one_when_it_has_stopped() {
        let running = Scene::new([claimed()]).computation(OLD, Phase::Running);
        assert_eq!(running.decide(), [Cancel(0)]);
        let stopped = running.with(|scene| {
            scene.computations.clear();
            scene.busy = false;
        });
        assert_eq!(stopped.decide(), [Start(0, ANCHOR)]);
    }

    #[test]
    fn what_was_computed_for_another_anchor_is_forgotten() {
        let scene = Scene::new([claimed()]).computation(OLD, done(3));
        assert_eq!(scene.decide(), [Forget(0), Start(0, ANCHOR)]);
        let failed = Scene::new([claimed()]).computation(OLD, Phase::Failed { retry_at: 500 });
        assert_eq!(failed.decide(), [Forget(0), Start(0, ANCHOR)]);
    }

    #[test]
    fn a_claim_that_is_lost_stops_its_computation() {
        let mut theirs = claimed();
        if let TaskState::Claimed { worker, .. } = &mut theirs {
            *worker = OTHER;
        }
        for state in [theirs, delivered(OTHER, 200), delivered(ME, 200)] {
            let scene = Scene::new([state]).computation(ANCHOR, Phase::Running);
            assert_eq!(scene.decide(), [Cancel(0)]);
        }
        let gone = Scene::new([]).computation(ANCHOR, Phase::Running);
        assert_eq!(gone.decide(), [Cancel(0)]);
        let reopened = Scene::new([TaskState::Open]).computation(ANCHOR, Phase::Running);
        assert_eq!(reopened.decide(), [Cancel(0), CLAIM]);
    }

    #[test]
    fn a_claim_is_worked_on_up_to_its_last_block() {
        let scene = |now| {
            Scene::new([claimed_until(200)])
                .computation(ANCHOR, done(0))
                .with(|scene| scene.now = now)
        };
        assert_eq!(scene(198).decide(), [RESULT]);
        assert_eq!(scene(199).decide(), [RESULT]);
        assert_eq!(scene(200).decide(), [Forget(0)]);
        assert_eq!(scene(201).decide(), [Forget(0)]);
        let unstarted = |now| Scene::new([claimed_until(200)]).with(|scene| scene.now = now);
        assert_eq!(unstarted(199).decide(), [Start(0, ANCHOR)]);
        assert_eq!(unstarted(200).decide(), []);
    }

    #[test]
    fn a_computation_that_failed_is_tried_again_when_it_is_time() {
        let scene =
            |retry_at| Scene::new([claimed()]).computation(ANCHOR, Phase::Failed { retry_at });
        assert_eq!(scene(NOW + 1).decide(), []);
        assert_eq!(scene(NOW).decide(), [Start(0, ANCHOR)]);
    }
}

mod submitting {
    use super::*;

    #[test]
    fn tickets_go_before_the_result() {
        let scene = Scene::new([claimed()]).computation(ANCHOR, done(3));
        assert_eq!(scene.decide(), tickets(0..3));
    }

    #[test]
    fn only_tickets_that_the_chain_does_not_have_are_sent() {
        let scene = Scene::new([with_tickets(2)]).computation(ANCHOR, done(4));
        assert_eq!(scene.decide(), tickets(2..4));
    }

    #[test]
    fn a_tile_may_win_in_several_slabs() {
        let winners = vec![(1, 1, 0), (1, 1, 3)];
        let sent = |place| Send(Key::Ticket(0, ANCHOR, place));
        let scene = |state| {
            Scene::new([state]).computation(
                ANCHOR,
                Phase::Done {
                    winners: winners.clone(),
                },
            )
        };
        assert_eq!(
            scene(claimed()).decide(),
            [sent(winners[0]), sent(winners[1])]
        );
        let mut one = claimed();
        if let TaskState::Claimed { tickets, .. } = &mut one {
            *tickets = vec![winners[1]];
        }
        assert_eq!(scene(one).decide(), [sent(winners[0])]);
    }

    #[test]
    fn the_result_goes_when_the_chain_has_every_ticket() {
        let scene = Scene::new([with_tickets(3)]).computation(ANCHOR, done(3));
        assert_eq!(scene.decide(), [RESULT]);
        let none = Scene::new([claimed()]).computation(ANCHOR, done(0));
        assert_eq!(none.decide(), [RESULT]);
    }

    #[test]
    fn pending_tickets_hold_the_result_back_and_are_not_sent_again() {
        let scene = Scene::new([claimed()])
            .computation(ANCHOR, done(2))
            .with(|scene| {
                for place in places(2) {
                    scene
                        .outbox
                        .record(Key::Ticket(0, ANCHOR, place), NOW, waiting());
                }
            });
        assert_eq!(scene.decide(), []);
    }

    #[test]
    fn few_tickets_are_under_way_at_a_time() {
        let scene = Scene::new([claimed()]).computation(ANCHOR, done(40));
        assert_eq!(scene.decide(), tickets(0..16));
        let some_under_way = scene.with(|scene| {
            for place in places(10) {
                scene
                    .outbox
                    .record(Key::Ticket(0, ANCHOR, place), NOW, waiting());
            }
        });
        assert_eq!(some_under_way.decide(), tickets(10..16));
    }

    #[test]
    fn no_more_tickets_are_sent_than_the_chain_takes() {
        let scene = Scene::new([with_tickets(127)]).computation(ANCHOR, done(140));
        assert_eq!(scene.decide(), tickets(127..128));
        let full = Scene::new([with_tickets(128)]).computation(ANCHOR, done(140));
        assert_eq!(full.decide(), [RESULT]);
    }

    #[test]
    fn a_ticket_that_always_fails_does_not_hold_the_result_back_for_ever() {
        let scene = |attempts, now| {
            Scene::new([claimed_until(900)])
                .computation(ANCHOR, done(1))
                .with(|scene| {
                    for _ in 0..attempts {
                        let key = Key::Ticket(0, ANCHOR, (0, 0, 0));
                        scene.outbox.record(key, NOW, None);
                    }
                    scene.now = now;
                })
        };
        assert_eq!(scene(3, NOW + 99).decide(), tickets(0..1));
        assert_eq!(scene(4, NOW + 1).decide(), []);
        assert_eq!(scene(4, NOW + 99).decide(), [RESULT]);
    }

    #[test]
    fn late_the_result_does_not_wait_for_tickets() {
        // Claimed at 90, expires at 200: the last quarter begins at 173.
        let scene = |now| {
            Scene::new([claimed()])
                .computation(ANCHOR, done(1))
                .with(|scene| scene.now = now)
        };
        assert_eq!(scene(172).decide(), tickets(0..1));
        assert_eq!(scene(173).decide(), [RESULT]);
    }

    #[test]
    fn no_more_than_the_last_blocks_of_a_long_claim_are_kept_for_the_result() {
        let scene = |now| {
            Scene::new([claimed_until(3_690)])
                .computation(ANCHOR, done(1))
                .with(|scene| scene.now = now)
        };
        assert_eq!(scene(3_690 - 65).decide(), tickets(0..1));
        assert_eq!(scene(3_690 - 64).decide(), [RESULT]);
    }

    #[test]
    fn no_ticket_is_sent_behind_the_result() {
        let scene = |now, transaction| {
            Scene::new([claimed()])
                .computation(ANCHOR, done(2))
                .with(|scene| {
                    scene
                        .outbox
                        .record(Key::Result(0, ANCHOR), now, transaction);
                    scene.now = now;
                })
        };
        for now in [NOW, 180] {
            assert_eq!(scene(now, waiting()).decide(), []);
        }
        // Refused by the pool: late, nothing may come before the next try.
        assert_eq!(scene(NOW, None).decide(), tickets(0..2));
        assert_eq!(scene(180, None).decide(), []);
        let retry = scene(180, None).with(|scene| scene.now += GRACE);
        assert_eq!(retry.decide(), [RESULT]);
    }

    #[test]
    fn a_pending_result_is_not_sent_again() {
        let scene = Scene::new([claimed()])
            .computation(ANCHOR, done(0))
            .with(|scene| scene.outbox.record(Key::Result(0, ANCHOR), NOW, waiting()));
        assert_eq!(scene.decide(), []);
    }
}

mod settling {
    use super::*;

    #[test]
    fn a_delivered_task_is_finalised_after_its_window() {
        let scene = |until| Scene::new([delivered(ME, until)]);
        // Sent now, it is executed in NOW + 1, which is after the window.
        assert_eq!(scene(NOW).decide(), [Send(Key::Finalize(0))]);
        assert_eq!(scene(NOW + 1).decide(), []);
    }

    #[test]
    fn the_results_of_others_are_theirs_to_finalise() {
        assert_eq!(Scene::new([delivered(OTHER, NOW)]).decide(), []);
    }

    #[test]
    fn a_pending_settlement_is_not_sent_again() {
        let scene = Scene::new([delivered(ME, NOW)])
            .with(|scene| scene.outbox.record(Key::Finalize(0), NOW, waiting()));
        assert_eq!(scene.decide(), []);
    }

    #[test]
    fn what_was_computed_for_a_delivered_task_is_forgotten() {
        let scene = Scene::new([delivered(ME, 200)]).computation(ANCHOR, done(3));
        assert_eq!(scene.decide(), [Forget(0)]);
    }

    #[test]
    fn a_finalised_task_needs_nothing() {
        let state = TaskState::Finalized {
            worker: ME,
            root_c: [0; 32],
            finalized_at: 99,
            credit: 1,
        };
        assert_eq!(Scene::new([state]).decide(), []);
    }
}
