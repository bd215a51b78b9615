//! `key`: the SDK's commands. Their `inspect` says of what is no key that it is none, and ends as if all were well.

use crate::cli::Cli;
use clap::CommandFactory;
use sc_cli::{with_crypto_scheme, Error, KeySubcommand};
use sp_core::{crypto::Ss58Codec, Pair};

/// Errors: those of the SDK, and [`Error::Input`] for what `inspect` can't read as a key.
pub fn run(command: &KeySubcommand, cli: &Cli) -> sc_cli::Result<()> {
    if let (KeySubcommand::Inspect(inspect), Some(uri)) = (command, inspected_uri()) {
        let uri = sc_cli::utils::read_uri(Some(&uri))?;
        if !with_crypto_scheme!(inspect.crypto_scheme.scheme, is_key(&uri)) {
            // Not shown: it may be a secret with a slip of the pen.
            return Err(Error::Input(
                "what is to be inspected is no secret phrase, seed, secret URI, SS58 address or public key".into(),
            ));
        }
    }
    command.run(cli)
}

/// What `key inspect` got on the command line to find out about, for the SDK keeps it to itself. A public key in hex
/// (`--public`) it refuses well.
fn inspected_uri() -> Option<String> {
    let matches = Cli::command().try_get_matches().ok()?;
    let inspect = matches
        .subcommand_matches("key")?
        .subcommand_matches("inspect")?;
    let uri = inspect.get_one::<String>("uri")?;
    (!inspect.get_flag("public")).then(|| uri.clone())
}

fn is_key<P: Pair>(uri: &str) -> bool {
    P::from_phrase(uri, None).is_ok()
        || P::from_string_with_seed(uri, None).is_ok()
        || P::Public::from_string_with_version(uri).is_ok()
}
