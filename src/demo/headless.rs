//! The fortnight as fast as it runs: scripted answers, timeline, totals, invariants.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Datelike, Duration, TimeZone, Utc};

use super::script::SCRIPT;
use super::{DAYS, Demo, start};
use crate::core::inbound::{Content, Inbound, Update};
use crate::core::words;
use crate::gateway::timeline;
use crate::store::inbox;

/// Runs the demo in `folder` and writes what happened to `out`.
///
/// # Errors
/// When an invariant broke; the text names it.
pub async fn run(folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let demo = Demo::prepare(folder).await?;
    writeln!(
        out,
        "imported {} items ({} drafts), {} people changed, {} units",
        demo.imported.added.len(),
        demo.imported.drafts.len(),
        demo.imported.people_changed,
        demo.imported.units_changed
    )?;
    let answers = play(&demo).await?;
    let entries = print_timeline(&demo, answers, out).await?;
    print_totals(&demo, out, &entries).await?;
    let broken = broken_invariants(&demo, &entries).await?;
    demo.gateway.store.close().await;
    if !broken.is_empty() {
        bail!("invariants broke:\n  {}", broken.join("\n  "));
    }
    writeln!(out, "invariants: all hold")?;
    Ok(())
}

/// Plays the script to the end of the demo; gives back who wrote what when.
pub async fn play(demo: &Demo) -> anyhow::Result<Vec<timeline::Entry>> {
    let directory = demo.gateway.directory().await?;
    let desks = demo.gateway.store.contacts_on("desk").await?;
    let mut answers = Vec::new();
    let mut script = Vec::new();
    for (n, answer) in SCRIPT.iter().enumerate() {
        script.push((local(answer.at)?, n, answer));
    }
    let end = start() + Duration::days(DAYS);
    let mut script = script.into_iter().peekable();
    loop {
        demo.gateway.settle().await?;
        let planned = demo.gateway.next_instant().await?.unwrap_or(end);
        let said = script.peek().map(|(at, ..)| *at).unwrap_or(end);
        let next = planned.min(said).min(end);
        demo.clock.set(next);
        if next >= end {
            demo.gateway.settle().await?;
            return Ok(answers);
        }
        while let Some((_, n, answer)) = script.next_if(|(at, ..)| *at <= next) {
            let text = with_codes(demo, answer.text).await?;
            say(demo, &format!("script-{n}"), answer.login, &text).await?;
            let writer = desks.iter().find(|c| c.address == answer.login).and_then(|c| directory.person(c.person));
            answers.push(timeline::Entry {
                id: n as i64,
                at: next,
                kind: "answer",
                who: writer.map_or(answer.login, |p| p.name.as_str()).to_owned(),
                channel: "desk".to_owned(),
                text,
                why: String::new(),
                codes: Vec::new(),
            });
        }
    }
}

/// Somebody writes on the desk.
pub async fn say(demo: &Demo, id: &str, login: &str, text: &str) -> anyhow::Result<()> {
    let update = Update {
        id: id.to_owned(),
        offset: None,
        inbound: Inbound {
            sender: Some(login.to_owned()),
            chat: login.to_owned(),
            private: true,
            sent_at: None,
            content: Content::Text {
                text: text.to_owned(),
                reply_to: None,
                quoted: None,
                forwarded: false,
                message: format!("i-{id}"),
            },
        },
        raw: String::new(),
    };
    inbox::receive(&demo.gateway.store, "desk", "desk", &[update], demo.gateway.now()).await?;
    Ok(())
}

/// `09-22 10:00` of the demo's year.
fn local(text: &str) -> anyhow::Result<DateTime<Utc>> {
    let naive = chrono::NaiveDateTime::parse_from_str(&format!("2022-{text}"), "%Y-%m-%d %H:%M")?;
    let at = chrono_tz::Asia::Shanghai.from_local_datetime(&naive).earliest().context("no such time")?;
    Ok(at.with_timezone(&Utc))
}

async fn with_codes(demo: &Demo, text: &str) -> anyhow::Result<String> {
    let Some((before, rest)) = text.split_once('{') else { return Ok(text.to_owned()) };
    let (key, after) = rest.split_once('}').context("unclosed { in the script")?;
    let mut tx = demo.gateway.store.begin().await?;
    let found = crate::store::ledgers::by_key(&mut tx, &format!("qingshi/{key}")).await?;
    let known = found.with_context(|| format!("{key} is not in the ledger"))?;
    Ok(format!("{before}{}{after}", known.item.code))
}

