//! What the miner and the challenger show to Prometheus: one metric for each figure, and none of a role that doesn't run.

use crate::status::Status;
use bcai_pouw_challenger::ChallengerStatus;
use bcai_pouw_miner::MinerStatus;
use substrate_prometheus_endpoint::{
    register, MetricSource, Opts, PrometheusError, Registry, SourcedCounter, SourcedGauge,
};

/// One figure of a role's status.
struct Figure<S> {
    name: &'static str,
    help: &'static str,
    read: fn(&S) -> f64,
}

impl<S> Figure<S> {
    fn opts(&self) -> Opts {
        Opts::new(self.name, self.help)
    }
}

const fn figure<S>(name: &'static str, help: &'static str, read: fn(&S) -> f64) -> Figure<S> {
    Figure { name, help, read }
}

/// What only grows while the role runs; from zero again when it is restarted.
const MINER_COUNTERS: &[Figure<MinerStatus>] = &[
    figure(
        "bcai_miner_tickets_found_total",
        "Winning tickets of the tasks computed, no more of a task than the chain takes",
        |miner| miner.tickets_found as f64,
    ),
    figure(
        "bcai_miner_tickets_submitted_total",
        "Tickets that the pool took, repetitions included",
        |miner| miner.tickets_submitted as f64,
    ),
    figure(
        "bcai_miner_results_submitted_total",
        "Results that the pool took, repetitions included",
        |miner| miner.results_submitted as f64,
    ),
    figure(
        "bcai_miner_tasks_completed_total",
        "Tasks of this worker that were paid",
        |miner| miner.completed as f64,
    ),
    figure(
        "bcai_miner_bonds_lost_total",
        "Bonds lost: claims that expired, results that were challenged",
        |miner| miner.lost as f64,
    ),
    figure(
        "bcai_miner_foreign_claims_total",
        "Claims of this account that this process did not send",
        |miner| miner.foreign_claims as f64,
    ),
    figure(
        "bcai_miner_macs_total",
        "Multiply-accumulates of the tasks computed",
        |miner| miner.macs as f64,
    ),
    figure(
        "bcai_miner_computing_seconds_total",
        "Time that computing tasks took",
        |miner| miner.computing.as_secs_f64(),
    ),
];

const MINER_GAUGES: &[Figure<MinerStatus>] = &[
    figure(
        "bcai_miner_claimed_tasks",
        "Tasks that this worker holds a claim of",
        |miner| miner.claimed.into(),
    ),
    figure(
        "bcai_miner_delivered_tasks",
        "Tasks whose result this worker delivered and that are in their challenge window",
        |miner| miner.delivered.into(),
    ),
    figure(
        "bcai_miner_tasks_without_matrices",
        "Open tasks whose A or Bt is not on this node",
        |miner| miner.missing_matrices.into(),
    ),
    figure(
        "bcai_miner_credited_macs",
        "Of the multiply-accumulates computed, those that the chain credits for the tickets it has; falls when a claim is lost",
        |miner| miner.credited_macs as f64,
    ),
];

const CHALLENGER_COUNTERS: &[Figure<ChallengerStatus>] = &[
    figure(
        "bcai_challenger_right_results_total",
        "Results whose sample was right",
        |challenger| challenger.right as f64,
    ),
    figure(
        "bcai_challenger_wrong_results_total",
        "Results with a wrong tile",
        |challenger| challenger.wrong as f64,
    ),
    figure(
        "bcai_challenger_tiles_checked_total",
        "Tiles recomputed",
        |challenger| challenger.tiles as f64,
    ),
    figure(
        "bcai_challenger_challenges_submitted_total",
        "Challenges that the pool took, repetitions included",
        |challenger| challenger.challenges_submitted as f64,
    ),
];

const CHALLENGER_GAUGES: &[Figure<ChallengerStatus>] = &[figure(
    "bcai_challenger_results_without_matrices",
    "Results in their challenge window that can't be checked because a matrix is not on this node",
    |challenger| challenger.unavailable.into(),
)];

const MINER_RESTARTS: &[Figure<u32>] = &[figure(
    "bcai_miner_restarts_total",
    "How often the miner panicked and was started again",
    |restarts| (*restarts).into(),
)];

