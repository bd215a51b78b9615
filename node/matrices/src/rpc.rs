//! The methods for matrices: in and out, part by part.

mod error;
mod view;

use crate::{legal_set, legal_shape, BlobInfo, MatrixStore, NotLegal, StoreError, UploadId, PART};
use bcai_pouw_primitives::Hash32;
use bcai_rpc::{shortened, Limits};
use bcai_runtime::Hash;
use error::Error;
use jsonrpsee::{proc_macros::rpc, Extensions};
use sc_rpc_api::check_if_safe;
use sp_core::Bytes;
use std::sync::Arc;
use view::{BlobView, ReceivedView, UploadRequest, UploadView};

/// Bytes of a matrix that one message carries, at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartLimits {
    /// Of an upload.
    pub upload: u64,
    /// Of an answer.
    pub fetch: u64,
}

impl PartLimits {
    /// [`PART`], or what the server's own limits leave of it.
    pub fn of(limits: &Limits) -> Self {
        Self {
            upload: limits.hex_in_request().min(PART),
            fetch: limits.hex_in_response().min(PART),
        }
    }
}

type RpcResult<T> = Result<T, Error>;

/// Matrices in and out. In the namespace of useful work, since tasks are what they are for.
#[rpc(server, namespace = "pouw")]
pub trait MatricesApi {
    /// Starts the upload of a matrix. Unsafe.
    #[method(name = "uploadStart", blocking, with_extensions)]
    fn upload_start(&self, request: UploadRequest) -> RpcResult<UploadView>;

    /// Adds the bytes from `offset` on, at most `maxPartBytes`. Repeating the last part is harmless. Unsafe.
    #[method(name = "uploadPart", blocking, with_extensions)]
    fn upload_part(&self, upload_id: String, offset: u64, data: Bytes) -> RpcResult<ReceivedView>;

    /// Ends a complete upload: its root, which must be `expected_root` when that is given. Unsafe.
    #[method(name = "uploadFinish", blocking, with_extensions)]
    fn upload_finish(&self, upload_id: String, expected_root: Option<Hash>) -> RpcResult<BlobView>;

    /// Drops an upload; false when there is none. Unsafe.
    #[method(name = "uploadAbort", blocking, with_extensions)]
    fn upload_abort(&self, upload_id: String) -> RpcResult<bool>;

    /// What this node stores under a root.
    #[method(name = "blobInfo", blocking)]
    fn blob_info(&self, root: Hash) -> RpcResult<Option<BlobView>>;

    /// Bytes of a stored matrix from `offset` on: `length`, at most `maxFetchBytes`, or up to its end.
    #[method(name = "fetch", blocking)]
    fn fetch(&self, root: Hash, offset: u64, length: u64) -> RpcResult<Bytes>;
}

/// Serves [`MatricesApi`].
pub struct Matrices {
    store: Arc<dyn MatrixStore>,
    limits: PartLimits,
}

impl Matrices {
    /// The methods over this store.
    pub fn new(store: Arc<dyn MatrixStore>, limits: PartLimits) -> Self {
        Self { store, limits }
    }

    fn blob(&self, root: Hash32) -> Option<BlobView> {
        self.store.info(&root).map(|info| BlobView::new(root, info))
    }
}

impl MatricesApiServer for Matrices {
    fn upload_start(&self, ext: &Extensions, request: UploadRequest) -> RpcResult<UploadView> {
        check_if_safe(ext)?;
        let BlobInfo { kind, len } = blob_of(&request)?;
        let id = self.store.begin(kind, len)?;
        Ok(UploadView {
            upload_id: id.to_string(),
            length: len,
            max_part_bytes: self.limits.upload,
            expires_in_seconds: self.store.limits().upload_idle.as_secs(),
        })
    }

