//! Room for the C of a claim, taken from the store before the bond is put on it.

use bcai_matrices::{BlobInfo, MatrixStore, StoreError, UploadId, PART};
use bcai_pouw_primitives::{Hash32, Shape};
use parking_lot::Mutex;
use std::sync::Arc;

/// An upload that waits for its content. Dropping it gives the room back.
pub(crate) struct Room {
    store: Arc<dyn MatrixStore>,
    info: BlobInfo,
    state: Mutex<State>,
}

enum State {
    Open(UploadId),
    /// The store has dropped it, and had no room for another one.
    Lost,
    Writing,
    Filled,
}

impl Room {
    /// Errors: as [`MatrixStore::begin`].
    pub(crate) fn take(store: Arc<dyn MatrixStore>, shape: &Shape) -> Result<Self, StoreError> {
        let room = Self::lost(store, shape);
        room.keep()?;
        Ok(room)
    }

    /// What is left to a claim that is held already when the store has no room: [`Self::keep`] goes on asking for it.
    pub(crate) fn lost(store: Arc<dyn MatrixStore>, shape: &Shape) -> Self {
        Self {
            store,
            info: BlobInfo::of_c(shape),
            state: Mutex::new(State::Lost),
        }
    }

    /// Keeps the store from dropping it as idle, and takes it again when the store has. To be called at every
    /// block. Errors: as [`MatrixStore::begin`].
    pub(crate) fn keep(&self) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        match *state {
            State::Writing | State::Filled => return Ok(()),
            State::Open(upload) if self.store.write(upload, 0, &[]).is_ok() => return Ok(()),
            State::Open(_) | State::Lost => *state = State::Lost,
        }
        *state = State::Open(self.store.begin(self.info.kind, self.info.len)?);
        Ok(())
    }

    /// Stores C and gives its root. Errors: as the upload's; the room is then kept, if the store still has it.
    pub(crate) fn fill(&self, c_tiles: &[i32]) -> Result<Hash32, StoreError> {
        let state = std::mem::replace(&mut *self.state.lock(), State::Writing);
        let upload = match state {
            State::Open(upload) if self.store.write(upload, 0, &[]).is_ok() => Ok(upload),
            _ => self.store.begin(self.info.kind, self.info.len),
        };
        let stored = upload.and_then(|upload| {
            // A part that failed has ended the upload; a call that failed otherwise may not have.
            self.write(upload, c_tiles)
                .inspect_err(|_| drop(self.store.abort(upload)))
        });
        *self.state.lock() = match &stored {
            Ok(_) => State::Filled,
            Err(_) => State::Lost,
        };
        if stored.is_err() {
            // At once, or others take it. The next try begins where this one can't.
            let _ = self.keep();
        }
        stored
    }

    /// Part by part: C would need its size in memory again as bytes.
    fn write(&self, upload: UploadId, c_tiles: &[i32]) -> Result<Hash32, StoreError> {
        let mut offset = 0;
        for cells in c_tiles.chunks(PART as usize / 4) {
            let part: Vec<u8> = cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
            offset = self.store.write(upload, offset, &part)?;
        }
        self.store.finish(upload)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let State::Open(upload) = *self.state.get_mut() {
            // Gone already when it was idle for too long.
            let _ = self.store.abort(upload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_matrices::{BlobKind, FsMatrixStore, StoreLimits};
    use bcai_pouw_primitives::ParamSet;
    use tempfile::TempDir;

    const KIND: BlobKind = BlobKind::TilesC(ParamSet::Set0);

    fn store(max_total: u64) -> (TempDir, Arc<FsMatrixStore>) {
        let folder = tempfile::tempdir().unwrap();
        let limits = StoreLimits {
            max_total,
            ..StoreLimits::default()
        };
        let store = FsMatrixStore::open(folder.path(), limits).unwrap();
        (folder, Arc::new(store))
    }

    fn shape() -> Shape {
        Shape::new(ParamSet::Set0, 16, 16, 2).unwrap()
    }

    fn cells(seed: i32) -> Vec<i32> {
        (0..256).map(|at| at * 7 + seed).collect()
    }

    fn bytes(cells: &[i32]) -> Vec<u8> {
        cells.iter().flat_map(|cell| cell.to_le_bytes()).collect()
    }

    /// What the store does to an upload that was idle for too long.
    fn drop_uploads(folder: &TempDir, store: &FsMatrixStore) {
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|part| part == "part") {
                let id = path.file_stem().unwrap().to_str().unwrap();
                store.abort(id.parse().unwrap()).unwrap();
            }
        }
    }

    #[test]
    fn room_is_nobody_elses_until_it_is_dropped() {
        let (_folder, store) = store(1024);
        let room = Room::take(store.clone(), &shape()).unwrap();
        room.keep().unwrap();
        assert_eq!(store.usage().reserved_bytes, 1024);
        assert!(Room::take(store.clone(), &shape()).is_err());
        drop(room);
        assert_eq!(store.usage().reserved_bytes, 0);
        assert!(Room::take(store, &shape()).is_ok());
    }

    #[test]
    fn a_full_store_takes_what_room_was_taken_for() {
        let (_folder, store) = store(1024);
        let room = Room::take(store.clone(), &shape()).unwrap();
        let root = room.fill(&cells(1)).unwrap();
        assert_eq!(store.read_all(&root).unwrap(), bytes(&cells(1)));
        // Neither of these takes more.
        room.keep().unwrap();
        drop(room);
        assert_eq!(store.usage().total(), 1024);
    }

    #[test]
    fn room_that_the_store_dropped_is_taken_again() {
        let (folder, store) = store(1024);
        let room = Room::take(store.clone(), &shape()).unwrap();
        drop_uploads(&folder, &store);
        assert_eq!(store.usage().reserved_bytes, 0);
        room.keep().unwrap();
        assert_eq!(store.usage().reserved_bytes, 1024);
        drop_uploads(&folder, &store);
        assert!(room.fill(&cells(1)).is_ok());
    }

    #[test]
    fn a_write_that_failed_can_be_done_again() {
        let (folder, store) = store(1024);
        let room = Room::take(store.clone(), &shape()).unwrap();
        drop_uploads(&folder, &store);
        let other = store.put(KIND, &bytes(&cells(2))).unwrap();
        assert!(room.fill(&cells(1)).is_err());
        store.remove(&other).unwrap();
        room.keep().unwrap();
        assert_eq!(store.usage().reserved_bytes, 1024);
        assert!(room.fill(&cells(1)).is_ok());
    }
}
