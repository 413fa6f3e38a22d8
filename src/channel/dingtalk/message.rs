//! What people write to the robot, from a push or however it came.
//!
//! Identity is `senderStaffId` and nothing else. Reading a message never fails: what is not understood is
//! [`Content::Other`].

use chrono::DateTime;
use serde_json::{Value, json};

use crate::matrix::linking_code;
use dutybell_core::inbound::{Content, Inbound, Update};

/// Reads what somebody wrote to the robot (DOC, receive-message); `None` only when it has no id and thus is none.
pub fn read_message(data: &Value) -> Option<Update> {
    let word = |value: &Value| value.as_str().filter(|w| !w.is_empty()).map(str::to_owned);
    let id = word(&data["msgId"])?;
    let private = data["conversationType"] == "1" || data["conversationType"] == 1;
    // Members of other organisations have none; should one be named all the same, it is not ours.
    let (theirs, ours) = (word(&data["senderCorpId"]), word(&data["chatbotCorpId"]));
    let ours = theirs.is_none() || ours.is_none() || theirs == ours;
    let sender = word(&data["senderStaffId"]).filter(|_| ours);
    let conversation = word(&data["conversationId"]).unwrap_or_default();
    // A chat of two goes by the name of the other one: that is the address at which he is answered.
    let chat = sender.clone().filter(|_| private).unwrap_or(conversation);
    let content = match said(data) {
        Some(text) => match linking_code(&text) {
            Some(token) => Content::Start { token: Some(token) },
            None => {
                let quoted = word(&data["text"]["repliedMsg"]["content"]["text"]);
                Content::Text { text, reply_to: answered(data), quoted, forwarded: false, message: id.clone() }
            }
        },
        None => Content::Other { what: word(&data["msgtype"]).unwrap_or_else(|| "message".to_owned()) },
    };
    let mut raw = data.clone();
    if !raw["sessionWebhook"].is_null() {
        // Whoever has it can write in this chat.
        raw["sessionWebhook"] = json!("***");
    }
    let sent_at = data["createAt"].as_i64().and_then(DateTime::from_timestamp_millis);
    let inbound = Inbound { sender, chat, private, sent_at, content };
    Some(Update { id, offset: None, inbound, raw: raw.to_string() })
}

/// The words of a message; of one with pictures, those between them.
fn said(data: &Value) -> Option<String> {
    let text = match data["msgtype"].as_str()? {
        "text" => data["text"]["content"].as_str()?.to_owned(),
        "richText" => {
            let parts = data["content"]["richText"].as_array()?.iter().filter_map(|part| part["text"].as_str());
            parts.collect::<Vec<_>>().join("\n")
        }
        _ => return None,
    };
    // In groups a space is left where the robot was named.
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The message that this one quotes: by the key that sending it gave, which no page describes.
fn answered(data: &Value) -> Option<String> {
    let quotes = [&data["originalProcessQueryKey"], &data["text"]["repliedMsg"]["msgId"]];
    quotes.into_iter().find_map(|id| id.as_str().filter(|id| !id.is_empty())).map(str::to_owned)
}
