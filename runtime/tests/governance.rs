//! Who decides: tracks, parameters within bounds, the treasury's income, the committee, and what is left to do in the safe mode.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/chain.rs"]
mod chain;

use bcai_runtime::{
    governance::{
        self, origins,
        parameters::{self, RuntimeParameters},
        standstill::StandsStill,
        tracks::{self, Tracks},
        upgrades::OnlyGovernance,
        Origin,
    },
    pouw, Balance, Balances, ConvictionVoting, Migrations, OriginCaller, Origins, Parameters, Pouw,
    Referenda, Runtime, RuntimeCall, RuntimeOrigin, SafeMode, Standstill, System,
    TechnicalCommittee, Treasury, Whitelist, BCAI, DAYS, HOURS, MINUTES,
};
use chain::{account, apply, free, run, to_block, transaction, ENDOWMENT};
use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    dispatch::{DispatchResult, GetDispatchInfo},
    migrations::FailedMigrationHandler,
    traits::{dynamic_params::AggregatedKeyValue, fungible::Mutate, Get, Hooks, PalletInfoAccess},
    weights::Weight,
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::TracksInfo;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::{
    traits::{BlakeTwo256, BlockNumberProvider, Dispatchable, Hash},
    DispatchError, Permill,
};

const ORIGINS: [Origin; 9] = [
    Origin::WhitelistedCaller,
    Origin::PouwParameters,
    Origin::ConsensusParameters,
    Origin::StorageParameters,
    Origin::PermissionsAdmin,
    Origin::TreasurySmall,
    Origin::TreasuryBig,
    Origin::ReferendumCanceller,
    Origin::ReferendumKiller,
];

#[test]
fn pallet_indices_and_origins_are_pinned() {
    let indices = [
        (Parameters::index(), 25),
        (Migrations::index(), 26),
        (SafeMode::index(), 27),
        (Standstill::index(), 28),
        (Treasury::index(), 30),
        (ConvictionVoting::index(), 31),
        (Referenda::index(), 32),
        (Origins::index(), 33),
        (Whitelist::index(), 34),
        (TechnicalCommittee::index(), 35),
    ];
    for (index, pinned) in indices {
        assert_eq!(index, pinned);
    }
    for (number, origin) in ORIGINS.into_iter().enumerate() {
        assert_eq!(OriginCaller::Origins(origin).encode(), [33, number as u8]);
    }
}

#[test]
fn every_origin_has_a_track_of_its_own() {
    run(|| {
        assert_ok!(Tracks::check_integrity());
        let of = |origin: Origin| Tracks::track_for(&OriginCaller::Origins(origin)).unwrap();
        let mut ids: Vec<u16> = ORIGINS.into_iter().map(of).collect();
        ids.push(Tracks::track_for(&frame_system::RawOrigin::Root.into()).unwrap());
        ids.sort();
        ids.dedup();
        assert_eq!(ids, Tracks::track_ids().collect::<Vec<_>>());
        let signed = frame_system::RawOrigin::Signed(account(Alice)).into();
        assert_eq!(Tracks::track_for(&signed), Err(()));
    });
}

#[test]
fn periods_are_days_unless_the_genesis_says_seconds() {
    run(|| {
        assert!(tracks::is_fast());
        for track in Tracks::tracks() {
            let info = &track.info;
            let all = info.prepare_period + info.decision_period + info.confirm_period;
            assert!(all + info.min_enactment_period < 2 * MINUTES);
        }
        origins::FastPeriods::<Runtime>::kill();
        for track in Tracks::tracks() {
            let info = &track.info;
            assert!(info.decision_period >= 7 * DAYS, "{}", track.id);
            assert!(info.min_enactment_period >= 10 * MINUTES, "{}", track.id);
        }
        let root = Tracks::info(0).unwrap();
        assert_eq!(root.decision_period, 14 * DAYS);
        assert_eq!(root.prepare_period, 2 * HOURS);
        // Whoever votes with a lock is there when the longest enactment comes.
        let lock = <Runtime as pallet_conviction_voting::Config>::VoteLockingPeriod::get();
        assert!(Tracks::tracks().all(|track| track.info.min_enactment_period <= lock));
    });
}

fn set(parameter: RuntimeParameters) -> RuntimeCall {
    let key_value = parameter;
    RuntimeCall::Parameters(pallet_parameters::Call::set_parameter { key_value })
}

