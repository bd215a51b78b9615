//! What is logged where nobody asks for more or less.

use sc_cli::RunCmd;

/// Two lines for each block that this node makes, beside those of its seal and its import.
const QUIET: &str = "sc_basic_authorship=warn";

/// The options with the node's own filters before the user's, which win.
pub fn with_filters(run: &RunCmd) -> RunCmd {
    let mut run = run.clone();
    let environment = std::env::var("RUST_LOG").unwrap_or_default();
    if filters_apply(&run.shared_params.log, &environment) {
        run.shared_params.log.insert(0, QUIET.into());
    }
    run
}

/// A level for everything means everything. The environment comes before the options, so it would lose.
fn filters_apply(options: &[String], environment: &str) -> bool {
    let for_all = |filter: &str| filter.parse::<log::LevelFilter>().is_ok();
    environment.is_empty() && !options.iter().flat_map(|text| text.split(',')).any(for_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_a_level_of_everything_gets_it() {
        let apply = |options: &[&str]| {
            filters_apply(
                &options.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "",
            )
        };
        assert!(apply(&[]));
        assert!(apply(&["pouw=debug", "sync=trace,babe=off"]));
        assert!(!apply(&["debug"]));
        assert!(!apply(&["sync=trace,info"]));
        assert!(!filters_apply(&[], "babe=debug"));
    }
}
