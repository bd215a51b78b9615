use super::*;
use crate::{file::content_start, BlobInfo, StoreError};
use std::{
    fs,
    os::unix::fs::{symlink, FileExt, MetadataExt},
};

const LEAVES: usize = 300;

/// Where the content of a blob of A begins in its file.
fn content_at(len: usize) -> u64 {
    let len = len as u64;
    content_start(&BlobInfo { kind: A, len })
}

fn flip(fixture: &Fixture, root: &Hash32, at: u64) {
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(fixture.blob_path(root))
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

fn stored() -> (Fixture, Hash32, Vec<u8>) {
    let fixture = Fixture::new();
    let content = bytes(A, LEAVES, 3);
    let root = fixture.store.put(A, &content).unwrap();
    (fixture, root, content)
}

fn assert_corrupt(error: StoreError, root: &Hash32) {
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains(&hex::encode(root)), "{error}");
}

#[test]
fn a_flipped_bit_is_never_returned_and_the_blob_is_set_aside() {
    let content_at = content_at(LEAVES * A.leaf_len());
    for at in [0, MIB, 2 * MIB + 5, LEAVES * A.leaf_len() - 1] {
        let (fixture, root, _) = stored();
        flip(&fixture, &root, content_at + at as u64);
        assert_corrupt(fixture.store.read_all(&root).unwrap_err(), &root);
        assert!(matches!(
            fixture.store.read_all(&root),
            Err(StoreError::NotFound(_))
        ));
        assert_eq!(
            fixture.file_names(),
            [format!("{}.corrupt", hex::encode(root))]
        );
        assert!(fixture.store.usage().corrupt_bytes > 0);
        assert_eq!(fixture.store.usage().blob_bytes, 0);
    }
}

#[test]
fn a_partial_read_checks_what_it_returns() {
    let (fixture, root, content) = stored();
    flip(&fixture, &root, content_at(content.len()) + 2 * MIB as u64);
    let read = fixture.store.read(&root, 10, MIB as u64).unwrap();
    assert_eq!(read, content[10..10 + MIB]);
    let error = fixture.store.read(&root, 2 * MIB as u64 + 9, 1);
    assert_corrupt(error.unwrap_err(), &root);
}

#[test]
fn a_flipped_bit_anywhere_in_the_head_is_found_when_opening() {
    let content = bytes(A, 2, 0);
    for at in 0..content_at(content.len()) {
        let fixture = Fixture::new();
        let root = fixture.store.put(A, &content).unwrap();
        let fixture = fixture.reopened_after(|fixture| flip(fixture, &root, at));
        assert_eq!(fixture.store.info(&root), None, "byte {at}");
        assert_eq!(
            fixture.file_names(),
            [format!("{}.corrupt", hex::encode(root))]
        );
    }
}

#[test]
fn a_truncated_file_is_found_when_opening_and_when_reading() {
    let (_, _, content) = stored();
    let whole = content_at(content.len()) + content.len() as u64;
    for len in [0, 5, 96, 130, whole - 1, whole + 1] {
        let cut = |fixture: &Fixture, root: &Hash32| {
            let path = fixture.blob_path(root);
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(len).unwrap();
        };
        let (fixture, root, _) = stored();
        cut(&fixture, &root);
        assert_corrupt(fixture.store.read(&root, 0, 1).unwrap_err(), &root);

        let (fixture, root, _) = stored();
        let fixture = fixture.reopened_after(|fixture| cut(fixture, &root));
        assert_eq!(fixture.store.info(&root), None);
        assert!(fixture.store.usage().corrupt_bytes == len);
    }
}

#[test]
fn a_file_under_the_name_of_another_root_is_set_aside() {
    let (fixture, root, _) = stored();
    let other = [7; 32];
    let fixture = fixture.reopened_after(|fixture| {
        fs::rename(fixture.blob_path(&root), fixture.blob_path(&other)).unwrap();
    });
    assert_eq!(fixture.store.info(&root), None);
    assert_eq!(fixture.store.info(&other), None);
}

#[test]
fn a_file_that_vanished_is_an_error_that_names_the_root() {
    let (fixture, root, _) = stored();
    fs::remove_file(fixture.blob_path(&root)).unwrap();
    let error = fixture.store.read_all(&root).unwrap_err();
    assert!(matches!(error, StoreError::Missing(missing) if missing == root));
    assert!(error.to_string().contains(&hex::encode(root)), "{error}");
    assert_eq!(fixture.store.info(&root), None);
    assert_eq!(fixture.store.usage(), Default::default());
}

