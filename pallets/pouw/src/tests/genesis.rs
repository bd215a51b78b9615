//! Genesis and the consistency of the configuration.

use bcai_pouw_primitives::{ParamSet, U256};
use frame_support::traits::{GetStorageVersion, Hooks, StorageVersion};
use sp_runtime::BuildStorage;

use crate::{mock::*, Targets};

#[test]
fn genesis_enables_the_sets_that_it_names() {
    ExtBuilder::default()
        .targets(vec![(1, 24), (0, 3)])
        .build_and_execute(|| {
            assert_eq!(Targets::<Test>::get(ParamSet::Set0), Some(U256::MAX >> 3));
            assert_eq!(Targets::<Test>::get(ParamSet::Set1), Some(U256::MAX >> 24));
        });
    ExtBuilder::default().targets(vec![]).build_and_execute(|| {
        assert_eq!(Targets::<Test>::iter().count(), 0);
    });
}

#[test]
fn genesis_sets_the_storage_version() {
    build_and_execute(|| {
        assert_eq!(Pouw::on_chain_storage_version(), StorageVersion::new(3));
        assert_eq!(
            Pouw::on_chain_storage_version(),
            Pouw::in_code_storage_version()
        );
    });
}

#[test]
#[should_panic(expected = "no parameter set 2")]
fn genesis_refuses_an_unknown_set() {
    ExtBuilder::default().targets(vec![(2, 0)]).build();
}

#[test]
#[should_panic(expected = "parameter set 0 is given twice")]
fn genesis_refuses_a_set_given_twice() {
    ExtBuilder::default().targets(vec![(0, 0), (0, 1)]).build();
}

#[test]
#[should_panic(expected = "a target of 97 zero bits, which must be in 0..=96")]
fn genesis_refuses_a_target_out_of_bounds() {
    ExtBuilder::default().targets(vec![(0, 97)]).build();
}

#[test]
fn genesis_reads_a_chain_spec() {
    let parsed: crate::GenesisConfig<Test> =
        serde_json::from_str(r#"{"targets": [[0, 8], [1, 30]]}"#).unwrap();
    assert_eq!(parsed.targets, vec![(0, 8), (1, 30)]);
    assert!(parsed.build_storage().is_ok());
    assert!(serde_json::from_str::<crate::GenesisConfig<Test>>(r#"{"target": []}"#).is_err());
}

#[test]
fn the_configuration_is_consistent() {
    build_and_execute(Pouw::integrity_test);
}
