//! The pallet in the smallest runtime that it runs in.

use bcai_pouw_primitives::TaskState;
use bcai_pouw_tasks::chain::Task;
use frame_support::{
    derive_impl, parameter_types,
    traits::{fungible::MutateHold, tokens::Precision, ConstBool, ConstU128, ConstU32, Hooks},
    weights::Weight,
};
use pallet_pouw::{
    types::{Claim, Delivery, Payout, Status},
    Agenda, HoldReason, Tasks, Tickets,
};
use sp_core::{crypto::AccountId32, H256};
use sp_runtime::{traits::IdentityLookup, BuildStorage, Permill};

use super::{CHALLENGE_WINDOW, CLAIM_DURATION, ENDOWMENT, EXISTENTIAL_DEPOSIT};

#[frame_support::runtime]
mod test {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(6)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(40)]
    pub type Pouw = pallet_pouw;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = u128;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
}

parameter_types! {
    pub const BondRate: Permill = Permill::from_percent(10);
    pub const ChallengerShare: Permill = Permill::from_percent(50);
}

impl pallet_pouw::Config for Test {
    type BlockNumberProvider = System;
    type StandsStill = ConstBool<false>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = pallet_pouw::weights::SubstrateWeight<Test>;
    type MinBounty = ConstU128<100>;
    type PostingFee = ConstU128<1>;
    type WorkFee = ConstU128<1>;
    type MinBond = ConstU128<50>;
    type BondRate = BondRate;
    type ChallengerShare = ChallengerShare;
    type BeneficiaryDeposit = ConstU128<10>;
    type FeeReserve = ConstU128<0>;
    type MinTaskDuration = ConstU32<1>;
    type MaxTaskDuration = ConstU32<1_000>;
    type ClaimDuration = ConstU32<CLAIM_DURATION>;
    type ChallengeWindow = ConstU32<CHALLENGE_WINDOW>;
    type Slashed = ();
    type ResultRetention = ConstU32<1_000_000>;
    // Targets stay what they are.
    type RetargetPeriod = ConstU32<{ u32::MAX }>;
    type TicketsPerPeriod = ConstU32<32>;
    type HardestTargetBits = ConstU32<96>;
    type EasiestTargetBits = ConstU32<0>;
    type CreditHalfLife = ConstU32<1_000_000>;
    type MaxTasksPerRequester = ConstU32<{ u32::MAX }>;
    type MaxClaimsPerWorker = ConstU32<64>;
    type MaxClaimsPerBlock = ConstU32<32>;
    type MaxTicketsPerTask = ConstU32<128>;
    type MaxIdleSteps = ConstU32<64>;
}

/// Block 0: the accounts `[1; 32]` to `[9; 32]` have [`ENDOWMENT`], every second ticket wins.
pub fn genesis() -> sp_io::TestExternalities {
    let accounts = (1..10).map(|byte| (AccountId32::new([byte; 32]), ENDOWMENT));
    let genesis = RuntimeGenesisConfig {
        system: Default::default(),
        balances: pallet_balances::GenesisConfig {
            balances: accounts.collect(),
            ..Default::default()
        },
        pouw: pallet_pouw::GenesisConfig {
            targets: vec![(0, 1), (1, 1)],
            ..Default::default()
        },
    };
    genesis.build_storage().unwrap().into()
}

/// Starts block `number` on its parent's state.
pub fn initialize(number: u32, parent: [u8; 32]) {
    System::reset_events();
    System::initialize(&number, &H256(parent), &Default::default());
    Pouw::on_initialize(number);
}

/// Ends the block with idle time to spare.
pub fn finish(number: u32) {
    Pouw::on_idle(number, Weight::MAX);
}

/// Writes a task as it is told, with the bond and the agenda's entry that belong to its state.
pub fn overwrite(info: Task) {
    let mut task = Tasks::<Test>::get(info.id).unwrap();
    if let Some(due) = due_of(&task.status) {
        Agenda::<Test>::remove(due, info.id);
    }
    let reason = HoldReason::Bond.into();
    if let Status::Claimed(claim) | Status::Delivered(Delivery { claim, .. }) = &task.status {
        Balances::release(&reason, &claim.worker, claim.bond, Precision::Exact).unwrap();
    }
    let claim_of = |worker: AccountId32| {
        let bond = Pouw::bond_for(info.bounty);
        Balances::hold(&reason, &worker, bond).unwrap();
        Claim {
            worker,
            bond,
            claimed_at: 1,
            expires_at: info.deadline,
            anchor: None,
            target: Default::default(),
            credit: 0,
        }
    };
    Tickets::<Test>::remove(info.id);
    task.status = match info.state {
        TaskState::Open => Status::Open {
            due: info.deadline.max(System::block_number()) + 1,
        },
        TaskState::Claimed {
            worker,
            claimed_at,
            expires_at,
            anchor,
            target,
            tickets,
        } => {
            Tickets::<Test>::insert(info.id, frame_support::BoundedVec::truncate_from(tickets));
            Status::Claimed(Claim {
                claimed_at,
                expires_at,
                anchor,
                target,
                ..claim_of(worker)
            })
        }
        TaskState::Delivered {
            worker,
            root_c,
            challenge_until,
            ..
        } => Status::Delivered(Delivery {
            claim: claim_of(worker),
            root_c,
            challenge_until,
        }),
        TaskState::Finalized {
            worker,
            root_c,
            finalized_at,
            credit,
        } => Status::Finalized(Payout {
            worker,
            root_c,
            finalized_at,
            credit,
        }),
    };
    (task.set, task.slabs) = (info.set, info.slabs);
    (task.m, task.n) = (info.m, info.n);
    (task.bounty, task.deadline) = (info.bounty, info.deadline);
    if let Some(due) = due_of(&task.status) {
        Agenda::<Test>::insert(due, info.id, ());
    }
    Tasks::<Test>::insert(info.id, task);
}

fn due_of(status: &Status<AccountId32, u128, u32>) -> Option<u32> {
    match status {
        Status::Open { due } => Some(*due),
        Status::Claimed(claim) => Some(claim.expires_at + 1),
        Status::Delivered(_) => None,
        // Long after every test.
        Status::Finalized(_) => Some(u32::MAX),
    }
}
