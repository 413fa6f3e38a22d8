//! The message as data: what a person reads, before any channel's markup.
//!
//! Built by [`super::compose`], turned into text by `render`. Where it is queued or sent, its lines get the numbers of
//! its reader ([`super::numbers`]); before that they are places.

use serde::{Deserialize, Deserializer, Serialize};

use super::item::ItemId;
use super::subject::Subject;
use super::words::{circled, letter};

/// What one message says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// First line, and the subject of a mail.
    pub title: String,
    /// Sentences under the title.
    #[serde(default)]
    pub lead: Vec<String>,
    #[serde(default)]
    pub sections: Vec<Section>,
    #[serde(default)]
    pub table: Option<Table>,
    /// Sentences at the end: how to answer.
    #[serde(default)]
    pub foot: Vec<String>,
    #[serde(default)]
    pub buttons: Vec<Vec<Press>>,
    /// What buttons mean although no numbered line shows it (an answer's undo).
    #[serde(default, deserialize_with = "refs")]
    pub refs: Vec<(u32, Subject)>,
    /// Titles of items may not be shown where this is sent.
    #[serde(default)]
    pub confidential: bool,
    #[serde(default)]
    pub numbering: Numbering,
}

/// Reads references; before there were other subjects than items, each was an item's id.
fn refs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(u32, Subject)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Ref {
        Of(u32, Subject),
        Before(u32, ItemId),
    }
    let read = |one| match one {
        Ref::Of(number, subject) => (number, subject),
        Ref::Before(number, item) => (number, Subject::Item(item)),
    };
    Ok(Vec::deserialize(from)?.into_iter().map(read).collect())
}

/// What the numbers of a message's lines are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    /// Places in this message, as in those sent before numbers stayed; said where there are several.
    #[default]
    Places,
    /// The reader's own; said where there are several.
    Lasting,
    /// The reader's own, and said of a line that is alone, too.
    Shown,
}

/// Longest title that is said in a group, in characters.
const SHORT: usize = 30;
/// So many digits are somebody's number.
const NUMBER: usize = 7;

impl Message {
    /// As much of it as a group may read: code and short title of its items and nothing else, of confidential ones the
    /// code. `None`: it names no item.
    pub fn in_group(&self) -> Option<Message> {
        let mut lines = self.lines().map(|line| match self.confidential {
            true => line.code.clone(),
            false => format!("{} {}", line.code, short(&line.title)),
        });
        let title = lines.next()?;
        let lead = lines.collect();
        Some(Message { title, lead, confidential: self.confidential, ..Message::default() })
    }
}

/// A title without telephone numbers and the like, cut to what a glance takes in.
fn short(title: &str) -> String {
    let mut out = String::new();
    let mut number = String::new();
    // The last sign ends a number, too.
    for c in title.chars().chain(['\n']) {
        if c.is_ascii_digit() || c == '-' && !number.is_empty() {
            number.push(c);
            continue;
        }
        let digits = number.chars().filter(char::is_ascii_digit).count();
        out.push_str(if digits >= NUMBER { "…" } else { &number });
        number.clear();
        out.push(c);
    }
    let out = out.trim_end();
    match out.chars().count() > SHORT {
        true => out.chars().take(SHORT).chain(['…']).collect(),
        false => out.to_owned(),
    }
}

/// Lines under a heading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub heading: String,
    pub lines: Vec<Line>,
}

/// One item, or something else that can be answered, in a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The number by which the reader may answer.
    pub number: u32,
    #[serde(flatten)]
    pub subject: Subject,
    pub code: String,
    pub title: String,
    /// Due date, days late, reason …
    pub detail: String,
}

/// A table of figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Lists under the table (overdue items, waiting claims).
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A button and what its press means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    pub label: String,
    pub verb: Action,
    /// Line number; 0 = the whole message.
    pub line: u32,
}

/// What buttons can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Done,
    Ack,
    /// "I have seen it", by somebody who is told and does not fix.
    Noted,
    InProgress,
    /// Ask for more time (three days).
    Extend,
    VerifyPass,
    VerifyFail,
    Approve,
    Refuse,
    Close,
    Undo,
    /// "Yes" to the question the message asks.
    Confirm,
    /// "No, leave it".
    Cancel,
    /// Give the item to somebody else; whom is asked next.
    Reassign,
    /// Ask to void the item; why is asked next.
    Void,
    /// Let the administrator see to it.
    TellAdministrator,
    /// Choose this line as the item that was meant.
    Choose,
    /// Choose this reading, A for line 1, of those that are asked back.
    Mean,
    Help,
    Status,
}

