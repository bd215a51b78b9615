//! The compiled WASM runtime, executed: the vectors of BCAI-PoUW through it, what its verification takes, and its genesis presets.

#[allow(dead_code)] // each test uses a part of it
#[path = "../../primitives/pouw/tests/support/vectors.rs"]
mod vectors;

use bcai_pouw_primitives::{
    certificate::{MAX_STRIP_PATH, MAX_TILE_PATH},
    merkle::{fold_path, piece, strip_tree, tile_hash},
    params::{MAX_DIM, MAX_SLABS},
    transcript::tile_product,
    Commitment, FraudProof, JobInputs, ParamSet, Shape, TicketCertificate, VerifyError, U256,
};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::{SubstrateHostFunctions, TestExternalities};
use std::time::Instant;
use vectors::{hash, ticket};

/// The runtime, ready to be called.
struct Wasm {
    code: &'static [u8],
    executor: WasmExecutor<SubstrateHostFunctions>,
}

impl Wasm {
    fn new() -> Self {
        Self {
            code: bcai_runtime::WASM_BINARY.expect("built without SKIP_WASM_BUILD"),
            executor: WasmExecutor::builder().build(),
        }
    }

    fn call<R: Decode>(&self, state: &mut TestExternalities, method: &str, data: &[u8]) -> R {
        let code = RuntimeCode {
            code_fetcher: &WrappedRuntimeCode(self.code.into()),
            heap_pages: None,
            hash: sp_io::hashing::blake2_256(self.code).to_vec(),
        };
        let mut ext = state.ext();
        let context = CallContext::Offchain;
        let (result, _) = self.executor.call(&mut ext, &code, method, data, context);
        let output = result.unwrap_or_else(|error| panic!("{method}: {error}"));
        R::decode(&mut &output[..]).expect("the api's own encoding")
    }

    /// The default genesis with the preset of this name over it.
    fn genesis(&self, name: &str) -> serde_json::Value {
        let get = |id: Option<String>| -> serde_json::Value {
            let mut state = TestExternalities::default();
            let json: Option<Vec<u8>> =
                self.call(&mut state, "GenesisBuilder_get_preset", &id.encode());
            serde_json::from_slice(&json.expect("a preset of this name")).unwrap()
        };
        let mut genesis = get(None);
        merge(&mut genesis, get(Some(name.into())));
        genesis
    }

    fn build(
        &self,
        state: &mut TestExternalities,
        genesis: &serde_json::Value,
    ) -> Result<(), String> {
        let text = serde_json::to_vec(genesis).unwrap();
        self.call(state, "GenesisBuilder_build_state", &text.encode())
    }
}

#[test]
fn every_vector_passes_in_wasm() {
    let wasm = Wasm::new();
    let mut state = TestExternalities::default();
    for (file, v) in vectors::all() {
        let commitment = v.commitment();
        for (place, expected) in &v.tickets {
            let [i, j, l] = place.split(',').collect::<Vec<_>>()[..] else {
                panic!("{place} is no place");
            };
            let (i, j) = (i.parse().unwrap(), j.parse().unwrap());
            let certificate = v.certificate(i, j, l.parse().unwrap());
            let expected = ticket(expected);
            let mut verify = |target: U256| -> Result<U256, VerifyError> {
                let data = (&commitment, v.job(), &certificate, target).encode();
                wasm.call(&mut state, "PouwApi_verify_ticket", &data)
            };
            assert_eq!(verify(expected), Ok(expected), "{file} {} {place}", v.kind);
            assert_eq!(
                verify(expected - U256::one()),
                Err(VerifyError::TicketAboveTarget)
            );
        }
        let (i, j, _) = v.best;
        let (wrong_root, proof) = v.fraud(i, j, 17);
        let mut verify = |root, proof: &_| -> Result<(), VerifyError> {
            let data = (&commitment, root, proof).encode();
            wasm.call(&mut state, "PouwApi_verify_fraud", &data)
        };
        assert_eq!(verify(wrong_root, &proof), Ok(()), "{file} {}", v.kind);
        let index = commitment.shape.tile_index(i, j).unwrap() as usize;
        let mut honest = proof;
        honest.tile = v.tiles()[index].clone().try_into().unwrap();
        assert_eq!(
            verify(hash(&v.root_c), &honest),
            Err(VerifyError::ResultIsCorrect)
        );
    }
}

