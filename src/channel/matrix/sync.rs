//! What people say and do, from `/sync` (CS-API, "Syncing").
//!
//! What was returned is confirmed by asking for what comes after its `next_batch`, so nothing is lost that was not
//! stored. Identity is `sender` as the homeserver states it and nothing else: not a display name, not the room.
//! Reading an event never fails: what is not understood is [`Content::Other`].

use std::time::Duration;

use chrono::DateTime;
use futures::stream::{self, StreamExt, TryStreamExt};
use reqwest::Method;
use serde_json::{Value, json};

use super::room::{Fit, Found, Room};
use super::verdict::Failure;
use super::{CALL, Matrix, POLL_GRACE};
use dutybell_core::inbound::{Batch, Content, Inbound, Update};
use dutybell_core::message::Action;

/// Kinds of events asked for.
const KINDS: [&str; 4] = ["m.room.message", "m.room.encrypted", "m.reaction", "m.room.member"];
/// Events of one room in one answer; what is beyond is fetched page by page.
const AT_ONCE: u32 = 50;
/// Rooms looked into at the same time.
const ROOMS: usize = 8;
/// Pages of a hundred events for one gap: somebody who writes more than that while we are away.
const PAGES: usize = 100;

impl Matrix {
    /// Waits for what comes after `since`. Without it the account is new to us: invitations count, and what was
    /// said before does not.
    pub(super) async fn sync(&self, since: Option<&str>, wait: Duration) -> Result<Batch, Failure> {
        self.leave_sealed().await;
        let filter = filter(if since.is_some() { AT_ONCE } else { 1 });
        let wait = if since.is_some() { wait } else { Duration::ZERO };
        let timeout = wait.as_millis().to_string();
        let mut query = vec![("filter", filter.as_str()), ("timeout", timeout.as_str()), ("set_presence", "offline")];
        query.extend(since.map(|since| ("since", since)));
        let answer = self.call(Method::GET, &["sync"], &query, None, wait + POLL_GRACE).await?;
        let next = answer["next_batch"].as_str().ok_or(Failure::Cut)?.to_owned();
        let mut updates = Vec::new();
        for (room, invited) in fields(&answer["rooms"]["invite"]) {
            updates.extend(self.invited(room, invited, &next).await?);
        }
        if let Some(since) = since {
            for (room, left) in fields(&answer["rooms"]["leave"]) {
                updates.extend(self.put_out(room, left).await?);
            }
            // Several at a time: on a busy morning many rooms have something new, and each is asked who is in it.
            let rooms: Vec<_> =
                fields(&answer["rooms"]["join"]).map(|(room, joined)| self.joined(room, joined, since)).collect();
            let heard: Vec<Vec<Update>> = stream::iter(rooms).buffered(ROOMS).try_collect().await?;
            updates.extend(heard.into_iter().flatten());
        }
        Ok(Batch { updates, token: Some(next) })
    }

    /// What was said about these rooms is stored by now.
    async fn leave_sealed(&self) {
        let rooms = std::mem::take(&mut self.memory().leaving);
        for room in rooms {
            // A courtesy: who writes there again is told by it that nobody listens.
            let _ = self.leave(&room).await;
        }
    }

    /// Everybody may open a chat with us, as with any bot; who he is shows when he writes.
    async fn invited(&self, room: &str, invited: &Value, next: &str) -> Result<Option<Update>, Failure> {
        let state = &invited["invite_state"]["events"];
        let mine = |e: &&Value| e["type"] == "m.room.member" && e["state_key"] == self.user.as_str();
        let Some(inviter) = state.as_array().into_iter().flatten().find(mine).and_then(|e| e["sender"].as_str()) else {
            return Ok(None);
        };
        if Room::of_state(state).is_encrypted() {
            return self.sealed(room, inviter, invited).await.map(Some);
        }
        match self.post(&["join", room], &json!({})).await {
            Ok(_) => {}
            // Taken back, or the room is no more.
            Err(failure) if failure.is_closed() => return Ok(None),
            Err(failure) => return Err(failure),
        }
        let found = self.state_of(room).await?;
        if found.is_encrypted() {
            return self.sealed(room, inviter, invited).await.map(Some);
        }
        if !found.is_between(&self.user, inviter) {
            // A group: not a place for what concerns one person.
            self.leave(room).await?;
            return Ok(None);
        }
        self.remember(inviter, room).await?;
        Ok(Some(update(&format!("{room}:invited:{next}"), inviter, true, Content::Blocked { blocked: false }, invited)))
    }

    /// An encrypted room: said once for each room, then left.
    async fn sealed(&self, room: &str, writer: &str, raw: &Value) -> Result<Update, Failure> {
        self.forget_left(writer).await?;
        self.memory().leaving.push(room.to_owned());
        Ok(update(&format!("{room}:sealed"), writer, true, Content::Sealed, raw))
    }

