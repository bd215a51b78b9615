//! The file of one blob: a header, one BLAKE3 hash per MiB of content, the content.
//!
//! | bytes | meaning |
//! |---|---|
//! | 0..8 | `bcaiblob` |
//! | 8 | version, 1 |
//! | 9 | kind: 0 A, 1 Bt, 2 C |
//! | 10 | parameter set |
//! | 11..16 | zero |
//! | 16..24 | length of the content, little-endian |
//! | 24..56 | Merkle root |
//! | 56..64 | zero |
//! | 64..96 | BLAKE3 of bytes 0..64 and of the table |
//! | 96.. | the table, then the content |

use crate::{BlobInfo, BlobKind};
use bcai_pouw_primitives::{Hash32, ParamSet};
use std::{fs::File, io, os::unix::fs::FileExt};

pub(crate) const CHUNK: usize = 1 << 20;
const MAGIC: &[u8; 8] = b"bcaiblob";
const VERSION: u8 = 1;
const SUMMED: usize = 64;
const HEADER: usize = 96;

/// What the head of a blob's file says.
pub(crate) struct Head {
    pub root: Hash32,
    pub info: BlobInfo,
    /// BLAKE3 of every MiB of content, the last one of what is left.
    pub table: Vec<Hash32>,
}

/// Why a file can't be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The disk failed; the content may be good.
    #[error("{0}")]
    Io(io::Error),
    /// The file isn't what was written.
    #[error("{0}")]
    Corrupt(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Corrupt("the file ends too early".into()),
            _ => Self::Io(error),
        }
    }
}

/// Number of checksummed chunks in a content of `len` bytes.
pub(crate) const fn chunks(len: u64) -> u64 {
    len.div_ceil(CHUNK as u64)
}

/// Where the content starts in the file of a blob of `len` bytes.
pub(crate) const fn content_start(len: u64) -> u64 {
    HEADER as u64 + chunks(len) * 32
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.table.len() * 32);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        bytes.push(self.info.kind.index());
        bytes.push(self.info.kind.set().index());
        bytes.resize(16, 0);
        bytes.extend_from_slice(&self.info.len.to_le_bytes());
        bytes.extend_from_slice(&self.root);
        bytes.resize(SUMMED, 0);
        let sum = checksum(&bytes, self.table.as_flattened());
        bytes.extend_from_slice(&sum);
        bytes.extend_from_slice(self.table.as_flattened());
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
        if summed[8] != VERSION {
            return Err(ReadError::Corrupt(format!(
                "file version {} is unknown",
                summed[8]
            )));
        }
        let kind = ParamSet::from_index(summed[10])
            .and_then(|set| BlobKind::from_index(summed[9], set))
            .ok_or_else(|| corrupt("the header names no known kind"))?;
        let len = u64::from_le_bytes(array(&summed[16..24]));
        // Before the table is read, so that a damaged length can't ask for memory.
        let file_len = file.metadata()?.len();
        let expected = chunks(len)
            .checked_mul(32)
            .and_then(|table| table.checked_add(HEADER as u64)?.checked_add(len));
        if expected != Some(file_len) {
            return Err(ReadError::Corrupt(format!(
                "the file has {file_len} bytes, which does not fit a content of {len}"
            )));
        }
        let mut table = vec![[0u8; 32]; chunks(len) as usize];
        file.read_exact_at(table.as_flattened_mut(), HEADER as u64)?;
        if checksum(summed, table.as_flattened()) != *sum {
            return Err(corrupt("the header does not match its checksum"));
        }
        Ok(Self {
            root: array(&summed[24..56]),
            info: BlobInfo { kind, len },
            table,
        })
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
        if (stored.root, stored.info.len, &stored.table) != (self.root, self.info.len, &self.table)
        {
            return Err(ReadError::Corrupt("the file holds another content".into()));
        }
        let mut buffer = vec![0u8; CHUNK];
        for index in 0..chunks(self.info.len) {
            self.read_chunk(file, index, &mut buffer)?;
        }
        Ok(())
    }

    fn check_len(&self, file: &File) -> Result<(), ReadError> {
        let expected = content_start(self.info.len) + self.info.len;
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
        file.read_exact_at(chunk, content_start(self.info.len) + start)?;
        if *blake3::hash(chunk).as_bytes() != self.table[index as usize] {
            return Err(ReadError::Corrupt(format!(
                "bytes {start}..{} do not match their checksum",
                start + len
            )));
        }
        Ok(chunk)
    }
}

fn checksum(header: &[u8], table: &[u8]) -> Hash32 {
    *blake3::Hasher::new()
        .update(header)
        .update(table)
        .finalize()
        .as_bytes()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0u8; N];
    out.copy_from_slice(bytes);
    out
}
