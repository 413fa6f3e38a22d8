//! Calls of the platform: proven, opened, read ("Receive events", "Receive callbacks").
//!
//! Identity is `open_id` and nothing else. What is signed is the call as it came; the words inside are encrypted with
//! the same key. The platform brings an event up to four times more, within seven hours and a little, until it is taken
//! ("Event overview"); presses of buttons it brings once ("Callback overview"), and shows their presser an error when
//! they were not taken.

use std::collections::BTreeMap;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use chrono::{DateTime, Duration, Utc};
use data_encoding::{BASE64, HEXLOWER};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::card::ACTION;
use crate::{Call, Called};
use dutybell_core::inbound::{Content, Inbound, Update};

/// So old may an event be: the last time that the platform brings it is 7.1 hours after it happened.
const OLDEST: Duration = Duration::hours(8);
/// So far may the platform's clock be before ours.
const AHEAD: Duration = Duration::minutes(10);
/// Block size of AES, and length of what stands before the words.
const BLOCK: usize = 16;

/// What proves that a call comes from the platform.
pub(super) struct Keys {
    pub(super) key: SecretString,
    pub(super) token: Option<SecretString>,
}

/// Reads a call. An answer without words would be taken for a failure where a button was pressed.
pub(super) fn called(keys: &Keys, app: &str, call: &Call<'_>) -> Called {
    let refused = |reason| Called::Refused { reason };
    let Some(event) = opened(keys, call.body) else { return refused("not encrypted with this app's encrypt_key") };
    let header = &event["header"];
    let token = header["token"].as_str().or(event["token"].as_str()).unwrap_or_default();
    if keys.token.as_ref().is_some_and(|own| !same(own.expose_secret(), token)) {
        return refused("not this app's verification_token");
    }
    // "Configure request URL": asked once, when the address is entered, and not said to be signed. Who can encrypt it
    // has the key; and the answer says nothing but what it brought.
    if event["type"] == "url_verification" {
        let answer = json!({ "challenge": event["challenge"].as_str().unwrap_or_default() });
        return Called::Heard { updates: Vec::new(), answer: answer.to_string() };
    }
    if !is_signed(keys, call) {
        return refused("not signed with this app's encrypt_key");
    }
    if header["app_id"].as_str() != Some(app) {
        return refused("meant for another app");
    }
    let Some(at) = instant(header) else { return refused("without its time") };
    if at < call.now - OLDEST || at > call.now + AHEAD {
        return refused("too old, or this machine's clock is wrong");
    }
    Called::Heard { updates: update(event).into_iter().collect(), answer: "{}".to_owned() }
}

/// "Receive events", signature: SHA-256 of the time, a random word, the key, and the body as it came.
fn is_signed(keys: &Keys, call: &Call<'_>) -> bool {
    let header = |name: &str| call.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(header("x-lark-request-timestamp"))
        .chain_update(header("x-lark-request-nonce"))
        .chain_update(keys.key.expose_secret())
        .chain_update(call.body)
        .finalize();
    same(&HEXLOWER.encode(&digest), header("x-lark-signature"))
}

/// Takes the same time for any wrong word of the same length.
fn same(own: &str, given: &str) -> bool {
    own.as_bytes().ct_eq(given.as_bytes()).into()
}

fn opened(keys: &Keys, body: &str) -> Option<Value> {
    serde_json::from_slice(&plain(&keys.key, body)?).ok().filter(Value::is_object)
}

/// "Receive events", decryption: AES-256-CBC, its key is the SHA-256 of ours, the first block is the vector.
fn plain(key: &SecretString, body: &str) -> Option<Vec<u8>> {
    let envelope: Value = serde_json::from_str(body).ok()?;
    let mut bytes = BASE64.decode(envelope["encrypt"].as_str()?.as_bytes()).ok()?;
    let (vector, words) = bytes.split_at_mut_checked(BLOCK)?;
    let key = Sha256::digest(key.expose_secret().as_bytes());
    let opener = cbc::Decryptor::<aes::Aes256>::new_from_slices(&key, vector).ok()?;
    opener.decrypt_padded::<Pkcs7>(words).ok().map(<[u8]>::to_vec)
}

