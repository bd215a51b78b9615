//! What tickets are worth: no sequence of legal calls earns more than the multiply-accumulates that the specification counts, and what
//! posting burns covers them.

use std::collections::BTreeSet;

use bcai_pouw_primitives::{transcript::work_of_ticket, ParamSet, Shape, U256};
use frame_support::{assert_ok, traits::fungible::Mutate, BoundedVec};
use proptest::prelude::*;
use sp_core::U512;

use super::{
    matrices::{values, Matrices, Product},
    *,
};
use crate::{
    genesis::MAX_TARGET_BITS,
    mock::*,
    types::{Status, TicketPlace},
    Config, Error, Event, HoldReason, Targets, Tasks, Tickets, MACS_PER_WORK_FEE,
};

const SET: ParamSet = ParamSet::Set0;

/// Blocks after which a claim has lapsed or a result stood, whichever it is.
const ROUND: u64 = 12;

/// What is in the strips of a matrix: structure that might make tickets cheap or the same.
#[derive(Clone, Copy, Debug)]
enum Content {
    Random,
    /// All strips are one.
    RepeatedStrips,
    /// All slabs of a strip are one.
    RepeatedSlabs,
    /// Nothing but zeros after the first slab.
    ZeroSlabs,
    /// Nothing but zeros.
    Zero,
}

/// How a claim ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Lapse,
    Refuted,
    Finalized,
}

/// A claim: its target, the tickets that are submitted under it, and its end.
#[derive(Clone, Debug)]
struct Round {
    target: U256,
    /// Whether tickets count as winning that don't: at the hardest targets none would ever be accepted.
    lucky: bool,
    /// Places, picked among all; the last one is at the far edge.
    picks: Vec<prop::sample::Index>,
    /// Every place, after those.
    all: bool,
    end: End,
}

#[derive(Clone, Debug)]
struct Plan {
    shape: Shape,
    content: (Content, Content),
    /// Slab of that content with which the matrices begin: the ones before it come last.
    first_slab: usize,
    seed: u64,
    rounds: Vec<Round>,
}

fn content() -> impl Strategy<Value = Content> {
    use Content::*;
    prop_oneof![
        Just(Random),
        Just(RepeatedStrips),
        Just(RepeatedSlabs),
        Just(ZeroSlabs),
        Just(Zero),
    ]
}

