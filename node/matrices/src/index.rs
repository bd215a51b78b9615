//! What a store knows of its folder without reading it again.

use crate::{
    file::{Head, ReadError},
    upload::Upload,
    BlobInfo, StoreUsage, StoredBlob, UploadId,
};
use bcai_pouw_primitives::Hash32;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

pub(crate) const LOG_TARGET: &str = "matrices";

/// Quarantined files that are kept for inspection: each takes room that blobs could have.
pub(crate) const MAX_CORRUPT: usize = 4;

#[derive(Default)]
pub(crate) struct Index {
    blobs: HashMap<Hash32, Blob>,
    blob_bytes: u64,
    corrupt: HashMap<Hash32, SetAside>,
    pub uploads: HashMap<UploadId, OpenUpload>,
}

struct Blob {
    head: Arc<Head>,
    completed: SystemTime,
}

struct SetAside {
    len: u64,
    since: SystemTime,
}

pub(crate) struct OpenUpload {
    pub len: u64,
    /// Bytes that the disk has already.
    pub written: u64,
    pub last_used: Instant,
    /// `None` once it is being sealed.
    pub session: Arc<Mutex<Option<Upload>>>,
}

impl OpenUpload {
    pub(crate) fn new(len: u64, upload: Upload) -> Self {
        Self {
            len,
            written: 0,
            last_used: Instant::now(),
            session: Arc::new(Mutex::new(Some(upload))),
        }
    }
}

