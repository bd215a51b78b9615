//! The `pouw_` methods: matrices in and out, tasks and credit as the chain has them, and how this node's miner and
//! challenger are doing.

mod error;
mod hex_bytes;
mod view;

use crate::{
    pouw_chain::raw_task,
    pouw_tasks::PouwStatus,
    service::{Block, FullClient},
};
use bcai_pouw_primitives::{Hash32, ParamSet, Shape, ShapeError, TaskId};
use bcai_pouw_runtime_api::PouwApi as _;
use bcai_runtime::{AccountId, Hash};
use bcai_task_store::{BlobKind, StoreError, TaskStore, UploadId};
use error::Error;
use hex_bytes::HexBytes;
use jsonrpsee::{proc_macros::rpc, Extensions};
use sc_client_api::HeaderBackend;
use sc_rpc_api::check_if_safe;
use serde_json::Value;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_core::crypto::{AccountId32, Ss58Codec};
use std::sync::Arc;
use view::{
    BlobView, CreditView, QuoteView, ReceivedView, TargetView, TaskView, TasksView, UploadView,
};

pub use view::UploadRequest;

/// Bytes of a matrix in one message, at most: twice as many hex digits, well below the server's limits.
pub const MAX_PART_BYTES: u64 = 1 << 20;

/// Ids that one call of `pouw_tasks` looks at, at most.
pub const MAX_TASKS: u32 = bcai_pouw_runtime_api::MAX_TASKS_PER_CALL;

type RpcResult<T> = Result<T, Error>;

/// Matrices, tasks and work credit.
#[rpc(server, namespace = "pouw")]
pub trait PouwApi {
    /// Starts the upload of a matrix. Unsafe.
    #[method(name = "uploadStart", blocking, with_extensions)]
    fn upload_start(&self, request: UploadRequest) -> RpcResult<UploadView>;

    /// Adds the bytes from `offset` on, at most 1 MiB. Repeating the last part is harmless. Unsafe.
    #[method(name = "uploadPart", blocking, with_extensions)]
    fn upload_part(
        &self,
        upload_id: String,
        offset: u64,
        data: HexBytes,
    ) -> RpcResult<ReceivedView>;

    /// Ends a complete upload: its root, which must be `expected_root` when that is given. Unsafe.
    #[method(name = "uploadFinish", blocking, with_extensions)]
    fn upload_finish(&self, upload_id: String, expected_root: Option<Hash>) -> RpcResult<BlobView>;

    /// Drops an upload; false when there is none. Unsafe.
    #[method(name = "uploadAbort", blocking, with_extensions)]
    fn upload_abort(&self, upload_id: String) -> RpcResult<bool>;

    /// What this node stores under a root.
    #[method(name = "blobInfo", blocking)]
    fn blob_info(&self, root: Hash) -> RpcResult<Option<BlobView>>;

    /// Bytes of a stored matrix from `offset` on: `length`, at most 1 MiB, or up to its end.
    #[method(name = "fetch", blocking)]
    fn fetch(&self, root: Hash, offset: u64, length: u64) -> RpcResult<HexBytes>;

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
        bounty: String,
        at: Option<Hash>,
    ) -> RpcResult<QuoteView>;

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
    store: Arc<dyn TaskStore>,
    status: PouwStatus,
}

impl Pouw {
    /// `status` is what the miner and the challenger report.
    pub fn new(client: Arc<FullClient>, store: Arc<dyn TaskStore>, status: PouwStatus) -> Self {
        Self {
            client,
            store,
            status,
        }
    }

    fn read<T>(
        &self,
        at: Option<Hash>,
        call: impl FnOnce(
            ApiRef<'_, <FullClient as ProvideRuntimeApi<Block>>::Api>,
            Hash,
        ) -> Result<T, ApiError>,
    ) -> RpcResult<T> {
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        call(self.client.runtime_api(), at).map_err(|error| Error::Runtime {
            at,
            reason: error.to_string(),
        })
    }

    fn holds(&self, root: &Hash32) -> bool {
        self.store.info(root).is_some()
    }

    fn view(&self, task: bcai_miner::chain::Task) -> TaskView {
        TaskView::new(task, |root| self.holds(root))
    }

    fn blob(&self, root: Hash32) -> Option<BlobView> {
        self.store.info(&root).map(|info| BlobView::new(root, info))
    }
}

impl PouwApiServer for Pouw {
    fn upload_start(&self, ext: &Extensions, request: UploadRequest) -> RpcResult<UploadView> {
        check_if_safe(ext)?;
        let (kind, length) = blob_of(&request)?;
        let id = self.store.begin(kind, length)?;
        Ok(UploadView {
            upload_id: id.to_string(),
            length,
            max_part_bytes: MAX_PART_BYTES,
            expires_in_seconds: self.store.limits().upload_idle.as_secs(),
        })
    }

