//! The file of one blob: a header, two hashes for each chunk of content, the content. See `tree` for what a chunk is.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..8 | `bcaiblob` |
//! | 8 | version: 3; files of others are not read |
//! | 9 | kind: 0 A, 1 Bt, 2 C |
//! | 10 | parameter set |
//! | 11 | slabs of A and Bt, 0 for C |
//! | 12..16 | zero |
//! | 16..24 | length of the content, little-endian |
//! | 24..56 | Merkle root |
//! | 56..64 | zero |
//! | 64..96 | BLAKE3 of bytes 0..64 and of the tables |
//! | 96.. | the BLAKE3 hash of every chunk, the root of the subtree over every chunk, the content |

use crate::{
    tree::{self, Place},
    BlobInfo, BlobKind,
};
use bcai_pouw_primitives::Hash32;
use std::{fs::File, io, os::unix::fs::FileExt};

const MAGIC: &[u8; 8] = b"bcaiblob";
const VERSION: u8 = 3;
const SUMMED: usize = 64;
const HEADER: usize = 96;

/// What the head of a blob's file says.
pub(crate) struct Head {
    pub root: Hash32,
    pub info: BlobInfo,
    /// BLAKE3 of every chunk of content, the last one of what is left.
    checksums: Vec<Hash32>,
    /// The roots of the subtrees over every chunk.
    subtrees: Vec<Hash32>,
}

/// What the tables say of one chunk.
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

/// Number of chunks of a content.
const fn chunks(info: &BlobInfo) -> u64 {
    info.len.div_ceil(info.kind.chunk_len())
}

/// Where the content starts in the file of a blob: behind the two tables.
pub(crate) const fn content_start(info: &BlobInfo) -> u64 {
    HEADER as u64 + chunks(info) * 2 * 32
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
            checksums,
            subtrees,
        })
    }

    /// The bytes before the content.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let tables = [self.checksums.as_flattened(), self.subtrees.as_flattened()].concat();
        let mut bytes = Vec::with_capacity(HEADER + tables.len());
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.info.kind.encode());
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
        if version != VERSION {
            return Err(ReadError::Corrupt(format!(
                "file version {version} is unknown"
            )));
        }
        let kind = BlobKind::decode(array(&summed[9..12]))
            .ok_or_else(|| corrupt("the header names no known kind"))?;
        let len = u64::from_le_bytes(array(&summed[16..24]));
        let info = BlobInfo { kind, len };
        // Before the tables are read, so that a damaged length can't ask for memory.
        let file_len = file.metadata()?.len();
        let expected = chunks(&info)
            .checked_mul(2 * 32)
            .and_then(|tables| tables.checked_add(HEADER as u64)?.checked_add(len));
        if expected != Some(file_len) {
            return Err(ReadError::Corrupt(format!(
                "the file has {file_len} bytes, which does not fit a content of {len}"
            )));
        }
        let chunks = chunks(&info) as usize;
        let mut tables = vec![[0u8; 32]; 2 * chunks];
        file.read_exact_at(tables.as_flattened_mut(), HEADER as u64)?;
        if checksum(summed, tables.as_flattened()) != *sum {
            return Err(corrupt("the header does not match its checksum"));
        }
        let subtrees = tables.split_off(chunks);
        Ok(Self {
            root: array(&summed[24..56]),
            info,
            checksums: tables,
            subtrees,
        })
    }

    /// The path of a place, which must be there; see [`Place::path`].
    pub(crate) fn path(&self, file: &File, place: &Place) -> Result<Vec<Hash32>, ReadError> {
        self.check_len(file)?;
        let kind = self.info.kind;
        let mut buffer = self.buffer();
        let chunk = self.read_chunk(file, place.chunk(kind), &mut buffer)?;
        place
            .path(kind, chunk, &self.subtrees)
            .ok_or_else(|| ReadError::Corrupt(format!("it has no {place:?}")))
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
        let mut buffer = self.buffer();
        let mut at = offset;
        while at < offset + len {
            let index = at / self.info.kind.chunk_len();
            let chunk = self.read_chunk(file, index, &mut buffer)?;
            let from = (at - index * self.info.kind.chunk_len()) as usize;
            let take = (chunk.len() - from).min((offset + len - at) as usize);
            out.extend_from_slice(&chunk[from..from + take]);
            at += take as u64;
        }
        Ok(out)
    }

    /// Does `file` hold the content that this head tells of, under a head of its own that is whole?
    pub(crate) fn verify(&self, file: &File) -> Result<(), ReadError> {
        let stored = Self::read(file)?;
        // A matrix used both as A and as Bt is stored once.
        if !stored.info.serves(&self.info)
            || (stored.root, &stored.checksums) != (self.root, &self.checksums)
        {
            return Err(ReadError::Corrupt("the file holds another content".into()));
        }
        let mut buffer = self.buffer();
        for index in 0..chunks(&self.info) {
            self.read_chunk(file, index, &mut buffer)?;
        }
        Ok(())
    }

    /// Room for any chunk.
    fn buffer(&self) -> Vec<u8> {
        vec![0u8; self.info.kind.chunk_len().min(self.info.len) as usize]
    }

    fn check_len(&self, file: &File) -> Result<(), ReadError> {
        let expected = content_start(&self.info) + self.info.len;
        match file.metadata()?.len() {
            len if len == expected => Ok(()),
            len => Err(ReadError::Corrupt(format!(
                "the file has {len} bytes instead of {expected}"
            ))),
        }
    }

    /// One chunk of the content into `buffer`, which has room for any; `index` must be in the table.
    fn read_chunk<'a>(
        &self,
        file: &File,
        index: u64,
        buffer: &'a mut [u8],
    ) -> Result<&'a [u8], ReadError> {
        let chunk_len = self.info.kind.chunk_len();
        let start = index * chunk_len;
        let len = (self.info.len - start).min(chunk_len);
        let chunk = &mut buffer[..len as usize];
        file.read_exact_at(chunk, content_start(&self.info) + start)?;
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
