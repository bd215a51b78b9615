//! Addresses as people write them, and as the runtime reads them.

use bcai_runtime::{AccountId, SS58_PREFIX};
use sp_core::{
    crypto::{PublicError, Ss58AddressFormat, Ss58AddressFormatRegistry, Ss58Codec, DEV_PHRASE},
    ed25519, sr25519, Pair,
};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use std::{collections::BTreeSet, sync::LazyLock};

/// The characters of an address.
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The account of an address that has this chain's prefix or the SDK's generic one, 42. The public half of a session
/// key is written in the same way.
///
/// Addresses of other networks are refused, though the runtime would take those that are registered: who copies one from
/// there may not hold its key here, where a custodian keeps it for example, and nobody could move the funds.
/// Errors: why it is none, and what is meant instead.
pub fn read(typed: &str) -> Result<AccountId, String> {
    let here = |account: &AccountId| account.to_ss58check_with_version(this_chain());
    if let Some(hex) = typed.strip_prefix("0x") {
        let bytes = sp_core::bytes::from_hex(hex).ok();
        return Err(
            match bytes.and_then(|key| AccountId::try_from(&key[..]).ok()) {
                Some(account) => format!("is a public key: write its address, {}", here(&account)),
                None => "is no address".into(),
            },
        );
    }
    match AccountId::from_ss58check_with_version(typed) {
        Ok((account, network)) if network == this_chain() || network == generic() => Ok(account),
        Ok((account, network)) => Err(format!(
            "is an address of another network (prefix {}): here the same account is {}",
            u16::from(network),
            here(&account)
        )),
        Err(PublicError::BadBase58) => Err(match typed.chars().find(|&c| !BASE58.contains(c)) {
            Some(character) => format!("is no address: no address has a `{character}`"),
            None => "is no address".into(),
        }),
        // Either comes of a character that is missing or too many.
        Err(PublicError::BadLength | PublicError::InvalidPrefix) => {
            Err("is no address of an account: it is too short or too long".into())
        }
        Err(PublicError::InvalidChecksum) => {
            Err("has a wrong checksum: some character of the address is mistyped".into())
        }
        Err(error) => Err(format!("is no address: {error}")),
    }
}

/// As [`read`], of this chain's prefix alone: who writes anew has no reason to take another.
/// Errors: why it is none, and what is meant instead.
pub fn read_own(typed: &str) -> Result<AccountId, String> {
    let account = read(typed)?;
    let here = account.to_ss58check_with_version(this_chain());
    match here == typed {
        true => Ok(account),
        false => Err(format!(
            "has the prefix of any network: here the same account is {here}"
        )),
    }
}

/// Whether everybody has the secret: it is made of the phrase that stands in every copy of the SDK.
pub fn is_development(account: &AccountId) -> bool {
    static KNOWN: LazyLock<BTreeSet<AccountId>> = LazyLock::new(|| {
        let sr25519 = Sr25519Keyring::iter().map(|key| key.to_account_id());
        let ed25519 = Ed25519Keyring::iter().map(|key| key.to_account_id());
        let phrase = [
            sr25519::Pair::from_string(DEV_PHRASE, None).map(|pair| pair.public().0.into()),
            ed25519::Pair::from_string(DEV_PHRASE, None).map(|pair| pair.public().0.into()),
        ];
        sr25519
            .chain(ed25519)
            .chain(phrase.into_iter().flatten())
            .collect()
    });
    KNOWN.contains(account)
}

/// The address with the prefix that every runtime takes: of those that aren't registered it takes none.
pub fn for_runtime(account: &AccountId) -> String {
    account.to_ss58check_with_version(generic())
}

fn this_chain() -> Ss58AddressFormat {
    Ss58AddressFormat::custom(SS58_PREFIX)
}

fn generic() -> Ss58AddressFormat {
    Ss58AddressFormatRegistry::SubstrateAccount.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keyring::Sr25519Keyring::Alice;

    const GENERIC: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    fn alice(prefix: u16) -> String {
        let account = Alice.to_account_id();
        account.to_ss58check_with_version(Ss58AddressFormat::custom(prefix))
    }

    #[test]
    fn this_chains_and_generic_addresses_are_taken() {
        let account = read(&alice(SS58_PREFIX)).unwrap();
        assert_eq!(account, Alice.to_account_id());
        assert_eq!(read(GENERIC), Ok(account.clone()));
        assert_eq!(for_runtime(&account), GENERIC);
    }

    #[test]
    fn what_is_written_anew_has_this_chains_prefix() {
        let here = alice(SS58_PREFIX);
        assert_eq!(read_own(&here), Ok(Alice.to_account_id()));
        let reason = read_own(GENERIC).unwrap_err();
        assert!(reason.contains(&here), "{reason}");
        assert!(read_own("Alice").unwrap_err().contains("no address"));
    }

    #[test]
    fn development_keys_are_known_of_either_scheme() {
        let of = |suri: &str| {
            let sr25519 = sr25519::Pair::from_string(suri, None).unwrap().public();
            let ed25519 = ed25519::Pair::from_string(suri, None).unwrap().public();
            [sr25519.0, ed25519.0].map(|key| is_development(&key.into()))
        };
        // Development keys.
        for suri in ["//Alice", "//Ferdie", "//Bob//stash", "//One", DEV_PHRASE] {
            assert_eq!(of(suri), [true, true], "{suri}");
        }
        assert_eq!(of("//Mallory"), [false, false]);
    }

    #[test]
    fn other_addresses_are_refused_with_reason_and_remedy() {
        let here = alice(SS58_PREFIX);
        for (typed, reasons) in [
            (alice(0), ["prefix 0", here.as_str()]),
            (alice(137), ["prefix 137", &here]),
            (
                format!(
                    "0x{}",
                    "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
                ),
                ["public key", &here],
            ),
            ("0x12".into(), ["no address", ""]),
            (GENERIC.replace("utQY", "utQX"), ["checksum", ""]),
            (GENERIC.replace("5Grw", "5Gr"), ["too short", ""]),
            (GENERIC.replace("5Grw", "50rw"), ["`0`", ""]),
            ("Alice".into(), ["`l`", ""]),
            (String::new(), ["too short", ""]),
        ] {
            let reason = read(&typed).unwrap_err();
            assert!(
                reasons.iter().all(|part| reason.contains(part)),
                "{typed}: {reason}"
            );
        }
    }
}
