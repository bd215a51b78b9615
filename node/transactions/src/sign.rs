//! A call made into a signed transaction.

use crate::SendError;
use bcai_client::{Block, FullClient};
use bcai_runtime::{
    AccountId, BlockNumber, Hash, Runtime, RuntimeCall, Signature, SignedPayload, TxExtension,
    UncheckedExtrinsic, BLOCK_HASH_COUNT,
};
use codec::{Decode, Encode};
use pallet_transaction_payment::ChargeTransactionPayment;
use sc_client_api::{blockchain::Info, HeaderBackend};
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

/// Where a transaction may be included.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Life {
    /// In the next blocks, some sixty of them.
    Usual,
    /// The same, but only on chains that have this block: on every other one its signature is wrong, so that it is
    /// dropped without a fee.
    Since {
        /// Number of the block.
        number: BlockNumber,
        /// Its hash.
        hash: Hash,
    },
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
    life: Life,
) -> Result<Signed, SendError> {
    let info = client.info();
    let version = client
        .runtime_version_at(info.best_hash, CallContext::Offchain)
        .map_err(|error| SendError::Build(error.to_string()))?;
    let Birth {
        born,
        hash: born_hash,
        period,
    } = birth(&info, life);
    let era = Era::mortal(period.into(), born.into());
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
        dies_at: born.saturating_add(period),
    })
}

struct Birth {
    born: BlockNumber,
    hash: Hash,
    /// Blocks of its life, a power of two.
    period: u32,
}

fn birth(info: &Info<Block>, life: Life) -> Birth {
    if let Life::Since { number, hash } = life {
        let age = info.best_number.saturating_sub(number);
        let period = age.saturating_add(MORTALITY).next_power_of_two();
        // The chain forgets the hashes of older blocks, and no reorganisation goes back as far.
        if period <= BLOCK_HASH_COUNT {
            return Birth {
                born: number,
                hash,
                period,
            };
        }
    }
    let lag = info.best_number.saturating_sub(info.finalized_number);
    let (born, hash) = if lag <= MAX_FINALITY_LAG {
        (info.finalized_number, info.finalized_hash)
    } else {
        (info.best_number, info.best_hash)
    };
    Birth {
        born,
        hash,
        period: MORTALITY,
    }
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
        frame_system::CheckNonce::<Runtime>::from(nonce.into()),
        frame_system::CheckWeight::<Runtime>::new(),
        ChargeTransactionPayment::<Runtime>::from(0).into(),
        frame_metadata_hash_extension::CheckMetadataHash::<Runtime>::new(false),
        frame_system::WeightReclaim::<Runtime>::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(best: u32, finalized: u32) -> Info<Block> {
        Info {
            best_hash: Hash::repeat_byte(1),
            best_number: best,
            genesis_hash: Hash::zero(),
            finalized_hash: Hash::repeat_byte(2),
            finalized_number: finalized,
            finalized_state: None,
            number_leaves: 1,
            block_gap: None,
        }
    }

    fn lives(info: &Info<Block>, life: Life) -> (u32, Hash, u32) {
        let Birth { born, hash, period } = birth(info, life);
        // What a block later makes of the era must be the birth that was signed.
        let era = Era::mortal(period.into(), born.into());
        assert_eq!(era.birth(info.best_number.into()), u64::from(born));
        (born, hash, period)
    }

    #[test]
    fn a_transaction_is_born_at_the_last_final_block_unless_that_is_far_back() {
        let (best, finalized) = (Hash::repeat_byte(1), Hash::repeat_byte(2));
        assert_eq!(lives(&info(100, 98), Life::Usual), (98, finalized, 64));
        assert_eq!(lives(&info(100, 67), Life::Usual), (100, best, 64));
    }

    #[test]
    fn one_that_belongs_to_a_block_is_born_there_and_lives_long_enough() {
        let hash = Hash::repeat_byte(7);
        let since = |number| Life::Since { number, hash };
        assert_eq!(lives(&info(100, 98), since(100)), (100, hash, 64));
        assert_eq!(lives(&info(200, 98), since(100)), (100, hash, 256));
        // Too far back for the chain to know its hash.
        assert_eq!(lives(&info(9_000, 8_990), since(100)).0, 8_990);
    }
}
