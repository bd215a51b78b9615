//! Every intermediate value of every vector, natively.

#[allow(dead_code)] // each test uses a part of it
#[path = "support/vectors.rs"]
mod vectors;

use bcai_pouw_primitives::{
    job_key,
    merkle::{tile_hash, Tree},
    noise::{cycle, dense_strip, noised_piece, slab_cycles},
    verify_fraud, verify_ticket, Seeds, VerifyError, U256,
};
use vectors::{hash, ticket};

#[test]
fn roots_seeds_and_noise_are_those_of_the_vectors() {
    for (file, v) in vectors::all() {
        let (a, b) = v.strips();
        assert_eq!(v.tree(&a).root(), hash(&v.root_a), "{file} {}", v.kind);
        assert_eq!(v.tree(&b).root(), hash(&v.root_b), "{file} {}", v.kind);
        assert_eq!(job_key(&v.job()), hash(&v.job_key), "{file} {}", v.kind);
        let seeds = Seeds::derive(&v.job(), &hash(&v.root_a), &hash(&v.root_b));
        assert_eq!(seeds.a, hash(&v.seed_a), "{file} {}", v.kind);
        assert_eq!(seeds.b, hash(&v.seed_b), "{file} {}", v.kind);
        let set = v.set();
        let shape = v.commitment().shape;
        let last_block = (shape.inner() / set.r()) as u32 - 1;
        assert_eq!(cycle(&seeds.a, set, last_block), v.cycle_a_last_block);
        let noise = |seed, strip, slab| {
            let dense = dense_strip(&seed, set, strip, 8);
            let zeros = vec![0; set.piece_a_len()];
            let noise = noised_piece(&zeros, &dense, &slab_cycles(&seed, set, slab), set);
            noise.into_iter().map(i32::from).collect::<Vec<_>>()
        };
        let expected = &v.noise_a_row0;
        assert_eq!(&noise(seeds.a, 0, 0)[..expected.len()], &expected[..]);
        let expected = &v.noise_b_last_row_end;
        let last = noise(seeds.b, shape.strips_b() - 1, v.slabs - 1);
        assert_eq!(&last[last.len() - expected.len()..], &expected[..]);
    }
}

#[test]
fn every_ticket_verifies_at_its_own_value_and_not_below() {
    for (file, v) in vectors::all() {
        let commitment = v.commitment();
        let seeds = Seeds::derive(&v.job(), &commitment.root_a, &commitment.root_b);
        for (place, expected) in &v.tickets {
            let [i, j, l] = place.split(',').collect::<Vec<_>>()[..] else {
                panic!("{place} is no place");
            };
            let (i, j) = (i.parse().unwrap(), j.parse().unwrap());
            let certificate = v.certificate(i, j, l.parse().unwrap());
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
        let best = v.certificate(v.best.0, v.best.1, v.best.2);
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
        let (i, j, _) = v.best;
        let (root_c, fraud) = v.fraud(i, j, 63);
        for (found, texts) in [
            (fraud.path_a.to_vec(), &v.strip_path_a),
            (fraud.path_b.to_vec(), &v.strip_path_b),
            (fraud.path_c.to_vec(), &v.path_c_best),
        ] {
            let expected: Vec<_> = texts.iter().map(|text| hash(text)).collect();
            assert_eq!(found, expected, "{file} {}", v.kind);
        }
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