fn by(origin: impl Into<RuntimeOrigin>, call: RuntimeCall) -> DispatchResult {
    call.dispatch(origin.into())
        .map(drop)
        .map_err(|refused| refused.error)
}

fn named(name: &str, value: u128) -> RuntimeParameters {
    parameters::named(name, value).unwrap()
}

const FILTERED: DispatchError = DispatchError::Module(sp_runtime::ModuleError {
    index: 0,
    error: [5, 0, 0, 0],
    message: Some("CallFiltered"),
});

#[test]
fn a_parameter_is_set_by_its_own_track_and_by_nobody_else() {
    run(|| {
        let call = set(named("pouw.PostingFee", 7 * BCAI));
        assert_ok!(by(Origin::PouwParameters, call.clone()));
        let fee: Balance = pouw::PostingFee::get();
        assert_eq!(fee, 7 * BCAI);
        // In the product of one task: 1 unit of WorkFee beside it.
        let quoted = Pouw::posting_fee(bcai_pouw_primitives::ParamSet::Set0, 8, 8, 1).unwrap();
        assert_eq!(quoted, 7 * BCAI + bcai_runtime::MILLI);

        for origin in ORIGINS.into_iter().filter(|o| *o != Origin::PouwParameters) {
            assert_noop!(by(origin, call.clone()), DispatchError::BadOrigin);
        }
        let signed = RuntimeOrigin::signed(account(Alice));
        assert_noop!(by(signed, call.clone()), DispatchError::BadOrigin);
        // Nothing filters root, so root speaks as the track if it must.
        assert_noop!(by(RuntimeOrigin::root(), call), DispatchError::BadOrigin);
        // Back to what the code says.
        let unset = pouw::pouw::Parameters::PostingFee(pouw::pouw::PostingFee, None);
        assert_ok!(by(
            Origin::PouwParameters,
            set(RuntimeParameters::Pouw(unset))
        ));
        let fee: Balance = pouw::PostingFee::get();
        assert_eq!(fee, 100 * bcai_runtime::MILLI);
    });
}

/// A share that would make refuting oneself free.
fn all_of_it() -> RuntimeParameters {
    let share = Some(Permill::one());
    let parameter = pouw::pouw::Parameters::ChallengerShare(pouw::pouw::ChallengerShare, share);
    RuntimeParameters::Pouw(parameter)
}

#[test]
fn a_value_out_of_its_bounds_is_refused_however_it_is_wrapped() {
    run(|| {
        assert_eq!(
            parameters::check(&all_of_it()).unwrap_err(),
            "pouw.ChallengerShare is 100%, which must be in 10%..=90%"
        );
        let call = set(all_of_it());
        assert_noop!(by(Origin::PouwParameters, call.clone()), FILTERED);
        let calls = vec![call.clone()];
        let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls });
        let refused = by(Origin::PouwParameters, batch);
        assert_eq!(refused, Err(FILTERED));
        let share = || -> Permill { pouw::ChallengerShare::get() };
        assert_eq!(share(), Permill::from_percent(50));
        // Root speaks as whom it wants, past every filter: what counts is the nearest bound.
        let as_origin = Box::new(OriginCaller::Origins(Origin::PouwParameters));
        let call = Box::new(call);
        let dispatch = RuntimeCall::Utility(pallet_utility::Call::dispatch_as { as_origin, call });
        assert_ok!(by(RuntimeOrigin::root(), dispatch));
        assert_eq!(share(), Permill::from_percent(90));
        assert_eq!(Pouw::check_config(), Ok(()));
    });
}

#[test]
fn no_legal_parameters_contradict_each_other() {
    run(|| {
        let bounds = pouw::parameter_bounds();
        let default = Pouw::check_config();
        assert_eq!(default, Ok(()));
        // Every corner; the checks hold between them, since each compares two values or one with a constant.
        for corner in 0..1u32 << bounds.len() {
            for (at, ends) in bounds.iter().enumerate() {
                let parameter = ends[usize::from(corner >> at & 1 == 1)].clone();
                let parameter = RuntimeParameters::Pouw(parameter);
                assert_ok!(parameters::check(&parameter));
                let (key, value) = parameter.into_parts();
                pallet_parameters::Parameters::<Runtime>::set(key, value);
            }
            assert_eq!(Pouw::check_config(), Ok(()), "corner {corner:b}");
        }
        // A result is remembered for at least as long as it could be challenged.
        let retention = <Runtime as pallet_pouw::Config>::ResultRetention::get();
        assert_ok!(parameters::named("pouw.ChallengeWindow", retention.into()));
        assert!(parameters::named("pouw.ChallengeWindow", u128::from(retention) + 1).is_err());
    });
}

