//! From file, environment and secret files to a [`Config`], with errors that name the place.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, safety};
use crate::channel::registry::REGISTRY;

/// Prefix of the variables that override values.
const PREFIX: &str = "DUTYBELL_";
/// Variables of other meaning.
const OTHERS: [&str; 2] = ["DUTYBELL_CONFIG", "DUTYBELL_SEEDS"];
/// Sections besides those of the channels.
const SECTIONS: [&str; 9] = ["office", "database", "web", "source", "assistant", "audit", "watchdog", "canary", "log"];

/// All sections.
fn sections() -> impl Iterator<Item = &'static str> {
    SECTIONS.into_iter().chain(REGISTRY.iter().map(|c| c.name))
}

/// Keys whose value is secret; each may come from a file named by the key with `_file`.
const SECRETS: [&str; 16] = [
    "token",
    "access_token",
    "webhook_secret",
    "secret",
    "hook_url",
    "password",
    "url",
    "token_secret",
    "private_key",
    "app_secret",
    "callback_token",
    "aes_key",
    "encrypt_key",
    "verification_token",
    "client_secret",
    "heartbeat_url",
];
/// Tables whose keys are somebody else's words and not ours.
const FOREIGN: [&str; 3] = ["headers", "fields", "columns"];
/// Keys with paths, which count from the file's folder.
const PATHS: [&str; 11] = [
    "path",
    "folder",
    "people",
    "calendars",
    "templates",
    "words",
    "dir",
    "ca_file",
    "policy",
    "heads_file",
    "heartbeat_file",
];
const LISTS: [&str; 4] = ["calendars", "allow_channels", "people", "words"];
const MASK: &str = "***";

/// Why a configuration cannot be used. No text contains a secret.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// File and line, or the variable.
    pub place: String,
    pub problem: String,
}

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// `None`: no file, everything as built in.
    pub file: Option<PathBuf>,
    /// Variables that override values.
    pub overrides: Vec<String>,
    /// What should be mended but does not keep the program from running.
    pub warnings: Vec<String>,
    /// The effective values as TOML, secrets masked.
    pub shown: String,
}

/// Reads a configuration. `env`: the process's environment.
///
/// # Errors
/// [`ConfigError`] for an unreadable file, an unknown key (with the nearest known one), a wrong type, or
/// an unreadable secret file.
pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Loaded, ConfigError> {
    let text = match file {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|e| ConfigError {
            place: path.display().to_string(),
            problem: format!("cannot be read: {e}; `dutybell init` writes one to start from"),
        })?,
    };
    let place = file.map_or("configuration".to_owned(), |f| f.display().to_string());
    let mut table: Table = toml::from_str(&text).map_err(|e: toml::de::Error| ConfigError {
        place: format!("{place}{}", line_of(&text, e.span().map(|s| s.start))),
        problem: e.message().to_owned(),
    })?;
    let overrides = apply_env(&mut table, env)?;
    let base = file.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let mut warnings = Vec::new();
    known_sections(&table, &text, &place, &overrides)?;
    read_secret_files(&mut table, &base, &place, &mut warnings)?;
    safety::check_secrets(&table).map_err(|problem| ConfigError { place: place.clone(), problem })?;
    resolve_paths(&mut table, &base);
    let config = typed_sections(table.clone()).map_err(|e| explained(&e, &text, &place, &overrides))?;
    check(&config, &place)?;
    warnings.extend(safety::warnings(&config.web));
    mask(&mut table);
    let shown = toml::to_string(&table).unwrap_or_default();
    Ok(Loaded { config, file: file.map(Path::to_owned), overrides, warnings, shown })
}

fn line_of(text: &str, at: Option<usize>) -> String {
    at.map_or(String::new(), |at| {
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        format!(":{line}")
    })
}

/// Each channel reads its own section; the rest is ours.
fn typed_sections(mut table: Table) -> Result<Config, toml::de::Error> {
    let mut sections = Vec::new();
    for channel in REGISTRY {
        sections.extend((channel.read)(table.remove(channel.name))?.map(|section| (channel.name, section)));
    }
    Ok(Config { sections, ..Config::deserialize(table)? })
}

