//! The file of one blob: a header, two hashes per MiB of content, the content.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..8 | `bcaiblob` |
//! | 8 | version: 2, or 1, which has no table of subtrees |
//! | 9 | kind: 0 A, 1 Bt, 2 C |
//! | 10 | parameter set |
//! | 11..16 | zero |
//! | 16..24 | length of the content, little-endian |
//! | 24..56 | Merkle root |
//! | 56..64 | zero |
//! | 64..96 | BLAKE3 of bytes 0..64 and of the tables |
//! | 96.. | the BLAKE3 hash of every MiB, the root of the subtree over every MiB, the content |

use crate::{
    tree::{self, CHUNK},
    BlobInfo, BlobKind,
};
use bcai_pouw_primitives::{Hash32, ParamSet};
use std::{fs::File, io, os::unix::fs::FileExt, sync::OnceLock};

const MAGIC: &[u8; 8] = b"bcaiblob";
const VERSION: u8 = 2;
/// Had no table of subtrees.
const FORMER_VERSION: u8 = 1;
const SUMMED: usize = 64;
const HEADER: usize = 96;

/// What the head of a blob's file says.
pub(crate) struct Head {
    pub root: Hash32,
    pub info: BlobInfo,
    version: u8,
    /// BLAKE3 of every MiB of content, the last one of what is left.
    checksums: Vec<Hash32>,
    /// The roots of the subtrees over every MiB. A file of the former version doesn't have them: they are made when a
    /// path is asked for, and kept for as long as the store is open.
    subtrees: OnceLock<Vec<Hash32>>,
}

/// What the tables say of one MiB.
pub(crate) struct ChunkHashes {
    checksum: Hash32,
    subtree: Hash32,
}

impl ChunkHashes {
    pub(crate) fn of(kind: BlobKind, chunk: &[u8]) -> Self {
        Self {
            checksum: *blake3::hash(chunk).as_bytes(),
            subtree: tree::subtree_root(kind, chunk),
        }
    }
}

/// Why a file can't be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The disk failed; the content may be good.
    #[error("{0}")]
    Io(io::Error),
    /// There is no file.
    #[error("its file is gone")]
    Missing,
    /// The file isn't what was written.
    #[error("{0}")]
    Corrupt(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Corrupt("the file ends too early".into()),
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Io(error),
        }
    }
}

/// Number of checksummed chunks in a content of `len` bytes.
pub(crate) const fn chunks(len: u64) -> u64 {
    len.div_ceil(CHUNK as u64)
}

/// Where the content starts in a new file of a blob of `len` bytes.
pub(crate) const fn content_start(len: u64) -> u64 {
    content_start_in(VERSION, len)
}

/// Where it starts in a file of this version: each has one table more than the one before.
const fn content_start_in(version: u8, len: u64) -> u64 {
    HEADER as u64 + chunks(len) * 32 * version as u64
}

impl Head {
    /// Of a content whose hashes are these. `None` without any.
    pub(crate) fn new(info: BlobInfo, hashes: Vec<ChunkHashes>) -> Option<Self> {
        let (checksums, subtrees): (Vec<_>, Vec<_>) = hashes
            .into_iter()
            .map(|chunk| (chunk.checksum, chunk.subtree))
            .unzip();
        Some(Self {
            root: tree::root(&subtrees)?,
            info,
            version: VERSION,
            checksums,
            subtrees: OnceLock::from(subtrees),
        })
    }

    /// The bytes before the content, of a head that [`Self::new`] made.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let subtrees = self.subtrees.get().map_or(&[][..], Vec::as_slice);
        let tables = [self.checksums.as_flattened(), subtrees.as_flattened()].concat();
        let mut bytes = Vec::with_capacity(HEADER + tables.len());
        bytes.extend_from_slice(MAGIC);
        bytes.push(self.version);
        bytes.push(self.info.kind.index());
        bytes.push(self.info.kind.set().index());
        bytes.resize(16, 0);
        bytes.extend_from_slice(&self.info.len.to_le_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.resize(SUMMED, 0);
        let sum = checksum(&bytes, &tables);
        bytes.extend_from_slice(&sum);
        bytes.extend_from_slice(&tables);
        bytes
    }

    /// Reads and checks the head, and that the file is as long as the head says.
    pub(crate) fn read(file: &File) -> Result<Self, ReadError> {
        let corrupt = |detail: &str| ReadError::Corrupt(detail.into());
        let mut header = [0u8; HEADER];
        file.read_exact_at(&mut header, 0)?;
        let (summed, sum) = header.split_at(SUMMED);
        if !summed.starts_with(MAGIC) {
            return Err(corrupt("the file is not a blob"));
        }
        let version = summed[8];
        if ![FORMER_VERSION, VERSION].contains(&version) {
            return Err(ReadError::Corrupt(format!(
                "file version {version} is unknown"
            )));
        }
        let kind = ParamSet::from_index(summed[10])
            .and_then(|set| BlobKind::from_index(summed[9], set))
            .ok_or_else(|| corrupt("the header names no known kind"))?;
        let len = u64::from_le_bytes(array(&summed[16..24]));
        // Before the tables are read, so that a damaged length can't ask for memory.
        let file_len = file.metadata()?.len();
        let expected = chunks(len)
            .checked_mul(32 * u64::from(version))
            .and_then(|tables| tables.checked_add(HEADER as u64)?.checked_add(len));
        if expected != Some(file_len) {
            return Err(ReadError::Corrupt(format!(
                "the file has {file_len} bytes, which does not fit a content of {len}"
            )));
        }
        let mut tables = vec![[0u8; 32]; chunks(len) as usize * usize::from(version)];
        file.read_exact_at(tables.as_flattened_mut(), HEADER as u64)?;
        if checksum(summed, tables.as_flattened()) != *sum {
            return Err(corrupt("the header does not match its checksum"));
        }
        let subtrees = tables.split_off(chunks(len) as usize);
        Ok(Self {
            root: array(&summed[24..56]),
            info: BlobInfo { kind, len },
            version,
            checksums: tables,
            subtrees: match version {
                FORMER_VERSION => OnceLock::new(),
                _ => OnceLock::from(subtrees),
            },
        })
    }

