//! From a decision to a call of the chain.

use crate::{decide::Key, miner::Miner, trouble::Cause, LOG_TARGET};
use bcai_pouw_primitives::{TaskId, TaskState};
use bcai_pouw_tasks::{
    chain::{in_bcai, BlockRef, Call, Task},
    outbox::Failure,
    stored::inputs_are_readable,
};
use bcai_roles::on_low_priority_thread;
use bcai_transactions::Sent;

impl Miner {
    /// Sends a call when what it needs outside the chain is there, and notes that it was sent or why not.
    pub(crate) async fn send(&mut self, key: Key, tasks: &[Task]) {
        if let Key::Claim(id) = key {
            let Some(task) = tasks.iter().find(|task| task.id == id) else {
                return;
            };
            // Others took the room since it was seen; that is no failure of the claim.
            if let Err(error) = self.rooms.take(task).await {
                return self.report(Cause::Room(id), error);
            }
        }
        let (sent, error) = match self.submit(key, tasks).await {
            Ok(sent) => (Some(sent), None),
            Err(error) => (None, Some(error)),
        };
        self.outbox.record(key, self.now, sent);
        if let Some(error) = error {
            self.report(Cause::Call(key), format!("task {}: {error}", key.task()));
        }
    }

    async fn submit(&mut self, key: Key, tasks: &[Task]) -> Result<Sent, String> {
        let computed = self.computed.get(&key.task());
        let call = match key {
            Key::Claim(id) => {
                let task = tasks.iter().find(|task| task.id == id).cloned();
                let task = task.ok_or("it is gone")?;
                let store = self.store.clone();
                on_low_priority_thread(move || inputs_are_readable(&*store, &task))
                    .await
                    .map_err(|error| error.without_paths())?;
                Call::Claim(id)
            }
            Key::Ticket(_, _, place) => {
                let certificate = computed.and_then(|computed| computed.certificates.get(&place));
                Call::Ticket(certificate.cloned().ok_or("its certificate is gone")?)
            }
            Key::Result(task, _) => {
                let root_c = computed.ok_or("its result is gone")?.root_c;
                if self.store.info(&root_c).is_none() {
                    // Compute it again rather than commit to what nobody could fetch.
                    self.computations.remove(&task);
                    return Err("its result is not in the store any more".into());
                }
                Call::Result { task, root_c }
            }
            Key::Finalize(task) => Call::Finalize(task),
        };
        log::debug!(target: LOG_TARGET, "Sending {} for task {}", call.name(), call.task());
        let sent = self.chain.submit(call, self.born(key, tasks)).await;
        let sent = sent.map_err(|error| error.to_string())?;
        self.handle.update(|status| match key {
            Key::Ticket(..) => status.tickets_submitted += 1,
            Key::Result(..) => status.results_submitted += 1,
            Key::Claim(_) | Key::Finalize(_) => {}
        });
        Ok(sent)
    }

    /// The block without which the call has no purpose; `None` when no reorganisation can take it any more.
    fn born(&self, key: Key, tasks: &[Task]) -> Option<BlockRef> {
        let born = match key {
            Key::Ticket(task, anchor, ..) | Key::Result(task, anchor) => {
                let number = claimed_at(tasks, task)?;
                let hash = anchor;
                BlockRef { number, hash }
            }
            Key::Claim(task) | Key::Finalize(task) => self.births.of(task)?,
        };
        (born.number > self.finalized).then_some(born)
    }

    /// Tells of calls that failed in a block, and forgets the trouble with those that went through.
    pub(crate) fn tell(&mut self, failures: Vec<Failure<Key>>) {
        let outbox = &self.outbox;
        self.troubles.retain(|cause| match cause {
            Cause::Call(key) => !outbox.succeeded(key),
            _ => true,
        });
        for failure in failures {
            let Failure {
                key, block, reason, ..
            } = failure;
            let (name, task) = (key.name(), key.task());
            let fee = in_bcai(failure.fee);
            let text = format!(
                "{name} of task {task} failed in block {block}: {reason}; its fee was {fee}"
            );
            self.report(Cause::Call(key), text);
        }
    }
}

fn claimed_at(tasks: &[Task], id: TaskId) -> Option<u32> {
    let task = tasks.iter().find(|task| task.id == id)?;
    match task.state {
        TaskState::Claimed { claimed_at, .. } => Some(claimed_at),
        _ => None,
    }
}
