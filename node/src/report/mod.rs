//! What a person reads when something ends that shouldn't: one line that names the cause.

mod error;
mod panic;

pub use error::{one_line, usage_line, STOP_REASON};
pub use panic::install as install_panic_hook;
