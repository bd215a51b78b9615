//! Benchmarks of every call and of each piece of the hooks, in their worst case: the largest shapes, with the longest paths.
//!
//! Matrices of that size are not built: a root follows from one leaf and any siblings.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use alloc::vec::Vec;

use bcai_pouw_primitives::{
    certificate::{MAX_STRIP_PATH, MAX_TILE_PATH},
    merkle::{fold_path, piece, strip_tree, tile_hash},
    params::{MAX_DIM, MAX_SLABS},
    transcript::{tile_product, work_of_ticket},
    FraudProof, Hash32, ParamSet, Shape, TaskId, TicketCertificate, U256,
};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        Get,
    },
    weights::WeightMeter,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::H256;
use sp_runtime::{
    traits::{One, Zero},
    Saturating,
};

use crate::{
    rules::Order,
    types::{Activity, Claim, CreditRecord, Status, Task, TicketPlace},
    Agenda, AgendaCursor, Beneficiaries, Call, Config, CreditSweep, Pallet, PendingAnchors,
    PeriodActivity, Targets, Tasks, Tickets, TotalCredit, WorkCredits,
};

/// Somewhere in the middle of the largest matrices, in their last slab.
const PLACE: TicketPlace = (77_777, 55_555, MAX_SLABS - 1);

/// The largest task of a set with so many slabs, and the strips of one of its tiles.
struct Work {
    shape: Shape,
    strip_a: Vec<u8>,
    strip_b: Vec<u8>,
    path_a: Vec<Hash32>,
    path_b: Vec<Hash32>,
}

fn siblings(count: u32) -> Vec<Hash32> {
    (0..count).map(|i| [i as u8; 32]).collect()
}

/// Legal values without a pattern that would make the arithmetic cheaper.
fn strip(len: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (((state >> 16) % 129) as i32 - 64) as i8 as u8
        })
        .collect()
}

impl Work {
    fn new(set: ParamSet, slabs: u8) -> Self {
        let shape = Shape::new(set, MAX_DIM, MAX_DIM, slabs).unwrap();
        Self {
            shape,
            strip_a: strip(shape.strip_a_len(), 1),
            strip_b: strip(shape.strip_b_len(), 2),
            path_a: siblings(MAX_STRIP_PATH),
            path_b: siblings(MAX_STRIP_PATH),
        }
    }

    fn root_a(&self) -> H256 {
        let (strip, count) = (self.strip_root(&self.strip_a), self.shape.strips_a());
        H256(fold_path(strip, PLACE.0.into(), count.into(), &self.path_a).unwrap())
    }

    fn root_b(&self) -> H256 {
        let (strip, count) = (self.strip_root(&self.strip_b), self.shape.strips_b());
        H256(fold_path(strip, PLACE.1.into(), count.into(), &self.path_b).unwrap())
    }

    fn strip_root(&self, strip: &[u8]) -> Hash32 {
        strip_tree(strip, self.shape.set()).unwrap().root()
    }

    /// The certificate of the tile in the last slab.
    fn certificate(&self, task: TaskId) -> TicketCertificate {
        let (set, l) = (self.shape.set(), self.shape.slabs() - 1);
        let path = |strip: &[u8], outer: &[Hash32]| {
            let within = strip_tree(strip, set).unwrap().path(l.into()).unwrap();
            [&within[..], outer].concat().try_into().unwrap()
        };
        TicketCertificate {
            task,
            i: PLACE.0,
            j: PLACE.1,
            l,
            piece_a: piece(&self.strip_a, set, l).unwrap().try_into().unwrap(),
            piece_b: piece(&self.strip_b, set, l).unwrap().try_into().unwrap(),
            path_a: path(&self.strip_a, &self.path_a),
            path_b: path(&self.strip_b, &self.path_b),
        }
    }

