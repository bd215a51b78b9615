//! Random sequences of calls and blocks: the invariants hold after each, and no money appears or vanishes unaccounted for.

use frame_support::{traits::Hooks, weights::Weight};
use proptest::prelude::*;
use sp_runtime::{DispatchResult, Permill};

use super::{
    matrices::{Matrices, Product},
    *,
};
use crate::{mock::*, types::TicketPlace, Event};

const ACCOUNTS: [AccountId; 4] = [REQUESTER, WORKER, CHALLENGER, OTHER];

/// A step; tasks are picked among the last few numbers, accounts by their place in [`ACCOUNTS`].
#[derive(Clone, Debug)]
enum Step {
    Post {
        who: usize,
        bounty: Balance,
        span: u64,
    },
    Claim {
        who: usize,
        task: u64,
    },
    Ticket {
        who: usize,
        task: u64,
        place: TicketPlace,
    },
    Deliver {
        who: usize,
        task: u64,
        right: bool,
    },
    Challenge {
        who: usize,
        task: u64,
        tile: (u32, u32),
    },
    Finalize {
        who: usize,
        task: u64,
    },
    Cancel {
        who: usize,
        task: u64,
    },
    Benefit {
        who: usize,
        to: Option<usize>,
    },
    Blocks {
        count: u64,
        idle: bool,
    },
    /// Sets the parameter with this number to the least, the usual or the most that it may be.
    Vote {
        parameter: usize,
        to: usize,
    },
    StandStill {
        count: u64,
    },
}

/// What a vote may set: each with its least, its usual and its most.
const PARAMETERS: [fn(usize); 12] = [
    |to| MinBounty::set([10, 100, 300][to]),
    |to| PostingFee::set([1, 11, 40][to]),
    |to| WorkFee::set([1, 7, 30][to]),
    |to| MinBond::set([1, 50, 300][to]),
    |to| BondRate::set(Permill::from_percent([1, 20, 100][to])),
    |to| ChallengerShare::set(Permill::from_percent([10, 30, 90][to])),
    |to| MinTaskDuration::set([1, 5, 20][to]),
    |to| ClaimDuration::set([2, 10, 60][to]),
    |to| ChallengeWindow::set([1, WINDOW, 50][to]),
    |to| TicketsPerPeriod::set([1, 4, 50][to]),
    |to| MaxTasksPerRequester::set([1, 4, 9][to]),
    |to| MaxClaimsPerWorker::set([1, 2, 5][to]),
];

fn step() -> impl Strategy<Value = Step> {
    let who = 0..ACCOUNTS.len();
    // Few workers, so that their steps fit together often.
    let worker = 1..3usize;
    let task = 0..4u64;
    let tile = (0..2u32, 0..2u32);
    let place = (0..2u32, 0..2u32, 0..2u8);
    prop_oneof![
        3 => (who.clone(), 90..400u128, 4..30u64)
            .prop_map(|(who, bounty, span)| Step::Post { who, bounty, span }),
        5 => (worker.clone(), task.clone()).prop_map(|(who, task)| Step::Claim { who, task }),
        5 => (worker.clone(), task.clone(), place)
            .prop_map(|(who, task, place)| Step::Ticket { who, task, place }),
        5 => (worker, task.clone(), any::<bool>())
            .prop_map(|(who, task, right)| Step::Deliver { who, task, right }),
        4 => (who.clone(), task.clone(), tile)
            .prop_map(|(who, task, tile)| Step::Challenge { who, task, tile }),
        4 => (who.clone(), task.clone()).prop_map(|(who, task)| Step::Finalize { who, task }),
        1 => (who.clone(), task).prop_map(|(who, task)| Step::Cancel { who, task }),
        1 => (who.clone(), prop::option::of(who))
            .prop_map(|(who, to)| Step::Benefit { who, to }),
        6 => (1..8u64, prop::bool::weighted(0.8))
            .prop_map(|(count, idle)| Step::Blocks { count, idle }),
        2 => (0..PARAMETERS.len(), 0..3usize)
            .prop_map(|(parameter, to)| Step::Vote { parameter, to }),
        1 => (1..10u64).prop_map(|count| Step::StandStill { count }),
    ]
}

struct World {
    matrices: Matrices,
    right: Product,
    wrong: Product,
    /// What must be left of the money that there was at first.
    issuance: Balance,
    /// Calls that succeeded.
    done: usize,
}

impl World {
    fn new() -> Self {
        let matrices = Matrices::small();
        Self {
            right: matrices.product(),
            wrong: matrices.product().with_a_wrong_cell(1, 33),
            matrices,
            issuance: Balances::total_issuance(),
            done: 0,
        }
    }

