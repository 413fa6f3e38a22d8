//! Reasons as they were stored before they had a type: a step's name, a level and a few words. Notices that were queued
//! then are sent, and sent ones are asked for.

use serde::{Deserialize, Serialize};

use dutybell_core::notice::{News, Note, Reason};
use dutybell_core::policy::Form;
use dutybell_core::subject::Subject;

/// What stood for the reason.
#[derive(Serialize, Deserialize)]
pub(super) struct Why {
    /// Empty for what was no step of a ladder and no digest.
    step: String,
    level: u8,
    /// Words; before the first `: ` the word of a piece of news, if one is told.
    #[serde(default)]
    note: String,
}

impl Why {
    /// What it says. The rest stood in the key.
    pub(super) fn reason(self, key: &str, subject: Subject, form: Form) -> Reason {
        // `resend:ORDER/` before the key of what is sent again.
        let key = key.strip_prefix("resend:").and_then(|rest| rest.split_once('/')).map_or(key, |(_, first)| first);
        let parts: Vec<&str> = key.split(':').collect();
        match subject {
            // summary:SERIES:personal:INSTANT:PERSON, summary:SERIES:table:UNIT:INSTANT:PERSON
            Subject::Digest(_) => {
                let ends = format!(":{}:", self.step);
                let series = key.strip_prefix("summary:").and_then(|rest| Some(rest.rsplit_once(&ends)?.0));
                Reason::Digest { series: series.unwrap_or_default().to_owned() }
            }
            Subject::System => Reason::Words { text: self.note },
            // ITEM:EPOCH:STEP:OCCURRENCE:PERSON
            Subject::Item(_) if !self.step.is_empty() => {
                let occurrence = parts.iter().rev().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
                Reason::Step { step: self.step, level: self.level, occurrence }
            }
            Subject::Item(_) => match parts.as_slice() {
                // ITEM:unreachable:MESSAGE:PERSON
                [_, "unreachable", message, _] => Reason::Unreachable { message: message.parse().unwrap_or(0) },
                [_, _, "pre_holiday", ..] => Reason::Rest { name: self.note },
                // ITEM:vVERSION:FORM:PERSON; no version has the number 0.
                [_, second, ..] => {
                    let version = second.strip_prefix('v').and_then(|version| version.parse().ok()).unwrap_or(0);
                    Reason::Told { version, note: note(self.note, form) }
                }
                _ => Reason::Told { version: 0, note: note(self.note, form) },
            },
        }
    }
}

fn note(said: String, form: Form) -> Note {
    let (word, text) = said.split_once(": ").unwrap_or((&said, ""));
    match News::parse(word).filter(|_| matches!(form, Form::Told | Form::Issue)) {
        Some(news) => Note::news(news, text),
        None => Note { news: None, text: said },
    }
}

#[cfg(test)]
mod tests {
    use dutybell_core::item::{ItemId, Role};
    use dutybell_core::org::UnitId;

    use super::*;

    fn read(key: &str, subject: Subject, form: Form, (step, level, note): (&str, u8, &str)) -> Reason {
        Why { step: step.into(), level, note: note.into() }.reason(key, subject, form)
    }

    #[test]
    fn reasons_of_before_are_read_from_step_note_and_key() {
        let item = Subject::Item(ItemId(7));
        let step = Reason::Step { step: "overdue".into(), level: 2, occurrence: 3 };
        assert_eq!(read("7:0:overdue:3:12", item, Form::Reminder, ("overdue", 2, "")), step);
        assert_eq!(read("resend:4/7:0:overdue:3:12", item, Form::Reminder, ("overdue", 2, "")), step);
        let told = |version, note| Reason::Told { version, note };
        let undone = told(5, Note::news(News::Undone, "claim_done"));
        assert_eq!(read("7:v5:told:12", item, Form::Told, ("", 0, "undone: claim_done")), undone);
        let now = told(2, Note::news(News::Now(Role::Verifier), "李四: 调走"));
        assert_eq!(read("7:v2:told:12", item, Form::Told, ("", 0, "now_verifier: 李四: 调走")), now);
        let asks = told(3, "closed".into());
        assert_eq!(read("7:v3:verify:12", item, Form::Verify, ("", 0, "closed")), asks, "words, not news");
        let daily = Reason::Digest { series: "daily".into() };
        let of = |unit| Subject::Digest(unit);
        assert_eq!(read("summary:daily:personal:166:12", of(None), Form::Summary, ("personal", 0, "")), daily);
        let table = ("table:3", 0, "");
        assert_eq!(read("summary:daily:table:3:166:12", of(Some(UnitId(3))), Form::Summary, table), daily);
        let words = Reason::Words { text: "停电: 三楼".into() };
        assert_eq!(read("alarm:x:1", Subject::System, Form::Alarm, ("", 0, "停电: 三楼")), words);
        assert_eq!(
            read("7:unreachable:9:1", item, Form::Told, ("", 0, "unreachable")),
            Reason::Unreachable { message: 9 }
        );
        let rest = Reason::Rest { name: "国庆".into() };
        assert_eq!(read("7:0:pre_holiday:2022-10-01:1", item, Form::PreHoliday, ("", 0, "国庆")), rest);
    }
}