const CHALLENGER_RESTARTS: &[Figure<u32>] = &[figure(
    "bcai_challenger_restarts_total",
    "How often the challenger panicked and was started again",
    |restarts| (*restarts).into(),
)];

/// What a figure is read from; nothing where the role doesn't run.
type Of<S> = fn(&Status) -> Option<S>;

/// A figure, read when Prometheus asks.
struct Source<S> {
    status: Status,
    of: Of<S>,
    read: fn(&S) -> f64,
}

impl<S> Clone for Source<S> {
    fn clone(&self) -> Self {
        Self {
            status: self.status.clone(),
            ..*self
        }
    }
}

impl<S> MetricSource for Source<S> {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        if let Some(role) = (self.of)(&self.status) {
            set(&[], (self.read)(&role));
        }
    }
}

/// Registers all figures. Errors: a name that is taken.
pub fn register_all(registry: &Registry, status: &Status) -> Result<(), PrometheusError> {
    let to = Shown { registry, status };
    to.counters(Status::miner_status, MINER_COUNTERS)?;
    to.gauges(Status::miner_status, MINER_GAUGES)?;
    to.counters(Status::miner_restarts, MINER_RESTARTS)?;
    to.counters(Status::challenger_status, CHALLENGER_COUNTERS)?;
    to.gauges(Status::challenger_status, CHALLENGER_GAUGES)?;
    to.counters(Status::challenger_restarts, CHALLENGER_RESTARTS)
}

/// Who is shown what.
struct Shown<'a> {
    registry: &'a Registry,
    status: &'a Status,
}

impl Shown<'_> {
    fn counters<S: 'static>(&self, of: Of<S>, all: &[Figure<S>]) -> Result<(), PrometheusError> {
        all.iter().try_for_each(|each| {
            let counter = SourcedCounter::new(&each.opts(), self.source(of, each))?;
            register(counter, self.registry).map(drop)
        })
    }

    fn gauges<S: 'static>(&self, of: Of<S>, all: &[Figure<S>]) -> Result<(), PrometheusError> {
        all.iter().try_for_each(|each| {
            let gauge = SourcedGauge::new(&each.opts(), self.source(of, each))?;
            register(gauge, self.registry).map(drop)
        })
    }

    fn source<S>(&self, of: Of<S>, figure: &Figure<S>) -> Source<S> {
        Source {
            status: self.status.clone(),
            of,
            read: figure.read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{ChallengerRole, MinerRole};
    use bcai_pouw_challenger::ChallengerHandle;
    use bcai_pouw_miner::MinerHandle;
    use bcai_roles::Roles;
    use sp_keyring::Sr25519Keyring;
    use substrate_prometheus_endpoint::prometheus::proto::MetricType;

    /// Name and kind of every metric that has a value.
    fn shown(status: &Status) -> Vec<(String, MetricType)> {
        let registry = Registry::new();
        register_all(&registry, status).unwrap();
        let families = registry.gather();
        families
            .iter()
            .map(|family| (family.get_name().into(), family.get_field_type()))
            .collect()
    }

    #[test]
    fn a_role_that_does_not_run_shows_nothing() {
        assert_eq!(shown(&Status::default()), []);
    }

    #[test]
    fn what_is_named_a_total_is_a_counter_and_nothing_else_is() {
        let roles = Roles::new().unwrap();
        let account = Sr25519Keyring::Bob.to_account_id();
        let shown = shown(&Status {
            miner: Some(MinerRole {
                account: account.clone(),
                threads: 1,
                role: roles.start("miner", || (MinerHandle::default(), async {})),
            }),
            challenger: Some(ChallengerRole {
                account,
                role: roles.start("challenger", || (ChallengerHandle::default(), async {})),
            }),
        });
        let all = MINER_COUNTERS.len() + MINER_GAUGES.len() + MINER_RESTARTS.len();
        let all = all + CHALLENGER_COUNTERS.len() + CHALLENGER_GAUGES.len();
        assert_eq!(shown.len(), all + CHALLENGER_RESTARTS.len());
        for (name, kind) in shown {
            let total = name.ends_with("_total");
            assert_eq!(kind == MetricType::COUNTER, total, "{name} is a {kind:?}");
        }
    }
}
