//! What is shown to the chain, and its verification: cheapest checks first, a distinct error for each.
//!
//! Both proofs decode into bounded vectors, so that a malformed length is refused before anything is allocated for it.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use primitive_types::U256;
use scale_info::TypeInfo;

use crate::{
    merkle,
    noise::{dense_strip, noised_piece, slab_cycles},
    params::{MAX_PIECE_LEN, MAX_STRIP_LEN, MAX_VALUE, TILE_CELLS},
    transcript, Hash32, Seeds, Shape, TaskId,
};

/// Longest path of a strip: trees have at most 2^20 / 8 = 2^17 leaves.
pub const MAX_STRIP_PATH: u32 = 17;

/// Longest path of a piece: within its strip, which has at most 8, and then the strip's.
pub const MAX_PIECE_PATH: u32 = 3 + MAX_STRIP_PATH;

/// Longest path of a tile: trees have at most 2^34 leaves.
pub const MAX_TILE_PATH: u32 = 34;

/// Bytes of a piece, each an `i8`, row-major.
pub type Piece = BoundedVec<u8, ConstU32<MAX_PIECE_LEN>>;

/// Siblings of a piece: those within its strip, then those of its strip.
pub type PiecePath = BoundedVec<Hash32, ConstU32<MAX_PIECE_PATH>>;

/// Bytes of a strip, each an `i8`, row-major.
pub type Strip = BoundedVec<u8, ConstU32<MAX_STRIP_LEN>>;

/// Siblings of a strip.
pub type StripPath = BoundedVec<Hash32, ConstU32<MAX_STRIP_PATH>>;

/// Siblings of a tile.
pub type TilePath = BoundedVec<Hash32, ConstU32<MAX_TILE_PATH>>;

/// Cells of a tile, row-major.
pub type Tile = BoundedVec<i32, ConstU32<{ TILE_CELLS as u32 }>>;

/// What the chain knows of a task's matrices.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Commitment {
    /// Dimensions.
    pub shape: Shape,
    /// Root over the strips of A.
    pub root_a: Hash32,
    /// Root over the strips of Bt.
    pub root_b: Hash32,
}

/// Proof that tile `(i, j)` of a claimed task drew a winning ticket in slab `l`. At most 66 KiB.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TicketCertificate {
    /// The task.
    pub task: TaskId,
    /// Strip of A.
    pub i: u32,
    /// Strip of Bt.
    pub j: u32,
    /// Slab.
    pub l: u8,
    /// Piece `(i, l)` of A.
    pub piece_a: Piece,
    /// Piece `(j, l)` of Bt.
    pub piece_b: Piece,
    /// Siblings of piece `(i, l)` under the task's `root_a`.
    pub path_a: PiecePath,
    /// Siblings of piece `(j, l)` under the task's `root_b`.
    pub path_b: PiecePath,
}

/// Proof that tile `(i, j)` of a delivered C is not the product of its strips. At most 516 KiB.
#[derive(
    Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct FraudProof {
    /// The task.
    pub task: TaskId,
    /// Strip of A.
    pub i: u32,
    /// Strip of Bt.
    pub j: u32,
    /// Strip `i` of A, all its pieces.
    pub strip_a: Strip,
    /// Strip `j` of Bt, all its pieces.
    pub strip_b: Strip,
    /// The tile as it was delivered.
    pub tile: Tile,
    /// Siblings of strip `i` under the task's `root_a`.
    pub path_a: StripPath,
    /// Siblings of strip `j` under the task's `root_b`.
    pub path_b: StripPath,
    /// Siblings of the tile under the delivered `root_c`.
    pub path_c: TilePath,
}

