//! The errors of the methods for matrices. Their codes are in the range of `pouw_`, see `docs/rpc.md`.

use crate::{NotLegal, StoreError};
use bcai_runtime::Hash;
use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};
use sc_rpc_api::UnsafeRpcError;
use serde_json::{json, Value};

/// The first code of the range of `pouw_` is one above this; the SDK's own modules end below it.
const BASE: i32 = 10_000;

/// Why a method refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    NotLegal(#[from] NotLegal),
    #[error("{}", if *.wanted { "a matrix C needs cols" } else { "only a matrix C has cols; those of A and Bt are slabs * k" })]
    Columns { wanted: bool },
    #[error("a matrix C has no slabs, only A and Bt have; its shape is rows x cols")]
    SlabsOfC,
    #[error("`{text}` names no open upload")]
    UploadId { text: String },
    #[error("a part of {length} bytes is not legal: 1 to {max} bytes are")]
    PartLength { length: u64, max: u64 },
    #[error("the root is {got:?}, not the expected {expected:?}; the matrix is stored under its own root")]
    RootDiffers { got: Hash, expected: Hash },
    #[error("{length} bytes can't be fetched at once: 1 to {max} bytes can")]
    FetchLength { length: u64, max: u64 },
    #[error("offset {offset} is outside of the blob's {length} bytes")]
    FetchOffset { offset: u64, length: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unsafe(#[from] UnsafeRpcError),
}

impl Error {
    /// The JSON-RPC error code.
    pub fn code(&self) -> i32 {
        BASE + match self {
            Self::NotLegal(error) => return error.code(),
            Self::Columns { .. } | Self::SlabsOfC => 2,
            Self::UploadId { .. } => 5,
            Self::PartLength { .. } => 6,
            Self::RootDiffers { .. } => 10,
            Self::FetchLength { .. } | Self::FetchOffset { .. } => 12,
            Self::Unsafe(_) => return jsonrpsee::types::error::METHOD_NOT_FOUND_CODE,
            Self::Store(error) => match error {
                StoreError::NotLegal(error) => return error.code(),
                StoreError::Length { .. } => 2,
                StoreError::TooLarge { .. } => 3,
                StoreError::TooManyUploads { .. } => 4,
                StoreError::UnknownUpload(_) => 5,
                StoreError::PartOffset { .. } => 7,
                StoreError::PartTooLong { .. } | StoreError::Incomplete { .. } => 8,
                StoreError::ValueOutOfRange { .. } => 9,
                StoreError::NotFound(_) => 11,
                StoreError::OutOfRange { .. } | StoreError::NoPlace { .. } => 12,
                StoreError::StoreFull { .. } | StoreError::DiskFull(_) => 13,
                StoreError::Corrupt { .. } => 14,
                StoreError::Locked(_) | StoreError::Io { .. } => 15,
                StoreError::Missing(_) => 21,
                StoreError::OtherSlabs { .. } => 22,
            },
        }
    }

    /// What a client can act on.
    fn data(&self) -> Option<Value> {
        match self {
            Self::Store(StoreError::PartOffset { expected, .. }) => {
                Some(json!({ "expected": expected }))
            }
            Self::Store(StoreError::ValueOutOfRange { offset, .. }) => {
                Some(json!({ "offset": offset }))
            }
            Self::RootDiffers { got, .. } => Some(json!({ "root": got })),
            _ => None,
        }
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Store(inner) => inner.without_paths(),
            other => other.to_string(),
        };
        if let Error::Store(
            inner @ (StoreError::Io { .. } | StoreError::Missing(_) | StoreError::Corrupt { .. }),
        ) = &error
        {
            log::error!(target: "matrices", "{inner}");
        }
        ErrorObject::owned(error.code(), message, error.data())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io, path::PathBuf};

    #[test]
    fn an_answer_never_shows_a_path_of_the_node() {
        let path = PathBuf::from("/secret/place");
        let errors = [
            StoreError::DiskFull(path.clone()),
            StoreError::Locked(path.clone()),
            StoreError::Io {
                path,
                source: io::Error::other("x"),
            },
        ];
        for error in errors {
            let answer: ErrorObjectOwned = Error::Store(error).into();
            assert!(!answer.message().contains("secret"), "{}", answer.message());
        }
    }

    #[test]
    fn a_part_out_of_order_says_where_to_go_on() {
        let answer: ErrorObjectOwned = Error::Store(StoreError::PartOffset {
            got: 9,
            expected: 4,
        })
        .into();
        assert_eq!(answer.code(), 10_007);
        assert_eq!(answer.data().unwrap().get(), r#"{"expected":4}"#);
    }
}
