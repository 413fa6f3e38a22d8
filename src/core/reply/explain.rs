//! A reading in the words of the labelled examples, for `explain` and for the audit trail.

use super::{Intent, IntentKind, Items, Postponement, Reading};

impl Reading {
    /// The intents by their labels, joined with `|`.
    pub fn label(&self) -> String {
        self.intents.iter().map(Intent::label).collect::<Vec<_>>().join("|")
    }

    /// What the intents say beyond their kind: `key=value` joined with `;`, intents joined with `|`.
    pub fn argument(&self) -> String {
        let all: Vec<String> = self.intents.iter().map(Intent::argument).collect();
        if all.iter().all(String::is_empty) {
            return if self.emergency { "flag=emergency".to_string() } else { String::new() };
        }
        all.join("|")
    }
}

impl Intent {
    /// The label of the kind. What only supervisors can mean, or what is no answer about an item, is
    /// `unknown`: without knowing the writer it must not act.
    pub fn label(&self) -> &'static str {
        match self.kind {
            IntentKind::Done => "done",
            IntentKind::Ack | IntentKind::Report | IntentKind::CheckIn => "ack",
            IntentKind::InProgress => "in_progress",
            IntentKind::Blocked => "blocked",
            IntentKind::Extend => "extend",
            IntentKind::Reassign => "reassign",
            IntentKind::Reject | IntentKind::VerifyFail | IntentKind::Refuse => "reject",
            IntentKind::Status => "status",
            IntentKind::Help => "help",
            IntentKind::Snooze => "snooze",
            IntentKind::Undo => "undo",
            IntentKind::VerifyPass
            | IntentKind::Approve
            | IntentKind::Close
            | IntentKind::Emergency
            | IntentKind::OptOut
            | IntentKind::Unknown => "unknown",
        }
    }

    fn argument(&self) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut put = |key: &str, value: String| out.push(format!("{key}={value}"));
        match &self.items {
            Items::Unspecified => {}
            Items::All => put("items", "all".into()),
            Items::Rest => put("items", "rest".into()),
            Items::Lines(lines) => put("items", list(lines)),
            Items::AllExcept(lines) => put("items", format!("all-{}", list(lines))),
            Items::Codes(codes) => put("code", codes.join(",")),
        }
        match self.kind {
            IntentKind::Refuse => put("role", "supervisor".into()),
            IntentKind::VerifyFail => put("role", "verifier".into()),
            _ => {}
        }
        if let Some(target) = self.target {
            put("target", Intent::new(target).label().to_string());
        }
        if let Some(postpone) = &self.postpone {
            let (key, value) = match postpone {
                Postponement::Days(n) => ("days", n.to_string()),
                Postponement::Workdays(n) => ("workdays", n.to_string()),
                Postponement::Months(n) => ("months", n.to_string()),
                Postponement::Until(date) => ("until", date.to_string()),
                Postponement::Invalid(what) => ("until", what.split(' ').next().unwrap_or("invalid").to_string()),
                Postponement::Vague => ("", String::new()),
            };
            if !key.is_empty() {
                put(key, value);
            }
        }
        if !self.to.is_empty() {
            put("to", self.to.join(","));
        }
        if let Some(unit) = &self.to_unit {
            put("to_unit", unit.clone());
        }
        if let Some(reason) = self.reason.as_ref().filter(|r| !r.is_empty()) {
            let key = match self.kind {
                IntentKind::Status => "filter",
                IntentKind::Report => "report",
                IntentKind::CheckIn => "checkin",
                _ => "reason",
            };
            put(key, reason.clone());
        }
        if let Some(until) = self.snooze_until {
            put("until", until.format("%Y-%m-%dT%H:%M").to_string());
        }
        if let Some(date) = self.done_at {
            put("at", date.to_string());
        }
        if let Some(percent) = self.percent {
            put("percent", percent.to_string());
        }
        if let Some(eta) = self.eta {
            let whole_day = eta.format("%H:%M").to_string() == "23:59";
            put("eta", eta.format(if whole_day { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" }).to_string());
        }
        if self.not_done {
            put("progress", "not_done".into());
        }
        if let Some(by) = self.by.as_ref().filter(|b| !b.is_empty()) {
            put(if self.kind == IntentKind::Status { "who" } else { "by" }, by.clone());
        }
        if self.evidence_later {
            put("evidence", "later".into());
        }
        out.join(";")
    }
}

/// `1,3` or, from three in a row on, `1-5`.
fn list(lines: &[u32]) -> String {
    let row = lines.windows(2).all(|w| w[1] == w[0] + 1);
    match (lines.first(), lines.last()) {
        (Some(first), Some(last)) if row && lines.len() >= 3 => format!("{first}-{last}"),
        _ => lines.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    }
}
