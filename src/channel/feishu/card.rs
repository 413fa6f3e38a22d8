//! A message as a card ("Card JSON 1.0 structure", which old clients show, too).
//!
//! Everything is `plain_text`: nothing in it is taken for markup, and no `<at>` calls anybody.

use serde_json::{Value, json};

use crate::{Button, Outgoing};

/// A longer first line would be cut off in the head of a card.
const MAX_TITLE: usize = 50;
/// Where the action of a button stands in what a press brings back; its value must be an object.
pub(super) const ACTION: &str = "action";

/// The card: its title in the head where the text begins with it, the rest below, then the buttons row by row.
pub(super) fn card(message: &Outgoing) -> Value {
    let (title, body) = match message.text.split_once('\n') {
        Some((first, rest)) if is_title(first, message) && !rest.trim().is_empty() => (Some(first), rest),
        _ => (None, message.text.as_str()),
    };
    let rows = message.buttons.iter().filter(|row| !row.is_empty());
    let rows = rows.map(|row| json!({ "tag": "action", "actions": row.iter().map(button).collect::<Vec<_>>() }));
    let elements: Vec<Value> = std::iter::once(json!({ "tag": "div", "text": plain(body) })).chain(rows).collect();
    let mut card = json!({
        // A card can be changed in place only if it was and stays shared ("Update message card"). Not to be forwarded:
        // its buttons are its reader's.
        "config": { "update_multi": true, "enable_forward": false, "wide_screen_mode": true },
        "elements": elements,
    });
    if let Some(title) = title {
        let colour = if message.urgent { "red" } else { "blue" };
        card["header"] = json!({ "title": plain(title), "template": colour });
    }
    card
}

fn is_title(line: &str, message: &Outgoing) -> bool {
    line == message.subject && (1..=MAX_TITLE).contains(&line.chars().count())
}

fn plain(text: &str) -> Value {
    json!({ "tag": "plain_text", "content": text })
}

fn button(button: &Button) -> Value {
    json!({ "tag": "button", "text": plain(&button.label), "type": "default", "value": { ACTION: button.action } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(subject: &str, text: &str) -> Outgoing {
        Outgoing {
            key: "m1".into(),
            address: "ou_1".into(),
            subject: subject.into(),
            text: text.into(),
            ..Outgoing::default()
        }
    }

    #[test]
    fn a_title_goes_to_the_head_and_nothing_is_said_twice() {
        let card = card(&outgoing("今天到期", "今天到期\n① A7K2 静电接地\n完成请回复"));
        assert_eq!(card["header"]["title"]["content"], "今天到期");
        assert_eq!(card["elements"][0]["text"]["content"], "① A7K2 静电接地\n完成请回复");
    }

    #[test]
    fn a_text_without_its_title_or_with_a_long_one_stays_whole() {
        let long = "督".repeat(51);
        for (subject, text) in
            [("今天到期", "① A7K2"), ("好", "好"), (&*long, &*format!("{long}\n① A7K2")), ("", "\n甲")]
        {
            let card = card(&outgoing(subject, text));
            assert!(card.get("header").is_none());
            assert_eq!(card["elements"][0]["text"]["content"], text);
        }
    }
}