#[test]
fn half_of_a_fee_is_the_treasurys_and_half_is_burned() {
    run(|| {
        let (pot, issued) = (treasury(), Balances::total_issuance());
        let remark = frame_system::Call::remark {
            remark: vec![0; 1_000],
        };
        assert_ok!(apply(transaction(Alice, remark)).unwrap());
        let fee = ENDOWMENT - free(Alice);
        assert!(fee > 0);
        assert_eq!(treasury() - pot, fee / 2);
        assert_eq!(issued - Balances::total_issuance(), fee - fee / 2);
    });
}

#[test]
fn half_of_a_slashed_bond_is_the_treasurys() {
    use bcai_pouw_primitives::ParamSet;
    run(|| {
        let post = pallet_pouw::Call::post_task {
            param_set: ParamSet::Set0,
            m: 8,
            n: 8,
            slabs: 1,
            root_a: Default::default(),
            root_b: Default::default(),
            bounty: 20 * BCAI,
            deadline: 200,
            max_fee: BCAI,
        };
        assert_ok!(by(RuntimeOrigin::signed(account(Alice)), post.into()));
        let claim = pallet_pouw::Call::claim_task { task: 0 };
        assert_ok!(by(RuntimeOrigin::signed(account(Bob)), claim.into()));
        let (pot, issued) = (treasury(), Balances::total_issuance());
        for number in 2..=202 {
            to_block(number);
            Pouw::on_idle(number, Weight::MAX);
        }
        // The bond of a tenth.
        assert_eq!(treasury() - pot, BCAI);
        assert_eq!(issued - Balances::total_issuance(), BCAI);
    });
}

fn treasury() -> Balance {
    Balances::free_balance(Treasury::account_id())
}

#[test]
fn a_spend_takes_what_its_track_may_and_no_more() {
    run(|| {
        let spend = |amount| {
            RuntimeCall::Treasury(pallet_treasury::Call::spend {
                asset_kind: Box::new(()),
                amount,
                beneficiary: Box::new(account(Dave)),
                valid_from: None,
            })
        };
        assert_noop!(
            by(Origin::TreasurySmall, spend(1_000 * BCAI + 1)),
            pallet_treasury::Error::<Runtime>::InsufficientPermission
        );
        assert_ok!(by(Origin::TreasurySmall, spend(1_000 * BCAI)));
        assert_noop!(
            by(Origin::TreasuryBig, spend(100_000 * BCAI + 1)),
            pallet_treasury::Error::<Runtime>::InsufficientPermission
        );
        assert_noop!(
            by(RuntimeOrigin::signed(account(Alice)), spend(1)),
            DispatchError::BadOrigin
        );
    });
}

/// Proposes a call on a chain that votes in seconds, votes for it with nearly all that three accounts have, and waits for its end.
fn vote_through(origin: OriginCaller, call: RuntimeCall) {
    origins::FastPeriods::<Runtime>::put(true);
    assert_ok!(Balances::mint_into(&account(Alice), 10_000 * BCAI));
    let proposal = frame_support::traits::Bounded::Inline(call.encode().try_into().unwrap());
    let index = pallet_referenda::ReferendumCount::<Runtime>::get();
    let submit = pallet_referenda::Call::submit {
        proposal_origin: Box::new(origin),
        proposal,
        enactment_moment: frame_support::traits::schedule::DispatchTime::After(0),
    };
    assert_ok!(apply(transaction(Alice, submit)).unwrap());
    for who in [Alice, Bob, Charlie] {
        let vote = pallet_conviction_voting::Call::vote {
            poll_index: index,
            vote: AccountVote::Standard {
                vote: Vote {
                    aye: true,
                    conviction: Conviction::Locked1x,
                },
                balance: 900 * BCAI,
            },
        };
        assert_ok!(apply(transaction(who, vote)).unwrap());
    }
    let deposit = pallet_referenda::Call::place_decision_deposit { index };
    assert_ok!(apply(transaction(Alice, deposit)).unwrap());
    to_block(System::block_number() + 120);
}

