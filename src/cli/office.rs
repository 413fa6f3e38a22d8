//! From a configuration to an office: store, rules, calendars, phrases, channels, sources.

use data_encoding::HEXLOWER;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use chrono::{DateTime, Duration};
use secrecy::{ExposeSecret, SecretString};

use crate::assistant::Assistant;
use crate::channel::Channel;
use crate::channel::access::{Shared, Token};
use crate::channel::desk::Desk;
use crate::channel::registry::Around;
use crate::clock::Clock;
use crate::config::{Config, Loaded};
use crate::core::calendar::Calendar;
use crate::core::policy::Policy;
use crate::core::reply::Reader;
use crate::core::world::Calendars;
use crate::gateway::{Gateway, Keeping};
use crate::render::Phrases;
use crate::store::{Store, clockwork};

/// Packs that need no file.
const PACKS: [(&str, &str); 2] = [
    ("cn-worksafety", include_str!("../../packs/cn-worksafety.toml")),
    ("osha-abatement", include_str!("../../packs/osha-abatement.toml")),
];
/// Key of the secret in the `meta` table.
const MAIL_SECRET: &str = "mail_token_secret";
const CN: &str = include_str!("../../packs/calendars/cn.tsv");

/// A gateway with the channels that other parts need by themselves.
pub(super) struct Office {
    pub(super) gateway: Gateway,
    pub(super) desk: Option<Desk>,
}

/// Opens the office that the configuration describes.
pub(super) async fn open(loaded: &Loaded) -> anyhow::Result<Office> {
    let config = &loaded.config;
    let (policy, calendars) = rules(config)?;
    let phrases = phrases(config)?;
    let mut around = Around {
        clock: Arc::new(|| Clock::Real.now()),
        shared: None,
        lease: std::time::Duration::from_secs(config.database.lease_seconds.max(1).into()),
        site: config.web.public_url.clone(),
        secret: None,
        desk: Desk::default(),
    };
    // Built once before the database is touched: who mistyped a setting is told so, and nothing is changed.
    channels(config, &around)?;
    let sources = config.sources.iter().map(|s| s.source().map_err(anyhow::Error::msg)).collect::<Result<_, _>>()?;
    let store = Store::open(&config.database.url).await?;
    around.shared = Some(Arc::new(Tokens(store.clone())));
    around.secret = kept_secret(config, &store).await?;
    let channels = channels(config, &around)?;
    let mail_tokens = channels.iter().find_map(|c| c.tokens()).cloned();
    let desk = config.section("desk").map(|_| around.desk);
    let mut gateway = Gateway::new(store, Clock::Real, policy, calendars, phrases, channels, sources);
    gateway.words = words(config)?;
    gateway.assistant =
        config.assistant.as_ref().map(Assistant::new).transpose().map_err(anyhow::Error::msg)?.map(Arc::new);
    gateway.lease = Duration::seconds(i64::from(config.database.lease_seconds.max(1)));
    gateway.pulse.limit = std::time::Duration::from_secs(config.watchdog.stalled_seconds.max(1));
    gateway.site.clone_from(&config.web.public_url);
    gateway.mail_tokens = mail_tokens;
    gateway.keeping = Keeping {
        texts: config.audit.keep_texts_days.map(|days| Duration::days(i64::from(days))),
        heads_file: config.audit.heads_file.clone(),
    };
    gateway.canaries = config.canary.canaries(config).map_err(anyhow::Error::msg)?;
    Ok(Office { gateway, desk })
}

/// Every channel in use.
fn channels(config: &Config, around: &Around) -> anyhow::Result<Vec<Arc<dyn Channel>>> {
    config.sections.iter().map(|(_, section)| section.build(around).map_err(anyhow::Error::from_boxed)).collect()
}

/// Mail whose answers are read signs its addresses: with the configured secret, or with one that is made once and
/// kept in the database, so that all gateways share it.
async fn kept_secret(config: &Config, store: &Store) -> anyhow::Result<Option<SecretString>> {
    if !config.sections.iter().any(|(_, section)| section.wants_secret()) {
        return Ok(None);
    }
    let mut tx = store.begin().await?;
    let secret = match clockwork::meta(&mut tx, MAIL_SECRET).await? {
        Some(secret) => secret,
        None => {
            let mut random = [0_u8; 32];
            getrandom::fill(&mut random).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
            let secret = HEXLOWER.encode(&random);
            clockwork::put_meta(&mut tx, MAIL_SECRET, &secret).await?;
            secret
        }
    };
    tx.commit().await?;
    Ok(Some(secret.into()))
}

