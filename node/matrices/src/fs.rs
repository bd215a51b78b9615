use crate::{
    file::{Head, ReadError},
    index::{file_path, remove_if_there, Index, OpenUpload, LOG_TARGET},
    tree::Place,
    upload::{PartFile, Upload},
    BlobInfo, BlobKind, MatrixStore, NotLegal, StoreError, StoreLimits, StoreUsage, StoredBlob,
    UploadId,
};
use bcai_pouw_primitives::{params::MAX_SLABS, Hash32};
use parking_lot::Mutex;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

/// The store in one folder; see the crate's documentation for the files in it.
pub struct FsMatrixStore {
    folder: PathBuf,
    limits: StoreLimits,
    reserve: Option<Reserve>,
    index: Mutex<Index>,
    /// Held for as long as the store lives.
    _lock: File,
}

/// Asks the disk of a path for its free space.
type FreeBytes = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

/// The part of the disk that uploads leave free.
struct Reserve {
    min_free: u64,
    free_bytes: Box<FreeBytes>,
}

impl FsMatrixStore {
    /// Opens the store in `folder`, which is created when missing. Parts of unfinished uploads are removed,
    /// blobs whose head is damaged or whose length is wrong are set aside, and files that can't be read are
    /// skipped with a warning.
    /// Errors: `Locked`, `DiskFull`, `Io`, all of the folder itself.
    pub fn open(folder: impl Into<PathBuf>, limits: StoreLimits) -> Result<Self, StoreError> {
        let folder = folder.into();
        let at = |error| StoreError::io(&folder, error);
        fs::create_dir_all(&folder).map_err(at)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(at)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Locked(folder.clone()),
            TryLockError::Error(error) => at(error),
        })?;

        let index = Index::of(&folder).map_err(at)?;
        let usage = index.usage();
        if usage.total() > limits.max_total {
            log::warn!(
                target: LOG_TARGET,
                "The store holds {} bytes, more than its limit of {}; it takes no uploads until blobs are removed",
                usage.total(), limits.max_total,
            );
        }
        Ok(Self {
            folder,
            limits,
            reserve: None,
            index: Mutex::new(index),
            _lock: lock,
        })
    }

    /// Takes in no upload that would leave less than `min_free` bytes of the disk free; 0 checks nothing.
    ///
    /// `free_bytes` gives the bytes that are free on the disk of a folder. It is called under the store's lock,
    /// and a disk that it can't ask has room.
    pub fn with_min_free(
        mut self,
        min_free: u64,
        free_bytes: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static,
    ) -> Self {
        self.reserve = (min_free > 0).then(|| Reserve {
            min_free,
            free_bytes: Box::new(free_bytes),
        });
        self
    }

    /// Bytes that the disk lacks for an upload of `len` bytes.
    fn shortage(&self, index: &Index, len: u64) -> u64 {
        let Some(reserve) = &self.reserve else {
            return 0;
        };
        // Before the disk is asked: a part that is written in between then counts twice, not never.
        let wanted = reserve
            .min_free
            .saturating_add(index.unwritten())
            .saturating_add(len);
        match (reserve.free_bytes)(&self.folder) {
            Ok(free) => wanted.saturating_sub(free),
            Err(error) => {
                log::debug!(
                    target: LOG_TARGET,
                    "Cannot ask how much of the disk of {} is free: {error}", self.folder.display(),
                );
                0
            }
        }
    }

    fn path_of(&self, root: &Hash32, extension: &str) -> PathBuf {
        file_path(&self.folder, root, extension)
    }

    fn head(&self, root: &Hash32) -> Result<Arc<Head>, StoreError> {
        let head = self.index.lock().head(root).cloned();
        head.ok_or(StoreError::NotFound(*root))
    }

    fn sync_folder(&self) -> Result<(), StoreError> {
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| StoreError::io(&self.folder, error))
    }

    fn session(&self, id: UploadId) -> Result<Arc<Mutex<Option<Upload>>>, StoreError> {
        let mut index = self.index.lock();
        let upload = index
            .uploads
            .get_mut(&id)
            .ok_or(StoreError::UnknownUpload(id))?;
        upload.last_used = Instant::now();
        Ok(upload.session.clone())
    }

    /// Reads from the file of a blob. Errors: `Missing`, `Corrupt`, `Io`, and `NotFound` where it was removed since.
    fn read_file<T>(
        &self,
        head: &Arc<Head>,
        read: impl FnOnce(&File) -> Result<T, ReadError>,
    ) -> Result<T, StoreError> {
        let path = self.path_of(&head.root, "blob");
        File::open(&path)
            .map_err(ReadError::from)
            .and_then(|file| read(&file))
            .map_err(|error| match error {
                ReadError::Io(error) => StoreError::io(path, error),
                ReadError::Missing => self.forget(head, None),
                ReadError::Corrupt(detail) => self.forget(head, Some(detail)),
            })
    }

    /// Takes the blob that failed out of the index, unless it was replaced or removed since, and sets aside what is
    /// `corrupt`.
    fn forget(&self, head: &Arc<Head>, corrupt: Option<String>) -> StoreError {
        let root = head.root;
        let mut index = self.index.lock();
        if !index.is_current(head) {
            return StoreError::NotFound(root);
        }
        index.take(&root);
        let Some(detail) = corrupt else {
            log::error!(target: LOG_TARGET, "The file of blob 0x{} is gone", hex::encode(root));
            return StoreError::Missing(root);
        };
        index.set_aside(root, &self.path_of(&root, "blob"));
        index.trim_corrupt(&self.folder);
        log::error!(
            target: LOG_TARGET,
            "Blob 0x{} is corrupt and was set aside: {detail}", hex::encode(root),
        );
        StoreError::Corrupt { root, detail }
    }

    /// The indexed blob with the content of `fresh`, when its file still holds all of it.
    pub(crate) fn sound(&self, fresh: &Head) -> Option<Arc<Head>> {
        let known = self.index.lock().head(&fresh.root)?.clone();
        let verified = File::open(self.path_of(&fresh.root, "blob"))
            .map_err(ReadError::from)
            .and_then(|file| fresh.verify(&file));
        match verified {
            Ok(()) => Some(known),
            Err(error) => {
                log::warn!(
                    target: LOG_TARGET,
                    "The file of blob 0x{} is damaged and gives way to a new upload: {error}",
                    hex::encode(fresh.root),
                );
                None
            }
        }
    }

    /// Ends an upload: its file becomes the blob's, unless the blob is there and was `sound`.
    pub(crate) fn place(
        &self,
        id: UploadId,
        sealed: Result<(Head, PartFile), StoreError>,
        sound: Option<Arc<Head>>,
    ) -> Result<Hash32, StoreError> {
        let mut index = self.index.lock();
        index.uploads.remove(&id);
        let (head, part) = sealed?;
        let root = head.root;
        if let Some(stored) = index.info(&root) {
            ensure_alike(&root, stored.kind, head.info.kind)?;
        }
        let path = self.path_of(&root, "blob");
        let now = SystemTime::now();
        // A blob that was removed or set aside since it was verified must not take this one with it.
        if sound.is_some_and(|sound| index.is_current(&sound)) {
            index.complete_again(&root, now);
            // Best effort: without it the blob looks older after the next opening.
            let _ = File::open(&path).and_then(|file| file.set_modified(now));
        } else {
            part.rename(&path)?;
            index.insert(head, now);
            if index.take_corrupt(&root) {
                let _ = fs::remove_file(self.path_of(&root, "corrupt"));
            }
        }
        drop(index);
        self.sync_folder()?;
        Ok(root)
    }

    /// The path of a place in a blob whose kind `has` such; `name` is what it is called.
    fn path_to(
        &self,
        root: &Hash32,
        place: Place,
        has: impl FnOnce(BlobKind) -> bool,
        name: impl FnOnce() -> String,
    ) -> Result<Vec<Hash32>, StoreError> {
        let head = self.head(root)?;
        if place.leaf >= head.info.leaves() || !has(head.info.kind) {
            return Err(StoreError::NoPlace {
                root: *root,
                place: name(),
            });
        }
        self.read_file(&head, |file| head.path(file, &place))
    }

    fn remove_from(&self, index: &mut Index, root: &Hash32) -> Result<bool, StoreError> {
        let remove = |extension| {
            let path = self.path_of(root, extension);
            remove_if_there(&path).map_err(|error| StoreError::io(path, error))
        };
        // Files that were skipped when opening are in no index, and a person wants those gone as well.
        let blob = remove("blob")? | index.take(root);
        let corrupt = remove("corrupt")? | index.take_corrupt(root);
        Ok(blob || corrupt)
    }

    pub(crate) fn drop_idle_at(&self, now: Instant) -> usize {
        let idle: Vec<OpenUpload> = {
            let mut index = self.index.lock();
            index
                .uploads
                .extract_if(|_, upload| {
                    // A session that is locked is being written now.
                    now.saturating_duration_since(upload.last_used) > self.limits.upload_idle
                        && upload.session.try_lock().is_some()
                })
                .map(|(_, upload)| upload)
                .collect()
        };
        idle.len()
    }

    #[cfg(test)]
    pub(crate) fn begin_over(&self, kind: BlobKind, len: u64, part: PartFile) -> UploadId {
        let id = UploadId::random().unwrap();
        let upload = Upload::new(kind, len, part).unwrap();
        self.index
            .lock()
            .uploads
            .insert(id, OpenUpload::new(len, upload));
        id
    }
}

