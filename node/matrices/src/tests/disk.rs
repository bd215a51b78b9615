use super::*;
use crate::StoreError;
use std::{
    io,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};

const LEAF: u64 = A.leaf_len() as u64;
const MIN_FREE: u64 = 10_000;

/// A store that keeps [`MIN_FREE`] bytes free on a disk with as many free bytes as the counter says.
fn on_disk(free: u64) -> (Fixture, Arc<AtomicU64>) {
    let free = Arc::new(AtomicU64::new(free));
    let asked = free.clone();
    let Fixture { folder, store } = Fixture::new();
    let store = store.with_min_free(MIN_FREE, move |_| Ok(asked.load(Ordering::Relaxed)));
    (Fixture { folder, store }, free)
}

#[test]
fn an_upload_that_would_cut_into_the_reserve_is_refused() {
    let (fixture, free) = on_disk(MIN_FREE + 2 * LEAF - 1);
    assert!(!fixture.store.has_room(2 * LEAF));
    let error = fixture.store.begin(A, 2 * LEAF).unwrap_err();
    assert!(
        matches!(&error, StoreError::DiskFull(path) if path == fixture.folder.path()),
        "{error}"
    );
    assert!(fixture.file_names().is_empty());
    assert_eq!(fixture.store.usage(), Default::default());

    free.fetch_add(1, Ordering::Relaxed);
    assert!(fixture.store.has_room(2 * LEAF));
    fixture.store.begin(A, 2 * LEAF).unwrap();
}

#[test]
fn what_open_uploads_have_not_written_yet_is_not_free() {
    let (fixture, free) = on_disk(MIN_FREE + 3 * LEAF);
    let id = fixture.store.begin(A, 2 * LEAF).unwrap();
    assert!(!fixture.store.has_room(2 * LEAF));
    assert!(matches!(
        fixture.store.begin(A, 2 * LEAF),
        Err(StoreError::DiskFull(_))
    ));
    assert!(fixture.store.has_room(LEAF));

    // What is written is missing on the disk itself, and must not count twice.
    let content = bytes(A, 2, 0);
    fixture
        .store
        .write(id, 0, &content[..LEAF as usize])
        .unwrap();
    free.fetch_sub(LEAF, Ordering::Relaxed);
    assert!(fixture.store.has_room(LEAF));
    assert!(!fixture.store.has_room(LEAF + 1));

    fixture.store.abort(id).unwrap();
    free.fetch_add(LEAF, Ordering::Relaxed);
    assert!(fixture.store.has_room(3 * LEAF));
}

#[test]
fn a_reserve_larger_than_any_disk_refuses_and_does_not_overflow() {
    let Fixture { folder, store } = Fixture::new();
    let store = store.with_min_free(u64::MAX, |_| Ok(1 << 40));
    let fixture = Fixture { folder, store };
    assert!(!fixture.store.has_room(u64::MAX));
    assert!(fixture.store.begin(A, LEAF).is_err());
}

#[test]
fn no_reserve_and_a_disk_that_can_not_be_asked_refuse_nothing() {
    let Fixture { folder, store } = Fixture::new();
    let store = store.with_min_free(0, |_| Ok(0));
    store.begin(A, LEAF).unwrap();
    let store = store.with_min_free(MIN_FREE, |_| Err(io::Error::other("no answer")));
    let fixture = Fixture { folder, store };
    assert!(fixture.store.has_room(LEAF));
    fixture.store.begin(A, LEAF).unwrap();
}

#[test]
fn there_is_room_only_within_the_stores_own_limits() {
    let fixture = Fixture::with(StoreLimits {
        max_blob: 4 * LEAF,
        max_total: 6 * LEAF,
        ..StoreLimits::default()
    });
    assert!(fixture.store.has_room(4 * LEAF));
    assert!(!fixture.store.has_room(4 * LEAF + 1));
    fixture.store.put(A, &bytes(A, 3, 0)).unwrap();
    fixture.store.begin(A, LEAF).unwrap();
    assert!(fixture.store.has_room(2 * LEAF));
    assert!(!fixture.store.has_room(2 * LEAF + 1));
    assert!(!fixture.store.has_room(u64::MAX));
}
