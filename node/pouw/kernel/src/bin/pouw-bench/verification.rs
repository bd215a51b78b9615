//! What the chain pays: the time of a verification, and the bytes of the largest certificate.

use bcai_pouw_kernel::{bytes_of, commit, Team};
use bcai_pouw_primitives::{
    certificate::{Strip, StripPath, MAX_STRIP_PATH},
    verify_ticket, Commitment, ParamSet, Seeds, Shape, TicketCertificate, U256,
};
use codec::Encode;

use crate::measure::{median, random_matrix, seconds, Report};

/// A certificate of set 1 whose paths are as long as a 2048 x 2048 task makes them, and what it's checked against.
fn certificate() -> (TicketCertificate, Commitment, Seeds) {
    let shape = Shape::new(ParamSet::Set1, 2048, 2048).expect("a legal shape");
    let (a, bt) = (
        random_matrix(shape.len_a(), 1),
        random_matrix(shape.len_b(), 2),
    );
    let commit = |matrix| commit(shape.set(), matrix, &Team::of(1)).expect("strips");
    let (tree_a, tree_b) = (commit(&a), commit(&bt));
    let (i, j) = (100u32, 200u32);
    let strip = |matrix: &[i8], number: u32| {
        let len = shape.set().strip_a_len();
        let bytes = bytes_of(&matrix[number as usize * len..][..len]).to_vec();
        Strip::try_from(bytes).expect("one strip")
    };
    let path =
        |path: Option<Vec<_>>| StripPath::try_from(path.expect("in the tree")).expect("short");
    let certificate = TicketCertificate {
        task: 1,
        i,
        j,
        strip_a: strip(&a, i),
        strip_b: strip(&bt, j),
        path_a: path(tree_a.path(i as usize)),
        path_b: path(tree_b.path(j as usize)),
    };
    let commitment = Commitment {
        shape,
        root_a: tree_a.root(),
        root_b: tree_b.root(),
    };
    let seeds = Seeds {
        a: [1; 32],
        b: [2; 32],
    };
    (certificate, commitment, seeds)
}

/// Measures `rounds` verifications.
pub fn measure(report: &mut Report, rounds: usize) {
    let (mut certificate, commitment, seeds) = certificate();
    let times = (0..rounds).map(|_| {
        let verify = || verify_ticket(&certificate, &commitment, &seeds, U256::MAX);
        let (time, verdict) = seconds(verify);
        assert!(verdict.is_ok(), "the certificate is right: {verdict:?}");
        1e3 * time
    });
    let milliseconds = median(times.collect::<Vec<_>>());
    let longest = vec![[0u8; 32]; MAX_STRIP_PATH as usize];
    certificate.path_a = StripPath::try_from(longest.clone()).expect("the longest");
    certificate.path_b = StripPath::try_from(longest).expect("the longest");
    let bytes = certificate.encoded_size();
    println!(
        "\nverification of a ticket of set 1: {milliseconds:.3} ms natively, at most {bytes} bytes"
    );
    report.number("verify_native_ms", milliseconds);
    report.number("certificate_bytes", bytes as f64);
}