/// A section that nobody knows is named before what is missing in the others, which is often what it meant.
fn known_sections(table: &Table, text: &str, place: &str, overrides: &[String]) -> Result<(), ConfigError> {
    let Some(name) = table.keys().find(|name| sections().all(|known| known != name.as_str())) else { return Ok(()) };
    let near = sections().min_by_key(|known| distance(name, known)).filter(|known| distance(name, known) < 4);
    let suggestion = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let variable = overrides.iter().find(|v| v.to_ascii_lowercase().starts_with(&format!("dutybell_{name}__")));
    let line = text.lines().position(|line| {
        let line = line.trim_start().trim_start_matches('[').trim_start();
        line.strip_prefix(name.as_str()).is_some_and(|rest| rest.trim_start().starts_with([']', '.', '=']))
    });
    let place = match (variable, line) {
        (_, Some(line)) => format!("{place}:{}", line + 1),
        (Some(variable), None) => variable.clone(),
        (None, None) => place.to_owned(),
    };
    let problem =
        format!("unknown section [{name}]{suggestion}; known are {}", sections().collect::<Vec<_>>().join(", "));
    Err(ConfigError { place, problem })
}

/// `DUTYBELL_MAIL__FROM=…` sets `from` in `[mail]`.
fn apply_env(table: &mut Table, env: impl Iterator<Item = (String, String)>) -> Result<Vec<String>, ConfigError> {
    let mut names = Vec::new();
    for (name, value) in env {
        let Some(rest) = name.strip_prefix(PREFIX).filter(|_| !OTHERS.contains(&name.as_str())) else { continue };
        let path: Vec<String> = rest.to_ascii_lowercase().split("__").map(str::to_owned).collect();
        let (Some(key), true) = (path.last(), path.len() >= 2) else {
            let begins = |s: &&str| rest.to_ascii_lowercase().starts_with(&format!("{s}_"));
            let problem = match sections().filter(begins).max_by_key(|s| s.len()) {
                Some(section) => format!(
                    "is not known; between section and key stand two underscores: {PREFIX}{}__{}",
                    section.to_ascii_uppercase(),
                    &rest[section.len() + 1..]
                ),
                None => format!("is not known; variables look like {PREFIX}DATABASE__URL"),
            };
            return Err(ConfigError { place: name, problem });
        };
        let typed = typed(key, &value);
        let mut at = &mut *table;
        for section in &path[..path.len() - 1] {
            let entry = at.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(inner) = entry else {
                return Err(ConfigError { place: name, problem: format!("{section} is not a section") });
            };
            at = inner;
        }
        at.insert(key.clone(), typed);
        names.push(name);
    }
    names.sort();
    Ok(names)
}

fn typed(key: &str, value: &str) -> Value {
    let plain = |v: &str| v.parse::<i64>().map_or_else(|_| Value::String(v.to_owned()), Value::Integer);
    if LISTS.contains(&key) {
        return Value::Array(value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(plain).collect());
    }
    match key {
        "enabled" | "sub_address" | "routine" | "group" => {
            value.parse().map_or_else(|_| Value::String(value.to_owned()), Value::Boolean)
        }
        "port"
        | "max_connections"
        | "timeout"
        | "token_days"
        | "agent_id"
        | "max_parts"
        | "per_day"
        | "messages_per_minute" => plain(value),
        _ => Value::String(value.to_owned()),
    }
}

/// Makes relative paths count from the configuration's folder.
fn resolve_paths(table: &mut Table, base: &Path) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(_) if FOREIGN.contains(&key.as_str()) => {}
            Value::Table(inner) => resolve_paths(inner, base),
            Value::Array(list) if PATHS.contains(&key.as_str()) => list.iter_mut().for_each(|v| resolve(v, key, base)),
            Value::Array(list) => {
                list.iter_mut().filter_map(Value::as_table_mut).for_each(|inner| resolve_paths(inner, base));
            }
            other => resolve(other, key, base),
        }
    }
}

fn resolve(value: &mut Value, key: &str, base: &Path) {
    let Value::String(text) = value else { return };
    let is_pack_name = key == "policy" && !text.contains(['/', '\\']) && !text.ends_with(".toml");
    if PATHS.contains(&key) && !is_pack_name && !text.is_empty() {
        *text = base.join(&*text).display().to_string();
    }
    if key == "url"
        && let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"))
    {
        *text = format!("sqlite:{}", base.join(path).display());
    }
}

