//! Does the database fit the chain spec and the flags? The SDK goes on with the chain that it finds, and has texts of its
//! own, or none, for flags that it can't follow.

use bcai_client::{Block, FullBackend, HostFunctions};
use bcai_runtime::Hash;
use sc_client_api::{Backend, HeaderBackend};
use sc_executor::WasmExecutor;
use sc_service::{
    BlocksPruning, BuildGenesisBlock, Configuration, Error as ServiceError, GenesisBlockBuilder,
    PruningFilter, PruningMode,
};
use sp_runtime::traits::Block as _;
use std::{fmt, sync::Arc};

/// What state-db says when a database has another state pruning than is asked for. It comes as text alone.
const OTHER_PRUNING: &str = "Incompatible pruning modes";

/// Where the database keeps what was asked for at the last start.
const STATES_KEY: &[u8] = b"bcai/state-pruning";
const BLOCKS_KEY: &[u8] = b"bcai/blocks-pruning";

/// Makes the genesis block of a database that has none.
pub type Genesis = GenesisBlockBuilder<Block, FullBackend, WasmExecutor<HostFunctions>>;

/// A database that doesn't fit; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(
        "the database in {path} is of another chain with the id `{id}`: its genesis is {stored:?}, and that of this chain \
         spec is {expected:?}; choose another --base-path, or remove the database with `bcai-node purge-chain` and the \
         same --base-path and --chain"
    )]
    OtherGenesis {
        path: String,
        id: String,
        stored: Hash,
        expected: Hash,
    },
    #[error(
        "--{flag} {asked} doesn't fit the database in {path}, which has been kept with --{flag} {kept}: give that, choose \
         another --base-path, or remove the database with `bcai-node purge-chain` and sync again"
    )]
    OtherPruning {
        flag: &'static str,
        path: String,
        asked: Keep,
        kept: String,
    },
    #[error("--state-pruning 0 leaves no state to make or check a block with: give 1 or more, or leave it out for 256")]
    NoState,
}

impl From<DatabaseError> for ServiceError {
    fn from(error: DatabaseError) -> Self {
        Self::Application(Box::new(error))
    }
}

/// How much of what is old is kept, as the flags name it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keep {
    All,
    Finalised,
    Last(u32),
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::All => f.write_str("archive"),
            Self::Finalised => f.write_str("archive-canonical"),
            Self::Last(blocks) => write!(f, "{blocks}"),
        }
    }
}

impl Keep {
    fn parse(text: &[u8]) -> Option<Self> {
        match std::str::from_utf8(text).ok()? {
            "archive" => Some(Self::All),
            "archive-canonical" => Some(Self::Finalised),
            number => number.parse().ok().map(Self::Last),
        }
    }

    fn states(mode: &PruningMode) -> Self {
        match mode {
            PruningMode::ArchiveAll => Self::All,
            PruningMode::ArchiveCanonical => Self::Finalised,
            PruningMode::Constrained(limits) => Self::Last(limits.max_blocks.unwrap_or(0)),
        }
    }

    fn blocks(mode: BlocksPruning) -> Self {
        match mode {
            BlocksPruning::KeepAll => Self::All,
            BlocksPruning::KeepFinalized => Self::Finalised,
            BlocksPruning::Some(blocks) => Self::Last(blocks),
        }
    }

    /// Does this promise what a database that was kept as `kept` has thrown away for good?
    fn promises_what_is_gone(self, kept: Self) -> bool {
        !matches!(self, Self::Last(_)) && matches!(kept, Self::Last(_))
    }
}

/// Opens the database of this configuration, or makes one.
/// Errors: [`DatabaseError`] for a state pruning that doesn't fit, and those of the SDK.
pub fn open(
    config: &Configuration,
    filters: Vec<Arc<dyn PruningFilter>>,
) -> Result<Arc<FullBackend>, ServiceError> {
    let asked = config.state_pruning.as_ref().map(Keep::states);
    if asked == Some(Keep::Last(0)) {
        return Err(DatabaseError::NoState.into());
    }
    let mut settings = config.db_config();
    settings.pruning_filters = filters;
    sc_service::new_db_backend(settings).map_err(|error| match (error, asked) {
        (sp_blockchain::Error::StateDatabase(text), Some(asked))
            if text.contains(OTHER_PRUNING) =>
        {
            DatabaseError::OtherPruning {
                flag: "state-pruning",
                path: path(config),
                asked,
                kept: stored_states(&text).into(),
            }
            .into()
        }
        (error, _) => error.into(),
    })
}

/// What a database keeps, out of state-db's text of a mismatch.
fn stored_states(text: &str) -> &'static str {
    let stored = text.split("stored: ").nth(1).unwrap_or_default();
    if stored.starts_with("ArchiveAll") {
        "archive"
    } else if stored.starts_with("ArchiveCanonical") {
        "archive-canonical"
    } else {
        "<a number of blocks>"
    }
}

