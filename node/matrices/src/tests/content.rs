use super::*;
use crate::{BlobInfo, StoreError};
use proptest::prelude::*;
use std::sync::Arc;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_root_is_the_specifications_whatever_the_parts(leaves in 1usize..40, part in 1usize..50_000, seed: u8) {
        for kind in [A, C, b(ParamSet::Set0, 3)] {
            let fixture = Fixture::new();
            let content = bytes(kind, leaves, seed);
            let root = upload(&fixture.store, kind, &content, part);
            prop_assert_eq!(root, root_of(kind, &content));
            prop_assert_eq!(fixture.store.read_all(&root).unwrap(), content);
        }
    }

    #[test]
    fn any_range_reads_as_it_was_written(from in 0u64..3 * MIB as u64, len in 0u64..2 * MIB as u64) {
        let fixture = Fixture::new();
        let content = bytes(A, 3 * 128 + 1, 7);
        let root = fixture.store.put(A, &content).unwrap();
        let len = len.min(content.len() as u64 - from);
        let read = fixture.store.read(&root, from, len).unwrap();
        prop_assert!(read == content[from as usize..(from + len) as usize]);
    }
}

#[test]
fn a_blob_survives_closing_and_opening() {
    for kind in [
        A,
        B,
        C,
        b(ParamSet::Set1, 1),
        a(ParamSet::Set0, 3),
        b(ParamSet::Set1, 8),
    ] {
        let content = bytes(kind, 37, 1);
        let fixture = Fixture::new();
        let root = fixture.store.put(kind, &content).unwrap();
        let fixture = fixture.reopened_after(|_| ());
        let len = content.len() as u64;
        assert_eq!(fixture.store.info(&root), Some(BlobInfo { kind, len }));
        assert_eq!(fixture.store.read_all(&root).unwrap(), content);
        assert_eq!(fixture.store.usage().blob_bytes, len);
    }
}

#[test]
fn a_range_past_the_end_is_refused() {
    let fixture = Fixture::new();
    let root = fixture.store.put(A, &bytes(A, 1, 0)).unwrap();
    let len = A.leaf_len() as u64;
    assert!(fixture.store.read(&root, len, 0).unwrap().is_empty());
    for (offset, len) in [(len, 1), (0, len + 1), (len + 1, 0), (1, u64::MAX)] {
        assert!(matches!(
            fixture.store.read(&root, offset, len),
            Err(StoreError::OutOfRange { .. })
        ));
    }
}

#[test]
fn an_unknown_root_is_named_in_the_error() {
    let error = Fixture::new().store.read_all(&[0xab; 32]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no blob with root 0x{}", "ab".repeat(32))
    );
}

#[test]
fn a_removed_blob_is_gone_and_its_room_is_free() {
    let fixture = Fixture::new();
    let root = fixture.store.put(A, &bytes(A, 2, 0)).unwrap();
    assert!(fixture.store.remove(&root).unwrap());
    assert!(!fixture.store.remove(&root).unwrap());
    assert_eq!(fixture.store.info(&root), None);
    assert_eq!(fixture.store.usage(), Default::default());
    assert!(fixture.file_names().is_empty());
}

#[test]
fn a_matrix_used_as_a_and_as_bt_is_stored_once() {
    let fixture = Fixture::new();
    let content = bytes(A, 3, 0);
    let as_a = fixture.store.put(A, &content).unwrap();
    let as_b = fixture.store.put(B, &content).unwrap();
    assert_eq!(as_a, as_b);
    assert_eq!(fixture.file_names().len(), 1);
    assert!(fixture.store.info(&as_a).unwrap().kind.serves(B));
    assert!(!A.serves(C));
    assert!(!A.serves(a(ParamSet::Set1, 1)));
}

#[test]
fn many_readers_and_writers_at_once_each_see_their_own() {
    let fixture = Arc::new(Fixture::new());
    let threads: Vec<_> = (0..8u8)
        .map(|number| {
            let fixture = fixture.clone();
            std::thread::spawn(move || {
                // Two threads share every content.
                let content = bytes(A, 150, number / 2);
                let root = upload(&fixture.store, A, &content, 100_000);
                for round in 0..8 {
                    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
                    let from = round * 9_999;
                    let read = fixture.store.read(&root, from, 1 << 20).unwrap();
                    assert_eq!(read, content[from as usize..][..1 << 20]);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(fixture.store.usage().blobs, 4);
    assert_eq!(fixture.file_names().len(), 4);
}
