//! What each command does.

use crate::{
    chain_spec,
    cli::{Cli, LogFormat, Subcommand},
    consensus, report, service,
    startup::{database, json_log, key::KeyCommand, logging},
};
use bcai_client::{Block, FullBackend, FullClient};
use bcai_runtime::SS58_PREFIX;
use jsonrpsee::core::async_trait;
use sc_cli::{CliConfiguration, Error, RunCmd, SubstrateCli};
use sc_consensus::import_queue::{ImportQueueService, Link};
use sc_network::config::NetworkBackendType;
use sc_service::{Configuration, Error as ServiceError, PartialComponents, TaskManager};
use sp_core::crypto::Ss58AddressFormat;
use std::{mem::ManuallyDrop, sync::Arc, task::Context};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "BCAI Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        "where you have this program from".into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn executable_name() -> String {
        "bcai-node".into()
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(chain_spec::load(id)?))
    }
}

/// Runs the node or the subcommand. Errors: for a person, see [`crate::report::one_line`].
pub fn run(cli: &Cli) -> sc_cli::Result<()> {
    sp_core::crypto::set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
    match &cli.subcommand {
        None => run_node(cli),
        Some(Subcommand::Key(KeyCommand::Sdk(command))) => command.run(cli),
        Some(Subcommand::Key(KeyCommand::Check(command))) => {
            runner(cli, command)?.sync_run(|config| command.run(config))
        }
        Some(Subcommand::ChainSpec(command)) => {
            let spec = chain_spec::describe(&command.description).map_err(Error::Input)?;
            println!("{}", spec.as_json(command.raw).map_err(Error::Input)?);
            Ok(())
        }
        Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        Some(Subcommand::ChainInfo(command)) => runner(cli, command)?.sync_run(|config| {
            database::check(&config)?;
            command.run::<Block>(&config)
        }),
        Some(Subcommand::PurgeChain(command)) => {
            runner(cli, command)?.sync_run(|config| command.run(config.database))
        }
        Some(Subcommand::Revert(command)) => runner(cli, command)?.async_run(|config| {
            let (client, backend, import_queue, mut task_manager) = open(&config)?;
            task_manager.keep_alive(import_queue);
            let aux = Box::new(consensus::revert);
            Ok((command.run(client, backend, Some(aux)), task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => runner(cli, command)?.async_run(|config| {
            let (client, _, import_queue, mut task_manager) = open(&config)?;
            task_manager.keep_alive(import_queue);
            Ok((command.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => runner(cli, command)?.async_run(|config| {
            let (client, _, import_queue, task_manager) = open(&config)?;
            Ok((command.run(client, Kept::new(import_queue)), task_manager))
        }),
        Some(Subcommand::CheckBlock(command)) => runner(cli, command)?.async_run(|config| {
            let (client, _, import_queue, task_manager) = open(&config)?;
            Ok((command.run(client, Kept::new(import_queue)), task_manager))
        }),
        #[cfg(feature = "runtime-benchmarks")]
        Some(Subcommand::Benchmark(command)) => crate::benchmarking::run(cli, command),
    }
}

type Database = (
    Arc<FullClient>,
    Arc<FullBackend>,
    consensus::ImportQueue,
    TaskManager,
);

/// What a command on a database needs. The rest lives as long as the task manager, whose tasks serve it.
fn open(config: &Configuration) -> Result<Database, ServiceError> {
    let PartialComponents {
        client,
        backend,
        import_queue,
        transaction_pool,
        other,
        mut task_manager,
        ..
    } = service::new_partial(config)?;
    task_manager.keep_alive((transaction_pool, other));
    Ok((client, backend, import_queue, task_manager))
}

/// An import queue that isn't ended: the SDK's commands let go of theirs before they are over, and a node can't run
/// without the queue's task, so that its end would be told as a failure.
struct Kept(ManuallyDrop<consensus::ImportQueue>);

impl Kept {
    fn new(queue: consensus::ImportQueue) -> Self {
        Self(ManuallyDrop::new(queue))
    }
}

#[async_trait]
impl sc_consensus::ImportQueue<Block> for Kept {
    fn service(&self) -> Box<dyn ImportQueueService<Block>> {
        self.0.service()
    }

    fn service_ref(&mut self) -> &mut dyn ImportQueueService<Block> {
        self.0.service_ref()
    }

    fn poll_actions(&mut self, cx: &mut Context, link: &dyn Link<Block>) {
        self.0.poll_actions(cx, link);
    }

    async fn run(self, link: &dyn Link<Block>) {
        ManuallyDrop::into_inner(self.0).run(link).await;
    }
}

fn runner<C: CliConfiguration>(cli: &Cli, command: &C) -> sc_cli::Result<sc_cli::Runner<Cli>> {
    let runner = cli.create_runner(command)?;
    report::install_panic_hook();
    Ok(runner)
}

/// As the SDK's `create_runner`, with the log first, so that what is wrong with the configuration is told there.
fn runner_with_json_log(cli: &Cli, command: &RunCmd) -> sc_cli::Result<sc_cli::Runner<Cli>> {
    if command.enable_log_reloading()? || command.tracing_targets()?.is_some() {
        return Err(Error::Input(
            "--enable-log-reloading and --tracing-targets are for --log-format text alone".into(),
        ));
    }
    json_log::start(&command.log_filters()?)?;
    sp_panic_handler::set(&Cli::support_url(), &Cli::impl_version());
    report::install_panic_hook();
    fdlimit::raise_fd_limit().map_err(|error| {
        Error::Input(format!("the limit of open files can't be raised: {error}"))
    })?;
    let runtime = sc_cli::build_runtime()?;
    let signals = runtime.block_on(async { sc_cli::Signals::capture() })?;
    let config = command.create_configuration(cli, runtime.handle().clone())?;
    sc_cli::Runner::new(config, runtime, signals)
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let (node, subsystems) = (cli.node.clone(), cli.subsystems.clone());
    let command = logging::with_filters(&cli.run);
    let runner = match node.log_format {
        LogFormat::Text => runner(cli, &command)?,
        LogFormat::Json => runner_with_json_log(cli, &command)?,
    };
    runner.run_node_until_exit(|mut config| async move {
        if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
            return Err(Error::Input(
                "this node speaks litep2p only: leave --network-backend out".into(),
            ));
        }
        keep_rpc_port(&mut config);
        service::new_full(config, &node, &subsystems).map_err(Into::into)
    })
}

/// A client finds the node where it was told to, or not at all: no silent move to a random port.
fn keep_rpc_port(config: &mut Configuration) {
    for endpoint in config.rpc.addr.iter_mut().flatten() {
        endpoint.retry_random_port = false;
    }
}
