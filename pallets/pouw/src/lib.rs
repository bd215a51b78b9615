#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod call_weights;
mod credit;
mod difficulty;
mod errors;
mod expiry;
mod feeless;
mod genesis;
#[cfg(not(feature = "upgrade-test"))]
mod layout;
#[cfg(test)]
mod mock;
mod money;
mod rules;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod types;
#[cfg(feature = "upgrade-test")]
pub mod upgrade_test;
#[cfg(feature = "upgrade-test")]
use upgrade_test as layout;
mod views;
pub mod weights;

pub use money::MACS_PER_WORK_FEE;
pub use pallet::*;
use types::{AccountOf, ClaimOf, DeliveryOf, StatusOf, TaskOf};
pub use views::TaskInfoOf;
pub use weights::WeightInfo;

use frame_support::traits::{fungible, OnUnbalanced};

/// What bounties, bonds and fees are counted in.
pub type BalanceOf<T> =
    <<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// The pallet as FRAME takes it: configuration, storage, calls, events, errors.
// The code that FRAME's macros generate expects what they have checked; ours, here, has no logic.
#[allow(clippy::expect_used, clippy::too_many_arguments)]
#[frame_support::pallet]
pub mod pallet {
    use alloc::vec::Vec;

    use bcai_pouw_primitives::{FraudProof, ParamSet, TaskId, TicketCertificate, U256};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_core::H256;
    use sp_runtime::{traits::BlockNumberProvider, Permill};

    use super::*;
    use rules::Order;
    use types::{Activity, CreditRecord, Sweep, TicketPlace};

    /// Version of the storage below.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(layout::VERSION);

    /// Proof of useful work.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Accounts and block hashes have 32 bytes, as the specification hashes them.
    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId: Into<[u8; 32]>, Hash: Into<[u8; 32]>>
    {
        /// What the times of tasks are counted in: the chain's blocks, but for those of a standstill.
        type BlockNumberProvider: BlockNumberProvider<BlockNumber = BlockNumberFor<Self>>;

        /// Whether the chain stands still: nobody can call, so that no time passes and nothing falls due.
        type StandsStill: Get<bool>;

        /// Where bounties and bonds are held and fees are burned.
        type Currency: fungible::Inspect<Self::AccountId>
            + fungible::Mutate<Self::AccountId>
            + fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>
            + fungible::hold::Balanced<Self::AccountId>;

        /// Where bonds go that their holders lose.
        type Slashed: OnUnbalanced<fungible::Credit<Self::AccountId, Self::Currency>>;

        /// The runtime's reasons for holds.
        type RuntimeHoldReason: From<HoldReason>;

        /// Weights of calls and hooks.
        type WeightInfo: WeightInfo;

        /// The least bounty, at least the existential deposit: it must be payable to anybody.
        type MinBounty: Get<BalanceOf<Self>>;

        /// Burned with every task.
        type PostingFee: Get<BalanceOf<Self>>;

        /// Burned with a task for every 2^30 multiply-accumulates of its product, begun ones counted.
        type WorkFee: Get<BalanceOf<Self>>;

        /// The least bond of a claim; more than zero.
        type MinBond: Get<BalanceOf<Self>>;

        /// The bond of a claim as a share of the bounty.
        type BondRate: Get<Permill>;

        /// What the challenger gets of a slashed bond; less than all of it, so that refuting oneself costs.
        type ChallengerShare: Get<Permill>;

        /// On hold while a worker's credit goes to another account.
        #[pallet::constant]
        type BeneficiaryDeposit: Get<BalanceOf<Self>>;

        /// The earliest deadline: this many blocks from the posting.
        type MinTaskDuration: Get<BlockNumberFor<Self>>;

        /// The latest deadline: this many blocks from the posting.
        type MaxTaskDuration: Get<BlockNumberFor<Self>>;

        /// Whoever has less than this to spend ends its own holds for free: more than the fee of such a call. Asked at every such call, since
        /// fees move.
        type FeeReserve: Get<BalanceOf<Self>>;

        /// Blocks that a claim lasts, unless the deadline comes first.
        type ClaimDuration: Get<BlockNumberFor<Self>>;

        /// Blocks after its delivery during which a result can be challenged; a delivery keeps the window that it began with.
        type ChallengeWindow: Get<BlockNumberFor<Self>>;

        /// Blocks that a finalised task is remembered.
        #[pallet::constant]
        type ResultRetention: Get<BlockNumberFor<Self>>;

        /// Blocks between two retargets.
        #[pallet::constant]
        type RetargetPeriod: Get<BlockNumberFor<Self>>;

        /// Tickets that a period should have, for each parameter set.
        type TicketsPerPeriod: Get<u32>;

        /// Leading zero bits of the smallest target that a retarget can reach; at most 96.
        #[pallet::constant]
        type HardestTargetBits: Get<u32>;

        /// Leading zero bits of the largest target that a retarget can reach.
        #[pallet::constant]
        type EasiestTargetBits: Get<u32>;

        /// Blocks after which work credit is halved.
        #[pallet::constant]
        type CreditHalfLife: Get<BlockNumberFor<Self>>;

        /// Tasks that a requester may have which are not finalised.
        type MaxTasksPerRequester: Get<u32>;

        /// Tasks that a worker may have claimed and not yet delivered.
        type MaxClaimsPerWorker: Get<u32>;

        /// Claims that a block may have; bounds the anchors that the next block writes.
        #[pallet::constant]
        type MaxClaimsPerBlock: Get<u32>;

        /// Winning tickets that a claim may submit.
        #[pallet::constant]
        type MaxTicketsPerTask: Get<u32>;

        /// Steps that one `on_idle` takes, at most.
        #[pallet::constant]
        type MaxIdleSteps: Get<u32>;
    }