    fn upload_part(
        &self,
        ext: &Extensions,
        upload_id: String,
        offset: u64,
        data: HexBytes,
    ) -> RpcResult<ReceivedView> {
        check_if_safe(ext)?;
        let id = upload_of(&upload_id)?;
        let length = data.0.len() as u64;
        if !(1..=MAX_PART_BYTES).contains(&length) {
            return Err(Error::PartLength { length });
        }
        let received = match self.store.write(id, offset, &data.0) {
            // A client that didn't hear the answer sends the part again.
            Err(StoreError::PartOffset { got, expected })
                if got.saturating_add(length) <= expected =>
            {
                expected
            }
            other => other?,
        };
        Ok(ReceivedView { received })
    }

    fn upload_finish(
        &self,
        ext: &Extensions,
        upload_id: String,
        expected_root: Option<Hash>,
    ) -> RpcResult<BlobView> {
        check_if_safe(ext)?;
        let root = self.store.finish(upload_of(&upload_id)?)?;
        match expected_root {
            Some(expected) if expected.0 != root => Err(Error::RootDiffers {
                got: Hash::from(root),
                expected,
            }),
            _ => self
                .blob(root)
                .ok_or(Error::Store(StoreError::NotFound(root))),
        }
    }

    fn upload_abort(&self, ext: &Extensions, upload_id: String) -> RpcResult<bool> {
        check_if_safe(ext)?;
        match self.store.abort(upload_of(&upload_id)?) {
            Ok(()) => Ok(true),
            Err(StoreError::UnknownUpload(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn blob_info(&self, root: Hash) -> RpcResult<Option<BlobView>> {
        Ok(self.blob(root.0))
    }

    fn fetch(&self, root: Hash, offset: u64, length: u64) -> RpcResult<HexBytes> {
        if !(1..=MAX_PART_BYTES).contains(&length) {
            return Err(Error::FetchLength { length });
        }
        let info = self
            .store
            .info(&root.0)
            .ok_or(StoreError::NotFound(root.0))?;
        if offset >= info.len {
            return Err(Error::FetchOffset {
                offset,
                length: info.len,
            });
        }
        let length = length.min(info.len.saturating_sub(offset));
        Ok(HexBytes(self.store.read(&root.0, offset, length)?))
    }

    fn task(&self, id: TaskId, at: Option<Hash>) -> RpcResult<Option<TaskView>> {
        let task = self.read(at, |api, at| api.task(at, id))?;
        Ok(task.map(|task| self.view(raw_task(task))))
    }

    fn tasks(&self, from: TaskId, limit: u32, at: Option<Hash>) -> RpcResult<TasksView> {
        if !(1..=MAX_TASKS).contains(&limit) {
            return Err(Error::Limit { limit });
        }
        // One block for both reads, or the two could disagree.
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        let tasks = self.read(Some(at), |api, at| api.tasks(at, from, limit))?;
        let end = self.read(Some(at), |api, at| api.next_task_id(at))?;
        let next = from.saturating_add(limit.into());
        Ok(TasksView {
            tasks: tasks
                .into_iter()
                .map(|task| self.view(raw_task(task)))
                .collect(),
            next: (next < end).then_some(next),
        })
    }

    fn targets(&self, at: Option<Hash>) -> RpcResult<Vec<TargetView>> {
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        let mut targets = Vec::new();
        for set in ParamSet::ALL {
            if let Some(target) = self.read(Some(at), |api, at| api.target(at, set))? {
                targets.push(TargetView::new(set, target));
            }
        }
        Ok(targets)
    }

    fn work_credit(&self, account: String, at: Option<Hash>) -> RpcResult<CreditView> {
        let account = account_of(&account)?;
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        Ok(CreditView {
            account: account.to_ss58check(),
            credit: self
                .read(Some(at), |api, at| api.work_credit(at, account.clone()))?
                .to_string(),
            total: self
                .read(Some(at), |api, at| api.total_work_credit(at))?
                .to_string(),
            era: self.read(Some(at), |api, at| api.current_era(at))?,
        })
    }

    fn posting_quote(
        &self,
        param_set: u8,
        m: u32,
        n: u32,
        bounty: String,
        at: Option<Hash>,
    ) -> RpcResult<QuoteView> {
        let set = set_of(param_set)?;
        Shape::new(set, m, n).map_err(|error| shape_error(error, m, n))?;
        let bounty = bounty.parse::<u128>().map_err(|_| Error::Amount {
            text: shortened(&bounty),
        })?;
        let at = at.unwrap_or_else(|| self.client.info().best_hash);
        let fee = self
            .read(Some(at), |api, at| api.posting_fee(at, set, m, n))?
            .ok_or(Error::SetNotEnabled { param_set })?;
        let bond = self.read(Some(at), |api, at| api.bond(at, bounty))?;
        Ok(QuoteView {
            fee: fee.to_string(),
            bond: bond.to_string(),
        })
    }

    fn miner_status(&self) -> RpcResult<Value> {
        Ok(self.status.miner())
    }

    fn challenger_status(&self) -> RpcResult<Value> {
        Ok(self.status.challenger())
    }
}

fn set_of(param_set: u8) -> RpcResult<ParamSet> {
    ParamSet::from_index(param_set).ok_or(Error::UnknownSet { param_set })
}

fn shape_error(error: ShapeError, m: u32, n: u32) -> Error {
    let (name, value) = match error {
        ShapeError::NoRows | ShapeError::TooManyRows | ShapeError::RowsOfNoStrip => ("rows (m)", m),
        ShapeError::NoColumns | ShapeError::TooManyColumns | ShapeError::ColumnsOfNoStrip => {
            ("columns (n)", n)
        }
    };
    Error::Shape { name, value }
}

/// Kind and length of the blob that a request announces.
fn blob_of(request: &UploadRequest) -> RpcResult<(BlobKind, u64)> {
    use view::Matrix;
    let set = set_of(request.param_set)?;
    let UploadRequest {
        kind, rows, cols, ..
    } = *request;
    // Any legal number stands in for the dimension that A and Bt don't have.
    let shape = |m: u32, n: u32| Shape::new(set, m, n).map_err(|error| shape_error(error, m, n));
    match (kind, cols) {
        (Matrix::A, None) => Ok((BlobKind::StripsA(set), shape(rows, set.w() as u32)?.len_a())),
        (Matrix::B, None) => {
            let legal = Shape::new(set, set.h() as u32, rows).map_err(|_| Error::Shape {
                name: "rows (n)",
                value: rows,
            })?;
            Ok((BlobKind::StripsB(set), legal.len_b()))
        }
        (Matrix::C, Some(cols)) => Ok((BlobKind::TilesC(set), shape(rows, cols)?.len_c())),
        (Matrix::A | Matrix::B, Some(_)) => Err(Error::Columns { wanted: false }),
        (Matrix::C, None) => Err(Error::Columns { wanted: true }),
    }
}

/// What an error repeats of a text that may be as long as a request.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

fn upload_of(text: &str) -> RpcResult<UploadId> {
    // A text that can't be an id is as unknown as an id that isn't open.
    text.parse().map_err(|_| Error::UploadId {
        text: shortened(text),
    })
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
    use view::Matrix;

    fn request(kind: Matrix, param_set: u8, rows: u32, cols: Option<u32>) -> UploadRequest {
        UploadRequest {
            kind,
            param_set,
            rows,
            cols,
        }
    }

    fn code(result: RpcResult<(BlobKind, u64)>) -> i32 {
        result.expect_err("it must be refused").code()
    }

    #[test]
    fn the_length_of_an_upload_follows_from_its_shape() {
        let set = ParamSet::Set0;
        assert_eq!(
            blob_of(&request(Matrix::A, 0, 16, None)).unwrap(),
            (BlobKind::StripsA(set), 16 * 1024)
        );
        assert_eq!(
            blob_of(&request(Matrix::B, 1, 8, None)).unwrap(),
            (BlobKind::StripsB(ParamSet::Set1), 8 * 4096)
        );
        assert_eq!(
            blob_of(&request(Matrix::C, 0, 16, Some(24))).unwrap(),
            (BlobKind::TilesC(set), 16 * 24 * 4)
        );
    }

    #[test]
    fn an_illegal_shape_is_refused_before_anything_is_stored() {
        for kind in [Matrix::A, Matrix::B] {
            for rows in [0, 7, 12, (1 << 20) + 8, u32::MAX] {
                assert_eq!(
                    code(blob_of(&request(kind, 0, rows, None))),
                    10002,
                    "{rows}"
                );
            }
            assert_eq!(code(blob_of(&request(kind, 0, 8, Some(8)))), 10002);
        }
        assert_eq!(code(blob_of(&request(Matrix::C, 0, 8, None))), 10002);
        assert_eq!(code(blob_of(&request(Matrix::C, 0, 8, Some(9)))), 10002);
        assert_eq!(code(blob_of(&request(Matrix::A, 2, 8, None))), 10001);
    }

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
