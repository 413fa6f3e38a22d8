//! Policy packs as data: ladders, quiet hours, limits, summaries, emergency card.
//!
//! A pack is a TOML file under `packs/` (or beside the configuration). This file knows its form and
//! what its words mean; [`super::plan`] applies it. Errors name the key and the accepted forms.

mod check;
mod words;

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::deadline::Span;
use super::item::{Item, Role, Severity, State};
use super::org::Level;
use super::quiet::QuietHours;

/// A whole pack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    /// Time zone of the office: slots, days and cron schedules are meant in it.
    pub zone: Tz,
    /// Calendar name: a file in `packs/calendars/` without ending, or `weekdays`.
    pub calendar: String,
    #[serde(default = "default_day_start")]
    pub day_start: NaiveTime,
    /// A due date without a time ends here (DOMAIN: end of the local working day).
    #[serde(default = "default_day_end")]
    pub day_end: NaiveTime,
    /// Channels that this pack allows; empty: all that are configured.
    #[serde(default)]
    pub channels_off: Vec<String>,
    pub quiet: QuietRules,
    pub limits: Limits,
    pub close: CloseRules,
    pub extension: ExtensionRules,
    #[serde(default)]
    pub emergency: Emergency,
    /// The first ladder whose filter fits an item is the one in force.
    #[serde(rename = "ladder")]
    pub ladders: Vec<Ladder>,
    #[serde(default, rename = "summary")]
    pub summaries: Vec<Summary>,
    pub pre_holiday: Option<PreHoliday>,
}

/// When nobody is disturbed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietRules {
    pub hours: QuietHours,
    /// Holders of posts with these roles are disturbed all the same (duty officers).
    #[serde(default)]
    pub exempt_roles: Vec<String>,
    /// No routine messages on rest days of the calendar.
    #[serde(default = "yes")]
    pub rest_days: bool,
}

/// Guards against floods (R11, R31).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Non-urgent messages to one person on one local day; the excess is deferred and merged.
    pub per_day: u32,
    /// Minutes in which an answer may be undone; the verifier hears of a claim after that.
    pub undo_minutes: i64,
}

/// Who may strike an item off the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRules {
    /// A passed verification closes a general item at once; otherwise the assigner closes.
    pub verify_closes: bool,
    /// Severities that always need the assigner's own close-out.
    #[serde(default)]
    pub assigner_closes: Vec<Severity>,
    /// Second bounce goes to these (R32).
    #[serde(default)]
    pub bounce_to: Vec<Target>,
}

/// What an extension request needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRules {
    pub approver: Vec<Target>,
    /// Longest extension by chat, in calendar days; beyond that a written request is needed.
    pub max_days: i64,
    /// Severities that need a reason and interim measures (R07).
    #[serde(default)]
    pub needs_interim: Vec<Severity>,
    /// Severities that need at least a reason.
    #[serde(default)]
    pub needs_reason: Vec<Severity>,
}

/// What a person who reports an emergency gets back, and who is called.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Numbers on the card: `["119 消防", …]`.
    pub hotlines: Vec<String>,
    #[serde(default)]
    pub page: Vec<Target>,
    /// Statutory clock shown on the card, from the report on.
    pub report_within: Option<Span>,
    #[serde(default)]
    pub basis: String,
}

/// Escalation steps for the items that fit the filter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    pub name: String,
    #[serde(default)]
    pub when: Filter,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// Items a ladder is for; empty lists mean any.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    pub severity: Vec<Severity>,
    pub kind: Vec<String>,
    pub tag: Vec<String>,
    pub unit: Vec<String>,
    pub listed: Option<bool>,
    pub ongoing: Option<bool>,
}

impl Filter {
    /// `unit_chain`: names of the item's unit and its ancestors.
    pub fn fits(&self, item: &Item, unit_chain: &[String]) -> bool {
        let any = |list: &[String], has: &dyn Fn(&String) -> bool| list.is_empty() || list.iter().any(has);
        (self.severity.is_empty() || self.severity.contains(&item.severity))
            && any(&self.kind, &|k| *k == item.kind)
            && any(&self.tag, &|t| item.tags.contains(t))
            && any(&self.unit, &|u| unit_chain.contains(u))
            && self.listed.is_none_or(|l| l == item.listed)
            && self.ongoing.is_none_or(|o| o == item.current_due.is_none())
    }
}

/// One step: when, to whom, in which form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in the ladder; part of the notice key.
    pub id: String,
    pub at: Trigger,
    /// Wall-clock time of the send; without it the step fires at its exact instant.
    pub slot: Option<NaiveTime>,
    pub to: Vec<Target>,
    #[serde(default)]
    pub form: Form,
    /// 0 reminder, 1 urging, 2 supervision letter, 3 county, 4 prefecture, 5 province.
    #[serde(default)]
    pub level: u8,
    #[serde(default)]
    pub urgency: Urgency,
    /// Only for items whose whole span (issue to deadline) is at least this long.
    pub min_span: Option<Span>,
    /// Say it again every so often while the condition holds; at least 10 minutes, 5 for emergencies and check-ins.
    pub repeat: Option<Span>,
    /// How often in all, when `repeat` is set; 0 = until the condition ends.
    #[serde(default)]
    pub times: u32,
    /// Only these channels, in the person's order; empty: any.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Without an acknowledgement in this time the next contact point is tried.
    pub ack_within: Option<Span>,
}

