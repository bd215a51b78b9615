//! Methods that count what they answer.

use crate::{
    budget::{Call, Reservation},
    pruned, Connection, InFlight,
};
use futures::FutureExt;
use jsonrpsee::{
    core::{
        server::{MethodCallback, MethodResponse, MethodSink},
        RegisterMethodError,
    },
    types::{ErrorObject, ErrorObjectOwned, Id, Params},
    Extensions, Methods,
};
use std::sync::{self, Arc};
use tokio::sync::{mpsc, Semaphore};

/// The code of [`InFlight`]; see `docs/rpc.md`.
pub const IN_FLIGHT_CODE: i32 = 10_900;

impl From<InFlight> for ErrorObjectOwned {
    fn from(error: InFlight) -> Self {
        ErrorObject::owned(IN_FLIGHT_CODE, error.to_string(), None::<()>)
    }
}

/// Methods that wait for the pool, which has threads of its own: queueing them twice would only slow them down.
const QUEUED_BY_POOL: &str = "author_";

/// A subscription that may tell much, and how to find out how much before it begins.
pub struct Large {
    /// Its method.
    pub method: &'static str,
    /// Bytes of what it tells first, from its parameters. It may read from the disk; a thread of its own makes one at a
    /// time.
    pub estimate: Estimate,
}