fn round() -> impl Strategy<Value = Round> {
    // The easiest target and the hardest that a configuration may have, and some at which a part of the tickets wins.
    let shift = prop_oneof![3 => Just(0), 3 => 1..6u32, 2 => Just(MAX_TARGET_BITS)];
    let target = (shift, any::<u64>()).prop_map(|(shift, less)| match shift {
        0 | MAX_TARGET_BITS => U256::MAX >> shift,
        _ => (U256::MAX >> shift) - U256::from(less),
    });
    let picks = prop::collection::vec(any::<prop::sample::Index>(), 0..12);
    let end = prop_oneof![
        1 => Just(End::Lapse),
        1 => Just(End::Refuted),
        3 => Just(End::Finalized),
    ];
    (target, any::<bool>(), picks, any::<bool>(), end).prop_map(
        |(target, lucky, picks, all, end)| Round {
            target,
            lucky,
            picks,
            all,
            end,
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let shape = (1..=3u32, 1..=3u32, 1..=8u8)
        .prop_map(|(rows, columns, slabs)| Shape::new(SET, 8 * rows, 8 * columns, slabs).unwrap());
    let rounds = prop::collection::vec(round(), 1..4);
    (shape, (content(), content()), any::<u64>(), rounds).prop_map(
        |(shape, content, seed, rounds)| Plan {
            shape,
            content,
            first_slab: 0,
            seed,
            rounds,
        },
    )
}

/// The strips of a matrix with so many.
fn strips(plan: &Plan, content: Content, seed: u64, count: u32) -> Vec<Vec<u8>> {
    let shape = &plan.shape;
    let (k, len, inner) = (SET.k(), shape.strip_a_len(), shape.inner());
    let mut strips: Vec<Vec<u8>> = (0..u64::from(count))
        .map(|at| match content {
            Content::Random => values(seed.wrapping_add(at), len),
            Content::RepeatedStrips => values(seed, len),
            Content::RepeatedSlabs | Content::ZeroSlabs => values(seed.wrapping_add(at), 8 * k)
                .chunks(k)
                .flat_map(|row| {
                    let rest = match content {
                        Content::ZeroSlabs => vec![0; k],
                        _ => row.to_vec(),
                    };
                    let rest = rest.repeat(shape.inner() / k - 1);
                    [row.to_vec(), rest].concat()
                })
                .collect(),
            Content::Zero => vec![0; len],
        })
        .collect();
    for row in strips.iter_mut().flat_map(|strip| strip.chunks_mut(inner)) {
        row.rotate_left(plan.first_slab * k % inner);
    }
    strips
}

/// A task on its way through the rounds of its plan, and what it must come to.
struct Job {
    plan: Plan,
    matrices: Matrices,
    right: Product,
    wrong: Product,
    task: TaskId,
    worker: AccountId,
    /// Block of the running claim.
    claimed_at: u64,
    accepted: BTreeSet<TicketPlace>,
    done: bool,
}

impl Job {
    fn post(plan: Plan, worker: AccountId) -> Self {
        let shape = plan.shape;
        let a = strips(&plan, plan.content.0, plan.seed, shape.strips_a());
        let b = strips(&plan, plan.content.1, !plan.seed, shape.strips_b());
        let matrices = Matrices::of_strips(shape, a, b);
        let task = Pouw::next_task_id();
        assert_ok!(try_post(REQUESTER, &matrices, BOUNTY, 90));
        Self {
            right: matrices.product(),
            wrong: matrices.product().with_a_wrong_cell(0, 63),
            plan,
            matrices,
            task,
            worker,
            claimed_at: 0,
            accepted: BTreeSet::new(),
            done: false,
        }
    }

    fn claim(&mut self, round: &Round) {
        Targets::<Test>::insert(SET, round.target);
        assert_ok!(Pouw::claim_task(signed(self.worker.clone()), self.task));
        self.claimed_at = System::block_number();
        self.accepted.clear();
    }

    /// The places of this round, some of them more than once.
    fn places(&self, round: &Round) -> Vec<TicketPlace> {
        let places = self.matrices.places();
        let picked = round.picks.iter().map(|pick| *pick.get(&places));
        let mut chosen: Vec<_> = picked.chain(places.last().copied()).collect();
        if round.all {
            chosen.extend(places);
        }
        chosen
    }

    /// Submits a ticket, whose outcome is known before.
    fn submit(&mut self, round: &Round, place: TicketPlace) {
        let (i, j, l) = place;
        let ticket = self
            .matrices
            .ticket(self.task, &self.worker, self.claimed_at, place);
        let outcome = Pouw::submit_ticket(
            signed(self.worker.clone()),
            self.matrices.certificate(self.task, i, j, l),
        );
        let error = outcome.map(drop).map_err(|refused| refused.error);
        if self.accepted.contains(&place) {
            assert_eq!(error, Err(Error::<Test>::TicketAlreadySubmitted.into()));
        } else if ticket > round.target {
            assert_eq!(error, Err(Error::<Test>::TicketAboveTarget.into()));
            if round.lucky {
                self.accept(round.target, place);
            }
        } else {
            assert_eq!(error, Ok(()));
            self.accepted.insert(place);
        }
    }

    /// Leaves a ticket behind as if it had won.
    fn accept(&mut self, target: U256, place: TicketPlace) {
        self.accepted.insert(place);
        let sorted = self.accepted.iter().copied().collect::<Vec<_>>();
        Tickets::<Test>::insert(self.task, BoundedVec::truncate_from(sorted));
        Tasks::<Test>::mutate(self.task, |task| {
            let Some(Status::Claimed(claim)) = task.as_mut().map(|task| &mut task.status) else {
                panic!("not claimed");
            };
            claim.credit += work_of_ticket(SET, target);
        });
    }

    fn deliver(&self, end: End) {
        let root = match end {
            End::Lapse => return,
            End::Refuted => self.wrong.root(),
            End::Finalized => self.right.root(),
        };
        let worker = signed(self.worker.clone());
        assert_ok!(Pouw::submit_result(worker, self.task, H256(root)));
        if end == End::Refuted {
            let proof = self.matrices.fraud_proof(self.task, &self.wrong, 0, 0);
            assert_ok!(Pouw::challenge_result(signed(CHALLENGER), proof));
        }
    }

    /// Work of the accepted tickets, counted anew from the specification: `2^256 / (target + 1) * h*w*k` each.
    fn work(&self, round: &Round) -> u128 {
        let tries = (U512::one() << 256) / (U512::from(round.target) + U512::one());
        self.accepted.len() as u128 * tries.low_u128() * 8 * 8 * SET.k() as u128
    }

    /// Ends a round whose time has passed; returns the credit that was granted.
    fn settle(&mut self, round: &Round) -> u128 {
        if round.end != End::Finalized {
            assert!(is_open(self.task));
            assert!(!Tickets::<Test>::contains_key(self.task));
            return 0;
        }
        self.done = true;
        assert_ok!(Pouw::finalize_task(signed(OTHER), self.task));
        let Event::TaskFinalized { credit, .. } = last_event() else {
            panic!("not finalized");
        };
        assert_eq!(credit, self.work(round));
        let macs = self.plan.shape.macs();
        if round.target == U256::MAX {
            assert!(credit <= macs, "{credit} of {macs}");
            if round.all {
                assert_eq!(credit, macs);
            }
        }
        credit
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_sequence_of_calls_is_credited_more_than_its_tickets_are_worth(
        first in plan(),
        second in plan(),
        one_worker in any::<bool>(),
        one_product in prop::option::of(0..2usize),
    ) {
        // The same matrices in two tasks, or their slabs moved on by one: the tickets are different ones.
        let second = match one_product {
            Some(first_slab) => Plan { rounds: second.rounds, first_slab, ..first.clone() },
            None => second,
        };
        // Every place may win.
        ExtBuilder::default().tickets(3 * 3 * 8).build_and_execute(|| {
            let other = if one_worker { WORKER } else { POOR };
            assert_ok!(Balances::mint_into(&POOR, ENDOWMENT));
            let mut jobs = [Job::post(first, WORKER), Job::post(second, other)];
            let mut granted = 0;
            for at in 0..3 {
                let mut running: Vec<(&mut Job, Round)> = jobs
                    .iter_mut()
                    .filter(|job| !job.done)
                    .filter_map(|job| job.plan.rounds.get(at).cloned().map(|round| (job, round)))
                    .collect();
                for (job, round) in &mut running {
                    job.claim(round);
                }
                next_block();
                // The tickets of both tasks by turns.
                let places: Vec<_> = running
                    .iter()
                    .map(|(job, round)| job.places(round))
                    .collect();
                for turn in 0..places.iter().map(Vec::len).max().unwrap_or(0) {
                    for ((job, round), places) in running.iter_mut().zip(&places) {
                        if let Some(place) = places.get(turn) {
                            job.submit(round, *place);
                        }
                    }
                }
                for (job, round) in &running {
                    job.deliver(round.end);
                }
                to_block(System::block_number() + ROUND);
                for (job, round) in &mut running {
                    granted += job.settle(round);
                }
            }
            // No halving yet, and whatever was not finalised gave nothing.
            assert_eq!(Pouw::halvings(), 0);
            assert_eq!(Pouw::total_work_credit(), granted);
            let workers: BTreeSet<_> = jobs.iter().map(|job| &job.worker).collect();
            let credits = workers.into_iter().map(Pouw::work_credit);
            assert_eq!(credits.sum::<u128>(), granted);
        });
    }

    #[test]
    fn what_posting_burns_covers_every_multiply_accumulate(
        set in prop::sample::select(ParamSet::ALL.to_vec()),
        (rows, columns) in (1..=1u32 << 17, 1..=1u32 << 17),
        (shift_m, shift_n) in (0..17u32, 0..17u32),
        slabs in 1..=8u8,
    ) {
        // All magnitudes alike.
        let (m, n) = (8 * (rows >> shift_m).max(1), 8 * (columns >> shift_n).max(1));
        let work_fee: Balance = <Test as Config>::WorkFee::get();
        ExtBuilder::default()
            .targets(vec![(0, 0), (1, 0)])
            .build_and_execute(|| {
                assert_ok!(Balances::mint_into(&REQUESTER, work_fee << 30));
                let issued = Balances::total_issuance();
                let root = H256::zero();
                let quoted = Pouw::posting_fee(set, m, n, slabs).unwrap();
                assert_ok!(Pouw::post_task(
                    signed(REQUESTER), set, m, n, slabs, root, root, BOUNTY, 20, quoted
                ));
                let burned = issued - Balances::total_issuance();
                assert_eq!(burned, quoted);
                let inner = set.k() as u128 * u128::from(slabs);
                let macs = u128::from(m) * u128::from(n) * inner;
                let posting_fee: Balance = <Test as Config>::PostingFee::get();
                let for_work = burned - posting_fee;
                assert!(for_work * MACS_PER_WORK_FEE >= work_fee * macs);
                // Less than one unit too much.
                assert!((for_work - work_fee) * MACS_PER_WORK_FEE < work_fee * macs);
                assert_eq!(
                    Balances::balance_on_hold(&HoldReason::Bounty.into(), &REQUESTER),
                    BOUNTY
                );
            });
    }
}
