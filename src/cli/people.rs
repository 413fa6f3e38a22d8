//! `dutybell people`: the register of people, and linking their accounts. What is done stands in `app::people`.

mod keep;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::import::language;
use super::{office, operator, say, table};
use crate::app::people::{self, Register, post_name};
use crate::app::{self, Gateway};
use crate::config::Loaded;
use crate::core::deadline::local_to_utc;
use crate::core::org::PersonId;

/// What to do with people. Everywhere a person is named by name, unit/name, telephone, chat or mail address, or the number
/// in the list.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Everybody with number, posts, language and contact points
    List,
    /// Make a one-time code with which a person links a chat account
    Link {
        /// Name, unit/name, telephone, address, or number of the list
        person: String,
        /// Channel to link: one of `dutybell channel list` whose accounts are people's own [default: the first of them in use]
        #[arg(long)]
        channel: Option<String>,
    },
    /// Cut a person's account on a channel; unused codes for it die
    Unlink {
        person: String,
        /// Which one, where they have several
        #[arg(long)]
        channel: Option<String>,
    },
    /// Who has no working chat account, by channel, and who cannot be reached at all
    Unlinked,
    /// Write the register as a file that can be edited and imported again
    Export { file: PathBuf },
    /// Two entries are one person: everything of the first becomes the second's
    Merge {
        /// The entry that goes
        from: String,
        /// The entry that stays
        into: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// One entry is two people: what is named becomes a new person's
    Split(keep::SplitArgs),
    /// Correct a name
    Rename { person: String, name: String },
    /// Posts
    Post {
        #[command(subcommand)]
        what: PostWhat,
    },
    /// Absences with a deputy who hears and answers meanwhile
    Absence {
        #[command(subcommand)]
        what: keep::AbsenceWhat,
    },
    /// Open items of one person become another's
    Handover {
        /// Whose they are; somebody who left, too
        from: String,
        to: String,
        /// Only items of this unit and what is below it
        #[arg(long)]
        unit: Option<String>,
        /// Show what would move, move nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Somebody leaves for good: posts end, accounts are cut, items go to the successor; history stays
    Offboard {
        person: String,
        /// Who takes their items over [default: who holds the post by which each came]
        #[arg(long, conflicts_with = "undo")]
        successor: Option<String>,
        /// Take a wrong one back
        #[arg(long)]
        undo: bool,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    #[command(hide = true)]
    Leave {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    #[command(hide = true)]
    Left {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

#[derive(clap::Subcommand)]
enum PostWhat {
    /// A person's post ends; who takes it takes the items that came by it
    End {
        person: String,
        /// Title, or unit and title
        post: String,
        /// The last day in it [default: now]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Leave { rest } => {
            bail!("`people leave` is now `dutybell people absence add {}`; nothing was changed", rest.join(" "))
        }
        What::Left { rest } => {
            bail!("`people left` is now `dutybell people offboard {}`; nothing was changed", rest.join(" "))
        }
        _ => {}
    }
    let office = office::open(&loaded).await?;
    let gateway = &office.gateway;
    let register = Register::read(gateway).await?;
    let done = one(&loaded, gateway, &register, args.what).await;
    app::close(gateway).await;
    done
}

async fn one(loaded: &Loaded, gateway: &Gateway, register: &Register, what: What) -> anyhow::Result<()> {
    match what {
        What::List => list(gateway, register),
        What::Link { person, channel } => {
            link(loaded, gateway, register, register.find(&person)?, channel.as_deref()).await
        }
        What::Unlink { person, channel } => unlink(gateway, register, register.find(&person)?, channel).await,
        What::Unlinked => keep::unlinked(gateway, register),
        What::Export { file } => keep::export(gateway, &file).await,
        What::Merge { from, into, yes } => keep::merge(gateway, register, &from, &into, yes).await,
        What::Split(args) => keep::split(gateway, register, args).await,
        What::Rename { person, name } => keep::rename(gateway, register, &person, &name).await,
        What::Post { what: PostWhat::End { person, post, on } } => {
            keep::end_post(gateway, register, &person, &post, on).await
        }
        What::Absence { what } => keep::absence(gateway, register, what).await,
        What::Handover { from, to, unit, dry_run } => {
            keep::handover(gateway, register, &from, &to, unit.as_deref(), dry_run).await
        }
        What::Offboard { person, undo: true, yes, .. } => keep::take_back(gateway, register, &person, yes).await,
        What::Offboard { person, successor, yes, .. } => {
            keep::offboard(gateway, register, &person, successor.as_deref(), yes).await
        }
        // Refused before anything was opened.
        What::Leave { .. } | What::Left { .. } => Ok(()),
    }
}

/// Whether what was shown is to be done: said with --yes, or typed at a terminal. A script that said neither fails.
fn confirmed(yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        bail!("nothing was changed; repeat with --yes to do it");
    }
    let mut out = std::io::stdout().lock();
    write!(out, "do it? yes/no: ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    let sure = matches!(answer.as_str(), "y" | "yes" | "是" | "好");
    if !sure {
        say("nothing was changed")?;
    }
    Ok(sure)
}

/// A day (its beginning or its end) or an instant of the office's wall clock.
fn instant(text: &str, zone: Tz, end: bool) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return if end { end_of(day, zone) } else { Ok(local_to_utc(zone, day.and_time(chrono::NaiveTime::MIN))) };
    }
    let at: NaiveDateTime = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .with_context(|| format!("{text:?} is no date; write 2022-10-01 or 2022-10-01T12:00"))?;
    Ok(local_to_utc(zone, at))
}

/// The end of a day on the office's wall clock.
fn end_of(day: NaiveDate, zone: Tz) -> anyhow::Result<DateTime<Utc>> {
    let next = day.succ_opt().context("the date is out of range")?;
    Ok(local_to_utc(zone, next.and_time(chrono::NaiveTime::MIN)))
}

fn list(gateway: &Gateway, register: &Register) -> anyhow::Result<()> {
    let directory = &register.directory;
    let mut rows = Vec::new();
    for person in directory.people() {
        let posts: Vec<String> = directory
            .posts_of_person(person.id, gateway.now())
            .iter()
            .map(|p| format!("{} ({})", post_name(directory, p.id), p.role))
            .collect();
        let contacts: Vec<String> = register
            .contacts
            .get(&person.id)
            .into_iter()
            .flatten()
            .map(|c| format!("{} {}{}", c.channel, c.address, if c.gone { " (dead)" } else { "" }))
            .collect();
        let reach = if contacts.is_empty() { "NOT REACHABLE".to_owned() } else { contacts.join("\n") };
        let phone = person.phone.clone();
        let number = person.id.0.to_string();
        rows.push(vec![number, person.name.clone(), posts.join("\n"), phone, person.locale.tag().to_owned(), reach]);
    }
    Ok(say(table(&["no.", "name", "posts", "phone", "language", "contact points"], rows))?)
}

async fn unlink(
    gateway: &Gateway,
    register: &Register,
    person: PersonId,
    channel: Option<String>,
) -> anyhow::Result<()> {
    let channel = people::unlink(gateway, &operator(language(None)), register, person, channel.as_deref()).await?;
    let name = register.name(person);
    Ok(say(format!("{name}: account on {channel} cut"))?)
}

async fn link(
    loaded: &Loaded,
    gateway: &Gateway,
    register: &Register,
    person: PersonId,
    channel: Option<&str>,
) -> anyhow::Result<()> {
    let people::Code { channel, code, minutes } = people::link(gateway, person, channel).await?;
    let name = register.name(person);
    say(format!("{name} links their {channel} account with this code, once, within {minutes} minutes:"))?;
    say(format!("\n    {code}\n"))?;
    let plain = code.replace('-', "");
    if let Some(section) = loaded.config.section(&channel) {
        let web = &loaded.config.web;
        say(section.way_in(&plain, web.public_url.as_deref(), web.listen))?;
    }
    Ok(say("hand it over personally: whoever uses it first speaks for this person")?)
}
