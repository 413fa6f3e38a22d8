//! What a statement names: days, lengths, persons, reasons. Read from the tokens of its clause.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::span_days::slash_day;
use super::spans::What;
use super::tokens::Token;
use super::{Context, Intent, IntentKind, Postponement, Reader, absence, dates, people};

/// An intent of this kind with all that its clause names.
pub(super) fn filled(
    kind: IntentKind,
    name: &str,
    tokens: &[Token],
    low: &str,
    text: &str,
    reader: &Reader,
    ctx: &Context,
) -> Intent {
    let mut intent = Intent::new(kind);
    let of = |class: &str| {
        let number = reader.lexicon.classes.number(class);
        tokens.iter().any(move |t| t.class == number)
    };
    let words = || match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => text.get(first.start..last.end).unwrap_or_default().trim().to_owned(),
        _ => String::new(),
    };
    match kind {
        IntentKind::Done => {
            intent.done_at = done_at(tokens, ctx);
            let person = reader.lexicon.classes.number("name");
            intent.by = tokens.iter().find(|t| t.class == person).map(|t| low[t.start..t.end].to_owned());
            intent.confirm = intent.by.is_some();
            intent.evidence_later = of("evid") && words().contains(['后', '补']);
        }
        IntentKind::InProgress => {
            intent.percent = tokens.iter().find_map(|t| match t.span.as_ref()?.what {
                What::Share(p) if p < 100 => Some(p),
                _ => None,
            });
            intent.eta = if intent.percent.is_none() { eta(tokens, ctx) } else { None };
            intent.not_done = of("neg") || of("cannot") || of("notbe");
        }
        IntentKind::Extend | IntentKind::Approve => {
            intent.postpone = length(tokens, low, ctx);
            if kind == IntentKind::Extend && intent.postpone.is_none() {
                intent.postpone = Some(Postponement::Vague);
            }
            if kind == IntentKind::Approve {
                intent.target = target(low, tokens);
                // 转给应急所，我同意: to whom, where they are named.
                if of("give") {
                    receivers(&mut intent, tokens, low, text, reader);
                }
            }
        }
        IntentKind::Undo => intent.target = target(low, tokens),
        IntentKind::Refuse => {
            intent.target = target(low, tokens);
            intent.reason = because(tokens, low, text, reader);
        }
        IntentKind::Reassign => {
            receivers(&mut intent, tokens, low, text, reader);
            intent.sends_back = of("notmine") || of("back");
        }
        IntentKind::Absence => {
            intent.postpone = absence::absence(&words(), ctx).until.map(Postponement::Until);
        }
        IntentKind::Snooze => snooze(&mut intent, tokens, low, ctx),
        IntentKind::VerifyFail | IntentKind::Void => intent.reason = because(tokens, low, text, reader),
        IntentKind::Blocked => {
            let own = Some(words()).filter(|w| w.chars().count() > 3);
            intent.reason = because(tokens, low, text, reader).or(own);
        }
        IntentKind::Reject => intent.reason = Some(words()).filter(|w| w.chars().count() > 3),
        IntentKind::Report if name == "report" && of("nil") => intent.reason = Some("nil".into()),
        _ => {}
    }
    intent
}

/// Who is named to have it.
fn receivers(intent: &mut Intent, tokens: &[Token], low: &str, text: &str, reader: &Reader) {
    for name in named(tokens, low, text, reader) {
        if people::is_unit(&name) && intent.to_unit.is_none() {
            intent.to_unit = Some(name);
        } else if !intent.to.contains(&name) {
            intent.to.push(name);
        }
    }
}

/// Words that ask for an item to be void and give no reason for it.
const VOIDS: &[&str] = &[
    "作废",
    "取消",
    "撤销",
    "注销",
    "删除",
    "删掉",
    "删了",
    "作废掉",
    "void",
    "cancel",
    "delete",
    "remove",
    "void it",
    "cancel it",
    "cancel this",
    "delete it",
    "remove it",
];

