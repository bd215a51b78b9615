use crate::{BlobInfo, BlobKind, StoreError, UploadId};
use bcai_pouw_primitives::Hash32;
use std::time::{Duration, SystemTime};

/// Bounds on what a store takes in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreLimits {
    /// Bytes of one blob, at most.
    pub max_blob: u64,
    /// Bytes of all blobs, of quarantined files, and of the declared lengths of open uploads, at most.
    pub max_total: u64,
    /// Uploads open at a time, at most.
    pub max_uploads: usize,
    /// An upload that got no part for so long is dropped.
    pub upload_idle: Duration,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            max_blob: 1 << 30,
            max_total: 16 << 30,
            max_uploads: 16,
            upload_idle: Duration::from_secs(600),
        }
    }
}

/// What a store holds now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StoreUsage {
    /// How many blobs.
    pub blobs: usize,
    /// Bytes of content in blobs.
    pub blob_bytes: u64,
    /// Uploads that are neither finished nor dropped.
    pub open_uploads: usize,
    /// Bytes declared by open uploads.
    pub reserved_bytes: u64,
    /// Bytes in quarantined files.
    pub corrupt_bytes: u64,
}

impl StoreUsage {
    /// Bytes that count against [`StoreLimits::max_total`].
    pub const fn total(&self) -> u64 {
        self.blob_bytes
            .saturating_add(self.reserved_bytes)
            .saturating_add(self.corrupt_bytes)
    }
}

/// A blob as [`MatrixStore::blobs`] lists it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StoredBlob {
    /// What it is found by.
    pub root: Hash32,
    /// Kind and length.
    pub info: BlobInfo,
    /// When an upload of this content was last finished, also one that found it stored already.
    pub completed: SystemTime,
}

/// Matrices by Merkle root. Methods block on the disk; call them from a blocking thread.
pub trait MatrixStore: Send + Sync + 'static {
    /// The bounds of this store.
    fn limits(&self) -> StoreLimits;

    /// What it holds now.
    fn usage(&self) -> StoreUsage;

    /// Would [`Self::begin`] find room for `len` bytes now, in the store and on its disk?
    fn has_room(&self, len: u64) -> bool;

    /// Starts an upload of `len` bytes, whole strips or tiles.
    /// Errors: `NotLegal`, `Length`, `TooLarge`, `TooManyUploads`, `StoreFull`, `DiskFull`, `Io`.
    fn begin(&self, kind: BlobKind, len: u64) -> Result<UploadId, StoreError>;

    /// Adds the part that starts at `offset`, which must be where the last part ended; returns where the next
    /// part starts. A wrong offset leaves the upload as it was; every other error ends it.
    /// Errors: `UnknownUpload`, `PartOffset`, `PartTooLong`, `ValueOutOfRange`, `DiskFull`, `Io`.
    fn write(&self, upload: UploadId, offset: u64, part: &[u8]) -> Result<u64, StoreError>;

    /// Ends a complete upload and returns its root. An incomplete upload stays open.
    /// Errors: `UnknownUpload`, `Incomplete`, `OtherSlabs`, `DiskFull`, `Io`.
    fn finish(&self, upload: UploadId) -> Result<Hash32, StoreError>;

    /// Drops an upload. Errors: `UnknownUpload`.
    fn abort(&self, upload: UploadId) -> Result<(), StoreError>;

    /// Drops the uploads that were idle for too long; returns how many.
    fn drop_idle_uploads(&self) -> usize;

    /// Kind and length of a blob, if it is here.
    fn info(&self, root: &Hash32) -> Option<BlobInfo>;

    /// The bytes `offset .. offset + len` of a blob.
    /// Errors: `NotFound`, `OutOfRange`, `Missing` (the blob is forgotten), `Corrupt` (it is quarantined), `Io`.
    fn read(&self, root: &Hash32, offset: u64, len: u64) -> Result<Vec<u8>, StoreError>;

    /// The siblings of a tile of C from the bottom up, as a proof against `root` has them; reads and hashes one chunk.
    /// Errors: `NotFound`, `NoPlace` (there is no such tile), `Missing` and `Corrupt` as [`Self::read`], `Io`.
    fn path(&self, root: &Hash32, tile: u64) -> Result<Vec<Hash32>, StoreError>;

    /// The siblings of a strip of A or Bt among the strips. Errors: as [`Self::path`].
    fn strip_path(&self, root: &Hash32, strip: u64) -> Result<Vec<Hash32>, StoreError>;

    /// The siblings of a piece of A or Bt: those within its strip, then those of the strip. Errors: as [`Self::path`].
    fn piece_path(&self, root: &Hash32, strip: u64, slab: u8) -> Result<Vec<Hash32>, StoreError>;

    /// All bytes of a blob. Errors: as [`Self::read`].
    fn read_all(&self, root: &Hash32) -> Result<Vec<u8>, StoreError> {
        let info = self.info(root).ok_or(StoreError::NotFound(*root))?;
        self.read(root, 0, info.len)
    }

    /// Stores a whole blob and returns its root. Errors: as the upload's.
    fn put(&self, kind: BlobKind, bytes: &[u8]) -> Result<Hash32, StoreError> {
        let upload = self.begin(kind, bytes.len() as u64)?;
        self.write(upload, 0, bytes)?;
        self.finish(upload)
    }

    /// The blobs that are here, in no order; without open uploads and quarantined files.
    fn blobs(&self) -> Vec<StoredBlob>;

    /// Removes a blob and its quarantined file; false when there was none. A read that has the file open goes
    /// on, a later one gets `NotFound`; an upload of the same content that is not finished yet stores it again.
    /// Errors: `Io`.
    fn remove(&self, root: &Hash32) -> Result<bool, StoreError>;

    /// As [`Self::remove`], unless the blob was uploaded again since it was listed: whoever did so counts on it.
    /// False when nothing was removed. Errors: `Io`.
    fn remove_listed(&self, blob: &StoredBlob) -> Result<bool, StoreError>;
}