/// Is a matrix of kind `got` cut as the one that is `stored` under its root?
fn ensure_alike(root: &Hash32, stored: BlobKind, got: BlobKind) -> Result<(), StoreError> {
    match (stored.slabs(), got.slabs()) {
        (Some(stored), Some(got)) if stored != got => Err(StoreError::OtherSlabs {
            root: *root,
            stored,
            got,
        }),
        _ => Ok(()),
    }
}

impl MatrixStore for FsMatrixStore {
    fn limits(&self) -> StoreLimits {
        self.limits
    }

    fn usage(&self) -> StoreUsage {
        self.index.lock().usage()
    }

    fn has_room(&self, len: u64) -> bool {
        let index = self.index.lock();
        len <= self.limits.max_blob
            && index.usage().total().saturating_add(len) <= self.limits.max_total
            && self.shortage(&index, len) == 0
    }

    fn begin(&self, kind: BlobKind, len: u64) -> Result<UploadId, StoreError> {
        self.drop_idle_uploads();
        let legal = 1..=MAX_SLABS;
        if let Some(slabs) = kind.slabs().filter(|slabs| !legal.contains(slabs)) {
            return Err(NotLegal::Slabs(slabs).into());
        }
        let leaf_len = kind.leaf_len() as u64;
        if len == 0 || !len.is_multiple_of(leaf_len) {
            return Err(StoreError::Length {
                kind: kind.name(),
                leaf: kind.leaf_name(),
                len,
                leaf_len,
            });
        }
        let max = kind
            .max_leaves()
            .saturating_mul(leaf_len)
            .min(self.limits.max_blob);
        if len > max {
            return Err(StoreError::TooLarge { len, max });
        }
        // Under the lock until it is counted, so that two uploads can't take the same room.
        let mut index = self.index.lock();
        let usage = index.usage();
        if usage.open_uploads >= self.limits.max_uploads {
            return Err(StoreError::TooManyUploads {
                open: usage.open_uploads,
            });
        }
        if usage.total().saturating_add(len) > self.limits.max_total {
            return Err(StoreError::StoreFull {
                needed: len,
                used: usage.total(),
                max: self.limits.max_total,
            });
        }
        let shortage = self.shortage(&index, len);
        if shortage > 0 {
            log::warn!(
                target: LOG_TARGET,
                "Refusing an upload of {len} bytes: the disk of {} lacks {shortage} bytes to stay as free as it must",
                self.folder.display(),
            );
            return Err(StoreError::DiskFull(self.folder.clone()));
        }
        let id = UploadId::random()
            .map_err(|error| StoreError::io(&self.folder, io::Error::other(error)))?;
        let part = PartFile::create(self.folder.join(format!("{id}.part")))?;
        let upload = Upload::new(kind, len, part)?;
        index.uploads.insert(id, OpenUpload::new(len, upload));
        Ok(id)
    }

