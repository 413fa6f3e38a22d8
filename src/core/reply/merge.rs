//! Clauses put together: what is said of the same items is one intent, the strongest.
//!
//! A claim of completion survives only alone, beside an acknowledgement, or after something it overtakes
//! ("was stuck, now done"). Knows kinds and weights; the words are behind it.

use super::judge::{Judged, Weight};
use super::{Context, Intent, IntentKind, Items, Postponement, judge, outlook, requests};
use crate::core::patterns::re;

/// Clauses that speak of the same items.
struct Group {
    items: Items,
    clauses: Vec<Judged>,
}

/// The intents of a message; never empty.
pub(super) fn intents(judged: Vec<Judged>, ctx: &Context) -> Vec<Intent> {
    let groups = grouped(judged);
    let above = groups.iter().any(|g| g.clauses.iter().any(|c| c.weight == Weight::Governs && c.sarcastic()))
        || groups.first().is_some_and(|g| {
            g.items == Items::Unspecified
                && g.clauses.iter().any(|c| c.weight == Weight::Governs)
                && !g.clauses.iter().any(|c| c.weight == Weight::Says)
        });
    let alone = groups.len() == 1;
    let mut out: Vec<Intent> = Vec::new();
    for group in &groups {
        let leading = out.is_empty() && !alone && group.items == Items::Unspecified;
        let said = combined(group, above, ctx);
        if leading && said.iter().all(|i| matches!(i.kind, IntentKind::Ack | IntentKind::Unknown)) {
            continue;
        }
        let rest = said.iter().any(|i| i.items == Items::Rest);
        out.extend(said);
        let excepted = exceptions(group, ctx);
        // "The rest" means what was not named before it.
        let at = if rest { out.len() - 1 } else { out.len() };
        out.splice(at..at, excepted);
    }
    if out.is_empty() {
        out.push(Intent::new(IntentKind::Unknown));
    }
    overlaid(&mut out);
    out
}

/// Clauses gathered under the items they speak of.
fn grouped(judged: Vec<Judged>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for clause in judged {
        let aside = clause.weight == Weight::Neutral && matches!(clause.part.items, Items::All | Items::Rest);
        let named = if aside { Items::Unspecified } else { clause.part.items.clone() };
        match groups.last_mut() {
            Some(last) if named == Items::Unspecified || named == last.items => last.clauses.push(clause),
            // "Fixed, all done": the wider word names the items of the claim before it.
            Some(last) if last.items == Items::Unspecified && joins(last, &clause, &named) => {
                last.items = if named == Items::Rest { Items::Unspecified } else { named };
                last.clauses.push(clause);
            }
            _ => groups.push(Group { items: named, clauses: vec![clause] }),
        }
    }
    groups
}

/// True if the clause says of "all", or with the same kind, what the group said without naming items.
fn joins(group: &Group, clause: &Judged, named: &Items) -> bool {
    let kind = |c: &Judged| (c.weight == Weight::Says).then_some(c.intent.kind);
    let before = group.clauses.iter().rev().find_map(kind);
    match named {
        Items::All => {
            !matches!(before, None | Some(IntentKind::Ack)) || group.clauses.iter().all(|c| c.weight != Weight::Says)
        }
        // "80 % done, the rest next week" is one answer about one thing.
        Items::Rest => before == Some(IntentKind::InProgress) && kind(clause) != Some(IntentKind::Done),
        Items::Lines(_) | Items::Codes(_) => {
            clause.weight == Weight::Neutral
                || group.clauses.iter().any(|c| c.weight == Weight::Governs)
                || matches!(before, Some(IntentKind::Undo))
                    && clause.weight == Weight::Says
                    && clause.intent.kind == IntentKind::Unknown
        }
        _ => false,
    }
}

