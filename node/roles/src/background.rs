//! Where work that blocks or computes is done, out of the way of block authoring.

use crate::kernel::Team;
use parking_lot::Mutex;
use std::sync::atomic::AtomicBool;

/// Does `work` in a thread of its own at the lowest priority, and waits for it. A thread of a pool won't do: its
/// priority could not be raised again.
pub(crate) fn at_low_priority<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let (work, result) = (Mutex::new(Some(work)), Mutex::new(None));
    low_priority_team(1, None).each(
        1,
        || (),
        |_, _| {
            let work = work.lock().take();
            let done = work.map(|work| work());
            *result.lock() = done;
        },
    );
    result.into_inner()
}

/// [`at_low_priority`] where it may block.
pub(crate) async fn on_low_priority_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match on_blocking_thread(move || at_low_priority(work)).await {
        Some(value) => value,
        // Never: nobody can cancel that team.
        None => std::future::pending().await,
    }
}

/// Threads that step behind block authoring.
pub(crate) fn low_priority_team(threads: usize, cancel: Option<&AtomicBool>) -> Team<'_> {
    Team {
        threads,
        low_priority: true,
        cancel,
    }
}

/// Runs `work` where it may block, and passes its panic on.
pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only when the runtime shuts down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
