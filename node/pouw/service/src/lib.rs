//! The miner and the challenger inside of the node: on threads of their own, started again when they fail, and
//! never the reason for which the node stops.

use crate::{cli::PouwParams, panic::CONTAINED_PREFIX, pouw_chain::ChainAccess};
use bcai_miner::{
    challenger::{Challenger, ChallengerHandle, ChallengerOptions, ChallengerStatus},
    worker::{ChainLimits, Miner, MinerHandle, MinerOptions, MinerStatus},
};
use bcai_runtime::{Runtime as ChainRuntime, SLOT_DURATION};
use bcai_task_store::TaskStore;
use futures::future::join;
use pallet_pouw::Config as PouwConfig;
use parking_lot::Mutex;
use sc_service::{Error as ServiceError, TaskManager};
use serde::Serialize;
use serde_json::{json, Value};
use sp_core::{
    crypto::{AccountId32, Ss58Codec},
    Get,
};
use std::{
    future::Future,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

/// Until a miner or a challenger that failed is started again; doubles with every failure.
const FIRST_RESTART_DELAY: Duration = Duration::from_secs(5);
const MAX_RESTART_DELAY: Duration = Duration::from_secs(320);

/// Threads that wait for the disk or for a computation; the computation has its own, see `--miner-threads`.
const BLOCKING_THREADS: usize = 8;

/// One of the two: whose account it uses, how often it was started again, and where its status is read.
struct Role<H> {
    account: AccountId32,
    restarts: AtomicU32,
    handle: Mutex<H>,
}

impl<H: Clone> Role<H> {
    /// The status as a JSON object, with account and restarts beside what the role says of itself.
    fn view(&self, threads: Option<usize>, status: impl FnOnce(&H) -> Value) -> Value {
        let mut view = status(&self.handle.lock());
        view["enabled"] = true.into();
        view["account"] = self.account.to_ss58check().into();
        view["restarts"] = self.restarts.load(Ordering::Relaxed).into();
        if let Some(threads) = threads {
            view["threads"] = threads.into();
        }
        view
    }
}

/// How the miner and the challenger are doing; cheap to clone.
#[derive(Clone, Default)]
pub struct PouwStatus {
    miner: Option<(Arc<Role<MinerHandle>>, usize)>,
    challenger: Option<Arc<Role<ChallengerHandle>>>,
}

impl PouwStatus {
    /// A JSON object with `enabled`; without a miner nothing else.
    pub fn miner(&self) -> Value {
        match &self.miner {
            None => json!({ "enabled": false }),
            Some((role, threads)) => role.view(Some(*threads), |handle| {
                let status = handle.status();
                let mut view = object(&status);
                // More than a JavaScript number can hold.
                view["macs"] = status.macs.to_string().into();
                view
            }),
        }
    }

    /// The miner's counters, if there is one.
    pub fn miner_status(&self) -> Option<MinerStatus> {
        let (role, _) = self.miner.as_ref()?;
        Some(role.handle.lock().status())
    }

    /// The challenger's counters, if there is one.
    pub fn challenger_status(&self) -> Option<ChallengerStatus> {
        Some(self.challenger.as_ref()?.handle.lock().status())
    }

    /// A JSON object with `enabled`; without a challenger nothing else.
    pub fn challenger(&self) -> Value {
        match &self.challenger {
            None => json!({ "enabled": false }),
            Some(role) => role.view(None, |handle| object(&handle.status())),
        }
    }
}

fn object(status: &impl Serialize) -> Value {
    match serde_json::to_value(status) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        _ => json!({}),
    }
}

/// Starts what the command line asks for. Errors: no threads for it.
pub fn spawn(
    task_manager: &TaskManager,
    chain: &Arc<ChainAccess>,
    store: &Arc<dyn TaskStore>,
    params: &PouwParams,
) -> Result<PouwStatus, ServiceError> {
    let mut status = PouwStatus::default();
    if params.miner.is_none() && params.challenger.is_none() {
        return Ok(status);
    }
    let workers = Workers(Some(
        Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name(format!("{CONTAINED_PREFIX}-worker"))
            .enable_time()
            .build()?,
    ));
    let handle = workers.handle();

    let miner = params.miner.clone().map(|account| {
        let threads = params.miner_threads();
        log::info!(target: "pouw", "Mining for {} with {threads} threads", account.to_ss58check());
        let options = MinerOptions {
            threads,
            max_claims: params.miner_max_claims,
            min_bounty: params.miner_min_bounty,
            chain: chain_limits(),
            ..MinerOptions::default()
        };
        let (chain, store) = (Arc::new(chain.for_account(account.clone())), store.clone());
        let role = Arc::new(Role {
            account,
            restarts: AtomicU32::new(0),
            handle: Mutex::new(MinerHandle::default()),
        });
        status.miner = Some((role.clone(), threads));
        supervise(
            handle.clone(),
            "miner",
            role,
            FIRST_RESTART_DELAY,
            move || {
                let miner = Miner::new(chain.clone(), store.clone(), options.clone());
                (miner.handle(), miner.run())
            },
        )
    });

    let challenger = params.challenger.clone().map(|account| {
        log::info!(target: "pouw", "Checking results for {}", account.to_ss58check());
        let options = ChallengerOptions {
            sample: params.challenger_tiles as usize,
        };
        let (chain, store) = (Arc::new(chain.for_account(account.clone())), store.clone());
        let role = Arc::new(Role {
            account,
            restarts: AtomicU32::new(0),
            handle: Mutex::new(ChallengerHandle::default()),
        });
        status.challenger = Some(role.clone());
        supervise(
            handle.clone(),
            "challenger",
            role,
            FIRST_RESTART_DELAY,
            move || {
                let challenger = Challenger::new(chain.clone(), store.clone(), options);
                (challenger.handle(), challenger.run())
            },
        )
    });

    task_manager
        .spawn_handle()
        .spawn("pouw-supervisor", Some("pouw"), async move {
            // Held until the node stops: with it the threads end.
            let _workers = workers;
            join(optional(miner), optional(challenger)).await;
        });
    Ok(status)
}

