//! `dutybell people`: who is reachable how, linking accounts, leave, leaving.

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{office, say, table};
use crate::config::Loaded;
use crate::core::deadline::local_to_utc;
use crate::core::org::{Directory, Leave, Person};
use crate::gateway::{Gateway, LINK_LIFE, new_code};
use crate::store::{links, people};

/// What to do with people.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Everybody with posts, language and contact points
    List,
    /// Make a one-time code with which a person links a chat account
    Link {
        /// Full name
        name: String,
        /// Channel to link: telegram, matrix, wecom, wecom_bot, feishu, dingtalk or desk [default: the first of them in use]
        #[arg(long)]
        channel: Option<String>,
    },
    /// Cut a person's account on a channel
    Unlink {
        name: String,
        #[arg(long, default_value = "telegram")]
        channel: String,
    },
    /// A deputy stands in from one day to another
    Leave {
        name: String,
        #[arg(long)]
        deputy: String,
        /// First day or instant: 2022-10-01 or 2022-10-01T12:00
        #[arg(long)]
        from: String,
        /// Last day (its end) or instant
        #[arg(long)]
        until: String,
    },
    /// A person leaves for good: posts end, accounts are cut, history stays
    Left { name: String },
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let gateway = &office.gateway;
    let directory = gateway.directory().await?;
    match args.what {
        What::List => list(gateway, &directory).await?,
        What::Link { name, channel } => link(&loaded, gateway, find(&directory, &name)?, channel.as_deref()).await?,
        What::Unlink { name, channel } => {
            let person = find(&directory, &name)?;
            let mut tx = gateway.store.begin().await?;
            let cut = people::drop_contact(&mut tx, person.id, &channel).await?;
            links::close_sessions(&mut tx, person.id).await?;
            people::touch_directory(&mut tx).await?;
            tx.commit().await?;
            let what = if cut > 0 { "cut" } else { "was not linked" };
            say(format!("{}: account on {channel} {what}", person.name))?;
        }
        What::Leave { name, deputy, from, until } => {
            let (person, deputy) = (find(&directory, &name)?, find(&directory, &deputy)?);
            if person.id == deputy.id {
                bail!("{} cannot stand in for himself", person.name);
            }
            let zone = gateway.policy.zone;
            let leave = Leave {
                person: person.id,
                deputy: deputy.id,
                from: instant(&from, zone, false)?,
                until: instant(&until, zone, true)?,
            };
            if leave.until <= leave.from {
                bail!("--until must be after --from");
            }
            let mut tx = gateway.store.begin().await?;
            people::put_leave(&mut tx, &leave).await?;
            people::touch_directory(&mut tx).await?;
            tx.commit().await?;
            say(format!(
                "{} stands in for {} from {} to {}",
                deputy.name,
                person.name,
                leave.from.with_timezone(&zone).format("%Y-%m-%d %H:%M"),
                leave.until.with_timezone(&zone).format("%Y-%m-%d %H:%M")
            ))?;
        }
        What::Left { name } => {
            let person = find(&directory, &name)?;
            let posts = directory.posts_of_person(person.id, gateway.now());
            let alone: Vec<&str> = posts
                .iter()
                .filter(|p| directory.holders(p.id, gateway.now()) == [person.id])
                .map(|p| p.title.as_str())
                .collect();
            let mut tx = gateway.store.begin().await?;
            people::retire(&mut tx, person.id, gateway.now()).await?;
            links::close_sessions(&mut tx, person.id).await?;
            tx.commit().await?;
            say(format!("{} has left; accounts are cut", person.name))?;
            if !alone.is_empty() {
                say(format!("nobody holds {} any more: import the successor with --people", alone.join(", ")))?;
            }
        }
    }
    office.gateway.store.close().await;
    Ok(())
}

/// Exactly one person of that name, still here.
fn find<'a>(directory: &'a Directory, name: &str) -> anyhow::Result<&'a Person> {
    let found: Vec<&Person> = directory.people_named(name).into_iter().filter(|p| !p.gone).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => bail!("nobody is called {name:?}; `dutybell people list` shows all"),
        _ => bail!("{} people are called {name:?}; give one of them another spelling in the people file", found.len()),
    }
}

