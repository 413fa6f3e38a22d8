//! What a clause without a claim says of the work: its share, its date, its future, that it is still open;
//! and whether a clause beside a claim unsettles it.

use super::clauses::Part;
use super::judge::{self, Weight, not_done};
use super::signs::*;
use super::span_days::slash_day;
use super::span_lengths::share_of;
use super::spans::What;
use super::{Context, Intent, IntentKind, claim, dates, people};
use chrono::{NaiveDate, NaiveDateTime};

/// Share finished, in percent, if the clause names one.
pub(super) fn share(part: &Part, ctx: &Context) -> Option<u8> {
    part.spans.iter().find_map(|s| match s.what {
        What::Share(p) => Some(p),
        What::Slash(a, b) => {
            let before = part.low[..s.start].trim_end();
            let dated = before.ends_with("on") || before.ends_with('于') || before.ends_with("at");
            // 9/20 已完成: a day of the last weeks, not a share; 3/5 stays a share.
            let recent =
                slash_day(a, b, ctx).is_some_and(|d| b > 12 && (0..60).contains(&(ctx.now.date() - d.last).num_days()));
            let dated = dated || (recent && part.low[s.end..].trim_start().starts_with(['已', '完', '办', '整']));
            match share_of(a, b) {
                Some(What::Share(p)) if !dated => Some(p),
                _ => None,
            }
        }
        _ => None,
    })
}

/// When it will be finished; a day without an hour is its last minute.
pub(super) fn eta(part: &Part, ctx: &Context) -> Option<NaiveDateTime> {
    part.spans.iter().find_map(|s| match &s.what {
        What::Day(d) => Some(dates::end_of_day(d.next)),
        What::Ahead(d) => Some(dates::end_of_day(*d)),
        What::Moment(m) => Some(*m),
        What::Length(l) => dates::after_length(ctx, l).map(dates::end_of_day),
        What::Minutes(n) => ctx.now.checked_add_signed(chrono::Duration::minutes(*n)),
        _ => None,
    })
}

/// The day on which it was finished, if the clause names one that is not ahead.
pub(super) fn done_at(part: &Part, ctx: &Context) -> Option<NaiveDate> {
    let today = ctx.now.date();
    part.spans.iter().find_map(|s| match &s.what {
        What::Day(d) if d.last <= today => Some(d.last),
        What::Behind(d) => Some(*d),
        What::Moment(m) if *m <= ctx.now => Some(m.date()),
        What::Slash(a, b) => slash_day(*a, *b, ctx).map(|d| d.last).filter(|d| *d <= today),
        _ => None,
    })
}

