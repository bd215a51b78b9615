//! The `pouw_` methods: tasks and credit as the chain has them, and how this node's miner and challenger are doing.

mod error;
mod view;

use crate::status::Status;
use bcai_client::{settled, settled_best, Block, FullClient};
use bcai_matrices::{legal_set, legal_shape, MatrixStore, PartLimits};
use bcai_pouw_primitives::{Hash32, ParamSet, TaskId};
use bcai_pouw_tasks::chain::Task;
use bcai_rpc::shortened;
use bcai_runtime::{AccountId, Hash};
use error::Error;
use jsonrpsee::proc_macros::rpc;
use pallet_pouw_runtime_api::PouwApi as _;
use serde_json::Value;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::sync::Arc;
use view::{CreditView, LimitsView, QuoteView, TargetView, TaskView, TasksView};

type RpcResult<T> = Result<T, Error>;

/// Tasks and work credit.
#[rpc(server, namespace = "pouw")]
pub trait PouwApi {
    /// A task at a block, the best by default.
    #[method(name = "task", blocking)]
    fn task(&self, id: TaskId, at: Option<Hash>) -> RpcResult<Option<TaskView>>;

    /// The tasks among the ids `from .. from + limit`, and the id to go on from.
    #[method(name = "tasks", blocking)]
    fn tasks(&self, from: TaskId, limit: u32, at: Option<Hash>) -> RpcResult<TasksView>;

    /// The parameter sets that the chain takes tasks of, with their difficulty.
    #[method(name = "targets", blocking)]
    fn targets(&self, at: Option<Hash>) -> RpcResult<Vec<TargetView>>;

    /// Work credit of an account.
    #[method(name = "workCredit", blocking)]
    fn work_credit(&self, account: String, at: Option<Hash>) -> RpcResult<CreditView>;

    /// What a task would cost its requester, and what its claim puts on hold.
    #[method(name = "postingQuote", blocking)]
    fn posting_quote(
        &self,
        param_set: u8,
        m: u32,
        n: u32,
        slabs: u8,
        bounty: String,
        at: Option<Hash>,
    ) -> RpcResult<QuoteView>;

    /// How much one call may carry, as this node's options and the chain say.
    #[method(name = "limits", blocking)]
    fn limits(&self) -> RpcResult<LimitsView>;

    /// How this node's miner is doing.
    #[method(name = "minerStatus")]
    fn miner_status(&self) -> RpcResult<Value>;

    /// How this node's challenger is doing.
    #[method(name = "challengerStatus")]
    fn challenger_status(&self) -> RpcResult<Value>;
}

/// Serves [`PouwApi`].
pub struct Pouw {
    client: Arc<FullClient>,
    store: Arc<dyn MatrixStore>,
    status: Status,
    parts: PartLimits,
}

impl Pouw {
    /// `status` is what the miner and the challenger report; `parts` is what one message carries of a matrix.
    pub fn new(
        client: Arc<FullClient>,
        store: Arc<dyn MatrixStore>,
        status: Status,
        parts: PartLimits,
    ) -> Self {
        Self {
            client,
            store,
            status,
            parts,
        }
    }

    /// The block to read at: the one that was asked for, or the best that can be read.
    fn at(&self, at: Option<Hash>) -> RpcResult<Hash> {
        match at {
            None => Ok(settled_best(&self.client)),
            Some(at) if settled(&self.client, at) == at => Ok(at),
            Some(at) => Err(Error::Migrating { at }),
        }
    }

    fn read<T>(
        &self,
        at: Hash,
        call: impl FnOnce(
            ApiRef<'_, <FullClient as ProvideRuntimeApi<Block>>::Api>,
            Hash,
        ) -> Result<T, ApiError>,
    ) -> RpcResult<T> {
        call(self.client.runtime_api(), at).map_err(|error| Error::Runtime {
            at,
            reason: error.to_string(),
        })
    }

    fn max_tasks(&self, at: Hash) -> RpcResult<u32> {
        Ok(self.read(at, |api, at| api.limits(at))?.max_listed)
    }

    fn holds(&self, root: &Hash32) -> bool {
        self.store.info(root).is_some()
    }

    fn view(&self, task: Task) -> TaskView {
        TaskView::new(task, |root| self.holds(root))
    }
}

