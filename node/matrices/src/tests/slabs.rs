//! Matrices of several slabs: strips of several pieces, and paths of two levels.

use super::*;
use crate::{file::content_start, BlobInfo, StoreError, PART};
use bcai_pouw_primitives::merkle::{fold_path, path_len, strip_tree, verify_path};
use std::fs;

/// One whose chunks are less than a mebibyte, and one whose chunks are just that.
const KINDS: [BlobKind; 2] = [a(ParamSet::Set0, 3), b(ParamSet::Set1, 8)];

/// A matrix of two chunks and a strip.
fn stored(kind: BlobKind) -> (Fixture, Hash32, Vec<u8>) {
    let fixture = Fixture::new();
    let strips = 2 * kind.chunk_len() as usize / kind.leaf_len() + 1;
    let content = bytes(kind, strips, 9);
    let root = upload(&fixture.store, kind, &content, PART as usize);
    (fixture, root, content)
}

fn assert_paths(store: &FsMatrixStore, kind: BlobKind, root: &Hash32, content: &[u8], strip: u64) {
    let set = kind.set();
    let strips = content.chunks(kind.leaf_len());
    let trees: Vec<Tree> = strips
        .map(|strip| strip_tree(strip, set).unwrap())
        .collect();
    let upper = Tree::new(trees.iter().map(Tree::root).collect()).unwrap();
    assert_eq!(upper.root(), *root);
    let (at, count) = (strip as usize, trees.len() as u64);
    let of_strip = store.strip_path(root, strip).unwrap();
    assert_eq!(Some(&of_strip), upper.path(at).as_ref());
    let slabs = kind.slabs().unwrap();
    for slab in 0..slabs {
        let path = store.piece_path(root, strip, slab).unwrap();
        let (inner, outer) = path.split_at(path_len(slab.into(), slabs.into()));
        assert_eq!(Some(inner), trees[at].path(slab.into()).as_deref());
        assert_eq!(outer, of_strip);
        // Piece, strip, matrix, as a verifier goes.
        let k = set.k();
        let rows =
            content[at * kind.leaf_len()..][..kind.leaf_len()].chunks(k * usize::from(slabs));
        let piece: Vec<u8> = rows
            .flat_map(|row| row[k * usize::from(slab)..][..k].to_vec())
            .collect();
        let leaf = leaf_hash(&piece);
        let strip_root = fold_path(leaf, slab.into(), slabs.into(), inner).unwrap();
        assert!(verify_path(strip_root, strip, count, outer, root));
    }
}

#[test]
fn paths_lead_from_every_piece_to_the_root_also_after_a_restart() {
    for kind in KINDS {
        let (fixture, root, content) = stored(kind);
        assert_eq!(root, root_of(kind, &content));
        let in_chunk = kind.chunk_len() / kind.leaf_len() as u64;
        let fixture = {
            for strip in [0, in_chunk - 1, in_chunk, 2 * in_chunk] {
                assert_paths(&fixture.store, kind, &root, &content, strip);
            }
            fixture.reopened_after(|_| ())
        };
        for strip in [1, 2 * in_chunk - 1, 2 * in_chunk] {
            assert_paths(&fixture.store, kind, &root, &content, strip);
        }
        let len = content.len() as u64;
        assert_eq!(fixture.store.info(&root), Some(BlobInfo { kind, len }));
        assert_eq!(fixture.store.read_all(&root).unwrap(), content);
        let middle = fixture.store.read(&root, 700_000, 800_000).unwrap();
        assert_eq!(middle, content[700_000..1_500_000]);
    }
}

#[test]
fn a_flipped_bit_is_found_in_its_own_chunk_alone() {
    for kind in KINDS {
        let (fixture, root, content) = stored(kind);
        let (chunk, leaf) = (kind.chunk_len(), kind.leaf_len() as u64);
        let path = fixture.blob_path(&root);
        let len = content.len() as u64;
        let mut file = fs::read(&path).unwrap();
        // The last byte of the second chunk.
        file[(content_start(&BlobInfo { kind, len }) + 2 * chunk) as usize - 1] ^= 1;
        fs::write(&path, file).unwrap();
        let fixture = fixture.reopened_after(|_| ());
        assert_paths(&fixture.store, kind, &root, &content, 0);
        assert_paths(&fixture.store, kind, &root, &content, 2 * chunk / leaf);
        let error = fixture
            .store
            .piece_path(&root, chunk / leaf, 0)
            .unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        assert_eq!(fixture.store.info(&root), None);
        assert_eq!(fixture.store.put(kind, &content).unwrap(), root);
        assert_paths(&fixture.store, kind, &root, &content, chunk / leaf);
    }
}

#[test]
fn the_same_pieces_in_other_strips_are_refused_while_the_first_are_stored() {
    let fixture = Fixture::new();
    let (one, two) = (a(ParamSet::Set0, 1), b(ParamSet::Set0, 2));
    let upright = bytes(one, 4, 3);
    let root = fixture.store.put(one, &upright).unwrap();
    // The pieces of two strips beside each other, and so the same root over other rows.
    let (k, strip) = (1024, one.leaf_len());
    let beside: Vec<u8> = upright
        .chunks(2 * strip)
        .flat_map(|pair| {
            (0..8).flat_map(|row| [&pair[row * k..][..k], &pair[strip + row * k..][..k]].concat())
        })
        .collect();
    assert_ne!(beside, upright);
    assert_eq!(root_of(two, &beside), root);
    let error = fixture.store.put(two, &beside).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::OtherSlabs {
                stored: 1,
                got: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(fixture.store.read_all(&root).unwrap(), upright);
    assert_eq!(fixture.store.usage().reserved_bytes, 0);
    assert_eq!(fixture.file_names().len(), 1);
    fixture.store.remove(&root).unwrap();
    assert_eq!(fixture.store.put(two, &beside).unwrap(), root);
    assert_eq!(fixture.store.read_all(&root).unwrap(), beside);
    assert_eq!(fixture.store.info(&root).unwrap().kind, two);
}

#[test]
fn a_file_of_another_version_is_not_read() {
    for version in [1, 2, 4] {
        let (fixture, root, content) = stored(KINDS[0]);
        let fixture = fixture.reopened_after(|fixture| {
            let path = fixture.blob_path(&root);
            let mut file = fs::read(&path).unwrap();
            file[8] = version;
            // A head that is whole, of that version.
            let tables = content_start(&BlobInfo {
                kind: KINDS[0],
                len: content.len() as u64,
            }) as usize;
            let sum = blake3::Hasher::new()
                .update(&file[..64])
                .update(&file[96..tables])
                .finalize();
            file[64..96].copy_from_slice(sum.as_bytes());
            fs::write(path, file).unwrap();
        });
        assert_eq!(fixture.store.info(&root), None);
        assert_eq!(fixture.store.put(KINDS[0], &content).unwrap(), root);
        assert_eq!(fixture.store.read_all(&root).unwrap(), content);
    }
}
