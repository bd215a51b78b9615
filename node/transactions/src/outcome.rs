//! What a block says of a transaction in it.

use bcai_client::FullClient;
use bcai_runtime::{Balance, BlockNumber, Hash, RuntimeError, RuntimeEvent};
use codec::Decode;
use frame_system::{EventRecord, Phase};
use sc_client_api::{HeaderBackend, StorageKey, StorageProvider};
use sp_crypto_hashing::twox_128;
use sp_runtime::DispatchError;

/// A transaction in a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Included {
    /// The block.
    pub block: Hash,
    /// Its number.
    pub number: BlockNumber,
    /// What came of the call; `None` where the block's events can't be read.
    pub outcome: Option<Outcome>,
}

impl Included {
    /// Why the call failed, if it did.
    pub fn error(&self) -> Option<&str> {
        self.outcome.as_ref()?.error.as_deref()
    }

    /// What was paid for it, in the smallest unit; zero where that isn't known.
    pub fn fee(&self) -> Balance {
        self.outcome.as_ref().map_or(0, |outcome| outcome.fee)
    }
}

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Paid to be in the block, in the smallest unit.
    pub fee: Balance,
    /// Why the call failed, in the runtime's own names, as `Pouw(CannotHoldBond)`; `None` when it did what it should.
    pub error: Option<String>,
}

/// Looks up transaction number `index` of a block.
pub(crate) fn included(client: &FullClient, block: Hash, index: usize) -> Included {
    Included {
        block,
        number: client.number(block).ok().flatten().unwrap_or_default(),
        outcome: events(client, block).map(|events| outcome_of(&events, index)),
    }
}

/// `None` where the state is gone, or where an upgrade has changed what events look like.
fn events(client: &FullClient, block: Hash) -> Option<Vec<EventRecord<RuntimeEvent, Hash>>> {
    let key = StorageKey([twox_128(b"System"), twox_128(b"Events")].concat());
    let encoded = client.storage(block, &key).ok()??;
    Decode::decode(&mut &encoded.0[..]).ok()
}

fn outcome_of(events: &[EventRecord<RuntimeEvent, Hash>], index: usize) -> Outcome {
    use frame_system::Event as System;
    use pallet_transaction_payment::Event as Payment;
    let mut outcome = Outcome::default();
    for record in events {
        let its = matches!(record.phase, Phase::ApplyExtrinsic(of) if of as usize == index);
        match &record.event {
            RuntimeEvent::System(System::ExtrinsicFailed { dispatch_error, .. }) if its => {
                outcome.error = Some(named(*dispatch_error));
            }
            RuntimeEvent::TransactionPayment(Payment::TransactionFeePaid {
                actual_fee, ..
            }) if its => outcome.fee = *actual_fee,
            _ => {}
        }
    }
    outcome
}

/// The error as the runtime names it.
fn named(error: DispatchError) -> String {
    match RuntimeError::from_dispatch_error(error) {
        Some(named) => format!("{named:?}"),
        None => <&'static str>::from(error).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_runtime::{AccountId, Runtime};

    fn record(index: u32, event: RuntimeEvent) -> EventRecord<RuntimeEvent, Hash> {
        EventRecord {
            phase: Phase::ApplyExtrinsic(index),
            event,
            topics: vec![],
        }
    }

    fn paid(index: u32, fee: Balance) -> EventRecord<RuntimeEvent, Hash> {
        let event = pallet_transaction_payment::Event::TransactionFeePaid {
            who: AccountId::new([1; 32]),
            actual_fee: fee,
            tip: 0,
        };
        record(index, event.into())
    }

    #[test]
    fn a_failure_is_told_by_its_name_and_with_its_fee() {
        let error = pallet_pouw::Error::<Runtime>::CannotHoldBond.into();
        let failed = frame_system::Event::ExtrinsicFailed {
            dispatch_error: error,
            dispatch_info: Default::default(),
        };
        let events = [paid(1, 5), paid(2, 7), record(2, failed.into())];
        assert_eq!(
            outcome_of(&events, 1),
            Outcome {
                fee: 5,
                error: None
            }
        );
        assert_eq!(
            outcome_of(&events, 2),
            Outcome {
                fee: 7,
                error: Some("Pouw(CannotHoldBond)".into())
            }
        );
    }

    #[test]
    fn an_error_of_no_pallet_has_a_name_too() {
        assert_eq!(named(DispatchError::BadOrigin), "Bad origin");
    }
}
