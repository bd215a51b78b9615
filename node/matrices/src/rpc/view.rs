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
    /// Of A and B, which have so many times k columns; 1 where it is left out.
    pub slabs: Option<u8>,
    /// n, for C only.
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
    /// Of A and B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slabs: Option<u8>,
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
                BlobKind::StripsA { .. } => Matrix::A,
                BlobKind::StripsB { .. } => Matrix::B,
                BlobKind::TilesC(_) => Matrix::C,
            },
            param_set: info.kind.set().index(),
            slabs: info.kind.slabs(),
            length: info.len,
            leaves: info.leaves(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_pouw_primitives::ParamSet;
    use serde_json::json;

    #[test]
    fn an_upload_with_an_unknown_field_is_refused() {
        let parse = |value| serde_json::from_value::<UploadRequest>(value);
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8 })).is_ok());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8, "slabs": 3 })).is_ok());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8, "slabs": 300 })).is_err());
        assert!(parse(json!({ "kind": "d", "paramSet": 0, "rows": 8 })).is_err());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": 8, "length": 1 })).is_err());
        assert!(parse(json!({ "kind": "a", "paramSet": 0, "rows": -8 })).is_err());
    }

    #[test]
    fn a_stored_matrix_tells_its_slabs_and_a_result_has_none() {
        let set = ParamSet::Set0;
        let view = |kind| {
            let info = BlobInfo {
                kind,
                len: 2 * kind.leaf_len() as u64,
            };
            serde_json::to_value(BlobView::new([7; 32], info)).unwrap()
        };
        let root = format!("0x{}", "07".repeat(32));
        assert_eq!(
            view(BlobKind::StripsB { set, slabs: 3 }),
            json!({ "root": root, "kind": "b", "paramSet": 0, "slabs": 3, "length": 49_152, "leaves": 2 })
        );
        assert_eq!(
            view(BlobKind::TilesC(set)),
            json!({ "root": root, "kind": "c", "paramSet": 0, "length": 512, "leaves": 2 })
        );
    }
}
