//! The endpoints: what the SDK's server does, over sockets that are counted.

use crate::{limit, metrics, socket::Socket, Budget, Large, Limits, Params, LOG_TARGET};
use forwarded_header_value::ForwardedHeaderValue;
use http::{header, HeaderMap, HeaderValue, Request};
use hyper::body::Incoming;
use jsonrpsee::{
    core::RegisterMethodError,
    server::{
        middleware::http::{AuthorityError, HostFilterLayer},
        serve_with_graceful_shutdown, stop_channel, ws, PingConfig, RandomStringIdProvider,
        RpcServiceBuilder, ServerBuilder, StopHandle,
    },
    Methods, RpcModule,
};
use sc_rpc_server::{
    utils::deny_unsafe, Metrics, MiddlewareLayer, NodeHealthProxyLayer, RpcEndpoint, RpcMetrics,
    Server,
};
use sc_service::config::RpcConfiguration;
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener as StdListener},
    sync::Arc,
    time::{Duration, Instant},
};
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;
use tower_http::cors::{AllowOrigin, CorsLayer};

const MEGABYTE: u32 = 1 << 20;

/// Why the server doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that can't be listened on.
    #[error("cannot serve RPC at {address}: {source}")]
    Listen {
        /// The endpoint's.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// No endpoint at all.
    #[error("no RPC endpoint could be opened")]
    NoEndpoint,
    /// An origin that isn't one.
    #[error("`{origin}` is no origin that --rpc-cors could allow")]
    Origin {
        /// As it was given.
        origin: String,
    },
    /// Two methods of one name.
    #[error(transparent)]
    Method(#[from] RegisterMethodError),
    /// A metric whose name is taken.
    #[error(transparent)]
    Metric(#[from] PrometheusError),
    /// An address that can't be told to others.
    #[error(transparent)]
    Host(#[from] AuthorityError),
}

/// What all connections of the server share.
struct Shared {
    methods: Methods,
    budget: Arc<Budget>,
    metrics: Option<RpcMetrics>,
    log_limit: u32,
    stop: StopHandle,
    handle: tokio::runtime::Handle,
}

/// Serves these methods at the endpoints of the configuration, on `runtime`, until the server is dropped; `large` are the
/// subscriptions among them that may tell much.
/// Errors: see [`ServeError`].
pub fn serve(
    config: &RpcConfiguration,
    params: &Params,
    limits: Limits,
    methods: RpcModule<()>,
    large: &[Large],
    runtime: tokio::runtime::Runtime,
    registry: Option<&Registry>,
) -> Result<Server, ServeError> {
    let budget = Budget::new(params.node_bytes(), params.connection_bytes());
    if let Some(registry) = registry {
        metrics::register_all(registry, &budget)?;
    }
    let methods = limit(
        &with_their_names(methods)?.into(),
        limits.concurrent_calls,
        large,
    )?;
    let names: Vec<_> = methods.method_names().collect();
    let (stop, server) = stop_channel();
    let shared = Arc::new(Shared {
        budget,
        metrics: RpcMetrics::new(registry)?.map(|metrics| metrics.with_known_methods(names)),
        log_limit: config.request_logger_limit,
        stop,
        handle: runtime.handle().clone(),
        methods,
    });
    let mut addresses = Vec::new();
    for endpoint in config.addr.iter().flatten() {
        match listen(endpoint, &runtime) {
            Ok((listener, address)) => {
                let layers = Layers::new(endpoint, address)?;
                runtime.spawn(accept(
                    listener,
                    endpoint.clone(),
                    address,
                    layers,
                    shared.clone(),
                ));
                addresses.push(address);
            }
            Err(error) if endpoint.is_optional => {
                log::debug!(target: LOG_TARGET, "Skipping an optional endpoint: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    if addresses.is_empty() {
        return Err(ServeError::NoEndpoint);
    }
    let list: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
    // As the SDK says it: there are tools that look for this line.
    log::info!(target: LOG_TARGET, "Running JSON-RPC server: addr={}", list.join(","));
    Ok(Server::new(server, addresses, runtime))
}

/// Adds `rpc_methods`, which lists them all.
fn with_their_names(mut methods: RpcModule<()>) -> Result<RpcModule<()>, RegisterMethodError> {
    const NAME: &str = "rpc_methods";
    let mut names: Vec<_> = methods.method_names().chain([NAME]).collect();
    names.sort_unstable();
    methods.register_method(NAME, move |_, _, _| serde_json::json!({ "methods": names }))?;
    Ok(methods)
}

fn listen(
    endpoint: &RpcEndpoint,
    runtime: &tokio::runtime::Runtime,
) -> Result<(TcpListener, SocketAddr), ServeError> {
    let _entered = runtime.enter();
    StdListener::bind(endpoint.listen_addr)
        .and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((TcpListener::from_std(listener)?, address))
        })
        .map_err(|source| ServeError::Listen {
            address: endpoint.listen_addr,
            source,
        })
}

/// Who may ask, as the endpoint's options say.
#[derive(Clone)]
struct Layers {
    hosts: Option<HostFilterLayer>,
    cors: CorsLayer,
}

impl Layers {
    fn new(endpoint: &RpcEndpoint, address: SocketAddr) -> Result<Self, ServeError> {
        let Some(origins) = &endpoint.cors else {
            return Ok(Self {
                hosts: None,
                cors: CorsLayer::permissive(),
            });
        };
        let origins = origins
            .iter()
            .map(|origin| {
                HeaderValue::from_str(origin).map_err(|_| ServeError::Origin {
                    origin: origin.clone(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let hosts = names.map(|name| format!("{name}:{}", address.port()));
        Ok(Self {
            hosts: Some(HostFilterLayer::new(hosts)?),
            cors: CorsLayer::new().allow_origin(AllowOrigin::list(origins)),
        })
    }
}

async fn accept(
    listener: TcpListener,
    endpoint: RpcEndpoint,
    address: SocketAddr,
    layers: Layers,
    shared: Arc<Shared>,
) {
    let http = tower::ServiceBuilder::new()
        .option_layer(layers.hosts)
        .layer(NodeHealthProxyLayer)
        .layer(layers.cors);
    let megabytes = |count: u32| count.saturating_mul(MEGABYTE);
    let builder = ServerBuilder::default()
        .max_request_body_size(megabytes(endpoint.max_payload_in_mb))
        .max_response_body_size(megabytes(endpoint.max_payload_out_mb))
        .max_connections(endpoint.max_connections)
        .max_subscriptions_per_connection(endpoint.max_subscriptions_per_connection)
        .enable_ws_ping(
            PingConfig::new()
                .ping_interval(Duration::from_secs(30))
                .inactive_limit(Duration::from_secs(60))
                .max_failures(3),
        )
        .set_http_middleware(http)
        .set_message_buffer_capacity(endpoint.max_buffer_capacity_per_connection)
        .set_batch_request_config(endpoint.batch_config)
        .set_id_provider(RandomStringIdProvider::new(16))
        .custom_tokio_runtime(shared.handle.clone())
        .to_service_builder();
    let unsafe_methods = deny_unsafe(&address, &endpoint.rpc_methods);
    let mut stopped = std::pin::pin!(shared.stop.clone().shutdown());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    log::debug!(target: LOG_TARGET, "Cannot accept a connection: {error}");
                    // Without file descriptors it would fail again at once.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stopped => break,
        };
        let connection = shared.budget.connection();
        let socket = Socket::new(without_delay(stream), connection.clone());
        let (shared_here, endpoint, builder) = (shared.clone(), endpoint.clone(), builder.clone());
        let service = tower::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(unsafe_methods);
            request.extensions_mut().insert(connection.clone());
            let is_websocket = ws::is_upgrade_request(&request);
            let middleware = middleware(&shared_here, &endpoint, &request, peer.ip());
            let rpc = RpcServiceBuilder::new()
                .rpc_logger(shared_here.log_limit)
                .option_layer(middleware.clone());
            let mut service = builder
                .clone()
                .set_rpc_middleware(rpc)
                .build(shared_here.methods.clone(), shared_here.stop.clone());
            if let Some(middleware) = middleware.filter(|_| is_websocket) {
                let ended = service.on_session_closed();
                shared_here.handle.spawn(async move {
                    let since = Instant::now();
                    middleware.ws_connect();
                    ended.await;
                    middleware.ws_disconnect(since);
                });
            }
            async move { service.call(request).await }
        });
        shared.handle.spawn(serve_with_graceful_shutdown(
            socket,
            service,
            shared.stop.clone().shutdown(),
        ));
    }
}

/// Answers are whole messages: waiting to fill a packet would only delay them.
fn without_delay(stream: TcpStream) -> TcpStream {
    // Best effort: a socket that can't be told so is slower.
    let _ = stream.set_nodelay(true);
    stream
}

/// Metrics and the rate limit of one connection, where there are any.
fn middleware(
    shared: &Shared,
    endpoint: &RpcEndpoint,
    request: &Request<Incoming>,
    peer: IpAddr,
) -> Option<MiddlewareLayer> {
    let asker = match endpoint.rate_limit_trust_proxy_headers {
        true => proxied(request.headers()).unwrap_or(peer),
        false => peer,
    };
    let listed = &endpoint.rate_limit_whitelisted_ips;
    let rate_limit = endpoint
        .rate_limit
        .filter(|_| !listed.iter().any(|range| range.contains(asker)));
    let transport = match ws::is_upgrade_request(request) {
        true => "ws",
        false => "http",
    };
    let metrics = shared.metrics.clone();
    if metrics.is_none() && rate_limit.is_none() {
        return None;
    }
    let mut layer = MiddlewareLayer::new();
    if let Some(metrics) = metrics {
        layer = layer.with_metrics(Metrics::new(metrics, transport));
    }
    if let Some(calls) = rate_limit {
        layer = layer.with_rate_limit_per_minute(calls);
    }
    Some(layer)
}

/// For whom a proxy asks, as its headers say.
fn proxied(headers: &HeaderMap) -> Option<IpAddr> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    text(header::FORWARDED.as_str())
        .and_then(|value| ForwardedHeaderValue::from_forwarded(value).ok())
        .or_else(|| {
            text("x-forwarded-for")
                .and_then(|value| ForwardedHeaderValue::from_x_forwarded_for(value).ok())
        })
        .and_then(|value| value.remotest_forwarded_for_ip())
        .or_else(|| text("x-real-ip")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_says_for_whom_it_asks() {
        let asker = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            proxied(&headers).map(|ip| ip.to_string())
        };
        let client = Some("192.0.2.60".to_string());
        assert_eq!(asker("forwarded", "for=192.0.2.60;proto=http"), client);
        assert_eq!(asker("x-forwarded-for", "192.0.2.60, 10.0.0.1"), client);
        assert_eq!(asker("x-real-ip", "192.0.2.60"), client);
        assert_eq!(asker("x-real-ip", "nobody"), None);
    }

    #[test]
    fn the_list_of_methods_names_itself() {
        let mut module = RpcModule::new(());
        module.register_method("a", |_, _, _| ()).unwrap();
        let names: Vec<_> = with_their_names(module).unwrap().method_names().collect();
        assert_eq!(names.len(), 2);
    }
}
