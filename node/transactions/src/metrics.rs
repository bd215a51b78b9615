//! What Prometheus is shown of the transactions of this node's accounts.

use crate::Included;
use bcai_runtime::AccountId;
use sp_core::crypto::Ss58Codec;
use substrate_prometheus_endpoint::{
    register, CounterVec, Opts, PrometheusError, Registry, F64, U64,
};

/// Counters by account; nothing where nobody looks.
#[derive(Clone)]
pub(crate) struct Metrics(Option<Counters>);

#[derive(Clone)]
struct Counters {
    sent: CounterVec<U64>,
    failed: CounterVec<U64>,
    fees: CounterVec<F64>,
}

impl Metrics {
    /// Errors: a name that is taken.
    pub fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
        let Some(registry) = registry else {
            return Ok(Self(None));
        };
        let opts = |name: &str, help: &str| Opts::new(name, help);
        let sent = opts(
            "bcai_transactions_sent_total",
            "Transactions of this node's accounts that the pool took",
        );
        let failed = opts(
            "bcai_transactions_failed_total",
            "Those of them that are in a final block with a call that failed",
        );
        let fees = opts(
            "bcai_transaction_fees_total",
            "Fees paid for them in final blocks, in the token's smallest unit",
        );
        Ok(Self(Some(Counters {
            sent: register(CounterVec::new(sent, &["account"])?, registry)?,
            failed: register(CounterVec::new(failed, &["account"])?, registry)?,
            fees: register(CounterVec::new(fees, &["account"])?, registry)?,
        })))
    }

    pub fn sent(&self, account: &AccountId) {
        if let Some(counters) = &self.0 {
            counters
                .sent
                .with_label_values(&[&account.to_ss58check()])
                .inc();
        }
    }

    pub fn settled(&self, account: &AccountId, included: &Included) {
        let Some(counters) = &self.0 else { return };
        let account = account.to_ss58check();
        if included.error().is_some() {
            counters.failed.with_label_values(&[&account]).inc();
        }
        counters
            .fees
            .with_label_values(&[&account])
            .inc_by(included.fee() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    #[test]
    fn failures_and_fees_are_counted_by_account() {
        let registry = Registry::new();
        let metrics = Metrics::new(Some(&registry)).unwrap();
        let account = AccountId::new([1; 32]);
        let included = |error: Option<&str>| Included {
            block: Default::default(),
            number: 1,
            outcome: Some(Outcome {
                fee: 5,
                error: error.map(Into::into),
            }),
        };
        metrics.sent(&account);
        metrics.settled(&account, &included(None));
        metrics.settled(&account, &included(Some("Pouw(UnknownTask)")));
        let shown: Vec<(String, f64)> = registry
            .gather()
            .iter()
            .map(|family| {
                let value = family.get_metric()[0].get_counter().get_value();
                (family.get_name().to_string(), value)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("bcai_transaction_fees_total".into(), 10.0),
                ("bcai_transactions_failed_total".into(), 1.0),
                ("bcai_transactions_sent_total".into(), 1.0),
            ]
        );
    }
}
