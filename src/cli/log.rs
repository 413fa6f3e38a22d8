//! The log, on standard error: colours only for a terminal, and no line a thousand times.
//!
//! What goes wrong goes wrong for every message and every page: a full disk would fill the log's disk, too. Of one
//! kind of trouble so many lines are written in a minute; how many were left out is said.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context as LayerContext, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::clock::{Since, pause};
use crate::config::{LogConfig, LogFormat};

/// Lines of one kind in [`WINDOW`].
const MOST: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// How many lines of each kind were written lately.
#[derive(Clone, Default)]
pub(super) struct Sparing(Arc<Mutex<HashMap<Identifier, Kind>>>);

struct Kind {
    since: Since,
    written: u32,
    left_out: u32,
    place: String,
}

impl Sparing {
    /// Whether a line of this kind is written.
    fn takes(&self, kind: &'static Metadata<'static>) -> bool {
        if *kind.level() > Level::WARN {
            return true;
        }
        // What is counted is whole at every moment, also after a panic elsewhere.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = || format!("{}:{}", kind.file().unwrap_or("?"), kind.line().unwrap_or(0));
        let new = || Kind { since: Since::now(), written: 0, left_out: 0, place: place() };
        let seen = all.entry(kind.callsite()).or_insert_with(new);
        if seen.since.elapsed() >= WINDOW {
            seen.since = Since::now();
            seen.written = 0;
        }
        if seen.written >= MOST {
            seen.left_out += 1;
            return false;
        }
        seen.written += 1;
        true
    }

    /// Says now and then what was left out, until `stop`.
    pub(super) async fn tell(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = pause(WINDOW) => {}
            }
            let left_out: Vec<(String, u32)> = {
                let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let some = all.values_mut().filter(|k| k.left_out > 0);
                some.map(|k| (k.place.clone(), std::mem::take(&mut k.left_out))).collect()
            };
            for (place, lines) in left_out {
                tracing::info!(place, lines, "more lines of this kind were left out");
            }
        }
    }
}

impl<S> Filter<S> for Sparing {
    fn enabled(&self, _: &Metadata<'_>, _: &LayerContext<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &LayerContext<'_, S>) -> bool {
        self.takes(event.metadata())
    }
}

/// Sets the log up for the whole process.
///
/// # Errors
/// For a level that does not read.
pub(super) fn to_stderr(log: &LogConfig) -> anyhow::Result<Sparing> {
    use tracing_subscriber::filter::FilterExt;
    let filter = EnvFilter::try_new(&log.level)
        .with_context(|| format!("[log] level = {:?}: write error, warn, info, debug or a filter", log.level))?
        // At "trace" this crate tells every command, and with it the password of the mailbox.
        .add_directive("async_imap=off".parse()?);
    let sparing = Sparing::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let done = tracing_subscriber::registry().with(lines.with_filter(filter.and(sparing.clone()))).try_init();
    done.map_err(|e| anyhow::anyhow!("logging cannot be set up: {e}"))?;
    Ok(sparing)
}