/// Clauses without a completion word: the future, a date alone, negation with items, questions.
pub(super) fn without_completion(part: &Part, plain: &str, ctx: &Context, why: &mut Vec<String>) -> (Intent, Weight) {
    let calm = FUTURE_HARMLESS.mask(&HARMLESS.mask(plain));
    if part.asked && TAG.is_match(plain) {
        why.push("asks back".into());
        return (Intent::new(IntentKind::Status), Weight::Doubt);
    }
    if TAG.is_match(plain) {
        return (Intent::new(IntentKind::Unknown), Weight::Doubt);
    }
    if let Some(text) = HEARSAY.why(&calm).or_else(|| CONDITION.why(&calm)) {
        why.push(text);
        let future = FIRM_FUTURE.hit(&calm) && !part.asked;
        if future && CONDITION.hit(&calm) {
            return (Intent::new(IntentKind::InProgress), Weight::Governs);
        }
        let mut intent = Intent::new(IntentKind::Unknown);
        intent.by = people::claimed_for(&part.text).filter(|n| !n.is_empty());
        return (intent, Weight::Governs);
    }
    if let Some(percent) = share(part, ctx) {
        let mut intent = Intent::new(IntentKind::InProgress);
        if percent < 100 {
            why.push(format!("{percent} percent"));
            intent.percent = Some(percent);
            return (intent, Weight::Says);
        }
    }
    if part.asked && (ENGLISH_ASKS.is_match(&calm) || AUXILIARY.is_match(&calm)) && ASKED_WORK.is_match(&calm) {
        why.push("asks about the work".into());
        return (Intent::new(IntentKind::Status), Weight::Says);
    }
    let asked = part.asked || QUESTION.hit(&calm);
    if asked && ASKED_ZH.is_match(&calm) {
        why.push("asks about the work".into());
        return (Intent::new(IntentKind::Status), Weight::Says);
    }
    if asked {
        why.push("question".into());
        return (Intent::new(IntentKind::Unknown), Weight::Doubt);
    }
    if NOT_WORK_EN.is_match(&calm) && !part.asked && !CONDITION.hit(&calm) {
        why.push("not yet".into());
        return (not_done(), Weight::Says);
    }
    if STILL_OPEN.is_match(&calm) && !judge::CANNOT.hit(&calm) {
        why.push("not yet".into());
        return (not_done(), Weight::Says);
    }
    if NEGATION.hit(&calm) && part.items != super::Items::Unspecified && part.low.len() <= 12 {
        why.extend(NEGATION.why(&calm));
        return (not_done(), Weight::Says);
    }
    if let Some(text) = PROMISE.why(&calm) {
        why.push(text);
        return (Intent::new(IntentKind::Ack), Weight::Says);
    }
    if let Some(text) = HEDGE.why(&calm).filter(|_| plain.chars().count() <= 12) {
        why.push(text);
        return (Intent::new(IntentKind::InProgress), Weight::Says);
    }
    if STEP.hit(&calm) && (calm.contains('已') || calm.contains('了')) {
        why.extend(STEP.why(&calm));
        return (Intent::new(IntentKind::InProgress), Weight::Says);
    }
    let ahead = part.spans.iter().any(|s| matches!(s.what, What::Day(_) | What::Ahead(_) | What::Moment(_)));
    let work = WORK.hit(plain) || FUTURE.hit(&calm) || DOES.is_match(plain);
    let order = FIRM_ORDER.hit(&ORDER_HARMLESS.mask(&calm));
    if work && !order && (FUTURE.hit(&calm) || ahead) && (START_PROMISE.is_match(plain) || ahead || plain.is_ascii()) {
        why.extend(FUTURE.why(&calm));
        let mut intent =
            Intent::new(if eta(part, ctx).is_none() && AT_ONCE.is_match(plain) && !TO_THE_END.is_match(plain) {
                IntentKind::Ack
            } else {
                IntentKind::InProgress
            });
        intent.eta = eta(part, ctx);
        return (intent, Weight::Says);
    }
    let weight = if order || GUESS.hit(&calm) { Weight::Governs } else { Weight::Neutral };
    (Intent::new(IntentKind::Unknown), weight)
}

/// A word that could claim completion stands in the clause.
pub(super) fn has_completion(plain: &str) -> bool {
    claim::completion(&FAULT.mask(&HARMLESS.mask(plain))).is_some()
}

/// The reading rests on a step on the way (通知已下发, 培训已开展).
pub(super) fn is_step(why: &[String]) -> bool {
    why.iter().any(|w| STEP.named(w))
}

/// The clause states a condition.
pub(super) fn is_conditional(plain: &str) -> bool {
    CONDITION.hit(plain)
}

/// The clause repeats what somebody said.
pub(super) fn is_hearsay(plain: &str) -> bool {
    HEARSAY.hit(plain)
}

/// The clause speaks of what is to come.
pub(super) fn looks_ahead(part: &Part) -> bool {
    let calm = FUTURE_HARMLESS.mask(&HARMLESS.mask(&part.low));
    FIRM_FUTURE.hit(&calm)
        || LOOKS_AHEAD.is_match(&calm)
        || part.spans.iter().any(|s| matches!(s.what, What::Ahead(_) | What::Day(_) | What::Moment(_)))
}

/// A clause about a day to come, other than the day of the inspection.
pub(super) fn has_day_ahead(part: &Part, ctx: &Context) -> bool {
    let inspection = ["验", "复查", "核查", "检查", "inspect", "verif", "照片", "photo", "材料", "资料"]
        .iter()
        .any(|w| part.low.contains(w));
    !inspection
        && part.spans.iter().any(|s| {
            matches!(&s.what, What::Ahead(_) | What::Length(_))
                || matches!(&s.what, What::Day(d) if d.last > ctx.now.date())
        })
}

/// Words in a clause nobody understood that may take back the claim beside it.
pub(super) fn doubtful(low: &str) -> bool {
    let calm = ORDER_HARMLESS.mask(&FUTURE_HARMLESS.mask(&FAULT.mask(&HARMLESS.mask(low))));
    [&*NEGATION, &*TO_COME, &*HEDGE, &*GUESS, &*CONDITION, &*HEARSAY].iter().any(|list| list.hit(&calm))
}
