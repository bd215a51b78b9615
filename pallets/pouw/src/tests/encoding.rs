//! What is stored and what is signed, to the byte. A change here is a storage migration or a new transaction version.

use bcai_pouw_primitives::{ParamSet, U256};
use codec::{Decode, Encode};
use frame_support::traits::StorageInfoTrait;
use scale_info::{TypeDef, TypeInfo};
use sp_core::H256;

use super::matrices::Matrices;
use crate::{mock::*, types::*, Call, Error, Event, HoldReason};

fn hex(value: &impl Encode) -> String {
    hex::encode(value.encode())
}

fn claim() -> Claim<AccountId, Balance, u32> {
    Claim {
        worker: WORKER,
        bond: 200,
        claimed_at: 3,
        expires_at: 13,
        anchor: Some([0xaa; 32]),
        target: U256::MAX >> 4,
        credit: 65_536,
    }
}

fn task(status: Status<AccountId, Balance, u32>) -> Task<AccountId, Balance, u32> {
    Task {
        requester: REQUESTER,
        set: ParamSet::Set1,
        m: 16,
        n: 24,
        slabs: 4,
        root_a: [0x0a; 32],
        root_b: [0x0b; 32],
        bounty: 1_000,
        deadline: 41,
        status,
    }
}

/// [`claim`]: worker, bond, block of the claim, last block, anchor, target (little-endian), credit.
const CLAIM: &str = concat!(
    "0202020202020202020202020202020202020202020202020202020202020202",
    "c8000000000000000000000000000000",
    "03000000",
    "0d000000",
    "01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f",
    "00000100000000000000000000000000",
);

/// [`task`] up to its status: requester, set, m, n, slabs, roots, bounty, deadline.
const TASK: &str = concat!(
    "0101010101010101010101010101010101010101010101010101010101010101",
    "01",
    "10000000",
    "18000000",
    "04",
    "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "e8030000000000000000000000000000",
    "29000000",
);

const ROOT_C: &str = "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c";

#[test]
fn stored_tasks_are_pinned() {
    let open = Status::Open { due: 42 };
    assert_eq!(hex(&task(open)), [TASK, "00", "2a000000"].concat());
    let claimed = Status::Claimed(claim());
    assert_eq!(hex(&task(claimed)), [TASK, "01", CLAIM].concat());
    let delivered = Status::Delivered(Delivery {
        claim: claim(),
        root_c: [0x0c; 32],
        challenge_until: 21,
    });
    assert_eq!(
        hex(&task(delivered)),
        [TASK, "02", CLAIM, ROOT_C, "15000000"].concat()
    );
    let finalized = Status::Finalized(Payout {
        worker: WORKER,
        root_c: [0x0c; 32],
        finalized_at: 22,
        credit: 65_536,
    });
    let worker = "02".repeat(32);
    let credit = "00000100000000000000000000000000";
    assert_eq!(
        hex(&task(finalized)),
        [TASK, "03", &worker, ROOT_C, "16000000", credit].concat()
    );
}

#[test]
fn other_stored_values_are_pinned() {
    assert_eq!(
        hex(&CreditRecord {
            halvings: 7,
            amount: 10
        }),
        "070000000a000000000000000000000000000000"
    );
    assert_eq!(
        hex(&Activity {
            claims: 1,
            tickets: 2
        }),
        "0100000002000000"
    );
    let sweep = Sweep {
        halvings: 5,
        last: Some([1u8; 2]),
        done: true,
    };
    assert_eq!(hex(&sweep), "0500000001010101");
    let place: TicketPlace = (3, 4, 5);
    assert_eq!(hex(&place), "030000000400000005");
}

#[test]
fn hold_reasons_are_pinned() {
    assert_eq!(hex(&HoldReason::Bounty), "00");
    assert_eq!(hex(&HoldReason::Bond), "01");
    assert_eq!(hex(&HoldReason::Beneficiary), "02");
    // The pallet's index in the mock and in the runtime is 40.
    assert_eq!(hex(&RuntimeHoldReason::from(HoldReason::Bounty)), "2800");
    assert_eq!(hex(&RuntimeHoldReason::from(HoldReason::Bond)), "2801");
}

#[test]
fn calls_are_pinned() {
    let task = 0x0102_0304_0506_0708;
    let number = "0807060504030201";
    let post = Call::<Test>::post_task {
        param_set: ParamSet::Set1,
        m: 16,
        n: 24,
        slabs: 4,
        root_a: H256::repeat_byte(0x0a),
        root_b: H256::repeat_byte(0x0b),
        bounty: 1_000,
        deadline: 41,
        max_fee: 7,
    };
    // Without the requester, and with the mock's block numbers of eight bytes.
    let max_fee = "07000000000000000000000000000000";
    assert_eq!(
        hex(&post),
        ["00", &TASK[64..], "00000000", max_fee].concat()
    );
    assert_eq!(
        hex(&Call::<Test>::claim_task { task }),
        ["01", number].concat()
    );
    assert_eq!(
        hex(&Call::<Test>::submit_result {
            task,
            root_c: H256::repeat_byte(0x0c)
        }),
        ["03", number, ROOT_C].concat()
    );
    assert_eq!(
        hex(&Call::<Test>::finalize_task { task }),
        ["05", number].concat()
    );
    assert_eq!(
        hex(&Call::<Test>::cancel_task { task }),
        ["06", number].concat()
    );
    assert_eq!(
        hex(&Call::<Test>::set_beneficiary { beneficiary: None }),
        "0700"
    );
    assert_eq!(
        hex(&Call::<Test>::set_beneficiary {
            beneficiary: Some(WORKER)
        }),
        ["0701", &"02".repeat(32)].concat()
    );
    assert_eq!(
        hex(&RuntimeCall::Pouw(Call::claim_task { task })),
        ["2801", number].concat()
    );
}

