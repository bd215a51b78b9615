//! The kernel against the specification's test vectors.

#[allow(dead_code)]
#[path = "../../../../primitives/pouw/tests/support/vectors.rs"]
mod vectors;

use std::sync::atomic::AtomicBool;

use bcai_pouw_kernel::{commit, mine_with, values_of, ClaimedProduct, Isa, Options, Team};
use bcai_pouw_primitives::{Seeds, U256};
use vectors::{bytes, hash, ticket};

#[test]
fn every_sequence_mines_the_vectors_to_the_bit() {
    for (file, v) in vectors::all() {
        let (a, bt) = (bytes(&v.a), bytes(&v.b_t));
        let (a, bt) = (values_of(&a), values_of(&bt));
        let team = Team::of(2);
        let root = |matrix| commit(v.set(), v.slabs, matrix, &team).unwrap().root();
        assert_eq!(root(a), hash(&v.root_a), "{file} {}", v.kind);
        assert_eq!(root(bt), hash(&v.root_b), "{file} {}", v.kind);
        let seeds = Seeds::derive(&v.job(), &root(a), &root(bt));
        let claimed = ClaimedProduct {
            shape: v.commitment().shape,
            seeds,
            a,
            bt,
            target: U256::MAX,
        };
        let cancel = AtomicBool::new(false);
        let options = Options {
            threads: 2,
            low_priority: false,
            cancel: &cancel,
            progress: None,
        };
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            let mined = mine_with(isa, &claimed, &options).unwrap();
            assert_eq!(mined.root_c, hash(&v.root_c), "{isa} {file} {}", v.kind);
            let first: Vec<i32> = v.c_first_tile.concat();
            assert_eq!(mined.c_tiles[..64], first[..]);
            assert_eq!(mined.winners.len(), v.tickets.len());
            for winner in &mined.winners {
                let expected = &v.tickets[&format!("{},{},{}", winner.i, winner.j, winner.l)];
                assert_eq!(winner.ticket, ticket(expected), "{isa} {file} {}", v.kind);
            }
            let best = mined.winners.iter().min_by_key(|winner| winner.ticket);
            assert_eq!(best.map(|w| (w.i, w.j, w.l)), Some(v.best));
        }
    }
}
