//! What a bot is told of its members: messages (page 100719), presses of cards and other events (page 101027).
//!
//! Identity is `from.userid` and nothing else. Nothing is acknowledged on this connection; what WeCom pushed while nobody
//! listened may not come again.

use serde_json::{Value, json};

use crate::matrix::linking_code;
use crate::whole_second;
use dutybell_core::inbound::{Content, Inbound, Update};

/// Key of a button that says nothing.
pub(super) const NOTHING: &str = "-";

/// A button's key: what a press does, and the card's title.
pub(super) fn key(action: &str, title: &str) -> String {
    format!("{action}\n{title}")
}

/// What the answer to a press needs.
pub(super) struct Press {
    /// Of the frame that brought it.
    pub(super) id: String,
    pub(super) task: String,
    pub(super) title: String,
}

impl Press {
    fn text(&self) -> String {
        json!([self.id, self.task, self.title]).to_string()
    }

    pub(super) fn parse(text: &str) -> Option<Press> {
        let (id, task, title) = serde_json::from_str(text).ok()?;
        Some(Press { id, task, title })
    }
}

/// A member's message; `None` for what has no id, or is another bot's.
pub(super) fn message(bot: &str, body: &Value) -> Option<Update> {
    let id = word(&body["msgid"])?;
    let content = match said(body) {
        Some(text) => match linking_code(&text) {
            Some(token) => Content::Start { token: Some(token) },
            // A quotation carries the words quoted, and no id of the message.
            None => {
                let quoted = said(&body["quote"]);
                Content::Text { text, reply_to: None, quoted, forwarded: false, message: id.clone() }
            }
        },
        None => Content::Other { what: word(&body["msgtype"]).unwrap_or_else(|| "message".to_owned()) },
    };
    update(bot, id, content, body)
}

/// An event; `None` for those that are no word to us. `frame`: its id.
pub(super) fn event(bot: &str, frame: &str, body: &Value) -> Option<Update> {
    if body["event"]["eventtype"] != "template_card_event" {
        // Opening the chat, thumbs up: no word to us.
        return None;
    }
    let press = &body["event"]["template_card_event"];
    let (key, task) = (word(&press["event_key"])?, word(&press["task_id"])?);
    if key == NOTHING {
        return None;
    }
    let (action, title) = key.split_once('\n').unwrap_or((&key, ""));
    let callback = Press { id: frame.to_owned(), task: task.clone(), title: title.to_owned() }.text();
    let content = Content::Button { action: action.to_owned(), message: task, callback };
    // Events have an id of their own (page 101027).
    let id = word(&body["msgid"]).unwrap_or_else(|| frame.to_owned());
    update(bot, id, content, body)
}

fn update(bot: &str, id: String, content: Content, body: &Value) -> Option<Update> {
    if word(&body["aibotid"]).is_some_and(|named| named != bot) {
        return None;
    }
    let private = body["chattype"] != "group";
    let sender = word(&body["from"]["userid"]);
    // A chat of two goes by the name of the other one: that is the address at which he is answered.
    let chat = if private { sender.clone() } else { word(&body["chatid"]).map(|id| format!("{}{id}", super::GROUP)) };
    if let Some(chat) = chat.as_ref().filter(|_| !private) {
        tracing::info!(
            chat,
            "the bot was named in a group, which is not read; it can be told something at this address"
        );
    }
    let mut raw = body.clone();
    if !raw["response_url"].is_null() {
        // Whoever has it can write in this chat.
        raw["response_url"] = json!("***");
    }
    let sent_at = body["create_time"].as_i64().and_then(whole_second);
    let inbound = Inbound { sender, chat: chat.unwrap_or_default(), private, sent_at, content };
    Some(Update { id, offset: None, inbound, raw: raw.to_string() })
}

/// The words of a message; of one with pictures, those between them; of a spoken one, what WeCom heard.
fn said(body: &Value) -> Option<String> {
    let text = match body["msgtype"].as_str()? {
        "text" => body["text"]["content"].as_str()?.to_owned(),
        "voice" => body["voice"]["content"].as_str()?.to_owned(),
        "mixed" => {
            let parts = body["mixed"]["msg_item"].as_array()?.iter().filter_map(|p| p["text"]["content"].as_str());
            parts.collect::<Vec<_>>().join("\n")
        }
        _ => return None,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn word(value: &Value) -> Option<String> {
    value.as_str().filter(|w| !w.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(more: Value) -> Value {
        let mut body = json!({
            "msgid": "m1", "aibotid": "bot1", "chattype": "single", "from": { "userid": "ZhangSan" }, "msgtype": "text",
            "response_url": "https://qyapi.example/cgi-bin/aibot/response?response_code=R",
        });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    }

    #[test]
    fn words_are_heard_however_they_came_and_no_secret_is_kept() {
        for said in [
            json!({ "text": { "content": " 完成 " } }),
            json!({ "msgtype": "voice", "voice": { "content": "完成" } }),
            json!({ "msgtype": "mixed", "mixed": { "msg_item": [
                { "msgtype": "image", "image": { "url": "https://x.example" } },
                { "msgtype": "text", "text": { "content": "完成" } },
            ] } }),
        ] {
            let update = message("bot1", &body(said)).expect("heard");
            assert!(matches!(update.inbound.content, Content::Text { text, .. } if text == "完成"));
            assert_eq!((update.inbound.sender.as_deref(), &*update.inbound.chat), (Some("ZhangSan"), "ZhangSan"));
            assert!(!update.raw.contains("response_code"));
        }
        let photo = message("bot1", &body(json!({ "msgtype": "image" }))).expect("heard");
        assert!(matches!(photo.inbound.content, Content::Other { what } if what == "image"));
    }

    #[test]
    fn a_group_is_not_its_writer_and_another_bot_is_not_ours() {
        let there = json!({ "chattype": "group", "chatid": "wrGroup", "text": { "content": "完成" } });
        let update = message("bot1", &body(there)).expect("heard");
        assert_eq!((update.inbound.private, &*update.inbound.chat), (false, "group:wrGroup"));
        assert_eq!(message("bot2", &body(json!({ "text": { "content": "完成" } }))), None);
        assert_eq!(message("bot1", &json!({ "msgtype": "text" })), None);
    }

    #[test]
    fn a_press_brings_what_its_answer_needs() {
        let press = json!({ "msgtype": "event", "event": {
            "eventtype": "template_card_event",
            "template_card_event": { "event_key": key("v1:7:1:done", "静电\"接地\""), "task_id": "t1" },
        } });
        let update = event("bot1", "frame1", &body(press)).expect("heard");
        let Content::Button { action, message, callback } = update.inbound.content else { panic!("a press") };
        assert_eq!((&*action, &*message), ("v1:7:1:done", "t1"));
        let press = Press::parse(&callback).expect("whole");
        assert_eq!((&*press.id, &*press.task, &*press.title), ("frame1", "t1", "静电\"接地\""));
        let nothing = json!({ "event": { "eventtype": "template_card_event",
            "template_card_event": { "event_key": NOTHING, "task_id": "t1" } } });
        assert_eq!(event("bot1", "frame2", &body(nothing)), None);
    }
}
