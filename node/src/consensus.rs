//! Who authors and who finalises, on this node: BABE and GRANDPA, from the import of a block to its vote.

use bcai_client::{Block, FullBackend, FullClient, FullPool, FullSelectChain};
use bcai_runtime::BlockNumber;
use sc_consensus_babe::{BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{LinkHalf, SharedVoterState};
use sc_network::{service::traits::NotificationService, types::ProtocolName};
use sc_network_sync::SyncingService;
use sc_service::{Configuration, Error as ServiceError, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_babe::inherents::BabeCreateInherentDataProviders;
use sp_keystore::KeystorePtr;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

type GrandpaBlockImport =
    sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
type BabeBlockImport = sc_consensus_babe::BabeBlockImport<
    Block,
    FullClient,
    GrandpaBlockImport,
    BabeCreateInherentDataProviders<Block>,
    FullSelectChain,
>;
/// Checks blocks and puts them into the database.
pub type ImportQueue = sc_consensus::DefaultImportQueue<Block>;

/// Blocks between two finality proofs that are kept and offered for warp sync.
const JUSTIFICATION_PERIOD: u32 = 512;

/// The time that a finality message is expected to need through the network: GRANDPA waits twice this before it
/// prevotes and four times before it precommits. A quarter of a slot keeps a round within about one slot.
const GOSSIP_DURATION: Duration = Duration::from_millis(bcai_runtime::SLOT_DURATION / 4);

/// Part of a slot in which its block is made; the rest is for its way to the next author and its import there.
const PROPOSAL_SLOT_PORTION: f32 = 0.5;

/// What links the import of blocks to authoring and voting.
pub struct Links {
    block_import: BabeBlockImport,
    pub grandpa: LinkHalf<Block, FullClient, FullSelectChain>,
    pub babe: BabeLink<Block>,
    pub babe_worker: BabeWorkerHandle<Block>,
}

/// The import of blocks. Errors: a database or a genesis without consensus in it.
pub fn import(
    client: &Arc<FullClient>,
    pool: &Arc<FullPool>,
    select_chain: &FullSelectChain,
    task_manager: &TaskManager,
    registry: Option<&Registry>,
    telemetry: Option<TelemetryHandle>,
) -> Result<(ImportQueue, Links), ServiceError> {
    let (grandpa_import, grandpa) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        client,
        select_chain.clone(),
        telemetry.clone(),
    )?;
    let config = sc_consensus_babe::configuration(&**client)?;
    let slot_duration = config.slot_duration();
    let (block_import, babe) = sc_consensus_babe::block_import(
        config,
        grandpa_import.clone(),
        client.clone(),
        Arc::new(move |_, _| async move { Ok(slot_and_time(slot_duration)) })
            as BabeCreateInherentDataProviders<Block>,
        select_chain.clone(),
        OffchainTransactionPoolFactory::new(pool.clone()),
    )?;
    let (import_queue, babe_worker) =
        sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
            link: babe.clone(),
            block_import: block_import.clone(),
            justification_import: Some(Box::new(grandpa_import)),
            client: client.clone(),
            slot_duration,
            spawner: &task_manager.spawn_essential_handle(),
            registry,
            telemetry,
        })?;
    Ok((
        import_queue,
        Links {
            block_import,
            grandpa,
            babe,
            babe_worker,
        },
    ))
}

/// Takes consensus back with the blocks that `revert` removes. Errors: the database's.
pub fn revert(
    client: Arc<FullClient>,
    backend: Arc<FullBackend>,
    blocks: BlockNumber,
) -> sc_cli::Result<()> {
    sc_consensus_babe::revert(client.clone(), backend, blocks)?;
    sc_consensus_grandpa::revert(client, blocks)?;
    Ok(())
}

type SlotAndTime = (
    sp_consensus_babe::inherents::InherentDataProvider,
    sp_timestamp::InherentDataProvider,
);

fn slot_and_time(slot_duration: sp_consensus_babe::SlotDuration) -> SlotAndTime {
    let time = sp_timestamp::InherentDataProvider::from_system_time();
    let slot = sp_consensus_babe::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
        *time,
        slot_duration,
    );
    (slot, time)
}