/// `AllExcept` for a sweeping claim with exceptions, and what is thereby said of the excepted.
fn exceptions(group: &Group, ctx: &Context) -> Vec<Intent> {
    let except = group.clauses.iter().find_map(|c| c.part.except.clone());
    match except {
        Some(items @ (Items::Lines(_) | Items::Codes(_))) => {
            let done = combined(group, false, ctx).iter().any(|i| i.kind == IntentKind::Done);
            let mut intent = Intent::new(if done { IntentKind::InProgress } else { IntentKind::Unknown });
            intent.items = items;
            vec![intent]
        }
        _ => Vec::new(),
    }
}

/// "All done, 2 not yet": the later clause is an exception to the sweeping one before it.
fn overlaid(intents: &mut [Intent]) {
    let named: Vec<u32> = intents
        .iter()
        .filter(|i| i.kind != IntentKind::Done)
        .flat_map(|i| match &i.items {
            Items::Lines(lines) => lines.clone(),
            _ => Vec::new(),
        })
        .collect();
    let codes = intents.iter().any(|i| i.kind != IntentKind::Done && matches!(i.items, Items::Codes(_)));
    let rest_first = intents.first().is_some_and(|i| i.items == Items::Rest);
    for intent in intents
        .iter_mut()
        .filter(|i| i.kind == IntentKind::Done && (i.items == Items::All || rest_first && i.items == Items::Rest))
    {
        if !named.is_empty() {
            intent.items = Items::AllExcept(named.clone());
        } else if codes {
            *intent = Intent::new(IntentKind::Unknown);
        }
    }
}

re!(
    NOW,
    r"(?:现在?|目前)[^,]{0,8}(?:已|都|均|全|完|办|搞|整|处|终)|终于|总算|最终|后来|目前已|今[天日早]已|(?-u:\b)(?:now|finally|eventually|since then|at last|in the end)(?-u:\b)"
);

/// What the clauses of one group come to.
fn combined(group: &Group, above: bool, ctx: &Context) -> Vec<Intent> {
    let says: Vec<&Judged> = group.clauses.iter().filter(|c| c.weight == Weight::Says).collect();
    let doubted = above
        || group.clauses.iter().any(|c| matches!(c.weight, Weight::Doubt | Weight::Governs))
        || group.clauses.iter().any(|c| c.unsettling(ctx))
        // sure, "done": marks of irony, unless nothing else is said.
        || group.clauses.len() > 1 && group.clauses.iter().any(|c| c.part.low.starts_with('"') && c.part.low.ends_with('"'));
    let mut found = if says.iter().any(|c| c.intent.kind == IntentKind::Done) {
        vec![with_claim(group, &says, doubted)]
    } else {
        without_claim(group, &says, above, ctx)
    };
    for intent in &mut found {
        if intent.items == Items::Unspecified {
            intent.items = group.items.clone();
        }
        let except = group.clauses.iter().find_map(|c| c.part.except.clone());
        intent.items = match (std::mem::take(&mut intent.items), except) {
            (Items::Unspecified | Items::All | Items::Rest, Some(Items::Lines(lines))) => Items::AllExcept(lines),
            (Items::Unspecified | Items::All | Items::Rest, Some(Items::Codes(_))) => Items::Rest,
            (items, Some(Items::Unspecified)) if intent.kind == IntentKind::Done => {
                // All but something that is no item of its own: "done apart from the paint".
                *intent = Intent::new(IntentKind::InProgress);
                items
            }
            (items, _) => items,
        };
        if intent.kind == IntentKind::Done && matches!(intent.items, Items::All | Items::Rest | Items::AllExcept(_)) {
            intent.confirm = true;
        }
    }
    found
}

