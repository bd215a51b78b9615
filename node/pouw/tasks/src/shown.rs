//! Errors as a status shows them: whoever may call the safe RPC methods reads them.

use bcai_task_store::StoreError;

/// The error without the paths of this machine.
pub(crate) fn store_error(error: &StoreError) -> String {
    match error {
        StoreError::DiskFull(_) => "the disk of the task store is full".into(),
        StoreError::Locked(_) => "the task store is in use by another process".into(),
        StoreError::Io { source, .. } => format!("the task store failed: {source}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{challenger::CheckError, worker::JobError};
    use std::io;

    fn errors() -> [StoreError; 3] {
        let path = || "/home/miner/tasks".into();
        [
            StoreError::DiskFull(path()),
            StoreError::Locked(path()),
            StoreError::Io {
                path: path(),
                source: io::Error::other("no such device"),
            },
        ]
    }

    #[test]
    fn no_path_of_this_machine_is_shown() {
        for error in errors() {
            assert!(error.to_string().contains("/home"));
            assert!(!store_error(&error).contains('/'), "{error}");
        }
        for error in errors() {
            assert!(!JobError::from(error).to_string().contains('/'));
        }
        for error in errors() {
            assert!(!CheckError::from(error).to_string().contains('/'));
        }
    }

    #[test]
    fn the_cause_is_shown() {
        let [_, _, io] = errors();
        assert!(store_error(&io).contains("no such device"));
        let missing = StoreError::NotFound([7; 32]);
        assert_eq!(store_error(&missing), missing.to_string());
    }
}
