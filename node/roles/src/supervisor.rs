//! Starts roles, and starts them again.

use crate::threads::thread_name;
use parking_lot::Mutex;
use std::{
    future::Future,
    io,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, Handle, Runtime};

/// Until a role that failed is started again for the first time; doubles with every failure.
pub const FIRST_RESTART_DELAY: Duration = Duration::from_secs(5);
/// The longest pause before a restart. A role that ran for longer starts with the first pause again.
pub const MAX_RESTART_DELAY: Duration = Duration::from_secs(320);

/// Threads that wait for the disk or for a computation; a computation has its own.
const BLOCKING_THREADS: usize = 16;

/// The roles of a node, on threads of their own: neither can starve the other. Dropping it ends them.
pub struct Roles(Option<Runtime>);

impl Roles {
    /// Errors: the system gives no thread.
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name(thread_name("worker"))
            .enable_time()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs what `start` gives until it ends, and again after a pause when it panics. `start` makes the role anew, with
    /// the handle through which its status is read.
    pub fn start<H, F>(
        &self,
        name: &'static str,
        start: impl Fn() -> (H, F) + Send + Sync + 'static,
    ) -> Role<H>
    where
        H: Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (handle, run) = start();
        let role = Role(Arc::new(Supervised {
            restarts: AtomicU32::new(0),
            handle: Mutex::new(handle),
        }));
        if let Some(runtime) = &self.0 {
            let workers = runtime.handle().clone();
            runtime.spawn(supervise(
                workers,
                name,
                role.clone(),
                FIRST_RESTART_DELAY,
                run,
                start,
            ));
        }
        role
    }
}

impl Drop for Roles {
    fn drop(&mut self) {
        // An async context must not wait for a runtime to end.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

struct Supervised<H> {
    restarts: AtomicU32,
    handle: Mutex<H>,
}

/// A role that was started; cheap to clone.
pub struct Role<H>(Arc<Supervised<H>>);

impl<H> Clone for Role<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H: Clone> Role<H> {
    /// Where the status of the role that runs now is read.
    pub fn handle(&self) -> H {
        self.0.handle.lock().clone()
    }

    /// How often it was started again.
    pub fn restarts(&self) -> u32 {
        self.0.restarts.load(Ordering::Relaxed)
    }
}

async fn supervise<H, F>(
    workers: Handle,
    name: &'static str,
    role: Role<H>,
    first_delay: Duration,
    mut run: F,
    start: impl Fn() -> (H, F),
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut delay = first_delay;
    loop {
        let started = Instant::now();
        match workers.spawn(run).await {
            Ok(()) => return,
            Err(error) if error.is_cancelled() => return,
            Err(_) => {
                // After a good while it is another trouble, not the same one again.
                if started.elapsed() > MAX_RESTART_DELAY {
                    delay = first_delay;
                }
                log::error!(
                    target: "roles",
                    "The {name} failed; it is started again in {} s. Blocks are not affected.",
                    delay.as_secs()
                );
                role.0.restarts.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(MAX_RESTART_DELAY);
            }
        }
        let (handle, again) = start();
        *role.0.handle.lock() = handle;
        run = again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_role_that_panics_is_started_again_and_one_that_ends_is_not() {
        let starts = AtomicU32::new(0);
        let start = || {
            let start = starts.fetch_add(1, Ordering::SeqCst);
            (start, async move { assert!(start == 2, "on purpose") })
        };
        let (handle, run) = start();
        let role = Role(Arc::new(Supervised {
            restarts: AtomicU32::new(0),
            handle: Mutex::new(handle),
        }));
        supervise(
            Handle::current(),
            "test",
            role.clone(),
            Duration::ZERO,
            run,
            start,
        )
        .await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        assert_eq!((role.restarts(), role.handle()), (2, 2));
    }

    #[test]
    fn roles_end_with_what_started_them() {
        let roles = Roles::new().unwrap();
        let alive = Arc::new(());
        let held = alive.clone();
        let role = roles.start("test", move || {
            let held = held.clone();
            ((), async move {
                let _held = held;
                std::future::pending().await
            })
        });
        assert_eq!(role.restarts(), 0);
        drop(roles);
        let gone = Instant::now() + Duration::from_secs(10);
        while Arc::strong_count(&alive) > 1 && Instant::now() < gone {
            std::thread::yield_now();
        }
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
