use crate::{
    file::{content_start, ChunkHashes, Head},
    BlobInfo, BlobKind, StoreError,
};
use std::{
    fmt, fs,
    fs::File,
    io::{Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Names an open upload; random, so that one client can't write into another's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId([u8; 16]);

impl UploadId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut id = [0u8; 16];
        getrandom::fill(&mut id)?;
        Ok(Self(id))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadId({self})")
    }
}

/// The text is not 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an upload id has 32 hex digits")]
pub struct InvalidUploadId;

impl FromStr for UploadId {
    type Err = InvalidUploadId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0u8; 16];
        hex::decode_to_slice(text, &mut id).map_err(|_| InvalidUploadId)?;
        Ok(Self(id))
    }
}

/// A file that is removed when dropped, unless it was renamed to its final name.
pub(crate) struct PartFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl PartFile {
    pub(crate) fn create(path: PathBuf) -> Result<Self, StoreError> {
        let file = File::create_new(&path).map_err(|error| StoreError::io(&path, error))?;
        Ok(Self::over(file, path))
    }

    pub(crate) fn over(file: File, path: PathBuf) -> Self {
        Self {
            file,
            path,
            kept: false,
        }
    }

    pub(crate) fn rename(mut self, to: &Path) -> Result<(), StoreError> {
        fs::rename(&self.path, to).map_err(|error| StoreError::io(to, error))?;
        self.kept = true;
        Ok(())
    }

    fn error(&self, source: std::io::Error) -> StoreError {
        // The folder, because the name of the part means nothing to a person.
        StoreError::io(self.path.parent().unwrap_or(&self.path), source)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: a part that stays is removed at the next opening.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// An upload under way: what was written, hashed as it came.
pub(crate) struct Upload {
    info: BlobInfo,
    written: u64,
    part: PartFile,
    /// Bytes of the chunk that is not complete.
    chunk: Vec<u8>,
    hashes: Vec<ChunkHashes>,
}

impl Upload {
    pub(crate) fn new(kind: BlobKind, len: u64, mut part: PartFile) -> Result<Self, StoreError> {
        let info = BlobInfo { kind, len };
        // The head is written last: its checksums aren't known yet, but its length is.
        part.file
            .seek(SeekFrom::Start(content_start(&info)))
            .map_err(|error| part.error(error))?;
        Ok(Self {
            info,
            written: 0,
            part,
            chunk: Vec::new(),
            hashes: Vec::new(),
        })
    }

    pub(crate) fn write(&mut self, offset: u64, part: &[u8]) -> Result<u64, StoreError> {
        if offset != self.written {
            return Err(StoreError::PartOffset {
                got: offset,
                expected: self.written,
            });
        }
        let end = self.written.saturating_add(part.len() as u64);
        if end > self.info.len {
            return Err(StoreError::PartTooLong {
                got: end,
                announced: self.info.len,
            });
        }
        if self.info.kind.is_input() {
            let illegal = |byte: &u8| !(-64..=64).contains(&(*byte as i8));
            if let Some(at) = part.iter().position(illegal) {
                return Err(StoreError::ValueOutOfRange {
                    offset: offset + at as u64,
                    value: part[at] as i8,
                });
            }
        }
        self.part
            .file
            .write_all(part)
            .map_err(|error| self.part.error(error))?;
        self.hash(part);
        self.written = end;
        Ok(end)
    }

    fn hash(&mut self, mut part: &[u8]) {
        let whole = self.info.kind.chunk_len() as usize;
        while !part.is_empty() {
            let room = whole - self.chunk.len();
            let (taken, rest) = part.split_at(part.len().min(room));
            part = rest;
            // A whole chunk, as most parts have, is hashed where it is.
            if taken.len() == whole {
                self.hashes.push(ChunkHashes::of(self.info.kind, taken));
                continue;
            }
            self.chunk.extend_from_slice(taken);
            if self.chunk.len() == whole {
                self.close_chunk();
            }
        }
    }

    fn close_chunk(&mut self) {
        self.hashes
            .push(ChunkHashes::of(self.info.kind, &self.chunk));
        self.chunk.clear();
    }

    /// Is everything there that was announced?
    pub(crate) fn check_complete(&self) -> Result<(), StoreError> {
        match self.written == self.info.len {
            true => Ok(()),
            false => Err(StoreError::Incomplete {
                got: self.written,
                announced: self.info.len,
            }),
        }
    }

    /// Writes the head and syncs the file, which only has to be renamed then.
    pub(crate) fn seal(mut self) -> Result<(Head, PartFile), StoreError> {
        self.check_complete()?;
        if !self.chunk.is_empty() {
            self.close_chunk();
        }
        let BlobInfo { kind, len } = self.info;
        let Some(head) = Head::new(self.info, self.hashes) else {
            return Err(StoreError::Length {
                kind: kind.name(),
                leaf: kind.leaf_name(),
                len,
                leaf_len: kind.leaf_len() as u64,
            });
        };
        self.part
            .file
            .write_all_at(&head.encode(), 0)
            .and_then(|()| self.part.file.sync_all())
            .map_err(|error| self.part.error(error))?;
        Ok((head, self.part))
    }
}
