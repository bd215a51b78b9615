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
            "Transactions of this node's accounts that are in a final block with a call that failed",
        );
        let fees = opts(
            "bcai_transaction_fees_total",
            "Fees of this node's accounts in final blocks, in the token's smallest unit",
        );
        Ok(Self(Some(Counters {
            sent: register(CounterVec::new(sent, &["account"])?, registry)?,
            failed: register(CounterVec::new(failed, &["account"])?, registry)?,
            fees: register(CounterVec::new(fees, &["account"])?, registry)?,
        })))
    }

    /// Shows the account's counters from zero on: Prometheus sees a rise only from a value that it saw before.
    pub fn show(&self, account: &AccountId) {
        let Some(counters) = &self.0 else { return };
        let account = account.to_ss58check();
        counters.sent.with_label_values(&[&account]);
        counters.failed.with_label_values(&[&account]);
        counters.fees.with_label_values(&[&account]);
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
        let shown = |fees: f64, failed: f64, sent: f64| {
            let shown: Vec<(String, f64)> = registry
                .gather()
                .iter()
                .map(|family| {
                    let value = family.get_metric()[0].get_counter().get_value();
                    (family.get_name().to_string(), value)
                })
                .collect();
            let expected = [
                ("bcai_transaction_fees_total".into(), fees),
                ("bcai_transactions_failed_total".into(), failed),
                ("bcai_transactions_sent_total".into(), sent),
            ];
            assert_eq!(shown, expected);
        };
        metrics.show(&account);
        shown(0.0, 0.0, 0.0);
        metrics.sent(&account);
        metrics.settled(&account, &included(None));
        metrics.settled(&account, &included(Some("Pouw(UnknownTask)")));
        shown(10.0, 1.0, 1.0);
    }
}
