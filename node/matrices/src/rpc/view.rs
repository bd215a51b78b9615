//! What the methods take and return, as JSON: roots as 0x and 64 hex digits.

use crate::{BlobInfo, BlobKind};
use bcai_pouw_primitives::Hash32;
use bcai_runtime::Hash;
use serde::{Deserialize, Serialize};

/// Which matrix of a task.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matrix {
    /// Activations: int8, row-major.
    A,
    /// Weights, transposed: int8, row-major.
    B,
    /// Result: little-endian int32, tile after tile, row-major inside of a tile.
    C,
}

/// An upload to come.
#[derive(Copy, Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UploadRequest {
    pub kind: Matrix,
    pub param_set: u8,
    /// m for A and C, n for B.
    pub rows: u32,
    /// n for C; A and B have k columns.
    pub cols: Option<u32>,
}

/// An open upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadView {
    pub upload_id: String,
    /// Bytes to send.
    pub length: u64,
    pub max_part_bytes: u64,
    /// It is dropped when no part comes for so long.
    pub expires_in_seconds: u64,
}

/// How far an upload is.
#[derive(Copy, Clone, Debug, Serialize, Deserialize)]
pub struct ReceivedView {
    /// Bytes received: the offset of the next part.
    pub received: u64,
}

/// A stored matrix.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlobView {
    pub root: Hash,
    pub kind: Matrix,
    pub param_set: u8,
    /// Bytes.
    pub length: u64,
    /// Strips of A and B, tiles of C.
    pub leaves: u64,
}

impl BlobView {
    /// `info` is what the store has under `root`.
    pub fn new(root: Hash32, info: BlobInfo) -> Self {
        Self {
            root: root.into(),
            kind: match info.kind {
                BlobKind::StripsA(_) => Matrix::A,
                BlobKind::StripsB(_) => Matrix::B,
                BlobKind::TilesC(_) => Matrix::C,
            },
            param_set: info.kind.set().index(),
            length: info.len,
            leaves: info.leaves(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_upload_with_an_unknown_field_is_refused() {
        let parse = |value| serde_json::from_value::<UploadRequest>(value);
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8 })).is_ok());
        assert!(parse(json!({ "kind": "d", "paramSet": 0, "rows": 8 })).is_err());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8, "length": 1 })).is_err());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": -8 })).is_err());
    }
}