    /// The path of a leaf, which must be there; see [`tree::path`].
    pub(crate) fn path(&self, file: &File, leaf: u64) -> Result<Vec<Hash32>, ReadError> {
        self.check_len(file)?;
        let kind = self.info.kind;
        let mut buffer = vec![0u8; CHUNK];
        let chunk = self.read_chunk(file, tree::chunk_of(kind, leaf), &mut buffer)?;
        tree::path(kind, leaf, chunk, self.subtrees(file)?)
            .ok_or_else(|| ReadError::Corrupt(format!("it has no leaf {leaf}")))
    }

    fn subtrees(&self, file: &File) -> Result<&[Hash32], ReadError> {
        if let Some(subtrees) = self.subtrees.get() {
            return Ok(subtrees);
        }
        let mut buffer = vec![0u8; CHUNK];
        let subtrees = (0..chunks(self.info.len))
            .map(|index| {
                let chunk = self.read_chunk(file, index, &mut buffer)?;
                Ok(tree::subtree_root(self.info.kind, chunk))
            })
            .collect::<Result<Vec<_>, ReadError>>()?;
        match tree::root(&subtrees) == Some(self.root) {
            true => Ok(self.subtrees.get_or_init(|| subtrees)),
            false => Err(ReadError::Corrupt(
                "the content does not hash to its root".into(),
            )),
        }
    }

    /// Bytes `offset .. offset + len` of the content, which must be inside it; every chunk touched is checked.
    pub(crate) fn read_content(
        &self,
        file: &File,
        offset: u64,
        len: u64,
    ) -> Result<Vec<u8>, ReadError> {
        self.check_len(file)?;
        let mut out = Vec::with_capacity(len as usize);
        let mut buffer = vec![0u8; CHUNK];
        let mut at = offset;
        while at < offset + len {
            let index = at / CHUNK as u64;
            let chunk = self.read_chunk(file, index, &mut buffer)?;
            let from = (at - index * CHUNK as u64) as usize;
            let take = (chunk.len() - from).min((offset + len - at) as usize);
            out.extend_from_slice(&chunk[from..from + take]);
            at += take as u64;
        }
        Ok(out)
    }

    /// Does `file` hold the content that this head tells of, under a head of its own that is whole?
    pub(crate) fn verify(&self, file: &File) -> Result<(), ReadError> {
        let stored = Self::read(file)?;
        // Not the kind: a matrix used both as A and as Bt is stored once.
        if (stored.root, stored.info.len, &stored.checksums)
            != (self.root, self.info.len, &self.checksums)
        {
            return Err(ReadError::Corrupt("the file holds another content".into()));
        }
        let mut buffer = vec![0u8; CHUNK];
        for index in 0..chunks(self.info.len) {
            // Where it lies in that file, which may be of the former version.
            stored.read_chunk(file, index, &mut buffer)?;
        }
        Ok(())
    }

    fn content_start(&self) -> u64 {
        content_start_in(self.version, self.info.len)
    }

    fn check_len(&self, file: &File) -> Result<(), ReadError> {
        let expected = self.content_start() + self.info.len;
        match file.metadata()?.len() {
            len if len == expected => Ok(()),
            len => Err(ReadError::Corrupt(format!(
                "the file has {len} bytes instead of {expected}"
            ))),
        }
    }

    /// One chunk of the content into `buffer`, which has room for [`CHUNK`] bytes; `index` must be in the table.
    fn read_chunk<'a>(
        &self,
        file: &File,
        index: u64,
        buffer: &'a mut [u8],
    ) -> Result<&'a [u8], ReadError> {
        let start = index * CHUNK as u64;
        let len = (self.info.len - start).min(CHUNK as u64);
        let chunk = &mut buffer[..len as usize];
        file.read_exact_at(chunk, self.content_start() + start)?;
        if *blake3::hash(chunk).as_bytes() != self.checksums[index as usize] {
            return Err(ReadError::Corrupt(format!(
                "bytes {start}..{} do not match their checksum",
                start + len
            )));
        }
        Ok(chunk)
    }
}

fn checksum(header: &[u8], tables: &[u8]) -> Hash32 {
    *blake3::Hasher::new()
        .update(header)
        .update(tables)
        .finalize()
        .as_bytes()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0u8; N];
    out.copy_from_slice(bytes);
    out
}
