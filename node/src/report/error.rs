//! What a person reads when the node can't go on: one line that names the cause.

use crate::chain_spec;
use std::{error::Error as StdError, sync::OnceLock};

/// Why a task of this node ended that the node can't run without; for the last line on stderr.
pub static STOP_REASON: OnceLock<String> = OnceLock::new();

/// What the SDK says when one of the tasks ended that the node can't run without; the task has logged why.
const ESSENTIAL_TASK_FAILED: &str = "Essential task failed.";

/// What the database says when another process has it open.
const DATABASE_IN_USE: &str = "Database file is in use";

/// The line for an error of the node or of one of its commands.
pub fn one_line(error: &sc_cli::Error) -> String {
    use sc_cli::Error as Cli;
    use sc_service::Error as Service;
    match error {
        Cli::NetworkKeyNotFound(path) => format!(
            "a validator needs a network key, and there is none at {}; make one with `bcai-node key \
             generate-node-key` and the same --base-path and --chain, or allow the node to make one \
             with --unsafe-force-node-key-generation",
            path.display()
        ),
        Cli::Input(reason) => squeeze(reason),
        Cli::Service(Service::Other(reason)) if reason == ESSENTIAL_TASK_FAILED => {
            let reason = STOP_REASON.get().cloned();
            reason.unwrap_or_else(|| "the node had to stop; the last lines of its log say why".into())
        }
        // The SDK puts a word in front of what comes from elsewhere, which helps nobody.
        Cli::Service(Service::Other(reason)) => squeeze(reason),
        Cli::Service(Service::Application(inner)) => squeeze(&chain_of_causes(&**inner)),
        other => {
            let text = squeeze(&chain_of_causes(other));
            if text.contains(DATABASE_IN_USE) {
                return "another process uses the database of this --base-path and --chain".into();
            }
            text
        }
    }
}

/// The line for a command line that clap refused.
pub fn usage_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    // Clap puts the cause before the first empty line; tips and usage come behind it.
    let cause = text.split("\n\n").next().unwrap_or(&text);
    let cause = cause.strip_prefix("error: ").unwrap_or(cause);
    format!("{} (see --help)", squeeze(cause))
}

/// The error and its causes, leaving out what an outer message already says.
fn chain_of_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

/// One line, without what the SDK adds to a panic of the runtime (its place in the code, the backtrace) and to a
/// genesis that can't be read (all of it).
fn squeeze(text: &str) -> String {
    let text = text.split("WASM backtrace:").next().unwrap_or(text);
    let refusal = chain_spec::refusal_of_runtime(text);
    let text = refusal.as_deref().unwrap_or(text);
    let place = text.split_once("panicked at ").and_then(|(before, panic)| {
        let (_, message) = panic.split_once(":\n")?;
        Some(format!("{before}{message}"))
    });
    let text = place.as_deref().unwrap_or(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn every_error_is_one_line() {
        let errors = [
            sc_cli::Error::Input("two\nlines".into()),
            sc_cli::Error::NetworkKeyNotFound("/x/secret_ed25519".into()),
            sc_cli::Error::Service(sc_service::Error::Other(ESSENTIAL_TASK_FAILED.into())),
        ];
        for error in &errors {
            assert_eq!(one_line(error).lines().count(), 1, "{error}");
        }
        assert_eq!(one_line(&errors[0]), "two lines");
        assert!(one_line(&errors[1]).contains("/x/secret_ed25519"));
        assert!(one_line(&errors[2]).contains("log"));
        let inner = sc_service::Error::Application("the cause".into());
        assert_eq!(one_line(&inner.into()), "the cause");
    }

    #[test]
    fn a_panic_of_the_runtime_is_its_message() {
        let panic = "wasm call error: panicked at /src/genesis.rs:22:13:\nwindow is 0\n\nWASM backtrace:\nerror 1";
        assert_eq!(squeeze(panic), "wasm call error: window is 0");
        assert_eq!(
            squeeze("unknown field `x` at line 3 column 7 for blob:\n{\n  \"a\": {\n    \"x\": 1\n  }\n}"),
            "the runtime refuses the genesis: genesis.a.x: unknown field `x`"
        );
        assert_eq!(squeeze("panicked at once"), "panicked at once");
    }

    #[test]
    fn a_bad_flag_is_named_in_one_line() {
        let error = crate::cli::Cli::try_parse_from(["bcai-node", "--no-such-flag"]).unwrap_err();
        assert_eq!(
            usage_line(&error),
            "unexpected argument '--no-such-flag' found (see --help)"
        );
    }
}