/// Replaces `token_file = "…"` by the file's content.
fn read_secret_files(
    table: &mut Table,
    base: &Path,
    place: &str,
    warnings: &mut Vec<String>,
) -> Result<(), ConfigError> {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(_) if FOREIGN.contains(&key.as_str()) => {}
            Value::Table(inner) => read_secret_files(inner, base, place, warnings)?,
            Value::Array(list) => {
                for inner in list.iter_mut().filter_map(Value::as_table_mut) {
                    read_secret_files(inner, base, place, warnings)?;
                }
            }
            _ => {}
        }
    }
    for key in SECRETS {
        let Some(Value::String(path)) = table.remove(&format!("{key}_file")) else { continue };
        let path = base.join(path);
        let secret = std::fs::read_to_string(&path).map_err(|e| ConfigError {
            place: place.to_owned(),
            problem: format!("{key}_file: {} cannot be read: {e}", path.display()),
        })?;
        if crate::files::is_open_to_others(&path) {
            warnings.push(format!("{} can be read by everybody; run: chmod 600 {0}", path.display()));
        }
        if table.insert(key.to_owned(), Value::String(secret.trim().to_owned())).is_some() {
            return Err(ConfigError {
                place: place.to_owned(),
                problem: format!("{key} and {key}_file are both given; keep one"),
            });
        }
    }
    Ok(())
}

/// Serde's message with the line of the key and the nearest known one.
fn explained(error: &toml::de::Error, text: &str, place: &str, overrides: &[String]) -> ConfigError {
    let message = error.message().trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let key = quoted.first().copied().unwrap_or_default();
    let suggestion = match message.starts_with("unknown field") {
        true => quoted[1..].iter().min_by_key(|k| distance(key, k)).map(|k| format!("; did you mean `{k}`?")),
        false => None,
    };
    let variable = overrides.iter().find(|v| v.to_ascii_lowercase().ends_with(&format!("__{key}")));
    let line = text.lines().position(|l| {
        let name = l.trim_start().trim_start_matches('[').split(['=', ']', ' ', '.']).next().unwrap_or_default();
        // In `http = { url = … }` several keys stand on one line.
        let inline = l.contains('{')
            && l.split(['{', ',']).skip(1).any(|k| k.split('=').next().unwrap_or_default().trim() == key);
        !key.is_empty() && (name == key || inline)
    });
    let place = match (variable, line) {
        (Some(variable), None) => variable.clone(),
        (_, Some(line)) => format!("{place}:{}", line + 1),
        _ => place.to_owned(),
    };
    // Values may be secrets: only the shape of the problem is told.
    let message = if message.starts_with("invalid type") || message.starts_with("invalid value") {
        let wanted = message.rsplit("expected").next().unwrap_or_default().trim();
        format!("a value has the wrong type: expected {wanted}")
    } else {
        message.to_owned()
    };
    ConfigError { place, problem: format!("{message}{}", suggestion.unwrap_or_default()) }
}

/// Edit distance (Levenshtein), for suggestions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let step = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], step);
        }
    }
    row[b.len()]
}

/// What types alone cannot say.
fn check(config: &Config, place: &str) -> Result<(), ConfigError> {
    let wrong = |problem: String| Err(ConfigError { place: place.to_owned(), problem });
    for (n, source) in config.sources.iter().enumerate() {
        if let Err(problem) = source.source() {
            return wrong(problem);
        }
        if config.sources[..n].iter().any(|s| s.name == source.name) {
            return wrong(format!("two [[source]] are named {}", source.name));
        }
    }
    if let Err(problem) = config.canary.canaries(config) {
        return wrong(problem);
    }
    for (_, section) in &config.sections {
        if let Err(problem) = section.check(config.web.public_url.as_deref()) {
            return wrong(problem);
        }
    }
    Ok(())
}

/// `postgres://user:***@host/…`; of a web address also without what follows the question mark, which may be a key.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, host) = match rest.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            (format!("{}:{MASK}@", user.split(':').next().unwrap_or_default()), host)
        }
        _ => (String::new(), rest),
    };
    let harmless = !scheme.starts_with("http") && !host.to_ascii_lowercase().contains("password");
    match host.split_once('?') {
        Some((host, _)) if !harmless => format!("{scheme}://{user}{host}?{MASK}"),
        _ => format!("{scheme}://{user}{host}"),
    }
}

fn mask(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(inner) if key == "headers" || key == "fields" => {
                inner.iter_mut().for_each(|(_, v)| *v = Value::String(MASK.to_owned()));
            }
            Value::Table(_) if key == "columns" => {}
            Value::Table(inner) => mask(inner),
            Value::Array(list) => list.iter_mut().filter_map(Value::as_table_mut).for_each(mask),
            Value::String(url) if key == "url" => *url = without_password(url),
            other if SECRETS.contains(&key.as_str()) => *other = Value::String(MASK.to_owned()),
            _ => {}
        }
    }
}
