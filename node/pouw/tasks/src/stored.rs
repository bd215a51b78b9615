//! Which matrices of a task are in this node's store.

use crate::chain::Task;
use bcai_matrices::{BlobKind, MatrixStore, StoreError, PART};
use bcai_pouw_primitives::{Commitment, Hash32};

/// Is this blob in the store, with leaves as `kind` has them, and as long as the task says?
pub fn has(store: &dyn MatrixStore, root: &Hash32, kind: BlobKind, len: u64) -> bool {
    store
        .info(root)
        .is_some_and(|info| info.kind.serves(kind) && info.len == len)
}

/// Are A and Bt here?
pub fn has_inputs(store: &dyn MatrixStore, commitment: &Commitment) -> bool {
    let Commitment {
        shape,
        root_a,
        root_b,
    } = commitment;
    has(store, root_a, BlobKind::StripsA(shape.set()), shape.len_a())
        && has(store, root_b, BlobKind::StripsB(shape.set()), shape.len_b())
}

/// Are A and Bt of this task here, and is there room for its C?
pub fn is_ready(store: &dyn MatrixStore, task: &Task) -> bool {
    task.commitment().is_ok_and(|commitment| {
        has_inputs(store, &commitment) && store.has_room(commitment.shape.len_c())
    })
}

/// Reads both matrices to the end, so that no bond is put on a task whose files are damaged.
pub fn inputs_are_readable(store: &dyn MatrixStore, task: &Task) -> Result<(), StoreError> {
    for root in [&task.root_a, &task.root_b] {
        let len = store.info(root).ok_or(StoreError::NotFound(*root))?.len;
        for offset in (0..len).step_by(PART as usize) {
            store.read(root, offset, PART.min(len - offset))?;
        }
    }
    Ok(())
}