async fn print_timeline(
    demo: &Demo,
    answers: Vec<timeline::Entry>,
    out: &mut dyn Write,
) -> anyhow::Result<Vec<timeline::Entry>> {
    let directory = demo.gateway.directory().await?;
    let mut entries = timeline::since(&demo.gateway, &directory, 0, 0, i64::MAX).await?;
    entries.splice(0..0, answers);
    entries.sort_by_key(|e| e.at);
    let zone = demo.gateway.policy.zone;
    let mut day = None;
    for entry in &entries {
        let local = entry.at.with_timezone(&zone);
        if day != Some(local.date_naive()) {
            day = Some(local.date_naive());
            let calendar = demo.gateway.calendars.get(&demo.gateway.policy.calendar);
            let rest = if calendar.is_workday(local.date_naive()) { "" } else { "  休" };
            writeln!(
                out,
                "\n== {} {}{rest}",
                local.date_naive(),
                words::weekday(crate::core::org::Locale::ZhCn, local.weekday())
            )?;
        }
        let (arrow, cause) = match entry.kind {
            "sent" => ("→", entry.why.as_str()),
            "answer" => ("←", "wrote"),
            _ => ("·", entry.why.as_str()),
        };
        let channel = suffix(&entry.channel);
        writeln!(out, "{} {arrow} {:　<4} {}  [{cause}{channel}]", local.format("%H:%M"), entry.who, entry.text)?;
    }
    Ok(entries)
}

fn suffix(channel: &str) -> String {
    if channel.is_empty() { String::new() } else { format!(" · {channel}") }
}

async fn print_totals(demo: &Demo, out: &mut dyn Write, entries: &[timeline::Entry]) -> anyhow::Result<()> {
    let sent = entries.iter().filter(|e| e.kind == "sent").count();
    let states: Vec<String> =
        demo.gateway.store.count_by_state().await?.iter().map(|(s, n)| format!("{s} {n}")).collect();
    writeln!(
        out,
        "\n== totals\nmessages sent: {sent} (answers included)\nchanges recorded: {}\nitems: {}",
        entries.iter().filter(|e| e.kind == "event").count(),
        states.join(", ")
    )?;
    let messages: Vec<String> =
        demo.gateway.store.count_messages().await?.iter().map(|(s, n)| format!("{s} {n}")).collect();
    writeln!(out, "outbox: {}", messages.join(", "))?;
    Ok(())
}

/// What must hold after any run; the texts name what does not.
pub async fn broken_invariants(demo: &Demo, entries: &[timeline::Entry]) -> anyhow::Result<Vec<String>> {
    let store = &demo.gateway.store;
    let mut broken = Vec::new();
    let mut check = |holds: bool, text: String| {
        if !holds {
            broken.push(text);
        }
    };
    let orphans = store.orphans().await?;
    check(orphans == 0, format!("{orphans} open items have no next wake-up"));
    let strayed = store.strayed().await?;
    check(strayed == 0, format!("{strayed} items differ from their newest event"));
    check(store.inbox_depth().await? == 0, "answers are left unread".to_owned());
    check(store.dead_letters(10).await?.is_empty(), "there are dead letters".to_owned());
    let zone = demo.gateway.policy.zone;
    let calendar = demo.gateway.calendars.get(&demo.gateway.policy.calendar);
    let mut routine: BTreeMap<(String, chrono::NaiveDate), u32> = BTreeMap::new();
    for entry in entries.iter().filter(|e| e.kind == "sent" && e.why != "answer") {
        let local = entry.at.with_timezone(&zone);
        let rest = !calendar.is_workday(local.date_naive());
        check(
            !rest || entry.why.contains("emergency"),
            format!("{} was told on a rest day: {}", entry.who, entry.text),
        );
        let hour = local.format("%H:%M").to_string();
        let night = hour.as_str() < "07:30" || hour.as_str() >= "21:30";
        check(!night || entry.why.contains("emergency"), format!("{} was told at {hour}: {}", entry.who, entry.text));
        *routine.entry((entry.who.clone(), local.date_naive())).or_default() += 1;
    }
    for ((who, day), count) in routine {
        check(count <= 12, format!("{who} got {count} messages on {day}"));
    }
    Ok(broken)
}
