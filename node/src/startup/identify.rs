//! Asks the node at an address who it is, over a connection of its own and under a key that lives as long as the question:
//! the node's own network says nothing of the connections that fail.

use futures::StreamExt;
use litep2p::{
    config::ConfigBuilder,
    error::{DialError, NegotiationError},
    protocol::libp2p::{
        identify::{Config as IdentifyConfig, IdentifyEvent},
        kademlia::{ConfigBuilder as KademliaConfigBuilder, KademliaEvent},
    },
    transport::{tcp, websocket},
    types::multiaddr::{Multiaddr, Protocol},
    Litep2p, Litep2pEvent, PeerId, ProtocolName,
};
use std::{collections::HashSet, time::Duration};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a node says of itself.
#[derive(Debug, Default)]
pub struct Identity {
    /// Its program and its name.
    pub agent: String,
    /// What it listens on.
    pub listens: HashSet<String>,
    /// The names of its protocols, most of which begin with the genesis of its chain.
    pub protocols: HashSet<String>,
}

/// Why there is no identity.
#[derive(Debug, PartialEq)]
pub enum NoAnswer {
    /// Nobody is there.
    Silence(String),
    /// Who is there doesn't speak the protocol of such networks.
    Foreign,
    /// The node there has this peer id, not that of the address.
    OtherPeer(String),
}

/// Who is at `address`, which ends with a peer id?
pub async fn identify(address: &str) -> Result<Identity, NoAnswer> {
    let address = parse(address)?;
    let (config, mut answers) = IdentifyConfig::new("/substrate/1.0".into(), None);
    let mut node = node(ConfigBuilder::new().with_libp2p_identify(config))?;
    node.dial_address(address).await.map_err(silence)?;
    let answer = async {
        loop {
            tokio::select! {
                event = node.next_event() => if let Some(failure) = failure(event) {
                    return Err(failure);
                },
                answer = answers.next() => {
                    let Some(IdentifyEvent::PeerIdentified {
                        user_agent,
                        listen_addresses,
                        supported_protocols,
                        ..
                    }) = answer else {
                        return Err(NoAnswer::Silence("it ended the connection".into()));
                    };
                    return Ok(Identity {
                        agent: user_agent.unwrap_or_default(),
                        listens: listen_addresses.iter().map(ToString::to_string).collect(),
                        protocols: supported_protocols.iter().map(ToString::to_string).collect(),
                    });
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| {
            Err(NoAnswer::Silence(format!(
                "no answer in {} s",
                PATIENCE.as_secs()
            )))
        })
}

/// The addresses that the node at `via` knows of `peer`, asked in the chain's directory of addresses with this protocol.
pub async fn known_addresses(via: &str, peer: &str, directory: String) -> Vec<String> {
    let (Ok(via), Ok(target)) = (parse(via), peer.parse::<PeerId>()) else {
        return Vec::new();
    };
    let Some(asked) = PeerId::try_from_multiaddr(&via) else {
        return Vec::new();
    };
    let (config, mut answers) = KademliaConfigBuilder::new()
        .with_known_peers([(asked, vec![via.clone()])].into())
        .with_protocol_names(vec![ProtocolName::from(directory)])
        .build();
    let config = ConfigBuilder::new()
        .with_libp2p_kademlia(config)
        .with_known_addresses([(asked, vec![via])].into_iter());
    let Ok(mut node) = node(config) else {
        return Vec::new();
    };
    answers.find_node(target).await;
    let answer = async {
        loop {
            tokio::select! {
                event = node.next_event() => if event.is_none() {
                    return Vec::new();
                },
                answer = answers.next() => match answer {
                    Some(KademliaEvent::FindNodeSuccess { peers, .. }) => {
                        return peers
                            .into_iter()
                            .filter(|(found, _)| *found == target)
                            .flat_map(|(_, addresses)| addresses)
                            .map(|address| address.to_string())
                            .collect();
                    }
                    Some(KademliaEvent::QueryFailed { .. }) | None => return Vec::new(),
                    Some(_) => {}
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .unwrap_or_default()
}

fn parse(address: &str) -> Result<Multiaddr, NoAnswer> {
    address
        .parse()
        .map_err(|error| NoAnswer::Silence(format!("the address can't be read: {error}")))
}

/// A node of the network that lives as long as a question.
fn node(config: ConfigBuilder) -> Result<Litep2p, NoAnswer> {
    // Without an address to listen on the library warns that there is none.
    let loopback = [Protocol::Ip4([127, 0, 0, 1].into()), Protocol::Tcp(0)];
    let config = config
        .with_tcp(tcp::config::Config {
            listen_addresses: vec![loopback.into_iter().collect()],
            reuse_port: false,
            ..Default::default()
        })
        .with_websocket(websocket::config::Config {
            listen_addresses: Vec::new(),
            reuse_port: false,
            ..Default::default()
        })
        .with_system_resolver();
    Litep2p::new(config.build()).map_err(silence)
}

fn silence(error: litep2p::Error) -> NoAnswer {
    NoAnswer::Silence(error.to_string())
}

/// Is this event the end of the question?
fn failure(event: Option<Litep2pEvent>) -> Option<NoAnswer> {
    match event {
        Some(Litep2pEvent::DialFailure { error, .. }) => Some(refusal(&error)),
        Some(Litep2pEvent::ListDialFailures { errors }) => Some(errors.first().map_or_else(
            || NoAnswer::Silence("it can't be dialled".into()),
            |(_, error)| refusal(error),
        )),
        Some(Litep2pEvent::ConnectionClosed { .. }) => {
            Some(NoAnswer::Silence("it ended the connection".into()))
        }
        Some(Litep2pEvent::ConnectionEstablished { .. }) => None,
        None => Some(NoAnswer::Silence("it can't be dialled".into())),
    }
}

fn refusal(error: &DialError) -> NoAnswer {
    let silence = |reason: &str| NoAnswer::Silence(reason.into());
    match error {
        DialError::Timeout | DialError::NegotiationError(NegotiationError::Timeout) => {
            silence("no answer in time")
        }
        DialError::DnsError(_) => silence("its name can't be resolved"),
        DialError::AddressError(error) => NoAnswer::Silence(error.to_string()),
        DialError::NegotiationError(NegotiationError::IoError(kind)) => {
            NoAnswer::Silence(kind.to_string())
        }
        DialError::NegotiationError(NegotiationError::PeerIdMismatch(_, found)) => {
            NoAnswer::OtherPeer(found.to_string())
        }
        DialError::NegotiationError(_) => NoAnswer::Foreign,
    }
}
