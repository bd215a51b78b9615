//! Threads of roles: by their name a panic is known to be theirs alone, and by their priority they step behind blocks.

use std::{io, thread};

/// What the names of all threads of roles begin with.
const PREFIX: &str = "role-";

/// The name of a thread that may fail alone; `what` in a few letters, since the system keeps fifteen of the whole.
pub fn thread_name(what: &str) -> String {
    format!("{PREFIX}{what}")
}

/// Is a thread of this name one that may fail alone?
pub fn is_role_thread(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Gives the calling thread the lowest priority that needs no privilege. On Linux `setpriority` of "process" 0 is the calling thread.
pub fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: takes three integers and touches no memory of ours; a refusal leaves the priority as it was.
        let _ = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
    }
}

/// Does `work` in a thread of its own at the lowest priority, waits for it, and passes its panic on. A thread of a pool
/// won't do: its priority could not be raised again. Errors: the system has no thread left.
pub fn at_low_priority<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name(thread_name("low"))
            .spawn_scoped(scope, || {
                lower_priority();
                work()
            })?;
        thread
            .join()
            .or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// [`at_low_priority`] where it may block. Panics when the system has no thread left: the role is then started again.
pub async fn on_low_priority_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    on_blocking_thread(move || match at_low_priority(work) {
        Ok(value) => value,
        Err(error) => panic!("no thread for the work of a role: {error}"),
    })
    .await
}

/// Runs `work` where it may block, and passes its panic on.
pub async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only when the runtime shuts down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_at_low_priority_is_done_on_a_thread_of_a_role() {
        let name = at_low_priority(|| thread::current().name().map(String::from)).unwrap();
        assert!(is_role_thread(&name.unwrap()));
        assert!(!is_role_thread("tokio-runtime-worker"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn low_priority_is_not_that_of_the_caller() {
        // SAFETY: takes integers only.
        let nice = || unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        let before = nice();
        assert_eq!(at_low_priority(nice).unwrap(), 19);
        assert_eq!(nice(), before);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let panic = std::panic::catch_unwind(|| at_low_priority(|| panic!("on purpose")));
        assert_eq!(
            panic.unwrap_err().downcast_ref::<&str>(),
            Some(&"on purpose")
        );
    }
}
