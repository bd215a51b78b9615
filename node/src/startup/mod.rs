//! What is looked at before and while a node starts, so that what is wrong with it is one line that says how to mend it.

pub mod authority;
pub mod database;
mod identify;
pub mod json_log;
pub mod key;
pub mod key_check;
pub mod logging;
pub mod peers;
pub mod preflight;
pub mod sync;