    fn write(&self, id: UploadId, offset: u64, part: &[u8]) -> Result<u64, StoreError> {
        let session = self.session(id)?;
        let mut session = session.lock();
        let upload = session.as_mut().ok_or(StoreError::UnknownUpload(id))?;
        let written = upload.write(offset, part);
        match &written {
            Ok(end) => {
                if let Some(upload) = self.index.lock().uploads.get_mut(&id) {
                    upload.written = *end;
                }
            }
            Err(StoreError::PartOffset { .. }) => {}
            Err(_) => {
                self.index.lock().uploads.remove(&id);
                *session = None;
            }
        }
        written
    }

    fn finish(&self, id: UploadId) -> Result<Hash32, StoreError> {
        let session = self.session(id)?;
        let mut session = session.lock();
        let upload = session.take().ok_or(StoreError::UnknownUpload(id))?;
        if let Err(incomplete) = upload.check_complete() {
            *session = Some(upload);
            return Err(incomplete);
        }
        let sealed = upload.seal();
        // Not under the lock: the whole of a blob is read.
        let sound = match &sealed {
            Ok((head, _)) => self.sound(head),
            Err(_) => None,
        };
        self.place(id, sealed, sound)
    }

    fn abort(&self, id: UploadId) -> Result<(), StoreError> {
        let removed = self.index.lock().uploads.remove(&id);
        removed.map(drop).ok_or(StoreError::UnknownUpload(id))
    }

