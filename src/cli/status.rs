//! `dutybell status`: what is open, waiting and stuck.

use super::import::language;
use super::{office, say, say_json, table};
use crate::app::import::Key;
use crate::app::status::{self, Ownerless, Standing, Status};
use crate::app::{self, Gateway, items, pause};
use crate::config::Loaded;
use crate::core::item::Role;
use crate::core::words::Say;

/// Options of the status.
#[derive(clap::Args)]
pub(super) struct Args {
    /// List the open items and drafts, by deadline
    #[arg(long)]
    pub(super) items: bool,
    /// Print as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Language of the list: zh-CN, zh-Hant or en [default: the system's]
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<String>,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let gateway = &office.gateway;
    if args.items {
        let listed = list(gateway, &args).await;
        app::close(gateway).await;
        return listed;
    }
    let standing = status::read(gateway).await?;
    let zone = gateway.policy.zone;
    app::close(gateway).await;
    if args.json {
        return say_json(&standing);
    }
    let Standing { status, ownerless, paused, configured } = standing;
    let local = |at: &Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or("never".to_owned(), |t| t.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string())
    };
    let Status {
        items,
        overdue,
        waiting_notices,
        messages,
        inbox,
        last_sent,
        unreachable,
        dead,
        sources,
        closed_unverified,
        pauses: _,
        alarms,
    } = status;
    let counts = |list: &[(String, i64)]| list.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", ");
    let rows = [
        ("items", counts(&items)),
        ("closed without a verification", closed_unverified.to_string()),
        ("overdue", overdue.to_string()),
        ("reasons waiting for their time", waiting_notices.to_string()),
        ("messages", counts(&messages)),
        ("answers not read yet", inbox.to_string()),
        ("last message sent", local(&last_sent)),
        ("people nobody can reach", unreachable.to_string()),
        ("open items without a living owner", ownerless.len().to_string()),
    ];
    say(table(&["what", "now"], rows.map(|(k, v)| vec![k.to_owned(), v])))?;
    for pause in paused.iter().filter(|p| p.in_force) {
        say(pause::sentence(gateway, language(args.lang.as_deref()), pause))?;
    }
    for item in &ownerless {
        let Ownerless { code, title, last } = item;
        say(format!(
            "WITHOUT OWNER {code} {title}: {last} left or the post is vacant; dutybell people handover FROM TO"
        ))?;
    }
    for letter in &dead {
        say(format!("dead letter {} to {} by {}: {}", letter.id, letter.person, letter.channel, letter.title))?;
    }
    for source in &sources {
        let rows = source.rows.map_or(String::new(), |n| format!(", {n} rows"));
        let (read, good) = (local(&Some(source.read_at)), local(&source.good_at));
        say(format!("source {} read {read}, last good {good}{rows}: {}", source.name, source.outcome))?;
        if !source.problem.is_empty() {
            say(format!("source {} HAS A PROBLEM: {}", source.name, source.problem))?;
        }
    }
    for name in configured.iter().filter(|name| !sources.iter().any(|s| s.name == **name)) {
        say(format!("source {name} was never read"))?;
    }
    for alarm in &alarms {
        say(format!("alarm {}: {}", local(&Some(alarm.at)), alarm.text))?;
    }
    Ok(())
}

/// The open items and drafts.
pub(super) async fn list(gateway: &Gateway, args: &Args) -> anyhow::Result<()> {
    let items = items::unfinished(gateway).await?;
    if args.json {
        return say_json(&items);
    }
    let locale = language(args.lang.as_deref());
    let directory = gateway.directory().await?;
    let world = gateway.world(&directory);
    let say_word = |key: &str| gateway.phrases.say(locale, key, &[]);
    let rows = items.iter().map(|item| {
        let names = |role| {
            let people = world.holders(item, role).into_iter().filter_map(|p| directory.person(p));
            crate::core::words::list(locale, &people.map(|p| p.name.as_str()).collect::<Vec<_>>())
        };
        let zone = world.office(item.unit).zone;
        let due = item.current_due.map(|t| t.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string());
        let state = say_word(item.state_key());
        let overdue = if item.is_overdue(world.now) { "!" } else { "" }.to_owned();
        let (fixer, verifier) = (names(Role::Responsible), names(Role::Verifier));
        vec![item.code.clone(), state, due.unwrap_or_default(), overdue, fixer, verifier, item.title.clone()]
    });
    let heads = [
        say_word("import_code"),
        say_word("list_state"),
        Key::Due.name(locale).to_owned(),
        "!".to_owned(),
        Key::Responsible.name(locale).to_owned(),
        Key::Verifier.name(locale).to_owned(),
        say_word("import_title"),
    ];
    Ok(say(table(&heads, rows))?)
}