/// See [`Large::estimate`].
pub type Estimate = Arc<dyn Fn(&Params<'_>) -> u64 + Send + Sync>;

/// The same methods, each refusing what its connection has no room for; `concurrent` calls of them run at a time, those
/// that answer at once aside. The subscriptions of `large` keep room for what they tell. A call without a [`Connection`] among its extensions isn't counted.
/// Errors: none, since the names are those of `methods`.
pub fn limit(
    methods: &Methods,
    concurrent: usize,
    large: &[Large],
) -> Result<Methods, RegisterMethodError> {
    let running = Arc::new(Semaphore::new(concurrent));
    let without_end = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let mut limited = Methods::new();
    for name in methods.method_names() {
        let queue = match name.starts_with(QUEUED_BY_POOL) {
            true => &without_end,
            false => &running,
        };
        if let Some(callback) = methods.method(name) {
            let estimate = large.iter().find(|large| large.method == name);
            let estimate = estimate.map(|large| on_one_thread(large.estimate.clone()));
            limited
                .verify_and_insert(name, limit_one(callback.clone(), queue.clone(), estimate))?;
        }
    }
    Ok(limited)
}

/// The same estimate, made on one thread. What it reads is counted nowhere, and of what is freed an allocator keeps some
/// for each thread: made on that of each subscription, 200 of them held 236 MB. Where it panics, there is no room any more.
fn on_one_thread(estimate: Estimate) -> Estimate {
    let (ask, asked) = sync::mpsc::channel::<(Option<String>, sync::mpsc::Sender<u64>)>();
    std::thread::spawn(move || {
        for (params, answer) in asked {
            // Whoever has gone doesn't hear it.
            answer.send(estimate(&Params::new(params.as_deref()))).ok();
        }
    });
    Arc::new(move |params| {
        let (answer, answered) = sync::mpsc::channel();
        let params = params.as_str().map(String::from);
        match ask.send((params, answer)) {
            Ok(()) => answered.recv().unwrap_or(u64::MAX),
            Err(_) => u64::MAX,
        }
    })
}

fn limit_one(
    callback: MethodCallback,
    running: Arc<Semaphore>,
    estimate: Option<Estimate>,
) -> MethodCallback {
    match callback {
        MethodCallback::Sync(call) => {
            MethodCallback::Sync(Arc::new(move |id, params, max_size, extensions| {
                let begun = begin(&extensions, params.len_bytes());
                match begun {
                    Err(refused) => MethodResponse::error(id, refused),
                    Ok(begun) => end(begun, id.clone(), call(id, params, max_size, extensions)),
                }
            }))
        }
        MethodCallback::Async(call) => MethodCallback::Async(Arc::new(
            move |id, params, connection, max_size, extensions| {
                let (call, running) = (call.clone(), running.clone());
                async move {
                    let begun = match begin(&extensions, params.len_bytes()) {
                        Ok(begun) => begun,
                        Err(refused) => return MethodResponse::error(id, refused),
                    };
                    // It is never closed; if it were, calls would only be too many.
                    let _permit = running.acquire().await.ok();
                    let answer = call(id.clone(), params, connection, max_size, extensions).await;
                    end(begun, id, answer)
                }
                .boxed()
            },
        )),
        MethodCallback::Subscription(call) => {
            MethodCallback::Subscription(Arc::new(move |id, params, sink, state, extensions| {
                let Some(connection) = extensions.get::<Arc<Connection>>().cloned() else {
                    return call(id, params, sink, state, extensions);
                };
                // Here, since a subscription can't be begun later; its thread does nothing else meanwhile.
                let room = estimate.as_ref().map(|estimate| {
                    let bytes = tokio::task::block_in_place(|| estimate(&params));
                    connection.reserve(bytes)
                });
                match room.transpose() {
                    Err(refused) => {
                        // As a call that is refused: through its sink it would wait in a queue that nobody reads.
                        let answer = MethodResponse::error(id, ErrorObjectOwned::from(refused));
                        std::future::ready(answer).boxed()
                    }
                    Ok(room) => call(
                        id,
                        params,
                        counted(sink, connection, room),
                        state,
                        extensions,
                    ),
                }
            }))
        }
        // A word is all that it answers.
        other @ MethodCallback::Unsubscription(_) => other,
    }
}

/// A sink before this one, in which all counts. Nothing of a subscription is refused: it waits for its place in the
/// connection's queue, and fills its own meanwhile, which has a bound. `room` is kept until it ends.
fn counted(sink: MethodSink, connection: Arc<Connection>, room: Option<Reservation>) -> MethodSink {
    let (before, mut messages) = mpsc::channel::<String>(1);
    tokio::spawn(async move {
        let _room = room;
        loop {
            let message = tokio::select! {
                message = messages.recv() => message,
                () = sink.closed() => None,
            };
            let Some(message) = message else { break };
            connection.add(message.len() as u64);
            if sink.send(message).await.is_err() {
                break;
            }
        }
    });
    MethodSink::new(before)
}

fn begin(extensions: &Extensions, request: usize) -> Result<Option<Call>, ErrorObjectOwned> {
    let connection = extensions.get::<Arc<Connection>>();
    Ok(connection
        .map(|connection| connection.call(request as u64))
        .transpose()?)
}

fn end(begun: Option<Call>, id: Id<'_>, answer: MethodResponse) -> MethodResponse {
    let answer = pruned::explain(id.clone(), answer);
    let bytes = answer.as_result().len() as u64;
    match begun.map(|call| call.answered(bytes)) {
        Some(Err(refused)) => MethodResponse::error(id, ErrorObjectOwned::from(refused)),
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;
    use jsonrpsee::RpcModule;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// `sync` and `async`, which answer with so many letters.
    fn module() -> RpcModule<()> {
        let letters = |count: usize| "x".repeat(count);
        let mut module = RpcModule::new(());
        module
            .register_method("sync", move |params, _, _| {
                params.one().map(letters).unwrap_or_default()
            })
            .unwrap();
        module
            .register_async_method("async", move |params, _, _| async move {
                params.one().map(letters).unwrap_or_default()
            })
            .unwrap();
        module
    }

    async fn code(methods: &Methods, method: &str, letters: usize) -> Option<i32> {
        match methods.call::<_, String>(method, [letters]).await {
            Ok(answer) => {
                assert_eq!(answer.len(), letters);
                None
            }
            Err(jsonrpsee::MethodsError::JsonRpc(error)) => Some(error.code()),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn every_kind_of_method_is_counted_and_refused() {
        for method in ["sync", "async"] {
            let budget = Budget::new(10_000, 1_000);
            let connection = budget.connection();
            let mut methods = limit(&module().into(), 1, &[]).unwrap();
            methods.extensions_mut().insert(connection.clone());
            assert_eq!(code(&methods, method, 800).await, None);
            assert!((800..900).contains(&budget.used()), "{}", budget.used());
            assert_eq!(code(&methods, method, 200).await, Some(IN_FLIGHT_CODE));
            let before = budget.used();
            connection.sent(800);
            assert_eq!(budget.used(), before - 800);
            assert_eq!(code(&methods, method, 200).await, None);
        }
    }

    #[tokio::test]
    async fn what_a_subscription_tells_is_counted() {
        let budget = Budget::new(10_000, 1_000);
        let mut module = RpcModule::new(());
        module
            .register_subscription("tell", "told", "silence", |_, pending, _, _| async {
                let sink = pending.accept().await?;
                sink.send(jsonrpsee::SubscriptionMessage::from_json(
                    &"x".repeat(2_000),
                )?)
                .await?;
                Ok(())
            })
            .unwrap();
        let mut methods = limit(&module.into(), 1, &[]).unwrap();
        methods.extensions_mut().insert(budget.connection());
        let mut told = methods
            .subscribe("tell", jsonrpsee::core::EmptyServerParams::new(), 4)
            .await
            .unwrap();
        let (message, _) = told.next::<String>().await.unwrap().unwrap();
        assert_eq!(message.len(), 2_000);
        assert!(budget.used() > 2_000, "{}", budget.used());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_subscription_that_tells_much_keeps_room_until_it_ends() {
        let budget = Budget::new(10_000, 1_000);
        let mut module = RpcModule::new(());
        module
            .register_subscription("tell", "told", "silence", |_, pending, _, _| async {
                let sink = pending.accept().await?;
                sink.closed().await;
                Ok(())
            })
            .unwrap();
        let large = Large {
            method: "tell",
            estimate: Arc::new(|params| params.one().unwrap_or(0)),
        };
        let mut methods = limit(&module.into(), 1, &[large]).unwrap();
        methods.extensions_mut().insert(budget.connection());
        // What is refused never comes through the sink that this waits for, so it is only begun.
        let begin = async |bytes: u64| {
            let mut begun = Box::pin(methods.subscribe("tell", [bytes], 4));
            assert!(futures::poll!(&mut begun).is_pending());
        };
        begin(1_001).await;
        assert_eq!(budget.refused(), 1);
        let told = methods.subscribe("tell", [600], 4).await.unwrap();
        begin(600).await;
        assert!((600..800).contains(&budget.used()), "{}", budget.used());
        assert_eq!(budget.refused(), 2);
        drop(told);
        // What it was answered still counts here, where no socket takes it.
        while budget.used() >= 600 {
            tokio::task::yield_now().await;
        }
        assert!(methods.subscribe("tell", [600], 4).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_estimate_is_made_at_a_time() {
        let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let mut module = RpcModule::new(());
        module
            .register_subscription("tell", "told", "silence", |_, pending, _, _| async {
                drop(pending.accept().await?);
                Ok(())
            })
            .unwrap();
        let estimate = {
            let most = most.clone();
            move |_: &Params<'_>| {
                let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(running, Ordering::SeqCst);
                // So that another would have the time to come in between.
                std::thread::sleep(std::time::Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
                10
            }
        };
        let large = Large {
            method: "tell",
            estimate: Arc::new(estimate),
        };
        let mut methods = limit(&module.into(), 1, &[large]).unwrap();
        methods
            .extensions_mut()
            .insert(Budget::new(10_000, 10_000).connection());
        let subscribers = (0..8).map(|_| {
            let methods = methods.clone();
            tokio::spawn(async move { methods.subscribe("tell", [(); 0], 1).await.is_ok() })
        });
        for begun in futures::future::join_all(subscribers).await {
            assert!(begun.unwrap());
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn calls_from_within_the_node_are_not_counted() {
        let methods = limit(&module().into(), 1, &[]).unwrap();
        assert_eq!(code(&methods, "async", 100_000).await, None);
    }

    #[tokio::test]
    async fn only_so_many_calls_run_at_a_time() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut module = RpcModule::new((now, most.clone()));
        module
            .register_async_method("wait", |_, counts, _| async move {
                let running = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
                counts.1.fetch_max(running, Ordering::SeqCst);
                tokio::task::yield_now().await;
                counts.0.fetch_sub(1, Ordering::SeqCst);
            })
            .unwrap();
        let methods = limit(&module.into(), 2, &[]).unwrap();
        let calls = (0..10).map(|_| methods.call::<_, ()>("wait", [(); 0]));
        futures::future::join_all(calls).await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
