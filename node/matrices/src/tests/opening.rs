use super::*;
use std::{fs, os::unix::fs::symlink};

/// A regular file that opens, and whose first byte can't be read: the address 0 of this process.
const UNREADABLE: &str = "/proc/self/mem";

#[test]
fn a_blob_that_can_not_be_read_costs_only_itself() {
    let fixture = Fixture::new();
    let good = fixture.store.put(A, &bytes(A, 2, 0)).unwrap();
    let content = bytes(A, 3, 1);
    let bad = fixture.store.put(A, &content).unwrap();
    let obstacles: [fn(&std::path::Path); 3] = [
        |path| symlink(UNREADABLE, path).unwrap(),
        |path| symlink(path, path).unwrap(),
        |path| fs::create_dir(path).unwrap(),
    ];
    let mut fixture = fixture;
    for (number, obstacle) in obstacles.into_iter().enumerate() {
        let path = fixture.blob_path(&bad);
        fixture = fixture.reopened_after(|_| {
            fs::remove_file(&path).unwrap();
            obstacle(&path);
        });
        assert_eq!(fixture.store.info(&bad), None, "obstacle {number}");
        assert!(fixture.store.info(&good).is_some(), "obstacle {number}");
        assert_eq!(fixture.store.usage().blobs, 1);
        assert!(fs::symlink_metadata(&path).is_ok(), "it is left in place");
        if path.is_dir() {
            // An upload can't replace it, and says so.
            assert!(fixture.store.put(A, &content).is_err());
            continue;
        }
        assert_eq!(fixture.store.put(A, &content).unwrap(), bad);
        assert_eq!(fixture.store.read_all(&bad).unwrap(), content);
    }
}

#[test]
fn a_blob_that_was_skipped_can_be_removed() {
    let fixture = Fixture::new();
    let root = [7; 32];
    let fixture = fixture.reopened_after(|fixture| {
        symlink(UNREADABLE, fixture.blob_path(&root)).unwrap();
    });
    assert!(fixture.store.remove(&root).unwrap());
    assert!(!fixture.store.remove(&root).unwrap());
    assert!(fixture.file_names().is_empty());
}

#[test]
fn a_quarantined_file_that_can_not_be_read_costs_only_itself() {
    let fixture = Fixture::new();
    let root = fixture.store.put(A, &bytes(A, 2, 0)).unwrap();
    let fixture = fixture.reopened_after(|fixture| {
        let aside = fixture.blob_path(&[7; 32]).with_extension("corrupt");
        symlink(&aside, &aside).unwrap();
    });
    assert!(fixture.store.info(&root).is_some());
    assert_eq!(fixture.store.usage().corrupt_bytes, 0);
}

#[test]
fn only_parts_of_the_stores_own_are_removed() {
    let fixture = Fixture::new();
    let own = format!("{}.part", "0a".repeat(16));
    let kept = [
        format!("{}.part", "0A".repeat(16)),
        format!("{}.part", "0a".repeat(15)),
        format!("{}.part", "0a".repeat(32)),
        "film.mkv.part".into(),
        ".part".into(),
        "x.part".into(),
        format!("{}.part", "0b".repeat(16)),
        format!("{}.part", "0c".repeat(16)),
    ];
    let fixture = fixture.reopened_after(|fixture| {
        let at = |name: &str| fixture.folder.path().join(name);
        fs::write(at(&own), "left by a crash").unwrap();
        for name in &kept[..5] {
            fs::write(at(name), "of somebody else").unwrap();
        }
        fs::create_dir(at(&kept[5])).unwrap();
        fs::create_dir(at(&kept[6])).unwrap();
        symlink("x.part", at(&kept[7])).unwrap();
    });
    let mut kept = kept.to_vec();
    kept.sort();
    assert_eq!(fixture.file_names(), kept);
}

#[test]
fn a_name_that_the_store_does_not_write_is_no_blob() {
    let fixture = Fixture::new();
    let root = fixture.store.put(A, &bytes(A, 2, 0)).unwrap();
    let name = format!("{}.blob", hex::encode_upper(root));
    let fixture = fixture.reopened_after(|fixture| {
        fs::rename(fixture.blob_path(&root), fixture.folder.path().join(&name)).unwrap();
    });
    assert_eq!(fixture.store.info(&root), None);
    assert_eq!(fixture.file_names(), [name]);
}
