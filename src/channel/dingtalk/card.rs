//! A message as an interactive card (互动卡片) of a template that the organisation made once: its buttons answer by
//! themselves, and it can be changed in place (DOC, create-and-deliver-cards, interactive-card-update-interface,
//! event-callback-card).
//!
//! The template has three variables: [`TITLE`], [`TEXT`] (Markdown) and [`BUTTONS`] (a group of buttons made of data). A
//! card is known by the id that we give it, `outTrackId`: a second call with the same one makes no second card.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::text::{MOST, title};
use crate::Outgoing;
use crate::markup::markdown;
use dutybell_core::inbound::{Content, Inbound, Update};

/// What people press (PROTOCOL, kinds of messages).
pub(super) const PRESSED: &str = "/v1.0/card/instances/callback";
/// The template's variables.
const TITLE: &str = "title";
const TEXT: &str = "text";
const BUTTONS: &str = "buttons";
/// Where the action of a button stands in what a press brings back.
const ACTION: &str = "action";
/// With this our ids begin; the rest is a digest.
const MARK: &str = "dutybell";

/// The call that makes a card in the chat of the robot with one person, and the card's id; `None`: too long for one.
pub(super) fn call(template: &str, message: &Outgoing) -> Option<(Value, String)> {
    let data = data(message);
    let buttons = json!(message.buttons);
    let digest = Sha256::digest(json!([message.key, message.address, message.text, buttons]).to_string().as_bytes());
    let id = format!("{MARK}{}", HEXLOWER.encode(&digest[..16]));
    let call = json!({
        "cardTemplateId": template,
        "outTrackId": id,
        "callbackType": "STREAM",
        "cardData": { "cardParamMap": data },
        "openSpaceId": format!("dtv1.card//IM_ROBOT.{}", message.address),
        // Its buttons are its reader's.
        "imRobotOpenSpaceModel": { "supportForward": false },
        "imRobotOpenDeliverModel": { "spaceType": "IM_ROBOT" },
        // 1: userids.
        "userIdType": 1,
    });
    (data.to_string().len() <= MOST).then_some((call, id))
}

/// The call that changes a card; `None`: it is no card of ours.
pub(super) fn change(id: &str, message: &Outgoing) -> Option<Value> {
    id.starts_with(MARK).then(|| {
        json!({
            "outTrackId": id,
            "cardData": { "cardParamMap": data(message) },
            "cardUpdateOptions": { "updateCardDataByKey": true },
            "userIdType": 1,
        })
    })
}

/// Values of variables are texts, whatever is in them.
fn data(message: &Outgoing) -> Value {
    let button = |button: &crate::Button| {
        json!({
            "text": button.label, "color": "blue", "status": "normal",
            "event": {
                "type": "sendCardRequest",
                "params": { "actionId": button.action, "params": { ACTION: button.action } },
            },
        })
    };
    let buttons: Vec<Value> = message.buttons.iter().flatten().map(button).collect();
    json!({ TITLE: title(message), TEXT: markdown(&message.text), BUTTONS: Value::from(buttons).to_string() })
}

/// Why a call that was carried out brought nobody a card; `None`: it did.
pub(super) fn not_delivered(answer: &Value) -> Option<String> {
    let results = answer["result"]["deliverResults"].as_array().cloned().unwrap_or_default();
    let failed = results.iter().find(|result| result["success"] == false);
    if failed.is_none() && answer["success"] != false {
        return None;
    }
    let words = failed.and_then(|f| f["errorMsg"].as_str()).unwrap_or("no reason was given");
    Some(words.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// Reads a press; `push`: the id of what brought it. `None`: not a press of a card of ours.
pub fn read_press(data: &Value, push: &str) -> Option<Update> {
    let word = |value: &Value| value.as_str().filter(|w| !w.is_empty()).map(str::to_owned);
    let card = word(&data["outTrackId"]).filter(|id| id.starts_with(MARK))?;
    // The content is JSON in a text.
    let content =
        data["content"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let pressed = &content["cardPrivateData"];
    let action = word(&pressed["params"][ACTION]).or_else(|| word(&pressed["actionIds"][0]));
    // Only a userid is somebody (userIdType 1); a card is in a chat of two, as it cannot be forwarded.
    let sender = word(&data["userId"]).filter(|_| data["userIdType"].is_null() || data["userIdType"] == 1);
    let private = data["spaceType"] != "IM_GROUP";
    let content = match action {
        // The frame itself is the answer to a press.
        Some(action) => Content::Button { action, message: card, callback: push.to_owned() },
        None => Content::Other { what: "card".to_owned() },
    };
    let chat = sender.clone().unwrap_or_default();
    let inbound = Inbound { sender, chat, private, sent_at: None, content };
    Some(Update { id: format!("press {push}"), offset: None, inbound, raw: data.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Button;

    fn message(key: &str, text: &str) -> Outgoing {
        Outgoing {
            key: key.into(),
            address: "zhang3".into(),
            subject: "【今天到期】A7K2".into(),
            text: text.into(),
            buttons: vec![vec![Button { label: "完成".into(), action: "v1:7:1:done".into() }]],
            ..Outgoing::default()
        }
    }

    #[test]
    fn the_same_message_is_the_same_card_and_another_is_another() {
        let id = |key, text| call("t.schema", &message(key, text)).expect("fits").1;
        assert_eq!(id("m1", "一"), id("m1", "一"));
        assert!(id("m1", "一") != id("m2", "一") && id("m1", "一") != id("m1", "二"));
        assert_eq!(call("t.schema", &message("m1", &"督".repeat(6_000))), None);
        assert_eq!(change("pqk1=", &message("m1", "一")), None);
    }

    #[test]
    fn values_are_texts_and_nothing_in_them_is_markup() {
        let (call, _) = call("t.schema", &message("m1", "**甲**\n乙")).expect("fits");
        let data = &call["cardData"]["cardParamMap"];
        assert_eq!((&data[TITLE], &data[TEXT]), (&json!("【今天到期】A7K2"), &json!("＊＊甲＊＊  \n乙")));
        let buttons: Value = serde_json::from_str(data[BUTTONS].as_str().expect("a text")).expect("JSON");
        assert_eq!(buttons[0]["event"]["params"]["params"][ACTION], "v1:7:1:done");
    }

    #[test]
    fn a_press_is_its_presser_s_and_of_a_card_of_ours() {
        let pressed = |more: Value| {
            let content =
                json!({ "cardPrivateData": { "actionIds": ["v1:7:1:done"], "params": { "action": "v1:7:1:done" } } });
            let mut data = json!({ "outTrackId": "dutybell00", "userId": "zhang3", "userIdType": 1, "corpId": "c",
                "type": "actionCallback", "content": content.to_string() });
            data.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            read_press(&data, "push1")
        };
        let update = pressed(json!({})).expect("heard");
        assert_eq!((update.inbound.sender.as_deref(), &*update.inbound.chat), (Some("zhang3"), "zhang3"));
        assert!(matches!(update.inbound.content, Content::Button { action, message, .. }
            if action == "v1:7:1:done" && message == "dutybell00"));
        assert_eq!(pressed(json!({ "outTrackId": "other00" })), None);
        // Another kind of id is nobody's userid.
        assert_eq!(pressed(json!({ "userIdType": 2 })).expect("heard").inbound.sender, None);
        let nothing = pressed(json!({ "content": "?" })).expect("heard");
        assert!(matches!(nothing.inbound.content, Content::Other { .. }));
    }
}