    /// We were put out of a room.
    async fn put_out(&self, room: &str, left: &Value) -> Result<Option<Update>, Failure> {
        let events = events(left);
        let Some(event) = events.iter().rev().find(|e| is_member(e, &self.user)) else { return Ok(None) };
        let by = event["sender"].as_str().unwrap_or_default();
        if by == self.user || self.fit_of(room, by).await? != Fit::Left || self.is_reached_elsewhere(by).await? {
            return Ok(None);
        }
        Ok(Some(blocked(event, by, true)))
    }

    async fn is_reached_elsewhere(&self, user: &str) -> Result<bool, Failure> {
        Ok(matches!(self.find_room(user).await?, Found::Room(_)))
    }

    async fn joined(&self, room: &str, joined: &Value, since: &str) -> Result<Vec<Update>, Failure> {
        let mut events = events(joined);
        if joined["timeline"]["limited"] == true
            && let Some(before) = joined["timeline"]["prev_batch"].as_str()
        {
            let mut missed = self.missed(room, before, since).await?;
            missed.append(&mut events);
            events = missed;
        }
        events.retain(|e| e["sender"] != self.user.as_str());
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.state_of(room).await?;
        let mut updates = Vec::new();
        for event in &events {
            let Some(sender) = event["sender"].as_str() else { continue };
            let private = state.is_between(&self.user, sender);
            match event["type"].as_str() {
                Some("m.room.member") => updates.extend(self.came_or_went(room, event, &state).await?),
                Some("m.room.encrypted") if private => updates.push(self.sealed(room, sender, event).await?),
                Some("m.room.encrypted") => {}
                _ => {
                    if private && !state.is_encrypted() && !self.is_room_of(room, sender) {
                        // Answers go where the question came from.
                        self.remember(sender, room).await?;
                    }
                    updates.extend(read_event(event, room, private));
                }
            }
        }
        Ok(updates)
    }

    /// Somebody came into his room, or left it.
    async fn came_or_went(&self, room: &str, event: &Value, state: &Room) -> Result<Option<Update>, Failure> {
        let Some(user) = event["state_key"].as_str().filter(|u| *u != self.user) else { return Ok(None) };
        if !state.is_between(&self.user, user) {
            return Ok(None);
        }
        match event["content"]["membership"].as_str() {
            Some("join") if !state.is_encrypted() => Ok(Some(blocked(event, user, false))),
            Some("leave" | "ban") if !self.is_reached_elsewhere(user).await? => Ok(Some(blocked(event, user, true))),
            _ => {
                tracing::debug!(room, "a change of membership that concerns nobody's reach");
                Ok(None)
            }
        }
    }

    /// What happened between `since` and the events of an answer that left some out, oldest first.
    async fn missed(&self, room: &str, before: &str, since: &str) -> Result<Vec<Value>, Failure> {
        let filter = json!({ "types": KINDS }).to_string();
        let mut from = before.to_owned();
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let query = [("dir", "b"), ("from", &from), ("to", since), ("limit", "100"), ("filter", &filter)];
            let page = self.call(Method::GET, &["rooms", room, "messages"], &query, None, CALL).await?;
            let chunk = page["chunk"].as_array().map(Vec::as_slice).unwrap_or_default();
            found.extend(chunk.iter().cloned());
            match page["end"].as_str() {
                Some(end) if !chunk.is_empty() => from = end.to_owned(),
                _ => break,
            }
        }
        found.reverse();
        Ok(found)
    }
}

fn filter(limit: u32) -> String {
    let nothing = json!({ "types": [] });
    let room = json!({
        "timeline": { "limit": limit, "types": KINDS },
        "state": { "types": ["m.room.member"], "lazy_load_members": true },
        "ephemeral": nothing,
        "account_data": nothing,
    });
    json!({ "room": room, "presence": nothing, "account_data": nothing }).to_string()
}

