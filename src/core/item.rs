//! Items and their assignments: what is to be done, by whom, until when, and where it stands.
//!
//! States are those of the close-out loop (list, assign, acknowledge, rectify, report, verify,
//! close). "Overdue" is computed, never stored. Does not know ladders, messages or the store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::deadline::Due;
use super::org::{PersonId, UnitId, Who};

/// Row id of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemId(pub i64);

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Registered but not issued: something required is missing.
    Draft,
    Assigned,
    Acknowledged,
    InProgress,
    Blocked,
    /// Bounced: somebody says it is not his; the clock keeps running.
    Rejected,
    /// Claimed done; counts as open until another person has verified it.
    ReportedDone,
    Verified,
    Closed,
    /// A closed item found unfixed.
    Reopened,
    Void,
}

impl State {
    pub const ALL: [State; 11] = [
        State::Draft,
        State::Assigned,
        State::Acknowledged,
        State::InProgress,
        State::Blocked,
        State::Rejected,
        State::ReportedDone,
        State::Verified,
        State::Closed,
        State::Reopened,
        State::Void,
    ];

    /// The word in the store, in JSON and in exports.
    pub fn word(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Assigned => "assigned",
            State::Acknowledged => "acknowledged",
            State::InProgress => "in_progress",
            State::Blocked => "blocked",
            State::Rejected => "rejected",
            State::ReportedDone => "reported_done",
            State::Verified => "verified",
            State::Closed => "closed",
            State::Reopened => "reopened",
            State::Void => "void",
        }
    }

    /// Reads [`State::word`].
    pub fn parse(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.word() == word)
    }

    /// The fixer still has work to do.
    pub fn is_with_fixer(self) -> bool {
        use State::*;
        matches!(self, Assigned | Acknowledged | InProgress | Blocked | Rejected | Reopened)
    }

    /// Issued and not finished: needs a next wake-up. Verified still waits for close-out.
    pub fn is_open(self) -> bool {
        self.is_with_fixer() || matches!(self, State::ReportedDone | State::Verified)
    }
}

/// How dangerous; Order 16 Art. 3 knows general and major, `larger` (较大) is a local level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    #[default]
    General,
    Larger,
    Major,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::General => "general",
            Severity::Larger => "larger",
            Severity::Major => "major",
        }
    }

    /// Reads the English or the Chinese word.
    pub fn parse(word: &str) -> Option<Severity> {
        let word = word.trim().trim_end_matches("事故隐患").trim_end_matches("隐患");
        Some(match word.to_ascii_lowercase().as_str() {
            "" | "general" | "一般" | "minor" | "低" => Severity::General,
            "larger" | "较大" | "serious" => Severity::Larger,
            "major" | "重大" | "特别重大" | "critical" | "高" => Severity::Major,
            _ => return None,
        })
    }
}

/// What somebody is to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Fixes it.
    Responsible,
    /// Issued it.
    Assigner,
    /// Leader in charge (分管领导、责任领导).
    Leader,
    /// Supervises to completion (督办).
    Supervisor,
    /// Checks the claim; never the person who fixed it.
    Verifier,
    Cc,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Responsible, Role::Assigner, Role::Leader, Role::Supervisor, Role::Verifier, Role::Cc];

    pub fn word(self) -> &'static str {
        match self {
            Role::Responsible => "responsible",
            Role::Assigner => "assigner",
            Role::Leader => "leader",
            Role::Supervisor => "supervisor",
            Role::Verifier => "verifier",
            Role::Cc => "cc",
        }
    }

    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// One responsibility on one item, from–until. Order within a role: the first leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub role: Role,
    pub who: Who,
    pub since: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: Option<DateTime<Utc>>,
}

/// A request to move the deadline, waiting for somebody else's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub until: DateTime<Utc>,
    pub reason: String,
    /// Interim protection; required for major items (R07).
    pub interim: String,
    pub by: PersonId,
    pub at: DateTime<Utc>,
}

/// The fixer asks to pass the item on; it moves only when the assigner agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    pub to: Who,
    pub by: PersonId,
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// What a hand-over leaves of the deadline's ladder: it goes on where it stood, whoever has the item now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// First issued at: from here the steps after the deadline count where the item came overdue.
    pub since: DateTime<Utc>,
    /// The ladder whose steps they are: that of the deadline, not that of the hand-over.
    pub epoch: i64,
    /// Since when the time to answer counts that a hand-over gives; handing on within it gives no more.
    pub handed_at: DateTime<Utc>,
}

