//! In which form a message goes out: as plain text, or with buttons that make its reader's client send an answer.
//!
//! A button is a link `dtmd://dingtalkclient/sendMessage?content=…`: a press sends the content as the presser's own
//! message. Such links work in Markdown and in action cards, not in plain text (DOC,
//! the-internal-robot-of-the-enterprise-realizes-the-interaction-in). Forms and their parameters: DOC,
//! robot-message-type.

use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::markup::{inert, markdown};
use crate::{Button, Outgoing};

/// Longest parameters of a message, in bytes: what is said of groups (DOC, the-robot-sends-a-group-message), as
/// nothing is said of single chats.
pub(super) const MOST: usize = 15_000;

/// The form's name and its parameters, written as JSON.
pub(super) fn form(message: &Outgoing) -> (&'static str, String) {
    let buttons: Vec<&Button> = message.buttons.iter().flatten().collect();
    let (kind, with_buttons) = match buttons.len() {
        0 => return plain(message),
        2 => ("sampleActionCard2", card(message, &buttons)),
        3 => ("sampleActionCard3", card(message, &buttons)),
        4 => ("sampleActionCard4", card(message, &buttons)),
        5 => ("sampleActionCard5", card(message, &buttons)),
        // A card with one button is pressed wherever it is touched; and none has more than five.
        _ => ("sampleMarkdown", links(message)),
    };
    let parameters = with_buttons.to_string();
    // What does not fit goes without buttons: the words to answer with stand in the text.
    if parameters.len() > MOST { plain(message) } else { (kind, parameters) }
}

pub(super) fn plain(message: &Outgoing) -> (&'static str, String) {
    ("sampleText", json!({ "content": message.text }).to_string())
}

fn card(message: &Outgoing, buttons: &[&Button]) -> Value {
    let mut parameters = Map::new();
    parameters.insert("title".to_owned(), json!(title(message)));
    parameters.insert("text".to_owned(), json!(markdown(&message.text)));
    for (n, button) in (1..).zip(buttons) {
        parameters.insert(format!("actionTitle{n}"), json!(button.label));
        parameters.insert(format!("actionURL{n}"), json!(saying(&button.action)));
    }
    Value::Object(parameters)
}

/// Each row of buttons as a line of links under the text.
fn links(message: &Outgoing) -> Value {
    let link = |b: &Button| format!("[{}]({})", inert(&b.label), saying(&b.action));
    let rows = message.buttons.iter().map(|row| row.iter().map(link).collect::<Vec<_>>().join("　"));
    let text = [markdown(&message.text)].into_iter().chain(rows).collect::<Vec<_>>().join("\n\n");
    json!({ "title": title(message), "text": text })
}

/// What lists of chats and notifications show; it must not be empty.
pub(super) fn title(message: &Outgoing) -> &str {
    let lines = [message.subject.as_str()].into_iter().chain(message.text.lines());
    lines.map(str::trim).find(|line| !line.is_empty()).unwrap_or("…")
}

/// The link that makes its presser say this. The client takes the host in small letters only, and the content as a
/// form has it.
fn saying(words: &str) -> String {
    let content = Url::parse_with_params("dtmd://dingtalkclient/sendMessage", [("content", words)]);
    // The address is a constant, and any text can be escaped.
    content.map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, buttons: &[&[(&str, &str)]]) -> Outgoing {
        let button = |(label, action): &(&str, &str)| Button { label: (*label).into(), action: (*action).into() };
        Outgoing {
            key: "m7".into(),
            address: "zhang3".into(),
            subject: "【今天到期】A7K2".into(),
            text: text.into(),
            buttons: buttons.iter().map(|row| row.iter().map(button).collect()).collect(),
            ..Outgoing::default()
        }
    }

    #[test]
    fn buttons_make_a_card_or_links_and_say_what_they_answer() {
        let three = [("完成", "完成 A7K2"), ("在办", "在办 A7K2"), ("延期3天", "+3天 A7K2")];
        let (kind, parameters) = form(&message("一\n二", &[&three]));
        let card: Value = serde_json::from_str(&parameters).expect("JSON");
        assert_eq!(
            (kind, &card["text"], &card["title"]),
            ("sampleActionCard3", &json!("一  \n二"), &json!("【今天到期】A7K2"))
        );
        assert_eq!(card["actionTitle3"], "延期3天");
        assert_eq!(card["actionURL1"], "dtmd://dingtalkclient/sendMessage?content=%E5%AE%8C%E6%88%90+A7K2");
        assert_eq!(card["actionURL3"], "dtmd://dingtalkclient/sendMessage?content=%2B3%E5%A4%A9+A7K2");
        let (kind, parameters) = form(&message("一", &[&three[..1]]));
        let one: Value = serde_json::from_str(&parameters).expect("JSON");
        assert_eq!(kind, "sampleMarkdown", "nothing is sent by touching the text");
        assert!(
            one["text"]
                .as_str()
                .expect("a text")
                .ends_with("\n\n[完成](dtmd://dingtalkclient/sendMessage?content=%E5%AE%8C%E6%88%90+A7K2)")
        );
        let (kind, parameters) = form(&message("一", &[&three, &three]));
        assert_eq!((kind, parameters.matches("dtmd://").count()), ("sampleMarkdown", 6));
        assert_eq!(form(&message("一", &[])).0, "sampleText");
        let untitled = Outgoing { subject: String::new(), ..message("一\n二", &[&three]) };
        assert!(form(&untitled).1.contains("\"title\":\"一\""), "DingTalk takes no card without a title");
        assert_eq!(form(&message(&"督".repeat(5_000), &[&three])).0, "sampleText", "what does not fit goes as it is");
    }
}