#[test]
fn an_upload_of_the_same_content_heals_a_corrupt_blob() {
    let (fixture, root, content) = stored();
    flip(&fixture, &root, 5_000);
    fixture.store.read_all(&root).unwrap_err();
    assert_eq!(fixture.store.put(A, &content).unwrap(), root);
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
    assert_eq!(
        fixture.file_names(),
        [format!("{}.blob", hex::encode(root))]
    );
    assert_eq!(fixture.store.usage().corrupt_bytes, 0);
}

#[test]
fn an_upload_of_the_same_content_heals_a_blob_that_rotted_unseen() {
    type Damage = fn(&Fixture, &Hash32, u64);
    let content_at = content_at(LEAVES * A.leaf_len());
    let damages: [(&str, Damage); 6] = [
        ("content", |fixture, root, at| flip(fixture, root, at)),
        ("last byte", |fixture, root, at| {
            flip(fixture, root, at + (LEAVES * A.leaf_len()) as u64 - 1)
        }),
        ("head", |fixture, root, _| flip(fixture, root, 30)),
        ("length", |fixture, root, at| {
            let path = fixture.blob_path(root);
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(at + 1).unwrap();
        }),
        ("gone", |fixture, root, _| {
            fs::remove_file(fixture.blob_path(root)).unwrap();
        }),
        ("unreadable", |fixture, root, _| {
            fs::remove_file(fixture.blob_path(root)).unwrap();
            symlink("/proc/self/mem", fixture.blob_path(root)).unwrap();
        }),
    ];
    for (name, damage) in damages {
        let (fixture, root, content) = stored();
        let before = fixture.store.usage();
        damage(&fixture, &root, content_at);
        assert_eq!(fixture.store.put(A, &content).unwrap(), root);
        assert_eq!(fixture.store.usage(), before, "{name}");
        assert_eq!(fixture.file_names().len(), 1, "{name}");
        let fixture = fixture.reopened_after(|_| ());
        assert_eq!(fixture.store.read_all(&root).unwrap(), content, "{name}");
    }
}

#[test]
fn an_upload_of_the_same_content_leaves_a_sound_blob_where_it_is() {
    let (fixture, root, content) = stored();
    let file = |fixture: &Fixture| fs::metadata(fixture.blob_path(&root)).unwrap().ino();
    let before = file(&fixture);
    for kind in [A, B] {
        fixture.store.put(kind, &content).unwrap();
        assert_eq!(file(&fixture), before);
    }
    assert_eq!(fixture.store.info(&root).unwrap().kind, A);
}

#[test]
fn a_quarantined_file_is_still_counted_after_opening_and_can_be_removed() {
    let (fixture, root, _) = stored();
    flip(&fixture, &root, 5_000);
    fixture.store.read_all(&root).unwrap_err();
    let before = fixture.store.usage();
    let fixture = fixture.reopened_after(|_| ());
    assert_eq!(fixture.store.usage(), before);
    assert!(fixture.store.remove(&root).unwrap());
    assert_eq!(fixture.store.usage(), Default::default());
    assert!(fixture.file_names().is_empty());
}

#[test]
fn what_a_crash_left_of_an_upload_is_removed_when_opening() {
    let (fixture, root, content) = stored();
    let id = fixture.store.begin(A, A.leaf_len() as u64).unwrap();
    fixture.store.write(id, 0, &[1, 2, 3]).unwrap();
    // A crash closes the store without running what drops an upload: a copy of its part stands for that.
    let part = fixture.folder.path().join(format!("{id}.part"));
    let saved = fixture
        .folder
        .path()
        .join(format!("{}.part", "5a".repeat(16)));
    fs::copy(&part, &saved).unwrap();
    let fixture = fixture.reopened_after(|_| ());
    assert_eq!(
        fixture.file_names(),
        [format!("{}.blob", hex::encode(root))]
    );
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
    assert!(matches!(
        fixture.store.write(id, 3, &[4]),
        Err(StoreError::UnknownUpload(_))
    ));
}

#[test]
fn files_that_are_not_the_stores_own_are_left_alone() {
    let (fixture, root, _) = stored();
    let fixture = fixture.reopened_after(|fixture| {
        fs::write(fixture.folder.path().join("notes.txt"), "mine").unwrap();
        fs::write(fixture.folder.path().join("short.blob"), "mine").unwrap();
    });
    assert_eq!(fixture.file_names().len(), 3);
    assert!(fixture.store.info(&root).is_some());
}

#[test]
fn a_second_process_can_not_open_the_same_store() {
    let fixture = Fixture::new();
    let second = FsMatrixStore::open(fixture.folder.path(), StoreLimits::default());
    assert!(matches!(second, Err(StoreError::Locked(_))));
}
