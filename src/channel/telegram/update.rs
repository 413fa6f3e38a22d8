//! An update of the Bot API as the rest of the program understands it.
//!
//! Identity is `from.id` of a person and nothing else: not a display name, not the chat. Anonymous
//! administrators, channels and other bots have no identity here. Never fails: what is not understood
//! is [`Content::Other`], so that it is confirmed and does not come again for ever.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::whole_second;
use dutybell_core::inbound::{Content, Inbound, Update};

/// Reads an update; `None` only when it has no `update_id` and thus is none.
pub fn parse_update(update: &Value) -> Option<Update> {
    let id = update.get("update_id")?.as_i64()?;
    let inbound =
        message(update).or_else(|| button(update)).or_else(|| membership(update)).unwrap_or_else(|| other(update));
    Some(Update { id: id.to_string(), offset: Some(id), inbound, raw: update.to_string() })
}

fn message(update: &Value) -> Option<Inbound> {
    let message = update.get("message")?;
    let chat = message.get("chat")?;
    let private = is_private(chat);
    let inbound =
        |content| Inbound { sender: person(message), chat: id_of(chat), private, sent_at: date(message), content };
    // Groups become others; a chat of two never does, whatever is said in it.
    if let Some(to) = message.get("migrate_to_chat_id").and_then(Value::as_i64).filter(|_| !private) {
        return Some(inbound(Content::Moved { to: to.to_string() }));
    }
    // A photo's caption is what its sender says about it.
    let Some(text) = message.get("text").or_else(|| message.get("caption")).and_then(Value::as_str) else {
        return Some(inbound(Content::Other { what: kind_of(message) }));
    };
    let forwarded =
        ["forward_origin", "forward_date", "forward_from", "via_bot"].iter().any(|k| message.get(k).is_some());
    if let Some(token) = start(text).filter(|_| private && !forwarded) {
        return Some(inbound(Content::Start { token }));
    }
    let answered = message.get("reply_to_message");
    let reply_to = answered.map(message_id);
    // The part that was chosen (Bot API, "TextQuote"), else the whole message.
    let words = |of: &Value| of.get("text").or_else(|| of.get("caption")).and_then(Value::as_str).map(str::to_owned);
    let quoted = answered.and_then(|answered| message.get("quote").and_then(words).or_else(|| words(answered)));
    let message = message_id(message);
    Some(inbound(Content::Text { text: text.to_owned(), reply_to, quoted, forwarded, message }))
}

/// `/start`, `/start TOKEN`, `/start@bot TOKEN` (Bot API, "Deep linking").
fn start(text: &str) -> Option<Option<String>> {
    let mut words = text.split_whitespace();
    let command = words.next()?;
    if command != "/start" && !command.starts_with("/start@") {
        return None;
    }
    Some(words.next().map(str::to_owned))
}

fn button(update: &Value) -> Option<Inbound> {
    let query = update.get("callback_query")?;
    let message = query.get("message")?;
    let chat = message.get("chat")?;
    let content = Content::Button {
        action: query.get("data")?.as_str()?.to_owned(),
        message: message_id(message),
        callback: query.get("id")?.as_str()?.to_owned(),
    };
    // A press has no date: that of its message is when the buttons were sent.
    Some(Inbound { sender: person(query), chat: id_of(chat), private: is_private(chat), sent_at: None, content })
}

/// The bot was blocked, unblocked, thrown out or let in.
fn membership(update: &Value) -> Option<Inbound> {
    let member = update.get("my_chat_member")?;
    let chat = member.get("chat")?;
    let blocked = match member.get("new_chat_member")?.get("status")?.as_str()? {
        "kicked" | "left" => true,
        "member" | "administrator" => false,
        _ => return None,
    };
    let content = Content::Blocked { blocked };
    Some(Inbound {
        sender: person(member),
        chat: id_of(chat),
        private: is_private(chat),
        sent_at: date(member),
        content,
    })
}

/// Edits, channel posts and whatever comes in later versions: noted, never an answer.
fn other(update: &Value) -> Inbound {
    let found = update.as_object().and_then(|o| o.iter().find(|(key, _)| *key != "update_id"));
    let (what, body) = found.map_or(("nothing", &Value::Null), |(key, body)| (key.as_str(), body));
    let chat = body.get("chat").or_else(|| body.get("message").and_then(|m| m.get("chat"))).unwrap_or(&Value::Null);
    Inbound {
        // An edited answer is not taken back by silence: its writer is told how to change it.
        sender: (what == "edited_message").then(|| person(body)).flatten(),
        chat: id_of(chat),
        private: is_private(chat),
        sent_at: None,
        content: Content::Other { what: what.to_owned() },
    }
}

/// The person who wrote; nobody for anonymous administrators, channels and bots.
fn person(body: &Value) -> Option<String> {
    let from = body.get("from")?;
    let is_bot = from.get("is_bot").and_then(Value::as_bool).unwrap_or(false);
    if is_bot || body.get("sender_chat").is_some() {
        return None;
    }
    Some(from.get("id")?.as_i64()?.to_string())
}

/// When it was written, Unix time.
fn date(body: &Value) -> Option<DateTime<Utc>> {
    whole_second(body.get("date")?.as_i64()?)
}

fn is_private(chat: &Value) -> bool {
    chat.get("type").and_then(Value::as_str) == Some("private")
}

fn id_of(chat: &Value) -> String {
    chat.get("id").and_then(Value::as_i64).map_or(String::new(), |id| id.to_string())
}

fn message_id(message: &Value) -> String {
    message.get("message_id").and_then(Value::as_i64).map_or(String::new(), |id| id.to_string())
}

/// What kind of message it is: `sticker`, `voice`, `photo`, …
fn kind_of(message: &Value) -> String {
    const COMMON: [&str; 7] =
        ["message_id", "from", "chat", "date", "edit_date", "reply_to_message", "message_thread_id"];
    let found = message.as_object().and_then(|o| o.keys().find(|k| !COMMON.contains(&k.as_str())));
    found.cloned().unwrap_or_else(|| "message".to_owned())
}