#[test]
fn in_the_safe_mode_token_holders_decide_and_nothing_else_happens() {
    run(|| {
        let transfer = |who: Sr25519Keyring| pallet_balances::Call::transfer_keep_alive {
            dest: account(Dave).into(),
            value: who as u128 + BCAI,
        };
        assert_ok!(apply(transaction(Bob, transfer(Bob))).unwrap());
        // As if a migration had failed.
        assert_eq!(
            OnlyGovernance::failed(None),
            frame_support::migrations::FailedMigrationHandling::ForceUnstuck
        );
        let refused = apply(transaction(Bob, transfer(Bob))).unwrap();
        assert_eq!(refused, Err(FILTERED));
        let exit = RuntimeCall::SafeMode(pallet_safe_mode::Call::force_exit {});
        vote_through(frame_system::RawOrigin::Root.into(), exit);
        assert!(!SafeMode::is_entered());
        assert_ok!(apply(transaction(Bob, transfer(Bob))).unwrap());
    });
}

#[test]
fn in_the_safe_mode_no_time_passes_for_tasks() {
    run(|| {
        let clock = Standstill::current_block_number;
        let root = || RuntimeOrigin::root();
        to_block(5);
        assert_eq!(clock(), 5);
        assert_ok!(SafeMode::force_enter(root()));
        assert!(StandsStill::get());
        // From the next block on.
        for block in [6, 7, 20] {
            to_block(block);
            assert_eq!(clock(), 6, "block {block}");
        }
        assert_ok!(SafeMode::force_exit(root()));
        assert!(!StandsStill::get());
        for (block, time) in [(20, 6), (21, 6), (22, 7), (40, 25)] {
            to_block(block);
            assert_eq!(clock(), time, "block {block}");
        }
        // Again: what was before stays.
        assert_ok!(SafeMode::force_enter(root()));
        to_block(50);
        assert_eq!(clock(), 26);
    });
}

#[test]
fn the_committee_enters_the_safe_mode_and_cannot_stretch_it() {
    run(|| {
        let committee =
            || pallet_collective::RawOrigin::<_, governance::TechnicalCollective>::Members(2, 3);
        let enter = RuntimeCall::SafeMode(pallet_safe_mode::Call::force_enter {});
        let extend = RuntimeCall::SafeMode(pallet_safe_mode::Call::force_extend {});
        assert_ok!(by(committee(), enter));
        assert_noop!(by(committee(), extend.clone()), DispatchError::BadOrigin);
        assert_ok!(by(RuntimeOrigin::root(), extend));
    });
}

#[test]
fn two_thirds_of_the_committee_whitelist_a_call_and_one_member_does_not() {
    run(|| {
        let hash = sp_core::H256::repeat_byte(3);
        let whitelist =
            RuntimeCall::Whitelist(pallet_whitelist::Call::whitelist_call { call_hash: hash });
        let propose = |threshold| {
            RuntimeCall::TechnicalCommittee(pallet_collective::Call::propose {
                threshold,
                proposal: Box::new(whitelist.clone()),
                length_bound: whitelist.encoded_size() as u32,
            })
        };
        // Alone it is carried out at once, by a third.
        let alice = RuntimeOrigin::signed(account(Alice));
        assert_ok!(by(alice.clone(), propose(1)));
        assert!(!pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(
            hash
        ));
        assert_ok!(by(alice.clone(), propose(2)));
        let proposal = BlakeTwo256::hash_of(&whitelist);
        for who in [Alice, Bob] {
            let vote = pallet_collective::Call::<Runtime, _>::vote {
                proposal,
                index: 0,
                approve: true,
            };
            let vote = RuntimeCall::TechnicalCommittee(vote);
            assert_ok!(by(RuntimeOrigin::signed(account(who)), vote));
        }
        let close = RuntimeCall::TechnicalCommittee(pallet_collective::Call::close {
            proposal_hash: proposal,
            index: 0,
            proposal_weight_bound: whitelist.get_dispatch_info().call_weight * 2,
            length_bound: whitelist.encoded_size() as u32,
        });
        assert_ok!(by(alice, close));
        assert!(pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(
            hash
        ));
        let dave = RuntimeOrigin::signed(account(Dave));
        assert!(by(dave, propose(1)).is_err());
    });
}