    fn upload_part(
        &self,
        ext: &Extensions,
        upload_id: String,
        offset: u64,
        data: Bytes,
    ) -> RpcResult<ReceivedView> {
        check_if_safe(ext)?;
        let id = upload_of(&upload_id)?;
        let length = data.0.len() as u64;
        let max = self.limits.upload;
        if !(1..=max).contains(&length) {
            return Err(Error::PartLength { length, max });
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

    fn fetch(&self, root: Hash, offset: u64, length: u64) -> RpcResult<Bytes> {
        let max = self.limits.fetch;
        if !(1..=max).contains(&length) {
            return Err(Error::FetchLength { length, max });
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
        Ok(Bytes(self.store.read(&root.0, offset, length)?))
    }
}

/// The blob that a request announces.
fn blob_of(request: &UploadRequest) -> RpcResult<BlobInfo> {
    use view::Matrix;
    let set = legal_set(request.param_set)?;
    let UploadRequest {
        kind,
        rows,
        slabs,
        cols,
        ..
    } = *request;
    // Any legal number stands in for the dimension that a matrix doesn't have.
    match (kind, cols) {
        (Matrix::A, None) => {
            let shape = legal_shape(set, rows, set.w() as u32, slabs.unwrap_or(1))?;
            Ok(BlobInfo::of_a(&shape))
        }
        (Matrix::B, None) => {
            let shape = legal_shape(set, set.h() as u32, rows, slabs.unwrap_or(1));
            let shape = shape.map_err(|error| match error {
                NotLegal::Shape { value, .. } => NotLegal::Shape {
                    name: "rows (n)",
                    value,
                },
                other => other,
            })?;
            Ok(BlobInfo::of_b(&shape))
        }
        (Matrix::C, Some(_)) if slabs.is_some() => Err(Error::SlabsOfC),
        (Matrix::C, Some(cols)) => Ok(BlobInfo::of_c(&legal_shape(set, rows, cols, 1)?)),
        (Matrix::A | Matrix::B, Some(_)) => Err(Error::Columns { wanted: false }),
        (Matrix::C, None) => Err(Error::Columns { wanted: true }),
    }
}

fn upload_of(text: &str) -> RpcResult<UploadId> {
    // A text that can't be an id is as unknown as an id that isn't open.
    text.parse().map_err(|_| Error::UploadId {
        text: shortened(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlobKind;
    use bcai_pouw_primitives::ParamSet;
    use view::Matrix;

    fn request(kind: Matrix, param_set: u8, rows: u32, cols: Option<u32>) -> UploadRequest {
        UploadRequest {
            kind,
            param_set,
            rows,
            slabs: None,
            cols,
        }
    }

    fn with_slabs(kind: Matrix, slabs: u8, cols: Option<u32>) -> UploadRequest {
        UploadRequest {
            slabs: Some(slabs),
            ..request(kind, 0, 16, cols)
        }
    }

    fn code(result: RpcResult<BlobInfo>) -> i32 {
        result.expect_err("it must be refused").code()
    }

    #[test]
    fn parts_fit_into_what_the_server_takes_and_gives() {
        let limits = |megabytes: u64| {
            PartLimits::of(&Limits {
                max_request: megabytes << 20,
                max_response: 15 << 20,
                concurrent_calls: 1,
            })
        };
        assert_eq!((limits(15).upload, limits(15).fetch), (PART, PART));
        assert!(limits(1).upload * 2 < 1 << 20);
        assert!(limits(1).upload * 2 > (1 << 20) - 4096);
        assert_eq!(limits(1).fetch, PART);
    }

    #[test]
    fn the_length_of_an_upload_follows_from_its_shape() {
        let set = ParamSet::Set0;
        let blob = |kind, len| BlobInfo { kind, len };
        assert_eq!(
            blob_of(&request(Matrix::A, 0, 16, None)).unwrap(),
            blob(BlobKind::StripsA { set, slabs: 1 }, 16 * 1024)
        );
        assert_eq!(
            blob_of(&with_slabs(Matrix::A, 7, None)).unwrap(),
            blob(BlobKind::StripsA { set, slabs: 7 }, 16 * 7 * 1024)
        );
        let kind = BlobKind::StripsB {
            set: ParamSet::Set1,
            slabs: 1,
        };
        assert_eq!(
            blob_of(&request(Matrix::B, 1, 8, None)).unwrap(),
            blob(kind, 8 * 4096)
        );
        assert_eq!(
            blob_of(&with_slabs(Matrix::B, 8, None)).unwrap(),
            blob(BlobKind::StripsB { set, slabs: 8 }, 16 * 8 * 1024)
        );
        assert_eq!(
            blob_of(&request(Matrix::C, 0, 16, Some(24))).unwrap(),
            blob(BlobKind::TilesC(set), 16 * 24 * 4)
        );
    }

    #[test]
    fn slabs_out_of_range_or_of_a_result_are_refused() {
        for (kind, slabs) in [(Matrix::A, 0), (Matrix::B, 9)] {
            let error = blob_of(&with_slabs(kind, slabs, None)).unwrap_err();
            assert_eq!(error.code(), 10002);
            assert_eq!(
                error.to_string(),
                format!("{slabs} slabs are not legal: 1 to 8 are")
            );
        }
        let error = blob_of(&with_slabs(Matrix::C, 1, Some(16))).unwrap_err();
        assert_eq!(error.code(), 10002);
        assert!(error.to_string().starts_with("a matrix C has no slabs"));
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
}
