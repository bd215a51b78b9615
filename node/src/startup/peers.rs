//! Why has the node no peers? The SDK says "0 peers" and no more.

use super::identify::{identify, known_addresses, Identity, NoAnswer};
use bcai_client::Block;
use bcai_runtime::Hash;
use futures::future::join_all;
use sc_network::{config::MultiaddrWithPeerId, service::traits::NetworkService};
use sc_network_sync::SyncingService;
use sc_service::Configuration;
use std::{
    collections::{BTreeSet, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

/// How long a node may be without peers before it is looked into, and how often it is again.
const PATIENCE: Duration = Duration::from_secs(15);
const PERIOD: Duration = Duration::from_secs(60);

/// How many addresses are tried of those that a node knows of another with this one's key.
const TWIN_ADDRESSES: usize = 4;

/// The end of the name of the protocol that every peer must speak; before it are genesis and fork id.
const BLOCK_ANNOUNCES: &str = "/block-announces/1";

/// A chain as the names of protocols tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Chain {
    /// Hex digits.
    genesis: String,
    fork_id: Option<String>,
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "0x{}", self.genesis)?;
        self.fork_id
            .as_ref()
            .map_or(Ok(()), |id| write!(f, " with the fork id `{id}`"))
    }
}

/// Why a node at an address is no peer.
#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("nobody answers there ({0}); is that node running, and is its port open?")]
    Silence(String),
    #[error("the node there has the peer id {0}: correct the end of the address")]
    OtherPeer(String),
    #[error("the node there is of another chain, with the genesis {theirs}; that of this node is {ours}: give both the same chain spec")]
    OtherChain { theirs: Chain, ours: Chain },
    #[error("what answers there is no node of a chain: correct the address and its port")]
    NoNode,
    #[error("another node, at {at}, has the network key of this one ({peer_id}): give each a key of its own (`bcai-node key generate-node-key`, or another --base-path)")]
    Twin { at: String, peer_id: String },
    #[error("the node there is of this chain and answers, but takes no connection from this one: its places are taken, it has banned this node, or a third node has this one's network key ({0})")]
    Refusal(String),
}

/// What is looked into.
pub struct Watch {
    nodes: BTreeSet<String>,
    chain: Chain,
    agent: String,
    network: Arc<dyn NetworkService>,
    sync: Arc<SyncingService<Block>>,
}

impl Watch {
    /// Of the boot nodes and reserved nodes of this configuration.
    pub fn new(
        config: &Configuration,
        genesis: Hash,
        network: Arc<dyn NetworkService>,
        sync: Arc<SyncingService<Block>>,
    ) -> Self {
        let settings = &config.network;
        let nodes = settings
            .boot_nodes
            .iter()
            .chain(&settings.default_peers_set.reserved_nodes)
            .map(MultiaddrWithPeerId::to_string)
            .collect();
        Self {
            nodes,
            chain: Chain {
                genesis: hex::encode(genesis),
                fork_id: config.chain_spec.fork_id().map(Into::into),
            },
            // As the network gives it to those who ask.
            agent: format!("{} ({})", settings.client_version, settings.node_name),
            network,
            sync,
        }
    }