/// A group in which completion is claimed.
fn with_claim(group: &Group, says: &[&Judged], doubted: bool) -> Intent {
    let last = says.iter().rposition(|c| c.intent.kind == IntentKind::Done).unwrap_or(0);
    let claim = &says[last];
    let others: Vec<(usize, &&Judged)> = says
        .iter()
        .enumerate()
        .filter(|(_, c)| !matches!(c.intent.kind, IntentKind::Done | IntentKind::Ack | IntentKind::Report))
        .collect();
    let unknown = || Intent { by: claim.intent.by.clone(), ..Intent::new(IntentKind::Unknown) };
    if doubted {
        // "Done, right?" asks.
        if let Some(asks) = group.clauses.iter().find(|c| c.intent.kind == IntentKind::Status && c.part.asked) {
            return Intent { by: claim.intent.by.clone(), ..asks.intent.clone() };
        }
        return match others.iter().map(|(_, c)| *c).rfind(|c| c.intent.kind == IntentKind::InProgress) {
            Some(progress) if says.last().is_some_and(|c| std::ptr::eq(*c, *progress)) => progress.intent.clone(),
            _ => unknown(),
        };
    }
    let under_way = |c: &Judged| matches!(c.intent.kind, IntentKind::InProgress | IntentKind::Blocked);
    let overtaken = others.iter().all(|(at, c)| *at < last && under_way(c)) && NOW.is_match(&claim.part.low)
        || others
            .iter()
            .all(|(at, c)| *at < last && c.intent.kind == IntentKind::InProgress && outlook::is_step(&c.why));
    if others.is_empty() || overtaken {
        let mut intent = claim.intent.clone();
        for c in &group.clauses {
            intent.evidence_later |= c.intent.evidence_later;
            if c.intent.kind == IntentKind::Done {
                intent.confirm |= c.intent.confirm;
                intent.done_at = intent.done_at.or(c.intent.done_at);
                intent.by = intent.by.or_else(|| c.intent.by.clone());
            }
        }
        return intent;
    }
    if others.iter().all(|(at, c)| *at > last && under_way(c)) {
        let mut intent = others[others.len() - 1].1.intent.clone();
        intent.kind =
            others.iter().map(|(_, c)| c.intent.kind).find(|k| *k == IntentKind::Blocked).unwrap_or(intent.kind);
        return intent;
    }
    unknown()
}

/// The order in which kinds win over one another where nothing is claimed.
const STRENGTH: &[IntentKind] = &[
    IntentKind::OptOut,
    IntentKind::Void,
    IntentKind::Undo,
    IntentKind::Refuse,
    IntentKind::Approve,
    IntentKind::VerifyFail,
    IntentKind::VerifyPass,
    IntentKind::Extend,
    IntentKind::Reassign,
    IntentKind::Reject,
    IntentKind::Blocked,
    IntentKind::InProgress,
    IntentKind::Snooze,
    IntentKind::Status,
    IntentKind::Help,
    IntentKind::Close,
    IntentKind::Report,
    IntentKind::CheckIn,
    IntentKind::Ack,
    IntentKind::Unknown,
];

/// A group without a claim of completion.
fn without_claim(group: &Group, says: &[&Judged], sarcastic: bool, ctx: &Context) -> Vec<Intent> {
    let has = |kind| says.iter().find(|c| c.intent.kind == kind);
    if says.is_empty() {
        let hint = group.clauses.iter().map(|c| &c.intent).find(|i| i.kind != IntentKind::Unknown || i.by.is_some());
        return vec![hint.cloned().unwrap_or_else(|| Intent::new(IntentKind::Unknown))];
    }
    if let (Some(a), Some(b)) = (has(IntentKind::Extend), has(IntentKind::Reassign)) {
        return vec![a.intent.clone(), b.intent.clone()];
    }
    let led_by_ack = says[0].intent.kind == IntentKind::Ack;
    let sure = |c: &&Judged| c.intent.kind == IntentKind::InProgress && !outlook::looks_ahead(&c.part);
    let going = says.iter().any(|c| sure(c) || c.intent.not_done || c.intent.percent.is_some());
    let mut kind = STRENGTH.iter().copied().find(|k| has(*k).is_some()).unwrap_or(IntentKind::Unknown);
    if kind == IntentKind::InProgress && led_by_ack && !going {
        kind = IntentKind::Ack;
    }
    if kind == IntentKind::Status && sarcastic {
        kind = IntentKind::Unknown;
    }
    // "No money yet, done by Friday": a stoppage with a day for its end is work under way.
    if kind == IntentKind::Blocked
        && let Some(last) = says.last()
        && last.intent.kind == IntentKind::InProgress
        && (last.intent.eta.is_some() || last.intent.percent.is_some())
    {
        kind = IntentKind::InProgress;
    }
    let mut intent = has(kind).map_or_else(|| Intent::new(kind), |c| c.intent.clone());
    // 取消 takes one's own answer back; beside an item or a cause (重复, 误报) it is about the item.
    if kind == IntentKind::Undo
        && intent.confirm
        && (matches!(group.items, Items::Lines(_) | Items::Codes(_)) || has(IntentKind::Reject).is_some())
    {
        intent = Intent::new(IntentKind::Void);
    }
    fill(&mut intent, group, says, ctx);
    vec![intent]
}