/// The words beside the verdict, behind it or else before: 不合格：接地仍失效, "duplicate, void".
fn because(tokens: &[Token], low: &str, text: &str, reader: &Reader) -> Option<String> {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let verdicts = ["fail", "disagree", "back", "stuckw"].map(class);
    let small =
        ["sep", "ask", "le", "part", "allq", "all", "det", "own", "it", "already", "ba", "court", "adv", "be", "prep"]
            .map(class);
    let void = class("void");
    let is_verdict =
        |t: &Token| verdicts.contains(&t.class) || t.class == void && VOIDS.contains(&low[t.start..t.end].trim());
    let words = |part: &[Token]| {
        let says = |t: &Token| !small.contains(&t.class) && !is_verdict(t);
        let (first, last) = (part.iter().find(|t| says(t))?, part.iter().rfind(|t| says(t))?);
        let words = text.get(first.start..last.end).unwrap_or_default().trim();
        (words.chars().count() > 1).then(|| words.to_owned())
    };
    match tokens.iter().position(is_verdict) {
        Some(at) => words(&tokens[at + 1..]).or_else(|| {
            // 两项都不合格 names no fault before the verdict.
            let tells = tokens[..at].iter().any(|t| t.class == class("sep") || t.class == class("bad"));
            words(&tokens[..at]).filter(|_| tells)
        }),
        None if tokens.iter().any(|t| t.class == void) => words(tokens),
        None => None,
    }
}

/// What somebody takes back, agrees to or refuses, where the words name it.
fn target(low: &str, tokens: &[Token]) -> Option<IntentKind> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let words = &low[first.start..last.end];
    let names: [(&[&str], IntentKind); 5] = [
        (&["延", "exten", "postpone", "more time", "宽限", "extra"], IntentKind::Extend),
        (&["转", "移交", "换人", "transfer", "reassign", "hand"], IntentKind::Reassign),
        (&["作废", "void", "duplicate"], IntentKind::Void),
        (&["销号", "clos", "strike"], IntentKind::Close),
        (&["完成", "办结", "搞定", "done", "complet", "finished"], IntentKind::Done),
    ];
    names.iter().find(|(list, _)| list.iter().any(|w| words.contains(w))).map(|(_, kind)| *kind)
}

fn spans(tokens: &[Token]) -> impl Iterator<Item = (&Token, &What)> {
    tokens.iter().filter_map(|t| t.span.as_ref().map(|s| (t, &s.what)))
}

/// The day on which it was finished, if one is named that is not ahead.
fn done_at(tokens: &[Token], ctx: &Context) -> Option<NaiveDate> {
    let today = ctx.now.date();
    spans(tokens).find_map(|(_, what)| match what {
        What::Day(d) if d.last < today => Some(d.last),
        What::Behind(d) => Some(*d),
        What::Moment(m) if m.date() < today => Some(m.date()),
        What::Slash(a, b) => slash_day(*a, *b, ctx).map(|d| d.last).filter(|d| *d <= today),
        _ => None,
    })
}

/// When it will be finished; a day without an hour is its last minute.
fn eta(tokens: &[Token], ctx: &Context) -> Option<NaiveDateTime> {
    spans(tokens).find_map(|(_, what)| match what {
        What::Day(d) if d.next >= ctx.now.date() => Some(dates::end_of_day(d.next)),
        What::Ahead(d) => Some(dates::end_of_day(*d)),
        What::Moment(m) if *m > ctx.now => Some(*m),
        What::Length(l) => dates::after_length(ctx, l).map(dates::end_of_day),
        What::Minutes(n) => ctx.now.checked_add_signed(Duration::minutes(*n)),
        What::Slash(a, b) => slash_day(*a, *b, ctx).map(|d| dates::end_of_day(d.next)),
        _ => None,
    })
}