    /// A C that is wrong in the last cell of the tile: its root and the proof.
    fn fraud(&self, task: TaskId) -> (H256, FraudProof) {
        let signed = |strip: &[u8]| strip.iter().map(|byte| *byte as i8).collect::<Vec<_>>();
        let mut tile = tile_product(
            &signed(&self.strip_a),
            &signed(&self.strip_b),
            self.shape.set(),
        );
        *tile.last_mut().unwrap() += 1;
        let path_c = siblings(MAX_TILE_PATH);
        let index = self.shape.tile_index(PLACE.0, PLACE.1).unwrap();
        let root_c = fold_path(tile_hash(&tile), index, self.shape.tiles(), &path_c).unwrap();
        let proof = FraudProof {
            task,
            i: PLACE.0,
            j: PLACE.1,
            strip_a: self.strip_a.clone().try_into().unwrap(),
            strip_b: self.strip_b.clone().try_into().unwrap(),
            tile: tile.try_into().unwrap(),
            path_a: self.path_a.clone().try_into().unwrap(),
            path_b: self.path_b.clone().try_into().unwrap(),
            path_c: path_c.try_into().unwrap(),
        };
        (H256(root_c), proof)
    }
}

/// An account that can pay for a few of the largest tasks and their bonds.
fn funded<T: Config>(name: &'static str) -> T::AccountId {
    let who: T::AccountId = account(name, 0, 0);
    let largest = Shape::new(ParamSet::Set1, MAX_DIM, MAX_DIM, MAX_SLABS).unwrap();
    let fee = Pallet::<T>::posting_fee_of(&largest);
    let once = fee
        .saturating_add(T::MinBounty::get())
        .saturating_add(Pallet::<T>::bond_for(T::MinBounty::get()))
        .saturating_add(T::Currency::minimum_balance());
    T::Currency::set_balance(&who, once.saturating_mul(4u32.into()));
    who
}

fn now<T: Config>() -> BlockNumberFor<T> {
    frame_system::Pallet::<T>::block_number()
}

/// Every set enabled, at a target that every ticket meets, two halvings after genesis, with nothing to catch up with.
fn prepare<T: Config>() {
    for set in ParamSet::ALL {
        Targets::<T>::insert(set, U256::MAX);
    }
    let two: BlockNumberFor<T> = 2u32.into();
    frame_system::Pallet::<T>::set_block_number(T::CreditHalfLife::get().saturating_mul(two));
    AgendaCursor::<T>::put(now::<T>());
}

fn order<T: Config>(work: &Work) -> Order<T> {
    Order {
        set: work.shape.set(),
        m: work.shape.m(),
        n: work.shape.n(),
        slabs: work.shape.slabs(),
        root_a: work.root_a(),
        root_b: work.root_b(),
        bounty: T::MinBounty::get(),
        deadline: now::<T>().saturating_add(T::MaxTaskDuration::get()),
        max_fee: Pallet::<T>::posting_fee_of(&work.shape),
    }
}

fn posted<T: Config>(work: &Work) -> (T::AccountId, TaskId) {
    let requester = funded::<T>("requester");
    let task = Pallet::<T>::next_task_id();
    Pallet::<T>::do_post_task(requester.clone(), order::<T>(work)).unwrap();
    (requester, task)
}

/// A claimed task with its anchor and room for one more ticket.
fn claimed<T: Config>(work: &Work) -> (T::AccountId, TaskId) {
    let (_, task) = posted::<T>(work);
    let worker = funded::<T>("worker");
    Pallet::<T>::do_claim_task(worker.clone(), task).unwrap();
    Pallet::<T>::record_anchors();
    let count = T::MaxTicketsPerTask::get() - 1;
    fill_tickets::<T>(task, count);
    (worker, task)
}