/// When it happened. Messages carry milliseconds and presses microseconds ("Receive message", "Card callback
/// communication"). The time of the call itself is signed as well, but not always a number.
fn instant(header: &Value) -> Option<DateTime<Utc>> {
    parsed(header["create_time"].as_str()?)
}

fn parsed(time: &str) -> Option<DateTime<Utc>> {
    let number: i64 = time.parse().ok()?;
    // In milliseconds this is the year 5138.
    if number < 100_000_000_000_000 {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp_micros(number)
    }
}

/// What happened; `None`: nothing for us.
pub(super) fn update(mut event: Value) -> Option<Update> {
    let (id, inbound) = match event["header"]["event_type"].as_str() {
        Some("im.message.receive_v1") => {
            // "Receive message": repeats are known by the message, not by the event.
            let id = event["event"]["message"]["message_id"].as_str()?.to_owned();
            (id, message(&event["event"])?)
        }
        Some("card.action.trigger") => {
            let id = event["header"]["event_id"].as_str()?.to_owned();
            let inbound = press(&event["event"], &id)?;
            (id, inbound)
        }
        other => {
            tracing::debug!(kind = other.unwrap_or("?"), "an event of Feishu that nobody needs");
            return None;
        }
    };
    // Evidence holds no secrets: one proves calls, the other changes the card.
    for part in ["header", "event"] {
        event[part].as_object_mut()?.remove("token");
    }
    Some(Update { id, offset: None, inbound, raw: event.to_string() })
}

