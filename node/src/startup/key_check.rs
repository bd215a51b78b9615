//! `key check`: can this node author and finalise on this chain?

use super::authority;
use crate::service;
use sc_cli::{
    CliConfiguration, DatabaseParams, Error, KeystoreParams, PruningParams, SharedParams,
};
use sc_service::Configuration;
use sp_blockchain::HeaderBackend;

/// Say whether the keystore has the session keys of a validator of the chain, and what mends it where it hasn't
///
/// Compares the keys with the authorities of the best block in the node's database, or, where the node has none yet, with those
/// of the chain spec. It ends with 0 only if the node can both author and finalise. The node must not run meanwhile; one that
/// runs tells the same in its log and in its metric bcai_authority_ready.
#[derive(Debug, clap::Args)]
pub struct KeyCheck {
    #[clap(flatten)]
    shared_params: SharedParams,

    #[clap(flatten)]
    keystore_params: KeystoreParams,

    #[clap(flatten)]
    database_params: DatabaseParams,

    #[clap(flatten)]
    pruning_params: PruningParams,
}

impl CliConfiguration for KeyCheck {
    fn shared_params(&self) -> &SharedParams {
        &self.shared_params
    }

    /// What opening a database logs says nothing about keys.
    fn log_filters(&self) -> sc_cli::Result<String> {
        match self.shared_params.log_filters() {
            [] => Ok("warn".into()),
            filters => Ok(filters.join(",")),
        }
    }

    fn keystore_params(&self) -> Option<&KeystoreParams> {
        Some(&self.keystore_params)
    }

    fn database_params(&self) -> Option<&DatabaseParams> {
        Some(&self.database_params)
    }

    fn pruning_params(&self) -> Option<&PruningParams> {
        Some(&self.pruning_params)
    }
}

impl KeyCheck {
    /// Prints a line for each duty. Errors: what it can't do, and those of the database.
    pub fn run(&self, mut config: Configuration) -> sc_cli::Result<()> {
        let is_there = config.database.path().is_some_and(|path| path.exists());
        // Looking makes no database.
        let elsewhere = tempfile::tempdir()?;
        if !is_there {
            config.database.set_path(elsewhere.path());
        }
        let (client, _backend, keystore, _tasks) = service::open(&config, None)?;
        let readiness = authority::readiness(&client, &*keystore.keystore())
            .map_err(|error| Error::Application(Box::new(error)))?;

        let (name, id) = (config.chain_spec.name(), config.chain_spec.id());
        let best = client.info().best_number;
        let of = match is_there {
            true => format!("block {best} in the database"),
            false => "the chain spec".into(),
        };
        println!("{name} ({id}), authorities of {of}");
        let mut lacking = Vec::new();
        for (duty, lack) in readiness {
            match lack {
                None => println!("can {duty}"),
                Some(advice) => {
                    println!("can't {duty}: {advice}");
                    lacking.push(duty);
                }
            }
        }
        match lacking.is_empty() {
            true => Ok(()),
            false => Err(Error::Input(format!(
                "this node can't {} on this chain",
                lacking.join(" or ")
            ))),
        }
    }
}
