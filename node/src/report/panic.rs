//! Panics that have a better answer than the SDK's, which ends the process with a backtrace and asks for a bug report.

use crate::startup::json_log;
use std::{
    any::Any,
    panic::{self, PanicHookInfo},
    process, thread,
};

/// How the SDK reports a database that can't write, which it does with a panic.
const DATABASE_FAILURE: &str = "Critical database error:";

#[derive(PartialEq, Eq, Debug)]
enum Answer {
    /// A role failed: one line in the log, the node goes on.
    Contain,
    /// The disk failed: one line for the operator, and the end.
    StopForDisk,
    /// A bug in the node: the SDK's handler, which ends the process.
    Bug,
}

/// Puts the answers of this module before the SDK's handler. To be called after the SDK has set it.
pub fn install() {
    let bug_handler = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let reason = reason(info.payload());
        match answer(thread::current().name(), reason) {
            Answer::Contain => {
                log::error!(target: "roles", "a thread of a role failed{}: {reason}", place(info));
            }
            Answer::StopForDisk => {
                super::last_line(&format!(
                    "the database cannot write, is the disk full? {reason}"
                ));
                process::exit(1);
            }
            Answer::Bug => {
                if json_log::is_started() {
                    log::error!(target: "panic", "{reason}{}", place(info));
                }
                bug_handler(info);
            }
        }
    }));
}

fn answer(thread: Option<&str>, reason: &str) -> Answer {
    if reason.starts_with(DATABASE_FAILURE) {
        Answer::StopForDisk
    } else if thread.is_some_and(bcai_roles::is_role_thread) {
        Answer::Contain
    } else {
        Answer::Bug
    }
}

fn reason(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

fn place(info: &PanicHookInfo) -> String {
    info.location()
        .map(|location| format!(" at {location}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_threads_of_roles_may_fail_alone() {
        assert_eq!(answer(Some("role-worker"), "x"), Answer::Contain);
        for name in [Some("tokio-runtime-worker"), Some("main"), None] {
            assert_eq!(answer(name, "x"), Answer::Bug, "{name:?}");
        }
    }

    #[test]
    fn a_database_that_cannot_write_stops_the_node_with_one_line() {
        let reason = "Critical database error: Io(StorageFull)";
        assert_eq!(answer(None, reason), Answer::StopForDisk);
        assert_eq!(answer(Some("role-worker"), reason), Answer::StopForDisk);
    }

    #[test]
    fn the_reason_is_read_from_both_kinds_of_payload() {
        assert_eq!(reason(&"text"), "text");
        assert_eq!(reason(&String::from("text")), "text");
        assert_eq!(reason(&7), "no reason given");
    }
}
