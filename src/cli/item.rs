//! `dutybell item`: one item at a time, by hand.

use chrono::NaiveDate;

use super::{caller, office, say, say_json, status, table};
use crate::app::items::{self, Done, NewItem, Story};
use crate::app::{self, Caller, Gateway, pause};
use crate::config::Loaded;
use crate::core::item::Role;
use crate::core::words::Say;

/// What to do with an item.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
    /// Language of what is said: zh-CN, zh-Hant or en [default: the system's]
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<String>,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

/// Who acts, and why.
#[derive(clap::Args)]
struct Act {
    /// Code of the item
    code: String,
    /// In the name of this person, under the rules of an answer of theirs [default: the office]
    #[arg(long = "as", value_name = "PERSON")]
    whom: Option<String>,
    /// Why; goes into the log and to those who are told
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(clap::Subcommand)]
enum What {
    /// An item with its people, its story and what waits to be said
    Show { code: String },
    /// The open items and drafts, by deadline
    List,
    /// Register and issue an item, with the checks of a ledger's row; what lacks something is a draft
    Add(Box<Add>),
    /// Hand it to somebody, or put somebody into another role
    Assign {
        #[command(flatten)]
        act: Act,
        /// Who gets it
        #[arg(long, value_name = "PERSON")]
        to: String,
        /// responsible, verifier, assigner, leader, supervisor or cc
        #[arg(long, default_value = "responsible", value_parser = role)]
        role: Role,
    },
    /// Move its deadline; with --as, ask for more time
    Due {
        #[command(flatten)]
        act: Act,
        /// The new deadline: 2022-10-08, 2022-10-08T12:00, or +3d, +3wd from the present one
        #[arg(long, value_name = "WHEN")]
        until: String,
        /// Interim protection, for a request about a major item
        #[arg(long, default_value = "", value_name = "TEXT")]
        interim: String,
    },
    /// Enter that somebody verified it (--as), or send it back (--fail)
    Verify {
        #[command(flatten)]
        act: Act,
        /// Not fixed: back to the responsible person
        #[arg(long)]
        fail: bool,
    },
    /// Take it off the list as a mistake
    Void(Act),
    /// Open it again
    Reopen(Act),
    /// Close what was verified; what nobody verified is closed as administrative and never counts as verified
    Close(Act),
    /// Issue a draft that lacks nothing any more
    Issue(Act),
}

/// A new item, as it would stand in a row.
#[derive(clap::Args)]
struct Add {
    /// Its unit, or PARENT/UNIT
    #[arg(long)]
    unit: String,
    /// What is wrong, in the office's words
    #[arg(long)]
    title: String,
    /// Who fixes it
    #[arg(long, default_value = "", value_name = "PERSON")]
    responsible: String,
    /// Who checks it
    #[arg(long, default_value = "", value_name = "PERSON")]
    verifier: String,
    /// Deadline, as in a ledger: 2022-10-08, 3 working days, immediately
    #[arg(long, default_value = "", value_name = "WHEN")]
    due: String,
    #[arg(long, default_value = "", value_name = "PERSON")]
    assigner: String,
    /// Leader in charge
    #[arg(long, default_value = "", value_name = "PERSON")]
    leader: String,
    #[arg(long, default_value = "", value_name = "PERSON")]
    supervisor: String,
    /// Where in the unit
    #[arg(long, default_value = "")]
    place: String,
    /// general, larger or major
    #[arg(long, default_value = "general")]
    severity: String,
    /// Law or standard
    #[arg(long, default_value = "")]
    basis: String,
    /// The office's own number of it
    #[arg(long, default_value = "")]
    number: String,
    /// Day of discovery [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("there are {}", Role::ALL.map(Role::word).join(", ")))
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let done = obey(&office.gateway, args).await;
    app::close(&office.gateway).await;
    done
}

async fn obey(gateway: &Gateway, args: Args) -> anyhow::Result<()> {
    let (lang, json) = (args.lang.as_deref(), args.json);
    let who = async |act: &Act| caller(gateway, act.whom.as_deref(), lang).await;
    let host = caller(gateway, None, lang).await?;
    let done = match args.what {
        What::Show { code } => {
            let story = items::show(gateway, &host, &code).await?;
            return if json { say_json(&story) } else { show(gateway, &host, &story) };
        }
        What::List => {
            return status::list(gateway, &status::Args { items: true, json, lang: args.lang }).await;
        }
        What::Add(new) => return add(gateway, &host, *new, json).await,
        What::Assign { act, to, role } => {
            items::assign(gateway, &who(&act).await?, &act.code, role, &to, &act.reason).await
        }
        What::Due { act, until, interim } => {
            items::due(gateway, &who(&act).await?, &act.code, &until, &act.reason, &interim).await
        }
        What::Verify { act, fail } => items::verify(gateway, &who(&act).await?, &act.code, !fail, &act.reason).await,
        What::Void(act) => items::void(gateway, &who(&act).await?, &act.code, &act.reason).await,
        What::Reopen(act) => items::reopen(gateway, &who(&act).await?, &act.code, &act.reason).await,
        What::Close(act) => items::close(gateway, &who(&act).await?, &act.code, &act.reason).await,
        What::Issue(act) => items::issue(gateway, &who(&act).await?, &act.code, &act.reason).await,
    }?;
    if json { say_json(&done) } else { tell(gateway, &host, &done) }
}

