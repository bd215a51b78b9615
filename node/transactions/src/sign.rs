//! A call made into a signed transaction.

use crate::SendError;
use bcai_client::FullClient;
use bcai_runtime::{
    AccountId, Hash, Runtime, RuntimeCall, Signature, SignedPayload, TxExtension,
    UncheckedExtrinsic,
};
use codec::{Decode, Encode};
use pallet_transaction_payment::ChargeTransactionPayment;
use sc_client_api::HeaderBackend;
use sp_core::{crypto::KeyTypeId, sr25519, traits::CallContext, ByteArray};
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

/// Who signs, and under which type its sr25519 key is in the keystore.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signer {
    /// The account that sends and pays.
    pub account: AccountId,
    /// The type of its key.
    pub key_type: KeyTypeId,
}

/// A transaction for the pool.
pub(crate) struct Signed {
    pub xt: OpaqueExtrinsic,
    pub hash: Hash,
    /// The last block that can include it.
    pub dies_at: u32,
}

/// Builds and signs. Errors: [`SendError::NoKey`], [`SendError::Build`].
pub(crate) fn signed(
    client: &FullClient,
    keystore: &KeystorePtr,
    signer: &Signer,
    call: RuntimeCall,
    nonce: u32,
) -> Result<Signed, SendError> {
    let info = client.info();
    let version = client
        .runtime_version_at(info.best_hash, CallContext::Offchain)
        .map_err(|error| SendError::Build(error.to_string()))?;
    let (born, born_hash) =
        if info.best_number.saturating_sub(info.finalized_number) <= MAX_FINALITY_LAG {
            (info.finalized_number, info.finalized_hash)
        } else {
            (info.best_number, info.best_hash)
        };

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
    let public = sr25519::Public::from_slice(signer.account.as_ref())
        .map_err(|()| SendError::Build("the account is not an sr25519 key".into()))?;
    let signature = payload
        .using_encoded(|bytes| keystore.sr25519_sign(signer.key_type, &public, bytes))
        .map_err(|error| SendError::Build(error.to_string()))?
        .ok_or_else(|| SendError::NoKey(signer.account.clone()))?;

    let encoded = UncheckedExtrinsic::new_signed(
        call,
        signer.account.clone().into(),
        Signature::Sr25519(signature),
        extension,
    )
    .encode();
    let hash = BlakeTwo256::hash(&encoded);
    let xt = OpaqueExtrinsic::decode(&mut &encoded[..])
        .map_err(|error| SendError::Build(error.to_string()))?;
    Ok(Signed {
        xt,
        hash,
        dies_at: born.saturating_add(MORTALITY),
    })
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
