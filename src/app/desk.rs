//! The built-in chat: who may see a desk, what stands in it, and what is said there.
//!
//! A desk is private: a one-time code opens a session, and the session's token is the proof.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde::Serialize;

use super::{Gateway, Result, pause, refuse_in_words};
use crate::channel::{Button, Dialect};
use crate::core::inbound::{Content, Inbound, Update};
use crate::core::message::parse_action;
use crate::core::org::{Person, PersonId};
use crate::core::pause::Pause;
use crate::core::policy::Urgency;
use crate::core::words::Say;
use crate::gateway::new_code;
use crate::render::render;
use crate::store::events::Origin;
use crate::store::links::{self, Redeemed};
use crate::store::{StoreError, inbox, people};

/// How long a session lasts; a leaver's ends at once.
pub const SESSION: Duration = Duration::days(90);
/// Messages a page shows.
const SHOWN: i64 = 100;
/// Longest text that is taken.
const LONGEST: usize = 4_000;
/// The channel that a desk is.
const DESK: &str = "desk";

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Session {
    pub login: String,
    /// Proves whose it is; kept by the browser alone.
    pub token: String,
}

/// A chat as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Chat {
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

/// One message of either side.
#[derive(Clone, Debug, Serialize)]
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

/// Redeems a one-time code and opens a session; `None`: the code is void.
///
/// # Errors
/// When the database does not answer.
pub async fn enter(gateway: &Gateway, code: &str) -> Result<Option<Session>> {
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let Redeemed::Person(person) = links::redeem(&mut tx, DESK, code, now).await? else { return Ok(None) };
    let contacts = people::contacts(&mut tx, person).await?;
    let login = match contacts.iter().find(|c| c.channel == DESK) {
        Some(contact) => contact.address.clone(),
        None => {
            let login = format!("p{}", person.0);
            people::put_contact(&mut tx, person, DESK, &login, contacts.len() as i64 + 1, now).await?;
            let origin = Origin::person(person, DESK, None);
            people::log(&mut tx, &origin, now).await?;
            login
        }
    };
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)
        .map_err(|e| StoreError::Unusable(format!("the system gives no random numbers: {e}")))?;
    let token = new_code(&random, true);
    links::open_session(&mut tx, person, &login, &token, now + SESSION).await?;
    tx.commit().await?;
    Ok(Some(Session { login, token }))
}

/// Whose desk a session's token opens.
///
/// # Errors
/// When the database does not answer.
pub async fn session(gateway: &Gateway, token: &str) -> Result<Option<String>> {
    Ok(links::session_login(&mut gateway.store.snapshot().await?, token, gateway.now()).await?)
}

/// Who a desk belongs to, whoever asks. Read from a snapshot: an open page waits for nobody who writes.
///
/// # Errors
/// When the database does not answer.
pub async fn owner(gateway: &Gateway, login: &str) -> Result<Option<PersonId>> {
    Ok(people::owner(&mut gateway.store.snapshot().await?, DESK, login).await?)
}

/// The chat of a desk, which is the person's; `None`: nobody is called so any more.
///
/// # Errors
/// When the database does not answer.
pub async fn chat(gateway: &Gateway, person: PersonId, login: &str) -> Result<Option<Chat>> {
    let directory = gateway.directory().await?;
    let Some(person) = directory.person(person) else { return Ok(None) };
    let time = |at: DateTime<Utc>| at.with_timezone(&person.zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    let mut bubbles = Vec::new();
    for message in gateway.store.sent_to(DESK, login, SHOWN).await? {
        let rendered = render(&message.body, message.id, Dialect::Desk);
        let at = message.sent_at.unwrap_or(message.created_at);
        bubbles.push(Bubble {
            id: format!("m{}", message.id),
            from: "bot",
            at: time(at),
            text: rendered.text,
            buttons: rendered.buttons,
            reply_to: message.reply_to,
            urgent: message.urgency <= Urgency::Emergency,
            order: (at, 1, message.id),
        });
    }
    for received in gateway.store.said_from(DESK, login, SHOWN).await? {
        let (text, reply_to) = match &received.inbound.content {
            Content::Text { text, reply_to, .. } => (text.clone(), reply_to.clone()),
            Content::Button { action, message, .. } => (pressed_label(gateway, person, action), Some(message.clone())),
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
    Ok(Some(Chat {
        login: login.to_owned(),
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
fn pressed_label(gateway: &Gateway, person: &Person, action: &str) -> String {
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
    gateway.phrases.say(person.locale, &format!("button_{key}"), &[])
}

/// Something that was written at a desk, or a button that was pressed there.
#[derive(Clone, Debug)]
pub enum Said {
    Text { text: String, reply_to: Option<String> },
    Press { action: String, message: String },
}

/// Stores what was said at a desk, which is the person's, before it is confirmed; the same nonce again changes nothing.
///
/// # Errors
/// [`Refusal::Says`], in the person's language, for an empty or overlong text, and a page that is too old.
pub async fn say(gateway: &Gateway, person: PersonId, login: &str, nonce: &str, said: Said) -> Result<()> {
    let content = match said {
        Said::Text { text, .. } if text.trim().is_empty() || text.chars().count() > LONGEST => {
            return refused(gateway, person, "desk_length").await;
        }
        Said::Text { text, reply_to } => {
            Content::Text { text, reply_to, quoted: None, forwarded: false, message: format!("i-{nonce}") }
        }
        Said::Press { action, message } => Content::Button { action, message, callback: String::new() },
    };
    if !(8..=64).contains(&nonce.len()) || !nonce.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return refused(gateway, person, "desk_outdated").await;
    }
    let inbound =
        Inbound { sender: Some(login.to_owned()), chat: login.to_owned(), private: true, sent_at: None, content };
    let update = Update { id: format!("{login}:{nonce}"), offset: None, inbound, raw: String::new() };
    inbox::receive(&gateway.store, DESK, DESK, &[update], gateway.now()).await?;
    gateway.bell.notify_waiters();
    Ok(())
}

/// A refusal in the language of the desk's owner.
async fn refused(gateway: &Gateway, person: PersonId, key: &str) -> Result<()> {
    let directory = gateway.directory().await;
    let locale = directory.ok().and_then(|d| d.person(person).map(|p| p.locale)).unwrap_or_default();
    refuse_in_words(gateway, locale, key, &[])
}
