use crate::{
    file::{Head, ReadError},
    upload::{PartFile, Upload},
    BlobInfo, BlobKind, StoreError, StoreLimits, StoreUsage, TaskStore, UploadId,
};
use bcai_pouw_primitives::Hash32;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

const LOG_TARGET: &str = "bcai::store";

/// The store in one folder; see the crate's documentation for the files in it.
pub struct FsTaskStore {
    folder: PathBuf,
    limits: StoreLimits,
    state: Mutex<State>,
    /// Held for as long as the store lives.
    _lock: File,
}

#[derive(Default)]
struct State {
    blobs: HashMap<Hash32, Arc<Head>>,
    blob_bytes: u64,
    corrupt: HashMap<Hash32, u64>,
    uploads: HashMap<UploadId, OpenUpload>,
}

struct OpenUpload {
    len: u64,
    last_used: Instant,
    /// `None` once it is being sealed.
    session: Arc<Mutex<Option<Upload>>>,
}

impl State {
    fn usage(&self) -> StoreUsage {
        StoreUsage {
            blobs: self.blobs.len(),
            blob_bytes: self.blob_bytes,
            open_uploads: self.uploads.len(),
            reserved_bytes: self.uploads.values().map(|upload| upload.len).sum(),
            corrupt_bytes: self.corrupt.values().sum(),
        }
    }

    fn insert(&mut self, head: Head) {
        let len = head.info.len;
        match self.blobs.insert(head.root, Arc::new(head)) {
            Some(old) => self.blob_bytes = self.blob_bytes - old.info.len + len,
            None => self.blob_bytes += len,
        }
    }

    fn take(&mut self, root: &Hash32) -> Option<Arc<Head>> {
        let head = self.blobs.remove(root)?;
        self.blob_bytes -= head.info.len;
        Some(head)
    }
}

impl FsTaskStore {
    /// Opens the store in `folder`, which is created when missing. Parts of unfinished uploads are removed, and
    /// blobs whose head is damaged or whose length is wrong are set aside.
    /// Errors: `Locked`, `DiskFull`, `Io`.
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

        let mut state = State::default();
        for entry in fs::read_dir(&folder).map_err(at)? {
            load(&mut state, &entry.map_err(at)?.path())?;
        }
        let usage = state.usage();
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
            state: Mutex::new(state),
            _lock: lock,
        })
    }

    fn path(&self, root: &Hash32, extension: &str) -> PathBuf {
        self.folder
            .join(format!("{}.{extension}", hex::encode(root)))
    }

    fn sync_folder(&self) -> Result<(), StoreError> {
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| StoreError::io(&self.folder, error))
    }

    fn session(&self, id: UploadId) -> Result<Arc<Mutex<Option<Upload>>>, StoreError> {
        let mut state = self.state.lock();
        let upload = state
            .uploads
            .get_mut(&id)
            .ok_or(StoreError::UnknownUpload(id))?;
        upload.last_used = Instant::now();
        Ok(upload.session.clone())
    }

    /// Takes the blob that failed out of the index, unless it was replaced or removed since.
    fn quarantine(&self, head: &Arc<Head>, detail: String) -> StoreError {
        let root = head.root;
        let mut state = self.state.lock();
        let same = state
            .blobs
            .get(&root)
            .is_some_and(|current| Arc::ptr_eq(current, head));
        if !same {
            return StoreError::NotFound(root);
        }
        state.take(&root);
        let path = self.path(&root, "blob");
        set_aside(&mut state, root, &path);
        log::error!(
            target: LOG_TARGET,
            "Blob 0x{} is corrupt and was set aside: {detail}", hex::encode(root),
        );
        StoreError::Corrupt { root, detail }
    }

    pub(crate) fn drop_idle_at(&self, now: Instant) -> usize {
        let idle: Vec<OpenUpload> = {
            let mut state = self.state.lock();
            state
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
        self.state.lock().uploads.insert(id, open(len, upload));
        id
    }
}

fn open(len: u64, upload: Upload) -> OpenUpload {
    OpenUpload {
        len,
        last_used: Instant::now(),
        session: Arc::new(Mutex::new(Some(upload))),
    }
}

/// Takes one file of the folder into the index.
fn load(state: &mut State, path: &Path) -> Result<(), StoreError> {
    let at = |error| StoreError::io(path, error);
    let extension = path.extension().and_then(|part| part.to_str());
    if extension == Some("part") {
        log::info!(target: LOG_TARGET, "Removing unfinished upload {}", path.display());
        return fs::remove_file(path).map_err(at);
    }
    let mut root: Hash32 = [0; 32];
    let stem = path.file_stem().and_then(|part| part.to_str());
    if stem.is_none_or(|stem| hex::decode_to_slice(stem, &mut root).is_err()) {
        return Ok(());
    }
    match extension {
        Some("blob") => {
            let read = File::open(path)
                .map_err(ReadError::Io)
                .and_then(|file| Head::read(&file));
            let detail = match read {
                Ok(head) if head.root == root => {
                    state.insert(head);
                    return Ok(());
                }
                Ok(head) => format!("the file holds blob 0x{}", hex::encode(head.root)),
                Err(ReadError::Corrupt(detail)) => detail,
                Err(ReadError::Io(error)) => return Err(at(error)),
            };
            log::error!(
                target: LOG_TARGET,
                "Blob 0x{} is corrupt and was set aside: {detail}", hex::encode(root),
            );
            set_aside(state, root, path);
        }
        Some("corrupt") => {
            let len = fs::metadata(path).map_err(at)?.len();
            state.corrupt.insert(root, len);
        }
        _ => {}
    }
    Ok(())
}

