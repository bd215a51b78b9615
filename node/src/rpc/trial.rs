//! A runtime on trial: its first blocks on a state, whose writes stay in memory.
//!
//! As many blocks are made as its migrations take, with hooks and inherents as a node makes them, each one slot after the last. They are
//! not sealed, and have no transactions.

use super::upgrade::Migration;
use bcai_client::HostFunctions;
use bcai_runtime::Header;
use codec::{Decode, DecodeAll, Encode};
use sc_executor::{RuntimeVersion, WasmExecutor};
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
    Slot,
};
use sp_core::{
    traits::{CallContext, RuntimeCode, WrappedRuntimeCode},
    Bytes,
};
use sp_inherents::InherentData;
use sp_runtime::{
    generic::DigestItem,
    traits::{BlakeTwo256, Header as _},
    ApplyExtrinsicResult, Digest, OpaqueExtrinsic,
};
use sp_state_machine::{OverlayedChanges, StateMachine};
use sp_timestamp::Timestamp;
use std::time::{Duration, Instant};

/// Blocks after which a migration isn't followed any more.
const MOST_BLOCKS: u32 = 10_000;

/// Time after which it isn't.
const MOST_TIME: Duration = Duration::from_secs(120);

/// Ends the keys under which pallets keep the version of their storage.
const STORAGE_VERSION: &[u8] = b":__STORAGE_VERSION__:";

/// A runtime on a state.
pub struct Trial<'a, State> {
    pub state: &'a State,
    pub code: &'a [u8],
    pub executor: WasmExecutor<HostFunctions>,
    pub changes: OverlayedChanges<BlakeTwo256>,
}

impl<State: sp_state_machine::Backend<BlakeTwo256>> Trial<'_, State> {
    /// Calls the runtime. Errors: what it says, or that it panicked, in one line.
    pub fn call(&mut self, method: &str, data: &[u8]) -> Result<Vec<u8>, String> {
        let fetcher = WrappedRuntimeCode(self.code.into());
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: sp_crypto_hashing::blake2_256(self.code).to_vec(),
        };
        let answer = StateMachine::new(
            self.state,
            &mut self.changes,
            &self.executor,
            method,
            data,
            &mut Default::default(),
            &code,
            CallContext::Offchain,
        )
        .execute();
        answer.map_err(|error| one_line(&error.to_string()))
    }

    fn ask<T: Decode>(&mut self, method: &str, data: &[u8]) -> Result<T, String> {
        let answer = self.call(method, data)?;
        T::decode_all(&mut &answer[..]).map_err(|error| format!("{method}: {error}"))
    }

    /// Makes the blocks after `parent` until nothing is left to migrate, and tells what that did.
    pub fn migrate(
        &mut self,
        version: &RuntimeVersion,
        parent: &Header,
        slot_duration: u64,
    ) -> Migration {
        let tries = sp_crypto_hashing::blake2_64(b"TryRuntime");
        let try_runtime = version.apis.iter().any(|(api, _)| *api == tries);
        let stood_still = self.stands_still();
        let begun = Instant::now();
        let (mut blocks, mut goes_on) = (0, true);
        let (mut error, mut last) = (None, parent.clone());
        while goes_on && error.is_none() && blocks < MOST_BLOCKS && begun.elapsed() < MOST_TIME {
            match self.block(&last, slot_duration) {
                Ok(header) => last = header,
                Err(reason) => error = Some(reason),
            }
            blocks += 1;
            // A runtime without the question has no migrations of several blocks.
            goes_on = error.is_none() && self.ask("UpgradeApi_is_migrating", &[]).unwrap_or(false);
        }
        // A step that fails ends the migration, and lets the chain go on for governance alone.
        if error.is_none() && !goes_on && !stood_still && self.stands_still() {
            error = Some(
                "a migration of several blocks failed: the chain would go on in the safe mode"
                    .into(),
            );
        }
        let written_keys = self.changes.changes().count();
        let storage_versions = storage_versions(&mut self.changes);
        let checked = try_runtime && error.is_none();
        if checked {
            self.changes = OverlayedChanges::default();
            // All checks: `UpgradeCheckSelect::All`.
            error = self.call("TryRuntime_on_runtime_upgrade", &[1]).err();
        }
        Migration {
            error,
            blocks,
            written_keys,
            storage_versions,
            goes_on,
            checked,
        }
    }

    fn stands_still(&mut self) -> bool {
        self.ask("UpgradeApi_stands_still", &[]).unwrap_or(false)
    }

    /// One block, with the inherents of its slot. Errors: it can't be made.
    fn block(&mut self, parent: &Header, slot_duration: u64) -> Result<Header, String> {
        let slot = slot_of(parent).map_or(0, |slot| *slot).saturating_add(1);
        let claim = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
            authority_index: 0,
            slot: slot.into(),
        });
        let header = Header::new(
            parent.number().saturating_add(1),
            Default::default(),
            Default::default(),
            parent.hash(),
            Digest {
                logs: vec![<DigestItem as CompatibleDigestItem>::babe_pre_digest(claim)],
            },
        );
        self.call("Core_initialize_block", &header.encode())?;
        let mut inherents = InherentData::new();
        let timestamp = Timestamp::new(slot.saturating_mul(slot_duration));
        inherents
            .put_data(sp_timestamp::INHERENT_IDENTIFIER, &timestamp)
            .map_err(|error| error.to_string())?;
        let inherents: Vec<OpaqueExtrinsic> =
            self.ask("BlockBuilder_inherent_extrinsics", &inherents.encode())?;
        for inherent in inherents {
            let applied: ApplyExtrinsicResult =
                self.ask("BlockBuilder_apply_extrinsic", &inherent.encode())?;
            match applied {
                Ok(Ok(())) => {}
                refused => return Err(format!("an inherent is refused: {refused:?}")),
            }
        }
        self.ask("BlockBuilder_finalize_block", &[])
    }
}

/// The first line of what an executor says.
pub fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

fn slot_of(header: &Header) -> Option<Slot> {
    let claims = header.digest().logs().iter();
    let mut claims = claims.filter_map(CompatibleDigestItem::as_babe_pre_digest);
    claims.next().map(|claim: PreDigest| claim.slot())
}

fn storage_versions(changes: &mut OverlayedChanges<BlakeTwo256>) -> Vec<(Bytes, u16)> {
    let end = sp_crypto_hashing::twox_128(STORAGE_VERSION);
    changes
        .changes_mut()
        .filter_map(|(key, value)| {
            let pallet = key.strip_suffix(&end)?.to_vec();
            let version = u16::decode_all(&mut &value.value()?[..]).ok()?;
            Some((pallet.into(), version))
        })
        .collect()
}
