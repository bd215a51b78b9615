//! A genesis that no chain could run with is refused in one line, which says where and why.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/chain.rs"]
mod chain;

use bcai_runtime::{
    genesis::{build, check},
    Balances, RuntimeGenesisConfig, SessionKeys, System, BCAI, EXISTENTIAL_DEPOSIT,
};
use serde_json::{json, Value};
use sp_io::TestExternalities;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Alice and Bob as this chain writes them.
const ALICE: &str = "bhquHDRJDaeEh1hr8XFNY272Q2fp73eRMWeUXqHfFN2qwA5xc";

fn refused(change: impl FnOnce(&mut RuntimeGenesisConfig)) -> String {
    let mut genesis = chain::genesis();
    change(&mut genesis);
    check(&genesis).expect_err("an impossible genesis")
}

#[test]
fn what_the_tests_run_on_is_accepted() {
    assert_eq!(check(&chain::genesis()), Ok(()));
}

#[test]
fn a_balance_below_the_existential_deposit_is_refused() {
    for amount in [0, EXISTENTIAL_DEPOSIT - 1] {
        assert_eq!(
            refused(|genesis| genesis.balances.balances[0].1 = amount),
            format!("balances.balances[0]: {ALICE} has {amount}, less than the existential deposit of 1000000000")
        );
    }
}

#[test]
fn an_account_given_twice_is_refused() {
    assert_eq!(
        refused(|genesis| {
            let again = genesis.balances.balances[0].clone();
            genesis.balances.balances.push(again);
        }),
        format!("balances.balances[3]: {ALICE} is given twice")
    );
}

#[test]
fn balances_of_more_than_there_can_be_are_refused() {
    let refused = refused(|genesis| genesis.balances.balances[1].1 = u128::MAX - BCAI);
    assert!(
        refused.starts_with("balances.balances[1]: bh")
            && refused.ends_with("with which all exceed 2^128 - 1"),
        "{refused}"
    );
}

#[test]
fn accounts_that_anybody_can_derive_are_refused() {
    assert_eq!(
        refused(|genesis| genesis.balances.dev_accounts = Some((3, BCAI, None))),
        "balances.devAccounts: accounts belong into balances.balances"
    );
}

#[test]
fn a_chain_without_authorities_or_with_too_many_is_refused() {
    assert_eq!(
        refused(|genesis| genesis.session.keys.clear()),
        "session.keys has 0 entries, which must be 1 to 100: they author and finalise"
    );
    let entry = |number: u8| {
        let keys = SessionKeys {
            babe: sp_core::sr25519::Public::from_raw([number; 32]).into(),
            grandpa: sp_core::ed25519::Public::from_raw([number; 32]).into(),
        };
        let account = bcai_runtime::AccountId::new([number; 32]);
        (account.clone(), account, keys)
    };
    let with = |count: u8| {
        let mut genesis = chain::genesis();
        genesis.session.keys = (0..count).map(entry).collect();
        check(&genesis)
    };
    assert_eq!(with(100), Ok(()));
    assert_eq!(
        with(101),
        Err(
            "session.keys has 101 entries, which must be 1 to 100: they author and finalise".into()
        )
    );
}

#[test]
fn an_authority_given_twice_is_refused() {
    let (bob, keys) = (
        Sr25519Keyring::Bob.to_account_id(),
        SessionKeys {
            babe: Sr25519Keyring::Bob.public().into(),
            grandpa: Ed25519Keyring::Bob.public().into(),
        },
    );
    let with = |change: &dyn Fn(&mut (_, _, SessionKeys))| {
        let mut entry = (bob.clone(), bob.clone(), keys.clone());
        change(&mut entry);
        refused(|genesis| genesis.session.keys.push(entry))
    };
    let of_alice = chain::genesis().session.keys[0].clone();
    let wrong = with(&|entry| entry.1 = of_alice.1.clone());
    assert_eq!(
        wrong,
        format!("session.keys[1]: {ALICE} has the account of another entry")
    );
    let wrong = with(&|entry| entry.2.babe = of_alice.2.babe.clone());
    assert!(
        wrong.ends_with("has the babe key of another entry"),
        "{wrong}"
    );
    let wrong = with(&|entry| entry.2.grandpa = of_alice.2.grandpa.clone());
    assert!(
        wrong.ends_with("has the grandpa key of another entry"),
        "{wrong}"
    );
}

#[test]
fn authorities_are_given_in_one_place() {
    assert_eq!(
        refused(|genesis| {
            let key = Sr25519Keyring::Alice.public().into();
            genesis.babe.authorities = vec![(key, 1)];
        }),
        "babe.authorities must be empty: authorities are those of session.keys"
    );
    assert_eq!(
        refused(|genesis| {
            let key = Ed25519Keyring::Alice.public().into();
            genesis.grandpa.authorities = vec![(key, 1)];
        }),
        "grandpa.authorities must be empty: authorities are those of session.keys"
    );
}

