//! Every intermediate value of every vector, natively.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/vectors.rs"]
mod vectors;

use bcai_pouw_primitives::{
    job_key,
    merkle::{leaf_hash, tile_hash, Tree},
    noise::{dense_strip, noised_strip, Selectors},
    verify_fraud, verify_ticket, Seeds, VerifyError, U256,
};
use vectors::{hash, ticket};

#[test]
fn roots_seeds_and_noise_are_those_of_the_vectors() {
    for (file, v) in vectors::all() {
        let (a, b) = v.strips();
        let root = |strips: &[Vec<u8>]| {
            Tree::new(strips.iter().map(|s| leaf_hash(s)).collect())
                .unwrap()
                .root()
        };
        assert_eq!(root(&a), hash(&v.root_a), "{file} {}", v.kind);
        assert_eq!(root(&b), hash(&v.root_b), "{file} {}", v.kind);
        assert_eq!(job_key(&v.job()), hash(&v.job_key), "{file} {}", v.kind);
        let seeds = Seeds::derive(&v.job(), &hash(&v.root_a), &hash(&v.root_b));
        assert_eq!(seeds.a, hash(&v.seed_a), "{file} {}", v.kind);
        assert_eq!(seeds.b, hash(&v.seed_b), "{file} {}", v.kind);
        for (seed, expected) in [(seeds.a, &v.noise_a_row0), (seeds.b, &v.noise_b_row0)] {
            let set = v.set();
            let dense = dense_strip(&seed, set, 0, 8);
            let noise = noised_strip(
                &vec![0; 8 * set.k()],
                &dense,
                &Selectors::derive(&seed, set),
                set,
            );
            let start: Vec<i32> = noise
                .iter()
                .take(expected.len())
                .map(|x| i32::from(*x))
                .collect();
            assert_eq!(&start, expected, "{file} {}", v.kind);
        }
    }
}

#[test]
fn every_ticket_verifies_at_its_own_value_and_not_below() {
    for (file, v) in vectors::all() {
        let commitment = v.commitment();
        let seeds = Seeds::derive(&v.job(), &commitment.root_a, &commitment.root_b);
        for (place, expected) in &v.tickets {
            let (i, j) = place.split_once(',').unwrap();
            let certificate = v.certificate(i.parse().unwrap(), j.parse().unwrap());
            let expected = ticket(expected);
            assert_eq!(
                verify_ticket(&certificate, &commitment, &seeds, expected),
                Ok(expected),
                "{file} {} {place}",
                v.kind
            );
            assert_eq!(
                verify_ticket(&certificate, &commitment, &seeds, expected - U256::one()),
                Err(VerifyError::TicketAboveTarget),
            );
        }
        let best = v.certificate(v.best.0, v.best.1);
        let path = |texts: &[String]| texts.iter().map(|text| hash(text)).collect::<Vec<_>>();
        assert_eq!(
            best.path_a.into_inner(),
            path(&v.path_a),
            "{file} {}",
            v.kind
        );
        assert_eq!(
            best.path_b.into_inner(),
            path(&v.path_b),
            "{file} {}",
            v.kind
        );
    }
}

#[test]
fn the_result_is_that_of_the_vectors_and_one_wrong_cell_is_fraud() {
    for (file, v) in vectors::all() {
        let tiles = v.tiles();
        assert_eq!(tiles[0], v.c_first_tile.concat(), "{file} {}", v.kind);
        let tree = Tree::new(tiles.iter().map(|tile| tile_hash(tile)).collect()).unwrap();
        assert_eq!(tree.root(), hash(&v.root_c), "{file} {}", v.kind);
        let (i, j) = v.best;
        let (root_c, fraud) = v.fraud(i, j, 63);
        let expected: Vec<_> = v.path_c_best.iter().map(|text| hash(text)).collect();
        assert_eq!(fraud.path_c.to_vec(), expected, "{file} {}", v.kind);
        assert_eq!(verify_fraud(&fraud, &v.commitment(), &root_c), Ok(()));
        let mut honest = fraud;
        honest.tile = tiles[v.commitment().shape.tile_index(i, j).unwrap() as usize]
            .clone()
            .try_into()
            .unwrap();
        assert_eq!(
            verify_fraud(&honest, &v.commitment(), &tree.root()),
            Err(VerifyError::ResultIsCorrect)
        );
    }
}