/// Access tokens in the database, for all gateways that share it. One that cannot be read or kept is fetched again.
struct Tokens(Store);

#[async_trait]
impl Shared for Tokens {
    async fn get(&self, name: &str) -> Option<Token> {
        let text = self.0.meta(&format!("access_token {name}")).await.ok()??;
        let (until, token) = text.split_once(' ')?;
        Some(Token { token: token.to_owned().into(), until: DateTime::from_timestamp(until.parse().ok()?, 0)? })
    }

    async fn put(&self, name: &str, token: &Token) {
        let text = format!("{} {}", token.until.timestamp(), token.token.expose_secret());
        let Ok(mut tx) = self.0.begin().await else { return };
        if clockwork::put_meta(&mut tx, &format!("access_token {name}"), &text).await.is_ok() {
            drop(tx.commit().await);
        }
    }
}

/// The reader with the office's own words, tried against labelled answers; `None` where it has none.
pub(super) fn words(config: &Config) -> anyhow::Result<Option<Arc<Reader>>> {
    if config.office.words.is_empty() {
        return Ok(None);
    }
    let lists: Vec<(String, String)> = config
        .office
        .words
        .iter()
        .map(|path| Ok((path.display().to_string(), read(path)?)))
        .collect::<anyhow::Result<_>>()?;
    let own: Vec<(&str, &str)> = lists.iter().map(|(name, list)| (name.as_str(), list.as_str())).collect();
    Ok(Some(Arc::new(Reader::tried(&own).map_err(anyhow::Error::msg)?)))
}

/// The policy pack in force and all calendars.
pub(super) fn rules(config: &Config) -> anyhow::Result<(Policy, Calendars)> {
    let mut policy = policy(&config.office.policy)?;
    policy.channels_off.retain(|c| !config.office.allow_channels.contains(c));
    if let Some(calendar) = &config.office.calendar {
        policy.calendar.clone_from(calendar);
    }
    let mut all = vec![Calendar::from_tsv("cn", CN)?, Calendar::weekdays("weekdays")];
    let mut names = vec!["cn".to_owned(), "weekdays".to_owned()];
    for path in &config.office.calendars {
        let name = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        let text = read(path)?;
        let calendar = match path.extension().and_then(|e| e.to_str()) {
            Some("ics") => Calendar::from_ics(&name, &text),
            Some("tsv") => Calendar::from_tsv(&name, &text),
            _ => bail!("{}: a calendar is a .ics or a .tsv file", path.display()),
        };
        let calendar = calendar.with_context(|| path.display().to_string())?;
        // A newer table, or the days of a place, of a calendar that is there already: added to it, not put in its place.
        if let Some(known) = all.iter_mut().find(|c: &&mut Calendar| c.name() == name) {
            *known = known.clone().continued_by(&calendar);
            continue;
        }
        // Days of a Chinese place alone: the country's stand below them.
        let local = calendar.is_chinese() && !calendar.has_rest("国庆");
        all.push(if local { all[0].clone().continued_by(&calendar).named(&name) } else { calendar });
        names.push(name);
    }
    if !names.contains(&policy.calendar) {
        bail!("there is no calendar {:?}; known are {}", policy.calendar, names.join(", "));
    }
    Ok((policy, Calendars::new(all)))
}

/// A pack by its name or path.
pub(super) fn policy(named: &str) -> anyhow::Result<Policy> {
    if let Some((_, text)) = PACKS.iter().find(|(name, _)| *name == named) {
        return Policy::from_toml(text).map_err(anyhow::Error::msg);
    }
    let path = Path::new(named);
    if !path.exists() {
        let known: Vec<&str> = PACKS.iter().map(|(name, _)| *name).collect();
        bail!("policy {named:?}: no such file, and the built-in packs are {}", known.join(", "));
    }
    Policy::from_toml(&read(path)?).map_err(|e| anyhow::anyhow!("{named}: {e}"))
}

pub(super) fn phrases(config: &Config) -> anyhow::Result<Phrases> {
    match &config.office.templates {
        None => Phrases::built_in(),
        Some(folder) if folder.is_dir() => Phrases::with_office(folder),
        Some(folder) => Err(format!("[office] templates: {} is not a folder", folder.display())),
    }
    .map_err(anyhow::Error::msg)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