/// The largest task of the live set with so many slabs, as its first tile sees it: any siblings make a root.
struct Largest {
    commitment: Commitment,
    ticket: TicketCertificate,
    fraud: FraudProof,
    /// Of a C that is wrong in that tile.
    root_c: [u8; 32],
}

impl Largest {
    fn new(slabs: u8) -> Self {
        let set = ParamSet::Set1;
        let shape = Shape::new(set, MAX_DIM, MAX_DIM, slabs).unwrap();
        // Values without a pattern that would make the arithmetic cheaper.
        let strip = |seed: &[u8]| -> Vec<u8> {
            let blocks = (0..shape.strip_a_len() / 32).map(|at| (seed, at as u64).encode());
            blocks
                .flat_map(|block| sp_io::hashing::blake2_256(&block))
                .map(|byte| (byte % 129).wrapping_sub(64))
                .collect()
        };
        let (strip_a, strip_b) = (strip(b"a"), strip(b"b"));
        let (outer, path_c) = (siblings(MAX_STRIP_PATH), siblings(MAX_TILE_PATH));
        let root = |strip: &[u8]| {
            let strip = strip_tree(strip, set).unwrap().root();
            fold_path(strip, 0, shape.strips_a().into(), &outer).unwrap()
        };
        let commitment = Commitment {
            shape,
            root_a: root(&strip_a),
            root_b: root(&strip_b),
        };
        let l = slabs - 1;
        let path = |strip: &[u8]| {
            let within = strip_tree(strip, set).unwrap().path(l.into()).unwrap();
            [within, outer.clone()].concat().try_into().unwrap()
        };
        let part = |strip: &[u8]| piece(strip, set, l).unwrap().try_into().unwrap();
        let ticket = TicketCertificate {
            task: 7,
            i: 0,
            j: 0,
            l,
            piece_a: part(&strip_a),
            piece_b: part(&strip_b),
            path_a: path(&strip_a),
            path_b: path(&strip_b),
        };
        let signed = |strip: &[u8]| strip.iter().map(|byte| *byte as i8).collect::<Vec<_>>();
        let mut tile = tile_product(&signed(&strip_a), &signed(&strip_b), set);
        tile[63] += 1;
        let root_c = fold_path(tile_hash(&tile), 0, shape.tiles(), &path_c).unwrap();
        let fraud = FraudProof {
            task: 7,
            i: 0,
            j: 0,
            strip_a: strip_a.try_into().unwrap(),
            strip_b: strip_b.try_into().unwrap(),
            tile: tile.try_into().unwrap(),
            path_a: outer.clone().try_into().unwrap(),
            path_b: outer.clone().try_into().unwrap(),
            path_c: path_c.try_into().unwrap(),
        };
        Self {
            commitment,
            ticket,
            fraud,
            root_c,
        }
    }

    fn job(&self) -> JobInputs {
        let shape = self.commitment.shape;
        JobInputs {
            genesis_hash: [1; 32],
            set: shape.set(),
            task: self.ticket.task,
            anchor: [2; 32],
            worker: [3; 32],
            m: shape.m(),
            n: shape.n(),
            slabs: shape.slabs(),
        }
    }
}

fn siblings(count: u32) -> Vec<[u8; 32]> {
    (0..count).map(|at| [at as u8; 32]).collect()
}

