use super::*;
use crate::{
    upload::{PartFile, Upload},
    BlobInfo, StoreError, StoredBlob, UploadId,
};
use std::{
    fs::{self, File},
    sync::Arc,
    time::{Duration, SystemTime},
};

fn listed(fixture: &Fixture, root: &Hash32) -> StoredBlob {
    let blobs = fixture.store.blobs();
    *blobs.iter().find(|blob| blob.root == *root).unwrap()
}

/// Makes the file of a blob look as if it had been written `age` ago.
fn make_old(fixture: &Fixture, root: &Hash32, age: Duration) {
    let file = File::open(fixture.blob_path(root)).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[test]
fn blobs_are_listed_with_kind_length_and_time() {
    let fixture = Fixture::new();
    assert!(fixture.store.blobs().is_empty());
    let before = SystemTime::now();
    let put = [(A, 2), (C, 3)].map(|(kind, leaves)| {
        let content = bytes(kind, leaves, 0);
        let len = content.len() as u64;
        let root = fixture.store.put(kind, &content).unwrap();
        (root, BlobInfo { kind, len })
    });
    fixture.store.begin(A, A.leaf_len() as u64).unwrap();
    let after = SystemTime::now();
    assert_eq!(fixture.store.blobs().len(), 2);
    for (root, info) in put {
        let blob = listed(&fixture, &root);
        assert_eq!(blob.info, info);
        assert!((before..=after).contains(&blob.completed));
    }
}

#[test]
fn the_time_of_a_blob_survives_closing_and_opening() {
    let fixture = Fixture::new();
    let root = fixture.store.put(A, &bytes(A, 2, 0)).unwrap();
    let age = Duration::from_secs(3600);
    let fixture = fixture.reopened_after(|fixture| make_old(fixture, &root, age));
    let seen = listed(&fixture, &root).completed.elapsed().unwrap();
    assert!((age..age * 2).contains(&seen), "{seen:?}");
}

#[test]
fn an_upload_of_a_stored_content_makes_the_blob_young_again() {
    let fixture = Fixture::new();
    let content = bytes(A, 2, 0);
    let root = fixture.store.put(A, &content).unwrap();
    let age = Duration::from_secs(3600);
    let fixture = fixture.reopened_after(|fixture| make_old(fixture, &root, age));
    fixture.store.put(A, &content).unwrap();
    assert!(listed(&fixture, &root).completed.elapsed().unwrap() < age);
    let fixture = fixture.reopened_after(|_| ());
    assert!(listed(&fixture, &root).completed.elapsed().unwrap() < age);
}

#[test]
fn a_blob_that_was_uploaded_again_since_it_was_listed_stays() {
    let fixture = Fixture::new();
    let content = bytes(A, 2, 0);
    let root = fixture.store.put(A, &content).unwrap();
    let old = listed(&fixture, &root);
    fixture.store.put(A, &content).unwrap();
    assert!(!fixture.store.remove_listed(&old).unwrap());
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);

    let new = listed(&fixture, &root);
    assert!(fixture.store.remove_listed(&new).unwrap());
    assert!(!fixture.store.remove_listed(&new).unwrap());
    assert!(fixture.store.blobs().is_empty());
    assert!(fixture.file_names().is_empty());
}

#[test]
fn an_upload_that_was_open_when_its_blob_was_removed_stores_it_again() {
    let fixture = Fixture::new();
    let content = bytes(A, 2, 0);
    let root = fixture.store.put(A, &content).unwrap();
    let id = fixture.store.begin(A, content.len() as u64).unwrap();
    fixture.store.write(id, 0, &content).unwrap();
    assert!(fixture.store.remove(&root).unwrap());
    assert_eq!(fixture.store.finish(id).unwrap(), root);
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
}

#[test]
fn a_blob_that_is_removed_while_an_upload_verifies_it_is_stored_again() {
    let fixture = Fixture::new();
    let content = bytes(A, 2, 0);
    let root = fixture.store.put(A, &content).unwrap();
    let id = UploadId::random().unwrap();
    let part = PartFile::create(fixture.folder.path().join(format!("{id}.part"))).unwrap();
    let mut upload = Upload::new(A, content.len() as u64, part).unwrap();
    upload.write(0, &content).unwrap();
    let sealed = upload.seal().unwrap();
    let sound = fixture.store.sound(&sealed.0);
    assert!(sound.is_some());
    assert!(fixture.store.remove(&root).unwrap());
    assert_eq!(fixture.store.place(id, Ok(sealed), sound).unwrap(), root);
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
}

#[test]
fn a_blob_removed_and_uploaded_and_read_at_once_is_whole_or_not_there() {
    let fixture = Arc::new(Fixture::new());
    let content = Arc::new(bytes(A, 150, 0));
    let root = root_of(A, &content);
    let spawn = |work: fn(&Fixture, &[u8], &Hash32)| {
        let (fixture, content) = (fixture.clone(), content.clone());
        std::thread::spawn(move || (0..100).for_each(|_| work(&fixture, &content, &root)))
    };
    let threads = [
        spawn(|fixture, content, root| assert_eq!(fixture.store.put(A, content).unwrap(), *root)),
        spawn(|fixture, content, root| assert_eq!(fixture.store.put(A, content).unwrap(), *root)),
        spawn(|fixture, _, root| {
            fixture.store.remove(root).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }),
        spawn(
            |fixture, content, root| match fixture.store.read_all(root) {
                Ok(read) => assert!(read == content),
                Err(StoreError::NotFound(_)) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            },
        ),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    let usage = fixture.store.usage();
    assert_eq!((usage.reserved_bytes, usage.corrupt_bytes), (0, 0));
    assert_eq!(fixture.file_names().len(), usage.blobs);
    assert_eq!(usage.blob_bytes, (usage.blobs * content.len()) as u64);
}

#[test]
fn only_the_last_quarantined_files_are_kept() {
    let fixture = Fixture::new();
    let roots: Vec<_> = (0..MAX_CORRUPT as u8 + 3)
        .map(|seed| {
            let root = fixture.store.put(A, &bytes(A, 1, seed)).unwrap();
            fs::write(fixture.blob_path(&root), "rotten").unwrap();
            fixture.store.read_all(&root).unwrap_err();
            // The clock of the file system is coarse.
            std::thread::sleep(Duration::from_millis(20));
            root
        })
        .collect();
    let mut last: Vec<_> = roots[3..]
        .iter()
        .map(|root| format!("{}.corrupt", hex::encode(root)))
        .collect();
    last.sort();
    assert_eq!(fixture.file_names(), last);
    let bytes = (MAX_CORRUPT * "rotten".len()) as u64;
    assert_eq!(fixture.store.usage().corrupt_bytes, bytes);
}

#[test]
fn quarantined_files_above_the_number_are_removed_when_opening() {
    let fixture = Fixture::new().reopened_after(|fixture| {
        for number in 0..20 {
            let path = fixture.blob_path(&[number; 32]);
            // Half of them are only found to be damaged now.
            let extension = ["blob", "corrupt"][usize::from(number % 2)];
            fs::write(path.with_extension(extension), "rotten").unwrap();
        }
    });
    assert_eq!(fixture.file_names().len(), MAX_CORRUPT);
    let bytes = (MAX_CORRUPT * "rotten".len()) as u64;
    assert_eq!(fixture.store.usage().corrupt_bytes, bytes);
}
