//! A text as a row of classes: the cheapest way to cut it into words.
//!
//! Times, marks of items and numbers are found by code, words by the lexicon, words of the item spoken of count as
//! things. What nobody accounts for stays in the row as `unk` or `word`, so that nothing can be proven around it.

use super::items::{self, Mention};
use super::lexicon::{Class, Found, Lexicon, is_letter};
use super::people;
use super::span_days::slash_day;
use super::spans::{self, Span, What};
use super::{Context, Items};
use chrono::Timelike;

/// A piece of the text.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    /// Time or share, if it is one.
    pub(super) span: Option<Span>,
    /// Items named, if it names some.
    pub(super) mention: Option<Mention>,
}

/// Days after which a day that has passed is another time.
const LONG_AGO: i64 = 60;

const KNOWN: u32 = 10;
const NOUN: u32 = 15;
const NAME: u32 = 24;
const UNKNOWN: u32 = 36;

struct Candidate {
    start: usize,
    end: usize,
    class: Class,
    cost: u32,
    span: Option<usize>,
    mention: Option<usize>,
}

/// Cuts a normalised text (`low`: its lower case) into tokens.
pub(super) fn tokens(low: &str, lexicon: &Lexicon, ctx: &Context) -> Vec<Token> {
    let class = |name: &str| lexicon.classes.number(name);
    let spans = spans::spans(low, ctx);
    let mentions = items::mentions(low, &spans);
    let words: Vec<Found> = lexicon.words(low).collect();
    let mut by_start: Vec<Vec<Candidate>> = Vec::new();
    by_start.resize_with(low.len() + 1, Vec::new);
    let mut offer = |c: Candidate| by_start[c.start].push(c);
    for (at, span) in spans.iter().enumerate() {
        let class = class(time_class(&span.what, &low[span.start..span.end], ctx));
        offer(Candidate { start: span.start, end: span.end, class, cost: KNOWN, span: Some(at), mention: None });
    }
    for (at, mention) in mentions.iter().enumerate() {
        let (start, end) = (mention.start, mention.end);
        offer(Candidate { start, end, class: class("mark"), cost: KNOWN - 1, span: None, mention: Some(at) });
    }
    for word in &words {
        let Found { start, end, class } = *word;
        offer(Candidate { start, end, class, cost: KNOWN, span: None, mention: None });
    }
    let (thing, num, name, noun) = (class("obj"), class("num"), class("name"), class("noun"));
    for (start, end) in of_item(low, ctx.item, &words, thing, lexicon) {
        offer(Candidate { start, end, class: thing, cost: KNOWN, span: None, mention: None });
    }
    for (start, c) in low.char_indices() {
        let rest = &low[start..];
        if let Some(length) = number_length(rest).filter(|_| !low[..start].ends_with(|p: char| p.is_ascii_digit())) {
            offer(Candidate { start, end: start + length, class: num, cost: KNOWN, span: None, mention: None });
        }
        if !c.is_ascii() {
            for end in lexicon.nouns(low, start) {
                offer(Candidate { start, end, class: noun, cost: NOUN, span: None, mention: None });
            }
        }
        if let Some(length) = people::name_length(rest) {
            let cost = NAME + u32::try_from(length / 3).unwrap_or(3);
            offer(Candidate { start, end: start + length, class: name, cost, span: None, mention: None });
        }
        let (unknown, length) = match c {
            '\n' | ',' | '，' | '。' | ';' | '；' | ':' | '：' | '、' | '!' | '！' | '.' | '…' | '~' | '-' | '/' | '(' | ')'
            | '"' | '*' | '|' | '·' | '[' | ']' | '《' | '》' | '<' | '>' | '=' | '_' | '→' => (class("sep"), c.len_utf8()),
            c if c.is_ascii_alphabetic() => {
                let length = rest.bytes().take_while(|b| is_letter(*b) || b.is_ascii_digit()).count();
                (class("word"), length)
            }
            c => (class("unk"), c.len_utf8()),
        };
        let cost = if unknown == class("sep") { KNOWN / 2 } else { UNKNOWN };
        offer(Candidate { start, end: start + length, class: unknown, cost, span: None, mention: None });
    }
    let row = cheapest(low, &by_start);
    let mut tokens: Vec<Token> = row
        .into_iter()
        .map(|(start, which)| {
            let c = &by_start[start][which];
            Token {
                start,
                end: c.end,
                class: c.class,
                span: c.span.map(|at| spans[at].clone()),
                mention: c.mention.map(|at| mentions[at].clone()),
            }
        })
        .collect();
    counted(&mut tokens, low, num, thing);
    tokens
}

/// `6 bays`: a bare number before a plural counts; it is no mark.
fn counted(tokens: &mut [Token], low: &str, num: Class, thing: Class) {
    for at in 1..tokens.len() {
        let (before, after) = (&tokens[at - 1], &tokens[at]);
        let bare = before.mention.as_ref().is_some_and(|m| !m.explicit) && !low[before.start..before.end].starts_with('#');
        let plural = after.class == thing && low[after.start..after.end].ends_with('s');
        if bare && plural && low[before.end..after.start] == *" " {
            tokens[at - 1].class = num;
            tokens[at - 1].mention = None;
        }
    }
}

