//! Can a validator author and finalise? Without a key that fits, the SDK's authoring and voting wait without a word.

use bcai_client::{Block, FullClient};
use sc_network_sync::SyncingService;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use sp_consensus_babe::BabeApi;
use sp_consensus_grandpa::GrandpaApi;
use sp_core::{
    crypto::{key_types, KeyTypeId},
    ed25519, sr25519, ByteArray,
};
use sp_keystore::{Keystore, KeystorePtr};
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::{register, GaugeVec, Opts, PrometheusError, Registry, U64};

/// How often keys and authorities are compared: several times in a session, which is minutes long.
const PERIOD: Duration = Duration::from_secs(20);

/// What is signed on trial: a key file that is there may be of another scheme, or under another password.
const TRIAL: &[u8] = b"check";

/// What an authority does, each with a key of its own.
#[derive(Clone, Copy)]
struct Duty {
    /// In the log and as label of the metric.
    name: &'static str,
    key_type: KeyTypeId,
    /// In `key insert`.
    key_name: &'static str,
    scheme: Scheme,
}

#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    Sr25519,
    Ed25519,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Sr25519 => "sr25519",
            Self::Ed25519 => "ed25519",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Sr25519 => Self::Ed25519,
            Self::Ed25519 => Self::Sr25519,
        }
    }
}

const AUTHOR: Duty = Duty {
    name: "author",
    key_type: key_types::BABE,
    key_name: "babe",
    scheme: Scheme::Sr25519,
};
const FINALISE: Duty = Duty {
    name: "finalise",
    key_type: key_types::GRANDPA,
    key_name: "gran",
    scheme: Scheme::Ed25519,
};

/// Why a duty can't be done.
#[derive(Debug, PartialEq)]
enum Lack {
    NoKey,
    OtherScheme,
    OtherPassword,
    NotAnAuthority { keys: usize, authorities: usize },
}

/// What is compared.
pub struct Watch {
    pub client: Arc<FullClient>,
    pub keystore: KeystorePtr,
    pub sync: Arc<SyncingService<Block>>,
    /// Whether the node takes part in finality at all.
    pub finalises: bool,
}

impl Watch {
    /// Registers the metric, and gives what is to run beside an authority: it warns when a duty can't be done, with the
    /// command that mends it, and says when it can again. Errors: a metric whose name is taken.
    pub fn start(
        self,
        registry: Option<&Registry>,
    ) -> Result<impl std::future::Future<Output = ()>, PrometheusError> {
        let ready = registry
            .map(|registry| {
                let opts = Opts::new(
                    "bcai_authority_ready",
                    "1 where the keystore has the key of one of the chain's authorities, by what it does",
                );
                register(GaugeVec::<U64>::new(opts, &["duty"])?, registry)
            })
            .transpose()?;
        Ok(self.run(ready))
    }

