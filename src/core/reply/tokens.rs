//! A text as a row of classes: the cheapest way to cut it into words.
//!
//! Times, marks of items and numbers are found by code, words by the lexicon, words of the item spoken of count as
//! things. What nobody accounts for stays in the row as `unk` or `word`, so that nothing can be proven around it.

use super::items::{self, Mention};
use super::lexicon::{Class, Found, Lexicon, is_letter};
use super::numbers::number;
use super::people;
use super::span_days::slash_day;
use super::spans::{self, Span, What};
use super::{Context, Items, beside};
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
/// A receiver that no list has: dearer than two words, cheaper than one that is not known.
const RECEIVER: u32 = 25;
/// Characters of the longest unit that is found so.
const LONGEST_UNIT: usize = 12;

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
    let words: Vec<Found> = lexicon.words(low).collect();
    let mut spans = spans::spans(low, ctx);
    spans.retain(|span| !is_open_number(low, span, ctx.numbers) || is_of_place(low, span, &words, lexicon));
    let mut mentions = items::mentions(low, &spans, ctx.numbers);
    mentions.extend(numerals(low, &words, &mentions, ctx.numbers, lexicon));
    let mut by_start: Vec<Vec<Candidate>> = Vec::new();
    by_start.resize_with(low.len() + 1, Vec::new);
    let mut offer = |c: Candidate| by_start[c.start].push(c);
    for (at, span) in spans.iter().enumerate() {
        if is_of_place(low, span, &words, lexicon) {
            let (start, end) = (span.start, span.end);
            offer(Candidate { start, end, class: class("num"), cost: KNOWN - 1, span: None, mention: None });
            continue;
        }
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
    let (thing, num, name, noun, give) = (class("obj"), class("num"), class("name"), class("noun"), class("give"));
    for (start, end) in receivers(low, &words, lexicon) {
        let class = if people::is_unit(&low[start..end]) { class("role") } else { name };
        offer(Candidate { start, end, class, cost: RECEIVER, span: None, mention: None });
    }
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
            let given =
                words.iter().any(|w| w.class == give && w.end == low[..start].trim_end_matches([' ', '@']).len());
            let alone = low.trim() == &rest[..length];
            // 转给钱七, or a name alone: rather that than two words.
            let cost = if given || alone { 2 * KNOWN - 1 } else { NAME + u32::try_from(length / 3).unwrap_or(3) };
            offer(Candidate { start, end: start + length, class: name, cost, span: None, mention: None });
        }
        let (unknown, length) = match c {
            '\n' | ',' | '，' | '。' | ';' | '；' | ':' | '：' | '、' | '!' | '！' | '.' | '…' | '~' | '-' | '/'
            | '(' | ')' | '"' | '*' | '|' | '·' | '[' | ']' | '《' | '》' | '<' | '>' | '=' | '_' | '→' => {
                (class("sep"), c.len_utf8())
            }
            'h' | 'w' if ["http://", "https://", "www."].iter().any(|begin| rest.starts_with(begin)) => {
                (class("evid"), rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len()))
            }
            c if c.is_ascii_alphabetic() => {
                let length = rest.bytes().take_while(|b| is_letter(*b) || b.is_ascii_digit()).count();
                (class("word"), length)
            }
            c => (class("unk"), c.len_utf8()),
        };
        let cost = match unknown {
            found if found == class("sep") => KNOWN / 2,
            found if found == class("evid") => KNOWN,
            _ => UNKNOWN,
        };
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
    beside::counted(&mut tokens, low, num, &[thing, class("phys")], class("role"));
    gaps(&mut tokens, low, class("sep"), give);
    beside::aimed(&mut tokens, low, lexicon);
    beside::told(&mut tokens, lexicon);
    beside::inverted(&mut tokens, low, lexicon);
    beside::denied(&mut tokens, low, lexicon);
    tokens
}

