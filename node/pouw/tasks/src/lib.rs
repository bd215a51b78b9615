#![doc = include_str!("../README.md")]

pub mod birth;
pub mod chain;
pub mod outbox;
pub mod sample;
pub mod scan;
pub mod stored;
pub mod trouble;
