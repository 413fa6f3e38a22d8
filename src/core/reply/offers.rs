//! What may be meant by words that are not proven: the readings to ask back, likeliest first.

use super::tokens::Token;
use super::{Context, Intent, IntentKind, Reader, Speaker, likely, values};

/// Most readings that are offered.
const MOST: usize = 3;

/// What takes the first place from a reading that would change something: 没, 差不多, 如果, 说, 又, 别家.
pub(super) const DOUBT: &[&str] = &[
    "neg", "cannot", "notbe", "hedge", "fut", "ques", "cond", "again", "said", "others", "wish", "left", "but",
    "total", "unsure", "wait", "stuckw", "notyet", "relapse", "ne", "promw", "promv",
];

/// The likeliest readings of a text.
pub(super) fn offers(tokens: &[Token], low: &str, text: &str, reader: &Reader, ctx: &Context) -> Vec<Intent> {
    use IntentKind::*;
    let said = |kind: &IntentKind| match ctx.by {
        Speaker::Fixer => !matches!(kind, VerifyPass | VerifyFail | Approve | Refuse | Close),
        Speaker::Verifier => !matches!(kind, Done | Approve | Refuse),
        Speaker::Approver => !matches!(kind, Done | VerifyPass | VerifyFail),
    };
    let of_nothing = |kind: &IntentKind| matches!(kind, Unknown | Chatter | Greeting | Emergency);
    let ours = likely::order(tokens, low, reader, ctx.by).into_iter().map(|(kind, _)| kind);
    let ours = ours.filter(|kind| !ctx.likely.contains(kind));
    let order: Vec<IntentKind> = ctx.likely.iter().copied().chain(ours).filter(|k| said(k) && !of_nothing(k)).collect();
    let doubtful = DOUBT
        .iter()
        .map(|name| reader.lexicon.classes.number(name))
        .any(|class| tokens.iter().any(|t| t.class == class));
    let weighty = |kind: &IntentKind| matches!(kind, Done | VerifyPass | Approve | Close | Void);
    // What else such words may state.
    let states = |kind: &&IntentKind| matches!(kind, InProgress | Blocked | Extend | Reject | VerifyFail | Refuse);
    let first = match order.first().is_some_and(weighty) && doubtful {
        true => order.iter().find(states).copied(),
        false => None,
    };
    let others = order.into_iter().filter(|kind| Some(*kind) != first);
    let out = first.into_iter().chain(others).take(MOST);
    out.map(|kind| values::filled(kind, kind.name(), tokens, low, text, reader, ctx)).collect()
}
