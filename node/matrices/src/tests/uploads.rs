use super::*;
use crate::{upload::PartFile, NotLegal, StoreError, UploadId};
use std::{
    fs::File,
    time::{Duration, Instant},
};

fn limits() -> StoreLimits {
    StoreLimits {
        max_blob: 4 * A.leaf_len() as u64,
        max_total: 6 * A.leaf_len() as u64,
        max_uploads: 2,
        upload_idle: Duration::from_secs(60),
    }
}

const LEAF: u64 = A.leaf_len() as u64;

#[test]
fn a_part_out_of_order_is_refused_and_the_upload_goes_on() {
    let fixture = Fixture::new();
    let content = bytes(A, 2, 0);
    let id = fixture.store.begin(A, 2 * LEAF).unwrap();
    assert_eq!(fixture.store.write(id, 0, &content[..100]).unwrap(), 100);
    for wrong in [0, 99, 101, u64::MAX] {
        let error = fixture.store.write(id, wrong, &content[..100]).unwrap_err();
        assert!(
            matches!(error, StoreError::PartOffset { got, expected: 100 } if got == wrong),
            "{error}"
        );
    }
    fixture.store.write(id, 100, &content[100..]).unwrap();
    assert_eq!(fixture.store.finish(id).unwrap(), root_of(A, &content));
}

#[test]
fn an_incomplete_upload_is_not_finished_and_can_go_on() {
    let fixture = Fixture::new();
    let content = bytes(A, 1, 0);
    let id = fixture.store.begin(A, LEAF).unwrap();
    fixture.store.write(id, 0, &content[..10]).unwrap();
    let error = fixture.store.finish(id).unwrap_err();
    assert!(matches!(error, StoreError::Incomplete { got: 10, announced } if announced == LEAF));
    fixture.store.write(id, 10, &content[10..]).unwrap();
    fixture.store.finish(id).unwrap();
    assert!(matches!(
        fixture.store.finish(id),
        Err(StoreError::UnknownUpload(_))
    ));
}

#[test]
fn a_length_that_is_not_whole_leaves_is_refused() {
    let fixture = Fixture::new();
    for len in [0, 1, LEAF - 1, LEAF + 1] {
        let error = fixture.store.begin(A, len).unwrap_err();
        assert!(
            matches!(error, StoreError::Length { len: got, leaf_len: LEAF, .. } if got == len),
            "{error}"
        );
    }
    // A strip of one slab is a third of a strip.
    let error = fixture.store.begin(a(ParamSet::Set0, 3), LEAF).unwrap_err();
    assert_eq!(
        error.to_string(),
        "8192 bytes are not a positive multiple of the 24576 bytes of one strip of strips-a"
    );
}

#[test]
fn an_upload_above_the_largest_blob_is_refused() {
    let fixture = Fixture::with(limits());
    let max = 4 * LEAF;
    let error = fixture.store.begin(A, 5 * LEAF).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { max: got, .. } if got == max));
    fixture.store.begin(A, max).unwrap();
}

#[test]
fn an_upload_above_the_largest_matrix_is_refused_whatever_the_limits() {
    let fixture = Fixture::with(StoreLimits {
        max_blob: u64::MAX,
        max_total: u64::MAX,
        ..limits()
    });
    for slabs in [1, 8] {
        let kind = a(ParamSet::Set0, slabs);
        let legal = (1 << 20) * 1024 * u64::from(slabs);
        assert!(matches!(
            fixture.store.begin(kind, legal + kind.leaf_len() as u64),
            Err(StoreError::TooLarge { max, .. }) if max == legal
        ));
        let id = fixture.store.begin(kind, legal).unwrap();
        fixture.store.abort(id).unwrap();
    }
}

#[test]
fn slabs_that_no_task_has_are_refused() {
    let fixture = Fixture::new();
    for slabs in [0, 9, 255] {
        let error = fixture
            .store
            .begin(a(ParamSet::Set0, slabs), 1 << 20)
            .unwrap_err();
        assert!(matches!(error, StoreError::NotLegal(NotLegal::Slabs(got)) if got == slabs));
    }
}

#[test]
fn more_bytes_than_announced_end_the_upload() {
    let fixture = Fixture::new();
    let id = fixture.store.begin(A, LEAF).unwrap();
    let error = fixture.store.write(id, 0, &bytes(A, 2, 0)).unwrap_err();
    assert!(matches!(error, StoreError::PartTooLong { announced, .. } if announced == LEAF));
    assert!(matches!(
        fixture.store.write(id, 0, &[]),
        Err(StoreError::UnknownUpload(_))
    ));
    assert!(fixture.file_names().is_empty());
}

