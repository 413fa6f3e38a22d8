//! The whole message: clauses read one by one, then put together.
//!
//! Items carry over from clause to clause. A condition, hearsay or mockery anywhere takes every claim of
//! completion back; a doubtful completion word beside a claim takes it back too. Of several readings of
//! one item the one that promises least stays. When nothing is left the message is not understood.

use super::clauses::clauses;
use super::judge::{Judged, Weight, judge};
use super::normalise::normalise;
use super::strip::strip;
use super::{Clause, Context, Intent, IntentKind, Items, Postponement, Reading, danger, extension, typos};

/// Reads a message. Pure and total: any text gives a reading, never an empty one.
pub fn read(text: &str, ctx: &Context) -> Reading {
    let stripped = strip(&normalise(text));
    let words = typos::fold(&stripped.text);
    let mut reading = Reading {
        intents: Vec::new(),
        clauses: Vec::new(),
        emergency: false,
        automatic: danger::automatic(&words),
        dropped: stripped.dropped,
    };
    reading.emergency = !reading.automatic && danger::accident(&words);
    if reading.automatic || reading.emergency || danger::smuggled(&words) {
        let kind = if reading.emergency { IntentKind::Emergency } else { IntentKind::Unknown };
        reading.intents = vec![Intent::new(kind)];
        return reading;
    }
    let judged: Vec<Judged> = clauses(&words, ctx).into_iter().map(|part| judge(part, ctx)).collect();
    reading.clauses = judged
        .iter()
        .map(|j| Clause {
            text: j.part.text.clone(),
            reads_as: if j.weight == Weight::Neutral { "-".to_string() } else { j.intent.label().to_string() },
            why: j.why.clone(),
        })
        .collect();
    reading.intents = combined(judged, ctx);
    reading
}

/// Puts the clauses together.
fn combined(mut judged: Vec<Judged>, ctx: &Context) -> Vec<Intent> {
    carry_items(&mut judged);
    let governed = judged.iter().any(|j| j.weight == Weight::Governs);
    let by = judged.iter().filter(|j| j.weight != Weight::Says).find_map(|j| j.intent.by.clone());
    let evidence_later = judged.iter().any(|j| j.weight == Weight::Neutral && j.intent.evidence_later);
    let doubts: Vec<Items> = judged
        .iter()
        .filter(|j| j.weight == Weight::Doubt || is_objection(j))
        .map(|j| j.intent.items.clone())
        .collect();
    let asks_for_time = judged.iter().any(|j| j.intent.kind == IntentKind::Extend);
    let mut intents: Vec<(Intent, bool)> = Vec::new();
    for j in judged {
        let promise = is_promise(&j);
        let except = j.part.except.clone();
        match j.weight {
            Weight::Says => {}
            // "When the money is there we will finish": no claim, but progress of a kind.
            Weight::Governs if j.intent.kind == IntentKind::InProgress => {}
            _ => {
                if let Some(except) = except {
                    exclude(&mut intents, except);
                }
                if let Some((last, _)) = intents.last_mut()
                    && last.kind == IntentKind::Extend
                    && last.postpone == Some(Postponement::Vague)
                    && let Some(postpone) = extension::postponed(&j.part, ctx)
                {
                    last.postpone = Some(postpone);
                }
                continue;
            }
        }
        let mut intent = j.intent;
        // "Done and dusted? lol" asks nothing.
        let claims = intent.kind == IntentKind::Done || (governed && intent.kind == IntentKind::Status);
        if claims && (governed || doubts.iter().any(|d| touches(d, &intent.items))) {
            let mut unknown = Intent::new(IntentKind::Unknown);
            unknown.items = intent.items;
            intent = unknown;
        }
        // What stops the work is the reason for the request, in the writer's words.
        if asks_for_time && intent.kind == IntentKind::Blocked {
            intent.reason = Some(j.part.text.clone());
        }
        intent.evidence_later |= evidence_later && intent.kind == IntentKind::Done;
        intents.push((intent, promise));
        if let Some(except) = except {
            exclude(&mut intents, except);
        }
    }
    let mut intents = merged(intents);
    if intents.is_empty() {
        let mut unknown = Intent::new(IntentKind::Unknown);
        unknown.by = by;
        intents.push(unknown);
    }
    intents
}

/// A clause without items of its own speaks of those before it; politeness and lists do not carry.
fn carry_items(judged: &mut [Judged]) {
    let mut current = Items::Unspecified;
    for j in judged.iter_mut() {
        match &j.intent.items {
            Items::Unspecified if about_an_item(j) => j.intent.items = current.clone(),
            Items::Unspecified => {}
            named => current = named.clone(),
        }
    }
}

fn about_an_item(j: &Judged) -> bool {
    j.weight != Weight::Neutral
        && !matches!(
            j.intent.kind,
            IntentKind::Help | IntentKind::Status | IntentKind::OptOut | IntentKind::Report | IntentKind::CheckIn | IntentKind::Ack
        )
}

/// "…, but it still drips": an unknown clause after "but" speaks against the claim before it.
fn is_objection(j: &Judged) -> bool {
    j.part.contrast && j.weight == Weight::Neutral && j.why.is_empty() && !j.part.low.trim().is_empty()
}

/// Future words only: "will finish at once" beside "received" adds nothing.
fn is_promise(j: &Judged) -> bool {
    let i = &j.intent;
    i.kind == IntentKind::InProgress
        && !i.not_done
        && i.percent.is_none()
        && i.eta.is_none()
        && j.why.iter().any(|w| w.starts_with("future"))
}

