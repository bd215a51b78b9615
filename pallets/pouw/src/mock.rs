//! A runtime of three pallets and a freeze, small enough that every limit can be reached by a test.

use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
    weights::{constants::ParityDbWeight, Weight},
};
use sp_core::H256;
use sp_runtime::{
    traits::{BlakeTwo256, BlockNumberProvider, Hash, IdentityLookup},
    AccountId32, BuildStorage, Permill,
};

pub use crate as pallet_pouw;

pub type AccountId = AccountId32;
pub type Balance = u128;
type Block = frame_system::mocking::MockBlock<Test>;

pub const REQUESTER: AccountId = AccountId32::new([1; 32]);
pub const WORKER: AccountId = AccountId32::new([2; 32]);
pub const CHALLENGER: AccountId = AccountId32::new([3; 32]);
pub const OTHER: AccountId = AccountId32::new([4; 32]);
pub const POOR: AccountId = AccountId32::new([5; 32]);

/// What every account but [`POOR`] starts with.
pub const ENDOWMENT: Balance = 1_000_000;
pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// Winning tickets that a claim may submit: few, so that tests reach it.
pub const TICKETS: u32 = 3;

/// Blocks in which a result can be challenged, unless a test says otherwise.
pub const WINDOW: u64 = 8;
pub const IDLE: Weight = Weight::MAX;

/// Something else that freezes balances, as governance does with votes.
#[frame_support::pallet]
pub mod freeze {
    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::composite_enum]
    pub enum FreezeReason {
        Everything,
    }
}

#[frame_support::runtime]
mod runtime {
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
    #[runtime::pallet_index(7)]
    pub type Freeze = freeze;
    #[runtime::pallet_index(40)]
    pub type Pouw = pallet_pouw;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = Block;
    type AccountData = pallet_balances::AccountData<Balance>;
    type DbWeight = ParityDbWeight;
}

pub type Weights = pallet_pouw::weights::SubstrateWeight<Test>;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type AccountStore = System;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = ConstU32<1>;
}

impl freeze::Config for Test {}

/// What votes may set, as the runtime's parameters, and how every test begins with these values.
macro_rules! votable {
    ($($name:ident: $type:ty = $usual:expr;)*) => {
        parameter_types! { $(pub static $name: $type = $usual;)* }

        /// Undoes what a test before this one on the same thread has set.
        fn begin_as_usual() {
            Stood::set(0);
            StandsStill::set(false);
            $($name::set($usual);)*
        }
    };
}

votable! {
    MinBounty: Balance = 100;
    PostingFee: Balance = 11;
    WorkFee: Balance = 7;
    MinBond: Balance = 50;
    BondRate: Permill = Permill::from_percent(20);
    ChallengerShare: Permill = Permill::from_percent(30);
    MinTaskDuration: u64 = 5;
    ClaimDuration: u64 = 10;
    TicketsPerPeriod: u32 = 4;
    MaxTasksPerRequester: u32 = 4;
    MaxClaimsPerWorker: u32 = 2;
}

parameter_types! {
    /// [`ExtBuilder::challenge_window`] sets another.
    pub static ChallengeWindow: u64 = WINDOW;
    /// [`ExtBuilder::tickets`] sets another.
    pub static MaxTicketsPerTask: u32 = TICKETS;
    /// Blocks that [`stand_still`] has let pass.
    pub static Stood: u64 = 0;
    pub static StandsStill: bool = false;
}

/// The blocks in which the chain didn't stand still.
pub struct Clock;

impl BlockNumberProvider for Clock {
    type BlockNumber = u64;

    fn current_block_number() -> u64 {
        System::block_number() - Stood::get()
    }
}

