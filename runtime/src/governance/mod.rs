//! Who decides about the chain itself: token holders by referenda, with a technical committee that can speed them up, never replace them.
//!
//! | file | topic |
//! |---|---|
//! | [`origins`] | what a referendum can speak as beside root, and whether this chain votes in seconds |
//! | [`tracks`] | what a referendum of each origin takes |
//! | [`parameters`] | what is tuned by a vote instead of an upgrade, within which bounds |
//! | [`treasury`] | income and spending |
//! | [`upgrades`] | migrations of several blocks, and what happens when one fails |
//! | [`standstill`] | the time that doesn't count for those who couldn't call |
//!
//! Invariants:
//!
//! - Root is reached by a referendum only: of track 0, or of track 1 with a call that two thirds of the committee have whitelisted.
//! - Periods of seconds exist only on a chain whose genesis gives funds to a development key: [`check`] refuses them elsewhere.
//! - Whatever values a vote may set, the pallets' own checks of their configuration hold: bounds are independent of each other, and a test
//!   walks their corners.

pub mod origins;
pub mod parameters;
pub mod standstill;
pub mod tracks;
pub mod treasury;
pub mod upgrades;

use alloc::{format, string::String, vec::Vec};
use frame_support::{
    parameter_types,
    traits::{ConstU32, EitherOf, Get},
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureSigned};
use sp_keyring::Sr25519Keyring;

use crate::{
    address,
    constants::{
        money::BCAI,
        time::{blocks_in, DAYS},
    },
    system::Weights,
    AccountId, Balance, Balances, BalancesConfig, Preimage, Referenda, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeGenesisConfig, RuntimeOrigin, Scheduler, System, Treasury,
};

pub use origins::Origin;
use tracks::{Period, Tracks};

/// The committee as an instance of its pallet.
pub type TechnicalCollective = pallet_collective::Instance1;

/// Referenda are looked at in blocks that are multiples of this. What they enact comes in other blocks (a test of [`tracks`] shows it),
/// so that nobody can fill such a block with alarms of referenda of its own, and keep out what was decided.
pub type AlarmInterval = Period<5, 2>;

/// Two thirds of the committee.
pub type TwoThirdsOfCommittee =
    pallet_collective::EnsureProportionAtLeast<AccountId, TechnicalCollective, 2, 3>;

impl origins::Config for Runtime {}

impl standstill::Config for Runtime {
    type StandsStill = standstill::StandsStill;
}

parameter_types! {
    pub const SubmissionDeposit: Balance = 10 * BCAI;
    pub MaxCommitteeCall: Weight = Weights::get().max_block.saturating_div(2);
}

impl pallet_referenda::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = frame_support::traits::AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
    type CancelOrigin = EitherOf<EnsureRoot<AccountId>, origins::ReferendumCanceller>;
    type KillOrigin = EitherOf<EnsureRoot<AccountId>, origins::ReferendumKiller>;
    type Slash = Treasury;
    type Votes = Balance;
    type Tally = pallet_conviction_voting::TallyOf<Runtime>;
    type SubmissionDeposit = SubmissionDeposit;
    type MaxQueued = ConstU32<100>;
    type UndecidingTimeout = Period<{ 14 * DAYS }, { blocks_in(120) }>;
    type AlarmInterval = AlarmInterval;
    type Tracks = Tracks;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_conviction_voting::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_conviction_voting::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type Polls = Referenda;
    type MaxTurnout =
        frame_support::traits::tokens::currency::ActiveIssuanceOf<Balances, AccountId>;
    type MaxVotes = ConstU32<512>;
    // As long as the longest enactment takes, so that whoever voted for something is there when it comes.
    type VoteLockingPeriod = Period<{ 7 * DAYS }, { blocks_in(10) }>;
    type BlockNumberProvider = System;
    type VotingHooks = ();
}

impl pallet_whitelist::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WhitelistOrigin = EitherOf<EnsureRoot<AccountId>, TwoThirdsOfCommittee>;
    type DispatchWhitelistedOrigin = EitherOf<EnsureRoot<AccountId>, origins::WhitelistedCaller>;
    type Preimages = Preimage;
    type DeferredDispatchExpiration = Period<{ 14 * DAYS }, { blocks_in(120) }>;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_whitelist::weights::SubstrateWeight<Runtime>;
}

impl pallet_collective::Config<TechnicalCollective> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = Period<{ 5 * DAYS }, { blocks_in(60) }>;
    type MaxProposals = ConstU32<16>;
    type MaxMembers = ConstU32<32>;
    type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type MaxProposalWeight = MaxCommitteeCall;
    type DisapproveOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    type Consideration = ();
}

/// What a proxy may do that votes for somebody.
pub fn allowed(call: &RuntimeCall) -> bool {
    use RuntimeCall::*;
    matches!(
        call,
        Preimage(_) | ConvictionVoting(_) | Referenda(_) | Whitelist(_) | TechnicalCommittee(_)
    )
}

/// Of the presets: development keys vote in seconds, and three of them are the committee.
pub fn committee() -> crate::TechnicalCommitteeConfig {
    use Sr25519Keyring::{Alice, Bob, Charlie};
    crate::TechnicalCommitteeConfig {
        members: [Alice, Bob, Charlie]
            .map(|key| key.to_account_id())
            .to_vec(),
        ..Default::default()
    }
}

/// Errors: a genesis that would let a live chain vote in seconds, or a committee that it can't have, in one line.
pub fn check(genesis: &RuntimeGenesisConfig) -> Result<(), String> {
    if genesis.origins.fast_periods && !has_development_key(&genesis.balances) {
        return Err(
            "origins.fastPeriods: periods of seconds are for chains that give funds to development keys, and this one gives none"
                .into(),
        );
    }
    for (name, value) in &genesis.origins.parameters {
        parameters::named(name, *value)
            .map_err(|error| format!("origins.parameters.{name}: {error}"))?;
    }
    let members = &genesis.technical_committee.members;
    let most: u32 = <Runtime as pallet_collective::Config<TechnicalCollective>>::MaxMembers::get();
    if members.len() > most as usize {
        return Err(format!(
            "technicalCommittee.members: {} are too many, at most {most} can be",
            members.len()
        ));
    }
    let mut seen = Vec::new();
    for (at, member) in members.iter().enumerate() {
        if seen.contains(&member) {
            let member = address(member);
            return Err(format!(
                "technicalCommittee.members[{at}]: {member} is given twice"
            ));
        }
        seen.push(member);
    }
    Ok(())
}

/// Whether anybody can spend some of the genesis' funds: development keys are in every copy of the SDK.
fn has_development_key(genesis: &BalancesConfig) -> bool {
    let known: Vec<AccountId> = Sr25519Keyring::well_known()
        .map(|key| key.to_account_id())
        .collect();
    genesis.balances.iter().any(|(who, _)| known.contains(who))
}
