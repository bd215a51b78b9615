//! One look at the chain and the store, off the threads of the runtime.

use bcai_matrices::MatrixStore;
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::{BlockRef, ChainError, Funds, Limits, Task, TaskChain},
    scan::Scanner,
    stored::has_inputs,
};
use std::collections::{BTreeMap, BTreeSet};

/// What one look gives.
pub(crate) struct Seen {
    pub scanner: Scanner,
    pub best: BlockRef,
    pub finalized: BlockRef,
    /// The block of the last look is not on the best chain any more.
    pub reorganised: bool,
    pub limits: Limits,
    pub funds: Funds,
    pub tasks: Vec<Task>,
    /// What claims of the open tasks whose matrices are here put on hold.
    pub bonds: BTreeMap<TaskId, u128>,
    /// Those of them whose result has room.
    pub ready: BTreeSet<TaskId>,
    /// Open tasks whose matrices are not here.
    pub missing: u32,
}

/// Reads the best block and what the store has of its open tasks. Blocks on runtime calls.
/// Errors: [`ChainError::Read`], [`ChainError::Header`].
pub(crate) fn look(
    chain: &dyn TaskChain,
    store: &dyn MatrixStore,
    mut scanner: Scanner,
    last: Option<BlockRef>,
) -> Result<Seen, ChainError> {
    let (best, tasks) = scanner.read(chain)?;
    let reorganised = match last {
        Some(last) => !chain.is_canonical(&last)?,
        None => false,
    };
    let (mut bonds, mut ready, mut missing) = (BTreeMap::new(), BTreeSet::new(), 0);
    let mut bond_of = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.state == TaskState::Open) {
        let Ok(commitment) = task.commitment() else {
            continue;
        };
        if !has_inputs(store, &commitment) {
            missing += 1;
            continue;
        }
        let bond = match bond_of.get(&task.bounty) {
            Some(bond) => *bond,
            None => chain.bond(&best, task.bounty)?,
        };
        bond_of.insert(task.bounty, bond);
        bonds.insert(task.id, bond);
        if store.has_room(commitment.shape.len_c()) {
            ready.insert(task.id);
        }
    }
    Ok(Seen {
        scanner,
        best,
        finalized: chain.finalized(),
        reorganised,
        limits: chain.limits(&best)?,
        funds: chain.funds(&best)?,
        tasks,
        bonds,
        ready,
        missing,
    })
}
