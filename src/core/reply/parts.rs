//! A message cut where it speaks of other items.
//!
//! A number, code, "all" or "the rest" names items. It stands before what is said of them (2好了) or behind it (approve 2
//! and 4, not 3); a clause shows which by its first word. Knows no words.

use super::Items;
use super::Reader;
use super::lexicon::Class;
use super::tokens::Token;

/// Part of a message that speaks of the same items.
pub(super) struct Part {
    /// Tokens from, tokens to.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Tokens within that only name the items.
    names: Vec<(usize, usize)>,
    pub(super) items: Items,
}

impl Part {
    /// What is said, without the words that name the items.
    pub(super) fn words<'t>(&self, tokens: &'t [Token]) -> impl Iterator<Item = &'t Token> {
        let names = self.names.clone();
        let within = move |at: &usize| names.iter().any(|(from, to)| (*from..*to).contains(at));
        (self.from..self.to).filter(move |at| !within(at)).map(|at| &tokens[at])
    }
}

/// Words that name items: 1、3, all but 2, 除了3其余.
struct Run {
    from: usize,
    to: usize,
    items: Items,
    /// It speaks of all others, and a word for all stands in it.
    sweeps: bool,
}

/// Where the message (`low`: in lower case) speaks of which items.
pub(super) fn parts(tokens: &[Token], low: &str, reader: &Reader) -> Vec<Part> {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let (sep, small) = (class("sep"), ["sep", "part", "thanks", "court", "le", "ba", "ask"].map(class));
    let runs = runs(tokens, reader);
    let mut parts = vec![Part { from: 0, to: 0, names: Vec::new(), items: Items::Unspecified }];
    // The mark behind a number that leads is a part of it: 1. done 2. not.
    let mut bullets: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let run = &runs[at];
        let done = parts.last().map_or(0, |last| last.to);
        let begins = clause_begin(tokens, low, run, sep, &bullets);
        let clause_end = |at: usize| tokens[at..].iter().position(|t| t.class == sep).map_or(tokens.len(), |n| at + n);
        let ends = clause_end(run.to);
        let inside = &runs[at..][..runs[at..].iter().take_while(|r| r.from < ends).count()];
        // What is said to somebody else (@钱七 …) stays a part of its own.
        let addressed = tokens.get(begins).is_some_and(|t| low[t.start..].starts_with('@'));
        let leads = begins < done || addressed || tokens[begins..run.from].iter().all(|t| t.class == sep);
        let excepts = inside.iter().any(|r| matches!(r.items, Items::AllExcept(_)));
        // "All done except 2" is said of all others where nothing follows; 除了2都好了 leads.
        let ends_all = !says_more(&tokens[run.to..ends], sep);
        let encloses = inside.len() == 1
            && match run.items {
                Items::AllExcept(_) => !run.sweeps,
                Items::Rest => ends_all,
                _ => true,
            };
        // No cash for 1 no hands for 2: each number ends what is said of it.
        let behind = inside.last().map_or(ends, |last| last.to);
        let ends = clause_end(behind);
        let closes = !excepts && tokens[behind..ends].iter().all(|t| small.contains(&t.class));
        if leads || !encloses && !closes {
            parts.push(Part { from: run.from, to: run.to, names: vec![(run.from, run.to)], items: run.items.clone() });
            bullets.push(run.to);
            at += 1;
            continue;
        }
        let mut from = begins;
        // All finished except 4, which is still dug: what follows is said of the exception.
        if let (Items::AllExcept(lines), true) = (&run.items, says_more(&tokens[run.to..], sep)) {
            parts.push(Part { from, to: run.to, names: vec![(run.from, run.to)], items: run.items.clone() });
            parts.push(Part { from: run.to, to: run.to, names: Vec::new(), items: Items::Lines(lines.clone()) });
            at += 1;
            continue;
        }
        for run in inside {
            parts.push(Part { from, to: run.to, names: vec![(run.from, run.to)], items: run.items.clone() });
            from = run.to;
        }
        if let Some(last) = parts.last_mut() {
            last.to = ends;
        }
        at += inside.len();
    }
    // What follows without a number of its own is said of the same.
    let froms: Vec<usize> = parts.iter().skip(1).map(|p| p.from).chain([tokens.len()]).collect();
    for (part, next) in parts.iter_mut().zip(froms) {
        part.to = next;
    }
    // 完成：1、3 and 不归我管，3: the mark comes behind its words.
    let empty = |p: &Part| p.words(tokens).all(|t| t.class == sep);
    if parts.len() == 2 && empty(&parts[1]) && !empty(&parts[0]) {
        let named = parts.remove(1);
        (parts[0].items, parts[0].names, parts[0].to) = (named.items, named.names, named.to);
    }
    if parts.len() > 1 && empty(&parts[0]) {
        parts.remove(0);
    }
    parts
}

fn says_more(tokens: &[Token], sep: Class) -> bool {
    tokens.iter().any(|t| t.class != sep)
}

/// Where the clause of a run begins. A number with a space before it and its words glued behind it begins one: 收到 2完成.
fn clause_begin(tokens: &[Token], low: &str, run: &Run, sep: Class, bullets: &[usize]) -> usize {
    let glued = tokens.get(run.to).is_some_and(|next| tokens[run.to - 1].end == next.start && next.class != sep);
    let spaced = run.from > 0 && low[tokens[run.from - 1].end..tokens[run.from].start].starts_with(' ');
    if glued && spaced {
        return run.from;
    }
    (0..run.from).rfind(|at| tokens[*at].class == sep && !bullets.contains(at)).map_or(0, |n| n + 1)
}

/// All runs of words that name items.
fn runs(tokens: &[Token], reader: &Reader) -> Vec<Run> {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let (mark, rest, all, except, sep, conj) =
        (class("mark"), class("rest"), class("all"), class("except"), class("sep"), class("conj"));
    let joins = |t: &Token| t.class == sep || t.class == conj;
    let mut runs = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if ![mark, rest, except].contains(&tokens[at].class) {
            at += 1;
            continue;
        }
        let from = at;
        let (mut lines, mut codes, mut excepted, mut sweeping) = (Vec::new(), Vec::new(), false, None);
        while at < tokens.len() {
            let t = &tokens[at];
            if t.class == mark {
                match t.items() {
                    Some(Items::Lines(l)) => lines.extend(l),
                    Some(Items::Codes(c)) => codes.extend(c.iter().cloned()),
                    _ => {}
                }
            } else if t.class == except && lines.is_empty() && codes.is_empty() {
                excepted = true;
            } else if t.class == rest {
                sweeping = Some(Items::Rest);
                at += 1;
                break;
            } else if t.class == all && excepted {
                at += 1;
                break;
            } else {
                let goes_on =
                    joins(t) && tokens.get(at + 1).is_some_and(|n| n.class == mark || excepted && n.class == rest);
                if !goes_on {
                    break;
                }
            }
            at += 1;
        }
        let items = match (excepted && !lines.is_empty(), sweeping, codes.is_empty(), lines.is_empty()) {
            (true, ..) => Items::AllExcept(lines),
            (_, Some(sweeping), true, true) => sweeping,
            (_, _, false, _) => Items::Codes(codes),
            (_, _, _, false) => Items::Lines(lines),
            _ => Items::Unspecified,
        };
        if items != Items::Unspecified {
            let sweeps = tokens[from..at].iter().any(|t| t.class == all);
            runs.push(Run { from, to: at, items, sweeps });
        }
    }
    runs
}
