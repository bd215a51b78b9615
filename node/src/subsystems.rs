//! The subsystems of the node: the one place that lists them. Each is a crate with [`Params`](bcai_pouw::Params), a
//! `spawn`, RPC methods and metrics; see `docs/architecture.md`.

use bcai_client::Context;
use bcai_transactions::Transactions;
use jsonrpsee::{core::RegisterMethodError, Methods};
use sc_service::Error as ServiceError;
use std::sync::Arc;

/// The options of all subsystems.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Params {
    #[clap(flatten)]
    pub matrices: bcai_matrices::Params,
    #[clap(flatten)]
    pub pouw: bcai_pouw::Params,
}

/// Starts all of them, and gives their RPC methods. Errors: what keeps one from starting.
pub fn spawn(context: &Context, params: &Params) -> Result<Methods, ServiceError> {
    let transactions = Transactions::new(context)?;
    let named = Arc::new(bcai_pouw::NamedByTasks::new(context.client.clone()));
    let matrices = bcai_matrices::spawn(context, &params.matrices, named)?;
    let pouw = bcai_pouw::spawn(context, &params.pouw, &matrices.store, &transactions)?;
    merged([matrices.rpc, pouw])
}

fn merged(all: impl IntoIterator<Item = Methods>) -> Result<Methods, ServiceError> {
    let mut methods = Methods::new();
    for each in all {
        methods
            .merge(each)
            .map_err(|error: RegisterMethodError| ServiceError::Application(Box::new(error)))?;
    }
    Ok(methods)
}
