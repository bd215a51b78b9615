//! Content-addressed store of the matrices of tasks: A, Bt and C, each found by its Merkle root.
//!
//! # Goals
//!
//! - A root names exactly one content. What comes out hashes to the root that was asked for.
//! - A crash, a full disk or a flipped bit costs at most the blob that it hits, and says so.
//! - A client that can't hold a matrix in one message uploads and reads it in parts.
//!
//! # Design
//!
//! [`MatrixStore`] is what the rest of the node knows; [`FsMatrixStore`] keeps the blobs in one folder:
//!
//! ```text
//! <root in hex>.blob      header, of each chunk its BLAKE3 hash and the root of its subtree, content
//! <upload id>.part        an upload that is not finished; removed when the store is opened
//! <root in hex>.corrupt   a blob that failed its checksum, or a file of another version; the last few are kept for inspection, none is served
//! lock                    held while a process has the store open
//! ```
//!
//! A chunk is the largest power of two of whole strips (tiles of C) that is at most 1 MiB.
//!
//! Other files are left alone. A file that can't be read when the store is opened is skipped and not counted; an
//! upload of its content replaces it, as it replaces a blob that was damaged on the disk.
//!
//! Nothing is removed by itself: [`MatrixStore::blobs`] and [`MatrixStore::remove_listed`] are for a collector that
//! knows which tasks are over.
//!
//! # Properties
//!
//! - A `.blob` is complete: it is written under another name, synced, renamed, and the folder is synced.
//! - No byte is returned whose chunk doesn't hash to the value written when the root was computed.
//! - A path takes the reading and hashing of one chunk, however large the content is.
//! - A root stands for one content as long as it is stored: the same pieces cut into other strips can have the same root,
//!   and are refused meanwhile.
//! - The files that the store counts never hold more than [`StoreLimits::max_total`] bytes of content.
//! - No upload begins that would leave less of the disk free than [`FsMatrixStore::with_min_free`] says.
//! - When an upload is finished, the file of its root has been read and is sound, or is the upload's own.
//! - A blob of kind [`BlobKind::StripsA`] or [`BlobKind::StripsB`] has only values in [-64, 64].

// The error of sc-service is that large; it is made once, when the node ends.
#![allow(clippy::result_large_err)]

mod error;
mod file;
mod fs;
mod index;
mod kind;
mod legal;
mod metrics;
mod params;
mod rpc;
mod service;
mod store;
mod tree;
mod upkeep;
mod upload;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use fs::FsMatrixStore;
pub use kind::{BlobInfo, BlobKind};
pub use legal::{legal_set, legal_shape, NotLegal};
pub use params::{parse_bytes, Params};
pub use rpc::PartLimits;
pub use service::{free_bytes, spawn, Service};
/// Bytes of content that are read, written or sent at a time, at most; no leaf is longer.
pub const PART: u64 = 1 << 20;

pub use store::{MatrixStore, StoreLimits, StoreUsage, StoredBlob};
pub use upkeep::Named;
pub use upload::{InvalidUploadId, UploadId};
