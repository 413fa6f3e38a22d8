//! The built-in chat: messages out of the store, answers into the inbox.
//!
//! A desk is private: a one-time link opens a session (`/desk?code=…`). In the demo all are open.

use crate::core::actor::Actor;
use crate::store::events::Origin;
use std::convert::Infallible;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::{App, WebError, pages};
use crate::app::pause;
use crate::channel::{Button, Dialect};
use crate::core::inbound::{Content, Inbound, Update};
use crate::core::message::parse_action;
use crate::core::org::{Person, PersonId};
use crate::core::pause::Pause;
use crate::core::words::Say;
use crate::gateway::new_code;
use crate::render::render;
use crate::store::links::{self, Redeemed};
use crate::store::{inbox, people};

/// How long a session lasts; a leaver's ends at once.
const SESSION: Duration = Duration::days(90);
/// Messages a page shows.
const SHOWN: i64 = 100;
/// Longest text that is taken.
const LONGEST: usize = 4_000;

#[derive(Serialize)]
pub(super) struct Chat {
    login: String,
    name: String,
    post: String,
    unit: String,
    now: String,
    locale: &'static str,
    /// The sentence about a pause of routine that is in force.
    paused: Option<String>,
    messages: Vec<Bubble>,
}

#[derive(Serialize)]
struct Bubble {
    id: String,
    from: &'static str,
    at: String,
    text: String,
    buttons: Vec<Vec<Button>>,
    reply_to: Option<String>,
    urgent: bool,
    #[serde(skip)]
    order: (DateTime<Utc>, u8, i64),
}

#[derive(Deserialize)]
pub(super) struct Enter {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Said {
    text: String,
    reply_to: Option<String>,
    nonce: String,
}

#[derive(Deserialize)]
pub(super) struct Pressed {
    action: String,
    message: String,
    nonce: String,
}

/// `/desk?code=…`: a one-time code opens a session. Who has one already comes to their page in any case.
pub(super) async fn enter(
    State(app): State<App>,
    Query(query): Query<Enter>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let gateway = &app.gateway;
    let now = gateway.now();
    let code: String = query.code.chars().filter(char::is_ascii_alphanumeric).collect();
    let others = async |key: &str| -> Result<Response, WebError> {
        if let Some(token) = session(&headers)
            && let Some(login) = links::session_login(&mut gateway.store.snapshot().await?, token, now).await?
        {
            return Ok(Redirect::to(&format!("/desk/{login}")).into_response());
        }
        Ok(pages::told(&app, &headers, StatusCode::BAD_REQUEST, key))
    };
    if code.is_empty() {
        return others("page_desk").await;
    }
    let mut tx = gateway.store.begin().await?;
    let Redeemed::Person(person) = links::redeem(&mut tx, "desk", &code, now).await? else {
        drop(tx);
        return others("page_link_over").await;
    };
    let contacts = people::contacts(&mut tx, person).await?;
    let login = match contacts.iter().find(|c| c.channel == "desk") {
        Some(contact) => contact.address.clone(),
        None => {
            let login = format!("p{}", person.0);
            people::put_contact(&mut tx, person, "desk", &login, contacts.len() as i64 + 1, now).await?;
            let origin = Origin { actor: Actor::Person(person), via: "desk", inbox_id: None };
            people::log(&mut tx, &origin, now).await?;
            login
        }
    };
    let mut random = [0u8; 32];
    getrandom::fill(&mut random).map_err(|e| WebError::Broken(e.to_string()))?;
    let token = new_code(&random, true);
    links::open_session(&mut tx, person, &login, &token, now + SESSION).await?;
    tx.commit().await.map_err(|e| WebError::Broken(e.to_string()))?;
    let secure = if app.is_encrypted() { "; Secure" } else { "" };
    let cookie = format!("desk={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}", SESSION.num_seconds());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&format!("/desk/{login}"))).into_response())
}

/// The page itself holds no data.
pub(super) async fn page(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    match owner(&app, &login, &headers).await {
        Ok(_) => Ok(super::file("text/html", include_str!("../../templates/web/desk.html"))),
        Err(WebError::NotFound) => Ok(pages::told(&app, &headers, StatusCode::NOT_FOUND, "page_desk")),
        Err(_) => Ok(pages::told(&app, &headers, StatusCode::SERVICE_UNAVAILABLE, "page_busy")),
    }
}

/// The session that a browser has.
fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE).and_then(|v| v.to_str().ok())?;
    cookies.split(';').find_map(|c| c.trim().strip_prefix("desk="))
}

/// Whose desk this is, if the caller may see it. Somebody else's and a missing one look alike. Read from a snapshot: an
/// open page waits for nobody who writes.
async fn owner(app: &App, login: &str, headers: &HeaderMap) -> Result<PersonId, WebError> {
    let mut tx = app.gateway.store.snapshot().await?;
    if app.demo.is_none() {
        let token = session(headers).ok_or(WebError::NotFound)?;
        let session = links::session_login(&mut tx, token, app.gateway.now()).await?;
        if session.as_deref() != Some(login) {
            return Err(WebError::NotFound);
        }
    }
    people::owner(&mut tx, "desk", login).await?.ok_or(WebError::NotFound)
}

