use crate::UploadId;
use bcai_pouw_primitives::Hash32;
use std::{io, path::PathBuf};

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no blob with root 0x{}", hex::encode(.0))]
    NotFound(Hash32),
    #[error("the file of blob 0x{} is gone: upload it again", hex::encode(.0))]
    Missing(Hash32),
    #[error("blob 0x{} is corrupt and was set aside: {detail}", hex::encode(.root))]
    Corrupt { root: Hash32, detail: String },
    #[error("bytes {offset}..{} are outside blob 0x{} of {blob_len} bytes", .offset.saturating_add(*.len), hex::encode(.root))]
    OutOfRange {
        root: Hash32,
        offset: u64,
        len: u64,
        blob_len: u64,
    },
    #[error(
        "{len} bytes are not a positive multiple of the {leaf_len} bytes of one leaf of {kind}"
    )]
    Length {
        kind: &'static str,
        len: u64,
        leaf_len: u64,
    },
    #[error("{len} bytes are too many, one blob has at most {max}")]
    TooLarge { len: u64, max: u64 },
    #[error("{open} uploads are open, the most allowed; finish or abort one first")]
    TooManyUploads { open: usize },
    #[error("no room for {needed} bytes: {used} of {max} bytes are in use")]
    StoreFull { needed: u64, used: u64, max: u64 },
    #[error("no open upload {0}; it was finished, aborted or idle for too long")]
    UnknownUpload(UploadId),
    #[error("this part starts at {got}, the next part must start at {expected}")]
    PartOffset { got: u64, expected: u64 },
    #[error("{got} bytes were sent, the upload was announced with {announced}; it is dropped")]
    PartTooLong { got: u64, announced: u64 },
    #[error("value {value} at byte {offset} is outside [-64, 64]; the upload is dropped")]
    ValueOutOfRange { offset: u64, value: i8 },
    #[error("{got} of {announced} bytes were sent; send the rest first")]
    Incomplete { got: u64, announced: u64 },
    #[error("the disk of {} is full", .0.display())]
    DiskFull(PathBuf),
    #[error("the store of matrices at {} is in use by another process", .0.display())]
    Locked(PathBuf),
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
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