/// Why a person hears; decides wording and merging order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Issue,
    #[default]
    Reminder,
    Urging,
    Letter,
    Circular,
    NoAck,
    Verify,
    Unverified,
    Blocked,
    Bounced,
    Extension,
    CloseOut,
    PreHoliday,
    CheckIn,
    Told,
    Summary,
    Emergency,
    Alarm,
}

/// Lane of a message: emergencies first, summaries last. Order matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Emergency,
    /// The answer to what a person just wrote.
    Reply,
    /// L2 and above, alarms, claims to verify: no cap, but quiet hours hold.
    Escalation,
    #[default]
    Routine,
    Summary,
}

impl Urgency {
    /// Lane number as stored; lower goes first.
    pub fn lane(self) -> i64 {
        self as i64
    }

    pub fn from_lane(lane: i64) -> Urgency {
        match lane {
            0 => Urgency::Emergency,
            1 => Urgency::Reply,
            2 => Urgency::Escalation,
            3 => Urgency::Routine,
            _ => Urgency::Summary,
        }
    }

    /// Counts against the daily cap.
    pub fn is_capped(self) -> bool {
        self >= Urgency::Routine
    }
}

/// The instant from which a step counts, and the distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Trigger {
    /// `T-3wd`, `I+1wd`, `C+3wd` …: an anchor and a signed distance.
    Offset { anchor: Anchor, before: bool, span: Span },
    /// `left 30%`: when this share of the time between issue and deadline is left.
    Left { percent: u8 },
}

/// What a trigger counts from. The anchor also says in which states a step can fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// `T`: the current deadline; while the fixer has the item.
    Due,
    /// `I`: issue; while nobody has acknowledged (offset 0: the first message).
    Issue,
    /// `C`: the claim of done; while it waits for verification.
    Claim,
    /// `V`: verified; while it waits for close-out.
    Verified,
    /// `B`: blocked since.
    Blocked,
    /// `R`: bounced since.
    Rejected,
    /// `X`: an extension request waits since.
    Extension,
    /// `H`: last heard of the fixer; an acknowledgement's lifetime on overdue and ongoing items.
    Heard,
}

impl Anchor {
    /// Is the item in the condition that this anchor is about?
    pub fn holds(self, item: &Item) -> bool {
        match self {
            Anchor::Due => item.state.is_with_fixer() && item.current_due.is_some(),
            Anchor::Issue => item.state == State::Assigned,
            Anchor::Claim => item.state == State::ReportedDone,
            Anchor::Verified => item.state == State::Verified,
            Anchor::Blocked => item.state == State::Blocked,
            Anchor::Rejected => item.state == State::Rejected,
            Anchor::Extension => item.extension.is_some() && item.state.is_with_fixer(),
            Anchor::Heard => item.state.is_with_fixer() && item.heard_at.is_some(),
        }
    }
}

/// Who is meant: a role on the item, or a post near its unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Target {
    /// `responsible`, `leader`, `verifier`, …
    Role(Role),
    /// `head@township`: posts of that role in the item's unit chain at that level;
    /// `leader@unit`: nearest unit that has one.
    Post { role: String, level: Option<Level> },
    /// `administrator`.
    Administrator,
}

/// A summary on a schedule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub id: String,
    /// Five fields (minute hour day month weekday, 0 or 7 = Sunday) or six with seconds first; in the policy's zone.
    pub cron: String,
    pub kind: SummaryKind,
    /// For tables: posts with this role get the table of their unit.
    #[serde(default)]
    pub to_role: String,
    /// Skip rest days of the calendar.
    #[serde(default = "yes")]
    pub workdays_only: bool,
}

/// What a summary shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryKind {
    /// One's own list; only when something needs a look today.
    Personal,
    /// The supervising office's table over the units below it.
    Table,
}

/// The list before a long holiday (R13).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreHoliday {
    /// Working days before the first rest day.
    pub workdays_before: i64,
    /// Shortest run of rest days that counts as a long holiday.
    pub min_days: i64,
    pub slot: NaiveTime,
}

impl Policy {
    /// Reads a pack; the error names line and key, or ladder and step.
    pub fn from_toml(text: &str) -> Result<Policy, String> {
        let policy: Policy = toml::from_str(text).map_err(|e| e.to_string())?;
        check::check(&policy)?;
        Ok(policy)
    }

    /// Every role of a post that the pack names, in alphabetical order: who hears of what rests on these words.
    pub fn roles(&self) -> Vec<&str> {
        let steps = self.ladders.iter().flat_map(|l| l.steps.iter().flat_map(|s| &s.to));
        let rules = self.close.bounce_to.iter().chain(&self.extension.approver).chain(&self.emergency.page);
        let targets = steps.chain(rules).filter_map(|target| match target {
            Target::Post { role, .. } => Some(role.as_str()),
            Target::Role(_) | Target::Administrator => None,
        });
        let summaries = self.summaries.iter().map(|s| s.to_role.as_str()).filter(|r| !r.is_empty());
        let exempt = self.quiet.exempt_roles.iter().map(String::as_str);
        let mut roles: Vec<&str> = targets.chain(summaries).chain(exempt).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The ladder in force for an item.
    pub fn ladder_for(&self, item: &Item, unit_chain: &[String]) -> Option<&Ladder> {
        self.ladders.iter().find(|l| l.when.fits(item, unit_chain))
    }
}

fn yes() -> bool {
    true
}

fn default_day_start() -> NaiveTime {
    NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default() // a valid constant
}

fn default_day_end() -> NaiveTime {
    NaiveTime::from_hms_opt(17, 30, 0).unwrap_or_default() // a valid constant
}
