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
    noise::{dense_strip, noised_strip, Selectors},
    params::{MAX_STRIP_LEN, MAX_VALUE, TILE_CELLS},
    transcript, Hash32, Seeds, Shape, TaskId,
};

/// Longest path of a strip: trees have at most 2^20 / 8 = 2^17 leaves.
pub const MAX_STRIP_PATH: u32 = 17;

/// Longest path of a tile: trees have at most 2^34 leaves.
pub const MAX_TILE_PATH: u32 = 34;

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

/// Proof that tile `(i, j)` of a claimed task drew a winning ticket. At most 67 KiB.
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
    /// Strip `i` of A.
    pub strip_a: Strip,
    /// Strip `j` of Bt.
    pub strip_b: Strip,
    /// Siblings of strip `i` under the task's `root_a`.
    pub path_a: StripPath,
    /// Siblings of strip `j` under the task's `root_b`.
    pub path_b: StripPath,
}

/// Proof that tile `(i, j)` of a delivered C is not the product of its strips. At most 69 KiB.
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
    /// Strip `i` of A.
    pub strip_a: Strip,
    /// Strip `j` of Bt.
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
    /// The strip of A has not `h * k` bytes.
    #[codec(index = 0)]
    StripALength,
    /// The strip of Bt has not `w * k` bytes.
    #[codec(index = 1)]
    StripBLength,
    /// The tile has not `h * w` cells.
    #[codec(index = 2)]
    TileLength,
    /// No strip `i` in A.
    #[codec(index = 3)]
    RowOutOfBounds,
    /// The path of A has not the length that strip `i` needs.
    #[codec(index = 4)]
    PathALength,
    /// The path of Bt has not the length that strip `j` needs.
    #[codec(index = 5)]
    PathBLength,
    /// The path of C has not the length that the tile needs.
    #[codec(index = 6)]
    PathCLength,
    /// A value of the strip of A is outside of `[-64, 64]`.
    #[codec(index = 7)]
    ValueOfA,
    /// The strip of A is not under the task's root.
    #[codec(index = 8)]
    PathA,
    /// The strip of Bt is not under the task's root.
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
    /// A value of the strip of Bt is outside of `[-64, 64]`.
    #[codec(index = 14)]
    ValueOfB,
}

use VerifyError as E;

/// The strips of one tile with their paths: what both proofs have in common.
struct Strips<'a> {
    i: u32,
    j: u32,
    a: &'a [u8],
    b: &'a [u8],
    path_a: &'a [Hash32],
    path_b: &'a [Hash32],
}

impl Strips<'_> {
    /// Lengths and bounds, which cost nothing. Returns the tile's index.
    fn check_form(&self, shape: &Shape) -> Result<u64, VerifyError> {
        let ensure = |holds: bool, error| if holds { Ok(()) } else { Err(error) };
        ensure(self.a.len() == shape.set().strip_a_len(), E::StripALength)?;
        ensure(self.b.len() == shape.set().strip_b_len(), E::StripBLength)?;
        ensure(self.i < shape.strips_a(), E::RowOutOfBounds)?;
        let index = shape
            .tile_index(self.i, self.j)
            .ok_or(E::ColumnOutOfBounds)?;
        let length = |i: u32, count: u32| merkle::path_len(u64::from(i), u64::from(count));
        ensure(
            self.path_a.len() == length(self.i, shape.strips_a()),
            E::PathALength,
        )?;
        ensure(
            self.path_b.len() == length(self.j, shape.strips_b()),
            E::PathBLength,
        )?;
        Ok(index)
    }

    /// Whether the strips are the ones that the task committed to.
    fn check_paths(&self, commitment: &Commitment) -> Result<(), VerifyError> {
        let shape = &commitment.shape;
        let under = |strip: &[u8], i: u32, count: u32, path, root| {
            merkle::verify_path(
                merkle::leaf_hash(strip),
                u64::from(i),
                u64::from(count),
                path,
                root,
            )
        };
        if !under(
            self.a,
            self.i,
            shape.strips_a(),
            self.path_a,
            &commitment.root_a,
        ) {
            return Err(E::PathA);
        }
        if !under(
            self.b,
            self.j,
            shape.strips_b(),
            self.path_b,
            &commitment.root_b,
        ) {
            return Err(E::PathB);
        }
        Ok(())
    }

    fn values(&self) -> (Vec<i8>, Vec<i8>) {
        let signed = |strip: &[u8]| strip.iter().map(|byte| *byte as i8).collect();
        (signed(self.a), signed(self.b))
    }
}

/// Checks a certificate in the order of section 7 of the specification, from the lengths on: what is known of the claim (its state,
/// its sender, tiles already submitted) is for the caller to check first. Returns the ticket.
///
/// Errors: every [`VerifyError`] but those of tiles and results.
pub fn verify_ticket(
    certificate: &TicketCertificate,
    commitment: &Commitment,
    seeds: &Seeds,
    target: U256,
) -> Result<U256, VerifyError> {
    let set = commitment.shape.set();
    let strips = Strips {
        i: certificate.i,
        j: certificate.j,
        a: &certificate.strip_a,
        b: &certificate.strip_b,
        path_a: &certificate.path_a,
        path_b: &certificate.path_b,
    };
    strips.check_form(&commitment.shape)?;
    let (a, b) = strips.values();
    for (strip, error) in [(&a, E::ValueOfA), (&b, E::ValueOfB)] {
        if !strip
            .iter()
            .all(|value| (-MAX_VALUE..=MAX_VALUE).contains(value))
        {
            return Err(error);
        }
    }
    strips.check_paths(commitment)?;
    let noised = |strip: &[i8], seed: &Hash32, number: u32, rows: usize| {
        let dense = dense_strip(seed, set, number, rows);
        noised_strip(strip, &dense, &Selectors::derive(seed, set), set)
    };
    let a = noised(&a, &seeds.a, strips.i, set.h());
    let b = noised(&b, &seeds.b, strips.j, set.w());
    let ticket = transcript::ticket(&seeds.a, &transcript::transcript(&a, &b, set));
    if ticket > target {
        return Err(E::TicketAboveTarget);
    }
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
    let strips = Strips {
        i: proof.i,
        j: proof.j,
        a: &proof.strip_a,
        b: &proof.strip_b,
        path_a: &proof.path_a,
        path_b: &proof.path_b,
    };
    let index = strips.check_form(shape)?;
    if proof.tile.len() != shape.set().tile_cells() {
        return Err(E::TileLength);
    }
    if proof.path_c.len() != merkle::path_len(index, shape.tiles()) {
        return Err(E::PathCLength);
    }
    strips.check_paths(commitment)?;
    let leaf = merkle::tile_hash(&proof.tile);
    if !merkle::verify_path(leaf, index, shape.tiles(), &proof.path_c, root_c) {
        return Err(E::PathC);
    }
    let (a, b) = strips.values();
    if transcript::tile_product(&a, &b, shape.set()).as_slice() == proof.tile.as_slice() {
        return Err(E::ResultIsCorrect);
    }
    Ok(())
}
