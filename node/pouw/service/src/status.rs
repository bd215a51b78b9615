//! How the miner and the challenger are doing, for RPC and metrics.

use bcai_pouw_challenger::{ChallengerHandle, ChallengerStatus};
use bcai_pouw_miner::{MinerHandle, MinerStatus};
use bcai_roles::Role;
use serde::Serialize;
use serde_json::{json, Value};
use sp_core::crypto::{AccountId32, Ss58Codec};

/// The roles that run here; cheap to clone.
#[derive(Clone, Default)]
pub struct Status {
    pub(crate) miner: Option<MinerRole>,
    pub(crate) challenger: Option<ChallengerRole>,
}

/// The miner, for whom it works, and with how many threads.
#[derive(Clone)]
pub(crate) struct MinerRole {
    pub account: AccountId32,
    pub threads: usize,
    pub role: Role<MinerHandle>,
}

/// The challenger, and for whom it works.
#[derive(Clone)]
pub(crate) struct ChallengerRole {
    pub account: AccountId32,
    pub role: Role<ChallengerHandle>,
}

impl Status {
    /// A JSON object with `enabled`; without a miner nothing else.
    pub fn miner(&self) -> Value {
        let Some(miner) = &self.miner else {
            return json!({ "enabled": false });
        };
        let status = miner.role.handle().status();
        let mut view = view(&status, &miner.account, miner.role.restarts());
        view["threads"] = miner.threads.into();
        // More than a JavaScript number can hold.
        view["macs"] = status.macs.to_string().into();
        view
    }

    /// A JSON object with `enabled`; without a challenger nothing else.
    pub fn challenger(&self) -> Value {
        match &self.challenger {
            None => json!({ "enabled": false }),
            Some(ChallengerRole { account, role }) => {
                view(&role.handle().status(), account, role.restarts())
            }
        }
    }

    /// The miner's counters, if there is one.
    pub fn miner_status(&self) -> Option<MinerStatus> {
        Some(self.miner.as_ref()?.role.handle().status())
    }

    /// How often it was started again, if there is one.
    pub fn miner_restarts(&self) -> Option<u32> {
        Some(self.miner.as_ref()?.role.restarts())
    }

    /// The challenger's counters, if there is one.
    pub fn challenger_status(&self) -> Option<ChallengerStatus> {
        Some(self.challenger.as_ref()?.role.handle().status())
    }

    /// How often it was started again, if there is one.
    pub fn challenger_restarts(&self) -> Option<u32> {
        Some(self.challenger.as_ref()?.role.restarts())
    }
}

/// What a role says of itself, with account and restarts beside it.
fn view(status: &impl Serialize, account: &AccountId32, restarts: u32) -> Value {
    let mut view = match serde_json::to_value(status) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        _ => json!({}),
    };
    view["enabled"] = true.into();
    view["account"] = account.to_ss58check().into();
    view["restarts"] = restarts.into();
    view
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_roles::Roles;
    use sp_keyring::Sr25519Keyring;

    #[test]
    fn without_an_account_both_are_shown_as_off() {
        let status = Status::default();
        assert_eq!(status.miner(), json!({ "enabled": false }));
        assert_eq!(status.challenger(), json!({ "enabled": false }));
    }

    #[test]
    fn a_running_miner_is_shown_with_its_account_and_work_as_text() {
        let roles = Roles::new().unwrap();
        let account = Sr25519Keyring::Bob.to_account_id();
        let status = Status {
            miner: Some(MinerRole {
                account: account.clone(),
                threads: 3,
                role: roles.start("test", || (MinerHandle::default(), async {})),
            }),
            challenger: None,
        };
        let view = status.miner();
        assert_eq!(view["enabled"], true);
        assert_eq!(view["account"], account.to_ss58check());
        assert_eq!(
            (&view["threads"], &view["restarts"]),
            (&json!(3), &json!(0))
        );
        assert_eq!(view["macs"], "0");
        assert_eq!(view["state"], "starting");
    }
}
