//! Configuration: one TOML file, values overridden by the environment, secrets read from files.
//!
//! Every value has a place a message can name: the line of the file, or the variable. Relative paths
//! count from the file's own folder. Secrets never appear in errors or in what is printed.

mod load;
mod safety;
mod source;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{Duration, NaiveTime};
use serde::Deserialize;

use crate::assistant::AssistantConfig;
use crate::channel::registry::Section;
use crate::gateway::canary::{Canaries, OWN};

pub use load::{ConfigError, Loaded, load, without_password};
pub use source::SourceConfig;

/// The whole configuration; see `dutybell.example.toml` for each value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub office: OfficeConfig,
    pub database: DatabaseConfig,
    pub web: WebConfig,
    /// Sections of the channels in use, in the registry's order.
    #[serde(skip)]
    pub sections: Vec<(&'static str, Arc<dyn Section>)>,
    #[serde(rename = "source")]
    pub sources: Vec<SourceConfig>,
    pub assistant: Option<AssistantConfig>,
    pub audit: AuditConfig,
    pub watchdog: WatchdogConfig,
    pub canary: CanaryConfig,
    pub log: LogConfig,
}

impl Config {
    /// The channels that are configured, by name.
    pub fn channels(&self) -> Vec<&'static str> {
        self.sections.iter().map(|(name, _)| *name).collect()
    }

    /// The section of a channel in use.
    pub fn section(&self, channel: &str) -> Option<&dyn Section> {
        self.sections.iter().find(|(name, _)| *name == channel).map(|(_, section)| section.as_ref())
    }
}

/// Rules, calendars and words of the office.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfficeConfig {
    /// Name of a built-in pack, or path of a pack file.
    pub policy: String,
    /// Further calendars: `.ics` or `.tsv` files; the file's stem is the calendar's name.
    pub calendars: Vec<PathBuf>,
    /// Calendar in force instead of the pack's own.
    pub calendar: Option<String>,
    /// Channels that the pack switches off and this office has decided to use.
    pub allow_channels: Vec<String>,
    /// Folder with the office's own phrases (`messages/zh-CN.toml`, …).
    pub templates: Option<PathBuf>,
    /// Lists of the office's own words, for reading answers.
    pub words: Vec<PathBuf>,
}

impl Default for OfficeConfig {
    fn default() -> OfficeConfig {
        OfficeConfig {
            policy: "cn-worksafety".to_owned(),
            calendars: Vec::new(),
            calendar: None,
            allow_channels: Vec::new(),
            templates: None,
            words: Vec::new(),
        }
    }
}

/// Where everything is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://USER@HOST/DATABASE`.
    pub url: String,
    /// A gateway that has not renewed for so long what it is sending counts as dead.
    pub lease_seconds: u32,
}

impl Default for DatabaseConfig {
    fn default() -> DatabaseConfig {
        DatabaseConfig { url: "sqlite:dutybell.db".to_owned(), lease_seconds: 60 }
    }
}

/// What is kept, and where proof of it goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Days after an item's end until its personal texts are erased; `None`: never.
    pub keep_texts_days: Option<u32>,
    /// File to which the newest link of the log is appended once a day.
    pub heads_file: Option<PathBuf>,
}

/// The sign of life for others; it stops when any loop stalls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchdogConfig {
    /// File that is written with each beat.
    pub heartbeat_file: Option<PathBuf>,
    /// Address that is asked for with each beat.
    pub heartbeat_url: Option<String>,
    pub every_seconds: u64,
    /// A loop that has not done its work for so long has stalled.
    pub stalled_seconds: u64,
}

impl Default for WatchdogConfig {
    fn default() -> WatchdogConfig {
        WatchdogConfig { heartbeat_file: None, heartbeat_url: None, every_seconds: 30, stalled_seconds: 120 }
    }
}

/// The daily check of each channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanaryConfig {
    /// Local time of the office, `HH:MM`, from which on a day's check is sent.
    pub at: String,
    /// Minutes within which it must have come round.
    pub within_minutes: u32,
    /// Channel to the address that receives it; `own` for mail's own mailbox.
    pub to: BTreeMap<String, String>,
}

impl Default for CanaryConfig {
    fn default() -> CanaryConfig {
        CanaryConfig { at: "08:30".to_owned(), within_minutes: 60, to: BTreeMap::new() }
    }
}

impl CanaryConfig {
    /// What the gateway needs of it.
    ///
    /// # Errors
    /// The text names the key and the accepted form.
    pub fn canaries(&self, config: &Config) -> Result<Canaries, String> {
        let at = NaiveTime::parse_from_str(&self.at, "%H:%M")
            .map_err(|_| format!("[canary] at = {:?}: write a time of day, such as \"08:30\"", self.at))?;
        let configured = config.channels();
        for (channel, address) in &self.to {
            if !configured.contains(&channel.as_str()) {
                return Err(format!(
                    "[canary.to] {channel}: no such channel is configured ({})",
                    configured.join(", ")
                ));
            }
            let hears_itself = config.section(channel).is_some_and(Section::hears_itself);
            if address == OWN && !hears_itself {
                return Err(format!(
                    "[canary.to] {channel} = \"own\": only mail with [mail.incoming] hears itself; name an address"
                ));
            }
        }
        let within = Duration::minutes(i64::from(self.within_minutes.max(1)));
        Ok(Canaries { at, within, to: self.to.clone() })
    }
}

/// The web server: desk pages and webhooks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// Under which address people and platforms reach it, such as `https://bell.example.org`.
    pub public_url: Option<String>,
    /// Connections held at a time; fewer where the machine gives the program fewer file numbers.
    pub max_connections: usize,
    /// Address and port for figures and signs of life alone; the pages' port has no figures then.
    pub metrics_listen: Option<SocketAddr>,
}

impl Default for WebConfig {
    fn default() -> WebConfig {
        WebConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 8484)),
            public_url: None,
            max_connections: 512,
            metrics_listen: None,
        }
    }
}

/// What is logged, to standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,dutybell=debug`.
    pub level: String,
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}