/// Takes over from the weaker clauses what the strongest leaves open.
fn fill(intent: &mut Intent, group: &Group, says: &[&Judged], ctx: &Context) {
    for c in says.iter().filter(|c| c.intent.kind == intent.kind) {
        intent.eta = intent.eta.or(c.intent.eta);
        intent.percent = intent.percent.or(c.intent.percent);
        intent.not_done |= c.intent.not_done;
        intent.reason = intent.reason.take().or_else(|| c.intent.reason.clone());
        intent.postpone = intent.postpone.take().or_else(|| c.intent.postpone.clone());
        intent.target = intent.target.or(c.intent.target);
    }
    let open = matches!(intent.postpone, None | Some(Postponement::Vague));
    if intent.kind == IntentKind::Extend && open {
        let named = group.clauses.iter().find_map(|c| requests::length(&c.part, &c.part.low, ctx));
        intent.postpone = named.or(Some(Postponement::Vague));
    }
    match intent.kind {
        IntentKind::Extend if intent.reason.is_none() => {
            let cause = says.iter().find(|c| c.intent.kind == IntentKind::Blocked);
            intent.reason = cause
                .map(|c| c.part.text.clone())
                .or_else(|| group.clauses.iter().find_map(|c| requests::reason(&c.part.text)));
        }
        // "Not ours, the market office's": whom it comes back to if nobody is found under that name.
        IntentKind::Reassign => {
            let sent_back = says.iter().find(|c| c.intent.kind == IntentKind::Reject);
            intent.sends_back = sent_back.is_some();
        }
        // 不合格，箱盖未锁: what else is said is why.
        IntentKind::VerifyFail | IntentKind::Refuse | IntentKind::Void if intent.reason.is_none() => {
            let own = |c: &&Judged| c.intent.kind == intent.kind || c.intent.confirm;
            let others = group.clauses.iter().filter(|c| !own(c) && !c.harmless);
            let words: Vec<&str> = others.map(|c| c.part.text.as_str()).filter(|t| !t.is_empty()).collect();
            intent.reason = (!words.is_empty()).then(|| words.join("，"));
        }
        IntentKind::Approve if intent.postpone.is_none() => {
            intent.postpone = says.iter().find_map(|c| c.intent.postpone.clone());
        }
        IntentKind::InProgress if says.iter().any(|c| c.intent.not_done) && intent.eta.is_some() => {
            intent.not_done = false;
        }
        _ => {}
    }
}

impl Judged {
    fn sarcastic(&self) -> bool {
        self.why.iter().any(|w| judge::SARCASM.named(w))
    }

    /// Not understood, and of a kind that may take a claim back: after "but", or with a doubtful word.
    fn unsettling(&self, ctx: &Context) -> bool {
        self.weight == Weight::Neutral
            && !self.harmless
            && (self.part.contrast || outlook::doubtful(&self.part.low) || outlook::has_day_ahead(&self.part, ctx))
    }
}
