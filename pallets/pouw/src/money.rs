//! Fees, holds, slashes. What is on hold moves with force: a freeze on the account must not withhold a bounty or shield a bond.

use bcai_pouw_primitives::{ParamSet, Shape, TaskId};
use frame_support::{
    defensive,
    storage::with_storage_layer,
    traits::{
        fungible::{
            hold::{Balanced as HoldBalanced, Mutate as HoldMutate},
            Mutate,
        },
        tokens::{Fortitude, Precision, Preservation, Restriction},
        Get, Imbalance, OnUnbalanced,
    },
};
use sp_runtime::{
    traits::{SaturatedConversion, Saturating, Zero},
    DispatchError, DispatchResult,
};

use crate::{BalanceOf, Config, Error, HoldReason, Pallet};

/// Multiply-accumulates that one `WorkFee` covers.
pub const MACS_PER_WORK_FEE: u128 = 1 << 30;

/// What became of a slashed bond.
pub(crate) struct Slashed<Balance> {
    pub reward: Balance,
    pub forfeited: Balance,
}

impl<T: Config> Pallet<T> {
    /// What posting a task of this shape burns; `None` where the shape is not legal or the set not enabled.
    pub fn posting_fee(set: ParamSet, m: u32, n: u32, slabs: u8) -> Option<BalanceOf<T>> {
        Self::target_of(set)?;
        let shape = Shape::new(set, m, n, slabs).ok()?;
        Some(Self::posting_fee_of(&shape))
    }

    pub(crate) fn posting_fee_of(shape: &Shape) -> BalanceOf<T> {
        let units: BalanceOf<T> = shape.macs().div_ceil(MACS_PER_WORK_FEE).saturated_into();
        T::PostingFee::get().saturating_add(T::WorkFee::get().saturating_mul(units))
    }

    /// The bond that a claim of a task with this bounty puts on hold.
    pub fn bond_for(bounty: BalanceOf<T>) -> BalanceOf<T> {
        T::MinBond::get().max(T::BondRate::get().mul_floor(bounty))
    }

    /// Burns the posting fee and puts the bounty on hold.
    pub(crate) fn fund(
        requester: &T::AccountId,
        fee: BalanceOf<T>,
        bounty: BalanceOf<T>,
    ) -> DispatchResult {
        T::Currency::burn_from(
            requester,
            fee,
            Preservation::Preserve,
            Precision::Exact,
            Fortitude::Polite,
        )
        .map_err(|_| Error::<T>::CannotPayPostingFee)?;
        T::Currency::hold(&HoldReason::Bounty.into(), requester, bounty)
            .map_err(|_| Error::<T>::CannotHoldBounty)?;
        Ok(())
    }

    pub(crate) fn hold_bond(worker: &T::AccountId, bond: BalanceOf<T>) -> DispatchResult {
        T::Currency::hold(&HoldReason::Bond.into(), worker, bond)
            .map_err(|_| Error::<T>::CannotHoldBond.into())
    }

    pub(crate) fn release_bond(
        worker: &T::AccountId,
        bond: BalanceOf<T>,
    ) -> Result<BalanceOf<T>, DispatchError> {
        T::Currency::release(&HoldReason::Bond.into(), worker, bond, Precision::Exact)
    }

    /// Puts the deposit of an entry in [`Beneficiaries`](crate::Beneficiaries) on hold; returns how much that is.
    pub(crate) fn hold_deposit(worker: &T::AccountId) -> Result<BalanceOf<T>, DispatchError> {
        let deposit = T::BeneficiaryDeposit::get();
        T::Currency::hold(&HoldReason::Beneficiary.into(), worker, deposit)
            .map_err(|_| Error::<T>::CannotHoldDeposit)?;
        Ok(deposit)
    }

    pub(crate) fn release_deposit(worker: &T::AccountId, deposit: BalanceOf<T>) -> DispatchResult {
        let reason = HoldReason::Beneficiary.into();
        T::Currency::release(&reason, worker, deposit, Precision::Exact).map(drop)
    }

    pub(crate) fn pay_bounty(
        requester: &T::AccountId,
        worker: &T::AccountId,
        bounty: BalanceOf<T>,
    ) -> Result<BalanceOf<T>, DispatchError> {
        T::Currency::transfer_on_hold(
            &HoldReason::Bounty.into(),
            requester,
            worker,
            bounty,
            Precision::Exact,
            Restriction::Free,
            Fortitude::Force,
        )
    }

    /// Gives the bounty back. Infallible while the holds equal what the tasks say, which `try_state` checks.
    pub(crate) fn refund_bounty(task: TaskId, requester: &T::AccountId, bounty: BalanceOf<T>) {
        let reason = HoldReason::Bounty.into();
        let refunded = T::Currency::release(&reason, requester, bounty, Precision::BestEffort).ok();
        if refunded != Some(bounty) {
            defensive!("the bounty on hold is less than the task says", task);
        }
    }

    /// Takes the whole bond for [`Config::Slashed`]; returns how much that was.
    pub(crate) fn forfeit_bond(
        task: TaskId,
        worker: &T::AccountId,
        bond: BalanceOf<T>,
    ) -> BalanceOf<T> {
        let (forfeited, missing) = T::Currency::slash(&HoldReason::Bond.into(), worker, bond);
        if !missing.is_zero() {
            defensive!("the bond on hold is less than the claim says", task);
        }
        let amount = forfeited.peek();
        T::Slashed::on_unbalanced(forfeited);
        amount
    }

    /// Pays `ChallengerShare` of the bond to the challenger, who leaves it to the rest where it can't be paid; the rest is forfeited.
    pub(crate) fn slash_bond(
        task: TaskId,
        worker: &T::AccountId,
        challenger: &T::AccountId,
        bond: BalanceOf<T>,
    ) -> Slashed<BalanceOf<T>> {
        let share = T::ChallengerShare::get().mul_floor(bond);
        let reward = with_storage_layer(|| {
            T::Currency::transfer_on_hold(
                &HoldReason::Bond.into(),
                worker,
                challenger,
                share,
                Precision::Exact,
                Restriction::Free,
                Fortitude::Force,
            )
        })
        .unwrap_or_else(|_| Zero::zero());
        let forfeited = Self::forfeit_bond(task, worker, bond.saturating_sub(reward));
        Slashed { reward, forfeited }
    }
}
