//! Keeping the register: what each command shows, asks and says.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};

use super::{confirmed, end_of, instant};
use crate::app::Gateway;
use crate::app::people::{self, Absence, Moved, Register, SplitWhat};
use crate::cli::import::language;
use crate::cli::{operator, say, table};
use crate::core::item::Item;
use crate::core::org::PersonId;
use crate::core::owners::name_of;

/// What of an entry is another person's.
#[derive(clap::Args)]
pub(super) struct SplitArgs {
    /// The entry that is two people
    person: String,
    /// Name of the new person
    #[arg(long)]
    name: String,
    /// An address of the new person: ADDRESS or CHANNEL:ADDRESS; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    contact: Vec<String>,
    /// A post of the new person; may be given several times
    #[arg(long, value_name = "TITLE")]
    post: Vec<String>,
    /// Code of an item of the new person; may be given several times
    #[arg(long, value_name = "CODE")]
    item: Vec<String>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

#[derive(clap::Subcommand)]
pub(super) enum AbsenceWhat {
    /// Absences that are not over
    List { person: Option<String> },
    /// A deputy stands in from one day to another; an absence that this one overlaps ends where this one begins
    Add {
        person: String,
        #[arg(long)]
        deputy: String,
        /// First day or instant: 2022-10-01 or 2022-10-01T12:00
        #[arg(long)]
        from: String,
        /// Last day (its end) or instant
        #[arg(long)]
        until: String,
    },
    /// An absence ends earlier, or is cancelled
    End {
        person: String,
        /// Last day of it [default: it ends now]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
        /// Which one, by its first day
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
    },
}

pub(super) fn unlinked(gateway: &Gateway, register: &Register) -> anyhow::Result<()> {
    let found = people::unlinked(gateway, register);
    let list = |people: &[PersonId]| people.iter().map(|p| register.describe(*p)).collect::<Vec<_>>().join("\n");
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (channel, people) in &found.by_channel {
        rows.push(vec![format!("no working account on {channel}"), people.len().to_string(), list(people)]);
    }
    rows.push(vec!["no chat account at all".to_owned(), found.no_chat.len().to_string(), list(&found.no_chat)]);
    rows.push(vec!["NO WAY at all".to_owned(), found.no_way.len().to_string(), list(&found.no_way)]);
    Ok(say(table(&["what", "people", "who"], rows))?)
}

pub(super) async fn export(gateway: &Gateway, file: &Path) -> anyhow::Result<()> {
    let bytes = people::export(gateway, language(None)).await?;
    // A new file only: an older export may be half edited.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    let mut made =
        made.with_context(|| format!("{} cannot be written; a file that is there is kept", file.display()))?;
    made.write_all(&bytes).with_context(|| file.display().to_string())?;
    Ok(say(format!("{} is written; edit it, then: dutybell import --people FILE --dry-run", file.display()))?)
}

pub(super) async fn rename(gateway: &Gateway, register: &Register, person: &str, name: &str) -> anyhow::Result<()> {
    let done = people::rename(gateway, &operator(language(None)), register.find(person)?, name).await?;
    say(format!("{} is called {} from now on", done.old, done.new))?;
    for namesake in done.namesakes {
        say(format!("there is another one of this name: {}", register.describe(namesake)))?;
    }
    Ok(())
}

pub(super) async fn end_post(
    gateway: &Gateway,
    register: &Register,
    person: &str,
    post: &str,
    on: Option<NaiveDate>,
) -> anyhow::Result<()> {
    let zone = gateway.policy.zone;
    let until = on.map_or(Ok(gateway.now()), |day| end_of(day, zone))?;
    let person = register.find(person)?;
    let done = people::end_post(gateway, &operator(language(None)), register, person, post, until).await?;
    let when = done.until.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    say(format!("{} holds {} until {when}", register.name(person), done.post))?;
    if done.vacant {
        say("nobody else holds it then: import the successor with --people")?;
    }
    show_moved(register, &done.moved)?;
    if done.stay > 0 {
        let until = if done.vacant { " until somebody takes it" } else { "; dutybell people handover gives them on" };
        say(format!("{} open items that came by it stay with {}{until}", done.stay, register.name(person)))?;
    }
    Ok(())
}

pub(super) async fn split(gateway: &Gateway, register: &Register, args: SplitArgs) -> anyhow::Result<()> {
    let person = register.find(&args.person)?;
    let what = SplitWhat { contacts: args.contact, posts: args.post, items: args.item };
    let shown = people::split(gateway, &operator(language(None)), register, person, &args.name, &what, false).await?;
    say(format!("of {} this becomes a new person's, {}:", register.describe(person), args.name))?;
    shown.contacts.iter().try_for_each(|c| say(format!("  contact point {c}")))?;
    shown.posts.iter().try_for_each(|p| say(format!("  post {p}")))?;
    shown.moved.iter().try_for_each(|m| say(format!("  item {} {}{}", m.code, m.title, kept(m))))?;
    say(format!("{} open items stay with {}", shown.stay, register.name(person)))?;
    if confirmed(args.yes)? {
        let done = people::split(gateway, &operator(language(None)), register, person, &args.name, &what, true).await?;
        say(format!("{} is no. {} in the list", args.name, done.new.0))?;
    }
    Ok(())
}

pub(super) async fn merge(
    gateway: &Gateway,
    register: &Register,
    from: &str,
    into: &str,
    yes: bool,
) -> anyhow::Result<()> {
    let (from, into) = (register.find_also_gone(from)?, register.find(into)?);
    let shown = people::merge(gateway, &operator(language(None)), from, into, false).await?;
    say(format!("{} goes, and this becomes that of {}:", register.describe(from), register.describe(into)))?;
    shown.contacts.iter().try_for_each(|c| say(format!("  contact point {c}")))?;
    shown.posts.iter().try_for_each(|p| say(format!("  post {p}")))?;
    shown.items.iter().try_for_each(|m| say(format!("  item {} {}", m.code, m.title)))?;
    if shown.absences > 0 {
        say(format!("  {} absences", shown.absences))?;
    }
    if let Some(phone) = &shown.phone_taken {
        say(format!("  telephone {phone}"))?;
    }
    if let Some(phone) = &shown.phone_lost {
        let kept = register.directory.person(into).map_or("", |p| p.phone.as_str());
        say(format!(
            "  NOT the telephone {phone}: {kept} stays; if {phone} is the right one, import it with --people"
        ))?;
    }
    if register.name(from) != register.name(into) {
        say("their names differ: look twice")?;
    }
    for item in &shown.both {
        say(format!("{} {}: they would both fix and verify it; name another verifier", item.code, item.title))?;
    }
    if confirmed(yes)? {
        people::merge(gateway, &operator(language(None)), from, into, true).await?;
        say(format!("merged; no. {} points at no. {}", from.0, into.0))?;
    }
    Ok(())
}

pub(super) async fn absence(gateway: &Gateway, register: &Register, what: AbsenceWhat) -> anyhow::Result<()> {
    let zone = gateway.policy.zone;
    match what {
        AbsenceWhat::List { person } => {
            let person = person.map(|p| register.find(&p)).transpose()?;
            let rows = people::absences(gateway, person).await?;
            let rows = rows.iter().map(|a| {
                let (from, until) = (local(a.from, zone), local(a.until, zone));
                vec![register.describe(a.person), from, until, register.name(a.deputy)]
            });
            Ok(say(table(&["who", "from", "until", "deputy"], rows))?)
        }
        AbsenceWhat::Add { person, deputy, from, until } => {
            let (person, deputy) = (register.find(&person)?, register.find(&deputy)?);
            let (from, until) = (instant(&from, zone, false)?, instant(&until, zone, true)?);
            let done = people::add_absence(gateway, &operator(language(None)), person, deputy, from, until).await?;
            if !people::is_reached(gateway, register, deputy) {
                say(format!(
                    "no channel reaches {}: they will not hear it; see dutybell people unlinked",
                    register.name(deputy)
                ))?;
            }
            for old in &done.replaced {
                say(format!("replaced: {}", in_words(register, old, zone)))?;
            }
            for old in &done.shortened {
                say(format!("ends {} now: {}", local(from, zone), in_words(register, old, zone)))?;
            }
            say(in_words(register, &done.absence, zone))?;
            if done.deputy_away {
                say(format!("{} is away in that time, too: their own deputy hears", register.name(deputy)))?;
            }
            Ok(())
        }
        AbsenceWhat::End { person, on, from } => {
            let person = register.find(&person)?;
            let from = from.map(|f| instant(&f, zone, false)).transpose()?;
            let at = on.map_or(Ok(gateway.now()), |day| end_of(day, zone))?;
            let was = people::end_absence(gateway, &operator(language(None)), person, from, at).await?;
            let end = if was.from >= at { "cancelled".to_owned() } else { format!("ends {}", local(at, zone)) };
            Ok(say(format!("{end}: {}", in_words(register, &was, zone)))?)
        }
    }
}

pub(super) async fn handover(
    gateway: &Gateway,
    register: &Register,
    from: &str,
    to: &str,
    unit: Option<&str>,
    dry_run: bool,
) -> anyhow::Result<()> {
    let (from, to) = (register.find_also_gone(from)?, register.find(to)?);
    let unit = unit.map(|u| register.unit(u)).transpose()?;
    let done = people::hand_over(gateway, &operator(language(None)), from, to, unit, !dry_run).await?;
    show_moved(register, &done.items)?;
    let count = done.items.iter().filter(|m| m.refused.is_none()).count();
    let what = if dry_run { "would go" } else { "went" };
    say(format!("{count} items {what} from {} to {}", register.name(from), register.name(to)))?;
    if done.by_post > 0 {
        say(format!("{} open items stand on posts of {} and follow the posts", done.by_post, register.name(from)))?;
    }
    Ok(())
}

pub(super) async fn offboard(
    gateway: &Gateway,
    register: &Register,
    person: &str,
    successor: Option<&str>,
    yes: bool,
) -> anyhow::Result<()> {
    let person = register.find(person)?;
    let successor = successor.map(|s| register.find(s)).transpose()?;
    let shown = people::offboard(gateway, &operator(language(None)), person, successor, false).await?;
    say(format!("{} leaves for good:", register.describe(person)))?;
    shown.posts.iter().try_for_each(|p| say(format!("  post ends: {p}")))?;
    shown.contacts.iter().try_for_each(|c| say(format!("  cut: {c}")))?;
    show_moved(register, &shown.moved)?;
    for item in &shown.left {
        say(format!("  stays: {}", item_line(item)))?;
    }
    if !shown.vacant.is_empty() {
        let posts = shown.vacant.join(", ");
        say(format!("nobody holds {posts} any more: import the successor with --people"))?;
    }
    if !shown.ownerless.is_empty() {
        let count = shown.ownerless.len();
        say(format!("{count} open items have NO OWNER then; give --successor, or: dutybell people handover"))?;
    }
    if !shown.deputy_of.is_empty() {
        let names: Vec<String> = shown.deputy_of.iter().map(|p| register.name(*p)).collect();
        say(format!("they stand in for {}: name another deputy", names.join(", ")))?;
    }
    if shown.last_administrator {
        say("nobody hears alarms any more: give somebody a post with role administrator")?;
    }
    if confirmed(yes)? {
        people::offboard(gateway, &operator(language(None)), person, successor, true).await?;
        let name = register.name(person);
        say(format!("{name} has left; a mistake is taken back by: dutybell people offboard {} --undo", person.0))?;
    }
    Ok(())
}

pub(super) async fn take_back(gateway: &Gateway, register: &Register, person: &str, yes: bool) -> anyhow::Result<()> {
    let person = register.find_gone(person)?;
    let shown = people::take_back(gateway, &operator(language(None)), person, false).await?;
    say(format!("{} is in service again:", register.describe(person)))?;
    shown.posts.iter().try_for_each(|p| say(format!("  post: {p}")))?;
    shown.contacts.iter().try_for_each(|c| say(format!("  contact point: {c}")))?;
    shown.lost.iter().try_for_each(|c| say(format!("  somebody else's by now: {c}")))?;
    show_moved(register, &shown.moved)?;
    if confirmed(yes)? {
        people::take_back(gateway, &operator(language(None)), person, true).await?;
        say(format!(
            "{} is back; codes from before stay dead: dutybell people link makes new ones",
            register.name(person)
        ))?;
    }
    Ok(())
}

fn show_moved(register: &Register, moved: &[Moved]) -> anyhow::Result<()> {
    for m in moved {
        let roles: Vec<&str> = m.roles.iter().map(|r| r.word()).collect();
        let to = name_of(&register.directory, m.to);
        say(format!("  item {} {} ({}): to {to}{}", m.code, m.title, roles.join(", "), kept(m)))?;
    }
    Ok(())
}

/// Why an item was not moved.
fn kept(moved: &Moved) -> String {
    use crate::core::transition::Refusal;
    match &moved.refused {
        None => String::new(),
        Some(Refusal::OwnWork { .. } | Refusal::BothHands { .. }) => {
            " NOT MOVED: they would fix and verify it alone".to_owned()
        }
        Some(other) => format!(" NOT MOVED: {other:?}"),
    }
}

fn item_line(item: &Item) -> String {
    format!("{} {} ({})", item.code, item.title, item.state.word())
}

fn local(at: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

fn in_words(register: &Register, absence: &Absence, zone: chrono_tz::Tz) -> String {
    format!(
        "{} stands in for {} from {} to {}",
        register.name(absence.deputy),
        register.name(absence.person),
        local(absence.from, zone),
        local(absence.until, zone)
    )
}
