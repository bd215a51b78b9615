use super::*;
use crate::{file::content_start, BlobInfo, StoreError};
use bcai_pouw_primitives::merkle::verify_path;
use proptest::prelude::*;
use std::fs;

/// The store's path of a strip or tile.
fn path_of(store: &FsMatrixStore, kind: BlobKind, root: &Hash32, leaf: u64) -> Vec<Hash32> {
    match kind {
        BlobKind::TilesC(_) => store.path(root, leaf),
        _ => store.strip_path(root, leaf),
    }
    .unwrap()
}

fn assert_path(store: &FsMatrixStore, kind: BlobKind, content: &[u8], leaf: usize) {
    let tree = tree_of(kind, content);
    let path = path_of(store, kind, &tree.root(), leaf as u64);
    assert_eq!(Some(&path), tree.path(leaf).as_ref());
    let leaf_len = kind.leaf_len();
    let hash = root_of(kind, &content[leaf * leaf_len..][..leaf_len]);
    let count = (content.len() / leaf_len) as u64;
    assert!(verify_path(hash, leaf as u64, count, &path, &tree.root()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_path_is_that_of_the_tree_over_all_leaves(
        kind in prop_oneof![
            Just(A), Just(C), Just(b(ParamSet::Set1, 1)), Just(a(ParamSet::Set0, 3)), Just(b(ParamSet::Set1, 5)),
        ],
        // Around one, two and three chunks, where subtrees begin and end.
        chunks in 0..3usize,
        beside in 1..5usize,
        seed: u8,
        at: prop::sample::Index,
    ) {
        let in_chunk = kind.chunk_len() as usize / kind.leaf_len();
        let count = chunks * in_chunk + beside - usize::from(chunks > 0) * 2;
        let content = bytes(kind, count, seed);
        let fixture = Fixture::new();
        fixture.store.put(kind, &content).unwrap();
        assert_path(&fixture.store, kind, &content, at.index(count));
    }
}

#[test]
fn what_is_not_there_has_no_path() {
    let fixture = Fixture::new();
    let tiles = fixture.store.put(C, &bytes(C, 5, 0)).unwrap();
    let strips = fixture.store.put(A, &bytes(A, 5, 0)).unwrap();
    let error = |found: Result<_, StoreError>| {
        let error = found.unwrap_err();
        assert!(matches!(error, StoreError::NoPlace { .. }), "{error}");
        error.to_string()
    };
    let store = &fixture.store;
    for leaf in [5, u64::MAX] {
        assert!(error(store.path(&tiles, leaf)).ends_with(&format!("has no tile {leaf}")));
        assert!(error(store.strip_path(&strips, leaf)).ends_with(&format!("has no strip {leaf}")));
        error(store.piece_path(&strips, leaf, 0));
    }
    assert!(error(store.piece_path(&strips, 4, 1)).ends_with("has no piece (4, 1)"));
    // Neither has the other's.
    error(store.path(&strips, 0));
    error(store.strip_path(&tiles, 0));
    error(store.piece_path(&tiles, 0, 0));
    let unknown = store.path(&[9; 32], 0).unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound(_)));
}

#[test]
fn a_path_through_damaged_bytes_is_refused() {
    let fixture = Fixture::new();
    let content = bytes(A, 300, 1);
    let root = fixture.store.put(A, &content).unwrap();
    let path = fixture.blob_path(&root);
    let mut file = fs::read(&path).unwrap();
    let len = content.len() as u64;
    let at = content_start(&BlobInfo { kind: A, len }) as usize + MIB + 7;
    file[at] ^= 1;
    fs::write(&path, file).unwrap();
    assert_path(&fixture.store, A, &content, 0);
    let error = fixture.store.strip_path(&root, 128).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}
