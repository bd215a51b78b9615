//! A log of one JSON object a line, for programs that gather logs.
//!
//! Members: `time` (UTC, RFC 3339), `level`, `target`, `message`, and `fields` where an event has others.
//! The SDK's logger has no such form and no way to put one in, so this is a logger of its own with the same filters. (The JSON
//! form of tracing-subscriber itself is a feature that would have most of the SDK compiled again, for less than this.)

use sc_cli::Error;
use serde_json::{json, Map, Value};
use std::{
    fmt::{self, Debug},
    sync::OnceLock,
};
use tracing::{field::Field, Event, Subscriber};
use tracing_log::{LogTracer, NormalizeEvent};
use tracing_subscriber::{
    filter::{EnvFilter, LevelFilter},
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
        FmtContext, FormatEvent, FormatFields,
    },
    registry::LookupSpan,
};

/// What the SDK's own logger leaves out where nobody asks for it.
const DEFAULTS: &str = "info,ws=off,yamux=off,regalloc=off,cranelift_codegen=off,cranelift_wasm=warn,hyper=warn,\
    trust_dns_proto=off,hickory_proto=off,libp2p_mdns::behaviour::iface=off,rustls::common_state=off,rustls::conn=off";

static STARTED: OnceLock<()> = OnceLock::new();

/// Whether the log has this form.
pub fn is_started() -> bool {
    STARTED.get().is_some()
}

/// Starts the log on stderr, with the filters of RUST_LOG and then those of the options.
/// Errors: a filter that is none, or a logger that was started before.
pub fn start(options: &str) -> sc_cli::Result<()> {
    let filter = filter(&std::env::var("RUST_LOG").unwrap_or_default(), options)?;
    let most = filter.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let failed =
        |error: &dyn fmt::Display| Error::Input(format!("the log can't be started: {error}"));
    LogTracer::builder()
        .with_max_level(level(most))
        .init()
        .map_err(|error| failed(&error))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .event_format(Json)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|error| failed(&error))?;
    // Some of the SDK's messages have colours where stderr is a terminal.
    console::set_colors_enabled(false);
    console::set_colors_enabled_stderr(false);
    STARTED.set(()).ok();
    Ok(())
}

fn filter(environment: &str, options: &str) -> sc_cli::Result<EnvFilter> {
    let given = [environment, options];
    let given = given.iter().flat_map(|filters| filters.split(','));
    let mut filter = EnvFilter::default();
    for directive in DEFAULTS
        .split(',')
        .chain(given.filter(|text| !text.is_empty()))
    {
        let parsed = directive.parse().map_err(|error| {
            Error::Input(format!(
                "`{directive}` is no filter of logs, as sync=debug is: {error}"
            ))
        })?;
        filter = filter.add_directive(parsed);
    }
    Ok(filter)
}

fn level(filter: LevelFilter) -> log::LevelFilter {
    filter.to_string().parse().unwrap_or(log::LevelFilter::Info)
}

struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Where it came through `log`, the event's own metadata are those of the bridge.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let mut line = json!({
            "time": time,
            "level": metadata.level().as_str(),
            "target": metadata.target(),
            "message": message,
        });
        if !fields.0.is_empty() {
            line["fields"] = fields.0.into();
        }
        writeln!(writer, "{line}")
    }
}

/// The fields of an event, but for those by which the bridge from `log` tells the metadata.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        if !field.name().starts_with("log.") {
            self.0.insert(field.name().into(), value);
        }
    }
}

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_with_its_fields() {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter("", "sync=debug").unwrap())
            .with_writer(move || writer.clone())
            .event_format(Json)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "pouw", task = 7u64, who = %"bob", late = true, "two\nlines");
            tracing::debug!(target: "sync", "seen");
            tracing::debug!(target: "pouw", "unseen");
            tracing::error!(target: "yamux", "unseen");
        });
        let written = written.0.lock().unwrap();
        let lines: Vec<Value> = std::str::from_utf8(&written)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["target"], "pouw");
        assert_eq!(lines[0]["message"], "two\nlines");
        assert_eq!(
            lines[0]["fields"],
            json!({"task": 7, "who": "bob", "late": true})
        );
        let time = lines[0]["time"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.contains('T'), "{time}");
        assert_eq!(lines[1].get("fields"), None);
    }

    #[test]
    fn the_last_filter_wins_and_a_wrong_one_is_named() {
        let filter = filter("info,sync=debug", "sync=warn").unwrap().to_string();
        assert!(filter.contains("sync=warn"), "{filter}");
        assert!(!filter.contains("sync=debug"), "{filter}");
        let reason = super::filter("", "sync=loud").unwrap_err().to_string();
        assert!(reason.contains("`sync=loud` is no filter"), "{reason}");
    }

    #[test]
    fn levels_have_the_same_names() {
        for (filter, same) in [
            (LevelFilter::OFF, log::LevelFilter::Off),
            (LevelFilter::TRACE, log::LevelFilter::Trace),
        ] {
            assert_eq!(level(filter), same);
        }
    }
}
