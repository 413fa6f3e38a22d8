//! From a configuration to an office: store, rules, calendars, phrases, channels, sources.

use data_encoding::HEXLOWER;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use chrono::{DateTime, Duration};
use secrecy::ExposeSecret;

use crate::assistant::Assistant;
use crate::channel::access::{Shared, Token};
use crate::channel::desk::Desk;
use crate::channel::dingtalk::Dingtalk;
use crate::channel::feishu::Feishu;
use crate::channel::mail::Mail;
use crate::channel::matrix::Matrix;
use crate::channel::sms::Sms;
use crate::channel::telegram::{Telegram, TelegramConfig};
use crate::channel::webhook::Webhooks;
use crate::channel::wecom::WeCom;
use crate::channel::wecom_bot::WeComBot;
use crate::channel::{self, Channel};
use crate::clock::Clock;
use crate::config::{Config, Loaded, TelegramMode};
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
    pub(super) telegram: Option<Arc<Telegram>>,
}

/// Opens the office that the configuration describes.
pub(super) async fn open(loaded: &Loaded) -> anyhow::Result<Office> {
    let config = &loaded.config;
    let (policy, calendars) = rules(config)?;
    let phrases = phrases(config)?;
    let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
    let desk = config.desk.enabled.then(Desk::default);
    channels.extend(desk.clone().map(|d| Arc::new(d) as Arc<dyn Channel>));
    let clock: channel::Clock = Arc::new(|| Clock::Real.now());
    let mail = match &config.mail {
        Some(mail) => Some(Mail::new(mail.clone(), clock.clone())?),
        None => None,
    };
    let telegram = telegram(config)?;
    channels.extend(telegram.clone().map(|t| t as Arc<dyn Channel>));
    if let Some(matrix) = &config.matrix {
        channels.push(Arc::new(Matrix::new(matrix.clone())?));
    }
    if let Some(sms) = &config.sms {
        channels.push(Arc::new(Sms::new(sms.clone(), clock.clone()).map_err(anyhow::Error::msg)?));
    }
    if !config.webhooks.is_empty() {
        let hooks = Webhooks::new(&config.webhooks, clock.clone()).map_err(anyhow::Error::msg)?;
        channels.push(Arc::new(hooks));
    }
    let wecom = config.wecom.clone().map(|c| WeCom::new(c, clock.clone())).transpose().map_err(anyhow::Error::msg)?;
    let bot = config.wecom_bot.clone().map(WeComBot::new).transpose().map_err(anyhow::Error::msg)?;
    let dingtalk = config.dingtalk.clone().map(|c| Dingtalk::new(c, clock.clone())).transpose()?;
    let feishu = config.feishu.as_ref().map(|f| Feishu::new(f, clock)).transpose()?;
    let sources = config.sources.iter().map(|s| s.source().map_err(anyhow::Error::msg)).collect::<Result<_, _>>()?;
    let store = Store::open(&config.database.url).await?;
    let mail = with_tokens(mail, config, &store).await?.map(|m| m.with_site(config.web.public_url.clone()));
    let mail_tokens = mail.as_ref().and_then(Mail::tokens).cloned();
    let tokens: Arc<dyn Shared> = Arc::new(Tokens(store.clone()));
    channels.extend(wecom.map(|w| Arc::new(w.with_shared(tokens.clone())) as Arc<dyn Channel>));
    let lease = std::time::Duration::from_secs(config.database.lease_seconds.max(1).into());
    channels.extend(bot.map(|b| Arc::new(b.with_lease(lease)) as Arc<dyn Channel>));
    let dingtalk = dingtalk.map(|d| d.with_shared(tokens.clone()).with_lease(lease));
    channels.extend(dingtalk.map(|d| Arc::new(d) as Arc<dyn Channel>));
    channels.extend(feishu.map(|f| Arc::new(f.with_shared(tokens.clone())) as Arc<dyn Channel>));
    channels.extend(mail.map(|m| Arc::new(m) as Arc<dyn Channel>));
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
    Ok(Office { gateway, desk, telegram })
}

/// Mail whose answers are read signs its addresses: with the configured secret, or with one that is made once and
/// kept in the database, so that all gateways share it.
async fn with_tokens(mail: Option<Mail>, config: &Config, store: &Store) -> anyhow::Result<Option<Mail>> {
    let Some(mail) = mail else { return Ok(None) };
    let reads = config.mail.as_ref().is_some_and(|m| m.incoming.is_some());
    if !reads || mail.tokens().is_some() {
        return Ok(Some(mail));
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
    Ok(Some(mail.with_secret(secret.into())))
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

fn telegram(config: &Config) -> anyhow::Result<Option<Arc<Telegram>>> {
    let Some(settings) = &config.telegram else { return Ok(None) };
    let telegram = Telegram::new(TelegramConfig {
        token: settings.token.clone(),
        api_url: settings.api_url.clone(),
        bot_username: settings.bot_username.clone(),
    })?;
    // That a webhook has a secret was checked with the configuration.
    let secret = settings.webhook_secret.clone().filter(|_| settings.mode == TelegramMode::Webhook);
    Ok(Some(Arc::new(match secret {
        Some(secret) => telegram.with_webhook(secret),
        None => telegram,
    })))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