fn message(event: &Value) -> Option<Inbound> {
    let message = &event["message"];
    // Other bots are not people.
    let sender = event["sender"]["sender_type"].as_str().filter(|kind| *kind == "user");
    let sender = sender.and(event["sender"]["sender_id"]["open_id"].as_str()).filter(|id| !id.is_empty());
    let private = message["chat_type"] == "p2p";
    // Answers to a private chat go to the person, so that a message is known by who can quote it.
    let chat = sender.filter(|_| private).or(message["chat_id"].as_str())?;
    let content = match (message["message_type"].as_str().unwrap_or("?"), words(message)) {
        ("text" | "post", Some(text)) if !text.trim().is_empty() => Content::Text {
            text,
            reply_to: message["parent_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned),
            // The platform does not say so of a single message.
            quoted: None,
            forwarded: false,
            message: message["message_id"].as_str()?.to_owned(),
        },
        (kind, _) => Content::Other { what: kind.to_owned() },
    };
    let sent_at = message["create_time"].as_str().and_then(parsed);
    Some(Inbound { sender: sender.map(str::to_owned), chat: chat.to_owned(), private, sent_at, content })
}

/// "Message content": plain words, or formatted ones line by line.
fn words(message: &Value) -> Option<String> {
    let content: Value = serde_json::from_str(message["content"].as_str()?).ok()?;
    let text = match content["text"].as_str() {
        Some(text) => text.to_owned(),
        None => formatted(&content)?,
    };
    Some(with_names(&text, &message["mentions"]))
}

fn formatted(content: &Value) -> Option<String> {
    let lines = content["content"].as_array()?.iter().filter_map(Value::as_array);
    let word = |part: &Value| match part["tag"].as_str() {
        Some("at") => part["user_id"].as_str().unwrap_or_default().to_owned(),
        _ => part["text"].as_str().unwrap_or_default().to_owned(),
    };
    let lines = lines.map(|line| line.iter().map(word).collect::<String>());
    let title = content["title"].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    Some(title.into_iter().chain(lines).collect::<Vec<_>>().join("\n"))
}

/// Whoever is mentioned stands in the text as `@_user_1`.
fn with_names(text: &str, mentions: &Value) -> String {
    let pair = |m: &Value| Some((m["key"].as_str()?.to_owned(), m["name"].as_str()?.to_owned()));
    let names: BTreeMap<String, String> = mentions.as_array().into_iter().flatten().filter_map(pair).collect();
    // The longest first: @_user_1 is the beginning of @_user_10.
    let mut keys: Vec<&String> = names.keys().filter(|key| !key.is_empty()).collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    keys.into_iter().fold(text.to_owned(), |text, key| text.replace(key, &format!("@{}", names[key])))
}

/// A pressed button ("Card callback communication"). Cards are sent to one person each and cannot be forwarded.
fn press(event: &Value, id: &str) -> Option<Inbound> {
    let presser = event["operator"]["open_id"].as_str().filter(|id| !id.is_empty())?;
    let content = match (event["action"]["value"][ACTION].as_str(), event["context"]["open_message_id"].as_str()) {
        (Some(action), Some(message)) => Content::Button {
            action: action.to_owned(),
            message: message.to_owned(),
            // It was answered with the call itself.
            callback: id.to_owned(),
        },
        _ => Content::Other { what: "card".to_owned() },
    };
    Some(Inbound { sender: Some(presser.to_owned()), chat: presser.to_owned(), private: true, sent_at: None, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(message: Value) -> Content {
        let sender = json!({ "sender_id": { "open_id": "ou_1" }, "sender_type": "user" });
        super::message(&json!({ "sender": sender, "message": message })).expect("a message").content
    }

    #[test]
    fn what_is_encrypted_is_opened_as_on_the_platform_s_page() {
        // "Receive events", decryption: key and cipher of the page's example, which is no JSON.
        let key = SecretString::from("test key");
        let body = json!({ "encrypt": "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=" }).to_string();
        assert_eq!(plain(&key, &body).as_deref(), Some(b"hello world".as_slice()));
        assert_eq!(opened(&Keys { key, token: None }, &body), None);
    }

    #[test]
    fn names_stand_where_they_were_mentioned_and_formatted_words_are_words() {
        let mentions: Vec<Value> = [("@_user_1", "王强"), ("@_user_10", "李娜")]
            .map(|(key, name)| json!({ "key": key, "name": name, "id": { "open_id": "ou_9" } }))
            .to_vec();
        let text = json!({ "text": "转 @_user_10，不是 @_user_1" }).to_string();
        let said = json!({
            "message_id": "om_1", "chat_id": "oc_1", "chat_type": "p2p", "message_type": "text",
            "content": text, "mentions": mentions,
        });
        assert!(matches!(heard(said), Content::Text { text, .. } if text == "转 @李娜，不是 @王强"));
        let lines =
            json!([[{ "tag": "text", "text": "完成", "style": ["bold"] }, { "tag": "a", "text": " A7K2" }], []]);
        let said = json!({
            "message_id": "om_1", "chat_id": "oc_1", "chat_type": "p2p", "message_type": "post",
            "content": json!({ "title": "", "content": lines }).to_string(),
        });
        assert!(matches!(heard(said), Content::Text { text, .. } if text.trim() == "完成 A7K2"));
    }

    #[test]
    fn what_is_no_text_is_named_and_another_bot_is_nobody() {
        let photo = json!({
            "message_id": "om_1", "chat_id": "oc_1", "chat_type": "p2p", "message_type": "image",
            "content": "{\"image_key\":\"img_1\"}",
        });
        assert!(matches!(heard(photo.clone()), Content::Other { what } if what == "image"));
        let bot = json!({ "sender_id": { "open_id": "ou_2" }, "sender_type": "app" });
        let inbound = message(&json!({ "sender": bot, "message": photo })).expect("a message");
        assert_eq!(inbound.sender, None);
    }

    #[test]
    fn times_come_in_two_units() {
        let at = |text: &str| instant(&json!({ "create_time": text })).map(|t| t.timestamp());
        assert_eq!(at("1608725989000"), Some(1_608_725_989));
        assert_eq!(at("1603977298000000"), Some(1_603_977_298));
        assert_eq!([at(""), at("2026-10-04 18:23:46 +0800 CST")], [None, None]);
    }
}