/// Why a certificate or a fraud proof is refused.
#[derive(
    Copy,
    Clone,
    PartialEq,
    Eq,
    Debug,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum VerifyError {
    /// The piece or strip of A has not the bytes that it must have.
    #[codec(index = 0)]
    LengthOfA,
    /// The piece or strip of Bt has not the bytes that it must have.
    #[codec(index = 1)]
    LengthOfB,
    /// The tile has not `h * w` cells.
    #[codec(index = 2)]
    TileLength,
    /// No strip `i` in A.
    #[codec(index = 3)]
    RowOutOfBounds,
    /// The path of A has not the length that its piece or strip needs.
    #[codec(index = 4)]
    PathALength,
    /// The path of Bt has not the length that its piece or strip needs.
    #[codec(index = 5)]
    PathBLength,
    /// The path of C has not the length that the tile needs.
    #[codec(index = 6)]
    PathCLength,
    /// A value of the piece of A is outside of `[-64, 64]`.
    #[codec(index = 7)]
    ValueOfA,
    /// The piece or strip of A is not under the task's root.
    #[codec(index = 8)]
    PathA,
    /// The piece or strip of Bt is not under the task's root.
    #[codec(index = 9)]
    PathB,
    /// The tile is not under the delivered root.
    #[codec(index = 10)]
    PathC,
    /// The ticket is above the target.
    #[codec(index = 11)]
    TicketAboveTarget,
    /// The delivered tile is right.
    #[codec(index = 12)]
    ResultIsCorrect,
    /// No strip `j` in Bt.
    #[codec(index = 13)]
    ColumnOutOfBounds,
    /// A value of the piece of Bt is outside of `[-64, 64]`.
    #[codec(index = 14)]
    ValueOfB,
    /// No slab `l`.
    #[codec(index = 15)]
    SlabOutOfBounds,
}

use VerifyError as E;

fn ensure(holds: bool, error: VerifyError) -> Result<(), VerifyError> {
    holds.then_some(()).ok_or(error)
}

fn signed(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|byte| *byte as i8).collect()
}

/// Whether tile `(i, j)` is in C. Returns its index.
fn check_place(shape: &Shape, i: u32, j: u32) -> Result<u64, VerifyError> {
    ensure(i < shape.strips_a(), E::RowOutOfBounds)?;
    shape.tile_index(i, j).ok_or(E::ColumnOutOfBounds)
}

/// One side of a certificate: a piece, its place, and what it is checked against.
struct Side<'a> {
    piece: &'a [u8],
    path: &'a [Hash32],
    /// Strip, of so many.
    strip: (u32, u32),
    /// Slab, of so many.
    slab: (u8, u8),
    root: &'a Hash32,
    seed: &'a Hash32,
}

impl Side<'_> {
    /// Siblings within the strip.
    fn inner_path_len(&self) -> usize {
        merkle::path_len(self.slab.0.into(), self.slab.1.into())
    }

    fn has_right_path_length(&self) -> bool {
        let outer = merkle::path_len(self.strip.0.into(), self.strip.1.into());
        self.path.len() == self.inner_path_len().saturating_add(outer)
    }

    fn is_under_root(&self) -> bool {
        let Some((inner, outer)) = self.path.split_at_checked(self.inner_path_len()) else {
            return false;
        };
        let leaf = merkle::leaf_hash(self.piece);
        merkle::fold_path(leaf, self.slab.0.into(), self.slab.1.into(), inner).is_some_and(
            |strip| {
                let (at, count) = (self.strip.0.into(), self.strip.1.into());
                merkle::verify_path(strip, at, count, outer, self.root)
            },
        )
    }

    fn is_legal(&self) -> bool {
        let legal = |byte: &u8| (*byte as i8).unsigned_abs() <= MAX_VALUE.unsigned_abs();
        self.piece.iter().all(legal)
    }

    fn noised(&self, shape: &Shape, rows: usize) -> Vec<i8> {
        let set = shape.set();
        let dense = dense_strip(self.seed, set, self.strip.0, rows);
        let cycles = slab_cycles(self.seed, set, self.slab.0);
        noised_piece(&signed(self.piece), &dense, &cycles, set)
    }
}

