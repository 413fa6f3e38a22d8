//! Labels for people and for tables: `done|in_progress`, `line=1|line=2;eta=2022-09-30`.
//!
//! The vocabulary is that of `tests/data/replies.tsv`. Kinds that table has no label for are told in its
//! nearest word: what only a verifier or supervisor may say is `unknown` until his role is known, his
//! refusal is `reject`, a nil report is `ack`.

use chrono::{NaiveDateTime, Timelike};

use super::{Intent, IntentKind, Items, Postponement, Reading};

impl Reading {
    /// The intents in the order of the text, joined with `|`; several of which none is understood are one.
    pub fn label(&self) -> String {
        joined(self.intents.iter().map(|i| i.label().to_string()).collect(), "unknown")
    }

    /// The arguments of the intents in the same order: `key=value` with `;` between, `|` between intents.
    pub fn argument(&self) -> String {
        if self.emergency {
            return "flag=emergency".into();
        }
        if let [one] = self.intents.as_slice()
            && one.kind == IntentKind::Unknown
        {
            // Nothing is said of the items named, so they are no argument.
            return Intent { items: Items::Unspecified, ..one.clone() }.argument();
        }
        self.intents.iter().map(Intent::argument).collect::<Vec<_>>().join("|")
    }
}

/// The words joined with `|`, or `same` once if all of them are that word.
fn joined(words: Vec<String>, same: &str) -> String {
    if words.iter().all(|w| w == same) { same.into() } else { words.join("|") }
}

/// Kinds under the names that tables and explanations give them.
const NAMES: &[(IntentKind, &str)] = &[
    (IntentKind::Done, "done"),
    (IntentKind::Ack, "ack"),
    (IntentKind::InProgress, "in_progress"),
    (IntentKind::Blocked, "blocked"),
    (IntentKind::Extend, "extend"),
    (IntentKind::Reassign, "reassign"),
    (IntentKind::Reject, "reject"),
    (IntentKind::Status, "status"),
    (IntentKind::Help, "help"),
    (IntentKind::Snooze, "snooze"),
    (IntentKind::Undo, "undo"),
    (IntentKind::Void, "void"),
    (IntentKind::VerifyPass, "verify_pass"),
    (IntentKind::VerifyFail, "verify_fail"),
    (IntentKind::Approve, "approve"),
    (IntentKind::Refuse, "refuse"),
    (IntentKind::Close, "close"),
    (IntentKind::Register, "register"),
    (IntentKind::Absence, "absence"),
    (IntentKind::Report, "report"),
    (IntentKind::CheckIn, "checkin"),
    (IntentKind::Emergency, "emergency"),
    (IntentKind::OptOut, "optout"),
    (IntentKind::Greeting, "greeting"),
    (IntentKind::Chatter, "chatter"),
    (IntentKind::Unknown, "unknown"),
];

impl IntentKind {
    /// The kind of a name; `None` where it is none.
    pub fn named(name: &str) -> Option<IntentKind> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("unknown", |(_, name)| name)
    }
}

impl Intent {
    /// The name of its kind.
    pub fn label(&self) -> &'static str {
        self.kind.name()
    }

    /// `key=value` pairs with `;` between; empty if the intent says nothing more than its kind.
    pub fn argument(&self) -> String {
        let mut out: Vec<String> = Vec::new();
        out.extend(items(&self.items));
        if let Some(day) = self.done_at {
            out.push(format!("at={day}"));
        }
        let who = if self.kind == IntentKind::Status { "who" } else { "by" };
        out.extend(self.by.as_ref().map(|name| format!("{who}={name}")));
        if self.evidence_later && self.kind == IntentKind::Done {
            out.push("evidence=later".into());
        }
        out.extend(self.percent.map(|p| format!("percent={p}")));
        if self.kind == IntentKind::InProgress {
            out.extend(self.eta.map(|t| format!("eta={}", moment(t))));
        }
        out.extend(self.postpone.as_ref().and_then(postponement));
        if !self.to.is_empty() {
            out.push(format!("to={}", self.to.join(",")));
        }
        out.extend(self.to_unit.as_ref().map(|unit| format!("to_unit={unit}")));
        out.extend(self.said());
        if let Some(minutes) = self.snooze_for {
            let hours = minutes % 60 == 0;
            out.push(if hours { format!("hours={}", minutes / 60) } else { format!("minutes={minutes}") });
        } else if let Some(until) = self.snooze_until {
            out.push(format!("until={}", until.format("%Y-%m-%dT%H:%M")));
        }
        if self.not_done {
            out.push("progress=not_done".into());
        }
        out.join(";")
    }

    /// Reason, role and target, under the names the table gives them.
    fn said(&self) -> Vec<String> {
        let reason = self.reason.as_deref();
        let mut out = Vec::new();
        match self.kind {
            IntentKind::Report => out.push("report=nil".into()),
            IntentKind::CheckIn => out.push(format!("checkin={}", reason.unwrap_or("on_post"))),
            IntentKind::Status => out.extend(reason.map(|f| format!("filter={f}"))),
            IntentKind::VerifyFail => out.push("role=verifier".into()),
            IntentKind::Refuse => out.push("role=supervisor".into()),
            IntentKind::Blocked | IntentKind::Extend | IntentKind::Reject => {
                out.extend(reason.map(|r| format!("reason={r}")));
            }
            _ => {}
        }
        if matches!(self.kind, IntentKind::Undo | IntentKind::Refuse) {
            out.extend(self.target.map(|t| format!("target={}", Intent::new(t).label())));
        }
        out
    }
}

fn items(items: &Items) -> Option<String> {
    Some(match items {
        Items::Unspecified => return None,
        Items::All => "line=all".into(),
        Items::Rest => "line=rest".into(),
        Items::Lines(lines) => format!("line={}", ranges(lines)),
        Items::AllExcept(lines) => format!("line=all-{}", ranges(lines)),
        Items::Codes(codes) => format!("code={}", codes.join(",")),
    })
}

/// `1-5` for five or more in a row, else `1,2,3`.
fn ranges(lines: &[u32]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().zip(lines[at]..).take_while(|(line, wanted)| *line == wanted).count();
        if run >= 5 {
            out.push(format!("{}-{}", lines[at], lines[at + run - 1]));
            at += run;
        } else {
            out.push(lines[at].to_string());
            at += 1;
        }
    }
    out.join(",")
}

fn postponement(p: &Postponement) -> Option<String> {
    Some(match p {
        Postponement::Days(n) => format!("days={n}"),
        Postponement::Workdays(n) => format!("workdays={n}"),
        Postponement::Months(n) => format!("months={n}"),
        Postponement::Until(date) => format!("until={date}"),
        Postponement::Vague => return None,
        Postponement::Invalid(why) => format!("until={}", why.split(' ').next().unwrap_or("invalid")),
    })
}

/// A day alone where the time is its last minute.
fn moment(t: NaiveDateTime) -> String {
    let whole_day = t.hour() == 23 && t.minute() == 59;
    t.format(if whole_day { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" }).to_string()
}
