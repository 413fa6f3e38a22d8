//! A card with buttons (page 90236, "按钮交互型"; the same in page 101032, for AI bots).

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Outgoing;

/// What a card shows whole, in characters (page 90236, "按钮交互型"): title, text below it, a button's label.
pub(crate) const CARD: (usize, usize, usize) = (26, 112, 10);
/// Buttons of a card.
const BUTTONS: usize = 6;

/// The card and its id, by which presses name it; `None` when it would not be shown whole. The id is of these words:
/// an app may use one only once.
pub fn card(message: &Outgoing, text: &str) -> Option<(Value, String)> {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let buttons: Vec<_> = message.buttons.iter().flatten().collect();
    let fits = title.chars().count() <= CARD.0
        && rest.chars().count() <= CARD.1
        && (1..=BUTTONS).contains(&buttons.len())
        && buttons.iter().all(|b| b.label.chars().count() <= CARD.2);
    if !fits || title.is_empty() {
        return None;
    }
    let digest = Sha256::digest(json!([message.key, message.text, message.buttons]).to_string().as_bytes());
    let task = HEXLOWER.encode(&digest[..16]);
    let list: Vec<Value> = buttons.iter().map(|b| json!({ "text": b.label, "style": 1, "key": b.action })).collect();
    let mut card = json!({
        "card_type": "button_interaction",
        "main_title": { "title": title },
        "task_id": task,
        "button_list": list,
    });
    if !rest.is_empty() {
        card["sub_title_text"] = json!(rest);
    }
    Some((card, task))
}
