use super::*;
use crate::{file::content_start, StoreError};
use bcai_pouw_primitives::merkle::verify_path;
use proptest::prelude::*;
use std::fs;

/// All leaves' hashes, as the specification's own crate makes them.
fn leaves(kind: BlobKind, content: &[u8]) -> Vec<Hash32> {
    let leaf = |bytes: &[u8]| root_of(kind, bytes);
    content.chunks(kind.leaf_len()).map(leaf).collect()
}

fn assert_path(store: &FsMatrixStore, kind: BlobKind, content: &[u8], leaf: usize) {
    let leaves = leaves(kind, content);
    let count = leaves.len() as u64;
    let tree = Tree::new(leaves.clone()).unwrap();
    let path = store.path(&tree.root(), leaf as u64).unwrap();
    assert_eq!(Some(&path), tree.path(leaf).as_ref());
    assert!(verify_path(
        leaves[leaf],
        leaf as u64,
        count,
        &path,
        &tree.root()
    ));
}

/// The file as version 1 wrote it: without the roots of the subtrees.
fn rewrite_as_version_1(fixture: &Fixture, root: &Hash32, content: &[u8]) {
    let path = fixture.blob_path(root);
    let file = fs::read(&path).unwrap();
    let chunks = content.len().div_ceil(MIB);
    let (mut header, table) = (file[..64].to_vec(), &file[96..96 + 32 * chunks]);
    header[8] = 1;
    let sum = blake3::Hasher::new()
        .update(&header)
        .update(table)
        .finalize();
    fs::write(
        path,
        [&header, sum.as_bytes().as_slice(), table, content].concat(),
    )
    .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_path_is_that_of_the_tree_over_all_leaves(
        kind in prop_oneof![Just(A), Just(C), Just(BlobKind::StripsB(ParamSet::Set1))],
        // Around one, two and three MiB, where subtrees begin and end.
        mib in 0..3usize,
        beside in 1..5usize,
        seed: u8,
        at: prop::sample::Index,
    ) {
        let count = mib * (MIB / kind.leaf_len()) + beside - usize::from(mib > 0) * 2;
        let content = bytes(kind, count, seed);
        let fixture = Fixture::new();
        fixture.store.put(kind, &content).unwrap();
        assert_path(&fixture.store, kind, &content, at.index(count));
    }
}

#[test]
fn a_leaf_that_is_not_there_has_no_path() {
    let fixture = Fixture::new();
    let root = fixture.store.put(C, &bytes(C, 5, 0)).unwrap();
    for leaf in [5, u64::MAX] {
        let error = fixture.store.path(&root, leaf).unwrap_err();
        assert!(matches!(error, StoreError::OutOfRange { .. }), "{error}");
    }
    let error = fixture.store.path(&[9; 32], 0).unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)));
}

#[test]
fn a_path_through_damaged_bytes_is_refused() {
    let fixture = Fixture::new();
    let content = bytes(A, 300, 1);
    let root = fixture.store.put(A, &content).unwrap();
    let path = fixture.blob_path(&root);
    let mut file = fs::read(&path).unwrap();
    let at = content_start(content.len() as u64) as usize + MIB + 7;
    file[at] ^= 1;
    fs::write(&path, file).unwrap();
    assert_path(&fixture.store, A, &content, 0);
    let error = fixture.store.path(&root, 128).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn a_file_of_version_1_is_read_and_its_paths_are_made_once() {
    let fixture = Fixture::new();
    let content = bytes(A, 300, 2);
    let root = fixture.store.put(A, &content).unwrap();
    let fixture = fixture.reopened_after(|fixture| rewrite_as_version_1(fixture, &root, &content));
    assert_eq!(fixture.store.read_all(&root).unwrap(), content);
    for leaf in [0, 127, 128, 299] {
        assert_path(&fixture.store, A, &content, leaf);
    }
    // The same content again finds the file sound, and leaves it as it is.
    assert_eq!(fixture.store.put(A, &content).unwrap(), root);
    assert_eq!(fs::read(fixture.blob_path(&root)).unwrap()[8], 1);
    assert_path(&fixture.store, A, &content, 200);
}
