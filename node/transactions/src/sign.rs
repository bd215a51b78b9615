//! A call made into a signed transaction.

use crate::{preflight::POUW_KEY_TYPE, service::FullClient};
use bcai_miner::chain::{Call, ChainError};
use bcai_runtime::{
    AccountId, Hash, Runtime, RuntimeCall, Signature, SignedPayload, TxExtension,
    UncheckedExtrinsic,
};
use codec::{Decode, Encode};
use pallet_transaction_payment::ChargeTransactionPayment;
use sc_client_api::HeaderBackend;
use sp_core::{sr25519, traits::CallContext, ByteArray};
use sp_keystore::{Keystore, KeystorePtr};
use sp_runtime::{
    generic::Era,
    traits::{BlakeTwo256, Hash as _},
    OpaqueExtrinsic,
};

/// Blocks for which a transaction can get into the chain.
const MORTALITY: u32 = 64;

/// Up to this distance from the best block a transaction is born at the last finalised block, which no
/// reorganisation removes; further back too little of its life would be left.
const MAX_FINALITY_LAG: u32 = MORTALITY / 2;

/// A transaction for the pool.
pub struct Signed {
    pub xt: OpaqueExtrinsic,
    pub hash: Hash,
}

/// Builds and signs. Errors: [`ChainError::NoKey`], [`ChainError::Build`].
pub fn signed(
    client: &FullClient,
    keystore: &KeystorePtr,
    account: &AccountId,
    call: Call,
    nonce: u32,
) -> Result<Signed, ChainError> {
    let name = call.name();
    let cannot = |reason: String| ChainError::Build { call: name, reason };

    let info = client.info();
    let version = client
        .runtime_version_at(info.best_hash, CallContext::Offchain)
        .map_err(|error| cannot(error.to_string()))?;
    let (born, born_hash) =
        if info.best_number.saturating_sub(info.finalized_number) <= MAX_FINALITY_LAG {
            (info.finalized_number, info.finalized_hash)
        } else {
            (info.best_number, info.best_hash)
        };

    let call = runtime_call(call);
    let era = Era::mortal(MORTALITY.into(), born.into());
    let extension = extension(nonce, era);
    let implicit = (
        (),
        (),
        version.spec_version,
        version.transaction_version,
        info.genesis_hash,
        born_hash,
        (),
        (),
        (),
        None,
        (),
    );
    let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
    let public = sr25519::Public::from_slice(account.as_ref())
        .map_err(|()| cannot("the account is not an sr25519 key".into()))?;
    let signature = payload
        .using_encoded(|bytes| keystore.sr25519_sign(POUW_KEY_TYPE, &public, bytes))
        .map_err(|error| cannot(error.to_string()))?
        .ok_or_else(|| ChainError::NoKey(account.clone().into()))?;

    let encoded = UncheckedExtrinsic::new_signed(
        call,
        account.clone().into(),
        Signature::Sr25519(signature),
        extension,
    )
    .encode();
    let hash = BlakeTwo256::hash(&encoded);
    let xt =
        OpaqueExtrinsic::decode(&mut &encoded[..]).map_err(|error| cannot(error.to_string()))?;
    Ok(Signed { xt, hash })
}

/// What a transaction of this node carries beside its call: no tip, no metadata hash.
fn extension(nonce: u32, era: Era) -> TxExtension {
    (
        frame_system::AuthorizeCall::<Runtime>::new(),
        frame_system::CheckNonZeroSender::<Runtime>::new(),
        frame_system::CheckSpecVersion::<Runtime>::new(),
        frame_system::CheckTxVersion::<Runtime>::new(),
        frame_system::CheckGenesis::<Runtime>::new(),
        frame_system::CheckEra::<Runtime>::from(era),
        frame_system::CheckNonce::<Runtime>::from(nonce),
        frame_system::CheckWeight::<Runtime>::new(),
        ChargeTransactionPayment::<Runtime>::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::<Runtime>::new(false),
        frame_system::WeightReclaim::<Runtime>::new(),
    )
}

fn runtime_call(call: Call) -> RuntimeCall {
    use pallet_pouw::Call as Pouw;
    RuntimeCall::Pouw(match call {
        Call::Claim(task) => Pouw::claim_task { task },
        Call::Ticket(certificate) => Pouw::submit_ticket { certificate },
        Call::Result { task, root_c } => Pouw::submit_result {
            task,
            root_c: root_c.into(),
        },
        Call::Challenge(fraud_proof) => Pouw::challenge_result { fraud_proof },
        Call::Finalize(task) => Pouw::finalize_task { task },
    })
}
