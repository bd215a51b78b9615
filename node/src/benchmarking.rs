//! The `benchmark` command: weights of pallets, storage and blocks, and the speed of this machine.

use crate::{cli::Cli, service};
use bcai_client::{Block, HostFunctions};
use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};
use sc_cli::SubstrateCli;
use sp_runtime::traits::HashingFor;

/// Runs one of the benchmarks. Errors: those of the SDK, and `extrinsic`, which this node doesn't offer.
pub fn run(cli: &Cli, command: &BenchmarkCmd) -> sc_cli::Result<()> {
    let runner = cli.create_runner(command)?;
    match command {
        BenchmarkCmd::Pallet(pallet) => runner.sync_run(|config| {
            pallet.run_with_spec::<HashingFor<Block>, HostFunctions>(Some(config.chain_spec))
        }),
        BenchmarkCmd::Overhead(overhead) => runner.sync_run(|config| {
            overhead
                .run_with_default_builder_and_spec::<Block, HostFunctions>(Some(config.chain_spec))
        }),
        BenchmarkCmd::Block(block) => runner.sync_run(|config| {
            let parts = service::new_partial(&config)?;
            block.run(parts.client)
        }),
        BenchmarkCmd::Storage(storage) => runner.sync_run(|config| {
            let parts = service::new_partial(&config)?;
            let database = parts.backend.expose_db();
            let state = parts.backend.expose_storage();
            let cache = parts.backend.expose_shared_trie_cache();
            storage.run(config, parts.client, database, state, cache)
        }),
        BenchmarkCmd::Machine(machine) => {
            runner.sync_run(|config| machine.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()))
        }
        BenchmarkCmd::Extrinsic(_) => Err(sc_cli::Error::Input(
            "`benchmark extrinsic` is not offered: `benchmark pallet` weighs every call".into(),
        )),
    }
}