/// Do a doubt about some items and a claim about others concern each other?
fn touches(doubt: &Items, claim: &Items) -> bool {
    match (doubt, claim) {
        (Items::Lines(a), Items::Lines(b)) => a.iter().any(|n| b.contains(n)),
        (Items::Codes(a), Items::Codes(b)) => a.iter().any(|n| b.contains(n)),
        (Items::Lines(a), Items::AllExcept(b)) => a.iter().any(|n| !b.contains(n)),
        (Items::Lines(_), Items::Rest) | (Items::Rest, Items::Lines(_)) => false,
        _ => true,
    }
}

/// "All done, except 2": the claim leaves 2 out, and 2 is not done.
fn exclude(intents: &mut Vec<(Intent, bool)>, except: Items) {
    let Some((last, _)) = intents.last_mut() else { return };
    let Items::Lines(lines) = &except else {
        if last.kind == IntentKind::Done {
            last.kind = IntentKind::Unknown;
        }
        return;
    };
    if !matches!(last.items, Items::Unspecified | Items::All | Items::Rest) {
        return;
    }
    last.items = Items::AllExcept(lines.clone());
    if last.kind == IntentKind::Done {
        last.confirm = true;
        let mut open = Intent::new(IntentKind::InProgress);
        open.items = except;
        intents.push((open, false));
    }
}

/// One intent for each group of items: the reading that promises least.
fn merged(all: Vec<(Intent, bool)>) -> Vec<Intent> {
    let mut groups: Vec<(Intent, bool)> = Vec::new();
    for (intent, promise) in all {
        match groups.iter_mut().find(|(g, _)| g.items == intent.items) {
            Some((held, held_promise)) => {
                let (winner, is_promise) = together((held.clone(), *held_promise), (intent, promise));
                *held = winner;
                *held_promise = is_promise;
            }
            None => groups.push((intent, promise)),
        }
    }
    // "Received. 1 done": the general word says nothing beside the particular one.
    let particular = groups.iter().any(|(i, _)| i.items != Items::Unspecified);
    if particular && groups.len() > 1 {
        groups.retain(|(i, promise)| {
            i.items != Items::Unspecified || !(matches!(i.kind, IntentKind::Ack | IntentKind::Unknown) || *promise)
        });
    }
    groups.into_iter().map(|(i, _)| i).collect()
}

/// Two readings about the same items.
fn together(a: (Intent, bool), b: (Intent, bool)) -> (Intent, bool) {
    use IntentKind as K;
    let has = |kind: K| a.0.kind == kind || b.0.kind == kind;
    let one = |kind: K| if a.0.kind == kind { a.clone() } else { b.clone() };
    let other = |kind: K| if a.0.kind == kind { b.clone() } else { a.clone() };
    if a.0.kind == b.0.kind {
        return (joined(a.0, b.0), a.1 && b.1);
    }
    for kind in [K::Undo, K::VerifyFail, K::Refuse] {
        if has(kind) {
            return one(kind);
        }
    }
    if has(K::Extend) {
        let (mut extend, _) = one(K::Extend);
        let (rest, _) = other(K::Extend);
        // A claim and a request for more time contradict each other.
        if rest.kind == K::Done {
            return (unknown(extend.items), false);
        }
        if rest.kind == K::Blocked && extend.reason.is_none() {
            extend.reason = rest.reason;
        }
        return (extend, false);
    }
    for kind in [K::Reassign, K::Reject, K::Blocked] {
        if has(kind) {
            return if has(K::Done) { (unknown(a.0.items), false) } else { one(kind) };
        }
    }
    if has(K::Snooze) {
        return if has(K::Done) { one(K::Done) } else { one(K::Snooze) };
    }
    if has(K::Status) {
        let (rest, promise) = other(K::Status);
        // "Done? No." answers itself.
        return match rest.kind {
            K::InProgress => (rest, promise),
            K::Done => (unknown(rest.items), false),
            K::Ack if b.0.kind == K::Status => b,
            _ => one(K::Status),
        };
    }
    if has(K::InProgress) {
        let (progress, promise) = one(K::InProgress);
        if has(K::Ack) && promise {
            return other(K::InProgress);
        }
        return (progress, promise);
    }
    if has(K::Unknown) {
        return if has(K::Done) { (unknown(a.0.items), false) } else { other(K::Unknown) };
    }
    if has(K::Ack) {
        return other(K::Ack);
    }
    (unknown(a.0.items), false)
}

fn unknown(items: Items) -> Intent {
    let mut intent = Intent::new(IntentKind::Unknown);
    intent.items = items;
    intent
}

/// Two clauses of the same kind: the later one fills what the earlier one left open.
fn joined(a: Intent, b: Intent) -> Intent {
    let mut to = a.to;
    to.extend(b.to);
    Intent {
        kind: a.kind,
        items: a.items,
        postpone: match (a.postpone, b.postpone) {
            (Some(Postponement::Vague) | None, Some(later)) => Some(later),
            (first, _) => first,
        },
        to,
        to_unit: a.to_unit.or(b.to_unit),
        reason: a.reason.or(b.reason),
        eta: a.eta.or(b.eta),
        done_at: a.done_at.or(b.done_at),
        percent: a.percent.or(b.percent),
        not_done: a.not_done || b.not_done,
        by: a.by.or(b.by),
        snooze_until: a.snooze_until.or(b.snooze_until),
        target: a.target.or(b.target),
        confirm: a.confirm || b.confirm,
        evidence_later: a.evidence_later || b.evidence_later,
    }
}