fn fields(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The timeline of a room in an answer.
fn events(room: &Value) -> Vec<Value> {
    room["timeline"]["events"].as_array().cloned().unwrap_or_default()
}

fn is_member(event: &Value, user: &str) -> bool {
    event["type"] == "m.room.member" && event["state_key"] == user
}

fn blocked(event: &Value, user: &str, blocked: bool) -> Update {
    let id = event["event_id"].as_str().unwrap_or_default();
    update(id, user, true, Content::Blocked { blocked }, event)
}

fn update(id: &str, sender: &str, private: bool, content: Content, raw: &Value) -> Update {
    // A chat of two goes by the name of the other one: that is the address at which he is answered.
    let sent_at = raw["origin_server_ts"].as_i64().and_then(DateTime::from_timestamp_millis);
    let inbound = Inbound { sender: Some(sender.to_owned()), chat: sender.to_owned(), private, sent_at, content };
    Update { id: id.to_owned(), offset: None, inbound, raw: raw.to_string() }
}

/// Reads a message or a reaction; `None` only when it has no id or sender and thus is none.
pub fn read_event(event: &Value, room: &str, private: bool) -> Option<Update> {
    let (id, sender) = (event["event_id"].as_str()?, event["sender"].as_str()?);
    let content = match event["type"].as_str() {
        Some("m.reaction") => reaction(&event["content"]["m.relates_to"]),
        Some("m.room.message") => message(&event["content"], id),
        _ => None,
    };
    let other = || Content::Other { what: event["type"].as_str().unwrap_or("event").to_owned() };
    let mut read = update(id, sender, private, content.clone().unwrap_or_else(other), event);
    if !private {
        read.inbound.chat = room.to_owned();
    }
    // What is no answer by its kind (other signs, other programs' notices, what was deleted) asks for none.
    read.inbound.sender = content.map(|_| sender.to_owned());
    Some(read)
}

/// CS-API, "m.annotation". With or without the mark that makes a sign colourful.
fn reaction(relation: &Value) -> Option<Content> {
    let sign: String = relation["key"].as_str()?.chars().filter(|c| *c != '\u{fe0f}').collect();
    let verb = match sign.trim_end_matches(|c| ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)) {
        "✅" | "✔" | "☑" => Action::Done,
        "👀" | "👍" | "👌" => Action::Ack,
        "⏳" | "⌛" => Action::InProgress,
        _ => return None,
    };
    let message = relation["event_id"].as_str().filter(|_| relation["rel_type"] == "m.annotation")?;
    Some(Content::Reaction { verb, message: message.to_owned() })
}

fn message(content: &Value, id: &str) -> Option<Content> {
    let relation = &content["m.relates_to"];
    if relation["rel_type"] == "m.replace" {
        // An edited answer is not taken back by silence: its writer is told how to change it.
        return Some(Content::Other { what: "edited_message".to_owned() });
    }
    let kind = content["msgtype"].as_str()?;
    let body = content["body"].as_str()?;
    // The text under a picture is a `body` that differs from the file's name (CS-API, "Media captions").
    let caption = content["filename"].as_str().is_some_and(|name| name != body);
    match kind {
        "m.text" | "m.emote" => {}
        // Other programs' words (CS-API, "m.notice"): two programs would go on answering each other for ever.
        "m.notice" => return None,
        _ if caption => {}
        other => return Some(Content::Other { what: other.to_owned() }),
    }
    let reply_to = answered(relation);
    let text = if reply_to.is_some() { own_words(body) } else { body };
    if let Some(token) = code(text) {
        return Some(Content::Start { token: Some(token) });
    }
    let quoted = reply_to.as_ref().and_then(|_| quoted_words(body));
    Some(Content::Text { text: text.to_owned(), reply_to, quoted, forwarded: false, message: id.to_owned() })
}

/// The message that this one answers. In a thread the newest message is named for old programs' sake only
/// (CS-API, "Threading"): what is meant is the one the thread hangs on.
fn answered(relation: &Value) -> Option<String> {
    let quoted = relation["m.in_reply_to"]["event_id"].as_str();
    let root = relation["event_id"].as_str().filter(|_| relation["rel_type"] == "m.thread");
    let by_itself = relation["is_falling_back"] == true;
    root.filter(|_| by_itself || quoted.is_none()).or(quoted).map(str::to_owned)
}

/// Older programs put the quoted text before the answer, each line after `> ` (CS-API, "Fallbacks for rich replies").
fn own_words(body: &str) -> &str {
    let mut rest = body;
    while rest.starts_with("> ") || rest.starts_with(">\n") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    if rest.len() == body.len() { body } else { rest.trim_start_matches('\n') }
}

/// What older programs put before the answer: the quoted words, without the name of who said them.
fn quoted_words(body: &str) -> Option<String> {
    let lines: Vec<&str> = body.lines().map_while(|line| line.strip_prefix('>')).map(str::trim_start).collect();
    let words = lines.join("\n");
    let words = words.strip_prefix('<').and_then(|rest| rest.split_once("> ")).map_or(words.as_str(), |(_, said)| said);
    (!words.trim().is_empty()).then(|| words.to_owned())
}

/// `/start CODE`, `link CODE`, `绑定 CODE`; a code alone is tried, too, by whoever is not linked yet.
pub fn code(text: &str) -> Option<String> {
    let (command, code) = text.trim().split_once(char::is_whitespace)?;
    let known = ["/start", "!link", "link", "绑定", "綁定"].contains(&command.to_lowercase().as_str());
    let bare: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (known && (16..=64).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(bare)
}