/// The row of candidates with the least cost; of equals the one whose first words are longer.
fn cheapest(low: &str, by_start: &[Vec<Candidate>]) -> Vec<(usize, usize)> {
    const NEVER: u32 = u32::MAX;
    let mut best: Vec<(u32, usize)> = vec![(NEVER, usize::MAX); low.len() + 1];
    best[low.len()] = (0, usize::MAX);
    for at in (0..low.len()).rev() {
        if !low.is_char_boundary(at) {
            continue;
        }
        if low.as_bytes()[at] == b' ' {
            best[at] = (best[at + 1].0, usize::MAX);
        }
        for (which, candidate) in by_start[at].iter().enumerate() {
            let (after, _) = best[candidate.end];
            if after == NEVER {
                continue;
            }
            let cost = after + candidate.cost;
            let longer = |other: usize| by_start[at].get(other).is_none_or(|o| candidate.end > o.end);
            if cost < best[at].0 || cost == best[at].0 && longer(best[at].1) {
                best[at] = (cost, which);
            }
        }
    }
    let mut row = Vec::new();
    let mut at = 0;
    while at < low.len() {
        match by_start[at].get(best[at].1) {
            Some(candidate) => {
                row.push((at, best[at].1));
                at = candidate.end;
            }
            None => at += low[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    row
}

/// What a time says against the moment of writing.
fn time_class(what: &What, words: &str, ctx: &Context) -> &'static str {
    let today = ctx.now.date();
    let of_day = |day: chrono::NaiveDate| match day.cmp(&today) {
        // So long ago that it speaks of another time: 去年也整改过.
        std::cmp::Ordering::Less if (today - day).num_days() > LONG_AGO => "bygone",
        std::cmp::Ordering::Less => "past",
        std::cmp::Ordering::Equal => "today",
        std::cmp::Ordering::Greater => "ahead",
    };
    match what {
        What::Day(day) if day.next == day.last && day.next == today && is_to_come(words, ctx) => "ahead",
        What::Day(day) if day.next == day.last => of_day(day.next),
        // Of a day with two readings the one that is near.
        What::Day(day) if (today - day.last).num_days() > LONG_AGO => of_day(day.next),
        What::Day(_) => "day",
        What::BadDay(_) => "badday",
        What::Moment(at) if at.date() == today && *at <= ctx.now => "today",
        What::Moment(at) if at.date() == today => "ahead",
        What::Moment(at) => of_day(at.date()),
        What::Hour(_) => "today",
        What::Length(_) | What::Minutes(_) => "len",
        What::Ahead(_) => "ahead",
        What::Behind(day) => of_day(*day),
        What::Share(100) => "full",
        What::Share(_) => "share",
        // 9/20 and 28/9 can only be days; 2/3 may be a share.
        What::Slash(a, b) if (*a > 12) != (*b > 12) => match slash_day(*a, *b, ctx) {
            Some(day) if day.last <= today && (today - day.last).num_days() <= LONG_AGO => "past",
            Some(day) => of_day(day.next),
            None => "slash",
        },
        What::Slash(..) => "slash",
    }
}

/// A part of today that has not begun: 下午 in the morning.
fn is_to_come(words: &str, ctx: &Context) -> bool {
    let begins = match () {
        () if ["晚", "傍晚", "tonight", "evening"].iter().any(|w| words.contains(w)) => 17,
        () if ["下午", "afternoon"].iter().any(|w| words.contains(w)) => 12,
        () => 0,
    };
    ctx.now.hour() < begins
}

/// Pieces of the text that stand in the item's own title or place, and that no word list knows as more than a thing.
fn of_item(low: &str, item: Option<&str>, words: &[Found], thing: Class, lexicon: &Lexicon) -> Vec<(usize, usize)> {
    let Some(item) = item else { return Vec::new() };
    let plain = [thing, lexicon.classes.number("of"), lexicon.classes.number("num"), lexicon.classes.number("role")];
    let mut out = Vec::new();
    let starts: Vec<usize> = low.char_indices().map(|(at, _)| at).chain([low.len()]).collect();
    for (n, &start) in starts.iter().enumerate() {
        let latin = low.as_bytes().get(start).is_some_and(u8::is_ascii_alphanumeric);
        for &end in starts.iter().skip(n + 1).take(24) {
            let piece = &low[start..end];
            if !item.contains(piece) {
                break;
            }
            let whole = !latin || !low.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric);
            let long = piece.chars().count() >= if latin { 4 } else { 2 };
            let says = |w: &&Found| w.start < end && start < w.end && !plain.contains(&w.class);
            if long && whole && !piece.contains(' ') && !words.iter().any(|w| says(&w)) {
                out.push((start, end));
            }
        }
    }
    out
}

/// Bytes of the number that a text begins with: digits, with a fraction, or Chinese numerals.
fn number_length(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        let fraction = rest[digits..].strip_prefix('.').map_or(0, |f| f.bytes().take_while(u8::is_ascii_digit).count());
        return Some(if fraction > 0 { digits + 1 + fraction } else { digits });
    }
    let chinese: usize =
        rest.chars().take_while(|c| "零〇一二两俩三四五六七八九十百千几".contains(*c)).map(char::len_utf8).sum();
    (chinese > 0).then_some(chinese)
}

impl Token {
    /// The lines that a mark names.
    pub(super) fn items(&self) -> Option<&Items> {
        self.mention.as_ref().map(|m| &m.items)
    }
}