fn fill_tickets<T: Config>(task: TaskId, count: u32) {
    let places: Vec<TicketPlace> = (0..count).map(|i| (i, 0, 0)).collect();
    if count > 0 {
        Tickets::<T>::insert(task, frame_support::BoundedVec::truncate_from(places));
    }
    Tasks::<T>::mutate(task, |stored| {
        let stored = stored.as_mut().unwrap();
        if let Status::Claimed(claim) = &mut stored.status {
            claim.credit = work_of_ticket(stored.set, claim.target) * u128::from(count);
        }
    });
}

/// A delivered task with as many tickets as there can be.
fn delivered<T: Config>(work: &Work, root_c: H256) -> (T::AccountId, TaskId) {
    let (worker, task) = claimed::<T>(work);
    fill_tickets::<T>(task, T::MaxTicketsPerTask::get());
    Pallet::<T>::do_submit_result(worker.clone(), task, root_c).unwrap();
    (worker, task)
}

/// A worker with a ticket to submit.
fn ticket<T: Config>(set: ParamSet) -> (T::AccountId, TicketCertificate) {
    prepare::<T>();
    let work = Work::new(set, MAX_SLABS);
    let (worker, task) = claimed::<T>(&work);
    (worker, work.certificate(task))
}

/// A challenger with the proof against a delivered result.
fn challenge<T: Config>(set: ParamSet, slabs: u32) -> (T::AccountId, FraudProof) {
    prepare::<T>();
    let work = Work::new(set, slabs.try_into().unwrap());
    let (root_c, proof) = work.fraud(Pallet::<T>::next_task_id());
    delivered::<T>(&work, root_c);
    (funded::<T>("challenger"), proof)
}

fn finalized<T: Config>() -> TaskId {
    let (_, task) = delivered::<T>(&Work::new(ParamSet::Set1, MAX_SLABS), H256::zero());
    pass::<T>(T::ChallengeWindow::get().saturating_add(One::one()));
    Pallet::<T>::do_finalize_task(task).unwrap();
    task
}

fn pass<T: Config>(blocks: BlockNumberFor<T>) {
    frame_system::Pallet::<T>::set_block_number(now::<T>().saturating_add(blocks));
}

