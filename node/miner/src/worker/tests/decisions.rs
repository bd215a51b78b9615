use crate::{
    chain::Task,
    outbox::{Outbox, GRACE},
    worker::{
        decide::{decide, Action, Job, Key, Phase, View},
        MinerOptions,
    },
};
use bcai_pouw_primitives::{Hash32, ParamSet, TaskId, TaskState, U256};
use std::collections::{BTreeMap, BTreeSet};
use Action::{Cancel, Forget, Send, Start};

const ME: [u8; 32] = [3; 32];
const OTHER: [u8; 32] = [4; 32];
const ANCHOR: Hash32 = [5; 32];
const OLD: Hash32 = [6; 32];
const TX: Hash32 = [7; 32];
const NOW: u32 = 100;

/// Everything a decision depends on, owned.
struct Scene {
    now: u32,
    tasks: Vec<Task>,
    jobs: BTreeMap<TaskId, Job>,
    busy: bool,
    outbox: Outbox<Key>,
    options: MinerOptions,
    ready: BTreeSet<TaskId>,
    avoid: BTreeSet<TaskId>,
    macs_per_block: Option<u128>,
    claims_from: u32,
}

impl Scene {
    fn new(states: impl IntoIterator<Item = TaskState<[u8; 32], u32>>) -> Self {
        let tasks: Vec<Task> = states
            .into_iter()
            .zip(0..)
            .map(|(state, id)| Task {
                id,
                requester: [1; 32],
                set: ParamSet::Set0,
                m: 64,
                n: 64,
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
            jobs: BTreeMap::new(),
            busy: false,
            outbox: Outbox::default(),
            options: MinerOptions::default(),
            avoid: BTreeSet::new(),
            macs_per_block: None,
            claims_from: 0,
        }
    }

    fn job(mut self, anchor: Hash32, phase: Phase) -> Self {
        self.busy |= phase == Phase::Running;
        self.jobs.insert(0, Job { anchor, phase });
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn decide(&self) -> Vec<Action> {
        decide(&View {
            now: self.now,
            me: ME,
            tasks: &self.tasks,
            jobs: &self.jobs,
            busy: self.busy,
            outbox: &self.outbox,
            options: &self.options,
            ready: &self.ready,
            avoid: &self.avoid,
            macs_per_block: self.macs_per_block,
            claims_from: self.claims_from,
        })
    }
}

fn claimed_until(expires_at: u32) -> TaskState<[u8; 32], u32> {
    TaskState::Claimed {
        worker: ME,
        claimed_at: 90,
        expires_at,
        anchor: Some(ANCHOR),
        target: U256::MAX,
        tickets: Vec::new(),
    }
}

fn claimed() -> TaskState<[u8; 32], u32> {
    claimed_until(200)
}

fn with_tickets(accepted: u32) -> TaskState<[u8; 32], u32> {
    let mut state = claimed();
    if let TaskState::Claimed { tickets, .. } = &mut state {
        *tickets = tiles(accepted);
    }
    state
}

fn delivered(worker: [u8; 32], challenge_until: u32) -> TaskState<[u8; 32], u32> {
    TaskState::Delivered {
        worker,
        root_c: [0; 32],
        challenge_until,
        tickets: 0,
    }
}

fn tiles(count: u32) -> Vec<(u32, u32)> {
    (0..count).map(|j| (0, j)).collect()
}

fn done(winners: u32) -> Phase {
    Phase::Done {
        winners: tiles(winners),
    }
}

fn tickets(range: std::ops::Range<u32>) -> Vec<Action> {
    range.map(|j| Send(Key::Ticket(0, ANCHOR, 0, j))).collect()
}

const RESULT: Action = Send(Key::Result(0, ANCHOR));
const CLAIM: Action = Send(Key::Claim(0));

mod claims {
    use super::*;

    #[test]
    fn an_open_task_whose_matrices_are_here_is_claimed() {
        assert_eq!(Scene::new([TaskState::Open]).decide(), [CLAIM]);
    }

    #[test]
    fn a_task_outside_the_policy_is_left_to_others() {
        let leave: [fn(&mut Scene); 6] = [
            |scene| scene.ready.clear(),
            |scene| scene.avoid = [0].into(),
            |scene| scene.options.min_bounty = 11,
            |scene| scene.options.sets = vec![ParamSet::Set1],
            |scene| scene.options.max_macs = Some(64 * 64 * 1024 - 1),
            |scene| scene.claims_from = NOW + 1,
        ];
        for change in leave {
            assert_eq!(Scene::new([TaskState::Open]).with(change).decide(), []);
        }
        let take: [fn(&mut Scene); 4] = [
            |scene| scene.options.min_bounty = 10,
            |scene| scene.options.sets = vec![ParamSet::Set0],
            |scene| scene.options.max_macs = Some(64 * 64 * 1024),
            |scene| scene.claims_from = NOW,
        ];
        for change in take {
            assert_eq!(Scene::new([TaskState::Open]).with(change).decide(), [CLAIM]);
        }
    }

    #[test]
    fn a_task_with_too_few_blocks_left_is_not_claimed() {
        let blocks = MinerOptions::default().min_blocks_left;
        let scene =
            |deadline| Scene::new([TaskState::Open]).with(|s| s.tasks[0].deadline = deadline);
        // The claim is in block NOW + 1 at the earliest.
        assert_eq!(scene(NOW + 1 + blocks).decide(), [CLAIM]);
        assert_eq!(scene(NOW + blocks).decide(), []);
        assert_eq!(scene(0).decide(), []);
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
        let held = Scene::new([claimed(), open()]).job(ANCHOR, Phase::Running);
        assert_eq!(held.decide(), []);
        let under_way = Scene::new([open(), open()])
            .with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, Some(TX)));
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
            .with(|scene| scene.outbox.record(Key::Claim(0), NOW - 1, Some(TX)));
        assert_eq!(scene.decide(), [Send(Key::Claim(1))]);
    }