/// The genesis of the chain spec, for a database that has none. Errors: [`DatabaseError::OtherGenesis`] for a database
/// that has another, and a spec whose genesis can't be made.
pub fn genesis(
    config: &Configuration,
    backend: &Arc<FullBackend>,
    executor: &WasmExecutor<HostFunctions>,
) -> Result<Genesis, ServiceError> {
    let storage = config
        .chain_spec
        .as_storage_builder()
        .build_storage()
        .map_err(sp_blockchain::Error::Storage)?;
    let builder = |storage, commit| {
        Genesis::new_with_storage(storage, commit, backend.clone(), executor.clone())
    };
    if let Some(stored) = backend.blockchain().hash(0)? {
        // What the block would change in the database is dropped.
        let (block, _) = builder(storage.clone(), false)?.build_genesis_block()?;
        let expected = block.hash();
        if stored != expected {
            return Err(DatabaseError::OtherGenesis {
                path: path(config),
                id: config.chain_spec.id().into(),
                stored,
                expected,
            }
            .into());
        }
    }
    Ok(builder(storage, !config.no_genesis())?)
}

/// Does the database fit the chain spec and the flags? For a command that opens the database by itself.
/// Errors: as [`open`] and [`genesis`].
pub fn check(config: &Configuration) -> Result<(), ServiceError> {
    let backend = open(config, Vec::new())?;
    let executor = sc_service::new_wasm_executor(&config.executor);
    genesis(config, &backend, &executor).map(drop)
}

/// Compares what a node that runs is to keep with what it has kept so far, which the SDK doesn't, and writes it down.
/// Errors: [`DatabaseError::OtherPruning`] for blocks that are gone.
pub fn keep(config: &Configuration, backend: &FullBackend) -> Result<(), ServiceError> {
    let states = match &config.state_pruning {
        Some(mode) => Some(Keep::states(mode)),
        // Without the flag an archive stays one, and a number of blocks becomes the SDK's.
        None => matches!(kept(backend, STATES_KEY)?, Some(Keep::Last(_)))
            .then(|| Keep::states(&PruningMode::default())),
    };
    let blocks = Some(Keep::blocks(config.blocks_pruning));
    // Nothing is written down of a start that is refused.
    let mut changes = Vec::new();
    for (flag, key, asked) in [
        ("state-pruning", STATES_KEY, states),
        ("blocks-pruning", BLOCKS_KEY, blocks),
    ] {
        let Some(asked) = asked else { continue };
        if let Some(from) = compare(config, backend, flag, key, asked)? {
            changes.push((flag, key, from, asked));
        }
    }
    for (flag, key, from, asked) in changes {
        if let Some(from) = from {
            log::warn!(
                "This database has been kept with --{flag} {from}, and is with --{flag} {asked} from now on"
            );
        }
        backend.insert_aux(&[(key, asked.to_string().as_bytes())], &[])?;
    }
    Ok(())
}

fn kept(backend: &FullBackend, key: &[u8]) -> Result<Option<Keep>, ServiceError> {
    Ok(backend.get_aux(key)?.as_deref().and_then(Keep::parse))
}

/// What is to be written down where it differs: what was kept until now, if that is known.
fn compare(
    config: &Configuration,
    backend: &FullBackend,
    flag: &'static str,
    key: &[u8],
    asked: Keep,
) -> Result<Option<Option<Keep>>, ServiceError> {
    match kept(backend, key)? {
        Some(kept) if kept == asked => Ok(None),
        Some(kept) if asked.promises_what_is_gone(kept) => Err(DatabaseError::OtherPruning {
            flag,
            path: path(config),
            asked,
            kept: kept.to_string(),
        }
        .into()),
        other => Ok(Some(other)),
    }
}

fn path(config: &Configuration) -> String {
    config
        .database
        .path()
        .map_or_else(String::new, |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_written_as_the_flags_name_it() {
        for keep in [Keep::All, Keep::Finalised, Keep::Last(7)] {
            assert_eq!(Keep::parse(keep.to_string().as_bytes()), Some(keep));
        }
        assert_eq!(Keep::parse(b"x"), None);
        assert_eq!(
            Keep::blocks(BlocksPruning::KeepFinalized).to_string(),
            "archive-canonical"
        );
        assert_eq!(Keep::states(&PruningMode::default()), Keep::Last(256));
    }

    #[test]
    fn only_what_is_gone_for_good_is_refused() {
        assert!(Keep::All.promises_what_is_gone(Keep::Last(9)));
        assert!(Keep::Finalised.promises_what_is_gone(Keep::Last(9)));
        for (asked, kept) in [
            (Keep::Last(9), Keep::All),
            (Keep::Last(9), Keep::Last(3)),
            (Keep::All, Keep::Finalised),
        ] {
            assert!(!asked.promises_what_is_gone(kept), "{asked} of {kept}");
        }
    }

    #[test]
    fn the_stored_mode_is_read_from_the_text_of_the_database() {
        let text = |stored: &PruningMode| {
            format!("{OTHER_PRUNING} [stored: {stored:?}; requested: ArchiveAll]")
        };
        assert_eq!(
            stored_states(&text(&PruningMode::ArchiveCanonical)),
            "archive-canonical"
        );
        assert_eq!(
            stored_states(&text(&PruningMode::default())),
            "<a number of blocks>"
        );
        assert_eq!(stored_states(&text(&PruningMode::ArchiveAll)), "archive");
    }
}