fn set_aside(state: &mut State, root: Hash32, path: &Path) {
    let aside = path.with_extension("corrupt");
    let moved = fs::rename(path, &aside).and_then(|()| fs::metadata(&aside));
    match moved {
        Ok(metadata) => {
            state.corrupt.insert(root, metadata.len());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => log::warn!(
            target: LOG_TARGET,
            "Cannot set aside {}: {error}", path.display(),
        ),
    }
}

impl TaskStore for FsTaskStore {
    fn limits(&self) -> StoreLimits {
        self.limits
    }

    fn usage(&self) -> StoreUsage {
        self.state.lock().usage()
    }

    fn begin(&self, kind: BlobKind, len: u64) -> Result<UploadId, StoreError> {
        self.drop_idle_uploads();
        let leaf_len = kind.leaf_len() as u64;
        if len == 0 || !len.is_multiple_of(leaf_len) {
            return Err(StoreError::Length {
                kind: kind.name(),
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
        let mut state = self.state.lock();
        let usage = state.usage();
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
        let id = UploadId::random()
            .map_err(|error| StoreError::io(&self.folder, io::Error::other(error)))?;
        let part = PartFile::create(self.folder.join(format!("{id}.part")))?;
        let upload = Upload::new(kind, len, part)?;
        state.uploads.insert(id, open(len, upload));
        Ok(id)
    }

    fn write(&self, id: UploadId, offset: u64, part: &[u8]) -> Result<u64, StoreError> {
        let session = self.session(id)?;
        let mut session = session.lock();
        let upload = session.as_mut().ok_or(StoreError::UnknownUpload(id))?;
        let written = upload.write(offset, part);
        if matches!(&written, Err(error) if !matches!(error, StoreError::PartOffset { .. })) {
            self.state.lock().uploads.remove(&id);
            *session = None;
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
        let mut state = self.state.lock();
        state.uploads.remove(&id);
        let (head, part) = sealed?;
        let root = head.root;
        if !state.blobs.contains_key(&root) {
            part.rename(&self.path(&root, "blob"))?;
            state.insert(head);
            if state.corrupt.remove(&root).is_some() {
                let _ = fs::remove_file(self.path(&root, "corrupt"));
            }
        }
        drop(state);
        self.sync_folder()?;
        Ok(root)
    }

    fn abort(&self, id: UploadId) -> Result<(), StoreError> {
        let removed = self.state.lock().uploads.remove(&id);
        removed.map(drop).ok_or(StoreError::UnknownUpload(id))
    }

    fn drop_idle_uploads(&self) -> usize {
        self.drop_idle_at(Instant::now())
    }

    fn info(&self, root: &Hash32) -> Option<BlobInfo> {
        self.state.lock().blobs.get(root).map(|head| head.info)
    }

    fn read(&self, root: &Hash32, offset: u64, len: u64) -> Result<Vec<u8>, StoreError> {
        let head = self.state.lock().blobs.get(root).cloned();
        let head = head.ok_or(StoreError::NotFound(*root))?;
        let blob_len = head.info.len;
        if offset.checked_add(len).is_none_or(|end| end > blob_len) {
            return Err(StoreError::OutOfRange {
                root: *root,
                offset,
                len,
                blob_len,
            });
        }
        let path = self.path(root, "blob");
        let content = match File::open(&path) {
            Ok(file) => head.read_content(&file, offset, len),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ReadError::Corrupt("its file is gone".into()))
            }
            Err(error) => Err(ReadError::Io(error)),
        };
        content.map_err(|error| match error {
            ReadError::Io(error) => StoreError::io(path, error),
            ReadError::Corrupt(detail) => self.quarantine(&head, detail),
        })
    }

    fn remove(&self, root: &Hash32) -> Result<bool, StoreError> {
        let mut state = self.state.lock();
        let mut removed = false;
        for (known, extension) in [
            (state.blobs.contains_key(root), "blob"),
            (state.corrupt.contains_key(root), "corrupt"),
        ] {
            if !known {
                continue;
            }
            let path = self.path(root, extension);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io(path, error));
                }
                _ => removed = true,
            }
        }
        state.take(root);
        state.corrupt.remove(root);
        Ok(removed)
    }
}