/// What both authors and voters need of the running node.
pub struct Running {
    pub client: Arc<FullClient>,
    pub pool: Arc<FullPool>,
    pub select_chain: FullSelectChain,
    pub keystore: KeystorePtr,
    pub network: Arc<dyn sc_network::service::traits::NetworkService>,
    pub sync: Arc<SyncingService<Block>>,
    pub registry: Option<Registry>,
    pub telemetry: Option<TelemetryHandle>,
}

/// GRANDPA's place in the network.
pub struct Finality {
    pub protocol: ProtocolName,
    pub notifications: Box<dyn NotificationService>,
    pub voter_state: SharedVoterState,
}

/// What the command line says of authoring and voting.
pub struct Choices {
    role: sc_service::Role,
    force_authoring: bool,
    node_name: String,
}

impl Choices {
    /// Of this configuration.
    pub fn of(config: &Configuration) -> Self {
        Self {
            role: config.role,
            force_authoring: config.force_authoring,
            node_name: config.network.node_name.clone(),
        }
    }
}

/// Starts authoring, where the node is an authority, and finality, where it has a place in the network. Errors: those of the SDK.
pub fn start(
    task_manager: &TaskManager,
    choices: Choices,
    running: Running,
    links: Links,
    finality: Option<Finality>,
) -> Result<(), ServiceError> {
    let Links {
        block_import,
        grandpa,
        babe,
        ..
    } = links;
    if choices.role.is_authority() {
        author(task_manager, &choices, &running, block_import, babe)?;
    }
    if let Some(finality) = finality {
        vote(task_manager, choices, running, grandpa, finality)?;
    }
    Ok(())
}

fn author(
    task_manager: &TaskManager,
    choices: &Choices,
    running: &Running,
    block_import: BabeBlockImport,
    babe_link: BabeLink<Block>,
) -> Result<(), ServiceError> {
    let proposer = sc_basic_authorship::ProposerFactory::new(
        task_manager.spawn_handle(),
        running.client.clone(),
        running.pool.clone(),
        running.registry.as_ref(),
        running.telemetry.clone(),
    );
    let slot_duration = babe_link.config().slot_duration();
    let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
        keystore: running.keystore.clone(),
        client: running.client.clone(),
        select_chain: running.select_chain.clone(),
        env: proposer,
        block_import,
        sync_oracle: running.sync.clone(),
        justification_sync_link: running.sync.clone(),
        create_inherent_data_providers: move |_, ()| async move { Ok(slot_and_time(slot_duration)) },
        force_authoring: choices.force_authoring,
        backoff_authoring_blocks: None::<()>,
        babe_link,
        block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SLOT_PORTION),
        max_block_proposal_slot_portion: None,
        telemetry: running.telemetry.clone(),
    })?;
    task_manager.spawn_essential_handle().spawn_blocking(
        "babe-proposer",
        Some("block-authoring"),
        babe,
    );
    Ok(())
}

fn vote(
    task_manager: &TaskManager,
    choices: Choices,
    running: Running,
    link: LinkHalf<Block, FullClient, FullSelectChain>,
    finality: Finality,
) -> Result<(), ServiceError> {
    let config = sc_consensus_grandpa::Config {
        gossip_duration: GOSSIP_DURATION,
        justification_generation_period: JUSTIFICATION_PERIOD,
        name: Some(choices.node_name),
        observer_enabled: false,
        // Only an authority votes, and only a voter signs.
        keystore: choices.role.is_authority().then_some(running.keystore),
        local_role: choices.role,
        telemetry: running.telemetry.clone(),
        protocol_name: finality.protocol,
    };
    let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
        config,
        link,
        network: running.network,
        sync: running.sync,
        notification_service: finality.notifications,
        voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
        prometheus_registry: running.registry,
        shared_voter_state: finality.voter_state,
        telemetry: running.telemetry,
        offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(running.pool),
    })?;
    task_manager
        .spawn_essential_handle()
        .spawn_blocking("grandpa-voter", None, voter);
    Ok(())
}