impl crate::Config for Test {
    type BlockNumberProvider = Clock;
    type StandsStill = StandsStill;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = Weights;
    type MinBounty = MinBounty;
    type PostingFee = PostingFee;
    type WorkFee = WorkFee;
    type MinBond = MinBond;
    type BondRate = BondRate;
    type ChallengerShare = ChallengerShare;
    type BeneficiaryDeposit = ConstU128<13>;
    type FeeReserve = ConstU128<5>;
    type MinTaskDuration = MinTaskDuration;
    type MaxTaskDuration = ConstU64<100>;
    type ClaimDuration = ClaimDuration;
    type ChallengeWindow = ChallengeWindow;
    type Slashed = ();
    type ResultRetention = ConstU64<20>;
    type RetargetPeriod = ConstU64<50>;
    type TicketsPerPeriod = TicketsPerPeriod;
    type HardestTargetBits = ConstU32<96>;
    type EasiestTargetBits = ConstU32<0>;
    type CreditHalfLife = ConstU64<100>;
    type MaxTasksPerRequester = MaxTasksPerRequester;
    type MaxClaimsPerWorker = MaxClaimsPerWorker;
    type MaxClaimsPerBlock = ConstU32<3>;
    type MaxTicketsPerTask = MaxTicketsPerTask;
    type MaxIdleSteps = ConstU32<16>;
}

/// The storage of block 1, with set 0 enabled at a target that every ticket meets.
pub struct ExtBuilder {
    targets: Vec<(u8, u32)>,
    challenge_window: u64,
    tickets: u32,
}

impl Default for ExtBuilder {
    fn default() -> Self {
        Self {
            targets: vec![(0, 0)],
            challenge_window: WINDOW,
            tickets: TICKETS,
        }
    }
}

impl ExtBuilder {
    pub fn targets(mut self, targets: Vec<(u8, u32)>) -> Self {
        self.targets = targets;
        self
    }

    pub fn challenge_window(mut self, blocks: u64) -> Self {
        self.challenge_window = blocks;
        self
    }

    /// Winning tickets that a claim may submit.
    pub fn tickets(mut self, most: u32) -> Self {
        self.tickets = most;
        self
    }

    pub fn build(self) -> sp_io::TestExternalities {
        MaxTicketsPerTask::set(self.tickets);
        ChallengeWindow::set(self.challenge_window);
        begin_as_usual();
        let storage = RuntimeGenesisConfig {
            system: Default::default(),
            balances: pallet_balances::GenesisConfig {
                balances: [REQUESTER, WORKER, CHALLENGER, OTHER]
                    .into_iter()
                    .map(|who| (who, ENDOWMENT))
                    .collect(),
                ..Default::default()
            },
            pouw: pallet_pouw::GenesisConfig {
                targets: self.targets,
                ..Default::default()
            },
        }
        .build_storage()
        .unwrap();
        let mut ext = sp_io::TestExternalities::new(storage);
        ext.execute_with(start_block);
        ext
    }

    /// Runs a test in block 1, then checks every invariant.
    pub fn build_and_execute(self, test: impl FnOnce()) {
        self.build().execute_with(|| {
            test();
            Pouw::do_try_state().unwrap();
        })
    }
}

/// Runs a test on the default storage, then checks every invariant.
pub fn build_and_execute(test: impl FnOnce()) {
    ExtBuilder::default().build_and_execute(test)
}

pub fn hash_of_block(number: u64) -> H256 {
    BlakeTwo256::hash(&("block", number).encode())
}

fn start_block() {
    let parent = System::block_number();
    let now = parent + 1;
    System::reset_events();
    System::initialize(&now, &hash_of_block(parent), &Default::default());
    let weight = Pouw::on_initialize(now);
    assert!(weight.ref_time() > 0);
}

/// Ends this block with a full `on_idle` and starts the next.
pub fn next_block() {
    Pouw::on_idle(System::block_number(), IDLE);
    start_block();
}

/// Goes to the start of block `number`: the idle time of the blocks before it is used, its own isn't yet.
pub fn to_block(number: u64) {
    while System::block_number() < number {
        next_block();
    }
    assert_eq!(System::block_number(), number);
}

/// Lets so many blocks pass in which nobody can call, and begins the next.
pub fn stand_still(blocks: u64) {
    StandsStill::set(true);
    for _ in 0..blocks {
        Pouw::on_idle(System::block_number(), IDLE);
        Stood::mutate(|stood| *stood += 1);
        start_block();
    }
    StandsStill::set(false);
}

/// This block's idle time; returns the pallet's events of the block so far.
pub fn idle() -> Vec<crate::Event<Test>> {
    Pouw::on_idle(System::block_number(), IDLE);
    events()
}

/// The pallet's events of this block.
pub fn events() -> Vec<crate::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Pouw(event) => Some(event),
            _ => None,
        })
        .collect()
}

pub fn last_event() -> crate::Event<Test> {
    events().pop().expect("the pallet deposited an event")
}