/// The length or the new day that is asked for; of several days the last.
fn length(tokens: &[Token], low: &str, ctx: &Context) -> Option<Postponement> {
    let today = ctx.now.date();
    let until = |date: NaiveDate| {
        if date < today { Postponement::Invalid(format!("past {date}")) } else { Postponement::Until(date) }
    };
    let (mut found, mut aimed) = (None, false);
    for (token, what) in spans(tokens) {
        let next = match what {
            What::BadDay(text) => Postponement::Invalid(format!("invalid {text}")),
            What::Day(d) => until(d.next),
            What::Ahead(d) | What::Behind(d) => until(*d),
            What::Moment(m) => until(m.date()),
            What::Length(length) => length.clone(),
            // 5/10 is the tenth of May or the fifth of October: of two days to come the nearer.
            What::Slash(a, b) => {
                let read = [dates::month_day(today, *a, *b), dates::month_day(today, *b, *a)];
                match read.into_iter().flatten().map(|day| day.next).min() {
                    Some(day) => until(day),
                    None => continue,
                }
            }
            _ => continue,
        };
        let before = &low[..token.start];
        let stated = before.ends_with(['从', '由', '原']) || before.ends_with("from ");
        let weaker = matches!(what, What::Length(Postponement::Vague)) || matches!(next, Postponement::Invalid(_));
        // 今天没空，延两天: of a day that is today and a length, the length is asked for. 30号干不完，给到12号成不: of two days
        // the one that is aimed at.
        let present = matches!(found, Some(Postponement::Until(day)) if day == today);
        let aims =
            before.ends_with(['到', '至']) || ["to ", "until ", "till ", "til "].iter().any(|w| before.ends_with(w));
        let sums = matches!(next, Postponement::Days(_) | Postponement::Workdays(_) | Postponement::Months(_));
        let present = present || aims && matches!(next, Postponement::Until(_)) || sums && !aimed;
        aimed |= aims;
        if !stated && (found.is_none() || !weaker) && (present || !matches!(found, Some(Postponement::Until(_)))) {
            found = Some(next);
        }
    }
    found
}

/// When somebody wants to be reminded.
fn snooze(intent: &mut Intent, tokens: &[Token], low: &str, ctx: &Context) {
    let today = ctx.now.date();
    let words = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &low[first.start..last.end],
        _ => "",
    };
    let (mut day, mut moment) = (None, None);
    for (token, what) in spans(tokens) {
        match what {
            What::Day(d) => day = Some(d.next),
            What::Ahead(d) => day = Some(*d),
            What::Length(length) => day = dates::after_length(ctx, length),
            What::Minutes(n) => intent.snooze_for = Some(*n),
            What::Moment(m) if is_length(&low[token.start..token.end]) => {
                intent.snooze_for = Some((*m - ctx.now).num_minutes());
            }
            What::Moment(m) => moment = Some(*m),
            _ => {}
        }
    }
    if let Some(minutes) = intent.snooze_for {
        intent.snooze_until = ctx.now.checked_add_signed(Duration::minutes(minutes.clamp(1, 600_000)));
        return;
    }
    let hour = if words.contains("下午") || words.contains("afternoon") {
        14
    } else if words.contains('晚') || words.contains("evening") || words.contains("tonight") {
        19
    } else {
        9
    };
    let at = |date: NaiveDate| date.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN));
    let silent = moment.is_none() && ["先别", "别发", "别催", "不要", "not today"].iter().any(|w| words.contains(w));
    intent.snooze_until = match (moment, day) {
        (Some(m), _) if m > ctx.now => Some(m),
        (Some(m), _) if m + Duration::hours(12) > ctx.now && m.date() == today => Some(m + Duration::hours(12)),
        (Some(m), _) => Some(m + Duration::days(1)),
        (None, Some(date)) if date > today => Some(at(date)),
        (None, Some(date)) if silent => Some(at(dates::shift(date, 1))),
        (None, Some(date)) => Some(at(date)).filter(|t| *t > ctx.now),
        _ => None,
    };
}

/// Give me ten minutes: minutes are asked for, and no word speaks of the deadline. A reminder is wanted later.
pub(super) fn asks_for_minutes(kind: IntentKind, tokens: &[Token], reader: &Reader) -> bool {
    let ext = reader.lexicon.classes.number("ext");
    let mut named = spans(tokens).map(|(_, what)| matches!(what, What::Minutes(_))).peekable();
    kind == IntentKind::Extend
        && named.peek().is_some()
        && named.all(|minutes| minutes)
        && !tokens.iter().any(|t| t.class == ext)
}