impl PouwApiServer for Pouw {
    fn task(&self, id: TaskId, at: Option<Hash>) -> RpcResult<Option<TaskView>> {
        let task = self.read(self.at(at)?, |api, at| api.task(at, id))?;
        Ok(task.map(|task| self.view(task)))
    }

    fn tasks(&self, from: TaskId, limit: u32, at: Option<Hash>) -> RpcResult<TasksView> {
        // One block for all reads, or they could disagree.
        let at = self.at(at)?;
        let max = self.max_tasks(at)?;
        if !(1..=max).contains(&limit) {
            return Err(Error::Limit { limit, max });
        }
        let tasks = self.read(at, |api, at| api.tasks(at, from, limit))?;
        let end = self.read(at, |api, at| api.next_task_id(at))?;
        let next = from.saturating_add(limit.into());
        Ok(TasksView {
            tasks: tasks.into_iter().map(|task| self.view(task)).collect(),
            next: (next < end).then_some(next),
        })
    }

    fn targets(&self, at: Option<Hash>) -> RpcResult<Vec<TargetView>> {
        let at = self.at(at)?;
        let mut targets = Vec::new();
        for set in ParamSet::ALL {
            if let Some(target) = self.read(at, |api, at| api.target(at, set))? {
                targets.push(TargetView::new(set, target));
            }
        }
        Ok(targets)
    }

    fn work_credit(&self, account: String, at: Option<Hash>) -> RpcResult<CreditView> {
        let account = account_of(&account)?;
        let at = self.at(at)?;
        Ok(CreditView {
            account: account.to_ss58check(),
            credit: self
                .read(at, |api, at| api.work_credit(at, account.clone()))?
                .to_string(),
            total: self
                .read(at, |api, at| api.total_work_credit(at))?
                .to_string(),
            halvings: self.read(at, |api, at| api.halvings(at))?,
        })
    }

    fn posting_quote(
        &self,
        param_set: u8,
        m: u32,
        n: u32,
        slabs: u8,
        bounty: String,
        at: Option<Hash>,
    ) -> RpcResult<QuoteView> {
        let set = legal_set(param_set)?;
        legal_shape(set, m, n, slabs)?;
        let bounty = bounty.parse::<u128>().map_err(|_| Error::Amount {
            text: shortened(&bounty),
        })?;
        let at = self.at(at)?;
        let fee = self
            .read(at, |api, at| api.posting_fee(at, set, m, n, slabs))?
            .ok_or(Error::SetNotEnabled { param_set })?;
        let bond = self.read(at, |api, at| api.bond(at, bounty))?;
        Ok(QuoteView {
            fee: fee.to_string(),
            bond: bond.to_string(),
        })
    }

    fn limits(&self) -> RpcResult<LimitsView> {
        Ok(LimitsView {
            max_part_bytes: self.parts.upload,
            max_fetch_bytes: self.parts.fetch,
            max_tasks: self.max_tasks(self.at(None)?)?,
        })
    }

    fn miner_status(&self) -> RpcResult<Value> {
        Ok(self.status.miner())
    }

    fn challenger_status(&self) -> RpcResult<Value> {
        Ok(self.status.challenger())
    }
}

/// An account as SS58 of any prefix or as 0x and 64 hex digits.
fn account_of(text: &str) -> RpcResult<AccountId> {
    let malformed = || Error::Account {
        text: shortened(text),
    };
    if let Some(digits) = text.strip_prefix("0x") {
        let mut raw = [0u8; 32];
        hex::decode_to_slice(digits, &mut raw).map_err(|_| malformed())?;
        return Ok(AccountId32::new(raw));
    }
    AccountId32::from_ss58check_with_version(text)
        .map(|(account, _)| account)
        .map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_taken_as_ss58_of_any_prefix_and_as_hex() {
        let bob = sp_keyring::Sr25519Keyring::Bob.to_account_id();
        let hex = format!("0x{}", hex::encode(AsRef::<[u8]>::as_ref(&bob)));
        let address = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
        for text in [address, hex.as_str()] {
            assert_eq!(account_of(text).unwrap(), bob);
        }
        for text in ["", "0x", "0x12", "//Bob", &"x".repeat(1000)] {
            let error = account_of(text).unwrap_err();
            assert_eq!(error.code(), 10018);
            assert!(
                error.to_string().len() < 300,
                "a long input is not echoed whole"
            );
        }
    }
}