/// Milliseconds of the fastest of many calls: what else the machine does only makes a call slower.
fn least_milliseconds(mut call: impl FnMut()) -> f64 {
    let times = (0..60).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

/// What verifying a proof takes, in milliseconds: all of the call, and without what the same proof takes that is refused by its place.
struct Taken {
    call: f64,
    verification: f64,
}

impl Taken {
    fn by(mut call: impl FnMut(&Largest)) -> impl FnMut(u8) -> Self {
        move |slabs| {
            let mut largest = Largest::new(slabs);
            let all = least_milliseconds(|| call(&largest));
            (largest.ticket.i, largest.fraud.i) = (u32::MAX, u32::MAX);
            let refused = least_milliseconds(|| call(&largest));
            Self {
                call: all,
                verification: all - refused,
            }
        }
    }
}

#[test]
fn the_largest_proofs_are_verified_in_wasm_within_milliseconds() {
    let wasm = Wasm::new();
    let mut state = TestExternalities::default();
    let refused = |i| i == u32::MAX;
    let ticket = Taken::by(|largest| {
        let (ticket, target) = (&largest.ticket, U256::MAX);
        let data = (&largest.commitment, largest.job(), ticket, target).encode();
        let verified: Result<U256, VerifyError> =
            wasm.call(&mut state, "PouwApi_verify_ticket", &data);
        assert_eq!(verified.is_err(), refused(ticket.i));
    })(MAX_SLABS);
    let mut state = TestExternalities::default();
    let mut of_fraud = Taken::by(|largest| {
        let data = (&largest.commitment, largest.root_c, &largest.fraud).encode();
        let verified: Result<(), VerifyError> =
            wasm.call(&mut state, "PouwApi_verify_fraud", &data);
        assert_eq!(verified.is_err(), refused(largest.fraud.i));
    });
    let (one, fraud) = (of_fraud(1), of_fraud(MAX_SLABS));
    println!(
        "verify_wasm_ms {:.3} (the call {:.3}), fraud_wasm_ms {:.3} (the call {:.3}), of one slab {:.3} ({:.3})",
        ticket.verification, ticket.call, fraud.verification, fraud.call, one.verification, one.call
    );
    assert!(ticket.verification <= 5.0, "{}", ticket.verification);
    // Even with the start of the runtime and the decoding of the proof.
    assert!(fraud.call <= 25.0, "{}", fraud.call);
}

/// Two builds are to be the same file on every machine: the build script has these paths replaced.
#[test]
fn no_path_of_this_machine_is_in_the_wasm() {
    let wasm = bcai_runtime::WASM_BINARY.expect("built without SKIP_WASM_BUILD");
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let home = std::env::var("HOME").expect("the home folder");
    for path in [workspace.unwrap().to_str().unwrap(), &home] {
        let found = wasm
            .windows(path.len())
            .position(|part| part == path.as_bytes());
        assert_eq!(found, None, "{path} is in it");
    }
    // And what stands in their place is there: panics still tell where they are.
    for name in ["/bcai/runtime/src/", "/cargo/registry/src/"] {
        assert!(
            wasm.windows(name.len()).any(|part| part == name.as_bytes()),
            "{name}"
        );
    }
}

#[test]
fn every_preset_builds_a_genesis_with_funded_accounts_and_authorities() {
    let wasm = Wasm::new();
    for (name, authorities) in [("development", 1), ("local_testnet", 2)] {
        let mut state = TestExternalities::default();
        let genesis = wasm.genesis(name);
        let built = wasm.build(&mut state, &genesis);
        assert_eq!(built, Ok(()), "{name}");
        let babe: sp_consensus_babe::BabeConfiguration =
            wasm.call(&mut state, "BabeApi_configuration", &[]);
        assert_eq!(babe.authorities.len(), authorities, "{name}");
        assert_eq!(babe.slot_duration, bcai_runtime::SLOT_DURATION);
        let enabled: Option<U256> = wasm.call(&mut state, "PouwApi_target", &[0]);
        assert_eq!(enabled, Some(U256::MAX >> 4), "{name}");
    }
}

#[test]
fn a_genesis_takes_this_chains_addresses_and_is_refused_in_words() {
    let wasm = Wasm::new();
    let mut genesis = wasm.genesis("development");
    let alice = "bhquHDRJDaeEh1hr8XFNY272Q2fp73eRMWeUXqHfFN2qwA5xc";
    genesis["balances"]["balances"] = serde_json::json!([[alice, 1_000_000_000]]);
    genesis["session"]["keys"][0][0] = serde_json::json!(alice);
    genesis["session"]["keys"][0][2]["babe"] = serde_json::json!(alice);
    let mut state = TestExternalities::default();
    assert_eq!(wasm.build(&mut state, &genesis), Ok(()));
    genesis["balances"]["balances"][0][1] = serde_json::json!(5);
    assert_eq!(
        wasm.build(&mut TestExternalities::default(), &genesis),
        Err(format!(
            "balances.balances[0]: {alice} has 5, less than the existential deposit of 1000000000"
        ))
    );
}

/// Puts a patch over a genesis, as a node does.
fn merge(base: &mut serde_json::Value, patch: serde_json::Value) {
    match (base, patch) {
        (serde_json::Value::Object(base), serde_json::Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}
