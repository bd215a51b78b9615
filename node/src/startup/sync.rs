//! Which way of syncing fits the database and the peers that there will be.

use bcai_client::Block;
use sc_client_api::UsageProvider;
use sc_network::config::{NetworkConfiguration, SyncMode};
use sc_network_sync::{SyncStatusProvider, SyncingService};
use std::{sync::Arc, time::Duration};

/// How many peers warp sync waits for. A peer can't forge a proof of finality; a bad one can offer an old block that
/// is final, from which the sync goes on in full. The SDK's three would be waited for in vain on a chain of two nodes.
const WARP_SYNC_PEERS: usize = 1;

/// How long warp sync may be without any proof, from its start or from its first peer, before it is explained.
const PATIENCE: Duration = Duration::from_secs(30);

/// Changes the mode where `client` has blocks already, from which only full sync goes on, and says so.
pub fn fit(network: &mut NetworkConfiguration, client: &impl UsageProvider<Block>) {
    network.min_peers_to_start_warp_sync = Some(WARP_SYNC_PEERS);
    let chain = client.usage_info().chain;
    let flag = match network.sync_mode {
        SyncMode::Full => return,
        SyncMode::Warp => "--sync warp",
        SyncMode::LightState { .. } => "--sync fast",
    };
    if chain.finalized_state.is_some() {
        log::info!(
            target: "sync",
            "{flag} is for an empty database, and this one has the chain up to block {}: syncing in full from there",
            chain.finalized_number
        );
        network.sync_mode = SyncMode::Full;
    }
}

/// Warns where warp sync has peers and gets nothing from them; ends when it has got something, or warned.
pub async fn explain_standstill(sync: Arc<SyncingService<Block>>) {
    loop {
        tokio::time::sleep(PATIENCE).await;
        let Ok(Some(progress)) = sync.status().await.map(|status| status.warp_sync) else {
            return;
        };
        if progress.total_bytes > 0 {
            return;
        }
        let peers = sync.num_connected_peers();
        if peers > 0 {
            log::warn!(
                target: "sync",
                "--sync warp has got no proof of finality in {} s from {peers} peers: it goes on as soon as one of them \
                 has final blocks; on a chain without any, start again without --sync warp",
                PATIENCE.as_secs()
            );
            return;
        }
    }
}