fn is_length(words: &str) -> bool {
    ["小时", "钟头", "分钟", "刻钟", "hour", "hr", "min"].iter().any(|w| words.contains(w)) || words.ends_with('h')
}

/// Persons and units that a hand-over names: behind the words that give, or before the words that take.
fn named(tokens: &[Token], low: &str, text: &str, reader: &Reader) -> Vec<String> {
    let class = |name: &str| reader.lexicon.classes.number(name);
    let (give, takes, sep, conj) = (class("give"), class("takes"), class("sep"), class("conj"));
    let who = ["name", "role", "word", "unk", "obj", "others", "unit", "paper", "step", "place", "num"].map(class);
    let ends = [
        "takes", "sep", "le", "cond", "but", "said", "thanks", "court", "ques", "ba", "ask", "hedge", "check", "pass",
        "okay", "agree", "ext", "until", "len",
    ]
    .map(class);
    let stop = [class("own"), class("det"), class("act"), class("part"), class("prep"), class("it")];
    let original = |from: usize, to: usize| text.get(from..to).unwrap_or(&low[from..to]).trim().to_owned();
    let mut out: Vec<String> = Vec::new();
    // 副园长苗青: the name alone says who.
    if let Some(first) = tokens.iter().position(|t| t.class == give) {
        let listed = |t: &Token| t.class == conj || t.class == sep && &low[t.start..t.end] == "、";
        let run = tokens[first + 1..].iter().take_while(|t| who.contains(&t.class) || listed(t));
        out.extend(run.filter(|t| t.class == class("name")).map(|t| tidy(&original(t.start, t.end))));
        if !out.is_empty() {
            return out;
        }
    }
    let mut run: Option<(usize, usize)> = None;
    let mut close = |run: &mut Option<(usize, usize)>| {
        if let Some((from, to)) = run.take() {
            let name = tidy(&original(from, to));
            if name.chars().count() > 1 && !out.contains(&name) {
                out.push(name);
            }
        }
    };
    if let Some(first) = tokens.iter().position(|t| t.class == give) {
        let after = &tokens[first + 1..];
        for token in after {
            if token.class == give
                || token.class == conj && run.is_some()
                || token.class == sep && &low[token.start..token.end] == "、"
            {
                close(&mut run);
            } else if ends.contains(&token.class) {
                break;
            } else if stop.contains(&token.class) {
                if run.is_some() {
                    break;
                }
            } else {
                run = Some((run.map_or(token.start, |(from, _)| from), token.end));
            }
        }
        close(&mut run);
    }
    if out.is_empty()
        && let Some(last) = tokens.iter().position(|t| t.class == takes)
    {
        let mut run: Option<(usize, usize)> = None;
        for token in tokens[..last].iter().rev() {
            if ends.contains(&token.class) || stop.contains(&token.class) || token.class == class("fut") {
                break;
            }
            run = Some((token.start, run.map_or(token.end, |(_, to)| to)));
        }
        if let Some((from, to)) = run {
            out.push(tidy(&original(from, to)));
        }
        // @李四 你来处理: who is spoken to has a name.
        if out == ["你"] || out == ["您"] || out == ["you"] {
            let called = tokens[..last].iter().filter(|t| t.class == class("name"));
            let names: Vec<String> = called.map(|t| tidy(&original(t.start, t.end))).collect();
            out = if names.is_empty() { out } else { names };
        }
    }
    out
}

fn tidy(name: &str) -> String {
    let name = name.trim().trim_start_matches(['@', '给', '由', '的']).trim();
    let name = ["同志", "那边", "他们"].iter().fold(name, |n, tail| n.trim_end_matches(tail));
    // 归供电所管: what they are to do is no part of the name.
    let doing = [
        "负责", "处理", "跟进", "牵头", "接手", "来办", "去办", "管", "办", "弄", "接", "定", "批", "看", "来", "去",
        "验", "审", "签",
    ];
    let name = match doing.iter().find_map(|verb| name.strip_suffix(verb)) {
        Some(who) if who.chars().count() > 1 && people::is_post_or_unit(who) => who,
        _ => name,
    };
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("the ") { name[4..].to_owned() } else { name.to_owned() }
}