    async fn run(self, ready: Option<GaugeVec<U64>>) {
        let duties = [Some(AUTHOR), self.finalises.then_some(FINALISE)];
        let mut known: [Option<Result<(), Lack>>; 2] = [None, None];
        loop {
            // The authorities of a chain that is being caught up with are those of the past.
            if !self.sync.is_major_syncing() {
                for (duty, known) in duties.iter().zip(&mut known) {
                    let Some(duty) = duty else { continue };
                    let Ok(authorities) = authorities(&self.client, duty) else {
                        continue;
                    };
                    let now = lack(&*self.keystore, duty, &authorities).map_or(Ok(()), Err);
                    let can = now.is_ok();
                    if known.as_ref() != Some(&now) {
                        tell(duty, &now, known.is_some());
                        *known = Some(now);
                    }
                    if let Some(ready) = &ready {
                        ready.with_label_values(&[duty.name]).set(can.into());
                    }
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    }
}

/// What an authority does, each with what keeps this keystore from doing it at the best block, and what mends that.
/// Errors: the runtime doesn't answer.
pub fn readiness(
    client: &FullClient,
    keystore: &dyn Keystore,
) -> Result<[(&'static str, Option<String>); 2], ApiError> {
    let of = |duty: Duty| -> Result<_, ApiError> {
        let lack = lack(keystore, &duty, &authorities(client, &duty)?);
        Ok((duty.name, lack.map(|lack| advice(&lack, &duty))))
    };
    Ok([of(AUTHOR)?, of(FINALISE)?])
}

/// The public keys of those that have the duty at the best block.
fn authorities(client: &FullClient, duty: &Duty) -> Result<Vec<Vec<u8>>, ApiError> {
    let best = client.info().best_hash;
    let api = client.runtime_api();
    Ok(match duty.scheme {
        Scheme::Sr25519 => api
            .current_epoch(best)?
            .authorities
            .iter()
            .map(|(key, _)| key.to_raw_vec())
            .collect(),
        Scheme::Ed25519 => api
            .grandpa_authorities(best)?
            .iter()
            .map(|(key, _)| key.to_raw_vec())
            .collect(),
    })
}

fn tell(duty: &Duty, state: &Result<(), Lack>, again: bool) {
    let name = duty.name;
    match state {
        Ok(()) if again => log::info!("This node can {name} again"),
        Ok(()) => log::debug!("This node can {name}"),
        Err(lack) => log::warn!("This node can't {name}: {}", advice(lack, duty)),
    }
}

/// The cause, and what mends it.
fn advice(lack: &Lack, duty: &Duty) -> String {
    let Duty {
        key_name, scheme, ..
    } = duty;
    let insert = format!(
        "`bcai-node key insert --scheme {} --key-type {key_name} --suri <secret>` and the same --base-path and --chain",
        scheme.name(),
    );
    match lack {
        Lack::NoKey => format!("its keystore has no key of type `{key_name}`; insert it with {insert}"),
        Lack::OtherScheme => format!(
            "its key of type `{key_name}` is of another scheme; insert the key again with {insert}"
        ),
        Lack::OtherPassword => format!(
            "its key of type `{key_name}` was inserted with another --password than the node was started with, or with \
             none; start the node with that one, or insert the key again with {insert} and the node's --password"
        ),
        Lack::NotAnAuthority { keys, authorities } => format!(
            "none of its {keys} keys of type `{key_name}` is that of one of the {authorities} authorities of this \
             chain; insert an authority's with {insert}, or make this node's keys those of an authority with the RPC \
             method author_rotateKeysWithOwner and the call session.setKeys (keys that were set count when this session \
             and the next are over)"
        ),
    }
}

fn lack(keystore: &dyn Keystore, duty: &Duty, authorities: &[Vec<u8>]) -> Option<Lack> {
    let keys = keystore.keys(duty.key_type).unwrap_or_default();
    if keys.is_empty() {
        return Some(Lack::NoKey);
    }
    let usable: Vec<_> = keys
        .iter()
        .filter(|key| signs(keystore, duty.key_type, duty.scheme, key))
        .collect();
    if usable.iter().any(|key| authorities.contains(key)) {
        return None;
    }
    Some(if !usable.is_empty() {
        Lack::NotAnAuthority {
            keys: usable.len(),
            authorities: authorities.len(),
        }
    } else if keys
        .iter()
        .any(|key| signs(keystore, duty.key_type, duty.scheme.other(), key))
    {
        Lack::OtherScheme
    } else {
        Lack::OtherPassword
    })
}

fn signs(keystore: &dyn Keystore, key_type: KeyTypeId, scheme: Scheme, public: &[u8]) -> bool {
    match scheme {
        Scheme::Sr25519 => sr25519::Public::from_slice(public).is_ok_and(|public| {
            matches!(keystore.sr25519_sign(key_type, &public, TRIAL), Ok(Some(_)))
        }),
        Scheme::Ed25519 => ed25519::Public::from_slice(public).is_ok_and(|public| {
            matches!(keystore.ed25519_sign(key_type, &public, TRIAL), Ok(Some(_)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sc_keystore::LocalKeystore;
    use sp_core::Pair;

    fn public<P: Pair>(uri: &str, password: Option<&str>) -> Vec<u8> {
        P::from_string(uri, password).unwrap().public().to_raw_vec()
    }

    /// A keystore that is opened without a password, with this key file in it.
    fn with_key(duty: &Duty, uri: &str, public: &[u8]) -> (tempfile::TempDir, LocalKeystore) {
        let folder = tempfile::tempdir().unwrap();
        let keystore = LocalKeystore::open(folder.path(), None).unwrap();
        keystore.insert(duty.key_type, uri, public).unwrap();
        (folder, keystore)
    }

    #[test]
    fn a_key_that_signs_and_is_an_authoritys_is_enough() {
        let alice = public::<sr25519::Pair>("//Alice", None);
        let (_folder, keystore) = with_key(&AUTHOR, "//Alice", &alice);
        assert_eq!(lack(&keystore, &AUTHOR, &[alice]), None);
    }

    #[test]
    fn what_is_missing_is_found_out() {
        let bob = public::<sr25519::Pair>("//Bob", None);
        let authorities = [public::<sr25519::Pair>("//Alice", None)];
        assert_eq!(
            lack(&LocalKeystore::in_memory(), &AUTHOR, &authorities),
            Some(Lack::NoKey)
        );
        let (_folder, keystore) = with_key(&AUTHOR, "//Bob", &bob);
        assert_eq!(
            lack(&keystore, &AUTHOR, &authorities),
            Some(Lack::NotAnAuthority {
                keys: 1,
                authorities: 1
            })
        );
        let swapped = public::<ed25519::Pair>("//Alice", None);
        let (_folder, keystore) = with_key(&AUTHOR, "//Alice", &swapped);
        assert_eq!(
            lack(&keystore, &AUTHOR, &authorities),
            Some(Lack::OtherScheme)
        );
        let secret = public::<ed25519::Pair>("//Alice", Some("password"));
        let (_folder, keystore) = with_key(&FINALISE, "//Alice", &secret);
        assert_eq!(
            lack(&keystore, &FINALISE, &[secret]),
            Some(Lack::OtherPassword)
        );
    }

    #[test]
    fn advice_is_one_line_with_a_command() {
        let lacks = [
            Lack::NoKey,
            Lack::OtherScheme,
            Lack::OtherPassword,
            Lack::NotAnAuthority {
                keys: 1,
                authorities: 4,
            },
        ];
        for lack in lacks {
            let advice = advice(&lack, &FINALISE);
            assert_eq!(advice.lines().count(), 1);
            assert!(
                advice.contains("key insert --scheme ed25519 --key-type gran"),
                "{advice}"
            );
        }
    }
}