/// Who something is given to, though no list has the name: what stands between a word that gives and the next that ends it.
fn receivers(low: &str, words: &[Found], lexicon: &Lexicon) -> Vec<(usize, usize)> {
    let class = |name: &str| lexicon.classes.number(name);
    let ends = [
        "takes", "le", "ba", "part", "thanks", "fut", "ask", "court", "act", "check", "okay", "agree", "disagree",
        "ques", "ne", "ext", "until", "doing", "hao", "len",
    ]
    .map(class);
    let mut found = Vec::new();
    for given in words.iter().filter(|w| w.class == class("give") || &low[w.start..w.end] == "由") {
        let start = given.end + low[given.end..].len() - low[given.end..].trim_start_matches([' ', '@']).len();
        // Behind each of its characters, whether something else goes on there.
        let run = low[start..]
            .char_indices()
            .take_while(|(_, c)| people::is_han(*c))
            .map(|(at, c)| start + at + c.len_utf8());
        let ended = |end: usize| {
            let more = low[end..].chars().next().filter(|c| people::is_han(*c));
            let within = words.iter().any(|w| w.start >= start && w.start < end && w.end > end);
            !within && (more.is_none() || words.iter().any(|w| w.start == end && ends.contains(&w.class)))
        };
        let ends_of: Vec<usize> = run.take(LONGEST_UNIT).collect();
        let unit = ends_of.iter().skip(1).rfind(|end| ended(**end) && people::is_unit(&low[start..**end]));
        let somebody = ends_of.iter().skip(1).take(3).find(|end| ended(**end));
        let somebody = somebody.filter(|_| given.class == class("give"));
        found.extend(unit.or(somebody).map(|end| (start, *end)));
    }
    found
}

/// Chinese numerals that name open numbers: 二号 where no place follows, 一二 before what is said of them. Not 一样, 三轮车.
fn numerals(low: &str, words: &[Found], known: &[Mention], open: &[u32], lexicon: &Lexicon) -> Vec<Mention> {
    const DIGITS: &str = "一二三四五六七八九";
    let mut out = Vec::new();
    if open.len() < 2 {
        return out;
    }
    let says = [
        "fin", "vr", "act", "takes", "did", "doing", "neg", "cannot", "notyet", "notbe", "stuckw", "ext", "back",
        "give", "already", "allq", "hao", "okay", "own", "today", "ahead", "past", "agree", "disagree", "pass", "fail",
        "good", "bad", "allgood", "off", "wait", "mended", "send", "again", "left", "ask", "ques", "fut", "bax",
        "step", "void", "strike", "redo", "unsure", "hedge", "wk", "jin", "shared",
    ]
    .map(|name| lexicon.classes.number(name));
    let things =
        ["obj", "nact", "mess", "place", "bldg", "noun", "mw", "phys"].map(|name| lexicon.classes.number(name));
    let mut at = 0;
    while let Some(begin) = low[at..].find(|c| DIGITS.contains(c)).map(|n| at + n) {
        // 一和三, 一、二.
        let mut joined = false;
        let length: usize = low[begin..]
            .chars()
            .take_while(|c| {
                let digit = DIGITS.contains(*c);
                let goes_on = digit || !joined && "和跟与、".contains(*c);
                joined = !digit;
                goes_on
            })
            .map(char::len_utf8)
            .sum();
        let length = low[begin..begin + length].trim_end_matches(['和', '跟', '与', '、']).len();
        let end = begin + length;
        at = end;
        let lines: Vec<u32> = low[begin..end]
            .chars()
            .filter(|c| DIGITS.contains(*c))
            .filter_map(|c| u32::try_from(number(c.encode_utf8(&mut [0; 4]))?).ok())
            .collect();
        let rising = lines.windows(2).all(|pair| pair[0] < pair[1]);
        let before = low[..begin].chars().next_back();
        let fresh = before.is_none_or(|c| " ,，。;；、:：和跟把只好了完就将".contains(c));
        if !rising || !lines.iter().all(|n| open.contains(n)) || known.iter().any(|m| m.start < end && begin < m.end) {
            continue;
        }
        let marked = low[end..].starts_with('号');
        let stop = if marked { end + '号'.len_utf8() } else { end };
        let longer = words.iter().any(|w| w.start == begin && w.end > stop);
        let next = words.iter().filter(|w| w.start == stop).max_by_key(|w| w.end);
        let rest = low[stop..].trim_start();
        let accepted = match marked {
            true => {
                let of_a_day = ["前", "之前", "以前", "之后", "以后", "上午", "下午", "那天", "当天", "再"];
                let thing = next.is_some_and(|w| things.contains(&w.class))
                    || next.is_none() && lexicon.nouns(low, stop).next().is_some();
                lines.len() == 1
                    && !thing
                    && !before.is_some_and(|c| "月到至于等过在从期十廿".contains(c))
                    && !of_a_day.iter().any(|word| rest.starts_with(word))
            }
            false => fresh && next.is_some_and(|w| says.contains(&w.class)),
        };
        if accepted && !longer {
            out.push(Mention { start: begin, end: stop, items: Items::Lines(lines), explicit: true, counted: false });
        }
    }
    out
}