/// A day (its beginning or its end) or an instant of the office's wall clock.
fn instant(text: &str, zone: Tz, end: bool) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let day = if end { day.succ_opt().context("the date is out of range")? } else { day };
        return Ok(local_to_utc(zone, day.and_time(chrono::NaiveTime::MIN)));
    }
    let at: NaiveDateTime = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .with_context(|| format!("{text:?} is no date; write 2022-10-01 or 2022-10-01T12:00"))?;
    Ok(local_to_utc(zone, at))
}

async fn list(gateway: &Gateway, directory: &Directory) -> anyhow::Result<()> {
    let mut tx = gateway.store.begin().await?;
    let mut rows = Vec::new();
    for person in directory.people().into_iter().filter(|p| !p.gone) {
        let posts: Vec<String> = directory
            .posts_of_person(person.id, gateway.now())
            .iter()
            .map(|p| format!("{} {} ({})", directory.unit(p.unit).map_or("", |u| u.name.as_str()), p.title, p.role))
            .collect();
        let contacts: Vec<String> = people::contacts(&mut tx, person.id)
            .await?
            .iter()
            .map(|c| format!("{} {}{}", c.channel, c.address, if c.gone { " (dead)" } else { "" }))
            .collect();
        let reach = if contacts.is_empty() { "NOT REACHABLE".to_owned() } else { contacts.join("\n") };
        rows.push(vec![person.name.clone(), posts.join("\n"), person.locale.tag().to_owned(), reach]);
    }
    tx.rollback().await?;
    Ok(say(table(&["name", "posts", "language", "contact points"], rows))?)
}

/// Channels whose accounts are learnt from a code that is sent there.
const LINKED: [&str; 7] = ["telegram", "matrix", "wecom", "wecom_bot", "feishu", "dingtalk", "desk"];

async fn link(loaded: &Loaded, gateway: &Gateway, person: &Person, channel: Option<&str>) -> anyhow::Result<()> {
    let used: Vec<&str> = LINKED.into_iter().filter(|name| gateway.channel(name).is_some()).collect();
    let channel = match channel {
        None => used.first().copied().context("no channel is in use whose accounts are linked by a code")?,
        Some(name) if used.contains(&name) => name,
        Some(name) if LINKED.contains(&name) => bail!("{name} is not in use; in use are {}", used.join(", ")),
        Some(_) => bail!("--channel is one of {}; mail addresses come from the people file", LINKED.join(", ")),
    };
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    let code = new_code(&random, false);
    gateway.issue_link(person.id, channel, &code).await?;
    say(format!(
        "{} links his {channel} account with this code, once, within {} minutes:",
        person.name,
        LINK_LIFE.num_minutes()
    ))?;
    say(format!("\n    {code}\n"))?;
    let plain = code.replace('-', "");
    let bot = loaded.config.telegram.as_ref().and_then(|t| t.bot_username.clone());
    match (channel, bot, &loaded.config.web.public_url) {
        ("telegram", Some(bot), _) => say(format!("or opens https://t.me/{bot}?start={plain}"))?,
        ("telegram", None, _) => say("he sends it to the bot; with [telegram] bot_username set, a link is shown here")?,
        ("matrix", _, _) => {
            let account = loaded.config.matrix.as_ref().map_or("the office's account", |m| m.user_id.as_str());
            say(format!("he opens a chat with {account}, without encryption, and sends it there"))?;
        }
        ("wecom" | "feishu" | "dingtalk", _, _) => say("he opens the office's app in his client and sends it there")?,
        ("wecom_bot", _, _) => say("he opens the bot in WeCom and sends it there")?,
        (_, _, Some(url)) => say(format!("or opens {}/desk?code={plain}", url.trim_end_matches('/')))?,
        _ => say(format!("he opens http://{}/desk?code={plain}", loaded.config.web.listen))?,
    }
    Ok(say("hand it over personally: whoever uses it first speaks for this person")?)
}
