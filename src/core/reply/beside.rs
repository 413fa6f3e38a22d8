//! What a token comes to beside its neighbours: a day that is aimed at, a deed that is denied, a question without a mark.

use super::lexicon::{Class, Lexicon};
use super::tokens::Token;

/// Done by the 5th: a day that somebody aims at lies ahead.
pub(super) fn aimed(tokens: &mut [Token], low: &str, lexicon: &Lexicon) {
    let (day, ahead) = (lexicon.classes.number("day"), lexicon.classes.number("ahead"));
    for token in tokens.iter_mut().filter(|t| t.class == day) {
        let before = low[..token.start].trim_end();
        let before = before.strip_suffix(" the").unwrap_or(before);
        if ["by", "till", "until", "til"].iter().any(|word| before.ends_with(word)) {
            token.class = ahead;
        }
    }
}

/// A day that may lie behind or ahead lies behind where its clause tells a deed: 20号就弄好了.
pub(super) fn told(tokens: &mut [Token], lexicon: &Lexicon) {
    let class = |name: &str| lexicon.classes.number(name);
    let (day, past, sep, mark) = (class("day"), class("past"), class("sep"), class("mark"));
    let tells = ["le", "guole", "did"].map(class);
    let open = ["fut", "ques", "cond", "ahead", "neg", "cannot", "notbe", "wish", "bef", "until", "ext"].map(class);
    for at in 0..tokens.len() {
        if tokens[at].class != day {
            continue;
        }
        let clause = tokens[at + 1..].iter().map(|t| t.class).take_while(|c| *c != sep && *c != mark && *c != day);
        if clause.clone().any(|c| tells.contains(&c)) && !clause.clone().any(|c| open.contains(&c)) {
            tokens[at].class = past;
        }
    }
}

/// 没有飞线 is good; 没有飞线剪了 denies what follows: a state that begins with a "no" ends its clause.
pub(super) fn denied(tokens: &mut [Token], low: &str, lexicon: &Lexicon) {
    let class = |name: &str| lexicon.classes.number(name);
    let states = ["good", "allgood", "gone", "isgone", "nomore"].map(class);
    let goes_on =
        ["obj", "noun", "nact", "mess", "bldg", "det", "num", "vr", "did", "act", "fin", "mended", "of"].map(class);
    for at in 1..tokens.len() {
        let (state, next) = (&tokens[at - 1], &tokens[at]);
        let words = &low[state.start..state.end];
        let no = words.starts_with('没') || words.starts_with('无') || words.starts_with("nothing");
        if no && states.contains(&state.class) && goes_on.contains(&next.class) {
            tokens[at - 1].class = class("neg");
        }
    }
}

/// "Are the bolts tight" asks, though no mark says so.
pub(super) fn inverted(tokens: &mut [Token], low: &str, lexicon: &Lexicon) {
    let class = |name: &str| lexicon.classes.number(name);
    let subjects = ["det", "each", "obj", "nact", "it", "own", "num", "mess", "others", "all"].map(class);
    let (sep, conj, be, ques) = (class("sep"), class("conj"), class("be"), class("ques"));
    for at in 0..tokens.len().saturating_sub(1) {
        let begins = at == 0 || tokens[at - 1].class == sep || tokens[at - 1].class == conj;
        let verb = low[tokens[at].start..tokens[at].end].split(' ').next().unwrap_or_default();
        let asks = tokens[at].class == be && matches!(verb, "is" | "are" | "was" | "were" | "has" | "did" | "does");
        let subject =
            subjects.contains(&tokens[at + 1].class) || low[tokens[at].start..tokens[at].end].ends_with(" all");
        if begins && asks && subject {
            tokens[at].class = ques;
        }
    }
}

/// `6 bays`, `9 bar`, 4度: a bare number before a plural or a unit counts; it is no mark.
pub(super) fn counted(tokens: &mut [Token], low: &str, num: Class, counts: &[Class], role: Class) {
    for at in 1..tokens.len() {
        let (before, after) = (&tokens[at - 1], &tokens[at]);
        let bare =
            before.mention.as_ref().is_some_and(|m| !m.explicit) && !low[before.start..before.end].starts_with('#');
        let unit = counts[1..].contains(&after.class);
        let plural = after.class == counts[0] && low[after.start..after.end].ends_with('s');
        let close = low[before.end..after.start].trim_matches(' ').is_empty() && after.start - before.end <= 1;
        if bare && close && (unit || plural && before.end < after.start) {
            tokens[at - 1].class = num;
            tokens[at - 1].mention = None;
        }
        // 人员12: so many people.
        let (people, count) = (&tokens[at - 1], &tokens[at]);
        let glued = people.end == count.start && count.mention.as_ref().is_some_and(|m| !m.explicit);
        if people.class == role && glued && low[count.start..].starts_with(|c: char| c.is_ascii_digit()) {
            tokens[at].class = num;
            tokens[at].mention = None;
        }
        // Floors 3 and 5: the things have these numbers.
        let (thing, number) = (&tokens[at - 1], &tokens[at]);
        let many =
            thing.class == counts[0] && low[thing.start..thing.end].ends_with('s') && low[thing.end..].starts_with(' ');
        if many && number.mention.is_some() && low[number.start..].starts_with(|c: char| c.is_ascii_digit()) {
            tokens[at].class = num;
            tokens[at].mention = None;
        }
    }
}