/// The number of `3号`.
fn number_of(low: &str, span: &Span) -> Option<u32> {
    low[span.start..span.end].strip_suffix('号').and_then(|n| n.trim().parse().ok())
}

/// `3号库房`: a thing follows that has the number.
fn is_of_place(low: &str, span: &Span, words: &[Found], lexicon: &Lexicon) -> bool {
    let things = ["obj", "nact", "mess", "place", "bldg", "noun"].map(|name| lexicon.classes.number(name));
    if number_of(low, span).is_none() || low[..span.start].ends_with(['月', '到', '至', '于', '等']) {
        return false;
    }
    // Of the words that follow the longest says what it is.
    let follows = words.iter().filter(|w| w.start == span.end).max_by_key(|w| w.end);
    let noun = lexicon.nouns(low, span.end).max().unwrap_or_default();
    match follows {
        Some(word) if word.end >= noun => things.contains(&word.class),
        _ => noun > span.end,
    }
}

/// `3号` where 3 is open in the writer's list, and nothing beside it speaks of a day.
fn is_open_number(low: &str, span: &Span, numbers: &[u32]) -> bool {
    let Some(number) = number_of(low, span) else { return false };
    let before = low[..span.start].trim_end();
    let after = low[span.end..].trim_start();
    let of_a_day = |word: &&str| after.starts_with(*word);
    numbers.contains(&number)
        && (before.ends_with("通过") || !before.ends_with(['月', '到', '至', '于', '等', '过', '在', '从', '期']))
        && ![
            "前", "之前", "以前", "之后", "以后", "上午", "下午", "中午", "早", "晚", "夜", "到", "至", "那天", "当天",
            "能", "可", "再",
        ]
        .iter()
        .any(of_a_day)
}

/// Puts in what a space between two Chinese words may be.
fn gaps(tokens: &mut Vec<Token>, low: &str, sep: Class, give: Class) {
    for at in (1..tokens.len()).rev() {
        let (end, start) = (tokens[at - 1].end, tokens[at].start);
        let parted = low[end..start].starts_with(' ') && low[end..start].trim().is_empty();
        if parted
            && tokens[at - 1].class != give
            && low[..end].chars().next_back().is_some_and(people::is_han)
            && low[start..].chars().next().is_some_and(people::is_han)
        {
            tokens.insert(at, Token { start: end, end: start, class: sep, span: None, mention: None });
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
        // Of a weekday alone the near one: on a Thursday, friday is tomorrow.
        What::Day(day)
            if words.is_ascii() && (day.next - day.last).num_days() == 7 && (today - day.last).num_days() > 3 =>
        {
            "ahead"
        }
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
    /// A space between two Chinese words; it may part clauses.
    pub(super) fn is_gap(&self, low: &str) -> bool {
        let words = &low[self.start..self.end];
        words.starts_with(' ') && words.trim().is_empty()
    }

    /// The lines that a mark names.
    pub(super) fn items(&self) -> Option<&Items> {
        self.mention.as_ref().map(|m| &m.items)
    }
}
