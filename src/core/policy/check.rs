//! What types alone cannot say about a pack: values by which somebody would be flooded, or would never hear.

use super::{Form, Ladder, Policy, Step, Urgency};
use crate::deadline::Span;

/// Least minutes between two repeats of a step: a person who is told more often switches the bot off.
const LEAST: i64 = 10;
/// The same for an emergency, and for a step that asks for a sign of life.
const LEAST_ASKING: i64 = 5;
/// Longest time in which an answer may be undone, in minutes: the verifier hears of a claim only after it.
const MOST_UNDO: i64 = 24 * 60;

/// Looks through a pack; the error names the key, the ladder and the step, and what is allowed.
pub(super) fn check(policy: &Policy) -> Result<(), String> {
    let limits = &policy.limits;
    if limits.per_day == 0 {
        return Err("[limits] per_day = 0: nobody would ever be reminded; write 1 or more".to_owned());
    }
    if !(0..=MOST_UNDO).contains(&limits.undo_minutes) {
        return Err(format!("[limits] undo_minutes = {}: write 0 to {MOST_UNDO}", limits.undo_minutes));
    }
    for ladder in &policy.ladders {
        for (n, step) in ladder.steps.iter().enumerate() {
            if ladder.steps[..n].iter().any(|s| s.id == step.id) {
                return Err(format!(
                    "ladder {}: two steps are called {:?}; give each its own id",
                    ladder.name, step.id
                ));
            }
            repeats_seldom_enough(ladder, step)?;
            if let Some(span) = step.ack_within.filter(|span| at_least_minutes(*span) < 1) {
                return Err(format!(
                    "ladder {}, step {:?}: ack_within = \"{span}\" leaves nobody any time to answer; write 1m or more",
                    ladder.name, step.id
                ));
            }
        }
    }
    for summary in &policy.summaries {
        crate::cron::Schedule::parse(&summary.cron).map_err(|e| format!("summary {}: {e}", summary.id))?;
    }
    Ok(())
}

fn repeats_seldom_enough(ladder: &Ladder, step: &Step) -> Result<(), String> {
    let Some(repeat) = step.repeat else { return Ok(()) };
    let asks = step.urgency == Urgency::Emergency || matches!(step.form, Form::Emergency | Form::CheckIn);
    let least = if asks { LEAST_ASKING } else { LEAST };
    if at_least_minutes(repeat) >= least {
        return Ok(());
    }
    let whose = if asks { "an emergency or a check-in" } else { "a step about an item" };
    Err(format!(
        "ladder {}, step {:?}: repeat = \"{repeat}\" is too often; {whose} repeats every {least}m at least",
        ladder.name, step.id
    ))
}

/// The shortest time that a span can be; days are taken as what they are at least.
fn at_least_minutes(span: Span) -> i64 {
    const DAY: i64 = 23 * 60;
    match span {
        Span::Minutes(n) => n,
        Span::Hours(n) => n.saturating_mul(60),
        Span::Days(n) | Span::Workdays(n) | Span::Months(n) => n.saturating_mul(DAY),
    }
}