/// What an act came to.
fn tell(gateway: &Gateway, host: &Caller, done: &Done) -> anyhow::Result<()> {
    let phrase = |key: &str, args: &[(&str, String)]| gateway.phrases.say(host.locale, key, args);
    say(&done.text)?;
    if !done.told.is_empty() {
        say(phrase("verb_told", &[("who", done.told.join("、"))]))?;
    }
    lacks(gateway, host, done.item.code.clone(), done.item.state == crate::core::item::State::Draft, &done.lacks)
}

fn lacks(gateway: &Gateway, host: &Caller, code: String, draft: bool, lacks: &[String]) -> anyhow::Result<()> {
    let phrase = |key: &str, args: &[(&str, String)]| gateway.phrases.say(host.locale, key, args);
    match (draft, lacks.is_empty()) {
        (true, false) => say(phrase("verb_lacks", &[("missing", items::lacking_in_words(gateway, host, lacks))]))?,
        (true, true) => say(phrase("verb_may_issue", &[("code", code)]))?,
        (false, _) => {}
    }
    Ok(())
}

async fn add(gateway: &Gateway, host: &Caller, new: Add, json: bool) -> anyhow::Result<()> {
    let Add { unit, title, responsible, verifier, due, assigner, leader, supervisor, place, severity, basis, .. } = new;
    let new = NewItem {
        unit,
        title,
        responsible,
        verifier,
        due,
        assigner,
        leader,
        supervisor,
        place,
        severity,
        basis,
        number: new.number,
        found_on: new.on,
    };
    let added = items::add(gateway, host, &new).await?;
    if json {
        return say_json(&added);
    }
    let state = gateway.phrases.say(host.locale, added.item.state_key(), &[]);
    say(format!("{} {} ({state})", added.item.code, added.item.title))?;
    for reason in &added.reasons {
        say(reason)?;
    }
    Ok(())
}

/// An item as a page of text.
fn show(gateway: &Gateway, host: &Caller, story: &Story) -> anyhow::Result<()> {
    let phrase = |key: &str| gateway.phrases.say(host.locale, key, &[]);
    let zone = gateway.policy.zone;
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    let Story { item, unit, people, lines, waiting, pauses } = story;
    say(format!("{} {} ({})", item.code, item.title, phrase(item.state_key())))?;
    let due = |at: Option<chrono::DateTime<chrono::Utc>>| at.map_or("-".to_owned(), local);
    let mut facts = vec![
        (phrase("show_unit"), unit.clone()),
        (phrase("show_place"), item.place.clone()),
        (phrase("show_finding"), item.description.clone()),
        (phrase("show_severity"), phrase(&format!("show_{}", item.severity.word()))),
        (phrase("show_due"), due(item.current_due)),
        (phrase("show_first_due"), due(item.original_due)),
    ];
    facts.extend(people.iter().map(|(role, names)| (phrase(&format!("role_{role}")), names.join("、"))));
    facts.retain(|(_, value)| !value.is_empty());
    say(table(&[phrase("show_what"), phrase("show_now")], facts.into_iter().map(|(k, v)| vec![k, v])))?;
    let rows = lines.iter().map(|l| {
        let who = if l.who.is_empty() { phrase("show_office") } else { l.who.clone() };
        let event = phrase(&format!("event_{}", l.event));
        let state = if l.event == "close_unverified" { "closed_unverified" } else { l.state };
        let change = format!("{event} → {}", phrase(&format!("state_{state}")));
        vec![local(l.at), who, l.via.clone(), change, l.text.clone()]
    });
    say(table(&["when", "who", "by", "event", "text"].map(|head| phrase(&format!("show_{head}"))), rows))?;
    for wait in waiting {
        let args = [("when", local(wait.at)), ("who", wait.who.clone()), ("why", wait.why.clone())];
        say(gateway.phrases.say(host.locale, "show_waits", &args))?;
    }
    for paused in pauses {
        say(pause::sentence(gateway, host.locale, paused))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::core::act::Verb;

    #[test]
    fn what_the_table_of_verbs_says_can_be_typed_and_nothing_else() {
        let typed = <What as clap::Subcommand>::augment_subcommands(clap::Command::new("item"));
        let typed: BTreeSet<String> = typed.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        // What shows changes nothing, and what is added is no item yet.
        let others = ["show", "list", "add"].map(str::to_owned);
        let verbs = Verb::all().filter_map(|verb| verb.rule().command).map(str::to_owned);
        assert_eq!(typed, verbs.chain(others).collect());
    }
}
