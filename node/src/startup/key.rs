//! `key`: the SDK's commands, two of which end as if all were well where nothing is: `inspect` with what is no key, and
//! `insert` of a key that its type can't have. And one of the node's own, `check`.

use super::key_check::KeyCheck;
use crate::cli::Cli;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use sc_cli::{
    utils::{pair_from_suri, read_uri},
    with_crypto_scheme, CryptoScheme, Error, InsertKeyCmd, KeySubcommand, SubstrateCli,
};
use sc_keystore::LocalKeystore;
use sc_service::{config::KeystoreConfig, BasePath};
use sp_core::{
    crypto::{key_types, AccountId32, KeyTypeId, SecretString, Ss58Codec},
    Pair,
};
use sp_keystore::Keystore;

/// The key types of this chain, each with the scheme of its keys.
const SCHEMES: [(KeyTypeId, CryptoScheme); 3] = [
    (key_types::BABE, CryptoScheme::Sr25519),
    (key_types::GRANDPA, CryptoScheme::Ed25519),
    (bcai_pouw::KEY_TYPE, CryptoScheme::Sr25519),
];

const CHECK: &str = "check";

/// What `key` does.
#[derive(Debug)]
pub enum KeyCommand {
    Check(KeyCheck),
    Sdk(SdkCommand),
}

/// One of the SDK's commands, and those of its arguments which the SDK keeps to itself.
#[derive(Debug)]
pub struct SdkCommand {
    command: KeySubcommand,
    /// What `inspect` is to find out about, other than a public key in hex (`--public`), which the SDK refuses well.
    inspected: Option<String>,
    /// The secret and the key type of `insert`.
    inserted: Option<(Option<String>, String)>,
}

impl FromArgMatches for KeyCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        if let Some(matches) = matches.subcommand_matches(CHECK) {
            return Ok(Self::Check(KeyCheck::from_arg_matches(matches)?));
        }
        let inspected = matches
            .subcommand_matches("inspect")
            .filter(|matches| !matches.get_flag("public"))
            .and_then(|matches| matches.get_one("uri").cloned());
        let inserted = matches.subcommand_matches("insert").and_then(|matches| {
            let key_type = matches.get_one::<String>("key_type")?;
            Some((matches.get_one("suri").cloned(), key_type.clone()))
        });
        Ok(Self::Sdk(SdkCommand {
            command: KeySubcommand::from_arg_matches(matches)?,
            inspected,
            inserted,
        }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for KeyCommand {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let check = KeyCheck::augment_args(clap::Command::new(CHECK));
        KeySubcommand::augment_subcommands(command).subcommand(check)
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        let check = KeyCheck::augment_args_for_update(clap::Command::new(CHECK));
        KeySubcommand::augment_subcommands_for_update(command).subcommand(check)
    }

    fn has_subcommand(name: &str) -> bool {
        name == CHECK || KeySubcommand::has_subcommand(name)
    }
}

impl SdkCommand {
    /// Errors: those of the SDK, and [`Error::Input`] for what `inspect` can't read as a key, and for a key that its type
    /// can't have.
    pub fn run(&self, cli: &Cli) -> sc_cli::Result<()> {
        match (&self.command, &self.inspected, &self.inserted) {
            (KeySubcommand::Insert(command), _, Some((suri, key_type))) => {
                insert(command, suri.as_ref(), key_type, cli)
            }
            (KeySubcommand::Inspect(command), Some(uri), _) => {
                let read = read_uri(Some(uri))?;
                if with_crypto_scheme!(command.crypto_scheme.scheme, is_key(&read)) {
                    return self.command.run(cli);
                }
                // Not shown: it may be a secret with a slip of the pen.
                Err(Error::Input(
                    "what is to be inspected is no secret phrase, seed, secret URI, SS58 address or public key".into(),
                ))
            }
            _ => self.command.run(cli),
        }
    }
}

fn is_key<P: Pair>(uri: &str) -> bool {
    P::from_phrase(uri, None).is_ok()
        || P::from_string_with_seed(uri, None).is_ok()
        || P::Public::from_string_with_version(uri).is_ok()
}

/// As the SDK's, with a look at the scheme before, and what was stored after.
fn insert(
    command: &InsertKeyCmd,
    suri: Option<&String>,
    key_type: &str,
    cli: &Cli,
) -> sc_cli::Result<()> {
    let id = KeyTypeId::try_from(key_type).map_err(|()| Error::KeyTypeInvalid)?;
    check_scheme(key_type, command.scheme)?;
    let suri = read_uri(suri)?;
    let shared = &command.shared_params;
    let spec = cli.load_spec(&shared.chain_id(shared.is_dev()))?;
    let base_path = shared
        .base_path()?
        .unwrap_or_else(|| BasePath::from_project("", "", &Cli::executable_name()));
    let folder = base_path.config_dir(spec.id());
    let KeystoreConfig::Path { path, password } =
        command.keystore_params.keystore_config(&folder)?
    else {
        return Err(Error::KeystoreOperation);
    };
    let public = with_crypto_scheme!(command.scheme, public_key(&suri, password.clone()))?;
    LocalKeystore::open(path.clone(), password.clone())?
        .insert(id, &suri, &public)
        .map_err(|()| Error::KeystoreOperation)?;
    println!("Key type:          {key_type} ({})", name(command.scheme));
    println!("Public key (hex):  0x{}", hex::encode(&public));
    if let Ok(account) = <[u8; 32]>::try_from(public) {
        println!(
            "SS58 Address:      {}",
            AccountId32::new(account).to_ss58check()
        );
    }
    println!("Keystore:          {}", path.display());
    if password.is_some() {
        println!("The password is part of the key: with another one, or none, the same secret is another key with another address. Start the node with the same password.");
    }
    Ok(())
}

fn public_key<P: Pair>(suri: &str, password: Option<SecretString>) -> sc_cli::Result<Vec<u8>> {
    let pair = pair_from_suri::<P>(suri, password)?;
    Ok(pair.public().as_ref().to_vec())
}

fn check_scheme(key_type: &str, scheme: CryptoScheme) -> sc_cli::Result<()> {
    match SCHEMES
        .iter()
        .find(|(known, _)| known.0 == key_type.as_bytes())
    {
        Some((_, right)) if *right != scheme => Err(Error::Input(format!(
            "a key of type `{key_type}` is an {} key, not {}: give --scheme {0}",
            name(*right),
            name(scheme)
        ))),
        _ => Ok(()),
    }
}

fn name(scheme: CryptoScheme) -> &'static str {
    match scheme {
        CryptoScheme::Ed25519 => "ed25519",
        CryptoScheme::Sr25519 => "sr25519",
        CryptoScheme::Ecdsa => "ecdsa",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_a_key_type_cannot_have_is_refused() {
        for (key_type, right) in SCHEMES {
            let key_type = std::str::from_utf8(&key_type.0).unwrap();
            for scheme in [
                CryptoScheme::Ed25519,
                CryptoScheme::Sr25519,
                CryptoScheme::Ecdsa,
            ] {
                assert_eq!(
                    check_scheme(key_type, scheme).is_ok(),
                    scheme == right,
                    "{key_type}"
                );
            }
        }
        assert!(check_scheme("imon", CryptoScheme::Ecdsa).is_ok());
    }
}