/// What this node's runtime allows; an upgrade that allows less costs the miner fees, not bonds.
fn chain_limits() -> ChainLimits {
    ChainLimits {
        max_claims: <ChainRuntime as PouwConfig>::MaxClaimsPerWorker::get(),
        claim_duration: <ChainRuntime as PouwConfig>::ClaimDuration::get(),
        block_time: Duration::from_millis(SLOT_DURATION),
    }
}

async fn optional(role: Option<impl Future<Output = ()>>) {
    if let Some(role) = role {
        role.await;
    }
}

/// Runs what `start` gives until it ends, and again after a pause when it panics.
async fn supervise<H, F>(
    workers: Handle,
    name: &'static str,
    role: Arc<Role<H>>,
    first_delay: Duration,
    start: impl Fn() -> (H, F),
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut delay = first_delay;
    loop {
        let (status, run) = start();
        *role.handle.lock() = status;
        let started = Instant::now();
        match Aborting(workers.spawn(run)).await {
            Ok(()) => return,
            Err(error) if error.is_cancelled() => return,
            Err(_) => {
                // After a good while it is another trouble, not the same one again.
                if started.elapsed() > MAX_RESTART_DELAY {
                    delay = first_delay;
                }
                log::error!(
                    target: "pouw",
                    "The {name} failed; it is started again in {} s. Blocks are not affected.",
                    delay.as_secs()
                );
                role.restarts.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(MAX_RESTART_DELAY);
            }
        }
    }
}

/// A task that ends when nobody waits for it any more.
struct Aborting(JoinHandle<()>);

impl Future for Aborting {
    type Output = Result<(), tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The runtime of miner and challenger: apart from the node's, so that neither can starve the other.
struct Workers(Option<Runtime>);

impl Workers {
    fn handle(&self) -> Handle {
        match &self.0 {
            Some(runtime) => runtime.handle().clone(),
            None => Handle::current(),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // An async context must not wait for a runtime to end.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keyring::Sr25519Keyring;

    #[test]
    fn without_an_account_both_are_shown_as_off() {
        let status = PouwStatus::default();
        assert_eq!(status.miner(), json!({ "enabled": false }));
        assert_eq!(status.challenger(), json!({ "enabled": false }));
    }

    #[test]
    fn a_running_miner_is_shown_with_its_account_and_work_as_text() {
        let role = Arc::new(Role {
            account: Sr25519Keyring::Bob.to_account_id(),
            restarts: AtomicU32::new(2),
            handle: Mutex::new(MinerHandle::default()),
        });
        let status = PouwStatus {
            miner: Some((role, 3)),
            challenger: None,
        };
        let view = status.miner();
        assert_eq!(view["enabled"], true);
        assert_eq!(
            view["account"],
            Sr25519Keyring::Bob.to_account_id().to_ss58check()
        );
        assert_eq!(
            (&view["threads"], &view["restarts"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(view["macs"], "0");
        assert_eq!(view["state"], "starting");
    }

    #[tokio::test]
    async fn a_role_that_panics_is_started_again_and_one_that_ends_is_not() {
        let role = Arc::new(Role {
            account: AccountId32::new([0; 32]),
            restarts: AtomicU32::new(0),
            handle: Mutex::new(0u32),
        });
        let starts = AtomicU32::new(0);
        supervise(
            Handle::current(),
            "test",
            role.clone(),
            Duration::ZERO,
            || {
                let start = starts.fetch_add(1, Ordering::SeqCst);
                (start, async move { assert!(start == 2, "on purpose") })
            },
        )
        .await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        assert_eq!(role.restarts.load(Ordering::SeqCst), 2);
        assert_eq!(*role.handle.lock(), 2);
    }
}