    #[test]
    fn a_claim_that_left_the_pool_is_sent_again_after_the_grace() {
        let scene = |now| {
            Scene::new([TaskState::Open]).with(|scene| {
                scene.outbox.record(Key::Claim(0), NOW, Some(TX));
                scene.outbox.refresh(NOW, |_| false);
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
    }
}

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
        let running = Scene::new([claimed()]).job(ANCHOR, Phase::Running);
        assert_eq!(running.decide(), []);
    }

    #[test]
    fn the_claim_that_expires_first_is_computed_first() {
        let scene = Scene::new([claimed_until(300), claimed_until(200), claimed_until(250)]);
        assert_eq!(scene.decide(), [Start(1, ANCHOR)]);
    }

    #[test]
    fn another_anchor_stops_the_computation_and_starts_a_new_one_when_it_has_stopped() {
        let running = Scene::new([claimed()]).job(OLD, Phase::Running);
        assert_eq!(running.decide(), [Cancel(0)]);
        let stopped = running.with(|scene| {
            scene.jobs.clear();
            scene.busy = false;
        });
        assert_eq!(stopped.decide(), [Start(0, ANCHOR)]);
    }

    #[test]
    fn what_was_computed_for_another_anchor_is_forgotten() {
        let scene = Scene::new([claimed()]).job(OLD, done(3));
        assert_eq!(scene.decide(), [Forget(0), Start(0, ANCHOR)]);
        let failed = Scene::new([claimed()]).job(OLD, Phase::Failed { retry_at: 500 });
        assert_eq!(failed.decide(), [Forget(0), Start(0, ANCHOR)]);
    }

    #[test]
    fn a_claim_that_is_lost_stops_its_computation() {
        let mut theirs = claimed();
        if let TaskState::Claimed { worker, .. } = &mut theirs {
            *worker = OTHER;
        }
        for state in [theirs, delivered(OTHER, 200), delivered(ME, 200)] {
            let scene = Scene::new([state]).job(ANCHOR, Phase::Running);
            assert_eq!(scene.decide(), [Cancel(0)]);
        }
        let gone = Scene::new([]).job(ANCHOR, Phase::Running);
        assert_eq!(gone.decide(), [Cancel(0)]);
        let reopened = Scene::new([TaskState::Open]).job(ANCHOR, Phase::Running);
        assert_eq!(reopened.decide(), [Cancel(0), CLAIM]);
    }

    #[test]
    fn a_claim_is_worked_on_up_to_its_last_block() {
        let scene = |now| {
            Scene::new([claimed_until(200)])
                .job(ANCHOR, done(0))
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
        let scene = |retry_at| Scene::new([claimed()]).job(ANCHOR, Phase::Failed { retry_at });
        assert_eq!(scene(NOW + 1).decide(), []);
        assert_eq!(scene(NOW).decide(), [Start(0, ANCHOR)]);
    }
}

mod submitting {
    use super::*;

    #[test]
    fn tickets_go_before_the_result() {
        let scene = Scene::new([claimed()]).job(ANCHOR, done(3));
        assert_eq!(scene.decide(), tickets(0..3));
    }

    #[test]
    fn only_tickets_that_the_chain_does_not_have_are_sent() {
        let scene = Scene::new([with_tickets(2)]).job(ANCHOR, done(4));
        assert_eq!(scene.decide(), tickets(2..4));
    }

    #[test]
    fn the_result_goes_when_the_chain_has_every_ticket() {
        let scene = Scene::new([with_tickets(3)]).job(ANCHOR, done(3));
        assert_eq!(scene.decide(), [RESULT]);
        let none = Scene::new([claimed()]).job(ANCHOR, done(0));
        assert_eq!(none.decide(), [RESULT]);
    }

    #[test]
    fn pending_tickets_hold_the_result_back_and_are_not_sent_again() {
        let scene = Scene::new([claimed()]).job(ANCHOR, done(2)).with(|scene| {
            for (i, j) in tiles(2) {
                scene
                    .outbox
                    .record(Key::Ticket(0, ANCHOR, i, j), NOW, Some(TX));
            }
        });
        assert_eq!(scene.decide(), []);
    }

    #[test]
    fn few_tickets_are_under_way_at_a_time() {
        let scene = Scene::new([claimed()]).job(ANCHOR, done(40));
        assert_eq!(scene.decide(), tickets(0..16));
        let some_under_way = scene.with(|scene| {
            for (i, j) in tiles(10) {
                scene
                    .outbox
                    .record(Key::Ticket(0, ANCHOR, i, j), NOW, Some(TX));
            }
        });
        assert_eq!(some_under_way.decide(), tickets(10..16));
    }

    #[test]
    fn no_more_tickets_are_sent_than_the_chain_takes() {
        let scene = Scene::new([with_tickets(127)]).job(ANCHOR, done(140));
        assert_eq!(scene.decide(), tickets(127..128));
        let full = Scene::new([with_tickets(128)]).job(ANCHOR, done(140));
        assert_eq!(full.decide(), [RESULT]);
    }

    #[test]
    fn a_ticket_that_always_fails_does_not_hold_the_result_back_for_ever() {
        let scene = |attempts, now| {
            Scene::new([claimed_until(900)])
                .job(ANCHOR, done(1))
                .with(|scene| {
                    for _ in 0..attempts {
                        scene.outbox.record(Key::Ticket(0, ANCHOR, 0, 0), NOW, None);
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
                .job(ANCHOR, done(1))
                .with(|scene| scene.now = now)
        };
        assert_eq!(scene(172).decide(), tickets(0..1));
        let both = [tickets(0..1), vec![RESULT]].concat();
        assert_eq!(scene(173).decide(), both);
    }

    #[test]
    fn a_pending_result_is_not_sent_again() {
        let scene = Scene::new([claimed()])
            .job(ANCHOR, done(0))
            .with(|scene| scene.outbox.record(Key::Result(0, ANCHOR), NOW, Some(TX)));
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
            .with(|scene| scene.outbox.record(Key::Finalize(0), NOW, Some(TX)));
        assert_eq!(scene.decide(), []);
    }

    #[test]
    fn what_was_computed_for_a_delivered_task_is_forgotten() {
        let scene = Scene::new([delivered(ME, 200)]).job(ANCHOR, done(3));
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
