//! Which matrices of a task are in this node's store.

use crate::chain::Task;
use bcai_matrices::{BlobInfo, MatrixStore, StoreError};
use bcai_pouw_primitives::{Commitment, Hash32};

/// Is this blob in the store, cut as `wanted` is and as long?
pub fn has(store: &dyn MatrixStore, root: &Hash32, wanted: &BlobInfo) -> bool {
    store.info(root).is_some_and(|info| info.serves(wanted))
}

/// Are A and Bt here?
pub fn has_inputs(store: &dyn MatrixStore, commitment: &Commitment) -> bool {
    let Commitment {
        shape,
        root_a,
        root_b,
    } = commitment;
    has(store, root_a, &BlobInfo::of_a(shape)) && has(store, root_b, &BlobInfo::of_b(shape))
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
        let info = store.info(root).ok_or(StoreError::NotFound(*root))?;
        // Chunk by chunk, or a chunk would be read for each part that touches it.
        let chunk = info.kind.chunk_len();
        for offset in (0..info.len).step_by(chunk as usize) {
            store.read(root, offset, chunk.min(info.len - offset))?;
        }
    }
    Ok(())
}
