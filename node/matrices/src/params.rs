use crate::StoreLimits;
use std::{num::NonZeroU32, path::PathBuf, time::Duration};

/// Options of the store of matrices.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Matrices")]
pub struct Params {
    /// Folder of the matrices of tasks [default: `matrices` beside the chain's database].
    ///
    /// A task is mined where its A and Bt are, and its C stays on that node: matrices don't travel between nodes yet. A
    /// requester uploads to the node whose miner shall take the task, and fetches C from there.
    #[arg(long, value_name = "PATH", alias = "task-store-path")]
    pub matrices_path: Option<PathBuf>,

    /// Bytes that the folder of matrices may hold; K, M, G and T are powers of 1024.
    #[arg(long, value_name = "BYTES", default_value = "16G", value_parser = parse_bytes, alias = "task-store-max-bytes")]
    pub matrices_max_bytes: u64,

    /// Bytes of one matrix, at most; K, M, G and T are powers of 1024.
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = parse_bytes, alias = "task-store-max-blob")]
    pub matrices_max_blob: u64,

    /// Hours that a matrix stays which no task of the chain names, 1 or more; one of a task stays as long as the chain knows the task.
    #[arg(long, value_name = "HOURS", default_value = "24", value_parser = parse_hours, alias = "task-store-keep")]
    pub matrices_keep: Duration,
}

impl Params {
    /// The bounds of the store.
    pub fn limits(&self) -> StoreLimits {
        StoreLimits {
            max_blob: self.matrices_max_blob.min(self.matrices_max_bytes),
            max_total: self.matrices_max_bytes,
            ..StoreLimits::default()
        }
    }
}

fn parse_hours(text: &str) -> Result<Duration, String> {
    // A result is in the store before the chain names it.
    let hours: NonZeroU32 = text
        .parse()
        .map_err(|_| "must be a number of hours, 1 or more".to_string())?;
    Ok(Duration::from_secs(u64::from(hours.get()) * 3_600))
}

/// A number of bytes with a binary unit behind it or none; more than zero.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || "must be a number of bytes, or one with K, M, G or T behind it".to_string();
    let (digits, shift) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let shift = match unit.to_ascii_uppercase() {
                'K' => 10,
                'M' => 20,
                'G' => 30,
                'T' => 40,
                _ => return Err(wrong()),
            };
            (&text[..at], shift)
        }
        _ => (text, 0),
    };
    let bytes = digits.parse::<u64>().map_err(|_| wrong())?;
    match bytes.checked_mul(1 << shift) {
        None => Err("is more than 2^64".into()),
        Some(0) => Err("must be more than 0".into()),
        Some(bytes) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(clap::Parser)]
    struct Cli {
        #[clap(flatten)]
        params: Params,
    }

    #[test]
    fn sizes_take_binary_units() {
        assert_eq!(parse_bytes("7"), Ok(7));
        assert_eq!(parse_bytes("2K"), Ok(2048));
        assert_eq!(parse_bytes("3m"), Ok(3 << 20));
        assert_eq!(parse_bytes("1T"), Ok(1 << 40));
        for wrong in ["", "0", "G", "1X", "-1", "1.5G", "99999999999T"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_blob_is_never_allowed_to_be_larger_than_the_store() {
        let limits = Cli::parse_from(["x", "--matrices-max-bytes", "1M"])
            .params
            .limits();
        assert_eq!((limits.max_blob, limits.max_total), (1 << 20, 1 << 20));
    }

    #[test]
    fn a_matrix_is_kept_for_an_hour_at_least() {
        let keep = |hours: &str| Cli::try_parse_from(["x", "--matrices-keep", hours]);
        assert!(keep("0").is_err());
        let params = keep("2").ok().unwrap().params;
        assert_eq!(params.matrices_keep, Duration::from_secs(7_200));
    }
}
