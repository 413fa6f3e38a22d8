//! The demo page's data and its clock.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use futures::Stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::Command;
use super::{App, WebError};
use crate::app::{Refusal, pause, timeline};
use crate::core::compose::Desk;
use crate::core::item::{Item, Role, State as ItemState};
use crate::core::org::{Directory, Locale};
use crate::core::words::{Say, moment, weekday};

/// Lines of the timeline that the page shows.
const SHOWN: usize = 200;

#[derive(Deserialize)]
pub(super) struct ClockCommand {
    action: String,
    seconds_per_day: Option<f64>,
}

/// Everything on the page.
pub(super) async fn state(State(app): State<App>) -> Result<Json<Value>, WebError> {
    let gateway = &app.gateway;
    let control = app.demo.as_ref().ok_or(WebError::NotFound)?;
    let stage = &control.stage;
    let directory = gateway.directory().await.map_err(Refusal::from)?;
    let zone = gateway.policy.zone;
    let time = |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    let now = gateway.now();
    let today = now.with_timezone(&zone).date_naive();
    let calendar = gateway.calendars.get(&gateway.policy.calendar);
    let rest = calendar.rest_run(today).map(|run| if run.name.is_empty() { "周末".to_owned() } else { run.name });
    let items = timeline::items(gateway).await?;
    let listed: Vec<Value> = items.iter().map(|i| item_json(&app, &directory, i)).collect();
    let entries = timeline::since(gateway, stage.from.0, stage.from.1).await?;
    let sent = entries.iter().filter(|e| e.kind == "sent").count();
    let replies = entries.iter().filter(|e| e.kind == "event" && e.who != "office").count();
    let lines: Vec<Value> = entries.iter().rev().take(SHOWN).map(|e| {
        json!({ "id": e.id, "at": time(e.at), "kind": if e.kind == "event" && e.who != "office" { "reply" } else { e.kind },
                "who": e.who, "channel": e.channel, "text": e.text, "why": e.why, "codes": e.codes })
    }).collect();
    let count = |f: &dyn Fn(&Item) -> bool| items.iter().filter(|i| f(i)).count();
    Ok(Json(json!({
        "now": time(now),
        "weekday": weekday(Locale::ZhCn, today.weekday()),
        "rest_day": rest,
        "makeup_day": calendar.is_makeup_day(today),
        "running": control.is_running(),
        "seconds_per_day": control.seconds_per_day(),
        "ended": control.has_ended(),
        "rehearsal": stage.rehearsal,
        "paused": pause::banner(gateway, Locale::ZhCn, |_| true).await?,
        "phones": timeline::phones(gateway).await?,
        "default_phones": stage.phones,
        "items": listed,
        "timeline": lines,
        "totals": {
            "sent": sent,
            "replies": replies,
            "open": count(&|i| i.state.is_open()),
            "overdue": count(&|i| i.is_overdue(now)),
            "closed": count(&|i| i.state == ItemState::Closed),
        },
    })))
}

fn item_json(app: &App, directory: &Directory, item: &Item) -> Value {
    let gateway = &app.gateway;
    let world = gateway.world(directory);
    let office = world.office(item.unit);
    let names = |role| {
        let people = world.holders(item, role);
        people.iter().filter_map(|p| directory.person(*p)).map(|p| p.name.clone()).collect::<Vec<_>>().join("、")
    };
    let overdue_days = match item.current_due {
        Some(due) if item.is_overdue(world.now) => {
            office.calendar.workdays_between(office.date(due), office.date(world.now)).max(1)
        }
        _ => 0,
    };
    let person = directory.people().first().copied();
    let due_text = match (item.current_due, person) {
        (Some(due), _) => moment(Locale::ZhCn, due, office.zone),
        (None, Some(person)) => Desk { world: &world, say: &*gateway.phrases, person }.due_text(item),
        (None, None) => String::new(),
    };
    json!({
        "code": item.code,
        "title": item.title,
        "unit": item.unit.and_then(|u| directory.unit(u)).map(|u| u.name.clone()),
        "severity": item.severity.word(),
        "state": item.state.word(),
        "state_text": gateway.phrases.say(Locale::ZhCn, item.state_key(), &[]),
        "due": item.current_due.map(|d| d.with_timezone(&office.zone).to_rfc3339_opts(SecondsFormat::Secs, false)),
        "due_text": due_text,
        "overdue_days": overdue_days,
        "responsible": names(Role::Responsible),
        "verifier": names(Role::Verifier),
        "level": light(overdue_days),
    })
}

/// The light of an item by working days overdue: 1 urging, 2 letter, 3 county.
fn light(overdue_days: i64) -> u8 {
    match overdue_days {
        ..=0 => 0,
        1..=2 => 1,
        3..=6 => 2,
        _ => 3,
    }
}

/// Moves or stops the demo's clock.
pub(super) async fn clock(State(app): State<App>, Json(command): Json<ClockCommand>) -> Result<Json<Value>, WebError> {
    let control = app.demo.as_ref().ok_or(WebError::NotFound)?;
    let command = match (command.action.as_str(), command.seconds_per_day) {
        ("play", _) => Command::Play,
        ("pause", _) => Command::Pause,
        ("hour", _) => Command::Hour,
        ("day", _) => Command::Day,
        ("next", _) => Command::Next,
        ("speed", Some(seconds)) if (0.5..=3_600.0).contains(&seconds) => Command::Speed(seconds),
        _ => {
            return Err(WebError::Refused(
                "write play, pause, hour, day, next, or speed with seconds_per_day from 0.5 to 3600".to_owned(),
            ));
        }
    };
    control.command(command).await;
    Ok(Json(json!({ "ok": true })))
}

/// Tells the page when to fetch anew.
pub(super) async fn events(
    State(app): State<App>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, WebError> {
    let control = app.demo.clone().ok_or(WebError::NotFound)?;
    let ticks = futures::stream::unfold(control.listen(), |mut changes| async move {
        changes.changed().await.ok()?;
        // A page needs no more than a few refreshes a second.
        crate::clock::pause(std::time::Duration::from_millis(150)).await;
        Some((Ok(Event::default().event("changed").data("demo")), changes))
    });
    Ok(Sse::new(ticks).keep_alive(KeepAlive::default()))
}
