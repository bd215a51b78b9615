//! The keys of miner and challenger.

use crate::{chain::KEY_TYPE, params::Account};
use sc_chain_spec::ChainType;
use sp_core::sr25519;
use sp_keyring::Sr25519Keyring;
use sp_keystore::{Keystore, KeystorePtr};

/// The keystore has no key that can sign for an account; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MissingKey {
    #[error(
        "the keystore holds no key of type `{key_type}` for {flag} {address}: insert its secret with `bcai-node key insert \
         --scheme sr25519 --key-type {key_type} --suri <secret>` and the same --base-path and --chain, both without --password, \
         and start without it; with a --password the same secret is another account, whose address `key insert` prints: \
         give that to {flag}, and start with the password",
        key_type = String::from_utf8_lossy(&KEY_TYPE.0)
    )]
    Absent { flag: &'static str, address: String },
    #[error(
        "the keystore's key of type `{key_type}` for {flag} {address} can't sign: it was inserted with another --password than \
         the node was started with, or with none, or with another --scheme than sr25519; start the node with the password \
         of the insertion, or insert the key again",
        key_type = String::from_utf8_lossy(&KEY_TYPE.0)
    )]
    Unusable { flag: &'static str, address: String },
}

/// Can the node sign for `account`? On development and local chains the well-known accounts are put into the
/// keystore's memory, never on disk.
pub fn ensure_key(
    keystore: &KeystorePtr,
    chain_type: &ChainType,
    flag: &'static str,
    account: &Account,
) -> Result<(), MissingKey> {
    // A key file that is there may still be of another scheme, or under a password: only a signature tells.
    let public = sr25519::Public::from_raw(*account.id.as_ref());
    let has_key = || {
        matches!(
            keystore.sr25519_sign(KEY_TYPE, &public, b"check"),
            Ok(Some(_))
        )
    };
    if has_key() {
        return Ok(());
    }
    if matches!(chain_type, ChainType::Development | ChainType::Local) {
        let well_known = Sr25519Keyring::iter().find(|key| key.to_account_id() == account.id);
        if let Some(key) = well_known {
            // With a seed the key stays in memory; a failure shows in the check that follows.
            let _ = keystore.sr25519_generate_new(KEY_TYPE, Some(&key.to_seed()));
        }
    }
    if has_key() {
        return Ok(());
    }
    let address = account.address.clone();
    Err(if keystore.has_keys(&[(public.0.to_vec(), KEY_TYPE)]) {
        MissingKey::Unusable { flag, address }
    } else {
        MissingKey::Absent { flag, address }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sc_keystore::LocalKeystore;
    use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec};
    use std::sync::Arc;

    /// The prefix of no chain of ours.
    const PREFIX: u16 = 7;

    fn typed(id: AccountId32) -> Account {
        let address = id.to_ss58check_with_version(Ss58AddressFormat::custom(PREFIX));
        Account { id, address }
    }

    fn empty_keystore() -> KeystorePtr {
        Arc::new(LocalKeystore::in_memory())
    }

    #[test]
    fn well_known_accounts_sign_only_on_development_and_local_chains() {
        let bob = typed(Sr25519Keyring::Bob.to_account_id());
        assert!(ensure_key(&empty_keystore(), &ChainType::Live, "--miner", &bob).is_err());
        for chain_type in [ChainType::Development, ChainType::Local] {
            let keystore = empty_keystore();
            assert!(ensure_key(&keystore, &chain_type, "--miner", &bob).is_ok());
            let signature = keystore.sr25519_sign(KEY_TYPE, &Sr25519Keyring::Bob.public(), b"x");
            assert!(signature.unwrap().is_some());
        }
    }

    #[test]
    fn a_key_of_another_scheme_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let keystore: KeystorePtr = Arc::new(LocalKeystore::open(folder.path(), None).unwrap());
        let account = typed(Sr25519Keyring::Ferdie.to_account_id());
        let public: &[u8] = account.id.as_ref();
        keystore.insert(KEY_TYPE, "//Bob", public).unwrap();
        assert!(keystore.has_keys(&[(public.to_vec(), KEY_TYPE)]));
        let error = ensure_key(&keystore, &ChainType::Live, "--miner", &account).unwrap_err();
        assert!(matches!(error, MissingKey::Unusable { .. }), "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }

    #[test]
    fn an_unknown_account_without_a_key_is_refused_with_the_command_that_helps() {
        let account = typed(AccountId32::new([7; 32]));
        let error = ensure_key(
            &empty_keystore(),
            &ChainType::Development,
            "--miner",
            &account,
        )
        .unwrap_err()
        .to_string();
        assert!(error.contains(&account.address) && error.contains("key insert"));
        assert_eq!(error.lines().count(), 1);
    }
}
