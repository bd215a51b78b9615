//! What a person reads when something ends that shouldn't: one line that names the cause.

mod error;
mod panic;

use crate::startup::json_log;

pub use error::{one_line, usage_line, STOP_REASON};
pub use panic::install as install_panic_hook;

/// Tells on stderr why the process ends, in the form of its log.
pub fn last_line(reason: &str) {
    match json_log::is_started() {
        true => log::error!("{reason}"),
        false => eprintln!("error: {reason}"),
    }
}
