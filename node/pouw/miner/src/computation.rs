//! One computation: matrices from the store, C into the store, certificates of the winning tickets.

use crate::{decide::TicketPlace, room::Room};
use bcai_matrices::{BlobInfo, MatrixStore, StoreError};
use bcai_pouw_kernel::{self as kernel, bytes_of, values_of, MineError, Winner};
use bcai_pouw_primitives::{
    certificate::{Piece, PiecePath},
    merkle, verify_ticket, Commitment, Hash32, JobInputs, Seeds, Shape, TicketCertificate,
    VerifyError, U256,
};
use bcai_pouw_tasks::{sample::sample, stored::has};
use bcai_roles::at_low_priority;
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

/// Tiles of a result that are computed a second time, the plain way, before the bond is put on them.
const CHECKED_TILES: usize = 16;

/// Time between two tries to store a result that the store didn't take.
const STORE_RETRY: Duration = Duration::from_secs(5);

/// Time within which a wait sees that it was cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// A claim to compute.
#[derive(Clone)]
pub(crate) struct Order {
    pub inputs: JobInputs,
    pub commitment: Commitment,
    pub target: U256,
    /// The most tickets that the chain takes of it.
    pub max_tickets: usize,
    /// Where C goes.
    pub room: Arc<Room>,
}

/// How a computation is watched and stopped.
#[derive(Clone)]
pub(crate) struct Control {
    pub cancel: Arc<AtomicBool>,
    pub progress: Arc<Progress>,
    /// What holds it up, for the status.
    pub trouble: Arc<Mutex<Option<String>>>,
}

/// Tiles done, of all tiles.
#[derive(Default)]
pub(crate) struct Progress {
    pub done: AtomicU64,
    pub all: AtomicU64,
}

impl Progress {
    /// Done, and all; never more done than all.
    pub(crate) fn tiles(&self) -> (u64, u64) {
        let all = self.all.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed).min(all), all)
    }

    pub(crate) fn per_mille(&self) -> u32 {
        let (done, all) = self.tiles();
        (u128::from(done) * 1000 / u128::from(all.max(1))) as u32
    }
}

