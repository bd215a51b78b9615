//! What is checked before the node starts, so that a wrong folder, a full disk or a busy port is
//! one clear line and not a half-started node.

use sc_network::{
    config::{NodeKeyConfig, Secret},
    multiaddr::{Multiaddr, Protocol},
};
use sc_service::Configuration;
use std::{
    fs, io,
    net::{IpAddr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedGauge,
};

/// How often the free space of the disk is looked at.
const DISK_CHECK_PERIOD: Duration = Duration::from_secs(1);

/// A check that failed; its text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    #[error("cannot write to {path}: {source}")]
    Folder { path: String, source: io::Error },
    #[error("the node key of the network is wrong{place}: {source}")]
    NodeKey { place: String, source: io::Error },
    #[error("only {free} MiB are free on the disk of {path}, at least {wanted} MiB are needed (see --min-free-disk)")]
    Disk {
        path: String,
        free: u64,
        wanted: u64,
    },
    #[error("the {service} address {address} is in use: stop what uses it, or choose another port with {flag}")]
    PortInUse {
        service: &'static str,
        address: SocketAddr,
        flag: &'static str,
    },
    #[error("cannot listen on the {service} address {address}: {source} (see {flag})")]
    Listen {
        service: &'static str,
        address: SocketAddr,
        flag: &'static str,
        source: io::Error,
    },
}

impl From<PreflightError> for sc_service::Error {
    fn from(error: PreflightError) -> Self {
        sc_service::Error::Application(Box::new(error))
    }
}

/// All checks. Errors: the first that fails.
pub fn check(config: &Configuration, min_free_disk: u64) -> Result<(), PreflightError> {
    check_folder(&config.data_path)?;
    check_disk(&config.data_path, min_free_disk)?;
    check_node_key(&config.network.node_key)?;
    check_ports(config)
}

/// Can the folder be made and written to?
fn check_folder(path: &Path) -> Result<(), PreflightError> {
    let probe = path.join(".write-probe");
    fs::create_dir_all(path)
        .and_then(|()| fs::write(&probe, [0u8; 4096]))
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|source| PreflightError::Folder {
            path: path.display().to_string(),
            source,
        })
}

/// Can the key of the network be read, or made where there is none yet?
fn check_node_key(key: &NodeKeyConfig) -> Result<(), PreflightError> {
    let place = match key {
        NodeKeyConfig::Ed25519(Secret::File(path)) => format!(" in {}", path.display()),
        NodeKeyConfig::Ed25519(_) => String::new(),
    };
    match key.clone().into_keypair() {
        Ok(_) => Ok(()),
        Err(source) => Err(PreflightError::NodeKey { place, source }),
    }
}

/// Is there as much room as `wanted` on the disk of `path`? A disk that can't be asked passes.
fn check_disk(path: &Path, wanted: u64) -> Result<(), PreflightError> {
    match bcai_matrices::free_bytes(path) {
        Ok(free) if free < wanted => Err(PreflightError::Disk {
            path: path.display().to_string(),
            free: free >> 20,
            wanted: wanted >> 20,
        }),
        _ => Ok(()),
    }
}

/// Ends when the disk of `path` has less room than `wanted`: as an essential task it stops the node before the
/// database is cut off in the middle of a write.
pub async fn watch_disk(path: PathBuf, wanted: u64) {
    loop {
        if let Err(error) = check_disk(&path, wanted) {
            log::error!("{error}");
            let _ = crate::report::STOP_REASON.set(error.to_string());
            return;
        }
        tokio::time::sleep(DISK_CHECK_PERIOD).await;
    }
}

/// A figure of a disk, read when Prometheus asks; none where the disk can't be asked.
#[derive(Clone)]
struct Bytes<F>(F);

impl<F: Fn() -> Option<u64> + Clone + Send + Sync> MetricSource for Bytes<F> {
    type N = u64;

    fn collect(&self, mut set: impl FnMut(&[&str], u64)) {
        if let Some(bytes) = self.0() {
            set(&[], bytes);
        }
    }
}

/// Registers what is free on the disk of `path`, and what has to be. Errors: a name that is taken.
pub fn show_disk(registry: &Registry, path: PathBuf, wanted: u64) -> Result<(), PrometheusError> {
    let free = Opts::new(
        "bcai_disk_free_bytes",
        "Bytes free on the disk of the base path",
    );
    let min = Opts::new(
        "bcai_disk_min_free_bytes",
        "The node stops when less is free: --min-free-disk",
    );
    let source = Bytes(move || bcai_matrices::free_bytes(&path).ok());
    register(SourcedGauge::new(&free, source)?, registry)?;
    register(
        SourcedGauge::new(&min, Bytes(move || Some(wanted)))?,
        registry,
    )?;
    Ok(())
}

/// Are the addresses of RPC, network and metrics free?
///
/// Without this the SDK moves RPC to a random port, shares the network port with the process that has it, and only
/// logs that metrics are off.
fn check_ports(config: &Configuration) -> Result<(), PreflightError> {
    for endpoint in config.rpc.addr.iter().flatten() {
        check_address(
            "RPC",
            endpoint.listen_addr,
            "--rpc-port",
            endpoint.is_optional,
        )?;
    }
    for address in config
        .network
        .listen_addresses
        .iter()
        .filter_map(tcp_address)
    {
        check_address("network", address, "--port", address.is_ipv6())?;
    }
    if let Some(prometheus) = &config.prometheus_config {
        check_address("Prometheus", prometheus.port, "--prometheus-port", false)?;
    }
    Ok(())
}

fn check_address(
    service: &'static str,
    address: SocketAddr,
    flag: &'static str,
    optional: bool,
) -> Result<(), PreflightError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(PreflightError::PortInUse {
            service,
            address,
            flag,
        }),
        // A machine without IPv6 is no reason to stop.
        Err(_) if optional => Ok(()),
        Err(source) => Err(PreflightError::Listen {
            service,
            address,
            flag,
            source,
        }),
    }
}

fn tcp_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_busy_address_is_refused_and_named() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        let error = check_address("RPC", address, "--rpc-port", false).unwrap_err();
        assert!(matches!(error, PreflightError::PortInUse { .. }));
        assert!(error.to_string().contains(&address.to_string()));
        // An optional address is still refused when another process has it.
        assert!(check_address("RPC", address, "--rpc-port", true).is_err());
        drop(held);
        assert!(check_address("RPC", address, "--rpc-port", false).is_ok());
    }

    #[test]
    fn only_tcp_addresses_are_checked() {
        let address = |text: &str| tcp_address(&text.parse().unwrap());
        assert_eq!(
            address("/ip4/127.0.0.1/tcp/30333"),
            "127.0.0.1:30333".parse().ok()
        );
        assert_eq!(address("/ip6/::1/tcp/30333/ws"), "[::1]:30333".parse().ok());
        assert_eq!(address("/ip4/127.0.0.1/udp/1/webrtc-direct"), None);
        assert_eq!(address("/memory/7"), None);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_folder(&folder.path().join("a/b")).is_ok());
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = check_folder(&file.join("below")).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn a_node_key_that_is_none_is_refused_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let key = || NodeKeyConfig::Ed25519(Secret::File(file.clone()));
        assert!(check_node_key(&key()).is_ok(), "a missing key is made");
        assert!(check_node_key(&key()).is_ok(), "and found again");
        fs::write(&file, "garbage").unwrap();
        let error = check_node_key(&key()).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn a_disk_without_room_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_disk(folder.path(), 1).is_ok());
        assert!(check_disk(folder.path(), u64::MAX).is_err());
    }
}