    /// Why this pallet holds funds.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The bounty of a task, at its requester.
        #[codec(index = 0)]
        Bounty,
        /// The bond of a claim or of an undecided result, at its worker.
        #[codec(index = 1)]
        Bond,
        /// The deposit of a worker who named a beneficiary.
        #[codec(index = 2)]
        Beneficiary,
    }

    /// The number that the next task gets.
    #[pallet::storage]
    pub type NextTaskId<T> = StorageValue<_, TaskId, ValueQuery>;

    /// Tasks from their posting until their result is forgotten.
    #[pallet::storage]
    pub type Tasks<T> = StorageMap<_, layout::TaskHasher, TaskId, TaskOf<T>>;

    /// Tiles and slabs whose tickets were accepted, ascending, of claimed and delivered tasks only.
    #[pallet::storage]
    pub type Tickets<T: Config> = StorageMap<
        _,
        Twox64Concat,
        TaskId,
        BoundedVec<TicketPlace, T::MaxTicketsPerTask>,
        ValueQuery,
    >;

    /// Claims of this block, whose anchor is this block's hash: written by the next block.
    #[pallet::storage]
    pub type PendingAnchors<T: Config> =
        StorageValue<_, BoundedVec<TaskId, T::MaxClaimsPerBlock>, ValueQuery>;

    /// One entry for every task that isn't delivered, at the block from which on `on_idle` acts on it.
    #[pallet::storage]
    pub type Agenda<T> =
        StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, TaskId, (), OptionQuery>;

    /// The first block whose agenda may have entries.
    #[pallet::storage]
    pub type AgendaCursor<T> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

    /// Tasks of a requester that are not finalised. Absent at zero.
    #[pallet::storage]
    pub type TaskCount<T> = StorageMap<_, Blake2_128Concat, AccountOf<T>, u32, ValueQuery>;

    /// Tasks that a worker has claimed and not delivered. Absent at zero.
    #[pallet::storage]
    pub type ClaimCount<T> = StorageMap<_, Blake2_128Concat, AccountOf<T>, u32, ValueQuery>;

    /// Who gets a worker's credit, where that isn't the worker, and the deposit on hold for that.
    #[pallet::storage]
    pub type Beneficiaries<T> =
        StorageMap<_, Blake2_128Concat, AccountOf<T>, (AccountOf<T>, BalanceOf<T>)>;

    /// Work credit by account, as of its last change.
    #[pallet::storage]
    pub type WorkCredits<T> =
        StorageMap<_, layout::CreditHasher, AccountOf<T>, CreditRecord, ValueQuery>;

    /// Work credit of all accounts, as of its last change.
    #[pallet::storage]
    pub type TotalCredit<T> = StorageValue<_, CreditRecord, ValueQuery>;

    /// How far the removal of credit that the last halving made vanish has come.
    #[pallet::storage]
    pub type CreditSweep<T> = StorageValue<_, Sweep<AccountOf<T>>, ValueQuery>;

    /// The current target of each enabled parameter set.
    #[pallet::storage]
    pub type Targets<T> = StorageMap<_, Twox64Concat, ParamSet, U256>;

    /// Claims that ended in the running retarget period, and their tickets.
    #[pallet::storage]
    pub type PeriodActivity<T> = StorageMap<_, Twox64Concat, ParamSet, Activity, ValueQuery>;

    /// What differs from chain to chain.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// `(index of the set, leading zero bits of its first target)`.
        pub targets: Vec<(u8, u32)>,
        /// Which runtime's genesis this is.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            self.write();
        }
    }

    /// What happened, to the letter: whoever reads all events knows every task.
    #[allow(missing_docs)] // a variant says what it is about, and its fields have the names of calls and storage
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A task was posted; its bounty is on hold and `fee` was burned.
        TaskPosted {
            task: TaskId,
            requester: T::AccountId,
            set: ParamSet,
            m: u32,
            n: u32,
            slabs: u8,
            root_a: H256,
            root_b: H256,
            bounty: BalanceOf<T>,
            deadline: BlockNumberFor<T>,
            fee: BalanceOf<T>,
        },
        /// A task was claimed; tickets and the result are taken up to block `expires_at`.
        TaskClaimed {
            task: TaskId,
            worker: T::AccountId,
            bond: BalanceOf<T>,
            expires_at: BlockNumberFor<T>,
            target: U256,
        },
        /// A ticket won; its work, in multiply-accumulates, was added to the claim's pending credit.
        TicketAccepted {
            task: TaskId,
            worker: T::AccountId,
            i: u32,
            j: u32,
            l: u8,
            ticket: U256,
            work: u128,
        },
        /// A result was committed to; it can be challenged up to block `challenge_until`.
        ResultDelivered {
            task: TaskId,
            worker: T::AccountId,
            root_c: H256,
            challenge_until: BlockNumberFor<T>,
        },
        /// A result was proven wrong: the bond was slashed, its tickets are void, the task is open again.
        ResultRefuted {
            task: TaskId,
            worker: T::AccountId,
            challenger: T::AccountId,
            reward: BalanceOf<T>,
            forfeited: BalanceOf<T>,
        },
        /// A result stood: the bounty was paid, the bond released and the credit given.
        TaskFinalized {
            task: TaskId,
            worker: T::AccountId,
            beneficiary: T::AccountId,
            bounty: BalanceOf<T>,
            credit: u128,
        },
        /// A requester withdrew its task; the bounty was given back.
        TaskCancelled {
            task: TaskId,
            requester: T::AccountId,
            bounty: BalanceOf<T>,
        },
        /// A task's deadline passed without a result; the bounty was given back.
        TaskExpired {
            task: TaskId,
            requester: T::AccountId,
            bounty: BalanceOf<T>,
        },
        /// A claim ended without a result: its bond is forfeited, its tickets are void.
        ClaimExpired {
            task: TaskId,
            worker: T::AccountId,
            forfeited: BalanceOf<T>,
        },
        /// A finalised task was removed after its retention.
        ResultForgotten { task: TaskId },
        /// A worker named who gets its credit from now on; `None` is the worker itself.
        BeneficiarySet {
            worker: T::AccountId,
            beneficiary: Option<T::AccountId>,
        },
        /// A set's target was moved by the tickets of the period that ended.
        TargetAdjusted {
            set: ParamSet,
            old: U256,
            new: U256,
            tickets: u32,
        },
    }

    /// Why a call is refused: one for each check.
    #[pallet::error]
    pub enum Error<T> {
        /// A parameter set that this chain takes no tasks for.
        ParamSetNotEnabled,
        /// `m` of zero.
        NoRows,
        /// `m` above 2^20.
        TooManyRows,
        /// `m` that is not a multiple of 8.
        RowsOfNoStrip,
        /// `n` of zero.
        NoColumns,
        /// `n` above 2^20.
        TooManyColumns,
        /// `n` that is not a multiple of 8.
        ColumnsOfNoStrip,
        /// No slab.
        NoSlabs,
        /// More than 8 slabs.
        TooManySlabs,
        /// A bounty below `MinBounty`.
        BountyTooSmall,
        /// A deadline less than `MinTaskDuration` blocks away.
        DeadlineTooSoon,
        /// A deadline more than `MaxTaskDuration` blocks away.
        DeadlineTooLate,
        /// A requester that has `MaxTasksPerRequester` tasks already.
        TooManyTasks,
        /// No task number left.
        TaskIdsExhausted,
        /// Too little free balance for the posting fee.
        CannotPayPostingFee,
        /// Too little free balance for the bounty.
        CannotHoldBounty,
        /// Too little free balance for the bond.
        CannotHoldBond,
        /// A task that doesn't exist, or no longer.
        UnknownTask,
        /// A task that somebody has claimed already.
        TaskAlreadyClaimed,
        /// A task whose result is delivered already.
        TaskAlreadyDelivered,
        /// A task that is paid already.
        TaskAlreadyFinalized,
        /// A task that nobody has claimed.
        TaskNotClaimed,
        /// A task without a delivered result.
        TaskNotDelivered,
        /// A claim after the task's deadline.
        DeadlinePassed,
        /// A worker that has `MaxClaimsPerWorker` claims already.
        TooManyClaims,
        /// A block that has `MaxClaimsPerBlock` claims already; the next one may have room.
        TooManyClaimsInBlock,
        /// A sender who is not the task's worker.
        NotTheWorker,
        /// A sender who is not the task's requester.
        NotTheRequester,
        /// A claim made in this very block, whose hash nobody knows yet.
        AnchorNotKnown,
        /// A claim past its last block.
        ClaimLapsed,
        /// A tile that has earned a ticket in this slab already.
        TicketAlreadySubmitted,
        /// A claim that has `MaxTicketsPerTask` tickets already.
        TooManyTickets,
        /// A challenge after the window.
        ChallengeWindowClosed,
        /// A finalisation within the challenge window.
        ChallengeWindowOpen,
        /// A piece of A that hasn't `h * k` bytes, or a strip of A that hasn't as many in each slab.
        LengthOfA,
        /// A piece of Bt that hasn't `w * k` bytes, or a strip of Bt that hasn't as many in each slab.
        LengthOfB,
        /// A tile that hasn't `h * w` cells.
        TileLength,
        /// A strip `i` that A hasn't.
        RowOutOfBounds,
        /// A strip `j` that Bt hasn't.
        ColumnOutOfBounds,
        /// A slab `l` that the task hasn't.
        SlabOutOfBounds,
        /// A path of A of another length than its piece or strip has.
        PathALength,
        /// A path of Bt of another length than its piece or strip has.
        PathBLength,
        /// A path of C of another length than the tile has.
        PathCLength,
        /// A piece of A with a value outside of `[-64, 64]`.
        ValueOfA,
        /// A piece of Bt with a value outside of `[-64, 64]`.
        ValueOfB,
        /// A piece or strip of A that isn't under the task's root.
        PathA,
        /// A piece or strip of Bt that isn't under the task's root.
        PathB,
        /// A tile that isn't under the delivered root.
        PathC,
        /// A ticket above the claim's target.
        TicketAboveTarget,
        /// A fraud proof of a tile that is right.
        ResultIsCorrect,
        /// Too little free balance for the deposit of a beneficiary.
        CannotHoldDeposit,
        /// A posting fee above the most that its sender would pay.
        PostingFeeAboveMax,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            let anchors = T::WeightInfo::on_initialize_anchors(Self::record_anchors());
            // Who couldn't submit says nothing about the target.
            if !Self::is_period_start(now) || T::StandsStill::get() {
                return anchors;
            }
            Self::retarget_all();
            anchors.saturating_add(T::WeightInfo::on_initialize_retarget())
        }

        fn on_idle(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::take_idle_steps(now, remaining)
        }

        fn integrity_test() {
            let wrong = Self::check_config().err();
            assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    /// Every call is signed. Errors leave the state as it was, and the sender pays the fee. Calls that are free when they succeed are
    /// so only by themselves: a proxy, batch or multisig around them keeps its fee. So are the calls that are free for an account with
    /// less than `FeeReserve` to spend.
    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Posts a task: A is `m x K`, Bt is `n x K` with `K = slabs * k`, committed to by `root_a` and `root_b`. Puts `bounty` on hold and
        /// burns the posting fee, at most `max_fee` of it: it grows with the product of all three dimensions.
        ///
        /// `deadline` is the last block in which the result is taken. Event: [`Event::TaskPosted`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::post_task())]
        #[allow(clippy::too_many_arguments)]
        pub fn post_task(
            origin: OriginFor<T>,
            param_set: ParamSet,
            m: u32,
            n: u32,
            slabs: u8,
            root_a: H256,
            root_b: H256,
            bounty: BalanceOf<T>,
            deadline: BlockNumberFor<T>,
            max_fee: BalanceOf<T>,
        ) -> DispatchResult {
            let requester = ensure_signed(origin)?;
            let order = Order {
                set: param_set,
                m,
                n,
                slabs,
                root_a,
                root_b,
                bounty,
                deadline,
                max_fee,
            };
            Self::do_post_task(requester, order)
        }

        /// Claims an open task and puts the bond on hold. The anchor is this block's hash, so work starts with the next block; a claim in
        /// the deadline's own block therefore can't be delivered.
        ///
        /// Event: [`Event::TaskClaimed`].
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::claim_task())]
        pub fn claim_task(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_claim_task(worker, task)
        }

        /// Shows a tile of a claimed task whose ticket wins in one slab. Free when it wins.
        ///
        /// Event: [`Event::TicketAccepted`].
        #[pallet::call_index(2)]
        #[pallet::weight(Pallet::<T>::weight_of_ticket(certificate))]
        pub fn submit_ticket(
            origin: OriginFor<T>,
            certificate: TicketCertificate,
        ) -> DispatchResultWithPostInfo {
            let worker = ensure_signed(origin)?;
            Self::do_submit_ticket(worker, certificate)?;
            Ok(Pays::No.into())
        }

        /// Commits to the tiles of C and opens the challenge window. Whoever delivers must let others fetch C. Free for a worker who has less
        /// than `FeeReserve` to spend.
        ///
        /// Event: [`Event::ResultDelivered`].
        #[pallet::call_index(3)]
        #[pallet::feeless_if(|origin: &OriginFor<T>, task: &TaskId, _root_c: &H256| -> bool {
            Pallet::<T>::delivers_for_free(origin, *task)
        })]
        #[pallet::weight(T::WeightInfo::submit_result())]
        pub fn submit_result(origin: OriginFor<T>, task: TaskId, root_c: H256) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_submit_result(worker, task, root_c)
        }

        /// Shows a tile of a delivered result that is not the product of its strips. Free when it holds.
        ///
        /// Event: [`Event::ResultRefuted`].
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::weight_of_challenge(fraud_proof))]
        pub fn challenge_result(
            origin: OriginFor<T>,
            fraud_proof: FraudProof,
        ) -> DispatchResultWithPostInfo {
            let challenger = ensure_signed(origin)?;
            Self::do_challenge_result(challenger, fraud_proof)?;
            Ok(Pays::No.into())
        }

        /// Pays the worker of a result that stood its challenge window. Anybody may; free when it succeeds, and for whoever has less than
        /// `FeeReserve` to spend without laying out the fee.
        ///
        /// Event: [`Event::TaskFinalized`].
        #[pallet::call_index(5)]
        #[pallet::feeless_if(|origin: &OriginFor<T>, task: &TaskId| -> bool {
            Pallet::<T>::finalizes_for_free(origin, *task)
        })]
        #[pallet::weight(T::WeightInfo::finalize_task())]
        pub fn finalize_task(origin: OriginFor<T>, task: TaskId) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            Self::do_finalize_task(task)?;
            Ok(Pays::No.into())
        }

        /// Withdraws an open task of the sender. The posting fee stays burned. Free for a requester who has less than `FeeReserve` to spend.
        ///
        /// Event: [`Event::TaskCancelled`].
        #[pallet::call_index(6)]
        #[pallet::feeless_if(|origin: &OriginFor<T>, task: &TaskId| -> bool {
            Pallet::<T>::cancels_for_free(origin, *task)
        })]
        #[pallet::weight(T::WeightInfo::cancel_task())]
        pub fn cancel_task(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
            let requester = ensure_signed(origin)?;
            Self::do_cancel_task(requester, task)
        }

        /// Names who gets the credit of the sender's tasks from their next finalisation on; `None` is the sender itself. Another account
        /// takes a deposit, which comes back with `None`: free for a worker who has less than `FeeReserve` to spend.
        ///
        /// Event: [`Event::BeneficiarySet`].
        #[pallet::call_index(7)]
        #[pallet::feeless_if(|origin: &OriginFor<T>, beneficiary: &Option<T::AccountId>| -> bool {
            Pallet::<T>::unsets_beneficiary_for_free(origin, beneficiary)
        })]
        #[pallet::weight(T::WeightInfo::set_beneficiary())]
        pub fn set_beneficiary(
            origin: OriginFor<T>,
            beneficiary: Option<T::AccountId>,
        ) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            Self::do_set_beneficiary(worker, beneficiary)
        }

        /// Does nothing but to tell whether there is such a task: a call that only the next release has.
        #[cfg(feature = "upgrade-test")]
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::agenda_advance())]
        pub fn touch_task(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Tasks::<T>::contains_key(task), Error::<T>::UnknownTask);
            Ok(())
        }
    }
}
