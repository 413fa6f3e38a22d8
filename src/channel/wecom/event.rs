//! What WeCom tells us of its members: messages (page 90239) and presses (page 90240, "模板卡片事件推送").

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use reqwest::Url;

use super::crypt::Crypt;
use crate::{Call, Called, whole_second};
use dutybell_core::inbound::{Content, Inbound, Update};

/// How far the signed instant of a call may be from ours, in seconds. WeCom tries three times within a minute, each
/// with an instant of its own; what comes twice counts once anyway.
const WINDOW: i64 = 30 * 60;

/// Proves a call, opens it and reads it. WeCom's GET with `echostr` asks whether we can (page 90930).
pub(super) fn read(crypt: &Crypt, agent: u64, call: &Call<'_>) -> Called {
    let refused = |reason| Called::Refused { reason };
    let query = query(call.query);
    let word = |name: &str| query.get(name).map_or("", String::as_str);
    let envelope = fields(call.body);
    let sealed = match query.get("echostr") {
        Some(echo) if call.body.is_empty() => echo,
        _ => match envelope.get("Encrypt") {
            Some(sealed) => sealed,
            None => return refused("nothing sealed in it"),
        },
    };
    if !crypt.is_signed(word("msg_signature"), word("timestamp"), word("nonce"), sealed) {
        return refused("wrong signature");
    }
    let age = word("timestamp").parse::<i64>().ok().and_then(|at| call.now.timestamp().checked_sub(at));
    if age.is_none_or(|age| !(-WINDOW..=WINDOW).contains(&age)) {
        return refused("signed half an hour ago or more, or this machine's clock is wrong");
    }
    let Some(words) = crypt.open(sealed) else { return refused("sealed with another key, or for somebody else") };
    if call.body.is_empty() {
        return Called::Heard { updates: Vec::new(), answer: words };
    }
    // An empty answer means: received, nothing to say (page 90238).
    Called::Heard { updates: update(agent, &words).into_iter().collect(), answer: String::new() }
}

/// One message or event of a member; `None` for what is not for this app or not from a member.
fn update(agent: u64, words: &str) -> Option<Update> {
    let fields = fields(words);
    let word = |name: &str| fields.get(name).map_or("", String::as_str);
    let sender = super::user(word("FromUserName"));
    if sender.is_empty() || word("AgentID") != agent.to_string() {
        return None;
    }
    let (kind, event) = (word("MsgType"), word("Event"));
    let content = match (kind, event) {
        ("text", _) => Content::Text {
            text: word("Content").to_owned(),
            reply_to: None,
            quoted: None,
            forwarded: false,
            message: word("MsgId").to_owned(),
        },
        ("event", "template_card_event") => Content::Button {
            action: word("EventKey").to_owned(),
            message: word("TaskId").to_owned(),
            callback: format!("{} {sender}", word("ResponseCode")),
        },
        // Coming and going is no word to us.
        ("event", "subscribe") => Content::Blocked { blocked: false },
        ("event", "unsubscribe") => Content::Blocked { blocked: true },
        ("event", _) => return None,
        (kind, _) => Content::Other { what: kind.to_owned() },
    };
    // Messages have an id; events are told apart by member, second and what happened (page 90238).
    let id = match word("MsgId") {
        "" => format!("{sender} {} {event} {} {}", word("CreateTime"), word("TaskId"), word("EventKey")),
        id => id.to_owned(),
    };
    let sent_at = word("CreateTime").parse().ok().and_then(whole_second);
    let inbound = Inbound { sender: Some(sender.clone()), chat: sender, private: true, sent_at, content };
    Some(Update { id, offset: None, inbound, raw: words.to_owned() })
}

/// The values of a query, decoded; the first of each name.
fn query(text: &str) -> HashMap<String, String> {
    let Ok(url) = Url::parse(&format!("http://localhost/?{text}")) else { return HashMap::new() };
    let mut values = HashMap::new();
    for (name, value) in url.query_pairs() {
        values.entry(name.into_owned()).or_insert(value.into_owned());
    }
    values
}

/// The texts of a document's innermost elements, by name; the first of each name.
fn fields(xml: &str) -> HashMap<String, String> {
    let mut reader = Reader::from_str(xml);
    let (mut found, mut name, mut text) = (HashMap::new(), String::new(), String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                start.local_name().as_ref().clone_into(&mut name);
                text.clear();
            }
            Ok(Event::CData(data)) => text.push_str(&data),
            Ok(Event::Text(data)) => text.push_str(&data),
            Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                Ok(Some(character)) => text.push(character),
                _ => text.push_str(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Ok(Event::End(_)) => {
                if !name.is_empty() {
                    found.entry(std::mem::take(&mut name)).or_insert_with(|| std::mem::take(&mut text));
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}