#[test]
fn proofs_in_calls_are_pinned() {
    let matrices = Matrices::small();
    let mut certificate = matrices.certificate(5, 1, 1, 1);
    certificate.piece_a = vec![1, 2].try_into().unwrap();
    certificate.piece_b = vec![0xff].try_into().unwrap();
    certificate.path_a = vec![[0x0a; 32]].try_into().unwrap();
    certificate.path_b = vec![].try_into().unwrap();
    let path_a = ["04", &"0a".repeat(32)].concat();
    let place = "05000000000000000100000001000000";
    let ticket = Call::<Test>::submit_ticket { certificate };
    assert_eq!(
        hex(&ticket),
        ["02", place, "01", "080102", "04ff", &path_a, "00"].concat()
    );
    assert_eq!(Call::decode(&mut &ticket.encode()[..]), Ok(ticket));
    let mut fraud_proof = matrices.fraud_proof(5, &matrices.product(), 1, 1);
    fraud_proof.strip_a = vec![1, 2].try_into().unwrap();
    fraud_proof.strip_b = vec![0xff].try_into().unwrap();
    fraud_proof.tile = vec![-2].try_into().unwrap();
    fraud_proof.path_a = vec![[0x0a; 32]].try_into().unwrap();
    fraud_proof.path_b = vec![].try_into().unwrap();
    fraud_proof.path_c = vec![].try_into().unwrap();
    let challenge = Call::<Test>::challenge_result { fraud_proof };
    assert_eq!(
        hex(&challenge),
        [
            "04",
            place,
            "080102",
            "04ff",
            "04feffffff",
            &path_a,
            "00",
            "00"
        ]
        .concat()
    );
    assert_eq!(Call::decode(&mut &challenge.encode()[..]), Ok(challenge));
}

#[test]
fn every_storage_item_is_bounded() {
    let items: Vec<_> = Pouw::storage_info()
        .into_iter()
        .map(|item| {
            let name = String::from_utf8(item.storage_name).unwrap();
            assert!(item.max_size.is_some(), "{name} is not bounded");
            name
        })
        .collect();
    assert_eq!(
        items,
        [
            "NextTaskId",
            "Tasks",
            "Tickets",
            "PendingAnchors",
            "Agenda",
            "AgendaCursor",
            "TaskCount",
            "ClaimCount",
            "Beneficiaries",
            "WorkCredits",
            "TotalCredit",
            "CreditSweep",
            "Targets",
            "PeriodActivity",
        ]
    );
}

/// The variants of an enum, which must be numbered as they are listed.
fn variants<T: TypeInfo>() -> String {
    let TypeDef::Variant(variants) = T::type_info().type_def else {
        panic!("not an enum");
    };
    let names = variants.variants.iter().enumerate().map(|(at, variant)| {
        // Calls and errors have a hidden variant of another number, for their generics.
        assert_eq!(usize::from(variant.index), at, "{}", variant.name);
        variant.name
    });
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn calls_events_and_errors_keep_their_numbers() {
    assert_eq!(
        variants::<Call<Test>>(),
        "post_task claim_task submit_ticket submit_result challenge_result finalize_task \
         cancel_task set_beneficiary"
    );
    assert_eq!(
        variants::<Event<Test>>(),
        "TaskPosted TaskClaimed TicketAccepted ResultDelivered ResultRefuted TaskFinalized \
         TaskCancelled TaskExpired ClaimExpired ResultForgotten BeneficiarySet TargetAdjusted"
    );
    assert_eq!(
        variants::<Error<Test>>(),
        "ParamSetNotEnabled NoRows TooManyRows RowsOfNoStrip NoColumns TooManyColumns \
         ColumnsOfNoStrip NoSlabs TooManySlabs BountyTooSmall DeadlineTooSoon \
         DeadlineTooLate TooManyTasks TaskIdsExhausted CannotPayPostingFee CannotHoldBounty \
         CannotHoldBond UnknownTask TaskAlreadyClaimed TaskAlreadyDelivered TaskAlreadyFinalized \
         TaskNotClaimed TaskNotDelivered DeadlinePassed TooManyClaims \
         TooManyClaimsInBlock NotTheWorker NotTheRequester AnchorNotKnown ClaimLapsed \
         TicketAlreadySubmitted TooManyTickets ChallengeWindowClosed ChallengeWindowOpen \
         LengthOfA LengthOfB TileLength RowOutOfBounds ColumnOutOfBounds SlabOutOfBounds \
         PathALength PathBLength PathCLength ValueOfA ValueOfB PathA PathB PathC TicketAboveTarget ResultIsCorrect \
         CannotHoldDeposit PostingFeeAboveMax"
    );
}
