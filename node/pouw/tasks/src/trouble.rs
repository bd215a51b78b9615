//! What goes wrong now, for a role's log and status.

use serde::Serialize;
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

/// An error that isn't over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastError {
    /// One line for a person.
    pub text: String,
    /// The best block when it was first seen.
    pub block: u32,
    /// The time of that, in milliseconds since 1970.
    pub time: u64,
}

/// The errors that aren't over, one for each cause.
pub struct Troubles<C> {
    log_target: &'static str,
    open: BTreeMap<C, (u64, LastError)>,
    /// How many were told.
    told: u64,
}

impl<C: Ord> Troubles<C> {
    /// None yet; `log_target` is where they are logged.
    pub fn new(log_target: &'static str) -> Self {
        Self {
            log_target,
            open: BTreeMap::new(),
            told: 0,
        }
    }

    /// Notes an error seen at block `now`, and logs it unless it is the one that this cause had before.
    pub fn report(&mut self, cause: C, now: u32, text: String) {
        let is_known = |(_, known): &(u64, LastError)| known.text == text;
        if self.open.get(&cause).is_some_and(is_known) {
            return;
        }
        log::warn!(target: self.log_target, "{text}");
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = since_1970.map_or(0, |time| time.as_millis() as u64);
        self.told += 1;
        let error = LastError {
            text,
            block: now,
            time,
        };
        self.open.insert(cause, (self.told, error));
    }

    /// Is there an error of this cause?
    pub fn is_open(&self, cause: &C) -> bool {
        self.open.contains_key(cause)
    }

    /// The errors of this cause are over.
    pub fn clear(&mut self, cause: &C) {
        self.open.remove(cause);
    }

    /// The errors of all causes but those that `lasts` picks are over.
    pub fn retain(&mut self, lasts: impl Fn(&C) -> bool) {
        self.open.retain(|cause, _| lasts(cause));
    }

    /// Of those that aren't over, the one that was told last.
    pub fn last(&self) -> Option<LastError> {
        let (_, error) = self.open.values().max_by_key(|(told, _)| *told)?;
        Some(error.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_is_the_one_told_last_of_those_that_are_not_over() {
        let mut troubles = Troubles::new("test");
        let last = |troubles: &Troubles<u8>| troubles.last().map(|error| (error.text, error.block));
        assert_eq!(last(&troubles), None);
        troubles.report(2, 10, "disk".into());
        troubles.report(1, 11, "funds".into());
        // The same again is no news.
        troubles.report(2, 12, "disk".into());
        assert_eq!(last(&troubles), Some(("funds".into(), 11)));
        troubles.clear(&1);
        assert_eq!(last(&troubles), Some(("disk".into(), 10)));
        troubles.report(2, 13, "network".into());
        assert_eq!(last(&troubles), Some(("network".into(), 13)));
        assert!(troubles.last().unwrap().time > 0);
        troubles.retain(|cause| *cause != 2);
        assert_eq!(last(&troubles), None);
    }
}
