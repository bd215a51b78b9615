//! A chain of the native runtime, block by block, with signed transactions.

use bcai_runtime::{
    AccountId, Balance, Balances, BalancesConfig, Executive, Header, Runtime, RuntimeCall,
    RuntimeGenesisConfig, SessionConfig, SessionKeys, SignedPayload, System, TxExtension,
    UncheckedExtrinsic, BCAI,
};
use codec::Encode;
use frame_support::storage::transactional::with_transaction_unchecked;
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_core::H256;
use sp_io::TestExternalities;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
    generic::Era,
    traits::Header as _,
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, BuildStorage, MultiSignature, TransactionOutcome,
};

/// What Alice, Bob and Charlie start with.
pub const ENDOWMENT: Balance = 1_000 * BCAI;

/// Blocks in which a result can be challenged: the least that may be.
pub const WINDOW: u32 = 10;

/// A genesis that the runtime takes: three funded accounts, one authority, parameter set 0.
pub fn genesis() -> RuntimeGenesisConfig {
    let alice = account(Sr25519Keyring::Alice);
    let keys = SessionKeys {
        babe: Sr25519Keyring::Alice.public().into(),
        grandpa: Ed25519Keyring::Alice.public().into(),
    };
    RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: [
                Sr25519Keyring::Alice,
                Sr25519Keyring::Bob,
                Sr25519Keyring::Charlie,
            ]
            .map(|who| (account(who), ENDOWMENT))
            .to_vec(),
            ..Default::default()
        },
        session: SessionConfig {
            keys: vec![(alice.clone(), alice, keys)],
            ..Default::default()
        },
        pouw: bcai_runtime::PouwConfig {
            targets: vec![(0, 4)],
            ..Default::default()
        },
        origins: bcai_runtime::OriginsConfig {
            fast_periods: true,
            parameters: [("pouw.ChallengeWindow".into(), WINDOW.into())].into(),
            ..Default::default()
        },
        technical_committee: bcai_runtime::TechnicalCommitteeConfig {
            members: [
                Sr25519Keyring::Alice,
                Sr25519Keyring::Bob,
                Sr25519Keyring::Charlie,
            ]
            .map(account)
            .to_vec(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// Runs a test in block 1.
pub fn run(test: impl FnOnce()) {
    let mut chain = TestExternalities::new(genesis().build_storage().expect("a legal genesis"));
    chain.execute_with(|| {
        start_block(1);
        test();
    });
}

/// Starts blocks up to `number`.
pub fn to_block(number: u32) {
    for number in System::block_number() + 1..=number {
        start_block(number);
    }
}

fn start_block(number: u32) {
    let parent = H256::from_low_u64_be(u64::from(number) - 1);
    let header = Header::new(
        number,
        H256::zero(),
        H256::zero(),
        parent,
        Default::default(),
    );
    Executive::initialize_block(&header);
}

pub fn account(who: Sr25519Keyring) -> AccountId {
    who.to_account_id()
}

pub fn free(who: Sr25519Keyring) -> Balance {
    Balances::free_balance(account(who))
}

/// What the node's API answers.
pub fn nonce(who: Sr25519Keyring) -> u32 {
    *System::account_nonce(account(who))
}

/// A transaction with the account's next nonce, valid for 64 blocks from the last one on.
pub fn transaction(who: Sr25519Keyring, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
    let born = System::block_number() - 1;
    let era = Era::mortal(64, born.into());
    let extension: TxExtension = (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce(who).into()),
        frame_system::CheckWeight::new(),
        ChargeTransactionPayment::<Runtime>::from(0).into(),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    );
    let call = call.into();
    let payload =
        SignedPayload::new(call.clone(), extension.clone()).expect("all that is signed is known");
    let signature = payload.using_encoded(|bytes| who.sign(bytes));
    UncheckedExtrinsic::new_signed(
        call,
        account(who).into(),
        MultiSignature::Sr25519(signature),
        extension,
    )
}

/// Puts a transaction into this block.
pub fn apply(transaction: UncheckedExtrinsic) -> ApplyExtrinsicResult {
    Executive::apply_extrinsic(transaction)
}

/// Asks for a transaction as the pool does: on a state that is thrown away, in which the next block has begun.
pub fn validate(transaction: UncheckedExtrinsic) -> TransactionValidity {
    with_transaction_unchecked(|| {
        let source = TransactionSource::External;
        let parent = System::parent_hash();
        TransactionOutcome::Rollback(Executive::validate_transaction(source, transaction, parent))
    })
}