impl Index {
    /// Takes in the files of `folder`. A file that can't be read costs only its own blob.
    /// Errors: the folder's own.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let mut index = Self::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if let Err(error) = index.load(&path) {
                log::warn!(target: LOG_TARGET, "Skipping {}: {error}", path.display());
            }
        }
        index.trim_corrupt(folder);
        Ok(index)
    }

    pub(crate) fn usage(&self) -> StoreUsage {
        StoreUsage {
            blobs: self.blobs.len(),
            blob_bytes: self.blob_bytes,
            open_uploads: self.uploads.len(),
            reserved_bytes: self.uploads.values().map(|upload| upload.len).sum(),
            corrupt_bytes: self.corrupt.values().map(|file| file.len).sum(),
        }
    }

    /// Bytes that open uploads announced and that the disk doesn't have yet.
    pub(crate) fn unwritten(&self) -> u64 {
        self.uploads
            .values()
            .map(|upload| upload.len.saturating_sub(upload.written))
            .sum()
    }

    pub(crate) fn head(&self, root: &Hash32) -> Option<&Arc<Head>> {
        self.blobs.get(root).map(|blob| &blob.head)
    }

    /// Is this the blob that the index has now, and not an earlier one of the same root?
    pub(crate) fn is_current(&self, head: &Arc<Head>) -> bool {
        self.head(&head.root)
            .is_some_and(|current| Arc::ptr_eq(current, head))
    }

    pub(crate) fn info(&self, root: &Hash32) -> Option<BlobInfo> {
        self.head(root).map(|head| head.info)
    }

    pub(crate) fn completed(&self, root: &Hash32) -> Option<SystemTime> {
        self.blobs.get(root).map(|blob| blob.completed)
    }

    pub(crate) fn blobs(&self) -> Vec<StoredBlob> {
        self.blobs
            .iter()
            .map(|(root, blob)| StoredBlob {
                root: *root,
                info: blob.head.info,
                completed: blob.completed,
            })
            .collect()
    }

    pub(crate) fn insert(&mut self, head: Head, completed: SystemTime) {
        self.take(&head.root);
        self.blob_bytes += head.info.len;
        let head = Arc::new(head);
        self.blobs.insert(head.root, Blob { head, completed });
    }

    /// Notes that the content of a blob was uploaded once more.
    pub(crate) fn complete_again(&mut self, root: &Hash32, now: SystemTime) {
        if let Some(blob) = self.blobs.get_mut(root) {
            blob.completed = now;
        }
    }

    pub(crate) fn take(&mut self, root: &Hash32) -> bool {
        let blob = self.blobs.remove(root);
        self.blob_bytes -= blob.as_ref().map_or(0, |blob| blob.head.info.len);
        blob.is_some()
    }

    pub(crate) fn take_corrupt(&mut self, root: &Hash32) -> bool {
        self.corrupt.remove(root).is_some()
    }

    /// Takes one file of the folder into the index, or removes it when it is what is left of an upload.
    fn load(&mut self, path: &Path) -> io::Result<()> {
        let extension = path.extension().and_then(|part| part.to_str());
        let Some(stem) = path.file_stem().and_then(|part| part.to_str()) else {
            return Ok(());
        };
        if extension == Some("part") {
            let own = stem
                .parse::<UploadId>()
                .is_ok_and(|id| id.to_string() == stem);
            if own && fs::symlink_metadata(path)?.is_file() {
                log::info!(target: LOG_TARGET, "Removing unfinished upload {}", path.display());
                fs::remove_file(path)?;
            }
            return Ok(());
        }
        let mut root: Hash32 = [0; 32];
        if hex::decode_to_slice(stem, &mut root).is_err() || hex::encode(root) != stem {
            return Ok(());
        }
        match extension {
            Some("blob") => self.load_blob(root, path),
            Some("corrupt") => {
                let file = SetAside::of(&fs::metadata(path)?);
                self.corrupt.insert(root, file);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn load_blob(&mut self, root: Hash32, path: &Path) -> io::Result<()> {
        let metadata = fs::metadata(path)?;
        // Before it is opened: opening a pipe waits for its other end.
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let detail = match Head::read(&File::open(path)?) {
            Ok(head) if head.root == root => {
                let completed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                self.insert(head, completed);
                return Ok(());
            }
            Ok(head) => format!("the file holds blob 0x{}", hex::encode(head.root)),
            Err(ReadError::Corrupt(detail)) => detail,
            Err(ReadError::Io(error)) => return Err(error),
            // Removed since the folder was listed.
            Err(ReadError::Missing) => return Ok(()),
        };
        log::error!(
            target: LOG_TARGET,
            "Blob 0x{} is corrupt and was set aside: {detail}", hex::encode(root),
        );
        self.set_aside(root, path);
        Ok(())
    }

    /// Renames a blob's file so that it is never served again.
    pub(crate) fn set_aside(&mut self, root: Hash32, path: &Path) {
        let aside = path.with_extension("corrupt");
        let moved = fs::rename(path, &aside).and_then(|()| fs::metadata(&aside));
        match moved {
            Ok(metadata) => {
                self.corrupt.insert(root, SetAside::of(&metadata));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => log::warn!(
                target: LOG_TARGET,
                "Cannot set aside {}: {error}", path.display(),
            ),
        }
    }

    /// Removes the oldest quarantined files above [`MAX_CORRUPT`].
    pub(crate) fn trim_corrupt(&mut self, folder: &Path) {
        let mut by_age: Vec<_> = self
            .corrupt
            .iter()
            .map(|(root, file)| (file.since, *root))
            .collect();
        by_age.sort_unstable();
        let excess = by_age.len().saturating_sub(MAX_CORRUPT);
        for (_, root) in by_age.into_iter().take(excess) {
            let path = file_path(folder, &root, "corrupt");
            match remove_if_there(&path) {
                Ok(_) => {
                    self.corrupt.remove(&root);
                }
                Err(error) => log::warn!(
                    target: LOG_TARGET,
                    "Cannot remove {}: {error}", path.display(),
                ),
            }
        }
    }
}

impl SetAside {
    fn of(metadata: &Metadata) -> Self {
        // Being renamed changes this time and leaves the time of the last write alone.
        let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
        let nanos = u32::try_from(metadata.ctime_nsec()).unwrap_or(0);
        let since = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, 0));
        Self {
            len: metadata.len(),
            since: since
                .and_then(|since| since.checked_add(Duration::from_nanos(nanos.into())))
                .unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }
}

pub(crate) fn file_path(folder: &Path, root: &Hash32, extension: &str) -> PathBuf {
    folder.join(format!("{}.{extension}", hex::encode(root)))
}

/// Removes a file; false when there is none.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