/// Checks a certificate in the order of section 7 of the specification, from the lengths on: what is known of the claim (its state,
/// its sender, tickets already submitted) is for the caller to check first. Returns the ticket.
///
/// Errors: every [`VerifyError`] but those of tiles and results.
pub fn verify_ticket(
    certificate: &TicketCertificate,
    commitment: &Commitment,
    seeds: &Seeds,
    target: U256,
) -> Result<U256, VerifyError> {
    let shape = &commitment.shape;
    let set = shape.set();
    let slab = (certificate.l, shape.slabs());
    let a = Side {
        piece: &certificate.piece_a,
        path: &certificate.path_a,
        strip: (certificate.i, shape.strips_a()),
        slab,
        root: &commitment.root_a,
        seed: &seeds.a,
    };
    let b = Side {
        piece: &certificate.piece_b,
        path: &certificate.path_b,
        strip: (certificate.j, shape.strips_b()),
        slab,
        root: &commitment.root_b,
        seed: &seeds.b,
    };
    ensure(a.piece.len() == set.piece_a_len(), E::LengthOfA)?;
    ensure(b.piece.len() == set.piece_b_len(), E::LengthOfB)?;
    check_place(shape, certificate.i, certificate.j)?;
    ensure(slab.0 < slab.1, E::SlabOutOfBounds)?;
    ensure(a.has_right_path_length(), E::PathALength)?;
    ensure(b.has_right_path_length(), E::PathBLength)?;
    ensure(a.is_legal(), E::ValueOfA)?;
    ensure(b.is_legal(), E::ValueOfB)?;
    ensure(a.is_under_root(), E::PathA)?;
    ensure(b.is_under_root(), E::PathB)?;
    let (a, b) = (a.noised(shape, set.h()), b.noised(shape, set.w()));
    let ticket = transcript::ticket(&seeds.a, &transcript::transcript(&a, &b, set));
    ensure(ticket <= target, E::TicketAboveTarget)?;
    Ok(ticket)
}

/// `Ok` when the proof shows that the C under `root_c` is wrong.
///
/// Values out of range are no excuse: whoever delivered C under these roots answers for the product of what they commit to.
///
/// Errors: [`VerifyError::ResultIsCorrect`] and those of lengths, bounds and paths.
pub fn verify_fraud(
    proof: &FraudProof,
    commitment: &Commitment,
    root_c: &Hash32,
) -> Result<(), VerifyError> {
    let shape = &commitment.shape;
    let set = shape.set();
    ensure(proof.strip_a.len() == shape.strip_a_len(), E::LengthOfA)?;
    ensure(proof.strip_b.len() == shape.strip_b_len(), E::LengthOfB)?;
    let index = check_place(shape, proof.i, proof.j)?;
    let length = |i: u32, count: u32| merkle::path_len(i.into(), count.into());
    let lengths = (
        length(proof.i, shape.strips_a()),
        length(proof.j, shape.strips_b()),
    );
    ensure(proof.path_a.len() == lengths.0, E::PathALength)?;
    ensure(proof.path_b.len() == lengths.1, E::PathBLength)?;
    ensure(proof.tile.len() == set.tile_cells(), E::TileLength)?;
    let path_c = merkle::path_len(index, shape.tiles());
    ensure(proof.path_c.len() == path_c, E::PathCLength)?;
    let under = |strip: &[u8], i: u32, count: u32, path: &[Hash32], root| {
        let strip_root = merkle::strip_tree(strip, set).map_or([0; 32], |tree| tree.root());
        merkle::verify_path(strip_root, i.into(), count.into(), path, root)
    };
    let a = under(
        &proof.strip_a,
        proof.i,
        shape.strips_a(),
        &proof.path_a,
        &commitment.root_a,
    );
    ensure(a, E::PathA)?;
    let b = under(
        &proof.strip_b,
        proof.j,
        shape.strips_b(),
        &proof.path_b,
        &commitment.root_b,
    );
    ensure(b, E::PathB)?;
    let leaf = merkle::tile_hash(&proof.tile);
    let tile = merkle::verify_path(leaf, index, shape.tiles(), &proof.path_c, root_c);
    ensure(tile, E::PathC)?;
    let (a, b) = (signed(&proof.strip_a), signed(&proof.strip_b));
    let right = transcript::tile_product(&a, &b, set);
    ensure(
        right.as_slice() != proof.tile.as_slice(),
        E::ResultIsCorrect,
    )
}