/// One line of the list with everything that rules ask about it. As JSON, what is empty is left out: items are stored
/// with every event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub id: ItemId,
    pub code: String,
    /// The unit in whose territory or duty it lies; `None` only in drafts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: Option<UnitId>,
    pub title: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub place: String,
    /// `hazard`, `inspection`, `report`, … configuration, not code.
    pub kind: String,
    pub severity: Severity,
    #[serde(default, skip_serializing_if = "is_default")]
    pub industry: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Under listed supervision (挂牌督办).
    #[serde(default, skip_serializing_if = "is_default")]
    pub listed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub basis: String,
    /// Groups and low channels get code and short title only; this one not even a title.
    #[serde(default, skip_serializing_if = "is_default")]
    pub confidential: bool,
    pub state: State,
    pub due: Due,
    /// Instant of the first cut-off; never changes (R06). `None`: no deadline (ongoing).
    #[serde(default, skip_serializing_if = "is_default")]
    pub original_due: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub current_due: Option<DateTime<Utc>>,
    /// The date lies beyond the published calendar and may move with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provisional: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub issued_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub acked_at: Option<DateTime<Utc>>,
    /// Last sign of life from the fixer; an acknowledgement lives only so long (R10).
    #[serde(default, skip_serializing_if = "is_default")]
    pub heard_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub claimed_at: Option<DateTime<Utc>>,
    /// The office's ledger reports it as done and gives no day: `claimed_at` is when that was read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub undated: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub claimed_by: Option<PersonId>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub verified_by: Option<PersonId>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Closed by the office although nobody verified it; counts as neither verified nor fixed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub administrative: bool,
    /// Entered the present state at.
    pub state_since: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub extension: Option<Extension>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub handover: Option<Handover>,
    /// Somebody asks to void the item; a second person must agree.
    #[serde(default, skip_serializing_if = "is_default")]
    pub void_by: Option<PersonId>,
    /// Why they ask.
    #[serde(default, skip_serializing_if = "is_default")]
    pub void_reason: String,
    /// Those of several responsible people who sent it back; it stays with the others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub returned: Vec<PersonId>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub extensions: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub bounces: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub reopened: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub percent: Option<u8>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: String,
    /// Whose words the note is: of several responsible people only one said it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note_by: Option<PersonId>,
    /// The fixer asked not to be reminded before this instant (routine reminders only).
    #[serde(default, skip_serializing_if = "is_default")]
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Counts ladders: an approved extension, a failed verification or a reopening starts a new one.
    pub epoch: i64,
    /// Where the ladder of the deadline stands, once the item was handed over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub course: Option<Course>,
    /// Ladder steps up to here have been planned.
    pub planned_until: DateTime<Utc>,
    /// Counts changes; a write names the version it read.
    pub version: i64,
    pub assignments: Vec<Assignment>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Item {
    /// An empty draft of this instant: no deadline yet, nobody on it, nothing happened.
    pub fn draft(now: DateTime<Utc>) -> Item {
        Item {
            id: ItemId(0),
            code: String::new(),
            unit: None,
            title: String::new(),
            description: String::new(),
            place: String::new(),
            kind: "hazard".to_owned(),
            severity: Severity::General,
            industry: String::new(),
            tags: Vec::new(),
            listed: false,
            basis: String::new(),
            confidential: false,
            state: State::Draft,
            due: Due::Immediate,
            original_due: None,
            current_due: None,
            provisional: false,
            issued_at: None,
            acked_at: None,
            heard_at: None,
            claimed_at: None,
            undated: false,
            claimed_by: None,
            verified_by: None,
            closed_at: None,
            administrative: false,
            state_since: now,
            extension: None,
            handover: None,
            void_by: None,
            void_reason: String::new(),
            returned: Vec::new(),
            extensions: 0,
            bounces: 0,
            reopened: 0,
            percent: None,
            note: String::new(),
            note_by: None,
            snoozed_until: None,
            epoch: 0,
            course: None,
            planned_until: now,
            version: 1,
            assignments: Vec::new(),
        }
    }

    /// The deadline is another one, or it has to be met anew: its ladder starts afresh. What was overdue stays overdue.
    pub fn new_ladder(&mut self) {
        self.epoch += 1;
        self.snoozed_until = None;
        if let Some(course) = &mut self.course {
            course.epoch = self.epoch;
        }
    }

    /// The ladder to which the steps about the deadline belong.
    pub fn deadline_epoch(&self) -> i64 {
        self.course.map_or(self.epoch, |course| course.epoch)
    }

    /// The phrase that says where it stands.
    pub fn state_key(&self) -> &'static str {
        match self.state {
            State::Closed if self.administrative => "state_closed_unverified",
            State::Draft => "state_draft",
            State::Assigned => "state_assigned",
            State::Acknowledged => "state_acknowledged",
            State::InProgress => "state_in_progress",
            State::Blocked => "state_blocked",
            State::Rejected => "state_rejected",
            State::ReportedDone => "state_reported_done",
            State::Verified => "state_verified",
            State::Closed => "state_closed",
            State::Reopened => "state_reopened",
            State::Void => "state_void",
        }
    }

    /// Past its cut-off while the fixer still has it.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state.is_with_fixer() && self.current_due.is_some_and(|due| now > due)
    }

    /// Was claimed, or is still unclaimed, after the cut-off.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.current_due.is_some_and(|due| self.claimed_at.unwrap_or(now) > due)
    }

    /// Assignments in force at an instant. One that nothing has ended is in force whatever the clock says: it is noted
    /// when it begins, and "later" only says that the clock was set back since.
    pub fn assigned(&self, role: Role, at: DateTime<Utc>) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(move |a| a.role == role && a.until.is_none_or(|u| a.since <= at && at < u))
    }

    /// What keeps a draft from being issued (R01): missing fixer, verifier, deadline, or nobody to verify who does not
    /// fix it. Empty when it may be issued. Who is behind posts is asked by [`World`](super::world::World).
    pub fn missing_for_issue(&self, at: DateTime<Utc>) -> Vec<&'static str> {
        let mut missing = Vec::new();
        let who = |role: Role| self.assigned(role, at).map(|a| a.who).collect::<Vec<_>>();
        let (fixers, verifiers) = (who(Role::Responsible), who(Role::Verifier));
        if fixers.is_empty() {
            missing.push("responsible");
        }
        if verifiers.is_empty() {
            missing.push("verifier");
        }
        if !verifiers.is_empty() && verifiers.iter().all(|who| fixers.contains(who)) {
            missing.push("verifier other than the responsible person");
        }
        if self.current_due.is_none() && self.due != Due::Ongoing {
            missing.push("due");
        }
        missing
    }
}