impl Action {
    /// What choosing a line says in words: its number, or its letter; none for what is no choice.
    pub fn chosen(self, line: u32) -> Option<String> {
        match self {
            Action::Choose => Some(line.to_string()),
            Action::Mean => letter(line).map(String::from),
            _ => None,
        }
    }

    fn row(self) -> &'static (Action, &'static str, &'static str) {
        &ACTIONS[self as usize]
    }

    /// The short word in a button's action.
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// The phrase on it; empty for a choice, which shows its number or letter.
    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// Reads [`Action::word`].
    pub fn parse(word: &str) -> Option<Action> {
        ACTIONS.iter().find(|(_, known, _)| *known == word).map(|(action, ..)| *action)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Action> {
        ACTIONS.iter().map(|(action, ..)| *action)
    }
}

/// In the order of [`Action`]: its word in an action, and the phrase on it.
const ACTIONS: [(Action, &str, &str); 20] = [
    (Action::Done, "done", "button_done"),
    (Action::Ack, "ack", "button_ack"),
    (Action::Noted, "seen", "button_noted"),
    (Action::InProgress, "wip", "button_in_progress"),
    (Action::Extend, "ext", "button_extend"),
    (Action::VerifyPass, "pass", "button_pass"),
    (Action::VerifyFail, "fail", "button_fail"),
    (Action::Approve, "ok", "button_approve"),
    (Action::Refuse, "no", "button_refuse"),
    (Action::Close, "close", "button_close"),
    (Action::Undo, "undo", "button_undo"),
    (Action::Confirm, "yes", "button_yes"),
    (Action::Cancel, "cancel", "button_no"),
    (Action::Reassign, "to", "button_reassign"),
    (Action::Void, "void", "button_void"),
    (Action::TellAdministrator, "admin", "button_tell_administrator"),
    (Action::Choose, "pick", ""),
    (Action::Mean, "mean", ""),
    (Action::Help, "help", ""),
    (Action::Status, "list", ""),
];

/// The action string of a button: message id, line and verb; far below 64 bytes.
pub fn action(message: i64, press: &Press) -> String {
    format!("v1:{message}:{}:{}", press.line, press.verb.word())
}

/// Reads an action string back.
pub fn parse_action(text: &str) -> Option<(i64, u32, Action)> {
    let mut parts = text.strip_prefix("v1:")?.split(':');
    let message = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let verb = Action::parse(parts.next()?)?;
    parts.next().is_none().then_some((message, line, verb))
}

impl Message {
    /// Whether its lines say their numbers.
    pub fn says_numbers(&self) -> bool {
        self.numbering == Numbering::Shown || self.lines().count() > 1
    }

    pub(super) fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.sections.iter_mut().flat_map(|s| &mut s.lines)
    }

    /// Buttons of lines that got other numbers, with the number that their labels begin with: old and new.
    pub(super) fn move_buttons(&mut self, moved: &[(u32, u32)]) {
        // The line of a choice among readings is its letter.
        for press in self.buttons.iter_mut().flatten().filter(|press| press.verb != Action::Mean) {
            let Some((old, new)) = moved.iter().find(|(old, _)| *old == press.line).copied() else { continue };
            press.line = new;
            if let Some(label) = press.label.strip_prefix(&circled(old)) {
                press.label = format!("{}{label}", circled(new));
            }
        }
    }

    /// Items by line number.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.sections.iter().flat_map(|s| &s.lines)
    }

    /// The item behind a number, shown or not.
    pub fn item(&self, number: u32) -> Option<ItemId> {
        let shown = self.lines().find(|l| l.number == number).map(|l| l.subject);
        let meant = shown.or_else(|| self.refs.iter().find(|(n, _)| *n == number).map(|(_, subject)| *subject));
        meant.and_then(Subject::item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_parse_back_and_stay_short() {
        let press = Press { label: "x".into(), verb: Action::InProgress, line: 12 };
        let text = action(i64::MAX, &press);
        assert!(text.len() <= 64);
        assert_eq!(parse_action(&text), Some((i64::MAX, 12, Action::InProgress)));
        assert_eq!(parse_action("v1:1:2:done:extra"), None);
        assert_eq!(parse_action("done"), None);
    }
}