/// Goes to where the task is due, and takes that step of the agenda.
fn due<T: Config>(task: TaskId) -> BlockNumberFor<T> {
    let status = Tasks::<T>::get(task).unwrap().status;
    let block = Pallet::<T>::due_of(&status).unwrap();
    frame_system::Pallet::<T>::set_block_number(block);
    block
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn post_task() {
        prepare::<T>();
        let work = Work::new(ParamSet::Set1, MAX_SLABS);
        let requester = funded::<T>("requester");
        let order = order::<T>(&work);

        #[extrinsic_call]
        post_task(
            RawOrigin::Signed(requester),
            order.set,
            order.m,
            order.n,
            order.slabs,
            order.root_a,
            order.root_b,
            order.bounty,
            order.deadline,
            order.max_fee,
        );

        assert_eq!(Tasks::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn claim_task() {
        prepare::<T>();
        let (_, task) = posted::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));
        let worker = funded::<T>("worker");
        for other in 1..T::MaxClaimsPerBlock::get() {
            PendingAnchors::<T>::try_append(task + u64::from(other)).unwrap();
        }

        #[extrinsic_call]
        claim_task(RawOrigin::Signed(worker), task);

        assert!(matches!(
            Tasks::<T>::get(task).unwrap().status,
            Status::Claimed(_)
        ));
    }

    #[benchmark]
    fn submit_ticket_set0() {
        let (worker, certificate) = ticket::<T>(ParamSet::Set0);
        let task = certificate.task;

        #[extrinsic_call]
        submit_ticket(RawOrigin::Signed(worker), certificate);

        assert!(Tickets::<T>::get(task).contains(&PLACE));
    }

    #[benchmark]
    fn submit_ticket_set1() {
        let (worker, certificate) = ticket::<T>(ParamSet::Set1);
        let task = certificate.task;

        #[extrinsic_call]
        submit_ticket(RawOrigin::Signed(worker), certificate);

        assert!(Tickets::<T>::get(task).contains(&PLACE));
    }

    #[benchmark]
    fn submit_result() {
        prepare::<T>();
        let (worker, task) = claimed::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));

        #[extrinsic_call]
        submit_result(RawOrigin::Signed(worker), task, H256::zero());

        assert!(matches!(
            Tasks::<T>::get(task).unwrap().status,
            Status::Delivered(_)
        ));
    }

    #[benchmark]
    fn challenge_result_set0(s: Linear<1, { MAX_SLABS as u32 }>) {
        let (challenger, proof) = challenge::<T>(ParamSet::Set0, s);
        let task = proof.task;

        #[extrinsic_call]
        challenge_result(RawOrigin::Signed(challenger), proof);

        assert!(matches!(
            Tasks::<T>::get(task).unwrap().status,
            Status::Open { .. }
        ));
    }

    #[benchmark]
    fn challenge_result_set1(s: Linear<1, { MAX_SLABS as u32 }>) {
        let (challenger, proof) = challenge::<T>(ParamSet::Set1, s);
        let task = proof.task;

        #[extrinsic_call]
        challenge_result(RawOrigin::Signed(challenger), proof);

        assert!(matches!(
            Tasks::<T>::get(task).unwrap().status,
            Status::Open { .. }
        ));
    }

    #[benchmark]
    fn finalize_task() {
        prepare::<T>();
        let (worker, task) = delivered::<T>(&Work::new(ParamSet::Set1, MAX_SLABS), H256::zero());
        let beneficiary = funded::<T>("beneficiary");
        let old = CreditRecord {
            halvings: 1,
            amount: 8,
        };
        Pallet::<T>::do_set_beneficiary(worker, Some(beneficiary.clone())).unwrap();
        WorkCredits::<T>::insert(&beneficiary, old);
        TotalCredit::<T>::put(old);
        pass::<T>(T::ChallengeWindow::get().saturating_add(One::one()));
        let caller = funded::<T>("caller");

        #[extrinsic_call]
        finalize_task(RawOrigin::Signed(caller), task);

        assert!(Pallet::<T>::work_credit(&beneficiary) > 8);
    }

    #[benchmark]
    fn cancel_task() {
        prepare::<T>();
        let (requester, task) = posted::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));

        #[extrinsic_call]
        cancel_task(RawOrigin::Signed(requester), task);

        assert!(!Tasks::<T>::contains_key(task));
    }

    #[benchmark]
    fn set_beneficiary() {
        let worker = funded::<T>("worker");
        let beneficiary = funded::<T>("beneficiary");

        #[extrinsic_call]
        set_beneficiary(RawOrigin::Signed(worker.clone()), Some(beneficiary));

        assert!(Beneficiaries::<T>::contains_key(worker));
    }

    #[benchmark]
    fn on_initialize_anchors(n: Linear<0, { T::MaxClaimsPerBlock::get() }>) {
        // Only what the hook looks at: claims of the parent block.
        let worker: T::AccountId = account("worker", 0, 0);
        for task in 0..u64::from(n) {
            let claim = Claim {
                worker: worker.clone(),
                bond: T::MinBond::get(),
                claimed_at: Zero::zero(),
                expires_at: One::one(),
                anchor: None,
                target: U256::MAX,
                credit: 0,
            };
            let stored = Task {
                requester: worker.clone(),
                set: ParamSet::Set1,
                m: 8,
                n: 8,
                slabs: MAX_SLABS,
                root_a: [0; 32],
                root_b: [0; 32],
                bounty: T::MinBounty::get(),
                deadline: One::one(),
                status: Status::Claimed(claim),
            };
            Tasks::<T>::insert(task, stored);
            PendingAnchors::<T>::try_append(task).unwrap();
        }

        #[block]
        {
            Pallet::<T>::record_anchors();
        }

        assert!(PendingAnchors::<T>::get().is_empty());
    }

    #[benchmark]
    fn on_initialize_retarget() {
        let old = Pallet::<T>::easiest_target();
        for set in ParamSet::ALL {
            Targets::<T>::insert(set, old);
            let activity = Activity {
                claims: 1,
                tickets: u32::MAX,
            };
            PeriodActivity::<T>::insert(set, activity);
        }

        #[block]
        {
            Pallet::<T>::retarget_all();
        }

        assert!(Targets::<T>::iter_values().all(|target| target < old));
    }

    /// What every `on_idle` reads and writes, however many steps it takes.
    #[benchmark]
    fn on_idle_base() {
        #[block]
        {
            AgendaCursor::<T>::mutate(|cursor| cursor.saturating_inc());
            CreditSweep::<T>::mutate(|sweep| sweep.done = !sweep.done);
        }

        assert!(CreditSweep::<T>::exists());
    }

    #[benchmark]
    fn agenda_advance() {
        prepare::<T>();
        // An entry of another block, so that the map isn't empty.
        posted::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));
        let block = now::<T>();
        let used;

        #[block]
        {
            used = Pallet::<T>::take_agenda_step(&mut Agenda::<T>::drain_prefix(block), block);
        }

        assert!(used.is_none());
    }

    #[benchmark]
    fn expire_task() {
        prepare::<T>();
        let (_, task) = posted::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));
        let block = due::<T>(task);

        #[block]
        {
            Pallet::<T>::take_agenda_step(&mut Agenda::<T>::drain_prefix(block), block);
        }

        assert!(!Tasks::<T>::contains_key(task));
    }

    #[benchmark]
    fn expire_claim() {
        prepare::<T>();
        let (_, task) = claimed::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));
        fill_tickets::<T>(task, T::MaxTicketsPerTask::get());
        // Claimed long enough before the deadline for the task to open again.
        let block = due::<T>(task);
        Tasks::<T>::mutate(task, |task| task.as_mut().unwrap().deadline = block);

        #[block]
        {
            Pallet::<T>::take_agenda_step(&mut Agenda::<T>::drain_prefix(block), block);
        }

        assert!(matches!(
            Tasks::<T>::get(task).unwrap().status,
            Status::Open { .. }
        ));
    }

    #[benchmark]
    fn expire_claim_and_task() {
        prepare::<T>();
        let (_, task) = claimed::<T>(&Work::new(ParamSet::Set1, MAX_SLABS));
        fill_tickets::<T>(task, T::MaxTicketsPerTask::get());
        let block = due::<T>(task);
        Tasks::<T>::mutate(task, |task| {
            task.as_mut().unwrap().deadline = block.saturating_sub(One::one())
        });

        #[block]
        {
            Pallet::<T>::take_agenda_step(&mut Agenda::<T>::drain_prefix(block), block);
        }

        assert!(!Tasks::<T>::contains_key(task));
    }

    #[benchmark]
    fn forget_result() {
        prepare::<T>();
        let task = finalized::<T>();
        let block = due::<T>(task);

        #[block]
        {
            Pallet::<T>::take_agenda_step(&mut Agenda::<T>::drain_prefix(block), block);
        }

        assert!(!Tasks::<T>::contains_key(task));
    }

    #[benchmark]
    fn sweep_credit() {
        prepare::<T>();
        for number in 0..3u32 {
            let who: T::AccountId = account("worker", number, 0);
            WorkCredits::<T>::insert(
                who,
                CreditRecord {
                    halvings: 0,
                    amount: 1,
                },
            );
        }
        let mut meter = WeightMeter::new();
        let mut steps = 1;

        #[block]
        {
            Pallet::<T>::sweep_credit(now::<T>(), &mut meter, &mut steps);
        }

        assert_eq!(WorkCredits::<T>::iter().count(), 2);
    }

    impl_benchmark_test_suite!(
        Pallet,
        crate::mock::ExtBuilder::default().build(),
        crate::mock::Test
    );
}