    /// The task that a step means: counted back from the newest.
    fn task(&self, back: u64) -> TaskId {
        Pouw::next_task_id().saturating_sub(1 + back)
    }

    fn take(&mut self, step: Step) {
        let account = |who: usize| signed(ACCOUNTS[who].clone());
        System::reset_events();
        let outcome: DispatchResult = match step {
            Step::Post { who, bounty, span } => try_post(
                ACCOUNTS[who].clone(),
                &self.matrices,
                bounty,
                System::block_number() + span,
            ),
            Step::Claim { who, task } => Pouw::claim_task(account(who), self.task(task)),
            Step::Ticket { who, task, place } => {
                let (i, j, l) = place;
                let certificate = self.matrices.certificate(self.task(task), i, j, l);
                plain(Pouw::submit_ticket(account(who), certificate))
            }
            Step::Deliver { who, task, right } => {
                let product = if right { &self.right } else { &self.wrong };
                Pouw::submit_result(account(who), self.task(task), H256(product.root()))
            }
            Step::Challenge { who, task, tile } => {
                let task = self.task(task);
                let proof = self.matrices.fraud_proof(task, &self.wrong, tile.0, tile.1);
                let outcome = plain(Pouw::challenge_result(account(who), proof));
                assert!(
                    outcome.is_err() || tile == (0, 1),
                    "only tile (0, 1) is wrong"
                );
                outcome
            }
            Step::Finalize { who, task } => {
                plain(Pouw::finalize_task(account(who), self.task(task)))
            }
            Step::Cancel { who, task } => Pouw::cancel_task(account(who), self.task(task)),
            Step::Benefit { who, to } => {
                Pouw::set_beneficiary(account(who), to.map(|to| ACCOUNTS[to].clone()))
            }
            Step::Blocks { count, idle } => {
                self.pass_blocks(count, idle);
                Ok(())
            }
            Step::Vote { parameter, to } => {
                PARAMETERS[parameter](to);
                Ok(())
            }
            Step::StandStill { count } => {
                stand_still(count);
                Ok(())
            }
        };
        self.done += usize::from(outcome.is_ok());
        self.account_for_events();
    }

    fn pass_blocks(&mut self, count: u64, idle: bool) {
        for _ in 0..count {
            let now = System::block_number();
            let weight = if idle { IDLE } else { Weight::zero() };
            assert!(Pouw::on_idle(now, weight).all_lte(weight));
            self.account_for_events();
            System::reset_events();
            System::initialize(&(now + 1), &hash_of_block(now), &Default::default());
            Pouw::on_initialize(now + 1);
        }
    }

    /// Every burn has an event, and nothing else changes the issuance.
    fn account_for_events(&mut self) {
        for event in events() {
            self.issuance -= match event {
                Event::TaskPosted { fee, .. } => fee,
                Event::ResultRefuted { forfeited, .. } | Event::ClaimExpired { forfeited, .. } => {
                    forfeited
                }
                _ => 0,
            };
        }
        System::reset_events();
        assert_eq!(Balances::total_issuance(), self.issuance);
        let sum: Balance = ACCOUNTS.iter().map(total_balance).sum();
        assert_eq!(sum, self.issuance);
        Pouw::do_try_state().unwrap();
    }
}

fn total_balance(who: &AccountId) -> Balance {
    <Balances as frame_support::traits::fungible::Inspect<AccountId>>::total_balance(who)
}

fn plain(outcome: frame_support::dispatch::DispatchResultWithPostInfo) -> DispatchResult {
    outcome.map(drop).map_err(|refused| refused.error)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_sequence_of_calls_breaks_an_invariant(
        bits in 0..3u32,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        ExtBuilder::default()
            .targets(vec![(0, bits)])
            .build_and_execute(|| {
                let mut world = World::new();
                for step in steps {
                    world.take(step);
                }
                // However it ended, everything that waits for idle time ends by itself.
                world.pass_blocks(60, true);
                assert!(crate::Tasks::<Test>::iter_values().all(|task| !matches!(
                    task.status,
                    Status::Open { .. } | Status::Claimed(_)
                )));
            });
    }
}

#[test]
fn random_sequences_reach_the_end_of_tasks() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    // A check of the test above: its steps must not all be refused.
    let mut runner = TestRunner::deterministic();
    let (mut done, mut credit) = (0, 0);
    for _ in 0..60 {
        let steps = prop::collection::vec(step(), 100)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        build_and_execute(|| {
            let mut world = World::new();
            for step in steps {
                world.take(step);
            }
            done += world.done;
            credit += Pouw::total_work_credit();
        });
    }
    assert!(done > 1_500, "{done} of 6000 steps succeeded");
    assert!(credit > 0);
}