#[test]
fn a_lot_that_nobody_or_everybody_draws_is_refused() {
    for c in [(0, 4), (5, 4), (1, 0)] {
        assert_eq!(
            refused(|genesis| genesis.babe.epoch_config.c = c),
            format!(
                "babe.epochConfig.c is {} / {}, which must be above 0 and at most 1",
                c.0, c.1
            )
        );
    }
}

#[test]
fn a_subsystem_checks_its_own() {
    assert_eq!(
        refused(|genesis| genesis.pouw.targets = vec![(7, 4)]),
        "pouw.targets[0]: no parameter set 7"
    );
}

#[test]
fn a_parameter_is_checked_as_a_vote_would_be() {
    let with = |name: &str, value| {
        refused(|genesis| genesis.origins.parameters = [(name.into(), value)].into())
    };
    assert_eq!(
        with("pouw.ChallengeWindow", 0),
        "origins.parameters.pouw.ChallengeWindow: pouw.ChallengeWindow is 0, which must be in 10..=86400"
    );
    assert_eq!(
        with("pouw.ChallengeWindows", 30),
        "origins.parameters.pouw.ChallengeWindows: there is no parameter pouw.ChallengeWindows"
    );
    assert_eq!(
        with("ChallengeWindow", 30),
        "origins.parameters.ChallengeWindow: there is no parameter ChallengeWindow"
    );
    // More than its type holds.
    assert_eq!(
        with("pouw.ChallengeWindow", 1 << 40),
        "origins.parameters.pouw.ChallengeWindow: pouw.ChallengeWindow can't be 1099511627776"
    );
    assert_eq!(
        with("pouw.BondRate", 1_000_001),
        "origins.parameters.pouw.BondRate: pouw.BondRate can't be 1000001"
    );
}

#[test]
fn a_live_chain_cannot_vote_in_seconds() {
    // The same accounts, but nobody knows the keys.
    let refusal = refused(|genesis| {
        for (at, (who, _)) in genesis.balances.balances.iter_mut().enumerate() {
            *who = [at as u8 + 1; 32].into();
        }
    });
    assert_eq!(
        refusal,
        "origins.fastPeriods: periods of seconds are for chains that give funds to development keys, and this one gives none"
    );
}

#[test]
fn a_committee_that_the_chain_cannot_have_is_refused() {
    assert_eq!(
        refused(|genesis| {
            let again = genesis.technical_committee.members[0].clone();
            genesis.technical_committee.members.push(again);
        }),
        format!("technicalCommittee.members[3]: {ALICE} is given twice")
    );
    assert_eq!(
        refused(|genesis| {
            let members = (0..33).map(|number| [number; 32].into());
            genesis.technical_committee.members = members.collect();
        }),
        "technicalCommittee.members: 33 are too many, at most 32 can be"
    );
}

/// Builds a genesis from JSON; the storage of a chain that took it.
fn built(change: impl FnOnce(&mut Value)) -> Result<TestExternalities, String> {
    let mut json = serde_json::to_value(chain::genesis()).unwrap();
    change(&mut json);
    let mut state = TestExternalities::default();
    state
        .execute_with(|| build(&serde_json::to_vec(&json).unwrap()))
        .map(|()| state)
}

#[test]
fn a_genesis_takes_the_addresses_of_this_chain_and_those_of_others() {
    let alice = Sr25519Keyring::Alice.to_account_id();
    for address in [ALICE, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"] {
        let mut state = built(|json| {
            json["balances"]["balances"][0][0] = json!(address);
            json["session"]["keys"][0][0] = json!(address);
            json["session"]["keys"][0][2]["babe"] = json!(address);
        })
        .unwrap();
        state.execute_with(|| {
            assert_eq!(Balances::free_balance(&alice), chain::ENDOWMENT);
            // The treasury's account is kept alive from the start.
            let all = 3 * chain::ENDOWMENT + EXISTENTIAL_DEPOSIT;
            assert_eq!(Balances::total_issuance(), all);
            assert_eq!(System::block_number(), 0);
        });
    }
}

#[test]
fn json_of_another_form_is_refused() {
    let wrong = built(|json| json["balances"]["balance"] = json!([])).unwrap_err();
    assert!(wrong.contains("unknown field `balance`"), "{wrong}");
    let wrong = built(|json| json["balances"]["balances"][0][1] = json!(0)).unwrap_err();
    assert!(
        wrong.contains("less than the existential deposit"),
        "{wrong}"
    );
}