    /// Warns of each address once for each cause, as long as there are no peers.
    pub async fn run(self) {
        let mut told = HashSet::new();
        tokio::time::sleep(PATIENCE).await;
        loop {
            if self.sync.num_connected_peers() == 0 {
                let causes = self.nodes.iter().map(|address| self.cause(address));
                for (address, cause) in self.nodes.iter().zip(join_all(causes).await) {
                    let Some(cause) = cause else { continue };
                    let line = format!("No connection to {address}: {cause}");
                    // Peers may have come meanwhile.
                    if self.sync.num_connected_peers() == 0 && told.insert(line.clone()) {
                        log::warn!("{line}");
                    }
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Why is the node at `address` no peer? Nothing where it is this one.
    async fn cause(&self, address: &str) -> Option<Cause> {
        let peer_id = self.network.local_peer_id().to_base58();
        let own = address.ends_with(&format!("/p2p/{peer_id}"));
        match identify(address).await {
            Ok(found) if own => (!self.is(&found)).then(|| Cause::Twin {
                at: place(address).into(),
                peer_id,
            }),
            // One of its own addresses that doesn't lead to it from here.
            Err(_) if own => None,
            Err(NoAnswer::Silence(reason)) => Some(Cause::Silence(reason)),
            Err(NoAnswer::Foreign) => Some(Cause::NoNode),
            Err(NoAnswer::OtherPeer(found)) => Some(Cause::OtherPeer(found)),
            Ok(found) => Some(match chain(&found.protocols) {
                None => Cause::NoNode,
                Some(theirs) if theirs != self.chain => Cause::OtherChain {
                    theirs,
                    ours: self.chain.clone(),
                },
                Some(_) => match self.twin(address, &peer_id).await {
                    Some(at) => Cause::Twin { at, peer_id },
                    None => Cause::Refusal(peer_id),
                },
            }),
        }
    }

    /// Where another node with this one's network key is, if the node at `address` knows of one.
    async fn twin(&self, address: &str, peer_id: &str) -> Option<String> {
        let fork = self
            .chain
            .fork_id
            .as_ref()
            .map_or_else(String::new, |id| format!("/{id}"));
        let directory = format!("/{}{fork}/kad", self.chain.genesis);
        let known = known_addresses(address, peer_id, directory).await;
        for known in known.iter().take(TWIN_ADDRESSES) {
            let at = place(known);
            if let Ok(found) = identify(&format!("{at}/p2p/{peer_id}")).await {
                if !self.is(&found) {
                    return Some(at.into());
                }
            }
        }
        None
    }

    /// Is it this node that has answered?
    fn is(&self, found: &Identity) -> bool {
        let listens = self.network.listen_addresses();
        let own: HashSet<_> = listens.iter().map(ToString::to_string).collect();
        let own: HashSet<_> = own.iter().map(|address| place(address)).collect();
        found.agent.starts_with(&self.agent)
            && found
                .listens
                .iter()
                .any(|address| own.contains(place(address)))
    }
}

/// An address without the peer id at its end.
fn place(address: &str) -> &str {
    address.split("/p2p/").next().unwrap_or(address)
}

/// The chain of a node with these protocols.
fn chain(protocols: &HashSet<String>) -> Option<Chain> {
    protocols.iter().find_map(|name| {
        let name = name.strip_prefix('/')?.strip_suffix(BLOCK_ANNOUNCES)?;
        let (genesis, fork_id) = match name.split_once('/') {
            Some((genesis, fork_id)) => (genesis, Some(fork_id.to_string())),
            None => (name, None),
        };
        // The older names begin with the protocol id of the spec.
        (genesis.len() == 64 && hex::decode(genesis).is_ok()).then(|| Chain {
            genesis: genesis.into(),
            fork_id,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_a_node_is_read_from_its_protocols() {
        let genesis = "ab".repeat(32);
        let of = |names: &[String]| chain(&names.iter().cloned().collect());
        let announces = format!("/{genesis}/block-announces/1");
        let found = of(&[
            "/ipfs/ping/1.0.0".into(),
            "/bcai/block-announces/1".into(),
            announces,
        ]);
        assert_eq!(found.unwrap().to_string(), format!("0x{genesis}"));
        let found = of(&[format!("/{genesis}/two/block-announces/1")]).unwrap();
        assert_eq!(found.fork_id.as_deref(), Some("two"));
        assert_eq!(of(&["/bcai/block-announces/1".into()]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_place_has_no_peer_id() {
        assert_eq!(place("/ip4/1.2.3.4/tcp/5/p2p/12D3"), "/ip4/1.2.3.4/tcp/5");
        assert_eq!(place("/ip4/1.2.3.4/tcp/5"), "/ip4/1.2.3.4/tcp/5");
    }
}