/// The chat as it stands.
pub(super) async fn messages(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Chat>, WebError> {
    let person = owner(&app, &login, &headers).await?;
    let gateway = &app.gateway;
    let directory = gateway.directory().await?;
    let person = directory.person(person).ok_or(WebError::NotFound)?;
    let time = |at: DateTime<Utc>| at.with_timezone(&person.zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    let mut bubbles = Vec::new();
    for message in gateway.store.sent_to("desk", &login, SHOWN).await? {
        let rendered = render(&message.body, message.id, Dialect::Desk);
        let at = message.sent_at.unwrap_or(message.created_at);
        bubbles.push(Bubble {
            id: format!("m{}", message.id),
            from: "bot",
            at: time(at),
            text: rendered.text,
            buttons: rendered.buttons,
            reply_to: message.reply_to,
            urgent: message.urgency <= crate::core::policy::Urgency::Emergency,
            order: (at, 1, message.id),
        });
    }
    for received in gateway.store.said_from("desk", &login, SHOWN).await? {
        let (text, reply_to) = match &received.inbound.content {
            Content::Text { text, reply_to, .. } => (text.clone(), reply_to.clone()),
            Content::Button { action, message, .. } => (pressed_label(&app, person, action), Some(message.clone())),
            _ => continue,
        };
        bubbles.push(Bubble {
            id: format!("i{}", received.id),
            from: "me",
            at: time(received.at),
            text,
            buttons: Vec::new(),
            reply_to,
            urgent: false,
            order: (received.at, 0, received.id),
        });
    }
    bubbles.sort_by_key(|b| b.order);
    let skip = bubbles.len().saturating_sub(SHOWN as usize);
    let posts = directory.posts_of_person(person.id, gateway.now());
    let post = posts.first();
    let concerns = |p: &Pause| p.unit.is_none() || posts.iter().any(|post| p.covers(Some(post.unit), &directory));
    Ok(Json(Chat {
        login,
        name: person.name.clone(),
        post: post.map_or(String::new(), |p| p.title.clone()),
        unit: post.and_then(|p| directory.unit(p.unit)).map_or(String::new(), |u| u.name.clone()),
        now: time(gateway.now()),
        locale: person.locale.tag(),
        paused: pause::banner(gateway, person.locale, concerns).await?,
        messages: bubbles.into_iter().skip(skip).collect(),
    }))
}

/// What a pressed button said, in the presser's language.
fn pressed_label(app: &App, person: &Person, action: &str) -> String {
    let verb = parse_action(action).map(|(_, line, verb)| (line, verb));
    let key = match verb {
        Some((line, verb)) => match verb.chosen(line) {
            Some(chosen) => return chosen,
            None => serde_json::to_value(verb).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(),
        },
        None => return "?".to_owned(),
    };
    let key = match key.as_str() {
        "verify_pass" => "pass",
        "verify_fail" => "fail",
        "confirm" => "yes",
        "cancel" => "no",
        other => other,
    };
    app.gateway.phrases.say(person.locale, &format!("button_{key}"), &[])
}

pub(super) async fn say(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
    Json(said): Json<Said>,
) -> Result<Json<serde_json::Value>, WebError> {
    let person = owner(&app, &login, &headers).await?;
    if said.text.trim().is_empty() || said.text.chars().count() > LONGEST {
        return Err(refused(&app, person, "desk_length").await);
    }
    let content = Content::Text {
        text: said.text,
        reply_to: said.reply_to,
        quoted: None,
        forwarded: false,
        message: format!("i-{}", said.nonce),
    };
    receive(&app, person, &login, &said.nonce, content).await
}

/// A refusal in the language of the desk's owner.
async fn refused(app: &App, person: PersonId, key: &str) -> WebError {
    let directory = app.gateway.directory().await;
    let locale = directory.ok().and_then(|d| d.person(person).map(|p| p.locale)).unwrap_or_default();
    WebError::Refused(app.gateway.phrases.say(locale, key, &[]))
}

pub(super) async fn press(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
    Json(pressed): Json<Pressed>,
) -> Result<Json<serde_json::Value>, WebError> {
    let person = owner(&app, &login, &headers).await?;
    let content = Content::Button { action: pressed.action, message: pressed.message, callback: String::new() };
    receive(&app, person, &login, &pressed.nonce, content).await
}

/// Stored before it is confirmed; the same nonce again changes nothing.
async fn receive(
    app: &App,
    person: PersonId,
    login: &str,
    nonce: &str,
    content: Content,
) -> Result<Json<serde_json::Value>, WebError> {
    if !(8..=64).contains(&nonce.len()) || !nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(refused(app, person, "desk_outdated").await);
    }
    let inbound =
        Inbound { sender: Some(login.to_owned()), chat: login.to_owned(), private: true, sent_at: None, content };
    let update = Update { id: format!("{login}:{nonce}"), offset: None, inbound, raw: String::new() };
    inbox::receive(&app.gateway.store, "desk", "desk", &[update], app.gateway.now()).await?;
    app.gateway.bell.notify_waiters();
    if let Some(desk) = &app.desk {
        desk.ring(login);
    }
    Ok(Json(serde_json::json!({ "ok": true })))
}

/// Tells the page when to fetch anew.
pub(super) async fn events(
    State(app): State<App>,
    Path(login): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, WebError> {
    owner(&app, &login, &headers).await?;
    let desk = app.desk.clone().ok_or(WebError::NotFound)?;
    let rings = futures::stream::unfold((desk.listen(), login), |(mut bell, login)| async move {
        loop {
            match bell.recv().await {
                Ok(rung) if rung == login => break,
                Ok(_) => {}
                // Missed some: fetching once covers them all.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
            }
        }
        Some((Ok(Event::default().event("changed").data(login.clone())), (bell, login)))
    });
    Ok(Sse::new(rings).keep_alive(KeepAlive::default()))
}
