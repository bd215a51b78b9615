use crate::{NotLegal, UploadId};
use bcai_pouw_primitives::Hash32;
use std::{io, path::PathBuf};

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such blob here.
    #[error("no blob with root 0x{}", hex::encode(.0))]
    NotFound(Hash32),
    /// Somebody took its file away while the store was open.
    #[error("the file of blob 0x{} is gone: upload it again", hex::encode(.0))]
    Missing(Hash32),
    /// Its file isn't what was written.
    #[error("blob 0x{} is corrupt and was set aside: {detail}", hex::encode(.root))]
    Corrupt {
        /// Of the blob.
        root: Hash32,
        /// What is wrong.
        detail: String,
    },
    /// More was asked for than there is.
    #[error("bytes {offset}..{} are outside blob 0x{} of {blob_len} bytes", .offset.saturating_add(*.len), hex::encode(.root))]
    OutOfRange {
        /// Of the blob.
        root: Hash32,
        /// Of the first byte.
        offset: u64,
        /// Bytes that were asked for.
        len: u64,
        /// Bytes that there are.
        blob_len: u64,
    },
    /// A strip, piece or tile that the blob doesn't have.
    #[error("blob 0x{} has no {place}", hex::encode(.root))]
    NoPlace {
        /// Of the blob.
        root: Hash32,
        /// What was asked for.
        place: String,
    },
    /// A matrix that no task can have.
    #[error(transparent)]
    NotLegal(#[from] NotLegal),
    /// Not a whole number of strips or tiles.
    #[error(
        "{len} bytes are not a positive multiple of the {leaf_len} bytes of one {leaf} of {kind}"
    )]
    Length {
        /// Of the blob.
        kind: &'static str,
        /// Strip or tile.
        leaf: &'static str,
        /// Bytes that were announced.
        len: u64,
        /// Bytes of a strip or tile.
        leaf_len: u64,
    },
    /// The same pieces in other strips have the same root, and only one content can be found by it.
    #[error(
        "0x{} is also the root of a matrix that is stored with {stored} slabs; this one, with {got}, can't be stored beside it",
        hex::encode(.root)
    )]
    OtherSlabs {
        /// Of both.
        root: Hash32,
        /// Slabs of the stored matrix.
        stored: u8,
        /// Slabs of this one.
        got: u8,
    },
    /// More than one blob may have.
    #[error("{len} bytes are too many, one blob has at most {max}")]
    TooLarge {
        /// Bytes that were announced.
        len: u64,
        /// The most.
        max: u64,
    },
    /// As many uploads are open as may be.
    #[error("{open} uploads are open, the most allowed; finish or abort one first")]
    TooManyUploads {
        /// How many.
        open: usize,
    },
    /// All blobs together have no room for another.
    #[error("no room for {needed} bytes: {used} of {max} bytes are in use")]
    StoreFull {
        /// Bytes that were announced.
        needed: u64,
        /// Bytes in use.
        used: u64,
        /// Bytes that the store may hold.
        max: u64,
    },
    /// It was finished, aborted, or idle for too long.
    #[error("no open upload {0}; it was finished, aborted or idle for too long")]
    UnknownUpload(UploadId),
    /// A part that doesn't follow the last one.
    #[error("this part starts at {got}, the next part must start at {expected}")]
    PartOffset {
        /// Its offset.
        got: u64,
        /// That of the next part.
        expected: u64,
    },
    /// More than was announced.
    #[error("{got} bytes were sent, the upload was announced with {announced}; it is dropped")]
    PartTooLong {
        /// Bytes so far.
        got: u64,
        /// Bytes that were announced.
        announced: u64,
    },
    /// A byte that is no value of A or Bt.
    #[error("value {value} at byte {offset} is outside [-64, 64]; the upload is dropped")]
    ValueOutOfRange {
        /// Of the byte.
        offset: u64,
        /// What it holds.
        value: i8,
    },
    /// Less than was announced.
    #[error("{got} of {announced} bytes were sent; send the rest first")]
    Incomplete {
        /// Bytes so far.
        got: u64,
        /// Bytes that were announced.
        announced: u64,
    },
    /// The disk has no room, or would have less than must stay free.
    #[error("the disk of {} is full", .0.display())]
    DiskFull(PathBuf),
    /// Another process has the folder open.
    #[error("the store of matrices at {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The disk failed.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// The error without the paths of this machine, for those who may only call safe RPC methods.
    pub fn without_paths(&self) -> String {
        match self {
            Self::DiskFull(_) => "the disk of the store of matrices is full".into(),
            Self::Locked(_) => "the store of matrices is in use by another process".into(),
            Self::Io { source, .. } => format!("the store of matrices failed: {source}"),
            other => other.to_string(),
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(path),
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_this_machine_is_shown_and_the_cause_is() {
        let path = || PathBuf::from("/home/miner/matrices");
        let io = StoreError::Io {
            path: path(),
            source: io::Error::other("no such device"),
        };
        assert!(io.without_paths().contains("no such device"));
        for error in [StoreError::DiskFull(path()), StoreError::Locked(path()), io] {
            assert!(error.to_string().contains("/home"));
            assert!(!error.without_paths().contains('/'), "{error}");
        }
        let missing = StoreError::NotFound([7; 32]);
        assert_eq!(missing.without_paths(), missing.to_string());
    }
}