#[test]
fn a_value_outside_the_range_is_named_and_ends_the_upload() {
    for (kind, value) in [(A, 65i8), (A, -65), (B, 127), (B, -128)] {
        let fixture = Fixture::new();
        let mut content = bytes(kind, 2, 0);
        content[10_000] = value as u8;
        let id = fixture.store.begin(kind, content.len() as u64).unwrap();
        fixture.store.write(id, 0, &content[..9_000]).unwrap();
        let error = fixture
            .store
            .write(id, 9_000, &content[9_000..])
            .unwrap_err();
        assert!(
            matches!(error, StoreError::ValueOutOfRange { offset: 10_000, value: got } if got == value)
        );
        assert!(fixture.file_names().is_empty());
        assert_eq!(fixture.store.usage(), Default::default());
    }
}

#[test]
fn the_edges_of_the_range_and_every_byte_of_a_result_are_legal() {
    let fixture = Fixture::new();
    let mut content = bytes(A, 1, 0);
    content[0] = 64;
    content[1] = -64i8 as u8;
    fixture.store.put(A, &content).unwrap();
    let result: Vec<u8> = (0..=255).collect();
    fixture.store.put(C, &result).unwrap();
}

#[test]
fn open_uploads_are_counted_and_limited() {
    let fixture = Fixture::with(limits());
    let first = fixture.store.begin(A, LEAF).unwrap();
    fixture.store.begin(A, LEAF).unwrap();
    assert!(matches!(
        fixture.store.begin(A, LEAF),
        Err(StoreError::TooManyUploads { open: 2 })
    ));
    fixture.store.abort(first).unwrap();
    assert!(matches!(
        fixture.store.abort(first),
        Err(StoreError::UnknownUpload(_))
    ));
    fixture.store.begin(A, LEAF).unwrap();
    assert_eq!(fixture.store.usage().open_uploads, 2);
    assert_eq!(fixture.file_names().len(), 2);
}

#[test]
fn blobs_and_announced_bytes_share_the_room() {
    let fixture = Fixture::with(limits());
    let root = fixture.store.put(A, &bytes(A, 3, 0)).unwrap();
    let open = fixture.store.begin(A, 2 * LEAF).unwrap();
    let error = fixture.store.begin(A, 2 * LEAF).unwrap_err();
    let (used, max) = (5 * LEAF, 6 * LEAF);
    assert!(
        matches!(error, StoreError::StoreFull { used: u, max: m, .. } if (u, m) == (used, max))
    );
    fixture.store.abort(open).unwrap();
    fixture.store.begin(A, 2 * LEAF).unwrap();
    fixture.store.remove(&root).unwrap();
    fixture.store.begin(A, 4 * LEAF).unwrap();
}

#[test]
fn an_upload_that_is_idle_for_too_long_is_dropped() {
    let fixture = Fixture::with(limits());
    let id = fixture.store.begin(A, LEAF).unwrap();
    let now = Instant::now();
    assert_eq!(fixture.store.drop_idle_at(now + Duration::from_secs(59)), 0);
    assert_eq!(fixture.store.drop_idle_at(now + Duration::from_secs(61)), 1);
    assert!(matches!(
        fixture.store.write(id, 0, &[0]),
        Err(StoreError::UnknownUpload(_))
    ));
    assert!(fixture.file_names().is_empty());
}

#[test]
fn two_uploads_of_the_same_content_give_one_blob() {
    let fixture = Fixture::new();
    let content = bytes(A, 200, 0);
    let len = content.len() as u64;
    let ids = [(); 2].map(|()| fixture.store.begin(A, len).unwrap());
    let half = content.len() / 2;
    for id in ids {
        fixture.store.write(id, 0, &content[..half]).unwrap();
    }
    for id in ids {
        fixture
            .store
            .write(id, half as u64, &content[half..])
            .unwrap();
    }
    let roots = ids.map(|id| fixture.store.finish(id).unwrap());
    assert_eq!(roots[0], roots[1]);
    assert_eq!(fixture.file_names().len(), 1);
    assert_eq!(fixture.store.usage().blob_bytes, len);
    assert_eq!(fixture.store.usage().reserved_bytes, 0);
    assert_eq!(fixture.store.read_all(&roots[0]).unwrap(), content);
}

#[test]
fn a_full_disk_gives_one_clear_error_and_leaves_nothing_behind() {
    let fixture = Fixture::new();
    // The device that is always full, under the name of a part.
    let path = fixture.folder.path().join("0.part");
    File::create(&path).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let id = fixture
        .store
        .begin_over(A, LEAF, PartFile::over(full, path));
    let error = fixture.store.write(id, 0, &bytes(A, 1, 0)).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull(_)), "{error}");
    assert_eq!(
        error.to_string(),
        format!("the disk of {} is full", fixture.folder.path().display())
    );
    assert!(fixture.file_names().is_empty());
    assert_eq!(fixture.store.usage(), Default::default());
}

#[test]
fn an_upload_id_is_read_as_it_is_shown() {
    let fixture = Fixture::new();
    let id = fixture.store.begin(A, LEAF).unwrap();
    assert_eq!(id.to_string().parse::<UploadId>().unwrap(), id);
    for wrong in ["", "00", &"g".repeat(32), &"0".repeat(33)] {
        assert!(wrong.parse::<UploadId>().is_err());
    }
}