    fn drop_idle_uploads(&self) -> usize {
        self.drop_idle_at(Instant::now())
    }

    fn info(&self, root: &Hash32) -> Option<BlobInfo> {
        self.index.lock().info(root)
    }

    fn read(&self, root: &Hash32, offset: u64, len: u64) -> Result<Vec<u8>, StoreError> {
        let head = self.head(root)?;
        let blob_len = head.info.len;
        if offset.checked_add(len).is_none_or(|end| end > blob_len) {
            return Err(StoreError::OutOfRange {
                root: *root,
                offset,
                len,
                blob_len,
            });
        }
        self.read_file(&head, |file| head.read_content(file, offset, len))
    }

    fn path(&self, root: &Hash32, tile: u64) -> Result<Vec<Hash32>, StoreError> {
        let place = Place {
            leaf: tile,
            slab: None,
        };
        self.path_to(
            root,
            place,
            |kind| !kind.is_input(),
            || format!("tile {tile}"),
        )
    }

    fn strip_path(&self, root: &Hash32, strip: u64) -> Result<Vec<Hash32>, StoreError> {
        let place = Place {
            leaf: strip,
            slab: None,
        };
        self.path_to(root, place, BlobKind::is_input, || format!("strip {strip}"))
    }

    fn piece_path(&self, root: &Hash32, strip: u64, slab: u8) -> Result<Vec<Hash32>, StoreError> {
        let place = Place {
            leaf: strip,
            slab: Some(slab),
        };
        let has_slab = |kind: BlobKind| kind.slabs().is_some_and(|slabs| slab < slabs);
        self.path_to(root, place, has_slab, || format!("piece ({strip}, {slab})"))
    }

    fn blobs(&self) -> Vec<StoredBlob> {
        self.index.lock().blobs()
    }

    fn remove(&self, root: &Hash32) -> Result<bool, StoreError> {
        self.remove_from(&mut self.index.lock(), root)
    }

    fn remove_listed(&self, blob: &StoredBlob) -> Result<bool, StoreError> {
        let mut index = self.index.lock();
        match index.completed(&blob.root) {
            Some(completed) if completed == blob.completed => {
                self.remove_from(&mut index, &blob.root)
            }
            _ => Ok(false),
        }
    }
}
