//! The keys of miner and challenger.

use crate::chain::KEY_TYPE;
use sc_chain_spec::ChainType;
use sp_core::{
    crypto::{AccountId32, Ss58Codec},
    sr25519,
};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{Keystore, KeystorePtr};

/// The keystore has no key that can sign for an account; the text is for the operator.
#[derive(Debug, thiserror::Error)]
#[error(
    "the keystore holds no key of type `{key_type}` that can sign for {flag} {account}; insert it with `bcai-node key \
     insert --scheme sr25519 --key-type {key_type} --suri <secret>` and the same --base-path, --chain and --password",
    key_type = String::from_utf8_lossy(&KEY_TYPE.0)
)]
pub struct MissingKey {
    flag: &'static str,
    account: String,
}

/// Can the node sign for `account`? On development and local chains the well-known accounts are put into the
/// keystore's memory, never on disk.
pub fn ensure_key(
    keystore: &KeystorePtr,
    chain_type: &ChainType,
    flag: &'static str,
    account: &AccountId32,
) -> Result<(), MissingKey> {
    // A key file that is there may still be of another scheme, or under a password: only a signature tells.
    let public = sr25519::Public::from_raw(*account.as_ref());
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
        let well_known = Sr25519Keyring::iter().find(|key| key.to_account_id() == *account);
        if let Some(key) = well_known {
            // With a seed the key stays in memory; a failure shows in the check that follows.
            let _ = keystore.sr25519_generate_new(KEY_TYPE, Some(&key.to_seed()));
        }
    }
    if has_key() {
        return Ok(());
    }
    Err(MissingKey {
        flag,
        account: account.to_ss58check(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sc_keystore::LocalKeystore;
    use std::sync::Arc;

    fn empty_keystore() -> KeystorePtr {
        Arc::new(LocalKeystore::in_memory())
    }

    #[test]
    fn well_known_accounts_sign_only_on_development_and_local_chains() {
        let bob = Sr25519Keyring::Bob.to_account_id();
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
        let account = Sr25519Keyring::Ferdie.to_account_id();
        let public: &[u8] = account.as_ref();
        keystore.insert(KEY_TYPE, "//Bob", public).unwrap();
        assert!(keystore.has_keys(&[(public.to_vec(), KEY_TYPE)]));
        assert!(ensure_key(&keystore, &ChainType::Live, "--miner", &account).is_err());
    }

    #[test]
    fn an_unknown_account_without_a_key_is_refused_with_the_command_that_helps() {
        let account = AccountId32::new([7; 32]);
        let error = ensure_key(
            &empty_keystore(),
            &ChainType::Development,
            "--miner",
            &account,
        )
        .unwrap_err()
        .to_string();
        assert!(error.contains(&account.to_ss58check()) && error.contains("key insert"));
        assert_eq!(error.lines().count(), 1);
    }
}