/// What a computation gives; C itself is in the store.
pub(crate) struct Computed {
    pub root_c: Hash32,
    /// No more than the chain takes.
    pub certificates: BTreeMap<TicketPlace, TicketCertificate>,
    /// Time that computing took, without the store of C.
    pub took: Duration,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ComputeError {
    #[error(transparent)]
    Mine(#[from] MineError),
    #[error("it was cancelled")]
    Cancelled,
    #[error("{}", .0.without_paths())]
    Store(#[from] StoreError),
    #[error("its {matrix}, 0x{}, is not on this node; it has to be uploaded here", hex::encode(.root))]
    Missing { matrix: &'static str, root: Hash32 },
    #[error("{matrix} in the store does not have the rows or slabs of the task's")]
    Size { matrix: &'static str },
    #[error("{matrix} in the store does not have the task's root")]
    Root { matrix: &'static str },
    #[error("tile ({i}, {j}) was computed wrongly; is this machine sound?")]
    WrongTile { i: u32, j: u32 },
    #[error("the ticket of tile ({i}, {j}) in slab {l} does not verify ({error:?}); is this machine sound?")]
    WrongTicket {
        i: u32,
        j: u32,
        l: u8,
        error: VerifyError,
    },
    #[error("no thread for it: {0}")]
    Thread(std::io::Error),
    #[error("it panicked: {0}")]
    Panicked(String),
}

/// Computes claims. The miner has one; its tests have another that waits where they want.
pub(crate) trait Solver: Send + Sync + 'static {
    /// Blocks until done. C is complete in the store when this returns `Ok`.
    fn solve(&self, order: &Order, control: &Control) -> Result<Computed, ComputeError>;
}

/// The solver that uses the CPU kernel.
pub(crate) struct KernelSolver {
    store: Arc<dyn MatrixStore>,
    threads: usize,
    store_retry: Duration,
}

impl KernelSolver {
    pub(crate) fn new(store: Arc<dyn MatrixStore>, threads: usize) -> Self {
        Self {
            store,
            threads,
            store_retry: STORE_RETRY,
        }
    }

    #[cfg(test)]
    pub(crate) fn with_store_retry(self, store_retry: Duration) -> Self {
        Self {
            store_retry,
            ..self
        }
    }

    fn compute(&self, order: &Order, control: &Control) -> Result<Computed, ComputeError> {
        let started = Instant::now();
        let shape = order.commitment.shape;
        let Commitment { root_a, root_b, .. } = &order.commitment;
        let a = self.matrix("A", root_a, &BlobInfo::of_a(&shape))?;
        let bt = self.matrix("Bt", root_b, &BlobInfo::of_b(&shape))?;
        let (a, bt) = (values_of(&a), values_of(&bt));
        let seeds = Seeds::derive(&order.inputs, root_a, root_b);
        let claimed = kernel::ClaimedProduct {
            shape,
            seeds,
            a,
            bt,
            target: order.target,
        };
        let options = kernel::Options {
            threads: self.threads,
            low_priority: true,
            cancel: &control.cancel,
            progress: Some(&control.progress.done),
        };
        let mined = kernel::mine(&claimed, &options)?;
        check_tiles(&shape, a, bt, &mined.c_tiles)?;
        let mut certificates = BTreeMap::new();
        for winner in mined.winners.iter().take(order.max_tickets) {
            let Winner { i, j, l, .. } = *winner;
            let (piece_a, path_a) = self.proven_piece("A", root_a, &shape, a, (i, l))?;
            let (piece_b, path_b) = self.proven_piece("Bt", root_b, &shape, bt, (j, l))?;
            let certificate = TicketCertificate {
                task: order.inputs.task,
                i,
                j,
                l,
                piece_a,
                piece_b,
                path_a,
                path_b,
            };
            verify_ticket(&certificate, &order.commitment, &seeds, order.target)
                .map_err(|error| ComputeError::WrongTicket { i, j, l, error })?;
            certificates.insert((i, j, l), certificate);
        }
        let took = started.elapsed();
        self.put_result(order, &mined.c_tiles, &mined.root_c, control)?;
        Ok(Computed {
            root_c: mined.root_c,
            certificates,
            took,
        })
    }

    /// A piece of a matrix, by strip and slab, and its path. Errors: as [`MatrixStore::piece_path`], and
    /// [`ComputeError::Root`] when the matrix has no such piece.
    fn proven_piece(
        &self,
        matrix: &'static str,
        root: &Hash32,
        shape: &Shape,
        values: &[i8],
        (strip, slab): (u32, u8),
    ) -> Result<(Piece, PiecePath), ComputeError> {
        // As long for A as for Bt.
        let piece = values
            .chunks_exact(shape.strip_a_len())
            .nth(strip as usize)
            .and_then(|strip| merkle::piece(bytes_of(strip), shape.set(), slab))
            .and_then(|piece| Piece::try_from(piece).ok());
        let path = self.store.piece_path(root, strip.into(), slab)?;
        let path = PiecePath::try_from(path).ok();
        piece.zip(path).ok_or(ComputeError::Root { matrix })
    }

    /// Stores C, again and again when the store fails: computing it took longer than any wait for the disk.
    fn put_result(
        &self,
        order: &Order,
        c_tiles: &[i32],
        root_c: &Hash32,
        control: &Control,
    ) -> Result<(), ComputeError> {
        let wanted = BlobInfo::of_c(&order.commitment.shape);
        while !has(&*self.store, root_c, &wanted) {
            match order.room.fill(c_tiles) {
                Ok(root) if root == *root_c => {}
                Ok(_) => return Err(ComputeError::Root { matrix: "C" }),
                Err(error) => {
                    let error = error.without_paths();
                    *control.trouble.lock() =
                        Some(format!("its result waits to be stored: {error}"));
                    self.wait_for_store(&control.cancel)?;
                }
            }
        }
        Ok(())
    }

    fn wait_for_store(&self, cancel: &AtomicBool) -> Result<(), ComputeError> {
        let until = Instant::now() + self.store_retry;
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(ComputeError::Cancelled);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(CANCEL_POLL));
        }
    }

    fn matrix(
        &self,
        matrix: &'static str,
        root: &Hash32,
        wanted: &BlobInfo,
    ) -> Result<Vec<u8>, ComputeError> {
        match has(&*self.store, root, wanted) {
            true => Ok(self.store.read_all(root)?),
            false if self.store.info(root).is_none() => {
                let root = *root;
                Err(ComputeError::Missing { matrix, root })
            }
            false => Err(ComputeError::Size { matrix }),
        }
    }
}

impl Solver for KernelSolver {
    fn solve(&self, order: &Order, control: &Control) -> Result<Computed, ComputeError> {
        let progress = &control.progress;
        progress.done.store(0, Ordering::Relaxed);
        progress
            .all
            .store(order.commitment.shape.tiles(), Ordering::Relaxed);
        // All of it at low priority, the disk and the trees as well.
        at_low_priority(|| self.compute(order, control))
            .unwrap_or_else(|error| Err(ComputeError::Thread(error)))
    }
}

/// A flipped bit of this machine must not cost the bond.
fn check_tiles(shape: &Shape, a: &[i8], bt: &[i8], c_tiles: &[i32]) -> Result<(), ComputeError> {
    for tile in sample(shape.tiles(), CHECKED_TILES) {
        let columns = u64::from(shape.strips_b());
        let (i, j) = ((tile / columns) as u32, (tile % columns) as u32);
        let cells = shape.set().tile_cells();
        let delivered = c_tiles.chunks_exact(cells).nth(tile as usize);
        if kernel::recompute_tile(shape, a, bt, i, j).as_deref() != delivered {
            return Err(ComputeError::WrongTile { i, j });
        }
    }
    Ok(())
}
